import { inputTypes, pickerTypes } from "../page/drops.js";
import { Fault } from "../page/fault.js";
import { matchesType, typeOf } from "../page/kinds.js";
import { Link, linkIdentifier } from "../page/link.js";
import { linkOf } from "../page/link-form.js";
import { guestFacts, linkLimitsText, linkStatusText, typesText } from "../page/link-text.js";
import { LinkToken, tokenIn } from "../page/link-token.js";
import { carryingLink } from "../page/link-transport.js";
import { Store } from "../page/store.js";
import { equal, test, throws } from "./harness.js";
import { answer } from "./protocol.js";

const NOW = Date.parse("2026-12-01T12:00:00Z");
const LATER = "2026-12-02T12:00:00Z";
const plain = (text) => text?.replaceAll("\u00a0", " ");

function linkWith(limits = {}, time = NOW) {
    const link = new Link();
    link.update({ title: "", expires_at: LATER, ...limits }, time, NOW);
    return link;
}

const photo = (size = 1000) => ({ name: "a.jpg", type: "image/jpeg", size });

// The token

function opened(hash, stored = new Map()) {
    const replaced = [];
    const token = new LinkToken({
        location: { hash, pathname: "/wharf/drop", search: "?a" }, history: { replaceState: (...parts) => replaced.push(parts[2]) },
        storage: () => ({ getItem: (name) => stored.get(name) ?? null, setItem: (name, value) => stored.set(name, value) }),
    });
    return { token, replaced, stored };
}

test("the token leaves the address at once and outlives a reload of the tab", () => {
    const { token, replaced, stored } = opened("#link_a.B-c");
    equal([token.value, replaced], ["link_a.B-c", ["/wharf/drop?a"]]);
    equal(opened("", stored).token.value, "link_a.B-c");
    equal(opened("#link_d", stored).token.value, "link_d");
});

test("what is no token is left alone", () => {
    equal(["", "#", "#photos", "#link_", "#link_a b", "#link_%", "#wharf_abc"].map(tokenIn), Array(7).fill(null));
    equal(tokenIn("#link_ab%3D"), "link_ab=");
    const { token, replaced } = opened("#photos");
    equal([token.value, replaced], [null, []]);
});

test("a token works in a browser that stores nothing", () => {
    const token = new LinkToken({
        location: { hash: "#link_a", pathname: "/drop", search: "" }, history: { replaceState: () => {} },
        storage: () => { throw new Error("SecurityError"); },
    });
    equal(token.value, "link_a");
});

test("links are told apart by a digest that does not tell the token", async () => {
    const [one, again, other] = await Promise.all(["link_a", "link_a", "link_b"].map(linkIdentifier));
    equal([one === again, one === other, one.includes("link_")], [true, false, false]);
});

test("each link has records of its own", async () => {
    const [own, guests] = [new Store(), new Store("link:1")];
    const endpoint = new URL("https://a.example/files");
    equal([own.key(endpoint, "p"), guests.key(endpoint, "p")], ["/files p", "link:1 /files p"]);
    for (const store of [own, guests]) await store.put({ key: store.key(endpoint, "p"), print: "p", url: "u" });
    for (const store of [own, guests, new Store("link:2")]) {
        equal((await store.unfinished()).map(({ link }) => link), store.link === "link:2" ? [] : [store.link]);
    }
    for (const store of [own, guests]) await store.delete(store.key(endpoint, "p"));
});

// Limits

test("a link permits what its limits do not exclude", () => {
    equal(linkWith().refusal(photo(1e15), NOW), null);
    const link = linkWith({ types: ["image/*"], file_bytes_max: 2000, bytes_left: 1500, files_left: 3, uses_left: 1 });
    equal([link.refusal(photo(), NOW), link.filesLeft], [null, 1]);
    equal(plain(link.refusal(photo(3000), NOW)), "Not sent: this link takes files of at most 2.0 kB.");
    equal(plain(link.refusal(photo(1800), NOW)), "Not sent: this link takes only 1.5 kB more.");
    equal(link.refusal({ name: "a.pdf", type: "application/pdf", size: 1 }, NOW), "Not sent: this link takes photos only.");
    for (const limits of [{ files_left: 5, uses_left: 0 }, { files_left: -1 }, { bytes_left: 0 }]) {
        equal([linkWith(limits).state(NOW), linkWith(limits).refusal(photo(), NOW)], ["full", "Not sent: this link takes no more files."]);
    }
});

test("a link expires by the server's clock", () => {
    const expiry = Date.parse(LATER);
    equal([linkWith().state(expiry - 1), linkWith().state(expiry)], ["open", "expired"]);
    // This device is two days behind.
    equal(linkWith({}, NOW + 2 * 86_400_000).state(NOW), "expired");
    equal(linkWith({}, NOW + 43_200_000).secondsLeft(NOW), 43_200);
    equal(linkWith().refusal(photo(), expiry), "This upload link has expired.");
});

