import { element, icon, iconButton, setText } from "./dom.js";
import { symbolOf } from "./kinds.js";
import { bytesText, faultText, percentText } from "./text.js";

/** One upload in the list. Its elements stay the same while it moves on, so that focus stays where it is. */
export class Row {
    /** @param {{ pause: Function, resume: Function, cancel: Function }} commands Each takes the upload. */
    constructor(upload, commands) {
        const { name } = upload.file;
        this.upload = upload;
        this.kind = symbolOf(upload.file);
        this.mark = element("span", { className: "row-mark" });
        this.status = element("p", { className: "row-status" });
        this.sent = element("i", { className: "sent" });
        this.safe = element("i", { className: "safe" });
        this.bar = element(
            "div",
            { className: "bar", role: "progressbar", "aria-label": name, "aria-valuemin": "0", "aria-valuemax": "100" },
            this.sent, this.safe,
        );
        this.pause = iconButton("pause", `Pause ${name}`, () => commands.pause(upload));
        this.resume = iconButton("play", `Resume ${name}`, () => commands.resume(upload));
        this.retry = iconButton("retry", `Try ${name} again now`, () => commands.resume(upload));
        this.cancel = iconButton("close", `Cancel ${name}`, () => commands.cancel(upload));
        const folder = upload.path.slice(0, -name.length);
        this.node = element(
            "li",
            { className: "row" },
            this.mark,
            element(
                "div", { className: "row-body" },
                element("p", { className: "row-name", title: upload.path }, folder && element("span", {}, folder), name),
                this.bar, this.status,
            ),
            element("div", { className: "row-buttons" }, this.pause, this.resume, this.retry, this.cancel),
        );
        this.state = null;
    }

    update(now) {
        const { upload } = this;
        if (this.state !== upload.state) this.#become(upload.state);
        setText(this.status, statusText(upload, now));
        this.bar.setAttribute("aria-valuenow", String(Math.floor(share(upload.acknowledged, upload) * 100)));
        this.safe.style.setProperty("transform", `scaleX(${share(upload.acknowledged, upload)})`);
        this.sent.style.setProperty("transform", `scaleX(${share(upload.sent, upload)})`);
    }

    #become(state) {
        const hadFocus = this.node.contains(document.activeElement);
        this.state = state;
        this.node.dataset.state = state;
        this.pause.hidden = !["sending", "waiting"].includes(state);
        this.resume.hidden = state !== "paused";
        this.retry.hidden = !["retrying", "failed"].includes(state) || Boolean(this.upload.fault?.isFinal);
        this.cancel.hidden = state === "done";
        this.bar.hidden = state === "done";
        this.#showMark({ done: "check", failed: "alert" }[state] ?? this.kind);
        if (hadFocus) this.#keepFocus();
    }

    #showMark(name) {
        if (this.mark.dataset.name === name) return;
        this.mark.dataset.name = name;
        this.mark.replaceChildren(icon(name));
    }

    /** A button that was pressed may be gone; its successor takes over. */
    #keepFocus() {
        if (!document.activeElement?.hidden && document.activeElement !== document.body) return;
        [this.resume, this.pause, this.retry, this.cancel].find((button) => !button.hidden)?.focus();
    }
}

function share(bytes, upload) {
    return upload.size === 0 ? Number(upload.state === "done") : Math.min(1, bytes / upload.size);
}

/** Whether an upload waits for the server or the network, as all others do. */
export function isHeldUp({ state, fault }) {
    return state === "retrying" && (fault?.kind === "network" || fault?.kind === "busy");
}

export function statusText(upload, now) {
    const size = bytesText(upload.size);
    const part = `${bytesText(upload.acknowledged)} of ${size}`;
    switch (upload.state) {
        case "waiting":
            if (upload.awaited?.length > 0) return `Waiting for its ${companionsText(upload.awaited)} · ${size}`;
            return upload.acknowledged > 0 ? `Waiting · ${part} stored` : `Waiting · ${size}`;
        case "sending":
            return `${percentText(upload.sent, upload.size)} · ${bytesText(upload.sent)} of ${size}${restartText(upload)}${lackText(upload)}`;
        case "paused":
            return `Paused · ${part} stored`;
        case "retrying": {
            if (isHeldUp(upload)) return `Waiting · ${part} stored`;
            const seconds = Math.ceil((upload.retryAt - now) / 1000);
            const when = seconds > 0 ? `Trying again in ${seconds} s` : "Trying again";
            return `${faultText(upload.fault)} ${when} · ${part} stored`;
        }
        case "failed":
            return faultText(upload.fault);
        case "done":
            return `${upload.wasThere ? "Was stored already" : "Stored"} · ${size}${lackText(upload)}`;
        default:
            return "";
    }
}

/** What belongs to a photo, in plain words. */
const COMPANIONS = { video: "video", raw: "raw file", sidecar: "edits" };

function companionsText(kinds) {
    return [...new Set(kinds)].map((kind) => COMPANIONS[kind]).join(" and ");
}

function lackText({ after: { missing } = { missing: [] } }) {
    return missing.length > 0 ? ` · Without its ${companionsText(missing)}` : "";
}

function restartText(upload) {
    return upload.hadExpired ? " · Started over: what was stored of it had expired" : "";
}
