/* The rows of a trace as SVG elements, as a layout has them; nothing in the cells yet. */

/** @import { Row } from "../types.js" */
/** @import { Band, Layout, PlacedGroup } from "../core/layout.js" */
/** @import { BandBox } from "../core/edge.js" */
/** @import { TraceData } from "../core/trace.js" */

import { detailInBlock, processName } from "../core/blocks.js";
import { s } from "../core/dom.js";
import { PAD, captionLines } from "../core/layout.js";
import { clip, lined } from "../core/text.js";

/** A cell's elements, where it stands, and what it shows.
 *
 * @typedef {{g: SVGGElement, inks: SVGTSpanElement[], letter: Text, mark: Text | null,
 *   corner: Text | null, cell: number, kind: string, label: string, x: number, y: number}} CellNode
 */
/** The elements that show i_size in a band, where the band is, and whether it is the last one of its group.
 *
 * @typedef {{box: BandBox, last: boolean, beyond: SVGElement, line: SVGElement, text: SVGElement}} EdgeBand
 */
/** What is the same for all cells: from cell to cell, their size, how large the letters beside
 * them are, and whether more than a letter is written in them.
 *
 * @typedef {{pitch: number, size: number, caption: number, rich: boolean}} Measures
 */

/** @param {Layout} layout @returns {Measures} */
export function measuresOf({ pitch, caption }) {
  const size = pitch - (pitch >= 30 ? 4 : 3);
  return { pitch, size, caption, rich: size >= 32 };
}

/** Draw every group of rows.
 *
 * @param {TraceData} data
 * @param {Layout} layout
 * @param {(text: string) => string} tipOf what the terms of a text mean
 */
export function drawRows(data, layout, tipOf) {
  const drawing = {
    tipOf,
    /** @type {SVGElement[]} */
    groups: [],
    /** @type {CellNode[]} */
    cells: new Array(data.total), // by id
    /** @type {Map<string, EdgeBand[]>} */
    edges: new Map(), // by the id of a file
    top: s("g", { class: "zv-over", "aria-hidden": "true" }), // what lies over all cells
  };
  for (const placed of layout.groups) drawGroup(data, drawing, placed, measuresOf(layout));
  return drawing;
}

/** @typedef {ReturnType<typeof drawRows>} Drawing */

/** @param {TraceData} data @param {Drawing} drawing @param {PlacedGroup} placed @param {Measures} measures */
function drawGroup(data, drawing, placed, measures) {
  const { group, x, y, w, label, letters } = placed;
  const { pitch, size, caption } = measures;
  // The block of a process has a frame, and stands around all its groups.
  const node = s("g", { transform: `translate(${x},${y})`, role: "rowgroup" });
  if (group.process === null) node.append(s("rect", { class: "zv-group", width: w, height: placed.h, rx: 8 }));
  else node.setAttribute("aria-label", nameOfGroup(group, group.process));
  /** @type {EdgeBand[]} */
  const bands = group.file === null ? [] : drawing.edges.get(group.file) ?? [];
  for (const part of placed.parts) {
    const left = PAD + label;
    const top = part.top + placed.head;
    const height = part.rows.length * pitch;
    const beyond = s("rect", { class: "zv-beyond", y: top - 3, height: height + 2,
      visibility: "hidden", "aria-hidden": "true" });
    node.append(beyond);
    if (placed.head > caption) node.append(drawHeads(part, group.unit, left, top, measures));
    for (const [k, r] of part.rows.entries()) {
      node.append(drawRow(data, drawing, r, part, { left, top: top + k * pitch, x, y, label, letters }, measures));
    }
    if (group.file === null) continue;
    const line = s("path", { class: "zv-edge", visibility: "hidden" });
    const text = s("text", { class: "zv-edge-text", visibility: "hidden" });
    drawing.top.append(s("g", { transform: `translate(${x},${y})` }, line,
      s("g", { class: "zv-edge-name" }, s("title", {}, drawing.tipOf("i_size")), text)));
    const width = (part.end - part.first) * pitch;
    const box = { first: part.first, end: part.end, rows: part.rows.length, left, width, top, height, pitch, size,
      caption, named: group.process === null };
    bands.push({ box, last: part === placed.parts[placed.parts.length - 1], beyond, line, text });
  }
  if (group.file !== null) drawing.edges.set(group.file, bands);
  drawing.groups.push(node);
}

/** What a group in the block of a process is called for those who cannot see the block.
 *
 * @param {PlacedGroup["group"]} group
 * @param {string} process
 */
const nameOfGroup = ({ file }, process) =>
  `${processName(process)}, ${file === null ? "anonymous memory" : `mappings of ${file}`}`;

