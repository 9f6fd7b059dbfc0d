/* Predict: what becomes of each entry?  Mark it, reveal, see why, step by step.
 *
 * It knows nothing of notebooks: a page gives it an exercise (docs/exercises.md), the palette,
 * and a function to ask for what it does not have, the answers above all.
 */

import { h, say, button, clip } from "../core/dom.js";
import { readTrace } from "../core/trace.js";
import { createGrid } from "../parts/grid.js";
import { createDialog, keyList } from "../parts/dialog.js";
import { createShell } from "../parts/shell.js";
import { chip, createText, classLook } from "../parts/panels.js";
import { classItems, pictureItem, writtenItems } from "../parts/legend.js";
import { createPlayer } from "./player.js";

const FATES = {
  zapped: { letter: "Z", word: "zapped", meaning: "gone: empty or unmapped" },
  kept: { letter: "K", word: "kept", meaning: "stays what it is" },
  changed: { letter: "C", word: "changed", meaning: "something else is there" },
};
const FATE_KEYS = { z: "zapped", k: "kept", c: "changed" };
const LEVEL_NAMES = ["1: four paths", "2: swap, shared, disk", "3: kernels, poison, markers"];
const SLOW = 1000; // ms after which it is said that an answer is awaited

const PREDICT_KEYS = [
  ["z  k  c", "mark the entry: zapped, kept, changed"],
  ["Space", "the next mark on the entry"],
  ["Backspace", "take the mark back"],
  ["\u2192 \u2190 \u2191 \u2193", "another entry"],
  ["Enter", "reveal; then: show the step of the entry"],
  ["Esc", "back from the steps to the entries; close"],
  ["n  p", "next, previous exercise"],
  ["b", "big: the look for a projector"],
  ["f", "full screen"],
  ["?", "this help"],
];

/** Build an exercise inside an element.
 *
 * options: palette (required); ask(request), a promise of what zapviz.api.answers.respond() gives,
 * or nothing where the exercise holds its solution; onPlace({level, seed, number}), told when
 * another exercise is shown; presentation, whether it begins large, onPresentation; theme ("light",
 * "dark" or "" to follow the page).
 */
