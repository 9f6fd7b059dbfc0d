/* Built from zapviz/view/hosts/compared.js by tools/built.mjs; edit that. */

// zapviz/view/core/trace.js
var EMPTY = {
  title: "",
  scenario: "",
  kernel: { name: "", title: "" },
  rows: [],
  cells: [],
  chains: [],
  statements: [],
  passes: [],
  initial: { cells: [], sizes: {}, rss: [0, 0, 0, 0], locks: [] },
  opens: 0,
  steps: [],
  notes: []
};
function readTrace(trace) {
  const rows = trace.rows;
  const offsets = [];
  const owner = [];
  for (const [r, row] of rows.entries()) {
    offsets.push(owner.length);
    for (let i = 0; i < row.pages; i++) owner.push(r);
  }
  const total = owner.length;
  const state = new Int32Array(total);
  for (const [r, list] of trace.initial.cells.entries()) {
    for (const [i, cell] of list.entries()) state[offsets[r] + i] = cell;
  }
  const initial = state.slice();
  const history = /* @__PURE__ */ new Map();
  const touched = (id, n) => {
    const list = history.get(id);
    if (!list) history.set(id, [n]);
    else if (list[list.length - 1] !== n) list.push(n);
  };
  const sizes = [{ ...trace.initial.sizes }];
  const changes = trace.steps.map((step, index) => {
    const change = [];
    for (const [r, i, cell] of step.set) {
      const id = offsets[r] + i;
      change.push(id, state[id], cell);
      state[id] = cell;
      touched(id, index + 1);
    }
    if (step.at && step.verdict) touched(offsets[step.at[0]] + step.at[1], index + 1);
    const before = sizes[index];
    sizes.push(Object.keys(step.sizes ?? {}).length ? { ...before, ...step.sizes } : before);
    return change;
  });
  const last = trace.steps.length;
  const cpus = new Set(trace.steps.map((step) => step.cpu)).size;
  const ends = trace.statements.map((statement) => statement.last);
  const stops = {
    entry: Array.from({ length: last + 1 }, (_, n) => n),
    pass: sortedSet([0, ...ends, ...trace.passes.map((pass) => pass.last), last]),
    statement: sortedSet([0, ...ends, last])
  };
  return { trace, rows, offsets, owner, total, initial, changes, sizes, last, cpus, stops, history };
}
function sortedSet(numbers) {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
function createCursor(data) {
  const state = data.initial.slice();
  let at = 0;
  return {
    state,
    get at() {
      return at;
    },
    /** Go to a state; the cells that may look different then. @param {number} n */
    go(n) {
      const touched = /* @__PURE__ */ new Set();
      for (; at < n; at++) {
        const change = data.changes[at];
        for (let k = 0; k < change.length; k += 3) {
          state[change[k]] = change[k + 2];
          touched.add(change[k]);
        }
      }
      for (; at > n; at--) {
        const change = data.changes[at - 1];
        for (let k = change.length - 3; k >= 0; k -= 3) {
          state[change[k]] = change[k + 1];
          touched.add(change[k]);
        }
      }
      return touched;
    }
  };
}
function changedCells(data, from, to) {
  const cells = /* @__PURE__ */ new Set();
  for (let n = from; n < to; n++) {
    const change = data.changes[n];
    for (let k = 0; k < change.length; k += 3) cells.add(change[k]);
  }
  return cells;
}
function unpack(payload) {
  if (!payload) return null;
  const { packed, ...trace } = JSON.parse(payload);
  const { words: words2, lists, columns, worded, listed } = packed;
  const names = Object.keys(columns);
  const tables = names.map((name) => worded.includes(name) ? words2 : listed.includes(name) ? lists : null);
  const length = names.length ? columns[names[0]].length : 0;
  trace.steps = Array.from({ length }, (_, n) => {
    const step = {};
    for (const [k, name] of names.entries()) {
      const value = columns[name][n];
      step[name] = tables[k] ? tables[k][value] : value;
    }
    return step;
  });
  return trace;
}

// zapviz/view/core/blocks.js
var LETTER = 0.56;
var DIGIT = 0.68;
var inBlocks = ({ processes, lives }) => lives !== void 0 && (processes?.length ?? 1) > 1;
function blocksOf(trace, names) {
  if (!inBlocks(trace)) return {};
  return { processes: trace.processes, counters: names.flatMap((name, k) => counterOf(trace, names.length, name, k)) };
}
function counterOf({ initial, steps }, many, name, k) {
  let most = 0;
  for (const { rss } of [initial, ...steps]) for (let at = k; at < rss.length; at += many) most = Math.max(most, rss[at]);
  return most ? [{ k, name, room: name.length * LETTER + (2 * String(most).length + 3) * DIGIT }] : [];
}
var processName = (process) => process ? `process ${process}` : "first process";
function wordOfLife({ lives }, process, at) {
  const [first, ended] = lives?.[process] ?? [0, null];
  return at < first ? "not yet" : ended !== null && at >= ended ? "ended" : "";
}
var detailInBlock = ({ detail, process }) => process ? detail.replace(new RegExp(` in ${process}$`), "") : detail;
function groupsInBlocks(rows, processes) {
  const group = (key, process, file, members) => ({
    key,
    process,
    file,
    rows: members,
    unit: key === "swap" ? "slot" : file === null ? "page" : "file page",
    span: Math.max(1, ...members.map((r) => rows[r].column + rows[r].pages))
  });
  const shared = [...rows.entries()].flatMap(([r, row]) => row.role === "mapping" ? [] : [row.role === "swap" ? group("swap", null, null, [r]) : group(row.id, null, row.id, [r])]);
  return [...shared, ...processes.flatMap((process) => {
    const own = [...rows.keys()].filter((r) => rows[r].process === process);
    const files = [...new Set(own.map((r) => rows[r].file))];
    return files.map((file) => group(file ?? "", process, file, own.filter((r) => rows[r].file === file)));
  })];
}

// zapviz/view/core/dom.js
var SVG = "http://www.w3.org/2000/svg";
var ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  previous: "M11 3v10L4 8z",
  next: "M5 3v10l7-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  full: "M2 2h5v2H4v3H2zM9 2h5v5h-2V4H9zM2 9h2v3h3v2H2zM12 9h2v5H9v-2h3z"
};
function h(tag, properties, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === void 0 || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(
      key.slice(2),
      /** @type {EventListener} */
      value
    );
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}
function s(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
var targetOf = (event) => (
  /** @type {Element} */
  event.target
);
var fieldOf = (event) => targetOf(event).closest("textarea, select, input:not([type=range]):not([type=checkbox])");
function focusIn(element2) {
  const { activeElement } = (
    /** @type {Document | ShadowRoot} */
    element2.getRootNode()
  );
  const known = activeElement instanceof HTMLElement || activeElement instanceof SVGElement;
  return known && element2.contains(activeElement) ? activeElement : null;
}
function icon(name) {
  return s(
    "svg",
    { viewBox: "0 0 16 16", class: "zv-icon", "aria-hidden": "true" },
    s("path", { d: ICONS[name] })
  );
}
function button(what, label, act, word = null) {
  return h("button", {
    type: "button",
    class: `zv-button zv-${what}`,
    title: label,
    "aria-label": label,
    onclick: act
  }, icon(what), word ? h("span", {}, word) : null);
}
function words(label, title, act, kind = "", key = "") {
  return h(
    "button",
    {
      type: "button",
      class: `zv-button zv-words ${kind}`,
      title,
      onclick: act,
      "aria-keyshortcuts": key || null
    },
    label,
    key ? h("kbd", { class: "zv-kbd", "aria-hidden": "true" }, key) : null
  );
}
var heading = (properties, ...children) => h("h4", { role: "presentation", ...properties }, ...children);
function helpButton(act) {
  return h("button", {
    type: "button",
    class: "zv-button zv-keys-button",
    title: "Keys (?)",
    "aria-label": "keys",
    "aria-expanded": "false",
    onclick: act
  }, "?");
}

// zapviz/view/core/frames.js
function frameStops({ frames, statements }, traces) {
  const last = frames.length - 1;
  const entry = frames.map((_, n) => n);
  const statement = entry.filter((n) => n === 0 || n === last || statements[n] !== statements[n + 1]);
  const ends = traces.map((trace) => new Set(trace.passes.map((pass2) => pass2.last)));
  const pass = entry.filter((n) => statement.includes(n) || n > 0 && frames[n].some((state, k) => state > frames[n - 1][k] && ends[k].has(state)));
  return { entry, pass, statement };
}
function partingTexts(palette, one) {
  const shown = one.entries.slice(0, 3).map((entry) => {
    const kinds = entry.kinds.map((kind) => palette.classes[kind]?.name ?? kind);
    return `${entry.row}[${entry.page}] ${kinds.join(" | ")}`;
  });
  if (one.entries.length > 3) shown.push(`${one.entries.length - 3} more entries`);
  if (shown.length) return shown;
  for (const [counter, pages] of Object.entries(one.counters)) shown.push(`${counter} ${pages.join(" | ")}`);
  for (const [file, sizes] of Object.entries(one.sizes)) shown.push(`i_size of ${file} ${sizes.join(" | ")}`);
  return shown.length ? shown : [`it gives ${one.results.join(" | ")}`];
}
var causeText = (cause) => cause.patches.length ? `the patch of ${cause.patches.join(", ")}` : [cause.commit, cause.since].filter(Boolean).join(", ");

// zapviz/view/core/keys.js
var keyName = (key) => key.length === 1 ? key.toLowerCase() : key;
function actOn(acts, key) {
  const act = acts[keyName(key)];
  act?.();
  return Boolean(act);
}
var isSave = (event) => (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";

// zapviz/view/core/layout.js
var SPACE = { width: 720, room: 330, least: 20, most: 50, caption: 12, processes: [], counters: [] };
var captionOf = (presented) => presented ? 15 : SPACE.caption;
var PAD = 10;
var BAND_GAP = 8;
var GROUP_GAP = 10;
var NARROW = 420;
var RICH = 36;
var BLOCK_LETTERS = 16;
var BLOCK_TITLE = 13;
var TWO_LINES = 48;
var headOf = (caption, file) => file ? 2 * caption + 10 : caption + 8;
function groupRows(rows, processes = []) {
  if (processes.length > 1) return groupsInBlocks(rows, processes);
  const groups = [];
  for (const [r, row] of rows.entries()) {
    const last = groups[groups.length - 1];
    const key = row.role === "swap" ? "swap" : row.role === "file" ? row.id : row.file ?? "";
    const span = Math.max(1, row.column + row.pages);
    if (last && last.key === key && row.role !== "file") {
      last.rows.push(r);
      last.span = Math.max(last.span, span);
    } else {
      groups.push({
        key,
        rows: [r],
        unit: row.role === "swap" ? "slot" : key ? "file page" : "page",
        span,
        file: row.role === "file" ? row.id : null,
        process: null
      });
    }
  }
  return groups;
}
var captionLetters = (pitch) => pitch >= TWO_LINES ? 15 : 27;
var captionLines = (pitch, caption) => pitch >= TWO_LINES + 3 * (caption - 12) ? 2 : 1;
function labelWidth(group, pitch, { width, caption, processes }) {
  if (group.key === "swap") return Math.ceil(caption * 3.8);
  if (processes.length > 1 && pitch >= RICH) return Math.ceil(10 + BLOCK_LETTERS * caption * 0.61);
  if (processes.length < 2 && pitch >= 34) return Math.ceil(10 + captionLetters(pitch) * caption * 0.57);
  return width < NARROW && processes.length < 2 ? 74 : Math.ceil(7.7 * caption);
}
function measure(group, rows, space, pitch, wrap, from) {
  const { width, caption, processes } = space;
  const count = Math.ceil(group.span / wrap);
  const columns = Math.min(group.span, wrap, 4 * Math.ceil(group.span / count / 4));
  const label = labelWidth(group, pitch, space);
  const letters = processes.length > 1 ? BLOCK_LETTERS : captionLetters(pitch);
  const head = group.process === null ? headOf(caption, rows[group.rows[0]].role === "file") : pitch >= RICH ? headOf(caption, false) : 6;
  const w = label + columns * pitch + 2 * PAD;
  if (w > width && columns > 1) return null;
  const parts = [];
  let top = from;
  for (let first = 0; first < group.span; first += columns) {
    const end = Math.min(group.span, first + columns);
    const inside = group.rows.filter(
      (r) => rows[r].column < end && rows[r].column + rows[r].pages > first
    );
    parts.push({ first, end, top, rows: inside });
    top += head + inside.length * pitch + BAND_GAP;
  }
  return { placed: { group, x: 0, y: 0, w, h: top - BAND_GAP + PAD - 2, head, label, letters, columns, parts }, end: top };
}
function itemsOf(groups, processes) {
  const shared = groups.filter((group) => group.process === null).map((group) => ({ process: null, groups: [group] }));
  if (processes.length < 2) return shared;
  return [...shared, ...processes.map((process, k) => ({ process: k, groups: groups.filter((group) => group.process === process) }))];
}
function measureBlock({ process, groups }, rows, space, pitch, wrap) {
  const { width, caption } = space;
  const title = caption + 13;
  const line = caption + 5;
  const least = Math.min(width, BLOCK_TITLE * caption + 2 * PAD);
  const wide = groups.map((group) => measure(group, rows, space, pitch, wrap, 0));
  const w = Math.max(least, ...wide.map((one) => one?.placed.w ?? Infinity));
  if (w === Infinity) return null;
  const counters = [];
  const right = w - PAD;
  const all = space.counters.reduce((sum, { room }) => sum + room * caption, 0);
  const beside = BLOCK_TITLE * caption + PAD + all <= right;
  let x = beside ? right - all : PAD;
  let y = beside ? 0 : title - 4;
  for (const counter of space.counters) {
    if (x > PAD && x + counter.room * caption > right + 4) {
      x = PAD;
      y += line;
    }
    counters.push({ counter, x, y });
    x += counter.room * caption;
  }
  let top = beside || !counters.length ? title - 2 : y + line;
  const placed = [];
  for (const group of groups) {
    const one = measure(group, rows, space, pitch, wrap, top);
    if (!one) return null;
    placed.push(one.placed);
    top = one.end;
  }
  return { placed, block: { process, x: 0, y: 0, w, h: top - (groups.length ? 1 : -4), counters } };
}
function place(groups, rows, space, pitch, wrap, apart) {
  const { width, room, caption, processes } = space;
  const placed = [];
  const blocks = [];
  let x = 0;
  let y = 0;
  let shelf = 0;
  for (const { process, groups: [first, ...more] } of itemsOf(groups, processes)) {
    const one = process === null ? measure(first, rows, space, pitch, wrap, PAD - 4) : measureBlock({ process, groups: first ? [first, ...more] : [] }, rows, space, pitch, wrap);
    if (!one) return null;
    const { w, h: h2 } = "block" in one ? one.block : one.placed;
    if (x > 0 && (x + w > width || apart && process === 0)) {
      x = 0;
      y += shelf + GROUP_GAP;
      shelf = 0;
    }
    if ("block" in one) blocks.push({ ...one.block, x, y });
    for (const group of [one.placed].flat()) placed.push({ ...group, x, y });
    x += w + GROUP_GAP;
    shelf = Math.max(shelf, h2);
  }
  const height = y + shelf;
  const bands = placed.reduce((sum, { parts }) => sum + parts.length, 0);
  return { pitch, wrap, bands, groups: placed, blocks, width, height, caption, over: Math.max(0, height - room) };
}
function layOut(rows, given2 = {}) {
  const space = { ...SPACE, ...given2 };
  const groups = groupRows(rows, space.processes);
  const span = Math.max(1, ...groups.map((group) => group.span));
  const ways = space.processes.length > 1 ? [true, false] : [false];
  let best = null;
  for (const wrap of [64, 32, 16, 8, 4]) {
    if (best && wrap < span && best.wrap >= span) break;
    for (let pitch = space.most; pitch >= space.least; pitch -= 2) {
      const layouts = ways.flatMap((apart) => place(groups, rows, space, pitch, wrap, apart) ?? []);
      const layout = layouts.find(({ over }) => over === Math.min(...layouts.map((one) => one.over)));
      if (!layout) continue;
      if (!best || layout.over < best.over) best = layout;
      if (layout.over === 0) break;
    }
    if (best?.over === 0) break;
  }
  return best ?? /** @type {Layout} */
  place(groups, rows, { ...space, width: Infinity }, space.least, 4, false);
}

// zapviz/view/core/looks.js
function lookOf(palette, cell) {
  const entry = palette.classes[cell.kind] ?? { drawn: "?", name: cell.kind };
  let mark = "";
  if (cell.kind === "swap" && cell.slot !== null) mark = `#${cell.slot}`;
  else if (cell.kind === "migration") mark = cell.flags.includes("anon") ? "anon" : "file";
  else if (cell.data !== null && cell.data !== void 0) mark = String(cell.data);
  const corner = cell.flags.filter((flag) => palette.corner.includes(flag)).map((flag) => palette.flags[flag][0]).join("");
  return { kind: cell.kind, letter: entry.drawn, mark, corner, name: entry.name, text: cell.text };
}
function classLook(palette, kind) {
  const one = palette.classes[kind];
  return { kind, letter: one.drawn, name: one.name, text: one.meaning };
}
function verdictText(palette, verdict) {
  if (!verdict) return "";
  const sign = palette.signs[verdict] ?? palette.checks[verdict];
  const word = verdict === "undecided" ? "not decided by one order" : verdict;
  return sign ? `${sign} ${word}` : word;
}
function paletteRules(palette, id) {
  const rules = [];
  for (const [name, { inks, ...own }] of Object.entries(palette.themes)) {
    const root = `#${id}[data-theme="${name}"]`;
    const colours = Object.entries(own).map(([key, colour]) => `--zv-${key}:${colour}`);
    rules.push(`${root}{${colours.join(";")}}`);
    for (const [kind, ink] of Object.entries(inks)) {
      rules.push(`${root} .k-${kind}{--f:${ink.fill};--t:${ink.text};--b:${ink.border};--d:${ink.dashed ? "3 3" : "none"}}`);
    }
  }
  return rules.join("\n");
}

// zapviz/view/core/places.js
var idAt = (data, at) => data.offsets[at[0]] + at[1];
var cellOfStep = (data, step) => step?.at ? idAt(data, step.at) : null;
function cellName(data, id) {
  const r = data.owner[id];
  return `${data.rows[r].label}[${id - data.offsets[r]}]`;
}
function idOf(data, place2) {
  if (!place2) return null;
  const r = data.rows.findIndex((row) => row.id === place2[0]);
  if (r < 0 || place2[1] < 0 || place2[1] >= data.rows[r].pages) return null;
  return data.offsets[r] + place2[1];
}
function neighbourOf(places, id, dx, dy, among = () => true) {
  const here = places[id];
  let best = id;
  let least = Infinity;
  for (let other = 0; other < places.length; other++) {
    const x = places[other].x - here.x;
    const y = places[other].y - here.y;
    const along = x * dx + y * dy;
    const across = Math.abs(x * dy) + Math.abs(y * dx);
    if (along <= 1 || dx && across > 1 || !among(other)) continue;
    const distance = along + across * 4;
    if (distance < least) {
      least = distance;
      best = other;
    }
  }
  return best;
}
function edgeOfRow(data, id, end) {
  const r = data.owner[id];
  return end ? data.offsets[r] + data.rows[r].pages - 1 : data.offsets[r];
}

// zapviz/view/core/stops.js
var within = (n, least, most) => Math.max(least, Math.min(most, n));
function stopIndex(stops, n) {
  let low = 0;
  let high = stops.length - 1;
  while (low < high) {
    const middle = low + high + 1 >> 1;
    if (stops[middle] <= n) low = middle;
    else high = middle - 1;
  }
  return low;
}
function strideStart(stops, at) {
  const index = stopIndex(stops, at);
  return at === 0 ? 0 : stops[stops[index] === at ? index - 1 : index];
}
function nextStop(stops, at, direction) {
  const index = stopIndex(stops, at);
  if (direction > 0) return stops[Math.min(index + 1, stops.length - 1)];
  return stops[Math.max(0, stops[index] === at ? index - 1 : index)];
}

// zapviz/view/core/strides.js
var decides = (palette, step) => step.verdict !== null && step.verdict in palette.signs;

// zapviz/view/parts/dialog.js
var UNDER = 40;
var opened = /* @__PURE__ */ new WeakMap();
var keyList = (keys) => h("dl", {}, ...keys.flatMap(([key, what]) => [h("dt", {}, key), h("dd", {}, what)]));
function createDialog(label, kind, ...content) {
  let opener = null;
  const closes = h("button", { type: "button", class: "zv-link", onclick: () => close() }, "close");
  const node = h(
    "div",
    {
      class: `zv-help ${kind}`,
      role: "dialog",
      "aria-label": label,
      tabindex: -1,
      popover: "manual",
      hidden: true,
      onkeydown: onKey
    },
    heading({}, `${label} `, closes),
    ...content
  );
  const viewOf = () => (
    /** @type {HTMLElement} */
    node.parentNode
  );
  function place2() {
    if (!node.isConnected) return;
    const view = viewOf().getBoundingClientRect();
    const { clientWidth } = document.documentElement;
    const row = viewOf().querySelector(".zv-tools")?.getBoundingClientRect();
    const under = row && row.bottom > 0 && row.bottom < window.innerHeight * 0.4 ? row.bottom + 4 : Math.min(view.top + UNDER, window.innerHeight * 0.15);
    const edges = {
      top: Math.max(8, under),
      left: Math.max(0, view.left) + 8,
      right: Math.max(0, clientWidth - view.right) + 8
    };
    for (const [edge, at] of Object.entries(edges)) node.style.setProperty(`--zv-at-${edge}`, `${Math.round(at)}px`);
  }
  const spread = (on) => {
    if (opener?.matches("button")) opener.setAttribute("aria-expanded", String(on));
  };
  function open() {
    if (!node.hidden) return;
    const view = viewOf();
    opened.get(view)?.();
    opened.set(view, close);
    opener = focusIn(view) ?? view;
    node.hidden = false;
    node.showPopover?.();
    place2();
    window.addEventListener("resize", place2);
    node.focus({ preventScroll: true });
    spread(true);
  }
  function close() {
    if (node.hidden) return;
    const view = viewOf();
    opened.delete(view);
    window.removeEventListener("resize", place2);
    node.hidePopover?.();
    node.hidden = true;
    spread(false);
    node.dispatchEvent(new Event("close"));
    (opener?.isConnected ? opener : view).focus({ preventScroll: true });
  }
  function onKey(event) {
    if (event.key === "Escape") close();
    else if (event.key.length === 1 && event.key !== " ") return;
    event.stopPropagation();
  }
  return {
    node,
    open,
    close,
    get isOpen() {
      return !node.hidden;
    },
    toggle: () => node.hidden ? open() : close()
  };
}

// zapviz/view/parts/menu.js
function createMenu(rows) {
  const dialog = createDialog("View", "zv-menu", h(
    "div",
    { class: "zv-menu-rows" },
    ...rows.flatMap(([label, ...nodes]) => nodes.some((node) => node !== null) ? [h("span", { class: "zv-menu-name" }, label), h("span", { class: "zv-menu-what" }, ...nodes)] : [])
  ));
  const opens = h("button", {
    type: "button",
    class: "zv-button zv-words zv-view",
    "aria-expanded": "false",
    "aria-haspopup": "dialog",
    title: "Stops, speed, other kernels, share, the look for a projector (v)",
    onclick: dialog.toggle
  }, "View", h("span", { "aria-hidden": "true" }, "\u25BE"));
  return { dialog, opens };
}

// zapviz/view/core/text.js
var PAGE = 4096;
var signed = (value) => value > 0 ? `+${value}` : value < 0 ? `\u2212${-value}` : "";
var plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
var clip = (text, length) => text.length > length ? `${text.slice(0, length - 1)}\u2026` : text;
function lined(text, length, most) {
  const lines = [];
  for (const word of text.split(" ")) {
    const last = lines.length - 1;
    if (last >= 0 && (lines.length === most || lines[last].length + word.length < length)) lines[last] += ` ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => clip(line, length));
}
function sizeText(bytes) {
  return bytes % PAGE === 0 ? `i_size ${plural(bytes / PAGE, "page")}` : `i_size ${bytes} bytes`;
}

// zapviz/view/core/edge.js
function edgeIn(band, bytes, last) {
  const { first, end, left, width, pitch, size, named: named2 } = band;
  const pages = bytes / PAGE;
  const whole = Math.floor(pages);
  const gap = pitch - size;
  const at = left + (whole - first) * pitch + (pages === whole ? -gap / 2 : (pages - whole) * size);
  const x = Math.max(left - gap / 2, Math.min(at, left + width));
  const beyond = pages < end ? Math.max(0, left + width - x + 2) : null;
  const here = pages === 0 ? first === 0 : pages > first && pages <= end || last && pages > end;
  if (!here) return { x, beyond, line: null };
  if (!named2) return { x, beyond, line: pages > end ? null : { path: linePath(band, x, pages !== whole), words: "", before: false } };
  const words2 = pages > end ? `${sizeText(bytes)} \u2192` : sizeText(bytes);
  const before = x + words2.length * band.caption * 0.58 + 8 > left + width + PAD;
  return { x, beyond, line: { path: linePath(band, x, pages !== whole), words: words2, before } };
}
function linePath({ rows, top, height, pitch, size, caption, named: named2 }, x, inside) {
  const above = named2 ? top - caption - 8 : top - 4;
  if (!inside) return `M${x} ${above}V${top + height - (pitch - size) + 5}`;
  let path = `${named2 ? `M${x} ${above}v3` : ""}M${x} ${top - 3}V${top + size * 0.16}`;
  for (let k = 0; k < rows; k++) {
    const end = k + 1 < rows ? pitch + size * 0.16 : size + 5;
    path += `M${x} ${top + k * pitch + size * 0.92}V${top + k * pitch + end}`;
  }
  return path;
}

// zapviz/view/parts/badges.js
function set(badge, attribute, value) {
  if (badge.set[attribute] === value) return;
  badge.set[attribute] = value;
  badge.g.setAttribute(attribute, value);
}
function createBadges(dx, dy, shape, words2 = "zv-badge-text") {
  const node = s("g", {});
  const pool = [];
  let used = 0;
  function made2() {
    const text = document.createTextNode("");
    const label = s("text", { class: words2 }, text);
    const drawn = shape();
    const badge = { text, label, shape: drawn, g: s("g", {}, drawn, label), set: {} };
    pool.push(badge);
    node.append(badge.g);
    return badge;
  }
  return {
    node,
    /** Show signs; `fit` adapts the shape to the sign.
     *
     * @param {Sign[]} list
     * @param {(badge: Badge, sign: string) => void} fit
     */
    show(list, fit = () => {
    }) {
      for (const [k, [cell, sign, kind]] of list.entries()) {
        const badge = pool[k] ?? made2();
        if (badge.text.data !== sign) {
          badge.text.data = sign;
          fit(badge, sign);
        }
        if (kind) set(badge, "class", kind);
        set(badge, "transform", `translate(${cell.x + dx},${cell.y + dy})`);
        set(badge, "visibility", "visible");
      }
      for (let k = list.length; k < used; k++) set(pool[k], "visibility", "hidden");
      used = list.length;
    }
  };
}

// zapviz/view/parts/blocks.js
var LONGEST = 20;
var LONG_WORDS = { "not yet": "not forked yet", ended: "it has ended" };
function createBlocks(data, layout, tipOf) {
  const blocks = layout.blocks.map((placed) => createBlock(data, placed, layout.caption, tipOf));
  return {
    nodes: blocks.map((block) => block.node),
    /** Show a state, and by how much its counters differ from those of another.
     *
     * @param {number} at
     * @param {number} since
     */
    show(at, since) {
      for (const block of blocks) block.show(at, since);
    }
  };
}
function createBlock({ trace }, { process, x, y, w, h: h2, counters }, caption, tipOf) {
  const name = processName(trace.processes?.[process] ?? "");
  const word = s("tspan", { class: "zv-block-word", dx: 8 });
  const about = s("title", {});
  const frame = s("rect", { class: "zv-block", x: 0.75, y: 0.75, width: w - 1.5, height: h2 - 1.5, rx: 8 });
  const many = trace.initial.rss.length / (trace.processes?.length ?? 1);
  const shown = counters.map(({ counter, x: left, y: top }) => {
    const [value, delta] = ["zv-block-value", "zv-block-delta"].map((kind) => s("tspan", { class: kind, dx: 4 }));
    const text = s(
      "text",
      { class: "zv-block-count", x: left, y: top + caption + 4 },
      counter.name,
      value,
      delta,
      s("title", {}, tipOf(`MM_${counter.name.toUpperCase()}`))
    );
    return { value, delta, text, index: process * many + counter.k };
  });
  const node = s(
    "g",
    { transform: `translate(${x},${y})`, "aria-hidden": "true" },
    frame,
    s("text", { class: "zv-block-name", x: PAD, y: caption + 4 }, about, clip(name, LONGEST), word),
    ...shown.map(({ text }) => text)
  );
  const rssAt = (n) => (n ? trace.steps[n - 1] : trace.initial).rss;
  return {
    node,
    /** @param {number} at @param {number} since */
    show(at, since) {
      const life = wordOfLife(trace, process, at);
      say(word, life);
      say(about, life ? `${name}: ${LONG_WORDS[life]}` : name);
      frame.classList.toggle("zv-block-away", life !== "");
      for (const { value, delta, text, index } of shown) {
        const [now, before] = [rssAt(at)[index], rssAt(since)[index]];
        say(value, String(now));
        say(delta, signed(now - before));
        text.classList.toggle("zv-block-moved", now !== before);
      }
    }
  };
}

// zapviz/view/parts/drawing.js
function measuresOf({ pitch, caption }) {
  const size = pitch - (pitch >= 30 ? 4 : 3);
  return { pitch, size, caption, rich: size >= 32 };
}
function drawRows(data, layout, tipOf) {
  const drawing = {
    tipOf,
    /** @type {SVGElement[]} */
    groups: [],
    /** @type {CellNode[]} */
    cells: new Array(data.total),
    // by id
    /** @type {Map<string, EdgeBand[]>} */
    edges: /* @__PURE__ */ new Map(),
    // by the id of a file
    top: s("g", { class: "zv-over", "aria-hidden": "true" })
    // what lies over all cells
  };
  for (const placed of layout.groups) drawGroup(data, drawing, placed, measuresOf(layout));
  return drawing;
}
function drawGroup(data, drawing, placed, measures) {
  const { group, x, y, w, label, letters } = placed;
  const { pitch, size, caption } = measures;
  const node = s("g", { transform: `translate(${x},${y})`, role: "rowgroup" });
  if (group.process === null) node.append(s("rect", { class: "zv-group", width: w, height: placed.h, rx: 8 }));
  else node.setAttribute("aria-label", nameOfGroup(group, group.process));
  const bands = group.file === null ? [] : drawing.edges.get(group.file) ?? [];
  for (const part of placed.parts) {
    const left = PAD + label;
    const top = part.top + placed.head;
    const height = part.rows.length * pitch;
    const beyond = s("rect", {
      class: "zv-beyond",
      y: top - 3,
      height: height + 2,
      visibility: "hidden",
      "aria-hidden": "true"
    });
    node.append(beyond);
    if (placed.head > caption) node.append(drawHeads(part, group.unit, left, top, measures));
    for (const [k, r] of part.rows.entries()) {
      node.append(drawRow(data, drawing, r, part, { left, top: top + k * pitch, x, y, label, letters }, measures));
    }
    if (group.file === null) continue;
    const line = s("path", { class: "zv-edge", visibility: "hidden" });
    const text = s("text", { class: "zv-edge-text", visibility: "hidden" });
    drawing.top.append(s(
      "g",
      { transform: `translate(${x},${y})` },
      line,
      s("g", { class: "zv-edge-name" }, s("title", {}, drawing.tipOf("i_size")), text)
    ));
    const width = (part.end - part.first) * pitch;
    const box = {
      first: part.first,
      end: part.end,
      rows: part.rows.length,
      left,
      width,
      top,
      height,
      pitch,
      size,
      caption,
      named: group.process === null
    };
    bands.push({ box, last: part === placed.parts[placed.parts.length - 1], beyond, line, text });
  }
  if (group.file !== null) drawing.edges.set(group.file, bands);
  drawing.groups.push(node);
}
var nameOfGroup = ({ file }, process) => `${processName(process)}, ${file === null ? "anonymous memory" : `mappings of ${file}`}`;
function drawHeads(part, unit, left, top, { pitch, size }) {
  const heads = s(
    "g",
    { class: "zv-heads", "aria-hidden": "true" },
    s("text", { x: left - 8, y: top - 6, class: "zv-unit" }, unit)
  );
  const every = pitch >= 28 ? 1 : 4;
  for (let column = part.first; column < part.end; column++) {
    if (column % every) continue;
    heads.append(s("text", {
      x: left + (column - part.first) * pitch + size / 2,
      y: top - 6,
      class: "zv-column"
    }, String(column)));
  }
  return heads;
}
function drawRow(data, drawing, r, part, { left, top, x, y, label, letters }, measures) {
  const { pitch, size, rich } = measures;
  const row = data.rows[r];
  const node = s("g", {
    role: "row",
    "aria-label": `${row.label}, ${row.detail}`,
    transform: `translate(0,${top})`
  }, rowHead(row, label, letters, measures, drawing.tipOf));
  const from = Math.max(part.first, row.column);
  const to = Math.min(part.end, row.column + row.pages);
  const lines = [["zv-letters", rich ? size * 0.44 : size / 2 + 0.5, size / 2]];
  if (rich) lines.push(["zv-marks", size * 0.83, size / 2], ["zv-corners", size < 60 ? 8 : 11, size - 4]);
  const texts = lines.map(([kind]) => s("text", { class: kind, "aria-hidden": "true" }));
  for (let column = from; column < to; column++) {
    const id = data.offsets[r] + column - row.column;
    const cellX = left + (column - part.first) * pitch;
    const g = s(
      "g",
      { role: "gridcell", tabindex: -1 },
      s("rect", { x: cellX, width: size, height: size, rx: Math.min(5, size / 6), class: "zv-box" })
    );
    const written = lines.map(([, lineY, dx], k) => {
      const text = document.createTextNode("");
      const ink = s("tspan", { x: cellX + dx, y: lineY }, text);
      texts[k].append(ink);
      return { ink, text };
    });
    const [letter, mark = null, corner = null] = written.map((one) => one.text);
    g.zapvizCell = id;
    drawing.cells[id] = {
      g,
      inks: written.map((one) => one.ink),
      letter,
      mark,
      corner,
      cell: -1,
      kind: "",
      label: "",
      x: x + cellX,
      y: y + top
    };
    node.append(g);
  }
  node.append(...texts);
  return node;
}
function rowHead(row, label, letters, { pitch, size, caption, rich }, tipOf) {
  const room = Math.max(4, Math.floor((label - 14 - 10 * Math.min(6, row.label.length)) / caption * 1.9));
  const inCache = room < "page cache".length ? "cache" : "page cache";
  const [first] = row.detail.split(" ");
  const sort = row.process !== void 0 && first === "anonymous" ? "anon" : first;
  const word = row.role === "file" ? inCache : sort;
  const head = s(
    "g",
    { role: "rowheader", class: "zv-row-head", "aria-label": `${row.label}: ${row.detail}` },
    s("title", {}, [`${row.label}: ${row.detail}`, tipOf(row.detail)].filter(Boolean).join("\n"))
  );
  if (row.role === "swap") {
    head.append(s("text", { x: PAD, y: size / 2, class: "zv-row-detail" }, "swap"));
  } else if (rich) {
    const line = caption + 3;
    const most = captionLines(pitch, caption);
    const detail = detailInBlock(row);
    const short = detail.length > letters && most === 1;
    const details = lined(short ? detail.split(/,| of /)[0] : detail, letters, most);
    const y = size / 2 - details.length * line / 2 + 1;
    head.append(
      s("text", { x: PAD, y, class: "zv-row-name" }, clip(row.label, Math.floor((label - 4) / 10))),
      ...details.map((detail2, k) => s("text", { x: PAD, y: y + (k + 1) * line + 2, class: "zv-row-detail" }, detail2))
    );
  } else {
    head.append(s(
      "text",
      { x: PAD, y: size / 2, class: "zv-row-name" },
      clip(row.label, 6),
      s("tspan", { class: "zv-row-detail", dx: 5 }, clip(word, room))
    ));
  }
  return head;
}

// zapviz/view/core/slants.js
var STEP = 5;
function slants(size, rich) {
  const middle = size / 2;
  const around = (y, across, down) => [middle - across, y - down, middle + across, y + down];
  const holes = rich ? [around(size * 0.42, size * 0.24, size * 0.28), around(size * 0.83, 13, 7), [size - 12, 0, size, 13]] : [around(middle, size * 0.3, size * 0.34)];
  let path = "";
  let at = [0, 0];
  const by = (x, y) => {
    const text = [x - at[0], y - at[1]].map((value) => Math.round(value * 10) / 10).join(" ");
    at = [x, y];
    return text;
  };
  for (let sum = STEP; sum < 2 * size; sum += STEP) {
    let parts = [[Math.max(1, sum - size + 1), Math.min(size - 1, sum - 1)]];
    for (const [x, y, right, bottom] of holes) {
      const from = Math.max(x, sum - bottom);
      const to = Math.min(right, sum - y);
      if (from >= to) continue;
      parts = parts.flatMap(([start, end]) => [[start, Math.min(end, from)], [Math.max(start, to), end]]);
    }
    for (const [start, end] of parts) {
      if (end - start > 2) path += `m${by(start, sum - start)}l${by(end, sum - end)}`;
    }
  }
  return path;
}

// zapviz/view/parts/hatches.js
function createHatches(size, rich) {
  const node = s("g", {});
  const paths = /* @__PURE__ */ new Map();
  const lines = slants(size, rich);
  function made2(kind) {
    const one = { path: s("path", { class: `zv-hatch k-${kind}` }), d: "" };
    paths.set(kind, one);
    node.append(one.path);
    return one;
  }
  return {
    node,
    /** @param {{kind: string, x: number, y: number}[]} cells */
    show(cells) {
      const wanted = new Map([...paths.keys()].map((kind) => [kind, ""]));
      for (const { kind, x, y } of cells) wanted.set(kind, `${wanted.get(kind) ?? ""}M${x} ${y}${lines}`);
      for (const [kind, d] of wanted) {
        const shown = paths.get(kind) ?? made2(kind);
        if (shown.d !== d) shown.path.setAttribute("d", shown.d = d);
      }
    }
  };
}

// zapviz/view/parts/motions.js
var LENGTH = 150;
function createMotions(size) {
  const node = s("g", {});
  const still = window.matchMedia?.("(prefers-reduced-motion: reduce)");
  let running = [];
  let pending = 0;
  const ghostOf = ({ from: { x, y }, look }) => s(
    "g",
    { class: `zv-ghost k-${look.kind}` },
    s("rect", { class: "zv-box", x, y, width: size, height: size, rx: Math.min(5, size / 6) }),
    s(
      "text",
      { class: "zv-letters", x: x + size / 2, y: y + size / 2 },
      s("tspan", { class: `k-${look.kind}` }, look.letter)
    )
  );
  function start(ways) {
    const flights = /* @__PURE__ */ new Map();
    for (const way of ways) {
      const key = wayOf(way, size).join(" ");
      flights.set(key, [...flights.get(key) ?? [], way]);
    }
    for (const group of flights.values()) {
      const [dx, dy, end] = wayOf(group[0], size);
      const flight = s("g", { class: "zv-flight" }, ...group.map(ghostOf));
      node.append(flight);
      const motion = flight.animate([
        { transform: "translate(0px,0px)", opacity: 1 },
        { transform: `translate(${dx}px,${dy}px)`, opacity: end }
      ], { duration: LENGTH, easing: "ease-out", fill: "both" });
      motion.onfinish = () => flight.remove();
      running.push(motion);
    }
  }
  return {
    node,
    /** Let cells go their ways; those that are under way still are at their end at once.
     *
     * @param {(() => Way[]) | null} ways null is none
     */
    show(ways) {
      cancelAnimationFrame(pending);
      if (running.length) {
        for (const motion of running) motion.cancel();
        node.replaceChildren();
        running = [];
      }
      if (ways && !still?.matches) pending = requestAnimationFrame(() => start(ways()));
    }
  };
}
function wayOf({ from, to }, size) {
  if (to && to !== from) return [to.x - from.x, to.y - from.y, 0.6];
  return [0, to ? -size / 2 : size / 2, 0];
}

// zapviz/view/core/ties.js
function heldBy(data, id, cell) {
  const { kind, folio, slot } = data.trace.cells[cell];
  const r = data.owner[id];
  if (data.rows[r].role !== "swap") return { folio, slot };
  return { folio: null, slot: kind === "free" ? null : id - data.offsets[r] };
}
function tiedTo(data, state, id) {
  const { folio, slot } = heldBy(data, id, state[id]);
  const tied = [];
  if (folio === null && slot === null) return tied;
  for (let other = 0; other < data.total; other++) {
    if (other === id) continue;
    const held = heldBy(data, other, state[other]);
    if (folio !== null && held.folio === folio || slot !== null && held.slot === slot) tied.push(other);
  }
  return tied;
}
var MOST_NAMED = 8;
function sharedIn(data, state) {
  const holders = /* @__PURE__ */ new Map();
  for (let id = 0; id < data.total; id++) {
    const { folio, slot } = heldBy(data, id, state[id]);
    for (
      const [sign, n] of
      /** @type {[string, number | null][]} */
      [["", folio], ["#", slot]]
    ) {
      if (n === null) continue;
      const same = holders.get(`${sign}${n}`);
      if (same) same.push(id);
      else holders.set(`${sign}${n}`, [id]);
    }
  }
  const shared = /* @__PURE__ */ new Map();
  for (const [sign, ids] of holders) {
    const entries = ids.filter((id) => data.rows[data.owner[id]].role !== "swap");
    if (entries.length < 2) continue;
    for (const id of ids) {
      const others = named(data, entries.filter((other) => other !== id));
      const words2 = !entries.includes(id) ? `Of ${others}` : `The same ${sign.startsWith("#") ? "swap slot" : "page"} as ${others}`;
      const before = shared.get(id);
      shared.set(id, before ? { ...before, words: `${before.words}. ${words2}` } : { sign, words: words2 });
    }
  }
  return shared;
}
function named(data, ids) {
  const names = ids.slice(0, MOST_NAMED).map((id) => cellName(data, id));
  if (ids.length > MOST_NAMED) names.push(`${ids.length - MOST_NAMED} more`);
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}
function tiePath(from, to, size) {
  const half = size / 2;
  const [y, end] = [from.y + half, to.y + half];
  if (Math.abs(from.x - to.x) < size) {
    const [x2, stop2] = [from.x + size, to.x + size];
    const out = Math.max(x2, stop2) + Math.min(14, half);
    return `M${x2} ${y}C${out} ${y} ${out} ${end} ${stop2} ${end}`;
  }
  const right = to.x > from.x;
  const [x, stop] = [from.x + (right ? size : 0), to.x + (right ? 0 : size)];
  const middle = (x + stop) / 2;
  return `M${x} ${y}C${middle} ${y} ${middle} ${end} ${stop} ${end}`;
}

// zapviz/view/parts/sharing.js
function createTags({ size, rich }) {
  const badges = createBadges(Math.round(size * 0.09), Math.round(size * 0.42), () => s("rect", { y: -7, height: 14, rx: 4, class: "zv-tag" }), "zv-tag-text");
  return {
    node: badges.node,
    rich,
    /** @param {Map<number, Shared>} shared by cell @param {CellNode[]} nodes */
    show(shared, nodes) {
      const signs = [...shared].filter(([, { sign }]) => rich && !sign.startsWith("#"));
      badges.show(signs.map(([id, { sign }]) => [nodes[id], sign]), ({ shape }, sign) => {
        const width = 6 + 7 * sign.length;
        shape.setAttribute("x", String(-width / 2));
        shape.setAttribute("width", String(width));
      });
    }
  };
}
function write({ letter: text, inks: [ink] }, letter, number) {
  const written = letter + number;
  if (text.data === written) return;
  text.data = written;
  ink.style.letterSpacing = written.length > 2 ? "-1px" : "";
}
function createSharing() {
  let shared = /* @__PURE__ */ new Map();
  return {
    clear: () => {
      shared = /* @__PURE__ */ new Map();
    },
    /** What is said of a cell that holds the same as others; "" of one alone. @param {number} id */
    words: (id) => shared.get(id)?.words ?? "",
    /** Bring the numbers to what the cells hold; give the cells of which something else is said now.
     *
     * @param {TraceData} data
     * @param {CellNode[]} nodes
     * @param {ReturnType<typeof createTags>} tags
     * @param {(cell: number) => Look} look
     */
    update(data, nodes, tags, look) {
      if (!inBlocks(data.trace)) return [];
      const before = shared;
      shared = sharedIn(data, nodes.map((node) => node.cell));
      tags.show(shared, nodes);
      const ids = [.../* @__PURE__ */ new Set([...before.keys(), ...shared.keys()])];
      for (const id of tags.rich ? [] : ids) {
        const number = data.rows[data.owner[id]].role === "swap" ? "" : shared.get(id)?.sign.replace("#", "") ?? "";
        write(nodes[id], look(nodes[id].cell).letter, number);
      }
      return ids.filter((id) => before.get(id)?.words !== shared.get(id)?.words);
    }
  };
}

// zapviz/view/parts/ties.js
function createTies(size, lined2) {
  const outlines = ["zv-tie-halo", "zv-tie"].map((kind) => s("path", { class: kind }));
  const lines = s("path", { class: "zv-tie-line" });
  const node = s("g", {}, lines, ...outlines);
  const box = `m-1.5 -1.5h${size + 3}v${size + 3}h${-size - 3}z`;
  let shown = "";
  return {
    node,
    /** Tie a cell to others; none takes the lines away.
     *
     * @param {{x: number, y: number} | null} cell
     * @param {{x: number, y: number}[]} others
     */
    show(cell, others) {
      const tied = cell && others.length ? [cell, ...others] : [];
      const d = tied.map(({ x, y }) => `M${x} ${y}${box}`).join("");
      const between = cell && lined2 ? others.map((other) => tiePath(cell, other, size)).join("") : "";
      if (d + between === shown) return;
      shown = d + between;
      for (const outline of outlines) outline.setAttribute("d", d);
      lines.setAttribute("d", between);
    }
  };
}

// zapviz/view/core/glossary.js
var escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
var explained = (term) => `${term.plain}
${term.kernel}`;
function createFinder({ glossary }) {
  const bySpelling = new Map(glossary.flatMap((term) => term.words.map((word) => [word, term])));
  const spellings = glossary.flatMap((term) => term.label ? [] : term.words).sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`(?<![\\w.-])(?:${spellings.map(escaped).join("|")})(?![\\w-])`, "g");
  return {
    /** The term that a label is, as a whole. @param {string} label */
    term: (label) => bySpelling.get(label) ?? null,
    /** The parts of a text; a term is marked where it stands first.
     *
     * @param {string} text
     */
    split(text) {
      const parts = [];
      const met = /* @__PURE__ */ new Set();
      let from = 0;
      for (const found of spellings.length ? text.matchAll(pattern) : []) {
        const term = (
          /** @type {Term} */
          bySpelling.get(found[0])
        );
        if (met.has(term)) continue;
        met.add(term);
        if (found.index > from) parts.push([text.slice(from, found.index), null]);
        parts.push([found[0], term]);
        from = found.index + found[0].length;
      }
      if (from < text.length) parts.push([text.slice(from), null]);
      return parts;
    }
  };
}

// zapviz/view/parts/words.js
var made = /* @__PURE__ */ new WeakMap();
function wordsOf(palette) {
  const known = made.get(palette);
  if (known) return known;
  const words2 = createWords(palette);
  made.set(palette, words2);
  return words2;
}
function createWords(palette) {
  const finder = createFinder(palette);
  const marked = (word, term) => h("span", { class: "zv-term", title: explained(term) }, word);
  const within2 = (text) => finder.split(text).map(([part, term]) => term ? marked(part, term) : part);
  function mark(label) {
    const whole = finder.term(label);
    return whole ? [marked(label, whole)] : within2(label);
  }
  const tipOf = (text) => finder.split(text).flatMap(([, term]) => term ? [`${term.words[0]}: ${explained(term)}`] : []).join("\n");
  return {
    mark,
    tipOf,
    split: finder.split,
    term: finder.term,
    /** Set an element's text with its terms marked, only if it differs. @param {Element} node @param {string} text */
    say(node, text) {
      if (node.textContent !== text) node.replaceChildren(...within2(text));
    }
  };
}

// zapviz/view/parts/grid.js
var FINGER = 28;
function createGrid(palette, { counted = false } = {}) {
  const svg = s("svg", { class: "zv-grid", role: "grid", "aria-label": "page-table entries" });
  const pane = h("div", { class: "zv-pane" }, svg);
  let data = readTrace(EMPTY);
  let looks = [];
  let nodes = [];
  let edges = /* @__PURE__ */ new Map();
  let layout = layOut([]);
  let over = createOver(layout);
  let blocks = createBlocks(data, layout, () => "");
  const sharing = createSharing();
  let shown = "";
  let roving = 0;
  const fingers = window.matchMedia?.("(pointer: coarse)");
  const large = () => svg.classList.contains("zv-rich");
  const unlabelled = /* @__PURE__ */ new Set();
  const remarks = /* @__PURE__ */ new Map();
  function cellLabel(id, cell) {
    const said = [looks[cell].name, looks[cell].text, ...[sharing.words(id), remarks.get(id)].filter(Boolean)];
    return `${cellName(data, id)}: ${said.join(". ")}`;
  }
  function build() {
    const drawing = drawRows(data, layout, wordsOf(palette).tipOf);
    nodes = drawing.cells;
    edges = new Map([...drawing.edges].map(([file, bands]) => [file, { bands, shown: void 0 }]));
    over = createOver(layout);
    blocks = createBlocks(data, layout, wordsOf(palette).tipOf);
    fitTo(svg, layout);
    drawing.top.append(...over.nodes);
    svg.replaceChildren(...blocks.nodes, ...drawing.groups, drawing.top);
  }
  function paint(id, cell) {
    const node = nodes[id];
    if (node.cell === cell) return;
    node.cell = cell;
    dress(node, looks[cell]);
    unlabelled.add(id);
  }
  function label(id) {
    const node = nodes[id];
    const text = cellLabel(id, node.cell);
    if (node.label !== text) node.g.setAttribute("aria-label", node.label = text);
  }
  function labelAll() {
    for (const id of sharing.update(data, nodes, over.tags, (cell) => looks[cell])) unlabelled.add(id);
    unlabelled.forEach(label);
    unlabelled.clear();
  }
  function rove(id, focus) {
    if (id < 0 || id >= nodes.length) return;
    nodes[roving]?.g.setAttribute("tabindex", "-1");
    roving = id;
    nodes[id].g.setAttribute("tabindex", "0");
    if (focus) nodes[id].g.focus();
  }
  return {
    pane,
    svg,
    nodes: () => nodes,
    /** Say of the cells, to those who cannot see them, what they show now. */
    label: labelAll,
    /** @param {number} cell */
    look: (cell) => looks[cell],
    /** Take over another trace; the drawing is kept where the rows are the same.
     *
     * @param {TraceData} next
     * @param {Int32Array} state
     * @param {Partial<Space>} space
     */
    load(next, state, space) {
      if (next !== data) for (const kept of [remarks, sharing]) kept.clear();
      data = next;
      space = { ...space, ...blocksOf(data.trace, counted ? palette.counters : []) };
      looks = data.trace.cells.map((cell) => lookOf(palette, cell));
      const key = JSON.stringify([space, data.rows.map((row) => [row.id, row.label, row.detail, row.role, row.file, row.column, row.pages])]);
      const same = key === shown;
      if (!same) {
        shown = key;
        layout = layOut(data.rows, fingers?.matches ? { ...space, least: FINGER } : space);
        build();
      }
      unlabelled.clear();
      for (let id = 0; id < nodes.length; id++) {
        nodes[id].cell = -1;
        paint(id, state[id]);
      }
      labelAll();
      if (!same) rove(Math.min(roving, data.total - 1), false);
    },
    paint,
    /** @param {Record<string, number | null>} sizes i_size of each file, in bytes */
    showSizes(sizes) {
      for (const [file, edge] of edges) {
        const bytes = sizes[file] ?? null;
        if (edge.shown === bytes) continue;
        edge.shown = bytes;
        for (const band of edge.bands) drawEdge(band, bytes);
      }
    },
    /** Show of each process whether it is there, and its counters. @param {number} at @param {number} since */
    showBlocks: (at, since) => blocks.show(at, since),
    shared: sharing.words,
    /** Hatch the cells that just changed. @param {Iterable<number>} ids */
    showFresh(ids) {
      over.hatches.show([...ids].map((id) => nodes[id]));
    },
    /** Outline the entry being decided; put verdicts, [cell, verdict] each, at the corners.
     *
     * @param {number | null} id
     * @param {[number, string][]} verdicts
     */
    showNow(id, verdicts) {
      putOver(over.ring, id === null ? null : nodes[id]);
      over.badges.show(verdicts.map(([cell, verdict]) => [nodes[cell], palette.signs[verdict]]));
    },
    /** Warn at the entries because of which an assertion fails. @param {number[]} ids */
    showWrong(ids) {
      over.wrong.show(ids.map((id) => [nodes[id], "!"]));
    },
    /** Whether the cells are large enough for more than a letter. */
    large,
    /** Put signs, [cell, text, kind] each, at the other corners: what somebody says of the cells.
     *
     * @param {[number, string, string][]} list
     */
    showMarks(list) {
      over.marks.show(
        list.map(([cell, text, kind]) => [nodes[cell], text, kind]),
        (mark, text) => fitMark(mark, large() ? 7 + 9 * text.length : 5 + 6 * text.length)
      );
    },
    /** Say something of a cell to those who cannot see its sign; "" takes it back.
     *
     * @param {number} id
     * @param {string} text
     */
    remark(id, text) {
      if (text) remarks.set(id, text);
      else remarks.delete(id);
      label(id);
    },
    /** Mark the entries that are not the same everywhere; null is one that this grid has not.
     *
     * @param {(number | null)[]} ids
     */
    showDiffering(ids) {
      over.unlike.show(ids.flatMap((id) => id !== null && nodes[id] ? [[nodes[id], "\u2260"]] : []));
    },
    /** Tie a cell to those that hold the same. @param {number | null} id @param {number[]} others */
    showTies(id, others) {
      over.ties.show(id === null ? null : nodes[id], others.map((other) => nodes[other]));
    },
    /** Let what a step moves be seen to move; null: nothing does. @param {(() => Motion[]) | null} motions */
    showMotions: (motions) => over.motions.show(motions && (() => motions().map(({ from, to, cell }) => ({ from: nodes[from], to: to === null ? null : nodes[to], look: looks[cell] })))),
    /** @param {number | null} id */
    showPin(id) {
      putOver(over.pin, id === null ? null : nodes[id]);
    },
    rove,
    roving: () => roving,
    /** The cell that an event is about. @param {Event} event */
    cellOf: (event) => targetOf(event).closest?.("[role=gridcell]")?.zapvizCell ?? null,
    /** The nearest cell in a direction, for the arrow keys; only one for which `among` holds.
     *
     * @param {number} id
     * @param {number} dx
     * @param {number} dy
     * @param {(id: number) => boolean} [among]
     */
    neighbour: (id, dx, dy, among) => neighbourOf(nodes, id, dx, dy, among),
    /** @param {number} id @param {boolean} end */
    edgeOfRow: (id, end) => edgeOfRow(data, id, end),
    /** Scroll the pane so that a cell is in view. @param {number | null} id */
    reveal: (id) => revealIn(pane, layout, id === null ? void 0 : nodes[id])
  };
}
function fitTo(svg, layout) {
  const right = Math.max(...[...layout.groups, ...layout.blocks].map((one) => one.x + one.w), 0);
  svg.setAttribute("width", String(Math.max(1, Math.ceil(right))));
  svg.setAttribute("height", String(Math.max(1, Math.ceil(layout.height))));
  svg.setAttribute("class", measuresOf(layout).rich ? "zv-grid zv-rich" : "zv-grid");
  for (const [name, px] of lettersOf(layout)) svg.style.setProperty(`--zv-${name}`, `${px}px`);
}
function dress(node, now) {
  if (node.kind !== now.kind) {
    node.kind = now.kind;
    node.g.setAttribute("class", `zv-cell k-${now.kind}`);
    for (const ink of node.inks) ink.setAttribute("class", `k-${now.kind}`);
  }
  if (node.letter.data !== now.letter) node.letter.data = now.letter;
  if (node.mark && node.mark.data !== now.mark) node.mark.data = now.mark;
  if (node.corner && node.corner.data !== now.corner) node.corner.data = now.corner;
}
function revealIn(pane, layout, node) {
  if (!node || pane.scrollHeight <= pane.clientHeight + 1) return;
  const top = node.y - headOf(layout.caption, true);
  if (top < pane.scrollTop) pane.scrollTop = Math.max(0, top - 4);
  else if (node.y + layout.pitch + 8 > pane.scrollTop + pane.clientHeight) {
    pane.scrollTop = node.y + layout.pitch + 12 - pane.clientHeight;
  }
}
function lettersOf(layout) {
  const { size, caption } = measuresOf(layout);
  return Object.entries({
    letter: Math.max(12, Math.min(34, Math.round(size * 0.46))),
    mark: Math.max(caption, Math.round(size * 0.2)),
    caption
  });
}
function showState(grid, data, state, dirty, since, at) {
  for (const id of dirty) grid.paint(id, state[id]);
  showChange(grid, data, since, at);
  grid.label();
}
function showChange(grid, data, since, at) {
  grid.showBlocks(at, since);
  grid.showFresh(changedCells(data, since, at));
  grid.showSizes(data.sizes[at]);
}
function createOver(layout) {
  const measures = measuresOf(layout);
  const { size, rich } = measures;
  const pin = s("rect", {
    class: "zv-pin",
    x: -3.5,
    y: -3.5,
    width: size + 7,
    height: size + 7,
    rx: 6,
    visibility: "hidden"
  });
  const ring = s(
    "g",
    { visibility: "hidden" },
    ...["zv-ring-halo", "zv-ring"].map((kind) => s("rect", { class: kind, x: -3, y: -3, width: size + 6, height: size + 6, rx: 6 }))
  );
  const round = (kind) => () => s("circle", { r: rich ? 9 : 7, class: kind });
  const badges = createBadges(size + 1, 1, round("zv-badge"));
  const unlike = createBadges(-1, size + 1, round("zv-unlike"), "zv-unlike-text");
  const marks = createBadges(rich ? -4 : -3, 1, () => s("rect", { y: rich ? -7 : -6, height: rich ? 14 : 11, rx: 4, class: "zv-badge" }));
  const wrong = createBadges(size + 1, size, () => s("path", { d: rich ? "M0-11 10 7H-10Z" : "M0-8 7 5H-7Z", class: "zv-wrong" }), "zv-wrong-text");
  const hatches = createHatches(size, rich);
  const ties = createTies(size, !layout.blocks.length);
  const tags = createTags(measures);
  const motions = createMotions(size);
  return {
    pin,
    ring,
    badges,
    unlike,
    marks,
    wrong,
    hatches,
    ties,
    tags,
    motions,
    nodes: [hatches.node, ties.node, pin, ring, ...layout.blocks.length ? [tags.node] : [], motions.node, unlike.node, badges.node, marks.node, wrong.node]
  };
}
function fitMark(mark, width) {
  mark.shape.setAttribute("width", String(width));
  mark.label.setAttribute("x", String(width / 2));
}
function putOver(outline, node) {
  if (node) outline.setAttribute("transform", `translate(${node.x},${node.y})`);
  outline.setAttribute("visibility", node ? "visible" : "hidden");
}
function drawEdge({ box, last, beyond, line, text }, bytes) {
  const edge = bytes === null ? { x: 0, beyond: null, line: null } : edgeIn(box, bytes, last);
  for (
    const [node, on] of
    /** @type {[SVGElement, unknown][]} */
    [[beyond, edge.beyond !== null], [line, edge.line], [text, edge.line]]
  ) {
    node.setAttribute("visibility", on ? "visible" : "hidden");
  }
  if (edge.beyond !== null) {
    beyond.setAttribute("x", String(edge.x));
    beyond.setAttribute("width", String(edge.beyond));
  }
  if (!edge.line) return;
  line.setAttribute("d", edge.line.path);
  text.setAttribute("x", String(edge.line.before ? edge.x - 5 : edge.x + 5));
  text.setAttribute("y", String(box.top - box.caption - 10));
  text.setAttribute("text-anchor", edge.line.before ? "end" : "start");
  say(text, edge.line.words);
}

// zapviz/view/parts/panels.js
function reserved(kind) {
  const text = h("div", { class: "zv-live" });
  const ghosts = h("div", { class: "zv-ghosts", "aria-hidden": "true" });
  const seen = [];
  return {
    node: h("div", { class: `zv-reserve ${kind}` }, ghosts, text),
    text,
    /** Make room for these texts too; but for a reset the room never shrinks.
     *
     * @param {string[]} texts
     * @param {boolean} reset
     */
    keep(texts, reset = false) {
      if (reset) seen.length = 0;
      const longest = [.../* @__PURE__ */ new Set([...seen, ...texts])].sort((a, b) => b.length - a.length).slice(0, 8);
      if (longest.every((one, k) => one === seen[k])) return;
      seen.splice(0, seen.length, ...longest);
      ghosts.replaceChildren(...longest.map((one) => h("div", {}, one)));
    }
  };
}
function chip(first = null) {
  const letter = document.createTextNode("");
  const node = h("span", { class: "zv-chip" }, letter);
  function show(look) {
    node.className = `zv-chip k-${look ? look.kind : "unmapped"}`;
    letter.data = look ? look.letter : "";
    node.title = look ? `${look.name}: ${look.text}` : "";
  }
  if (first) show(first);
  return { node, show };
}
function verdictSign() {
  const node = h("span", { class: "zv-verdict" });
  return {
    node,
    show(verdict, text) {
      say(node, text);
      const kind = `zv-verdict zv-v-${verdict ?? "no"}`;
      if (node.className !== kind) node.className = kind;
    }
  };
}

// zapviz/view/parts/legend.js
var legendItem = (sample, ...label) => h("span", { class: "zv-legend-item" }, sample, h("span", {}, ...label));
var createLegend = () => h("div", { class: "zv-legend", "aria-label": "legend" });
function classItems(palette, kinds) {
  return Object.entries(palette.classes).filter(([kind]) => kinds.has(kind)).map(([kind, one]) => legendItem(chip(classLook(palette, kind)).node, ...wordsOf(palette).mark(one.name)));
}
var signItem = (kind, label) => labelled(kind, label);
var labelled = (kind, ...label) => legendItem(h("span", { class: `zv-sign ${kind}`, "aria-hidden": "true" }), ...label);
var pictureItem = (picture, label) => legendItem(picture, label);
var sharedItems = (trace) => inBlocks(trace) ? [legendItem(h("span", { class: "zv-tag-sample", "aria-hidden": "true" }, "3"), "same number: the same page")] : [];

// zapviz/view/parts/pointing.js
function watchPointing(grid, changed) {
  const pointing = { at: (
    /** @type {number | null} */
    null
  ) };
  const point = (id) => {
    if (id === pointing.at) return;
    pointing.at = id;
    changed();
  };
  grid.svg.addEventListener("pointerover", (event) => point(grid.cellOf(event)));
  grid.svg.addEventListener("pointerleave", () => point(null));
  grid.svg.addEventListener("focusin", (event) => point(grid.cellOf(event)));
  grid.svg.addEventListener("focusout", () => point(null));
  return pointing;
}
function tieAtPointer(grid, shown) {
  const pointing = watchPointing(grid, tie);
  function tie() {
    const { data, state } = shown();
    if (!inBlocks(data.trace)) return;
    grid.showTies(pointing.at, pointing.at === null ? [] : tiedTo(data, state, pointing.at));
  }
  return tie;
}

// zapviz/view/parts/shell.js
var ROOM = [1200, 640];
var LARGE_ROOM = [960, 530];
var LARGE = 1.3;
function adoptRules(element2, text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  let place2 = document;
  const drop = () => {
    place2.adoptedStyleSheets = place2.adoptedStyleSheets.filter((one) => one !== sheet);
  };
  function adopt(next) {
    drop();
    place2 = next;
    place2.adoptedStyleSheets = [...place2.adoptedStyleSheets, sheet];
  }
  adopt(document);
  const watch = new ResizeObserver(() => {
    const now = element2.getRootNode();
    if (now !== place2 && (now === document || now instanceof ShadowRoot)) adopt(
      /** @type {Document | ShadowRoot} */
      now
    );
  });
  watch.observe(element2);
  return () => {
    watch.disconnect();
    drop();
  };
}
function pageTheme(dark) {
  const { body } = document;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "true" ? "light" : "dark";
  if (body.matches(".vscode-dark, .vscode-high-contrast")) return "dark";
  if (body.matches(".vscode-light")) return "light";
  return dark?.matches ? "dark" : "light";
}
function frameIn(element2) {
  if (element2.closest(".zv-frame")) return element2;
  const frame = h("div", { class: "zv-frame" });
  element2.append(frame);
  return frame;
}
var fullScreenIn = (element2) => (
  /** @type {Document | ShadowRoot} */
  element2.getRootNode().fullscreenElement ?? null
);
function createShell(label, options) {
  const name = `zv-${Math.random().toString(36).slice(2, 10)}`;
  const root = h("div", {
    class: "zv",
    id: name,
    tabindex: 0,
    role: "group",
    "aria-label": label,
    "data-lm-suppress-shortcuts": "true"
  });
  const dropRules = adoptRules(root, paletteRules(options.palette, name));
  let theme = options.theme;
  const presents = words("Large", "Large and of high contrast, for a projector (b)", () => present(), "zv-presents", "b");
  presents.setAttribute("aria-pressed", "false");
  const details = words("Details", "Call chain, locks and signs: shown or not (d)", turn, "", "d");
  function present(on = !root.classList.contains("zv-presented")) {
    root.classList.toggle("zv-presented", on);
    presents.setAttribute("aria-pressed", String(on));
    showZoom();
    options.onPresent?.(on);
  }
  function fullScreen() {
    if (fullScreenIn(root)) document.exitFullscreen();
    else root.closest(".zv-frame")?.requestFullscreen?.().catch(() => {
    });
  }
  function turn() {
    root.classList.toggle("zv-turned");
  }
  root.addEventListener("keydown", (event) => {
    if (isSave(event)) return;
    event.stopPropagation();
    if (event.altKey || (event.ctrlKey || event.metaKey) && !options.modified) return;
    if (fieldOf(event)) {
      if (event.key === "Escape") root.focus({ preventScroll: true });
      return;
    }
    if (options.onKey(event)) event.preventDefault();
  });
  for (const kind of ["keyup", "keypress"]) root.addEventListener(kind, (event) => event.stopPropagation());
  function onWindowKey(event) {
    const path = event.composedPath();
    const upTo = path.indexOf(root);
    if (upTo < 0) return;
    for (const node of path.slice(0, upTo + 1)) {
      node.toggleAttribute("data-lm-suppress-shortcuts", !isSave(event));
    }
  }
  window.addEventListener("keydown", onWindowKey, true);
  const dark = window.matchMedia?.("(prefers-color-scheme: dark)");
  const applyTheme = () => {
    root.dataset.theme = theme || pageTheme(dark);
  };
  const themeWatch = new MutationObserver(applyTheme);
  themeWatch.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  dark?.addEventListener?.("change", applyTheme);
  applyTheme();
  function showZoom() {
    const large = root.classList.contains("zv-presented");
    const [width, height] = large ? LARGE_ROOM : options.room ?? ROOM;
    let zoom = large ? LARGE : 1;
    const frame = (
      /** @type {HTMLElement | null} */
      root.closest(".zv-frame")
    );
    const full = frame !== null && root.isConnected && fullScreenIn(root) === frame;
    if (full) {
      frame.style.backgroundColor = getComputedStyle(root).backgroundColor;
      zoom = Math.max(zoom, Math.min(window.innerWidth / width, window.innerHeight / height));
    }
    root.style.setProperty("--zv-zoom", String(zoom));
  }
  function watchWidth(part, width, act) {
    let height = heightOf();
    const look = () => {
      showZoom();
      const [wide, high] = [part.clientWidth, heightOf()];
      if (wide <= 0 || Math.abs(wide - width) < 2 && Math.abs(high - height) < 2) return;
      height = high;
      act(width = wide);
    };
    const watch = new ResizeObserver(look);
    watch.observe(part);
    window.addEventListener("resize", look);
    return () => {
      watch.disconnect();
      window.removeEventListener("resize", look);
    };
  }
  function heightOf() {
    const zoomed = root.classList.contains("zv-presented") || fullScreenIn(root) !== null;
    return window.innerHeight / (zoomed ? Number(root.style.getPropertyValue("--zv-zoom")) || 1 : 1);
  }
  if (options.present) present(true);
  return {
    root,
    /** @param {ThemeName} next */
    setTheme(next) {
      theme = next;
      applyTheme();
    },
    fullScreen,
    fills: button("full", "Full screen (f)", fullScreen),
    details,
    turn,
    presents,
    present,
    get presented() {
      return root.classList.contains("zv-presented");
    },
    get full() {
      return fullScreenIn(root) !== null;
    },
    get height() {
      return heightOf();
    },
    showZoom,
    watchWidth,
    destroy() {
      themeWatch.disconnect();
      dark?.removeEventListener?.("change", applyTheme);
      window.removeEventListener("keydown", onWindowKey, true);
      dropRules();
      const { parentElement } = root;
      root.remove();
      if (parentElement?.matches(".zv-frame:empty")) parentElement.remove();
    }
  };
}

// zapviz/view/parts/text.js
function createText(options) {
  const lines = h("div", { class: "zv-lines" });
  const area = h("textarea", {
    class: "zv-area",
    spellcheck: "false",
    autocapitalize: "off",
    autocomplete: "off",
    autocorrect: "off",
    "aria-label": options.editable ? "scenario, editable" : "scenario",
    readonly: !options.editable
  });
  const sheet = h("div", { class: "zv-sheet" }, lines, area);
  const clip2 = h("div", { class: "zv-clip" }, sheet);
  const title = h("span", {});
  const fold = h(
    "button",
    { type: "button", class: "zv-fold", hidden: true, onclick: () => setFolded(!folded) },
    h("span", { class: "zv-fold-sign", "aria-hidden": "true" }),
    title
  );
  const box = h("div", { class: "zv-text" }, fold, clip2);
  const drawn = [];
  let shown = null;
  let current = null;
  let lead = 0;
  let folded = true;
  let ran = null;
  let away = 0;
  function setFolded(on) {
    folded = on;
    place2();
  }
  function place2() {
    fold.hidden = lead === 0;
    fold.setAttribute("aria-expanded", String(!folded));
    fold.title = folded ? "Show the comment" : "Fold the comment";
    away = folded && lead ? drawn[lead]?.node.offsetTop ?? 0 : 0;
    sheet.style.marginTop = `${-away}px`;
    for (const [k, { node }] of drawn.entries()) node.toggleAttribute("data-away", folded && k < lead);
  }
  const topOf = (node) => clip2.offsetTop + node.offsetTop - away;
  new ResizeObserver(() => {
    place2();
    reveal();
  }).observe(box);
  area.addEventListener("selectionchange", unfoldCaret);
  area.addEventListener("keyup", unfoldCaret);
  function unfoldCaret() {
    if (folded && lead && area.value.slice(0, area.selectionStart).split("\n").length <= lead && focusIn(area)) {
      setFolded(false);
    }
  }
  function draw(text) {
    if (text === shown) return;
    shown = text;
    showRan();
    lead = leadOf(text);
    say(title, titleOf(text));
    const wanted = text.split("\n");
    while (drawn.length > wanted.length) drawn.pop()?.node.remove();
    for (const [k, line] of wanted.entries()) {
      if (k === drawn.length) drawn.push(newLine(k + 1));
      if (drawn[k].text === line) continue;
      drawn[k].text = line;
      drawn[k].body.replaceChildren(...coloured(line));
    }
    place2();
  }
  const showRan = () => box.classList.toggle("zv-edited", ran !== null && shown?.trimEnd() !== ran);
  function newLine(number) {
    const body = h("span", { class: "zv-code" });
    const node = h(
      "div",
      { class: "zv-line" },
      h("button", {
        type: "button",
        tabindex: -1,
        class: "zv-number",
        title: "go to this line",
        onclick: () => options.onLine(number)
      }, String(number)),
      body
    );
    lines.append(node);
    return { node, body, text: null, verdict: "" };
  }
  function reveal() {
    if (!current || box.scrollHeight <= box.clientHeight) return;
    const top = topOf(current);
    const height = current.offsetHeight;
    if (top < box.scrollTop + 8) box.scrollTop = Math.max(0, top - 2 * height);
    else if (top + height + 12 > box.scrollTop + box.clientHeight) {
      box.scrollTop = top + 3 * height - box.clientHeight;
    }
  }
  return {
    box,
    area,
    /** @param {string} text */
    set(text) {
      if (area.value !== text) {
        area.value = text;
        folded = true;
      }
      draw(text);
    },
    redraw: () => draw(area.value),
    /** Say which text ran: the marks on the lines are about it. @param {string} text */
    setRan(text) {
      ran = text.trimEnd();
      showRan();
    },
    /** Mark the line of the current statement; 0 is none. @param {number} line */
    mark(line) {
      const node = drawn[line - 1]?.node ?? null;
      if (node === current) return;
      current?.classList.remove("zv-here");
      node?.classList.add("zv-here");
      current = node;
    },
    /** Mark the lines already run, and the assertions among them that hold or fail.
     *
     * @param {Map<number, string>} list
     */
    verdicts(list) {
      for (const [k, line] of drawn.entries()) {
        const verdict = list.get(k + 1) ?? "";
        if (line.verdict === verdict) continue;
        if (line.verdict) line.node.classList.remove(line.verdict);
        if (verdict) line.node.classList.add(verdict);
        line.verdict = verdict;
      }
    },
    /** Mark the line that has a mistake; 0 is none. @param {number} line */
    wrong(line) {
      for (const [k, { body }] of drawn.entries()) body.classList.toggle("zv-mistake", k + 1 === line);
    },
    /** Scroll the line of the caret into the box. */
    revealCaret() {
      if (!focusIn(area)) return;
      const line = drawn[area.value.slice(0, area.selectionStart).split("\n").length - 1]?.node;
      if (!line) return;
      const bottom = topOf(line) + line.offsetHeight + 12;
      if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
      else if (topOf(line) < box.scrollTop) box.scrollTop = Math.max(0, topOf(line) - 8);
    },
    reveal
  };
}
function leadOf(text) {
  if (!text.startsWith("#")) return 0;
  const first = text.split("\n").findIndex((line) => line.trim() && !line.startsWith("#"));
  return Math.max(0, first);
}
var titleOf = (text) => text.split("\n", 1)[0].replace(/^#+\s*/, "");
function coloured(line) {
  const comment = line.indexOf("#");
  const code = comment < 0 ? line : line.slice(0, comment);
  const word = code.match(/^(\s*(?:>\s*)*)(assert|def)\b/);
  const parts = word ? [word[1], h("span", { class: "zv-word" }, word[2]), code.slice(word[0].length)] : [code];
  if (comment >= 0) parts.push(h("span", { class: "zv-comment" }, line.slice(comment)));
  return line ? parts : ["\u200B"];
}

// zapviz/view/core/pace.js
var SPEEDS = [2e3, 1e3, 500, 250, 100];
var SPEED = 500;
function faster(speed, direction) {
  return SPEEDS[within(SPEEDS.indexOf(speed) + direction, 0, SPEEDS.length - 1)];
}
function nextDue(due, now, speed) {
  return Math.max(due + speed, now + speed / 2);
}

// zapviz/view/parts/transport.js
var GRANULARITIES = [
  ["statement", "Statement", "stop after each statement (1)"],
  ["pass", "Pass", "stop after each pass over a range (2)"],
  ["entry", "Entry", "stop after each smallest step (3)"]
];
var PAUSES = ["pause", "Pause", "Pause (Space)"];
var PLAYS = ["play", "Play", "Play (Space)"];
function createTransport(host, granularity) {
  const now = () => host.stops(granularity);
  const buttons = {
    first: button("first", "First state (Home)", () => host.move(0)),
    previous: button("previous", "Previous (\u2190)", () => by(-1)),
    play: button("play", PLAYS[2], () => player.play(), PLAYS[1]),
    next: button("next", "Next (\u2192)", () => by(1), "Next"),
    last: button("last", "Last state (End)", () => host.move(host.last()))
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
    }
  });
  let wrong = /* @__PURE__ */ new Map();
  const slider = h("input", {
    type: "range",
    class: "zv-slider",
    min: 0,
    step: 1,
    value: 0,
    "aria-label": "state",
    oninput: () => host.move(now()[Number(slider.value)])
  });
  const ticks = s("svg", { class: "zv-ticks", preserveAspectRatio: "none", "aria-hidden": "true" });
  const warnings = h("div", { class: "zv-warnings", "aria-hidden": "true" });
  const counter = h("span", { class: "zv-counter" });
  const tally = h("span", { class: "zv-tally" });
  const choices = GRANULARITIES.map(([value, label, title]) => h("button", {
    type: "button",
    class: "zv-choice",
    role: "radio",
    title,
    "data-value": value,
    onclick: () => setGranularity(value)
  }, label));
  const node = h(
    "div",
    { class: "zv-transport" },
    h("div", { class: "zv-buttons" }, ...Object.values(buttons)),
    h("div", { class: "zv-slide" }, slider, ticks, warnings),
    counter,
    tally
  );
  const strides = h(
    "span",
    { class: "zv-choices", role: "radiogroup", "aria-label": "stop at each", onkeydown: onRadioKey },
    ...choices
  );
  function by(direction, stops = now()) {
    host.move(nextStop(stops, host.at(), direction));
  }
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
    ticks.replaceChildren(...path ? [s("path", { d: path, "vector-effect": "non-scaling-stroke" })] : []);
  }
  function show() {
    const [at, last, stops] = [host.at(), host.last(), now()];
    if (Number(slider.max) !== stops.length - 1) slider.max = String(stops.length - 1);
    slider.value = String(stopIndex(stops, at));
    const said = wrong.get(at);
    slider.setAttribute("aria-valuetext", said ? `${at} of ${last}, ${said}` : `${at} of ${last}`);
    say(counter, `${at} / ${last}`);
    const off = [
      [buttons.first, at === 0],
      [buttons.previous, at === 0],
      [buttons.next, at === last],
      [buttons.last, at === last]
    ];
    for (const [one, is] of off) {
      if (one.getAttribute("aria-disabled") !== String(is)) one.setAttribute("aria-disabled", String(is));
    }
  }
  function onRadioKey(event) {
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
      3: () => setGranularity("entry")
    }, key);
  }
  return {
    node,
    strides,
    pace: player.pace,
    by,
    play: player.play,
    reset,
    show,
    setGranularity,
    onKey,
    get granularity() {
      return granularity;
    }
  };
}
function warning(stops, state) {
  const node = h("span", { class: "zv-warning" }, "\u25B2");
  node.style.left = `${100 * stops.findIndex((stop) => stop >= state) / Math.max(1, stops.length - 1)}%`;
  return node;
}
function createPlay(host) {
  let timer = null;
  let speed = SPEED;
  const pace = h(
    "select",
    {
      class: "zv-select",
      title: "Speed of play (+ and \u2212)",
      "aria-label": "speed of play",
      onchange: () => setSpeed(Number(pace.value))
    },
    ...SPEEDS.map((ms) => h("option", { value: ms }, `${ms / 1e3} s a step`))
  );
  function setSpeed(ms) {
    speed = ms;
    pace.value = String(ms);
  }
  function play(on = timer === null) {
    if (on === (timer !== null)) return;
    if (on && host.ended()) host.rewind();
    host.show(on);
    if (!on) {
      clearTimeout(timer ?? void 0);
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
  return {
    pace,
    play,
    /** @param {number} direction */
    changeSpeed: (direction) => setSpeed(faster(speed, direction))
  };
}

// zapviz/view/views/compare.js
var KEYS = [
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
  ["?", "this help"]
];
var AROUND = 100;
var LEAST_ROOM = 110;
var MOST = 72;
function createComparison(element2, comparison, traces, options) {
  const { palette } = options;
  const { frames, statements, partings } = comparison;
  const last = frames.length - 1;
  const stops = frameStops(comparison, traces);
  const moreKeys = options.keys ?? [];
  const opens = partings[0]?.frame ?? frames.findIndex(([first]) => first >= traces[0].opens);
  let at = within(options.frame ?? opens, 0, last);
  const shell = createShell(
    "zapviz: kernels side by side; ? for help",
    { palette, theme: options.theme, onKey, present: options.presentation, onPresent: options.onPresentation }
  );
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
    onPlay: (on) => line.setAttribute("aria-live", on ? "off" : "polite")
  }, "entry");
  const help = createDialog(
    "Keys, while the comparison has the focus",
    "zv-keys",
    keyList([...KEYS, ...moreKeys.map(([key, what]) => (
      /** @type {[string, string]} */
      [key, what ?? ""]
    ))])
  );
  const menu = createMenu([["Stop at each", transport.strides], ["Play", transport.pace], ["Projector", shell.presents]]);
  const dialogs = [menu.dialog, help, ...options.dialogs ?? []];
  const wide = traces[0].rows.some((row) => row.column + row.pages > 16);
  const about = wide || !traces[0].title ? h("span", { class: "zv-about" }, traces[0].title || "Kernels compared") : null;
  const bar = h(
    "div",
    { class: "zv-top" },
    about,
    transport.node,
    ...options.extra ?? [],
    menu.opens,
    button("full", "Full screen (f)", shell.fullScreen),
    helpButton(help.toggle),
    options.onClose ? words("Back to one", "Back to one kernel (Esc, q or c)", options.onClose) : null
  );
  const text = createText({ editable: false, onLine: goToLine });
  text.set(traces[0].scenario.replace(/\n$/, ""));
  const grids = h("div", { class: `zv-panes ${panes.length > 2 ? "zv-many" : ""}` }, ...panes.map((pane) => pane.node));
  grids.style.setProperty("--zv-panes", String(panes.length));
  const inner = h(
    "div",
    { class: `zv-inner ${wide ? "" : "zv-with-text"}` },
    bar,
    partingsBox(palette, comparison, move),
    line,
    wide ? grids : h("div", { class: "zv-main zv-compared" }, h("div", { class: "zv-left" }, text.box), grids),
    legendOf(palette, traces, comparison)
  );
  root.append(inner, ...dialogs.map((dialog) => dialog.node));
  function goToLine(number) {
    const statement = traces[0].statements.findIndex((one) => one.line >= number);
    const frame = statements.lastIndexOf(statement < 0 ? traces[0].statements.length - 1 : statement);
    if (frame >= 0) move(frame);
  }
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
    const shown = statement === null ? void 0 : traces.map((trace) => trace.statements[statement]).find((one) => one !== void 0);
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
      ...Object.fromEntries(moreKeys.map(([key, , act]) => [key, act]))
    }, event.key) || transport.onKey(event);
  }
  function layOut2(width) {
    for (const pane of panes) pane.layOut({ width });
    const scale = shell.height / window.innerHeight;
    const high = Math.max(...panes.map((pane) => pane.pane.getBoundingClientRect().height)) * scale;
    const columns = getComputedStyle(grids).gridTemplateColumns.split(" ").length;
    const rows = Math.ceil(panes.length / columns);
    const rest = inner.getBoundingClientRect().height * scale - rows * high;
    const over = within(root.getBoundingClientRect().top, AROUND, window.innerHeight * 0.4);
    const space = shell.height - (shell.full ? 8 : over) - rest;
    const caption = captionOf(shell.presented);
    for (const pane of panes) pane.layOut({ width, caption, most: MOST, room: Math.max(LEAST_ROOM, Math.floor(space / rows)) });
    show();
  }
  frameIn(element2).append(root);
  for (const pane of panes) pane.layOut({ width: 520 });
  transport.setGranularity("entry", false);
  const unwatch = shell.watchWidth(panes[0].pane, 0, layOut2);
  return {
    root,
    move,
    get at() {
      return at;
    },
    get last() {
      return last;
    },
    setTheme: shell.setTheme,
    destroy() {
      transport.play(false);
      unwatch();
      shell.destroy();
    }
  };
}
function partingsBox(palette, { in_turn: inTurn, partings, watched }, move) {
  if (watched && !partings.length) {
    return h(
      "div",
      { class: "zv-parting zv-alike" },
      "The kernel wrote every entry in the order and with the values of the model."
    );
  }
  const turn = inTurn ? h(
    "div",
    { class: "zv-parting zv-alike" },
    "The CPUs run one after the other here: one interleaving of many. Every order is explored from the explorer."
  ) : null;
  if (!partings.length) {
    return turn ?? h(
      "div",
      { class: "zv-parting zv-alike" },
      "Nothing that can be told from outside differs: entries, data, sizes, counters, results."
    );
  }
  const parting = (one) => h(
    "div",
    { class: "zv-parting" },
    h(
      "button",
      { type: "button", class: "zv-link", title: "Go there (d)", onclick: () => move(one.frame) },
      `They part ${one.beside.length ? "again " : ""}at line ${one.line}`
    ),
    h("code", {}, one.text.split("\n")[0]),
    `: ${partingTexts(palette, one).join(", ")}. `,
    ...one.causes.map((cause) => h(
      "span",
      { class: "zv-cause" },
      "Rule ",
      h("b", {}, cause.rule),
      ` (${causeText(cause)}): ${cause.sentence} `
    ))
  );
  return h("div", { class: "zv-partings" }, turn, ...partings.map(parting));
}
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
  const node = h(
    "section",
    { class: "zv-side", "aria-label": `kernel ${kernel.name}` },
    h("h3", { role: "presentation", title: kernel.title }, kernel.name, " ", h("span", {}, kernel.title)),
    h("div", { class: "zv-head" }, title, verdict.node),
    reason.node,
    grid.pane,
    h("div", { class: inBlocks(trace) ? "zv-side-rss zv-heard" : "zv-side-rss" }, ...counters.map((one) => one.node))
  );
  function decidedIn(from, to) {
    const decided = /* @__PURE__ */ new Map();
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
    }
  };
}
function legendOf(palette, traces, comparison) {
  const used = new Set(traces.flatMap((trace) => trace.cells.map((cell) => cell.kind)));
  if (!traces.some((trace) => trace.rows.some((row) => row.role === "swap"))) used.delete("free");
  const legend = createLegend();
  legend.append(...classItems(palette, used), signItem("zv-sign-new", "just changed"), ...sharedItems(traces[0]));
  if (comparison.differences.some((places) => places.length)) {
    const unlike = s(
      "svg",
      { width: 18, height: 18, "aria-hidden": "true" },
      s("circle", { cx: 9, cy: 9, r: 8, class: "zv-unlike" }),
      s("text", { x: 9, y: 9.5, class: "zv-unlike-text" }, "\u2260")
    );
    legend.append(pictureItem(unlike, "not the same on all kernels"));
  }
  return legend;
}

// zapviz/view/hosts/paper.js
function element(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no ${id}`);
  return node;
}
var givenText = (name) => element(`zv-page-${name}`).textContent ?? "";
var given = (name) => JSON.parse(givenText(name));
function startPage(build) {
  const view = build(element("zv-page-here"));
  document.body.classList.add("zv-page-live");
  const paper = (
    /** @type {HTMLDetailsElement} */
    element("zv-page-paper")
  );
  paper.open = false;
  for (const button2 of paper.querySelectorAll("button")) {
    button2.hidden = false;
    button2.addEventListener("click", () => copy(button2));
  }
  let open = false;
  window.addEventListener("beforeprint", () => {
    open = paper.open;
    paper.open = true;
  });
  window.addEventListener("afterprint", () => {
    paper.open = open;
  });
  view.root.focus({ preventScroll: true });
}
async function copy(button2) {
  const source = element(button2.dataset.source ?? "");
  let said = "Copied";
  try {
    await navigator.clipboard.writeText(source.textContent ?? "");
  } catch {
    getSelection()?.selectAllChildren(source);
    said = "Marked: press Ctrl+C";
  }
  const label = button2.textContent;
  button2.textContent = said;
  button2.disabled = true;
  setTimeout(() => {
    button2.textContent = label;
    button2.disabled = false;
  }, 1500);
}

// zapviz/view/hosts/compared.js
startPage((place2) => {
  const comparison = given("comparison");
  const payloads = given("payloads");
  const options = given("options");
  return createComparison(place2, comparison, payloads.map((payload) => unpack(payload) ?? EMPTY), options);
});
