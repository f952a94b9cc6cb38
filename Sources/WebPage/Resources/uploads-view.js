import { announce } from "./announcer.js";
import { confirmed } from "./dialogs.js";
import { find, setText } from "./dom.js";
import { isHeldUp, Row } from "./row.js";
import { Speed } from "./speed.js";
import { bytesText, countText, durationText, faultText, percentText, speedText } from "./text.js";

const ROWS_MAX = 60;
/** How many more rows one press shows. */
const ROWS_MORE = 300;
const PAUSE_MILLISECONDS = 200;
/** What people look for first, when there are more than fit. */
const URGENCY = { failed: 0, sending: 1, retrying: 1, paused: 2, waiting: 3, done: 4 };

/** The list of uploads with everything about all of them. Draws a few times a second, however much happens. */
export class UploadsView {
    #rows = new Map();
    #speed = new Speed();
    #timer = null;
    #wasBusy = false;
    #rowsMax = ROWS_MAX;

    /**
     * @param {import("./queue.js").Queue} queue
     * @param {{ name?: string, closing?: string }} texts `name` is the page's in its title, `closing` what is said once all is stored.
     * @param {() => number} unfinished How many files an earlier visit left.
     */
    constructor(queue, { name = "Wharf", closing = "You can close this page." } = {}, unfinished = () => 0) {
        Object.assign(this, { queue, name, closing, unfinished });
        this.commands = {
            pause: (upload) => queue.pause(upload),
            resume: (upload) => queue.resume(upload),
            cancel: (upload) => this.#cancel(upload),
        };
        this.bar = find("uploads-bar");
        find("pause-all").onclick = () => this.#atOnce(() => queue.pauseAll(), "resume-all");
        find("resume-all").onclick = () => this.#atOnce(() => queue.resumeAll(), "pause-all");
        find("cancel-all").onclick = () => this.#cancelAll();
        find("clear-done").onclick = () => queue.clearDone();
        find("uploads-more").onclick = () => {
            this.#rowsMax += ROWS_MORE;
            this.draw();
        };
    }

