const WINDOW_MILLISECONDS = 8000;
const SETTLED_MILLISECONDS = 1500;

/** How fast bytes have gone out lately. */
export class Speed {
    #samples = [];

    /**
     * @param {number} bytes Sent so far. When it falls, because bytes were lost, measuring begins anew.
     * @param {number} now In milliseconds.
     */
    note(bytes, now) {
        const last = this.#samples.at(-1);
        if (last && bytes < last.bytes) this.#samples = [];
        this.#samples.push({ bytes, now });
        while (this.#samples.length > 2 && now - this.#samples[0].now > WINDOW_MILLISECONDS) this.#samples.shift();
    }

    /** After a pause. */
    forget() {
        this.#samples = [];
    }

    /** Bytes a second; undefined until that means something. */
    get bytesPerSecond() {
        const [first, last] = [this.#samples[0], this.#samples.at(-1)];
        if (!first || last.now - first.now < SETTLED_MILLISECONDS) return undefined;
        return ((last.bytes - first.bytes) / (last.now - first.now)) * 1000;
    }

    /** Seconds until so many more bytes have gone; undefined if nobody can say. */
    secondsFor(bytes) {
        const speed = this.bytesPerSecond;
        return speed > 0 ? bytes / speed : undefined;
    }
}
