/* The player: a trace with its text, its grid, and the controls that step through it.
 *
 * It knows nothing of notebooks: a page gives it a trace and the palette
 * (zapviz/render/palette.py).
 */

import { h, say, button, signed, clip } from "../core/dom.js";
import { EMPTY, changedCells, createCursor, readTrace, stopIndex } from "../core/trace.js";
import { BADGES, createGrid } from "../parts/grid.js";
import { reserved, chip, createText } from "../parts/panels.js";
import { classItems, signItem, verdictItems, writtenItems } from "../parts/legend.js";
import { createDialog, keyList } from "../parts/dialog.js";
import { createEditor } from "./editor.js";
import { createSchedule } from "../parts/schedule.js";
import { createShell } from "../parts/shell.js";
import { VERDICTS, createTransport } from "../parts/transport.js";

const COUNTERS = ["MM_FILEPAGES", "MM_ANONPAGES", "MM_SWAPENTS", "MM_SHMEMPAGES"];
const START_HINT = "Nothing exists yet. Press \u2192 or the next button to step.";

// Inside another view the letters are that view's; the arrows step all the same.
const OWN_KEYS = { "\u2192  or n": "\u2192", "\u2190  or p": "\u2190" };
const KEYS = [
  ["\u2192  or n", "next"],
  ["\u2190  or p", "previous"],
  ["Home, End", "first, last"],
  ["Shift + \u2192, \u2190", "next, previous statement"],
  ["Space", "play, pause"],
  ["+  \u2212", "faster, slower"],
  ["1  2  3", "stop at statements, passes, entries"],
  ["g", "go to the entries; arrows then move among them"],
  ["Enter", "on an entry: pin it, see how it got there"],
  [",  .", "previous, next step that touched the pinned entry"],
  ["o", "of a race: take the other CPU\u2019s step here"],
  ["f", "full screen"],
  ["b", "big: the look for a projector"],
  ["Esc", "close, unpin, leave the text"],
  ["?", "this help"],
];

/** Build a player for a trace inside an element.
 *
 * options: palette (required); step, granularity, selected ([row id, cell] or null);
 * onStep, onGranularity, onSelect; presentation, whether it begins large, onPresentation; theme ("light", "dark" or "" to follow the page);
 * editor: what createEditor takes, where the scenario can be edited;
 * around: of a player inside another view, that view's keys, [[key, what, act]], which mean here what they
 * mean there (what is null: the help has it already), and leave(), which takes the focus back.
 */
