/** Faults that do not say that a companion will never come: its photo does not begin without it. */
const UNDECIDED = ["overtaken", "unauthenticated"];

/**
 * The uploads that come before that of a photo, and are named when it is created: the video of a Live Photo, the raw file beside a picture,
 * edits. Those that failed or were cancelled are left out.
 */
export class Companions {
    /** `{ kind, upload }`; of one of an earlier visit only the `key`, `url` and `state` are known. */
    list = [];
    /** The kinds of those that were left out. */
    missing = [];
    /** Those that the server does not know any more. */
    #gone = new Set();

    /** Adds some, in place of those of the same file. */
    add(companions) {
        const keys = new Set(companions.map(({ upload }) => upload.key));
        this.list = [...this.list.filter(({ upload }) => !keys.has(upload.key)), ...companions];
    }

    /** What outlives the page. */
    get record() {
        return this.list.map(({ kind, upload }) => ({ kind, key: upload.key }));
    }

    /** The kinds of those that are still to come. */
    get awaited() {
        return this.list.filter(({ upload }) => !["done", "failed", "cancelled"].includes(upload.state)).map(({ kind }) => kind);
    }

    /** The metadata of the photo with the ids of those that are stored. */
    named(metadata) {
        const companions = this.#stored.map(({ kind, upload }) => `${kind}:${upload.url.split("/").pop()}`).join(",");
        return companions ? { ...metadata, companions } : metadata;
    }

    /** The same, from when on it is known which are left out. @throws {Fault} If it does not begin without one. */
    settled(metadata) {
        const undecided = this.list.find(({ upload }) => upload.state === "failed" && UNDECIDED.includes(upload.fault.kind));
        if (undecided) throw undecided.upload.fault;
        this.missing = this.list.filter((companion) => !this.#stored.includes(companion)).map(({ kind }) => kind);
        return this.named(metadata);
    }

    /**
     * Asks which of them have been deleted since they were stored.
     *
     * @param {(url: string) => Promise<unknown>} status Throws the `Fault` `gone` for those.
     * @returns {Promise<boolean>} Whether there were any.
     */
    async leaveOutGone(status) {
        const stored = this.#stored;
        for (const { upload } of stored) {
            await status(upload.url).catch((fault) => {
                if (fault.kind !== "gone") throw fault;
                this.#gone.add(upload);
            });
        }
        return this.#stored.length < stored.length;
    }

    get #stored() {
        return this.list.filter(({ upload }) => upload.state === "done" && !this.#gone.has(upload));
    }
}

/** The ids of the blobs that metadata names as companions. */
export function companionsIn({ companions = "" } = {}) {
    return companions.split(",").map((companion) => companion.split(":")[1]).filter(Boolean);
}
