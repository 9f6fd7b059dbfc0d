/* An exercise: what becomes of each entry?  Mark it, reveal, see why.
 *
 * It knows nothing of notebooks: it is given an exercise (docs/exercises.md), the palette, a function
 * to ask for what it does not have, the answers above all, and one to show the step that decides an entry.
 */

/** @import { ScenarioText } from "../parts/text.js" */
/** @import { Exercise, Key, Place, PredictOptions, Solution, ThemeName, Trace, Truth } from "../types.js" */

import { focusIn, h, say, targetOf, words } from "../core/dom.js";
import { scoreText } from "../core/answers.js";
import { actOn, keyName } from "../core/keys.js";
import { SPACE } from "../core/layout.js";
import { clip } from "../core/text.js";
import { createAsker } from "../parts/asker.js";
import { createDeeds } from "../parts/deeds.js";
import { createDialog, keyList } from "../parts/dialog.js";
import { createQuestion } from "../parts/question.js";
import { createResult } from "../parts/result.js";
import { createShell, frameIn } from "../parts/shell.js";
import { createSitting } from "../parts/sitting.js";
import { createTabs } from "../parts/tabs.js";
import { createText } from "../parts/text.js";
import { createMarking } from "./marking.js";

/** @type {[string, string][]} */
const KEYS = [
  ["z  k  c", "mark the entry: zapped, kept, changed"],
  ["Space", "the next mark on the entry"],
  ["Backspace", "take the mark back"],
  ["\u2192 \u2190 \u2191 \u2193", "another entry"],
  ["Enter", "reveal; then: show the step of the entry"],
  ["n  p", "next, previous exercise"],
  ["b", "big: the look for a projector"],
  ["f", "full screen"],
  ["?", "this help"],
];

/** The list of keys, and the button that opens it. @param {[string, string][]} more */
function createHelp(more) {
  const dialog = createDialog("Keys", "zv-keys", keyList([...KEYS.slice(0, 5), ...more, ...KEYS.slice(5)]));
  const button = words("?", "Keys (?)", dialog.toggle, "zv-keys-button");
  button.setAttribute("aria-expanded", "false");
  return { dialog, button };
}

/** What an exercise is shown with, beside what a page says.
 *
 * @typedef {object} ExerciseHost
 * @property {(trace: Trace, state: number, entry: string, place: Place) => void} onStep shows the step that
 *   decides an entry: a state of the whole trace
 * @property {() => void} [onShow] told of each exercise after the first
 * @property {[string, string][]} keys what other keys do, for the help
 * @property {(() => void) | null} onLeave closes the exercise; null: it is all that there is
 * @property {Key[]} leaving the keys that do that
 */

/** Build an exercise inside an element.
 *
 * @param {HTMLElement} element
 * @param {Exercise} exercise with its solution, where nobody can be asked
 * @param {PredictOptions & ExerciseHost} options ask(request) gives what zapviz.api.answers.respond() gives
 */
