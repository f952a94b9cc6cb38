/** What is left of a file above this makes it a large one. */
const LARGE_BYTES = 32 << 20;

/** Several uploads, of which a few are under way at once. While all of them are large, one small file goes beside them. */
export class Queue {
    uploads = [];
    #limit;
    #changed;

    /**
     * @param {(upload: import("./upload.js").Upload | null) => void} changed Something is different: with an upload of it, with null
     *     of the list.
     */
    constructor({ limit = 3, changed = () => {} } = {}) {
        this.#limit = limit;
        this.#changed = changed;
    }

    /** The upload of a file that is already here and not given up. */
    find(key) {
        return this.uploads.find((upload) => upload.key === key && upload.state !== "cancelled");
    }

    add(uploads) {
        this.uploads.push(...uploads);
        this.#changed(null);
        this.#pump();
    }

    pause(upload) {
        if (upload.isActive || upload.state === "waiting") upload.pause();
        this.#pump();
    }

    /** Also after a failure. What it waits for goes on with it. */
    resume(upload) {
        for (const one of [...(upload.url ? [] : upload.after.list.map(({ upload }) => upload)), upload]) {
            if (one.state === "paused" || one.state === "failed") one.wait();
        }
        upload.wake();
        this.#pump();
    }

    async cancel(upload) {
        this.uploads = this.uploads.filter((other) => other !== upload);
        const ended = upload.isOver ? undefined : upload.cancel();
        this.#changed(null);
        this.#pump();
        await ended;
    }

    pauseAll() {
        // Those that wait first: each that stops would let one of them begin.
        for (const state of ["waiting", "retrying", "sending"]) {
            for (const upload of this.uploads) if (upload.state === state) upload.pause();
        }
    }

    /** Also those that have failed, unless they would fail again. */
    resumeAll() {
        for (const upload of this.uploads) {
            if (upload.state === "paused" || (upload.state === "failed" && !upload.fault?.isFinal)) upload.wait();
        }
        this.wake();
        this.#pump();
    }

    async cancelAll() {
        const unfinished = this.uploads.filter((upload) => !upload.isOver);
        this.uploads = this.uploads.filter((upload) => upload.isOver);
        this.#changed(null);
        await Promise.all(unfinished.map((upload) => upload.cancel()));
    }

    /** Takes those off the list that need nothing more. */
    clearDone() {
        this.uploads = this.uploads.filter((upload) => !upload.isOver);
        this.#changed(null);
    }

    /** Whether a blob is, or will be, in the memory of another upload. */
    isCompanion(blob) {
        return this.uploads.some((upload) => upload.state !== "failed" && upload.companions.includes(blob));
    }

    /** Whoever waits before trying again does it now: the network is back. */
    wake() {
        for (const upload of this.uploads) upload.wake();
    }

    /**
     * How many there are of which state (`active` are those that send or try again, `refused` those that failed for good), and how
     * many bytes.
     */
    get totals() {
        const totals = {
            count: 0, done: 0, failed: 0, refused: 0, paused: 0, active: 0, sending: 0, waiting: 0, bytes: 0, acknowledged: 0, sent: 0,
        };
        for (const upload of this.uploads) {
            totals.count += 1;
            totals.bytes += upload.size;
            totals.acknowledged += Math.min(upload.size, upload.acknowledged);
            totals.sent += upload.sent;
            totals[upload.isActive ? "active" : upload.state] += 1;
            if (upload.state === "sending") totals.sending += 1;
            if (upload.state === "failed" && upload.fault?.isFinal) totals.refused += 1;
        }
        return totals;
    }

    #pump() {
        const begin = (upload) => upload.run().finally(() => this.#pump());
        let free = this.#limit - this.uploads.filter((upload) => upload.isActive).length;
        for (const upload of this.uploads) {
            if (free <= 0) break;
            if (!isNext(upload)) continue;
            free -= 1;
            begin(upload);
        }
        const active = this.uploads.filter((upload) => upload.isActive);
        if (active.length !== this.#limit || !active.every(isLarge)) return;
        const small = this.uploads.find((upload) => isNext(upload) && !isLarge(upload));
        if (small) begin(small);
    }
}

/** Whether it waits for nothing but its turn. */
function isNext(upload) {
    return upload.state === "waiting" && upload.awaited.length === 0;
}

function isLarge(upload) {
    return upload.size - upload.acknowledged > LARGE_BYTES;
}
