import { Albums } from "./albums.js";
import { announce } from "./announcer.js";
import { API, root } from "./api.js";
import { askForToken } from "./dialogs.js";
import { find, setText } from "./dom.js";
import { chooseFiles, takeFiles } from "./drops.js";
import { Gallery } from "./gallery.js";
import { Images } from "./images.js";
import { Intake } from "./intake.js";
import { Presence } from "./presence.js";
import { Queue } from "./queue.js";
import { Session } from "./session.js";
import { Store } from "./store.js";
import { countText, faultText } from "./text.js";
import { send } from "./transport.js";
import { Tus } from "./tus.js";
import { UnfinishedView } from "./unfinished-view.js";
import { UploadsView } from "./uploads-view.js";
import { Viewer } from "./viewer.js";

const AGAIN_MILLISECONDS = 3000;

const session = new Session(askForToken);
const authorised = session.authorising(send);
const api = new API(authorised);
const tus = new Tus(authorised);
const store = new Store();
const images = new Images(session, api);
const presence = new Presence();

const queue = new Queue({ changed });
const uploadsView = new UploadsView(queue);
const unfinished = new UnfinishedView({ store, tus, take, choose: () => chooseFiles(take) });
const intake = new Intake({ queue, store, tus, changed, unfinished: (print) => unfinished.find(print) });
const gallery = new Gallery({ api, images, open: (photo) => viewer.open(photo) });
const viewer = new Viewer({ gallery, images, api });
let albums;

/** Everything that shows uploads looks again. */
function changed(upload) {
    uploadsView.changed();
    const { active, waiting } = queue.totals;
    presence.isNeeded = active + waiting > 0;
    if (!upload) return;
    unfinished.taken(upload.key);
    if (upload.state === "cancelled") store.delete(upload.key);
    if (upload.state === "done") arrived(upload);
}

/** Something new is on the server, perhaps the first thing ever. */
async function arrived() {
    if (!albums.capsule) {
        await albums.load().catch(() => {});
        if (albums.capsule) return gallery.show(albums.capsule);
    }
    gallery.expect();
}

async function take(items, endpoint = new URL(albums.endpoint, root)) {
    const { added, known } = await intake.take(items, endpoint);
    if (added > 0) announce(`${countText(added, "file")} added`);
    else announce(known > 0 ? "These files are on the list already" : "There were no files in it");
}

function showConnection() {
    find("offline").hidden = navigator.onLine;
    if (navigator.onLine) queue.wake();
}

async function start() {
    const settings = await api.settings();
    albums = new Albums({ api, settings, chosen: () => gallery.show(albums.capsule), failed: showTrouble });
    await albums.load();
    find("trouble").hidden = true;
    find("sign-out").hidden = !session.token;
    takeFiles(take);
    await unfinished.load();
    await gallery.show(albums.capsule);
}

function showTrouble(fault) {
    find("trouble").hidden = false;
    find("trouble-again").hidden = true;
    setText(find("trouble-text"), faultText(fault));
}

/** Until the server answers there is nothing to do but to ask again; until somebody says who they are, not even that. */
async function startPersistently() {
    try {
        await start();
    } catch (fault) {
        showTrouble(fault);
        if (fault.isPassing) setTimeout(startPersistently, AGAIN_MILLISECONDS);
        else find("trouble-again").onclick = () => location.reload();
        find("trouble-again").hidden = fault.isPassing === true;
    }
}

addEventListener("online", showConnection);
addEventListener("offline", showConnection);
find("sign-out").onclick = () => {
    session.forget();
    location.reload();
};
showConnection();
await startPersistently();
