import { API, root } from "./api.js";
import { Fault } from "./fault.js";
import { GuestView } from "./guest-view.js";
import { Link, linkIdentifier } from "./link.js";
import { linkToken } from "./link-token.js";
import { carryingLink } from "./link-transport.js";
import { hideTrouble, startPersistently } from "./startup.js";
import { Store } from "./store.js";
import { send } from "./transport.js";
import { Tus } from "./tus.js";
import { Uploader } from "./uploader.js";

/** Uploads end in bursts; the link is asked about once for all of them. */
const REFRESH_MILLISECONDS = 700;
/** The time that is left is shown roughly. */
const DRAW_MILLISECONDS = 20_000;

const link = new Link();
const view = new GuestView(link);
const authorised = carryingLink(linkToken.value, send, () => end("removed"));
const api = new API(authorised);
let refreshing;

function end(state) {
    link.end(state);
    view.draw();
}

/** The server's word on the link; one that it refuses has ended, which is no trouble. */
async function loadLink() {
    try {
        const { limits, time } = await api.link();
        link.update(limits, time);
        view.draw();
    } catch (fault) {
        if (fault.isPassing) throw fault;
        end(fault.status === 403 ? "expired" : "removed");
    }
}

function changed(upload, totals) {
    view.drawUploads(upload, totals);
    if (!upload?.isOver && upload?.state !== "failed") return;
    clearTimeout(refreshing);
    refreshing = setTimeout(() => loadLink().catch(() => {}), REFRESH_MILLISECONDS);
}

function admit(file) {
    const reason = link.refusal(file);
    if (reason) throw new Fault("refused", reason);
}

async function start() {
    await loadLink();
    // Without the token nothing that was begun can be continued either.
    if (link.state() === "removed") return hideTrouble();
    // Anybody may have the settings; the token goes only where it is needed.
    const anybody = new API(send);
    const [settings, config] = await Promise.all([anybody.settings(), anybody.config()]);
    const endpoint = new URL(settings.endpoint, root);
    hideTrouble();
    document.title = link.title || document.title;
    const uploader = new Uploader({
        tus: new Tus(authorised), store: new Store(await linkIdentifier(linkToken.value)), endpoint: () => endpoint, changed, admit,
        texts: { name: document.title, closing: "" },
    });
    await uploader.start(config, link.types);
    setInterval(() => view.draw(), DRAW_MILLISECONDS);
}

/** Another link that is opened in the same tab changes only the fragment. It is kept once the page is really left for it. */
addEventListener("hashchange", () => {
    const token = linkToken.take();
    if (!token || token === linkToken.value) return;
    addEventListener("pagehide", () => linkToken.keep(token), { once: true });
    location.reload();
});

if (linkToken.value) await startPersistently(start);
else view.drawMissing();
