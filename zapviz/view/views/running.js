/* What is run: the text as it is typed, chosen, pasted or brought back, and the order of its CPUs. */

/** @import { EditorOptions, OpenAnswer } from "../types.js" */
/** @import { Kernels } from "../parts/kernels.js" */
/** @import { Notices } from "../parts/notices.js" */
/** @import { Scenarios } from "../parts/scenarios.js" */
/** @import { EditorHost } from "./editor.js" */

import { createHistory } from "../parts/history.js";

// A text that may name its kernel: a permalink, a mail, or a short link alone.
const NAMES = /zapviz(?::|%3A)\d|zapviz (?:run|diff) FILE|^\s*\S*[\w-](?:@|%40)v?[\w.-]+\S*\s*$|^\s*\S+:\/\S+#[\w-]+\S*\s*$/i;
const PAUSE = 180; // ms without a key after which the text is run

/** Watch a text, and have it run.
 *
 * @param {EditorOptions} given
 * @param {EditorHost} host
 * @param {{notices: Notices, kernels: Kernels, scenarios: Scenarios}} parts
 */
export function createRunning(given, host, { notices, kernels, scenarios }) {
  const { ask } = given;
  const { text } = host.display;
  const history = createHistory({ area: text.area, put: bring,
    isOwn: (value) => value.trim() !== "" && !scenarios.nameOf(value) });
  let sent = given.text ?? "";
  let ordered = String(given.schedule ?? []);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing;
  /** @type {string[]} */
  let mailed = []; // the kernels that the text names

  // Another question begins at its beginning: the number of a state of the last one means nothing.
  text.area.addEventListener("paste", () => { if (isWhole(text.area)) host.goTo(0); });
  text.area.addEventListener("input", () => {
    text.redraw();
    history.show();
    clearTimeout(typing);
    typing = setTimeout(sendText, PAUSE);
  });
  text.area.addEventListener("change", sendText);

  /** Take another text, which the one before can be brought back from. @param {string} chosen */
  function choose(chosen) {
    history.note();
    begin(chosen.replace(/\n+$/, "\n"));
  }

  /** Bring a text back. @param {string} value @param {boolean} whole whether it is another one, from its beginning */
  function bring(value, whole) {
    if (whole) begin(value);
    else {
      text.set(value);
      sendText();
    }
  }

  /** Put a text in place, at its beginning. @param {string} value */
  function begin(value) {
    mailed = [];
    notices.setNotice("");
    text.set(value);
    history.note(true);
    text.box.scrollTop = 0;
    host.move(0);
    sendSchedule([]);
    sendText();
  }

  async function sendText() {
    clearTimeout(typing);
    const value = text.area.value;
    if (value === sent) return;
    sent = value;
    notices.wait();
    if (ask && NAMES.test(value)) await openPasted(value);
    else {
      history.note();
      given.onText(value);
    }
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
      history.note();
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
    history.note(true);
    scenarios.name(value);
  }

  return {
    back: history.node,
    onKey: history.onKey,
    note: history.note,
    choose,
    sendText,
    setText,
    sendSchedule,
    /** @param {number[]} order */
    setSchedule: (order) => { ordered = String(order); },
    /** The order of the CPUs' turns. */
    order: () => (ordered ? ordered.split(",").map(Number) : []),
    /** The kernels that the text names. */
    named: () => mailed,
    destroy: () => clearTimeout(typing),
  };
}

/** Whether all of a text is selected, so that what is pasted takes its place. @param {HTMLTextAreaElement} area */
const isWhole = ({ selectionStart, selectionEnd, value }) => selectionStart === 0 && selectionEnd === value.length;
