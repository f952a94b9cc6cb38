import { fingerprint } from "./fingerprint.js";
import { becomesPhoto, isDebris, typeOf } from "./kinds.js";
import { factsOf } from "./media-facts.js";
import { inShots } from "./shots.js";
import { Upload } from "./upload.js";

const BATCH = 25;

/** Turns files into uploads: new ones, and those that go on where they stopped. What belongs to a photo comes before it. */
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
        const companions = new Map();
        const places = new Map();
        const placeOf = (item) => {
            if (!places.has(item)) places.set(item, this.#placeOf(item, endpoint));
            return places.get(item);
        };
        let batch = [];
        for await (const { item, kind, original } of this.#ordered(items)) {
            const place = await placeOf(item);
            // One that was begun in another album belongs to nothing here.
            const isBeside = original && (await placeOf(original)).destination.href === place.destination.href;
            const own = companions.get(item) ?? [];
            let upload = this.queue.find(place.key);
            if (upload || this.incoming.has(place.key)) {
                if (upload) await this.#resume(upload, own);
                counts.known += 1;
            } else {
                this.incoming.add(place.key);
                counts.added += 1;
                upload = await this.#upload(item, place, own, !isBeside && becomesPhoto(item.file, this.isDeriving));
                batch.push(upload);
                if (batch.length === BATCH) await this.#enqueue(batch.splice(0));
            }
            if (isBeside && upload) companions.set(original, [...(companions.get(original) ?? []), { kind, upload }]);
        }
        await this.#enqueue(batch);
        return counts;
    }

    async *#ordered(items) {
        const found = [];
        for await (const item of items) {
            if (isDebris(item.file.name)) continue;
            if (this.isDeriving) found.push(item);
            else yield { item };
        }
        yield* inShots(found, factsOf);
    }

    async #placeOf(item, endpoint) {
        const print = await fingerprint(item).catch(() => item.path);
        const destination = new URL(this.unfinished(print)?.endpoint ?? endpoint);
        return { print, destination, key: this.store.key(destination, print) };
    }

    async #enqueue(uploads) {
        await this.store.putAll(uploads.filter(({ url }) => !url).map(({ record }) => record));
        this.queue.add(uploads);
        for (const { key } of uploads) this.incoming.delete(key);
    }

    async #resume(upload, companions) {
        upload.waitFor(companions);
        if (companions.length > 0 && !upload.isOver) await this.store.put(upload.record);
        this.queue.resume(upload);
    }

    async #upload({ file, path, handle }, { key, print, destination: endpoint }, companions, isPhoto) {
        const record = (await this.store.get(key)) ?? {
            key, print, name: file.name, path, size: file.size, endpoint: endpoint.href,
        };
        Object.assign(record, handle ? { handle } : {});
        const metadata = { filename: file.name, filetype: typeOf(file) };
        if (isPhoto) metadata.derive = "photo";
        if (path !== file.name) metadata.relativePath = path;
        const upload = new Upload({
            file, endpoint, metadata, tus: this.tus, record, admit: this.admit,
            load: () => this.store.get(key), save: (record) => this.store.put(record), changed: this.changed,
        });
        upload.path = path;
        upload.waitFor([...companions, ...(await this.#earlier(record, companions))]);
        return upload;
    }

    /** The companions of an earlier visit whose files are not here now: those that are stored need no file. */
    async #earlier({ after = [] }, companions) {
        const found = [];
        for (const { kind, key } of after.filter(({ key }) => !companions.some(({ upload }) => upload.key === key))) {
            const { url, isDone } = (await this.store.get(key)) ?? {};
            const upload = this.queue.find(key) ?? { key, url, state: url && isDone ? "done" : "cancelled" };
            found.push({ kind, upload });
        }
        return found;
    }
}
