import { factsOf } from "../page/media-facts.js";
import { inShots } from "../page/shots.js";
import { equal, test } from "./harness.js";

/** What becomes of files, as `video of IMG_1.HEIC`, in the order in which they are sent; facts by path. */
async function plan(paths, facts = {}) {
    const items = paths.map((path) => ({ path, file: { path, name: path.split("/").pop(), type: "" } }));
    const found = [];
    for await (const { item, kind, original } of inShots(items, async ({ path }) => facts[path] ?? {})) {
        found.push(kind ? `${item.path}: ${kind} of ${original.path}` : item.path);
    }
    return found;
}

const live = { milliseconds: 2900 };

test("the halves of a Live Photo belong together by name, whatever its case, and the video comes first", async () => {
    equal(await plan(["a/IMG_1.HEIC", "a/img_1.mov"], { "a/img_1.mov": live }), ["a/img_1.mov: video of a/IMG_1.HEIC", "a/IMG_1.HEIC"]);
    equal(await plan(["a/IMG_1.HEIC", "b/IMG_1.MOV"], { "b/IMG_1.MOV": live }), ["a/IMG_1.HEIC", "b/IMG_1.MOV"]);
    equal(await plan(["IMG_1.png", "IMG_1.MOV"], { "IMG_1.MOV": live }), ["IMG_1.png", "IMG_1.MOV"]);
});

test("a video that is longer than that of a Live Photo, or of unknown length, is one by itself", async () => {
    const of = (milliseconds) => plan(["1.JPG", "1.MOV"], { "1.MOV": { milliseconds } });
    const [together, apart] = [["1.MOV: video of 1.JPG", "1.JPG"], ["1.JPG", "1.MOV"]];
    equal([await of(1), await of(6000)], [together, together]);
    equal([await of(0), await of(6001), await of(undefined)], [apart, apart, apart]);
});

test("where both halves have an identifier, it decides", async () => {
    const of = (one, other) => plan(["1.JPG", "1.MOV"], { "1.JPG": { identifier: one }, "1.MOV": { identifier: other, milliseconds: 9000 } });
    equal([(await of("A", "A")).length, (await of("A", "A"))[0]], [2, "1.MOV: video of 1.JPG"]);
    equal(await of("A", "B"), ["1.JPG", "1.MOV"]);
    equal(await of(undefined, "B"), ["1.JPG", "1.MOV"]);
});

test("of two pictures the HEIC has what belongs to the shot, unless an identifier says otherwise", async () => {
    const paths = ["1.JPG", "1.HEIC", "1.MOV", "1.DNG", "1.AAE"];
    equal(await plan(paths, { "1.MOV": live }),
        ["1.JPG", "1.DNG: raw of 1.HEIC", "1.MOV: video of 1.HEIC", "1.AAE: sidecar of 1.HEIC", "1.HEIC"]);
    const facts = { "1.JPG": { identifier: "A" }, "1.HEIC": { identifier: "B" }, "1.MOV": { identifier: "A" } };
    equal((await plan(paths.slice(0, 3), facts))[0], "1.MOV: video of 1.JPG");
});

test("a raw file belongs to the picture of a camera beside it, and is one by itself elsewhere", async () => {
    equal(await plan(["1.CR2", "1.JPG"]), ["1.CR2: raw of 1.JPG", "1.JPG"]);
    equal(await plan(["1.CR2", "1.png"]), ["1.CR2", "1.png"]);
    equal(await plan(["1.DNG", "1.MOV"], { "1.MOV": live }), ["1.MOV: video of 1.DNG", "1.DNG"]);
});

test("edits belong to what they are named after, and are files without it", async () => {
    equal(await plan(["1.MOV", "1.xmp"]), ["1.xmp: sidecar of 1.MOV", "1.MOV"]);
    equal(await plan(["1.CR2", "1.JPG", "1.CR2.xmp"]), ["1.CR2: raw of 1.JPG", "1.CR2.xmp: sidecar of 1.JPG", "1.JPG"]);
    equal(await plan(["IMG_1.JPG", "IMG_E1.JPG", "IMG_O1.AAE"]), ["IMG_O1.AAE: sidecar of IMG_1.JPG", "IMG_1.JPG", "IMG_E1.JPG"]);
    equal(await plan(["2.AAE", "notes.txt", "2.txt"]), ["2.AAE", "2.txt", "notes.txt"]);
});

test("little is read, and only of what may be a Live Photo", async () => {
    const asked = [];
    const items = ["1.JPG", "2.MOV", "3.JPG", "3.MOV"].map((path) => ({ path, file: { name: path, type: "" } }));
    for await (const _ of inShots(items, async ({ name }) => asked.push(name) && {}));
    equal(asked, ["3.JPG", "3.MOV"]);
});

// What files say

const bytes = (...values) => new Uint8Array(values);
const number = (value, count = 4) => bytes(...Array.from({ length: count }, (_, place) => (value / 2 ** (8 * (count - 1 - place))) & 255));
const box = (type, ...parts) => new Blob([number(8 + new Blob(parts).size), type, ...parts]);
const header = (scale, duration) => box("mvhd", number(0), number(0, 8), number(scale), number(duration), number(0, 80));
const long = (scale, duration) => box("mvhd", bytes(1, 0, 0, 0), number(0, 16), number(scale), number(duration, 8), number(0, 80));
const metadata = (identifier, version = []) => box(
    "meta", ...version, box("hdlr", number(0, 24)),
    box("keys", number(0), number(2), box("mdta", "com.apple.other"), box("mdta", "com.apple.quicktime.content.identifier")),
    box("ilst", box("\x00\x00\x00\x01", box("data", number(1, 8), "x")), box("\x00\x00\x00\x02", box("data", number(1, 8), identifier))),
);
const movie = (...parts) => new Blob([box("ftyp", "qt  "), box("mdat", number(0, 64)), box("moov", ...parts)]);

test("a movie says its length and the identifier of its Live Photo", async () => {
    equal(await factsOf(movie(header(600, 1750), metadata("A-1"))), { milliseconds: 2916, identifier: "A-1" });
    equal(await factsOf(movie(long(1000, 2900), box("trak"))), { milliseconds: 2900 });
    equal((await factsOf(movie(box("udta", metadata("A-2", [number(0)]))))).identifier, "A-2");
});

test("a picture says the identifier in Apple's notes", async () => {
    const entry = (tag, type, count, value) => new Blob([number(tag, 2), number(type, 2), number(count), number(value)]);
    const notes = new Blob(["Apple iOS\0", bytes(0, 1), "MM", number(2, 2), entry(1, 9, 1, 7), entry(0x11, 2, 4 + 2, 44), number(0), "A-123\0"]);
    equal((await factsOf(new Blob([bytes(0xff, 0xd8), "before", notes, "after"]))).identifier, "A-123");
});

test("what is damaged, cut off or something else says nothing", async () => {
    const whole = movie(header(600, 1750), metadata("A-1"));
    for (const size of [0, 3, 12, 90, whole.size - 10]) equal((await factsOf(whole.slice(0, size))).identifier, undefined);
    equal(await factsOf(movie(header(0, 5))), {});
    equal(await factsOf(new Blob(["Apple iOS\0"])), {});
    equal(await factsOf(new Blob([number(1), "moov", number(2 ** 52, 8)])), {});
    equal(await factsOf({ size: 100, slice: () => ({ arrayBuffer: async () => { throw new Error("NotReadableError"); } }) }), {});
});
