/* The decision table (docs/table.md): its cells, and which of them a view shows, where. */

/** @import { Axis, Decision, TableData, TablePlace, TableView } from "../types.js" */

/** @type {Axis[]} */
export const AXES = ["entry", "mapping", "path", "owner", "kernel"];
const OUTER = [...AXES].reverse(); // from the outermost group of rows inwards
export const IMPOSSIBLE = "not possible"; // the verdict of what cannot be

/** @typedef {ReturnType<typeof readTable>} Table */
/** A group of rows: what they have in common. @typedef {Partial<TablePlace>} Group */
/** @typedef {{id: string, cells: (Decision | null)[]}} TableRow */

/** Read the compact form: the values of each axis, and each cell by its four ids.
 *
 * @param {TableData} data
 */
export function readTable(data) {
  const { texts } = data;
  const shown = AXES.filter((axis) => data[axis] !== undefined);
  /** @param {Axis} axis */
  const valuesOf = (axis) => (data[axis] ?? []).map(([id, name, more, meaning]) => {
    if (axis === "kernel") return { id, name: id, title: name };
    return { id, name, title: (axis === "owner" ? more : meaning ?? more) ?? name };
  });
  const axes = { entry: valuesOf("entry"), mapping: valuesOf("mapping"), path: valuesOf("path"),
    owner: valuesOf("owner"), kernel: valuesOf("kernel") };
  const beside = new Map((data.owner ?? []).map(([id, , , words]) => [id, words]));
  const named = new Map(AXES.map((axis) => [axis, new Map(axes[axis].map((one) => [one.id, one.name]))]));
  /** @param {Axis} axis @param {string} id */
  const names = (axis, id) => named.get(axis)?.get(id) ?? id;
  const kernels = new Map(axes.kernel.map((one, k) => [one.id, k]));
  const places = new Map(data.places.map((place, index) =>
    [place.map((k, axis) => axes[AXES[axis]][k].id).join(), index]));
  return {
    shown,
    axes,
    names,
    notes: data.notes,
    /** The cell at a place; null where the table has none. @param {TablePlace} at @returns {Decision | null} */
    cell(at) {
      const place = places.get(shown.slice(0, -1).map((axis) => at[axis]).join());
      const kernel = kernels.get(at.kernel);
      if (place === undefined || kernel === undefined) return null;
      const index = 2 * (place * axes.kernel.length + kernel);
      const [word, verdict, after, result, waits, reason, rule, source, evidence, ...passes] =
        data.decisions[data.cells[index]];
      const [entry, mapping, path] = [names("entry", at.entry), names("mapping", at.mapping), names("path", at.path)];
      const shared = beside.get(at.owner ?? "") ?? "";
      const owner = shared && `, ${names("owner", at.owner ?? "")}`;
      const lines = data.scenarios[data.cells[index + 1]].map((line) => texts[line]);
      /** @type {[string, string][]} */
      const passed = [];
      for (let k = 0; k < passes.length; k += 2) passed.push([texts[passes[k]], texts[passes[k + 1]]]);
      return {
        ...at, word: texts[word], verdict: texts[verdict], after: texts[after],
        result: texts[result], waits: Boolean(waits), reason: texts[reason], rule: texts[rule],
        source: texts[source], evidence: texts[evidence], passes: passed,
        title: `${entry}, ${mapping}${owner}: ${path}`,
        scenario: `# ${entry}: ${path}\n# ${mapping}${shared}\n${lines.join("\n")}\n`,
      };
    },
  };
}

/** A view with everything in it that a table can show: unknown ids left out, none empty.
 *
 * @param {Table} table
 * @param {Partial<TableView> | null | undefined} wanted
 * @returns {TableView}
 */
export function completeView(table, wanted) {
  const given = wanted ?? {};
  /** @param {Axis} axis */
  const idsOf = (axis) => {
    const known = table.axes[axis].map((one) => one.id);
    const chosen = known.filter((id) => (given[axis] ?? known).includes(id));
    return chosen.length ? chosen : known;
  };
  const rows = given.rows && table.shown.includes(given.rows) ? given.rows : "entry";
  const columns = given.columns && table.shown.includes(given.columns) && given.columns !== rows
    ? given.columns : rows === "path" ? "entry" : "path";
  const ids = Object.fromEntries(table.shown.map((axis) => [axis, idsOf(axis)]));
  return /** @type {TableView} */ ({ rows, columns, ...ids, only: Boolean(given.only) });
}

/** What changes when an axis is put down or across; where the other one has it, they change places.
 *
 * @param {TableView} view
 * @param {"rows" | "columns"} side
 * @param {Axis} axis
 * @returns {Partial<TableView>}
 */
export function putAxis(view, side, axis) {
  const other = side === "rows" ? "columns" : "rows";
  return view[other] === axis ? { [side]: axis, [other]: view[side] } : { [side]: axis };
}

/** What changes when only what differs is to be shown: between all kernels where one alone is
 * shown, side by side.
 *
 * @param {Table} table
 * @param {TableView} view
 */
export function onlyDiffering(table, view) {
  /** @type {Partial<TableView>} */
  const part = { only: true };
  if (view.kernel.length < 2) part.kernel = table.axes.kernel.map((one) => one.id);
  if (view.rows !== "kernel" && view.columns !== "kernel") part.columns = "kernel";
  if (part.columns && view.rows === "kernel") part.rows = "entry";
  return part;
}

/** Whether the kernels shown decide differently at a place; impossible ones are left out.
 *
 * @param {Table} table
 * @param {TableView} view
 * @param {TablePlace} at
 */
function differs(table, view, at) {
  const words = new Set();
  for (const kernel of view.kernel) {
    const cell = table.cell({ ...at, kernel });
    if (cell && cell.verdict !== IMPOSSIBLE) words.add(`${cell.word}|${cell.after}|${cell.result}`);
  }
  return words.size > 1;
}

/** The axes that go neither down nor across, outermost first. @param {TableView} view */
export const outerAxes = (view) => OUTER.filter((axis) => axis in view && axis !== view.rows && axis !== view.columns);

/** The groups of rows that a view shows, each with its rows; those with nothing in them left out.
 *
 * @param {Table} table
 * @param {TableView} view
 */
export function shownGroups(table, view) {
  /** @type {Group[]} */
  let groups = [{}];
  for (const axis of outerAxes(view)) {
    groups = groups.flatMap((one) => view[axis].map((id) => ({ ...one, [axis]: id })));
  }
  /** @param {Decision | null} cell */
  const counts = (cell) => cell !== null && cell.verdict !== IMPOSSIBLE && (!view.only || differs(table, view, cell));
  return groups.map((group) => {
    /** @type {TableRow[]} */
    const rows = view[view.rows].map((id) => ({ id, cells: view[view.columns].map((column) =>
      table.cell(/** @type {TablePlace} */ ({ ...group, [view.rows]: id, [view.columns]: column }))) }));
    return { group, rows: rows.filter(({ cells }) => cells.some(counts)) };
  }).filter(({ rows }) => rows.length);
}

/** The verdicts and the words of the cells of some groups.
 *
 * @param {{rows: TableRow[]}[]} groups
 */
export function wordsIn(groups) {
  const cells = groups.flatMap(({ rows }) => rows.flatMap((row) => row.cells)).filter((cell) => cell !== null);
  return { verdicts: new Set(cells.map((cell) => cell.verdict)), words: cells.map((cell) => cell.word) };
}
