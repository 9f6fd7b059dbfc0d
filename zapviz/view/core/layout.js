/* Where the rows of a trace stand: pure arithmetic on their lengths and the width there is. */

export const PAD = 10; // around a group
export const HEAD = 34; // above a file's band: i_size, then the page numbers
const LOW_HEAD = 20; // above other bands: the page numbers
const BAND_GAP = 8;
const GROUP_GAP = 10;
const NARROW = 420; // pixels: a telephone held upright
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

function labelWidth(group, pitch, width) {
  if (group.key === "swap") return 46;
  if (pitch >= 34) return 160;
  return width < NARROW ? 74 : 92;
}

/** Place the groups for one cell pitch and one wrap; the height tells if it will do. */
export function place(groups, rows, width, pitch, wrap) {
  const placed = [];
  let x = 0;
  let y = 0;
  let shelf = 0;
  let bands = 0;
  for (const group of groups) {
    // Bands of like length, each beginning at a multiple of four.
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

/** Choose the cell size and the wrap: all on one screen if it can be, else scrolled.
 *
 * least: the smallest pitch, in pixels.
 */
export function layOut(rows, width, least = 20) {
  const groups = groupRows(rows);
  const span = Math.max(1, ...groups.map((group) => group.span));
  let best = null;
  for (const wrap of [64, 32, 16, 8, 4]) {
    if (best && wrap < span && best.wrap >= span) break;
    for (let pitch = 50; pitch >= least; pitch -= 2) {
      const layout = place(groups, rows, width, pitch, wrap);
      if (!layout) continue;
      layout.over = Math.max(0, layout.height - ROOM);
      if (!best || (best.over > 0 && layout.over < best.over)) best = layout;
      if (layout.over === 0) break;
    }
    if (best && best.over === 0) break;
  }
  return best ?? place(groups, rows, Infinity, least, 4);
}
