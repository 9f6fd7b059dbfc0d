/* The controls that step: buttons, slider, speed, and how far one step goes.
 *
 * It knows states by number and nothing of what they show; the player and the comparison
 * each give it their own.
 */

/** @import { Granularity } from "../types.js" */

import { h, s, say, icon, button, targetOf } from "../core/dom.js";
import { actOn } from "../core/keys.js";
import { SPEED, SPEEDS, faster, nextDue } from "../core/pace.js";
import { nextStop, stopIndex } from "../core/stops.js";

/** @type {[Granularity, string, string][]} */
const GRANULARITIES = [
  ["statement", "Statement", "stop after each statement (1)"],
  ["pass", "Pass", "stop after each pass over a range (2)"],
  ["entry", "Entry", "stop after each smallest step (3)"],
];
/** @type {["pause", string, string]} */
const PAUSES = ["pause", "Pause", "Pause (Space)"];
/** @type {["play", string, string]} */
const PLAYS = ["play", "Play", "Play (Space)"];

/** What is stepped through.
 *
 * @typedef {object} Stepped
 * @property {() => number} at
 * @property {() => number} last
 * @property {(granularity: Granularity) => number[]} stops the states that it stops at
 * @property {() => number[]} marks the states to mark on the slider
 * @property {() => [number, string][]} [wrong] the states after which something fails, and what is said of them
 * @property {() => [string, string]} [tally] how the assertions come out: in words, and the verdict on all of them
 * @property {(n: number) => void} move
 * @property {(value: Granularity, tell: boolean) => void} onGranularity
 * @property {(on: boolean) => void} onPlay
 */
/** @typedef {ReturnType<typeof createTransport>} Transport */

/** Build the controls.
 *
 * @param {Stepped} host
 * @param {Granularity} granularity
 */
export function createTransport(host, granularity) {
  const now = () => host.stops(granularity);
  const buttons = {
    first: button("first", "First state (Home)", () => host.move(0)),
    previous: button("previous", "Previous (\u2190)", () => by(-1)),
    play: button("play", PLAYS[2], () => player.play(), PLAYS[1]),
    next: button("next", "Next (\u2192)", () => by(1), "Next"),
    last: button("last", "Last state (End)", () => host.move(host.last())),
  };
  const player = createPlay({
    ended: () => host.at() === host.last(),
    rewind: () => host.move(0),
    next: () => by(1),
    /** @param {boolean} on */
    show(on) {
      const [sign, word, label] = on ? PAUSES : PLAYS;
      buttons.play.replaceChildren(icon(sign), h("span", {}, word));
      buttons.play.title = label;
      buttons.play.setAttribute("aria-label", label);
      host.onPlay(on);
    },
  });
  /** @type {Map<number, string>} */
  let wrong = new Map(); // by state: what fails because of the step to it
  const slider = h("input", { type: "range", class: "zv-slider", min: 0, step: 1, value: 0,
    "aria-label": "state", oninput: () => host.move(now()[Number(slider.value)]) });
  const ticks = s("svg", { class: "zv-ticks", preserveAspectRatio: "none", "aria-hidden": "true" });
  const warnings = h("div", { class: "zv-warnings", "aria-hidden": "true" });
  const counter = h("span", { class: "zv-counter" });
  const tally = h("span", { class: "zv-tally" });
  const choices = GRANULARITIES.map(([value, label, title]) =>
    h("button", { type: "button", class: "zv-choice", role: "radio", title, "data-value": value,
      onclick: () => setGranularity(value) }, label));
  const node = h("div", { class: "zv-transport" },
    h("div", { class: "zv-buttons" }, ...Object.values(buttons)),
    h("div", { class: "zv-slide" }, slider, ticks, warnings), counter, tally);
  const strides = h("span", { class: "zv-choices", role: "radiogroup", "aria-label": "stop at each", onkeydown: onRadioKey },
    ...choices);

  /** @param {number} direction @param {number[]} stops */
  function by(direction, stops = now()) {
    host.move(nextStop(stops, host.at(), direction));
  }

  /** @param {string} value @param {boolean} tell */
  function setGranularity(value, tell = true) {
    const known = GRANULARITIES.find(([one]) => one === value);
    if (!known) return;
    granularity = known[0];
    for (const choice of choices) {
      const on = choice.dataset.value === value;
      choice.setAttribute("aria-checked", String(on));
      choice.tabIndex = on ? 0 : -1;
    }
    reset();
    host.onGranularity(granularity, tell);
  }

  /** Take over other states: the slider's length and its marks. */
  function reset() {
    const stops = now();
    slider.max = String(stops.length - 1);
    ticks.setAttribute("viewBox", `0 0 ${Math.max(1, stops.length - 1)} 1`);
    const marks = granularity === "statement" ? [] : host.marks();
    const path = marks.length < 150 ? marks.map((state) => `M${stopIndex(stops, state)} 0V1`).join("") : "";
    wrong = new Map(host.wrong?.() ?? []);
    warnings.replaceChildren(...[...wrong.keys()].map((state) => warning(stops, state)));
    const [outcome, verdict] = host.tally?.() ?? ["", ""];
    say(tally, outcome);
    tally.title = verdict === "undecided" ? "One order of the CPUs does not decide it: explore every order" : "";
    tally.className = `zv-tally zv-tally-${verdict}`;
    ticks.replaceChildren(...(path ? [s("path", { d: path, "vector-effect": "non-scaling-stroke" })] : []));
  }

  /** Bring the controls to the state that is shown. */
  function show() {
    const [at, last, stops] = [host.at(), host.last(), now()];
    if (Number(slider.max) !== stops.length - 1) slider.max = String(stops.length - 1);
    slider.value = String(stopIndex(stops, at));
    const said = wrong.get(at);
    slider.setAttribute("aria-valuetext", said ? `${at} of ${last}, ${said}` : `${at} of ${last}`);
    say(counter, `${at} / ${last}`);
    /** @type {[HTMLElement, boolean][]} */
    const off = [[buttons.first, at === 0], [buttons.previous, at === 0], [buttons.next, at === last],
      [buttons.last, at === last]];
    for (const [one, is] of off) {
      if (one.getAttribute("aria-disabled") !== String(is)) one.setAttribute("aria-disabled", String(is));
    }
  }

  /** Go among the choices. @param {KeyboardEvent} event */
  function onRadioKey(event) {
    /** @type {Record<string, number>} */
    const turns = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    const turn = turns[event.key];
    if (!turn) return;
    const index = choices.findIndex((one) => one === targetOf(event)) + turn + choices.length;
    const next = choices[index % choices.length];
    setGranularity(String(next.dataset.value));
    next.focus();
    event.preventDefault();
    event.stopPropagation();
  }

  /** What a key does, as long as no part of the host wants it; true if it did something.
   *
   * @param {KeyboardEvent} event
   */
  function onKey(event) {
    const { key } = event;
    if ((key === " " || key === "Enter") && targetOf(event).closest("button, summary")) return false;
    const stops = event.shiftKey ? host.stops("statement") : now();
    return actOn({
      ArrowRight: () => by(1, stops),
      ArrowLeft: () => by(-1, stops),
      PageDown: () => by(1),
      PageUp: () => by(-1),
      n: () => by(1),
      p: () => by(-1),
      Home: () => host.move(0),
      End: () => host.move(host.last()),
      " ": () => player.play(),
      "+": () => player.changeSpeed(1),
      "=": () => player.changeSpeed(1),
      "-": () => player.changeSpeed(-1),
      1: () => setGranularity("statement"),
      2: () => setGranularity("pass"),
      3: () => setGranularity("entry"),
    }, key);
  }

  return { node, strides, pace: player.pace, by, play: player.play, reset, show, setGranularity, onKey,
    get granularity() { return granularity; } };
}

