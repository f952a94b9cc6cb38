/**
 * Copies the text of a field. Pages that did not come over TLS have no clipboard; there the text is selected, and copied the older way.
 *
 * @param {HTMLInputElement} field
 * @returns {Promise<boolean>} Whether it was copied; if not, it is selected, to be copied by hand.
 */
export async function copy(field) {
    try {
        await navigator.clipboard.writeText(field.value);
        return true;
    } catch {
        field.focus();
        field.select();
        return document.execCommand("copy");
    }
}
