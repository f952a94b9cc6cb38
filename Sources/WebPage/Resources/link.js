import { matchesType, typeOf } from "./kinds.js";
import { typesText } from "./link-text.js";
import { bytesText } from "./text.js";

export const REMOVED_TEXT = "This upload link does not work any more.";

/**
 * What an upload link permits, as far as the server has told. The server decides on every upload; asked here first, nobody waits for a
 * refusal that is certain. States: `open`, `full` and `expired` (no new uploads; those that were begun can be continued), `removed`.
 */
export class Link {
    #limits = {};
    #ended = null;
    /** By how many milliseconds the server's clock is ahead of this device's. */
    #ahead = 0;

    /** @param {object} limits The document of the link. @param {number} time The server's, in milliseconds. */
    update(limits, time, now = Date.now()) {
        this.#limits = limits;
        this.#ahead = time - now;
        this.#ended = null;
    }

    /** @param {"expired" | "removed"} state What the server refused the link for. */
    end(state) {
        this.#ended = state;
    }

    state(now = Date.now()) {
        if (this.#ended) return this.#ended;
        if (this.secondsLeft(now) <= 0) return "expired";
        return this.filesLeft === 0 || this.bytesLeft <= 0 ? "full" : "open";
    }

    secondsLeft(now = Date.now()) {
        return (Date.parse(this.#limits.expires_at) - this.#ahead - now) / 1000;
    }

    get title() {
        return this.#limits.title ?? "";
    }

    get expiresAt() {
        return this.#limits.expires_at;
    }

    get types() {
        return this.#limits.types ?? [];
    }

    /** How many files may still come; undefined without a limit. */
    get filesLeft() {
        const limits = [this.#limits.files_left, this.#limits.uses_left].filter((limit) => limit !== undefined);
        return limits.length > 0 ? Math.max(0, Math.min(...limits)) : undefined;
    }

    get bytesLeft() {
        return this.#limits.bytes_left;
    }

    get fileBytesMax() {
        return this.#limits.file_bytes_max;
    }

    /** Why the link permits no new upload of a file; null if it does. */
    refusal(file, now = Date.now()) {
        const { types, fileBytesMax, bytesLeft } = this;
        const state = this.state(now);
        if (state === "removed") return REMOVED_TEXT;
        if (state === "expired") return "This upload link has expired.";
        if (!matchesType(typeOf(file), types)) return `Not sent: this link takes ${typesText(types)} only.`;
        if (file.size > fileBytesMax) return `Not sent: this link takes files of at most ${bytesText(fileBytesMax)}.`;
        if (state === "full") return "Not sent: this link takes no more files.";
        if (file.size > bytesLeft) return `Not sent: this link takes only ${bytesText(bytesLeft)} more.`;
        return null;
    }
}

/** Tells the links apart whose uploads the browser remembers. A digest, since the token itself must not outlive the tab. */
export async function linkIdentifier(token) {
    const bytes = new TextEncoder().encode(token);
    if (!globalThis.crypto?.subtle) return `link:${checksum(bytes)}`;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return `link:${Array.from(digest.subarray(0, 12), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** FNV-1a of 32 bits, for pages that did not come over TLS, where browsers offer no SHA-256: too short to tell anything of a token. */
function checksum(bytes) {
    let hash = 0x811c9dc5;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    return hash.toString(16).padStart(8, "0");
}
