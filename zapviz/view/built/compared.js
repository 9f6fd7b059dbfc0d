/* Built from zapviz/view/hosts/compared.js by tools/built.mjs; edit that. */

// zapviz/view/core/trace.js
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

// zapviz/view/hosts/compared.js
startPage((place2) => createComparison(place2, given("comparison"), given("payloads").map(unpack), given("options")));
