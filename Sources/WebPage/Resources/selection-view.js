import { announce } from "./announcer.js";
import { confirmed } from "./dialogs.js";
import { find, setText } from "./dom.js";
import { countText, faultText } from "./text.js";

/** Deletions that are under way at once. */
const DELETIONS = 4;

/** The bar with what can be done with the selected photos. */
export class SelectionView {
    /**
     * @param {{ gallery: import("./gallery.js").Gallery, api: import("./api.js").API, downloads: import("./downloads.js").Downloads,
     *     albumName: () => string }} parts
     */
    constructor({ gallery, api, downloads, albumName }) {
        Object.assign(this, { gallery, api, downloads, albumName });
        this.selection = gallery.selection;
        this.selection.listeners.push(() => this.#draw());
        find("select-begin").onclick = () => {
            this.selection.begin();
            find("selection-end").focus();
        };
        find("selection-end").onclick = () => this.#end();
        find("selection-download").onclick = () => this.#download();
        find("selection-delete").onclick = () => this.#delete();
        addEventListener("keydown", (event) => {
            if (event.key === "Escape" && this.selection.isOn && !document.querySelector("dialog[open]")) this.#end();
        });
    }

    #draw() {
        const { photos, isOn } = this.selection;
        find("selection").hidden = !isOn;
        this.#say(photos.size === 0 ? "Select photos" : `${countText(photos.size, "photo")} selected`);
        for (const id of ["selection-download", "selection-delete"]) find(id).disabled = photos.size === 0;
    }

    #end() {
        this.selection.end();
        find("select-begin").focus();
    }

    #say(text) {
        setText(find("selection-text"), text);
    }

    async #download() {
        const photos = this.gallery.photos.filter((photo) => this.selection.has(photo));
        const blobs = photos.flatMap((photo) => photo.blobs);
        const count = countText(photos.length, "photo");
        this.#say(`Preparing ${count}…`);
        try {
            await this.downloads.archive(blobs, `${this.albumName()}.zip`);
            this.#say(`The download of ${count} has begun`);
        } catch (fault) {
            this.#say(fault.code === "too_large" && fault.maximum
                ? `A download has at most ${countText(fault.maximum, "file")}. Select fewer photos.`
                : `They cannot be downloaded. ${faultText(fault)}`);
        }
    }

    async #delete() {
        const photos = this.gallery.photos.filter((photo) => this.selection.has(photo));
        const count = countText(photos.length, "photo");
        const agreed = await confirmed({
            title: `Delete ${count}?`,
            text: "The photos and their originals are deleted on the server, for everybody. There is no way back.",
            action: `Delete ${count}`,
        });
        if (!agreed) return;
        const rest = [...photos];
        const gone = [];
        let fault = null;
        const work = async () => {
            for (let photo = rest.shift(); photo && !fault; photo = rest.shift()) {
                try {
                    await this.api.deleteMemory(photo.id);
                    gone.push(photo);
                } catch (error) {
                    if (error.kind === "gone") gone.push(photo);
                    else fault = error;
                }
                this.#say(`${gone.length} of ${count} deleted`);
            }
        };
        await Promise.all(Array.from({ length: DELETIONS }, work));
        this.selection.remove(gone);
        if (gone.length > 0) this.gallery.remove(gone);
        if (!fault) return this.#end();
        this.#say(`${countText(photos.length - gone.length, "photo")} not deleted. ${faultText(fault)}`);
        announce(find("selection-text").textContent);
    }
}
