const SCALE_MAX = 8;
/** What a double click magnifies to. */
const SCALE_CLOSE = 2.5;
const KEY_FACTOR = 1.4;
const KEY_PIXELS = 80;
const SWIPE_PIXELS = 50;
const [TAP_MILLISECONDS, TAP_PIXELS] = [300, 24];

/**
 * How a picture lies in its stage: magnified by `scale`, and moved by `x` and `y` pixels from the middle. Pure. Points are distances from
 * the middle of the stage.
 */
export class Lens {
    scale = 1;
    x = 0;
    y = 0;

    /** @param {{ picture: { width: number, height: number }, stage: { width: number, height: number } }} sizes In pixels at scale 1. */
    constructor(sizes) {
        this.sizes = sizes;
    }

    get isMagnified() {
        return this.scale > 1;
    }

    /** Magnifies around a point, which stays where it is. */
    magnify(factor, x = 0, y = 0) {
        const scale = Math.min(SCALE_MAX, Math.max(1, this.scale * factor));
        const change = scale / this.scale;
        this.scale = scale;
        this.#put(x - (x - this.x) * change, y - (y - this.y) * change);
    }

    toggle(x, y) {
        if (this.isMagnified) this.reset();
        else this.magnify(SCALE_CLOSE, x, y);
    }

    move(x, y) {
        this.#put(this.x + x, this.y + y);
    }

    reset() {
        [this.scale, this.x, this.y] = [1, 0, 0];
    }

    /** No edge of the picture comes further in than the edge of the stage. */
    #put(x, y) {
        const { picture, stage } = this.sizes;
        const within = (value, own, place) => {
            const most = Math.max(0, (own * this.scale - place) / 2);
            return Math.min(most, Math.max(-most, value));
        };
        this.x = within(x, picture.width, stage.width);
        this.y = within(y, picture.height, stage.height);
    }
}

/** Looks closer at the picture in a stage: by wheel, pinch, double click or tap, and keys; moves it by dragging. Swipes go on. */
export class Zoom {
    #lens = null;
    #node = null;
    #pointers = new Map();
    #start = null;
    #lastTap = null;
    #wasPinch = false;

    /** @param {HTMLElement} stage @param {(step: number) => void} go */
    constructor(stage, go) {
        Object.assign(this, { stage, go });
        stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
        stage.addEventListener("pointerdown", (event) => this.#down(event));
        stage.addEventListener("pointermove", (event) => this.#moved(event));
        stage.addEventListener("pointerup", (event) => this.#up(event));
        stage.addEventListener("pointercancel", (event) => this.#pointers.delete(event.pointerId));
    }

    /** @param {HTMLElement | null} node The picture; null for what cannot be magnified. */
    watch(node) {
        this.#node = node;
        this.#lens = null;
        this.#pointers.clear();
        this.#lastTap = null;
        this.stage.classList.remove("magnified");
    }

    get isMagnified() {
        return this.#lens?.isMagnified ?? false;
    }

    /** @returns {boolean} Whether the key was for it. */
    pressed({ key, shiftKey }) {
        if (!this.#node) return false;
        const arrows = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
        const lens = this.#ready();
        if (key === "+" || key === "=") lens.magnify(KEY_FACTOR);
        else if (key === "-") lens.magnify(1 / KEY_FACTOR);
        else if (key === "0") lens.reset();
        else if (arrows[key] && lens.isMagnified && shiftKey) lens.move(...arrows[key].map((value) => value * KEY_PIXELS));
        else return false;
        this.#draw();
        return true;
    }

    #ready() {
        const stage = this.stage.getBoundingClientRect();
        const sizes = { picture: { width: this.#node.offsetWidth, height: this.#node.offsetHeight }, stage };
        if (this.#lens) this.#lens.sizes = sizes;
        return (this.#lens ??= new Lens(sizes));
    }

    #draw() {
        const { scale, x, y, isMagnified } = this.#lens;
        this.#node.style.setProperty("transform", isMagnified ? `translate(${x}px, ${y}px) scale(${scale})` : "none");
        this.stage.classList.toggle("magnified", isMagnified);
    }

    #place({ clientX, clientY }) {
        const { left, top, width, height } = this.#node.parentElement.getBoundingClientRect();
        return [clientX - left - width / 2, clientY - top - height / 2];
    }

    #wheel(event) {
        if (!this.#node) return;
        event.preventDefault();
        // A pinch on a touch pad comes as a wheel with the control key, in small steps.
        const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1);
        this.#ready().magnify(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.002)), ...this.#place(event));
        this.#draw();
    }

    #down(event) {
        if (event.button !== 0 || event.target.closest("video, button, a")) return;
        this.stage.setPointerCapture(event.pointerId);
        this.#pointers.set(event.pointerId, event);
        if (this.#pointers.size === 1) [this.#start, this.#wasPinch] = [event, false];
        else this.#wasPinch = true;
    }

    #moved(event) {
        const before = this.#pointers.get(event.pointerId);
        if (!before) return;
        this.#pointers.set(event.pointerId, event);
        if (!this.#node) return;
        const other = [...this.#pointers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
        if (other) {
            const lens = this.#ready();
            const [x, y] = this.#place({ clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2 });
            lens.magnify(distance(event, other) / Math.max(1, distance(before, other)), x, y);
            lens.move((event.clientX - before.clientX) / 2, (event.clientY - before.clientY) / 2);
            this.#draw();
        } else if (this.isMagnified) {
            this.#ready().move(event.clientX - before.clientX, event.clientY - before.clientY);
            this.#draw();
        }
    }

    #up(event) {
        if (!this.#pointers.delete(event.pointerId) || this.#pointers.size > 0 || this.#wasPinch) return;
        const x = event.clientX - this.#start.clientX;
        if (distance(event, this.#start) < TAP_PIXELS) return this.#tapped(event);
        if (!this.isMagnified && Math.abs(x) > SWIPE_PIXELS) this.go(x < 0 ? 1 : -1);
    }

    #tapped(event) {
        const last = this.#lastTap;
        this.#lastTap = event;
        if (!this.#node || !last || event.timeStamp - last.timeStamp > TAP_MILLISECONDS || distance(event, last) > TAP_PIXELS) return;
        this.#lastTap = null;
        this.#ready().toggle(...this.#place(event));
        this.#draw();
    }
}

function distance(one, other) {
    return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
}
