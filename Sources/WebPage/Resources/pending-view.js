import { element, find, icon, setText } from "./dom.js";
import { roleOf } from "./kinds.js";
import { countText, waitingText } from "./text.js";

const TILES_MAX = 12;

/** Photos that arrived and of which previews are being made. */
export class PendingView {
    count = 0;
    /** How many have been prepared since there were none. */
    #done = 0;
    #tiles = new Map();

    /** @param {import("./api.js").API} api */
    constructor(api) {
        this.api = api;
        this.list = find("pending-list");
    }

    clear() {
        this.count = 0;
        this.#done = 0;
        this.#tiles.clear();
        this.list.replaceChildren();
        find("pending").hidden = true;
    }

    /** @param {() => boolean} isCurrent Whether the capsule is still the one that is looked at. */
    async load(capsule, isCurrent) {
        const { derivations, pending } = await this.api.pendingDerivations(capsule);
        if (!isCurrent()) return;
        this.#done = pending === 0 ? 0 : this.#done + Math.max(0, this.count - pending);
        this.count = pending;
        find("pending").hidden = pending === 0;
        const isStopped = derivations.length > 0 && derivations.every(({ reason }) => reason);
        const number = countText(pending, "photo");
        const verb = pending === 1 ? "is" : "are";
        setText(find("pending-text"), isStopped ? `${number} without a preview yet` : `${number} ${verb} being prepared`);
        const progress = find("pending-progress");
        progress.hidden = isStopped || this.#done === 0;
        progress.max = this.#done + pending;
        progress.value = this.#done;
        this.#draw(derivations.slice(0, TILES_MAX));
    }

    #draw(derivations) {
        const shown = new Set(derivations.map(({ upload }) => upload));
        for (const [upload, tile] of this.#tiles) {
            if (shown.has(upload)) continue;
            tile.remove();
            this.#tiles.delete(upload);
        }
        for (const derivation of derivations) {
            const known = this.#tiles.get(derivation.upload);
            const tile = pendingTile(derivation);
            if (known?.textContent === tile.textContent) continue;
            known?.remove();
            this.#tiles.set(derivation.upload, tile);
        }
        // The newest first, without moving what is in its place.
        derivations.forEach(({ upload }, place) => {
            const tile = this.#tiles.get(upload);
            if (this.list.children[place] !== tile) this.list.insertBefore(tile, this.list.children[place] ?? null);
        });
    }
}

function pendingTile({ name, reason }) {
    const text = reason ? waitingText(reason) : "Preview follows";
    const isFilm = roleOf({ name: name ?? "", type: "" }) === "video";
    return element(
        "li", { className: reason ? "pending-tile" : "pending-tile active" },
        icon(isFilm ? "film" : "photo"), element("strong", {}, name || "A photo"), element("span", {}, text),
    );
}
