import { Fault } from "./fault.js";

/** After this long without a byte either way a connection counts as lost: a phone that changed networks is never told. */
const SILENCE_MILLISECONDS = 60_000;

/**
 * One request. `fetch` cannot tell how much of a body has gone out, so this is the older way.
 *
 * @param {{ method: string, url: string | URL, headers?: Record<string, string>, body?: BodyInit, type?: XMLHttpRequestResponseType,
 *     signal?: AbortSignal, onProgress?: (bytes: number) => void, silence?: number }} request
 * @returns {Promise<{ status: number, text: string, body: any, header: (name: string) => string | null }>} Any answer,
 *     whatever its status. With a type, `body` has the body of a success.
 * @throws {Fault} `network`, `aborted`.
 */
export function send({ method, url, headers = {}, body, type = "text", signal, onProgress, silence = SILENCE_MILLISECONDS }) {
    return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        let watch;
        const end = (finish, value) => {
            clearTimeout(watch);
            signal?.removeEventListener("abort", abort);
            finish(value);
        };
        const abort = () => {
            request.abort();
            end(reject, new Fault("aborted"));
        };
        const heard = () => {
            clearTimeout(watch);
            watch = setTimeout(() => {
                request.abort();
                end(reject, new Fault("network", "The connection went silent."));
            }, silence);
        };
        if (signal?.aborted) return reject(new Fault("aborted"));
        signal?.addEventListener("abort", abort);

        request.open(method, url);
        request.responseType = type;
        for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
        request.upload.onprogress = (event) => {
            heard();
            onProgress?.(event.loaded);
        };
        request.onprogress = heard;
        request.onerror = () => end(reject, new Fault("network"));
        request.onload = () => end(resolve, answerOf(request, type));
        heard();
        request.send(body ?? null);
    });
}

function answerOf(request, type) {
    const isText = type === "text";
    return {
        status: request.status,
        text: isText ? request.responseText : "",
        body: isText ? request.responseText : request.response,
        header: (name) => request.getResponseHeader(name),
    };
}
