import { confirmed } from "./dialogs.js";
import { element, find } from "./dom.js";

const NAME = "wharf-album";

/** Which capsule is looked at and uploaded to. */
export class Albums {
    #own = null;
    #others = [];

    /**
     * @param {{ api: import("./api.js").API, settings: { endpoint: string, capsule?: string }, chosen: () => void, failed: (fault: Error) => void }} parts
     */
    constructor({ api, settings, chosen, failed }) {
        Object.assign(this, { api, settings, chosen, failed });
        this.select = find("album-choice");
        this.select.onchange = () => this.#choose();
        find("album-leave").onclick = () => this.#leave();
    }

    async load() {
        const { capsule } = this.settings;
        // The server says which one is the caller's: anybody can share one that looks like it.
        const own = capsule ? null : await this.api.capsule();
        const capsules = await this.api.capsules();
        this.#own = capsules.find(({ id }) => id === (own?.id ?? capsule)) ?? own;
        this.#others = capsules.filter(({ id }) => id !== this.#own?.id);
        const chosen = this.select.value || localStorage.getItem(NAME);
        const [mine, theirs] = [this.#others.filter(isMine), this.#others.filter((other) => !isMine(other))];
        this.select.replaceChildren(
            element("option", { value: "" }, nameOf(this.#own, "My photos")),
            ...mine.map((album) => element("option", { value: album.id }, nameOf(album))),
        );
        if (theirs.length > 0) {
            const options = theirs.map((album) => element("option", { value: album.id }, nameOf(album)));
            this.select.append(element("optgroup", { label: "Shared with me" }, ...options));
        }
        this.select.value = this.#others.some(({ id }) => id === chosen) ? chosen : "";
        find("album").hidden = this.#others.length === 0;
        find("album-edit").hidden = false;
        this.#showLeave();
    }

    /** The capsule that is looked at; null if a configured one is not the caller's to see. */
    get capsule() {
        return this.select.value || (this.#own?.id ?? null);
    }

    /** Where uploads to it are created, relative to the page. The own one is not named: fingerprints of uploads have no capsule then. */
    get endpoint() {
        const { endpoint } = this.settings;
        return this.select.value ? `capsules/${this.select.value}/${endpoint}` : endpoint;
    }

    /** The album that is looked at, as the server described it; null if there is none. */
    get album() {
        return this.#shown ?? this.#own;
    }

    get #shown() {
        return this.#others.find(({ id }) => id === this.select.value);
    }

    /** @param {string} capsule One of the caller's, or one that is shared. */
    choose(capsule) {
        this.select.value = this.#others.some(({ id }) => id === capsule) ? capsule : "";
        this.#choose();
    }

    #choose() {
        localStorage.setItem(NAME, this.select.value);
        this.#showLeave();
        this.chosen();
    }

    #showLeave() {
        find("album-leave").hidden = !this.#shown || isMine(this.#shown);
    }

    async #leave() {
        const album = this.#shown;
        const sure = await confirmed({
            title: `Leave ${nameOf(album)}?`,
            text: "It is not shown to you any more. What you uploaded to it stays there.",
            action: "Leave",
        });
        if (!sure) return;
        find("album-leave").disabled = true;
        try {
            await this.api.leave(album.id);
        } catch (fault) {
            // Whoever was removed meanwhile has left, too.
            if (fault.kind !== "gone") return this.failed(fault);
        } finally {
            find("album-leave").disabled = false;
        }
        this.select.value = "";
        this.#choose();
        await this.load().catch(() => {});
        this.select.focus();
    }
}

export function isMine(album) {
    return album.role === "owner";
}

/** What others share has their name. Isolates keep the direction of a title's text from changing what follows it. */
export function nameOf(album, untitled = "Untitled") {
    const title = album?.title ? `\u2068${album.title}\u2069` : untitled;
    return album && !isMine(album) ? `${title} · ${album.owner}` : title;
}
