import { delaySeconds, nap } from "./backoff.js";
import { ChunkSize } from "./chunks.js";
import { Companions, companionsIn } from "./companions.js";
import { Fault } from "./fault.js";
import { checksumField } from "./tus.js";

/** A file up to this size goes along with the creation: one request, and one transaction of the server's. */
const ALONG_BYTES = 64 << 10;
/** How often an upload that vanished is begun again, in case the server loses every one. */
const RESTARTS_MAX = 3;

/**
 * One file on its way. States: `waiting`, `sending`, `retrying` (trouble that passes: it goes on by itself, for ever), `paused`,
 * `failed` (it will not work as it is), `done`, `cancelled`.
 */
export class Upload {
    state = "waiting";
    /** Bytes the server said are durable. */
    acknowledged = 0;
    /** Bytes of the request under way that have left. */
    inFlight = 0;
    /** Why it is retrying or has failed. */
    fault = null;
    /** When it will try again, in milliseconds. */
    retryAt = 0;
    /** Whether all of it was there already when it was added. */
    wasThere = false;
    /** Whether it began again because what was stored of it had expired. */
    hadExpired = false;
    /** Uploads that come before it. */
    after = new Companions();

    #tus;
    #record;
    #load;
    #save;
    #changed;
    #admit;
    #controller = null;
    #nap = null;
    #attempts = 0;
    #restarts = 0;
    #isOffsetKnown = false;
    #chunkSize = new ChunkSize();

    /**
     * @param {{ file: File, endpoint: URL, metadata: Record<string, string>, tus: import("./tus.js").Tus, record: object,
     *     load?: () => Promise<object | null>, save: (record: object) => Promise<void>, changed: (upload: Upload) => void,
     *     admit?: (file: File) => void }} parts `record` outlives the page: `key` is the file's fingerprint, `creation` the idempotency
     *     key, `metadata` what was stated with it, `after` its companions, `url` where the upload is. `load` finds what another tab has
     *     saved of it. `admit` throws the `Fault` for which no upload of the file is to be created.
     */
    constructor({ file, endpoint, metadata, tus, record, load = async () => null, save, changed, admit = () => {} }) {
        Object.assign(this, { file, endpoint, metadata });
        this.#tus = tus;
        this.#record = record;
        this.#load = load;
        this.#save = save;
        this.#changed = changed;
        this.#admit = admit;
        this.acknowledged = record.url ? (record.offset ?? 0) : 0;
    }

    get key() {
        return this.#record.key;
    }

    /** What outlives the page. */
    get record() {
        return this.#record;
    }

    get url() {
        return this.#record.url;
    }

    get size() {
        return this.file.size;
    }

    get sent() {
        return Math.min(this.size, this.acknowledged + this.inFlight);
    }

    get isActive() {
        return this.state === "sending" || this.state === "retrying";
    }

    get isOver() {
        return this.state === "done" || this.state === "cancelled";
    }

    /** The kinds of companions that are still to come before it. */
    get awaited() {
        return this.#record.creation ? [] : this.after.awaited;
    }

    /** The ids of the blobs that are, or will be, beside it in its memory. */
    get companions() {
        return companionsIn(this.#record.creation ? this.#record.metadata : this.after.named({}));
    }

    // Commands

    /** @param {{ kind: string, upload: Upload }[]} companions */
    waitFor(companions) {
        if (companions.length === 0) return;
        this.after.add(companions);
        this.#record.after = this.after.record;
    }

    /** Goes on until it is done, fails, is paused or cancelled; returns then. */
    async run() {
        const controller = new AbortController();
        this.#controller = controller;
        this.#become("sending");
        while (!controller.signal.aborted) {
            try {
                await this.#proceed(controller.signal);
                if (controller.signal.aborted) return;
                this.#record.isDone = true;
                await this.#store();
                return this.#become("done");
            } catch (error) {
                this.inFlight = 0;
                this.#isOffsetKnown = false;
                if (controller.signal.aborted) return;
                await this.#react(error instanceof Fault ? error : new Fault("refused", String(error)), controller.signal);
                if (this.state === "failed") return;
            }
        }
    }

    pause() {
        this.#stop("paused");
    }

    /** Back into the queue, after a pause or a failure. */
    wait() {
        this.#attempts = 0;
        this.#restarts = 0;
        this.#become("waiting");
    }

    /** Tries again at once if it is waiting to. */
    wake() {
        this.#nap?.wake();
    }

    /** Ends it here and on the server. */
    async cancel() {
        this.#stop("cancelled");
        // What the server keeps of it expires anyway.
        if (this.url) await this.#tus.terminate(this.url).catch(() => {});
    }

    #stop(state) {
        this.#become(state);
        this.#controller?.abort();
        this.inFlight = 0;
    }

