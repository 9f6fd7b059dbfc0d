/* The kernel to choose: one of the list, or one with a patch of the user's own. */

/** @import { Ask, Dialog, EditorOptions, KernelAnswer } from "../types.js" */

import { h, words } from "../core/dom.js";
import { createDialog } from "./dialog.js";
import { sayAll } from "./panels.js";

const PATCH = "+"; // the choice that asks for a patch

/** @typedef {ReturnType<typeof createKernels>} Kernels */

/** Build the list, and the panel that asks for a patch.
 *
 * @param {EditorOptions} given
 * @param {(kernel: string) => void} choose told what the user chooses
 */
export function createKernels(given, choose) {
  let shown = given.kernel;
  const pick = h("select", { class: "zv-select zv-kernels", "aria-label": "kernel",
    onchange: () => {
      if (pick.value !== PATCH) take(pick.value);
      else {
        pick.value = shown;
        patch?.ask(shown);
      }
    } });
  const patch = given.ask ? createPatch(given, given.ask, (kernel) => {
    set(kernel);
    take(kernel);
  }) : null;

  /** @param {string} kernel */
  function take(kernel) {
    shown = kernel;
    choose(kernel);
  }

  /** @param {string} name @param {string} title */
  function add(name, title = "") {
    if ([...pick.options].some((option) => option.value === name)) return;
    const option = h("option", { value: name, title }, title ? `${name} \u00b7 ${title}` : name);
    pick.insertBefore(option, pick.querySelector(`option[value="${PATCH}"]`));
  }

  /** Show a kernel as the one that is chosen. @param {string} name */
  function set(name) {
    add(name);
    shown = name;
    if (pick.value !== name) pick.value = name;
    pick.title = given.kernels.find((one) => one.name === name)?.title ?? "";
  }

  for (const one of given.kernels) add(one.name, one.title);
  if (patch) pick.append(h("option", { value: PATCH }, "a patch of your own \u2026"));
  return {
    pick,
    /** @type {Dialog[]} */
    dialogs: patch ? [patch.dialog] : [],
    set,
    get shown() { return shown; },
    /** Every kernel that can be chosen: [name, how it is listed]. @returns {[string, string][]} */
    list: () => [...pick.options].filter((option) => option.value !== PATCH)
      .map((option) => [option.value, option.textContent ?? ""]),
  };
}

/** The panel that asks for a kernel and the rules that a patch changes.
 *
 * @param {EditorOptions} given
 * @param {Ask} ask
 * @param {(kernel: string) => void} take
 */
function createPatch(given, ask, take) {
  const name = h("input", { class: "zv-select zv-patch", "aria-label": "kernel and its changed rules",
    spellcheck: "false", maxlength: 300, onkeydown: (event) => {
      if (event.key === "Enter") submit();
    } });
  const said = h("p", { class: "zv-said", role: "status" });
  const dialog = createDialog("A patch of your own", "zv-compare", h("p", {},
    "A kernel, a plus sign, and the rules that your patch changes, with commas between:"), name,
  h("p", {}, words("Take it", "Run the scenario on it", submit)), said,
  h("p", {}, "The rules, and what each takes:"),
  h("ul", { class: "zv-rules" }, ...Object.entries(given.rules).map(([rule, values]) =>
    h("li", {}, h("code", {}, rule), ` ${values.join(", ")}`))));

  async function submit() {
    /** @type {KernelAnswer} */
    const found = await ask({ ask: "kernel", kernel: name.value });
    if (found.error) {
      sayAll(said, found.error);
      return;
    }
    dialog.close();
    take(found.kernel);
  }

  return {
    dialog,
    /** @param {string} kernel */
    ask(kernel) {
      if (!name.value) name.value = `${kernel.split(" + ")[0]} + ${given.patch}`;
      sayAll(said, "");
      dialog.open();
      name.focus();
    },
  };
}
