/* The controls that step: buttons, slider, speed, and how far one step goes.
 *
 * It knows states by number and nothing of what they show; the player and the comparison
 * each give it their own.
 */

import { h, s, say, icon, button } from "../core/dom.js";
import { stopIndex } from "../core/trace.js";

export const GRANULARITIES = [
  ["statement", "Statement", "stop after each statement (1)"],
  ["pass", "Pass", "stop after each pass over a range (2)"],
  ["entry", "Entry", "stop after each smallest step (3)"],
];
/** What became of an entry or an assertion, with a sign. */
export const VERDICTS = {
  zapped: "\u2715 zapped",
  kept: "= kept",
  changed: "\u2192 changed",
  installed: "+ installed",
  holds: "\u2713 holds",
  fails: "\u2715 fails",
};
const SPEEDS = [2000, 1000, 500, 250, 100];
const PLAY = { true: ["pause", "Pause", "Pause (Space)"], false: ["play", "Play", "Play (Space)"] };

/** Build the controls.
 *
 * host: at(), last(), stops(granularity), the states that it stops at; marks(), the states to
 * mark on the slider; move(n); onGranularity(value, tell); onPlay(on).
 */
export function createTransport(host, granularity) {
  let timer = null;
  let speed = 500;
  const now = () => host.stops(granularity);

  const buttons = {
    first: button("first", "First state (Home)", () => host.move(0)),
    previous: button("previous", "Previous (\u2190)", () => by(-1)),
    play: button("play", PLAY.false[2], () => play(), PLAY.false[1]),
    next: button("next", "Next (\u2192)", () => by(1), "Next"),
    last: button("last", "Last state (End)", () => host.move(host.last())),
  };
  const pace = h("select", { class: "zv-select", title: "Speed of play (+ and \u2212)",
    "aria-label": "speed of play", onchange: () => setSpeed(Number(pace.value)) },
    ...SPEEDS.map((ms) => h("option", { value: ms }, `${ms / 1000} s a step`)));
  const slider = h("input", { type: "range", class: "zv-slider", min: 0, step: 1, value: 0,
    "aria-label": "state", oninput: () => host.move(now()[Number(slider.value)]) });
  const ticks = s("svg", { class: "zv-ticks", preserveAspectRatio: "none", "aria-hidden": "true" });
  const counter = h("span", { class: "zv-counter" });
  const choices = GRANULARITIES.map(([value, label, title]) =>
    h("button", { type: "button", class: "zv-choice", role: "radio", title, "data-value": value,
      onclick: () => setGranularity(value) }, label));
  const node = h("div", { class: "zv-transport" },
    h("div", { class: "zv-buttons" }, ...Object.values(buttons)), pace,
    h("div", { class: "zv-slide" }, slider, ticks), counter);
  const strides = h("span", { class: "zv-field zv-fixed" }, h("span", { class: "zv-each" }, "Stop at each"),
    h("span", { class: "zv-choices", role: "radiogroup", "aria-label": "stop at each" }, ...choices));

  function by(direction, stops = now()) {
    const at = host.at();
    const index = stopIndex(stops, at);
    if (direction > 0) host.move(stops[Math.min(index + 1, stops.length - 1)]);
    else host.move(stops[Math.max(0, stops[index] === at ? index - 1 : index)]);
  }

  function setGranularity(value, tell = true) {
    if (!GRANULARITIES.some(([one]) => one === value)) return;
    granularity = value;
    for (const choice of choices) {
      const on = choice.dataset.value === value;
      choice.setAttribute("aria-checked", String(on));
      choice.tabIndex = on ? 0 : -1;
    }
    reset();
    host.onGranularity(value, tell);
  }

  /** Take over other states: the slider's length and its marks. */
  function reset() {
    const stops = now();
    slider.max = stops.length - 1;
    ticks.setAttribute("viewBox", `0 0 ${Math.max(1, stops.length - 1)} 1`);
    const marks = granularity === "statement" ? [] : host.marks();
    const path = marks.length < 150 ? marks.map((state) => `M${stopIndex(stops, state)} 0V1`).join("") : "";
    ticks.replaceChildren(...(path ? [s("path", { d: path, "vector-effect": "non-scaling-stroke" })] : []));
  }

  /** Bring the controls to the state that is shown. */
  function show() {
    const [at, last, stops] = [host.at(), host.last(), now()];
    if (Number(slider.max) !== stops.length - 1) slider.max = stops.length - 1;
    slider.value = stopIndex(stops, at);
    slider.setAttribute("aria-valuetext", `${at} of ${last}`);
    say(counter, `${at} / ${last}`);
    const off = { first: at === 0, previous: at === 0, next: at === last, last: at === last };
    for (const [what, is] of Object.entries(off)) {
      if (buttons[what].getAttribute("aria-disabled") !== String(is)) {
        buttons[what].setAttribute("aria-disabled", String(is));
      }
    }
  }

  function setSpeed(ms) {
    speed = ms;
    pace.value = String(ms);
  }

  function changeSpeed(direction) {
    const index = SPEEDS.indexOf(speed) + direction;
    setSpeed(SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, index))]);
  }

  /** Play: each state is shown for its time, and none is left out. */
  function play(on = timer === null) {
    if (on === (timer !== null)) return;
    if (on && host.at() === host.last()) host.move(0);
    const [sign, word, label] = PLAY[on];
    buttons.play.replaceChildren(icon(sign), h("span", {}, word));
    buttons.play.title = label;
    buttons.play.setAttribute("aria-label", label);
    host.onPlay(on);
    if (!on) {
      clearTimeout(timer);
      timer = null;
      return;
    }
    let due = performance.now() + speed;
    const tick = () => {
      by(1);
      if (host.at() === host.last()) {
        play(false);
        return;
      }
      // The next state waits until this one has been painted: on a busy machine too, none is lost.
      const own = timer;
      requestAnimationFrame(() => {
        if (timer !== own) return;
        const time = performance.now();
        due = Math.max(due + speed, time + speed / 2);
        timer = setTimeout(tick, due - time);
      });
    };
    timer = setTimeout(tick, speed);
  }

  /** What a key does, as long as no part of the host wants it; true if it did something. */
  function onKey(event) {
    const { key, target } = event;
    const radio = target.closest("[role=radio]");
    const turn = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
    if (radio && turn) {
      const index = choices.indexOf(radio) + turn + choices.length;
      const next = choices[index % choices.length];
      setGranularity(next.dataset.value);
      next.focus();
      return true;
    }
    if ((key === " " || key === "Enter") && target.closest("button, summary")) return false;
    const by_ = (direction) => by(direction, event.shiftKey ? host.stops("statement") : now());
    const acts = {
      ArrowRight: () => by_(1),
      ArrowLeft: () => by_(-1),
      n: () => by(1),
      p: () => by(-1),
      Home: () => host.move(0),
      End: () => host.move(host.last()),
      " ": () => play(),
      "+": () => changeSpeed(1),
      "=": () => changeSpeed(1),
      "-": () => changeSpeed(-1),
      1: () => setGranularity("statement"),
      2: () => setGranularity("pass"),
      3: () => setGranularity("entry"),
    };
    const act = acts[key.length === 1 ? key.toLowerCase() : key];
    act?.();
    return Boolean(act);
  }

  setSpeed(500);
  return { node, strides, by, play, reset, show, setGranularity, onKey,
    get granularity() { return granularity; } };
}
