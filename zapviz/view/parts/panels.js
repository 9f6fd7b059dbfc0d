/* Pieces of a view: text that keeps its room, a cell inside text, a line about what goes on. */

/** @import { ClassLook } from "../types.js" */

import { h, say } from "../core/dom.js";

/** A place for changing text that always keeps the room of the longest it will hold.
 *
 * @param {string} kind its class
 */
export function reserved(kind) {
  const text = h("div", { class: "zv-live" });
  const ghosts = h("div", { class: "zv-ghosts", "aria-hidden": "true" });
  /** @type {string[]} */
  const seen = [];
  return {
    node: h("div", { class: `zv-reserve ${kind}` }, ghosts, text),
    text,
    /** Make room for these texts too; but for a reset the room never shrinks.
     *
     * @param {string[]} texts
     * @param {boolean} reset
     */
    keep(texts, reset = false) {
      if (reset) seen.length = 0;
      const longest = [...new Set([...seen, ...texts])].sort((a, b) => b.length - a.length).slice(0, 8);
      if (longest.every((one, k) => one === seen[k])) return;
      seen.splice(0, seen.length, ...longest);
      ghosts.replaceChildren(...longest.map((one) => h("div", {}, one)));
    },
  };
}

/** A small picture of a cell, as it stands in the grid, for use inside text.
 *
 * @param {ClassLook | null} first
 */
export function chip(first = null) {
  const letter = document.createTextNode("");
  const node = h("span", { class: "zv-chip" }, letter);
  /** @param {ClassLook | null} look */
  function show(look) {
    node.className = `zv-chip k-${look ? look.kind : "unmapped"}`;
    letter.data = look ? look.letter : "";
    node.title = look ? `${look.name}: ${look.text}` : "";
  }
  if (first) show(first);
  return { node, show };
}

/** A verdict, with the colours of its kind; an empty word is none.
 *
 * @returns {{node: HTMLElement, show: (verdict: string | null, text: string) => void}}
 */
export function verdictSign() {
  const node = h("span", { class: "zv-verdict" });
  return {
    node,
    show(verdict, text) {
      say(node, text);
      const kind = `zv-verdict zv-v-${verdict ?? "no"}`;
      if (node.className !== kind) node.className = kind;
    },
  };
}

/** Say in an element that an answer is awaited, or what is wrong.
 *
 * @param {Element} element
 * @param {string} words
 */
export function showSaid(element, words) {
  const line = h("p", { role: "status", class: "zv-said" });
  sayAll(line, words);
  element.replaceChildren(line);
}

/** Say something that may have a line of code with a caret under it. @param {Element} node @param {string} words */
export function sayAll(node, words) {
  say(node, words);
  node.classList.toggle("zv-many-lines", words.includes("\n"));
}

/** Have the browser save a file. @param {string} name @param {Blob} blob @param {number} ms until it is forgotten */
export function saveFile(name, blob, ms) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), ms);
}
