/** Files that become photos: what the server derives previews of, by type or, where a browser knows no type, by name. */
const PHOTO_TYPES = new Set([
    "image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/heic", "image/heif", "image/avif",
]);
const TYPES_BY_ENDING = {
    jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", webp: "image/webp", gif: "image/gif", tif: "image/tiff",
    tiff: "image/tiff", heic: "image/heic", heif: "image/heif", hif: "image/heif", avif: "image/avif",
    mp4: "video/mp4", m4v: "video/x-m4v", mov: "video/quicktime", webm: "video/webm", mkv: "video/x-matroska", avi: "video/x-msvideo",
    "3gp": "video/3gpp", mts: "video/mp2t", m2ts: "video/mp2t",
};
/** What systems leave in folders and nobody means to upload. */
const DEBRIS = new Set([".ds_store", "thumbs.db", "desktop.ini", ".localized", "icon\r"]);

/** @param {{ name: string, type: string }} file */
export function typeOf(file) {
    const ending = file.name.toLowerCase().split(".").pop();
    return file.type || TYPES_BY_ENDING[ending] || "application/octet-stream";
}

export function isPhoto(file) {
    return PHOTO_TYPES.has(typeOf(file));
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
