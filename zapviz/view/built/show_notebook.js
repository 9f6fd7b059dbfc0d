/* Built from zapviz/view/hosts/show_notebook.js by tools/built.mjs; edit that. */

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

// zapviz/view/core/keys.js
var keyName = (key) => key.length === 1 ? key.toLowerCase() : key;
function actOn(acts, key) {
  const act = acts[keyName(key)];
  act?.();
  return Boolean(act);
}
var isSave = (event) => (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";

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
var MUCH = 0.75;
var PAD = 10;
var BAND_GAP = 8;
var GROUP_GAP = 10;
var BLOCKS_ROOM = 440;
var BLOCK_LEAST = 36;
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
function spaceAlone(rows, width, most, processes = []) {
  if (processes.length > 1) {
    const one2 = { width, most, least: BLOCK_LEAST, room: BLOCKS_ROOM, processes };
    const least = width < NARROW ? 28 : BLOCK_LEAST;
    return layOut(rows, one2).over === 0 ? one2 : { width, most: least, least, room: Infinity };
  }
  const groups = groupRows(rows).filter((group) => group.key !== "swap");
  const heads = groups.reduce((sum, { rows: [first] }) => sum + 2 * PAD + GROUP_GAP + headOf(SPACE.caption, rows[first].role === "file"), 0);
  const beside = { width, most, room: heads + most * rows.filter((row) => row.role !== "swap").length };
  const below = { width, most, room: Infinity };
  const one = layOut(rows, beside);
  return one.over === 0 && one.pitch >= MUCH * layOut(rows, below).pitch ? beside : below;
}

// zapviz/view/core/places.js
var idAt = (data, at) => data.offsets[at[0]] + at[1];
var cellOfStep = (data, step) => step?.at ? idAt(data, step.at) : null;
function cellName(data, id) {
  const r = data.owner[id];
  return `${data.rows[r].label}[${id - data.offsets[r]}]`;
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
var EMPTY = /* @__PURE__ */ new Set(["none", "unmapped", "free"]);
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
  const goes = EMPTY.has(cells[is].kind) && !EMPTY.has(cells[was].kind);
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

// zapviz/view/core/stops.js
var within = (n, least, most) => Math.max(least, Math.min(most, n));

// zapviz/view/core/strides.js
var decides = (palette, step) => step.verdict !== null && step.verdict in palette.signs;
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

// zapviz/view/core/telling.js
function wrongCells(data, at) {
  const states = data.trace.statements.flatMap((one) => at <= one.last ? (one.blame ?? []).filter((state) => state <= at) : []);
  const cells = states.map((state) => cellOfStep(data, data.trace.steps[state - 1]));
  return [...new Set(cells.flatMap((id) => id === null ? [] : [id]))];
}

// zapviz/view/core/trace.js
var EMPTY2 = {
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
  let data = readTrace(EMPTY2);
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

// zapviz/view/views/show.js
var MOST2 = 72;
var WIDTH = 640;
var EDGE = 8;
function createShow(element, shown, options) {
  const { frames, sides } = shown;
  const last = frames.length - 1;
  let at = within(options.step ?? shown.step, 0, last);
  const shell = createShell("zapviz: the arrow keys step", { palette: options.palette, theme: options.theme, onKey });
  const { root } = shell;
  const figures = sides.map((side) => createFigure(options.palette, side));
  const slider = h("input", {
    type: "range",
    class: "zv-slider",
    min: 0,
    max: last,
    step: 1,
    value: at,
    "aria-label": "step",
    oninput: () => move(Number(slider.value))
  });
  const panes = h("div", { class: "zv-shown", "data-sides": sides.length }, ...figures.map((one) => one.node));
  root.classList.add("zv-show");
  root.append(panes);
  if (figures.length === 1) figures[0].sentence.before(slider);
  else root.append(slider);
  function move(n) {
    n = within(n, 0, last);
    if (n === at) return;
    const before = at;
    at = n;
    show(before);
    options.onStep?.(at);
  }
  function show(before = at) {
    for (const [k, figure] of figures.entries()) {
      figure.show(at, frames[at][k], frames[Math.max(0, at - 1)][k], before === at - 1);
    }
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", `${at} of ${last}`);
    root.dataset.step = String(at);
  }
  function onKey({ key, shiftKey }) {
    if (shiftKey) return false;
    return actOn({
      ArrowRight: () => move(at + 1),
      ArrowDown: () => move(at + 1),
      PageDown: () => move(at + 1),
      ArrowLeft: () => move(at - 1),
      ArrowUp: () => move(at - 1),
      PageUp: () => move(at - 1),
      Home: () => move(0),
      End: () => move(last)
    }, key);
  }
  frameIn(element).append(root);
  for (const figure of figures) figure.layOut(figure.pane.clientWidth || WIDTH);
  show();
  const unwatch = shell.watchWidth(panes, panes.clientWidth, () => {
    for (const figure of figures) figure.layOut(figure.pane.clientWidth);
    show();
  });
  return {
    root,
    step: move,
    get at() {
      return at;
    },
    get last() {
      return last;
    },
    setTheme: shell.setTheme,
    destroy() {
      unwatch();
      shell.destroy();
    }
  };
}
function createFigure(palette, { caption, payload, said }) {
  const data = readTrace(unpack(payload) ?? EMPTY2);
  const cursor = createCursor(data);
  const grid = createGrid(palette);
  const tie = tieAtPointer(grid, () => ({ data, state: cursor.state }));
  const head = h("b", {});
  const rest = h("span", {});
  const fails = h("b", { class: "zv-shown-fails" });
  const sentence = reserved("zv-shown-said");
  sentence.keep(said.map(([, ...words2]) => words2.filter(Boolean).join(" ")));
  sentence.text.append(head, " ", rest, " ", fails);
  sentence.text.setAttribute("aria-live", "polite");
  sentence.text.setAttribute("aria-atomic", "true");
  const node = h(
    "section",
    { class: "zv-shown-side", "aria-label": caption || null },
    caption ? heading({}, caption) : null,
    grid.pane,
    sentence.node
  );
  return {
    node,
    sentence: sentence.node,
    pane: grid.pane,
    /** @param {number} width */
    layOut: (width) => grid.load(data, cursor.state, spaceAlone(data.rows, width - EDGE, MOST2, data.trace.processes)),
    /** Show a state, with what is said at its frame.
     *
     * @param {number} frame
     * @param {number} n the state
     * @param {number} since the state of the frame before
     * @param {boolean} next whether that was shown just now
     */
    show(frame, n, since, next) {
      const step = n ? data.trace.steps[n - 1] : null;
      showState(grid, data, cursor.state, cursor.go(n), since, n);
      tie();
      grid.showNow(cellOfStep(data, step), step ? verdictsAt(palette, data, [n]) : []);
      grid.showWrong(wrongCells(data, n));
      grid.showMotions(next && n > since ? () => motionsOf(data, cursor.state, since, n) : null);
      const [verdict, what, why, failing] = said[frame];
      say(head, what);
      head.className = `zv-shown-${verdict || "no"}`;
      say(rest, why);
      say(fails, failing);
    }
  };
}

// zapviz/view/hosts/asking.js
var PATIENCE = 6e4;
var LATE = `Python has not answered for ${PATIENCE / 1e3} seconds: it runs another cell, or has ended. Ask again when it is free; if it was restarted, run the cell again.`;
function watchTraits(model, acts) {
  const handlers = Object.entries(acts);
  for (const [trait, act] of handlers) model.on(`change:${trait}`, act);
  return () => {
    for (const [trait, act] of handlers) model.off(`change:${trait}`, act);
  };
}

// zapviz/view/hosts/still.js
var PROSE = "jp-RenderedHTMLCommon";
var CELL = ".jp-Cell";
function standIn(render2) {
  return ({ model }) => {
    const name = model.get("place");
    const live = /* @__PURE__ */ new Map();
    function show(place2) {
      const still = [...place2.childNodes];
      const prose = place2.closest(`.${PROSE}`);
      const el = h("div", {});
      place2.replaceChildren(el);
      prose?.classList.remove(PROSE);
      const stop = render2({ model, el });
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

// zapviz/view/hosts/show_notebook.js
function render({ model, el }) {
  const show = createShow(frameIn(el), JSON.parse(model.get("payload")), {
    palette: model.get("palette"),
    theme: model.get("theme"),
    step: model.get("step"),
    onStep(step) {
      model.set("step", step);
      model.save_changes();
    }
  });
  const unwatch = watchTraits(model, {
    step: () => show.step(model.get("step")),
    theme: () => show.setTheme(model.get("theme"))
  });
  return () => {
    unwatch();
    show.destroy();
  };
}
var show_notebook_default = { initialize: standIn(render), render };
export {
  show_notebook_default as default
};
