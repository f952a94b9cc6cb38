import { Fault } from "../page/fault.js";
import { Session } from "../page/session.js";
import { checksumField, metadataField, Tus } from "../page/tus.js";
import { equal, test, throws } from "./harness.js";

export const answer = (status, fields = {}, document = undefined) => ({
    status, text: document ? JSON.stringify(document) : "", header: (name) => fields[name] ?? null,
});
const endpoint = new URL("https://photos.example.org/wharf/files");

/** A tus over answers that are given, and what was asked of it. */
function scripted(...answers) {
    const asked = [];
    const tus = new Tus(async (request) => (asked.push(request), answers.shift()));
    return { tus, asked };
}

test("a creation says length, name and key, and finds its upload below the page's own address", async () => {
    const { tus, asked } = scripted(answer(201, { Location: "http://10.0.0.5:8080/files/0a1b" }));
    const made = await tus.create(endpoint, { length: 5, metadata: { filename: "ä.jpg", derive: "photo" }, key: "k" });
    equal(made, { url: "https://photos.example.org/wharf/files/0a1b", offset: 0 });
    equal(asked[0].headers, {
        "Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": "filename w6QuanBn,derive cGhvdG8=",
        "Idempotency-Key": '"k"',
    });
});

test("what has no value is no metadata", () => equal(metadataField({ a: "", b: "x" }), "b eA=="));

test("a chunk has its offset and its checksum, and its answer the next offset", async () => {
    const bytes = new TextEncoder().encode("abc").buffer;
    const { tus, asked } = scripted(answer(204, { "Upload-Offset": "10" }));
    equal(await tus.append("u", { offset: 7, bytes, digest: await checksumField(bytes) }), { offset: 10 });
    equal(asked[0].headers["Upload-Checksum"], "sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    equal(asked[0].headers["Upload-Offset"], "7");
});

test("every answer says until when the upload is kept", async () => {
    const expires = "Mon, 07 Dec 2026 12:00:00 GMT";
    const fields = { "Upload-Offset": "0", "Upload-Length": "5", "Upload-Expires": expires, Location: "/files/0a1b" };
    const { tus } = scripted(answer(201, fields), answer(200, fields), answer(204, fields), answer(200, { ...fields, "Upload-Expires": "?" }));
    const found = [
        await tus.create(endpoint, { length: 5, metadata: {}, key: "k" }), await tus.status("u"),
        await tus.append("u", { offset: 0, bytes: new ArrayBuffer(1) }), await tus.status("u"),
    ];
    equal(found.map((told) => told.expires), [...Array(3).fill(Date.parse(expires)), undefined]);
});

test("an answer without an offset is not taken for progress", async () => {
    const { tus } = scripted(answer(204));
    await throws("busy", () => tus.append("u", { offset: 0, bytes: new ArrayBuffer(1) }));
});

test("what does not exist any more has been terminated", async () => {
    const { tus } = scripted(answer(404), answer(503));
    await tus.terminate("u");
    await throws("busy", () => tus.terminate("u"));
});

test("statuses mean what they mean", () => {
    const kind = (status, code) => Fault.of(answer(status, {}, { code })).kind;
    equal([401, 404, 410, 423, 429, 503, 507, 460, 413, 403].map((status) => kind(status)), [
        "unauthenticated", "gone", "gone", "busy", "busy", "busy", "busy", "damaged", "refused", "refused",
    ]);
    equal([kind(400, "superseded"), kind(400, "invalid_argument")], ["overtaken", "refused"]);
    equal([kind(409, "offset_mismatch"), kind(409, "superseded"), kind(409, "in_use")], ["conflict", "conflict", "refused"]);
});

test("a refusal has the limit that was exceeded", () => {
    equal(Fault.of(answer(413, {}, { code: "too_large", maximum: 1048576 })).maximum, 1048576);
    equal(Fault.of(answer(413, {}, { code: "too_large", maximum: "x" })).maximum, undefined);
    equal(Fault.of(answer(413, {}, { code: "too_large", limit: "name_bytes", maximum: 255 })).limit, "name_bytes");
});

test("Retry-After comes in seconds or as a date", () => {
    equal(Fault.of(answer(503, { "Retry-After": "7" })).retryAfter, 7);
    const date = new Date(Date.now() + 60_000).toUTCString();
    const seconds = Fault.of(answer(503, { "Retry-After": date })).retryAfter;
    equal(seconds > 55 && seconds <= 60, true);
    equal(Fault.of(answer(503, { "Retry-After": "soon" })).retryAfter, undefined);
});

function storage() {
    const values = new Map();
    return {
        getItem: (name) => values.get(name) ?? null, setItem: (name, value) => values.set(name, value),
        removeItem: (name) => values.delete(name),
    };
}

test("who comes while a person is being asked for a token waits for the same answer", async () => {
    let asked = 0;
    const session = new Session(async () => ((asked += 1), { token: "t", remember: false }), { tab: storage(), device: storage() });
    const send = session.authorising(async ({ headers }) => answer(headers.Authorization === "Bearer t" ? 200 : 401));
    const answers = await Promise.all([send({}), send({}), send({})]);
    equal([asked, ...answers.map((found) => found.status)], [1, 200, 200, 200]);
});

test("whoever does not sign in is told so", async () => {
    const session = new Session(async () => null, { tab: storage(), device: storage() });
    equal((await session.authorising(async () => answer(401))({})).status, 401);
});
