/**
 * What a picture or a video says about the shot that it is from: the content identifier that Apple writes into both halves of a Live Photo,
 * and the length of a video. Little is read. Files of other formats, and damaged ones, say nothing.
 */

/** Of a picture; the maker notes are in its Exif, at the beginning. */
const PICTURE_BYTES = 256 << 10;
const NOTES = "Apple iOS\0";
const NOTES_TAG = 0x0011;
const TEXT = 2;
const IDENTIFIER_KEY = "com.apple.quicktime.content.identifier";
const IDENTIFIER_BYTES_MAX = 128;
/** Keys of a movie; Apple's have a few kB. */
const KEYS_BYTES_MAX = 64 << 10;
/** Boxes on one level. */
const BOXES_MAX = 1024;

/** @param {Blob} file @returns {Promise<{ identifier?: string, milliseconds?: number }>} */
export async function factsOf(file) {
    try {
        const movie = (await boxesIn(file, 0, file.size)).find(({ type }) => type === "moov");
        return movie ? await factsOfMovie(file, movie) : { identifier: await identifierOfPicture(file) };
    } catch {
        return {};
    }
}

/** Apple's maker notes are a directory of big-endian entries, whose offsets count from their beginning. */
async function identifierOfPicture(file) {
    const bytes = await file.slice(0, PICTURE_BYTES).arrayBuffer();
    const text = textIn(new DataView(bytes));
    const start = text.indexOf(NOTES);
    if (start < 0) return undefined;
    const notes = new DataView(bytes, start);
    const isLittle = text[start + 12] === "I";
    for (let number = 0; number < notes.getUint16(14, isLittle); number++) {
        const place = 16 + 12 * number;
        if (notes.getUint16(place, isLittle) !== NOTES_TAG || notes.getUint16(place + 2, isLittle) !== TEXT) continue;
        const [count, offset] = [notes.getUint32(place + 4, isLittle), notes.getUint32(place + 8, isLittle)];
        if (count <= 4 || count > IDENTIFIER_BYTES_MAX) return undefined;
        return text.slice(start + offset, start + offset + count).split("\0")[0] || undefined;
    }
    return undefined;
}

async function factsOfMovie(file, movie) {
    const facts = {};
    for (const box of await boxesIn(file, movie.start, movie.end)) {
        if (box.type === "mvhd") facts.milliseconds = await lengthIn(file, box);
        else if (box.type === "meta") facts.identifier = (await identifierIn(file, box)) ?? facts.identifier;
        else if (box.type === "udta") {
            // Where converters put it.
            const meta = (await boxesIn(file, box.start, box.end)).find(({ type }) => type === "meta");
            if (meta) facts.identifier ??= await identifierIn(file, meta);
        }
    }
    return facts;
}

async function lengthIn(file, { start }) {
    const header = await viewOf(file, start, start + 32);
    const isLong = header.getUint8(0) === 1;
    const scale = header.getUint32(isLong ? 20 : 12);
    const duration = isLong ? Number(header.getBigUint64(24)) : header.getUint32(16);
    return scale > 0 ? Math.floor((duration * 1000) / scale) : undefined;
}

/** Of the metadata of QuickTime: a list of keys, and values that refer to their numbers. */
async function identifierIn(file, { start, end }) {
    // MP4 has a version before the boxes, QuickTime has none.
    const isFull = textIn(await viewOf(file, start + 4, start + 8)) !== "hdlr";
    const boxes = await boxesIn(file, start + (isFull ? 4 : 0), end);
    const [keys, list] = ["keys", "ilst"].map((type) => boxes.find((box) => box.type === type));
    if (!keys || !list || keys.end - keys.start > KEYS_BYTES_MAX) return undefined;
    const names = await boxesIn(file, keys.start + 8, keys.end);
    for (const [place, key] of names.entries()) {
        if (textIn(await viewOf(file, key.start, key.end)) !== IDENTIFIER_KEY) continue;
        const item = (await boxesIn(file, list.start, list.end)).find(({ code }) => code === place + 1);
        const data = item && (await boxesIn(file, item.start, item.end)).find(({ type }) => type === "data");
        if (!data || data.end - data.start > IDENTIFIER_BYTES_MAX + 8) return undefined;
        // After the type and the locale of the value.
        return textIn(await viewOf(file, data.start + 8, data.end)) || undefined;
    }
    return undefined;
}

/** The boxes of ISO/IEC 14496-12 in a range, as far as their headers make sense. */
async function boxesIn(file, start, end) {
    const boxes = [];
    while (boxes.length < BOXES_MAX && end - start >= 8) {
        const header = await viewOf(file, start, start + 16);
        let [size, headerBytes] = [header.getUint32(0), 8];
        if (size === 1) [size, headerBytes] = [Number(header.getBigUint64(8)), 16];
        else if (size === 0) size = end - start;
        if (size < headerBytes || size > end - start) break;
        const type = textIn(header).slice(4, 8);
        boxes.push({ type, code: header.getUint32(4), start: start + headerBytes, end: start + size });
        start += size;
    }
    return boxes;
}

async function viewOf(file, start, end) {
    return new DataView(await file.slice(start, end).arrayBuffer());
}

/** A character for each byte. */
function textIn(view) {
    return new TextDecoder("latin1").decode(view);
}
