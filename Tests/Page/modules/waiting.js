import { delaySeconds, nap } from "../page/backoff.js";
import { ChunkSize } from "../page/chunks.js";
import { Speed } from "../page/speed.js";
import { equal, test } from "./harness.js";

test("waits double up to half a minute, and chance takes up to half of it", () => {
    equal([1, 2, 3, 7, 50].map((attempt) => delaySeconds(attempt, undefined, () => 1)), [0.5, 1, 2, 30, 30]);
    equal(delaySeconds(3, undefined, () => 0), 1);
});

test("nobody comes earlier than the server asked for, or waits for ever", () => {
    equal(delaySeconds(1, 10, () => 0), 10);
    equal(delaySeconds(1, 10, () => 1), 10.5);
    equal(delaySeconds(1, 1e9, () => 0), 3600);
});

test("a nap ends when it is woken or given up", async () => {
    const controller = new AbortController();
    const woken = nap(60_000, controller.signal);
    woken.wake();
    await woken.done;
    const given = nap(60_000, controller.signal);
    controller.abort();
    await given.done;
    await nap(60_000, controller.signal).done;
});

test("chunks grow on a fast line, shrink on a slow one and stay within bounds", () => {
    const size = new ChunkSize();
    const MiB = 1 << 20;
    equal(size.bytes, MiB);
    size.sent(MiB, 100);
    equal(size.bytes, 2 * MiB);
    for (let round = 0; round < 10; round++) size.sent(size.bytes, 10);
    equal(size.bytes, 16 * MiB);
    size.sent(16 * MiB, 4000);
    equal(size.bytes, 16 * MiB);
    size.sent(16 * MiB, 30_000);
    equal(size.bytes, 8 * MiB);
    for (let round = 0; round < 10; round++) size.lost();
    equal(size.bytes, MiB);
});

test("speed is that of the last seconds, and unknown at first", () => {
    const speed = new Speed();
    speed.note(0, 0);
    speed.note(1000, 1000);
    equal(speed.bytesPerSecond, undefined);
    speed.note(2000, 2000);
    equal(speed.bytesPerSecond, 1000);
    equal(speed.secondsFor(5000), 5);
    for (let second = 3; second < 30; second++) speed.note(2000 + (second - 2) * 4000, second * 1000);
    equal(speed.bytesPerSecond, 4000);
    speed.note(10, 31_000);
    equal(speed.bytesPerSecond, undefined);
});
