import { element, icon } from "./dom.js";
import { dateText, monthText } from "./text.js";

/** A photo in the grid. Its space is there from the start, so that nothing moves when pictures come. */
export function photoTile(photo, press) {
    const node = element("li", { className: photo.reason ? "tile failed" : "tile" });
    const button = element("button", { type: "button", "aria-label": labelOf(photo), title: photo.reason ?? "", onclick: press });
    if (photo.placeholder) button.append(element("img", { className: "placeholder", alt: "", src: photo.placeholder }));
    if (photo.reason || !photo.thumb) button.append(face(photo));
    else button.append(element("img", { className: "thumb", alt: "", decoding: "async" }));
    if (photo.film) button.append(element("span", { className: "moves" }, icon("play")));
    if (EXTENTS[photo.extent]) button.append(element("span", { className: "extent", title: photo.note ?? "" }, EXTENTS[photo.extent]));
    button.append(element("span", { className: "tick" }, icon("check")));
    node.append(button);
    return node;
}

/** What is said of photos whose pictures do not show all of the original. */
const EXTENTS = { partial: "Incomplete", preview: "Preview" };

function face({ title, reason, isFilm }) {
    return element(
        "span", { className: "face" },
        icon(isFilm ? "film" : "photo"), element("strong", {}, title), reason && element("span", { className: "face-text" }, reason),
    );
}

/** Shows whether a photo is chosen. */
export function markSelected(tile, selection, photo) {
    const button = tile.querySelector("button");
    const isChosen = selection.has(photo);
    tile.classList.toggle("chosen", isChosen);
    if (selection.isOn) button.setAttribute("aria-pressed", String(isChosen));
    else button.removeAttribute("aria-pressed");
}

/** Chooses all photos of a month, as far as they are known. */
export function monthButton(photos, selection) {
    const label = `Select all of ${monthText(photos[0].month)}`;
    return element("button", { type: "button", className: "quiet month-all", "aria-label": label, onclick: () => selection.pressAll(photos) }, "Select all");
}

function labelOf(photo) {
    const date = dateText(photo.at);
    const kind = photo.isFilm ? ", video" : "";
    const when = date ? `, ${photo.isTaken ? "taken" : "added"} ${date}` : "";
    return `${photo.title}${kind}${when}${photo.reason ?? photo.note ? `. ${photo.reason ?? photo.note}` : ""}`;
}