test("what the server refused has ended until it says otherwise", () => {
    const link = linkWith();
    link.end("removed");
    equal([link.state(NOW), link.refusal(photo(), NOW)], ["removed", "This upload link does not work any more."]);
    link.update({ expires_at: LATER }, NOW, NOW);
    equal(link.state(NOW), "open");
    const unknown = new Link();
    unknown.end("expired");
    equal([unknown.state(), unknown.title, unknown.types], ["expired", "", []]);
});

test("types match by kind or exactly, whatever their case and parameters", () => {
    equal(matchesType("image/JPEG; q=1", ["image/*"]), true);
    equal(matchesType("video/mp4", ["image/*", "VIDEO/mp4"]), true);
    equal(matchesType("video/quicktime", ["image/*", "video/mp4"]), false);
    equal(matchesType("imagery/png", ["image/*"]), false);
    equal([matchesType("a/b", []), matchesType("a/b", ["*/*"])], [true, true]);
    equal(typeOf({ name: "FILM.MOV", type: "" }), "video/quicktime");
});

test("browsers offer what the link takes, or everything", () => {
    equal(inputTypes(["image/*", "video/mp4"]), ["image/*", "video/mp4", ".heic", ".heif"]);
    equal([inputTypes([]), inputTypes(["video/*"])], [[], ["video/*"]]);
    equal([pickerTypes([]), pickerTypes(["*/*"]), pickerTypes(["image/*", "x"])], [undefined, undefined, undefined]);
    equal(pickerTypes(["image/*", "video/mp4"]), [{ accept: { "image/*": [".heic", ".heif"], "video/mp4": [] } }]);
});

// The transport

test("a refused token ends the link, and refusals are the server's words", async () => {
    let count = 0;
    const asked = [];
    const answers = [
        answer(200), answer(401), answer(403, {}, { title: "The link has expired.", code: "forbidden" }),
        answer(409, {}, { title: "No room.", code: "quota_exceeded" }),
    ];
    const send = carryingLink("link_a", async (request) => (asked.push(request), answers.shift()), () => (count += 1));
    equal((await send({ headers: { A: "b" } })).status, 200);
    equal(asked[0].headers, { A: "b", Authorization: "Bearer link_a" });
    equal((await throws("refused", () => send({}))).message, "This upload link does not work any more.");
    const expired = await throws("refused", () => send({}));
    equal([expired.message, expired.code, expired.status], ["The link has expired.", "", 403]);
    equal((await throws("refused", () => send({}))).message, "No room.");
    equal(count, 1);
});

test("answers that are not about the link are left to whoever asked", async () => {
    for (const status of [404, 423, 429, 503]) {
        const send = carryingLink("link_a", async () => answer(status), () => { throw new Fault("removed"); });
        equal((await send({})).status, status);
    }
});

// Words

test("types have names that people use", () => {
    equal(typesText(["image/*"]), "photos");
    equal(typesText(["image/*", "video/*"]), "photos and videos");
    equal(typesText(["image/*", "video/mp4", "application/pdf"]), "photos, MP4 files and PDF files");
    equal(typesText([]), "files");
});

test("guests read what is left", () => {
    const facts = guestFacts(linkWith({ types: ["video/*"], files_left: 1, bytes_left: -5, file_bytes_max: 2e9 }), NOW);
    equal(facts.slice(1).map(plain), ["Videos only", "Up to 1 more file", "Room for 0 bytes", "At most 2.0 GB each"]);
    equal([facts[0].startsWith("Open until "), facts[0].endsWith(" · 24 hours left")], [true, true]);
    equal(guestFacts(linkWith({ files_left: 0 }), NOW)[1], "No more files");
});

test("owners read what came in and what the limits are", () => {
    const link = { expires_at: LATER, files: 12, bytes: 3_400_000, files_max: 100, bytes_max: 5e9, types: ["image/*", "video/*"] };
    equal(plain(linkStatusText(link, NOW)).endsWith("· 12 files, 3.4 MB"), true);
    equal(linkStatusText({ ...link, files: 0 }, Date.parse(LATER)).startsWith("Expired on "), true);
    equal(plain(linkLimitsText(link)), "At most 100 files, 5.0 GB · Photos and videos only");
    equal([linkLimitsText({}), linkLimitsText({ uses_max: 1 })], ["", "At most 1 upload"]);
});

test("what is left empty in the form is no limit", () => {
    const values = { title: " ", days: 7, files: NaN, gigabytes: NaN, isMediaOnly: false };
    equal(linkOf(values, NOW), { expires_at: "2026-12-08T12:00:00.000Z" });
    equal(linkOf({ title: " Trip ", days: 1, files: 20, gigabytes: 1.5, isMediaOnly: true }, NOW), {
        expires_at: "2026-12-02T12:00:00.000Z", title: "Trip", files_max: 20, bytes_max: 1.5e9, types: ["image/*", "video/*"],
    });
});
