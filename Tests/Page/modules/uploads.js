import { Fault } from "../page/fault.js";
import { Queue } from "../page/queue.js";
import { statusText } from "../page/row.js";
import { dateText } from "../page/text.js";
import { unfinishedText } from "../page/unfinished-view.js";
import { Upload } from "../page/upload.js";
import { mostUrgent, titleOf } from "../page/uploads-view.js";
import { equal, test } from "./harness.js";

const MiB = 1 << 20;

/** A server that keeps uploads in memory, and fails as it is told to. */
export class Server {
    uploads = new Map();
    faults = [];
    calls = [];

    #enter(call) {
        this.calls.push(call);
        const fault = this.faults.shift();
        if (fault) throw fault;
    }

    async create(_, { length, metadata, key, bytes }) {
        this.#enter("create");
        this.metadata = metadata;
        const known = [...this.uploads.values()].find((upload) => upload.key === key);
        const upload = known ?? { url: `u${this.uploads.size}`, key, length, offset: bytes?.byteLength ?? 0 };
        this.uploads.set(upload.url, upload);
        return upload;
    }

    async status(url) {
        this.#enter("status");
        if (!this.uploads.has(url)) throw new Fault("gone");
        return this.uploads.get(url);
    }

    async append(url, { offset, bytes }) {
        this.#enter(`append ${offset}`);
        const upload = this.uploads.get(url);
        if (!upload) throw new Fault("gone");
        if (upload.offset !== offset) throw new Fault("conflict");
        upload.offset += bytes.byteLength;
        return upload;
    }

    async terminate(url) {
        this.#enter("terminate");
        this.uploads.delete(url);
    }
}

const soon = (kind) => new Fault(kind, "", { retryAfter: 0.001 });

export function uploadOf(server, size, { record = { key: "k" }, changed = () => {}, file, admit, load } = {}) {
    const saved = [];
    const upload = new Upload({
        file: file ?? new File([new Uint8Array(size)], "a.jpg"), endpoint: new URL("http://x/files"), metadata: {}, tus: server,
        record, changed, admit, load, save: async (record) => saved.push({ ...record }),
    });
    upload.saved = saved;
    return upload;
}

test("a file goes in chunks, and each step is saved before the next", async () => {
    const server = new Server();
    const upload = uploadOf(server, 3 * MiB);
    await upload.run();
    equal([upload.state, upload.acknowledged], ["done", 3 * MiB]);
    equal(server.calls, ["create", "append 0", "append 1048576"]);
    equal(upload.saved.map((record) => record.offset), [undefined, 0, MiB, 3 * MiB, 3 * MiB]);
    equal(upload.saved.at(-1).isDone, true);
});

test("a small file goes along with its creation, and an empty one needs no bytes", async () => {
    for (const size of [0, 1000]) {
        const server = new Server();
        const upload = uploadOf(server, size);
        await upload.run();
        equal([upload.state, server.calls], ["done", ["create"]]);
    }
});

test("after trouble that passes it asks for the offset and goes on", async () => {
    const server = new Server();
    server.faults = [null, null, soon("network")];
    const upload = uploadOf(server, 2 * MiB);
    await upload.run();
    equal([upload.state, server.calls], ["done", ["create", "append 0", "append 1048576", "status", "append 1048576"]]);
});

