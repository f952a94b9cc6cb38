/**
 * Files with where they lay, `{ file, path, handle? }`, from each of the ways in which browsers hand them over. A handle outlives the page.
 */

/**
 * What was dropped, folders with everything in them. The event's data are gone once its handler has returned, so call this in it.
 *
 * @param {DataTransfer} transfer
 */
export function droppedItems(transfer) {
    const sources = [...transfer.items]
        .filter((item) => item.kind === "file")
        .map((item) => ({
            handle: item.getAsFileSystemHandle?.().catch(() => null),
            entry: item.webkitGetAsEntry?.(),
            file: item.getAsFile(),
        }));
    return walkSources(sources);
}

/** @param {FileList} files Of an input; those of a folder know their path. */
export async function* chosenItems(files) {
    for (const file of files) yield { file, path: file.webkitRelativePath || file.name };
}

/** @param {FileSystemFileHandle[]} handles */
export async function* handleItems(handles) {
    for (const handle of handles) yield* walkHandle(handle, "");
}

async function* walkSources(sources) {
    for (const { handle, entry, file } of sources) {
        const known = await handle;
        if (known) yield* walkHandle(known, "");
        else if (entry) yield* walkEntry(entry, "");
        else if (file) yield { file, path: file.name };
    }
}

async function* walkHandle(handle, prefix) {
    const path = prefix + handle.name;
    if (handle.kind === "file") {
        const file = await handle.getFile().catch(() => null);
        if (file) yield { file, path, handle };
        return;
    }
    for await (const child of handle.values()) yield* walkHandle(child, `${path}/`);
}

async function* walkEntry(entry, prefix) {
    const path = prefix + entry.name;
    if (entry.isFile) {
        const file = await new Promise((resolve) => entry.file(resolve, () => resolve(null)));
        if (file) yield { file, path };
        return;
    }
    const reader = entry.createReader();
    while (true) {
        // It hands over some at a time, and none at the end.
        const entries = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
        if (entries.length === 0) return;
        for (const child of entries) yield* walkEntry(child, `${path}/`);
    }
}
