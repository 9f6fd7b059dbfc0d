/* Small helpers for the page: elements, icons and words.
 *
 * Everything shown is set as text or as an attribute, never parsed as HTML.
 */

export const SVG = "http://www.w3.org/2000/svg";
export const PAGE = 4096; // bytes

const ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  previous: "M11 3v10L4 8z",
  next: "M5 3v10l7-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  full: "M2 2h5v2H4v3H2zM9 2h5v5h-2V4H9zM2 9h2v3h3v2H2zM12 9h2v5H9v-2h3z",
};

/** Make an HTML element: properties, `class`, `on*` handlers and children. */
export function h(tag, properties, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** Make an SVG element from attributes and children. */
export function s(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes ?? {})) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Set an element's text only if it differs, so that nothing is laid out in vain. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function icon(name) {
  return s("svg", { viewBox: "0 0 16 16", class: "zv-icon", "aria-hidden": "true" },
    s("path", { d: ICONS[name] }));
}

/** A button with an icon, and a word where the icon would be mistaken for another. */
export function button(what, label, act, word = null) {
  return h("button", { type: "button", class: `zv-button zv-${what}`, title: label, "aria-label": label,
    onclick: act }, icon(what), word ? h("span", {}, word) : null);
}

export const signed = (value) => (value > 0 ? `+${value}` : value < 0 ? `\u2212${-value}` : "");
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
export const clip = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}\u2026` : text);

/** Say a file size in pages and, inside a page, in bytes. */
export function sizeText(bytes) {
  return bytes % PAGE === 0 ? `i_size ${plural(bytes / PAGE, "page")}` : `i_size ${bytes} bytes`;
}
