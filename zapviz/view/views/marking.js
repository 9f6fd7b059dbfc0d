/* The entries of an exercise, to be marked: the grid, the marks to paint with, what they mean. */

/** @import { Asked, Exercise, Fate, Palette, Solution, Truth } from "../types.js" */
/** @import { Judged } from "../core/answers.js" */
/** @import { TraceData } from "../core/trace.js" */

import { h, say } from "../core/dom.js";
import { markSign, markText, nextMark, signMeanings } from "../core/answers.js";
import { ARROWS } from "../core/keys.js";
import { LARGEST, SPACE, captionOf } from "../core/layout.js";
import { cellName, idAt } from "../core/places.js";
import { clip } from "../core/text.js";
import { EMPTY, createCursor, readTrace } from "../core/trace.js";
import { createGrid } from "../parts/grid.js";
import { classItems, createLegend, pictureItem, sharedItems, writtenItems } from "../parts/legend.js";
import { tieAtPointer } from "../parts/pointing.js";

const HINT = "Click an entry to mark it, or pick a mark first; on the keyboard: z, k, c.";
const REVEALED_HINT = "Click an entry, or press Enter on it, to see the step that decides it.";

/** In pixels: what else stands over and under the grid; the least that is left for it. */
const AROUND = 344;
const LEAST_ROOM = 184;

/** Build the grid and what is around it.
 *
 * @param {Palette} palette
 * @param {object} host
 * @param {() => {height: number, presented: boolean}} host.screen the window, in pixels of the view
 * @param {() => void} host.onMark told of each change of a mark
 * @param {(truth: Truth) => void} host.onEntry told of an entry that is chosen after the reveal
 */