/** A mark on the slider at a state after which something fails. @param {number[]} stops @param {number} state */
function warning(stops, state) {
  const node = h("span", { class: "zv-warning" }, "\u25b2");
  // Not as an attribute: a page's policy refuses those.
  node.style.left = `${100 * stops.findIndex((stop) => stop >= state) / Math.max(1, stops.length - 1)}%`;
  return node;
}

/** What plays: each state is shown for its time, and none is left out.
 *
 * @param {{ended: () => boolean, rewind: () => void, next: () => void, show: (on: boolean) => void}} host
 */
function createPlay(host) {
  /** @type {ReturnType<typeof setTimeout> | null} */
  let timer = null;
  let speed = SPEED;
  const pace = h("select", { class: "zv-select", title: "Speed of play (+ and \u2212)",
    "aria-label": "speed of play", onchange: () => setSpeed(Number(pace.value)) },
  ...SPEEDS.map((ms) => h("option", { value: ms }, `${ms / 1000} s a step`)));

  /** @param {number} ms */
  function setSpeed(ms) {
    speed = ms;
    pace.value = String(ms);
  }

  function play(on = timer === null) {
    if (on === (timer !== null)) return;
    if (on && host.ended()) host.rewind();
    host.show(on);
    if (!on) {
      clearTimeout(timer ?? undefined);
      timer = null;
      return;
    }
    let due = performance.now() + speed;
    const tick = () => {
      host.next();
      if (host.ended()) {
        play(false);
        return;
      }
      // The next state waits until this one has been painted: on a busy machine too, none is lost.
      const own = timer;
      requestAnimationFrame(() => {
        if (timer !== own) return;
        const time = performance.now();
        due = nextDue(due, time, speed);
        timer = setTimeout(tick, due - time);
      });
    };
    timer = setTimeout(tick, speed);
  }

  setSpeed(SPEED);
  return { pace, play,
    /** @param {number} direction */
    changeSpeed: (direction) => setSpeed(faster(speed, direction)) };
}
