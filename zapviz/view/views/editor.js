/* What an explorer has beside a player: scenario and kernel to choose, a text that is run as
 * it is typed, and all that is asked of Python: every order of a race, other kernels beside
 * this one, exports, permalinks, this machine's own kernel.
 */

/** @import { EditorOptions, ExportAnswer, Form, Going, Key, Palette, ThemeName, View } from "../types.js" */
/** @import { Display } from "./display.js" */

import { h, say, words } from "../core/dom.js";
import { askingOn } from "../core/going.js";
import { CELL, madeHere } from "../core/own.js";
import { createDialog } from "../parts/dialog.js";
import { createGoingLine } from "../parts/going.js";
import { createKernels } from "../parts/kernels.js";
import { createNotices } from "../parts/notices.js";
import { createRaceBox } from "../parts/race.js";
import { createScenarios } from "../parts/scenarios.js";
import { OF_TRACE, createShare } from "../parts/share.js";
import { createBeside } from "./beside.js";
import { createPredicting } from "./predicting.js";
import { createRunning } from "./running.js";
import { createWatched } from "./watched.js";

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
 * @property {(on: boolean) => void} present makes the view large, or not
 */

/** Build the editor's side of a player.
 *
 * @param {EditorOptions} options
 * @param {EditorHost} host
 */
export function createEditor(options, host) {
  const given = { ...options, ask: options.ask ? askingOn(options.ask) : null };
  const { text } = host.display;
  const { ask, onHost } = given;

  /* -- parts -- */

  const notices = createNotices(text, () => host.display.data.rows.length > 0,
    () => (scenarios.isOwn(text.area.value) ? given.unsaved?.() ?? "" : ""), given.waits ?? undefined);
  const scenarios = createScenarios(given.scenarios, given.text ?? "", (chosen) => running.choose(chosen));
  const kernels = createKernels(given, (name) => {
    notices.setNotice("");
    given.onKernel(name);
    notices.wait();
  });
  const running = createRunning(given, host, { notices, kernels, scenarios });
  const { sendText, sendSchedule } = running;
  const hostText = h("pre", {});
  const hostBox = createDialog("On this machine\u2019s own kernel", "zv-host", hostText);
  const raceBox = createRaceBox(host.palette, { explore: (going) => askNow("race", {}, going), follow(order) {
    host.goToCpus();
    sendSchedule(order);
  } });
  const beside = createBeside(given, host, kernels, running.named, askNow);
  const line = createGoingLine(text.area);
  const predicting = createPredicting(given, host, () => {
    sendText();
    return { scenario: text.area.value, kernel: kernels.pick.value };
  });
  const watched = given.onWatched ?? (ask ? () => asked("watched") : null);
  const share = createShare({ what: OF_TRACE, forms: [...given.forms, CELL], looks: given.looks, make: exported });

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

  /* -- what is asked of the text -- */

  /** @template A @param {string} name @param {Record<string, unknown>} [more] @param {Going} [going] @returns {Promise<A>} */
  function asked(name, more = {}, going = undefined) {
    if (!ask) throw new Error("there is nobody to ask");
    return ask({ ask: name, text: text.area.value, kernel: kernels.pick.value, schedule: running.order(), ...more }, going);
  }

  /** Ask of the text as it stands now, which is run too.
   *
   * @template A
   * @param {string} name
   * @param {Record<string, unknown>} more
   * @param {Going} going
   * @returns {Promise<A>}
   */
  function askNow(name, more, going) {
    sendText();
    return asked(name, more, going);
  }

  /** @param {Form} form @param {string} what @param {string} theme @param {boolean} comments @param {Going} going @returns {Promise<ExportAnswer>} */
  function exported(form, what, theme, comments, going) {
    const made = madeHere(form, { text: text.area.value, shipped: scenarios.nameOf(text.area.value),
      kernel: kernels.pick.value, step: host.display.at, schedule: running.order() });
    if (made) return Promise.resolve(made);
    const { from, to } = what === "change" ? host.display.statement() : { from: null, to: host.display.at };
    /** @param {Record<string, unknown>} options those of them that the form takes */
    const taken = (options) => Object.fromEntries(Object.entries(options).filter(([name]) => form.options.includes(name)));
    return asked("export", { form: form.name, step: what === "whole" ? null : to,
      options: taken({ ...(what === "change" ? { since: from } : {}), theme, comments }) }, going);
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
    onKey: running.onKey,
    watched: watched && createWatched({ ...host, at: () => host.display.at, say: notices.setNotice },
      () => watched(text.area.value, kernels.pick.value)),
    notices: [running.back, line.node, ...notices.nodes],
    dialogs: [...kernels.dialogs, hostBox, raceBox.dialog, beside, predicting, share],
    begin() {
      text.set(given.text);
      running.note();
      kernels.set(given.kernel);
      scenarios.name(given.text);
      notices.setError(given.error ?? "", given.errorLine);
    },
    sendSchedule: given.onSchedule ? sendSchedule : null,
    exploreRace: ask ? raceBox.explore : null,
    setText: running.setText,
    setKernel: kernels.set,
    setSchedule: running.setSchedule,
    setError: notices.setError,
    answered: notices.answered,
    /** What to pass along with the question that has the text run; an older one is dropped. */
    running() {
      const going = line.begin("Running the scenario", true);
      const { tell } = going;
      going.tell = (progress) => {
        notices.going();
        tell(progress);
      };
      return going;
    },
    /** That question is answered; whether its answer is wanted. @param {Going} going */
    ran: (going) => line.done(going),
    /** Have what runs stop; whether something does. */
    stop: line.stop,
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
      line.drop();
      running.destroy();
      notices.destroy();
    },
  };
}
