import { AlbumDialog } from "./album-dialog.js";
import { Albums } from "./albums.js";
import { API, root } from "./api.js";
import { askForToken } from "./dialogs.js";
import { find } from "./dom.js";
import { Downloads } from "./downloads.js";
import { Gallery } from "./gallery.js";
import { Images } from "./images.js";
import { LinksView } from "./links-view.js";
import { LooseFiles } from "./loose-files.js";
import { SelectionView } from "./selection-view.js";
import { Session } from "./session.js";
import { Sharing } from "./sharing.js";
import { hideTrouble, showTrouble, startPersistently } from "./startup.js";
import { Store } from "./store.js";
import { send } from "./transport.js";
import { Tus } from "./tus.js";
import { Uploader } from "./uploader.js";
import { Viewer } from "./viewer.js";

const session = new Session(askForToken);
const authorised = session.authorising(send);
const api = new API(authorised);
const images = new Images(session, api);
const downloads = new Downloads(session, api);

const uploader = new Uploader({
    tus: new Tus(authorised), store: new Store(), endpoint: () => new URL(albums.endpoint, root),
    changed: (upload) => upload?.state === "done" && arrived(),
});
const gallery = new Gallery({ api, images, open: (photo) => viewer.open(photo) });
const viewer = new Viewer({ gallery, images, api, downloads });
const loose = new LooseFiles({
    api, downloads, sharing: new Sharing(api),
    isCompanion: (blob) => uploader.queue.isCompanion(blob),
});
new SelectionView({ gallery, api, downloads, albumName: () => albums.album?.title || "Photos" });
const links = new LinksView({ api });
let albums;

/** Something new is on the server, perhaps the first thing ever. */
async function arrived() {
    if (!albums.capsule) {
        await albums.load().catch(() => {});
        if (albums.capsule) return showAlbum();
    }
    gallery.expect();
    loose.expect();
}

async function showAlbum() {
    links.show(albums.album);
    await gallery.show(albums.capsule);
    await loose.show(albums.capsule);
}

async function start() {
    const [settings, config] = await Promise.all([api.settings(), api.config()]);
    albums = new Albums({ api, settings, chosen: showAlbum, failed: showTrouble });
    await albums.load();
    new AlbumDialog({ api, albums, signedIn: session.token !== null });
    hideTrouble();
    find("sign-out").hidden = !session.token;
    await uploader.start(config);
    await showAlbum();
}

find("sign-out").onclick = () => {
    session.forget();
    location.reload();
};
await startPersistently(start);
