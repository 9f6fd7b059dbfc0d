/* A list of the values of an axis, to be chosen from. */

import { h, say } from "../core/dom.js";

/** What can be chosen: its id, its name, what it is. @typedef {{id: string, name: string, title: string}} Choice */
/** @typedef {ReturnType<typeof createPicker>} Picker */

/** Build it, closed.
 *
 * @param {object} host
 * @param {[string, string]} host.words for one of the axis, and for several
 * @param {() => Choice[]} host.all
 * @param {() => string[]} host.first what was shown at the beginning
 * @param {() => string[]} host.chosen
 * @param {boolean} host.named whether one that is chosen alone is named on the button
 * @param {(ids: string[]) => void} host.choose
 * @param {() => void} host.onOpen
 */
export function createPicker(host) {
  const [one, more] = host.words;
  const summary = h("summary", { class: "zv-button zv-words" });
  const list = h("div", { class: "zv-picker-list" });
  /** @type {HTMLInputElement[]} */
  let boxes = [];
  /** @param {string} label @param {string} title @param {() => string[]} ids */
  const quick = (label, title, ids) => h("button", { type: "button", class: "zv-link", title,
    onclick: () => host.choose(ids()) }, label);
  const node = h("details", { class: "zv-picker" }, summary, h("div", { class: "zv-picker-box" },
    h("div", { class: "zv-picker-quick" },
      quick("all", `all ${more.toLowerCase()}`, () => host.all().map((value) => value.id)),
      quick("as at first", "what was shown at the beginning", host.first)), list));
  node.addEventListener("toggle", () => {
    if (node.open) host.onOpen();
  });

  function onBox() {
    const ids = boxes.filter((box) => box.checked).map((box) => box.value);
    if (ids.length) host.choose(ids);
    else show(); // one at least
  }

  /** Bring it to what is chosen. */
  function show() {
    const ids = host.chosen();
    const name = host.named && ids.length === 1 ? host.all().find((value) => value.id === ids[0])?.name : null;
    say(summary, name ? `${one}: ${name}` : `${more} ${ids.length} of ${host.all().length}`);
    for (const box of boxes) box.checked = ids.includes(box.value);
  }

  return {
    node,
    show,
    close() { node.open = false; },
    focus: () => summary.focus(),
    /** Take over what can be chosen. */
    fill() {
      boxes = host.all().map((value) => h("input", { type: "checkbox", value: value.id, onchange: onBox }));
      list.replaceChildren(...host.all().map((value, k) =>
        h("label", { title: value.title }, boxes[k], value.name)));
    },
  };
}
