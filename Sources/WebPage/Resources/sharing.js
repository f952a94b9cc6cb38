/** A file that is shared is in memory as a whole. */
export const SHARE_BYTES_MAX = 100 << 20;

/** Hands files to the system's share sheet, where browsers do that: on phones, and on pages over TLS. */
export class Sharing {
    /** The last file, while it waits for another press: `{ blob, file }`. */
    #kept = null;
    #controller = null;

    /**
     * @param {import("./api.js").API} api
     * @param {Navigator} system
     */
    constructor(api, system = navigator) {
        Object.assign(this, { api, system });
    }

    /** Whether there is a share sheet for a file. @param {{ name: string, type: string, size: number }} description */
    canShare({ name, type, size }) {
        if (!this.system.share || !this.system.canShare || !(size <= SHARE_BYTES_MAX)) return false;
        return this.system.canShare({ files: [new File([], name, { type })] });
    }

    /**
     * Fetches a file and opens the share sheet. Only one is fetched at a time.
     *
     * @param {string} url
     * @param {{ blob: string, name: string, type: string }} description
     * @returns {Promise<"shared" | "given up" | "ready">} `ready`: it took so long that the browser wants to be asked by another press;
     *     the file is kept for it.
     * @throws If it cannot be fetched or shared.
     */
    async share(url, { blob, name, type }) {
        this.#controller?.abort();
        const controller = (this.#controller = new AbortController());
        const kept = this.#kept?.blob === blob ? this.#kept : null;
        this.#kept = null;
        try {
            const file = kept?.file ?? new File([await this.api.bytes(url, controller.signal)], name, { type });
            if (controller.signal.aborted) return "given up";
            this.#kept = { blob, file };
            await this.system.share({ files: [file] });
            this.forget();
            return "shared";
        } catch (error) {
            if (controller.signal.aborted) return "given up";
            if (error.name === "NotAllowedError" && !kept) return "ready";
            this.forget();
            if (error.name === "AbortError") return "given up";
            throw error;
        }
    }

    forget() {
        this.#kept = null;
    }
}
