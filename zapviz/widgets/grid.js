/* The live grid of zapviz: steps through a trace in the page.
 *
 * One hand-written ES module, no build step.  `createPlayer` knows nothing of
 * notebooks: a self-contained page can inline this file and grid.css, and call
 * it with a trace (docs/trace.md) and the palette (zapviz/render/palette.py).
 * The default export wraps it for anywidget.
 *
 * Everything shown is set as text or as an attribute, never parsed as HTML.
 * A step touches only the cells that change; nothing is measured on the way.
 */

const SVG = "http://www.w3.org/2000/svg";
const PAGE = 4096;
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
const BADGES = { zapped: "\u2715", kept: "=", changed: "\u2192", installed: "+" };
const START_HINT = "Nothing exists yet. Press \u2192 or the next button to step.";
const CORNER_FLAGS = ["uffd_wp", "lazyfree", "locked", "poisoned"]; // small, in a cell's corner
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
const ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  previous: "M11 3v10L4 8z",
  next: "M5 3v10l7-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  full: "M2 2h5v2H4v3H2zM9 2h5v5h-2V4H9zM2 9h2v3h3v2H2zM12 9h2v5H9v-2h3z",
};
const EMPTY = {
  title: "", scenario: "", kernel: { name: "", title: "" }, rows: [], cells: [], chains: [],
  statements: [], passes: [], initial: { cells: [], sizes: {}, rss: [0, 0, 0, 0], locks: [] },
  steps: [], notes: [],
};

/* ---- small helpers --------------------------------------------------- */

/** Make an HTML element: properties, `class`, `on*` handlers and children. */
function h(tag, properties, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** Make an SVG element from attributes and children. */
function s(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes ?? {})) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Set an element's text only if it differs, so that nothing is laid out in vain. */
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** What stands beside an icon that would be mistaken for another. */
const WORDS = { play: "Play", next: "Next" };

function icon(name) {
  return s("svg", { viewBox: "0 0 16 16", class: "zv-icon", "aria-hidden": "true" },
    s("path", { d: ICONS[name] }));
}

