import { root } from "./api.js";
import { sentence } from "./text.js";

const PLACEHOLDER_TYPES = new Set(["image/webp", "image/jpeg", "image/png"]);
/** The kinds of what was uploaded; the others are made of it. */
const UPLOADED = ["original", "raw", "video", "sidecar"];
/** Of photos whose size nobody knows: those without derivatives, of which there is little to see. */
const USUAL_RATIO = 0.8;
const [NARROWEST, WIDEST] = [0.5, 2.4];

/**
 * A memory as the gallery shows it.
 *
 * @param {object} memory A memory's document.
 */
export function photoOf(memory) {
    const asset = (kind) => memory.assets.find((candidate) => candidate.kind === kind);
    const hasPictures = asset("display") || asset("thumb");
    const sized = hasPictures && [asset("display"), asset("thumb"), asset("original")].find((candidate) => candidate?.width && candidate?.height);
    const address = (kind) => (asset(kind) ? new URL(`v1/memories/${memory.id}/assets/${kind}`, root).href : null);
    const original = asset("original");
    const at = captured(memory) ?? memory.created_at;
    const shownAt = Date.parse(/Z|[+-]\d\d:\d\d$/.test(at) ? at : `${at}Z`);
    const isFilm = original?.type?.startsWith("video/") ?? false;
    return {
        id: memory.id,
        title: memory.title || "Untitled",
        description: memory.description ?? "",
        at,
        /** What photos are ordered by: the camera's clock in milliseconds, as the server does. */
        shownAt,
        month: new Date(shownAt).toISOString().slice(0, 7),
        isTaken: Boolean(memory.taken_at),
        ratio: sized ? Math.min(WIDEST, Math.max(NARROWEST, sized.width / sized.height)) : USUAL_RATIO,
        width: sized?.width,
        height: sized?.height,
        placeholder: dataAddress(asset("placeholder")),
        thumb: address("thumb") ?? address("display"),
        display: address("display") ?? address("thumb"),
        original: address("original"),
        originalBytes: original?.size,
        isFilm,
        /** What plays: a film, or the moving part of a photo; null for photos that do not move. */
        film: isFilm ? filmOf(memory, original) : filmOf(memory, asset("video")),
        /** The camera's raw file beside the photo; null without one. */
        raw: address("raw"),
        rawBlob: asset("raw")?.blob ?? null,
        originalBlob: original?.blob ?? null,
        /** The files that were uploaded, for a download of all. */
        blobs: UPLOADED.flatMap((kind) => memory.assets.filter((other) => other.kind === kind)).map(({ blob }) => blob).filter(Boolean),
        /** Why there is nothing to see of it; null for photos with previews. */
        reason: memory.state === "original_only" && !isFilm ? sentence(memory.reason || "no preview could be made") : null,
        /** What the pictures show if it is not all of the original: `partial` or `preview`. */
        extent: memory.derivation ?? null,
        /** A remark on the pictures, such as about their colours; null without one. */
        note: memory.state !== "original_only" && memory.reason ? sentence(memory.reason) : null,
    };
}

function filmOf(memory, asset) {
    if (!asset) return null;
    return { url: new URL(`v1/memories/${memory.id}/assets/${asset.kind}`, root).href, blob: asset.blob ?? null, type: asset.type };
}

/** What the camera's clock showed, as local time (RFC 3339 without an offset): it stays so wherever the photo is looked at. */
function captured({ taken_at: time, taken_at_zone: zone }) {
    const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone ?? "") ?? [];
    if (!time || !sign) return time;
    const shift = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
    return new Date(Date.parse(time) + shift * 60_000).toISOString().slice(0, -1);
}

function dataAddress(asset) {
    if (!asset?.data || !PLACEHOLDER_TYPES.has(asset.type)) return null;
    return `data:${asset.type};base64,${asset.data}`;
}
