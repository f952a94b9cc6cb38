import { frameOf, isBefore, layOut, placeOf, rangeOf } from "../page/layout.js";
import { photoOf } from "../page/photo.js";
import { Selection } from "../page/selection.js";
import { Lens } from "../page/zoom.js";
import { equal, test } from "./harness.js";

const frame = { width: 1000, row: 200, gap: 10, heading: 50 };
const photos = (...months) => months.flatMap(([month, ...ratios]) => ratios.map((ratio) => ({ month, ratio })));
const round = (values) => [...values].map(Math.round);

test("full rows are as wide as the grid and no higher than asked for, the last one of a month is not stretched", () => {
    const layout = layOut(photos(["2026-07", 2, 2, 2, 1], ["2026-06", 1.5]), frame);
    equal(round(layout.tall), [163, 163, 163, 200, 200]);
    equal(round(layout.left), [0, 337, 673, 0, 0]);
    equal(round(layout.width.slice(0, 3)), [327, 327, 327]);
    equal(layout.months.map(({ key, first, end, top }) => [key, first, end, Math.round(top)]), [["2026-07", 0, 4, 0], ["2026-06", 4, 5, 443]]);
    equal(round(layout.top), [50, 50, 50, 223, 50]);
    equal(Math.round(layout.height), 443 + 50 + 200 + 10 + 10);
});

test("on a phone photos are squares in columns", () => {
    const layout = layOut(photos(["2026-07", 2, 0.5, 1, 1]), { width: 320, gap: 10, heading: 40, columns: 3 });
    equal([round(layout.width), round(layout.tall)], [[100, 100, 100, 100], [100, 100, 100, 100]]);
    equal([round(layout.left), round(layout.top)], [[0, 110, 220, 0], [40, 40, 40, 150]]);
});

test("phones have three columns, small tablets four, and wider windows rows", () => {
    equal([360, 480, 481, 760, 761].map((width) => frameOf(width - 20, width).columns ?? null), [3, 3, 4, 4, null]);
});

test("no photo is no grid, and one that is wider than the grid fits into it", () => {
    equal([layOut([], frame).height, layOut([], frame).months], [0, []]);
    equal(round(layOut(photos(["2026-07", 20]), frame).width), [1000]);
});

test("a range has every photo that touches it and no other", () => {
    const layout = layOut(photos(["2026-07", ...Array.from({ length: 300 }, () => 1)]), frame);
    for (const [from, to] of [[-500, -1], [0, 100], [1234, 1234], [3000, 4000], [99_999, 100_000]]) {
        const { first, end } = rangeOf(layout, from, to);
        const wanted = [...layout.start.keys()].filter((index) => layout.start[index] + layout.tall[index] >= from && layout.start[index] <= to);
        equal([end - first, wanted.length > 0 ? first : 0], [wanted.length, wanted[0] ?? 0].map((value, place) => (place === 1 && wanted.length === 0 ? 0 : value)));
    }
});

test("photos are in the order of their time, and of one time that of their addition", () => {
    const at = (shownAt, id) => ({ shownAt, id });
    const list = [at(3, "a"), at(2, "c"), at(2, "b"), at(1, "d")];
    equal(list.slice(1).map((photo, index) => isBefore(list[index], photo)), [true, true, true]);
    equal([at(4, "x"), at(2, "d"), at(2, "bb"), at(2, "a"), at(0, "x")].map((photo) => placeOf(photo, list)), [0, 1, 2, 3, 4]);
});

test("a photo belongs to the month of the camera's clock", () => {
    const month = (fields) => photoOf({ id: "1", assets: [], created_at: "2026-06-30T23:30:00.000Z", ...fields }).month;
    equal(month({ taken_at: "2026-06-30T22:30:00.000Z", taken_at_zone: "+02:00" }), "2026-07");
    equal([month({ taken_at: "2026-06-30T23:59:59" }), month({})], ["2026-06", "2026-06"]);
});

test("what was uploaded is downloaded, and a film plays itself", () => {
    const asset = (kind, type, blob) => ({ kind, type, blob, size: 1 });
    const live = photoOf({ id: "1", created_at: "2026-06-30T10:00:00Z", assets: [
        asset("original", "image/heic", "a"), asset("thumb", "image/webp", "b"), asset("video", "video/quicktime", "c"), asset("raw", "image/x-raw", "d"),
        asset("sidecar", "application/rdf+xml", "e"), asset("sidecar", "application/octet-stream", "f"),
    ] });
    equal([live.blobs, live.isFilm, live.film.blob], [["a", "d", "c", "e", "f"], false, "c"]);
    const film = photoOf({ id: "1", created_at: "2026-06-30T10:00:00Z", state: "original_only", reason: "x", assets: [asset("original", "video/mp4", "a")] });
    equal([film.isFilm, film.film.blob, film.reason], [true, "a", null]);
});

test("a point that is magnified around stays where it is", () => {
    const lens = new Lens({ picture: { width: 1000, height: 800 }, stage: { width: 1000, height: 800 } });
    lens.magnify(2, 100, -50);
    equal([lens.scale, lens.x, lens.y], [2, -100, 50]);
    lens.magnify(2, 100, -50);
    equal([lens.scale, lens.x, lens.y], [4, -300, 150]);
    lens.magnify(100);
    equal(lens.scale, 8);
    lens.magnify(0.001, 300, 300);
    equal([lens.scale, lens.x, lens.y], [1, 0, 0]);
});

test("a magnified picture is moved to its edges and no further", () => {
    const lens = new Lens({ picture: { width: 400, height: 800 }, stage: { width: 1000, height: 800 } });
    lens.magnify(2);
    lens.move(500, 500);
    equal([lens.x, lens.y], [0, 400]);
    lens.magnify(2);
    lens.move(-5000, -5000);
    equal([lens.x, lens.y], [-300, -1200]);
    lens.toggle(0, 0);
    equal([lens.scale, lens.x, lens.y, lens.isMagnified], [1, 0, 0, false]);
});

test("photos are chosen one by one, from one to another, and by month", () => {
    const all = ["a", "b", "c", "d", "e"];
    let count = 0;
    const selection = new Selection(() => (count += 1));
    selection.begin();
    selection.press("b", all);
    selection.press("d", all, true);
    equal([...selection.photos], ["b", "c", "d"]);
    selection.press("c", all);
    selection.press("a", all, true);
    equal([...selection.photos].sort(), ["a", "b", "c", "d"]);
    selection.pressAll(["a", "e"]);
    selection.pressAll(["a", "b"]);
    equal([...selection.photos].sort(), ["c", "d", "e"]);
    selection.end();
    equal([selection.photos.size, selection.isOn, count], [0, false, 8]);
});
