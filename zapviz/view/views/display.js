/* A trace at one state: its text, its grid and every panel that tells of the step before. */

/** @import { Granularity, Palette, Place, Trace } from "../types.js" */
/** @import { Space } from "../core/layout.js" */
/** @import { TraceData } from "../core/trace.js" */

import { blocksOf, inBlocks } from "../core/blocks.js";
import { h, say } from "../core/dom.js";
import { LARGEST, SPACE, captionOf, standBeside } from "../core/layout.js";
import { motionsOf } from "../core/motions.js";
import { cellOfStep, idOf, placeOf, touchFrom } from "../core/places.js";
import { strideStart, within } from "../core/stops.js";
import { decisions, verdictsAt } from "../core/strides.js";
import { lineMark, statementAtLine, statementOf, wrongCells } from "../core/telling.js";
import { tiedTo } from "../core/ties.js";
import { EMPTY, createCursor, readTrace } from "../core/trace.js";
import { createCalls } from "../parts/calls.js";
import { createCounters } from "../parts/counters.js";
import { createGrid, showChange } from "../parts/grid.js";
import { classItems, createLegend, sharedItems, signItem, verdictItems, writtenItems } from "../parts/legend.js";
import { createNow } from "../parts/now.js";
import { createPinned } from "../parts/pinned.js";
import { createText } from "../parts/text.js";
import { watchPointing } from "../parts/pointing.js";
import { createTip } from "../parts/tip.js";

/** What stands below the panels: the legend, and what is not modelled. @param {Palette} palette */
function createFoot(palette) {
  const legend = createLegend();
  const noteHead = h("summary", {});
  const noteList = h("ul", {});
  const notes = h("details", { class: "zv-notes" }, noteHead, noteList);
  return {
    nodes: [legend, notes],
    /** @param {Trace} trace */
    load(trace) {
      const { cells, rows, steps, notes: lines } = trace;
      const slots = rows.some((row) => row.role === "swap");
      const used = new Set(cells.map((cell) => cell.kind).filter((kind) => slots || kind !== "free"));
      legend.replaceChildren(...classItems(palette, used), signItem("zv-sign-new", "just changed"),
        signItem("zv-sign-now", "being decided"), signItem("zv-sign-pin", "pinned: click an entry"),
        ...verdictItems(palette, new Set(steps.map((step) => step.verdict))),
        ...(steps.some((step) => step.wrong) ? [signItem("zv-sign-wrong", "something fails because of it")] : []),
        ...writtenItems(palette, rows, cells), ...sharedItems(trace));
      say(noteHead, lines.length ? `To know: ${lines[0]}` : "");
      noteList.replaceChildren(...lines.map((note) => h("li", {}, note)));
      notes.hidden = lines.length === 0;
    },
  };
}

/** In pixels: what else stands over and under the grid, in a page, in a full screen, and in a large one; between two
 * parts; below which all parts stand in one column. */
const BESIDE = { page: 436, full: 330, large: 318 };
const UNDER = { page: 452, full: 332, large: 332 };
const LEAST_ROOM = 184;
/** In pixels, what the row of counters leaves to the rows: those of several processes stand in their blocks. */
const COUNTERS = 21;
const GAP = 10;
const ONE_COLUMN = 780;
/** The share of the width that a grid has beside a text; the schedule of a race wants more room. */
const SHARE = { call: 0.62, race: 0.57 };

/** Where the grid of a trace stands, and in how much room: beside the text, or over it.
 *
 * @param {TraceData} data
 * @param {string[]} counters by name
 * @param {number} width
 * @param {{height: number, full: boolean, presented: boolean}} screen
 */
function spaceOf({ rows, cpus, trace }, counters, width, { height, full, presented }) {
  const given = { most: LARGEST, caption: captionOf(presented), ...blocksOf(trace, counters) };
  const place = !full ? "page" : presented ? "large" : "full";
  const freed = inBlocks(trace) ? COUNTERS : 0;
  /** @param {typeof BESIDE} around */
  const room = (around) => Math.max(LEAST_ROOM, Math.round(height - around[place] + freed));
  const share = cpus > 1 ? SHARE.race : SHARE.call;
  const side = { ...given, width: Math.floor((width - GAP) * share), room: room(BESIDE) };
  const under = { ...given, width, room: width < ONE_COLUMN && !presented ? SPACE.room : room(UNDER) };
  const beside = width >= ONE_COLUMN && standBeside(rows, side, under);
  return { beside, share, space: beside ? side : under };
}

