/* Built from zapviz/view/hosts/notebook.js by tools/built.mjs; edit that. */

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
function focusIn(element) {
  const { activeElement } = (
    /** @type {Document | ShadowRoot} */
    element.getRootNode()
  );
  const known = activeElement instanceof HTMLElement || activeElement instanceof SVGElement;
  return known && element.contains(activeElement) ? activeElement : null;
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

// zapviz/view/hosts/still.js
var PROSE = "jp-RenderedHTMLCommon";
var CELL = ".jp-Cell";
function standIn(render) {
  return ({ model }) => {
    const name = model.get("place");
    const live = /* @__PURE__ */ new Map();
    function show(place2) {
      const still = [...place2.childNodes];
      const prose = place2.closest(`.${PROSE}`);
      const el = h("div", {});
      place2.replaceChildren(el);
      prose?.classList.remove(PROSE);
      const stop = render({ model, el });
      live.set(place2, () => {
        stop();
        place2.replaceChildren(...still);
        prose?.classList.add(PROSE);
      });
    }
    function look() {
      for (const [place2, stop] of live) {
        if (place2.isConnected || place2.closest(CELL)) continue;
        live.delete(place2);
        stop();
      }
      for (const place2 of document.getElementsByClassName(name)) if (!live.has(place2)) show(place2);
    }
    const matters = ({ addedNodes, removedNodes }) => [...addedNodes, ...removedNodes].some((node) => node instanceof Element && (node.classList.contains(name) || node.getElementsByClassName(name).length > 0));
    const watch = new MutationObserver((changes) => {
      if (changes.some(matters)) look();
    });
    watch.observe(document.body, { childList: true, subtree: true });
    look();
    return () => {
      watch.disconnect();
      for (const stop of live.values()) stop();
    };
  };
}

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

// zapviz/view/core/keys.js
var ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
var keyName = (key) => key.length === 1 ? key.toLowerCase() : key;
function actOn(acts, key) {
  const act = acts[keyName(key)];
  act?.();
  return Boolean(act);
}
var isSave = (event) => (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
var isEdit = (event) => (event.ctrlKey || event.metaKey) && !event.altKey;
var isUndo = (event) => isEdit(event) && !event.shiftKey && event.key.toLowerCase() === "z";
var isRedo = (event) => isEdit(event) && (event.shiftKey ? event.key.toLowerCase() === "z" : event.key.toLowerCase() === "y");

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

// zapviz/view/parts/shell.js
var ROOM = [1200, 640];
var LARGE_ROOM = [960, 530];
var LARGE = 1.3;
function adoptRules(element, text) {
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
    const now = element.getRootNode();
    if (now !== place2 && (now === document || now instanceof ShadowRoot)) adopt(
      /** @type {Document | ShadowRoot} */
      now
    );
  });
  watch.observe(element);
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
function frameIn(element) {
  if (element.closest(".zv-frame")) return element;
  const frame = h("div", { class: "zv-frame" });
  element.append(frame);
  return frame;
}
var fullScreenIn = (element) => (
  /** @type {Document | ShadowRoot} */
  element.getRootNode().fullscreenElement ?? null
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

// zapviz/view/core/layout.js
var SPACE = { width: 720, room: 330, least: 20, most: 50, caption: 12, processes: [], counters: [] };
var captionOf = (presented) => presented ? 15 : SPACE.caption;
var LARGEST = 96;
var LARGE_ENOUGH = 72;
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
function layOut(rows, given = {}) {
  const space = { ...SPACE, ...given };
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
function standBeside(rows, beside, under2) {
  const narrow = layOut(rows, beside);
  if (narrow.over === 0 && narrow.pitch >= LARGE_ENOUGH) return true;
  const wide = layOut(rows, under2);
  return narrow.over <= wide.over && narrow.pitch >= wide.pitch;
}

// zapviz/view/core/places.js
var idAt = (data, at) => data.offsets[at[0]] + at[1];
var cellOfStep = (data, step) => step?.at ? idAt(data, step.at) : null;
function cellName(data, id) {
  const r = data.owner[id];
  return `${data.rows[r].label}[${id - data.offsets[r]}]`;
}
function placeOf(data, id) {
  if (id === null) return null;
  const r = data.owner[id];
  return [data.rows[r].id, id - data.offsets[r]];
}
function idOf(data, place2) {
  if (!place2) return null;
  const r = data.rows.findIndex((row) => row.id === place2[0]);
  if (r < 0 || place2[1] < 0 || place2[1] >= data.rows[r].pages) return null;
  return data.offsets[r] + place2[1];
}
function touchFrom(data, id, at, direction) {
  const list = data.history.get(id) ?? [];
  return direction > 0 ? list.find((n) => n > at) : list.filter((n) => n < at).pop();
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

// zapviz/view/core/strides.js
var START_HINT = "Nothing exists yet. Press \u2192 or the next button to step.";
var isZap = (step) => step.kind !== "cache";
var decides = (palette, step) => step.verdict !== null && step.verdict in palette.signs;
function decisions(palette, data, start, end) {
  const list = [];
  for (let n = start + 1; n <= end; n++) {
    const step = data.trace.steps[n - 1];
    if (step.at && decides(palette, step)) list.push(n);
  }
  return list;
}
function verdictsAt(palette, data, states) {
  const last = /* @__PURE__ */ new Map();
  for (const n of states) {
    const step = data.trace.steps[n - 1];
    const cell = cellOfStep(data, step);
    if (cell === null || step.verdict === null || !decides(palette, step)) continue;
    if (states.length > 1 && step.verdict !== "zapped" && step.verdict !== "kept") continue;
    last.set(cell, step.verdict);
  }
  return [...last];
}
function functionsOf(data, states) {
  const steps = states.map((n) => data.trace.steps[n - 1]);
  return [...new Set(steps.filter(isZap).map((one) => one.function))];
}
function strideText(palette, data, start, end) {
  const reasons = /* @__PURE__ */ new Map();
  for (const n of decisions(palette, data, start, end)) {
    const step = data.trace.steps[n - 1];
    const verdict = String(step.verdict);
    if (isZap(step) && !reasons.has(verdict)) reasons.set(verdict, step.reason);
  }
  const list = [...reasons].map(([one, why]) => `${one[0].toUpperCase()}${one.slice(1)}: ${why}`);
  return list.length ? list.slice(0, 3).join("\n") : data.trace.steps[end - 1].reason ?? "";
}
function reasonTexts(palette, data, granularity) {
  if (granularity === "entry") return [START_HINT, ...data.trace.steps.map((step) => step.reason ?? "")];
  const stops = data.stops[granularity];
  return [START_HINT, ...stops.slice(1).map((stop, k) => strideText(palette, data, stops[k], stop))];
}

// zapviz/view/core/telling.js
var BETWEEN = "  \xB7  ";
var statementOf = (data, step) => data.trace.statements[step.statement];
function called(data, step, title) {
  const ofCpu = data.cpus > 1 && statementOf(data, step).text.startsWith("def CPU");
  return ofCpu ? `CPU${step.cpu}: ${title}` : title;
}
function sourceText(step, seen = step.evidence) {
  const rule = step.rule ? `rule ${step.rule}` : "";
  return [step.source, rule, seen].filter(Boolean).join(BETWEEN);
}
function seenText({ seen_on: on, steps }, start, at) {
  if (!on) return "";
  if (!at) return `Beside Linux ${on.release}`;
  const told = steps.slice(start, at).flatMap((step) => step.seen ?? []);
  const count = told.filter(Boolean).length;
  if (!told.length) return `changes no entry, so that nothing is to be seen on ${on.name}`;
  if (count < told.length) return told.length > 1 ? `\u2717 ${told.length - count} of ${told.length} changes not so on ${on.name}` : `\u2717 not so on ${on.name}`;
  return told.length > 1 ? `\u2713 all ${count} changes seen in this order on ${on.name}` : `\u2713 seen at this very place on ${on.name}`;
}
function contextText(palette, data, at) {
  const step = data.trace.steps[at - 1];
  const statement = statementOf(data, step);
  const counts = tally(palette, data, step, at);
  const parts = [];
  if (counts.size) {
    const counted = [...counts].map(([what, count]) => `${count} ${what}`).join(", ");
    parts.push(at < statement.last ? `So far in this call: ${counted}` : `In this call: ${counted}`);
  }
  if (at === statement.last && step.result !== null && step.kind !== "check") {
    const call = /^[a-z_]+\(/.test(statement.text);
    if (step.result.startsWith("SIG")) parts.push(`It raises ${step.result}`);
    else if (step.result === "BLOCKED") parts.push("It never returns; nothing after it is run");
    else if (call || step.result !== "0") parts.push(`It returns ${step.result}`);
  }
  const pass = step.pass === null ? null : data.trace.passes[step.pass];
  return [pass ? `Pass: ${passText(pass)}` : "", parts.join(BETWEEN)].filter(Boolean).join("\n");
}
function tally(palette, data, step, at) {
  const counts = /* @__PURE__ */ new Map();
  for (let n = statementOf(data, step).first; n <= at; n++) {
    const one = data.trace.steps[n - 1];
    if (one.statement !== step.statement || !decides(palette, one)) continue;
    const gone = one.kind === "cache" && one.after !== null && data.trace.cells[one.after]?.kind === "none";
    const what = gone ? "out of the page cache" : String(one.verdict);
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return counts;
}
function passText(pass) {
  if (!pass.zaps) return pass.title;
  if (pass.details === null) return `${pass.title}${BETWEEN}zap_details NULL`;
  const details = Object.entries(pass.details).map(([key, value]) => `${key} = ${detailText(value)}`);
  return details.length ? `${pass.title}${BETWEEN}zap_details ${details.join(", ")}` : pass.title;
}
var detailText = (value) => value === true ? "1" : value === false ? "0" : value === null ? "NULL" : String(value);
var outcomeOf = (data, step) => step.kind === "check" ? statementOf(data, step).verdict : step.verdict;
function tallyOf(palette, trace) {
  const verdicts = trace.statements.flatMap((one) => one.verdict ?? []);
  if (!verdicts.length) return ["", ""];
  const count = (verdict) => verdicts.filter((one) => one === verdict).length;
  const open = count("undecided");
  const all = count("fails") ? "fails" : open ? "undecided" : "holds";
  const said = `${palette.checks[all]} ${count("holds")} of ${verdicts.length} hold`;
  return [open ? `${said}, ${open} not decided by one order` : said, all];
}
var wrongSteps = (trace) => trace.steps.flatMap((step, k) => step.wrong ? [
  /** @type {[number, string]} */
  [k + 1, step.wrong]
] : []);
function wrongCells(data, at) {
  const states = data.trace.statements.flatMap((one) => at <= one.last ? (one.blame ?? []).filter((state) => state <= at) : []);
  const cells = states.map((state) => cellOfStep(data, data.trace.steps[state - 1]));
  return [...new Set(cells.flatMap((id) => id === null ? [] : [id]))];
}
function lineMark(statement) {
  if (!statement.text.startsWith("assert")) return "zv-done";
  const open = statement.verdict === null || statement.verdict === "undecided";
  return open ? "zv-done" : `zv-${statement.verdict}`;
}
function statementAtLine(statements, line) {
  return statements.find((one) => one.line >= line) ?? statements[statements.length - 1];
}

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
    const under2 = row && row.bottom > 0 && row.bottom < window.innerHeight * 0.4 ? row.bottom + 4 : Math.min(view.top + UNDER, window.innerHeight * 0.15);
    const edges = {
      top: Math.max(8, under2),
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

// zapviz/view/parts/frame.js
function createFrame(act) {
  let pending = 0;
  return {
    ask() {
      if (pending) return;
      pending = requestAnimationFrame(() => {
        pending = 0;
        act();
      });
    },
    /** Take it back. */
    forget() {
      cancelAnimationFrame(pending);
      pending = 0;
    }
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

// zapviz/view/core/turns.js
function cpusOf(turns) {
  const all = turns.flatMap((turn) => [turn.cpu, ...turn.open.map((one) => one.cpu)]);
  return [...new Set(all)].filter((cpu) => cpu >= 0).sort((a, b) => a - b);
}
var scheduleOf = (turns) => turns.filter((turn) => turn.cpu >= 0).map((turn) => turn.cpu);
function scheduleWith(turns, k, cpu) {
  const order = scheduleOf(turns);
  const rest = order.slice(k);
  const own = rest.indexOf(cpu);
  if (own >= 0) rest.splice(own, 1);
  return [...order.slice(0, k), cpu, ...rest];
}
function turnAt(turns, at) {
  const next = turns.findIndex((turn) => turn.before <= at && at < turn.after);
  return next < 0 && turns[turns.length - 1].after === at ? turns.length - 1 : next;
}
var turnsFrom = (turns, at) => [...turns.keys()].filter((k) => turns[k].before === at);
var offersAt = (turn) => turn.open.filter((one) => one.cpu !== turn.cpu);
var lineAt = (turns, at) => turns.find((turn) => turn.before < at && at <= turn.after)?.line ?? 0;

// zapviz/view/parts/schedule.js
function createSchedule(host) {
  const heads = h("div", { class: "zv-turn zv-turn-heads", "aria-hidden": "true" });
  const list = h("div", { class: "zv-turns", role: "list", "aria-label": "schedule, a step a line" });
  const { choose } = host;
  const link = (label, title, act) => act ? h("button", { type: "button", class: "zv-link", title, onclick: act }, label) : null;
  const node = h(
    "section",
    { class: "zv-schedule", "aria-label": "schedule of the CPUs", hidden: true },
    heading(
      {},
      "Which CPU takes each step ",
      link("in turn", "Run the CPUs one after the other", choose && (() => choose([]))),
      link("every order", "Explore every interleaving: which final states there are", host.explore)
    ),
    heads,
    list
  );
  let turns = [];
  let cpus = [];
  let rows = [];
  let here = [];
  let current = -1;
  let wanted = -1;
  function take(k, cpu) {
    wanted = k;
    choose?.(scheduleWith(turns, k, cpu));
  }
  function load(trace) {
    turns = trace.turns ?? [];
    node.hidden = turns.length === 0;
    cpus = cpusOf(turns);
    node.style.setProperty("--zv-cpus", String(Math.max(1, cpus.length)));
    heads.replaceChildren(...cpus.map((cpu) => h("span", {}, `CPU${cpu}`)));
    here = [];
    current = -1;
    rows = turns.map((turn) => {
      const cells = cpus.map(() => h("span", { class: "zv-turn-cell" }));
      if (turn.cpu >= 0) cells[cpus.indexOf(turn.cpu)].append(taken(trace, turn));
      return { cells, line: h("div", { class: "zv-turn", role: "listitem" }, ...cells) };
    });
    list.replaceChildren(...rows.map((row) => row.line));
  }
  function taken(trace, turn) {
    const own = turn.open.find((one) => one.cpu === turn.cpu);
    const words2 = own?.doing ?? trace.steps[turn.after - 1]?.title ?? "";
    const quiet = turn.after === turn.before ? " zv-quiet" : "";
    return h("button", {
      type: "button",
      tabindex: -1,
      class: `zv-taken${quiet}`,
      title: words2,
      "aria-label": `CPU${turn.cpu}: ${words2}`,
      onclick: () => host.move(turn.after)
    }, words2);
  }
  function offer(k, one) {
    if (one.waits) return h("span", { class: "zv-offer zv-waits" }, "waits for a lock");
    return h("button", {
      type: "button",
      class: "zv-offer",
      title: `Let CPU${one.cpu} go on here: ${one.text}`,
      "aria-label": `instead, CPU${one.cpu}: ${one.doing}`,
      onclick: () => take(k, one.cpu)
    }, one.doing);
  }
  function mark(next) {
    for (const k of [current, next]) {
      rows[k]?.line.classList.toggle("zv-turn-here", k === next);
      if (k === next) rows[k]?.line.setAttribute("aria-current", "step");
      else rows[k]?.line.removeAttribute("aria-current");
    }
    current = next;
  }
  return {
    node,
    load,
    /** Mark the turn that comes next, and offer what else could come. @param {number} at */
    show(at) {
      if (!turns.length) return;
      const next = turnAt(turns, at);
      if (next !== current) mark(next);
      for (const k of here) {
        for (const one of rows[k].line.querySelectorAll(".zv-offer")) one.remove();
      }
      here = turnsFrom(turns, at);
      for (const [k, turn] of turns.entries()) {
        rows[k].line.classList.toggle("zv-turn-past", turn.after <= at && k !== current);
      }
      for (const k of here) {
        for (const one of offersAt(turns[k])) {
          if (one.waits || choose) rows[k].cells[cpus.indexOf(one.cpu)].append(offer(k, one));
        }
      }
      const { line } = rows[here[0]] ?? rows[current] ?? rows[at <= turns[0].before ? 0 : rows.length - 1];
      const top = line.offsetTop - list.offsetTop;
      if (top < list.scrollTop || top + 44 > list.scrollTop + list.clientHeight) {
        list.scrollTop = top - list.clientHeight / 3;
      }
    },
    /** The state to show of the schedule that was chosen by hand; null: none was. */
    goal() {
      if (wanted < 0 || wanted >= turns.length) return null;
      const state = turns[wanted].after;
      wanted = -1;
      return state;
    },
    /** Take the first step that is offered instead, if there is one. */
    other() {
      for (const k of choose ? here : []) {
        const one = offersAt(turns[k]).find((each) => !each.waits);
        if (!one) continue;
        take(k, one.cpu);
        return;
      }
    },
    /** @param {number} at */
    lineAt: (at) => lineAt(turns, at),
    /** The state at which the CPUs begin. */
    start: () => turns[0]?.before ?? 0
  };
}

// zapviz/view/parts/seen.js
var NOTHING = "No real kernel was watched doing this: the shipped scenarios without CPUs were, as they stand. zapviz lab watch shows any other.";
function createSeen({ on, turn, beside }) {
  let known = false;
  const asks = words("Seen there?", NOTHING, () => known && set2(!on), "zv-asks-seen", "e");
  const both = beside && words("Side by side", NOTHING, () => known && beside(), "zv-beside-kernel", "r");
  const label = (
    /** @type {Text} */
    asks.firstChild
  );
  function show() {
    asks.setAttribute("aria-pressed", String(on && known));
    for (const node of [asks, both]) node?.setAttribute("aria-disabled", String(!known));
  }
  function set2(to) {
    if (to === on) return;
    on = to;
    turn(on);
    show();
  }
  const keys = [["e", "evidence: whether each step was seen on a real kernel", () => asks.click()]];
  if (both) keys.push(["r", "real: the model beside a real kernel that was watched", () => both.click()]);
  return {
    nodes: [asks, both],
    keys,
    set: set2,
    /** @param {Trace} trace */
    load({ seen_on: where }) {
      known = where !== void 0;
      label.data = where ? `Seen on ${where.name}?` : "Seen there?";
      asks.title = where ? `Say of each step whether Linux ${where.release}, did the same at the very same place (e)` : NOTHING;
      if (both) both.title = where ? `The model beside Linux ${where.name} itself, entry by entry (r)` : NOTHING;
      show();
    }
  };
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
  const tally2 = h("span", { class: "zv-tally" });
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
    tally2
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
    say(tally2, outcome);
    tally2.title = verdict === "undecided" ? "One order of the CPUs does not decide it: explore every order" : "";
    tally2.className = `zv-tally zv-tally-${verdict}`;
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
function termsIn(element, palette, shown) {
  const words2 = wordsOf(palette);
  const met = /* @__PURE__ */ new Set();
  const meet = (text) => {
    const whole = words2.term(text);
    for (const [, term] of whole ? [[text, whole]] : words2.split(text)) {
      if (term) met.add(
        /** @type {Term} */
        term
      );
    }
  };
  for (const node of element.querySelectorAll(".zv-term, .zv-row-head > title, .zv-edge-text")) {
    if (node.matches("title") || node.checkVisibility({ visibilityProperty: true })) {
      meet(node.matches("title") ? node.parentElement?.getAttribute("aria-label") ?? "" : node.textContent ?? "");
    }
  }
  shown.forEach(meet);
  return [...met];
}
function createWordList(palette, element, shown) {
  const list = h("dl", {});
  const dialog = createDialog("Words in sight", "zv-word-list", list);
  return {
    ...dialog,
    get isOpen() {
      return dialog.isOpen;
    },
    toggle() {
      if (!dialog.isOpen) {
        list.replaceChildren(...termsIn(element, palette, shown()).flatMap((term) => [
          h("dt", {}, term.words[0]),
          h("dd", {}, term.plain, h("div", { class: "zv-word-kernel" }, term.kernel))
        ]));
      }
      dialog.toggle();
    }
  };
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

// zapviz/view/core/motions.js
var MOST = 32;
var EMPTY2 = /* @__PURE__ */ new Set(["none", "unmapped", "free"]);
function motionsOf(data, state, start, at) {
  const before = /* @__PURE__ */ new Map();
  for (let n = start; n < at; n++) {
    const change = data.changes[n];
    for (let k = 0; k < change.length; k += 3) if (!before.has(change[k])) before.set(change[k], change[k + 1]);
  }
  const motions = [];
  for (const [id, was] of before) {
    const motion = motionOf(data, state, before, id, was);
    if (motion) motions.push(motion);
    if (motions.length === MOST) break;
  }
  return motions;
}
function motionOf(data, state, before, id, was) {
  const is = state[id];
  const { cells } = data.trace;
  const row = data.rows[data.owner[id]];
  if (is === was || row.role === "swap") return null;
  const [had, has] = [heldBy(data, id, was), heldBy(data, id, is)];
  const past = (n) => before.get(n) ?? state[n];
  const slotCell = (slot) => find(data, (n) => data.rows[data.owner[n]].role === "swap" && n - data.offsets[data.owner[n]] === slot);
  const page = (folio, look) => find(data, (n) => n !== id && data.rows[data.owner[n]].role === "file" && heldBy(data, n, look(n)).folio === folio);
  const comes = (from) => from === null ? null : { from, to: id, cell: is };
  if (has.slot !== null && had.slot === null) {
    const to = slotCell(has.slot);
    return to === null ? null : { from: id, to, cell: was };
  }
  if (has.folio !== null && has.folio !== had.folio) {
    if (had.slot !== null) return comes(slotCell(had.slot));
    if (cells[was].kind !== "migration" && cells[is].kind === "file") {
      return row.role === "file" ? null : comes(page(has.folio, (n) => state[n]));
    }
    if (cells[was].kind === "migration") return { from: id, to: id, cell: was };
    if (had.folio !== null) return comes(page(had.folio, past));
    const below = under(data, id);
    return comes(below !== null && heldBy(data, below, past(below)).folio !== null ? below : null);
  }
  const goes = EMPTY2.has(cells[is].kind) && !EMPTY2.has(cells[was].kind);
  return goes ? { from: id, to: null, cell: was } : null;
}
function under(data, id) {
  const r = data.owner[id];
  const { file, column } = data.rows[r];
  if (file === null) return null;
  return find(data, (n) => {
    const one = data.rows[data.owner[n]];
    return one.role === "file" && one.id === file && one.column + n - data.offsets[data.owner[n]] === column + id - data.offsets[r];
  });
}
function find(data, holds) {
  for (let n = 0; n < data.total; n++) if (holds(n)) return n;
  return null;
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
function showSaid(element, words2) {
  const line = h("p", { role: "status", class: "zv-said" });
  sayAll(line, words2);
  element.replaceChildren(line);
}
function sayAll(node, words2) {
  say(node, words2);
  node.classList.toggle("zv-many-lines", words2.includes("\n"));
}
function saveFile(name, blob, ms) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), ms);
}

// zapviz/view/parts/calls.js
var lockText = (list) => list.length ? list.join("\n") : "none";
function createCalls(palette) {
  const words2 = wordsOf(palette);
  const chains = h("div", { class: "zv-chains" });
  const chainBox = h("div", { class: "zv-box-panel zv-chain-box", role: "group", "aria-label": "call chain" }, heading({}, "Call chain"), chains);
  const locks = reserved("zv-locks");
  let drawn = [];
  let shown = null;
  function showChain(step) {
    const key = step ? `${step.chain}/${step.function}` : "";
    if (key === shown) return;
    shown = key;
    for (const [k, { node, parts }] of drawn.entries()) {
      const here = step !== null && k === step.chain;
      node.style.visibility = here ? "visible" : "hidden";
      node.setAttribute("aria-hidden", String(!here));
      for (const part of here ? parts : []) {
        const current = part.textContent === step?.function;
        part.classList.toggle("zv-current", current);
        if (current) part.setAttribute("aria-current", "true");
        else part.removeAttribute("aria-current");
      }
    }
  }
  return {
    nodes: [chainBox, h("div", { class: "zv-box-panel", role: "group", "aria-label": "locks held" }, heading({}, "Locks held"), locks.node)],
    /** @param {Trace} trace */
    load({ steps, chains: list }) {
      shown = null;
      locks.keep([steps.reduce((most, step) => step.locks.length > most.split("\n").length ? step.locks.join("\n") : most, "none")]);
      drawn = list.map((chain) => {
        const parts = chain.map((one) => h("span", {}, one));
        return { node: h("div", { class: "zv-chain" }, ...parts), parts };
      });
      chains.replaceChildren(...drawn.map((one) => one.node));
    },
    /** @param {Step | null} step @param {string[]} held */
    show(step, held) {
      words2.say(locks.text, lockText(held));
      showChain(step);
    },
    /** Scroll the function shown into its panel. */
    reveal() {
      if (chainBox.scrollHeight <= chainBox.clientHeight + 1) return;
      const current = (
        /** @type {HTMLElement | null} */
        chains.querySelector("[aria-current]")
      );
      if (current) chainBox.scrollTop = Math.max(0, current.offsetTop - chainBox.offsetTop - 60);
    }
  };
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

// zapviz/view/parts/counters.js
function createCounters(palette) {
  const node = h("section", { class: "zv-rss", "aria-label": "rss counters" });
  const terms = wordsOf(palette);
  let shown = "";
  let counters = [];
  function load(processes) {
    if (processes.join(" ") === shown && counters.length) return;
    shown = processes.join(" ");
    counters = processes.flatMap((process) => palette.counters.map((name) => {
      const value = h("b", {});
      const delta = h("span", { class: "zv-delta" });
      const label = h("span", {}, process ? `${process} ` : "", ...terms.mark(`MM_${name.toUpperCase()}`));
      return { value, delta, node: h("div", { class: "zv-count" }, label, value, delta) };
    }));
    node.replaceChildren(...counters.map((one) => one.node));
  }
  load([""]);
  return {
    node,
    load,
    /** @param {number[]} counts @param {number[]} base what they were before */
    show(counts, base) {
      for (const [k, one] of counters.entries()) {
        say(one.value, String(counts[k]));
        say(one.delta, signed(counts[k] - base[k]));
        one.node.classList.toggle("zv-moved", counts[k] !== base[k]);
      }
    }
  };
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

// zapviz/view/parts/legend.js
var legendItem = (sample, ...label) => h("span", { class: "zv-legend-item" }, sample, h("span", {}, ...label));
var createLegend = () => h("div", { class: "zv-legend", "aria-label": "legend" });
function classItems(palette, kinds) {
  return Object.entries(palette.classes).filter(([kind]) => kinds.has(kind)).map(([kind, one]) => legendItem(chip(classLook(palette, kind)).node, ...wordsOf(palette).mark(one.name)));
}
var signItem = (kind, label) => labelled(kind, label);
var labelled = (kind, ...label) => legendItem(h("span", { class: `zv-sign ${kind}`, "aria-hidden": "true" }), ...label);
var pictureItem = (picture, label) => legendItem(picture, label);
function verdictItems(palette, verdicts) {
  return Object.entries(palette.signs).filter(([verdict]) => verdicts.has(verdict)).map(([verdict, sign]) => legendItem(h("span", { class: "zv-sign-verdict", "aria-hidden": "true" }, sign), verdict));
}
var sharedItems = (trace) => inBlocks(trace) ? [legendItem(h("span", { class: "zv-tag-sample", "aria-hidden": "true" }, "3"), "same number: the same page")] : [];
function writtenItems(palette, rows, cells) {
  const small = (sign, label) => legendItem(h("code", {}, sign), ...wordsOf(palette).mark(label));
  const items = [];
  if (rows.some((row) => row.role === "file")) {
    items.push(labelled("zv-sign-edge", ...wordsOf(palette).mark("i_size: end of file")));
  }
  if (cells.some((cell) => cell.data !== null)) items.push(small("7", "the byte it holds"));
  if (cells.some((cell) => cell.kind === "swap")) items.push(small("#7", "its swap slot"));
  for (const flag of palette.corner) {
    if (cells.some((cell) => cell.flags.some((one) => one === flag))) items.push(small(...palette.flags[flag]));
  }
  return items;
}

// zapviz/view/parts/now.js
var warned = (words2) => words2 ? `\u25B2 ${words2}` : "";
var seenTexts = ({ trace }) => trace.steps.map((step, k) => sourceText(step, seenText(trace, k, k + 1) || void 0));
function createNow(palette) {
  const words2 = wordsOf(palette);
  let watched = false;
  const before = chip();
  const after = chip();
  const arrow = h("span", { class: "zv-arrow", "aria-hidden": "true" }, "\u2192");
  const chips = h("span", { class: "zv-chips" }, before.node, arrow, after.node);
  const title = reserved("zv-title");
  const verdict = verdictSign();
  const reason = reserved("zv-reason");
  const wrong = reserved("zv-wrong-words");
  const source = reserved("zv-source");
  const context = reserved("zv-context");
  const node = h(
    "section",
    { class: "zv-now", "aria-live": "polite", "aria-atomic": "true" },
    h("div", { class: "zv-head" }, chips, title.node, verdict.node),
    reason.node,
    wrong.node,
    source.node,
    context.node
  );
  function tell(head, why, where, word) {
    words2.say(title.text, head);
    words2.say(reason.text, why);
    words2.say(source.text, where);
    verdict.show(word, verdictText(palette, word));
  }
  const seen = ({ trace }, start, at) => watched && trace.seen_on ? seenText(trace, start, at) : null;
  function showStep(data, step, at, look) {
    chips.hidden = !step || step.before === null && step.after === null;
    if (!step) {
      tell(data.last ? "Before the first statement" : "Nothing to show yet", data.last ? START_HINT : "", seen(data, 0, 0) ?? "", null);
      return;
    }
    if (!chips.hidden) {
      before.show(step.before === null ? null : look(step.before));
      after.show(step.after === null ? null : look(step.after));
    }
    tell(called(data, step, step.title), step.reason ?? "", sourceText(step, seen(data, at - 1, at) ?? void 0), outcomeOf(data, step));
  }
  function showStride(data, step, { start, at, granularity, decided }) {
    const pass = granularity === "pass" && step.pass !== null ? data.trace.passes[step.pass] : null;
    const by = functionsOf(data, decided);
    const outcome = outcomeOf(data, step);
    const checked = outcome !== null && outcome in palette.checks;
    const told = seen(data, start, at);
    chips.hidden = true;
    tell(
      called(data, step, pass ? pass.title : statementOf(data, step).text),
      strideText(palette, data, start, at),
      by.length ? [`Decided in ${by.map((one) => `${one}()`).join(", ")}`, told].filter(Boolean).join(BETWEEN) : sourceText(step, told ?? void 0),
      checked ? outcome : null
    );
  }
  return {
    node,
    /** Tell of each step whether a watched kernel was seen to do the same, or not.
     *
     * @param {boolean} on
     * @param {TraceData} data
     */
    setWatched(on, data) {
      watched = on;
      if (on) source.keep(seenTexts(data));
    },
    /** Whether a change is read out. @param {boolean} on */
    setLive: (on) => node.setAttribute("aria-live", on ? "polite" : "off"),
    /** Make room for all that a trace will have told. @param {TraceData} data @param {Granularity} granularity */
    load(data, granularity) {
      const { steps, passes } = data.trace;
      title.keep([
        ...steps.map((step) => called(data, step, step.title)),
        ...passes.map((pass) => pass.title),
        ...data.trace.statements.map((one) => one.text)
      ], true);
      reason.keep(reasonTexts(palette, data, granularity));
      wrong.keep(steps.map((step) => warned(step.wrong)), true);
      source.keep([...steps.map((step) => sourceText(step)), ...watched ? seenTexts(data) : []]);
      context.keep(["Pass\nSo far", ...passes.map((pass) => `Pass: ${passText(pass)}
So far`)]);
    },
    /** Make room for the reasons of other strides. @param {TraceData} data @param {Granularity} granularity */
    restride: (data, granularity) => reason.keep(reasonTexts(palette, data, granularity), true),
    /** @param {TraceData} data @param {Stride} stride @param {(cell: number) => Look} look */
    show(data, stride, look) {
      const step = stride.at ? data.trace.steps[stride.at - 1] : null;
      if (step && stride.granularity !== "entry") showStride(data, step, stride);
      else showStep(data, step, stride.at, look);
      const led = data.trace.steps.slice(stride.start, stride.at).map((one) => warned(one.wrong));
      say(wrong.text, [...new Set(led)].filter(Boolean).slice(0, 3).join("\n"));
      words2.say(context.text, step ? contextText(palette, data, stride.at) : "");
    }
  };
}

// zapviz/view/parts/pinned.js
var HINT = "Click an entry to pin it here: what it holds, and each step that touched it.";
function createPinned(host) {
  const name = h("span", { class: "zv-entry-name" });
  const now = h("div", { class: "zv-entry-now" });
  const list = h("ol", { class: "zv-history" });
  const unpin = h("button", { type: "button", class: "zv-link", onclick: host.unpin }, "unpin");
  const node = h(
    "div",
    { class: "zv-box-panel zv-entry", role: "group", "aria-label": "pinned entry" },
    heading({}, "Entry ", name, unpin),
    now,
    list
  );
  let items = [];
  function touch(data, id, n) {
    const step = data.trace.steps[n - 1];
    const what = clip(step.title, 90);
    const said = cellOfStep(data, step) !== id ? `along with ${what}` : step.verdict ? `${what} (${step.verdict})` : what;
    return h(
      "li",
      { "data-state": n },
      h(
        "button",
        {
          type: "button",
          class: "zv-jump",
          tabindex: -1,
          onclick: () => host.move(n),
          title: `go to state ${n}`
        },
        h("span", { class: "zv-jump-n" }, String(n)),
        h("span", {}, said)
      )
    );
  }
  function showNow(look, at) {
    say(now, look ? `${look.name}: ${look.text}` : "");
    const current = items.filter(({ state }) => state <= at).pop()?.item ?? null;
    for (const { item } of items) item.classList.toggle("zv-current", item === current);
    if (!current) return;
    requestAnimationFrame(() => {
      const top = current.offsetTop - list.offsetTop;
      if (top < list.scrollTop || top + 20 > list.scrollTop + list.clientHeight) {
        list.scrollTop = top - list.clientHeight / 2;
      }
    });
  }
  return {
    node,
    showNow,
    /** Show an entry; null is none.
     *
     * @param {TraceData} data
     * @param {number | null} id
     */
    show(data, id) {
      unpin.hidden = id === null;
      say(name, id === null ? "" : cellName(data, id));
      if (id === null) say(now, HINT);
      items = id === null ? [] : (data.history.get(id) ?? []).map((n) => ({ item: touch(data, id, n), state: n }));
      list.replaceChildren(...items.map(({ item }) => item));
      if (id !== null && !items.length) list.append(h("li", {}, "No step touches it."));
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

// zapviz/view/parts/tip.js
var NEAR = 180;
function tipLines(palette, data, id, look, at) {
  const r = data.owner[id];
  const row = data.rows[r];
  const touched = (data.history.get(id) ?? []).filter((n) => n <= at).pop();
  return [
    look.text,
    wordsOf(palette).term(look.name)?.plain ?? "",
    row.role !== "swap" && row.file ? `File page ${row.column + id - data.offsets[r]} of ${row.file}.` : "",
    touched ? `Step ${touched}: ${data.trace.steps[touched - 1].title}` : ""
  ].filter(Boolean);
}
function createTip(palette, root, grid, told) {
  const node = h("div", { class: "zv-tip", role: "tooltip", hidden: true });
  function show(id) {
    const { data, look, at } = told(id);
    node.replaceChildren(
      h("div", { class: "zv-tip-head" }, h("b", {}, cellName(data, id)), ` ${look.name}`),
      ...tipLines(palette, data, id, look, at).map((line) => h("div", {}, line))
    );
    node.hidden = false;
    const { g } = grid.nodes()[id];
    const base = root.getBoundingClientRect();
    const box = g.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = node;
    const x = Math.max(4, Math.min(box.left - base.left, base.width - offsetWidth - 4));
    const group = g.closest("[role=rowgroup]")?.getBoundingClientRect() ?? box;
    const bottom = group.bottom - box.bottom < NEAR ? group.bottom : box.bottom;
    const below = bottom - base.top + 6;
    const y = below + offsetHeight > base.height ? Math.max(4, box.top - base.top - offsetHeight - 8) : below;
    node.style.transform = `translate(${Math.round(x)}px,${Math.round(y)}px)`;
  }
  const hide = () => {
    node.hidden = true;
  };
  grid.svg.addEventListener("pointerover", (event) => {
    const id = grid.cellOf(event);
    if (id === null || event.pointerType === "touch") hide();
    else show(id);
  });
  grid.svg.addEventListener("pointerleave", hide);
  grid.svg.addEventListener("focusin", (event) => {
    const id = grid.cellOf(event);
    if (id !== null && targetOf(event).matches(":focus-visible")) show(id);
  });
  grid.svg.addEventListener("focusout", hide);
  return { node, hide, get isShown() {
    return !node.hidden;
  } };
}

// zapviz/view/views/display.js
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
      legend.replaceChildren(
        ...classItems(palette, used),
        signItem("zv-sign-new", "just changed"),
        signItem("zv-sign-now", "being decided"),
        signItem("zv-sign-pin", "pinned: click an entry"),
        ...verdictItems(palette, new Set(steps.map((step) => step.verdict))),
        ...steps.some((step) => step.wrong) ? [signItem("zv-sign-wrong", "something fails because of it")] : [],
        ...writtenItems(palette, rows, cells),
        ...sharedItems(trace)
      );
      say(noteHead, lines.length ? `To know: ${lines[0]}` : "");
      noteList.replaceChildren(...lines.map((note) => h("li", {}, note)));
      notes.hidden = lines.length === 0;
    }
  };
}
var BESIDE = { page: 436, full: 330, large: 318 };
var UNDER2 = { page: 452, full: 332, large: 332 };
var LEAST_ROOM = 184;
var COUNTERS = 21;
var GAP = 10;
var ONE_COLUMN = 780;
var SHARE = { call: 0.62, race: 0.57 };
function spaceOf({ rows, cpus, trace }, counters, width, { height, full, presented }) {
  const given = { most: LARGEST, caption: captionOf(presented), ...blocksOf(trace, counters) };
  const place2 = !full ? "page" : presented ? "large" : "full";
  const freed = inBlocks(trace) ? COUNTERS : 0;
  const room = (around) => Math.max(LEAST_ROOM, Math.round(height - around[place2] + freed));
  const share = cpus > 1 ? SHARE.race : SHARE.call;
  const side = { ...given, width: Math.floor((width - GAP) * share), room: room(BESIDE) };
  const under2 = { ...given, width, room: width < ONE_COLUMN && !presented ? SPACE.room : room(UNDER2) };
  const beside = width >= ONE_COLUMN && standBeside(rows, side, under2);
  return { beside, share, space: beside ? side : under2 };
}
function spanAt(data, at) {
  const step = data.trace.steps[Math.max(0, at - 1)];
  const { first, last, line } = step ? statementOf(data, step) : { first: 1, last: 0, line: 0 };
  return { from: first - 1, to: Math.max(first - 1, last), line };
}
var rowsOf = ({ rows, cpus }) => JSON.stringify([rows, cpus > 1]);
function createDisplay(palette, host) {
  const { root, move } = host;
  let data = readTrace(EMPTY);
  let cursor = createCursor(data);
  let selected = null;
  let { width } = SPACE;
  let linesMarked = -1;
  let laid = null;
  let decided = null;
  const grid = createGrid(palette, { counted: true });
  const text = createText({ editable: host.editable, onLine: goToLine });
  const now = createNow(palette);
  const rss = createCounters(palette);
  const calls = createCalls(palette);
  const pinned = createPinned({ move, unpin: () => select(null) });
  const foot = createFoot(palette);
  const pointing = watchPointing(grid, showTies);
  const tip = createTip(palette, root, grid, (id) => ({ data, look: lookAt(id), at: cursor.at }));
  function lookAt(id) {
    const look = grid.look(cursor.state[id]);
    const same = grid.shared(id);
    return same ? { ...look, text: `${look.text}. ${same}` } : look;
  }
  function show() {
    const { at } = cursor;
    const { steps, initial } = data.trace;
    const granularity = host.granularity();
    const start = strideStart(data.stops[granularity], at);
    const step = at ? steps[at - 1] : null;
    const single = granularity === "entry";
    const deciding = single ? step ? [at] : [] : decisions(palette, data, start, at);
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
  function goToLine(line) {
    const statement = statementAtLine(data.trace.statements, line);
    if (statement) move(host.granularity() === "entry" ? statement.first : statement.last);
  }
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
  function layOut2() {
    const { beside, share, space } = spaceOf(data, palette.counters, width, host.screen());
    scene.classList.toggle("zv-beside", beside);
    scene.classList.toggle("zv-raced", data.cpus > 1);
    rss.node.classList.toggle("zv-heard", inBlocks(data.trace));
    for (const [side, part] of [["grid", share], ["text", 1 - share]]) {
      scene.style.setProperty(`--zv-${side}-share`, `${part}fr`);
    }
    laid = { rows: rowsOf(data), space: { ...space, width: Math.min(space.width, grid.pane.clientWidth || space.width) } };
    grid.load(data, cursor.state, laid.space);
  }
  function take() {
    if (laid?.rows === rowsOf(data)) grid.load(data, cursor.state, laid.space);
    else layOut2();
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
    get data() {
      return data;
    },
    get at() {
      return cursor.at;
    },
    get selected() {
      return selected;
    },
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
    touched: (direction) => selected === null ? void 0 : touchFrom(data, selected, cursor.at, direction),
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
      const place2 = placeOf(data, selected);
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
      selected = idOf(data, place2);
      showPinned();
      tip.hide();
    },
    /** Lay the grid out for another width. @param {number} wide */
    layOut(wide) {
      width = wide;
      layOut2();
      grid.showPin(selected);
      show();
    }
  };
}

// zapviz/view/core/going.js
var createGoing = (tell) => ({ tell, end: "" });
var askingOn = (ask) => async (request, going) => {
  let answer = await ask(request);
  while (answer?.going_on !== void 0) {
    const work = answer.going_on;
    if (going?.end === "drop") {
      await ask({ ask: "drop", work });
      return { error: "", line: 0 };
    }
    going?.tell(answer.progress);
    answer = await ask({ ask: going?.end === "stop" ? "stop" : "go on", work });
  }
  return answer;
};

// zapviz/view/core/own.js
var CELL2 = {
  name: "cell",
  about: "a notebook cell that opens this text at this step",
  ending: "py",
  media: "text/plain",
  text: true,
  options: [],
  compares: false
};
var tripled = (text) => `"""
${text.replaceAll("\\", "\\\\").replaceAll('"""', '\\"\\"\\"').trimEnd()}
"""`;
function madeHere(form, { text, shipped, kernel, step, schedule }) {
  const name = `${shipped || "scenario"}.${form.ending}`;
  if (form.name === "zap") return { name, media: form.media, text: `${text.trimEnd()}
` };
  if (form !== CELL2) return null;
  const scenario = shipped ? JSON.stringify(shipped) : tripled(text);
  const order = schedule.length ? `, schedule=[${schedule.join(", ")}]` : "";
  return {
    name,
    media: form.media,
    text: `import zapviz

zapviz.explore(${scenario}, ${JSON.stringify(kernel)}, step=${step}${order})
`
  };
}

// zapviz/view/parts/going.js
var HEARD = 5e3;
function createGoingLine(leaves) {
  const heard = h("span", { class: "zv-heard", role: "status" });
  const seen = h("span", { "aria-hidden": "true" });
  const stop = h("button", { type: "button", class: "zv-button zv-words", onclick: stopNow }, "Stop");
  const node = h("p", { class: "zv-going", hidden: true }, seen, heard, stop);
  let now = null;
  let what = "";
  let told = 0;
  function stopNow() {
    if (!now || node.hidden) return false;
    if (now.end) return true;
    now.end = "stop";
    stop.setAttribute("aria-disabled", "true");
    tell("stopping");
    return true;
  }
  function tell(progress) {
    const words2 = progress ? `${what}: ${progress}` : `${what} \u2026`;
    say(seen, words2);
    if (performance.now() - told < HEARD && !now?.end) return;
    told = performance.now();
    say(heard, words2);
  }
  function end() {
    const focused = focusIn(stop);
    now = null;
    node.hidden = true;
    say(heard, "");
    if (focused && leaves.isConnected) leaves.focus({ preventScroll: true });
  }
  return {
    node,
    /** Have it stop, as its button does. */
    stop: stopNow,
    /** Begin something; what went on before is dropped.
     *
     * @param {string} words what it is
     * @param {boolean} [quick] whether it is most often done at once, so that the line waits for its first progress
     */
    begin(words2, quick = false) {
      if (now) now.end = "drop";
      what = words2;
      told = 0;
      stop.setAttribute("aria-disabled", "false");
      node.hidden = quick;
      const own = createGoing((progress) => {
        if (own !== now || own.end) return;
        node.hidden = false;
        tell(progress);
      });
      now = own;
      if (!quick) tell("");
      return own;
    },
    /** It is done; whether its answer is wanted. @param {Going} going */
    done(going) {
      if (going === now) end();
      return going.end !== "drop";
    },
    /** Nobody waits for it any more. */
    drop() {
      if (!now) return;
      now.end = "drop";
      end();
    }
  };
}

// zapviz/view/parts/kernels.js
var PATCH = "+";
function createKernels(given, choose) {
  let shown = given.kernel;
  const pick = h("select", {
    class: "zv-select zv-kernels",
    "aria-label": "kernel",
    onchange: () => {
      if (pick.value !== PATCH) take(pick.value);
      else {
        pick.value = shown;
        patch?.ask(shown);
      }
    }
  });
  const patch = given.ask ? createPatch(given, given.ask, (kernel) => {
    set2(kernel);
    take(kernel);
  }) : null;
  function take(kernel) {
    shown = kernel;
    choose(kernel);
  }
  function add(name, title = "") {
    if ([...pick.options].some((option2) => option2.value === name)) return;
    const option = h("option", { value: name, title }, title ? `${name} \xB7 ${title}` : name);
    pick.insertBefore(option, pick.querySelector(`option[value="${PATCH}"]`));
  }
  function set2(name) {
    add(name);
    shown = name;
    if (pick.value !== name) pick.value = name;
    pick.title = given.kernels.find((one) => one.name === name)?.title ?? "";
  }
  for (const one of given.kernels) add(one.name, one.title);
  if (patch) pick.append(h("option", { value: PATCH }, "a patch of your own \u2026"));
  return {
    pick,
    /** @type {Dialog[]} */
    dialogs: patch ? [patch.dialog] : [],
    set: set2,
    get shown() {
      return shown;
    },
    /** Every kernel that can be chosen: [name, how it is listed]. @returns {[string, string][]} */
    list: () => [...pick.options].filter((option) => option.value !== PATCH).map((option) => [option.value, option.textContent ?? ""])
  };
}
function createPatch(given, ask, take) {
  const name = h("input", {
    class: "zv-select zv-patch",
    "aria-label": "kernel and its changed rules",
    spellcheck: "false",
    maxlength: 300,
    onkeydown: (event) => {
      if (event.key === "Enter") submit();
    }
  });
  const said = h("p", { class: "zv-said", role: "status" });
  const dialog = createDialog(
    "A patch of your own",
    "zv-compare",
    h(
      "p",
      {},
      "A kernel, a plus sign, and the rules that your patch changes, with commas between:"
    ),
    name,
    h("p", {}, words("Take it", "Run the scenario on it", submit)),
    said,
    h("p", {}, "The rules, and what each takes:"),
    h("ul", { class: "zv-rules" }, ...Object.entries(given.rules).map(([rule, values]) => h("li", {}, h("code", {}, rule), ` ${values.join(", ")}`)))
  );
  async function submit() {
    const found = await ask({ ask: "kernel", kernel: name.value });
    if (found.error) {
      sayAll(said, found.error);
      return;
    }
    dialog.close();
    take(found.kernel);
  }
  return {
    dialog,
    /** @param {string} kernel */
    ask(kernel) {
      if (!name.value) name.value = `${kernel.split(" + ")[0]} + ${given.patch}`;
      sayAll(said, "");
      dialog.open();
      name.focus();
    }
  };
}

// zapviz/view/parts/notices.js
var WAITS = "Waiting for the Python kernel to run this; if it was restarted, run the cell again. The grid still shows what ran last.";
var OLD = "The grid still shows the last text that ran.";
var NOTHING2 = "Nothing has run yet.";
var SOON = 1e3;
function createNotices(text, ran, standing, waits = WAITS) {
  const head = h("div", {});
  const place2 = h("pre", {});
  const error = h("div", { class: "zv-error", role: "alert", hidden: true }, head, place2);
  const stale = h("div", { class: "zv-stale", role: "status", hidden: true });
  let waiting;
  let gone = false;
  let notice = "";
  function tell(what) {
    say(stale, what);
    stale.hidden = false;
  }
  function tellState() {
    if (!error.hidden) tell(ran() ? OLD : NOTHING2);
    else if (notice || standing()) tell(notice || standing());
    else stale.hidden = true;
  }
  return {
    nodes: [stale, error],
    /** Say so if what runs the scenario does not answer soon. */
    wait() {
      clearTimeout(waiting);
      if (gone) tell(OLD);
      else waiting = setTimeout(() => tell(waits), SOON);
    },
    /** Say what the grid shows while what runs the scenario is at it. */
    going() {
      clearTimeout(waiting);
      tell(ran() ? OLD : NOTHING2);
    },
    answered() {
      clearTimeout(waiting);
      tellState();
    },
    /** Tell whether nothing runs the scenario any more. @param {boolean} is */
    setGone(is) {
      clearTimeout(waiting);
      gone = is;
      tellState();
    },
    /** What to say from now on where nothing is wrong; "" is nothing. @param {string} words */
    setNotice: (words2) => {
      notice = words2;
    },
    /** Show what is wrong: the message may wrap, the line with its caret must not.
     *
     * @param {string} message
     * @param {number} line
     */
    setError(message, line = 0) {
      const [first, ...rest] = message.split("\n");
      say(head, first);
      say(place2, rest.join("\n"));
      text.wrong(message ? line : 0);
      error.hidden = !message;
      if (message) requestAnimationFrame(text.revealCaret);
      tellState();
      text.box.parentElement?.classList.toggle("zv-wrong", Boolean(message));
    },
    destroy: () => clearTimeout(waiting)
  };
}

// zapviz/view/parts/race.js
var MOST_FINALS = 12;
function createRaceBox(palette, host) {
  const body = h("div", {});
  const dialog = createDialog("Every order of the CPUs\u2019 steps", "zv-race", body);
  const line = createGoingLine(dialog.node);
  body.before(line.node);
  dialog.node.addEventListener("close", line.drop);
  async function explore() {
    body.replaceChildren();
    dialog.open();
    const going = line.begin("Exploring every order");
    const found = await host.explore(going);
    if (!line.done(going)) return;
    if (found.error) showSaid(body, found.error);
    else showRace(body, found, palette, (order) => {
      host.follow(order);
      dialog.close();
    });
  }
  return { dialog, explore };
}
function showRace(element, found, palette, follow) {
  const go = (label, title, schedule) => schedule === null ? null : h("button", { type: "button", class: "zv-link", title, onclick: () => follow(schedule) }, label);
  const verdict = (one) => {
    const word = one.ok === null ? "not decided" : one.ok ? "holds" : "fails";
    return h(
      "li",
      {},
      h("code", {}, one.written),
      ` ${word}: true in ${one.final_states} of ${found.many} final states `,
      go(
        one.ok === (one.quantifier === "sometimes") ? "show how" : "show one",
        "Follow this interleaving in the grid",
        one.schedule
      )
    );
  };
  const final = (one, k) => h(
    "li",
    {},
    h(
      "div",
      {},
      `State ${k + 1} of ${found.many} `,
      go("show one", "Follow a shortest interleaving that ends so", one.schedule)
    ),
    h(
      "div",
      { class: "zv-strips" },
      ...[...Object.entries(one.cache), ...Object.entries(one.ptes)].map(([name, kinds]) => strip(palette, name, kinds, one.data[name]))
    ),
    h("div", {}, Object.entries(one.results).map(([cpu, results]) => `${cpu} returns ${results.join(", ")}`).join("; "))
  );
  const dead = found.deadlocks.map((schedule) => h(
    "li",
    {},
    "Deadlock: every CPU that is left waits ",
    go("show how", "Follow the way there", schedule)
  ));
  element.replaceChildren(...[
    h("p", {}, `${found.kernel}: ${found.extent}.`),
    found.stopped ? h("p", {}, `${found.stopped}; or use zapviz race on the command line.`) : null,
    h("ul", { class: "zv-found" }, ...found.assertions.map(verdict), ...dead),
    h("ol", { class: "zv-found zv-finals" }, ...found.finals.slice(0, MOST_FINALS).map(final)),
    found.many > MOST_FINALS ? h("p", {}, `... and ${found.many - MOST_FINALS} more final states.`) : null
  ].filter((one) => one !== null));
}
function strip(palette, name, kinds, data) {
  return h(
    "div",
    {},
    h("b", {}, name.padEnd(5)),
    kinds.map((kind) => palette.classes[kind].letter).join(""),
    h("span", { class: "zv-strip-data" }, data.some((byte) => byte !== null) ? `  data ${data.map((byte) => byte ?? "-").join(" ")}` : "")
  );
}

// zapviz/view/parts/kept.js
var KEY = "zapviz texts";
var MOST2 = 30;
var LONGEST2 = 65536;
function readAll() {
  try {
    const list = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(list) ? list.filter((one) => typeof one?.text === "string") : [];
  } catch {
    return [];
  }
}
function createKept(given) {
  const place2 = location.pathname;
  const isHere = (one) => one.place === place2 && one.given === given;
  return {
    /** The text that was written last; "" is none. */
    read: () => readAll().find(isHere)?.text ?? "",
    /** @param {string} text */
    write(text) {
      if (text.length > LONGEST2 || !text.trim()) return;
      const others = readAll().filter((one) => !isHere(one));
      try {
        localStorage.setItem(KEY, JSON.stringify([{ place: place2, given, text }, ...others].slice(0, MOST2)));
      } catch {
      }
    }
  };
}

// zapviz/view/parts/scenarios.js
var GIVEN = "(as given)";
var OWN = "(your own)";
var isSame = (one, other) => one.trim() === other.trim();
function createScenarios(list, given, choose) {
  const kept = createKept(given);
  const shipped = (text) => list.find((scenario) => isSame(scenario.text, text));
  let own = kept.read();
  const apart = given.trim() !== "" && !shipped(given);
  const asGiven = h("option", { value: GIVEN, hidden: !apart }, GIVEN);
  const yours = h("option", { value: OWN, title: "the text as you left it here" }, OWN);
  const pick = h(
    "select",
    {
      class: "zv-select zv-scenarios",
      "aria-label": "scenario",
      onchange: () => choose(chosen())
    },
    ...list.map((one) => h(
      "option",
      { value: one.name, title: one.about },
      one.title ? `${one.name} \xB7 ${one.title}` : one.name
    )),
    asGiven,
    yours
  );
  const chosen = () => list.find((scenario) => scenario.name === pick.value)?.text ?? (pick.value === GIVEN ? given : own);
  const isOwn = (text) => text.trim() !== "" && !shipped(text) && !isSame(text, given);
  return {
    pick,
    isOwn,
    /** The name of the scenario that a text is; "": it is none of them. @param {string} text */
    nameOf: (text) => shipped(text)?.name ?? "",
    /** Name the scenario that a text is. @param {string} text */
    name(text) {
      const one = shipped(text);
      if (isOwn(text)) {
        own = text;
        kept.write(text);
      }
      yours.hidden = !own;
      pick.value = one ? one.name : isSame(text, given) ? GIVEN : OWN;
      pick.title = one ? one.about ?? "" : "";
    }
  };
}

// zapviz/view/parts/share.js
var OF_TRACE = [
  ["state", "this state"],
  ["change", "what this statement does"],
  ["whole", "the whole run"]
];
var OF_COMPARISON = [["state", "this step"]];
var LONG_LINK = 8e3;
var isPicture = (form) => form.media.startsWith("image/");
function createShare(host) {
  const id = `zv-${Math.random().toString(36).slice(2, 10)}`;
  const radios = host.what.map(([value]) => h("input", { type: "radio", name: id, value, checked: value === "state", onchange: () => clear() }));
  const labels = host.what.map(([, label], k) => h("label", {}, radios[k], ` ${label}`));
  const theme = h(
    "select",
    { class: "zv-select", "aria-label": "look of pictures", onchange: () => clear() },
    ...host.looks.map((one) => h("option", { value: one }, one))
  );
  const comments = h("input", { type: "checkbox", checked: true, onchange: () => clear() });
  const hasLink = host.forms.some((form) => form.options.includes("comments"));
  const said = h("p", { class: "zv-said", role: "status" });
  const preview = h("pre", { class: "zv-preview", tabindex: 0, hidden: true, "aria-label": "what was made" });
  const frame = h("div", {});
  const rows = host.forms.map((form) => h(
    "tr",
    {},
    h("th", { scope: "row" }, form.name),
    h("td", {}, form.about),
    h(
      "td",
      {},
      action("Copy", `Copy ${form.name}`, () => copy(form), form.text || form.media === "image/png"),
      action("Save", `Save ${form.name}`, () => save(form)),
      action("Show", `Show ${form.name}`, () => show(form), form.text || isPicture(form))
    )
  ));
  const dialog = createDialog(
    "Share",
    "zv-share",
    h(
      "div",
      { class: "zv-share-what", role: "radiogroup", "aria-label": "what" },
      "Of ",
      ...labels,
      h("label", {}, "pictures ", theme),
      hasLink ? h("label", { title: "a link without them is shorter" }, comments, " comments in links") : null
    ),
    h("table", {}, h("tbody", {}, ...rows)),
    said,
    preview,
    frame
  );
  const line = createGoingLine(dialog.node);
  said.before(line.node);
  dialog.node.addEventListener("close", line.drop);
  function clear() {
    line.drop();
    sayAll(said, "");
    preview.hidden = true;
    frame.replaceChildren();
  }
  async function made2(form) {
    clear();
    const going = line.begin(`Making ${form.name}`);
    const chosen = radios.findIndex((radio) => radio.checked);
    const answer = await host.make(form, host.what[chosen][0], theme.value, comments.checked, going);
    if (!line.done(going)) return null;
    if (answer.error === void 0) return answer;
    sayAll(said, answer.error);
    return null;
  }
  async function copy(form) {
    const answer = await made2(form);
    if (!answer) return;
    try {
      if (answer.text !== void 0) await navigator.clipboard.writeText(answer.text);
      else await navigator.clipboard.write([new ClipboardItem({ [answer.media]: blobOf(answer) })]);
      sayAll(said, `Copied: ${form.about}.${caution(form, answer)}`);
    } catch {
      if (answer.text === void 0) sayAll(said, "This page may not copy pictures; Save gives a file.");
      else {
        tell(answer.text);
        getSelection()?.selectAllChildren(preview);
        sayAll(said, "This page may not copy by itself: the text below is selected, press Ctrl+C.");
      }
    }
  }
  async function save(form) {
    const answer = await made2(form);
    if (!answer) return;
    saveFile(answer.name, blobOf(answer), 1e4);
    sayAll(said, `Saved as ${answer.name}, where this browser puts what it downloads.`);
  }
  async function show(form) {
    const answer = await made2(form);
    if (!answer) return;
    sayAll(said, caution(form, answer).trim());
    if (answer.text !== void 0 && !isPicture(form)) {
      tell(answer.text);
      return;
    }
    const bytes = answer.base64 ?? btoa(String.fromCharCode(...new TextEncoder().encode(answer.text)));
    frame.replaceChildren(h("img", {
      class: "zv-preview",
      alt: `${form.about}, as it was made`,
      src: `data:${answer.media};base64,${bytes}`
    }));
  }
  function tell(text) {
    say(preview, text);
    preview.hidden = false;
  }
  return dialog;
}
function caution(form, answer) {
  const many = answer.text?.trim().length ?? 0;
  return form.name === "link" && many > LONG_LINK ? ` It has ${many.toLocaleString("en")} characters, and some programs cut a link so long: without comments it is shorter, or save the zap, and send that file.` : "";
}
function action(word, label, act, can = true) {
  return can ? h(
    "button",
    { type: "button", class: "zv-button zv-words", "aria-label": label, onclick: act },
    word
  ) : null;
}
function blobOf(answer) {
  if (answer.text !== void 0) return new Blob([answer.text], { type: answer.media });
  const bytes = Uint8Array.from(atob(answer.base64 ?? ""), (char) => char.charCodeAt(0));
  return new Blob([bytes], { type: answer.media });
}

// zapviz/view/core/kernels.js
function comparedKernels({ before, named: named2, shown, old, newest }) {
  const others = [before, named2].find((names) => names.length) ?? [shown === old ? newest : old];
  return /* @__PURE__ */ new Set([...others, shown]);
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
var LEAST_ROOM2 = 110;
var MOST3 = 72;
function createComparison(element, comparison, traces, options) {
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
    for (const pane of panes) pane.layOut({ width, caption, most: MOST3, room: Math.max(LEAST_ROOM2, Math.floor(space / rows)) });
    show();
  }
  frameIn(element).append(root);
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

// zapviz/view/views/beside.js
function createBeside(given, host, kernels, named2, asked) {
  const most = given.mostKernels;
  let inputs = [];
  const boxes = h("div", { class: "zv-kernel-boxes", role: "group", "aria-label": "kernels to compare" });
  const said = h("p", { class: "zv-said", role: "status" });
  const dialog = createDialog(
    "Compare kernels",
    "zv-compare",
    h(
      "p",
      {},
      `Two to ${most} kernels, side by side on this scenario. The first is the one on the left.`
    ),
    boxes,
    h("p", {}, words("Compare these", "Show them side by side", compare)),
    said
  );
  const line = createGoingLine(dialog.node);
  said.before(line.node);
  dialog.node.addEventListener("close", line.drop);
  const chosen = () => inputs.filter((box) => box.checked).map((box) => box.value);
  function open() {
    const checked = comparedKernels({
      before: chosen(),
      named: named2(),
      shown: kernels.pick.value,
      old: given.oldKernel,
      newest: given.kernels[given.kernels.length - 1].name
    });
    const list = kernels.list();
    inputs = list.map(([name]) => h("input", { type: "checkbox", value: name, checked: checked.has(name) }));
    boxes.replaceChildren(...list.map(([, label], k) => h("label", {}, inputs[k], ` ${label}`)));
    sayAll(said, "");
    dialog.open();
  }
  async function compare() {
    const names = chosen();
    if (names.length < 2 || names.length > most) {
      sayAll(said, `${names.length} chosen; a comparison takes 2 to ${most}.`);
      return;
    }
    sayAll(said, "");
    const going = line.begin("Comparing");
    const found = await asked("compare", { kernels: names }, going);
    if (!line.done(going)) return;
    if (found.error) {
      sayAll(said, found.error);
      return;
    }
    dialog.close();
    host.instead((element, onClose, theme, presentation) => show(element, onClose, theme, presentation, names, found));
  }
  function show(element, onClose, theme, presentation, names, found) {
    const share = createShare({
      what: OF_COMPARISON,
      forms: given.forms.filter((form) => form.compares),
      looks: given.looks,
      /** @returns {Promise<ExportAnswer>} */
      make: (form, _what, look, _comments, going) => asked("export", {
        kernels: names,
        form: form.name,
        step: view.at,
        options: form.options.includes("theme") ? { theme: look } : {}
      }, going)
    });
    const traces = found.payloads.map((payload) => unpack(payload) ?? EMPTY);
    const view = createComparison(element, found.comparison, traces, {
      palette: host.palette,
      theme,
      presentation,
      onPresentation: host.present,
      onClose,
      frame: found.comparison.parts?.frame,
      dialogs: [share],
      keys: [["s", "share: copy or save", share.toggle]],
      extra: [words("Share", "Copy or save: mail text, pictures, a page (s)", share.open)]
    });
    return view;
  }
  return {
    ...dialog,
    get isOpen() {
      return dialog.isOpen;
    },
    open,
    toggle: () => dialog.isOpen ? dialog.close() : open()
  };
}

// zapviz/view/core/answers.js
function nextMark(fates, mark) {
  const order = [null, ...fates];
  return order[(order.indexOf(mark) + 1) % order.length];
}
function markSign(palette, { mark, fate }, large) {
  const letter = mark ? palette.fates[mark].letter : "?";
  if (!fate) return [letter, mark ? "zv-mark" : "zv-mark zv-open"];
  if (fate === mark) return [large ? `${letter}\u2713` : "\u2713", "zv-mark"];
  const short = mark ? "\u2260" : "?";
  return [large ? `${letter}\u2260${palette.fates[fate].letter}` : short, "zv-mark zv-wrong-mark"];
}
function markText({ mark, fate }) {
  if (!fate) return mark ? `You say: ${mark}` : "Not marked yet";
  const answer = mark ? `You said ${mark}` : "You gave no answer";
  return fate === mark ? `${answer}: right` : `${answer}; it is ${fate}`;
}
function signMeanings(ids, judgedOf, large) {
  const first = (holds) => ids.find((id) => holds(judgedOf(id)));
  const found = [
    [first(({ mark, fate }) => !fate && !mark), () => "not marked yet"],
    [
      first(({ mark, fate }) => Boolean(fate) && fate === mark),
      ({ mark }) => large ? `you said ${mark}: right` : "you were right"
    ],
    [
      first(({ mark, fate }) => Boolean(fate && mark) && fate !== mark),
      ({ mark, fate }) => large ? `you said ${mark}, it is ${fate}` : "you were wrong"
    ],
    [
      first(({ mark, fate }) => Boolean(fate) && !mark),
      ({ fate }) => large ? `no answer, it is ${fate}` : "no answer"
    ]
  ];
  return found.flatMap(([id, said]) => id === void 0 ? [] : [[id, said(judgedOf(id))]]);
}
var exerciseKey = (one) => one.number ? `${one.level}/${one.seed}/${one.number}` : `${one.kernel.name}/${one.scenario}`;
function sittingOf(exercise, answers, solution) {
  const { level, seed, number, question, scenario } = exercise;
  const fates = new Map(solution?.entries.map((entry) => [entry.name, entry.fate]));
  const entries = exercise.asked.map((entry) => ({
    name: entry.name,
    kind: entry.kind,
    answered: answers[entry.name] ?? null,
    fate: fates.get(entry.name) ?? null
  }));
  return {
    level,
    seed,
    number,
    kernel: exercise.kernel.name,
    question,
    scenario,
    score: solution ? rightOf(entries).length : null,
    of: entries.length,
    entries
  };
}
var rightOf = (entries) => entries.filter((entry) => entry.answered === entry.fate);
function groupedBy(entries, common) {
  const groups = /* @__PURE__ */ new Map();
  for (const entry of entries) {
    const key = JSON.stringify(common(entry));
    groups.set(key, [...groups.get(key) ?? [], entry]);
  }
  return [...groups.values()];
}
var grouped = (entries) => groupedBy(entries, ({ fate, answered, rule, reason }) => [fate, answered, rule, reason]);
var alike = (group) => groupedBy(group, ({ kind, after }) => [kind, after]);
function rangesOf(names) {
  const ranges = [];
  for (const name of names) {
    const [, of, page] = (
      /** @type {RegExpMatchArray} */
      name.match(/^(.*)\[(\d+)\]$/)
    );
    const last = ranges[ranges.length - 1];
    if (last && last[0] === of && last[2] === Number(page)) last[2] += 1;
    else ranges.push([of, Number(page), Number(page) + 1]);
  }
  return ranges.map(([of, first, end]) => end - first > 1 ? `${of}[${first}:${end}]` : `${of}[${first}]`);
}
function scoreText(entries) {
  const right = rightOf(entries).length;
  const total = `${right} of ${entries.length} right`;
  return right < entries.length ? `${total}.` : `${total}: all of them.`;
}
function scoresByClass(entries) {
  const scores = /* @__PURE__ */ new Map();
  for (const entry of entries) {
    const [right, of] = scores.get(entry.kind) ?? [0, 0];
    scores.set(entry.kind, [right + Number(entry.answered === entry.fate), of + 1]);
  }
  return [...scores].map(([kind, [right, of]]) => [kind, right, of]);
}
function tallyText(sitting) {
  if (!sitting.length) return "";
  const score = sitting.reduce((total, one) => total + (one.score ?? 0), 0);
  const of = sitting.reduce((total, one) => total + one.of, 0);
  return `This sitting: ${score} of ${of}`;
}
function questionParts({ question, statement }) {
  if (!question.includes(statement)) return [question, "", ""];
  const [start, end] = question.split(statement);
  return [start, statement, end];
}

// zapviz/view/parts/asker.js
var SLOW = 1e3;
function createAsker(ask, host) {
  const asking = ask && askingOn(ask);
  const line = createGoingLine(host.root);
  const alert = h("div", { class: "zv-error", role: "alert", hidden: true });
  let waiting = 0;
  return {
    alert,
    line: line.node,
    /** Have what goes on stop; whether something does. */
    stop: line.stop,
    drop: line.drop,
    /** Ask for something; null where it went wrong, which is said, or is no longer wanted.
     *
     * @template A
     * @param {Record<string, unknown>} request
     * @returns {Promise<A | null>}
     */
    async ask(request) {
      if (!asking) return null;
      const own = ++waiting;
      alert.hidden = true;
      const slow = setTimeout(host.onSlow, SLOW);
      const going = line.begin("Running the scenario", true);
      let answer = null;
      let problem = "";
      try {
        answer = await asking(request, going);
        problem = answer?.error ?? "";
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
      clearTimeout(slow);
      if (!line.done(going) || own !== waiting) return null;
      if (!problem) return answer;
      host.onProblem();
      say(alert, problem);
      alert.hidden = false;
      return null;
    }
  };
}

// zapviz/view/parts/question.js
function disable(node, off) {
  node.setAttribute("aria-disabled", String(off));
}
function createQuestion(host) {
  const level = h(
    "select",
    {
      class: "zv-select",
      "aria-label": "level",
      onchange: () => host.go({ level: Number(level.value) })
    },
    ...host.levels.map(([one, name]) => h("option", { value: one }, `${one}: ${name}`))
  );
  const seed = h("input", {
    class: "zv-select zv-seed",
    "aria-label": "seed",
    maxlength: 60,
    title: "Who types the same seed gets the same exercises",
    spellcheck: "false",
    onchange: () => host.go({ seed: seed.value })
  });
  const number = h("b", { class: "zv-number-now" });
  const previous = words("\u2190", "Previous exercise (p)", () => host.by(-1));
  const next = words("\u2192", "Next exercise (n)", () => host.by(1));
  previous.setAttribute("aria-label", "previous exercise");
  next.setAttribute("aria-label", "next exercise");
  const drawn = [h("label", { class: "zv-field" }, "Level ", level), h("label", { class: "zv-field" }, "Seed ", seed)];
  const numbered = h("span", { class: "zv-field" }, "Exercise ", previous, number, next);
  const kernel = h("span", { class: "zv-kernel" });
  const kernelTitle = h("span", {});
  const head = h("div", { class: "zv-predict-head" });
  const question = h("h3", { class: "zv-question", role: "presentation" });
  function showPlace(exercise) {
    level.value = String(exercise.level);
    seed.value = exercise.seed;
  }
  return {
    fields: [...drawn, numbered],
    nodes: [head, question],
    showPlace,
    /** @param {Exercise} exercise @param {boolean} listed whether there are others of its list */
    show(exercise, listed) {
      for (const field of drawn) field.hidden = !listed || exercise.level === 0;
      numbered.hidden = !listed;
      showPlace(exercise);
      say(number, exercise.of ? `${exercise.number} of ${exercise.of}` : String(exercise.number));
      disable(previous, exercise.number <= 1);
      disable(next, exercise.number === exercise.of);
      say(kernel, exercise.kernel.name);
      say(kernelTitle, ` (${exercise.kernel.title})`);
      head.replaceChildren(...exercise.title ? [h("b", {}, exercise.title), ` ${exercise.about}`] : []);
      head.hidden = !exercise.title;
      const [start, statement, end] = questionParts(exercise);
      question.replaceChildren(
        start,
        statement ? h("code", {}, statement) : "",
        end,
        h("span", { class: "zv-on" }, "on ", kernel, kernelTitle)
      );
    }
  };
}

// zapviz/view/parts/deeds.js
var nextButton = (goOn) => words("Next exercise", "Next exercise (n)", goOn, "zv-reveal", "n");
function createDeeds(host) {
  const reveal = words("Reveal", "Reveal (Enter)", host.reveal, "zv-reveal", "Enter");
  const clear = words("Clear", "Take all marks back", host.clear);
  const onward = nextButton(host.goOn);
  const said = h("div", { class: "zv-said", role: "status", "aria-live": "polite" });
  return {
    nodes: [reveal, clear, onward, said],
    said,
    /** The button that goes on, if it is there. */
    get onward() {
      return onward.hidden ? null : onward;
    },
    /** @param {number} marked @param {boolean} revealed @param {boolean} follows whether there is another one */
    show(marked, revealed, follows) {
      disable(clear, marked === 0);
      reveal.hidden = clear.hidden = revealed;
      onward.hidden = !revealed || !follows;
    }
  };
}

// zapviz/view/parts/result.js
function createResult(palette, showStep) {
  const node = h("section", { class: "zv-result", "aria-label": "result", tabindex: -1 });
  const terms = wordsOf(palette);
  function changeOf(entries) {
    const [{ kind, after }] = entries;
    return h(
      "span",
      { class: "zv-truth-change" },
      h("b", { class: "zv-entry-name" }, rangesOf(entries.map((one) => one.name)).join(", ")),
      chip(classLook(palette, kind)).node,
      h("span", { class: "zv-arrow", "aria-hidden": "true" }, "\u2192"),
      chip(classLook(palette, after)).node
    );
  }
  function truthItem(group) {
    const [entry] = group;
    const right = entry.answered === entry.fate;
    const answer = right ? `You said ${entry.answered}: right.` : entry.answered ? `You said ${entry.answered}.` : "You gave no answer.";
    const place2 = [entry.function, entry.rule && `rule ${entry.rule}`, entry.evidence].filter(Boolean);
    return h(
      "li",
      { class: right ? "zv-truth" : "zv-truth zv-wrong-truth" },
      h("span", { class: "zv-sign-of", "aria-hidden": "true" }, right ? "\u2713" : "\u2260"),
      h(
        "div",
        {},
        h("div", { class: "zv-truth-head" }, ...alike(group).map(changeOf), h("b", {}, `${entry.fate}.`), h("span", {}, answer)),
        h("div", {}, ...terms.mark(entry.reason)),
        place2.length ? h("div", { class: "zv-source" }, place2.join("  \xB7  ")) : "",
        words(
          group.length > 1 ? `Show the step of ${entry.name}` : "Show the step",
          `Show step ${entry.state}`,
          () => showStep(entry)
        )
      )
    );
  }
  function classScores(entries) {
    return h("span", { class: "zv-classes" }, ...scoresByClass(entries).map(([kind, right, of]) => {
      const look = classLook(palette, kind);
      return h("span", { class: "zv-legend-item" }, chip(look).node, `${look.name} ${right}/${of}`);
    }));
  }
  return {
    node,
    /** @param {Truth[]} entries with the learner's answers @param {string} returned what the call
     *   returned, in words, or "" @param {Sitting[]} sitting every exercise so far */
    show(entries, returned, sitting) {
      const right = rightOf(entries);
      const wrong = entries.filter((entry) => entry.answered !== entry.fate);
      const rest = right.length ? h(
        "details",
        { class: "zv-rest", open: wrong.length === 0 },
        h("summary", {}, `\u2713 Right: ${clip(right.map((entry) => entry.name).join(", "), 80)}. Why?`),
        h("ol", { class: "zv-truths" }, ...grouped(right).map(truthItem))
      ) : null;
      const ever = sitting.length > 1;
      node.replaceChildren(
        h(
          "div",
          { class: "zv-scores" },
          h("span", {}, "By class of entry"),
          classScores(entries),
          ever ? h("span", { class: "zv-ever" }, "this sitting") : null,
          ever ? classScores(sitting.flatMap((one) => one.entries)) : null,
          returned ? h("span", { class: "zv-returned" }, returned) : null
        ),
        h("ol", { class: "zv-truths" }, ...grouped(wrong).map(truthItem)),
        ...rest ? [rest] : []
      );
      node.scrollTop = 0;
    }
  };
}

// zapviz/view/parts/sitting.js
function createSitting(now) {
  const revealed = /* @__PURE__ */ new Map();
  const tally2 = h("span", {
    class: "zv-tally",
    title: "Yours alone: it is kept nowhere, unless you save your answers"
  });
  const save = words("Save my answers", "Save the answers of this sitting as a file; nothing else keeps them", () => {
    const { exercise, answers } = now();
    const exercises = [...revealed.values()];
    if (Object.keys(answers).length && !revealed.has(exerciseKey(exercise))) {
      exercises.push(sittingOf(exercise, answers, null));
    }
    const saved = { format: "zapviz-answers", version: 1, exercises };
    saveFile(
      "zapviz-answers.json",
      new Blob([`${JSON.stringify(saved, null, 1)}
`], { type: "application/json" }),
      1e3
    );
  });
  return {
    tally: tally2,
    save,
    all: () => [...revealed.values()],
    /** Count an exercise, the first time that it is revealed. @param {Solution} solution */
    add(solution) {
      const { exercise, answers } = now();
      const key = exerciseKey(exercise);
      if (!revealed.has(key)) revealed.set(key, sittingOf(exercise, answers, solution));
      say(tally2, tallyText([...revealed.values()]));
    },
    /** @param {boolean} marked whether there are answers that are not revealed */
    show(marked) {
      save.hidden = !marked && revealed.size === 0;
    }
  };
}

// zapviz/view/parts/tabs.js
function createTabs(label, things) {
  const buttons = things.map(([name], k) => h("button", {
    type: "button",
    class: "zv-tab",
    "aria-pressed": "false",
    onclick: () => {
      if (buttons[k].getAttribute("aria-disabled") !== "true") choose(k);
    }
  }, name));
  function choose(chosen) {
    for (const [k, [, node]] of things.entries()) {
      node.hidden = k !== chosen;
      buttons[k].setAttribute("aria-pressed", String(k === chosen));
    }
  }
  choose(0);
  return {
    node: h("div", { class: "zv-tabs", role: "group", "aria-label": label }, ...buttons),
    choose,
    /** Say whether there is something to show. @param {number} k @param {boolean} on */
    allow: (k, on) => buttons[k].setAttribute("aria-disabled", String(!on))
  };
}

// zapviz/view/views/marking.js
var HINT2 = "Click an entry to mark it, or pick a mark first; on the keyboard: z, k, c.";
var REVEALED_HINT = "Click an entry, or press Enter on it, to see the step that decides it.";
var AROUND2 = 344;
var LEAST_ROOM3 = 184;
function createMarking(palette, host) {
  const fates = (
    /** @type {Fate[]} */
    Object.keys(palette.fates)
  );
  let data = readTrace(EMPTY);
  let { state } = createCursor(data);
  let { width } = SPACE;
  let asked = /* @__PURE__ */ new Map();
  let marks = /* @__PURE__ */ new Map();
  let truths = null;
  let painting = null;
  const grid = createGrid(palette);
  tieAtPointer(grid, () => ({ data, state }));
  const brushes = createBrushes(palette, fates);
  const about = h("div", { class: "zv-entry-said" });
  const legend = createLegend();
  const nameOf = (id) => asked.get(id)?.name ?? cellName(data, id);
  const markNamed = (name) => [...marks].find(([id]) => nameOf(id) === name)?.[1] ?? null;
  const truthOf = (id) => truths?.get(nameOf(id)) ?? null;
  const judgedOf = (id) => ({ mark: marks.get(id) ?? null, fate: truthOf(id)?.fate ?? null });
  function show() {
    const large = grid.large();
    grid.showMarks([...asked.keys()].map((id) => [id, ...markSign(palette, judgedOf(id), large)]));
    showLegend();
    for (const id of asked.keys()) grid.remark(id, markText(judgedOf(id)));
    for (const [id, { g }] of grid.nodes().entries()) g.classList.toggle("zv-aside", !asked.has(id));
  }
  function showLegend() {
    const large = grid.large();
    const cells = [...new Set(state)].map((cell) => data.trace.cells[cell]);
    const kinds = new Set(cells.map((cell) => cell.kind).filter((kind) => kind !== "unmapped"));
    const signs = signMeanings([...asked.keys()], judgedOf, large).map(([id, meaning]) => {
      const [sign, kind] = markSign(palette, judgedOf(id), large);
      return pictureItem(h("span", { class: `zv-mark-sample ${kind}`, "aria-hidden": "true" }, sign), meaning);
    });
    legend.replaceChildren(
      ...signs,
      ...classItems(palette, kinds),
      ...writtenItems(palette, data.rows, large ? cells : []),
      ...sharedItems(data.trace)
    );
  }
  function layOutGrid() {
    const { height, presented } = host.screen();
    grid.load(data, state, {
      width,
      most: LARGEST,
      room: Math.max(LEAST_ROOM3, height - AROUND2),
      caption: captionOf(presented)
    });
    grid.showBlocks(data.last, data.last);
    grid.showSizes(data.sizes[data.last]);
    grid.showNow(null, []);
    grid.showPin(null);
  }
  function tell(id) {
    if (id === null) {
      say(about, truths ? REVEALED_HINT : HINT2);
      return;
    }
    const look = grid.look(state[id]);
    const what = clip(look.text ? `${look.name}: ${look.text}` : look.name, 96);
    const marked = asked.has(id) ? markText(judgedOf(id)) : "Not in question";
    say(about, `${[`${nameOf(id)}  ${what}`, grid.shared(id), marked].filter(Boolean).join(". ")}.`);
  }
  function mark(id, fate) {
    if (truths || !asked.has(id)) return;
    if (fate) marks.set(id, fate);
    else marks.delete(id);
    show();
    host.onMark();
    tell(id);
  }
  function cycle(id) {
    const now = marks.get(id) ?? null;
    if (brushes.picked) mark(id, now === brushes.picked ? null : brushes.picked);
    else mark(id, nextMark(fates, now));
  }
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
  const onUp = () => {
    painting = null;
  };
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
      marks = /* @__PURE__ */ new Map();
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
      if (wrong !== void 0) grid.rove(wrong, true);
      return wrong !== void 0;
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
    destroy: () => window.removeEventListener("pointerup", onUp)
  };
}
function stateAt(data, at) {
  const cursor = createCursor(data);
  cursor.go(at);
  return cursor.state;
}
function createBrushes(palette, fates) {
  let picked = null;
  let usable = true;
  const brushes = fates.map((fate) => {
    const { letter, meaning } = palette.fates[fate];
    return h(
      "button",
      {
        type: "button",
        class: "zv-brush",
        "aria-pressed": "false",
        "data-fate": fate,
        title: `Then click entries to mark them ${fate} (${letter.toLowerCase()})`,
        onclick: () => pick(picked === fate ? null : fate)
      },
      h("span", { class: "zv-key" }, letter),
      h("b", {}, fate),
      h("span", {}, meaning)
    );
  });
  function pick(fate) {
    picked = usable ? fate : null;
    for (const one of brushes) one.setAttribute("aria-pressed", String(one.dataset.fate === picked));
  }
  return {
    node: h("div", { class: "zv-brushes", role: "group", "aria-label": "marks" }, ...brushes),
    get picked() {
      return picked;
    },
    /** Put the brush away. @param {boolean} again whether one can be picked from now on */
    reset(again) {
      usable = again;
      pick(null);
    }
  };
}

// zapviz/view/views/exercise.js
var KEYS2 = [
  ["z  k  c", "mark the entry: zapped, kept, changed"],
  ["Space", "the next mark on the entry"],
  ["Backspace", "take the mark back"],
  ["\u2192 \u2190 \u2191 \u2193", "another entry"],
  ["Enter", "reveal; then: show the step of the entry"],
  ["n  p", "next, previous exercise"],
  ["b", "big: the look for a projector"],
  ["f", "full screen"],
  ["?", "this help"]
];
function createHelp(more) {
  const dialog = createDialog("Keys", "zv-keys", keyList([...KEYS2.slice(0, 5), ...more, ...KEYS2.slice(5)]));
  const button2 = words("?", "Keys (?)", dialog.toggle, "zv-keys-button");
  button2.setAttribute("aria-expanded", "false");
  return { dialog, button: button2 };
}
function createExercise(element, exercise, options) {
  const { palette } = options;
  let { theme } = options;
  let solution = null;
  let warned2 = false;
  const shell = createShell(
    "zapviz: predict what becomes of each entry; ? for help",
    { palette, theme, onKey, room: [1200, 700], present: options.presentation, onPresent: options.onPresentation }
  );
  const { root } = shell;
  root.classList.add("zv-predict");
  const text = createText({ editable: false, onLine: () => {
  } });
  const marking = createMarking(palette, { screen: () => shell, onMark: () => {
    warned2 = false;
    showMarks();
  }, onEntry: showStepOf });
  const question = createQuestion({
    levels: options.levels,
    by,
    go: (part) => fetchPlace({ level: exercise.level, seed: exercise.seed, number: 1, ...part })
  });
  const sitting = createSitting(() => ({ exercise, answers: marking.answers() }));
  const help = createHelp(options.keys);
  const bar = h(
    "div",
    { class: "zv-top" },
    h("div", { class: "zv-fields" }, ...question.fields),
    h(
      "div",
      { class: "zv-tools" },
      shell.presents,
      shell.fills,
      help.button,
      options.onLeave ? words("Back", "Back to the explorer (Esc, q or m)", options.onLeave) : null
    )
  );
  const deeds = createDeeds({ reveal: tryReveal, goOn: () => by(1), clear() {
    marking.clear();
    showMarks();
  } });
  const result = createResult(palette, showStepOf);
  const tabs = createTabs("beside the entries", [["Program", text.box], ["Why", result.node]]);
  const asker = createAsker(options.ask, {
    root,
    onSlow: () => say(deeds.said, "Waiting for Python \u2026"),
    onProblem: () => {
      if (!solution) showMarks();
    }
  });
  const inner = h(
    "div",
    { class: "zv-inner" },
    bar,
    ...question.nodes,
    h(
      "div",
      { class: "zv-main" },
      h("div", { class: "zv-right" }, ...marking.nodes),
      h("div", { class: "zv-left" }, tabs.node, text.box, result.node)
    ),
    h("div", { class: "zv-deeds" }, ...deeds.nodes, sitting.tally, h("span", { class: "zv-space" }), sitting.save),
    asker.line,
    asker.alert,
    marking.legend
  );
  root.append(inner, help.dialog.node);
  const listed = () => Boolean(exercise.number && options.ask);
  const follows = () => listed() && exercise.number !== exercise.of;
  function show(next) {
    load(next);
    options.onShow?.();
  }
  function load(next) {
    exercise = next;
    solution = null;
    warned2 = false;
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
  async function tryReveal() {
    if (solution) return;
    const missing = marking.unmarked();
    if (missing.length && !warned2) {
      warned2 = true;
      say(deeds.said, `Not marked yet: ${clip(missing.join(", "), 60)}. Reveal again to see the answers all the same.`);
      return;
    }
    const answers = marking.answers();
    const told = exercise.solution ?? await asker.ask(
      { ask: "reveal", scenario: exercise.scenario, kernel: exercise.kernel.name, answers }
    );
    if (!told || solution) return;
    solution = told;
    sitting.add(told);
    const here = focusIn(root) !== null;
    marking.reveal(told);
    showMarks();
    showResult(told);
    if (here && !marking.focusMistake()) (deeds.onward ?? root).focus({ preventScroll: true });
  }
  function showResult(told) {
    const entries = marking.answered(told.entries);
    say(deeds.said, scoreText(entries));
    result.show(
      entries,
      told.result === "0" ? "" : `${exercise.statement} ends with ${told.result}.`,
      sitting.all()
    );
    tabs.allow(1, true);
    tabs.choose(1);
  }
  function showStepOf(entry) {
    const asked = exercise.asked.find((one) => one.name === entry.name);
    if (!solution || !asked) return;
    const [row, cell] = asked.at;
    options.onStep(solution.trace, entry.state, entry.name, [exercise.trace.rows[row].id, cell]);
  }
  async function fetchPlace(place2) {
    const next = await asker.ask({ ask: "exercise", ...place2, ...options.asking });
    if (!next) {
      question.showPlace(exercise);
      return;
    }
    followFocus({ root, bar, focusEntry: marking.focus }, () => show(next));
    options.onPlace?.({ level: next.level, seed: next.seed, number: next.number });
  }
  function by(step) {
    const { level, seed, number, of } = exercise;
    if (listed() && number + step >= 1 && (!of || number + step <= of)) fetchPlace({ level, seed, number: number + step });
  }
  function onKey(event) {
    const { key } = event;
    const target = targetOf(event);
    if (key === "Enter" && event.repeat) return true;
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
      Escape: leave2,
      q: leave2,
      ...Object.fromEntries(options.leaving.map(([one, , act]) => [one, act]))
    }, key);
  }
  function leave2() {
    if (help.dialog.isOpen) help.dialog.close();
    else if (!asker.stop()) (options.onLeave ?? (() => root.focus({ preventScroll: true })))();
  }
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
    get exercise() {
      return exercise;
    },
    get marks() {
      return marking.answers();
    },
    get solution() {
      return solution;
    },
    get theme() {
      return theme;
    },
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
    }
  };
}
function showProgram(text, { scenario, line, trace }) {
  text.set(scenario.replace(/\n$/, ""));
  text.mark(line);
  text.verdicts(new Map(trace.statements.map((one) => [one.line, "zv-done"])));
}
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

// zapviz/view/views/predicting.js
function createPredicting(given, host, now) {
  const said = h("pre", { role: "status" });
  const dialog = createDialog("Predict", "zv-predicting", said);
  const goIn = (line, steps) => host.move(host.display.stateIn(line, steps));
  async function open() {
    const of = now();
    const { line } = host.display.statement();
    const found = await given.ask?.({ ask: "exercise", ...of, line });
    if (found === void 0) return;
    if (found.error !== void 0) {
      say(said, found.error);
      dialog.open();
      return;
    }
    host.instead((element, close, theme, presentation) => {
      const leave2 = () => {
        const { solution, exercise } = view;
        close();
        if (solution) goIn(exercise.origin, Infinity);
      };
      const view = createExercise(element, found, {
        palette: host.palette,
        levels: [],
        theme,
        presentation,
        ask: given.ask,
        asking: of,
        onLeave: leave2,
        leaving: [["m", null, leave2]],
        keys: [["Esc, q or m", "back to the explorer"]],
        onStep: (trace, state) => {
          const { exercise } = view;
          const { first } = trace.statements[trace.statements.length - 1];
          close();
          goIn(exercise.origin, state - first);
        }
      });
      return view;
    });
  }
  return {
    ...dialog,
    get isOpen() {
      return dialog.isOpen;
    },
    open,
    toggle: () => dialog.isOpen ? dialog.close() : open()
  };
}

// zapviz/view/parts/history.js
var MOST4 = 200;
function createHistory({ area, isOwn, put }) {
  const entries = [];
  let at = -1;
  const node = h("button", {
    type: "button",
    class: "zv-link zv-earlier",
    title: "Ctrl+Z",
    hidden: true,
    onclick: () => go(-1)
  }, "Bring back your text");
  function show() {
    const now = entries[at];
    node.hidden = !(now?.whole && at > 0 && now.text === area.value && isOwn(entries[at - 1].text));
  }
  function note(whole = false) {
    if (entries[at]?.text !== area.value) {
      entries.length = at + 1;
      entries.push({ text: area.value, caret: area.selectionEnd, whole: whole && at >= 0 });
      if (entries.length > MOST4) entries.shift();
      at = entries.length - 1;
    }
    show();
  }
  function go(by) {
    note();
    const next = entries[at + by];
    if (!next) return;
    const whole = (by < 0 ? entries[at] : next).whole;
    at += by;
    put(next.text, whole);
    area.setSelectionRange(next.caret, next.caret);
    show();
  }
  area.addEventListener("beforeinput", (event) => {
    const by = { historyUndo: -1, historyRedo: 1 }[event.inputType];
    if (!by) return;
    event.preventDefault();
    go(by);
  });
  return {
    node,
    note,
    show,
    /** @param {KeyboardEvent} event */
    onKey(event) {
      const field = fieldOf(event);
      if (field && field !== area && !field.matches("select")) return;
      const by = isUndo(event) ? -1 : isRedo(event) ? 1 : 0;
      if (!by) return;
      event.preventDefault();
      go(by);
    }
  };
}

// zapviz/view/views/running.js
var NAMES = /zapviz(?::|%3A)\d|zapviz (?:run|diff) FILE|^\s*\S*[\w-](?:@|%40)v?[\w.-]+\S*\s*$|^\s*\S+:\/\S+#[\w-]+\S*\s*$/i;
var PAUSE = 180;
function createRunning(given, host, { notices, kernels, scenarios }) {
  const { ask } = given;
  const { text } = host.display;
  const history = createHistory({
    area: text.area,
    put: bring,
    isOwn: (value) => value.trim() !== "" && !scenarios.nameOf(value)
  });
  let sent = given.text ?? "";
  let ordered = String(given.schedule ?? []);
  let typing;
  let mailed = [];
  text.area.addEventListener("paste", () => {
    if (isWhole(text.area)) host.goTo(0);
  });
  text.area.addEventListener("input", () => {
    text.redraw();
    history.show();
    clearTimeout(typing);
    typing = setTimeout(sendText, PAUSE);
  });
  text.area.addEventListener("change", sendText);
  function choose(chosen) {
    history.note();
    begin(chosen.replace(/\n+$/, "\n"));
  }
  function bring(value, whole) {
    if (whole) begin(value);
    else {
      text.set(value);
      sendText();
    }
  }
  function begin(value) {
    mailed = [];
    notices.setNotice("");
    text.set(value);
    history.note(true);
    text.box.scrollTop = 0;
    host.move(0);
    sendSchedule([]);
    sendText();
  }
  async function sendText() {
    clearTimeout(typing);
    const value = text.area.value;
    if (value === sent) return;
    sent = value;
    notices.wait();
    if (ask && NAMES.test(value)) await openPasted(value);
    else {
      history.note();
      given.onText(value);
    }
    scenarios.name(text.area.value);
  }
  async function openPasted(pasted) {
    const found = await ask?.({ ask: "open", pasted, kernel: kernels.shown });
    if (!found || sent !== pasted) return;
    if (found.error) {
      notices.setError(found.error);
      notices.answered();
      return;
    }
    if (found.kernels) {
      if (found.kernel && String(found.kernels) !== String(mailed)) {
        notices.setNotice(found.notice ?? "");
        kernels.set(found.kernel);
        given.onKernel(found.kernel);
      }
      mailed = found.kernels;
      history.note();
      given.onText(pasted);
      return;
    }
    setText(found.text);
    if (found.kernel) {
      kernels.set(found.kernel);
      given.onKernel(found.kernel);
    }
    sendSchedule(found.schedule ?? []);
    given.onText(found.text);
    host.goTo(found.step ?? null);
  }
  function sendSchedule(order) {
    if (!given.onSchedule || String(order) === ordered) return;
    ordered = String(order);
    given.onSchedule(order);
    notices.wait();
  }
  function setText(value) {
    if (value === sent) return;
    sent = value;
    text.set(value);
    history.note(true);
    scenarios.name(value);
  }
  return {
    back: history.node,
    onKey: history.onKey,
    note: history.note,
    choose,
    sendText,
    setText,
    sendSchedule,
    /** @param {number[]} order */
    setSchedule: (order) => {
      ordered = String(order);
    },
    /** The order of the CPUs' turns. */
    order: () => ordered ? ordered.split(",").map(Number) : [],
    /** The kernels that the text names. */
    named: () => mailed,
    destroy: () => clearTimeout(typing)
  };
}
var isWhole = ({ selectionStart, selectionEnd, value }) => selectionStart === 0 && selectionEnd === value.length;

// zapviz/view/views/watched.js
function createWatched(host, asked) {
  let asking = false;
  return async () => {
    if (asking) return;
    asking = true;
    const at = host.at();
    const found = await asked();
    asking = false;
    if (found.error) {
      host.say(found.error);
      return;
    }
    const { comparison } = found;
    const traces = found.payloads.map((payload) => unpack(payload) ?? EMPTY);
    host.instead((element, onClose, theme, presentation) => createComparison(element, comparison, traces, {
      palette: host.palette,
      theme,
      presentation,
      onPresentation: host.present,
      onClose,
      frame: comparison.parts?.frame ?? comparison.frames.findIndex(([model]) => model >= at)
    }));
  };
}

// zapviz/view/views/editor.js
function createEditor(options, host) {
  const given = { ...options, ask: options.ask ? askingOn(options.ask) : null };
  const { text } = host.display;
  const { ask, onHost } = given;
  const notices = createNotices(
    text,
    () => host.display.data.rows.length > 0,
    () => scenarios.isOwn(text.area.value) ? given.unsaved?.() ?? "" : "",
    given.waits ?? void 0
  );
  const scenarios = createScenarios(given.scenarios, given.text ?? "", (chosen) => running.choose(chosen));
  const kernels = createKernels(given, (name) => {
    notices.setNotice("");
    given.onKernel(name);
    notices.wait();
  });
  const running = createRunning(given, host, { notices, kernels, scenarios });
  const { sendText, sendSchedule } = running;
  const hostText = h("pre", {});
  const hostBox = createDialog("On this machine\u2019s own kernel", "zv-host", hostText);
  const raceBox = createRaceBox(host.palette, { explore: (going) => askNow("race", {}, going), follow(order) {
    host.goToCpus();
    sendSchedule(order);
  } });
  const beside = createBeside(given, host, kernels, running.named, askNow);
  const line = createGoingLine(text.area);
  const predicting = createPredicting(given, host, () => {
    sendText();
    return { scenario: text.area.value, kernel: kernels.pick.value };
  });
  const watched = given.onWatched ?? (ask ? () => asked("watched") : null);
  const share = createShare({ what: OF_TRACE, forms: [...given.forms, CELL2], looks: given.looks, make: exported });
  const fields = [
    h("label", { class: "zv-field" }, h("span", {}, "Scenario "), scenarios.pick),
    h("label", { class: "zv-field", title: "Kernel (k)" }, h("span", {}, "Kernel "), kernels.pick)
  ];
  const menu = [
    [
      "Other kernels",
      ask ? words("Compare", "This scenario on several kernels, side by side (c)", beside.open, "", "c") : null,
      onHost ? words("Try here", "Run the scenario on this machine's own kernel, beside the model", () => {
        sendText();
        showHost("Running the scenario on this machine\u2019s kernel \u2026");
        onHost();
      }, "zv-said-host") : null
    ],
    ["Exercise", ask ? words("Predict", "Mark what becomes of each entry, before it is told (m)", predicting.open, "", "m") : null],
    ["Take away", ask ? words("Share", "Copy or save: mail text, pictures, a page, a link (s)", share.open, "", "s") : null]
  ];
  function asked(name, more = {}, going = void 0) {
    if (!ask) throw new Error("there is nobody to ask");
    return ask({ ask: name, text: text.area.value, kernel: kernels.pick.value, schedule: running.order(), ...more }, going);
  }
  function askNow(name, more, going) {
    sendText();
    return asked(name, more, going);
  }
  function exported(form, what, theme, comments, going) {
    const made2 = madeHere(form, {
      text: text.area.value,
      shipped: scenarios.nameOf(text.area.value),
      kernel: kernels.pick.value,
      step: host.display.at,
      schedule: running.order()
    });
    if (made2) return Promise.resolve(made2);
    const { from, to } = what === "change" ? host.display.statement() : { from: null, to: host.display.at };
    const taken = (options2) => Object.fromEntries(Object.entries(options2).filter(([name]) => form.options.includes(name)));
    return asked("export", {
      form: form.name,
      step: what === "whole" ? null : to,
      options: taken({ ...what === "change" ? { since: from } : {}, theme, comments })
    }, going);
  }
  function showHost(said) {
    say(hostText, said);
    hostBox.open();
  }
  const keys = [["k", "choose the kernel: then \u2193 and \u2191", () => kernels.pick.focus()]];
  if (ask) {
    keys.push(
      ["m", "mark: predict what each zap does", predicting.toggle],
      ["c", "compare kernels", beside.toggle],
      ["s", "share: copy or save", share.toggle]
    );
  }
  return {
    fields,
    menu,
    keys,
    onKey: running.onKey,
    watched: watched && createWatched(
      { ...host, at: () => host.display.at, say: notices.setNotice },
      () => watched(text.area.value, kernels.pick.value)
    ),
    notices: [running.back, line.node, ...notices.nodes],
    dialogs: [...kernels.dialogs, hostBox, raceBox.dialog, beside, predicting, share],
    begin() {
      text.set(given.text);
      running.note();
      kernels.set(given.kernel);
      scenarios.name(given.text);
      notices.setError(given.error ?? "", given.errorLine);
    },
    sendSchedule: given.onSchedule ? sendSchedule : null,
    exploreRace: ask ? raceBox.explore : null,
    setText: running.setText,
    setKernel: kernels.set,
    setSchedule: running.setSchedule,
    setError: notices.setError,
    answered: notices.answered,
    /** What to pass along with the question that has the text run; an older one is dropped. */
    running() {
      const going = line.begin("Running the scenario", true);
      const { tell } = going;
      going.tell = (progress) => {
        notices.going();
        tell(progress);
      };
      return going;
    },
    /** That question is answered; whether its answer is wanted. @param {Going} going */
    ran: (going) => line.done(going),
    /** Have what runs stop; whether something does. */
    stop: line.stop,
    /** Tell whether nothing runs any more, and the kernel whose trace is shown.
     *
     * @param {boolean} gone
     * @param {string} kernel
     */
    setGone(gone, kernel) {
      if (gone) kernels.set(kernel);
      kernels.pick.disabled = gone;
      notices.setGone(gone);
    },
    showHost,
    destroy() {
      line.drop();
      running.destroy();
      notices.destroy();
    }
  };
}

// zapviz/view/views/player.js
var NEXT = "\u2192, PageDown  or n";
var PREVIOUS = "\u2190, PageUp  or p";
var OWN_KEYS = { [NEXT]: "\u2192, PageDown", [PREVIOUS]: "\u2190, PageUp" };
var KEYS3 = [
  [NEXT, "next"],
  [PREVIOUS, "previous"],
  ["Home, End", "first, last"],
  ["Shift + \u2192, \u2190", "next, previous statement"],
  ["Space", "play, pause"],
  ["+  \u2212", "faster, slower"],
  ["1  2  3", "stop at statements, passes, entries"],
  ["g", "go to the entries; arrows then move among them"],
  ["Enter", "on an entry: pin it, see how it got there"],
  [",  .", "previous, next step that touched the pinned entry"],
  ["o", "of a race: take the other CPU\u2019s step here"]
];
var VIEW_KEYS = [
  ["v", "view: stops, speed, and what else there is"],
  ["d", "details: call chain, locks and signs, or not"],
  ["w", "words: what those in sight mean"],
  ["f", "full screen"],
  ["b", "big: the look for a projector"],
  ["Esc or q", "close, unpin; Esc: leave the text, or a full screen"],
  ["?", "this help"]
];
function createHelp2(more, inside) {
  const keys = inside ? KEYS3.map(([key, what]) => [OWN_KEYS[key] ?? key, what]) : KEYS3;
  const listed = more.flatMap(([key, what]) => what === null ? [] : [
    /** @type {[string, string]} */
    [key, what]
  ]);
  return createDialog("Keys, while the grid has the focus", "zv-keys", keyList([...keys, ...listed, ...VIEW_KEYS]));
}
function watchClicks(root, grid, toggle) {
  grid.svg.addEventListener("mousedown", (event) => {
    if (grid.cellOf(event) === null) return;
    event.preventDefault();
    root.focus({ preventScroll: true });
  });
  grid.svg.addEventListener("click", (event) => {
    const id = grid.cellOf(event);
    if (id === null) return;
    grid.rove(id, false);
    toggle(id);
  });
}
function onCellKey(grid, id, { key, shiftKey }, toggle) {
  if (shiftKey) return false;
  if (ARROWS[key]) grid.rove(grid.neighbour(id, ...ARROWS[key]), true);
  else if (key === "Home") grid.rove(grid.edgeOfRow(id, false), true);
  else if (key === "End") grid.rove(grid.edgeOfRow(id, true), true);
  else if (key === "Enter") toggle(id);
  else return false;
  return true;
}
function createHeading() {
  const about = h("span", { class: "zv-about" });
  const kernel = h("b", { class: "zv-kernel" });
  return {
    fields: [about, h("label", { class: "zv-field" }, "Kernel ", kernel)],
    /** @param {Trace} trace */
    load(trace) {
      say(about, trace.title ?? "");
      say(kernel, trace.source === "kernel" ? `${trace.kernel.name}, the kernel itself` : trace.kernel.name);
      kernel.title = trace.kernel.title ?? "";
    }
  };
}
function leave(dialog, display, outwards, root) {
  if (dialog) dialog.close();
  else if (display.tip.isShown) display.tip.hide();
  else if (outwards) outwards();
  else if (display.selected !== null) display.select(null);
  else root.focus({ preventScroll: true });
}
var doorsOf = (editor, display) => ({
  /** @param {string} value */
  setText: (value) => editor?.setText(value),
  /** @param {string} value */
  setKernel: (value) => editor?.setKernel(value),
  /** @param {number[]} order */
  setSchedule: (order) => editor?.setSchedule(order),
  /** @param {string} message @param {number} line */
  setError: (message, line) => editor?.setError(message, line),
  answered: () => editor?.answered(),
  /** What to pass along with the question that has the text run. */
  running: () => editor?.running(),
  /** It is answered; whether its answer is wanted. @param {Going | undefined} going */
  ran: (going) => !editor || !going || editor.ran(going),
  /** Tell whether there is nobody left to run what is written or chosen. @param {boolean} gone */
  setGone: (gone) => editor?.setGone(gone, display.data.trace.kernel.name),
  /** @param {string} said */
  showHost: (said) => editor?.showHost(said)
});
function createPlayer(element, trace, options) {
  const { palette } = options;
  const around = options.around ?? { keys: [], leave: null };
  let theme = options.theme;
  let wanted = null;
  let other = null;
  const rest = createFrame(() => {
    display.show();
    showControls();
  });
  const shell = createShell(
    "zapviz: step through page-table entries; ? for help",
    { palette, theme, onKey, present: options.presentation, onPresent: (on) => options.onPresentation?.(on) }
  );
  const { root } = shell;
  const display = createDisplay(palette, {
    root,
    editable: Boolean(options.editor),
    granularity: () => transport.granularity,
    move,
    lineAt: (at) => schedule.lineAt(at),
    onSelect: (place2) => options.onSelect?.(place2),
    screen: () => shell
  });
  const { grid } = display;
  const transport = createTransport({
    at: () => display.at,
    last: () => display.data.last,
    stops: (granularity) => display.data.stops[granularity],
    marks: () => display.data.trace.statements.map((statement) => statement.last),
    wrong: () => wrongSteps(display.data.trace),
    tally: () => tallyOf(palette, display.data.trace),
    move,
    onGranularity,
    onPlay: (on) => display.setLive(!on)
  }, options.granularity ?? "entry");
  const heading2 = createHeading();
  const editor = options.editor ? createEditor(options.editor, {
    display,
    palette,
    move,
    goTo: (n) => {
      wanted = () => n;
    },
    goToCpus: () => {
      wanted = () => schedule.start();
    },
    instead,
    present: shell.present
  }) : null;
  const schedule = createSchedule({ move, choose: editor?.sendSchedule, explore: editor?.exploreRace });
  const seen = createSeen({ on: options.seen ?? false, turn: onSeen, beside: editor?.watched ?? null });
  const moreKeys = [...seen.keys, ...editor?.keys ?? [], ...around.keys];
  const help = createHelp2(moreKeys, around.leave !== null);
  const wordList = createWordList(palette, root, display.kinds);
  const menu = createMenu([
    ["Stop at each", transport.strides],
    ["Play", transport.pace],
    ...editor?.menu ?? [],
    ["Real kernel", ...seen.nodes],
    ["Show", shell.details, words("Words", "What the words in sight mean (w)", wordList.toggle, "", "w"), around.leave ? null : shell.presents]
  ]);
  const dialogs = [menu.dialog, help, wordList, ...editor?.dialogs ?? []];
  display.scene.append(h("div", { class: "zv-program" }, display.text.box, ...editor?.notices ?? [], schedule.node));
  root.append(
    h(
      "div",
      { class: "zv-inner" },
      h(
        "div",
        { class: "zv-top" },
        h("div", { class: "zv-fields" }, ...editor ? editor.fields : heading2.fields),
        transport.node,
        h("div", { class: "zv-tools" }, menu.opens, shell.fills, helpButton(help.toggle))
      ),
      display.scene,
      display.facts,
      ...display.foot
    ),
    display.tip.node,
    ...dialogs.map((dialog) => dialog.node)
  );
  function move(n) {
    if (!display.go(n)) return;
    rest.ask();
    options.onStep?.(display.at);
  }
  function showControls() {
    transport.show();
    schedule.show(display.at);
  }
  function onGranularity(value, tell) {
    display.restride();
    display.show();
    showControls();
    if (tell) options.onGranularity?.(value);
  }
  function onSeen(on) {
    display.setWatched(on);
    display.show();
    options.onSeen?.(on);
  }
  function setTrace(next, n = 0) {
    const shown = next ?? EMPTY;
    rest.forget();
    transport.play(false);
    schedule.load(shown);
    heading2.load(shown);
    seen.load(shown);
    display.load(shown, n);
    transport.reset();
    display.show();
    showControls();
    const goal = wanted ? wanted() : schedule.goal();
    wanted = null;
    if (goal !== null) move(goal);
  }
  function instead(make) {
    transport.play(false);
    root.hidden = true;
    other = make(element, () => {
      other?.destroy();
      other = null;
      root.hidden = false;
      root.focus({ preventScroll: true });
    }, theme, shell.presented);
    other.root.focus({ preventScroll: true });
  }
  function onKey(event) {
    const id = grid.cellOf(event);
    if (id !== null && onCellKey(grid, id, event, display.toggle)) return true;
    return actOn({
      g: () => grid.rove(display.selected ?? grid.roving(), true),
      ",": () => move(display.touched(-1) ?? display.at),
      ".": () => move(display.touched(1) ?? display.at),
      o: schedule.other,
      v: menu.dialog.toggle,
      d: shell.turn,
      w: wordList.toggle,
      f: shell.fullScreen,
      b: () => shell.present(),
      "?": help.toggle,
      Escape: escape,
      q: escape,
      ...Object.fromEntries(moreKeys.map(([key, , act]) => [key, act]))
    }, event.key) || transport.onKey(event);
  }
  const escape = () => editor?.stop() || leave(dialogs.find((dialog) => dialog.isOpen), display, around.leave, root);
  watchClicks(root, grid, display.toggle);
  if (editor) root.addEventListener("keydown", editor.onKey);
  element = frameIn(element);
  element.append(root);
  editor?.begin();
  display.setWatched(options.seen ?? false);
  setTrace(trace, options.step ?? trace?.opens ?? 0);
  transport.setGranularity(transport.granularity, false);
  display.select(idOf(display.data, options.selected), false);
  const unwatch = shell.watchWidth(display.scene, SPACE.width, display.layOut);
  return {
    root,
    step: move,
    get at() {
      return display.at;
    },
    get last() {
      return display.data.last;
    },
    /** @param {string | null} row @param {number} cell */
    select: (row, cell) => display.select(row === null ? null : idOf(display.data, [row, cell]), false),
    /** @param {string} value */
    setGranularity: (value) => transport.setGranularity(value, false),
    setTrace,
    ...doorsOf(editor, display),
    setSeen: seen.set,
    /** @param {boolean} on */
    setPresentation: (on) => shell.present(on),
    /** @param {ThemeName} next */
    setTheme(next) {
      theme = next;
      shell.setTheme(next);
      other?.setTheme(next);
    },
    play: () => transport.play(true),
    pause: () => transport.play(false),
    destroy() {
      rest.forget();
      transport.play(false);
      editor?.destroy();
      other?.destroy();
      unwatch();
      shell.destroy();
    }
  };
}

// zapviz/view/hosts/asking.js
var ANSWERS = 1500;
var PATIENCE = 6e4;
var GONE = "The Python kernel that showed this was restarted or has ended: run the cell again.";
var LATE = `Python has not answered for ${PATIENCE / 1e3} seconds: it runs another cell, or has ended. Ask again when it is free; if it was restarted, run the cell again.`;
var LEFT = " Until then it can be stepped through as it is.";
function connect(model, frame) {
  const line = h("p", { class: "zv-gone", role: "alert", hidden: true });
  frame.prepend(line);
  const open = /* @__PURE__ */ new Map();
  const acts = [];
  let deadline;
  let count = 0;
  let gone = false;
  function setGone(is) {
    clearTimeout(deadline);
    if (is === gone) return;
    gone = is;
    say(line, gone ? GONE + LEFT : "");
    line.hidden = !gone;
    for (const act of acts) act(gone);
    if (!gone) return;
    for (const answer of open.values()) answer({ error: GONE });
    open.clear();
  }
  function hear(message) {
    setGone(false);
    open.get(message.number)?.(message.answer);
    open.delete(message.number);
  }
  function send(request, take) {
    const number = `${Math.random()} ${count++}`;
    const late = setTimeout(() => {
      open.delete(number);
      take({ error: LATE });
    }, PATIENCE);
    open.set(number, (answer) => {
      clearTimeout(late);
      take(answer);
    });
    model.send({ number, request });
  }
  function check() {
    clearTimeout(deadline);
    deadline = setTimeout(() => setGone(true), ANSWERS);
    try {
      send({ ask: "alive" }, () => {
      });
    } catch {
      setGone(true);
    }
  }
  model.on("msg:custom", hear);
  model.on("comm_live_update", check);
  return {
    /** @type {Ask} */
    ask: (request) => new Promise((resolve) => {
      try {
        if (!gone) send(request, resolve);
      } catch {
        setGone(true);
      }
      if (gone) resolve(
        /** @type {any} */
        { error: GONE }
      );
    }),
    /** Act when Python goes or is there again. @param {(gone: boolean) => void} act */
    onGone: (act) => {
      acts.push(act);
    },
    stop() {
      clearTimeout(deadline);
      model.off("msg:custom", hear);
      model.off("comm_live_update", check);
      line.remove();
    }
  };
}
function watchTraits(model, acts) {
  const handlers = Object.entries(acts);
  for (const [trait, act] of handlers) model.on(`change:${trait}`, act);
  return () => {
    for (const [trait, act] of handlers) model.off(`change:${trait}`, act);
  };
}

// zapviz/view/hosts/sight.js
var ENOUGH = 590;
var MARGIN = 24;
var wasRun = (cell) => cell.matches(".jp-mod-active") || Boolean(cell.nextElementSibling?.matches(".jp-mod-active"));
function bringIntoSight(element) {
  const watch = new ResizeObserver(() => {
    if (!element.clientHeight) return;
    watch.disconnect();
    const cell = element.closest(".jp-Cell");
    if (!cell || !wasRun(cell)) return;
    requestAnimationFrame(() => {
      const { top, height } = element.getBoundingClientRect();
      const seen = top >= 0 && top + Math.min(height, ENOUGH) <= window.innerHeight - MARGIN;
      if (!seen) element.scrollIntoView({ block: "start" });
    });
  });
  watch.observe(element);
}

// zapviz/view/hosts/traits.js
var UNSAVED = "The notebook\u2019s file does not hold your text; a cell from Share would.";
function showPlayer({ model, el }, given) {
  const frame = frameIn(el);
  if (!given) bringIntoSight(el);
  const python = given ?? connect(model, frame);
  const parsed = () => unpack(model.get("payload"));
  const send = sender(model);
  const choices = model.get("choices");
  const player = createPlayer(frame, parsed(), {
    palette: model.get("palette"),
    step: model.get("step"),
    granularity: model.get("granularity"),
    selected: model.get("selected"),
    theme: model.get("theme"),
    presentation: model.get("presentation"),
    seen: model.get("seen"),
    onSeen: (seen) => send({ seen }),
    onPresentation: (presentation) => send({ presentation }),
    onStep: (step) => send({ step }),
    onGranularity: (granularity) => send({ granularity }),
    onSelect: (selected) => send({ selected }),
    editor: choices && {
      ...choices,
      text: model.get("text"),
      kernel: model.get("kernel"),
      error: model.get("error"),
      errorLine: model.get("error_line"),
      schedule: model.get("schedule"),
      onText: (text) => send({ text }),
      onKernel: (kernel) => send({ kernel }),
      onSchedule: (schedule) => send({ schedule }),
      ask: python.ask,
      unsaved: () => el.closest(".jp-NotebookPanel") ? UNSAVED : "",
      onHost: choices.host ? () => send({ host_asked: 1 + Number(model.get("host_asked")) }) : null
    }
  });
  const showError = () => player.setError(model.get("error"), model.get("error_line"));
  const showKernel = () => player.setKernel(model.get("kernel"));
  const unwatch = watchTraits(model, {
    payload: () => player.setTrace(parsed(), model.get("step")),
    step: () => player.step(model.get("step")),
    granularity: () => player.setGranularity(model.get("granularity")),
    selected() {
      const place2 = model.get("selected");
      player.select(place2?.[0] ?? null, place2?.[1] ?? 0);
    },
    presentation: () => player.setPresentation(model.get("presentation")),
    seen: () => player.setSeen(model.get("seen")),
    theme: () => player.setTheme(model.get("theme")),
    answers: () => player.answered(),
    host() {
      if (model.get("host")) player.showHost(model.get("host"));
    },
    text: () => player.setText(model.get("text")),
    kernel: showKernel,
    schedule: () => player.setSchedule(model.get("schedule")),
    choices: showKernel,
    error: showError,
    error_line: showError
  });
  python.onGone((gone) => player.setGone(gone));
  return () => {
    unwatch();
    if (!given) python.stop();
    player.destroy();
  };
}
var renderPlayer = (shown) => showPlayer(shown, null);
function sender(model) {
  let pending = false;
  return (changes) => {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    if (pending) return;
    pending = true;
    queueMicrotask(() => {
      pending = false;
      model.save_changes();
    });
  };
}

// zapviz/view/hosts/notebook.js
var notebook_default = { initialize: standIn(renderPlayer), render: renderPlayer };
export {
  notebook_default as default
};