const signed = (value) => (value > 0 ? `+${value}` : value < 0 ? `\u2212${-value}` : "");
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
const clip = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}\u2026` : text);

/** Say a file size in pages and, inside a page, in bytes. */
function sizeText(bytes) {
  return bytes % PAGE === 0 ? `i_size ${plural(bytes / PAGE, "page")}` : `i_size ${bytes} bytes`;
}

/* ---- the trace, indexed ---------------------------------------------- */

/** Index a trace so that any state can be reached, forward or back, by its changes. */
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
  const history = new Map();
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
    statement: sortedSet([0, ...ends, last]),
  };
  return { trace, rows, offsets, owner, total, initial, changes, sizes, last, cpus, stops, history };
}

function sortedSet(numbers) {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** Find the largest stop that is at most n: its index. */
function stopIndex(stops, n) {
  let low = 0;
  let high = stops.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (stops[middle] <= n) low = middle;
    else high = middle - 1;
  }
  return low;
}

/* ---- layout: pure arithmetic ----------------------------------------- */

const PAD = 10; // around a group
const HEAD = 34; // above a file's band: i_size, then the page numbers
const LOW_HEAD = 20; // above other bands: the page numbers
const BAND_GAP = 8;
const GROUP_GAP = 10;
const ROOM = 330; // what a projector has for the rows; more is scrolled

/** Put the rows into groups that share columns: a file and its mappings, anonymous
 *  memory, the swap slots. */
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

function labelWidth(group, pitch) {
  if (group.key === "swap") return 46;
  return pitch >= 34 ? 160 : 92;
}

/** Place the groups for one cell pitch and one wrap; the height tells if it will do. */
function place(groups, rows, width, pitch, wrap) {
  const placed = [];
  let x = 0;
  let y = 0;
  let shelf = 0;
  let bands = 0;
  for (const group of groups) {
    // Bands of like length, each beginning at a multiple of four.
    const count = Math.ceil(group.span / wrap);
    const columns = Math.min(group.span, wrap, 4 * Math.ceil(group.span / count / 4));
    const label = labelWidth(group, pitch);
    const head = rows[group.rows[0]].role === "file" ? HEAD : LOW_HEAD;
    const w = label + columns * pitch + 2 * PAD;
    if (w > width && columns > 1) return null;
    const parts = [];
    let top = PAD - 4;
    for (let first = 0; first < group.span; first += columns) {
      const end = Math.min(group.span, first + columns);
      const inside = group.rows.filter(
        (r) => rows[r].column < end && rows[r].column + rows[r].pages > first);
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

/** Choose the cell size and the wrap: all on one screen if it can be, else scrolled. */
function layOut(rows, width) {
  const groups = groupRows(rows);
  const span = Math.max(1, ...groups.map((group) => group.span));
  let best = null;
  for (const wrap of [64, 32, 16, 8, 4]) {
    if (best && wrap < span && best.wrap >= span) break;
    for (let pitch = 50; pitch >= 20; pitch -= 2) {
      const layout = place(groups, rows, width, pitch, wrap);
      if (!layout) continue;
      layout.over = Math.max(0, layout.height - ROOM);
      if (!best || (best.over > 0 && layout.over < best.over)) best = layout;
      if (layout.over === 0) break;
    }
    if (best && best.over === 0) break;
  }
  return best ?? place(groups, rows, Infinity, 20, 4);
}

/* ---- the grid -------------------------------------------------------- */

/** Draw the rows as SVG, and change only what differs from then on; `name` is the player's id. */
function createGrid(name, palette) {
  const svg = s("svg", { class: "zv-grid", role: "grid", "aria-label": "page-table entries" });
  const pane = h("div", { class: "zv-pane" }, svg);
  let data = null;
  let looks = [];
  let layout = null;
  let nodes = []; // by cell id: its elements, where it stands, and what it shows
  let edges = new Map(); // by file id: its bands
  let ring = null;
  let badges = null;
  let pin = null;
  let shown = ""; // what the layout was made for
  let roving = 0;

  function look(cell) {
    const entry = palette.classes[cell.kind] ?? { letter: "?", name: cell.kind, family: "absent" };
    let mark = "";
    if (cell.kind === "swap" && cell.slot !== null) mark = `#${cell.slot}`;
    else if (cell.kind === "migration") mark = cell.flags.includes("anon") ? "anon" : "file";
    else if (cell.data !== null && cell.data !== undefined) mark = String(cell.data);
    const corner = cell.flags
      .filter((flag) => CORNER_FLAGS.includes(flag))
      .map((flag) => palette.flags[flag][0]).join("");
    const letter = { none: "\u00b7", unmapped: "", free: "" }[cell.kind] ?? entry.letter;
    return { kind: cell.kind, letter, mark, corner, name: entry.name, text: cell.text, cell };
  }

  function cellLabel(id, cell) {
    const r = data.owner[id];
    const row = data.rows[r];
    return `${row.label}[${id - data.offsets[r]}]: ${looks[cell].name}. ${looks[cell].text}`;
  }

  function build(state) {
    svg.replaceChildren();
    nodes = new Array(data.total);
    edges = new Map();
    const { pitch } = layout;
    const gap = pitch >= 30 ? 4 : 3;
    const size = pitch - gap;
    const rich = size >= 32;
    svg.setAttribute("width", Math.max(1, Math.ceil(Math.max(
      ...layout.groups.map((group) => group.x + group.w), 0))));
    svg.setAttribute("height", Math.max(1, Math.ceil(layout.height)));
    svg.setAttribute("class", rich ? "zv-grid zv-rich" : "zv-grid");
    svg.style.setProperty("--zv-letter", `${Math.max(11, Math.round(size * 0.46))}px`);
    const defs = s("defs");
    for (const kind of Object.keys(palette.classes)) {
      defs.append(s("pattern",
        { id: `${name}-${kind}`, class: `k-${kind}`, width: 7, height: 7,
          patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        s("rect", { width: 7, height: 7, class: "zv-fill" }),
        s("rect", { width: 2, height: 7, class: "zv-stripe" })));
    }
    svg.append(defs);
    const top = s("g", { class: "zv-over", "aria-hidden": "true" });
    for (const placed of layout.groups) buildGroup(placed, state, { pitch, size, rich }, top);
    pin = s("rect", { class: "zv-pin", x: -3.5, y: -3.5, width: size + 7, height: size + 7, rx: 6 });
    ring = s("g", { visibility: "hidden" },
      ...["zv-ring-halo", "zv-ring"].map((kind) =>
        s("rect", { class: kind, x: -3, y: -3, width: size + 6, height: size + 6, rx: 6 })));
    badges = createBadges(size, rich ? 9 : 7);
    pin.setAttribute("visibility", "hidden");
    top.append(pin, ring, badges.node);
    svg.append(top);
    rove(Math.min(roving, data.total - 1), false);
  }

  function buildGroup(placed, state, { pitch, size, rich }, top) {
    const { group, x, y, w, label } = placed;
    const node = s("g", { transform: `translate(${x},${y})`, role: "rowgroup" },
      s("rect", { class: "zv-group", width: w, height: placed.h, rx: 8 }));
    const file = data.rows[group.rows[0]].role === "file" ? data.rows[group.rows[0]].id : null;
    const bands = [];
    for (const part of placed.parts) {
      const left = PAD + label;
      const width = (part.end - part.first) * pitch;
      const height = part.rows.length * pitch;
      const rowsTop = part.top + placed.head;
      const beyond = s("rect", { class: "zv-beyond", y: rowsTop - 3, height: height + 2,
        visibility: "hidden", "aria-hidden": "true" });
      node.append(beyond);
      const heads = s("g", { class: "zv-heads", "aria-hidden": "true" },
        s("text", { x: left - 8, y: rowsTop - 6, class: "zv-unit" }, group.unit));
      const every = pitch >= 28 ? 1 : 4;
      for (let column = part.first; column < part.end; column++) {
        if (column % every) continue;
        heads.append(s("text",
          { x: left + (column - part.first) * pitch + size / 2, y: rowsTop - 6, class: "zv-column" },
          String(column)));
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
    if (file) edges.set(file, { bands, shown: undefined });
    svg.append(node);
  }

  function buildRow(r, part, { left, rowTop, pitch, size, rich, x, y, state, label }) {
    const row = data.rows[r];
    const node = s("g", { role: "row", "aria-label": `${row.label}, ${row.detail}`,
      transform: `translate(0,${rowTop})` });
    const short = row.role === "file" ? "page cache" : row.detail.split(" ")[0];
    const head = s("g", { role: "rowheader", class: "zv-row-head" });
    head.append(s("title", {}, `${row.label}: ${row.detail}`));
    if (row.role === "swap") {
      head.append(s("text", { x: PAD, y: size / 2, class: "zv-row-detail" }, "swap"));
    } else if (rich) {
      head.append(
        s("text", { x: PAD, y: size / 2 - 7, class: "zv-row-name" }, row.label),
        s("text", { x: PAD, y: size / 2 + 10, class: "zv-row-detail" }, clip(row.detail, 27)));
    } else {
      head.append(s("text", { x: PAD, y: size / 2, class: "zv-row-name" }, clip(row.label, 6),
        s("tspan", { class: "zv-row-detail", dx: 5 },
          clip(short, Math.max(4, Math.floor((label - 14 - 8 * Math.min(6, row.label.length)) / 6))))));
    }
    node.append(head);
    const from = Math.max(part.first, row.column);
    const to = Math.min(part.end, row.column + row.pages);
    for (let column = from; column < to; column++) {
      const id = data.offsets[r] + column - row.column;
      const cellX = left + (column - part.first) * pitch;
      const letter = document.createTextNode("");
      const g = s("g", { transform: `translate(${cellX},0)`, role: "gridcell", tabindex: -1 },
        s("rect", { width: size, height: size, rx: Math.min(5, size / 6), class: "zv-box" }),
        s("text", { x: size / 2, y: rich ? size * 0.42 : size / 2 + 0.5, class: "zv-letter" }, letter));
      let mark = null;
      let corner = null;
      if (rich) {
        mark = document.createTextNode("");
        corner = document.createTextNode("");
        g.append(s("text", { x: size / 2, y: size * 0.83, class: "zv-note" }, mark),
          s("text", { x: size - 3, y: 8, class: "zv-flag" }, corner));
      }
      g.zapvizCell = id;
      nodes[id] = { g, letter, mark, corner, cell: -1, kind: "", label: "", fresh: false,
        x: x + cellX, y: y + rowTop };
      paint(id, state[id], false);
      node.append(g);
    }
    return node;
  }

  /** Bring one cell to what it is to show; what already stands there is not touched. */
  function paint(id, cell, fresh) {
    const node = nodes[id];
    if (node.cell === cell && node.fresh === fresh) return;
    const now = looks[cell];
    const kind = fresh ? `zv-cell k-${now.kind} zv-new` : `zv-cell k-${now.kind}`;
    if (node.kind !== kind) node.g.setAttribute("class", node.kind = kind);
    node.fresh = fresh;
    if (node.cell === cell) return;
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
    // Between two cells the edge stands in the gap; inside a page, where its byte is.
    const whole = Math.floor(pages);
    const gap = pitch - size;
    const at = left + (whole - part.first) * pitch +
      (pages === whole ? -gap / 2 : (pages - whole) * size);
    const from = Math.max(left - gap / 2, Math.min(at, left + width));
    if (pages < part.end) {
      band.beyond.setAttribute("x", from);
      band.beyond.setAttribute("width", Math.max(0, left + width - from + 2));
      band.beyond.setAttribute("visibility", "visible");
    } else hide(band.beyond);
    const here = pages === 0 ? part.first === 0
      : (pages > part.first && pages <= part.end) || (last && pages > part.end);
    if (!here) {
      hide(band.line);
      hide(band.text);
      return;
    }
    // Inside a page the line leaves room for the column's number and the letters.
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
      data = next;
      looks = data.trace.cells.map(look);
      const key = JSON.stringify([Math.round(width), data.rows.map((row) =>
        [row.id, row.label, row.detail, row.role, row.file, row.column, row.pages])]);
      if (key !== shown) {
        shown = key;
        layout = layOut(data.rows, width);
        build(state);
      } else {
        for (let id = 0; id < nodes.length; id++) {
          nodes[id].cell = -1;
          paint(id, state[id], false);
        }
      }
    },
    paint,
    showSizes,
    /** Outline the entry being decided; put verdicts, [cell, verdict] each, at the corners. */
    showNow(id, verdicts) {
      if (id === null || !nodes[id]) ring.setAttribute("visibility", "hidden");
      else {
        ring.setAttribute("transform", `translate(${nodes[id].x},${nodes[id].y})`);
        ring.setAttribute("visibility", "visible");
      }
      badges.show(verdicts.map(([cell, verdict]) => [nodes[cell], BADGES[verdict]]));
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
    /** The nearest cell in a direction, for the arrow keys. */
    neighbour(id, dx, dy) {
      const here = nodes[id];
      let best = id;
      let least = Infinity;
      for (let other = 0; other < nodes.length; other++) {
        const x = nodes[other].x - here.x;
        const y = nodes[other].y - here.y;
        const along = x * dx + y * dy;
        const across = Math.abs(x * dy) + Math.abs(y * dx);
        if (along <= 1 || (dx && across > 1)) continue;
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
    },
  };
}

/** Small round signs at the corners of cells, kept and used again. */
function createBadges(size, radius) {
  const node = s("g", {});
  const pool = [];
  let used = 0;
  return {
    node,
    show(list) {
      for (const [k, [cell, sign]] of list.entries()) {
        if (k === pool.length) {
          const text = document.createTextNode("");
          const g = s("g", {}, s("circle", { r: radius, class: "zv-badge" }),
            s("text", { class: "zv-badge-text" }, text));
          pool.push({ g, text });
          node.append(g);
        }
        pool[k].text.data = sign;
        pool[k].g.setAttribute("transform", `translate(${cell.x + size + 1},${cell.y + 1})`);
        pool[k].g.setAttribute("visibility", "visible");
      }
      for (let k = list.length; k < used; k++) pool[k].g.setAttribute("visibility", "hidden");
      used = list.length;
    },
  };
}

/** The colours of every kind of cell as style rules, for one player and both themes. */
function paletteRules(palette, id) {
  const rules = [];
  for (const [name, theme] of Object.entries(palette.themes)) {
    const root = `#${id}[data-theme="${name}"]`;
    const own = ["text", "muted", "line", "outline", "selected", "edge", "beyond", "band", "background"]
      .map((key) => `--zv-${key}:${theme[key]}`).join(";");
    rules.push(`${root}{${own}}`);
    for (const [kind, ink] of Object.entries(theme.inks)) {
      rules.push(`${root} .k-${kind}{--f:${ink.fill};--t:${ink.text};--b:${ink.border};` +
        `--d:${ink.dashed ? "3 3" : "none"};--hatch:url(#${id}-${kind})}`);
    }
  }
  return rules.join("\n");
}

/* ---- panels ---------------------------------------------------------- */

/** A place for changing text that always keeps the room of the longest it will hold. */
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
      const longest = [...new Set([...seen, ...texts])].sort((a, b) => b.length - a.length).slice(0, 8);
      if (longest.every((one, k) => one === seen[k])) return;
      seen.splice(0, seen.length, ...longest);
      ghosts.replaceChildren(...longest.map((one) => h("div", {}, one)));
    },
  };
}

