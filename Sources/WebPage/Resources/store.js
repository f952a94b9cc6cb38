const NAME = "wharf";
const TABLE = "uploads";
/** How long it is remembered where a finished file went, so that it is not sent again with the rest of its folder. */
const DONE_MILLISECONDS = 30 * 24 * 3600 * 1000;

/**
 * What outlives the page: a record for each upload, by where it goes and the fingerprint of its file. `{ key, print, name, path, size,
 * endpoint, link?, after?, creation?, metadata?, url?, offset?, expires?, handle?, isDone?, touchedAt }`. Where the browser keeps nothing (a private window, a full
 * disk) uploads work all the same, and do not outlive the page.
 */
export class Store {
    #database;

    /**
     * @param {string} [link] Identifies the upload link whose records these are. An upload can be continued only with the token that began
     *     it, so that each link has records of its own, and so has the page of those who sign in.
     * @param {Promise<IDBDatabase>} database
     */
    constructor(link, database = open()) {
        this.link = link;
        this.#database = database.catch(() => null);
    }

    /** The key of the record of a file. */
    key(endpoint, print) {
        return [this.link, endpoint.pathname, print].filter(Boolean).join(" ");
    }

    async get(key) {
        return (await this.#attempt("readonly", (table) => table.get(key))) ?? null;
    }

    async put(record) {
        record.touchedAt = Date.now();
        if (this.link) record.link = this.link;
        if (record.isDone) delete record.handle;
        await this.#attempt("readwrite", (table) => table.put(record));
    }

    /** Remembers files before the first byte of them is sent, in one transaction. */
    async putAll(records) {
        for (const record of records) Object.assign(record, { touchedAt: Date.now() }, this.link ? { link: this.link } : {});
        await this.#attempt("readwrite", (table) => records.map((record) => table.put(record)).at(-1));
    }

    async delete(key) {
        await this.#attempt("readwrite", (table) => table.delete(key));
    }

    /** Uploads that did not end: those that had begun come first, then those that had not. Forgets what ended long ago, with any link or none. */
    async unfinished(now = Date.now()) {
        const records = (await this.#attempt("readonly", (table) => table.getAll())) ?? [];
        for (const { isDone, touchedAt, key } of records) {
            if (isDone && now - touchedAt > DONE_MILLISECONDS) await this.delete(key);
        }
        const own = records.filter((record) => record.link === this.link);
        const isBegun = ({ url }) => Number(Boolean(url));
        return own.filter((record) => !record.isDone).sort((a, b) => isBegun(b) - isBegun(a) || a.touchedAt - b.touchedAt);
    }

    async #attempt(mode, act) {
        const database = await this.#database;
        if (!database) return undefined;
        try {
            return await settled(act(database.transaction(TABLE, mode).objectStore(TABLE)));
        } catch {
            return undefined;
        }
    }
}

async function open() {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: "key" });
    return settled(request);
}

function settled(request) {
    return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}
