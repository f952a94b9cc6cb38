/**
 * What people who do not see the page, or not well, would stumble over: names, roles, references, contrast (WCAG 2.2: 1.1.1, 1.3.1, 1.4.3,
 * 2.5.8, 4.1.2). Returns a sentence for each problem of what is shown. Runs as the body of a function.
 */
const modal = document.querySelector("dialog:modal");
const area = modal ?? document.body;
const problems = [];
const report = (element, text) => problems.push(`${describe(element)} ${text}`);

function describe(element) {
    const text = element.textContent.trim().replace(/\s+/g, " ").slice(0, 30);
    return `<${element.localName}${element.id ? ` id=${element.id}` : ""} class="${element.getAttribute("class") ?? ""}"> “${text}”`;
}

function isShown(element) {
    const { width, height } = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return width > 1 && height > 1 && style.visibility === "visible" && style.clipPath === "none" && element.checkVisibility({ opacityProperty: true });
}

const shown = [...area.querySelectorAll("*")].filter(isShown);

// Names and roles

function nameOf(element) {
    const labelled = (element.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean);
    if (labelled.length > 0) return labelled.map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();
    if (element.hasAttribute("aria-label")) return element.getAttribute("aria-label").trim();
    const labels = [...(element.labels ?? [])].map((label) => label.textContent).join(" ").trim();
    if (labels) return labels;
    if (element.localName === "img") return element.alt.trim();
    const images = [...element.querySelectorAll("img[alt]")].map((image) => image.alt).join(" ");
    const isField = ["input", "select", "textarea", "progress"].includes(element.localName);
    return `${isField ? "" : element.textContent} ${images}`.trim() || element.title;
}

for (const element of shown) {
    const isControl = element.matches("button, a[href], input:not([type=hidden]), select, textarea, summary, video, [role=button], [role=progressbar], dialog, section");
    if (isControl && !element.matches("section:not([aria-label]):not([aria-labelledby])") && !nameOf(element)) report(element, "has no name");
    if (element.localName === "img" && !element.hasAttribute("alt")) report(element, "has no alt");
    if (element.localName === "li" && !element.parentElement.matches("ul, ol")) report(element, "is in no list");
    if (element.matches("ul, ol") && [...element.children].some((child) => child.localName !== "li")) report(element, "has children that are no items");
    if (element.matches("svg") && !element.closest("[aria-hidden=true]") && !element.hasAttribute("role")) report(element, "is read out without a role");
    if (element.tabIndex > 0) report(element, "changes the order of focus");
    if (element.matches("[aria-hidden=true] :is(button, a[href], input, select)")) report(element, "is hidden from readers and has the focus");
    for (const name of ["aria-labelledby", "aria-describedby", "aria-controls"]) {
        for (const id of (element.getAttribute(name) ?? "").split(/\s+/).filter(Boolean)) {
            if (!document.getElementById(id)) report(element, `refers to ${id}, which does not exist`);
        }
    }
    const { width, height } = element.getBoundingClientRect();
    if (element.matches("button, input, select") && (width < 24 || height < 24) && !element.closest("label")) report(element, "is too small for a finger");
}
const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) problems.push(`the id ${id} is there twice`);
let level = modal ? 1 : 0;
for (const heading of [...area.querySelectorAll("h1, h2, h3, h4")].filter((element) => element.checkVisibility())) {
    const next = Number(heading.localName[1]);
    if (next > level + 1) report(heading, `is a heading of level ${next} below one of level ${level}`);
    level = next;
}
if (!document.documentElement.lang) problems.push("the document has no language");
if (!document.title) problems.push("the document has no title");

// Contrast

const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });

/** Red, green, blue and opacity, from 0 to 1. */
function colour(text) {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = text;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].map((value) => value / 255);
}

const over = (front, back) => [0, 1, 2].map((index) => front[index] * front[3] + back[index] * (1 - front[3]));

function luminance(rgb) {
    const [red, green, blue] = rgb.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** What lies behind the text; null for a picture or a gradient, which cannot be told by colour. */
function groundOf(element) {
    const layers = [];
    for (let node = element; node; node = node.parentElement) {
        const style = getComputedStyle(node);
        if (style.backgroundImage !== "none") return null;
        const layer = colour(style.backgroundColor);
        if (layer[3] > 0) layers.push(layer);
        if (layer[3] === 1) break;
        // Over a photo, of which the brightest is the worst for white text.
        if (node.matches(".tile")) layers.push([1, 1, 1, 1]);
        if (node.matches(".tile")) break;
    }
    return layers.reverse().reduce((back, layer) => over(layer, back), colour(getComputedStyle(document.body).backgroundColor).slice(0, 3));
}

for (const element of shown) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!hasText || element.matches(":disabled, :disabled *, option, optgroup")) continue;
    const style = getComputedStyle(element);
    const ground = groundOf(element);
    if (!ground) continue;
    const [light, dark] = [luminance(over(colour(style.color), ground)), luminance(ground)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    if (ratio < least) report(element, `has a contrast of ${ratio.toFixed(2)}, less than ${least}`);
}
return problems;
