import { Fault } from "./fault.js";

/** Where the page's server lives, whatever stands before it in the path. */
export const root = new URL("../", import.meta.url);

/** The native API, as far as the page needs it. Every function throws `Fault`. */
export class API {
    /** @param {typeof import("./transport.js").send} send */
    constructor(send) {
        this.send = send;
    }

    /** `{ endpoint, capsule? }`: where uploads are created, and where they go if not to the caller's own capsule. */
    settings() {
        return this.#get("page/settings.json");
    }

    config() {
        return this.#get("v1/upload-config");
    }

    async capsules() {
        const found = [];
        let cursor;
        do {
            const page = await this.#get("v1/capsules", { cursor });
            found.push(...page.capsules);
            cursor = page.next;
        } while (cursor);
        return found;
    }

    /** @param {string} [id] Without one, the caller's own, which exists from then on. */
    capsule(id = "default") {
        return this.#get(`v1/capsules/${id}`);
    }

    /** @param {string} title */
    async createCapsule(title) {
        const answer = await this.#request("POST", "v1/capsules", {}, { title });
        return JSON.parse(answer.text);
    }

    async renameCapsule(capsule, title) {
        await this.#request("PATCH", `v1/capsules/${capsule}`, {}, { title }, "application/merge-patch+json");
    }

    /** @param {"reader" | "writer"} role */
    async setMember(capsule, name, role) {
        await this.#request("PUT", `v1/capsules/${capsule}/members/${encodeURIComponent(name)}`, {}, { role });
    }

    async removeMember(capsule, name) {
        await this.#request("DELETE", `v1/capsules/${capsule}/members/${encodeURIComponent(name)}`);
    }

    /** Ends the caller's membership of somebody else's capsule. */
    async leave(capsule) {
        const { owner: me } = await this.capsule();
        await this.removeMember(capsule, me);
    }

    /** The upload links of a capsule, with their tokens. */
    async links(capsule) {
        return (await this.#get(`v1/capsules/${capsule}/links`)).links;
    }

    /** @param {{ title?: string, expires_at: string, files_max?: number, bytes_max?: number, types?: string[] }} link */
    async createLink(capsule, link) {
        const answer = await this.#request("POST", `v1/capsules/${capsule}/links`, {}, link);
        return JSON.parse(answer.text);
    }

    /** The token is refused from then on, also for what is under way. One that does not exist any more is removed. */
    async removeLink(capsule, id) {
        try {
            await this.#request("DELETE", `v1/capsules/${capsule}/links/${id}`);
        } catch (fault) {
            if (fault.kind !== "gone") throw fault;
        }
    }

    /** What the upload link permits whose token the caller has, and when that was so by the server's clock, in milliseconds. */
    async link() {
        const answer = await this.#request("GET", "v1/link");
        const time = Date.parse(answer.header("Date") ?? "");
        return { limits: JSON.parse(answer.text), time: Number.isNaN(time) ? Date.now() : time };
    }

    /**
     * A page of a capsule's memories with the bytes of placeholders.
     *
     * @param {string} order `newest`: what was added last comes first; `newest_taken`: what was taken last.
     */
    memories(capsule, order, cursor, limit = 120) {
        return this.#get(`v1/capsules/${capsule}/memories`, { order, include: "inline", limit, cursor });
    }

    /** A page of the files of a capsule that are in no memory, the newest first. It may be empty although others follow. */
    looseFiles(capsule, cursor, limit = 50) {
        return this.#get("v1/blobs", { capsule, memory: "none", limit, cursor });
    }

    async deleteFile(blob) {
        await this.#request("DELETE", `v1/blobs/${blob}`);
    }

    /**
     * An address that the browser itself downloads from, without a token.
     *
     * @param {string[]} blobs
     * @param {string} [archive] The name of a ZIP archive; without one a single blob as it is.
     */
    async downloadAddress(blobs, archive) {
        const answer = await this.#request("POST", "v1/downloads", {}, { blobs, archive });
        return new URL(`v1/downloads/${JSON.parse(answer.text).ticket}`, root).href;
    }

    /** Photos that arrived and have no memory yet, the newest first, and the number of all. */
    pendingDerivations(capsule) {
        return this.#get(`v1/capsules/${capsule}/derivations`, { state: "pending", order: "newest", limit: 100 });
    }

    /** Deletes a memory with the files it is made of. */
    async deleteMemory(memory) {
        await this.#request("DELETE", `v1/memories/${memory}`, { assets: "delete" });
    }

    async bytes(url, signal) {
        const answer = await this.send({ method: "GET", url, type: "blob", signal });
        if (answer.status !== 200) throw Fault.of(answer);
        return answer.body;
    }

    async #get(path, query) {
        const answer = await this.#request("GET", path, query);
        return JSON.parse(answer.text);
    }

    async #request(method, path, query = {}, document = undefined, type = "application/json") {
        const url = new URL(path, root);
        for (const [name, value] of Object.entries(query)) {
            if (value !== undefined) url.searchParams.set(name, value);
        }
        const body = document && { headers: { "Content-Type": type }, body: JSON.stringify(document) };
        const answer = await this.send({ method, url: url.href, ...body });
        if (answer.status >= 200 && answer.status < 300) return answer;
        throw Fault.of(answer);
    }
}
