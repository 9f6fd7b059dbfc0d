/* The player in a notebook: the traits of a GridWidget or an Explorer are its inputs and outputs. */

/** @import { Choices, Place, WidgetModel } from "../types.js" */
/** @import { Connection } from "./asking.js" */

import { unpack } from "../core/trace.js";
import { frameIn } from "../parts/shell.js";
import { createPlayer } from "../views/player.js";
import { connect, watchTraits } from "./asking.js";
import { bringIntoSight } from "./sight.js";

const UNSAVED = "The notebook\u2019s file does not hold your text; a cell from Share would.";

/** Show a GridWidget or an Explorer: its traits are the player's inputs and outputs.
 *
 * @param {{model: WidgetModel, el: HTMLElement}} shown
 * @param {Connection | null} given that of the view around it; null: one of its own
 */
function showPlayer({ model, el }, given) {
  const frame = frameIn(el);
  if (!given) bringIntoSight(el);
  const python = given ?? connect(model, frame);
  const parsed = () => unpack(model.get("payload"));
  const send = sender(model);
  /** @type {(Choices & {host?: boolean}) | null} */
  const choices = model.get("choices"); // null: the scenario is only shown
  const player = createPlayer(frame, parsed(), {
    palette: model.get("palette"),
    step: model.get("step"),
    granularity: model.get("granularity"),
    selected: model.get("selected"),
    theme: model.get("theme"),
    presentation: model.get("presentation"),
    seen: model.get("seen"),
    onSeen: (seen) => send({ seen }),
    onPresentation: (presentation) => send({ presentation }),
    onStep: (step) => send({ step }),
    onGranularity: (granularity) => send({ granularity }),
    onSelect: (selected) => send({ selected }),
    editor: choices && {
      ...choices,
      text: model.get("text"),
      kernel: model.get("kernel"),
      error: model.get("error"),
      errorLine: model.get("error_line"),
      schedule: model.get("schedule"),
      onText: (text) => send({ text }),
      onKernel: (kernel) => send({ kernel }),
      onSchedule: (schedule) => send({ schedule }),
      ask: python.ask,
      unsaved: () => (el.closest(".jp-NotebookPanel") ? UNSAVED : ""),
      onHost: choices.host ? () => send({ host_asked: 1 + Number(model.get("host_asked")) }) : null,
    },
  });
  const showError = () => player.setError(model.get("error"), model.get("error_line"));
  const showKernel = () => player.setKernel(model.get("kernel"));
  const unwatch = watchTraits(model, {
    payload: () => player.setTrace(parsed(), model.get("step")),
    step: () => player.step(model.get("step")),
    granularity: () => player.setGranularity(model.get("granularity")),
    selected() {
      /** @type {Place | null} */
      const place = model.get("selected");
      player.select(place?.[0] ?? null, place?.[1] ?? 0);
    },
    presentation: () => player.setPresentation(model.get("presentation")),
    seen: () => player.setSeen(model.get("seen")),
    theme: () => player.setTheme(model.get("theme")),
    answers: () => player.answered(),
    host() {
      if (model.get("host")) player.showHost(model.get("host"));
    },
    text: () => player.setText(model.get("text")),
    kernel: showKernel,
    schedule: () => player.setSchedule(model.get("schedule")),
    choices: showKernel,
    error: showError,
    error_line: showError,
  });
  python.onGone((gone) => player.setGone(gone));
  return () => {
    unwatch();
    if (!given) python.stop();
    player.destroy();
  };
}

/** Show a GridWidget or an Explorer. @param {{model: WidgetModel, el: HTMLElement}} shown */
export const renderPlayer = (shown) => showPlayer(shown, null);

/** Show the explorer that is a part of another view of its widget.
 *
 * @param {{model: WidgetModel, el: HTMLElement}} shown
 * @param {Connection} python
 */
export const renderInside = (shown, python) => showPlayer(shown, python);

/** What sets traits; those that are set in one go reach Python in one message.
 *
 * @param {WidgetModel} model
 */
function sender(model) {
  let pending = false;
  /** @param {Record<string, unknown>} changes */
  return (changes) => {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    if (pending) return;
    pending = true;
    // Before any other message comes in: the echo of an older value would be taken for news
    // where a newer one is set but not sent.
    queueMicrotask(() => {
      pending = false;
      model.save_changes();
    });
  };
}
