import { find, setText } from "./dom.js";

const CLEAR_MILLISECONDS = 8000;
let clearing;

/** Tells those who do not see the page what has happened on it. */
export function announce(text) {
    setText(find("announcer"), text);
    clearTimeout(clearing);
    clearing = setTimeout(() => setText(find("announcer"), ""), CLEAR_MILLISECONDS);
}
