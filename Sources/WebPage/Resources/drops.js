import { find } from "./dom.js";
import { chosenItems, droppedItems, handleItems } from "./files.js";

/** After this long without a sign of a drag it is over. Firefox gives one every 350 milliseconds. */
const CURTAIN_MILLISECONDS = 900;

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
    let timer;
    const hide = () => {
        clearTimeout(timer);
        curtain.hidden = true;
    };
    // Browsers tell all the time that something is dragged over the page, but not always that it went away.
    addEventListener("dragover", (event) => {
        if (!hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
        curtain.hidden = false;
        clearTimeout(timer);
        timer = setTimeout(hide, CURTAIN_MILLISECONDS);
    });
    addEventListener("dragleave", (event) => event.relatedTarget === null && hide());
    addEventListener("drop", (event) => {
        if (!hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        hide();
        take(droppedItems(event.dataTransfer));
    });
}

function hasFiles(transfer) {
    return transfer?.types.includes("Files") ?? false;
}