export function createExercise(element, exercise, options) {
  const { palette } = options;
  let { theme } = options;
  /** @type {Solution | null} */
  let solution = null; // what the reveal said
  let warned = false; // that entries have no mark yet

  /* -- parts -- */

  const shell = createShell("zapviz: predict what becomes of each entry; ? for help",
    { palette, theme, onKey, room: [1200, 700], present: options.presentation, onPresent: options.onPresentation });
  const { root } = shell;
  root.classList.add("zv-predict");
  const text = createText({ editable: false, onLine: () => {} });
  const marking = createMarking(palette, { screen: () => shell, onMark: () => {
    warned = false;
    showMarks();
  }, onEntry: showStepOf });
  const question = createQuestion({ levels: options.levels, by,
    go: (part) => fetchPlace({ level: exercise.level, seed: exercise.seed, number: 1, ...part }) });
  const sitting = createSitting(() => ({ exercise, answers: marking.answers() }));
  const help = createHelp(options.keys);
  const bar = h("div", { class: "zv-top" }, h("div", { class: "zv-fields" }, ...question.fields),
    h("div", { class: "zv-tools" }, shell.presents, shell.fills, help.button,
      options.onLeave ? words("Back", "Back to the explorer (Esc, q or m)", options.onLeave) : null));
  const deeds = createDeeds({ reveal: tryReveal, goOn: () => by(1), clear() {
    marking.clear();
    showMarks();
  } });
  const result = createResult(palette, showStepOf);
  const tabs = createTabs("beside the entries", [["Program", text.box], ["Why", result.node]]);
  const asker = createAsker(options.ask, { root,
    onSlow: () => say(deeds.said, "Waiting for Python \u2026"),
    onProblem: () => { if (!solution) showMarks(); },
  });
  const inner = h("div", { class: "zv-inner" }, bar, ...question.nodes,
    h("div", { class: "zv-main" }, h("div", { class: "zv-right" }, ...marking.nodes),
      h("div", { class: "zv-left" }, tabs.node, text.box, result.node)),
    h("div", { class: "zv-deeds" }, ...deeds.nodes, sitting.tally, h("span", { class: "zv-space" }), sitting.save),
    asker.line, asker.alert, marking.legend);
  root.append(inner, help.dialog.node);

  /* -- an exercise -- */

  /** Whether the exercise is one of a list that can be gone through, and whether another one follows. */
  const listed = () => Boolean(exercise.number && options.ask);
  const follows = () => listed() && exercise.number !== exercise.of;

  /** @param {Exercise} next */
  function show(next) {
    load(next);
    options.onShow?.();
  }

  /** @param {Exercise} next */
  function load(next) {
    exercise = next;
    solution = null;
    warned = false;
    tabs.choose(0);
    tabs.allow(1, false);
    asker.alert.hidden = true;
    question.show(exercise, listed());
    showProgram(text, exercise);
    marking.load(exercise);
    showMarks();
    text.reveal();
  }

  function showMarks() {
    const { size, of } = marking.counts();
    sitting.show(size > 0);
    if (!solution) say(deeds.said, `${size} of ${of} marked`);
    deeds.show(size, solution !== null, follows());
  }

  /* -- the reveal -- */

  async function tryReveal() {
    if (solution) return;
    const missing = marking.unmarked();
    if (missing.length && !warned) {
      warned = true;
      say(deeds.said, `Not marked yet: ${clip(missing.join(", "), 60)}. Reveal again to see the answers all the same.`);
      return;
    }
    const answers = marking.answers();
    /** @type {Solution | null} */
    const told = exercise.solution ?? await asker.ask(
      { ask: "reveal", scenario: exercise.scenario, kernel: exercise.kernel.name, answers });
    if (!told || solution) return;
    solution = told;
    sitting.add(told);
    const here = focusIn(root) !== null;
    marking.reveal(told);
    showMarks();
    showResult(told);
    // A mistake is looked at, the first; without one the next exercise is wanted.
    if (here && !marking.focusMistake()) (deeds.onward ?? root).focus({ preventScroll: true });
  }

  /** @param {Solution} told */
  function showResult(told) {
    const entries = marking.answered(told.entries);
    say(deeds.said, scoreText(entries));
    result.show(entries, told.result === "0" ? "" : `${exercise.statement} ends with ${told.result}.`,
      sitting.all());
    tabs.allow(1, true);
    tabs.choose(1);
  }

  /** Show the step that decides an entry. @param {Truth} entry */
  function showStepOf(entry) {
    const asked = exercise.asked.find((one) => one.name === entry.name);
    if (!solution || !asked) return;
    const [row, cell] = asked.at;
    options.onStep(solution.trace, entry.state, entry.name, [exercise.trace.rows[row].id, cell]);
  }

  /* -- another exercise -- */

  /** @param {{level?: number, seed?: string, number: number}} place */
  async function fetchPlace(place) {
    /** @type {Exercise | null} */
    const next = await asker.ask({ ask: "exercise", ...place, ...options.asking });
    if (!next) {
      question.showPlace(exercise);
      return;
    }
    followFocus({ root, bar, focusEntry: marking.focus }, () => show(next));
    options.onPlace?.({ level: next.level, seed: next.seed, number: next.number });
  }

  /** @param {number} step */
  function by(step) {
    const { level, seed, number, of } = exercise;
    if (listed() && number + step >= 1 && (!of || number + step <= of)) fetchPlace({ level, seed, number: number + step });
  }

  /* -- keys -- */

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const { key } = event;
    const target = targetOf(event);
    if (key === "Enter" && event.repeat) return true; // one press is one deed, however long
    if (["Enter", " "].includes(key) && target.closest("button, summary")) return false;
    if (key === "Enter" && !solution) {
      tryReveal();
      return true;
    }
    return marking.onKey(target, keyName(key)) || actOn({
      n: () => by(1),
      p: () => by(-1),
      b: () => shell.present(),
      f: shell.fullScreen,
      "?": help.dialog.toggle,
      Escape: leave,
      q: leave,
      ...Object.fromEntries(options.leaving.map(([one, , act]) => [one, act])),
    }, key);
  }

  /** Close what is open: the help, the exercise; else take the focus back. */
  function leave() {
    if (help.dialog.isOpen) help.dialog.close();
    else if (!asker.stop()) (options.onLeave ?? (() => root.focus({ preventScroll: true })))();
  }

  /* -- begin -- */

  frameIn(element).append(root);
  load(exercise);
  const unwatch = shell.watchWidth(marking.pane, SPACE.width, marking.layOut);

  return {
    root,
    inner,
    top: bar,
    follows,
    by,
    present: shell.present,
    show,
    get exercise() { return exercise; },
    get marks() { return marking.answers(); },
    get solution() { return solution; },
    get theme() { return theme; },
    /** @param {ThemeName} wanted */
    setTheme(wanted) {
      theme = wanted;
      shell.setTheme(wanted);
    },
    destroy() {
      marking.destroy();
      unwatch();
      asker.drop();
      shell.destroy();
    },
  };
}

/** Show what is done before the statement in question, and mark that. @param {ScenarioText} text @param {Exercise} exercise */
function showProgram(text, { scenario, line, trace }) {
  text.set(scenario.replace(/\n$/, ""));
  text.mark(line);
  text.verdicts(new Map(trace.statements.map((one) => [one.line, "zv-done"])));
}

/** Show another exercise, and let the focus follow: what was pressed may be gone with the last one.
 *
 * @param {{root: HTMLElement, bar: HTMLElement, focusEntry: () => void}} view
 * @param {() => void} show
 */
function followFocus({ root, bar, focusEntry }, show) {
  const focused = focusIn(root);
  const keyed = focused?.matches(":focus-visible");
  const stays = !focused || focused.matches("select, input");
  show();
  if (stays) return;
  bar.scrollIntoView({ block: "nearest" });
  if (keyed) focusEntry();
  else root.focus({ preventScroll: true });
}
