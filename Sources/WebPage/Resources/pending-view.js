import { element, find, icon, setText } from "./dom.js";
import { countText, waitingText } from "./text.js";

const TILES_MAX = 12;

/** Photos that arrived and of which previews are being made. */
export class PendingView {
    count = 0;
    /** The ids of the uploads that wait, as far as they are known. */
    uploads = new Set();
    #tiles = new Map();

    /** @param {import("./api.js").API} api */
    constructor(api) {
        this.api = api;
        this.list = find("pending-list");
    }

    clear() {
        this.count = 0;
        this.uploads.clear();
        this.#tiles.clear();
        this.list.replaceChildren();
        find("pending").hidden = true;
    }

    /** @param {() => boolean} isCurrent Whether the capsule is still the one that is looked at. */
    async load(capsule, isCurrent) {
        const { derivations, next } = await this.api.pendingDerivations(capsule);
        if (!isCurrent()) return;
        this.count = derivations.length + (next ? 1 : 0);
        this.uploads = new Set(derivations.map(({ upload }) => upload));
        find("pending").hidden = this.count === 0;
        const isStopped = derivations.length > 0 && derivations.every(({ reason }) => reason);
        const number = `${next ? "More than " : ""}${countText(derivations.length, "photo")}`;
        const verb = derivations.length === 1 ? "is" : "are";
        setText(find("pending-text"), isStopped ? `${number} without a preview yet` : `${number} ${verb} being prepared`);
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
            if (known) known.replaceWith(tile);
            else this.list.append(tile);
            this.#tiles.set(derivation.upload, tile);
        }
    }
}

function pendingTile({ name, reason }) {
    const text = reason ? waitingText(reason) : "Preview follows";
    return element(
        "li", { className: reason ? "pending-tile" : "pending-tile active" },
        icon("photo"), element("strong", {}, name || "A photo"), element("span", {}, text),
    );
}
