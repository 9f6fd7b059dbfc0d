/* The decision table: what becomes of which entry, on which path, on which kernel.
 *
 * Any axis goes down or across; of the others one value is shown, or a group of rows for
 * each.  It knows nothing of notebooks: a page gives it the table (docs/table.md) and the
 * palette, and is told when a scenario is to be opened.
 */

/** @import { Axis, Decision, Palette, TableData, TableOptions, TablePlace, TableView } from "../types.js" */

import { button, h, say, targetOf } from "../core/dom.js";
import { AXES, IMPOSSIBLE, completeView, onlyDiffering, outerAxes, putAxis, readTable, shownGroups, wordsIn }
  from "../core/pivot.js";
import { createCells } from "../parts/cells.js";
import { createLegend } from "../parts/legend.js";
import { createPicker } from "../parts/picker.js";
import { createShell, frameIn } from "../parts/shell.js";
import { createWhy } from "../parts/why.js";

/** What an axis is called: one value of it, several. @type {Record<Axis, [string, string]>} */
const WORDS = { entry: ["Entry", "Entries"], mapping: ["Mapping", "Mappings"], path: ["Path", "Paths"],
  owner: ["Owner", "Owners"], kernel: ["Kernel", "Kernels"] };

/** Build a decision table inside an element.
 *
 * @param {HTMLElement} element
 * @param {TableData} given
 * @param {TableOptions} options
 */
