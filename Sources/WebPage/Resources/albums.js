import { element, find } from "./dom.js";

const NAME = "wharf-album";

/** Which capsule is looked at and uploaded to. The caller's own exists only once something is in it. */
export class Albums {
    #own = null;
    #others = [];

    /**
     * @param {{ api: import("./api.js").API, settings: { endpoint: string, capsule?: string }, chosen: () => void }} parts
     */
    constructor({ api, settings, chosen }) {
        Object.assign(this, { api, settings });
        this.select = find("album-choice");
        this.select.onchange = () => {
            localStorage.setItem(NAME, this.select.value);
            chosen();
        };
    }

    async load() {
        const capsules = await this.api.capsules();
        const configured = this.settings.capsule;
        // The one that the server makes on first use has no title.
        this.#own = capsules.find((capsule) => (configured ? capsule.id === configured : capsule.title === "")) ?? null;
        this.#others = capsules.filter((capsule) => capsule !== this.#own);
        const chosen = this.select.value || localStorage.getItem(NAME);
        const options = [
            element("option", { value: "" }, this.#own?.title || "My photos"),
            ...this.#others.map((capsule) => element("option", { value: capsule.id }, capsule.title || "Untitled")),
        ];
        this.select.replaceChildren(...options);
        this.select.value = this.#others.some((capsule) => capsule.id === chosen) ? chosen : "";
        find("album").hidden = this.#others.length === 0;
    }

    /** The capsule that is looked at; null if it does not exist yet. */
    get capsule() {
        return this.select.value || (this.#own?.id ?? null);
    }

    /** Where uploads to it are created, relative to the page. The own one is not named: fingerprints must not change once it exists. */
    get endpoint() {
        const { endpoint } = this.settings;
        return this.select.value ? `capsules/${this.select.value}/${endpoint}` : endpoint;
    }
}
