/* Built from zapviz/view/hosts/page.js by tools/built.mjs; edit that. */

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
    /** Go to a state; the cells that may look different then. */
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
function unpack(payload) {
  if (!payload) return null;
  const { packed, ...trace } = JSON.parse(payload);
  const { words, lists, columns, worded, listed } = packed;
  const names = Object.keys(columns);
  const tables = names.map((name) => worded.includes(name) ? words : listed.includes(name) ? lists : null);
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

// zapviz/view/core/dom.js
var SVG = "http://www.w3.org/2000/svg";
var PAGE = 4096;
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
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}
function s(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes ?? {})) node.setAttribute(key, value);
  node.append(...children);
  return node;
}
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
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
var signed = (value) => value > 0 ? `+${value}` : value < 0 ? `\u2212${-value}` : "";
var plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
var clip = (text, length) => text.length > length ? `${text.slice(0, length - 1)}\u2026` : text;
function sizeText(bytes) {
  return bytes % PAGE === 0 ? `i_size ${plural(bytes / PAGE, "page")}` : `i_size ${bytes} bytes`;
}

// zapviz/view/core/layout.js
var PAD = 10;
var HEAD = 34;
var LOW_HEAD = 20;
var BAND_GAP = 8;
var GROUP_GAP = 10;
var NARROW = 420;
var ROOM = 330;
function groupRows(rows) {
  const groups = [];
  for (const [r, row] of rows.entries()) {
    const last = groups[groups.length - 1];
    const key = row.role === "swap" ? "swap" : row.role === "file" ? row.id : row.file ?? "";
    if (last && last.key === key && row.role !== "file") last.rows.push(r);
    else groups.push({ key, rows: [r], unit: { swap: "slot" }[key] ?? (key ? "file page" : "page") });
  }
  for (const group of groups) {
    group.span = Math.max(1, ...group.rows.map((r) => rows[r].column + rows[r].pages));
  }
  return groups;
}
function labelWidth(group, pitch, width) {
  if (group.key === "swap") return 46;
  if (pitch >= 34) return 160;
  return width < NARROW ? 74 : 92;
}
function place(groups, rows, width, pitch, wrap) {
  const placed = [];
  let x = 0;
  let y = 0;
  let shelf = 0;
  let bands = 0;
  for (const group of groups) {
    const count = Math.ceil(group.span / wrap);
    const columns = Math.min(group.span, wrap, 4 * Math.ceil(group.span / count / 4));
    const label = labelWidth(group, pitch, width);
    const head = rows[group.rows[0]].role === "file" ? HEAD : LOW_HEAD;
    const w = label + columns * pitch + 2 * PAD;
    if (w > width && columns > 1) return null;
    const parts = [];
    let top = PAD - 4;
    for (let first = 0; first < group.span; first += columns) {
      const end = Math.min(group.span, first + columns);
      const inside = group.rows.filter(
        (r) => rows[r].column < end && rows[r].column + rows[r].pages > first
      );
      parts.push({ first, end, top, rows: inside });
      top += head + inside.length * pitch + BAND_GAP;
      bands += 1;
    }
    const height = top - BAND_GAP + PAD - 2;
    if (x > 0 && x + w > width) {
      x = 0;
      y += shelf + GROUP_GAP;
      shelf = 0;
    }
    placed.push({ group, x, y, w, h: height, head, label, columns, parts });
    x += w + GROUP_GAP;
    shelf = Math.max(shelf, height);
  }
  return { pitch, wrap, bands, groups: placed, width, height: y + shelf };
}
function layOut(rows, width, least = 20) {
  const groups = groupRows(rows);
  const span = Math.max(1, ...groups.map((group) => group.span));
  let best = null;
  for (const wrap of [64, 32, 16, 8, 4]) {
    if (best && wrap < span && best.wrap >= span) break;
    for (let pitch = 50; pitch >= least; pitch -= 2) {
      const layout = place(groups, rows, width, pitch, wrap);
      if (!layout) continue;
      layout.over = Math.max(0, layout.height - ROOM);
      if (!best || best.over > 0 && layout.over < best.over) best = layout;
      if (layout.over === 0) break;
    }
    if (best && best.over === 0) break;
  }
  return best ?? place(groups, rows, Infinity, least, 4);
}