export function createMarking(palette, host) {
  const fates = /** @type {Fate[]} */ (Object.keys(palette.fates));
  let data = readTrace(EMPTY);
  let { state } = createCursor(data);
  let { width } = SPACE;
  /** @type {Map<number, Asked>} */
  let asked = new Map(); // by cell: the entry in question
  /** @type {Map<number, Fate>} */
  let marks = new Map(); // by cell: the fate that the learner gives it
  /** @type {Map<string, Truth> | null} */
  let truths = null; // by name, once they are revealed
  /** @type {Fate | null} */
  let painting = null; // the mark that a pressed pointer paints on

  const grid = createGrid(palette);
  tieAtPointer(grid, () => ({ data, state }));
  const brushes = createBrushes(palette, fates);
  const about = h("div", { class: "zv-entry-said" });
  const legend = createLegend();

  /** @param {number} id */
  const nameOf = (id) => asked.get(id)?.name ?? cellName(data, id);
  /** @param {string} name */
  const markNamed = (name) => [...marks].find(([id]) => nameOf(id) === name)?.[1] ?? null;
  /** @param {number} id */
  const truthOf = (id) => truths?.get(nameOf(id)) ?? null;
  /** @param {number} id @returns {Judged} */
  const judgedOf = (id) => ({ mark: marks.get(id) ?? null, fate: truthOf(id)?.fate ?? null });

  /** Bring the grid's signs and the legend to the marks. */
  function show() {
    const large = grid.large();
    grid.showMarks([...asked.keys()].map((id) => [id, ...markSign(palette, judgedOf(id), large)]));
    showLegend();
    for (const id of asked.keys()) grid.remark(id, markText(judgedOf(id)));
    for (const [id, { g }] of grid.nodes().entries()) g.classList.toggle("zv-aside", !asked.has(id));
  }

  /** What the signs on the entries mean, the classes of entries that there are, and what is in them. */
  function showLegend() {
    const large = grid.large();
    const cells = [...new Set(state)].map((cell) => data.trace.cells[cell]);
    /** @type {Set<string>} */
    const kinds = new Set(cells.map((cell) => cell.kind).filter((kind) => kind !== "unmapped"));
    const signs = signMeanings([...asked.keys()], judgedOf, large).map(([id, meaning]) => {
      const [sign, kind] = markSign(palette, judgedOf(id), large);
      return pictureItem(h("span", { class: `zv-mark-sample ${kind}`, "aria-hidden": "true" }, sign), meaning);
    });
    legend.replaceChildren(...signs, ...classItems(palette, kinds),
      ...writtenItems(palette, data.rows, large ? cells : []), ...sharedItems(data.trace));
  }

  function layOutGrid() {
    const { height, presented } = host.screen();
    grid.load(data, state, { width, most: LARGEST, room: Math.max(LEAST_ROOM, height - AROUND),
      caption: captionOf(presented) });
    grid.showBlocks(data.last, data.last);
    grid.showSizes(data.sizes[data.last]);
    grid.showNow(null, []);
    grid.showPin(null);
  }

  /** Say what an entry holds and how it is marked; of none, what to do. @param {number | null} id */
  function tell(id) {
    if (id === null) {
      say(about, truths ? REVEALED_HINT : HINT);
      return;
    }
    const look = grid.look(state[id]);
    const what = clip(look.text ? `${look.name}: ${look.text}` : look.name, 96);
    const marked = asked.has(id) ? markText(judgedOf(id)) : "Not in question";
    say(about, `${[`${nameOf(id)}  ${what}`, grid.shared(id), marked].filter(Boolean).join(". ")}.`);
  }

  /** @param {number} id @param {Fate | null} fate */
  function mark(id, fate) {
    if (truths || !asked.has(id)) return;
    if (fate) marks.set(id, fate);
    else marks.delete(id);
    show();
    host.onMark();
    tell(id);
  }

  /** Set the mark that is picked, or else the one after the mark that there is. @param {number} id */
  function cycle(id) {
    const now = marks.get(id) ?? null;
    if (brushes.picked) mark(id, now === brushes.picked ? null : brushes.picked);
    else mark(id, nextMark(fates, now));
  }

  /** Have the step of an entry shown, once there is one. @param {number} id */
  function choose(id) {
    const truth = truthOf(id);
    if (truth) host.onEntry(truth);
  }

  grid.svg.addEventListener("pointerdown", (event) => {
    const id = grid.cellOf(event);
    if (id === null || !asked.has(id)) return;
    if (event.target instanceof Element) event.target.releasePointerCapture?.(event.pointerId);
    if (truths) {
      choose(id);
      return;
    }
    cycle(id);
    painting = marks.get(id) === brushes.picked ? brushes.picked : null;
    grid.rove(id, true);
    event.preventDefault();
  });
  // Assistive technology clicks without a pointer.
  grid.svg.addEventListener("click", (event) => {
    const id = event.detail === 0 ? grid.cellOf(event) : null;
    if (id === null || !asked.has(id)) return;
    if (truths) choose(id);
    else cycle(id);
  });
  grid.svg.addEventListener("pointerover", (event) => {
    const id = grid.cellOf(event);
    tell(id);
    if (painting && event.buttons === 1 && id !== null) mark(id, painting);
  });
  grid.svg.addEventListener("pointerleave", () => tell(null));
  grid.svg.addEventListener("focusin", (event) => tell(grid.cellOf(event)));
  const onUp = () => { painting = null; };
  window.addEventListener("pointerup", onUp);

  return {
    nodes: [brushes.node, grid.pane, about],
    legend,
    pane: grid.pane,
    /** Take over another exercise, without any mark. @param {Exercise} exercise */
    load(exercise) {
      data = readTrace(exercise.trace);
      state = stateAt(data, data.last);
      asked = new Map(exercise.asked.map((entry) => [idAt(data, entry.at), entry]));
      marks = new Map();
      truths = null;
      brushes.reset(true);
      layOutGrid();
      grid.rove([...asked.keys()][0], false);
      show();
      tell(null);
    },
    /** @param {number} wide */
    layOut(wide) {
      width = wide;
      layOutGrid();
      show();
    },
    /** @param {Solution} solution */
    reveal(solution) {
      truths = new Map(solution.entries.map((entry) => [entry.name, entry]));
      brushes.reset(false);
      show();
      tell(null);
    },
    clear() {
      if (truths) return;
      marks.clear();
      show();
    },
    /** How many marks there are, of how many. */
    counts: () => ({ size: marks.size, of: asked.size }),
    unmarked: () => [...asked.keys()].filter((id) => !marks.has(id)).map(nameOf),
    /** @returns {Record<string, Fate>} */
    answers: () => Object.fromEntries([...marks].map(([id, fate]) => [nameOf(id), fate])),
    /** Entries with the learner's answers. @param {Truth[]} entries @returns {Truth[]} */
    answered: (entries) => entries.map((entry) => ({ ...entry, answered: markNamed(entry.name) })),
    /** Give the focus to the entry that had it last. */
    focus: () => grid.rove(grid.roving(), true),
    /** Give the focus to the first entry that was wrong, if there is one. */
    focusMistake() {
      const wrong = [...asked.keys()].find((id) => truthOf(id)?.fate !== marks.get(id));
      if (wrong !== undefined) grid.rove(wrong, true);
      return wrong !== undefined;
    },
    /** A key for the entry that has the focus, or, where none has, for the one that had it last.
     *
     * @param {Element} target
     * @param {string} key
     */
    onKey(target, key) {
      const here = target.closest("[role=gridcell]")?.zapvizCell ?? null;
      const id = here ?? grid.roving();
      const fate = fates.find((one) => palette.fates[one].letter.toLowerCase() === key);
      if (ARROWS[key]) {
        grid.rove(here === null ? id : grid.neighbour(id, ...ARROWS[key], (one) => asked.has(one)), true);
      } else if (fate) {
        grid.rove(id, true);
        mark(id, fate);
      } else if (key === " ") cycle(id);
      else if (key === "Backspace" || key === "Delete") mark(id, null);
      else if (key === "Enter") choose(id);
      else return false;
      return true;
    },
    destroy: () => window.removeEventListener("pointerup", onUp),
  };
}

/** What each cell is in a state. @param {TraceData} data @param {number} at */
function stateAt(data, at) {
  const cursor = createCursor(data);
  cursor.go(at);
  return cursor.state;
}

/** The marks to paint with; a click sets the one that is picked, or, if none is, the next one.
 *
 * @param {Palette} palette
 * @param {Fate[]} fates
 */
function createBrushes(palette, fates) {
  /** @type {Fate | null} */
  let picked = null;
  let usable = true;
  const brushes = fates.map((fate) => {
    const { letter, meaning } = palette.fates[fate];
    return h("button", { type: "button", class: "zv-brush", "aria-pressed": "false", "data-fate": fate,
      title: `Then click entries to mark them ${fate} (${letter.toLowerCase()})`,
      onclick: () => pick(picked === fate ? null : fate) },
    h("span", { class: "zv-key" }, letter), h("b", {}, fate), h("span", {}, meaning));
  });

  /** @param {Fate | null} fate */
  function pick(fate) {
    picked = usable ? fate : null;
    for (const one of brushes) one.setAttribute("aria-pressed", String(one.dataset.fate === picked));
  }

  return {
    node: h("div", { class: "zv-brushes", role: "group", "aria-label": "marks" }, ...brushes),
    get picked() { return picked; },
    /** Put the brush away. @param {boolean} again whether one can be picked from now on */
    reset(again) {
      usable = again;
      pick(null);
    },
  };
}
