/* Several kernels on one scenario, side by side: the same step on each, and where they differ.
 *
 * A frame is a state of each trace (zapviz/compare/comparison.py); the controls step through frames.
 */

import { h, s, say, button } from "../core/dom.js";
import { changedCells, createCursor, readTrace, stopIndex } from "../core/trace.js";
import { BADGES, createGrid } from "../parts/grid.js";
import { createText, reserved } from "../parts/panels.js";
import { classItems, pictureItem, signItem } from "../parts/legend.js";
import { createDialog, keyList } from "../parts/dialog.js";
import { createShell } from "../parts/shell.js";
import { VERDICTS, createTransport } from "../parts/transport.js";

const SHORT = ["filepages", "anonpages", "swapents", "shmempages"];
const COMPARE_KEYS = [
  ["\u2192  or n", "next"],
  ["\u2190  or p", "previous"],
  ["Home, End", "first, last"],
  ["Shift + \u2192, \u2190", "next, previous statement"],
  ["d", "go to where they part, and to where they part again"],
  ["Space", "play, pause"],
  ["+  \u2212", "faster, slower"],
  ["1  2  3", "stop at statements, passes, entries"],
  ["f", "full screen"],
  ["b", "big: the look for a projector"],
  ["Esc", "close"],
  ["?", "this help"],
];

/** Build the view of a comparison inside an element.
 *
 * comparison: its JSON; traces: the trace of each kernel.  options: palette (required), theme,
 * frame, onFrame(n), onClose() where there is something to go back to, and extra, elements
 * for the bar, with dialogs, the panels that they open, and keys, [[key, what, act]], that do so.
 */
