/** An element with properties and children. `on…` are listeners; what is undefined or false is left out. */
export function element(name, properties = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
        if (value === undefined || value === false) continue;
        if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
        else if (key in node && !key.startsWith("aria")) node[key] = value;
        else node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
    return node;
}

const SVG = "http://www.w3.org/2000/svg";

/** One of the symbols in the document. Says nothing to screen readers: what stands beside it does. */
export function icon(name) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(SVG, "use");
    use.setAttribute("href", `#icon-${name}`);
    svg.append(use);
    return svg;
}

export function iconButton(name, label, onclick) {
    return element("button", { type: "button", className: "icon-button", "aria-label": label, title: label, onclick }, icon(name));
}

/** Sets text only where it differs, so that nothing is laid out or read out again for nothing. */
export function setText(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

export function find(id) {
    return document.getElementById(id);
}
