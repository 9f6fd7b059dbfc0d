/* Several kernels on one scenario, side by side: the same step on each, and where they differ.
 *
 * A frame is a state of each trace (zapviz/compare/comparison.py); the controls step through frames.
 */

/** @import { Space } from "../core/layout.js" */
/** @import { Comparison, ComparisonOptions, KernelName, Palette, Parting, Trace } from "../types.js" */

import { inBlocks } from "../core/blocks.js";
import { button, h, helpButton, s, say, words } from "../core/dom.js";
import { causeText, frameStops, partingTexts } from "../core/frames.js";
import { actOn } from "../core/keys.js";
import { captionOf } from "../core/layout.js";
import { verdictText } from "../core/looks.js";
import { cellOfStep, idOf } from "../core/places.js";
import { strideStart, within } from "../core/stops.js";
import { decides } from "../core/strides.js";
import { createCursor, readTrace } from "../core/trace.js";
import { createDialog, keyList } from "../parts/dialog.js";
import { createMenu } from "../parts/menu.js";
import { createGrid, showState } from "../parts/grid.js";
import { classItems, createLegend, pictureItem, sharedItems, signItem } from "../parts/legend.js";
import { reserved, verdictSign } from "../parts/panels.js";
import { tieAtPointer } from "../parts/pointing.js";
import { createShell, frameIn } from "../parts/shell.js";
import { createText } from "../parts/text.js";
import { createTransport } from "../parts/transport.js";
import { wordsOf } from "../parts/words.js";

/** @type {[string, string][]} */
const KEYS = [
  ["\u2192, PageDown  or n", "next"],
  ["\u2190, PageUp  or p", "previous"],
  ["Home, End", "first, last"],
  ["Shift + \u2192, \u2190", "next, previous statement"],
  ["d", "go to where they part, and to where they part again"],
  ["Space", "play, pause"],
  ["+  \u2212", "faster, slower"],
  ["1  2  3", "stop at statements, passes, entries"],
  ["f", "full screen"],
  ["b", "big: the look for a projector"],
  ["Esc, q or c", "close, back to one kernel"],
  ["?", "this help"],
];

const AROUND = 100; // pixels of the window that a page has around the view, at least
const LEAST_ROOM = 110; // pixels for a grid
const MOST = 72; // pixels from cell to cell

/** Build the view of a comparison inside an element.
 *
 * @param {HTMLElement} element
 * @param {Comparison} comparison
 * @param {Trace[]} traces the trace of each kernel
 * @param {ComparisonOptions} options
 */
