import { announce } from "./announcer.js";
import { element, find, setText } from "./dom.js";
import { guestFacts, linkEnding } from "./link-text.js";
import { countText } from "./text.js";

/** What the page of an upload link says of the link, and its thanks. */
export class GuestView {
    #stored = new Set();
    /** Whether all that is on the list is stored. */
    #isComplete = false;
    #state = null;

    /** @param {import("./link.js").Link} link */
    constructor(link) {
        this.link = link;
    }

    draw(now = Date.now()) {
        const { link } = this;
        const state = link.state(now);
        const isKnown = state === "open" || state === "full";
        setText(find("guest-title"), link.title || "Add your photos");
        if (isKnown) this.#drawFacts(guestFacts(link, now));
        for (const id of ["guest-text", "guest-facts"]) find(id).hidden = !isKnown;
        if (state !== this.#state) this.#become(state);
        this.#arrange();
    }

    /** Says that the page was opened without a link. */
    drawMissing() {
        setText(find("guest-title"), "Upload link");
        this.#become("missing");
        this.#arrange();
    }

    /**
     * Thanks are said while everything on the list is stored.
     *
     * @param {object | null} upload The one that has changed. @param {object} totals Of all that are on the list.
     */
    drawUploads(upload, totals) {
        if (upload?.state === "done") this.#stored.add(upload.key);
        this.#isComplete = this.#stored.size > 0 && totals.done === totals.count;
        this.#arrange();
    }

    #drawFacts(facts) {
        const list = find("guest-facts");
        while (list.children.length > facts.length) list.lastElementChild.remove();
        while (list.children.length < facts.length) list.append(element("li"));
        facts.forEach((fact, index) => setText(list.children[index], fact));
    }

    #become(state) {
        const isFirst = this.#state === null;
        this.#state = state;
        find("guest").dataset.state = state;
        if (state === "open") return;
        const { title, text } = linkEnding(state, this.link.expiresAt);
        const stored = this.#stored.size > 0 ? ` What you have stored is safe: ${countText(this.#stored.size, "file")}.` : "";
        setText(find("closed-title"), title);
        setText(find("closed-text"), text + stored);
        if (!isFirst) announce(title);
    }

    /** A link that takes nothing more keeps its thanks, without the buttons. */
    #arrange() {
        const isOpen = this.#state === "open";
        const hadFocus = find("drop").contains(document.activeElement);
        for (const id of ["invitation", "invitation-text"]) find(id).hidden = this.#isComplete;
        find("thanks").hidden = !this.#isComplete;
        setText(find("thanks-text"), `${countText(this.#stored.size, "file")} stored. You can close this page.`);
        setText(find("choose-files-text"), this.#isComplete ? "Add more" : "Choose photos");
        find("drop-buttons").hidden = !isOpen;
        find("drop").hidden = !isOpen && !this.#isComplete;
        find("closed").hidden = isOpen || (this.#state === "full" && this.#isComplete);
        if (hadFocus && !isOpen) find(find("closed").hidden ? "thanks-title" : "closed-title").focus();
    }
}
