import { Fault } from "./fault.js";
import { REMOVED_TEXT } from "./link.js";

/**
 * A transport that carries the token of an upload link. Refusals are told in the server's words alone: what the page says of them to
 * members of an album ("Delete something") is of no use to guests.
 *
 * @param {string} token
 * @param {typeof import("./transport.js").send} send
 * @param {() => void} removed Called when the server refuses the token.
 */
export function carryingLink(token, send, removed) {
    return async (request) => {
        const answer = await send({ ...request, headers: { ...request.headers, Authorization: `Bearer ${token}` } });
        if (answer.status < 400) return answer;
        const fault = Fault.of(answer);
        if (fault.kind === "unauthenticated") {
            removed();
            throw new Fault("refused", REMOVED_TEXT, { status: fault.status });
        }
        if (fault.kind === "refused") throw new Fault("refused", fault.message, { status: fault.status });
        return answer;
    };
}
