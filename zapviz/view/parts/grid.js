/* The live grid: the rows of a trace as SVG.
 *
 * A step touches only the cells that change; nothing is measured on the way.
 */

/** @import { Look, Palette } from "../types.js" */
/** @import { Layout, Space } from "../core/layout.js" */
/** @import { TraceData } from "../core/trace.js" */
/** @import { Motion } from "../core/motions.js" */
/** @import { Badge } from "./badges.js" */
/** @import { CellNode, EdgeBand } from "./drawing.js" */

import { blocksOf } from "../core/blocks.js";
import { h, s, say, targetOf } from "../core/dom.js";
import { edgeIn } from "../core/edge.js";
import { headOf, layOut } from "../core/layout.js";
import { lookOf } from "../core/looks.js";
import { cellName, edgeOfRow, neighbourOf } from "../core/places.js";
import { EMPTY, changedCells, readTrace } from "../core/trace.js";
import { createBadges } from "./badges.js";
import { createBlocks } from "./blocks.js";
import { drawRows, measuresOf } from "./drawing.js";
import { createHatches } from "./hatches.js";
import { createMotions } from "./motions.js";
import { createSharing, createTags } from "./sharing.js";
import { createTies } from "./ties.js";
import { wordsOf } from "./words.js";

const FINGER = 28; // pixels from cell to cell that a finger takes

/** @typedef {ReturnType<typeof createGrid>} Grid */

/** Draw the rows as SVG, and change only what differs from then on.
 *
 * What a browser has to do after a change is bounded by three habits: the letters of a row are
 * one text, cells stand at coordinates and not under a transform each, and the hatch over what
 * just changed is one path for each kind of cell, not a paint that boxes take on.
 *
 * @param {Palette} palette
 * @param {object} [blocks] how several processes are shown
 * @param {boolean} [blocks.counted] with their counters
 */
export function createGrid(palette, { counted = false } = {}) {
  const svg = s("svg", { class: "zv-grid", role: "grid", "aria-label": "page-table entries" });
  const pane = h("div", { class: "zv-pane" }, svg);
  let data = readTrace(EMPTY);
  /** @type {Look[]} */
  let looks = []; // by cell of the trace
  /** @type {CellNode[]} */
  let nodes = []; // by cell id
  /** @type {Map<string, {bands: EdgeBand[], shown: number | null | undefined}>} */
  let edges = new Map(); // by file id
  let layout = layOut([]);
  let over = createOver(layout);
  let blocks = createBlocks(data, layout, () => "");
  const sharing = createSharing();
  let shown = ""; // what the layout was made for
  let roving = 0;
  const fingers = window.matchMedia?.("(pointer: coarse)");
  const large = () => svg.classList.contains("zv-rich");
  /** @type {Set<number>} */
  const unlabelled = new Set(); // cell ids whose label may be an old one
  /** @type {Map<number, string>} */
  const remarks = new Map(); // by cell id: what is said of it beside what it holds

  /** @param {number} id @param {number} cell */
  function cellLabel(id, cell) {
    const said = [looks[cell].name, looks[cell].text, ...[sharing.words(id), remarks.get(id)].filter(Boolean)];
    return `${cellName(data, id)}: ${said.join(". ")}`;
  }

  function build() {
    const drawing = drawRows(data, layout, wordsOf(palette).tipOf);
    nodes = drawing.cells;
    edges = new Map([...drawing.edges].map(([file, bands]) => [file, { bands, shown: undefined }]));
    over = createOver(layout);
    blocks = createBlocks(data, layout, wordsOf(palette).tipOf);
    fitTo(svg, layout);
    drawing.top.append(...over.nodes);
    svg.replaceChildren(...blocks.nodes, ...drawing.groups, drawing.top);
  }

  /** Bring one cell to what it is to show; what already stands there is not touched.
   *
   * @param {number} id
   * @param {number} cell
   */
  function paint(id, cell) {
    const node = nodes[id];
    if (node.cell === cell) return;
    node.cell = cell;
    dress(node, looks[cell]);
    unlabelled.add(id);
  }

  /** @param {number} id */
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

  /** @param {number} id @param {boolean} focus */
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
      const key = JSON.stringify([space, data.rows.map((row) =>
        [row.id, row.label, row.detail, row.role, row.file, row.column, row.pages])]);
      const same = key === shown;
      if (!same) {
        shown = key;
        layout = layOut(data.rows, fingers?.matches ? { ...space, least: FINGER } : space);
        build();
      }
      unlabelled.clear(); // those of a larger grid may be among them
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
      over.marks.show(list.map(([cell, text, kind]) => [nodes[cell], text, kind]),
        (mark, text) => fitMark(mark, large() ? 7 + 9 * text.length : 5 + 6 * text.length));
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
      over.unlike.show(ids.flatMap((id) => (id !== null && nodes[id] ? [[nodes[id], "\u2260"]] : [])));
    },
    /** Tie a cell to those that hold the same. @param {number | null} id @param {number[]} others */
    showTies(id, others) {
      over.ties.show(id === null ? null : nodes[id], others.map((other) => nodes[other]));
    },
    /** Let what a step moves be seen to move; null: nothing does. @param {(() => Motion[]) | null} motions */
    showMotions: (motions) => over.motions.show(motions && (() => motions().map(({ from, to, cell }) =>
      ({ from: nodes[from], to: to === null ? null : nodes[to], look: looks[cell] })))),
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
    reveal: (id) => revealIn(pane, layout, id === null ? undefined : nodes[id]),
  };
}

