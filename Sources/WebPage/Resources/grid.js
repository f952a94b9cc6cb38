import { element, setText } from "./dom.js";
import { frameOf, layOut, rangeOf } from "./layout.js";
import { monthText } from "./text.js";

/** Rows that exist beyond the window, in heights of it. */
const MARGIN = 1;
const THUMBS_MILLISECONDS = 100;

/** The grid of photos under their months. Only the rows near the window exist, however many photos there are. */
export class Grid {
    #photos = [];
    #layout = layOut([], { width: 1 });
    #width = 0;
    /** By the photo's id, those that exist. */
    #tiles = new Map();
    /** By the month's key. */
    #sections = new Map();
    #frame = null;
    #timer = null;
    #lastTop = 0;
    /** The distance of the grid from the top of the page. */
    #offset = 0;

    /**
     * @param {{ node: HTMLElement, make: (photo: object) => HTMLElement, drop: (tile: HTMLElement) => void,
     *     near: (tiles: HTMLElement[]) => void, atEnd: () => void, month: (key: string, photos: object[]) => HTMLElement }} parts
     *     `near` is called with the tiles near the window when scrolling is slow enough to look at them, `atEnd` when the last photos
     *     are near, `month` makes what stands beside a month's name.
     */
    constructor({ node, make, drop, near, atEnd, month }) {
        Object.assign(this, { node, make, drop, near, atEnd, month });
        addEventListener("scroll", () => this.#soon(), { passive: true });
        new ResizeObserver(() => this.#resized()).observe(node);
        new ResizeObserver(() => this.#moved()).observe(document.body);
        addEventListener("resize", () => this.#soon());
    }

    /** Shows photos, which stay where they are in the window if they were in it. */
    show(photos) {
        const anchor = this.#anchor();
        this.#photos = [...photos];
        this.#arrange(anchor);
    }

    clear() {
        for (const tile of this.#tiles.values()) this.drop(tile);
        this.#tiles.clear();
        this.#sections.clear();
        this.node.replaceChildren();
        this.show([]);
    }

    /** Of a photo, which is scrolled to if it is out of sight; null if it is not in the grid. */
    tileOf(photo) {
        const index = this.#photos.indexOf(photo);
        if (index < 0) return null;
        const top = this.#layout.start[index] - this.#top;
        if (top < 0 || top + this.#layout.tall[index] > innerHeight) {
            scrollTo({ top: scrollY + top - Math.max(0, (innerHeight - this.#layout.tall[index]) / 2), behavior: "instant" });
        }
        this.draw();
        return this.#tiles.get(photo.id) ?? null;
    }

    /** The tiles that exist. */
    get tiles() {
        return this.#tiles.values();
    }

    /** Looks at the tiles near the window once more. */
    look() {
        this.#timer ??= setTimeout(() => {
            this.#timer = null;
            const distance = Math.abs(this.#top - this.#lastTop);
            this.#lastTop = this.#top;
            if (distance > innerHeight * 1.5) return this.look();
            this.near([...this.#tiles.values()]);
        }, THUMBS_MILLISECONDS);
    }

    // Layout

    get #top() {
        return -this.node.getBoundingClientRect().top;
    }

    /** The first photo in the window and its distance from the window's edge; null at the start of the grid, where new ones appear. */
    #anchor() {
        const top = this.#top;
        if (top <= 0 || this.#photos.length === 0) return null;
        const { first } = rangeOf(this.#layout, top, top + innerHeight);
        const photo = this.#photos[Math.min(first, this.#photos.length - 1)];
        return { photo, distance: this.#layout.start[this.#photos.indexOf(photo)] - top };
    }

    #arrange(anchor) {
        this.#width = this.node.clientWidth;
        this.#layout = layOut(this.#photos, frameOf(Math.max(1, this.#width), innerWidth));
        this.node.style.setProperty("height", `${this.#layout.height}px`);
        const index = anchor ? this.#photos.indexOf(anchor.photo) : -1;
        if (index >= 0) {
            const shift = this.#layout.start[index] - anchor.distance - this.#top;
            if (Math.abs(shift) > 0.5) scrollBy({ top: shift, behavior: "instant" });
        }
        this.draw();
    }

    #resized() {
        if (this.node.clientWidth === this.#width) return;
        this.#arrange(this.#anchor());
    }

    /** What stands above the grid became higher or lower: photos that are looked at stay where they are. */
    #moved() {
        const offset = scrollY - this.#top;
        const change = offset - this.#offset;
        this.#offset = offset;
        if (Math.abs(change) > 0.5 && scrollY > offset) scrollBy({ top: change, behavior: "instant" });
    }

    // Drawing

    #soon() {
        this.#frame ??= requestAnimationFrame(() => {
            this.#frame = null;
            this.draw();
        });
    }

    draw() {
        const [top, margin] = [this.#top, innerHeight * MARGIN];
        const range = rangeOf(this.#layout, top - margin, top + innerHeight + margin);
        const indices = Array.from({ length: range.end - range.first }, (_, place) => range.first + place);
        this.#keepFocused(indices, range);
        const wanted = new Set(indices.map((index) => this.#photos[index].id));
        for (const [id, tile] of this.#tiles) {
            if (wanted.has(id)) continue;
            this.drop(tile);
            tile.remove();
            this.#tiles.delete(id);
        }
        this.#drawMonths(indices);
        this.look();
        if (range.end >= this.#photos.length) this.atEnd();
    }

    /** What has the focus exists, wherever it is. */
    #keepFocused(indices, range) {
        const { photo } = document.activeElement?.closest?.(".tile") ?? {};
        const index = photo && this.#tiles.has(photo.id) ? this.#photos.indexOf(photo) : -1;
        if (index < 0 || (index >= range.first && index < range.end)) return;
        if (index < range.first) indices.unshift(index);
        else indices.push(index);
    }

    #drawMonths(indices) {
        const months = this.#layout.months.filter(({ first, end }) => indices.some((index) => index >= first && index < end));
        const keys = new Set(months.map(({ key }) => key));
        for (const [key, section] of this.#sections) {
            if (keys.has(key)) continue;
            section.remove();
            this.#sections.delete(key);
        }
        months.forEach((month, place) => {
            const section = this.#section(month);
            if (this.node.children[place] !== section) this.node.insertBefore(section, this.node.children[place] ?? null);
            putAt(section, { top: month.top, height: month.height });
            const own = indices.filter((index) => index >= month.first && index < month.end);
            own.forEach((index, position) => this.#drawTile(section.lastElementChild, index, position));
        });
    }

    #section({ key, first, end }) {
        const known = this.#sections.get(key);
        const photos = this.#photos.slice(first, end);
        if (known) {
            if (known.count !== photos.length) known.firstElementChild.lastElementChild.replaceWith(this.month(key, photos));
            known.count = photos.length;
            return known;
        }
        const name = element("h3", {});
        setText(name, monthText(key));
        const section = element(
            "section", { className: "month", "aria-label": monthText(key) },
            element("div", { className: "month-head" }, name, this.month(key, photos)),
            element("ul", { className: "tiles" }),
        );
        section.count = photos.length;
        this.#sections.set(key, section);
        return section;
    }

    #drawTile(list, index, position) {
        const photo = this.#photos[index];
        let tile = this.#tiles.get(photo.id);
        if (!tile) {
            tile = this.make(photo);
            tile.photo = photo;
            this.#tiles.set(photo.id, tile);
        }
        if (list.children[position] !== tile) list.insertBefore(tile, list.children[position] ?? null);
        tile.setAttribute("aria-posinset", String(index + 1));
        tile.setAttribute("aria-setsize", String(this.#photos.length));
        const { left, top, width, tall } = this.#layout;
        putAt(tile, { left: left[index], top: top[index], width: width[index], height: tall[index] });
    }
}

/** Puts a node where it belongs, if it is not there. */
function putAt(node, box) {
    for (const [name, value] of Object.entries(box)) {
        const text = `${value.toFixed(1)}px`;
        if (node.style.getPropertyValue(name) !== text) node.style.setProperty(name, text);
    }
}
