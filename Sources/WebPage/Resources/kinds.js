/**
 * The media types of files by their endings, as `wharf put` knows them: browsers know none of raw files and sidecars, and on some systems
 * none of others.
 */
const PICTURES = {
    jpg: "image/jpeg", jpeg: "image/jpeg", jpe: "image/jpeg", jfif: "image/jpeg", png: "image/png", webp: "image/webp", gif: "image/gif",
    tif: "image/tiff", tiff: "image/tiff", heic: "image/heic", heif: "image/heif", hif: "image/heif", avif: "image/avif", bmp: "image/bmp",
    jxl: "image/jxl", jp2: "image/jp2", psd: "image/vnd.adobe.photoshop",
};
const RAWS = {
    dng: "image/x-adobe-dng", cr2: "image/x-canon-cr2", cr3: "image/x-canon-cr3", nef: "image/x-nikon-nef", arw: "image/x-sony-arw",
    raf: "image/x-fuji-raf", rw2: "image/x-panasonic-rw2", orf: "image/x-olympus-orf",
};
const VIDEOS = {
    mp4: "video/mp4", m4v: "video/x-m4v", mov: "video/quicktime", webm: "video/webm", mkv: "video/x-matroska", avi: "video/x-msvideo",
    "3gp": "video/3gpp", "3g2": "video/3gpp2", mts: "video/mp2t", m2ts: "video/mp2t", mpg: "video/mpeg", mpeg: "video/mpeg",
    ogv: "video/ogg", wmv: "video/x-ms-wmv", flv: "video/x-flv",
};
/** Instructions of editors. Those of Apple have no registered type. */
const SIDECARS = { xmp: "application/rdf+xml", aae: "" };

const TYPES_BY_ENDING = { ...PICTURES, ...RAWS, ...VIDEOS, ...SIDECARS };
const ROLES_BY_ENDING = Object.fromEntries(
    Object.entries({ picture: PICTURES, raw: RAWS, video: VIDEOS, sidecar: SIDECARS })
        .flatMap(([role, types]) => Object.keys(types).map((ending) => [ending, role])),
);
const PICTURE_TYPES = new Set(Object.values(PICTURES));
/** Of which previews are made sooner or later, also where that is switched off at present. */
const PHOTO_TYPES = new Set([
    "image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/heic", "image/heif", "image/avif",
]);
/** What systems leave in folders and nobody means to upload. */
const DEBRIS = new Set([".ds_store", "thumbs.db", "desktop.ini", ".localized", "icon\r"]);

/** @param {{ name: string, type: string }} file */
export function typeOf(file) {
    return file.type || TYPES_BY_ENDING[endingOf(file)] || "application/octet-stream";
}

/**
 * What a file is in a camera's folder: `picture`, `raw`, `video`, `sidecar` or `other`. By its ending, as `wharf put --photos` tells; by the
 * browser's type where that says nothing.
 *
 * @param {{ name: string, type: string }} file
 */
export function roleOf(file) {
    const role = ROLES_BY_ENDING[endingOf(file)];
    if (role) return role;
    if (PICTURE_TYPES.has(file.type)) return "picture";
    // To browsers, TypeScript is a video.
    return file.type.startsWith("video/") && file.type !== "video/mp2t" ? "video" : "other";
}

/**
 * Whether a photo or a video of the gallery is to be made of a file.
 *
 * @param {boolean} isDeriving Whether the server makes previews at present. While it does not, only photos wait for it: all else would be
 *     out of sight.
 */
export function becomesPhoto(file, isDeriving) {
    return isDeriving ? ["picture", "raw", "video"].includes(roleOf(file)) : PHOTO_TYPES.has(typeOf(file));
}

/** The symbol for a file. */
export function symbolOf(file) {
    return { picture: "photo", raw: "photo", video: "film" }[roleOf(file)] ?? "file";
}

/** Whether a media type is one of those in a list, such as `image/*` or `video/mp4`. An empty list means all. */
export function matchesType(type, list) {
    const essence = type.split(";")[0].trim().toLowerCase();
    return list.length === 0 || list.map((entry) => entry.toLowerCase()).some((entry) => {
        return entry === "*/*" || entry === essence || (entry.endsWith("/*") && essence.startsWith(entry.slice(0, -1)));
    });
}

export function isDebris(name) {
    return DEBRIS.has(name.toLowerCase()) || name.startsWith("._");
}

function endingOf({ name }) {
    return name.toLowerCase().split(".").pop();
}
