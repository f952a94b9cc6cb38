const NAME = "wharf-link";
/** The characters of a bearer token (RFC 6750 §2.1). */
const TOKEN = /^link_[A-Za-z0-9\-._~+/]+=*$/;

/**
 * The token of the upload link with which the page was opened, `drop#link_…`. It stands in the fragment because browsers send that to
 * nobody: no server or proxy logs it, and no `Referer` has it. It is taken out of the address at once, so that no screenshot and no
 * bookmark has it, and lives in `sessionStorage`: a reload continues, and it ends with the tab.
 */
export class LinkToken {
    #storage;

    /** @param {{ location: Location, history: History, storage: () => Storage }} parts Browsers that block storage throw on access. */
    constructor({ location, history, storage }) {
        Object.assign(this, { location, history });
        this.#storage = storage;
        const given = this.take();
        this.value = given ?? this.#stored;
        if (given) this.keep(given);
    }

    /** Takes the token out of the address; null if there is none in it. */
    take() {
        const token = tokenIn(this.location.hash);
        if (token) this.history.replaceState(null, "", this.location.pathname + this.location.search);
        return token;
    }

    /** For the next load of the page in this tab. */
    keep(token) {
        try {
            this.#storage().setItem(NAME, token);
        } catch {
            // The page works all the same, until it is reloaded.
        }
    }

    get #stored() {
        try {
            return this.#storage().getItem(NAME);
        } catch {
            return null;
        }
    }
}

/** The token in a fragment, which a messenger may have percent-encoded; null if there is none. */
export function tokenIn(hash) {
    try {
        const token = decodeURIComponent(hash.slice(1));
        return TOKEN.test(token) ? token : null;
    } catch {
        return null;
    }
}

/** The document's own. This module imports nothing, so that it runs, and the address is clean, before the others have come. */
export const linkToken = new LinkToken({ location, history, storage: () => sessionStorage });
