import { roleOf, typeOf } from "./kinds.js";

/**
 * Which of the files of a folder are one shot: those of one directory with the same name but for the ending. The rules are those of `wharf
 * put --photos` (docs/photos.md).
 *
 * @typedef {{ file: File, path: string }} Item
 * @typedef {{ identifier?: string, milliseconds?: number }} Facts
 */

/** The pictures of cameras, in the order in which they are taken for the original. */
const CAMERA_TYPES = ["image/heic", "image/heif", "image/jpeg"];
/** The longest video that is taken for that of a Live Photo by its name alone. Those of iPhones have 3 s. */
const LIVE_MILLISECONDS_MAX = 6000;

/**
 * The same items, each original after what belongs to it. `kind` and `original` are those of a companion.
 *
 * @param {Item[]} items
 * @param {(file: File) => Promise<Facts>} factsOf Asked only about files that may be the halves of a Live Photo.
 * @returns {AsyncGenerator<{ item: Item, kind?: "video" | "raw" | "sidecar", original?: Item }>}
 */
export async function* inShots(items, factsOf) {
    const names = items.map(nameOf);
    for (const members of stemsOf(names)) {
        const facts = new Map();
        for (const member of undecided(members, names)) facts.set(member, await factsOf(items[member].file));
        const companions = companionsAmong(members, names, facts);
        const isCompanion = (member) => companions.some(({ file }) => file === member);
        for (const member of members.filter((member) => !isCompanion(member))) {
            const own = companions.filter(({ of }) => of === member);
            yield* own.map(({ file, kind }) => ({ item: items[file], kind, original: items[member] }));
            yield { item: items[member] };
        }
    }
}

/** @returns {{ file: number, kind: string, of: number }[]} */
function companionsAmong(members, names, facts) {
    const all = (role) => members.filter((member) => names[member].role === role);
    const pictures = picturesAmong(members, names);
    const hasCameraPicture = pictures.length > 0 && isOfCamera(names[pictures[0]]);
    const originals = [...pictures, ...all("raw")];
    const companions = hasCameraPicture ? all("raw").map((file) => ({ file, kind: "raw", of: pictures[0] })) : [];
    const free = stillsAmong(members, names);
    for (const file of all("video")) {
        const place = free.findIndex((still) => isLive(facts.get(still), facts.get(file)));
        if (place < 0) originals.push(file);
        else companions.push({ file, kind: "video", of: free.splice(place, 1)[0] });
    }
    if (originals.length === 0) return [];
    return [...companions, ...all("sidecar").map((file) => ({ file, kind: "sidecar", of: originals[0] }))];
}

function undecided(members, names) {
    const stills = stillsAmong(members, names);
    const videos = members.filter((member) => names[member].role === "video");
    return stills.length === 0 || videos.length === 0 ? [] : [...stills, ...videos];
}

/** Where both state an identifier, it decides; otherwise the length of the video. */
function isLive(still, video) {
    if (still?.identifier && video?.identifier) return still.identifier === video.identifier;
    return video?.milliseconds >= 1 && video.milliseconds <= LIVE_MILLISECONDS_MAX;
}

/** Those of cameras first. */
function picturesAmong(members, names) {
    return members.filter((member) => names[member].role === "picture").sort((a, b) => names[a].rank - names[b].rank || a - b);
}

/** The originals to which a video may belong: pictures of cameras; without one, raw files. */
function stillsAmong(members, names) {
    const pictures = picturesAmong(members, names).filter((member) => isOfCamera(names[member]));
    return pictures.length > 0 ? pictures : members.filter((member) => names[member].role === "raw");
}

function isOfCamera({ rank }) {
    return rank < CAMERA_TYPES.length;
}

/** The files of each stem. A sidecar joins the stem of the file after which it is named. */
function stemsOf(names) {
    const others = names.filter(({ role }) => role !== "sidecar");
    const stems = new Set(others.map(({ stem }) => stem));
    const wholes = new Map(others.map(({ whole, stem }) => [whole, stem]));
    const groups = new Map();
    names.forEach(({ role, stem, stemOfOriginal }, place) => {
        let group = stem;
        if (role === "sidecar" && !stems.has(stem)) {
            group = wholes.get(stem) ?? (stems.has(stemOfOriginal) ? stemOfOriginal : stem);
        }
        groups.set(group, [...(groups.get(group) ?? []), place]);
    });
    return groups.values();
}

/** `stem` is the path without the ending, in lower case; `whole` has the ending, as in `IMG_1.CR2.xmp`. */
function nameOf({ file, path }) {
    const name = path.split("/").pop().toLowerCase();
    const directory = path.slice(0, path.length - name.length);
    const base = name.replace(/(.)\.[^.]*$/, "$1");
    const rank = CAMERA_TYPES.indexOf(typeOf({ name, type: "" }));
    // `IMG_O1234.AAE` are instructions for the original of `IMG_1234`.
    const number = /^img_o(\d+)$/.exec(base)?.[1];
    return {
        role: roleOf(file), stem: directory + base, whole: directory + name, rank: rank < 0 ? CAMERA_TYPES.length : rank,
        stemOfOriginal: number && `${directory}img_${number}`,
    };
}