export function createComparison(element, comparison, traces, options) {
  const { palette } = options;
  const { frames, statements, partings } = comparison;
  const last = frames.length - 1;
  const stops = frameStops(comparison, traces);
  const moreKeys = options.keys ?? [];
  // Where they do not part it opens where the first one opens alone.
  const opens = partings[0]?.frame ?? frames.findIndex(([first]) => first >= traces[0].opens);
  let at = within(options.frame ?? opens, 0, last);

  const shell = createShell("zapviz: kernels side by side; ? for help",
    { palette, theme: options.theme, onKey, present: options.presentation, onPresent: options.onPresentation });
  const { root } = shell;
  const panes = traces.map((trace, k) => createPane(palette, trace, comparison.kernels[k]));
  const line = h("div", { class: "zv-statement", "aria-live": "polite" });
  const transport = createTransport({
    at: () => at,
    last: () => last,
    stops: (granularity) => stops[granularity],
    marks: () => stops.statement,
    move,
    onGranularity: () => show(),
    onPlay: (on) => line.setAttribute("aria-live", on ? "off" : "polite"),
  }, "entry");
  const help = createDialog("Keys, while the comparison has the focus", "zv-keys",
    keyList([...KEYS, ...moreKeys.map(([key, what]) => /** @type {[string, string]} */ ([key, what ?? ""]))]));
  const menu = createMenu([["Stop at each", transport.strides], ["Play", transport.pace], ["Projector", shell.presents]]);
  const dialogs = [menu.dialog, help, ...(options.dialogs ?? [])];
  const wide = traces[0].rows.some((row) => row.column + row.pages > 16);
  // Beside the grids the text itself says what it is.
  const about = wide || !traces[0].title ? h("span", { class: "zv-about" }, traces[0].title || "Kernels compared") : null;
  const bar = h("div", { class: "zv-top" },
    about, transport.node, ...(options.extra ?? []), menu.opens, button("full", "Full screen (f)", shell.fullScreen), helpButton(help.toggle),
    options.onClose ? words("Back to one", "Back to one kernel (Esc, q or c)", options.onClose) : null);
  const text = createText({ editable: false, onLine: goToLine });
  text.set(traces[0].scenario.replace(/\n$/, ""));
  const grids = h("div", { class: `zv-panes ${panes.length > 2 ? "zv-many" : ""}` }, ...panes.map((pane) => pane.node));
  grids.style.setProperty("--zv-panes", String(panes.length)); // a page's policy allows no style attribute
  const inner = h("div", { class: `zv-inner ${wide ? "" : "zv-with-text"}` }, bar, partingsBox(palette, comparison, move), line,
    wide ? grids : h("div", { class: "zv-main zv-compared" }, h("div", { class: "zv-left" }, text.box), grids),
    legendOf(palette, traces, comparison));
  root.append(inner, ...dialogs.map((dialog) => dialog.node));

  /** @param {number} number */
  function goToLine(number) {
    const statement = traces[0].statements.findIndex((one) => one.line >= number);
    const frame = statements.lastIndexOf(statement < 0 ? traces[0].statements.length - 1 : statement);
    if (frame >= 0) move(frame);
  }

  /** @param {number} n */
  function move(n) {
    n = within(n, 0, last);
    if (n === at) return;
    at = n;
    show();
    options.onFrame?.(at);
  }

  function show() {
    const start = strideStart(stops[transport.granularity], at);
    for (const [k, pane] of panes.entries()) {
      pane.show(frames[at][k], frames[start][k], comparison.differences[at], transport.granularity === "entry");
    }
    const statement = statements[at];
    const shown = statement === null ? undefined
      : traces.map((trace) => trace.statements[statement]).find((one) => one !== undefined);
    say(line, shown ? `line ${shown.line}:  ${shown.text.split("\n")[0]}` : "Before the first statement");
    text.mark(shown?.line ?? 0);
    requestAnimationFrame(text.reveal);
    transport.show();
    root.dataset.frame = String(at);
  }

  function close() {
    const open = dialogs.find((dialog) => dialog.isOpen);
    if (open) open.close();
    else options.onClose?.();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    return actOn({
      d: () => {
        const next = partings.find((one) => one.frame > at) ?? partings[0];
        if (next) move(next.frame);
      },
      v: menu.dialog.toggle,
      f: shell.fullScreen,
      b: () => shell.present(),
      "?": help.toggle,
      Escape: close,
      q: close,
      c: () => options.onClose?.(),
      ...Object.fromEntries(moreKeys.map(([key, , act]) => [key, act])),
    }, event.key) || transport.onKey(event);
  }

  /** Make the cells as large as all kernels have room for in one screen. @param {number} width of a kernel's grid */
  function layOut(width) {
    for (const pane of panes) pane.layOut({ width });
    const scale = shell.height / window.innerHeight;
    const high = Math.max(...panes.map((pane) => pane.pane.getBoundingClientRect().height)) * scale;
    const columns = getComputedStyle(grids).gridTemplateColumns.split(" ").length;
    const rows = Math.ceil(panes.length / columns);
    const rest = inner.getBoundingClientRect().height * scale - rows * high;
    // What stands over it in the first screen of a page is seen beside it.
    const over = within(root.getBoundingClientRect().top, AROUND, window.innerHeight * 0.4);
    const space = shell.height - (shell.full ? 8 : over) - rest;
    const caption = captionOf(shell.presented);
    for (const pane of panes) pane.layOut({ width, caption, most: MOST, room: Math.max(LEAST_ROOM, Math.floor(space / rows)) });
    show();
  }

  frameIn(element).append(root);
  for (const pane of panes) pane.layOut({ width: 520 });
  transport.setGranularity("entry", false);
  const unwatch = shell.watchWidth(panes[0].pane, 0, layOut);

  return {
    root,
    move,
    get at() { return at; },
    get last() { return last; },
    setTheme: shell.setTheme,
    destroy() {
      transport.play(false);
      unwatch();
      shell.destroy();
    },
  };
}

/** Where the kernels part, each with its causes.
 *
 * @param {Palette} palette
 * @param {Comparison} comparison
 * @param {(frame: number) => void} move
 */
