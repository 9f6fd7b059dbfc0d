/* Small helpers for the page: elements, icons and buttons.
 *
 * Everything shown is set as text or as an attribute, never parsed as HTML.
 */

/** @import { Child, Properties } from "../types.js" */

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  previous: "M11 3v10L4 8z",
  next: "M5 3v10l7-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  full: "M2 2h5v2H4v3H2zM9 2h5v5h-2V4H9zM2 9h2v3h3v2H2zM12 9h2v5H9v-2h3z",
};

/** Make an HTML element: properties, `class`, `on*` handlers and children.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Properties | null} properties
 * @param {...Child} children null is none
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, properties, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** Make an SVG element from attributes and children.
 *
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function s(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

/** Set an element's text only if it differs, so that nothing is laid out in vain.
 *
 * @param {Element} node
 * @param {string} text
 */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** The element that an event is about. @param {Event} event @returns {Element} */
export const targetOf = (event) => /** @type {Element} */ (event.target);

/** Where text is typed or a choice opened, if an event is about that. @param {Event} event */
export const fieldOf = (event) =>
  targetOf(event).closest("textarea, select, input:not([type=range]):not([type=checkbox])");

/** What has the focus in a document or a shadow, if it is inside an element.
 *
 * @param {Element} element
 * @returns {HTMLElement | SVGElement | null}
 */
export function focusIn(element) {
  const { activeElement } = /** @type {Document | ShadowRoot} */ (element.getRootNode());
  const known = activeElement instanceof HTMLElement || activeElement instanceof SVGElement;
  return known && element.contains(activeElement) ? activeElement : null;
}

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  return s("svg", { viewBox: "0 0 16 16", class: "zv-icon", "aria-hidden": "true" },
    s("path", { d: ICONS[name] }));
}

/** A button with an icon, and a word where the icon would be mistaken for another.
 *
 * @param {keyof typeof ICONS} what
 * @param {string} label
 * @param {() => void} act
 * @param {string | null} word
 */
export function button(what, label, act, word = null) {
  return h("button", { type: "button", class: `zv-button zv-${what}`, title: label, "aria-label": label,
    onclick: act }, icon(what), word ? h("span", {}, word) : null);
}

/** A button with words; the key that does the same stands on it, for all to see.
 *
 * @param {string} label
 * @param {string} title
 * @param {() => void} act
 * @param {string} kind
 * @param {string} key
 */
export function words(label, title, act, kind = "", key = "") {
  // A screen reader is told the key apart.
  return h("button", { type: "button", class: `zv-button zv-words ${kind}`, title, onclick: act,
    "aria-keyshortcuts": key || null }, label,
  key ? h("kbd", { class: "zv-kbd", "aria-hidden": "true" }, key) : null);
}

/** A heading of a part of a view: to the eye alone, since nobody knows at which level the page around stands; the part
 * itself has a name.
 *
 * @param {Record<string, unknown>} properties
 * @param {...Child} children
 */
export const heading = (properties, ...children) => h("h4", { role: "presentation", ...properties }, ...children);

/** The button that opens a view's help. @param {() => void} act */
export function helpButton(act) {
  return h("button", { type: "button", class: "zv-button zv-keys-button", title: "Keys (?)",
    "aria-label": "keys", "aria-expanded": "false", onclick: act }, "?");
}