export function createPredict(element, exercise, options) {
  const { palette } = options;
  const shell = createShell("zapviz: predict what becomes of each entry; ? for help",
    { palette, theme: options.theme, onKey, room: [1200, 700], present: options.presentation,
      onPresent: options.onPresentation });
  const { root } = shell;
  root.classList.add("zv-predict");
  let data = null;
  let state = null;
  let asked = new Map(); // by cell id: the entry in question
  let marks = new Map(); // by cell id: the fate that the learner gives it
  let solution = null; // what the reveal said
  let brush = null; // the mark that a click sets; null: the next one
  let width = 720;
  let player = null;
  let warned = false; // that entries have no mark yet
  let waiting = 0; // the last question asked; an answer to an older one is dropped
  let cameFrom = null; // what had the focus before the player below
  const sitting = new Map(); // by exercise: its answers, as first revealed

  /* -- parts -- */

  const grid = createGrid(palette);
  const text = createText({ editable: false, onLine: () => {} });
  // The key of a deed stands on its button, for all to see; a screen reader is told it apart.
  const press = (label, what, act, kind = "", key = "") =>
    h("button", { type: "button", class: `zv-button zv-words ${kind}`, title: what, onclick: act,
      "aria-keyshortcuts": key || null }, label,
    key ? h("kbd", { class: "zv-kbd", "aria-hidden": "true" }, key) : null);
  const level = h("select", { class: "zv-select", "aria-label": "level", onchange: () => fetchPlace(
    { level: Number(level.value), seed: exercise.seed, number: 1 }) },
    ...LEVEL_NAMES.map((label, k) => h("option", { value: k + 1 }, label)));
  const seed = h("input", { class: "zv-select zv-seed", "aria-label": "seed", maxlength: 60,
    title: "Who types the same seed gets the same exercises", spellcheck: "false",
    onchange: () => fetchPlace({ level: exercise.level, seed: seed.value, number: 1 }) });
  const number = h("span", { class: "zv-number-now" });
  const previous = press("\u2190", "Previous exercise (p)", () => by(-1));
  const next = press("\u2192", "Next exercise (n)", () => by(1));
  previous.setAttribute("aria-label", "previous exercise");
  next.setAttribute("aria-label", "next exercise");
  const kernel = h("span", { class: "zv-kernel" });
  const kernelTitle = h("span", {});
  const tally = h("span", { class: "zv-tally" });
  const helpButton = press("?", "Keys (?)", () => helpBox.toggle(), "zv-keys-button");
  helpButton.setAttribute("aria-expanded", "false");
  const bar = h("div", { class: "zv-bar" },
    h("label", { class: "zv-field" }, "Level ", level), h("label", { class: "zv-field" }, "Seed ", seed),
    h("span", { class: "zv-field" }, "Exercise ", previous, number, next),
    h("span", { class: "zv-space" }), tally, shell.presents,
    button("full", "Full screen (f)", shell.fullScreen), helpButton);
  const head = h("div", { class: "zv-predict-head" });
  const question = h("h3", { class: "zv-question" });
  const brushes = Object.entries(FATES).map(([fate, one]) => h("button", {
    type: "button", class: "zv-brush", "aria-pressed": "false", "data-fate": fate,
    title: `Then click entries to mark them ${one.word} (${one.letter.toLowerCase()})`,
    onclick: () => pick(brush === fate ? null : fate) },
  h("span", { class: "zv-key" }, one.letter), h("b", {}, one.word), h("span", {}, one.meaning)));
  const about = h("div", { class: "zv-entry-said" });
  const legend = h("div", { class: "zv-legend", "aria-label": "legend" });
  const reveal = press("Reveal", "Reveal (Enter)", () => tryReveal(), "zv-reveal", "Enter");
  const goOn = (kind) => press("Next exercise", "Next exercise (n)", () => by(1), kind, "n");
  const onward = goOn("zv-reveal");
  const clear = press("Clear", "Take all marks back", () => clearMarks());
  const save = press("Save my answers", "Save the answers of this sitting as a file; nothing else keeps them",
    () => saveAnswers());
  const said = h("div", { class: "zv-said", role: "status", "aria-live": "polite" });
  const alert = h("div", { class: "zv-error", role: "alert", hidden: true });
  const result = h("section", { class: "zv-result", "aria-label": "result", tabindex: -1, hidden: true });
  const stageName = h("b", {});
  const stageNext = goOn("zv-reveal");
  const stage = h("section", { class: "zv-stage", "aria-label": "the steps", hidden: true },
    h("div", { class: "zv-deeds" }, stageName, h("span", { class: "zv-space" }),
      press("Back to the entries", "Back to the entries (Esc)", () => leaveStage(), "", "Esc"), stageNext));
  const helpBox = createDialog("Keys", "zv-keys", keyList(PREDICT_KEYS));
  root.append(h("div", { class: "zv-inner" }, bar, head, question,
    h("div", { class: "zv-main" }, h("div", { class: "zv-left" }, text.box),
      h("div", { class: "zv-right" },
        h("div", { class: "zv-brushes", role: "group", "aria-label": "marks" }, ...brushes),
        grid.pane, about, legend)),
    h("div", { class: "zv-deeds" }, reveal, clear, onward, said, h("span", { class: "zv-space" }), save),
    alert, result, stage), helpBox.node);

  const nameOf = (id) => asked.get(id)?.name ?? `${data.rows[data.owner[id]].label}[${id - data.offsets[data.owner[id]]}]`;
  const idOf = (at) => data.offsets[at[0]] + at[1];
  const judged = (id) => solution?.entries.find((entry) => entry.name === nameOf(id)) ?? null;
  const keyOf = (one) => (one.number ? `${one.level}/${one.seed}/${one.number}` : `${one.kernel.name}/${one.scenario}`);

  /* -- an exercise -- */

  function show(now) {
    exercise = now;
    data = readTrace(now.trace);
    state = data.initial.slice();
    for (const change of data.changes) {
      for (let k = 0; k < change.length; k += 3) state[change[k]] = change[k + 2];
    }
    asked = new Map(now.asked.map((entry) => [idOf(entry.at), entry]));
    marks = new Map();
    solution = null;
    warned = false;
    player?.destroy();
    player = null;
    stage.hidden = result.hidden = alert.hidden = true;
    const drawn = now.number > 0;
    for (const node of bar.querySelectorAll(".zv-field")) node.hidden = !drawn || !options.ask;
    level.value = String(now.level);
    seed.value = now.seed;
    say(number, String(now.number));
    disable(previous, now.number <= 1);
    say(kernel, now.kernel.name);
    say(kernelTitle, ` (${now.kernel.title})`);
    head.replaceChildren(...(now.title ? [h("b", {}, now.title), ` ${now.about}`] : []));
    head.hidden = !now.title;
    const [start, end] = now.question.includes(now.statement)
      ? now.question.split(now.statement) : [now.question, ""];
    question.replaceChildren(start, end || start !== now.question ? h("code", {}, now.statement) : "", end,
      h("span", { class: "zv-on" }, "on ", kernel, kernelTitle));
    text.set(now.scenario.replace(/\n$/, ""));
    text.mark(now.line);
    text.verdicts(new Map(now.trace.statements.map((one) => [one.line, "zv-done"])));
    pick(null);
    layOutGrid();
    grid.rove([...asked.keys()][0], false);
    showMarks();
    tellEntry(null);
    showTally();
    text.reveal();
  }

  /** What the signs on the entries mean, the classes of entries that there are, and what is in them. */
  function drawLegend() {
    const cells = [...new Set(state)].map((cell) => data.trace.cells[cell]);
    const kinds = new Set(cells.map((cell) => cell.kind).filter((kind) => kind !== "unmapped"));
    legend.replaceChildren(...markItems(), ...classItems(palette, kinds),
      ...writtenItems(palette, data.rows, grid.large() ? cells : []));
  }

  /** The signs of marks that are on the grid now, each with its meaning. */
  function markItems() {
    const sample = (id, label) => {
      const [, sign, kind] = signOf(id);
      return pictureItem(h("span", { class: `zv-mark-sample ${kind}`, "aria-hidden": "true" }, sign), label);
    };
    const ids = [...asked.keys()];
    if (!solution) {
      const open = ids.find((id) => !marks.has(id));
      return open === undefined ? [] : [sample(open, "not marked yet")];
    }
    const said_ = (id) => `you said ${marks.get(id)}`;
    const of = (holds) => ids.find((id) => holds(judged(id).fate, marks.get(id)));
    const right = of((fate, mark_) => fate === mark_);
    const wrong = of((fate, mark_) => mark_ && fate !== mark_);
    const silent = of((_, mark_) => !mark_);
    return [
      right === undefined ? null : sample(right, grid.large() ? `${said_(right)}: right` : "you were right"),
      wrong === undefined ? null : sample(wrong, grid.large() ? `${said_(wrong)}, it is ${judged(wrong).fate}`
        : "you were wrong"),
      silent === undefined ? null : sample(silent, grid.large() ? `no answer, it is ${judged(silent).fate}` : "no answer"),
    ].filter(Boolean);
  }

  function layOutGrid() {
    grid.load(data, state, width / (Number(getComputedStyle(grid.svg).zoom) || 1));
    grid.showSizes(data.sizes[data.last]);
    grid.showNow(null, []);
    grid.showPin(null);
  }

  /* -- marks -- */

  /** The sign on an entry: [cell, text, kind], as the grid takes it. */
  function signOf(id) {
    const said_ = marks.get(id);
    const truth = judged(id);
    if (!truth) return [id, said_ ? FATES[said_].letter : "?", said_ ? "zv-mark" : "zv-mark zv-open"];
    const right = truth.fate === said_;
    const letter = said_ ? FATES[said_].letter : "?";
    const full = right ? `${letter}\u2713` : `${letter}\u2260${FATES[truth.fate].letter}`;
    const short = right ? "\u2713" : said_ ? "\u2260" : "?"; // in a small cell; the rest is said beneath
    return [id, grid.large() ? full : short, right ? "zv-mark" : "zv-mark zv-wrong-mark"];
  }

  function showMarks() {
    grid.showMarks([...asked.keys()].map(signOf));
    drawLegend();
    for (const id of asked.keys()) grid.remark(id, remarkOf(id));
    for (let id = 0; id < data.total; id++) grid.nodes()[id].g.classList.toggle("zv-aside", !asked.has(id));
    save.hidden = marks.size === 0 && sitting.size === 0;
    if (!solution) say(said, `${marks.size} of ${asked.size} marked`);
    disable(clear, marks.size === 0);
    reveal.hidden = clear.hidden = solution !== null;
    onward.hidden = solution === null || !listed();
    stageNext.hidden = !listed();
  }

  function remarkOf(id) {
    const mark = marks.get(id);
    const truth = judged(id);
    if (!truth) return mark ? `You say: ${mark}` : "Not marked yet";
    const answer = mark ? `You said ${mark}` : "You gave no answer";
    return truth.fate === mark ? `${answer}: right` : `${answer}; it is ${truth.fate}`;
  }

  function mark(id, fate) {
    if (solution || !asked.has(id)) return;
    if (fate) marks.set(id, fate);
    else marks.delete(id);
    warned = false;
    showMarks();
    tellEntry(id);
  }

  /** Set the mark that is picked, or else the one after the mark that there is. */
  function cycle(id) {
    const order = [null, ...Object.keys(FATES)];
    const mark_ = marks.get(id) ?? null;
    if (brush) mark(id, mark_ === brush ? null : brush);
    else mark(id, order[(order.indexOf(mark_) + 1) % order.length]);
  }

  function pick(fate) {
    brush = solution ? null : fate;
    for (const one of brushes) one.setAttribute("aria-pressed", String(one.dataset.fate === brush));
  }

  function clearMarks() {
    if (solution) return;
    marks.clear();
    showMarks();
  }

  /** Say what an entry holds and how it is marked; of none, what to do. */
  function tellEntry(id) {
    if (id === null) {
      say(about, solution ? "Click an entry, or press Enter on it, to see the step that decides it."
        : "Click an entry to mark it, or pick a mark first; on the keyboard: z, k, c.");
      return;
    }
    const look = grid.look(state[id]);
    const what = look.text ? `${look.name}: ${look.text}` : look.name;
    say(about, `${nameOf(id)}  ${clip(what, 96)}. ${asked.has(id) ? remarkOf(id) : "Not in question"}.`);
  }

  /* -- the reveal -- */

  const unmarked = () => [...asked.keys()].filter((id) => !marks.has(id)).map(nameOf);

  async function tryReveal() {
    if (solution) return;
    const missing = unmarked();
    if (missing.length && !warned) {
      warned = true;
      say(said, `Not marked yet: ${clip(missing.join(", "), 60)}. Reveal again to see the answers all the same.`);
      return;
    }
    const answers = answersNow();
    const told = exercise.solution ?? await ask(
      { ask: "reveal", scenario: exercise.scenario, kernel: exercise.kernel.name, answers });
    if (!told || solution) return;
    solution = told;
    const key = keyOf(exercise);
    if (!sitting.has(key)) sitting.set(key, record(told));
    pick(null);
    const here = root.contains(document.activeElement);
    showMarks();
    showResult();
    showTally();
    tellEntry(null);
    if (here) focusWhatIsNext();
  }

  /** After the reveal a mistake is looked at, the first; without one the next exercise is wanted. */
  function focusWhatIsNext() {
    const wrong = [...asked.keys()].find((id) => judged(id).fate !== marks.get(id));
    if (wrong !== undefined) grid.rove(wrong, true);
    else (onward.hidden ? root : onward).focus({ preventScroll: true });
  }

  const answersNow = () => Object.fromEntries([...marks].map(([id, fate]) => [nameOf(id), fate]));

  /** The exercise with the learner's answers, as it is counted and saved; judged if it can be. */
  function record(told) {
    const { level: level_, seed: seed_, number: number_, question: question_, scenario } = exercise;
    const fates = new Map(told?.entries.map((entry) => [entry.name, entry.fate]));
    const answers = answersNow();
    const entries = exercise.asked.map((entry) => ({ name: entry.name, kind: entry.kind,
      answered: answers[entry.name] ?? null, fate: fates.get(entry.name) ?? null }));
    return { level: level_, seed: seed_, number: number_, kernel: exercise.kernel.name,
      question: question_, scenario, score: told ? rightOf(entries).length : null, of: entries.length, entries };
  }

  const rightOf = (entries) => entries.filter((entry) => entry.answered === entry.fate);

  function showResult() {
    const entries = solution.entries.map((entry) =>
      ({ ...entry, answered: marks.get([...asked].find(([, one]) => one.name === entry.name)[0]) ?? null }));
    const right = rightOf(entries);
    const wrong = entries.filter((entry) => entry.answered !== entry.fate);
    const total = `${right.length} of ${entries.length} right`;
    say(said, wrong.length ? `${total}.` : `${total}: all of them.`);
    const returned = solution.result === "0" ? "" : `${exercise.statement} ends with ${solution.result}.`;
    const rest = right.length ? h("details", { class: "zv-rest", open: wrong.length === 0 },
      h("summary", {}, `\u2713 Right: ${clip(right.map((entry) => entry.name).join(", "), 80)}. Why?`),
      h("ol", { class: "zv-truths" }, ...right.map(truthItem))) : null;
    const ever = [...sitting.values()];
    result.replaceChildren(
      h("div", { class: "zv-scores" }, h("span", {}, "By class of entry"), classScores(entries),
        ever.length > 1 ? h("span", { class: "zv-ever" }, "this sitting") : null,
        ever.length > 1 ? classScores(ever.flatMap((one) => one.entries)) : null,
        returned ? h("span", { class: "zv-returned" }, returned) : null),
      h("ol", { class: "zv-truths" }, ...wrong.map(truthItem)), ...(rest ? [rest] : []));
    result.hidden = false;
  }

  function truthItem(entry) {
    const right = entry.answered === entry.fate;
    const from = chip();
    const to = chip();
    from.show(classLook(palette, entry.kind));
    to.show(classLook(palette, entry.after));
    const answer = right ? `You said ${entry.answered}: right.`
      : entry.answered ? `You said ${entry.answered}.` : "You gave no answer.";
    const place = [entry.function, entry.rule && `rule ${entry.rule}`, entry.evidence].filter(Boolean);
    return h("li", { class: right ? "zv-truth" : "zv-truth zv-wrong-truth" },
      h("span", { class: "zv-sign-of", "aria-hidden": "true" }, right ? "\u2713" : "\u2260"),
      h("div", {},
        h("div", { class: "zv-truth-head" }, h("b", { class: "zv-entry-name" }, entry.name), from.node,
          h("span", { class: "zv-arrow", "aria-hidden": "true" }, "\u2192"), to.node,
          h("b", {}, `${entry.fate}.`), h("span", {}, answer)),
        h("div", {}, entry.reason),
        place.length ? h("div", { class: "zv-source" }, place.join("  \u00b7  ")) : ""),
      press("Show the step", `Show step ${entry.state}`, () => showStepOf(entry)));
  }

  function classScores(entries) {
    const scores = new Map();
    for (const entry of entries) {
      const [hits, of] = scores.get(entry.kind) ?? [0, 0];
      scores.set(entry.kind, [hits + (entry.answered === entry.fate), of + 1]);
    }
    return h("span", { class: "zv-classes" }, ...[...scores].map(([kind, [hits, of]]) => {
      const one = chip();
      one.show(classLook(palette, kind));
      return h("span", { class: "zv-legend-item" }, one.node, `${classLook(palette, kind).name} ${hits}/${of}`);
    }));
  }

  /** Move the player to the step that decides an entry; it comes into being at the first time. */
  function showStepOf(entry) {
    if (!entry) return;
    const at = asked.size ? [...asked.values()].find((one) => one.name === entry.name).at : null;
    const place = [data.rows[at[0]].id, at[1]];
    cameFrom = document.activeElement;
    stage.hidden = false;
    say(stageName, `The step that decides ${entry.name}`);
    if (!player) {
      player = createPlayer(stage, solution.trace,
        { palette, theme: options.theme, step: entry.state, selected: place, around: aroundPlayer() });
    } else {
      player.step(entry.state);
      player.select(...place);
    }
    stage.scrollIntoView({ block: "start" });
    player.root.focus({ preventScroll: true });
  }

  /** In the player below the letters mean what they mean here; only the arrows step. */
  function aroundPlayer() {
    return {
      keys: [["n", listed() ? "next exercise" : null, () => by(1)],
        ["p", listed() ? "previous exercise" : null, () => by(-1)], ["b", null, () => shell.present()]],
      leave: leaveStage,
    };
  }

  function leaveStage() {
    const back = cameFrom?.isConnected && root.contains(cameFrom) && !stage.contains(cameFrom) ? cameFrom : root;
    (back === root ? bar : back).scrollIntoView({ block: back === root ? "start" : "center" });
    back.focus({ preventScroll: true });
  }

  function showTally() {
    const all = [...sitting.values()];
    const sum = (key) => all.reduce((total, one) => total + one[key], 0);
    say(tally, all.length ? `This sitting: ${sum("score")} of ${sum("of")}` : "");
    tally.title = "Yours alone: it is kept nowhere, unless you save your answers";
  }

  function saveAnswers() {
    const exercises = [...sitting.values()];
    if (marks.size && !sitting.has(keyOf(exercise))) exercises.push(record(null));
    const saved = { format: "zapviz-answers", version: 1, exercises };
    const url = URL.createObjectURL(new Blob([`${JSON.stringify(saved, null, 1)}\n`], { type: "application/json" }));
    const link = h("a", { href: url, download: "zapviz-answers.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  /* -- asking -- */

  /** Ask for something; null where it went wrong, which is said, or is no longer wanted. */
  async function ask(request) {
    if (!options.ask) return null;
    const own = ++waiting;
    alert.hidden = true;
    const slow = setTimeout(() => say(said, "Waiting for Python \u2026"), SLOW);
    let answer;
    try {
      answer = await options.ask(request);
    } catch (problem) {
      answer = { error: String(problem?.message ?? problem) };
    }
    clearTimeout(slow);
    if (own !== waiting) return null;
    if (!answer.error) return answer;
    if (!solution) showMarks();
    say(alert, answer.error);
    alert.hidden = false;
    return null;
  }

  async function fetchPlace(place) {
    const now = await ask({ ask: "exercise", ...place });
    if (!now) {
      level.value = String(exercise.level);
      seed.value = exercise.seed;
      return;
    }
    const { activeElement } = document;
    const keyed = activeElement?.matches(":focus-visible");
    const stays = !root.contains(activeElement) || activeElement.matches("select, input");
    show(now);
    if (!stays) {
      // What was pressed may be gone with the last exercise: on to the first entry of this one.
      bar.scrollIntoView({ block: "nearest" });
      if (keyed) grid.rove(grid.roving(), true);
      else root.focus({ preventScroll: true });
    }
    options.onPlace?.({ level: now.level, seed: now.seed, number: now.number });
  }

  /** Whether the exercise is one of a list that can be gone through. */
  const listed = () => Boolean(exercise.number && options.ask);

  function by(step) {
    const to = exercise.number + step;
    if (listed() && to >= 1) {
      fetchPlace({ level: exercise.level, seed: exercise.seed, number: to });
    }
  }

  /* -- keys and pointer -- */

  function disable(button, off) {
    button.setAttribute("aria-disabled", String(off));
  }

  function onKey(event) {
    const { target, key } = event;
    if (key === "Enter" && event.repeat) return true; // one press is one deed, however long
    if (["Enter", " "].includes(key) && target.closest("button, summary")) return false;
    const small = key.length === 1 ? key.toLowerCase() : key;
    const acts = {
      n: () => by(1),
      p: () => by(-1),
      b: () => shell.present(),
      f: shell.fullScreen,
      "?": helpBox.toggle,
      Escape: () => (helpBox.isOpen ? helpBox.close() : root.focus({ preventScroll: true })),
    };
    if (onEntryKey(target, small)) return true;
    acts[small]?.();
    return Boolean(acts[small]);
  }

  /** A key for the entry that has the focus, or, where none has, for the one that had it last. */
  function onEntryKey(target, key) {
    const moves = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    const here = target.closest("[role=gridcell]")?.zapvizCell ?? null;
    const id = here ?? grid.roving();
    if (moves[key]) {
      grid.rove(here === null ? id : grid.neighbour(id, ...moves[key], (one) => asked.has(one)), true);
    } else if (FATE_KEYS[key]) {
      grid.rove(id, true);
      mark(id, FATE_KEYS[key]);
    } else if (key === " ") cycle(id);
    else if (key === "Backspace" || key === "Delete") mark(id, null);
    else if (key === "Enter" && solution) showStepOf(judged(id));
    else if (key === "Enter") tryReveal();
    else return false;
    return true;
  }

  let painting = null; // the mark that a pressed pointer paints on
  grid.svg.addEventListener("pointerdown", (event) => {
    const id = grid.cellOf(event);
    if (id === null || !asked.has(id)) return;
    event.target.releasePointerCapture?.(event.pointerId);
    if (solution) {
      showStepOf(judged(id));
      return;
    }
    cycle(id);
    painting = brush && marks.get(id) === brush ? brush : null;
    grid.rove(id, true);
    event.preventDefault();
  });
  // Assistive technology clicks without a pointer.
  grid.svg.addEventListener("click", (event) => {
    const id = event.detail === 0 ? grid.cellOf(event) : null;
    if (id !== null && asked.has(id)) (solution ? showStepOf(judged(id)) : cycle(id));
  });
  grid.svg.addEventListener("pointerover", (event) => {
    const id = grid.cellOf(event);
    tellEntry(id);
    if (painting && event.buttons === 1 && id !== null) mark(id, painting);
  });
  grid.svg.addEventListener("pointerleave", () => tellEntry(null));
  const onUp = () => { painting = null; };
  window.addEventListener("pointerup", onUp);
  grid.svg.addEventListener("focusin", (event) => tellEntry(grid.cellOf(event)));

  /* -- begin -- */

  element.append(root);
  show(exercise);
  const sizeWatch = new ResizeObserver(() => {
    root.style.setProperty("--zv-zoom", shell.zoom());
    const wide = grid.pane.clientWidth;
    if (wide > 0 && Math.abs(wide - width) >= 2) {
      width = wide;
      layOutGrid();
      showMarks();
    }
  });
  sizeWatch.observe(grid.pane);

  return {
    root,
    show,
    get exercise() { return exercise; },
    get marks() { return Object.fromEntries([...marks].map(([id, fate]) => [nameOf(id), fate])); },
    get solution() { return solution; },
    setPresentation: (on) => shell.present(on),
    setTheme(wanted) {
      options.theme = wanted;
      shell.setTheme(wanted);
      player?.setTheme(wanted);
    },
    destroy() {
      player?.destroy();
      sizeWatch.disconnect();
      window.removeEventListener("pointerup", onUp);
      shell.destroy();
    },
  };
}
