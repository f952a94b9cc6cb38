/** Keeps the device awake and the tab open while uploads run, as far as browsers allow. */
export class Presence {
    #isNeeded = false;
    #lock = null;

    constructor() {
        // A lock ends when the page is hidden.
        document.addEventListener("visibilitychange", () => this.#hold());
        addEventListener("beforeunload", (event) => {
            if (this.#isNeeded) event.preventDefault();
        });
    }

    set isNeeded(isNeeded) {
        if (isNeeded === this.#isNeeded) return;
        this.#isNeeded = isNeeded;
        if (isNeeded) this.#hold();
        else this.#release();
    }

    async #hold() {
        if (!this.#isNeeded || this.#lock || document.visibilityState !== "visible" || !navigator.wakeLock) return;
        try {
            const lock = await navigator.wakeLock.request("screen");
            lock.addEventListener("release", () => (this.#lock = null));
            this.#lock = lock;
            if (!this.#isNeeded) this.#release();
        } catch {
            // A low battery, or a browser that does not want to: the upload goes on without.
        }
    }

    #release() {
        this.#lock?.release();
        this.#lock = null;
    }
}
