/* Predict: what becomes of each entry?  Mark it, reveal, see why, step by step.
 *
 * It knows nothing of notebooks: a page gives it an exercise (docs/exercises.md), the palette,
 * and a function to ask for what it does not have, the answers above all.
 */

/** @import { Exercise, PredictOptions, Solution, ThemeName, Truth } from "../types.js" */

import { button, focusIn, h, say, targetOf, words } from "../core/dom.js";
import { scoreText } from "../core/answers.js";
import { actOn, keyName } from "../core/keys.js";
import { SPACE } from "../core/layout.js";
import { clip } from "../core/text.js";
import { createAsker } from "../parts/asker.js";
import { createDialog, keyList } from "../parts/dialog.js";
import { createQuestion, disable } from "../parts/question.js";
import { createResult } from "../parts/result.js";
import { createShell, frameIn } from "../parts/shell.js";
import { createSitting } from "../parts/sitting.js";
import { createText } from "../parts/text.js";
import { createMarking } from "./marking.js";
import { createStage } from "./stage.js";

/** @type {[string, string][]} */
const KEYS = [
  ["z  k  c", "mark the entry: zapped, kept, changed"],
  ["Space", "the next mark on the entry"],
  ["Backspace", "take the mark back"],
  ["\u2192 \u2190 \u2191 \u2193", "another entry"],
  ["Enter", "reveal; then: show the step of the entry"],
  ["Esc or q", "back from the steps to the entries; close"],
  ["n  p", "next, previous exercise"],
  ["b", "big: the look for a projector"],
  ["f", "full screen"],
  ["?", "this help"],
];

/** The list of keys, and the button that opens it. */
function createHelp() {
  const dialog = createDialog("Keys", "zv-keys", keyList(KEYS));
  const button = words("?", "Keys (?)", dialog.toggle, "zv-keys-button");
  button.setAttribute("aria-expanded", "false");
  /** Close it; what else the key does is to give the focus back. @param {HTMLElement} root */
  const close = (root) => (dialog.isOpen ? dialog.close() : root.focus({ preventScroll: true }));
  return { dialog, button, close };
}

/** Build an exercise inside an element.
 *
 * @param {HTMLElement} element
 * @param {Exercise} exercise with its solution, where nobody can be asked
 * @param {PredictOptions} options ask(request) gives what zapviz.api.answers.respond() gives
 */