test("trouble that passes never starts over, however often it comes", async () => {
    const server = new Server();
    server.faults = [null, ...Array.from({ length: 20 }, () => soon("busy"))];
    const upload = uploadOf(server, MiB);
    const run = upload.run();
    for (let round = 0; round < 400 && upload.state !== "done"; round++) {
        upload.wake();
        await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await run;
    equal([upload.state, server.uploads.size, server.calls.filter((call) => call === "create").length], ["done", 1, 1]);
});

test("a creation whose answer was lost does not make another upload", async () => {
    const server = new Server();
    const create = server.create.bind(server);
    server.create = async (...parts) => {
        await create(...parts);
        server.create = create;
        throw soon("network");
    };
    const upload = uploadOf(server, MiB);
    await upload.run();
    equal([upload.state, server.uploads.size], ["done", 1]);
});

test("an upload that vanished starts over by itself", async () => {
    const server = new Server();
    const upload = uploadOf(server, MiB, { record: { key: "k", url: "gone", creation: "c", offset: 500 } });
    equal(upload.acknowledged, 500);
    await upload.run();
    equal([upload.state, server.calls], ["done", ["status", "create", "append 0"]]);
});

test("an upload that expired starts over and says so, and is kept until a new time", async () => {
    const record = { key: "k", url: "gone", creation: "c", offset: 500, expires: Date.now() - 1 };
    const server = new Server();
    const upload = uploadOf(server, MiB, { record });
    await upload.run();
    equal([upload.state, upload.hadExpired, record.expires], ["done", true, undefined]);
    const later = Date.now() + 60_000;
    const lost = uploadOf(server, MiB, { record: { key: "l", url: "gone", creation: "d", offset: 500, expires: later } });
    await lost.run();
    equal([lost.state, lost.hadExpired], ["done", false]);
    equal(statusText({ ...upload, state: "sending", size: MiB, sent: 0, hadExpired: true }, 0).split(" · ").at(-1),
        "Started over: what was stored of it had expired");
});

test("an upload that another tab goes on with is not fought for", async () => {
    const server = new Server();
    server.faults = [null, new Fault("overtaken")];
    const upload = uploadOf(server, MiB);
    await upload.run();
    equal([upload.state, upload.fault.kind, server.calls], ["failed", "overtaken", ["create", "append 0"]]);
    upload.wait();
    await upload.run();
    equal([upload.state, server.calls.slice(2)], ["done", ["status", "append 0"]]);
});

test("what is unfinished says how much of it is kept, and until when", () => {
    const time = Date.parse("2026-12-07T12:00:00Z");
    const text = (record, now) => unfinishedText(record, now).replaceAll("\u00a0", " ");
    equal(text({ size: 2000 }, time), "Not begun, 2.0 kB");
    equal(text({ url: "u", size: 2000, offset: 500, expires: time }, time - 1), `25 % stored, 1.5 kB missing · kept until ${dateText(time)}`);
    equal(text({ url: "u", size: 2000, offset: 500, expires: time }, time), `Expired on ${dateText(time)}: it will start over`);
    equal(text({ url: "u", size: 2000, offset: 500 }, time), "25 % stored, 1.5 kB missing");
});

test("one that vanishes each time is given up after a while", async () => {
    const server = new Server();
    server.append = async () => {
        throw new Fault("gone");
    };
    const upload = uploadOf(server, MiB);
    await upload.run();
    equal([upload.state, upload.fault.kind, server.calls.length], ["failed", "gone", 4]);
});

test("what the server has already is not sent again", async () => {
    const server = new Server();
    server.uploads.set("u", { url: "u", length: MiB, offset: MiB });
    const upload = uploadOf(server, MiB, { record: { key: "k", url: "u", offset: MiB } });
    await upload.run();
    equal([upload.state, upload.wasThere, server.calls], ["done", true, ["status"]]);
});

test("a refusal fails, and can be tried again", async () => {
    const server = new Server();
    server.faults = [new Fault("refused", "No.")];
    const upload = uploadOf(server, MiB);
    await upload.run();
    equal([upload.state, upload.fault.message], ["failed", "No."]);
    upload.wait();
    await upload.run();
    equal([upload.state, upload.fault], ["done", null]);
});

test("a file that is not admitted is not sent, and is asked about again", async () => {
    const server = new Server();
    let reason = "Too large.";
    const admit = () => {
        if (reason) throw new Fault("refused", reason);
    };
    const upload = uploadOf(server, MiB, { admit });
    await upload.run();
    equal([upload.state, upload.fault.message, server.calls, upload.saved], ["failed", "Too large.", [], []]);
    reason = null;
    upload.wait();
    await upload.run();
    equal(upload.state, "done");
});

test("an upload that was begun, or may have been, needs no admission", async () => {
    const admit = () => {
        throw new Fault("refused");
    };
    for (const record of [{ key: "k", creation: "c" }, { key: "k", creation: "c", url: "u" }]) {
        const server = new Server();
        server.uploads.set("u", { url: "u", key: "c", length: MiB, offset: 0 });
        const upload = uploadOf(server, MiB, { record, admit });
        await upload.run();
        equal([upload.state, server.uploads.size], ["done", 1]);
    }
});

test("a file that cannot be read any more fails and says so", async () => {
    const file = { size: MiB, name: "a", slice: () => ({ arrayBuffer: async () => { throw new Error("NotReadableError"); } }) };
    const upload = uploadOf(new Server(), MiB, { file });
    await upload.run();
    equal([upload.state, upload.fault.kind], ["failed", "unreadable"]);
});

test("cancelling frees what is on the server and saves nothing more", async () => {
    const server = new Server();
    const upload = uploadOf(server, 8 * MiB, { changed: (upload) => upload.acknowledged >= MiB && upload.state === "sending" && upload.cancel() });
    await upload.run();
    await new Promise((resolve) => setTimeout(resolve));
    equal([upload.state, server.uploads.size, upload.saved.at(-1).isDone], ["cancelled", 0, undefined]);
});

test("so many go at once and no more, and all arrive", async () => {
    const server = new Server();
    let most = 0;
    const queue = new Queue({ limit: 2 });
    const changed = () => (most = Math.max(most, queue.totals.active));
    const uploads = Array.from({ length: 7 }, (_, index) => uploadOf(server, MiB, { record: { key: `k${index}` }, changed }));
    queue.add(uploads);
    while (queue.totals.done < 7) await new Promise((resolve) => setTimeout(resolve, 5));
    equal([most, server.uploads.size, queue.totals.acknowledged], [2, 7, 7 * MiB]);
});

test("a small file goes beside large ones, and no large one does", () => {
    const server = new Server();
    server.create = () => new Promise(() => {});
    const queue = new Queue({ limit: 2 });
    const film = (key) => uploadOf(server, 0, { record: { key }, file: { name: key, size: 1e9, slice: () => new Blob() } });
    const small = (key) => uploadOf(server, MiB, { record: { key } });
    queue.add([film("a"), film("b"), film("c"), small("d"), small("e")]);
    equal(queue.uploads.map(({ isActive }) => isActive), [true, true, false, true, false]);
    const mixed = new Queue({ limit: 2 });
    mixed.add([film("a"), small("b"), small("c")]);
    equal(mixed.uploads.map(({ isActive }) => isActive), [true, true, false]);
});

test("pausing all lets none of the waiting begin", () => {
    const server = new Server();
    server.create = () => new Promise(() => {});
    const queue = new Queue({ limit: 2 });
    queue.add(Array.from({ length: 5 }, (_, index) => uploadOf(server, MiB, { record: { key: `k${index}` } })));
    equal([queue.totals.active, queue.totals.waiting], [2, 3]);
    queue.pauseAll();
    equal([queue.totals.active, queue.totals.paused], [0, 5]);
    queue.resumeAll();
    equal([queue.totals.active, queue.totals.waiting], [2, 3]);
});

test("the list shows what is urgent, in the order of adding", () => {
    const uploads = ["done", "done", "waiting", "sending", "failed", "waiting"].map((state, id) => ({ state, id }));
    equal(mostUrgent(uploads, 3).map(({ id }) => id), [2, 3, 4]);
});

test("what keeps all waiting is not said of each", () => {
    const upload = { state: "retrying", size: 2000, acknowledged: 500, retryAt: 5000 };
    const text = (fault) => statusText({ ...upload, fault }, 0).replaceAll("\u00a0", " ");
    equal(text(new Fault("network")), "Waiting · 500 bytes of 2.0 kB stored");
    equal(text(new Fault("damaged")).split(". ")[1], "Trying again in 5 s · 500 bytes of 2.0 kB stored");
});

test("titles say how far it is", () => {
    const totals = { count: 3, done: 1, failed: 0, active: 1, sending: 1, waiting: 1, paused: 0 };
    equal(titleOf(totals), "1 of 3 files stored");
    equal(titleOf({ ...totals, done: 0 }), "Uploading 3 files");
    equal(titleOf({ ...totals, sending: 0 }), "Waiting for the server, 1 of 3 files stored");
    equal(titleOf({ ...totals, active: 0, waiting: 0, failed: 2 }), "1 of 3 files stored, 2 need you");
    equal(titleOf({ ...totals, active: 0, waiting: 0, paused: 2 }), "Paused, 1 of 3 files stored");
    equal(titleOf({ ...totals, done: 3, active: 0, waiting: 0 }), "All 3 files are stored");
    equal(titleOf({ ...totals, done: 3, active: 0, waiting: 0 }, 2), "3 files stored");
});
