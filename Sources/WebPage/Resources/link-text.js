import { bytesText, countText, dateText, durationText } from "./text.js";

/** What people read of upload links. */

const WHOLE_TYPES = { image: "photos", video: "videos", audio: "audio files", text: "text files" };

/** Media types as a person calls them: `image/*` and `video/mp4` are “photos and MP4 files”. */
export function typesText(types) {
    const names = types.map((type) => {
        const [kind, subtype] = type.toLowerCase().split("/");
        if (subtype !== "*") return `${subtype.replace(/^(x-|vnd\.)/, "").toUpperCase()} files`;
        return WHOLE_TYPES[kind] ?? (kind === "*" ? "files" : `${kind} files`);
    });
    const last = names.pop() ?? "files";
    return names.length > 0 ? `${names.join(", ")} and ${last}` : last;
}

/** What a guest is told of a link, one line each. */
export function guestFacts(link, now) {
    const { types, filesLeft, bytesLeft, fileBytesMax } = link;
    const facts = [`Open until ${dateText(link.expiresAt)} · ${durationText(link.secondsLeft(now))} left`];
    if (types.length > 0) facts.push(`${capitalised(typesText(types))} only`);
    if (filesLeft !== undefined) facts.push(filesLeft === 0 ? "No more files" : `Up to ${countText(filesLeft, "more file")}`);
    if (bytesLeft !== undefined) facts.push(`Room for ${bytesText(Math.max(0, bytesLeft))}`);
    if (fileBytesMax !== undefined) facts.push(`At most ${bytesText(fileBytesMax)} each`);
    return facts;
}

/** Why a link takes nothing more, in the words for guests. */
export function linkEnding(state, expiresAt) {
    switch (state) {
        case "missing":
            return {
                title: "The link is missing",
                text: "Open the whole link again that you were sent. It ends with “#link_” and many letters.",
            };
        case "removed":
            return {
                title: "This link does not work any more",
                text: "It was removed, or it is incomplete. Whoever sent it can send you another one.",
            };
        case "full":
            return {
                title: "This link takes no more files",
                text: "As much as it permits has come. What was begun before can still be finished; for more, ask for another link.",
            };
        default:
            return {
                title: "This link has expired",
                text: `It ended${expiresAt ? ` on ${dateText(expiresAt)}` : ""}. What was begun before can still be finished; for more, ask for ` +
                    "another link.",
            };
    }
}

/** Until when a link is open, and what came in, as its owner reads it. */
export function linkStatusText({ expires_at: expiresAt, files, bytes }, now = Date.now()) {
    const isOpen = Date.parse(expiresAt) > now;
    const arrived = files > 0 ? `${countText(files, "file")}, ${bytesText(bytes)}` : "nothing came in yet";
    return `${isOpen ? "Open until" : "Expired on"} ${dateText(expiresAt)} · ${arrived}`;
}

/** The limits of a link, as its owner reads them; empty if there are none. */
export function linkLimitsText({ files_max: files, uses_max: uses, bytes_max: bytes, file_bytes_max: fileBytes, types = [] }) {
    const most = [
        files !== undefined && countText(files, "file"),
        uses !== undefined && countText(uses, "upload"),
        bytes !== undefined && bytesText(bytes),
        fileBytes !== undefined && `${bytesText(fileBytes)} each`,
    ].filter(Boolean);
    const parts = [];
    if (most.length > 0) parts.push(`At most ${most.join(", ")}`);
    if (types.length > 0) parts.push(`${capitalised(typesText(types))} only`);
    return parts.join(" · ");
}

function capitalised(text) {
    return text.charAt(0).toUpperCase() + text.slice(1);
}