/** The states before and after the statement of a state, and its line. @param {TraceData} data @param {number} at */
function spanAt(data, at) {
  const step = data.trace.steps[Math.max(0, at - 1)];
  const { first, last, line } = step ? statementOf(data, step) : { first: 1, last: 0, line: 0 };
  return { from: first - 1, to: Math.max(first - 1, last), line };
}

/** What a layout is made for, of a trace. @param {TraceData} data */
const rowsOf = ({ rows, cpus }) => JSON.stringify([rows, cpus > 1]);

/** @typedef {ReturnType<typeof createDisplay>} Display */

/** Build the panels of a trace.
 *
 * @param {Palette} palette
 * @param {object} host
 * @param {HTMLElement} host.root of the view
 * @param {boolean} host.editable whether the text can be edited, and so is not the trace's alone
 * @param {() => Granularity} host.granularity
 * @param {(n: number) => void} host.move
 * @param {(at: number) => number} host.lineAt the line within a CPU that led to a state, or 0
 * @param {(place: Place | null) => void} host.onSelect
 * @param {() => {height: number, full: boolean, presented: boolean}} host.screen the window, in pixels of the view
 */
export function createDisplay(palette, host) {
  const { root, move } = host;
  let data = readTrace(EMPTY);
  let cursor = createCursor(data);
  /** @type {number | null} */
  let selected = null; // a cell
  let { width } = SPACE;
  let linesMarked = -1;
  /** @type {{rows: string, space: Partial<Space>} | null} */
  let laid = null; // what the rows were laid out for
  /** @type {number | null} */
  let decided = null; // the cell that the step shown decides

  const grid = createGrid(palette, { counted: true });
  const text = createText({ editable: host.editable, onLine: goToLine });
  const now = createNow(palette);
  const rss = createCounters(palette);
  const calls = createCalls(palette);
  const pinned = createPinned({ move, unpin: () => select(null) });
  const foot = createFoot(palette);
  // The cell that is pointed at is tied to what holds the same, else the pinned one, else that of the step.
  const pointing = watchPointing(grid, showTies);
  const tip = createTip(palette, root, grid, (id) => ({ data, look: lookAt(id), at: cursor.at }));

  /** What a cell holds, and which others hold the same. @param {number} id */
  function lookAt(id) {
    const look = grid.look(cursor.state[id]);
    const same = grid.shared(id);
    return same ? { ...look, text: `${look.text}. ${same}` } : look;
  }

  /** Bring all but the cells to the state: what lies over them, and the panels. */
  function show() {
    const { at } = cursor;
    const { steps, initial } = data.trace;
    const granularity = host.granularity();
    const start = strideStart(data.stops[granularity], at);
    const step = at ? steps[at - 1] : null;
    const single = granularity === "entry";
    const deciding = single ? (step ? [at] : []) : decisions(palette, data, start, at);
    decided = single ? cellOfStep(data, step) : null;
    showChange(grid, data, start, at);
    grid.showNow(decided, verdictsAt(palette, data, deciding));
    grid.showWrong(wrongCells(data, at));
    showTies();
    grid.label();
    now.show(data, { start, at, granularity, decided: deciding }, grid.look);
    rss.show((step ?? initial).rss, start > 0 ? steps[start - 1].rss : initial.rss);
    calls.show(step, (step ?? initial).locks);
    text.mark(host.lineAt(at) || (step ? statementOf(data, step).line : 0));
    markLines();
    if (selected !== null) pinned.showNow(lookAt(selected), at);
    root.dataset.step = String(at);
    requestAnimationFrame(() => {
      grid.reveal(decided ?? (deciding.length ? cellOfStep(data, steps[deciding[deciding.length - 1] - 1]) : null));
      text.reveal();
      calls.reveal();
    });
  }

  function showTies() {
    const id = pointing.at ?? selected ?? decided;
    grid.showTies(id, id === null ? [] : tiedTo(data, cursor.state, id));
  }

  function markLines() {
    const done = data.trace.statements.filter((statement) => statement.last <= cursor.at);
    if (done.length === linesMarked) return;
    linesMarked = done.length;
    text.verdicts(new Map(done.map((statement) => [statement.line, lineMark(statement)])));
  }

  /** @param {number} line */
  function goToLine(line) {
    const statement = statementAtLine(data.trace.statements, line);
    if (statement) move(host.granularity() === "entry" ? statement.first : statement.last);
  }

  /** Pin an entry; null unpins. @param {number | null} id @param {boolean} tell */
  function select(id, tell = true) {
    if (id !== null && (id < 0 || id >= data.total)) id = null;
    if (id === selected && id !== null) return;
    selected = id;
    root.classList.toggle("zv-pinned", id !== null);
    showPinned();
    if (tell) host.onSelect(placeOf(data, selected));
  }

  function showPinned() {
    grid.showPin(selected);
    showTies();
    pinned.show(data, selected);
    if (selected !== null) pinned.showNow(lookAt(selected), cursor.at);
  }

  const scene = h("div", { class: "zv-scene" }, grid.pane, now.node, rss.node);

  /** Put the grid beside the text or over it, as large as there is room. */
  function layOut() {
    const { beside, share, space } = spaceOf(data, palette.counters, width, host.screen());
    scene.classList.toggle("zv-beside", beside);
    scene.classList.toggle("zv-raced", data.cpus > 1);
    rss.node.classList.toggle("zv-heard", inBlocks(data.trace)); // they stand in the blocks
    for (const [side, part] of [["grid", share], ["text", 1 - share]]) {
      scene.style.setProperty(`--zv-${side}-share`, `${part}fr`);
    }
    // What a bar takes that scrolls the rows is not known before.
    laid = { rows: rowsOf(data), space: { ...space, width: Math.min(space.width, grid.pane.clientWidth || space.width) } };
    grid.load(data, cursor.state, laid.space);
  }

  /** Take over the rows of another trace; to measure the page takes longest, and like rows stand as they stood. */
  function take() {
    if (laid?.rows === rowsOf(data)) grid.load(data, cursor.state, laid.space);
    else layOut();
  }

  return {
    grid,
    text,
    tip,
    /** The names of the kinds of entries that stand in the grid. */
    kinds: () => [...new Set([...cursor.state].map((cell) => grid.look(cell).name))],
    scene,
    facts: h("div", { class: "zv-facts" }, ...calls.nodes, pinned.node),
    foot: foot.nodes,
    show,
    select,
    setLive: now.setLive,
    /** Have each step tell what was seen of it on a real kernel, or not. @param {boolean} on */
    setWatched: (on) => now.setWatched(on, data),
    get data() { return data; },
    get at() { return cursor.at; },
    get selected() { return selected; },
    /** Pin an entry, or unpin it where it is pinned. @param {number} id */
    toggle: (id) => select(selected === id ? null : id),
    /** Go to a state: the cells are brought there, and nothing else. Whether it is another one.
     *
     * @param {number} n
     */
    go(n) {
      n = within(n, 0, data.last);
      const before = cursor.at;
      if (n === before) return false;
      for (const id of cursor.go(n)) grid.paint(id, cursor.state[id]);
      const next = n > before && strideStart(data.stops[host.granularity()], n) === before;
      grid.showMotions(next ? () => motionsOf(data, cursor.state, before, n) : null);
      return true;
    },
    /** The state at which the pinned entry was touched, before or after this one. @param {number} direction */
    touched: (direction) =>
      (selected === null ? undefined : touchFrom(data, selected, cursor.at, direction)),
    /** The statement shown: the states before and after it, its line. */
    statement: () => spanAt(data, cursor.at),
    /** The state so many steps after the first one of the statement at a line. @param {number} line @param {number} steps */
    stateIn(line, steps) {
      const { first, last } = data.trace.statements.find((one) => one.line === line) ?? { first: 1, last: 0 };
      return within(first + steps, first - 1, last);
    },
    /** Make room for what is told of other strides. */
    restride: () => now.restride(data, host.granularity()),
    /** Take over another trace at a state of it, without showing it yet.
     *
     * @param {Trace} trace
     * @param {number} n
     */
    load(trace, n) {
      const place = placeOf(data, selected);
      data = readTrace(trace);
      rss.load(data.trace.processes ?? [""]);
      cursor = createCursor(data);
      linesMarked = -1;
      pointing.at = null;
      decided = null;
      if (!host.editable) text.set(trace.scenario.replace(/\n$/, ""));
      text.setRan(trace.scenario);
      now.load(data, host.granularity());
      calls.load(trace);
      foot.load(trace);
      cursor.go(within(n, 0, data.last));
      take();
      selected = idOf(data, place);
      showPinned();
      tip.hide();
    },
    /** Lay the grid out for another width. @param {number} wide */
    layOut(wide) {
      width = wide;
      layOut();
      grid.showPin(selected);
      show();
    },
  };
}
