/* The cells of the decision table: rows in groups, one of the cells having the focus. */

/** @import { Decision, Palette } from "../types.js" */
/** @import { Choice } from "./picker.js" */
/** @import { TableRow } from "../core/pivot.js" */

import { h, targetOf } from "../core/dom.js";
import { IMPOSSIBLE } from "../core/pivot.js";
import { within } from "../core/stops.js";

const PAGE_ROWS = 8; // that Page Up and Page Down go by

/** @typedef {{cell: Decision | null, td: HTMLTableCellElement}} Drawn */
/** What is drawn: the name of the row's axis, the columns, and the rows by group, each with its
 * heading or "".
 *
 * @typedef {{corner: string, columns: Choice[], rowNamed: (id: string) => Choice,
 *   groups: {heading: string, rows: TableRow[]}[]}} Laid
 */

/** @param {Palette} palette */
export function createCells(palette) {
  const head = h("thead", {});
  const body = h("tbody", {});
  const node = h("table", { role: "grid", class: "zv-table", "aria-readonly": "true",
    "aria-label": "what becomes of an entry" }, head, body);
  /** @type {Drawn[][]} */
  let drawn = [];
  /** @type {[number, number]} */
  let roving = [0, 0];

  /** @param {Decision | null} cell @param {number} r @param {number} c */
  function drawCell(cell, r, c) {
    const td = h("td", { role: "gridcell", tabindex: -1 });
    td.zapvizAt = [r, c];
    if (!cell) return td;
    const look = palette.verdicts[cell.verdict];
    const possible = cell.verdict !== IMPOSSIBLE;
    td.setAttribute("aria-label", `${cell.title}, ${cell.kernel}: ` +
      `${possible ? cell.word : IMPOSSIBLE}. ${cell.reason}`);
    td.append(h("span", { class: `zv-decision ${possible ? `k-${look.ink}` : "zv-impossible"}` },
      h("span", { class: "zv-decision-sign", "aria-hidden": "true" }, look.sign),
      possible ? h("span", {}, cell.word) : null));
    return td;
  }

  /** @param {number} r @param {number} c @param {boolean} focus */
  function rove(r, c, focus) {
    for (const td of body.querySelectorAll("td[tabindex='0']")) td.setAttribute("tabindex", "-1");
    const one = drawn[r]?.[c];
    if (!one) return;
    roving = [r, c];
    one.td.setAttribute("tabindex", "0");
    if (focus) one.td.focus();
  }

  return {
    node,
    body,
    /** @param {Laid} laid */
    draw({ corner, columns, rowNamed, groups }) {
      head.replaceChildren(h("tr", { role: "row" },
        h("th", { role: "columnheader", scope: "col", class: "zv-corner" }, h("span", {}, corner)),
        // The columns share what the row headers leave.
        ...columns.map((one) => h("th", { role: "columnheader", scope: "col", title: one.title,
          style: `width: ${(100 / columns.length).toFixed(3)}%` }, one.name))));
      drawn = [];
      const lines = [];
      for (const { heading, rows } of groups) {
        if (heading) {
          lines.push(h("tr", { role: "row", class: "zv-table-group" },
            h("th", { role: "rowheader", colspan: columns.length + 1, scope: "rowgroup" }, h("span", {}, heading))));
        }
        for (const { id, cells } of rows) {
          const r = drawn.length;
          const line = cells.map((cell, c) => ({ cell, td: drawCell(cell, r, c) }));
          drawn.push(line);
          const one = rowNamed(id);
          lines.push(h("tr", { role: "row" },
            h("th", { role: "rowheader", scope: "row", title: one.title }, one.name),
            ...line.map(({ td }) => td)));
        }
      }
      body.replaceChildren(...lines);
      const [r, c] = roving;
      rove(Math.min(r, drawn.length - 1), Math.min(c, (drawn[0]?.length ?? 1) - 1), false);
    },
    rove,
    /** The cell that has the focus. */
    roving: () => drawn[roving[0]]?.[roving[1]]?.cell ?? null,
    /** The row and column that an event is about. @param {Event} event */
    placeOf: (event) => targetOf(event).closest?.("td")?.zapvizAt ?? null,
    /** @param {[number, number] | null} place */
    cellAt: (place) => (place ? drawn[place[0]]?.[place[1]]?.cell ?? null : null),
    /** Mark a cell as the one that is pinned, if it is drawn; null is none.
     *
     * @param {((cell: Decision) => boolean) | null} holds
     */
    mark(holds) {
      for (const td of body.querySelectorAll("[aria-selected]")) td.removeAttribute("aria-selected");
      const one = holds && drawn.flat().find(({ cell }) => cell && holds(cell));
      one?.td.setAttribute("aria-selected", "true");
    },
    /** Move the focus as a key does; whether it does. @param {KeyboardEvent} event */
    onKey(event) {
      const [r, c] = roving;
      const [lastRow, lastColumn] = [drawn.length - 1, drawn[0].length - 1];
      const ends = event.ctrlKey || event.metaKey;
      /** @type {Record<string, [number, number]>} */
      const places = {
        ArrowRight: [r, c + 1],
        ArrowLeft: [r, c - 1],
        ArrowDown: [r + 1, c],
        ArrowUp: [r - 1, c],
        Home: [ends ? 0 : r, 0],
        End: [ends ? lastRow : r, lastColumn],
        PageDown: [r + PAGE_ROWS, c],
        PageUp: [r - PAGE_ROWS, c],
      };
      const to = places[event.key];
      if (to) rove(within(to[0], 0, lastRow), within(to[1], 0, lastColumn), true);
      return Boolean(to);
    },
  };
}