export function createComparison(element, comparison, traces, options) {
  const palette = options.palette;
  const shell = createShell("zapviz: kernels side by side; ? for help",
    { palette, theme: options.theme, onKey, present: options.presentation });
  const { root } = shell;
  const { frames, statements, partings } = comparison;
  const last = frames.length - 1;
  const kindsText = (kinds) => kinds.map((kind) => palette.classes[kind]?.name ?? kind).join(" | ");
  let at = 0;
  const panes = traces.map((trace, k) => createPane(createGrid(palette), trace, comparison.kernels[k]));
  const stops = stopsOf(comparison, traces);

  const transport = createTransport({
    at: () => at,
    last: () => last,
    stops: (granularity) => stops[granularity],
    marks: () => stops.statement,
    move,
    onGranularity: () => show(),
    onPlay: (on) => line.setAttribute("aria-live", on ? "off" : "polite"),
  }, "entry");

  const line = h("div", { class: "zv-statement", "aria-live": "polite" });
  const helpBox = createDialog("Keys, while the comparison has the focus", "zv-keys",
    keyList([...COMPARE_KEYS, ...(options.keys ?? [])]));
  const dialogs = [helpBox, ...(options.dialogs ?? [])];
  const bar = h("div", { class: "zv-bar" },
    h("span", { class: "zv-about" }, traces[0].title || "Kernels compared"),
    h("span", { class: "zv-space" }), ...(options.extra ?? []), transport.strides,
    shell.presents, button("full", "Full screen (f)", shell.fullScreen),
    h("button", { type: "button", class: "zv-button zv-keys-button", title: "Keys (?)", "aria-label": "keys",
      "aria-expanded": "false", onclick: helpBox.toggle }, "?"),
    options.onClose ? h("button", { type: "button", class: "zv-button zv-words", onclick: options.onClose,
      title: "Back to one kernel (Esc)" }, "Back to one") : null);
  const wide = traces[0].rows.some((row) => row.column + row.pages > 16);
  const text = createText({ editable: false, onLine: goToLine });
  text.set(traces[0].scenario.replace(/\n$/, ""));
  const grids = h("div", { class: "zv-panes" }, ...panes.map((pane) => pane.node));
  grids.style.setProperty("--zv-panes", panes.length); // a page's policy allows no style attribute
  root.append(h("div", { class: "zv-inner" }, bar, transport.node, partingsBox(), line,
    wide ? grids : h("div", { class: "zv-main zv-compared" }, h("div", { class: "zv-left" }, text.box), grids),
    legendOf(traces, comparison, palette)), ...dialogs.map((dialog) => dialog.node));

  function partingsBox() {
    const turn = comparison.in_turn ? h("div", { class: "zv-parting zv-alike" },
      "The CPUs run one after the other here: one interleaving of many. Every order is explored from the explorer.") : null;
    if (!partings.length) {
      return turn ?? h("div", { class: "zv-parting zv-alike" },
        "Nothing that can be told from outside differs: entries, data, sizes, counters, results.");
    }
    return h("div", { class: "zv-partings" }, ...(turn ? [turn] : []), ...partings.map((one) => {
      const shown = one.entries.slice(0, 3).map((entry) =>
        `${entry.row}[${entry.page}] ${kindsText(entry.kinds)}`);
      if (one.entries.length > 3) shown.push(`${one.entries.length - 3} more entries`);
      if (!shown.length) {
        for (const [counter, pages] of Object.entries(one.counters)) shown.push(`${counter} ${pages.join(" | ")}`);
        for (const [file, sizes] of Object.entries(one.sizes)) shown.push(`i_size of ${file} ${sizes.join(" | ")}`);
        if (!shown.length) shown.push(`it gives ${one.results.join(" | ")}`);
      }
      return h("div", { class: "zv-parting" },
        h("button", { type: "button", class: "zv-link", title: "Go there (d)", onclick: () => move(one.frame) },
          `They part ${one.beside.length ? "again " : ""}at line ${one.line}`),
        h("code", {}, one.text.split("\n")[0]), `: ${shown.join(", ")}. `,
        ...one.causes.map((cause) => h("span", {}, "Rule ", h("b", {}, cause.rule),
          ` (${cause.patches.length ? `the patch of ${cause.patches.join(", ")}`
            : [cause.commit, cause.since].filter(Boolean).join(", ")}): ${cause.sentence} `)));
    }));
  }

  function goToLine(number) {
    const statement = traces[0].statements.findIndex((one) => one.line >= number);
    const frame = statements.lastIndexOf(statement < 0 ? traces[0].statements.length - 1 : statement);
    if (frame >= 0) move(frame);
  }

  function move(n) {
    n = Math.max(0, Math.min(last, n));
    if (n === at) return;
    at = n;
    show();
    options.onFrame?.(at);
  }

  function show() {
    const list = stops[transport.granularity];
    const index = stopIndex(list, at);
    const start = at === 0 ? 0 : list[list[index] === at ? index - 1 : index];
    const differing = comparison.differences[at];
    for (const [k, pane] of panes.entries()) {
      pane.show(frames[at][k], frames[start][k], differing, transport.granularity === "entry");
    }
    const statement = statements[at];
    const texts = traces.map((trace) => trace.statements[statement]).filter(Boolean);
    say(line, statement === null || statement === undefined ? "Before the first statement"
      : `line ${texts[0].line}:  ${texts[0].text.split("\n")[0]}`);
    text.mark(texts[0]?.line ?? 0);
    requestAnimationFrame(text.reveal);
    transport.show();
    root.dataset.frame = at;
  }

  function onKey(event) {
    const acts = {
      d: () => {
        const next = partings.find((one) => one.frame > at) ?? partings[0];
        if (next) move(next.frame);
      },
      f: shell.fullScreen,
      b: () => shell.present(),
      "?": helpBox.toggle,
      Escape: () => {
        const open = dialogs.find((dialog) => dialog.isOpen);
        if (open) open.close();
        else options.onClose?.();
      },
    };
    for (const [key, , act] of options.keys ?? []) acts[key] = act;
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    act?.();
    return Boolean(act) || transport.onKey(event);
  }

  let width = 0;
  const sizeWatch = new ResizeObserver(() => {
    root.style.setProperty("--zv-zoom", shell.zoom());
    const wide = panes[0].grid.pane.clientWidth;
    if (wide > 0 && Math.abs(wide - width) >= 2) {
      width = wide;
      for (const pane of panes) pane.layOut(width);
      show();
    }
  });

  element.append(root);
  for (const pane of panes) pane.layOut(520);
  at = Math.max(0, Math.min(last, options.frame ?? 0));
  transport.setGranularity("entry", false);
  sizeWatch.observe(panes[0].grid.pane);

  return {
    root,
    move,
    get at() { return at; },
    get last() { return last; },
    setTheme: shell.setTheme,
    destroy() {
      transport.play(false);
      sizeWatch.disconnect();
      shell.destroy();
    },
  };
}

