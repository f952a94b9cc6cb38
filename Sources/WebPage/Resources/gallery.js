import { announce } from "./announcer.js";
import { find, setText } from "./dom.js";
import { Grid } from "./grid.js";
import { isBefore, placeOf } from "./layout.js";
import { PendingView } from "./pending-view.js";
import { photoOf } from "./photo.js";
import { Selection } from "./selection.js";
import { countText, faultText } from "./text.js";
import { markSelected, monthButton, photoTile } from "./tile.js";

const [SOONEST, LATEST] = [1000, 10_000];
const AGAIN_MILLISECONDS = 5000;

/** The photos of a capsule, the latest first: placeholders at once, thumbs as they come into view. */
export class Gallery {
    /** Those that are known, in the order of the grid. */
    photos = [];
    /** The photos that somebody has chosen. */
    selection = new Selection((isOn) => this.#drawSelection(isOn));
    #byId = new Map();
    #capsule = null;
    #next = null;
    /** The id of the memory that was added last: later ones have greater ids. */
    #latest = "";
    #isLoading = false;
    #pause = SOONEST;
    #timer = null;
    #generation = 0;

    /** @param {{ api: import("./api.js").API, images: import("./images.js").Images, open: (photo: object) => void }} parts */
    constructor({ api, images, open }) {
        Object.assign(this, { api, images, open });
        this.pending = new PendingView(api);
        this.grid = new Grid({
            node: find("grid"), make: (photo) => this.#tile(photo), drop: (tile) => tile.loading?.abort(),
            near: (tiles) => tiles.forEach((tile) => this.#showThumb(tile)), atEnd: () => this.loadMore(),
            month: (_, photos) => monthButton(photos, this.selection),
        });
        find("load-more").onclick = () => this.loadMore();
    }

    /** @param {string | null} capsule Null for one that does not exist yet. */
    async show(capsule) {
        this.#generation += 1;
        clearTimeout(this.#timer);
        this.#capsule = capsule;
        this.#next = null;
        this.#latest = "";
        this.#byId.clear();
        this.photos = [];
        this.selection.end();
        this.grid.clear();
        this.pending.clear();
        this.#pause = SOONEST;
        await this.refresh();
    }

    /** Looks for what is new, and goes on looking while something is being prepared. */
    async refresh() {
        clearTimeout(this.#timer);
        const generation = this.#generation;
        const isCurrent = () => generation === this.#generation;
        if (this.#capsule) {
            try {
                const before = this.pending.count;
                await this.pending.load(this.#capsule, isCurrent);
                if (isCurrent()) await (this.#latest ? this.#loadNew(isCurrent) : this.#loadFirst(isCurrent));
                this.#pause = this.pending.count < before ? SOONEST : Math.min(LATEST, this.#pause * 1.5);
                this.#showTrouble(null);
            } catch (fault) {
                if (isCurrent()) this.#showTrouble(fault);
                this.#pause = LATEST;
            }
        }
        if (!isCurrent()) return;
        this.#drawCounts();
        if (this.pending.count > 0) this.#timer = setTimeout(() => this.#whenVisible(), this.#pause);
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
            const page = await this.api.memories(this.#capsule, "newest_taken", this.#next);
            if (generation !== this.#generation) return;
            this.#next = page.next ?? null;
            this.#add(page.memories);
            this.#drawCounts();
        } catch (fault) {
            if (generation === this.#generation) this.#showTrouble(fault);
        } finally {
            this.#isLoading = false;
        }
        // Another page may be needed to fill the window.
        if (this.#next) this.grid.draw();
    }

    /** Whether all photos of the capsule are in the grid. */
    get isComplete() {
        return this.#next === null;
    }

    neighbour(photo, step) {
        return this.photos[this.photos.indexOf(photo) + step] ?? null;
    }

    /** Takes photos out of the grid, and the focus to where the first one was. */
    remove(photos) {
        const [first] = photos;
        const gone = new Set(photos);
        const place = this.photos.indexOf(first);
        this.photos = this.photos.filter((photo) => !gone.has(photo));
        for (const { id } of photos) this.#byId.delete(id);
        this.grid.show(this.photos);
        this.#drawCounts();
        this.focus(this.photos[place] ?? this.photos.at(-1));
        announce(photos.length === 1 ? `${first.title} deleted` : `${countText(photos.length, "photo")} deleted`);
    }

    focus(photo) {
        const tile = photo && this.grid.tileOf(photo);
        (tile?.querySelector("button") ?? find("photos-title")).focus({ preventScroll: true });
    }

    // Lists

    async #loadFirst(isCurrent) {
        const [latest, page] = await Promise.all([
            this.api.memories(this.#capsule, "newest", undefined, 1), this.api.memories(this.#capsule, "newest_taken"),
        ]);
        if (!isCurrent()) return;
        this.#latest = latest.memories[0]?.id ?? "";
        this.#next = page.next ?? null;
        this.#add(page.memories);
    }

    /** What was added since, whenever it was taken. */
    async #loadNew(isCurrent) {
        const added = [];
        let [cursor, isKnown] = [undefined, false];
        do {
            const page = await this.api.memories(this.#capsule, "newest", cursor);
            if (!isCurrent()) return;
            const fresh = page.memories.filter(({ id }) => id > this.#latest);
            added.push(...fresh);
            isKnown = fresh.length < page.memories.length;
            cursor = page.next;
        } while (!isKnown && cursor);
        if (added.length > 0) this.#latest = added[0].id;
        // What comes after the photos that are known is found with them.
        const last = this.isComplete ? null : this.photos.at(-1);
        this.#add(added, (photo) => !last || isBefore(photo, last));
    }

    /** @param {(photo: object) => boolean} isWanted */
    #add(memories, isWanted = () => true) {
        const fresh = memories.filter(({ id }) => !this.#byId.has(id)).map(photoOf).filter(isWanted);
        for (const photo of fresh) {
            this.#byId.set(photo.id, photo);
            const place = placeOf(photo, this.photos);
            if (place === this.photos.length) this.photos.push(photo);
            else this.photos.splice(place, 0, photo);
        }
        if (fresh.length > 0) this.grid.show(this.photos);
    }

    #drawCounts() {
        const { length } = this.photos;
        const count = `${this.isComplete ? "" : "More than "}${countText(length, "photo")}`;
        setText(find("photos-text"), length > 0 ? count : "");
        find("photos-empty").hidden = length > 0 || this.pending.count > 0;
        find("load-more").hidden = !this.#next;
        find("select-begin").hidden = length === 0 || this.selection.isOn;
    }

    #showTrouble(fault) {
        find("photos-notice").hidden = fault === null;
        if (fault) setText(find("photos-notice"), `The photos cannot be shown now. ${faultText(fault)}`);
    }

    #whenVisible() {
        if (document.visibilityState === "visible") return this.refresh();
        document.addEventListener("visibilitychange", () => this.refresh(), { once: true });
    }

    // Tiles

    #tile(photo) {
        const tile = photoTile(photo, (event) => this.#pressed(photo, event));
        markSelected(tile, this.selection, photo);
        return tile;
    }

    #pressed(photo, event) {
        if (!this.selection.isOn) return this.open(photo);
        this.selection.press(photo, this.photos, event.shiftKey);
    }

    #drawSelection(isOn) {
        find("photos").classList.toggle("selecting", isOn);
        for (const tile of this.grid.tiles) markSelected(tile, this.selection, tile.photo);
        this.#drawCounts();
    }

    async #showThumb(tile) {
        const { photo } = tile;
        if (tile.loading || tile.dataset.state === "shown" || photo.reason || !photo.thumb) return;
        tile.loading = new AbortController();
        try {
            await this.images.show(tile.querySelector(".thumb"), photo.thumb, tile.loading.signal);
            tile.dataset.state = "shown";
        } catch {
            // The placeholder stays, and the next look tries again.
            setTimeout(() => {
                tile.loading = null;
                if (tile.isConnected) this.grid.look();
            }, AGAIN_MILLISECONDS);
        }
    }
}
