import { Fault } from "./fault.js";

const VERSION = { "Tus-Resumable": "1.0.0" };
const BYTES = { "Content-Type": "application/offset+octet-stream" };

/** tus 1.0 (https://tus.io/protocols/resumable-upload) with the extensions creation, creation-with-upload, checksum and termination. */
export class Tus {
    /** @param {typeof import("./transport.js").send} send */
    constructor(send) {
        this.send = send;
    }

    /**
     * Creates an upload. The same key finds the same upload again, if an answer was lost.
     *
     * @param {URL} endpoint
     * @param {{ length: number, metadata: Record<string, string>, key: string, bytes?: BufferSource }} upload
     * @returns {Promise<{ url: string, offset: number, expires?: number }>} `expires` as with `status`.
     * @throws {Fault}
     */
    async create(endpoint, { length, metadata, key, bytes, ...options }) {
        const answer = await this.request("POST", endpoint, {
            ...options,
            headers: {
                "Upload-Length": String(length),
                "Upload-Metadata": metadataField(metadata),
                "Idempotency-Key": `"${key}"`,
                ...(bytes ? BYTES : {}),
            },
            body: bytes,
        });
        const location = answer.header("Location");
        if (!location) throw new Fault("refused", "The server did not say where the upload is.");
        return { url: beneath(endpoint, location), offset: offsetIn(answer, bytes ? undefined : 0), expires: expiresIn(answer) };
    }

    /**
     * What the server has of an upload.
     *
     * @returns {Promise<{ offset: number, length: number | null, expires?: number }>} `expires`: when an upload that is not
     *     used will have expired, in milliseconds; undefined if it will not.
     * @throws {Fault} `gone` if there is no such upload.
     */
    async status(url, options = {}) {
        const answer = await this.request("HEAD", url, options);
        const length = answer.header("Upload-Length");
        return { offset: offsetIn(answer), length: length === null ? null : Number(length), expires: expiresIn(answer) };
    }

    /**
     * Sends the bytes that belong at an offset.
     *
     * @param {{ offset: number, bytes: ArrayBuffer, digest?: string }} chunk With a digest all of it counts or nothing.
     * @returns {Promise<{ offset: number, expires?: number }>} The new offset: everything before it is durable. `expires` as
     *     with `status`.
     * @throws {Fault} `conflict` if the offset is not the server's; `overtaken` if another request has ended this one.
     */
    async append(url, { offset, bytes, digest, ...options }) {
        const headers = { "Upload-Offset": String(offset), ...BYTES };
        if (digest) headers["Upload-Checksum"] = digest;
        const answer = await this.request("PATCH", url, { ...options, headers, body: bytes });
        return { offset: offsetIn(answer), expires: expiresIn(answer) };
    }

    /** Ends an upload and frees its bytes. One that does not exist any more has ended. */
    async terminate(url) {
        try {
            await this.request("DELETE", url, {});
        } catch (fault) {
            if (fault.kind !== "gone") throw fault;
        }
    }

    async request(method, url, { headers = {}, ...options }) {
        const answer = await this.send({ method, url, headers: { ...VERSION, ...headers }, ...options });
        if (answer.status >= 200 && answer.status < 300) return answer;
        throw Fault.of(answer);
    }
}

/** `Upload-Metadata`: keys and Base64 of their values' UTF-8. */
export function metadataField(values) {
    return Object.entries(values)
        .filter(([, value]) => value)
        .map(([key, value]) => `${key} ${base64(new TextEncoder().encode(value))}`)
        .join(",");
}

/** `Upload-Checksum` of a chunk; undefined where the browser computes none, as on pages that did not come over TLS. */
export async function checksumField(bytes) {
    if (!globalThis.crypto?.subtle) return undefined;
    return `sha256 ${base64(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)))}`;
}

/**
 * The upload's URL below the one that it was created at. Of what the server says only the id counts: behind a proxy it may not know how
 * this page sees it, and a page may talk to no other origin than its own.
 */
function beneath(endpoint, location) {
    const id = new URL(location, endpoint).pathname.split("/").pop();
    return `${endpoint.href.replace(/\/$/, "")}/${id}`;
}

function offsetIn(answer, absent) {
    const text = answer.header("Upload-Offset");
    const offset = text === null ? absent : Number(text);
    if (!Number.isSafeInteger(offset) || offset < 0) throw new Fault("busy", "The answer says nothing about the offset.");
    return offset;
}

/** `Upload-Expires`, in milliseconds. */
function expiresIn(answer) {
    const time = Date.parse(answer.header("Upload-Expires") ?? "");
    return Number.isNaN(time) ? undefined : time;
}

function base64(bytes) {
    return btoa(String.fromCharCode(...bytes));
}
