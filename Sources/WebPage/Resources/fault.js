/**
 * Why something did not work, and what that means for whoever tried.
 *
 * Kinds: `network` (no answer), `busy` (the server will take it later), `conflict` (somebody else's idea of the offset),
 * `overtaken` (another request, as of a second tab, goes on with the same upload), `damaged` (bytes changed on the way), `gone` (there
 * is no such thing any more), `unauthenticated`, `refused` (it will never work as it is), `unreadable` (the file), `aborted` (by the
 * page itself).
 */
export class Fault extends Error {
    constructor(kind, message = "", { status = 0, code = "", retryAfter, limit, maximum } = {}) {
        super(message);
        this.name = "Fault";
        this.kind = kind;
        this.status = status;
        this.code = code;
        /** Seconds; undefined if the server did not say. */
        this.retryAfter = retryAfter;
        /** The name of the limit that was exceeded; undefined if there is none. */
        this.limit = limit;
        /** What it permits: bytes or a number, as the name says. */
        this.maximum = maximum;
    }

    /** Whether nobody can help it: the file will be refused however often it is tried. */
    get isFinal() {
        return this.kind === "refused" && ["too_large", "type_not_accepted"].includes(this.code);
    }

    /** Whether the same request may work later. */
    get isPassing() {
        return ["network", "busy", "conflict", "damaged"].includes(this.kind);
    }

    /**
     * What an answer that is no success means.
     * @param {{ status: number, text: string, header: (name: string) => string | null }} answer
     */
    static of(answer) {
        const problem = problemIn(answer.text);
        const message = [problem.title, problem.detail].filter(Boolean).join(" ");
        return new Fault(kindOf(answer.status, problem.code), message, {
            status: answer.status,
            code: problem.code ?? "",
            retryAfter: seconds(answer.header("Retry-After")),
            limit: problem.limit,
            maximum: Number.isSafeInteger(problem.maximum) ? problem.maximum : undefined,
        });
    }
}

function kindOf(status, code) {
    // Waiting does not help.
    if (code === "quota_exceeded") return "refused";
    if (status === 401) return "unauthenticated";
    if (status === 404 || status === 410) return "gone";
    if (status === 400 && code === "superseded") return "overtaken";
    if (status === 409) return code === "offset_mismatch" || code === "superseded" ? "conflict" : "refused";
    if (status === 460) return "damaged";
    if (status === 408) return "network";
    return status === 423 || status === 429 || status >= 500 ? "busy" : "refused";
}

/** The problem document (RFC 9457) in a body; empty if there is none, as with what a proxy answers. */
function problemIn(text) {
    try {
        const value = JSON.parse(text);
        return value !== null && typeof value === "object" ? value : {};
    } catch {
        return {};
    }
}

/** `Retry-After` in seconds, whether it is told so or as a date (RFC 9110 §10.2.3). */
function seconds(text) {
    if (!text) return undefined;
    const number = Number(text);
    if (Number.isFinite(number)) return Math.max(0, number);
    const date = Date.parse(text);
    return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}
