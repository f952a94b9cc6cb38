import { announce } from "./announcer.js";
import { find, setText } from "./dom.js";
import { photoOf } from "./photo.js";
import { countText, faultText } from "./text.js";
import { pendingTile, photoTile } from "./tile.js";

const PENDING_MAX = 12;
const [SOONEST, LATEST] = [1000, 10_000];
const AGAIN_MILLISECONDS = 5000;

/** The photos of a capsule, the newest first: placeholders at once, thumbs as they come into view. */
export class Gallery {
    /** Photos in the order of the grid. */
    photos = [];
    #tiles = new Map();
    /** By the upload that is being prepared. */
    #pendingTiles = new Map();
    #capsule = null;
    #next = null;
    #isLoading = false;
    #pause = SOONEST;
    #timer = null;
    #pendingCount = 0;
    #generation = 0;

    /** @param {{ api: import("./api.js").API, images: import("./images.js").Images, open: (photo: object) => void }} parts */
    constructor({ api, images, open }) {
        Object.assign(this, { api, images, open });
        this.grid = find("grid");
        this.nearView = new IntersectionObserver((entries) => this.#came(entries), { rootMargin: "600px 0px" });
        const end = new IntersectionObserver((entries) => entries[0].isIntersecting && this.loadMore(), { rootMargin: "900px 0px" });
        end.observe(find("load-more"));
        find("load-more").onclick = () => this.loadMore();
    }

    /** @param {string | null} capsule Null for one that does not exist yet. */
    async show(capsule) {
        this.#generation += 1;
        clearTimeout(this.#timer);
        this.nearView.disconnect();
        this.#capsule = capsule;
        this.#next = null;
        this.#tiles.clear();
        this.photos = [];
        this.grid.replaceChildren();
        this.#pendingTiles.clear();
        this.#pendingCount = 0;
        this.#pause = SOONEST;
        await this.refresh();
    }

    /** Looks for what is new, and goes on looking while something is being prepared. */
    async refresh() {
        clearTimeout(this.#timer);
        const generation = this.#generation;
        if (this.#capsule) {
            try {
                const before = this.#pendingCount;
                await this.#loadPending(generation);
                await this.#loadNewest(generation);
                this.#pause = this.#pendingCount < before ? SOONEST : Math.min(LATEST, this.#pause * 1.5);
                this.#showTrouble(null);
            } catch (fault) {
                if (generation === this.#generation) this.#showTrouble(fault);
                this.#pause = LATEST;
            }
        }
        if (generation !== this.#generation) return;
        this.#drawCounts();
        if (this.#pendingCount > 0) this.#timer = setTimeout(() => this.#whenVisible(), this.#pause);
    }

    /** Something was uploaded: look soon, and often again. */
    expect() {
        this.#pause = SOONEST;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.refresh(), 300);
    }

    async loadMore() {
        if (this.#isLoading || !this.#next) return;
        this.#isLoading = true;
        const generation = this.#generation;
        try {
            const page = await this.api.memories(this.#capsule, this.#next);
            if (generation !== this.#generation) return;
            this.#next = page.next ?? null;
            this.#insert(page.memories.map(photoOf), this.photos.length);
            this.#drawCounts();
        } catch (fault) {
            this.#showTrouble(fault);
        } finally {
            this.#isLoading = false;
        }
    }

    /** Whether all photos of the capsule are in the grid. */
    get isComplete() {
        return this.#next === null;
    }

    neighbour(photo, step) {
        return this.photos[this.photos.indexOf(photo) + step] ?? null;
    }

    /** Takes a photo out of the grid, and the focus to where it was. */
    remove(photo) {
        const successor = this.neighbour(photo, 1) ?? this.neighbour(photo, -1);
        this.photos = this.photos.filter((other) => other !== photo);
        this.#tiles.get(photo.id)?.remove();
        this.#tiles.delete(photo.id);
        this.#drawCounts();
        this.focus(successor);
        announce(`${photo.title} deleted`);
    }

    focus(photo) {
        (this.#tiles.get(photo?.id)?.querySelector("button") ?? find("photos-title")).focus();
    }

    // Lists

    async #loadNewest(generation) {
        const fresh = [];
        let cursor;
        let isKnown = this.photos.length === 0;
        do {
            const page = await this.api.memories(this.#capsule, cursor);
            if (generation !== this.#generation) return;
            const found = page.memories.filter((memory) => !this.#tiles.has(memory.id));
            fresh.push(...found.map(photoOf));
            if (isKnown) this.#next = page.next ?? null;
            // Everything after one that is known is known, too.
            isKnown ||= found.length < page.memories.length;
            cursor = page.next;
        } while (!isKnown && cursor);
        this.#insert(fresh, 0);
    }

    async #loadPending(generation) {
        const { derivations, next } = await this.api.pendingDerivations(this.#capsule);
        if (generation !== this.#generation) return;
        this.#pendingCount = derivations.length + (next ? 1 : 0);
        const shown = new Map(derivations.slice(0, PENDING_MAX).map((derivation) => [derivation.upload, derivation]));
        for (const [upload, tile] of this.#pendingTiles) {
            if (shown.has(upload)) continue;
            tile.remove();
            this.#pendingTiles.delete(upload);
        }
        for (const [upload, derivation] of shown) {
            if (this.#pendingTiles.has(upload)) continue;
            const tile = pendingTile(derivation);
            this.#pendingTiles.set(upload, tile);
            this.grid.prepend(tile);
        }
    }

    #insert(photos, index) {
        const before = this.#tiles.get(this.photos[index]?.id) ?? null;
        this.photos.splice(index, 0, ...photos);
        for (const photo of photos) {
            const tile = photoTile(photo, () => this.open(photo));
            tile.photo = photo;
            this.#tiles.set(photo.id, tile);
            this.grid.insertBefore(tile, before);
            if (!photo.reason && photo.thumb) this.nearView.observe(tile);
        }
    }

    #drawCounts() {
        const { length } = this.photos;
        const count = `${this.isComplete ? "" : "More than "}${countText(length, "photo")}`;
        setText(find("photos-text"), length > 0 ? count : "");
        find("photos-empty").hidden = length > 0 || this.#pendingCount > 0;
        find("load-more").hidden = !this.#next;
    }

    #showTrouble(fault) {
        find("photos-notice").hidden = fault === null;
        if (fault) setText(find("photos-notice"), `The photos cannot be shown now. ${faultText(fault)}`);
    }

    #whenVisible() {
        if (document.visibilityState === "visible") return this.refresh();
        document.addEventListener("visibilitychange", () => this.refresh(), { once: true });
    }

    // Pictures

    #came(entries) {
        for (const { isIntersecting, target } of entries) {
            if (!isIntersecting) continue;
            this.nearView.unobserve(target);
            this.#showThumb(target);
        }
    }

    async #showThumb(tile) {
        try {
            await this.images.show(tile.querySelector(".thumb"), tile.photo.thumb);
            tile.dataset.state = "shown";
        } catch {
            // The placeholder stays; it comes into view again.
            setTimeout(() => tile.isConnected && this.nearView.observe(tile), AGAIN_MILLISECONDS);
        }
    }
}
