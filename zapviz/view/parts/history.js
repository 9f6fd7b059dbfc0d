/* What the text was: Ctrl+Z and a button bring it back, Ctrl+Shift+Z and Ctrl+Y go forward again.
 *
 * The browser's own memory of a field knows what was typed alone. Once a page has put another
 * text in, it undoes what is no longer there, so none of it is left to the browser.
 */

import { fieldOf, h } from "../core/dom.js";
import { isRedo, isUndo } from "../core/keys.js";

const MOST = 200; // texts
/** A text, where the caret stood, and whether it took the place of another one as a whole.
 *
 * @typedef {{text: string, caret: number, whole: boolean}} Entry
 */

/** Build it.
 *
 * @param {object} host
 * @param {HTMLTextAreaElement} host.area
 * @param {(text: string) => boolean} host.isOwn whether a text is the reader's own, so that a button offers it
 * @param {(text: string, whole: boolean) => void} host.put puts a text in place, and has it run
 */
export function createHistory({ area, isOwn, put }) {
  /** @type {Entry[]} */
  const entries = [];
  let at = -1;
  const node = h("button", { type: "button", class: "zv-link zv-earlier", title: "Ctrl+Z", hidden: true,
    onclick: () => go(-1) }, "Bring back your text");

  function show() {
    const now = entries[at];
    node.hidden = !(now?.whole && at > 0 && now.text === area.value && isOwn(entries[at - 1].text));
  }

  /** Note the text as it stands. @param {boolean} [whole] */
  function note(whole = false) {
    if (entries[at]?.text !== area.value) {
      entries.length = at + 1;
      entries.push({ text: area.value, caret: area.selectionEnd, whole: whole && at >= 0 });
      if (entries.length > MOST) entries.shift();
      at = entries.length - 1;
    }
    show();
  }

  /** Go to the text before, or after. @param {number} by */
  function go(by) {
    note();
    const next = entries[at + by];
    if (!next) return;
    const whole = (by < 0 ? entries[at] : next).whole;
    at += by;
    put(next.text, whole);
    area.setSelectionRange(next.caret, next.caret);
    show();
  }

  area.addEventListener("beforeinput", (event) => {
    const by = { historyUndo: -1, historyRedo: 1 }[event.inputType];
    if (!by) return;
    event.preventDefault();
    go(by);
  });

  return {
    node,
    note,
    show,
    /** @param {KeyboardEvent} event */
    onKey(event) {
      const field = fieldOf(event);
      if (field && field !== area && !field.matches("select")) return; // the browser's, as its text is
      const by = isUndo(event) ? -1 : isRedo(event) ? 1 : 0;
      if (!by) return;
      event.preventDefault();
      go(by);
    },
  };
}
