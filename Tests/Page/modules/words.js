import { Fault } from "../page/fault.js";
import { isDebris, isPhoto, typeOf } from "../page/kinds.js";
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
    equal([large.isFinal, new Fault("refused", "x", { code: "forbidden" }).isFinal, new Fault("busy").isFinal], [true, false, false]);
    equal(faultText(new Fault("network")), "The server cannot be reached.");
});

test("photos are told by type, and by name where there is no type", () => {
    equal(isPhoto({ name: "a.heic", type: "" }), true);
    equal(isPhoto({ name: "a.HEIC", type: "image/heic" }), true);
    equal(isPhoto({ name: "a.svg", type: "image/svg+xml" }), false);
    equal(typeOf({ name: "noending", type: "" }), "application/octet-stream");
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