/** A small picture of a cell, as it stands in the grid, for use inside text. */
function chip() {
  const letter = document.createTextNode("");
  const node = h("span", { class: "zv-chip" }, letter);
  return {
    node,
    show(look) {
      node.className = `zv-chip k-${look ? look.kind : "unmapped"}`;
      letter.data = look ? look.letter : "";
      node.title = look ? `${look.name}: ${look.text}` : "";
    },
  };
}

/** The text of the scenario: line numbers that jump, the current line marked, editable or not.
 *
 * The text is drawn line by line under a transparent textarea that wraps in the same way.
 */
function createText(options) {
  const lines = h("div", { class: "zv-lines" });
  const area = h("textarea", {
    class: "zv-area", spellcheck: "false", autocapitalize: "off", autocomplete: "off",
    autocorrect: "off", "aria-label": options.editable ? "scenario, editable" : "scenario",
    readonly: !options.editable,
  });
  const box = h("div", { class: "zv-text" }, h("div", { class: "zv-sheet" }, lines, area));
  const drawn = []; // {node, body, text} for each line
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
    const node = h("div", { class: "zv-line" },
      h("button", { type: "button", tabindex: -1, class: "zv-number", title: "go to this line",
        onclick: () => options.onLine(number) }, String(number)), body);
    lines.append(node);
    return { node, body, text: null };
  }

  function colour(line) {
    const comment = line.indexOf("#");
    const code = comment < 0 ? line : line.slice(0, comment);
    const word = code.match(/^(\s*(?:>\s*)*)(assert|def)\b/);
    const parts = word
      ? [word[1], h("span", { class: "zv-word" }, word[2]), code.slice(word[0].length)] : [code];
    if (comment >= 0) parts.push(h("span", { class: "zv-comment" }, line.slice(comment)));
    return line ? parts : ["\u200b"];
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
    /** Scroll the current line into the box, the box alone. */
    reveal() {
      if (!current || box.scrollHeight <= box.clientHeight) return;
      const top = current.offsetTop;
      const height = current.offsetHeight;
      if (top < box.scrollTop + 8) box.scrollTop = Math.max(0, top - 2 * height);
      else if (top + height + 12 > box.scrollTop + box.clientHeight) {
        box.scrollTop = top + 3 * height - box.clientHeight;
      }
    },
  };
}