/** Make a drawing as large as its layout. @param {SVGElement} svg @param {Layout} layout */
function fitTo(svg, layout) {
  const right = Math.max(...[...layout.groups, ...layout.blocks].map((one) => one.x + one.w), 0);
  svg.setAttribute("width", String(Math.max(1, Math.ceil(right))));
  svg.setAttribute("height", String(Math.max(1, Math.ceil(layout.height))));
  svg.setAttribute("class", measuresOf(layout).rich ? "zv-grid zv-rich" : "zv-grid");
  for (const [name, px] of lettersOf(layout)) svg.style.setProperty(`--zv-${name}`, `${px}px`);
}

/** Give a cell another look; what is the same is not touched. @param {CellNode} node @param {Look} now */
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

/** Scroll a pane so that a cell is in view: only when the pane scrolls at all.
 *
 * @param {HTMLElement} pane
 * @param {Layout} layout
 * @param {CellNode | undefined} node
 */
function revealIn(pane, layout, node) {
  if (!node || pane.scrollHeight <= pane.clientHeight + 1) return;
  const top = node.y - headOf(layout.caption, true);
  if (top < pane.scrollTop) pane.scrollTop = Math.max(0, top - 4);
  else if (node.y + layout.pitch + 8 > pane.scrollTop + pane.clientHeight) {
    pane.scrollTop = node.y + layout.pitch + 12 - pane.clientHeight;
  }
}

/** How large letters are, by what they stand for: a kind of entry, what it holds, all else. @param {Layout} layout */
function lettersOf(layout) {
  const { size, caption } = measuresOf(layout);
  return Object.entries({ letter: Math.max(12, Math.min(34, Math.round(size * 0.46))),
    mark: Math.max(caption, Math.round(size * 0.2)), caption });
}

/** Bring a grid to a state: the cells that may look different, and what changed since another state.
 *
 * @param {Grid} grid
 * @param {TraceData} data
 * @param {Int32Array} state the cell of each entry
 * @param {Iterable<number>} dirty the cells that may look different
 * @param {number} since
 * @param {number} at
 */
export function showState(grid, data, state, dirty, since, at) {
  for (const id of dirty) grid.paint(id, state[id]);
  showChange(grid, data, since, at);
  grid.label();
}

/** Show over the cells what changed since another state: which of them, and i_size.
 *
 * @param {Grid} grid
 * @param {TraceData} data
 * @param {number} since
 * @param {number} at
 */
export function showChange(grid, data, since, at) {
  grid.showBlocks(at, since);
  grid.showFresh(changedCells(data, since, at));
  grid.showSizes(data.sizes[at]);
}

/** What lies over the cells of a layout: hatches, outlines and signs. @param {Layout} layout */
function createOver(layout) {
  const measures = measuresOf(layout);
  const { size, rich } = measures;
  const pin = s("rect", { class: "zv-pin", x: -3.5, y: -3.5, width: size + 7, height: size + 7, rx: 6,
    visibility: "hidden" });
  const ring = s("g", { visibility: "hidden" },
    ...["zv-ring-halo", "zv-ring"].map((kind) =>
      s("rect", { class: kind, x: -3, y: -3, width: size + 6, height: size + 6, rx: 6 })));
  /** @param {string} kind */
  const round = (kind) => () => s("circle", { r: rich ? 9 : 7, class: kind });
  const badges = createBadges(size + 1, 1, round("zv-badge"));
  const unlike = createBadges(-1, size + 1, round("zv-unlike"), "zv-unlike-text");
  const marks = createBadges(rich ? -4 : -3, 1, () =>
    s("rect", { y: rich ? -7 : -6, height: rich ? 14 : 11, rx: 4, class: "zv-badge" }));
  const wrong = createBadges(size + 1, size, () =>
    s("path", { d: rich ? "M0-11 10 7H-10Z" : "M0-8 7 5H-7Z", class: "zv-wrong" }), "zv-wrong-text");
  const hatches = createHatches(size, rich);
  // Over blocks lines would be a tangle.
  const ties = createTies(size, !layout.blocks.length);
  const tags = createTags(measures);
  const motions = createMotions(size);
  return { pin, ring, badges, unlike, marks, wrong, hatches, ties, tags, motions,
    nodes: [hatches.node, ties.node, pin, ring, ...(layout.blocks.length ? [tags.node] : []), motions.node, unlike.node, badges.node, marks.node, wrong.node] };
}

/** Make a sign as wide as its text. @param {Badge} mark @param {number} width */
function fitMark(mark, width) {
  mark.shape.setAttribute("width", String(width));
  mark.label.setAttribute("x", String(width / 2));
}

/** Put an outline over a cell, or take it away. @param {SVGElement} outline @param {CellNode | null} node */
function putOver(outline, node) {
  if (node) outline.setAttribute("transform", `translate(${node.x},${node.y})`);
  outline.setAttribute("visibility", node ? "visible" : "hidden");
}

/** @param {EdgeBand} band @param {number | null} bytes */
function drawEdge({ box, last, beyond, line, text }, bytes) {
  const edge = bytes === null ? { x: 0, beyond: null, line: null } : edgeIn(box, bytes, last);
  for (const [node, on] of /** @type {[SVGElement, unknown][]} */ (
    [[beyond, edge.beyond !== null], [line, edge.line], [text, edge.line]])) {
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
