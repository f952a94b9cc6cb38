import { element, find, iconButton, setText } from "./dom.js";
import { announce } from "./announcer.js";
import { confirmed } from "./dialogs.js";
import { handleItems } from "./files.js";
import { bytesText, countText, dateText, percentText } from "./text.js";

const ROWS_MAX = 20;

/** What an earlier visit left unfinished, and the ways to go on with it. */
export class UnfinishedView {
    #records = [];

    /**
     * @param {{ store: import("./store.js").Store, tus: import("./tus.js").Tus, take: (items: AsyncIterable, endpoint?: URL) => void,
     *     choose: () => void }} parts `take` gets items whose files may be read again.
     */
    constructor({ store, tus, take, choose }) {
        Object.assign(this, { store, tus, take });
        find("unfinished-continue").onclick = () => this.#continue();
        find("unfinished-choose").onclick = choose;
        find("unfinished-forget").onclick = () => this.#giveUpAll();
    }

    get count() {
        return this.#records.length;
    }

    async load() {
        this.#records = await this.store.unfinished();
        this.#draw();
    }

    /** What is left of a file with a fingerprint. */
    find(print) {
        return this.#records.find((record) => record.print === print);
    }

    /** An upload goes on. */
    taken(key) {
        const count = this.#records.length;
        this.#records = this.#records.filter((record) => record.key !== key);
        if (this.#records.length !== count) this.#draw();
    }

    #draw() {
        const records = this.#records;
        const handles = records.filter((record) => record.handle);
        find("unfinished").hidden = records.length === 0;
        find("unfinished-continue").hidden = handles.length === 0;
        find("unfinished-choose").hidden = handles.length === records.length;
        const count = countText(records.length, "file");
        setText(
            find("unfinished-text"),
            `${count} ${records.length === 1 ? "was" : "were"} not stored completely when this page was closed. ` +
                (handles.length === records.length
                    ? "What arrived is kept."
                    : "Drop or choose the same files again: only what is missing is sent."),
        );
        find("unfinished-list").replaceChildren(
            ...records.slice(0, ROWS_MAX).map((record) => this.#row(record)),
            ...(records.length > ROWS_MAX
                ? [element("li", { className: "more" }, this.#more(records))]
                : []),
        );
    }

    #more(records) {
        const rest = records.slice(ROWS_MAX);
        const button = element("button", { type: "button", className: "quiet" }, `Show ${countText(rest.length, "more file")}`);
        button.onclick = () => {
            const rows = rest.map((record) => this.#row(record));
            button.parentElement.replaceWith(...rows);
            rows[0].querySelector("button").focus();
        };
        return button;
    }

    #row(record) {
        const { name } = record;
        return element(
            "li", { className: "row" },
            element(
                "div", { className: "row-body" },
                element("p", { className: "row-name" }, name), element("p", { className: "row-status" }, unfinishedText(record)),
            ),
            element("div", { className: "row-buttons" }, iconButton("close", `Give up ${name}`, () => this.#giveUp(record))),
        );
    }

    /** Files whose handles the browser kept need no choosing, only leave to be read. */
    async #continue() {
        const readable = [];
        for (const record of this.#records.filter((record) => record.handle)) {
            const mode = { mode: "read" };
            const state = await record.handle.queryPermission(mode);
            if (state !== "granted" && (await record.handle.requestPermission(mode)) !== "granted") break;
            readable.push(record);
        }
        // All at once, since some may belong together.
        for (const endpoint of new Set(readable.map((record) => record.endpoint))) {
            this.take(itemsOf(readable.filter((record) => record.endpoint === endpoint)), new URL(endpoint));
        }
    }

    async #giveUp(record) {
        const agreed = !record.url || await confirmed({
            title: `Give up “${record.name}”?`,
            text: `What has arrived of it, ${bytesText(record.offset ?? 0)}, will be deleted on the server.`,
            action: "Give up",
        });
        if (agreed) await this.#end([record]);
    }

    async #giveUpAll() {
        const agreed = await confirmed({
            title: `Give up ${countText(this.#records.length, "upload")}?`,
            text: "What has arrived of these files will be deleted on the server.",
            action: "Give up",
        });
        if (agreed) await this.#end(this.#records);
    }

    async #end(records) {
        for (const record of records) {
            await this.store.delete(record.key);
            this.taken(record.key);
        }
        announce(countText(records.length, "upload") + " given up");
        find("choose-files").focus();
        // What the server keeps of them expires anyway.
        await Promise.allSettled(records.filter(({ url }) => url).map(({ url }) => this.tus.terminate(url)));
    }
}

/** How much of an upload is stored, and until when. */
export function unfinishedText({ size, offset = 0, expires, url }, now = Date.now()) {
    if (!url) return `Not begun, ${bytesText(size)}`;
    if (expires <= now) return `Expired on ${dateText(expires)}: it will start over`;
    const part = `${percentText(offset, size)} stored, ${bytesText(size - offset)} missing`;
    return expires ? `${part} · kept until ${dateText(expires)}` : part;
}

async function* itemsOf(records) {
    for (const { handle, path } of records) {
        for await (const item of handleItems([handle])) yield { ...item, path };
    }
}