/* ---- the player ------------------------------------------------------ */

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

  const isSave = (event) => (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";

  // Saving is the one shortcut of the notebook that is let through.
  function onWindowKey(event) {
    if (!root.contains(event.target)) return;
    if (isSave(event)) root.removeAttribute("data-lm-suppress-shortcuts");
    else root.setAttribute("data-lm-suppress-shortcuts", "true");
  }

  /* -- pointer -- */

  const cellOf = (event) => event.target.closest?.("[role=gridcell]")?.zapvizCell ?? null;

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
  for (const kind of ["keyup", "keypress"]) root.addEventListener(kind, (event) => event.stopPropagation());
  window.addEventListener("keydown", onWindowKey, true);

  /* -- theme and size -- */

  const dark = window.matchMedia?.("(prefers-color-scheme: dark)");
  function applyTheme() {
    const { body } = document;
    let theme = options.theme;
    if (!theme) {
      if (body.dataset.jpThemeLight) theme = body.dataset.jpThemeLight === "true" ? "light" : "dark";
      else if (body.matches(".vscode-dark, .vscode-high-contrast")) theme = "dark";
      else if (body.matches(".vscode-light")) theme = "light";
      else theme = dark?.matches ? "dark" : "light";
    }
    root.dataset.theme = theme;
  }
  const themeWatch = new MutationObserver(applyTheme);
  themeWatch.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  dark?.addEventListener?.("change", applyTheme);
  applyTheme();

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
      sample.show({ kind, letter: { none: "\u00b7", unmapped: "", free: "" }[kind] ?? one.letter,
        name: one.name, text: one.meaning });
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
    setTheme(theme) {
      options.theme = theme;
      applyTheme();
    },
    play: () => toggle(true),
    pause: () => toggle(false),
    destroy() {
      toggle(false);
      clearTimeout(typing);
      clearTimeout(waiting);
      themeWatch.disconnect();
      sizeWatch.disconnect();
      dark?.removeEventListener?.("change", applyTheme);
      window.removeEventListener("keydown", onWindowKey, true);
      root.remove();
    },
  };
}

