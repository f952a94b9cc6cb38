import { confirmed } from "./dialogs.js";
import { find, setText } from "./dom.js";
import { Stage } from "./stage.js";
import { bytesText, dateText, faultText } from "./text.js";
import { Zoom } from "./zoom.js";

/** One photo, as large as the window. Arrow keys and swipes go on, Escape goes back to the grid. */
export class Viewer {
    #photo = null;

    /**
     * @param {{ gallery: import("./gallery.js").Gallery, images: import("./images.js").Images, api: import("./api.js").API,
     *     downloads: import("./downloads.js").Downloads }} parts
     */
    constructor({ gallery, images, api, downloads }) {
        Object.assign(this, { gallery, images, api, downloads });
        this.dialog = find("viewer");
        const node = find("viewer-stage");
        this.zoom = new Zoom(node, (step) => this.#go(step));
        this.stage = new Stage({ node, images, downloads, zoom: this.zoom });
        this.dialog.addEventListener("keydown", (event) => this.#pressed(event));
        this.dialog.addEventListener("close", () => this.#closed());
        find("viewer-previous").onclick = () => this.#go(-1);
        find("viewer-next").onclick = () => this.#go(1);
        find("viewer-close").onclick = () => this.dialog.close();
        find("viewer-delete").onclick = () => this.#delete();
        find("viewer-play").onclick = () => this.stage.play(this.#photo);
        find("viewer-download").onclick = (event) => this.#download(event, "original");
        find("viewer-raw").onclick = (event) => this.#download(event, "raw");
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
        Object.assign(find("viewer-raw"), { href: photo.raw ?? "", download: "", hidden: !photo.raw });
        find("viewer-play").hidden = photo.isFilm || !photo.film;
        this.#showPicture(photo);
        if (this.gallery.photos.length - place < 10) this.gallery.loadMore();
    }

    async #showPicture(photo) {
        const isShown = await this.stage.show(photo);
        if (isShown && this.#photo === photo) this.#bringNear(photo);
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
        // A film has keys of its own.
        if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("video")) return;
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!this.zoom.pressed(event)) {
            if (!step) return;
            this.#go(step);
        }
        event.preventDefault();
    }

    #closed() {
        this.stage.clear();
        this.gallery.focus(this.#photo);
    }

    /** Without a token the browser does it by itself, from the link. */
    #download(event, kind) {
        if (!this.downloads.session.token) return;
        event.preventDefault();
        const { title } = this.#photo;
        const url = this.#photo[kind];
        const failed = (fault) => this.#tell(`It cannot be downloaded. ${faultText(fault)}`);
        this.downloads.file(url, this.#photo[`${kind}Blob`], kind === "raw" ? "" : title).catch(failed);
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
        this.gallery.remove([photo]);
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