    #become(state) {
        this.state = state;
        if (state !== "retrying" && state !== "failed") this.fault = null;
        this.#changed(this);
    }

    // The way of a file

    async #proceed(signal) {
        if (!this.url) await this.#create(signal);
        else if (!this.#isOffsetKnown) await this.#synchronise(signal);
        while (this.acknowledged < this.size) await this.#sendChunk(signal);
    }

    async #create(signal) {
        if (await this.#isBegunElsewhere()) return this.#synchronise(signal);
        // Once it was asked for, it may exist and count towards the very limit that would refuse it here: the server decides.
        if (!this.#record.creation) this.#admit(this.file);
        // The key stands for the metadata, too: both stay the same if the answer is lost.
        const metadata = this.#record.creation ? (this.#record.metadata ?? this.metadata) : this.after.settled(this.metadata);
        Object.assign(this.#record, { metadata, creation: this.#record.creation ?? identifier() });
        await this.#store();
        const bytes = this.size > 0 && this.size <= ALONG_BYTES ? await this.#read(0, this.size) : undefined;
        const { url, offset, expires } = await this.#tus.create(this.endpoint, {
            length: this.size, metadata, key: this.#record.creation, bytes, signal,
            onProgress: (sent) => this.#progressed(sent),
        }).catch((fault) => this.#refused(fault, signal));
        if (!url) return this.#create(signal);
        this.#record.url = url;
        await this.#acknowledge(offset, expires);
    }

    /** A tab in which it had waited, too, may have created it. @returns {Promise<boolean>} Whether it is there. */
    async #isBegunElsewhere() {
        const other = this.#record.creation ? null : await this.#load();
        if (!other?.creation) return false;
        const { creation, metadata, url, offset, expires } = other;
        Object.assign(this.#record, { creation, metadata, url, offset, expires });
        return Boolean(url);
    }

    /** If companions were deleted since they were stored, it is created without them. */
    async #refused(fault, signal) {
        const mayLack = fault.kind === "gone" && companionsIn(this.#record.metadata).length > 0;
        if (!mayLack || !(await this.after.leaveOutGone((url) => this.#tus.status(url, { signal })))) throw fault;
        Object.assign(this.#record, { creation: undefined, metadata: undefined });
        await this.#store();
        return {};
    }

    /** Asks from where to go on. What was said to be durable may only have grown, unless it is another upload. */
    async #synchronise(signal) {
        const { offset, length, expires } = await this.#tus.status(this.url, { signal });
        if (length !== this.size) throw new Fault("gone", "The upload has another length.");
        this.wasThere = offset === this.size && this.#attempts === 0;
        await this.#acknowledge(offset, expires);
    }

    async #sendChunk(signal) {
        const offset = this.acknowledged;
        const bytes = await this.#read(offset, Math.min(this.size, offset + this.#chunkSize.bytes));
        const digest = await checksumField(bytes);
        const start = performance.now();
        try {
            const stored = await this.#tus.append(this.url, {
                offset, bytes, digest, signal, onProgress: (sent) => this.#progressed(sent),
            });
            this.#chunkSize.sent(bytes.byteLength, performance.now() - start);
            await this.#acknowledge(stored.offset, stored.expires);
        } catch (error) {
            this.#chunkSize.lost();
            throw error;
        }
    }

    /** In memory before it is sent: a file that changed is noticed here, and not taken for trouble of the network. */
    async #read(start, end) {
        try {
            return await this.file.slice(start, end).arrayBuffer();
        } catch {
            throw new Fault("unreadable");
        }
    }

    async #acknowledge(offset, expires) {
        this.acknowledged = offset;
        this.inFlight = 0;
        this.#attempts = 0;
        this.#isOffsetKnown = true;
        Object.assign(this.#record, { offset, expires });
        if (this.state === "retrying") this.#become("sending");
        else this.#changed(this);
        await this.#store();
    }

    #progressed(sent) {
        this.inFlight = sent;
        if (this.state === "retrying") this.#become("sending");
        else this.#changed(this);
    }

    // Trouble

    async #react(fault, signal) {
        this.fault = fault;
        if (fault.kind === "gone" && this.url && this.#restarts < RESTARTS_MAX) return this.#startOver();
        if (!fault.isPassing) return this.#become("failed");
        this.#attempts += 1;
        // The offset is asked for at once: nobody but the server knows it.
        const seconds = fault.kind === "conflict" && this.#attempts === 1 ? 0 : delaySeconds(this.#attempts, fault.retryAfter);
        this.retryAt = Date.now() + seconds * 1000;
        this.#become("retrying");
        this.#nap = nap(seconds * 1000, signal);
        await this.#nap.done;
        this.#nap = null;
    }

    async #startOver() {
        this.#restarts += 1;
        this.acknowledged = 0;
        this.hadExpired = this.#record.expires <= Date.now();
        Object.assign(this.#record, {
            url: undefined, creation: undefined, metadata: undefined, offset: 0, expires: undefined, isDone: false,
        });
        await this.#store();
    }

    /** Nothing is kept of what was given up, though its last answer may still come. */
    async #store() {
        if (this.state !== "cancelled") await this.#save(this.#record);
    }
}

/** 128 random bits; `crypto.randomUUID` exists on pages from TLS only. */
export function identifier() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
