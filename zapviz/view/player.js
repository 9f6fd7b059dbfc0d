/* The player: a trace with its text, its grid, and the controls that step through it.
 *
 * It knows nothing of notebooks: a page gives it a trace and the palette
 * (zapviz/render/palette.py).
 */

import { h, s, say, WORDS, icon, signed, clip } from "./dom.js";
import { EMPTY, readTrace, stopIndex } from "./trace.js";
import { BADGES, CORNER_FLAGS, createGrid, paletteRules } from "./grid.js";
import { isSave, guardKeys, followTheme } from "./frame.js";
import { reserved, chip, createText, classLook } from "./panels.js";

const GRANULARITIES = [
  ["statement", "Statement", "stop after each statement (1)"],
  ["pass", "Pass", "stop after each pass over a range (2)"],
  ["entry", "Entry", "stop after each smallest step (3)"],
];
const SPEEDS = [2000, 1000, 500, 250, 100];
const COUNTERS = ["MM_FILEPAGES", "MM_ANONPAGES", "MM_SWAPENTS", "MM_SHMEMPAGES"];
const VERDICTS = {
  zapped: "\u2715 zapped",
  kept: "\u25cf kept",
  changed: "\u2192 changed",
  installed: "+ installed",
  holds: "\u2713 holds",
  fails: "\u2715 fails",
};

const START_HINT = "Nothing exists yet. Press \u2192 or the next button to step.";

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
  ["f", "full screen"],
  ["Esc", "close, unpin, leave the text"],
  ["?", "this help"],
];

/** Build a player for a trace inside an element.
 *
 * options: palette (required); step, granularity, selected ([row id, cell] or null);
 * onStep, onGranularity, onSelect; theme ("light", "dark" or "" to follow the page);
 * editor: {text, kernel, error, errorLine, scenarios: [{name, title, about, text}],
 * kernels: [{name, title}], onText, onKernel}, where the scenario can be edited.
 */