function partingsBox(palette, { in_turn: inTurn, partings, watched }, move) {
  if (watched && !partings.length) {
    return h("div", { class: "zv-parting zv-alike" },
      "The kernel wrote every entry in the order and with the values of the model.");
  }
  const turn = inTurn ? h("div", { class: "zv-parting zv-alike" },
    "The CPUs run one after the other here: one interleaving of many. Every order is explored from the explorer.") : null;
  if (!partings.length) {
    return turn ?? h("div", { class: "zv-parting zv-alike" },
      "Nothing that can be told from outside differs: entries, data, sizes, counters, results.");
  }
  /** @param {Parting} one */
  const parting = (one) => h("div", { class: "zv-parting" },
    h("button", { type: "button", class: "zv-link", title: "Go there (d)", onclick: () => move(one.frame) },
      `They part ${one.beside.length ? "again " : ""}at line ${one.line}`),
    h("code", {}, one.text.split("\n")[0]), `: ${partingTexts(palette, one).join(", ")}. `,
    ...one.causes.map((cause) => h("span", { class: "zv-cause" }, "Rule ", h("b", {}, cause.rule),
      ` (${causeText(cause)}): ${cause.sentence} `)));
  return h("div", { class: "zv-partings" }, turn, ...partings.map(parting));
}

/** One kernel's side: its name, what it does at this frame, its grid and counters.
 *
 * @param {Palette} palette
 * @param {Trace} trace
 * @param {KernelName} kernel
 */
function createPane(palette, trace, kernel) {
  const data = readTrace(trace);
  const cursor = createCursor(data);
  const grid = createGrid(palette, { counted: true });
  const tie = tieAtPointer(grid, () => ({ data, state: cursor.state }));
  const title = h("span", { class: "zv-title" });
  const verdict = verdictSign();
  const reason = reserved("zv-pane-reason");
  reason.keep(trace.steps.map((step) => step.reason ?? ""));
  const terms = wordsOf(palette);
  const counters = (trace.processes ?? [""]).flatMap((process) => palette.counters.map((counter) => {
    const value = h("b", {});
    return { value, node: h("span", {}, process ? `${process} ` : "", ...terms.mark(counter), " ", value) };
  }));
  const node = h("section", { class: "zv-side", "aria-label": `kernel ${kernel.name}` },
    h("h3", { role: "presentation", title: kernel.title }, kernel.name, " ", h("span", {}, kernel.title)),
    h("div", { class: "zv-head" }, title, verdict.node), reason.node, grid.pane,
    h("div", { class: inBlocks(trace) ? "zv-side-rss zv-heard" : "zv-side-rss" }, ...counters.map((one) => one.node)));

  /** The last verdict of each entry that was decided between two states.
   *
   * @param {number} from
   * @param {number} to
   */
  function decidedIn(from, to) {
    /** @type {Map<number, string>} */
    const decided = new Map();
    for (const step of trace.steps.slice(from, to)) {
      const cell = cellOfStep(data, step);
      if (cell !== null && step.verdict && decides(palette, step)) decided.set(cell, step.verdict);
    }
    return [...decided];
  }

  return {
    node,
    pane: grid.pane,
    /** @param {Partial<Space>} space */
    layOut: (space) => grid.load(data, cursor.state, space),
    /** Show a state; what changed since another is hatched, what differs between kernels marked.
     *
     * @param {number} n
     * @param {number} since
     * @param {Comparison["differences"][number]} differing
     * @param {boolean} single whether the step is the smallest one
     */
    show(n, since, differing, single) {
      const step = n > since ? trace.steps[n - 1] : null;
      showState(grid, data, cursor.state, cursor.go(n), since, n);
      tie();
      grid.showNow(single ? cellOfStep(data, step) : null, decidedIn(since, n));
      grid.showDiffering(differing.map(([row, page]) => idOf(data, [row, page])));
      terms.say(title, step?.title ?? (n ? "no such step here" : ""));
      verdict.show(step?.verdict ?? null, verdictText(palette, step?.verdict ?? null));
      terms.say(reason.text, step?.reason ?? "");
      const rss = n ? trace.steps[n - 1].rss : trace.initial.rss;
      for (const [k, one] of counters.entries()) say(one.value, String(rss[k]));
    },
  };
}

/** @param {Palette} palette @param {Trace[]} traces @param {Comparison} comparison */
function legendOf(palette, traces, comparison) {
  /** @type {Set<string>} */
  const used = new Set(traces.flatMap((trace) => trace.cells.map((cell) => cell.kind)));
  if (!traces.some((trace) => trace.rows.some((row) => row.role === "swap"))) used.delete("free");
  const legend = createLegend();
  legend.append(...classItems(palette, used), signItem("zv-sign-new", "just changed"), ...sharedItems(traces[0]));
  if (comparison.differences.some((places) => places.length)) {
    const unlike = s("svg", { width: 18, height: 18, "aria-hidden": "true" },
      s("circle", { cx: 9, cy: 9, r: 8, class: "zv-unlike" }),
      s("text", { x: 9, y: 9.5, class: "zv-unlike-text" }, "\u2260"));
    legend.append(pictureItem(unlike, "not the same on all kernels"));
  }
  return legend;
}
