import { find } from "./dom.js";
import { chosenItems, droppedItems, handleItems } from "./files.js";

/**
 * Every way in which files come: dropped anywhere on the page, pasted, chosen.
 *
 * @param {(items: AsyncIterable) => void} take
 * @param {string[]} types The media types that the browser offers for choosing; none for all.
 */
export function takeFiles(take, types) {
    takeDropped(take);
    find("files").accept = inputTypes(types).join(",");
    addEventListener("paste", (event) => {
        if (hasFiles(event.clipboardData)) take(droppedItems(event.clipboardData));
    });
    for (const id of ["files", "folder"]) {
        const input = find(id);
        input.onchange = () => {
            // The list is emptied with the input, so that the same files can be chosen again.
            take(chosenItems([...input.files]));
            input.value = "";
        };
    }
    find("choose-files").onclick = () => chooseFiles(take, types);
    find("choose-folder").onclick = () => find("folder").click();
    // Phones have no folders to choose.
    find("choose-folder").hidden = !("webkitdirectory" in find("folder")) || matchMedia("(pointer: coarse)").matches;
}

/** With a picker that gives handles, where there is one: what is chosen so can go on after the page was closed. */
export async function chooseFiles(take, types) {
    if (!globalThis.showOpenFilePicker) return find("files").click();
    try {
        take(handleItems(await showOpenFilePicker({ multiple: true, types: pickerTypes(types) })));
    } catch {
        // Nothing was chosen.
    }
}

/** `accept` of an input. Some systems do not count HEIC among the pictures unless its endings are named. */
export function inputTypes(types) {
    const hasHEIC = ["image/*", "image/heic", "image/heif"].some((type) => types.includes(type));
    return hasHEIC ? [...types, ".heic", ".heif"] : types;
}

/** What the picker offers; undefined for all files, as where a type is none that it takes. */
export function pickerTypes(types) {
    if (types.length === 0 || !types.every((type) => /^[a-z]+\/([a-z0-9][a-z0-9.+-]*|\*)$/.test(type))) return undefined;
    return [{ accept: Object.fromEntries(types.map((type) => [type, type === "image/*" ? [".heic", ".heif"] : []])) }];
}

function takeDropped(take) {
    const curtain = find("curtain");
    let depth = 0;
    const show = (isShown) => (curtain.hidden = !isShown);
    addEventListener("dragenter", (event) => {
        if (!hasFiles(event.dataTransfer)) return;
        depth += 1;
        show(true);
    });
    addEventListener("dragleave", (event) => {
        if (!hasFiles(event.dataTransfer)) return;
        depth = Math.max(0, depth - 1);
        show(depth > 0);
    });
    addEventListener("dragover", (event) => {
        if (!hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
    });
    addEventListener("drop", (event) => {
        if (!hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        depth = 0;
        show(false);
        take(droppedItems(event.dataTransfer));
    });
}

function hasFiles(transfer) {
    return transfer?.types.includes("Files") ?? false;
}
