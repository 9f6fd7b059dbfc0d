/* What the page of a widget asks of Python, over the connection of the notebook. */

/** @import { Ask, WidgetModel } from "../types.js" */

import { h, say } from "../core/dom.js";

const ANSWERS = 1500; // ms in which Python answers if it is there, and is not at work
const PATIENCE = 60_000; // ms for which a question waits: what takes long is answered in slices
const GONE = "The Python kernel that showed this was restarted or has ended: run the cell again.";
const LATE = `Python has not answered for ${PATIENCE / 1000} seconds: it runs another cell, or has ended. ` +
  "Ask again when it is free; if it was restarted, run the cell again.";
const LEFT = " Until then it can be stepped through as it is.";

/** @typedef {ReturnType<typeof connect>} Connection */

/** Requests to Python (zapviz/api/answers.py) and their answers, matched by number; and whether
 * there is anybody left to answer, which is said above the view.
 *
 * @param {WidgetModel} model
 * @param {HTMLElement} frame what the view stands in
 */
export function connect(model, frame) {
  const line = h("p", { class: "zv-gone", role: "alert", hidden: true });
  frame.prepend(line);
  /** @type {Map<string, (answer: any) => void>} */
  const open = new Map();
  /** @type {((gone: boolean) => void)[]} */
  const acts = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let deadline;
  let count = 0;
  let gone = false;

  /** @param {boolean} is */
  function setGone(is) {
    clearTimeout(deadline);
    if (is === gone) return;
    gone = is;
    say(line, gone ? GONE + LEFT : "");
    line.hidden = !gone;
    for (const act of acts) act(gone);
    if (!gone) return;
    for (const answer of open.values()) answer({ error: GONE });
    open.clear();
  }

  /** @param {{number: string, answer: unknown}} message */
  function hear(message) {
    setGone(false);
    open.get(message.number)?.(message.answer);
    open.delete(message.number);
  }

  /** @param {Record<string, unknown>} request @param {(answer: any) => void} take */
  function send(request, take) {
    // More than one page can show the widget: the number says which of them asked.
    const number = `${Math.random()} ${count++}`;
    const late = setTimeout(() => {
      open.delete(number);
      take({ error: LATE });
    }, PATIENCE);
    open.set(number, (answer) => {
      clearTimeout(late);
      take(answer);
    });
    model.send({ number, request });
  }

  /** The connection has changed: see whether Python is still there. */
  function check() {
    clearTimeout(deadline);
    deadline = setTimeout(() => setGone(true), ANSWERS);
    try {
      send({ ask: "alive" }, () => {});
    } catch {
      setGone(true); // there is not even a connection
    }
  }

  model.on("msg:custom", hear);
  model.on("comm_live_update", check);
  return {
    /** @type {Ask} */
    ask: (request) => new Promise((resolve) => {
      try {
        if (!gone) send(request, resolve);
      } catch {
        setGone(true); // there is not even a connection
      }
      if (gone) resolve(/** @type {any} */ ({ error: GONE }));
    }),
    /** Act when Python goes or is there again. @param {(gone: boolean) => void} act */
    onGone: (act) => { acts.push(act); },
    stop() {
      clearTimeout(deadline);
      model.off("msg:custom", hear);
      model.off("comm_live_update", check);
      line.remove();
    },
  };
}

/** Act when traits change, until what this gives is called.
 *
 * @param {WidgetModel} model
 * @param {Record<string, () => void>} acts by trait
 */
export function watchTraits(model, acts) {
  const handlers = Object.entries(acts);
  for (const [trait, act] of handlers) model.on(`change:${trait}`, act);
  return () => {
    for (const [trait, act] of handlers) model.off(`change:${trait}`, act);
  };
}