// zapviz/view/parts/grid.js
var FINGER = 28;
var BADGES = { zapped: "\u2715", kept: "=", changed: "\u2192", installed: "+" };
var CORNER_FLAGS = ["uffd_wp", "lazyfree", "locked", "poisoned"];
function createGrid(palette) {
  const svg = s("svg", { class: "zv-grid", role: "grid", "aria-label": "page-table entries" });
  const pane = h("div", { class: "zv-pane" }, svg);
  let data = null;
  let looks = [];
  let layout = null;
  let nodes = [];
  let edges = /* @__PURE__ */ new Map();
  let hatches = null;
  let ring = null;
  let badges = null;
  let marks = null;
  let unlike = null;
  let pin = null;
  let shown = "";
  let roving = 0;
  const fingers = window.matchMedia?.("(pointer: coarse)");
  const large = () => svg.classList.contains("zv-rich");
  const remarks = /* @__PURE__ */ new Map();
  function look(cell) {
    const entry = palette.classes[cell.kind] ?? { letter: "?", name: cell.kind, family: "absent" };
    let mark = "";
    if (cell.kind === "swap" && cell.slot !== null) mark = `#${cell.slot}`;
    else if (cell.kind === "migration") mark = cell.flags.includes("anon") ? "anon" : "file";
    else if (cell.data !== null && cell.data !== void 0) mark = String(cell.data);
    const corner = cell.flags.filter((flag) => CORNER_FLAGS.includes(flag)).map((flag) => palette.flags[flag][0]).join("");
    const letter = { none: "\xB7", unmapped: "", free: "" }[cell.kind] ?? entry.letter;
    return { kind: cell.kind, letter, mark, corner, name: entry.name, text: cell.text, cell };
  }
  function cellLabel(id, cell) {
    const r = data.owner[id];
    const row = data.rows[r];
    const name = `${row.label}[${id - data.offsets[r]}]`;
    const remark = remarks.has(id) ? `. ${remarks.get(id)}` : "";
    return `${name}: ${looks[cell].name}. ${looks[cell].text}${remark}`;
  }
  function build(state) {
    svg.replaceChildren();
    nodes = new Array(data.total);
    edges = /* @__PURE__ */ new Map();
    const { pitch } = layout;
    const gap = pitch >= 30 ? 4 : 3;
    const size = pitch - gap;
    const rich = size >= 32;
    svg.setAttribute("width", Math.max(1, Math.ceil(Math.max(
      ...layout.groups.map((group) => group.x + group.w),
      0
    ))));
    svg.setAttribute("height", Math.max(1, Math.ceil(layout.height)));
    svg.setAttribute("class", rich ? "zv-grid zv-rich" : "zv-grid");
    svg.style.setProperty("--zv-letter", `${Math.max(11, Math.round(size * 0.46))}px`);
    const top = s("g", { class: "zv-over", "aria-hidden": "true" });
    for (const placed of layout.groups) buildGroup(placed, state, { pitch, size, rich }, top);
    pin = s("rect", { class: "zv-pin", x: -3.5, y: -3.5, width: size + 7, height: size + 7, rx: 6 });
    ring = s(
      "g",
      { visibility: "hidden" },
      ...["zv-ring-halo", "zv-ring"].map((kind) => s("rect", { class: kind, x: -3, y: -3, width: size + 6, height: size + 6, rx: 6 }))
    );
    const round = (kind) => () => s("circle", { r: rich ? 9 : 7, class: kind });
    badges = createBadges(size + 1, 1, round("zv-badge"));
    unlike = createBadges(-1, size + 1, round("zv-unlike"), "zv-unlike-text");
    marks = createBadges(rich ? -4 : -3, 1, () => s("rect", { y: rich ? -7 : -6, height: rich ? 14 : 11, rx: 4, class: "zv-badge" }));
    pin.setAttribute("visibility", "hidden");
    hatches = createHatches(size, rich);
    top.append(hatches.node, pin, ring, unlike.node, badges.node, marks.node);
    svg.append(top);
    rove(Math.min(roving, data.total - 1), false);
  }
  function buildGroup(placed, state, { pitch, size, rich }, top) {
    const { group, x, y, w, label } = placed;
    const node = s(
      "g",
      { transform: `translate(${x},${y})`, role: "rowgroup" },
      s("rect", { class: "zv-group", width: w, height: placed.h, rx: 8 })
    );
    const file = data.rows[group.rows[0]].role === "file" ? data.rows[group.rows[0]].id : null;
    const bands = [];
    for (const part of placed.parts) {
      const left = PAD + label;
      const width = (part.end - part.first) * pitch;
      const height = part.rows.length * pitch;
      const rowsTop = part.top + placed.head;
      const beyond = s("rect", {
        class: "zv-beyond",
        y: rowsTop - 3,
        height: height + 2,
        visibility: "hidden",
        "aria-hidden": "true"
      });
      node.append(beyond);
      const heads = s(
        "g",
        { class: "zv-heads", "aria-hidden": "true" },
        s("text", { x: left - 8, y: rowsTop - 6, class: "zv-unit" }, group.unit)
      );
      const every = pitch >= 28 ? 1 : 4;
      for (let column = part.first; column < part.end; column++) {
        if (column % every) continue;
        heads.append(s(
          "text",
          { x: left + (column - part.first) * pitch + size / 2, y: rowsTop - 6, class: "zv-column" },
          String(column)
        ));
      }
      node.append(heads);
      for (const [k, r] of part.rows.entries()) {
        const rowTop = rowsTop + k * pitch;
        node.append(buildRow(r, part, { left, rowTop, pitch, size, rich, x, y, state, label }));
      }
      if (file) {
        const line = s("path", { class: "zv-edge", visibility: "hidden" });
        const text = s("text", { class: "zv-edge-text", visibility: "hidden" });
        top.append(s("g", { transform: `translate(${x},${y})` }, line, text));
        bands.push({ part, left, width, rowsTop, height, pitch, size, beyond, line, text });
      }
    }
    if (file) edges.set(file, { bands, shown: void 0 });
    svg.append(node);
  }
  function buildRow(r, part, { left, rowTop, pitch, size, rich, x, y, state, label }) {
    const row = data.rows[r];
    const node = s("g", {
      role: "row",
      "aria-label": `${row.label}, ${row.detail}`,
      transform: `translate(0,${rowTop})`
    });
    const letters = Math.max(4, Math.floor((label - 14 - 8 * Math.min(6, row.label.length)) / 6));
    const inCache = letters < "page cache".length ? "cache" : "page cache";
    const short = row.role === "file" ? inCache : row.detail.split(" ")[0];
    const head = s("g", { role: "rowheader", class: "zv-row-head" });
    head.append(s("title", {}, `${row.label}: ${row.detail}`));
    if (row.role === "swap") {
      head.append(s("text", { x: PAD, y: size / 2, class: "zv-row-detail" }, "swap"));
    } else if (rich) {
      head.append(
        s("text", { x: PAD, y: size / 2 - 7, class: "zv-row-name" }, row.label),
        s("text", { x: PAD, y: size / 2 + 10, class: "zv-row-detail" }, clip(row.detail, 27))
      );
    } else {
      head.append(s(
        "text",
        { x: PAD, y: size / 2, class: "zv-row-name" },
        clip(row.label, 6),
        s(
          "tspan",
          { class: "zv-row-detail", dx: 5 },
          clip(short, letters)
        )
      ));
    }
    node.append(head);
    const from = Math.max(part.first, row.column);
    const to = Math.min(part.end, row.column + row.pages);
    const lines = [["zv-letters", rich ? size * 0.42 : size / 2 + 0.5, size / 2]];
    if (rich) lines.push(["zv-marks", size * 0.83, size / 2], ["zv-corners", 8, size - 3]);
    const texts = lines.map(([kind]) => s("text", { class: kind, "aria-hidden": "true" }));
    for (let column = from; column < to; column++) {
      const id = data.offsets[r] + column - row.column;
      const cellX = left + (column - part.first) * pitch;
      const g = s(
        "g",
        { role: "gridcell", tabindex: -1 },
        s("rect", { x: cellX, width: size, height: size, rx: Math.min(5, size / 6), class: "zv-box" })
      );
      const inks = lines.map(([, y2, dx], k) => {
        const ink = s("tspan", { x: cellX + dx, y: y2 }, "");
        texts[k].append(ink);
        return ink;
      });
      const [letter, mark = null, corner = null] = inks.map((ink) => ink.firstChild);
      g.zapvizCell = id;
      nodes[id] = { g, inks, letter, mark, corner, cell: -1, kind: "", label: "", x: x + cellX, y: y + rowTop };
      paint(id, state[id]);
      node.append(g);
    }
    node.append(...texts);
    return node;
  }
  function paint(id, cell) {
    const node = nodes[id];
    if (node.cell === cell) return;
    const now = looks[cell];
    if (node.kind !== now.kind) {
      node.kind = now.kind;
      node.g.setAttribute("class", `zv-cell k-${now.kind}`);
      for (const ink of node.inks) ink.setAttribute("class", `k-${now.kind}`);
    }
    node.cell = cell;
    if (node.letter.data !== now.letter) node.letter.data = now.letter;
    if (node.mark) {
      if (node.mark.data !== now.mark) node.mark.data = now.mark;
      if (node.corner.data !== now.corner) node.corner.data = now.corner;
    }
    const label = cellLabel(id, cell);
    if (node.label !== label) node.g.setAttribute("aria-label", node.label = label);
  }
  function showSizes(sizes) {
    for (const [file, edge] of edges) {
      const bytes = sizes[file] ?? null;
      if (edge.shown === bytes) continue;
      edge.shown = bytes;
      for (const band of edge.bands) drawEdge(band, bytes, band === edge.bands[edge.bands.length - 1]);
    }
  }
  function drawEdge(band, bytes, last) {
    const { part, left, width, rowsTop, height, pitch, size } = band;
    const hide = (node) => node.setAttribute("visibility", "hidden");
    if (bytes === null) {
      [band.beyond, band.line, band.text].forEach(hide);
      return;
    }
    const pages = bytes / PAGE;
    const whole = Math.floor(pages);
    const gap = pitch - size;
    const at = left + (whole - part.first) * pitch + (pages === whole ? -gap / 2 : (pages - whole) * size);
    const from = Math.max(left - gap / 2, Math.min(at, left + width));
    if (pages < part.end) {
      band.beyond.setAttribute("x", from);
      band.beyond.setAttribute("width", Math.max(0, left + width - from + 2));
      band.beyond.setAttribute("visibility", "visible");
    } else hide(band.beyond);
    const here = pages === 0 ? part.first === 0 : pages > part.first && pages <= part.end || last && pages > part.end;
    if (!here) {
      hide(band.line);
      hide(band.text);
      return;
    }
    let path = `M${from} ${rowsTop - 20}V${rowsTop + height - gap + 5}`;
    if (pages !== whole) {
      path = `M${from} ${rowsTop - 20}v3M${from} ${rowsTop - 3}V${rowsTop + size * 0.16}`;
      for (let k = 0; k < part.rows.length; k++) {
        const end = k + 1 < part.rows.length ? pitch + size * 0.16 : size + 5;
        path += `M${from} ${rowsTop + k * pitch + size * 0.92}V${rowsTop + k * pitch + end}`;
      }
    }
    band.line.setAttribute("d", path);
    band.line.setAttribute("visibility", "visible");
    const text = pages > part.end ? `${sizeText(bytes)} \u2192` : sizeText(bytes);
    const room = text.length * 6.4 + 8;
    const before = from + room > left + width + PAD;
    band.text.setAttribute("x", before ? from - 5 : from + 5);
    band.text.setAttribute("y", rowsTop - 22);
    band.text.setAttribute("text-anchor", before ? "end" : "start");
    say(band.text, text);
    band.text.setAttribute("visibility", "visible");
  }
  function rove(id, focus) {
    if (id < 0 || id >= nodes.length) return;
    nodes[roving]?.g.setAttribute("tabindex", -1);
    roving = id;
    nodes[id].g.setAttribute("tabindex", 0);
    if (focus) nodes[id].g.focus();
  }
  return {
    pane,
    svg,
    nodes: () => nodes,
    look: (cell) => looks[cell],
    /** Take over another trace; the drawing is kept where the rows are the same. */
    load(next, state, width) {
      if (next !== data) remarks.clear();
      data = next;
      looks = data.trace.cells.map(look);
      const key = JSON.stringify([Math.round(width), data.rows.map((row) => [row.id, row.label, row.detail, row.role, row.file, row.column, row.pages])]);
      if (key !== shown) {
        shown = key;
        layout = layOut(data.rows, width, fingers?.matches ? FINGER : void 0);
        build(state);
      } else {
        for (let id = 0; id < nodes.length; id++) {
          nodes[id].cell = -1;
          paint(id, state[id]);
        }
      }
    },
    paint,
    showSizes,
    /** Hatch the cells that just changed. */
    showFresh(ids) {
      hatches.show([...ids].map((id) => nodes[id]));
    },
    /** Outline the entry being decided; put verdicts, [cell, verdict] each, at the corners. */
    showNow(id, verdicts) {
      if (id === null || !nodes[id]) ring.setAttribute("visibility", "hidden");
      else {
        ring.setAttribute("transform", `translate(${nodes[id].x},${nodes[id].y})`);
        ring.setAttribute("visibility", "visible");
      }
      badges.show(verdicts.map(([cell, verdict]) => [nodes[cell], BADGES[verdict]]));
    },
    /** Whether the cells are large enough for more than a letter. */
    large,
    /** Put signs, [cell, text, kind] each, at the other corners: what somebody says of the cells. */
    showMarks(list) {
      const width = (text) => large() ? 7 + 9 * text.length : 5 + 6 * text.length;
      marks.show(list.map(([cell, text, kind]) => [nodes[cell], text, kind]), (mark, text) => {
        mark.shape.setAttribute("width", width(text));
        mark.label.setAttribute("x", width(text) / 2);
      });
    },
    /** Say something of a cell to those who cannot see its sign; "" takes it back. */
    remark(id, text) {
      if (text) remarks.set(id, text);
      else remarks.delete(id);
      const label = cellLabel(id, nodes[id].cell);
      if (nodes[id].label !== label) nodes[id].g.setAttribute("aria-label", nodes[id].label = label);
    },
    /** Mark the entries that are not the same everywhere; null is one that this grid has not. */
    showDiffering(ids) {
      unlike.show(ids.filter((id) => nodes[id]).map((id) => [nodes[id], "\u2260"]));
    },
    showPin(id) {
      if (id === null || !nodes[id]) pin.setAttribute("visibility", "hidden");
      else {
        pin.setAttribute("transform", `translate(${nodes[id].x},${nodes[id].y})`);
        pin.setAttribute("visibility", "visible");
      }
    },
    rove,
    roving: () => roving,
    cellOf: (event) => event.target.closest?.("[role=gridcell]")?.zapvizCell ?? null,
    /** The nearest cell in a direction, for the arrow keys; only one for which `among` holds. */
    neighbour(id, dx, dy, among = () => true) {
      const here = nodes[id];
      let best = id;
      let least = Infinity;
      for (let other = 0; other < nodes.length; other++) {
        const x = nodes[other].x - here.x;
        const y = nodes[other].y - here.y;
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
    },
    edgeOfRow(id, end) {
      const r = data.owner[id];
      return end ? data.offsets[r] + data.rows[r].pages - 1 : data.offsets[r];
    },
    /** Scroll the pane so that a cell is in view: only when the pane scrolls at all. */
    reveal(id) {
      if (id === null || !nodes[id] || pane.scrollHeight <= pane.clientHeight + 1) return;
      const { y } = nodes[id];
      if (y - HEAD < pane.scrollTop) pane.scrollTop = Math.max(0, y - HEAD - 4);
      else if (y + layout.pitch + 8 > pane.scrollTop + pane.clientHeight) {
        pane.scrollTop = y + layout.pitch + 12 - pane.clientHeight;
      }
    }
  };
}
function createBadges(dx, dy, shape, words = "zv-badge-text") {
  const node = s("g", {});
  const pool = [];
  let used = 0;
  const set = (badge, attribute, value) => {
    if (badge[attribute] !== value) badge.g.setAttribute(attribute, badge[attribute] = value);
  };
  return {
    node,
    /** Show signs: [cell, sign, kind of sign or nothing] each; `fit` adapts the shape to the sign. */
    show(list, fit = () => {
    }) {
      for (const [k, [cell, sign, kind]] of list.entries()) {
        if (k === pool.length) {
          const text = document.createTextNode("");
          const label = s("text", { class: words }, text);
          const made = { text, label, shape: shape() };
          made.g = s("g", {}, made.shape, label);
          pool.push(made);
          node.append(made.g);
        }
        const badge = pool[k];
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
var HATCH_STEP = 5;
function createHatches(size, rich) {
  const node = s("g", {});
  const paths = /* @__PURE__ */ new Map();
  const lines = slants(size, rich);
  return {
    node,
    show(cells) {
      const wanted = new Map([...paths.keys()].map((kind) => [kind, ""]));
      for (const { kind, x, y } of cells) wanted.set(kind, `${wanted.get(kind) ?? ""}M${x} ${y}${lines}`);
      for (const [kind, d] of wanted) {
        if (!paths.has(kind)) {
          paths.set(kind, { path: s("path", { class: `zv-hatch k-${kind}` }), d: "" });
          node.append(paths.get(kind).path);
        }
        const shown = paths.get(kind);
        if (shown.d !== d) shown.path.setAttribute("d", shown.d = d);
      }
    }
  };
}
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
  for (let sum = HATCH_STEP; sum < 2 * size; sum += HATCH_STEP) {
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
function paletteRules(palette, id) {
  const rules = [];
  for (const [name, theme] of Object.entries(palette.themes)) {
    const root = `#${id}[data-theme="${name}"]`;
    const own = ["text", "muted", "line", "outline", "selected", "edge", "beyond", "band", "background"].map((key) => `--zv-${key}:${theme[key]}`).join(";");
    rules.push(`${root}{${own}}`);
    for (const [kind, ink] of Object.entries(theme.inks)) {
      rules.push(`${root} .k-${kind}{--f:${ink.fill};--t:${ink.text};--b:${ink.border};--d:${ink.dashed ? "3 3" : "none"}}`);
    }
  }
  return rules.join("\n");
}
function adoptRules(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
  };
}

// zapviz/view/parts/panels.js
function reserved(kind, live) {
  const text = h("div", { class: "zv-live", ...live });
  const ghosts = h("div", { class: "zv-ghosts", "aria-hidden": "true" });
  const seen = [];
  return {
    node: h("div", { class: `zv-reserve ${kind}` }, ghosts, text),
    text,
    /** Make room for these texts too; but for a reset the room never shrinks. */
    keep(texts, reset = false) {
      if (reset) seen.length = 0;
      const longest = [.../* @__PURE__ */ new Set([...seen, ...texts])].sort((a, b) => b.length - a.length).slice(0, 8);
      if (longest.every((one, k) => one === seen[k])) return;
      seen.splice(0, seen.length, ...longest);
      ghosts.replaceChildren(...longest.map((one) => h("div", {}, one)));
    }
  };
}
function chip() {
  const letter = document.createTextNode("");
  const node = h("span", { class: "zv-chip" }, letter);
  return {
    node,
    show(look) {
      node.className = `zv-chip k-${look ? look.kind : "unmapped"}`;
      letter.data = look ? look.letter : "";
      node.title = look ? `${look.name}: ${look.text}` : "";
    }
  };
}
function classLook(palette, kind) {
  const one = palette.classes[kind];
  const letter = { none: "\xB7", unmapped: "", free: "" }[kind] ?? one.letter;
  return { kind, letter, name: one.name, text: one.meaning };
}
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
  const box = h("div", { class: "zv-text" }, h("div", { class: "zv-sheet" }, lines, area));
  const drawn = [];
  let shown = null;
  let current = null;
  function draw(text) {
    if (text === shown) return;
    shown = text;
    const wanted = text.split("\n");
    while (drawn.length > wanted.length) drawn.pop().node.remove();
    for (const [k, line] of wanted.entries()) {
      if (k === drawn.length) drawn.push(newLine(k + 1));
      if (drawn[k].text === line) continue;
      drawn[k].text = line;
      drawn[k].body.replaceChildren(...colour(line));
    }
  }
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
    return { node, body, text: null };
  }
  function colour(line) {
    const comment = line.indexOf("#");
    const code = comment < 0 ? line : line.slice(0, comment);
    const word = code.match(/^(\s*(?:>\s*)*)(assert|def)\b/);
    const parts = word ? [word[1], h("span", { class: "zv-word" }, word[2]), code.slice(word[0].length)] : [code];
    if (comment >= 0) parts.push(h("span", { class: "zv-comment" }, line.slice(comment)));
    return line ? parts : ["\u200B"];
  }
  return {
    box,
    area,
    set(text) {
      if (area.value !== text) area.value = text;
      draw(text);
    },
    redraw: () => draw(area.value),
    /** Mark the line of the current statement; 0 is none. */
    mark(line) {
      const node = drawn[line - 1]?.node ?? null;
      if (node === current) return;
      current?.classList.remove("zv-here");
      node?.classList.add("zv-here");
      current = node;
    },
    /** Mark the lines already run, and the assertions among them that hold or fail. */
    verdicts(list) {
      for (const [k, { node }] of drawn.entries()) {
        const verdict = list.get(k + 1) ?? "";
        const kind = `zv-line ${verdict}${node === current ? " zv-here" : ""}`;
        if (node.className !== kind) node.className = kind;
      }
    },
    /** Mark the line that has a mistake; 0 is none. */
    wrong(line) {
      for (const [k, { body }] of drawn.entries()) body.classList.toggle("zv-mistake", k + 1 === line);
    },
    /** Scroll the line of the caret into the box. */
    revealCaret() {
      if (document.activeElement !== area) return;
      const line = drawn[area.value.slice(0, area.selectionStart).split("\n").length - 1]?.node;
      if (!line) return;
      const bottom = line.offsetTop + line.offsetHeight + 12;
      if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
      else if (line.offsetTop < box.scrollTop) box.scrollTop = Math.max(0, line.offsetTop - 8);
    },
    /** Scroll the current line into the box, the box alone. */
    reveal() {
      if (!current || box.scrollHeight <= box.clientHeight) return;
      const top = current.offsetTop;
      const height = current.offsetHeight;
      if (top < box.scrollTop + 8) box.scrollTop = Math.max(0, top - 2 * height);
      else if (top + height + 12 > box.scrollTop + box.clientHeight) {
        box.scrollTop = top + 3 * height - box.clientHeight;
      }
    }
  };
}

// zapviz/view/parts/legend.js
var legendItem = (sample, label, title = null) => h("span", { class: "zv-legend-item", title }, sample, label);
function classItems(palette, kinds) {
  return Object.entries(palette.classes).filter(([kind]) => kinds.has(kind)).map(([kind, one]) => {
    const sample = chip();
    sample.show(classLook(palette, kind));
    return legendItem(sample.node, one.name, one.meaning);
  });
}
var signItem = (kind, label) => legendItem(h("span", { class: `zv-sign ${kind}`, "aria-hidden": "true" }), label);
var pictureItem = (picture, label) => legendItem(picture, label);
function verdictItems(verdicts) {
  return Object.entries(BADGES).filter(([verdict]) => verdicts.has(verdict)).map(([verdict, sign]) => legendItem(h("span", { class: "zv-sign-verdict", "aria-hidden": "true" }, sign), verdict));
}
function writtenItems(palette, rows, cells) {
  const small = (sign, label) => legendItem(h("code", {}, sign), label);
  const items = [];
  if (rows.some((row) => row.role === "file")) items.push(signItem("zv-sign-edge", "i_size: end of file"));
  if (cells.some((cell) => cell.data !== null)) items.push(small("7", "the byte it holds"));
  if (cells.some((cell) => cell.kind === "swap")) items.push(small("#7", "its swap slot"));
  for (const flag of CORNER_FLAGS) {
    if (cells.some((cell) => cell.flags.includes(flag))) items.push(small(...palette.flags[flag]));
  }
  return items;
}

// zapviz/view/parts/dialog.js
var UNDER = 40;
var opened = /* @__PURE__ */ new WeakMap();
var keyList = (keys) => h("dl", {}, ...keys.flatMap(([key, what]) => [h("dt", {}, key), h("dd", {}, what)]));
function createDialog(label, kind, ...content) {
  let opener = null;
  const close_ = h("button", { type: "button", class: "zv-link", onclick: () => close() }, "close");
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
    h("h4", {}, `${label} `, close_),
    ...content
  );
  function place2() {
    if (!node.isConnected) return;
    const view = node.parentNode.getBoundingClientRect();
    const { clientWidth } = document.documentElement;
    const edges = {
      top: Math.max(8, Math.min(view.top + UNDER, window.innerHeight * 0.15)),
      left: Math.max(0, view.left) + 8,
      right: Math.max(0, clientWidth - view.right) + 8
    };
    for (const [edge, at] of Object.entries(edges)) node.style.setProperty(`--zv-${edge}`, `${Math.round(at)}px`);
  }
  const spread = (on) => {
    if (opener?.matches("button")) opener.setAttribute("aria-expanded", String(on));
  };
  function open() {
    if (!node.hidden) return;
    const view = node.parentNode;
    opened.get(view)?.();
    opened.set(view, close);
    const { activeElement } = node.getRootNode();
    opener = view.contains(activeElement) ? activeElement : view;
    node.hidden = false;
    node.showPopover?.();
    place2();
    window.addEventListener("resize", place2);
    node.focus({ preventScroll: true });
    spread(true);
  }
  function close() {
    if (node.hidden) return;
    opened.delete(node.parentNode);
    window.removeEventListener("resize", place2);
    node.hidePopover?.();
    node.hidden = true;
    spread(false);
    (opener?.isConnected ? opener : node.parentNode).focus({ preventScroll: true });
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

// zapviz/view/parts/schedule.js
function createSchedule(host) {
  const heads = h("div", { class: "zv-turn zv-turn-heads", "aria-hidden": "true" });
  const list = h("div", { class: "zv-turns", role: "list", "aria-label": "schedule, a step a line" });
  const link = (label, title, act) => act ? h("button", { type: "button", class: "zv-link", title, onclick: act }, label) : null;
  const node = h(
    "section",
    { class: "zv-schedule", "aria-label": "schedule of the CPUs", hidden: true },
    h(
      "h4",
      {},
      "Which CPU takes each step ",
      link("in turn", "Run the CPUs one after the other", host.choose && (() => host.choose([]))),
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
  const schedule = () => turns.filter((turn) => turn.cpu >= 0).map((turn) => turn.cpu);
  function choose(k, cpu) {
    const order = schedule();
    const rest = order.slice(k);
    const own = rest.indexOf(cpu);
    if (own >= 0) rest.splice(own, 1);
    wanted = k;
    host.choose([...order.slice(0, k), cpu, ...rest]);
  }
  function load(trace) {
    turns = trace.turns ?? [];
    node.hidden = turns.length === 0;
    cpus = [...new Set(turns.flatMap((turn) => [turn.cpu, ...turn.open.map((one) => one.cpu)]))].filter((cpu) => cpu >= 0).sort((a, b) => a - b);
    node.style.setProperty("--zv-cpus", Math.max(1, cpus.length));
    heads.replaceChildren(...cpus.map((cpu) => h("span", {}, `CPU${cpu}`)));
    here = [];
    current = -1;
    rows = turns.map((turn) => {
      const cells = cpus.map(() => h("span", { class: "zv-turn-cell" }));
      const taken = turn.open.find((one) => one.cpu === turn.cpu);
      const quiet = turn.after === turn.before;
      const words = taken?.doing ?? trace.steps[turn.after - 1]?.title ?? "";
      if (turn.cpu >= 0) {
        cells[cpus.indexOf(turn.cpu)].append(h("button", {
          type: "button",
          tabindex: -1,
          class: `zv-taken${quiet ? " zv-quiet" : ""}`,
          title: words,
          "aria-label": `CPU${turn.cpu}: ${words}`,
          onclick: () => host.move(turn.after)
        }, words));
      }
      return { cells, line: h("div", { class: "zv-turn", role: "listitem" }, ...cells) };
    });
    list.replaceChildren(...rows.map((row) => row.line));
  }
  function goal() {
    if (wanted < 0 || wanted >= turns.length) return null;
    const state = turns[wanted].after;
    wanted = -1;
    return state;
  }
  function turnAt(at) {
    const next = turns.findIndex((turn) => turn.before <= at && at < turn.after);
    return next < 0 && turns[turns.length - 1].after === at ? turns.length - 1 : next;
  }
  function show(at) {
    if (!turns.length) return;
    const next = turnAt(at);
    if (next !== current) {
      for (const k of [current, next]) {
        rows[k]?.line.classList.toggle("zv-turn-here", k === next);
        if (k === next) rows[k]?.line.setAttribute("aria-current", "step");
        else rows[k]?.line.removeAttribute("aria-current");
      }
      current = next;
    }
    for (const k of here) {
      for (const offer of rows[k].line.querySelectorAll(".zv-offer")) offer.remove();
    }
    here = [];
    for (const [k, turn] of turns.entries()) {
      rows[k].line.classList.toggle("zv-turn-past", turn.after <= at && k !== current);
      if (turn.before !== at) continue;
      here.push(k);
      for (const one of turn.open) {
        if (one.cpu === turn.cpu) continue;
        const cell = rows[k].cells[cpus.indexOf(one.cpu)];
        if (one.waits) cell.append(h("span", { class: "zv-offer zv-waits" }, "waits for a lock"));
        else if (host.choose) {
          cell.append(h("button", {
            type: "button",
            class: "zv-offer",
            title: `Let CPU${one.cpu} go on here: ${one.text}`,
            "aria-label": `instead, CPU${one.cpu}: ${one.doing}`,
            onclick: () => choose(k, one.cpu)
          }, one.doing));
        }
      }
    }
    const { line } = rows[here[0]] ?? rows[current] ?? rows[at <= turns[0].before ? 0 : rows.length - 1];
    const top = line.offsetTop - list.offsetTop;
    if (top < list.scrollTop || top + 44 > list.scrollTop + list.clientHeight) {
      list.scrollTop = top - list.clientHeight / 3;
    }
  }
  const start = () => turns[0]?.before ?? 0;
  const lineAt = (at) => turns.find((turn) => turn.before < at && at <= turn.after)?.line ?? 0;
  function other() {
    for (const k of here) {
      const offer = turns[k].open.find((one) => one.cpu !== turns[k].cpu && !one.waits);
      if (offer && host.choose) {
        choose(k, offer.cpu);
        return true;
      }
    }
    return false;
  }
  return { node, load, show, goal, other, lineAt, start };
}
function showRace(element, found, letters, follow) {
  const go = (label, title, schedule) => schedule === null ? null : h("button", { type: "button", class: "zv-link", title, onclick: () => follow(schedule) }, label);
  const verdict = (one) => {
    const word = one.ok === null ? "not decided" : one.ok ? "holds" : "fails";
    return h(
      "li",
      {},
      h("code", {}, one.text),
      ` ${word}: true in ${one.final_states} of ${found.finals.length} final states `,
      go(
        one.ok === (one.quantifier === "sometimes") ? "show how" : "show one",
        "Follow this interleaving in the grid",
        one.schedule
      )
    );
  };
  const strip = (name, kinds, data) => h(
    "div",
    {},
    h("b", {}, name.padEnd(5)),
    kinds.map((kind) => letters[kind]).join(""),
    h("span", { class: "zv-strip-data" }, data.some((byte) => byte !== null) ? `  data ${data.map((byte) => byte ?? "-").join(" ")}` : "")
  );
  const final = (one, k) => h(
    "li",
    {},
    h(
      "div",
      {},
      `State ${k + 1}`,
      one.interleavings ? `: ${one.interleavings.toLocaleString("en")} interleavings ` : " ",
      go("show one", "Follow a shortest interleaving that ends so", one.schedule)
    ),
    h(
      "div",
      { class: "zv-strips" },
      ...Object.entries(one.cache).map(([name, kinds]) => strip(name, kinds, one.data[name])),
      ...Object.entries(one.ptes).map(([name, kinds]) => strip(name, kinds, one.data[name]))
    ),
    h("div", {}, Object.entries(one.results).map(([cpu, results]) => `${cpu} returns ${results.join(", ")}`).join("; "))
  );
  const dead = found.deadlocks.map((schedule) => h(
    "li",
    {},
    "Deadlock: every CPU that is left waits ",
    go("show how", "Follow the way there", schedule)
  ));
  const head = h("p", {}, `${found.kernel}: ${found.extent}.`);
  const early = found.complete ? null : h("p", {}, "Stopped at the bound: what fails fails, what holds so far may yet fail. Take fewer pages or fewer statements on each CPU, or use zapviz race on the command line.");
  element.replaceChildren(...[
    head,
    early,
    h("ul", { class: "zv-found" }, ...found.assertions.map(verdict), ...dead),
    h("ol", { class: "zv-found zv-finals" }, ...found.finals.slice(0, 12).map(final)),
    found.finals.length > 12 ? h("p", {}, `... and ${found.finals.length - 12} more final states.`) : null
  ].filter(Boolean));
}
function showSaid(element, words) {
  const line = h("p", { role: "status" });
  say(line, words);
  element.replaceChildren(line);
}

// zapviz/view/parts/share.js
var OF_TRACE = [
  ["state", "this state"],
  ["change", "what this statement does"],
  ["whole", "the whole run"]
];
var OF_COMPARISON = [["state", "this step"]];
function createShare(host) {
  const id = `zv-${Math.random().toString(36).slice(2, 10)}`;
  const radios = host.what.map(([value, label]) => h(
    "label",
    {},
    h("input", { type: "radio", name: id, value, checked: value === "state", onchange: () => clear() }),
    ` ${label}`
  ));
  const theme = h(
    "select",
    { class: "zv-select", "aria-label": "look of pictures", onchange: () => clear() },
    ...["light", "dark", "print"].map((one) => h("option", { value: one }, one))
  );
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
      action("Copy", `Copy ${form.name}`, () => copy2(form), !form.text && form.name !== "png"),
      action("Save", `Save ${form.name}`, () => save(form)),
      action("Show", `Show ${form.name}`, () => show(form), !form.text && !isPicture(form))
    )
  ));
  const dialog = createDialog(
    "Share",
    "zv-share",
    h(
      "div",
      { class: "zv-share-what", role: "radiogroup", "aria-label": "what" },
      "Of ",
      ...radios,
      h("label", {}, "pictures ", theme)
    ),
    h("table", {}, h("tbody", {}, ...rows)),
    said,
    preview,
    frame
  );
  function isPicture(form) {
    return ["png", "svg", "gif"].includes(form.name);
  }
  function action(word, label, act, hidden = false) {
    return hidden ? null : h("button", {
      type: "button",
      class: "zv-button zv-words",
      "aria-label": label,
      onclick: act
    }, word);
  }
  function clear() {
    say(said, "");
    preview.hidden = true;
    frame.replaceChildren();
  }
  async function made(form) {
    clear();
    say(said, `Making ${form.name} \u2026`);
    const what = radios.map((label) => label.firstChild).find((radio) => radio.checked).value;
    const answer = await host.make(form, what, theme.value);
    if (!answer.error) return answer;
    say(said, answer.error);
    return null;
  }
  async function copy2(form) {
    const answer = await made(form);
    if (!answer) return;
    try {
      if (answer.text !== void 0) await navigator.clipboard.writeText(answer.text);
      else await navigator.clipboard.write([new ClipboardItem({ [answer.media]: blobOf(answer) })]);
      say(said, `Copied: ${form.about}.`);
    } catch {
      if (answer.text === void 0) say(said, "This page may not copy pictures; Save gives a file.");
      else {
        tell(answer.text);
        getSelection().selectAllChildren(preview);
        say(said, "This page may not copy by itself: the text below is selected, press Ctrl+C.");
      }
    }
  }
  async function save(form) {
    const answer = await made(form);
    if (!answer) return;
    const url = URL.createObjectURL(blobOf(answer));
    const link = h("a", { href: url, download: answer.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1e4);
    say(said, `Saved as ${answer.name}, where this browser puts what it downloads.`);
  }
  async function show(form) {
    const answer = await made(form);
    if (!answer) return;
    say(said, "");
    if (answer.text !== void 0 && !isPicture(form)) tell(answer.text);
    else {
      const bytes = answer.base64 ?? btoa(String.fromCharCode(...new TextEncoder().encode(answer.text)));
      frame.replaceChildren(h("img", {
        class: "zv-preview",
        alt: `${form.about}, as it was made`,
        src: `data:${answer.media};base64,${bytes}`
      }));
    }
  }
  function tell(text) {
    say(preview, text);
    preview.hidden = false;
  }
  return dialog;
}
function blobOf(answer) {
  if (answer.text !== void 0) return new Blob([answer.text], { type: answer.media });
  const bytes = Uint8Array.from(atob(answer.base64), (char) => char.charCodeAt(0));
  return new Blob([bytes], { type: answer.media });
}

// zapviz/view/parts/shell.js
var isSave = (event) => (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
var inField = (event) => Boolean(event.target.closest("textarea, select, input:not([type=range]):not([type=checkbox])"));
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
  const dropRules = adoptRules(paletteRules(options.palette, name));
  let theme = options.theme;
  const presents = h("button", {
    type: "button",
    class: "zv-button zv-words",
    title: "Large and of high contrast, for a projector (b)",
    "aria-pressed": "false",
    onclick: () => present()
  }, "Aa");
  function present(on = !root.classList.contains("zv-presented")) {
    root.classList.toggle("zv-presented", on);
    presents.setAttribute("aria-pressed", String(on));
    root.style.setProperty("--zv-zoom", zoom());
    options.onPresent?.(on);
  }
  root.addEventListener("keydown", (event) => {
    if (isSave(event)) return;
    event.stopPropagation();
    if (event.altKey || (event.ctrlKey || event.metaKey) && !options.modified) return;
    if (inField(event)) {
      if (event.key === "Escape") root.focus({ preventScroll: true });
      return;
    }
    if (options.onKey(event)) event.preventDefault();
  });
  for (const kind of ["keyup", "keypress"]) root.addEventListener(kind, (event) => event.stopPropagation());
  function onWindowKey(event) {
    if (!root.contains(event.target)) return;
    if (isSave(event)) root.removeAttribute("data-lm-suppress-shortcuts");
    else root.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  window.addEventListener("keydown", onWindowKey, true);
  const dark = window.matchMedia?.("(prefers-color-scheme: dark)");
  function applyTheme() {
    const { body } = document;
    let shown = theme;
    if (!shown) {
      if (body.dataset.jpThemeLight) shown = body.dataset.jpThemeLight === "true" ? "light" : "dark";
      else if (body.matches(".vscode-dark, .vscode-high-contrast")) shown = "dark";
      else if (body.matches(".vscode-light")) shown = "light";
      else shown = dark?.matches ? "dark" : "light";
    }
    root.dataset.theme = shown;
  }
  const themeWatch = new MutationObserver(applyTheme);
  themeWatch.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  dark?.addEventListener?.("change", applyTheme);
  applyTheme();
  function zoom() {
    const large = root.classList.contains("zv-presented");
    const [width, height] = large ? [960, 530] : options.room ?? [1200, 640];
    if (document.fullscreenElement !== root) return large ? 1.3 : 1;
    return Math.max(large ? 1.3 : 1, Math.min(window.innerWidth / width, window.innerHeight / height));
  }
  if (options.present) present(true);
  return {
    root,
    name,
    setTheme(next) {
      theme = next;
      applyTheme();
    },
    fullScreen() {
      if (document.fullscreenElement) document.exitFullscreen();
      else root.requestFullscreen?.().catch(() => {
      });
    },
    presents,
    present,
    get presented() {
      return root.classList.contains("zv-presented");
    },
    zoom,
    destroy() {
      themeWatch.disconnect();
      dark?.removeEventListener?.("change", applyTheme);
      window.removeEventListener("keydown", onWindowKey, true);
      dropRules();
      root.remove();
    }
  };
}

// zapviz/view/parts/transport.js
var GRANULARITIES = [
  ["statement", "Statement", "stop after each statement (1)"],
  ["pass", "Pass", "stop after each pass over a range (2)"],
  ["entry", "Entry", "stop after each smallest step (3)"]
];
var VERDICTS = {
  zapped: "\u2715 zapped",
  kept: "= kept",
  changed: "\u2192 changed",
  installed: "+ installed",
  holds: "\u2713 holds",
  fails: "\u2715 fails"
};
var SPEEDS = [2e3, 1e3, 500, 250, 100];
var PLAY = { true: ["pause", "Pause", "Pause (Space)"], false: ["play", "Play", "Play (Space)"] };
function createTransport(host, granularity) {
  let timer = null;
  let speed = 500;
  const now = () => host.stops(granularity);
  const buttons = {
    first: button("first", "First state (Home)", () => host.move(0)),
    previous: button("previous", "Previous (\u2190)", () => by(-1)),
    play: button("play", PLAY.false[2], () => play(), PLAY.false[1]),
    next: button("next", "Next (\u2192)", () => by(1), "Next"),
    last: button("last", "Last state (End)", () => host.move(host.last()))
  };
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
  const counter = h("span", { class: "zv-counter" });
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
    pace,
    h("div", { class: "zv-slide" }, slider, ticks),
    counter
  );
  const strides = h(
    "span",
    { class: "zv-field zv-fixed" },
    h("span", { class: "zv-each" }, "Stop at each"),
    h("span", { class: "zv-choices", role: "radiogroup", "aria-label": "stop at each" }, ...choices)
  );
  function by(direction, stops = now()) {
    const at = host.at();
    const index = stopIndex(stops, at);
    if (direction > 0) host.move(stops[Math.min(index + 1, stops.length - 1)]);
    else host.move(stops[Math.max(0, stops[index] === at ? index - 1 : index)]);
  }
  function setGranularity(value, tell = true) {
    if (!GRANULARITIES.some(([one]) => one === value)) return;
    granularity = value;
    for (const choice of choices) {
      const on = choice.dataset.value === value;
      choice.setAttribute("aria-checked", String(on));
      choice.tabIndex = on ? 0 : -1;
    }
    reset();
    host.onGranularity(value, tell);
  }
  function reset() {
    const stops = now();
    slider.max = stops.length - 1;
    ticks.setAttribute("viewBox", `0 0 ${Math.max(1, stops.length - 1)} 1`);
    const marks = granularity === "statement" ? [] : host.marks();
    const path = marks.length < 150 ? marks.map((state) => `M${stopIndex(stops, state)} 0V1`).join("") : "";
    ticks.replaceChildren(...path ? [s("path", { d: path, "vector-effect": "non-scaling-stroke" })] : []);
  }
  function show() {
    const [at, last, stops] = [host.at(), host.last(), now()];
    if (Number(slider.max) !== stops.length - 1) slider.max = stops.length - 1;
    slider.value = stopIndex(stops, at);
    slider.setAttribute("aria-valuetext", `${at} of ${last}`);
    say(counter, `${at} / ${last}`);
    const off = { first: at === 0, previous: at === 0, next: at === last, last: at === last };
    for (const [what, is] of Object.entries(off)) {
      if (buttons[what].getAttribute("aria-disabled") !== String(is)) {
        buttons[what].setAttribute("aria-disabled", String(is));
      }
    }
  }
  function setSpeed(ms) {
    speed = ms;
    pace.value = String(ms);
  }
  function changeSpeed(direction) {
    const index = SPEEDS.indexOf(speed) + direction;
    setSpeed(SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, index))]);
  }
  function play(on = timer === null) {
    if (on === (timer !== null)) return;
    if (on && host.at() === host.last()) host.move(0);
    const [sign, word, label] = PLAY[on];
    buttons.play.replaceChildren(icon(sign), h("span", {}, word));
    buttons.play.title = label;
    buttons.play.setAttribute("aria-label", label);
    host.onPlay(on);
    if (!on) {
      clearTimeout(timer);
      timer = null;
      return;
    }
    let due = performance.now() + speed;
    const tick = () => {
      by(1);
      if (host.at() === host.last()) {
        play(false);
        return;
      }
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
  function onKey(event) {
    const { key, target } = event;
    const radio = target.closest("[role=radio]");
    const turn = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
    if (radio && turn) {
      const index = choices.indexOf(radio) + turn + choices.length;
      const next = choices[index % choices.length];
      setGranularity(next.dataset.value);
      next.focus();
      return true;
    }
    if ((key === " " || key === "Enter") && target.closest("button, summary")) return false;
    const by_ = (direction) => by(direction, event.shiftKey ? host.stops("statement") : now());
    const acts = {
      ArrowRight: () => by_(1),
      ArrowLeft: () => by_(-1),
      n: () => by(1),
      p: () => by(-1),
      Home: () => host.move(0),
      End: () => host.move(host.last()),
      " ": () => play(),
      "+": () => changeSpeed(1),
      "=": () => changeSpeed(1),
      "-": () => changeSpeed(-1),
      1: () => setGranularity("statement"),
      2: () => setGranularity("pass"),
      3: () => setGranularity("entry")
    };
    const act = acts[key.length === 1 ? key.toLowerCase() : key];
    act?.();
    return Boolean(act);
  }
  setSpeed(500);
  return {
    node,
    strides,
    by,
    play,
    reset,
    show,
    setGranularity,
    onKey,
    get granularity() {
      return granularity;
    }
  };
}

// zapviz/view/views/compare.js
var SHORT = ["filepages", "anonpages", "swapents", "shmempages"];
var COMPARE_KEYS = [
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
  ["?", "this help"]
];
function createComparison(element, comparison, traces, options) {
  const palette = options.palette;
  const shell = createShell(
    "zapviz: kernels side by side; ? for help",
    { palette, theme: options.theme, onKey, present: options.presentation }
  );
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
    onPlay: (on) => line.setAttribute("aria-live", on ? "off" : "polite")
  }, "entry");
  const line = h("div", { class: "zv-statement", "aria-live": "polite" });
  const helpBox = createDialog(
    "Keys, while the comparison has the focus",
    "zv-keys",
    keyList([...COMPARE_KEYS, ...options.keys ?? []])
  );
  const dialogs = [helpBox, ...options.dialogs ?? []];
  const bar = h(
    "div",
    { class: "zv-bar" },
    h("span", { class: "zv-about" }, traces[0].title || "Kernels compared"),
    h("span", { class: "zv-space" }),
    ...options.extra ?? [],
    transport.strides,
    shell.presents,
    button("full", "Full screen (f)", shell.fullScreen),
    h("button", {
      type: "button",
      class: "zv-button zv-keys-button",
      title: "Keys (?)",
      "aria-label": "keys",
      "aria-expanded": "false",
      onclick: helpBox.toggle
    }, "?"),
    options.onClose ? h("button", {
      type: "button",
      class: "zv-button zv-words",
      onclick: options.onClose,
      title: "Back to one kernel (Esc)"
    }, "Back to one") : null
  );
  const wide = traces[0].rows.some((row) => row.column + row.pages > 16);
  const text = createText({ editable: false, onLine: goToLine });
  text.set(traces[0].scenario.replace(/\n$/, ""));
  const grids = h("div", { class: "zv-panes" }, ...panes.map((pane) => pane.node));
  grids.style.setProperty("--zv-panes", panes.length);
  root.append(h(
    "div",
    { class: "zv-inner" },
    bar,
    transport.node,
    partingsBox(),
    line,
    wide ? grids : h("div", { class: "zv-main zv-compared" }, h("div", { class: "zv-left" }, text.box), grids),
    legendOf(traces, comparison, palette)
  ), ...dialogs.map((dialog) => dialog.node));
  function partingsBox() {
    const turn = comparison.in_turn ? h(
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
    return h("div", { class: "zv-partings" }, ...turn ? [turn] : [], ...partings.map((one) => {
      const shown = one.entries.slice(0, 3).map((entry) => `${entry.row}[${entry.page}] ${kindsText(entry.kinds)}`);
      if (one.entries.length > 3) shown.push(`${one.entries.length - 3} more entries`);
      if (!shown.length) {
        for (const [counter, pages] of Object.entries(one.counters)) shown.push(`${counter} ${pages.join(" | ")}`);
        for (const [file, sizes] of Object.entries(one.sizes)) shown.push(`i_size of ${file} ${sizes.join(" | ")}`);
        if (!shown.length) shown.push(`it gives ${one.results.join(" | ")}`);
      }
      return h(
        "div",
        { class: "zv-parting" },
        h(
          "button",
          { type: "button", class: "zv-link", title: "Go there (d)", onclick: () => move(one.frame) },
          `They part ${one.beside.length ? "again " : ""}at line ${one.line}`
        ),
        h("code", {}, one.text.split("\n")[0]),
        `: ${shown.join(", ")}. `,
        ...one.causes.map((cause) => h(
          "span",
          {},
          "Rule ",
          h("b", {}, cause.rule),
          ` (${cause.patches.length ? `the patch of ${cause.patches.join(", ")}` : [cause.commit, cause.since].filter(Boolean).join(", ")}): ${cause.sentence} `
        ))
      );
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
    say(line, statement === null || statement === void 0 ? "Before the first statement" : `line ${texts[0].line}:  ${texts[0].text.split("\n")[0]}`);
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
      }
    };
    for (const [key, , act2] of options.keys ?? []) acts[key] = act2;
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    act?.();
    return Boolean(act) || transport.onKey(event);
  }
  let width = 0;
  const sizeWatch = new ResizeObserver(() => {
    root.style.setProperty("--zv-zoom", shell.zoom());
    const wide2 = panes[0].grid.pane.clientWidth;
    if (wide2 > 0 && Math.abs(wide2 - width) >= 2) {
      width = wide2;
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
    get at() {
      return at;
    },
    get last() {
      return last;
    },
    setTheme: shell.setTheme,
    destroy() {
      transport.play(false);
      sizeWatch.disconnect();
      shell.destroy();
    }
  };
}
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
  const node = h(
    "section",
    { class: "zv-side", "aria-label": `kernel ${kernel.name}` },
    h("h3", { title: kernel.title }, kernel.name, h("span", {}, ` ${kernel.title}`)),
    h("div", { class: "zv-head" }, title, verdict),
    reason.node,
    grid.pane,
    h("div", { class: "zv-side-rss" }, ...counters.map((one) => one.node))
  );
  const cellOf = (step) => step?.at ? data.offsets[step.at[0]] + step.at[1] : null;
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
    }
  };
}
function stopsOf({ frames, statements }, traces) {
  const last = frames.length - 1;
  const entry = frames.map((_, n) => n);
  const statement = entry.filter((n) => n === 0 || n === last || statements[n] !== statements[n + 1]);
  const ends = traces.map((trace) => new Set(trace.passes.map((pass2) => pass2.last)));
  const pass = entry.filter((n) => statement.includes(n) || n > 0 && frames[n].some((state, k) => state > frames[n - 1][k] && ends[k].has(state)));
  return { entry, pass, statement };
}
function legendOf(traces, comparison, palette) {
  const used = new Set(traces.flatMap((trace) => trace.cells.map((cell) => cell.kind)));
  if (!traces.some((trace) => trace.rows.some((row) => row.role === "swap"))) used.delete("free");
  const differs = comparison.differences.some((places) => places.length);
  const unlike = s(
    "svg",
    { width: 18, height: 18, "aria-hidden": "true" },
    s("circle", { cx: 9, cy: 9, r: 8, class: "zv-unlike" }),
    s("text", { x: 9, y: 9.5, class: "zv-unlike-text" }, "\u2260")
  );
  return h(
    "div",
    { class: "zv-legend", "aria-label": "legend" },
    ...classItems(palette, used),
    signItem("zv-sign-new", "just changed"),
    differs ? pictureItem(unlike, "not the same on all kernels") : null
  );
}

// zapviz/view/views/editor.js
var NAMES = /zapviz(?::|%3A)\d|zapviz (?:run|diff) FILE/i;
var PATCH = "+";
var WAITS = "Waiting for the Python kernel to run this.";
var OLD = "The grid still shows the last text that ran.";
function createEditor(given2, host) {
  const { text } = host;
  let sent = given2.text ?? "";
  let ordered = String(given2.schedule ?? []);
  let typing = null;
  let waiting = null;
  let shownKernel = given2.kernel;
  let mailed = [];
  let notice = "";
  const dialogs = [];
  const dialog = (...parts) => {
    dialogs.push(createDialog(...parts));
    return dialogs[dialogs.length - 1];
  };
  const words = (label, title, act, kind = "") => h("button", { type: "button", class: `zv-button zv-words ${kind}`, title, onclick: act }, label);
  const errorHead = h("div", {});
  const errorPlace = h("pre", {});
  const error = h("div", { class: "zv-error", role: "alert", hidden: true }, errorHead, errorPlace);
  const stale = h("div", { class: "zv-stale", role: "status", hidden: true });
  const scenarioPick = h(
    "select",
    {
      class: "zv-select zv-scenarios",
      "aria-label": "scenario",
      onchange: () => pickScenario(scenarioPick.value)
    },
    ...given2.scenarios.map((one) => h(
      "option",
      { value: one.name, title: one.about },
      one.title ? `${one.name} \xB7 ${one.title}` : one.name
    )),
    h("option", { value: "", hidden: true }, "(your own)")
  );
  const kernelPick = h("select", {
    class: "zv-select zv-kernels",
    "aria-label": "kernel",
    onchange: () => kernelPick.value === PATCH ? askPatch() : chooseKernel(kernelPick.value)
  });
  text.area.addEventListener("input", () => {
    text.redraw();
    clearTimeout(typing);
    typing = setTimeout(sendText, 180);
  });
  text.area.addEventListener("change", sendText);
  const fields = [
    h("label", { class: "zv-field" }, "Scenario ", scenarioPick),
    h("label", { class: "zv-field", title: "Kernel (k)" }, "Kernel ", kernelPick),
    given2.ask ? words("Compare", "This scenario on several kernels, side by side (c)", () => compareBox.open()) : null,
    given2.ask && given2.forms ? words("Share", "Copy or save: mail text, pictures, a page, a link (s)", () => shareBox.open()) : null,
    given2.onHost ? words(
      "Try here",
      "Run the scenario on this machine's own kernel, beside the model",
      askHost,
      "zv-said-host"
    ) : null
  ];
  async function sendText() {
    clearTimeout(typing);
    typing = null;
    const value = text.area.value;
    if (value === sent) return;
    sent = value;
    wait();
    if (given2.ask && NAMES.test(value)) await openPasted(value);
    else given2.onText(value);
    namePicked();
  }
  async function openPasted(pasted) {
    const found = await given2.ask({ ask: "open", pasted, kernel: shownKernel });
    if (sent !== pasted) return;
    if (found.error) {
      setError(found.error);
      answered();
      return;
    }
    if (found.kernels) {
      if (found.kernel && String(found.kernels) !== String(mailed)) {
        notice = found.notice;
        setKernel(found.kernel);
        given2.onKernel(found.kernel);
      }
      mailed = found.kernels;
      given2.onText(pasted);
      return;
    }
    addKernel(found.kernel);
    setText(found.text);
    setKernel(found.kernel);
    given2.onKernel(found.kernel);
    sendSchedule(found.schedule);
    given2.onText(found.text);
    host.goTo(found.step);
  }
  function sendSchedule(order) {
    if (!given2.onSchedule || String(order) === ordered) return;
    ordered = String(order);
    given2.onSchedule(order);
    wait();
  }
  function wait() {
    clearTimeout(waiting);
    waiting = setTimeout(() => tellStale(given2.waits ?? WAITS), 1e3);
  }
  function answered() {
    clearTimeout(waiting);
    waiting = null;
    if (!error.hidden) tellStale(OLD);
    else if (notice) tellStale(notice);
    else stale.hidden = true;
  }
  function tellStale(what) {
    say(stale, what);
    stale.hidden = false;
  }
  function pickScenario(picked) {
    const one = given2.scenarios.find((scenario) => scenario.name === picked);
    if (!one) return;
    [mailed, notice] = [[], ""];
    text.set(one.text.replace(/\n+$/, "\n"));
    text.box.scrollTop = 0;
    host.move(0);
    sendSchedule([]);
    sendText();
  }
  function namePicked() {
    const value = text.area.value.trim();
    const one = given2.scenarios.find((scenario) => scenario.text.trim() === value);
    scenarioPick.value = one ? one.name : "";
    scenarioPick.title = one ? one.about ?? "" : "";
  }
  function setText(value) {
    if (value === sent) return;
    sent = value;
    text.set(value);
    namePicked();
  }
  function addKernel(name, title = "") {
    if ([...kernelPick.options].some((option2) => option2.value === name)) return;
    const option = h("option", { value: name, title }, title ? `${name} \xB7 ${title}` : name);
    kernelPick.insertBefore(option, kernelPick.querySelector(`option[value="${PATCH}"]`));
  }
  function chooseKernel(name) {
    shownKernel = name;
    notice = "";
    given2.onKernel(name);
    wait();
  }
  const patchName = h("input", {
    class: "zv-select zv-patch",
    "aria-label": "kernel and its changed rules",
    spellcheck: "false",
    maxlength: 300,
    onkeydown: (event) => {
      if (event.key === "Enter") takePatch();
    }
  });
  const patchSaid = h("p", { class: "zv-said", role: "status" });
  const patchBox = dialog(
    "A patch of your own",
    "zv-compare",
    h(
      "p",
      {},
      "A kernel, a plus sign, and the rules that your patch changes, with commas between:"
    ),
    patchName,
    h("p", {}, words("Take it", "Run the scenario on it", takePatch)),
    patchSaid,
    h("p", {}, "The rules, and what each takes:"),
    h("ul", { class: "zv-rules" }, ...Object.entries(given2.rules ?? {}).map(([rule, values]) => h("li", {}, h("code", {}, rule), ` ${values.join(", ")}`)))
  );
  function askPatch() {
    kernelPick.value = shownKernel;
    if (!patchName.value) patchName.value = `${shownKernel.split(" + ")[0]} + second_pass=False`;
    say(patchSaid, "");
    patchBox.open();
    patchName.focus();
  }
  async function takePatch() {
    const found = await given2.ask({ ask: "kernel", kernel: patchName.value });
    if (found.error) {
      say(patchSaid, found.error);
      return;
    }
    patchBox.close();
    setKernel(found.kernel);
    chooseKernel(found.kernel);
  }
  function setKernel(value) {
    addKernel(value);
    shownKernel = value;
    if (kernelPick.value !== value) kernelPick.value = value;
    kernelPick.title = given2.kernels.find((one) => one.name === value)?.title ?? "";
  }
  function setError(message, line = 0) {
    const [first, ...rest] = message.split("\n");
    say(errorHead, first);
    say(errorPlace, rest.join("\n"));
    text.wrong(message ? line : 0);
    error.hidden = !message;
    if (message) requestAnimationFrame(text.revealCaret);
    if (message) tellStale(OLD);
    else if (notice) tellStale(notice);
    else stale.hidden = true;
    text.box.parentNode?.classList.toggle("zv-wrong", Boolean(message));
  }
  const asked = (ask, more = {}) => given2.ask({
    ask,
    text: text.area.value,
    kernel: kernelPick.value,
    schedule: ordered ? ordered.split(",").map(Number) : [],
    ...more
  });
  const hostText = h("pre", {});
  const hostBox = dialog("On this machine\u2019s own kernel", "zv-host", hostText);
  function askHost() {
    sendText();
    showHost("Running the scenario on this machine\u2019s kernel \u2026");
    given2.onHost();
  }
  function showHost(said) {
    say(hostText, said);
    hostBox.open();
  }
  const raceBody = h("div", {});
  const raceBox = dialog("Every order of the CPUs\u2019 steps", "zv-race", raceBody);
  async function exploreRace() {
    sendText();
    showSaid(raceBody, "Exploring every order \u2026");
    raceBox.open();
    const found = await asked("race");
    if (found.error) showSaid(raceBody, found.error);
    else {
      const letters = Object.fromEntries(
        Object.entries(host.palette.classes).map(([kind, one]) => [kind, one.letter])
      );
      showRace(raceBody, found, letters, (order) => {
        host.goToCpus();
        sendSchedule(order);
        raceBox.close();
      });
    }
  }
  const most = given2.mostKernels ?? 4;
  const boxes = h("div", { class: "zv-kernel-boxes", role: "group", "aria-label": "kernels to compare" });
  const compareSaid = h("p", { class: "zv-said", role: "status" });
  const compareBox = dialog(
    "Compare kernels",
    "zv-compare",
    h(
      "p",
      {},
      `Two to ${most} kernels, side by side on this scenario. The first is the one on the left.`
    ),
    boxes,
    h("p", {}, words("Compare these", "Show them side by side", compareThese)),
    compareSaid
  );
  const openCompare = compareBox.open;
  compareBox.open = () => {
    const before = new Set([...boxes.querySelectorAll("input:checked")].map((box) => box.value));
    if (!before.size) mailed.forEach((name) => before.add(name));
    if (!before.size) before.add(kernelPick.value === "v5.17" ? given2.kernels[given2.kernels.length - 1].name : "v5.17");
    before.add(kernelPick.value);
    const kernels = [...kernelPick.options].filter((option) => option.value !== PATCH);
    boxes.replaceChildren(...kernels.map((option) => h(
      "label",
      {},
      h("input", { type: "checkbox", value: option.value, checked: before.has(option.value) }),
      ` ${option.textContent}`
    )));
    say(compareSaid, "");
    openCompare();
  };
  async function compareThese() {
    sendText();
    const kernels = [...boxes.querySelectorAll("input:checked")].map((box) => box.value);
    if (kernels.length < 2 || kernels.length > most) {
      say(compareSaid, `${kernels.length} chosen; a comparison takes 2 to ${most}.`);
      return;
    }
    say(compareSaid, "Comparing \u2026");
    const found = await asked("compare", { kernels });
    if (found.error) {
      say(compareSaid, found.error);
      return;
    }
    compareBox.close();
    host.instead((element, onClose, theme, presentation) => {
      const share = createShare({
        what: OF_COMPARISON,
        forms: (given2.forms ?? []).filter((form) => form.compares),
        make: (form, what, theme_) => asked("export", {
          kernels,
          form: form.name,
          step: view.at,
          options: form.options.includes("theme") ? { theme: theme_ } : {}
        })
      });
      const view = createComparison(element, found.comparison, found.payloads.map(unpack), {
        palette: host.palette,
        theme,
        presentation,
        onClose,
        frame: found.comparison.parts?.frame ?? 0,
        dialogs: [share],
        keys: [["s", "share: copy or save", () => share.isOpen ? share.close() : share.open()]],
        extra: [words("Share", "Copy or save: mail text, pictures, a page (s)", () => share.open())]
      });
      return view;
    });
  }
  const shareBox = createShare({
    what: OF_TRACE,
    forms: given2.forms ?? [],
    make(form, what, theme) {
      const { from, to } = what === "change" ? host.statement() : { from: null, to: host.at() };
      const options = {};
      if (what === "change" && form.options.includes("since")) options.since = from;
      if (form.options.includes("theme")) options.theme = theme;
      return asked("export", { form: form.name, step: what === "whole" ? null : to, options });
    }
  });
  dialogs.push(shareBox);
  for (const one of given2.kernels) addKernel(one.name, one.title);
  if (given2.ask) kernelPick.append(h("option", { value: PATCH }, "a patch of your own \u2026"));
  const opens = (box) => () => box.isOpen ? box.close() : box.open();
  const keys = [
    ["k", "choose the kernel: then \u2193 and \u2191", () => kernelPick.focus()],
    ...given2.ask ? [["c", "compare kernels", opens(compareBox)]] : [],
    ...given2.ask && given2.forms ? [["s", "share: copy or save", opens(shareBox)]] : []
  ];
  return {
    fields,
    keys,
    notices: [stale, error],
    dialogs,
    begin() {
      text.set(given2.text);
      setKernel(given2.kernel);
      namePicked();
      setError(given2.error ?? "", given2.errorLine);
    },
    sendSchedule: given2.onSchedule ? sendSchedule : null,
    exploreRace: given2.ask ? exploreRace : null,
    setText,
    setKernel,
    setSchedule: (order) => {
      ordered = String(order);
    },
    setError,
    answered,
    showHost,
    destroy() {
      clearTimeout(typing);
      clearTimeout(waiting);
    }
  };
}

// zapviz/view/views/player.js
var COUNTERS = ["MM_FILEPAGES", "MM_ANONPAGES", "MM_SWAPENTS", "MM_SHMEMPAGES"];
var START_HINT = "Nothing exists yet. Press \u2192 or the next button to step.";
var OWN_KEYS = { "\u2192  or n": "\u2192", "\u2190  or p": "\u2190" };
var KEYS = [
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
  ["?", "this help"]
];
function createPlayer(element, trace, options) {
  const palette = options.palette;
  let theme = options.theme;
  const around = options.around ?? { keys: [], leave: null };
  const shell = createShell(
    "zapviz: step through page-table entries; ? for help",
    {
      palette,
      theme: options.theme,
      onKey,
      present: options.presentation,
      onPresent: (on) => options.onPresentation?.(on)
    }
  );
  const { root } = shell;
  let data = readTrace(trace ?? EMPTY);
  let cursor = createCursor(data);
  let selected = null;
  let width = 720;
  let wanted = null;
  let other = null;
  const grid = createGrid(palette);
  const text = createText({ editable: Boolean(options.editor), onLine: goToLine });
  const transport = createTransport({
    at: () => cursor.at,
    last: () => data.last,
    stops: (granularity) => data.stops[granularity],
    marks: () => data.trace.statements.map((statement) => statement.last),
    move,
    onGranularity,
    onPlay: (on) => now.setAttribute("aria-live", on ? "off" : "polite")
  }, options.granularity ?? "entry");
  const helpButton = h("button", {
    type: "button",
    class: "zv-button zv-keys-button",
    title: "Keys (?)",
    "aria-label": "keys",
    "aria-expanded": "false",
    onclick: () => helpBox.toggle()
  }, "?");
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
  const now = h(
    "section",
    { class: "zv-now", "aria-live": "polite", "aria-atomic": "true" },
    h("div", { class: "zv-head" }, chips, title, verdict),
    reason.node,
    source.node,
    context.node
  );
  const counters = COUNTERS.map((label) => {
    const value = h("b", {});
    const delta = h("span", { class: "zv-delta" });
    return { value, delta, node: h("div", { class: "zv-count" }, h("span", {}, label), value, delta) };
  });
  const rss = h(
    "section",
    { class: "zv-rss", "aria-label": "rss counters" },
    ...counters.map((one) => one.node)
  );
  const chains = h("div", { class: "zv-chains" });
  const locks = reserved("zv-locks");
  const entryName = h("span", { class: "zv-entry-name" });
  const entryNow = h("div", { class: "zv-entry-now" });
  const entryList = h("ol", { class: "zv-history" });
  const unpin = h("button", { type: "button", class: "zv-link", onclick: () => select(null) }, "unpin");
  const entry = h(
    "section",
    { class: "zv-box-panel zv-entry" },
    h("h4", {}, "Entry ", entryName, unpin),
    entryNow,
    entryList
  );
  const facts = h(
    "div",
    { class: "zv-facts" },
    h("section", { class: "zv-box-panel zv-chain-box" }, h("h4", {}, "Call chain"), chains),
    h("section", { class: "zv-box-panel" }, h("h4", {}, "Locks held"), locks.node),
    entry
  );
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
    goTo: (n) => {
      wanted = () => n;
    },
    goToCpus: () => {
      wanted = () => schedule.start();
    },
    instead
  }) : null;
  const schedule = createSchedule({
    move: (n) => move(n),
    choose: editor?.sendSchedule,
    explore: editor?.exploreRace
  });
  const own = around.leave ? KEYS.map(([key, what]) => [OWN_KEYS[key] ?? key, what]) : KEYS;
  const helpBox = createDialog("Keys, while the grid has the focus", "zv-keys", keyList([
    ...own.slice(0, -4),
    ...editor?.keys ?? [],
    ...around.keys.filter(([, what]) => what),
    ...own.slice(-4)
  ]));
  const dialogs = [helpBox, ...editor?.dialogs ?? []];
  const about = h("span", { class: "zv-about" });
  const kernelName = h("span", { class: "zv-kernel" });
  const bar = h(
    "div",
    { class: "zv-bar" },
    ...editor ? editor.fields : [about, h("label", { class: "zv-field" }, "Kernel ", kernelName)],
    h("span", { class: "zv-space" }),
    transport.strides,
    around.leave ? null : shell.presents,
    fullButton,
    helpButton
  );
  const left = h("div", { class: "zv-left" }, text.box, ...editor?.notices ?? [], schedule.node);
  const right = h("div", { class: "zv-right" }, now, grid.pane, rss);
  root.append(
    h(
      "div",
      { class: "zv-inner" },
      bar,
      transport.node,
      h("div", { class: "zv-main" }, left, right),
      facts,
      legend,
      notes
    ),
    tip,
    ...dialogs.map((dialog) => dialog.node)
  );
  function move(n) {
    n = Math.max(0, Math.min(data.last, n));
    if (n === cursor.at) return;
    refresh(cursor.go(n));
    options.onStep?.(n);
  }
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
    const decided = single ? step ? [at] : [] : decisions(start, at);
    const place2 = single && step?.at ? cellAt(step) : null;
    grid.showNow(place2, verdictsAt(decided));
    if (single || !step) showStep(step);
    else showStride(start, decided);
    showAround(step, start);
    transport.show();
    schedule.show(at);
    if (selected !== null) showEntryNow();
    root.dataset.step = at;
    requestAnimationFrame(() => {
      grid.reveal(place2 ?? (decided.length ? cellAt(data.trace.steps[decided[decided.length - 1] - 1]) : null));
      text.reveal();
      revealFunction();
    });
  }
  const cellAt = (step) => step.at ? data.offsets[step.at[0]] + step.at[1] : null;
  const statementOf = (step) => data.trace.statements[step.statement];
  const ofCpu = (step) => data.cpus > 1 && statementOf(step).text.startsWith("def CPU");
  const called = (step, title2) => ofCpu(step) ? `CPU${step.cpu}  ${title2}` : title2;
  const zapped = (step) => step.kind !== "cache";
  function decisions(start, end) {
    const list = [];
    for (let n = start + 1; n <= end; n++) {
      const step = data.trace.steps[n - 1];
      if (step.at && BADGES[step.verdict]) list.push(n);
    }
    return list;
  }
  function verdictsAt(states) {
    const last = /* @__PURE__ */ new Map();
    for (const n of states) {
      const step = data.trace.steps[n - 1];
      if (!step.at || !BADGES[step.verdict]) continue;
      if (states.length > 1 && step.verdict !== "zapped" && step.verdict !== "kept") continue;
      last.set(cellAt(step), step.verdict);
    }
    return [...last];
  }
  function showStep(step) {
    chips.hidden = !step || step.before === null && step.after === null;
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
    const reasons = /* @__PURE__ */ new Map();
    for (const n of decisions(start, end)) {
      const step = data.trace.steps[n - 1];
      if (zapped(step) && !reasons.has(step.verdict)) reasons.set(step.verdict, step.reason);
    }
    const list = [...reasons].map(([one, why]) => `${one[0].toUpperCase()}${one.slice(1)}: ${why}`);
    return list.length ? list.slice(0, 3).join("\n") : data.trace.steps[end - 1].reason ?? "";
  }
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
    return parts.join("  \xB7  ");
  }
  function contextText(step) {
    const statement = statementOf(step);
    const tally = /* @__PURE__ */ new Map();
    for (let n = statement.first; n <= cursor.at; n++) {
      const one = data.trace.steps[n - 1];
      if (one.statement !== step.statement || !BADGES[one.verdict]) continue;
      const what = one.kind === "cache" && data.trace.cells[one.after]?.kind === "none" ? "out of the page cache" : one.verdict;
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
    return [pass ? `Pass: ${passText(pass)}` : "", parts.join("  \xB7  ")].filter(Boolean).join("\n");
  }
  function passText(pass) {
    if (!pass.zaps) return pass.title;
    if (pass.details === null) return `${pass.title}  \xB7  zap_details NULL`;
    const details = Object.entries(pass.details).map(([key, value]) => `${key} = ${detailText(value)}`);
    return details.length ? `${pass.title}  \xB7  zap_details ${details.join(", ")}` : pass.title;
  }
  const detailText = (value) => value === true ? "1" : value === false ? "0" : value === null ? "NULL" : String(value);
  const lockText = (list) => list.length ? list.join("\n") : "none";
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
  function marked(statement) {
    if (!statement.text.startsWith("assert")) return "zv-done";
    if (!statement.ok) return "zv-fails";
    return data.trace.steps[statement.last - 1]?.verdict === "holds" ? "zv-holds" : "zv-done";
  }
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
  function findPlace(place2) {
    if (!place2) return null;
    const r = data.rows.findIndex((row) => row.id === place2[0]);
    if (r < 0 || place2[1] < 0 || place2[1] >= data.rows[r].pages) return null;
    return data.offsets[r] + place2[1];
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
      return h(
        "li",
        { "data-state": n },
        h(
          "button",
          {
            type: "button",
            class: "zv-jump",
            tabindex: -1,
            onclick: () => move(n),
            title: `go to state ${n}`
          },
          h("span", { class: "zv-jump-n" }, String(n)),
          h("span", {}, !here ? `along with ${what}` : step.verdict ? `${what} (${step.verdict})` : what)
        )
      );
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
    if (next !== void 0) move(next);
  }
  function goToLine(line) {
    const statement = data.trace.statements.find((one) => one.line >= line) ?? data.trace.statements[data.trace.statements.length - 1];
    if (statement) move(transport.granularity === "entry" ? statement.first : statement.last);
  }
  function onGranularity(value, tell) {
    reason.keep(reasonTexts(), true);
    refresh(/* @__PURE__ */ new Set());
    if (tell) options.onGranularity?.(value);
  }
  function onKey(event) {
    return event.target.closest("[role=gridcell]") && onCellKey(event.target, event) || onPlayerKey(event) || transport.onKey(event);
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
      Escape: () => escape()
    };
    for (const [key, , act2] of [...editor?.keys ?? [], ...around.keys]) acts[key] = act2;
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
      ...lines.filter(Boolean).map((line) => h("div", {}, line))
    );
    tip.hidden = false;
    const base = root.getBoundingClientRect();
    const box = grid.nodes()[id].g.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = tip;
    const x = Math.max(4, Math.min(box.left - base.left, base.width - offsetWidth - 4));
    const group = grid.nodes()[id].g.closest("[role=rowgroup]").getBoundingClientRect();
    const bottom = group.bottom - box.bottom < 180 ? group.bottom : box.bottom;
    const below = bottom - base.top + 6;
    const y = below + offsetHeight > base.height ? Math.max(4, box.top - base.top - offsetHeight - 8) : below;
    tip.style.transform = `translate(${Math.round(x)}px,${Math.round(y)}px)`;
  }
  grid.svg.addEventListener("pointerover", (event) => {
    const id = cellOf(event);
    if (id === null || event.pointerType === "touch") tip.hidden = true;
    else showTip(id);
  });
  grid.svg.addEventListener("pointerleave", () => {
    tip.hidden = true;
  });
  grid.svg.addEventListener("mousedown", (event) => {
    if (cellOf(event) === null) return;
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
  grid.svg.addEventListener("focusout", () => {
    tip.hidden = true;
  });
  function relayout() {
    grid.load(data, cursor.state, width);
    grid.showSizes(data.sizes[cursor.at]);
    grid.showPin(selected);
    refresh(/* @__PURE__ */ new Set());
  }
  const sizeWatch = new ResizeObserver(() => {
    root.style.setProperty("--zv-zoom", shell.zoom());
    const wide = grid.pane.clientWidth;
    if (wide > 0 && Math.abs(wide - width) >= 2) {
      width = wide;
      relayout();
    }
  });
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
    context.keep(["Pass\nSo far", ...now_.passes.map((pass) => `Pass: ${passText(pass)}
So far`)]);
    locks.keep([now_.steps.reduce((most, step) => step.locks.length > most.split("\n").length ? step.locks.join("\n") : most, "none")]);
    chains.replaceChildren(...now_.chains.map((chain) => h("div", { class: "zv-chain" }, ...chain.map((one) => h("span", {}, one)))));
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
    legend.replaceChildren(
      ...classItems(palette, used),
      signItem("zv-sign-new", "just changed"),
      signItem("zv-sign-now", "being decided"),
      signItem("zv-sign-pin", "pinned"),
      ...verdictItems(new Set(data.trace.steps.map((step) => step.verdict))),
      ...writtenItems(palette, data.rows, cells)
    );
  }
  function setTrace(next, n) {
    const place2 = selectedPlace();
    transport.play(false);
    data = readTrace(next ?? EMPTY);
    cursor = createCursor(data);
    load();
    cursor.go(Math.max(0, Math.min(data.last, n ?? 0)));
    grid.load(data, cursor.state, width);
    selected = findPlace(place2);
    grid.showPin(selected);
    showEntry();
    refresh(/* @__PURE__ */ new Set());
    tip.hidden = true;
    const goal = wanted ? wanted() : schedule.goal();
    wanted = null;
    if (goal !== null) move(goal);
  }
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
  element.append(root);
  editor?.begin();
  setTrace(trace, options.step ?? 0);
  transport.setGranularity(transport.granularity, false);
  select(findPlace(options.selected), false);
  sizeWatch.observe(grid.pane);
  return {
    root,
    step: move,
    get at() {
      return cursor.at;
    },
    get last() {
      return data.last;
    },
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
    }
  };
}

// zapviz/view/hosts/paper.js
function given(name) {
  const text = document.getElementById(`zv-page-${name}`).textContent;
  return name === "payload" ? text : JSON.parse(text);
}
function startPage(build) {
  const view = build(document.getElementById("zv-page-here"));
  document.body.classList.add("zv-page-live");
  const paper = document.getElementById("zv-page-paper");
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
  const source = document.getElementById(button2.dataset.source);
  let said = "Copied";
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    getSelection().selectAllChildren(source);
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

// zapviz/view/hosts/page.js
startPage((place2) => {
  const options = given("options");
  return createPlayer(place2, unpack(given("payload")), options);
});
