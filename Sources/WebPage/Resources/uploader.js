import { announce } from "./announcer.js";
import { find } from "./dom.js";
import { chooseFiles, takeFiles } from "./drops.js";
import { Intake } from "./intake.js";
import { Presence } from "./presence.js";
import { Queue } from "./queue.js";
import { countText } from "./text.js";
import { UnfinishedView } from "./unfinished-view.js";
import { UploadsView } from "./uploads-view.js";

/** The uploads of the main page and of the guests' page: takes files, sends them, shows the list, and continues what an earlier visit left. */
export class Uploader {
    /**
     * @param {{ tus: import("./tus.js").Tus, store: import("./store.js").Store, endpoint: () => URL,
     *     changed: (upload: import("./upload.js").Upload | null, totals: object) => void, admit?: (file: File) => void,
     *     texts?: { name?: string, closing?: string } }} parts `endpoint` says where new uploads are created, `changed` is the queue's,
     *     `admit` throws a `Fault` for files of which no upload is to be created.
     */
    constructor({ tus, store, endpoint, changed, admit, texts }) {
        Object.assign(this, { store, endpoint, changed, types: [] });
        const take = (items, destination) => this.take(items, destination);
        this.presence = new Presence();
        this.queue = new Queue({ changed: (upload) => this.#changed(upload) });
        this.view = new UploadsView(this.queue, texts, () => this.unfinished.count);
        this.unfinished = new UnfinishedView({ store, tus, take, choose: () => chooseFiles(take, this.types) });
        this.intake = new Intake({
            queue: this.queue, store, tus, admit, changed: (upload) => this.#changed(upload),
            unfinished: (print) => this.unfinished.find(print),
        });
        addEventListener("online", () => this.#showConnection());
        addEventListener("offline", () => this.#showConnection());
        this.#showConnection();
    }

    /**
     * From here on files are taken.
     *
     * @param {{ derive: { is_on: boolean } }} config The server's.
     * @param {string[]} types The media types that the browser offers for choosing; none for all.
     */
    async start(config, types = []) {
        this.types = types;
        this.intake.isDeriving = config.derive.is_on;
        takeFiles((items) => this.take(items), types);
        await this.unfinished.load();
    }

    async take(items, endpoint = this.endpoint()) {
        const { added, known } = await this.intake.take(items, endpoint);
        if (added > 0) announce(`${countText(added, "file")} added`);
        else announce(known > 0 ? "These files are on the list already" : "There were no files in it");
    }

    /** Everything that shows uploads looks again. */
    #changed(upload) {
        this.view.changed();
        const { totals } = this.queue;
        this.presence.isNeeded = totals.active + totals.waiting > 0;
        if (upload) this.unfinished.taken(upload.key);
        // What was refused before it began is not asked for again.
        const isRefused = upload?.state === "failed" && upload.fault.kind === "refused" && !upload.url;
        if (isRefused || upload?.state === "cancelled") this.store.delete(upload.key);
        this.changed(upload, totals);
    }

    #showConnection() {
        find("offline").hidden = navigator.onLine;
        if (navigator.onLine) this.queue.wake();
    }
}
