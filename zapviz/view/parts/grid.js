/* The live grid: the rows of a trace as SVG.
 *
 * A step touches only the cells that change; nothing is measured on the way.
 */

import { PAGE, h, s, say, clip, sizeText } from "../core/dom.js";
import { PAD, HEAD, layOut } from "../core/layout.js";

const FINGER = 28; // pixels from cell to cell that a finger takes

export const BADGES = { zapped: "\u2715", kept: "=", changed: "\u2192", installed: "+" };

export const CORNER_FLAGS = ["uffd_wp", "lazyfree", "locked", "poisoned"]; // small, in a cell's corner

/** Draw the rows as SVG, and change only what differs from then on.
 *
 * What a browser has to do after a change is bounded by three habits: the letters of a row are
 * one text, cells stand at coordinates and not under a transform each, and the hatch over what
 * just changed is one path for each kind of cell, not a paint that boxes take on.
 */
export function createGrid(palette) {
  const svg = s("svg", { class: "zv-grid", role: "grid", "aria-label": "page-table entries" });
  const pane = h("div", { class: "zv-pane" }, svg);
  let data = null;
  let looks = [];
  let layout = null;
  let nodes = []; // by cell id: its elements, where it stands, and what it shows
  let edges = new Map(); // by file id: its bands
  let hatches = null; // over what just changed
  let ring = null;
  let badges = null;
  let marks = null;
  let unlike = null;
  let pin = null;
  let shown = ""; // what the layout was made for
  let roving = 0;
  const fingers = window.matchMedia?.("(pointer: coarse)");
  const large = () => svg.classList.contains("zv-rich");
  const remarks = new Map(); // by cell id: what is said of it beside what it holds

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
    const name = `${row.label}[${id - data.offsets[r]}]`;
    const remark = remarks.has(id) ? `. ${remarks.get(id)}` : "";
    return `${name}: ${looks[cell].name}. ${looks[cell].text}${remark}`;
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
    const top = s("g", { class: "zv-over", "aria-hidden": "true" });
    for (const placed of layout.groups) buildGroup(placed, state, { pitch, size, rich }, top);
    pin = s("rect", { class: "zv-pin", x: -3.5, y: -3.5, width: size + 7, height: size + 7, rx: 6 });
    ring = s("g", { visibility: "hidden" },
      ...["zv-ring-halo", "zv-ring"].map((kind) =>
        s("rect", { class: kind, x: -3, y: -3, width: size + 6, height: size + 6, rx: 6 })));
    const round = (kind) => () => s("circle", { r: rich ? 9 : 7, class: kind });
    badges = createBadges(size + 1, 1, round("zv-badge"));
    unlike = createBadges(-1, size + 1, round("zv-unlike"), "zv-unlike-text");
    marks = createBadges(rich ? -4 : -3, 1, () =>
      s("rect", { y: rich ? -7 : -6, height: rich ? 14 : 11, rx: 4, class: "zv-badge" }));
    pin.setAttribute("visibility", "hidden");
    hatches = createHatches(size, rich);
    top.append(hatches.node, pin, ring, unlike.node, badges.node, marks.node);
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
        s("text", { x: PAD, y: size / 2 + 10, class: "zv-row-detail" }, clip(row.detail, 27)));
    } else {
      head.append(s("text", { x: PAD, y: size / 2, class: "zv-row-name" }, clip(row.label, 6),
        s("tspan", { class: "zv-row-detail", dx: 5 },
          clip(short, letters))));
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
      const g = s("g", { role: "gridcell", tabindex: -1 },
        s("rect", { x: cellX, width: size, height: size, rx: Math.min(5, size / 6), class: "zv-box" }));
      const inks = lines.map(([, y, dx], k) => {
        const ink = s("tspan", { x: cellX + dx, y }, "");
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

  /** Bring one cell to what it is to show; what already stands there is not touched. */
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
      if (next !== data) remarks.clear();
      data = next;
      looks = data.trace.cells.map(look);
      const key = JSON.stringify([Math.round(width), data.rows.map((row) =>
        [row.id, row.label, row.detail, row.role, row.file, row.column, row.pages])]);
      if (key !== shown) {
        shown = key;
        layout = layOut(data.rows, width, fingers?.matches ? FINGER : undefined);
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
      const width = (text) => (large() ? 7 + 9 * text.length : 5 + 6 * text.length);
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
        if (along <= 1 || (dx && across > 1) || !among(other)) continue;
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

/** Small signs at a corner of cells, on a shape of their own, kept and used again. */
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
    show(list, fit = () => {}) {
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
    },
  };
}

const HATCH_STEP = 5; // pixels from line to line

/** Slanted lines over cells of one size, in the ink of each. */
function createHatches(size, rich) {
  const node = s("g", {});
  const paths = new Map(); // by kind of cell
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
    },
  };
}

/** Slanted lines from a cell's corner on, which leave out the places where it is written on. */
function slants(size, rich) {
  const middle = size / 2;
  const around = (y, across, down) => [middle - across, y - down, middle + across, y + down];
  // Of a large cell: its letter, its mark, its flags.
  const holes = rich
    ? [around(size * 0.42, size * 0.24, size * 0.28), around(size * 0.83, 13, 7), [size - 12, 0, size, 13]]
    : [around(middle, size * 0.3, size * 0.34)];
  let path = "";
  let at = [0, 0];
  const by = (x, y) => {
    const text = [x - at[0], y - at[1]].map((value) => Math.round(value * 10) / 10).join(" ");
    at = [x, y];
    return text;
  };
  for (let sum = HATCH_STEP; sum < 2 * size; sum += HATCH_STEP) {
    // The line where x + y is the sum: from x to end, less the part inside each hole.
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

/** The colours of every kind of cell as style rules, for one player and both themes. */
export function paletteRules(palette, id) {
  const rules = [];
  for (const [name, theme] of Object.entries(palette.themes)) {
    const root = `#${id}[data-theme="${name}"]`;
    const own = ["text", "muted", "line", "outline", "selected", "edge", "beyond", "band", "background"]
      .map((key) => `--zv-${key}:${theme[key]}`).join(";");
    rules.push(`${root}{${own}}`);
    for (const [kind, ink] of Object.entries(theme.inks)) {
      rules.push(`${root} .k-${kind}{--f:${ink.fill};--t:${ink.text};--b:${ink.border};` +
        `--d:${ink.dashed ? "3 3" : "none"}}`);
    }
  }
  return rules.join("\n");
}

/** Let style rules hold in the document; gives the function that takes them back.
 *
 * A sheet that is adopted is no inline style, which a page may forbid.
 */
export function adoptRules(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
  };
}
