import { root } from "./api.js";
import { copy } from "./clipboard.js";
import { element, icon, iconButton } from "./dom.js";
import { linkLimitsText, linkStatusText } from "./link-text.js";

/** An upload link in the list of its owner. */
export class LinkRow {
    /** @param {{ remove: (link: object) => void, tell: (text: string) => void }} commands */
    constructor(link, { remove, tell }) {
        this.link = link;
        const title = link.title || "Untitled link";
        const limits = linkLimitsText(link);
        const isOpen = Date.parse(link.expires_at) > Date.now();
        this.address = element("input", {
            readOnly: true, value: addressOf(link), "aria-label": `Address of ${title}`,
            onfocus: () => this.address.select(),
        });
        this.button = element(
            "button", { type: "button", "aria-label": `Copy the address of ${title}`, onclick: () => this.#copy(tell) },
            icon("copy"), "Copy",
        );
        this.node = element(
            "li", { className: "link-row" },
            element("p", { className: "link-title", dir: "auto" }, title),
            element("p", { className: "link-text" }, linkStatusText(link)),
            limits !== "" && element("p", { className: "link-text" }, limits),
            element(
                "div", { className: "link-buttons" },
                isOpen && this.address, isOpen && this.button,
                iconButton("trash", `Remove ${title}`, () => remove(link)),
            ),
        );
        this.node.dataset.state = isOpen ? "open" : "expired";
    }

    focus() {
        this.button.focus();
    }

    async #copy(tell) {
        tell("");
        const isCopied = await copy(this.address);
        tell(isCopied ? "The link was copied." : "The link is selected. Copy it with the keyboard or the menu.");
    }
}

/** What a guest opens. The token stands in the fragment, which is sent to no server. */
export function addressOf({ token }) {
    return new URL(`drop#${token}`, root).href;
}
