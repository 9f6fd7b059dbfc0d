/* Words that the glossary explains, where they stand: by the pointer each, by a key all in sight. */

/** @import { Child, Palette, Term } from "../types.js" */

import { h } from "../core/dom.js";
import { createFinder, explained } from "../core/glossary.js";
import { createDialog } from "./dialog.js";

/** @type {WeakMap<Palette, ReturnType<typeof createWords>>} */
const made = new WeakMap();

/** The words of a palette, which all parts of a view share. @param {Palette} palette */
export function wordsOf(palette) {
  const known = made.get(palette);
  if (known) return known;
  const words = createWords(palette);
  made.set(palette, words);
  return words;
}

/** @param {Palette} palette */
function createWords(palette) {
  const finder = createFinder(palette);
  /** @param {string} word @param {Term} term */
  const marked = (word, term) => h("span", { class: "zv-term", title: explained(term) }, word);

  /** A text, with its terms marked. @param {string} text */
  const within = (text) => finder.split(text).map(([part, term]) => (term ? marked(part, term) : part));

  /** A label, which can be a term as a whole, else with its terms marked.
   *
   * @param {string} label
   * @returns {Child[]}
   */
  function mark(label) {
    const whole = finder.term(label);
    return whole ? [marked(label, whole)] : within(label);
  }

  /** What the terms of a text mean, for a tip over all of it; "" where it has none.
   *
   * @param {string} text
   */
  const tipOf = (text) =>
    finder.split(text).flatMap(([, term]) => (term ? [`${term.words[0]}: ${explained(term)}`] : [])).join("\n");

  return {
    mark,
    tipOf,
    split: finder.split,
    term: finder.term,
    /** Set an element's text with its terms marked, only if it differs. @param {Element} node @param {string} text */
    say(node, text) {
      if (node.textContent !== text) node.replaceChildren(...within(text));
    },
  };
}

/** The terms in sight inside an element, in the order in which they stand.
 *
 * @param {HTMLElement} element
 * @param {Palette} palette
 * @param {string[]} shown what else is in sight, as labels: the kinds of entries
 */
function termsIn(element, palette, shown) {
  const words = wordsOf(palette);
  /** @type {Set<Term>} */
  const met = new Set();
  /** @param {string} text */
  const meet = (text) => {
    const whole = words.term(text);
    for (const [, term] of whole ? [[text, whole]] : words.split(text)) {
      if (term) met.add(/** @type {Term} */ (term));
    }
  };
  for (const node of element.querySelectorAll(".zv-term, .zv-row-head > title, .zv-edge-text")) {
    if (node.matches("title") || node.checkVisibility({ visibilityProperty: true })) {
      meet(node.matches("title") ? node.parentElement?.getAttribute("aria-label") ?? "" : node.textContent ?? "");
    }
  }
  shown.forEach(meet);
  return [...met];
}

/** Build the panel that explains all words in sight.
 *
 * @param {Palette} palette
 * @param {HTMLElement} element what is looked through
 * @param {() => string[]} shown the names of the kinds of entries that are there
 */
export function createWordList(palette, element, shown) {
  const list = h("dl", {});
  const dialog = createDialog("Words in sight", "zv-word-list", list);
  return { ...dialog,
    get isOpen() { return dialog.isOpen; },
    toggle() {
      if (!dialog.isOpen) {
        list.replaceChildren(...termsIn(element, palette, shown()).flatMap((term) => [
          h("dt", {}, term.words[0]),
          h("dd", {}, term.plain, h("div", { class: "zv-word-kernel" }, term.kernel))]));
      }
      dialog.toggle();
    } };
}
