const FIRST_SECONDS = 0.5;
const LONGEST_SECONDS = 30;
/** What a server may ask for at most: an hour, lest a slip of its clock stops everything. */
const ASKED_SECONDS_MAX = 3600;

/**
 * Seconds to wait before another attempt: twice as long each time, up to half a minute, and by chance up to half less, so that
 * everybody whose server came back does not come back at once. Never earlier than the server asked for.
 *
 * @param {number} attempt How many failed in a row, from 1.
 * @param {number | undefined} retryAfter Seconds the server asked for.
 */
export function delaySeconds(attempt, retryAfter, random = Math.random) {
    const ceiling = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** Math.min(attempt - 1, 16));
    const jittered = ceiling * (0.5 + random() / 2);
    if (retryAfter === undefined) return jittered;
    return Math.min(retryAfter, ASKED_SECONDS_MAX) + random() * Math.min(1, FIRST_SECONDS * attempt);
}

/**
 * Waits, unless somebody wakes it or gives it up.
 *
 * @param {number} milliseconds
 * @param {AbortSignal} signal Ends the wait too; whoever waits looks at it afterwards.
 * @returns {{ done: Promise<void>, wake: () => void }}
 */
export function nap(milliseconds, signal) {
    let wake = () => {};
    const done = new Promise((resolve) => {
        const timer = setTimeout(() => wake(), milliseconds);
        wake = () => {
            clearTimeout(timer);
            signal.removeEventListener("abort", wake);
            resolve();
        };
        if (signal.aborted) wake();
        else signal.addEventListener("abort", wake);
    });
    return { done, wake: () => wake() };
}