export function createPredict(element, exercise, options) {
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
  const marking = createMarking(palette, { onMark: () => {
    warned = false;
    showMarks();
  }, onEntry: showStepOf });
  const question = createQuestion({ levels: options.levels, by,
    go: (part) => fetchPlace({ level: exercise.level, seed: exercise.seed, number: 1, ...part }) });
  const sitting = createSitting(() => ({ exercise, answers: marking.answers() }));
  const help = createHelp();
  const bar = h("div", { class: "zv-bar" }, ...question.fields, h("span", { class: "zv-space" }), sitting.tally,
    shell.presents, button("full", "Full screen (f)", shell.fullScreen), help.button);
  const goOn = () => words("Next exercise", "Next exercise (n)", () => by(1), "zv-reveal", "n");
  const onward = goOn();
  const stageNext = goOn();
  const reveal = words("Reveal", "Reveal (Enter)", tryReveal, "zv-reveal", "Enter");
  const clear = words("Clear", "Take all marks back", () => {
    marking.clear();
    showMarks();
  });
  const said = h("div", { class: "zv-said", role: "status", "aria-live": "polite" });
  const result = createResult(palette, showStepOf);
  const stage = createStage(palette, { root, top: bar, next: stageNext, theme: () => theme, keys: () => [
    ["n", listed() ? "next exercise" : null, () => by(1)],
    ["p", listed() ? "previous exercise" : null, () => by(-1)],
    ["b", null, () => shell.present()]] });
  const asker = createAsker(options.ask, {
    onSlow: () => say(said, "Waiting for Python \u2026"),
    onProblem: () => { if (!solution) showMarks(); },
  });
  root.append(h("div", { class: "zv-inner" }, bar, ...question.nodes,
    h("div", { class: "zv-main" }, h("div", { class: "zv-left" }, text.box),
      h("div", { class: "zv-right" }, ...marking.nodes)),
    h("div", { class: "zv-deeds" }, reveal, clear, onward, said, h("span", { class: "zv-space" }), sitting.save),
    asker.alert, result.node, stage.node), help.dialog.node);

  /* -- an exercise -- */

  /** Whether the exercise is one of a list that can be gone through. */
  const listed = () => Boolean(exercise.number && options.ask);

  /** @param {Exercise} next */
  function show(next) {
    exercise = next;
    solution = null;
    warned = false;
    stage.clear();
    result.hide();
    asker.alert.hidden = true;
    question.show(exercise, listed());
    text.set(exercise.scenario.replace(/\n$/, ""));
    text.mark(exercise.line);
    text.verdicts(new Map(exercise.trace.statements.map((one) => [one.line, "zv-done"])));
    marking.load(exercise);
    showMarks();
    text.reveal();
  }

  function showMarks() {
    const { size, of } = marking.counts();
    sitting.show(size > 0);
    if (!solution) say(said, `${size} of ${of} marked`);
    disable(clear, size === 0);
    reveal.hidden = clear.hidden = solution !== null;
    onward.hidden = solution === null || !listed();
    stageNext.hidden = !listed();
  }

  /* -- the reveal -- */

  async function tryReveal() {
    if (solution) return;
    const missing = marking.unmarked();
    if (missing.length && !warned) {
      warned = true;
      say(said, `Not marked yet: ${clip(missing.join(", "), 60)}. Reveal again to see the answers all the same.`);
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
    marking.reveal(solution);
    showMarks();
    showResult(solution);
    // A mistake is looked at, the first; without one the next exercise is wanted.
    if (here && !marking.focusMistake()) (onward.hidden ? root : onward).focus({ preventScroll: true });
  }

  /** @param {Solution} told */
  function showResult(told) {
    const entries = marking.answered(told.entries);
    say(said, scoreText(entries));
    result.show(entries, told.result === "0" ? "" : `${exercise.statement} ends with ${told.result}.`,
      sitting.all());
  }

  /** Show the step that decides an entry. @param {Truth} entry */
  function showStepOf(entry) {
    const asked = exercise.asked.find((one) => one.name === entry.name);
    if (!solution || !asked) return;
    const [row, cell] = asked.at;
    stage.show(solution.trace, entry.state, entry.name, [exercise.trace.rows[row].id, cell]);
  }

  /* -- another exercise -- */

  /** @param {{level: number, seed: string, number: number}} place */
  async function fetchPlace(place) {
    /** @type {Exercise | null} */
    const next = await asker.ask({ ask: "exercise", ...place });
    if (!next) {
      question.showPlace(exercise);
      return;
    }
    const focused = focusIn(root);
    const keyed = focused?.matches(":focus-visible");
    const stays = !focused || focused.matches("select, input");
    show(next);
    if (!stays) {
      // What was pressed may be gone with the last exercise: on to the first entry of this one.
      bar.scrollIntoView({ block: "nearest" });
      if (keyed) marking.focus();
      else root.focus({ preventScroll: true });
    }
    options.onPlace?.({ level: next.level, seed: next.seed, number: next.number });
  }

  /** @param {number} step */
  function by(step) {
    const { level, seed, number } = exercise;
    if (listed() && number + step >= 1) fetchPlace({ level, seed, number: number + step });
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
      ...Object.fromEntries(["Escape", "q"].map((one) => [one, () => help.close(root)])),
    }, key);
  }

  /* -- begin -- */

  frameIn(element).append(root);
  show(exercise);
  const unwatch = shell.watchWidth(marking.pane, SPACE.width, marking.layOut);

  return {
    root,
    show,
    get exercise() { return exercise; },
    get marks() { return marking.answers(); },
    get solution() { return solution; },
    /** @param {boolean} on */
    setPresentation: (on) => shell.present(on),
    /** @param {ThemeName} wanted */
    setTheme(wanted) {
      theme = wanted;
      shell.setTheme(wanted);
      stage.setTheme(wanted);
    },
    destroy() {
      stage.clear();
      marking.destroy();
      unwatch();
      shell.destroy();
    },
  };
}