/** One kernel's side: its name, what it does at this frame, its grid and counters. */
function createPane(grid, trace, kernel) {
  const data = readTrace(trace);
  const cursor = createCursor(data);
  const title = h("span", { class: "zv-title" });
  const verdict = h("span", { class: "zv-verdict" });
  const reason = reserved("zv-pane-reason");
  reason.keep(trace.steps.map((step) => step.reason ?? ""));
  const counters = SHORT.map((counter) => {
    const value = h("b", {});
    return { value, node: h("span", {}, `${counter} `, value) };
  });
  const node = h("section", { class: "zv-side", "aria-label": `kernel ${kernel.name}` },
    h("h3", { title: kernel.title }, kernel.name, h("span", {}, ` ${kernel.title}`)),
    h("div", { class: "zv-head" }, title, verdict), reason.node, grid.pane,
    h("div", { class: "zv-side-rss" }, ...counters.map((one) => one.node)));
  const cellOf = (step) => (step?.at ? data.offsets[step.at[0]] + step.at[1] : null);

  return {
    node,
    grid,
    layOut(width) {
      grid.load(data, cursor.state, width);
    },
    /** Show a state; what changed since another is hatched, what differs between kernels marked. */
    show(n, since, differing, single) {
      for (const id of cursor.go(n)) grid.paint(id, cursor.state[id]);
      grid.showFresh(changedCells(data, since, n));
      grid.showSizes(data.sizes[n]);
      const step = n > since ? trace.steps[n - 1] : null;
      const decided = [];
      for (let k = since; k < n; k++) {
        const one = trace.steps[k];
        if (one.at && BADGES[one.verdict]) decided.push([cellOf(one), one.verdict]);
      }
      grid.showNow(single ? cellOf(step) : null, [...new Map(decided)]);
      grid.showDiffering(differing.map(([row, page]) => {
        const r = data.rows.findIndex((one) => one.id === row);
        return r < 0 ? null : data.offsets[r] + page;
      }));
      say(title, step?.title ?? (n ? "no such step here" : ""));
      const word = step?.verdict ?? null;
      say(verdict, word ? VERDICTS[word] ?? word : "");
      const kind = `zv-verdict zv-v-${word ?? "no"}`;
      if (verdict.className !== kind) verdict.className = kind;
      say(reason.text, step?.reason ?? "");
      const rss = n ? trace.steps[n - 1].rss : trace.initial.rss;
      for (const [k, one] of counters.entries()) say(one.value, String(rss[k]));
    },
  };
}

/** The frames that each granularity stops at. */
function stopsOf({ frames, statements }, traces) {
  const last = frames.length - 1;
  const entry = frames.map((_, n) => n);
  const statement = entry.filter((n) => n === 0 || n === last || statements[n] !== statements[n + 1]);
  const ends = traces.map((trace) => new Set(trace.passes.map((pass) => pass.last)));
  const pass = entry.filter((n) => statement.includes(n) ||
    (n > 0 && frames[n].some((state, k) => state > frames[n - 1][k] && ends[k].has(state))));
  return { entry, pass, statement };
}

function legendOf(traces, comparison, palette) {
  const used = new Set(traces.flatMap((trace) => trace.cells.map((cell) => cell.kind)));
  if (!traces.some((trace) => trace.rows.some((row) => row.role === "swap"))) used.delete("free");
  const differs = comparison.differences.some((places) => places.length);
  const unlike = s("svg", { width: 18, height: 18, "aria-hidden": "true" },
    s("circle", { cx: 9, cy: 9, r: 8, class: "zv-unlike" }),
    s("text", { x: 9, y: 9.5, class: "zv-unlike-text" }, "\u2260"));
  return h("div", { class: "zv-legend", "aria-label": "legend" }, ...classItems(palette, used),
    signItem("zv-sign-new", "just changed"), differs ? pictureItem(unlike, "not the same on all kernels") : null);
}
