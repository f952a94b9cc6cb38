import { find } from "./dom.js";

const DAY_MILLISECONDS = 24 * 3600 * 1000;
const GIGABYTE = 1e9;
const MEDIA = ["image/*", "video/*"];

/** The form for a new upload link. */
export class LinkForm {
    /** @param {(link: object) => Promise<void>} create Takes what the API does. */
    constructor(create) {
        this.form = find("links-form");
        this.form.onsubmit = async (event) => {
            // The dialog stays open, with the new link in it.
            event.preventDefault();
            const button = find("link-create");
            button.disabled = true;
            await create(linkOf(this.#values));
            button.disabled = false;
            // A disabled button loses the focus; if nothing was created, it belongs here.
            if (!find("links").contains(document.activeElement)) button.focus();
        };
    }

    clear() {
        this.form.reset();
    }

    get #values() {
        return {
            title: find("link-title").value, days: Number(find("link-days").value), files: find("link-files").valueAsNumber,
            gigabytes: find("link-gigabytes").valueAsNumber, isMediaOnly: find("link-media").checked,
        };
    }
}

/** What the API takes, of what a person filled in: fields that were left empty are no limits. */
export function linkOf({ title, days, files, gigabytes, isMediaOnly }, now = Date.now()) {
    const link = { expires_at: new Date(now + days * DAY_MILLISECONDS).toISOString() };
    if (title.trim()) link.title = title.trim();
    if (files > 0) link.files_max = files;
    if (gigabytes > 0) link.bytes_max = Math.round(gigabytes * GIGABYTE);
    if (isMediaOnly) link.types = MEDIA;
    return link;
}
