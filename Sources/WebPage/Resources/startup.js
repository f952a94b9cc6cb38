import { find, setText } from "./dom.js";
import { faultText } from "./text.js";

const AGAIN_MILLISECONDS = 3000;

/** Until the server answers there is nothing to do but to ask again; until somebody says who they are, not even that. */
export async function startPersistently(start) {
    try {
        await start();
    } catch (fault) {
        showTrouble(fault);
        if (fault.isPassing) setTimeout(() => startPersistently(start), AGAIN_MILLISECONDS);
        else find("trouble-again").onclick = () => location.reload();
        find("trouble-again").hidden = fault.isPassing === true;
    }
}

export function showTrouble(fault) {
    find("trouble").hidden = false;
    find("trouble-again").hidden = true;
    setText(find("trouble-text"), faultText(fault));
}

export function hideTrouble() {
    find("trouble").hidden = true;
}
