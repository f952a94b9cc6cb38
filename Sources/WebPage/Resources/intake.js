import { fingerprint } from "./fingerprint.js";
import { becomesPhoto, isDebris, typeOf } from "./kinds.js";
import { Upload } from "./upload.js";

const BATCH = 25;

/** Turns files into uploads: new ones, and those that go on where they stopped. */
export class Intake {
    /**
     * @param {{ queue: import("./queue.js").Queue, store: import("./store.js").Store, tus: import("./tus.js").Tus,
     *     changed: (upload: Upload) => void, unfinished: (rest: string) => object | undefined, admit?: (file: File) => void }} parts
     *     `unfinished` finds what an earlier visit left of a file, wherever that went; `admit` is the uploads'.
     */
    constructor({ queue, store, tus, changed, unfinished, admit }) {
        Object.assign(this, { queue, store, tus, changed, unfinished, admit });
        /** Whether the server makes previews at present. */
        this.isDeriving = false;
        /** Of files that are being looked at: two drops may bring the same. */
        this.incoming = new Set();
    }

    /**
     * @param {AsyncIterable<{ file: File, path: string, handle?: FileSystemFileHandle }>} items
     * @param {URL} endpoint Where new ones are created. What was begun elsewhere goes on there.
     * @returns {Promise<{ added: number, known: number }>} How many are new to the list, and how many were on it.
     */
    async take(items, endpoint) {
        const counts = { added: 0, known: 0 };
        let batch = [];
        for await (const item of items) {
            if (isDebris(item.file.name)) continue;
            const print = await fingerprint(item).catch(() => item.path);
            const destination = new URL(this.unfinished(print)?.endpoint ?? endpoint);
            const key = this.store.key(destination, print);
            const known = this.queue.find(key);
            if (known || this.incoming.has(key)) {
                if (known) this.queue.resume(known);
                counts.known += 1;
                continue;
            }
            this.incoming.add(key);
            counts.added += 1;
            batch.push(await this.#upload(item, key, print, destination));
            if (batch.length === BATCH) await this.#enqueue(batch.splice(0));
        }
        await this.#enqueue(batch);
        return counts;
    }

    async #enqueue(uploads) {
        await this.store.putAll(uploads.filter(({ url }) => !url).map(({ record }) => record));
        this.queue.add(uploads);
        for (const { key } of uploads) this.incoming.delete(key);
    }

    async #upload({ file, path, handle }, key, print, endpoint) {
        const record = (await this.store.get(key)) ?? {
            key, print, name: file.name, path, size: file.size, endpoint: endpoint.href,
        };
        Object.assign(record, handle ? { handle } : {});
        const metadata = { filename: file.name, filetype: typeOf(file) };
        if (becomesPhoto(file, this.isDeriving)) metadata.derive = "photo";
        if (path !== file.name) metadata.relativePath = path;
        const upload = new Upload({
            file, endpoint, metadata, tus: this.tus, record, admit: this.admit,
            save: (record) => this.store.put(record), changed: this.changed,
        });
        upload.path = path;
        return upload;
    }
}
