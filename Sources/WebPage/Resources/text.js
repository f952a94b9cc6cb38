/** What people read: quantities, and troubles in words. */

/** Keeps a number on the line of its unit. */
const TOGETHER = "\u00a0";
const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

export function bytesText(bytes) {
    let [value, unit] = [bytes, 0];
    while (value >= 999.5 && unit < UNITS.length - 1) {
        value /= 1000;
        unit += 1;
    }
    const digits = unit === 0 || value >= 99.5 ? 0 : 1;
    return `${value.toFixed(digits)}${TOGETHER}${bytes === 1 ? "byte" : UNITS[unit]}`;
}

export function speedText(bytesPerSecond) {
    return `${bytesText(Math.round(bytesPerSecond))}/s`;
}

/** Roughly how long: nobody believes in seconds of an hour. */
export function durationText(seconds) {
    if (seconds < 5) return "a few seconds";
    if (seconds < 55) return `${Math.ceil(seconds / 5) * 5} seconds`;
    const minutes = Math.round(seconds / 60);
    if (minutes < 60) return countText(Math.max(1, minutes), "minute");
    const hours = Math.round(minutes / 60);
    return hours < 48 ? countText(hours, "hour") : countText(Math.round(hours / 24), "day");
}

export function countText(count, noun, plural = `${noun}s`) {
    return `${count.toLocaleString("en")} ${count === 1 ? noun : plural}`;
}

export function percentText(part, whole) {
    // Everything is only everything at the end.
    return `${whole === 0 ? 100 : Math.floor((part / whole) * 100)}${TOGETHER}%`;
}

/** @param {string | number} time RFC 3339, or milliseconds since 1970 */
export function dateText(time) {
    const date = new Date(time);
    if (Number.isNaN(date.valueOf())) return "";
    return date.toLocaleString(undefined, { dateStyle: "long", timeStyle: "short" });
}

/** @param {string} key `2026-06` */
export function monthText(key) {
    return new Date(`${key}-15T12:00:00Z`).toLocaleDateString(undefined, { month: "long", year: "numeric", timeZone: "UTC" });
}

/** @param {string} time RFC 3339 */
export function dayText(time) {
    const date = new Date(time);
    return Number.isNaN(date.valueOf()) ? "" : date.toLocaleDateString(undefined, { dateStyle: "medium" });
}

const BY_CODE = {
    store_full: "The server's disk is full. The upload goes on once there is room.",
    quota_exceeded: "The storage quota is used up. Delete something, then add the file again.",
    too_many: "The server is busy with other uploads.",
    in_use: "It is part of a photo.",
    too_large: "This file is larger than the server takes.",
    forbidden: "You may look at this collection, but not add to it.",
    checksum_mismatch: "Bytes were damaged on the way and are being sent again.",
};
const BY_KIND = {
    network: "The server cannot be reached.",
    busy: "The server is not ready.",
    conflict: "Another upload of this file got ahead of this one.",
    damaged: "Bytes were damaged on the way and are being sent again.",
    overtaken: "This file is being uploaded in another tab or window. Try again to go on here instead.",
    gone: "The server does not know it any more.",
    unauthenticated: "The server wants to know who you are.",
    unreadable: "The file was moved or changed, or may not be read. Add it again.",
    refused: "The server does not take it.",
};

/** Limits of how large a file may be. Others are of texts, numbers and chunks, and the server's words tell of which. */
const FILE_LIMITS = ["upload_bytes", "quota_bytes", "link_bytes", "link_file_bytes"];

/** What went wrong, in words. What the server says of a refusal is more exact than anything that can be said here. */
export function faultText(fault) {
    if (fault.code === "too_large" && fault.limit && !FILE_LIMITS.includes(fault.limit)) return fault.message;
    if (fault.code === "too_large" && fault.maximum) return `${BY_CODE.too_large.slice(0, -1)}: ${bytesText(fault.maximum)} at most.`;
    if (BY_CODE[fault.code]) return BY_CODE[fault.code];
    if (fault.kind === "refused" && fault.message) return fault.message;
    return BY_KIND[fault.kind] ?? fault.message;
}

/** Why a preview is not being made, in plain words. */
export function waitingText(reason) {
    if (/derivation is off/.test(reason)) return "Stored. Previews are switched off on this server.";
    return `Stored. ${sentence(reason).replaceAll("derivation", "preview")}`;
}

/** What a server says in a few words, as a sentence. */
export function sentence(text) {
    const begun = text.charAt(0).toUpperCase() + text.slice(1);
    return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
