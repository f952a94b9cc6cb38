import { confirmed } from "./dialogs.js";
import { element, find, icon, setText } from "./dom.js";
import { bytesText, dateText, faultText } from "./text.js";

const SWIPE_PIXELS = 50;

/** One photo, as large as the window. Arrow keys and swipes go on, Escape goes back to the grid. */
export class Viewer {
    #photo = null;
    #loading = null;
    #swipeStart = null;

    /** @param {{ gallery: import("./gallery.js").Gallery, images: import("./images.js").Images, api: import("./api.js").API }} parts */
    constructor({ gallery, images, api }) {
        Object.assign(this, { gallery, images, api });
        this.dialog = find("viewer");
        this.stage = find("viewer-stage");
        this.dialog.addEventListener("keydown", (event) => this.#pressed(event));
        this.dialog.addEventListener("close", () => this.#closed());
        find("viewer-previous").onclick = () => this.#go(-1);
        find("viewer-next").onclick = () => this.#go(1);
        find("viewer-close").onclick = () => this.dialog.close();
        find("viewer-delete").onclick = () => this.#delete();
        find("viewer-download").onclick = (event) => this.#download(event);
        this.stage.addEventListener("pointerdown", (event) => (this.#swipeStart = event.clientX));
        this.stage.addEventListener("pointerup", (event) => this.#swiped(event.clientX));
    }

    open(photo) {
        this.#show(photo);
        this.dialog.showModal();
        find("viewer-close").focus();
    }

    #show(photo) {
        this.#photo = photo;
        const place = this.gallery.photos.indexOf(photo);
        setText(find("viewer-title"), photo.title);
        setText(find("viewer-text"), captionOf(photo));
        setText(find("viewer-position"), `${place + 1} of ${this.gallery.photos.length}${this.gallery.isComplete ? "" : "+"}`);
        find("viewer-previous").disabled = this.gallery.neighbour(photo, -1) === null;
        find("viewer-next").disabled = this.gallery.neighbour(photo, 1) === null;
        Object.assign(find("viewer-download"), { href: photo.original ?? "", download: photo.title, hidden: !photo.original });
        this.#showPicture(photo);
        if (this.gallery.photos.length - place < 10) this.gallery.loadMore();
    }

    /** What is there already first, then the display image in its place. */
    async #showPicture(photo) {
        this.#loading?.abort();
        this.#loading = new AbortController();
        const { signal } = this.#loading;
        this.stage.replaceChildren();
        if (photo.reason) return this.stage.append(reasonCard(photo.reason));
        const frame = element("div", { className: "frame" });
        frame.style.setProperty("--ratio", String(photo.width && photo.height ? photo.width / photo.height : photo.ratio));
        frame.style.setProperty("--width", `${photo.width ?? 2048}px`);
        if (photo.placeholder) frame.append(element("img", { className: "placeholder", alt: "", src: photo.placeholder }));
        const image = element("img", { className: "display", alt: photo.title });
        frame.append(image);
        this.stage.append(frame);
        try {
            await this.images.show(image, photo.display, signal);
            image.dataset.state = "shown";
            this.#bringNear(photo);
        } catch (fault) {
            // A picture that another one replaced is nobody's concern.
            if (signal.aborted || this.#photo !== photo) return;
            this.stage.append(element("p", { className: "stage-trouble" }, `This photo cannot be shown. ${fault.kind ? faultText(fault) : ""}`));
        }
    }

    /** The neighbours are likely next. With a token they would be fetched twice. */
    #bringNear(photo) {
        if (this.images.session.token) return;
        for (const step of [1, -1]) {
            const neighbour = this.gallery.neighbour(photo, step);
            if (neighbour?.display && !neighbour.reason) new Image().src = neighbour.display;
        }
    }

    #go(step) {
        const neighbour = this.gallery.neighbour(this.#photo, step);
        if (neighbour) this.#show(neighbour);
    }

    #pressed(event) {
        if (event.altKey || event.ctrlKey || event.metaKey) return;
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!step) return;
        event.preventDefault();
        this.#go(step);
    }

    #swiped(x) {
        if (this.#swipeStart === null) return;
        const distance = x - this.#swipeStart;
        this.#swipeStart = null;
        if (Math.abs(distance) > SWIPE_PIXELS) this.#go(distance < 0 ? 1 : -1);
    }

    #closed() {
        this.#loading?.abort();
        this.stage.replaceChildren();
        this.gallery.focus(this.#photo);
    }

    #download(event) {
        if (!this.images.session.token) return;
        event.preventDefault();
        const { original, title } = this.#photo;
        this.images.download(original, title).catch((fault) => this.#tell(`It cannot be downloaded. ${faultText(fault)}`));
    }

    async #delete() {
        const photo = this.#photo;
        const agreed = await confirmed({
            title: `Delete “${photo.title}”?`,
            text: "The photo and its original are deleted on the server, for everybody. There is no way back.",
            action: "Delete photo",
        });
        if (!agreed) return;
        try {
            await this.api.deleteMemory(photo.id);
        } catch (fault) {
            if (fault.kind !== "gone") return this.#tell(`It was not deleted. ${faultText(fault)}`);
        }
        const next = this.gallery.neighbour(photo, 1) ?? this.gallery.neighbour(photo, -1);
        this.gallery.remove(photo);
        if (next) this.#show(next);
        else this.dialog.close();
        if (next) find("viewer-delete").focus();
    }

    #tell(text) {
        setText(find("viewer-text"), text);
    }
}

function captionOf(photo) {
    const date = dateText(photo.at);
    const parts = [date && `${photo.isTaken ? "Taken" : "Added"} ${date}`];
    if (photo.originalBytes) parts.push(`Original ${bytesText(photo.originalBytes)}`);
    if (photo.note) parts.push(photo.note);
    return parts.filter(Boolean).join(" · ");
}

function reasonCard(reason) {
    return element(
        "div", { className: "reason" },
        icon("photo"), element("p", {}, reason), element("p", {}, "The original is safe, and can be downloaded."),
    );
}