export function createPlayer(element, trace, options) {
  const palette = options.palette;
  let theme = options.theme;
  const around = options.around ?? { keys: [], leave: null };
  const shell = createShell("zapviz: step through page-table entries; ? for help",
    { palette, theme: options.theme, onKey, present: options.presentation,
      onPresent: (on) => options.onPresentation?.(on) });
  const { root } = shell;
  let data = readTrace(trace ?? EMPTY);
  let cursor = createCursor(data);
  let selected = null; // a cell id
  let width = 720;
  let wanted = null; // the state to go to when the trace asked for is there
  let other = null; // what is shown in the player's place

  /* -- parts -- */
  const grid = createGrid(palette);
  const text = createText({ editable: Boolean(options.editor), onLine: goToLine });
  const transport = createTransport({
    at: () => cursor.at,
    last: () => data.last,
    stops: (granularity) => data.stops[granularity],
    marks: () => data.trace.statements.map((statement) => statement.last),
    move,
    onGranularity,
    onPlay: (on) => now.setAttribute("aria-live", on ? "off" : "polite"),
  }, options.granularity ?? "entry");
  const helpButton = h("button", { type: "button", class: "zv-button zv-keys-button", title: "Keys (?)",
    "aria-label": "keys", "aria-expanded": "false", onclick: () => helpBox.toggle() }, "?");
  const fullButton = button("full", "Full screen (f)", shell.fullScreen);

  const before = chip();
  const after = chip();
  const arrow = h("span", { class: "zv-arrow", "aria-hidden": "true" }, "\u2192");
  const chips = h("span", { class: "zv-chips" }, before.node, arrow, after.node);
  const title = h("span", { class: "zv-title" });
  const verdict = h("span", { class: "zv-verdict" });
  const reason = reserved("zv-reason");
  const source = reserved("zv-source");
  const context = reserved("zv-context");
  const now = h("section", { class: "zv-now", "aria-live": "polite", "aria-atomic": "true" },
    h("div", { class: "zv-head" }, chips, title, verdict),
    reason.node, source.node, context.node);

  const counters = COUNTERS.map((label) => {
    const value = h("b", {});
    const delta = h("span", { class: "zv-delta" });
    return { value, delta, node: h("div", { class: "zv-count" }, h("span", {}, label), value, delta) };
  });
  const rss = h("section", { class: "zv-rss", "aria-label": "rss counters" },
    ...counters.map((one) => one.node));

  const chains = h("div", { class: "zv-chains" });
  const locks = reserved("zv-locks");
  const entryName = h("span", { class: "zv-entry-name" });
  const entryNow = h("div", { class: "zv-entry-now" });
  const entryList = h("ol", { class: "zv-history" });
  const unpin = h("button", { type: "button", class: "zv-link", onclick: () => select(null) }, "unpin");
  const entry = h("section", { class: "zv-box-panel zv-entry" },
    h("h4", {}, "Entry ", entryName, unpin), entryNow, entryList);
  const facts = h("div", { class: "zv-facts" },
    h("section", { class: "zv-box-panel zv-chain-box" }, h("h4", {}, "Call chain"), chains),
    h("section", { class: "zv-box-panel" }, h("h4", {}, "Locks held"), locks.node),
    entry);
  const legend = h("div", { class: "zv-legend", "aria-label": "legend" });
  const noteHead = h("summary", {});
  const noteList = h("ul", {});
  const notes = h("details", { class: "zv-notes" }, noteHead, noteList);
  const tip = h("div", { class: "zv-tip", role: "tooltip", hidden: true });
  const editor = options.editor ? createEditor(options.editor, {
    text,
    palette,
    move: (n) => move(n),
    at: () => cursor.at,
    statement: () => {
      const step = data.trace.steps[Math.max(0, cursor.at - 1)];
      const one = step ? statementOf(step) : { first: 1, last: 0 };
      return { from: one.first - 1, to: Math.max(one.first - 1, one.last) };
    },
    goTo: (n) => { wanted = () => n; },
    goToCpus: () => { wanted = () => schedule.start(); },
    instead,
  }) : null;
  const schedule = createSchedule({
    move: (n) => move(n),
    choose: editor?.sendSchedule,
    explore: editor?.exploreRace,
  });
  const own = around.leave ? KEYS.map(([key, what]) => [OWN_KEYS[key] ?? key, what]) : KEYS;
  const helpBox = createDialog("Keys, while the grid has the focus", "zv-keys", keyList([
    ...own.slice(0, -4), ...(editor?.keys ?? []), ...around.keys.filter(([, what]) => what), ...own.slice(-4)]));
  const dialogs = [helpBox, ...(editor?.dialogs ?? [])];
  const about = h("span", { class: "zv-about" });
  const kernelName = h("span", { class: "zv-kernel" });

  const bar = h("div", { class: "zv-bar" },
    ...(editor ? editor.fields : [about, h("label", { class: "zv-field" }, "Kernel ", kernelName)]),
    h("span", { class: "zv-space" }),
    transport.strides,
    around.leave ? null : shell.presents, fullButton, helpButton);
  const left = h("div", { class: "zv-left" }, text.box, ...(editor?.notices ?? []), schedule.node);
  const right = h("div", { class: "zv-right" }, now, grid.pane, rss);
  root.append(h("div", { class: "zv-inner" }, bar, transport.node,
    h("div", { class: "zv-main" }, left, right), facts, legend, notes),
    tip, ...dialogs.map((dialog) => dialog.node));

  /* -- state -- */

  /** Show state n: touch only the cells that end up different. */
  function move(n) {
    n = Math.max(0, Math.min(data.last, n));
    if (n === cursor.at) return;
    refresh(cursor.go(n));
    options.onStep?.(n);
  }

  /** Bring the page to the state: cells in dirty, what just changed, and every panel. */
  function refresh(dirty) {
    const { at, state } = cursor;
    const stops = data.stops[transport.granularity];
    const index = stopIndex(stops, at);
    const start = at === 0 ? 0 : stops[stops[index] === at ? index - 1 : index];
    for (const id of dirty) grid.paint(id, state[id]);
    grid.showFresh(changedCells(data, start, at));
    grid.showSizes(data.sizes[at]);
    const step = at ? data.trace.steps[at - 1] : null;
    const single = transport.granularity === "entry";
    const decided = single ? (step ? [at] : []) : decisions(start, at);
    const place = single && step?.at ? cellAt(step) : null;
    grid.showNow(place, verdictsAt(decided));
    if (single || !step) showStep(step);
    else showStride(start, decided);
    showAround(step, start);
    transport.show();
    schedule.show(at);
    if (selected !== null) showEntryNow();
    root.dataset.step = at;
    requestAnimationFrame(() => {
      grid.reveal(place ?? (decided.length ? cellAt(data.trace.steps[decided[decided.length - 1] - 1]) : null));
      text.reveal();
      revealFunction();
    });
  }

  const cellAt = (step) => (step.at ? data.offsets[step.at[0]] + step.at[1] : null);
  const statementOf = (step) => data.trace.statements[step.statement];
  const ofCpu = (step) => data.cpus > 1 && statementOf(step).text.startsWith("def CPU");
  const called = (step, title) => (ofCpu(step) ? `CPU${step.cpu}  ${title}` : title);

  // What a zap decides of an entry; a page that leaves the page cache is another matter.
  const zapped = (step) => step.kind !== "cache";

  /** The states after start, up to end, in which an entry was decided. */
  function decisions(start, end) {
    const list = [];
    for (let n = start + 1; n <= end; n++) {
      const step = data.trace.steps[n - 1];
      if (step.at && BADGES[step.verdict]) list.push(n);
    }
    return list;
  }

  /** The last verdict of each cell in these states; of many only what zaps decide. */
  function verdictsAt(states) {
    const last = new Map();
    for (const n of states) {
      const step = data.trace.steps[n - 1];
      if (!step.at || !BADGES[step.verdict]) continue;
      if (states.length > 1 && step.verdict !== "zapped" && step.verdict !== "kept") continue;
      last.set(cellAt(step), step.verdict);
    }
    return [...last];
  }

  /** Tell one step: the entry before and after, the verdict and its reason. */
  function showStep(step) {
    chips.hidden = !step || (step.before === null && step.after === null);
    if (!step) {
      say(title, data.last ? "Before the first statement" : "Nothing to show yet");
      say(reason.text, data.last ? START_HINT : "");
      say(source.text, "");
      showVerdict(null);
      return;
    }
    if (!chips.hidden) {
      before.show(step.before === null ? null : grid.look(step.before));
      after.show(step.after === null ? null : grid.look(step.after));
    }
    say(title, called(step, step.title));
    say(reason.text, step.reason ?? "");
    say(source.text, sourceText(step));
    showVerdict(step.verdict);
  }

  /** Tell a whole statement or pass: what was decided, and why, once for each verdict. */
  function showStride(start, decided) {
    const step = data.trace.steps[cursor.at - 1];
    const pass = transport.granularity === "pass" && step.pass !== null ? data.trace.passes[step.pass] : null;
    chips.hidden = true;
    say(title, called(step, pass ? pass.title : statementOf(step).text));
    say(reason.text, strideText(start, cursor.at));
    const by = new Set(decided.map((n) => data.trace.steps[n - 1]).filter(zapped).map((one) => one.function));
    say(source.text, by.size ? `Decided in ${[...by].map((one) => `${one}()`).join(", ")}` : sourceText(step));
    showVerdict(["holds", "fails"].includes(step.verdict) ? step.verdict : null);
  }

  function strideText(start, end) {
    const reasons = new Map();
    for (const n of decisions(start, end)) {
      const step = data.trace.steps[n - 1];
      if (zapped(step) && !reasons.has(step.verdict)) reasons.set(step.verdict, step.reason);
    }
    const list = [...reasons].map(([one, why]) => `${one[0].toUpperCase()}${one.slice(1)}: ${why}`);
    return list.length ? list.slice(0, 3).join("\n") : data.trace.steps[end - 1].reason ?? "";
  }

  /** Every text that the reason can be while the strides stay as they are. */
  function reasonTexts() {
    if (transport.granularity === "entry") return [START_HINT, ...data.trace.steps.map((step) => step.reason ?? "")];
    const stops = data.stops[transport.granularity];
    return [START_HINT, ...stops.slice(1).map((stop, k) => strideText(stops[k], stop))];
  }

  function showVerdict(word) {
    say(verdict, word ? VERDICTS[word] ?? word : "");
    const kind = `zv-verdict zv-v-${word ?? "no"}`;
    if (verdict.className !== kind) verdict.className = kind;
  }

  /** Show what stands around a step: its pass, counters, locks, call chain and line. */
  function showAround(step, start) {
    const { steps, initial } = data.trace;
    say(context.text, step ? contextText(step) : "");
    const counts = step ? step.rss : initial.rss;
    const base = start > 0 ? steps[start - 1].rss : initial.rss;
    for (const [k, one] of counters.entries()) {
      say(one.value, String(counts[k]));
      say(one.delta, signed(counts[k] - base[k]));
      one.node.classList.toggle("zv-moved", counts[k] !== base[k]);
    }
    say(locks.text, lockText(step ? step.locks : initial.locks));
    showChain(step);
    text.mark(schedule.lineAt(cursor.at) || (step ? statementOf(step).line : 0));
    markLines();
  }

  function sourceText(step) {
    const rule = step.rule ? `rule ${step.rule}` : "";
    const parts = [step.source, rule, step.evidence].filter(Boolean);
    return parts.join("  \u00b7  ");
  }

  function contextText(step) {
    const statement = statementOf(step);
    const tally = new Map();
    for (let n = statement.first; n <= cursor.at; n++) {
      const one = data.trace.steps[n - 1];
      if (one.statement !== step.statement || !BADGES[one.verdict]) continue;
      const what = one.kind === "cache" && data.trace.cells[one.after]?.kind === "none"
        ? "out of the page cache" : one.verdict;
      tally.set(what, (tally.get(what) ?? 0) + 1);
    }
    const parts = [];
    if (tally.size) {
      const counted = [...tally].map(([what, count]) => `${count} ${what}`).join(", ");
      parts.push(cursor.at < statement.last ? `So far in this call: ${counted}` : `In this call: ${counted}`);
    }
    if (cursor.at === statement.last && step.result !== null && step.kind !== "check") {
      const call = /^[a-z_]+\(/.test(statement.text);
      if (step.result.startsWith("SIG")) parts.push(`It raises ${step.result}`);
      else if (step.result === "BLOCKED") parts.push("It never returns; nothing after it is run");
      else if (call || step.result !== "0") parts.push(`It returns ${step.result}`);
    }
    const pass = step.pass === null ? null : data.trace.passes[step.pass];
    return [pass ? `Pass: ${passText(pass)}` : "", parts.join("  \u00b7  ")].filter(Boolean).join("\n");
  }

  function passText(pass) {
    if (!pass.zaps) return pass.title;
    if (pass.details === null) return `${pass.title}  \u00b7  zap_details NULL`;
    const details = Object.entries(pass.details).map(([key, value]) => `${key} = ${detailText(value)}`);
    return details.length ? `${pass.title}  \u00b7  zap_details ${details.join(", ")}` : pass.title;
  }

  const detailText = (value) =>
    value === true ? "1" : value === false ? "0" : value === null ? "NULL" : String(value);
  const lockText = (list) => (list.length ? list.join("\n") : "none");

  let chainShown = null;
  function showChain(step) {
    const key = step ? `${step.chain}/${step.function}` : "";
    if (key === chainShown) return;
    chainShown = key;
    for (const [k, node] of [...chains.children].entries()) {
      const here = step !== null && k === step.chain;
      node.style.visibility = here ? "visible" : "hidden";
      node.setAttribute("aria-hidden", String(!here));
      if (!here) continue;
      for (const part of node.children) {
        const current = part.textContent === step.function;
        part.classList.toggle("zv-current", current);
        if (current) part.setAttribute("aria-current", "true");
        else part.removeAttribute("aria-current");
      }
    }
  }

  function revealFunction() {
    const box = chains.parentNode;
    if (box.scrollHeight <= box.clientHeight + 1) return;
    const current = chains.querySelector("[aria-current]");
    if (current) box.scrollTop = Math.max(0, current.offsetTop - box.offsetTop - 60);
  }

  let linesMarked = -1;
  function markLines() {
    const done = data.trace.statements.filter((statement) => statement.last <= cursor.at);
    if (done.length === linesMarked) return;
    linesMarked = done.length;
    text.verdicts(new Map(done.map((statement) => [statement.line, marked(statement)])));
  }

  /** How a line is marked; an assertion that one order of the CPUs cannot decide, as any other. */
  function marked(statement) {
    if (!statement.text.startsWith("assert")) return "zv-done";
    if (!statement.ok) return "zv-fails";
    return data.trace.steps[statement.last - 1]?.verdict === "holds" ? "zv-holds" : "zv-done";
  }

  /* -- the pinned entry -- */

  function select(id, tell = true) {
    if (id !== null && (id < 0 || id >= data.total)) id = null;
    if (id === selected && id !== null) return;
    selected = id;
    grid.showPin(id);
    root.classList.toggle("zv-pinned", id !== null);
    showEntry();
    if (tell) options.onSelect?.(selectedPlace());
  }

  function selectedPlace() {
    if (selected === null) return null;
    const r = data.owner[selected];
    return [data.rows[r].id, selected - data.offsets[r]];
  }

  function findPlace(place) {
    if (!place) return null;
    const r = data.rows.findIndex((row) => row.id === place[0]);
    if (r < 0 || place[1] < 0 || place[1] >= data.rows[r].pages) return null;
    return data.offsets[r] + place[1];
  }

  const placeName = (id) => `${data.rows[data.owner[id]].label}[${id - data.offsets[data.owner[id]]}]`;

  function showEntry() {
    unpin.hidden = selected === null;
    if (selected === null) {
      say(entryName, "");
      say(entryNow, "Click an entry to pin it here: what it holds, and each step that touched it.");
      entryList.replaceChildren();
      return;
    }
    say(entryName, placeName(selected));
    entryList.replaceChildren(...(data.history.get(selected) ?? []).map((n) => {
      const step = data.trace.steps[n - 1];
      const here = step.at && data.offsets[step.at[0]] + step.at[1] === selected;
      const what = clip(step.title, 90);
      return h("li", { "data-state": n },
        h("button", { type: "button", class: "zv-jump", tabindex: -1, onclick: () => move(n),
          title: `go to state ${n}` },
        h("span", { class: "zv-jump-n" }, String(n)),
        h("span", {}, !here ? `along with ${what}` : step.verdict ? `${what} (${step.verdict})` : what)));
    }));
    if (!entryList.children.length) entryList.append(h("li", {}, "No step touches it."));
    showEntryNow();
  }

  function showEntryNow() {
    const look = grid.look(cursor.state[selected]);
    say(entryNow, look ? `${look.name}: ${look.text}` : "");
    let current = null;
    for (const item of entryList.children) {
      item.classList.remove("zv-current");
      if (Number(item.dataset.state) <= cursor.at) current = item;
    }
    current?.classList.add("zv-current");
    if (current) {
      requestAnimationFrame(() => {
        const top = current.offsetTop - entryList.offsetTop;
        if (top < entryList.scrollTop || top + 20 > entryList.scrollTop + entryList.clientHeight) {
          entryList.scrollTop = top - entryList.clientHeight / 2;
        }
      });
    }
  }

  function toTouch(direction) {
    if (selected === null) return;
    const list = data.history.get(selected) ?? [];
    const next = direction > 0 ? list.find((n) => n > cursor.at) : list.filter((n) => n < cursor.at).pop();
    if (next !== undefined) move(next);
  }

  /* -- moving -- */

  function goToLine(line) {
    const statement = data.trace.statements.find((one) => one.line >= line) ??
      data.trace.statements[data.trace.statements.length - 1];
    if (statement) move(transport.granularity === "entry" ? statement.first : statement.last);
  }

  function onGranularity(value, tell) {
    reason.keep(reasonTexts(), true);
    refresh(new Set());
    if (tell) options.onGranularity?.(value);
  }

  /* -- keys -- */

  function onKey(event) {
    return (event.target.closest("[role=gridcell]") && onCellKey(event.target, event)) ||
      onPlayerKey(event) || transport.onKey(event);
  }

  function onCellKey(target, event) {
    const id = target.zapvizCell;
    const moves = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    if (event.shiftKey) return false;
    if (moves[event.key]) grid.rove(grid.neighbour(id, ...moves[event.key]), true);
    else if (event.key === "Home") grid.rove(grid.edgeOfRow(id, false), true);
    else if (event.key === "End") grid.rove(grid.edgeOfRow(id, true), true);
    else if (event.key === "Enter") select(selected === id ? null : id);
    else return false;
    return true;
  }

  function onPlayerKey(event) {
    const acts = {
      g: () => grid.rove(selected ?? grid.roving(), true),
      ",": () => toTouch(-1),
      ".": () => toTouch(1),
      o: () => schedule.other(),
      f: shell.fullScreen,
      b: () => shell.present(),
      "?": () => helpBox.toggle(),
      Escape: () => escape(),
    };
    for (const [key, , act] of [...(editor?.keys ?? []), ...around.keys]) acts[key] = act;
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    act?.();
    return Boolean(act);
  }

  function escape() {
    const open = dialogs.find((dialog) => dialog.isOpen);
    if (open) open.close();
    else if (!tip.hidden) tip.hidden = true;
    else if (around.leave) around.leave();
    else if (selected !== null) select(null);
    else root.focus({ preventScroll: true });
  }

  /* -- pointer -- */

  const { cellOf } = grid;

  function showTip(id) {
    const look = grid.look(cursor.state[id]);
    const r = data.owner[id];
    const row = data.rows[r];
    const touched = (data.history.get(id) ?? []).filter((n) => n <= cursor.at).pop();
    const lines = [look.text];
    if (row.role !== "swap" && row.file) lines.push(`File page ${row.column + id - data.offsets[r]} of ${row.file}.`);
    if (touched) lines.push(`Step ${touched}: ${data.trace.steps[touched - 1].title}`);
    tip.replaceChildren(
      h("div", { class: "zv-tip-head" }, h("b", {}, placeName(id)), ` ${look.name}`),
      ...lines.filter(Boolean).map((line) => h("div", {}, line)));
    tip.hidden = false;
    const base = root.getBoundingClientRect();
    const box = grid.nodes()[id].g.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = tip;
    const x = Math.max(4, Math.min(box.left - base.left, base.width - offsetWidth - 4));
    // Under the rows if they end nearby, so that none of them is covered.
    const group = grid.nodes()[id].g.closest("[role=rowgroup]").getBoundingClientRect();
    const bottom = group.bottom - box.bottom < 180 ? group.bottom : box.bottom;
    const below = bottom - base.top + 6;
    const y = below + offsetHeight > base.height ? Math.max(4, box.top - base.top - offsetHeight - 8) : below;
    tip.style.transform = `translate(${Math.round(x)}px,${Math.round(y)}px)`;
  }

  grid.svg.addEventListener("pointerover", (event) => {
    const id = cellOf(event);
    // A finger covers what it points at, and pins it when it lifts: no words beside it meanwhile.
    if (id === null || event.pointerType === "touch") tip.hidden = true;
    else showTip(id);
  });
  grid.svg.addEventListener("pointerleave", () => { tip.hidden = true; });
  grid.svg.addEventListener("mousedown", (event) => {
    if (cellOf(event) === null) return;
    // The arrows go on stepping after a click: the player keeps the focus.
    event.preventDefault();
    root.focus({ preventScroll: true });
  });
  grid.svg.addEventListener("click", (event) => {
    const id = cellOf(event);
    if (id !== null) {
      grid.rove(id, false);
      select(selected === id ? null : id);
    }
  });
  grid.svg.addEventListener("focusin", (event) => {
    const id = cellOf(event);
    if (id !== null && event.target.matches(":focus-visible")) showTip(id);
  });
  grid.svg.addEventListener("focusout", () => { tip.hidden = true; });

  /* -- size -- */

  function relayout() {
    grid.load(data, cursor.state, width);
    grid.showSizes(data.sizes[cursor.at]);
    grid.showPin(selected);
    refresh(new Set());
  }
  const sizeWatch = new ResizeObserver(() => {
    root.style.setProperty("--zv-zoom", shell.zoom());
    const wide = grid.pane.clientWidth;
    if (wide > 0 && Math.abs(wide - width) >= 2) {
      width = wide;
      relayout();
    }
  });

  /* -- loading a trace -- */

  function load() {
    const { trace: now_, last } = data;
    chainShown = null;
    linesMarked = -1;
    say(kernelName, now_.kernel.name ? `${now_.kernel.name}` : "");
    kernelName.title = now_.kernel.title ?? "";
    say(about, now_.title ?? "");
    if (!editor) text.set(now_.scenario.replace(/\n$/, ""));
    schedule.load(now_);
    reason.keep(reasonTexts());
    source.keep(now_.steps.map(sourceText));
    context.keep(["Pass\nSo far", ...now_.passes.map((pass) => `Pass: ${passText(pass)}\nSo far`)]);
    locks.keep([now_.steps.reduce((most, step) =>
      (step.locks.length > most.split("\n").length ? step.locks.join("\n") : most), "none")]);
    chains.replaceChildren(...now_.chains.map((chain) =>
      h("div", { class: "zv-chain" }, ...chain.map((one) => h("span", {}, one)))));
    root.classList.toggle("zv-wide", data.rows.some((row) => row.column + row.pages > 16));
    drawLegend();
    say(noteHead, now_.notes.length ? `Not modelled: ${now_.notes[0]}` : "");
    noteList.replaceChildren(...now_.notes.map((note) => h("li", {}, note)));
    notes.hidden = now_.notes.length === 0;
    transport.reset();
    return last;
  }

  function drawLegend() {
    const { cells } = data.trace;
    const slots = data.rows.some((row) => row.role === "swap");
    const used = new Set(cells.map((cell) => cell.kind).filter((kind) => slots || kind !== "free"));
    legend.replaceChildren(...classItems(palette, used), signItem("zv-sign-new", "just changed"),
      signItem("zv-sign-now", "being decided"), signItem("zv-sign-pin", "pinned"),
      ...verdictItems(new Set(data.trace.steps.map((step) => step.verdict))),
      ...writtenItems(palette, data.rows, cells));
  }

  /** Show another trace in place, at a state of it. */
  function setTrace(next, n) {
    const place = selectedPlace();
    transport.play(false);
    data = readTrace(next ?? EMPTY);
    cursor = createCursor(data);
    load();
    cursor.go(Math.max(0, Math.min(data.last, n ?? 0)));
    grid.load(data, cursor.state, width);
    selected = findPlace(place);
    grid.showPin(selected);
    showEntry();
    refresh(new Set());
    tip.hidden = true;
    const goal = wanted ? wanted() : schedule.goal();
    wanted = null;
    if (goal !== null) move(goal);
  }

  /** Show something else in the player's place, until it is closed. */
  function instead(make) {
    transport.play(false);
    root.hidden = true;
    other = make(element, () => {
      other.destroy();
      other = null;
      root.hidden = false;
      root.focus({ preventScroll: true });
    }, theme, shell.presented);
    other.root.focus({ preventScroll: true });
  }

  /* -- begin -- */

  element.append(root);
  editor?.begin();
  setTrace(trace, options.step ?? 0);
  transport.setGranularity(transport.granularity, false);
  select(findPlace(options.selected), false);
  sizeWatch.observe(grid.pane);

  return {
    root,
    step: move,
    get at() { return cursor.at; },
    get last() { return data.last; },
    select: (row, cell) => select(row === null ? null : findPlace([row, cell]), false),
    setGranularity: (value) => transport.setGranularity(value, false),
    setTrace,
    setText: (value) => editor?.setText(value),
    setKernel: (value) => editor?.setKernel(value),
    setSchedule: (order) => editor?.setSchedule(order),
    setError: (message, line) => editor?.setError(message, line),
    answered: () => editor?.answered(),
    showHost: (said) => editor?.showHost(said),
    setPresentation: (on) => shell.present(on),
    setTheme(next) {
      theme = next;
      shell.setTheme(next);
      other?.setTheme(next);
    },
    play: () => transport.play(true),
    pause: () => transport.play(false),
    destroy() {
      transport.play(false);
      editor?.destroy();
      other?.destroy();
      sizeWatch.disconnect();
      shell.destroy();
    },
  };
}
