import { announce } from "./announcer.js";
import { confirmed } from "./dialogs.js";
import { element, find, icon, iconButton, setText } from "./dom.js";
import { root } from "./api.js";
import { bytesText, dayText, faultText } from "./text.js";

const SOON_MILLISECONDS = 500;

/** The files of an album that are in no memory: nothing that was stored is out of sight. */
export class LooseFiles {
    #capsule = null;
    #next = null;
    #blobs = [];
    /** By the blob's id. */
    #rows = new Map();
    #timer = null;
    #generation = 0;

    /**
     * @param {{ api: import("./api.js").API, downloads: import("./downloads.js").Downloads, sharing: import("./sharing.js").Sharing,
     *     isCompanion: (blob: string) => boolean }} parts
     *     `isCompanion` says which files will be beside a photo.
     */
    constructor({ api, downloads, sharing, isCompanion }) {
        Object.assign(this, { api, downloads, sharing, isCompanion });
        find("loose-more").onclick = () => this.#load(this.#next);
    }

    /** @param {string | null} capsule */
    async show(capsule) {
        this.#capsule = capsule;
        await this.#load();
    }

    /** Something was uploaded. */
    expect() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#load(), SOON_MILLISECONDS);
    }

    /** @param {string} [cursor] Without one, from the beginning. */
    async #load(cursor) {
        const generation = ++this.#generation;
        let page = { blobs: [], next: undefined };
        let found = [];
        try {
            if (this.#capsule) {
                do {
                    page = await this.api.looseFiles(this.#capsule, page.next ?? cursor);
                    if (generation !== this.#generation) return;
                    found.push(...page.blobs.filter(({ blob }) => !this.isCompanion(blob)));
                } while (page.next && found.length === 0);
            }
            this.#say(null);
        } catch (fault) {
            if (generation !== this.#generation) return;
            found = [];
            this.#say(`The files cannot be shown now. ${faultText(fault)}`);
        }
        this.#blobs = cursor ? [...this.#blobs, ...found] : found;
        this.#next = page.next ?? null;
        this.#draw();
    }

    #draw() {
        find("loose").hidden = this.#blobs.length === 0 && find("loose-notice").hidden;
        find("loose-more").hidden = !this.#next;
        // Rows stay while their files do, so that the focus does.
        const shown = new Set(this.#blobs.map(({ blob }) => blob));
        for (const [id, row] of this.#rows) {
            if (shown.has(id)) continue;
            row.remove();
            this.#rows.delete(id);
        }
        const list = find("loose-list");
        this.#blobs.forEach((blob, place) => {
            const row = this.#rows.get(blob.blob) ?? this.#row(blob);
            this.#rows.set(blob.blob, row);
            if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
        });
    }

    #row(blob) {
        const name = blob.name || "Untitled";
        return element(
            "li", { className: "file-row" }, icon(blob.type.startsWith("video/") ? "film" : "file"),
            element(
                "span", { className: "file-name" }, element("strong", { title: name }, name),
                element("span", {}, `${bytesText(blob.size)} · ${dayText(blob.created_at)}`),
            ),
            this.sharing.canShare({ ...blob, name }) && iconButton("share", `Share ${name}`, () => this.#share(blob, name)),
            iconButton("download", `Download ${name}`, () => this.#download(blob, name)),
            iconButton("trash", `Delete ${name}`, () => this.#delete(blob, name)),
        );
    }

    async #download({ blob }, name) {
        try {
            await this.downloads.file(addressOf(blob), blob, name);
            this.#say(null);
        } catch (fault) {
            this.#say(`${name} cannot be downloaded. ${faultText(fault)}`);
        }
    }

    async #share({ blob, type }, name) {
        this.#say(`Fetching ${name}…`);
        try {
            const end = await this.sharing.share(addressOf(blob), { blob, name, type });
            // Meanwhile another one may have been asked for, which says so itself.
            if (end === "ready") this.#say(`${name} has been fetched. Press its button once more to share it.`);
            else if (find("loose-notice").textContent.includes(name)) this.#say(null);
        } catch (fault) {
            this.#say(`${name} cannot be shared. ${faultText(fault)}`);
        }
    }

    async #delete(blob, name) {
        const agreed = await confirmed({
            title: `Delete “${name}”?`,
            text: "The file is deleted on the server, for everybody. There is no way back.",
            action: "Delete file",
        });
        if (!agreed) return;
        try {
            await this.api.deleteFile(blob.blob);
        } catch (fault) {
            if (fault.kind !== "gone") return this.#say(`${name} was not deleted. ${faultText(fault)}`);
        }
        this.#blobs = this.#blobs.filter((other) => other !== blob);
        this.#draw();
        announce(`${name} deleted`);
        find(this.#blobs.length > 0 ? "loose-title" : "photos-title").focus();
    }

    #say(text) {
        find("loose-notice").hidden = text === null;
        if (text !== null) {
            setText(find("loose-notice"), text);
            find("loose").hidden = false;
        }
    }
}

function addressOf(blob) {
    return new URL(`v1/blobs/${blob}`, root).href;
}
