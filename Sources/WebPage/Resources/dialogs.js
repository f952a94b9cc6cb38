import { find, setText } from "./dom.js";

/** Asks whether something should really happen. Escape, and going away, say no. */
export function confirmed({ title, text, action }) {
    setText(find("confirm-title"), title);
    setText(find("confirm-text"), text);
    setText(find("confirm-yes"), action);
    return answered(find("confirm"), () => true, false);
}

/** Asks for a token; null if nobody wants to give one. */
export function askForToken(again) {
    find("sign-in-again").hidden = !again;
    const token = find("sign-in-token");
    token.value = "";
    return answered(
        find("sign-in"),
        () => ({ token: token.value.trim(), remember: find("sign-in-remember").checked }),
        null,
    );
}

/** Shows a dialog with a form until it is submitted or closed. */
function answered(dialog, value, otherwise) {
    return new Promise((resolve) => {
        let answer = otherwise;
        const form = dialog.querySelector("form");
        form.onsubmit = (event) => {
            // The policy of the page lets no form be sent; the answer stays here.
            event.preventDefault();
            if (event.submitter?.value !== "no") answer = value();
            dialog.close();
        };
        dialog.onclose = () => resolve(answer);
        dialog.showModal();
    });
}