export function createTable(element, given, options) {
  const { palette } = options;
  let table = readTable(given);
  let first = completeView(table, options.view ?? given.view); // what is shown at the beginning
  let view = first;
  /** @type {Partial<TableView> | null} */
  let wide = null; // what was shown before only what differs was
  /** @type {Decision | null} */
  let pinned = null;

  /* -- parts -- */

  const shell = createShell("zapviz: the decision table",
    { palette, theme: options.theme, onKey, modified: true, room: [1100, 620] });
  const { root } = shell;
  root.classList.add("zv-decisions");
  root.tabIndex = -1;
  const rowsPick = createAxisPick("what goes down", (axis) => change(putAxis(view, "rows", axis)));
  const columnsPick = createAxisPick("what goes across", (axis) => change(putAxis(view, "columns", axis)));
  const pickers = AXES.map((axis) => createPicker({
    words: WORDS[axis],
    named: axis === "kernel" || axis === "mapping" || axis === "owner",
    all: () => table.axes[axis],
    first: () => first[axis] ?? [],
    chosen: () => view[axis] ?? [],
    choose: (ids) => change({ [axis]: ids }),
    onOpen: () => closePickers(pickers[AXES.indexOf(axis)].node),
  }));
  const onlyBox = h("input", { type: "checkbox", onchange: () => showOnly(onlyBox.checked) });
  const about = h("div", { class: "zv-table-about" });
  const cells = createCells(palette);
  const nothing = h("p", { class: "zv-table-nothing", role: "status", hidden: true });
  const why = createWhy(palette);
  const legend = createLegend();
  root.append(h("div", { class: "zv-inner" },
    h("div", { class: "zv-bar zv-table-bar" },
      h("label", { class: "zv-field" }, "Down", rowsPick), h("label", { class: "zv-field" }, "Across", columnsPick),
      ...pickers.map((picker) => picker.node),
      h("label", { class: "zv-field zv-only", title: "only what the kernels decide differently" }, onlyBox,
        "Only what differs"),
      h("span", { class: "zv-space" }), button("full", "Full screen (f)", shell.fullScreen)),
    about, h("div", { class: "zv-table-pane" }, cells.node, nothing), why.node, legend));

  /** Close all of the lists but one. @param {Element | null} but */
  function closePickers(but) {
    for (const picker of pickers) if (picker.node !== but) picker.close();
  }

  /* -- what is shown -- */

  /** @param {Partial<TableView>} part @param {boolean} tell */
  function change(part, tell = true) {
    view = completeView(table, { ...view, ...part });
    refresh();
    if (tell) options.onView?.(view);
  }

  /** Show only what differs, or what was shown before. @param {boolean} on */
  function showOnly(on) {
    if (on) {
      wide = { rows: view.rows, columns: view.columns, kernel: view.kernel };
      change(onlyDiffering(table, view));
    } else {
      change({ ...(wide ?? {}), only: false });
      wide = null;
    }
  }

  function refresh() {
    rowsPick.value = view.rows;
    columnsPick.value = view.columns;
    onlyBox.checked = view.only;
    for (const [k, picker] of pickers.entries()) if (table.shown.includes(AXES[k])) picker.show();
    const outer = outerAxes(view);
    const several = outer.filter((axis) => view[axis].length > 1);
    const fixed = outer.filter((axis) => view[axis].length === 1);
    say(about, fixed.map((axis) => (axis === "kernel"
      ? `kernel ${view.kernel[0]}` : table.names(axis, view[axis][0]))).join(" \u00b7 "));
    const groups = shownGroups(table, view);
    /** @param {Axis} axis @param {string} id */
    const named = (axis, id) => table.axes[axis].find((one) => one.id === id) ?? { id, name: id, title: id };
    cells.draw({
      corner: WORDS[view.rows][0],
      columns: view[view.columns].map((id) => named(view.columns, id)),
      rowNamed: (id) => named(view.rows, id),
      groups: groups.map(({ group, rows }) => ({ rows,
        heading: several.map((axis) => table.names(axis, group[axis] ?? "")).join(", ") })),
    });
    legend.replaceChildren(...legendItems(palette, wordsIn(groups), table.notes));
    cells.node.hidden = groups.length === 0;
    nothing.hidden = groups.length > 0;
    say(nothing, view.only ? "The kernels chosen decide everything chosen here alike."
      : "Nothing of what is chosen can be.");
    mark();
    showWhy(pinned);
  }

  /* -- the pinned cell -- */

  /** @param {Decision | null} cell */
  const showWhy = (cell) => why.show(cell, cell === pinned);

  function mark() {
    const place = pinned;
    cells.mark(place && ((cell) => AXES.every((axis) => cell[axis] === place[axis])));
  }

  /** Pin a cell and have its scenario opened; null unpins. @param {Decision | null} cell @param {boolean} tell */
  function open(cell, tell = true) {
    pinned = cell;
    mark();
    showWhy(cell);
    if (cell && tell) options.onOpen?.(cell.scenario, cell.kernel, cell);
  }

  /* -- keys and pointer -- */

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const { key } = event;
    const picker = pickers.find(({ node }) => node.open && node.contains(targetOf(event)));
    if (targetOf(event).closest("td")) {
      if (key === "Enter" || key === " ") {
        open(cells.roving());
        return true;
      }
      if (cells.onKey(event)) return true;
    }
    const closes = key === "Escape" || (key === "q" && !event.ctrlKey && !event.metaKey);
    if (closes && picker) {
      picker.close();
      picker.focus();
    } else if (closes) {
      if (key !== "Escape" || !shell.full) open(null);
    } else if (key.toLowerCase() === "f" && !event.ctrlKey && !event.metaKey) shell.fullScreen();
    else return false;
    return true;
  }

  root.addEventListener("pointerdown", (event) => closePickers(targetOf(event).closest("details")));
  cells.body.addEventListener("pointerover", (event) => {
    const cell = cells.cellAt(cells.placeOf(event));
    if (cell) showWhy(cell);
  });
  cells.body.addEventListener("pointerleave", () => showWhy(pinned));
  cells.body.addEventListener("focusin", (event) => {
    const place = cells.placeOf(event);
    if (!place) return;
    cells.rove(...place, false);
    showWhy(cells.cellAt(place));
  });
  cells.body.addEventListener("click", (event) => {
    const place = cells.placeOf(event);
    if (!place) return;
    cells.rove(...place, true);
    open(cells.cellAt(place));
  });
  document.addEventListener("fullscreenchange", shell.showZoom);

  /* -- begin -- */

  /** @param {TableData} next @param {Partial<TableView>} wanted */
  function setTable(next, wanted = view) {
    table = readTable(next);
    first = completeView(table, options.view ?? next.view);
    for (const [k, picker] of pickers.entries()) {
      picker.fill();
      picker.node.hidden = !table.shown.includes(AXES[k]);
    }
    for (const pick of [rowsPick, columnsPick]) pick.replaceChildren(...axisOptions(table.shown));
    view = completeView(table, wanted);
    refresh();
  }

  frameIn(element).append(root);
  setTable(given);

  return {
    root,
    get view() { return view; },
    /** @param {Partial<TableView>} wanted */
    setView: (wanted) => change(wanted, false),
    setTable,
    setTheme: shell.setTheme,
    /** Pin a cell by its four ids, without opening anything; null unpins. @param {TablePlace | null} place */
    pin: (place) => open(place && table.cell(place), false),
    destroy() {
      document.removeEventListener("fullscreenchange", shell.showZoom);
      shell.destroy();
    },
  };
}

/** A list of the axes. @param {string} label @param {(axis: Axis) => void} choose */
function createAxisPick(label, choose) {
  const pick = h("select", { class: "zv-select", "aria-label": label,
    onchange: () => choose(/** @type {Axis} */ (pick.value)) },
  ...axisOptions(AXES));
  return pick;
}

/** The names of some axes, to be chosen from. @param {Axis[]} axes */
const axisOptions = (axes) => axes.map((axis) => h("option", { value: axis }, WORDS[axis][1]));

/** What the verdicts and the signs that are shown mean.
 *
 * @param {Palette} palette
 * @param {ReturnType<typeof wordsIn>} shown
 * @param {[string, string][]} notes
 */
function legendItems(palette, { verdicts, words }, notes) {
  const looks = Object.entries(palette.verdicts).filter(([verdict]) => verdicts.has(verdict));
  const said = notes.filter(([sign]) => words.some((word) => word.endsWith(` ${sign}`)));
  return [
    ...looks.map(([verdict, look]) => h("span", { class: "zv-legend-item" },
      h("span", { class: verdict === IMPOSSIBLE ? "zv-chip zv-impossible" : `zv-chip k-${look.ink}` },
        look.sign), `${verdict}: ${look.meaning}`)),
    ...said.map(([sign, note]) => h("span", { class: "zv-legend-item" }, `${sign} ${note}`)),
  ];
}
