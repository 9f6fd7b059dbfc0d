/* What an explorer has beside a player: scenario and kernel to choose, a text that is run as
 * it is typed, and all that is asked of Python: every order of a race, other kernels beside
 * this one, exports, permalinks, this machine's own kernel.
 */

/** @import { EditorOptions, ExportAnswer, Form, Key, OpenAnswer, Palette, ThemeName, View } from "../types.js" */
/** @import { Display } from "./display.js" */

import { h, say, words } from "../core/dom.js";
import { createDialog } from "../parts/dialog.js";
import { createKernels } from "../parts/kernels.js";
import { createNotices } from "../parts/notices.js";
import { createRaceBox } from "../parts/race.js";
import { OF_TRACE, createShare } from "../parts/share.js";
import { createBeside } from "./beside.js";
import { createPredicting } from "./predicting.js";

// A text that may name its kernel: a permalink, a mail, or a short link alone.
const NAMES = /zapviz(?::|%3A)\d|zapviz (?:run|diff) FILE|^\s*\S*[\w-](?:@|%40)v?[\w.-]+\S*\s*$|^\s*\S+:\/\S+#[\w-]+\S*\s*$/i;
const PAUSE = 180; // ms without a key after which the text is run

/** The player that an editor belongs to.
 *
 * @typedef {object} EditorHost
 * @property {Display} display
 * @property {Palette} palette
 * @property {(n: number) => void} move
 * @property {(n: number | null) => void} goTo the state to show of the next trace; null: any will do
 * @property {() => void} goToCpus the same: where its CPUs begin
 * @property {(make: (element: HTMLElement, close: () => void, theme: ThemeName | undefined, large: boolean) => View) => void} instead
 *   shows something else in the player's place until it is closed
 */

/** Build the editor's side of a player.
 *
 * @param {EditorOptions} given
 * @param {EditorHost} host
 */
