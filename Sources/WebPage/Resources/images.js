/** Pictures from the server. With a token they are fetched, since a browser sends none for an `<img>`. */
export class Images {
    /**
     * @param {import("./session.js").Session} session
     * @param {import("./api.js").API} api
     */
    constructor(session, api) {
        this.session = session;
        this.api = api;
    }

    /**
     * Shows a picture once all of it is there.
     *
     * @param {HTMLImageElement} image
     * @param {AbortSignal} [signal]
     * @throws If it cannot be had, or is none.
     */
    async show(image, url, signal) {
        const address = await this.address(url, signal);
        try {
            image.src = address;
            await image.decode();
        } finally {
            this.forget(address);
        }
    }

    /** Where a browser finds a picture without a token, until it is told to forget it. */
    async address(url, signal) {
        return this.session.token ? URL.createObjectURL(await this.api.bytes(url, signal)) : url;
    }

    forget(address) {
        if (address.startsWith("blob:")) URL.revokeObjectURL(address);
    }
}
