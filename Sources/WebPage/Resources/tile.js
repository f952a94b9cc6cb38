import { element, icon } from "./dom.js";
import { dateText, sentence } from "./text.js";

/** A photo in the grid. Its space is there from the start, so that nothing moves when pictures come. */
export function photoTile(photo, open) {
    const node = element("li", { className: "tile" });
    node.style.setProperty("--ratio", photo.ratio.toFixed(4));
    const button = element("button", { type: "button", "aria-label": labelOf(photo), onclick: open });
    if (photo.placeholder) button.append(element("img", { className: "placeholder", alt: "", src: photo.placeholder }));
    if (photo.reason) button.append(plainFace("photo", photo.title, photo.reason));
    else if (photo.thumb) button.append(element("img", { className: "thumb", alt: "" }));
    if (EXTENTS[photo.extent]) button.append(element("span", { className: "extent", title: photo.note ?? "" }, EXTENTS[photo.extent]));
    node.append(button);
    return node;
}

/** What is said of photos whose pictures do not show all of the original. */
const EXTENTS = { partial: "Incomplete", preview: "Preview" };

/** An upload that is about to become a photo. */
export function pendingTile({ name, reason }) {
    const text = reason ? sentence(reason) : "Being prepared";
    const node = element("li", { className: "tile pending" }, plainFace("photo", name || "A photo", text));
    node.style.setProperty("--ratio", "1.3333");
    return node;
}

function plainFace(symbol, title, text) {
    return element(
        "span", { className: "face" },
        icon(symbol), element("strong", {}, title), element("span", { className: "face-text" }, text),
    );
}

function labelOf(photo) {
    const date = dateText(photo.at);
    const when = date ? `, ${photo.isTaken ? "taken" : "added"} ${date}` : "";
    return `${photo.title}${when}${photo.reason ?? photo.note ? `. ${photo.reason ?? photo.note}` : ""}`;
}
