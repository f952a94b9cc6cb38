/** Downloads that the browser makes by itself, so that no file has to fit into memory. */
export class Downloads {
    /**
     * @param {import("./session.js").Session} session
     * @param {import("./api.js").API} api
     */
    constructor(session, api) {
        Object.assign(this, { session, api });
    }

    /** @throws {Fault} If the server refuses it. */
    async archive(blobs, name) {
        save(await this.api.downloadAddress(blobs, name), name);
    }

    /** The address of a blob for the browser itself, which sends no token. It is valid for ten minutes. */
    async address(url, blob) {
        return this.session.token && blob ? this.api.downloadAddress([blob]) : url;
    }

    /** @throws {Fault} If the server refuses it. */
    async file(url, blob, name) {
        save(await this.address(url, blob), name);
    }
}

function save(address, name) {
    const link = document.createElement("a");
    Object.assign(link, { href: address, download: name });
    link.click();
}
