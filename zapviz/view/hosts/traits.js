/* The player in a notebook: the traits of a GridWidget or an Explorer are its inputs and outputs. */

import { unpack } from "../core/trace.js";
import { asking } from "./asking.js";
import { createPlayer } from "../views/player.js";

/** Show a GridWidget or an Explorer: its traits are the player's inputs and outputs. */
export function renderPlayer({ model, el }) {
  const parsed = () => unpack(model.get("payload"));
  let pending = false;
  const send = (changes) => {
    for (const [key, value] of Object.entries(changes)) model.set(key, value);
    if (pending) return;
    pending = true;
    // One message for all that is set in one go, and before any other comes in: the echo of
    // an older value would be taken for news where a newer one is set but not sent.
    queueMicrotask(() => {
      pending = false;
      model.save_changes();
    });
  };
  const choices = model.get("choices");
  const player = createPlayer(el, parsed(), {
    palette: model.get("palette"),
    step: model.get("step"),
    granularity: model.get("granularity"),
    selected: model.get("selected"),
    theme: model.get("theme"),
    presentation: model.get("presentation"),
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
      ask: asking(model),
      onHost: choices.host ? () => send({ host_asked: model.get("host_asked") + 1 }) : null,
    },
  });
  const react = {
    payload: () => player.setTrace(parsed(), model.get("step")),
    step: () => player.step(model.get("step")),
    granularity: () => player.setGranularity(model.get("granularity")),
    selected: () => player.select(...(model.get("selected") ?? [null, 0])),
    presentation: () => player.setPresentation(model.get("presentation")),
    theme: () => player.setTheme(model.get("theme")),
    answers: () => player.answered(),
    host: () => model.get("host") && player.showHost(model.get("host")),
    text: () => player.setText(model.get("text")),
    kernel: () => player.setKernel(model.get("kernel")),
    schedule: () => player.setSchedule(model.get("schedule")),
    choices: () => player.setKernel(model.get("kernel")),
    error: () => player.setError(model.get("error"), model.get("error_line")),
    error_line: () => player.setError(model.get("error"), model.get("error_line")),
  };
  const handlers = Object.entries(react).map(([key, act]) => [`change:${key}`, act]);
  for (const [event, act] of handlers) model.on(event, act);
  return () => {
    for (const [event, act] of handlers) model.off(event, act);
    player.destroy();
  };
}