/* ---- anywidget ------------------------------------------------------- */

/** Undo the packing of zapviz.widgets.grid.pack(): back to a trace as docs/trace.md has it. */
export function unpack(payload) {
  if (!payload) return null;
  const { packed, ...trace } = JSON.parse(payload);
  const { words, lists, columns, worded, listed } = packed;
  const names = Object.keys(columns);
  const tables = names.map((name) =>
    (worded.includes(name) ? words : listed.includes(name) ? lists : null));
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

/** Show a GridWidget or an Explorer: its traits are the player's inputs and outputs. */
function render({ model, el }) {
  const parsed = () => unpack(model.get("payload"));
  let pending = false;
  const send = (changes) => {
    for (const [key, value] of Object.entries(changes)) model.set(key, value);
    if (pending) return;
    pending = true;
    setTimeout(() => {
      pending = false;
      model.save_changes();
    }, 0);
  };
  const choices = model.get("choices");
  const player = createPlayer(el, parsed(), {
    palette: model.get("palette"),
    step: model.get("step"),
    granularity: model.get("granularity"),
    selected: model.get("selected"),
    theme: model.get("theme"),
    onStep: (step) => send({ step }),
    onGranularity: (granularity) => send({ granularity }),
    onSelect: (selected) => send({ selected }),
    editor: choices && {
      ...choices,
      text: model.get("text"),
      kernel: model.get("kernel"),
      error: model.get("error"),
      errorLine: model.get("error_line"),
      onText: (text) => send({ text }),
      onKernel: (kernel) => send({ kernel }),
      onHost: () => send({ host_asked: model.get("host_asked") + 1 }),
    },
  });
  const react = {
    payload: () => player.setTrace(parsed(), model.get("step")),
    step: () => player.step(model.get("step")),
    granularity: () => player.setGranularity(model.get("granularity")),
    selected: () => player.select(...(model.get("selected") ?? [null, 0])),
    theme: () => player.setTheme(model.get("theme")),
    answers: () => player.answered(),
    host: () => model.get("host") && player.showHost(model.get("host")),
    text: () => player.setText(model.get("text")),
    kernel: () => player.setKernel(model.get("kernel")),
    error: () => player.setError(model.get("error"), model.get("error_line")),
    error_line: () => player.setError(model.get("error"), model.get("error_line")),
  };
  const handlers = Object.entries(react).map(([key, act]) => [`change:${key}`, act]);
  for (const [event, act] of handlers) model.on(event, act);
  return () => {
    for (const [event, act] of handlers) model.off(event, act);
    player.destroy();
  };
}

export default { render };