    /** Something has changed; it is shown soon. */
    changed() {
        this.#timer ??= setTimeout(() => {
            this.#timer = null;
            this.draw();
        }, PAUSE_MILLISECONDS);
    }

    draw(now = Date.now()) {
        const { totals } = this.queue;
        find("uploads").hidden = totals.count === 0;
        find("uploads").dataset.state = totals.done === totals.count ? "done" : "busy";
        if (totals.sending > 0) this.#speed.note(totals.sent, now);
        else this.#speed.forget();
        this.#drawWhole(totals, now);
        this.#drawRows(now);
        this.#tell(totals);
        // Times go on without events.
        if (totals.active > 0) this.changed();
    }

    /** One banner for what keeps all of them waiting, not a line in each row. */
    #drawTrouble(now) {
        const waiting = this.queue.uploads.filter(isHeldUp);
        find("uploads-trouble").hidden = waiting.length === 0;
        if (waiting.length === 0) return;
        const next = Math.min(...waiting.map(({ retryAt }) => retryAt));
        const seconds = Math.ceil((next - now) / 1000);
        const when = seconds > 0 ? `Trying again in ${seconds} s.` : "Trying again.";
        setText(find("uploads-trouble"), `${faultText(waiting[0].fault)} What has arrived is safe. ${when}`);
    }

    #drawWhole(totals, now) {
        const isBusy = totals.active + totals.waiting > 0;
        setText(find("uploads-title"), titleOf(totals, this.unfinished()));
        this.#drawTrouble(now);
        setText(find("uploads-text"), this.#textOf(totals));
        find("pause-all").hidden = !isBusy;
        find("resume-all").hidden = isBusy || totals.paused + totals.failed === totals.refused;
        setText(find("resume-all"), totals.paused > 0 ? "Resume all" : "Try again");
        find("cancel-all").hidden = totals.done === totals.count;
        find("clear-done").hidden = totals.done === 0 || isBusy;
        this.bar.hidden = totals.done === totals.count;
        const share = (bytes) => (totals.bytes === 0 ? 1 : bytes / totals.bytes);
        this.bar.setAttribute("aria-valuenow", String(Math.floor(share(totals.acknowledged) * 100)));
        this.bar.lastElementChild.style.setProperty("transform", `scaleX(${share(totals.acknowledged)})`);
        this.bar.firstElementChild.style.setProperty("transform", `scaleX(${share(totals.sent)})`);
        document.title = isBusy ? `${percentText(totals.acknowledged, totals.bytes)} – ${this.name}` : this.name;
    }

    #textOf(totals) {
        if (totals.done === totals.count) {
            const rest = this.unfinished();
            const closing = rest > 0 ? `${countText(rest, "other file")} ${rest === 1 ? "is" : "are"} not finished yet.` : this.closing;
            return [bytesText(totals.bytes), closing].filter(Boolean).join(". ");
        }
        const parts = [`${bytesText(totals.acknowledged)} of ${bytesText(totals.bytes)}`];
        const speed = this.#speed.bytesPerSecond;
        if (totals.sending > 0 && speed > 0) {
            parts.push(speedText(speed), `${durationText(this.#speed.secondsFor(totals.bytes - totals.sent))} left`);
        }
        return parts.join(" · ");
    }

    #drawRows(now) {
        const shown = mostUrgent(this.queue.uploads, this.#rowsMax);
        const list = find("uploads-list");
        for (const [upload, row] of this.#rows) {
            if (shown.includes(upload)) continue;
            row.node.remove();
            this.#rows.delete(upload);
        }
        shown.forEach((upload, index) => {
            let row = this.#rows.get(upload);
            if (!row) this.#rows.set(upload, (row = new Row(upload, this.commands)));
            // Moving what has the focus would take it away.
            if (list.children[index] !== row.node) list.insertBefore(row.node, list.children[index] ?? null);
            row.update(now);
        });
        const hidden = this.queue.uploads.length - shown.length;
        find("uploads-more").hidden = hidden === 0;
        setText(find("uploads-more"), `Show ${countText(hidden, "more file")}`);
    }

    /** Says when all of it came to an end; what happens in between is there to be read. */
    #tell(totals) {
        const isBusy = totals.active + totals.waiting > 0;
        if (this.#wasBusy && !isBusy && totals.count > 0) announce(titleOf(totals, this.unfinished()));
        this.#wasBusy = isBusy;
    }

    // Commands

    #atOnce(act, successor) {
        act();
        this.draw();
        find(successor).focus();
    }

    async #cancel(upload) {
        const isBegun = upload.acknowledged > 0;
        const agreed = !isBegun || (await confirmed({
            title: `Cancel “${upload.file.name}”?`,
            text: `${bytesText(upload.acknowledged)} of it are on the server already and will be deleted there.`,
            action: "Cancel upload",
        }));
        if (!agreed) return;
        // It may have arrived while somebody was thinking.
        if (upload.isOver) return announce(`${upload.file.name} was stored already`);
        announce(`${upload.file.name} cancelled`);
        await this.queue.cancel(upload);
    }

    async #cancelAll() {
        const { totals } = this.queue;
        const agreed = await confirmed({
            title: `Cancel ${countText(totals.count - totals.done, "upload")}?`,
            text: "What has arrived of unfinished files will be deleted on the server. Finished ones stay.",
            action: "Cancel uploads",
        });
        if (agreed) await this.queue.cancelAll();
    }
}

/** So many of the uploads, the most urgent ones, in the order in which they were added. */
export function mostUrgent(uploads, limit) {
    if (uploads.length <= limit) return uploads;
    const chosen = new Set([...uploads].sort((a, b) => URGENCY[a.state] - URGENCY[b.state]).slice(0, limit));
    return uploads.filter((upload) => chosen.has(upload));
}

/** @param {number} unfinished How many files an earlier visit left, which are not on the list. */
export function titleOf({ count, done, failed, active, sending, waiting, paused }, unfinished = 0) {
    if (done === count && unfinished > 0) return `${countText(count, "file")} stored`;
    if (done === count) return count === 1 ? "The file is stored" : `All ${count.toLocaleString("en")} files are stored`;
    const progress = `${done.toLocaleString("en")} of ${countText(count, "file")} stored`;
    if (active > 0 && sending === 0) return `Waiting for the server, ${progress}`;
    if (active > 0 && done === 0) return `Uploading ${countText(count, "file")}`;
    if (failed > 0 && active + waiting === 0) return `${progress}, ${failed === 1 ? "one needs" : `${failed} need`} you`;
    return paused > 0 && active + waiting === 0 ? `Paused, ${progress}` : progress;
}
