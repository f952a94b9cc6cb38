import { Fault } from "../page/fault.js";
import { Queue } from "../page/queue.js";
import { statusText } from "../page/row.js";
import { equal, test } from "./harness.js";
import { Server, uploadOf } from "./uploads.js";

const MiB = 1 << 20;
const plain = (text) => text.replaceAll("\u00a0", " ");

/** A photo that waits for a video, in a queue. */
function shot({ server = new Server(), photo = {}, video = {}, videoServer = server } = {}) {
    const queue = new Queue();
    const parts = {
        server, queue, video: uploadOf(videoServer, MiB, { record: { key: "v" }, ...video }),
        photo: uploadOf(server, 1000, { record: { key: "p" }, ...photo }),
    };
    parts.photo.waitFor([{ kind: "video", upload: parts.video }]);
    return parts;
}

async function until(condition) {
    for (let round = 0; round < 1000 && !condition(); round++) await new Promise((resolve) => setTimeout(resolve, 2));
    equal(condition(), true);
}

test("a photo begins after its companions, and names them", async () => {
    const { server, queue, video, photo } = shot();
    queue.add([video, photo]);
    equal([photo.state, photo.awaited, plain(statusText(photo, 0))], ["waiting", ["video"], "Waiting for its video · 1.0 kB"]);
    await until(() => photo.state === "done");
    equal([server.calls, server.metadata], [["create", "append 0", "create"], { companions: "video:u0" }]);
    equal([photo.companions, queue.isCompanion("u0"), queue.isCompanion("u1")], [["u0"], true, false]);
    equal(photo.saved.at(-1).after, [{ kind: "video", key: "v" }]);
});

test("a photo waits while its companion is paused or tried again, and others do not wait for it", async () => {
    const { server, queue, video, photo } = shot();
    queue.add([video, photo, uploadOf(server, 10, { record: { key: "o" } })]);
    queue.pause(video);
    await until(() => queue.totals.done === 1);
    equal([photo.state, photo.awaited.length], ["waiting", 1]);
    queue.resume(video);
    await until(() => queue.totals.done === 3);
    equal(server.metadata.companions.startsWith("video:"), true);
});

test("a photo goes without a companion that was refused or cancelled, and says so", async () => {
    for (const end of ["refused", "cancelled"]) {
        const videoServer = new Server();
        if (end === "refused") videoServer.faults = [new Fault("refused", "No.")];
        else videoServer.create = () => new Promise(() => {});
        const { server, queue, video, photo } = shot({ videoServer });
        queue.add([video, photo]);
        if (end === "cancelled") await queue.cancel(video);
        await until(() => photo.state === "done");
        equal([server.metadata, plain(statusText(photo, 0))], [{}, "Stored · 1.0 kB · Without its video"]);
    }
});

test("a photo whose companion another tab goes on with does not begin without it", async () => {
    const videoServer = new Server();
    videoServer.faults = [null, new Fault("overtaken")];
    const { server, queue, video, photo } = shot({ videoServer });
    queue.add([video, photo]);
    await until(() => photo.state === "failed");
    equal([photo.fault.kind, server.calls, photo.record.creation], ["overtaken", [], undefined]);
    queue.resume(photo);
    await until(() => photo.state === "done");
    equal([video.state, server.metadata], ["done", { companions: "video:u0" }]);
});

test("what another tab has begun meanwhile is not begun again", async () => {
    const server = new Server();
    server.uploads.set("u", { url: "u", key: "c", length: 1000, offset: 1000 });
    for (const other of [{ creation: "c", url: "u", offset: 0 }, { creation: "c" }]) {
        const upload = uploadOf(server, 1000, { load: async () => other });
        await upload.run();
        equal([upload.state, server.uploads.size, upload.record.creation], ["done", 1, "c"]);
    }
});

test("a creation whose answer was lost states the same companions again, whatever became of them", async () => {
    const server = new Server();
    const record = { key: "p", creation: "c", metadata: { companions: "video:v1" } };
    const { queue, photo } = shot({ server, photo: { record } });
    queue.add([photo]);
    await until(() => photo.state === "done");
    equal([server.metadata, photo.companions], [{ companions: "video:v1" }, ["v1"]]);
});

test("a companion of an earlier visit is named, unless the server has it no more", async () => {
    for (const isGone of [false, true]) {
        const server = new Server();
        if (isGone) server.faults = [new Fault("gone"), null];
        else server.uploads.set("x/v1", { url: "x/v1", length: 1, offset: 1 });
        const stored = new Map();
        const record = { key: "p" };
        const photo = uploadOf(server, 1000, { record, load: async () => stored.get("p") ?? null });
        photo.saved.push = (saved) => stored.set("p", saved);
        photo.waitFor([{ kind: "video", upload: { key: "v", url: "x/v1", state: "done" } }]);
        await photo.run();
        equal([photo.state, server.calls], ["done", isGone ? ["create", "status", "create"] : ["create"]]);
        equal([server.metadata, photo.after.missing], isGone ? [{}, ["video"]] : [{ companions: "video:v1" }, []]);
    }
});

test("a refusal for another reason is not taken for one of companions", async () => {
    for (const [kind, isThere, calls] of [["gone", true, ["create", "status"]], ["refused", false, ["create"]]]) {
        const server = new Server();
        server.faults = [new Fault(kind)];
        if (isThere) server.uploads.set("v1", { url: "v1", length: 1, offset: 1 });
        const photo = uploadOf(server, 1000);
        photo.waitFor([{ kind: "video", upload: { key: "v", url: "v1", state: "done" } }]);
        await photo.run();
        equal([photo.state, photo.fault.kind, server.calls], ["failed", kind, calls]);
    }
});

test("a companion is not left out because nobody answered whether it is there", async () => {
    const server = new Server();
    server.faults = [new Fault("gone"), new Fault("network", "", { retryAfter: 0.001 })];
    const photo = uploadOf(server, 1000);
    photo.waitFor([{ kind: "video", upload: { key: "v", url: "v1", state: "done" } }]);
    await photo.run();
    equal([photo.state, server.metadata], ["done", { companions: "video:v1" }]);
});
