import { Fault } from "../page/fault.js";
import { becomesPhoto, isDebris, roleOf, symbolOf, typeOf } from "../page/kinds.js";
import { photoOf } from "../page/photo.js";
import { bytesText, countText, durationText, faultText, percentText } from "../page/text.js";
import { equal, test } from "./harness.js";

const plain = (text) => text.replaceAll("\u00a0", " ");

test("sizes are short", () => {
    const texts = [0, 1, 999, 1000, 1500, 99_400, 999_499, 999_500, 12_345_678, 5e12].map((bytes) => plain(bytesText(bytes)));
    equal(texts, ["0 bytes", "1 byte", "999 bytes", "1.0 kB", "1.5 kB", "99.4 kB", "999 kB", "1.0 MB", "12.3 MB", "5.0 TB"]);
});

test("times are rough", () => {
    const texts = [1, 12, 54, 61, 89, 3000, 4000, 200_000].map(durationText);
    equal(texts, ["a few seconds", "15 seconds", "55 seconds", "1 minute", "1 minute", "50 minutes", "1 hour", "2 days"]);
});

test("one is singular, and everything is only everything at the end", () => {
    equal([countText(1, "file"), countText(1234, "file")], ["1 file", "1,234 files"]);
    equal([plain(percentText(999, 1000)), plain(percentText(1000, 1000)), plain(percentText(0, 0))], ["99 %", "100 %", "100 %"]);
});

test("a refusal is told in the server's words", () => {
    equal(faultText(new Fault("refused", "The name has a slash.", { status: 400 })), "The name has a slash.");
    equal(faultText(new Fault("refused", "x", { code: "too_large" })), "This file is larger than the server takes.");
    const large = new Fault("refused", "x", { code: "too_large", maximum: 5e9 });
    equal(plain(faultText(large)), "This file is larger than the server takes: 5.0 GB at most.");
    const file = (limit) => plain(faultText(new Fault("refused", "The server's.", { code: "too_large", maximum: 1 << 20, limit })));
    equal(["upload_bytes", "link_file_bytes"].map(file), Array(2).fill("This file is larger than the server takes: 1.0 MB at most."));
    equal(["name_bytes", "links", "chunk_size"].map(file), Array(3).fill("The server's."));
    equal([large.isFinal, new Fault("refused", "x", { code: "forbidden" }).isFinal, new Fault("busy").isFinal], [true, false, false]);
    equal(faultText(new Fault("network")), "The server cannot be reached.");
});

test("files are told by their endings, and by the browser's type where these say nothing", () => {
    const roles = (...names) => names.map((name) => roleOf({ name, type: "" }));
    equal(roles("a.heic", "a.JXL", "a.bmp", "a.jp2", "a.psd"), Array(5).fill("picture"));
    equal(roles("a.dng", "a.CR2", "a.cr3", "a.nef", "a.arw", "a.raf", "a.rw2", "a.orf"), Array(8).fill("raw"));
    equal(roles("a.mov", "a.MTS", "a.3gp", "a.mkv"), Array(4).fill("video"));
    equal(roles("a.aae", "a.CR2.xmp", "a.svg", "a.txt", "noending"), ["sidecar", "sidecar", "other", "other", "other"]);
    const typed = (name, type) => roleOf({ name, type });
    equal([typed("image", "image/png"), typed("a.xyz", "video/mp4"), typed("a.svg", "image/svg+xml")], ["picture", "video", "other"]);
    // Some browsers give a sidecar the type of the picture, and every one TypeScript that of a film.
    equal([typed("a.xmp", "image/jpeg"), typed("app.ts", "video/mp2t")], ["sidecar", "other"]);
    equal(["a.DNG", "b.xmp", "noending"].map((name) => typeOf({ name, type: "" })),
        ["image/x-adobe-dng", "application/rdf+xml", "application/octet-stream"]);
    equal(["a.jpg", "a.nef", "a.mov", "a.xmp"].map((name) => symbolOf({ name, type: "" })), ["photo", "photo", "film", "file"]);
});

test("without previews only photos wait for them", () => {
    const names = ["a.jpg", "a.heic", "a.dng", "a.bmp", "a.mov", "a.aae", "a.txt"];
    const becoming = (isDeriving) => names.filter((name) => becomesPhoto({ name, type: "" }, isDeriving));
    equal([becoming(true), becoming(false)], [["a.jpg", "a.heic", "a.dng", "a.bmp", "a.mov"], ["a.jpg", "a.heic"]]);
});

test("a time of capture stays what the camera's clock showed", () => {
    const at = (fields) => photoOf({ id: "1", assets: [], created_at: "2026-06-30T10:00:00.000Z", ...fields }).at;
    equal(at({ taken_at: "2026-06-01T16:30:00.000Z", taken_at_zone: "+02:00" }), "2026-06-01T18:30:00.000");
    equal(at({ taken_at: "2026-06-01T03:30:00.000Z", taken_at_zone: "-09:30" }), "2026-05-31T18:00:00.000");
    equal([at({ taken_at: "2026-06-01T18:30:00" }), at({})], ["2026-06-01T18:30:00", "2026-06-30T10:00:00.000Z"]);
});

test("debris of systems is left out", () => {
    equal([".DS_Store", "Thumbs.db", "._IMG_1.jpg", "IMG_1.jpg"].map(isDebris), [true, true, true, false]);
});
