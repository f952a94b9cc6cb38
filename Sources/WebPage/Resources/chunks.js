const SMALLEST = 1 << 20;
const LARGEST = 16 << 20;
const GOAL_SECONDS = 4;

/**
 * How many bytes to send at a time: what takes a few seconds. A chunk has a checksum, so all of it counts or nothing; on a slow line a
 * large one would lose minutes when the line breaks, and on a fast one small ones would wait for their answers.
 */
export class ChunkSize {
    bytes = SMALLEST;

    /** Learns from a chunk that was sent. */
    sent(bytes, milliseconds) {
        const goal = (bytes / Math.max(1, milliseconds)) * 1000 * GOAL_SECONDS;
        const next = goal >= this.bytes * 2 ? this.bytes * 2 : goal < this.bytes / 2 ? this.bytes / 2 : this.bytes;
        this.bytes = Math.min(LARGEST, Math.max(SMALLEST, next));
    }

    /** Learns from one that was lost. */
    lost() {
        this.bytes = Math.max(SMALLEST, this.bytes / 2);
    }
}
