/** Photos that somebody has chosen, to download or to delete them together. */
export class Selection {
    isOn = false;
    /** In the order in which they were chosen. */
    photos = new Set();
    #last = null;

    /** @param {(isOn: boolean) => void} changed */
    constructor(changed) {
        this.listeners = [changed];
    }

    begin() {
        this.isOn = true;
        this.#tell();
    }

    end() {
        this.isOn = false;
        this.photos.clear();
        this.#last = null;
        this.#tell();
    }

    has(photo) {
        return this.photos.has(photo);
    }

    /**
     * Chooses a photo, or no longer; with `extends` all photos between it and the one before, too.
     *
     * @param {object[]} all In the order of the grid.
     */
    press(photo, all, extend = false) {
        const [from, to] = [all.indexOf(this.#last), all.indexOf(photo)];
        if (extend && from >= 0 && to >= 0) {
            for (const between of all.slice(Math.min(from, to), Math.max(from, to) + 1)) this.photos.add(between);
        } else if (!this.photos.delete(photo)) this.photos.add(photo);
        this.#last = photo;
        this.#tell();
    }

    /** Chooses all of some photos, or none of them if all were chosen. */
    pressAll(photos) {
        const isFull = photos.every((photo) => this.photos.has(photo));
        for (const photo of photos) {
            if (isFull) this.photos.delete(photo);
            else this.photos.add(photo);
        }
        this.#tell();
    }

    remove(photos) {
        for (const photo of photos) this.photos.delete(photo);
        this.#tell();
    }

    #tell() {
        for (const changed of this.listeners) changed(this.isOn);
    }
}
