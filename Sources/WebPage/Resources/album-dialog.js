import { isMine, nameOf } from "./albums.js";
import { element, find, iconButton, setText } from "./dom.js";
import { faultText } from "./text.js";

const ROLES = { reader: "can look", writer: "can look and add" };

/** Makes albums, and renames and shares the one that is looked at. */
export class AlbumDialog {
    /**
     * @param {{ api: import("./api.js").API, albums: import("./albums.js").Albums, signedIn: boolean }} parts Without sign-in there is
     *     nobody to share with.
     */
    constructor({ api, albums, signedIn }) {
        Object.assign(this, { api, albums, signedIn });
        this.dialog = find("album-dialog");
        find("album-edit").onclick = () => this.#open();
        find("album-close").onclick = () => this.dialog.close();
        this.#form("album-new", async () => {
            const { id } = await this.api.createCapsule(find("album-new-title").value.trim());
            await this.albums.load();
            this.albums.choose(id);
            this.dialog.close();
        });
        this.#form("album-rename", async () => {
            await this.api.renameCapsule(this.albums.capsule, find("album-title").value.trim());
            await this.#reload("The album has its new name.");
        });
        this.#form("album-share", async () => {
            const name = find("album-member").value.trim();
            await this.api.setMember(this.albums.capsule, name, find("album-role").value);
            find("album-share").reset();
            await this.#reload(`Shared with ${name}.`);
        });
    }

    async #open() {
        this.#say("");
        find("album-new").reset();
        await this.#draw();
        this.dialog.showModal();
    }

    async #draw() {
        const { album } = this.albums;
        const owns = Boolean(album) && isMine(album);
        setText(find("album-dialog-title"), nameOf(album, "My photos"));
        find("album-rename").hidden = !owns;
        find("album-members").hidden = !owns || !this.signedIn;
        if (!owns) return;
        find("album-title").value = album.title ?? "";
        const members = ["writer", "reader"].flatMap((role) => (album[`${role}s`] ?? []).map((name) => ({ name, role })));
        find("album-member-list").replaceChildren(...members.map((member) => this.#row(member)));
        find("album-nobody").hidden = members.length > 0;
    }

    #row({ name, role }) {
        const remove = () => this.#attempt(async () => {
            await this.api.removeMember(this.albums.capsule, name);
            await this.#reload(`No longer shared with ${name}.`);
            find("album-member").focus();
        });
        return element(
            "li", { className: "member" }, element("span", {}, element("strong", { dir: "auto" }, name), ` ${ROLES[role]}`),
            iconButton("close", `Stop sharing with ${name}`, remove),
        );
    }

    async #reload(text) {
        await this.albums.load();
        await this.#draw();
        this.#say(text);
    }

    #form(id, act) {
        find(id).onsubmit = (event) => {
            event.preventDefault();
            this.#attempt(act);
        };
    }

    async #attempt(act) {
        find("album-trouble").hidden = true;
        try {
            await act();
        } catch (fault) {
            this.#say("");
            find("album-trouble").hidden = false;
            setText(find("album-trouble"), faultText(fault));
        }
    }

    #say(text) {
        find("album-trouble").hidden = true;
        setText(find("album-status"), text);
    }
}
