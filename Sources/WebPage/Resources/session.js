const NAME = "wharf-token";

/**
 * Who is calling: a bearer token, or nobody where the server asks nobody. The token lives as long as the tab, or on this device if
 * its owner wants that.
 */
export class Session {
    /** @param {(again: boolean) => Promise<{ token: string, remember: boolean } | null>} ask Asks a person for a token. */
    constructor(ask, storages = { tab: sessionStorage, device: localStorage }) {
        this.ask = ask;
        this.storages = storages;
        this.token = storages.tab.getItem(NAME) ?? storages.device.getItem(NAME);
        this.asking = null;
    }

    get headers() {
        return this.token ? { Authorization: `Bearer ${this.token}` } : {};
    }

    /**
     * Called when a token, or none, was not enough. Those who come while a person is being asked wait for the same answer.
     *
     * @param {string | null} refused The token that was not enough; if there is another by now, nobody is asked.
     * @returns {Promise<boolean>} Whether there is another token now.
     */
    async renew(refused) {
        if (this.token !== refused) return true;
        this.asking ??= this.ask(refused !== null).finally(() => (this.asking = null));
        const answer = await this.asking;
        if (answer === null) return false;
        this.keep(answer);
        return true;
    }

    keep({ token, remember }) {
        this.forget();
        this.token = token;
        (remember ? this.storages.device : this.storages.tab).setItem(NAME, token);
    }

    forget() {
        this.token = null;
        this.storages.tab.removeItem(NAME);
        this.storages.device.removeItem(NAME);
    }

    /**
     * The same transport, with the caller's name on every request. After 401 a person is asked, and the request made again.
     *
     * @param {typeof import("./transport.js").send} send
     */
    authorising(send) {
        return async (request) => {
            while (true) {
                const token = this.token;
                const answer = await send({ ...request, headers: { ...request.headers, ...this.headers } });
                if (answer.status !== 401 || !(await this.renew(token))) return answer;
            }
        };
    }
}