/** The numbers above a band's columns.
 *
 * @param {Band} part
 * @param {string} unit
 * @param {number} left
 * @param {number} top
 * @param {Measures} measures
 */
function drawHeads(part, unit, left, top, { pitch, size }) {
  const heads = s("g", { class: "zv-heads", "aria-hidden": "true" },
    s("text", { x: left - 8, y: top - 6, class: "zv-unit" }, unit));
  const every = pitch >= 28 ? 1 : 4;
  for (let column = part.first; column < part.end; column++) {
    if (column % every) continue;
    heads.append(s("text", { x: left + (column - part.first) * pitch + size / 2, y: top - 6,
      class: "zv-column" }, String(column)));
  }
  return heads;
}

/** @typedef {{left: number, top: number, x: number, y: number, label: number, letters: number}} RowPlace */

/**
 * @param {TraceData} data
 * @param {Drawing} drawing
 * @param {number} r
 * @param {Band} part
 * @param {RowPlace} place
 * @param {Measures} measures
 */
function drawRow(data, drawing, r, part, { left, top, x, y, label, letters }, measures) {
  const { pitch, size, rich } = measures;
  const row = data.rows[r];
  const node = s("g", { role: "row", "aria-label": `${row.label}, ${row.detail}`,
    transform: `translate(0,${top})` }, rowHead(row, label, letters, measures, drawing.tipOf));
  const from = Math.max(part.first, row.column);
  const to = Math.min(part.end, row.column + row.pages);
  /** @type {[string, number, number][]} */
  const lines = [["zv-letters", rich ? size * 0.44 : size / 2 + 0.5, size / 2]];
  if (rich) lines.push(["zv-marks", size * 0.83, size / 2], ["zv-corners", size < 60 ? 8 : 11, size - 4]);
  const texts = lines.map(([kind]) => s("text", { class: kind, "aria-hidden": "true" }));
  for (let column = from; column < to; column++) {
    const id = data.offsets[r] + column - row.column;
    const cellX = left + (column - part.first) * pitch;
    const g = s("g", { role: "gridcell", tabindex: -1 },
      s("rect", { x: cellX, width: size, height: size, rx: Math.min(5, size / 6), class: "zv-box" }));
    const written = lines.map(([, lineY, dx], k) => {
      const text = document.createTextNode("");
      const ink = s("tspan", { x: cellX + dx, y: lineY }, text);
      texts[k].append(ink);
      return { ink, text };
    });
    const [letter, mark = null, corner = null] = written.map((one) => one.text);
    g.zapvizCell = id;
    drawing.cells[id] = { g, inks: written.map((one) => one.ink), letter, mark, corner, cell: -1, kind: "",
      label: "", x: x + cellX, y: y + top };
    node.append(g);
  }
  node.append(...texts);
  return node;
}

/** The name of a row, before its cells.
 *
 * @param {Row} row
 * @param {number} label how wide it may be
 * @param {number} letters how many stand in a line
 * @param {Measures} measures
 * @param {(text: string) => string} tipOf
 */
function rowHead(row, label, letters, { pitch, size, caption, rich }, tipOf) {
  const room = Math.max(4, Math.floor((label - 14 - 10 * Math.min(6, row.label.length)) / caption * 1.9));
  const inCache = room < "page cache".length ? "cache" : "page cache";
  const [first] = row.detail.split(" ");
  // In a block the name of a row is longer.
  const sort = row.process !== undefined && first === "anonymous" ? "anon" : first;
  const word = row.role === "file" ? inCache : sort;
  const head = s("g", { role: "rowheader", class: "zv-row-head", "aria-label": `${row.label}: ${row.detail}` },
    s("title", {}, [`${row.label}: ${row.detail}`, tipOf(row.detail)].filter(Boolean).join("\n")));
  if (row.role === "swap") {
    head.append(s("text", { x: PAD, y: size / 2, class: "zv-row-detail" }, "swap"));
  } else if (rich) {
    const line = caption + 3;
    const most = captionLines(pitch, caption);
    const detail = detailInBlock(row);
    // Where there is one line: what it is, and not of what.
    const short = detail.length > letters && most === 1;
    const details = lined(short ? detail.split(/,| of /)[0] : detail, letters, most);
    const y = size / 2 - details.length * line / 2 + 1;
    head.append(s("text", { x: PAD, y, class: "zv-row-name" }, clip(row.label, Math.floor((label - 4) / 10))),
      ...details.map((detail, k) =>
        s("text", { x: PAD, y: y + (k + 1) * line + 2, class: "zv-row-detail" }, detail)));
  } else {
    head.append(s("text", { x: PAD, y: size / 2, class: "zv-row-name" }, clip(row.label, 6),
      s("tspan", { class: "zv-row-detail", dx: 5 }, clip(word, room))));
  }
  return head;
}
