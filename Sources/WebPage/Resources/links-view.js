import { isMine, nameOf } from "./albums.js";
import { confirmed } from "./dialogs.js";
import { find, setText } from "./dom.js";
import { LinkForm } from "./link-form.js";
import { LinkRow } from "./link-row.js";
import { faultText } from "./text.js";

/** The upload links of the album that is looked at, for its owner. */
export class LinksView {
    #album = null;

    /** @param {{ api: import("./api.js").API }} parts */
    constructor({ api }) {
        this.api = api;
        this.dialog = find("links");
        this.form = new LinkForm((link) => this.#create(link));
        this.commands = { remove: (link) => this.#remove(link), tell: (text) => this.#tell(text) };
        find("links-open").onclick = () => this.#open();
        find("links-close").onclick = () => this.dialog.close();
    }

    /** @param {object | null} album Which one is looked at; links are its owner's to make. */
    show(album) {
        this.#album = album;
        find("links-open").hidden = !album || !isMine(album);
    }

    async #open() {
        setText(find("links-title"), `Upload links of ${nameOf(this.#album, "your photos")}`);
        find("links-list").replaceChildren();
        find("links-new").open = false;
        this.#tell("Loading…");
        this.dialog.showModal();
        await this.#attempt(async (album) => {
            this.#draw(album, await this.api.links(album));
        });
    }

    #draw(album, links, fresh) {
        // Another album may have been chosen before the answer came.
        if (album !== this.#album?.id) return;
        const newest = [...links].sort((a, b) => b.created_at.localeCompare(a.created_at));
        const rows = newest.map((link) => new LinkRow(link, this.commands));
        find("links-list").replaceChildren(...rows.map(({ node }) => node));
        this.#tell(links.length === 0 ? "There are no links yet." : "");
        if (links.length === 0) find("links-new").open = true;
        rows.find(({ link }) => link.id === fresh)?.focus();
    }

    async #create(link) {
        return this.#attempt(async (album) => {
            const { id } = await this.api.createLink(album, link);
            this.form.clear();
            find("links-new").open = false;
            this.#draw(album, await this.api.links(album), id);
            this.#tell("The link was created. Copy it and send it to your guests.");
        });
    }

    async #remove(link) {
        const sure = await confirmed({
            title: `Remove ${link.title ? `“\u2068${link.title}\u2069”` : "this link"}?`,
            text: "It stops working at once, also for what guests are sending with it now. What is stored stays in the album.",
            action: "Remove",
        });
        if (!sure) return;
        await this.#attempt(async (album) => {
            await this.api.removeLink(album, link.id);
            this.#draw(album, await this.api.links(album));
            this.#tell("The link was removed.");
            find("links-close").focus();
        });
    }

    /** Does something about the links of the album, and says in the dialog why it did not work. */
    async #attempt(act) {
        const trouble = find("links-trouble");
        trouble.hidden = true;
        try {
            await act(this.#album.id);
        } catch (fault) {
            this.#tell("");
            trouble.hidden = false;
            setText(trouble, faultText(fault));
            // The form may have been scrolled to.
            trouble.scrollIntoView({ block: "nearest" });
        }
    }

    /** In the dialog: while it is open, nothing else on the page is read out. */
    #tell(text) {
        setText(find("links-status"), text);
    }
}
