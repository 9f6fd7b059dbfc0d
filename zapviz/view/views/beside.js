/* The panel that asks for several kernels, and shows them side by side in the explorer's place. */

/** @import { ComparisonAnswer, Dialog, EditorOptions, ExportAnswer, Going, ThemeName, View } from "../types.js" */
/** @import { Kernels } from "../parts/kernels.js" */
/** @import { EditorHost } from "./editor.js" */

import { h, words } from "../core/dom.js";
import { comparedKernels } from "../core/kernels.js";
import { unpack, EMPTY } from "../core/trace.js";
import { createDialog } from "../parts/dialog.js";
import { createGoingLine } from "../parts/going.js";
import { sayAll } from "../parts/panels.js";
import { OF_COMPARISON, createShare } from "../parts/share.js";
import { createComparison } from "./compare.js";

/** Build the panel.
 *
 * @param {EditorOptions} given
 * @param {EditorHost} host
 * @param {Kernels} kernels
 * @param {() => string[]} named the kernels that the text names
 * @param {<A>(ask: string, more: Record<string, unknown>, going: Going) => Promise<A>} asked asks of the text
 * @returns {Dialog}
 */
export function createBeside(given, host, kernels, named, asked) {
  const most = given.mostKernels;
  /** @type {HTMLInputElement[]} */
  let inputs = [];
  const boxes = h("div", { class: "zv-kernel-boxes", role: "group", "aria-label": "kernels to compare" });
  const said = h("p", { class: "zv-said", role: "status" });
  const dialog = createDialog("Compare kernels", "zv-compare", h("p", {},
    `Two to ${most} kernels, side by side on this scenario. The first is the one on the left.`), boxes,
  h("p", {}, words("Compare these", "Show them side by side", compare)), said);
  const line = createGoingLine(dialog.node);
  said.before(line.node);
  dialog.node.addEventListener("close", line.drop);
  const chosen = () => inputs.filter((box) => box.checked).map((box) => box.value);

  function open() {
    const checked = comparedKernels({ before: chosen(), named: named(), shown: kernels.pick.value,
      old: given.oldKernel, newest: given.kernels[given.kernels.length - 1].name });
    const list = kernels.list();
    inputs = list.map(([name]) => h("input", { type: "checkbox", value: name, checked: checked.has(name) }));
    boxes.replaceChildren(...list.map(([, label], k) => h("label", {}, inputs[k], ` ${label}`)));
    sayAll(said, "");
    dialog.open();
  }

  async function compare() {
    const names = chosen();
    if (names.length < 2 || names.length > most) {
      sayAll(said, `${names.length} chosen; a comparison takes 2 to ${most}.`);
      return;
    }
    sayAll(said, "");
    const going = line.begin("Comparing");
    /** @type {ComparisonAnswer} */
    const found = await asked("compare", { kernels: names }, going);
    if (!line.done(going)) return;
    if (found.error) {
      sayAll(said, found.error);
      return;
    }
    dialog.close();
    host.instead((element, onClose, theme, presentation) => show(element, onClose, theme, presentation, names, found));
  }

  /** Build the comparison.
   *
   * @param {HTMLElement} element
   * @param {() => void} onClose
   * @param {ThemeName | undefined} theme
   * @param {boolean} presentation
   * @param {string[]} names
   * @param {ComparisonAnswer} found
   * @returns {View}
   */
  function show(element, onClose, theme, presentation, names, found) {
    const share = createShare({
      what: OF_COMPARISON,
      forms: given.forms.filter((form) => form.compares),
      looks: given.looks,
      /** @returns {Promise<ExportAnswer>} */
      make: (form, _what, look, _comments, going) => asked("export", { kernels: names, form: form.name, step: view.at,
        options: form.options.includes("theme") ? { theme: look } : {} }, going),
    });
    const traces = found.payloads.map((payload) => unpack(payload) ?? EMPTY);
    const view = createComparison(element, found.comparison, traces, {
      palette: host.palette, theme, presentation, onPresentation: host.present, onClose, frame: found.comparison.parts?.frame,
      dialogs: [share], keys: [["s", "share: copy or save", share.toggle]],
      extra: [words("Share", "Copy or save: mail text, pictures, a page (s)", share.open)] });
    return view;
  }

  return { ...dialog, get isOpen() { return dialog.isOpen; }, open,
    toggle: () => (dialog.isOpen ? dialog.close() : open()) };
}
