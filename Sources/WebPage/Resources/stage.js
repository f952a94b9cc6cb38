import { element, icon } from "./dom.js";
import { faultText } from "./text.js";

/** What the viewer shows of a photo: its picture, a film, or why there is nothing to see. */
export class Stage {
    #loading = null;

    /**
     * @param {{ node: HTMLElement, images: import("./images.js").Images, downloads: import("./downloads.js").Downloads,
     *     zoom: import("./zoom.js").Zoom }} parts
     */
    constructor(parts) {
        Object.assign(this, parts);
    }

    clear() {
        this.#loading?.abort();
        this.node.querySelector("video")?.removeAttribute("src");
        this.node.replaceChildren();
        this.zoom.watch(null);
    }

    /** @returns {Promise<boolean>} Whether the picture is there, and still the one that is wanted. */
    async show(photo) {
        this.clear();
        this.#loading = new AbortController();
        const { signal } = this.#loading;
        if (photo.isFilm) return this.play(photo);
        if (photo.reason) {
            this.node.append(reasonCard(photo.reason));
            return false;
        }
        const { frame, image } = frameOf(photo);
        this.node.append(frame);
        this.zoom.watch(frame);
        try {
            await this.images.show(image, photo.display, signal);
            image.dataset.state = "shown";
            return !signal.aborted;
        } catch (fault) {
            // A picture that another one replaced is of no concern.
            if (!signal.aborted) this.#tell(`This photo cannot be shown. ${fault.kind ? faultText(fault) : ""}`);
            return false;
        }
    }

    /** Plays a film, or the moving part of a photo in its place. */
    async play(photo) {
        this.clear();
        this.#loading = new AbortController();
        const { signal } = this.#loading;
        const film = element("video", { className: "film", controls: true, playsInline: true, preload: "metadata", "aria-label": photo.title });
        this.node.append(film);
        try {
            if (photo.isFilm && photo.display) this.#showPoster(film, photo.display, signal);
            film.src = await this.downloads.address(photo.film.url, photo.film.blob);
            if (signal.aborted) return false;
        } catch (fault) {
            if (!signal.aborted) this.#tell(`This video cannot be played. ${faultText(fault)}`);
            return false;
        }
        film.onerror = () => this.#failed(film, photo, signal);
        if (!photo.isFilm) film.play().catch(() => {});
        return false;
    }

    /** A film plays without it, too. */
    async #showPoster(film, url, signal) {
        try {
            const address = await this.images.address(url, signal);
            signal.addEventListener("abort", () => this.images.forget(address));
            if (signal.aborted) this.images.forget(address);
            else film.poster = address;
        } catch {
            // The first frame follows.
        }
    }

    /** The address may have expired: another one is tried once, from where the film was. */
    async #failed(film, photo, signal) {
        if (signal.aborted || !film.isConnected) return;
        const cannot = () => this.#tell("This browser cannot play this video. It can be downloaded.");
        film.onerror = cannot;
        if (!this.downloads.session.token || film.currentTime === 0) return cannot();
        const time = film.currentTime;
        try {
            film.src = await this.downloads.address(photo.film.url, photo.film.blob);
            film.currentTime = time;
            await film.play();
        } catch {
            cannot();
        }
    }

    #tell(text) {
        this.node.append(element("p", { className: "stage-trouble", role: "alert" }, text));
    }
}

/** What is there already, and over it the picture that is loaded. */
function frameOf(photo) {
    const frame = element("div", { className: "frame" });
    frame.style.setProperty("--ratio", String(photo.width && photo.height ? photo.width / photo.height : photo.ratio));
    frame.style.setProperty("--width", `${photo.width ?? 2048}px`);
    if (photo.placeholder) frame.append(element("img", { className: "placeholder", alt: "", src: photo.placeholder }));
    const image = element("img", { className: "display", alt: photo.title });
    frame.append(image);
    return { frame, image };
}

function reasonCard(reason) {
    return element(
        "div", { className: "reason" },
        icon("photo"), element("p", {}, reason), element("p", {}, "The original is safe, and can be downloaded."),
    );
}