export function createEditor(given, host) {
  const { text } = host.display;
  const { ask, onHost } = given;
  let sent = given.text ?? "";
  let ordered = String(given.schedule ?? []);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing;
  /** @type {string[]} */
  let mailed = []; // the kernels that the text names

  /* -- parts -- */

  const notices = createNotices(text, () => host.display.data.rows.length > 0, given.waits ?? undefined);
  const scenarios = createScenarios(given.scenarios, (chosen) => {
    mailed = [];
    notices.setNotice("");
    text.set(chosen.replace(/\n+$/, "\n"));
    text.box.scrollTop = 0;
    host.move(0);
    sendSchedule([]);
    sendText();
  });
  const kernels = createKernels(given, (name) => {
    notices.setNotice("");
    given.onKernel(name);
    notices.wait();
  });
  const hostText = h("pre", {});
  const hostBox = createDialog("On this machine\u2019s own kernel", "zv-host", hostText);
  const raceBox = createRaceBox(host.palette, { explore: () => askNow("race"), follow(order) {
    host.goToCpus();
    sendSchedule(order);
  } });
  const beside = createBeside(given, host, kernels, () => mailed, askNow);
  const predicting = createPredicting(given, host, () => {
    sendText();
    return { scenario: text.area.value, kernel: kernels.pick.value };
  });
  const share = createShare({ what: OF_TRACE, forms: given.forms, looks: given.looks, make: exported });

  // Another question begins at its beginning: the number of a state of the last one means nothing.
  text.area.addEventListener("paste", () => { if (isWhole(text.area)) host.goTo(0); });
  text.area.addEventListener("input", () => {
    text.redraw();
    clearTimeout(typing);
    typing = setTimeout(sendText, PAUSE);
  });
  text.area.addEventListener("change", sendText);

  const fields = [
    h("label", { class: "zv-field" }, h("span", {}, "Scenario "), scenarios.pick),
    h("label", { class: "zv-field", title: "Kernel (k)" }, h("span", {}, "Kernel "), kernels.pick),
  ];
  /** @type {[string, ...(HTMLElement | null)[]][]} */
  const menu = [
    ["Other kernels", ask ? words("Compare", "This scenario on several kernels, side by side (c)", beside.open, "", "c") : null,
      onHost ? words("Try here", "Run the scenario on this machine's own kernel, beside the model", () => {
        sendText();
        showHost("Running the scenario on this machine\u2019s kernel \u2026");
        onHost();
      }, "zv-said-host") : null],
    ["Exercise", ask ? words("Predict", "Mark what becomes of each entry, before it is told (m)", predicting.open, "", "m") : null],
    ["Take away", ask ? words("Share", "Copy or save: mail text, pictures, a page, a link (s)", share.open, "", "s") : null],
  ];

  /* -- the text, the kernel, the schedule -- */

  async function sendText() {
    clearTimeout(typing);
    const value = text.area.value;
    if (value === sent) return;
    sent = value;
    notices.wait();
    if (ask && NAMES.test(value)) await openPasted(value);
    else given.onText(value);
    scenarios.name(text.area.value);
  }

  /** Open a permalink, or a mail, that was pasted in place of a scenario. @param {string} pasted */
  async function openPasted(pasted) {
    /** @type {OpenAnswer | undefined} */
    const found = await ask?.({ ask: "open", pasted, kernel: kernels.shown });
    if (!found || sent !== pasted) return; // it was typed over
    if (found.error) {
      notices.setError(found.error);
      notices.answered();
      return;
    }
    if (found.kernels) { // no link: the text stays as it stands
      // Whoever goes on typing in a mail has chosen the kernel since.
      if (found.kernel && String(found.kernels) !== String(mailed)) {
        notices.setNotice(found.notice ?? "");
        kernels.set(found.kernel);
        given.onKernel(found.kernel);
      }
      mailed = found.kernels;
      given.onText(pasted);
      return;
    }
    setText(found.text);
    if (found.kernel) {
      kernels.set(found.kernel);
      given.onKernel(found.kernel);
    }
    sendSchedule(found.schedule ?? []);
    given.onText(found.text);
    host.goTo(found.step ?? null);
  }

  /** @param {number[]} order */
  function sendSchedule(order) {
    if (!given.onSchedule || String(order) === ordered) return;
    ordered = String(order);
    given.onSchedule(order);
    notices.wait();
  }

  /** @param {string} value */
  function setText(value) {
    if (value === sent) return;
    sent = value;
    text.set(value);
    scenarios.name(value);
  }

  /* -- what is asked of the text -- */

  /** @template A @param {string} name @param {Record<string, unknown>} more @returns {Promise<A>} */
  function asked(name, more = {}) {
    if (!ask) throw new Error("there is nobody to ask");
    return ask({ ask: name, text: text.area.value, kernel: kernels.pick.value,
      schedule: ordered ? ordered.split(",").map(Number) : [], ...more });
  }

  /** Ask of the text as it stands now, which is run too. @template A @param {string} name @param {Record<string, unknown>} more @returns {Promise<A>} */
  function askNow(name, more = {}) {
    sendText();
    return asked(name, more);
  }

  /** @param {Form} form @param {string} what @param {string} theme @returns {Promise<ExportAnswer>} */
  function exported(form, what, theme) {
    const { from, to } = what === "change" ? host.display.statement() : { from: null, to: host.display.at };
    return asked("export", { form: form.name, step: what === "whole" ? null : to, options: {
      ...(what === "change" && form.options.includes("since") ? { since: from } : {}),
      ...(form.options.includes("theme") ? { theme } : {}) } });
  }

  /** @param {string} said */
  function showHost(said) {
    say(hostText, said);
    hostBox.open();
  }

  /** @type {Key[]} */
  const keys = [["k", "choose the kernel: then \u2193 and \u2191", () => kernels.pick.focus()]];
  if (ask) {
    keys.push(["m", "mark: predict what each zap does", predicting.toggle], ["c", "compare kernels", beside.toggle],
      ["s", "share: copy or save", share.toggle]);
  }

  return {
    fields,
    menu,
    keys,
    notices: notices.nodes,
    dialogs: [...kernels.dialogs, hostBox, raceBox.dialog, beside, predicting, share],
    begin() {
      text.set(given.text);
      kernels.set(given.kernel);
      scenarios.name(given.text);
      notices.setError(given.error ?? "", given.errorLine);
    },
    sendSchedule: given.onSchedule ? sendSchedule : null,
    exploreRace: ask ? raceBox.explore : null,
    setText,
    setKernel: kernels.set,
    /** @param {number[]} order */
    setSchedule: (order) => { ordered = String(order); },
    setError: notices.setError,
    answered: notices.answered,
    /** Tell whether nothing runs any more, and the kernel whose trace is shown.
     *
     * @param {boolean} gone
     * @param {string} kernel
     */
    setGone(gone, kernel) {
      if (gone) kernels.set(kernel);
      kernels.pick.disabled = gone;
      notices.setGone(gone);
    },
    showHost,
    destroy() {
      clearTimeout(typing);
      notices.destroy();
    },
  };
}

/** Whether all of a text is selected, so that what is pasted takes its place. @param {HTMLTextAreaElement} area */
const isWhole = ({ selectionStart, selectionEnd, value }) => selectionStart === 0 && selectionEnd === value.length;

/** The scenarios to choose from.
 *
 * @param {EditorOptions["scenarios"]} list
 * @param {(text: string) => void} choose
 */
function createScenarios(list, choose) {
  let own = ""; // the last text that is none of them: it is there to come back to
  const yours = h("option", { value: "", hidden: true }, "(your own)");
  const pick = h("select", { class: "zv-select zv-scenarios", "aria-label": "scenario",
    onchange: () => choose(list.find((scenario) => scenario.name === pick.value)?.text ?? own) },
  ...list.map((one) => h("option", { value: one.name, title: one.about },
    one.title ? `${one.name} \u00b7 ${one.title}` : one.name)),
  yours);
  return {
    pick,
    /** Name the scenario that a text is. @param {string} text */
    name(text) {
      const one = list.find((scenario) => scenario.text.trim() === text.trim());
      if (!one) own = text;
      yours.hidden = !own;
      pick.value = one ? one.name : "";
      pick.title = one ? one.about ?? "" : "";
    },
  };
}