export function createPlayer(element, trace, options) {
  const palette = options.palette;
  const editor = options.editor ?? null;
  // Each widget may load this module anew, so a counter would not be unique in the page.
  const name = `zv-${Math.random().toString(36).slice(2, 10)}`;
  const root = h("div", { class: "zv", id: name, tabindex: 0, role: "group",
    "aria-label": "zapviz: step through page-table entries; ? for help",
    "data-lm-suppress-shortcuts": "true" });
  let data = readTrace(trace ?? EMPTY);
  let at = 0;
  let granularity = options.granularity ?? "entry";
  let selected = null; // a cell id
  let state = data.initial.slice();
  let fresh = new Set();
  let timer = null;
  let speed = 500;
  let width = 720;

  /* -- parts -- */
  const grid = createGrid(name, palette);
  const text = createText({ editable: editor !== null, onLine: goToLine });
  const button = (what, label, act) =>
    h("button", { type: "button", class: `zv-button zv-${what}`, title: label, "aria-label": label,
      onclick: act }, icon(what), WORDS[what] ? h("span", {}, WORDS[what]) : null);
  const buttons = {
    first: button("first", "First state (Home)", () => move(0)),
    previous: button("previous", "Previous (\u2190)", () => by(-1)),
    play: button("play", "Play (Space)", () => toggle()),
    next: button("next", "Next (\u2192)", () => by(1)),
    last: button("last", "Last state (End)", () => move(data.last)),
  };
  const pace = h("select", { class: "zv-select", title: "Speed of play (+ and \u2212)",
    "aria-label": "speed of play", onchange: () => setSpeed(Number(pace.value)) },
    ...SPEEDS.map((ms) => h("option", { value: ms }, `${ms / 1000} s a step`)));
  const slider = h("input", { type: "range", class: "zv-slider", min: 0, step: 1, value: 0,
    "aria-label": "state", oninput: () => move(data.stops[granularity][Number(slider.value)]) });
  const ticks = s("svg", { class: "zv-ticks", preserveAspectRatio: "none", "aria-hidden": "true" });
  const counter = h("span", { class: "zv-counter" });
  const choices = GRANULARITIES.map(([value, label, title]) =>
    h("button", { type: "button", class: "zv-choice", role: "radio", title, "data-value": value,
      onclick: () => setGranularity(value) }, label));
  const helpButton = h("button", { type: "button", class: "zv-button", title: "Keys (?)",
    "aria-label": "keys", "aria-expanded": "false", onclick: () => help() }, "?");
  const fullButton = button("full", "Full screen (f)", () => fullScreen());

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
  const helpBox = h("div", { class: "zv-help", role: "dialog", "aria-label": "keys", hidden: true },
    h("h4", {}, "Keys, while the grid has the focus"),
    h("dl", {}, ...KEYS.flatMap(([key, what]) => [h("dt", {}, key), h("dd", {}, what)])));

  // What this machine's own kernel did with the scenario, beside the model.
  const hostText = h("pre", {});
  const hostBox = h("div", { class: "zv-help zv-host", role: "dialog",
    "aria-label": "on this machine's kernel", tabindex: -1, hidden: true },
    h("h4", {}, "On this machine's own kernel ",
      h("button", { type: "button", class: "zv-link", onclick: () => showHost(null) }, "close")),
    hostText);
  const hostButton = h("button", { type: "button", class: "zv-button zv-words",
    title: "Run the scenario on this machine's own kernel, beside the model",
    onclick: () => askHost() }, "Try here");

  /* -- the editor -- */
  let sent = editor?.text ?? "";
  let typing = null;
  let waiting = null;
  const errorHead = h("div", {});
  const errorPlace = h("pre", {});
  const error = h("div", { class: "zv-error", role: "alert", hidden: true }, errorHead, errorPlace);
  const stale = h("div", { class: "zv-stale", role: "status", hidden: true });
  const about = h("span", { class: "zv-about" });
  const scenarioPick = h("select", { class: "zv-select zv-scenarios", "aria-label": "scenario" });
  const kernelPick = h("select", { class: "zv-select zv-kernels", "aria-label": "kernel" });
  const kernelName = h("span", { class: "zv-kernel" });
  if (editor) {
    for (const one of editor.scenarios) {
      scenarioPick.append(h("option", { value: one.name, title: one.title }, one.title || one.name));
    }
    scenarioPick.append(h("option", { value: "", hidden: true }, "(your own)"));
    for (const one of editor.kernels) {
      kernelPick.append(h("option", { value: one.name, title: one.title },
        one.title ? `${one.name} \u00b7 ${one.title}` : one.name));
    }
    scenarioPick.addEventListener("change", () => pickScenario(scenarioPick.value));
    kernelPick.addEventListener("change", () => {
      editor.onKernel(kernelPick.value);
      wait();
    });
    text.area.addEventListener("input", () => {
      text.redraw();
      clearTimeout(typing);
      typing = setTimeout(sendText, 180);
    });
    text.area.addEventListener("change", sendText);
  }

  const bar = h("div", { class: "zv-bar" },
    editor ? h("label", { class: "zv-field" }, "Scenario ", scenarioPick) : about,
    h("label", { class: "zv-field" }, "Kernel ", editor ? kernelPick : kernelName),
    editor?.onHost ? hostButton : null,
    h("span", { class: "zv-space" }),
    h("span", { class: "zv-field zv-fixed" }, "Stop at each",
      h("span", { class: "zv-choices", role: "radiogroup", "aria-label": "stop at each" }, ...choices)),
    fullButton, helpButton);
  const transport = h("div", { class: "zv-transport" },
    h("div", { class: "zv-buttons" }, ...Object.values(buttons)), pace,
    h("div", { class: "zv-slide" }, slider, ticks), counter);
  const left = h("div", { class: "zv-left" }, text.box, stale, error);
  const right = h("div", { class: "zv-right" }, now, grid.pane, rss);
  const rules = h("style", {});
  rules.textContent = paletteRules(palette, name);
  root.append(rules, h("div", { class: "zv-inner" }, bar, transport,
    h("div", { class: "zv-main" }, left, right), facts, legend, notes), tip, helpBox, hostBox);

  /* -- state -- */

  /** Show state n: apply the changes between, touch only the cells that end up different. */
  function move(n) {
    n = Math.max(0, Math.min(data.last, n));
    if (n === at) return;
    const dirty = new Set();
    for (; at < n; at++) {
      const change = data.changes[at];
      for (let k = 0; k < change.length; k += 3) {
        state[change[k]] = change[k + 2];
        dirty.add(change[k]);
      }
    }
    for (; at > n; at--) {
      const change = data.changes[at - 1];
      for (let k = change.length - 3; k >= 0; k -= 3) {
        state[change[k]] = change[k + 1];
        dirty.add(change[k]);
      }
    }
    refresh(dirty);
    options.onStep?.(at);
  }

  /** Bring the page to the state: cells in dirty, what is fresh, and every panel. */
  function refresh(dirty) {
    const stops = data.stops[granularity];
    const index = stopIndex(stops, at);
    const start = at === 0 ? 0 : stops[stops[index] === at ? index - 1 : index];
    const next = new Set();
    for (let n = start; n < at; n++) {
      const change = data.changes[n];
      for (let k = 0; k < change.length; k += 3) next.add(change[k]);
    }
    for (const id of fresh) if (!next.has(id)) grid.paint(id, state[id], false);
    for (const id of next) grid.paint(id, state[id], true);
    for (const id of dirty) if (!next.has(id)) grid.paint(id, state[id], false);
    fresh = next;
    grid.showSizes(data.sizes[at]);
    const step = at ? data.trace.steps[at - 1] : null;
    const single = granularity === "entry";
    const decided = single ? (step ? [at] : []) : decisions(start, at);
    const place = single && step?.at ? cellAt(step) : null;
    grid.showNow(place, verdictsAt(decided));
    if (single || !step) showStep(step);
    else showStride(start, decided);
    showAround(step, start);
    showTransport(index);
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
  const called = (step, title) => (data.cpus > 1 ? `CPU${step.cpu}  ${title}` : title);

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
    const step = data.trace.steps[at - 1];
    const pass = granularity === "pass" && step.pass !== null ? data.trace.passes[step.pass] : null;
    chips.hidden = true;
    say(title, called(step, pass ? pass.title : statementOf(step).text));
    say(reason.text, strideText(start, at));
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
    if (granularity === "entry") return [START_HINT, ...data.trace.steps.map((step) => step.reason ?? "")];
    const stops = data.stops[granularity];
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
    text.mark(step ? statementOf(step).line : 0);
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
    for (let n = statement.first; n <= at; n++) {
      const one = data.trace.steps[n - 1];
      if (one.statement !== step.statement || !BADGES[one.verdict]) continue;
      const what = one.kind === "cache" && data.trace.cells[one.after]?.kind === "none"
        ? "out of the page cache" : one.verdict;
      tally.set(what, (tally.get(what) ?? 0) + 1);
    }
    const parts = [];
    if (tally.size) {
      const counted = [...tally].map(([what, count]) => `${count} ${what}`).join(", ");
      parts.push(at < statement.last ? `So far in this call: ${counted}` : `In this call: ${counted}`);
    }
    if (at === statement.last && step.result !== null && step.kind !== "check") {
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
    const done = data.trace.statements.filter((statement) => statement.last <= at);
    if (done.length === linesMarked) return;
    linesMarked = done.length;
    text.verdicts(new Map(done.map((statement) => [statement.line,
      !statement.text.startsWith("assert") ? "zv-done" : statement.ok ? "zv-holds" : "zv-fails"])));
  }

  function showTransport(index) {
    const stops = data.stops[granularity];
    slider.value = index;
    slider.setAttribute("aria-valuetext", `${at} of ${data.last}`);
    say(counter, `${at} / ${data.last}`);
    const fixed = (node, off) => {
      if (node.getAttribute("aria-disabled") !== String(off)) node.setAttribute("aria-disabled", String(off));
    };
    fixed(buttons.first, at === 0);
    fixed(buttons.previous, at === 0);
    fixed(buttons.next, at === data.last);
    fixed(buttons.last, at === data.last);
    if (Number(slider.max) !== stops.length - 1) slider.max = stops.length - 1;
  }

  /* -- the pinned entry -- */

  function select(id, tell = true) {
    if (id !== null && (id < 0 || id >= data.total)) id = null;
    if (id === selected && id !== null) return;
    selected = id;
    grid.showPin(id);
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
        h("span", {}, here && step.verdict ? `${what} (${step.verdict})` : what)));
    }));
    if (!entryList.children.length) entryList.append(h("li", {}, "No step touches it."));
    showEntryNow();
  }

  function showEntryNow() {
    const look = grid.look(state[selected]);
    say(entryNow, look ? `${look.name}: ${look.text}` : "");
    let current = null;
    for (const item of entryList.children) {
      item.classList.remove("zv-current");
      if (Number(item.dataset.state) <= at) current = item;
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
    const next = direction > 0 ? list.find((n) => n > at) : list.filter((n) => n < at).pop();
    if (next !== undefined) move(next);
  }

  /* -- moving -- */

  function by(direction, stops = data.stops[granularity]) {
    const index = stopIndex(stops, at);
    if (direction > 0) move(stops[Math.min(index + 1, stops.length - 1)]);
    else move(stops[Math.max(0, stops[index] === at ? index - 1 : index)]);
  }

  function goToLine(line) {
    const statement = data.trace.statements.find((one) => one.line >= line) ??
      data.trace.statements[data.trace.statements.length - 1];
    if (statement) move(granularity === "entry" ? statement.first : statement.last);
  }

  function setGranularity(value, tell = true) {
    if (!GRANULARITIES.some(([one]) => one === value)) return;
    granularity = value;
    reason.keep(reasonTexts(), true);
    for (const choice of choices) {
      const on = choice.dataset.value === value;
      choice.setAttribute("aria-checked", String(on));
      choice.tabIndex = on ? 0 : -1;
    }
    slider.max = data.stops[value].length - 1;
    drawTicks();
    refresh(new Set());
    if (tell) options.onGranularity?.(value);
  }

  function drawTicks() {
    const stops = data.stops[granularity];
    const count = Math.max(1, stops.length - 1);
    ticks.setAttribute("viewBox", `0 0 ${count} 1`);
    const marks = [];
    if (granularity !== "statement" && data.trace.statements.length < 150) {
      let path = "";
      for (const statement of data.trace.statements) {
        path += `M${stopIndex(stops, statement.last)} 0V1`;
      }
      marks.push(s("path", { d: path, "vector-effect": "non-scaling-stroke" }));
    }
    ticks.replaceChildren(...marks);
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
  function toggle(on = timer === null) {
    if (on === (timer !== null)) return;
    if (on && at === data.last) move(0);
    buttons.play.replaceChildren(icon(on ? "pause" : "play"), h("span", {}, on ? "Pause" : "Play"));
    const label = on ? "Pause (Space)" : "Play (Space)";
    buttons.play.title = label;
    buttons.play.setAttribute("aria-label", label);
    now.setAttribute("aria-live", on ? "off" : "polite");
    if (!on) {
      clearTimeout(timer);
      timer = null;
      return;
    }
    let due = performance.now() + speed;
    const tick = () => {
      by(1);
      if (at === data.last) {
        toggle(false);
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

  function help(on = helpBox.hidden) {
    helpBox.hidden = !on;
    helpButton.setAttribute("aria-expanded", String(on));
  }

  function fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else root.requestFullscreen?.().catch(() => {});
  }

  /* -- keys -- */

  function onKey(event) {
    // Nothing typed in here is for the notebook around it, but saving.
    if (isSave(event)) return;
    event.stopPropagation();
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const field = target.closest("textarea, select, input:not([type=range])");
    if (field) {
      if (key === "Escape") root.focus({ preventScroll: true });
      return;
    }
    const handled = (target.closest("[role=gridcell]") && onCellKey(target, event)) ||
      (target.closest("[role=radio]") && onChoiceKey(event)) || onPlayerKey(event);
    if (handled) event.preventDefault();
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

  function onChoiceKey(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return false;
    const index = GRANULARITIES.findIndex(([one]) => one === granularity);
    const next = (index + step + GRANULARITIES.length) % GRANULARITIES.length;
    setGranularity(GRANULARITIES[next][0]);
    choices[next].focus();
    return true;
  }

  function onPlayerKey(event) {
    const { key, target } = event;
    if ((key === " " || key === "Enter") && target.closest("button, summary")) return false;
    const statements = data.stops.statement;
    const acts = {
      ArrowRight: () => (event.shiftKey ? by(1, statements) : by(1)),
      ArrowLeft: () => (event.shiftKey ? by(-1, statements) : by(-1)),
      n: () => by(1),
      p: () => by(-1),
      Home: () => move(0),
      End: () => move(data.last),
      " ": () => toggle(),
      "+": () => changeSpeed(1),
      "=": () => changeSpeed(1),
      "-": () => changeSpeed(-1),
      1: () => setGranularity("statement"),
      2: () => setGranularity("pass"),
      3: () => setGranularity("entry"),
      g: () => grid.rove(selected ?? grid.roving(), true),
      ",": () => toTouch(-1),
      ".": () => toTouch(1),
      f: () => fullScreen(),
      "?": () => help(),
      Escape: () => escape(),
    };
    const act = acts[key.length === 1 ? key.toLowerCase() : key];
    act?.();
    return Boolean(act);
  }

  function escape() {
    if (!helpBox.hidden) help(false);
    else if (!hostBox.hidden) showHost(null);
    else if (!tip.hidden) tip.hidden = true;
    else if (selected !== null) select(null);
    else root.focus({ preventScroll: true });
  }

  /* -- pointer -- */

  const { cellOf } = grid;

  function showTip(id) {
    const look = grid.look(state[id]);
    const r = data.owner[id];
    const row = data.rows[r];
    const touched = (data.history.get(id) ?? []).filter((n) => n <= at).pop();
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
    if (id === null) tip.hidden = true;
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
  helpBox.addEventListener("click", () => help(false));
  root.addEventListener("keydown", onKey);
  const unguard = guardKeys(root);

  /* -- theme and size -- */

  const theme = followTheme(root, options.theme);

  // A full screen is filled by scaling all of it, as far as 1200 x 640 fits in.
  const zoom = () => (document.fullscreenElement === root
    ? Math.max(1, Math.min(window.innerWidth / 1200, window.innerHeight / 640)) : 1);
  function relayout() {
    grid.load(data, state, width);
    grid.showSizes(data.sizes[at]);
    fresh = new Set();
    grid.showPin(selected);
    refresh(new Set());
  }
  const sizeWatch = new ResizeObserver(() => {
    root.style.setProperty("--zv-zoom", zoom());
    const wide = grid.pane.clientWidth;
    if (wide > 0 && Math.abs(wide - width) >= 2) {
      width = wide;
      relayout();
    }
  });

  /* -- loading a trace -- */

  function load() {
    const { trace: now_, last } = data;
    state = data.initial.slice();
    fresh = new Set();
    chainShown = null;
    linesMarked = -1;
    say(kernelName, now_.kernel.name ? `${now_.kernel.name}` : "");
    kernelName.title = now_.kernel.title ?? "";
    say(about, now_.title ?? "");
    if (!editor) text.set(now_.scenario.replace(/\n$/, ""));
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
    slider.max = data.stops[granularity].length - 1;
    drawTicks();
    return last;
  }

  function drawLegend() {
    const { cells } = data.trace;
    const slots = data.rows.some((row) => row.role === "swap");
    const used = new Set(cells.map((cell) => cell.kind).filter((kind) => slots || kind !== "free"));
    const items = [];
    for (const [kind, one] of Object.entries(palette.classes)) {
      if (!used.has(kind)) continue;
      const sample = chip();
      sample.show(classLook(palette, kind));
      items.push(h("span", { class: "zv-legend-item", title: one.meaning }, sample.node, one.name));
    }
    const mark = (kind, label) => h("span", { class: "zv-legend-item" },
      h("span", { class: `zv-sign ${kind}`, "aria-hidden": "true" }), label);
    items.push(mark("zv-sign-new", "just changed"), mark("zv-sign-now", "being decided"),
      mark("zv-sign-pin", "pinned"));
    if (data.rows.some((row) => row.role === "file")) items.push(mark("zv-sign-edge", "i_size: end of file"));
    const small = (sign, label) => h("span", { class: "zv-legend-item" }, h("code", {}, sign), label);
    if (cells.some((cell) => cell.data !== null)) items.push(small("7", "the byte it holds"));
    if (used.has("swap")) items.push(small("#7", "its swap slot"));
    for (const flag of CORNER_FLAGS) {
      if (cells.some((cell) => cell.flags.includes(flag))) items.push(small(...palette.flags[flag]));
    }
    legend.replaceChildren(...items);
  }

  /** Show another trace in place, at a state of it. */
  function setTrace(next, n) {
    const place = selectedPlace();
    toggle(false);
    data = readTrace(next ?? EMPTY);
    load();
    at = 0;
    state = data.initial.slice();
    const goal = Math.max(0, Math.min(data.last, n ?? 0));
    for (; at < goal; at++) {
      const change = data.changes[at];
      for (let k = 0; k < change.length; k += 3) state[change[k]] = change[k + 2];
    }
    grid.load(data, state, width);
    selected = findPlace(place);
    grid.showPin(selected);
    showEntry();
    refresh(new Set());
    tip.hidden = true;
  }

  /* -- the editor's side -- */

  function sendText() {
    clearTimeout(typing);
    typing = null;
    const value = text.area.value;
    if (value === sent) return;
    sent = value;
    editor.onText(value);
    wait();
    namePicked();
  }

  /** Say so if Python, which runs the scenario, does not answer soon. */
  function wait() {
    clearTimeout(waiting);
    waiting = setTimeout(() => tellStale("Waiting for the Python kernel to run this."), 1000);
  }

  function answered() {
    clearTimeout(waiting);
    waiting = null;
    if (error.hidden) stale.hidden = true;
    else tellStale("The grid still shows the last text that ran.");
  }

  function tellStale(what) {
    say(stale, what);
    stale.hidden = false;
  }

  function pickScenario(picked) {
    const one = editor.scenarios.find((scenario) => scenario.name === picked);
    if (!one) return;
    text.set(one.text.replace(/\n+$/, "\n"));
    text.box.scrollTop = 0;
    move(0);
    sendText();
    namePicked();
  }

  function askHost() {
    sendText();
    showHost("Running the scenario on this machine\u2019s kernel \u2026");
    editor.onHost();
  }

  /** Show what this machine's kernel did; null closes the panel. */
  function showHost(said) {
    const opens = said !== null && hostBox.hidden;
    hostBox.hidden = said === null;
    if (said !== null) say(hostText, said);
    if (opens) hostBox.focus();
    else if (said === null) hostButton.focus();
  }

  function namePicked() {
    const value = text.area.value.trim();
    const one = editor.scenarios.find((scenario) => scenario.text.trim() === value);
    scenarioPick.value = one ? one.name : "";
    scenarioPick.title = one ? one.about ?? "" : "";
  }

  function setText(value) {
    if (!editor || value === sent) return;
    sent = value;
    text.set(value);
    namePicked();
  }

  function setKernel(value) {
    if (kernelPick.value !== value) kernelPick.value = value;
    kernelPick.title = editor?.kernels.find((one) => one.name === value)?.title ?? "";
  }

  /** Show what is wrong: the message may wrap, the line with its caret must not. */
  function setError(message, line = 0) {
    const [first, ...rest] = message.split("\n");
    say(errorHead, first);
    say(errorPlace, rest.join("\n"));
    text.wrong(message ? line : 0);
    error.hidden = !message;
    if (message) tellStale("The grid still shows the last text that ran.");
    else stale.hidden = true;
    left.classList.toggle("zv-wrong", Boolean(message));
  }

  /* -- begin -- */

  element.append(root);
  setSpeed(500);
  if (editor) {
    text.set(editor.text);
    setKernel(editor.kernel);
    namePicked();
    setError(editor.error ?? "", editor.errorLine);
  }
  setTrace(trace, options.step ?? 0);
  setGranularity(granularity, false);
  select(findPlace(options.selected), false);
  sizeWatch.observe(grid.pane);

  return {
    root,
    step: move,
    get at() { return at; },
    get last() { return data.last; },
    select: (row, cell) => select(row === null ? null : findPlace([row, cell]), false),
    setGranularity: (value) => setGranularity(value, false),
    setTrace,
    setText,
    setKernel,
    setError,
    answered,
    showHost,
    setTheme: theme.set,
    play: () => toggle(true),
    pause: () => toggle(false),
    destroy() {
      toggle(false);
      clearTimeout(typing);
      clearTimeout(waiting);
      theme.release();
      sizeWatch.disconnect();
      unguard();
      root.remove();
    },
  };
}
