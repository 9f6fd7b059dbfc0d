/* The decision table: what becomes of which entry, on which path, on which kernel.
 *
 * Any axis goes down or across; of the others one value is shown, or a group of rows for
 * each.  It knows nothing of notebooks: a page gives it the table (docs/table.md) and the
 * palette, and is told when a scenario is to be opened.
 */

import { h, button, say } from "../core/dom.js";
import { createShell } from "../parts/shell.js";

const TABLE_AXES = ["entry", "mapping", "path", "kernel"];
const AXIS_WORDS = { entry: ["Entry", "Entries"], mapping: ["Mapping", "Mappings"],
  path: ["Path", "Paths"], kernel: ["Kernel", "Kernels"] };
const OUTER = ["kernel", "path", "mapping", "entry"]; // from the outermost group of rows inwards
const WORD_NOTES = [
  ["+", "+ the call then waits for a folio lock, until the migration ends"],
  ["~", "~ the call never returns: the kernel restarts it for ever"],
  ["!", "! the call itself ends in an error all the same"],
  ["~", "~ the call never ends: the kernel restarts it for ever"],
];
const CELL_HINT = "Point at a cell for its reason. A click, or Enter, opens its scenario.";

/** Read the compact form: the values of each axis, and each cell by its four ids. */
function readTable(data) {
  const { texts } = data;
  const axes = Object.fromEntries(TABLE_AXES.map((axis) => [axis,
    data[axis].map(([id, name, more, meaning]) => (axis === "kernel"
      ? { id, name: id, title: name } : { id, name, title: meaning ?? more ?? name }))]));
  const named = Object.fromEntries(TABLE_AXES.map((axis) =>
    [axis, new Map(axes[axis].map((one) => [one.id, one]))]));
  const kernels = new Map(axes.kernel.map((one, k) => [one.id, k]));
  const places = new Map(data.places.map((place, index) =>
    [place.map((k, axis) => axes[TABLE_AXES[axis]][k].id).join(), index]));
  return {
    axes,
    names: (axis, id) => named[axis].get(id)?.name ?? id,
    /** The cell at a place, {entry, mapping, path, kernel}; null where the table has none. */
    cell(at) {
      const place = places.get([at.entry, at.mapping, at.path].join());
      const kernel = kernels.get(at.kernel);
      if (place === undefined || kernel === undefined) return null;
      const index = 2 * (place * axes.kernel.length + kernel);
      const [word, verdict, after, result, waits, reason, rule, source, evidence, ...passes] =
        data.decisions[data.cells[index]];
      const [entry, mapping, path] = ["entry", "mapping", "path"].map((axis) => named[axis].get(at[axis]).name);
      const title = `${entry}, ${mapping}: ${path}`;
      const lines = data.scenarios[data.cells[index + 1]].map((line) => texts[line]);
      const passed = [];
      for (let k = 0; k < passes.length; k += 2) passed.push([texts[passes[k]], texts[passes[k + 1]]]);
      return {
        ...at, word: texts[word], verdict: texts[verdict], after: texts[after],
        result: texts[result], waits: Boolean(waits), reason: texts[reason], rule: texts[rule],
        source: texts[source], evidence: texts[evidence], passes: passed, title,
        scenario: `# ${entry}: ${path}\n# ${mapping}\n${lines.join("\n")}\n`,
      };
    },
  };
}

/** Build a decision table inside an element.
 *
 * options: palette (required); view, what is shown: {rows, columns, entry, mapping, path,
 * kernel, only}, the four axes being lists of ids, only whether just what differs is shown
 * (without one, the table's own first view);
 * theme; onOpen(scenario, kernel, cell), when a cell is clicked; onView(view).
 */
export function createTable(element, table, options) {
  const { palette } = options;
  const shell = createShell("zapviz: the decision table",
    { palette, theme: options.theme, onKey, modified: true, room: [1100, 620] });
  const { root } = shell;
  root.classList.add("zv-decisions");
  root.tabIndex = -1;
  let data = readTable(table);
  let view = null;
  let first = null; // what was shown at the beginning
  let wide = null; // what was shown before only what differs was
  let drawn = []; // rows of {td, cell}
  let roving = [0, 0];
  let pinned = null;

  /* -- parts -- */
  const choice = (axis, act) => h("select", { class: "zv-select", "aria-label": act,
    onchange: (event) => layOut(axis, event.target.value) },
    ...TABLE_AXES.map((one) => h("option", { value: one }, AXIS_WORDS[one][1])));
  const rowsPick = choice("rows", "what goes down");
  const columnsPick = choice("columns", "what goes across");
  const pickers = Object.fromEntries(TABLE_AXES.map((axis) => [axis, createPicker(axis)]));
  const onlyBox = h("input", { type: "checkbox", onchange: () => showOnly(onlyBox.checked) });
  const onlyField = h("label", { class: "zv-field zv-only",
    title: "only what the kernels decide differently" }, onlyBox, "Only what differs");
  const full = button("full", "Full screen (f)", shell.fullScreen);
  const bar = h("div", { class: "zv-bar zv-table-bar" },
    h("label", { class: "zv-field" }, "Down", rowsPick),
    h("label", { class: "zv-field" }, "Across", columnsPick),
    ...TABLE_AXES.map((axis) => pickers[axis].node), onlyField, h("span", { class: "zv-space" }), full);
  const about = h("div", { class: "zv-table-about" });
  const head = h("thead", {});
  const body = h("tbody", {});
  const grid = h("table", { role: "grid", class: "zv-table", "aria-readonly": "true",
    "aria-label": "what becomes of an entry" }, head, body);
  const nothing = h("p", { class: "zv-table-nothing", role: "status", hidden: true });
  const pane = h("div", { class: "zv-table-pane" }, grid, nothing);

  const whyTitle = h("h4", { class: "zv-why-title" });
  const whyVerdict = h("span", { class: "zv-verdict" });
  const whyReason = h("p", { class: "zv-why-reason" });
  const whySource = h("p", { class: "zv-why-source" });
  const whyPasses = h("ol", { class: "zv-why-passes" });
  const whyScenario = h("pre", { class: "zv-why-scenario", tabindex: 0, "aria-label": "the smallest scenario" });
  const why = h("section", { class: "zv-why", "aria-label": "why" },
    h("div", { class: "zv-why-words" }, h("div", { class: "zv-why-head" }, whyVerdict, whyTitle),
      whyReason, whySource, whyPasses), whyScenario);
  const legend = h("div", { class: "zv-legend", "aria-label": "legend" });
  root.append(h("div", { class: "zv-inner" }, bar, about, pane, why, legend));

  /** A list of the values of an axis, to be chosen from. */
  function createPicker(axis) {
    const summary = h("summary", { class: "zv-button zv-words" });
    const list = h("div", { class: "zv-picker-list" });
    const set = (ids) => change({ [axis]: ids });
    const quick = (label, title, ids) => h("button", { type: "button", class: "zv-link", title,
      onclick: () => set(ids()) }, label);
    const node = h("details", { class: "zv-picker" }, summary, h("div", { class: "zv-picker-box" },
      h("div", { class: "zv-picker-quick" },
        quick("all", `all ${AXIS_WORDS[axis][1].toLowerCase()}`, () => data.axes[axis].map((one) => one.id)),
        quick("as at first", "what was shown at the beginning", () => first[axis])), list));
    node.addEventListener("toggle", () => {
      if (node.open) for (const other of Object.values(pickers)) if (other.node !== node) other.node.open = false;
    });
    return {
      node,
      fill() {
        list.replaceChildren(...data.axes[axis].map((one) => h("label", { title: one.title },
          h("input", { type: "checkbox", value: one.id, onchange: () => {
            const chosen = [...list.querySelectorAll("input")].filter((box) => box.checked);
            if (chosen.length) set(chosen.map((box) => box.value));
            else refresh(); // one at least
          } }), one.name)));
      },
      show() {
        const all = data.axes[axis].length;
        const [one, more] = AXIS_WORDS[axis];
        const few = view[axis].length === 1 && axis !== "entry" && axis !== "path";
        say(summary, few ? `${one}: ${data.names(axis, view[axis][0])}` : `${more} ${view[axis].length} of ${all}`);
        for (const box of list.querySelectorAll("input")) box.checked = view[axis].includes(box.value);
      },
    };
  }

  /* -- what is shown -- */

  /** A view with everything in it that a table can show: unknown ids left out, none empty. */
  function completed(wanted) {
    const given = wanted ?? {};
    const full_ = Object.fromEntries(TABLE_AXES.map((axis) => {
      const known = data.axes[axis].map((one) => one.id);
      const chosen = known.filter((id) => (given[axis] ?? known).includes(id));
      return [axis, chosen.length ? chosen : known];
    }));
    const rows = TABLE_AXES.includes(given.rows) ? given.rows : "entry";
    const columns = TABLE_AXES.includes(given.columns) && given.columns !== rows
      ? given.columns : TABLE_AXES.find((axis) => axis !== rows && (axis === "path" || rows === "path"));
    return { rows, columns, ...full_, only: Boolean(given.only) };
  }

  function change(part, tell = true) {
    view = completed({ ...view, ...part });
    refresh();
    if (tell) options.onView?.(view);
  }

  /** Put an axis down or across; where the other one has it, the two change places. */
  function layOut(side, axis) {
    const other = side === "rows" ? "columns" : "rows";
    const part = { [side]: axis };
    if (view[other] === axis) part[other] = view[side];
    change(part);
  }

  /** Show only what differs: between all kernels where one alone is shown, side by side. */
  function showOnly(on) {
    if (!on) {
      change({ ...(wide ?? {}), only: false });
      wide = null;
      return;
    }
    wide = { rows: view.rows, columns: view.columns, kernel: view.kernel };
    const part = { only: true };
    if (view.kernel.length < 2) part.kernel = data.axes.kernel.map((one) => one.id);
    if (view.rows !== "kernel" && view.columns !== "kernel") part.columns = "kernel";
    if (part.columns && view.rows === "kernel") part.rows = "entry";
    change(part);
  }

  /** Whether the kernels shown decide differently at a place; impossible ones are left out. */
  function differs(at) {
    const words = new Set();
    for (const kernel of view.kernel) {
      const cell = data.cell({ ...at, kernel });
      if (cell && cell.verdict !== "not possible") words.add(`${cell.word}|${cell.after}|${cell.result}`);
    }
    return words.size > 1;
  }

  /** The groups of rows: a value for each axis that goes neither down nor across. */
  function groups() {
    const outer = OUTER.filter((axis) => axis !== view.rows && axis !== view.columns);
    let found = [{}];
    for (const axis of outer) {
      found = found.flatMap((one) => view[axis].map((id) => ({ ...one, [axis]: id })));
    }
    return { outer, found };
  }

  function refresh() {
    rowsPick.value = view.rows;
    columnsPick.value = view.columns;
    onlyBox.checked = view.only;
    for (const axis of TABLE_AXES) pickers[axis].show();
    const { outer, found } = groups();
    const several = outer.filter((axis) => view[axis].length > 1);
    const fixed = outer.filter((axis) => view[axis].length === 1);
    say(about, fixed.map((axis) => (axis === "kernel"
      ? `kernel ${view.kernel[0]}` : data.names(axis, view[axis][0]))).join(" \u00b7 "));
    const shown = [];
    for (const group of found) {
      const rows = view[view.rows].map((id) => ({ id, cells: view[view.columns].map((column) =>
        data.cell({ ...group, [view.rows]: id, [view.columns]: column })) }));
      const kept = rows.filter(({ cells }) => cells.some((cell) =>
        cell && cell.verdict !== "not possible" && (!view.only || differs(cell))));
      if (kept.length) shown.push({ group, rows: kept });
    }
    draw(shown, several);
    const left = new Set();
    for (const { rows } of shown) for (const { cells } of rows) for (const cell of cells) if (cell) left.add(cell.verdict);
    drawTableLegend(left, shown);
    grid.hidden = shown.length === 0;
    nothing.hidden = shown.length > 0;
    say(nothing, view.only ? "The kernels chosen decide everything chosen here alike."
      : "Nothing of what is chosen can be.");
    if (pinned) {
      const at = find(pinned);
      if (at) mark(at);
    }
    showWhy(pinned);
  }

  function draw(shown, several) {
    head.replaceChildren(h("tr", { role: "row" },
      h("th", { role: "columnheader", scope: "col", class: "zv-corner" },
        h("span", {}, AXIS_WORDS[view.rows][0])),
      ...view[view.columns].map((id) => {
        const one = data.axes[view.columns].find((other) => other.id === id);
        // The columns share what the row headers leave.
        const width = `width: ${(100 / view[view.columns].length).toFixed(3)}%`;
        return h("th", { role: "columnheader", scope: "col", title: one.title, style: width }, one.name);
      })));
    drawn = [];
    const lines = [];
    for (const { group, rows } of shown) {
      if (several.length) {
        const said = several.map((axis) => data.names(axis, group[axis])).join(", ");
        lines.push(h("tr", { role: "row", class: "zv-table-group" },
          h("th", { role: "rowheader", colspan: view[view.columns].length + 1, scope: "rowgroup" },
            h("span", {}, said))));
      }
      for (const { id, cells } of rows) {
        const r = drawn.length;
        const line = cells.map((cell, c) => ({ cell, td: drawCell(cell, r, c) }));
        drawn.push(line);
        const one = data.axes[view.rows].find((other) => other.id === id);
        lines.push(h("tr", { role: "row" },
          h("th", { role: "rowheader", scope: "row", title: one.title }, one.name),
          ...line.map(({ td }) => td)));
      }
    }
    body.replaceChildren(...lines);
    const [r, c] = roving;
    rove(Math.min(r, drawn.length - 1), Math.min(c, (drawn[0]?.length ?? 1) - 1), false);
  }

  function drawCell(cell, r, c) {
    const td = h("td", { role: "gridcell", tabindex: -1 });
    td.zapvizAt = [r, c];
    if (!cell) return td;
    const look = palette.verdicts[cell.verdict];
    const possible = cell.verdict !== "not possible";
    td.setAttribute("aria-label", `${cell.title}, ${cell.kernel}: ` +
      `${possible ? cell.word : "not possible"}. ${cell.reason}`);
    td.append(h("span", { class: `zv-decision ${possible ? `k-${look.ink}` : "zv-impossible"}` },
      h("span", { class: "zv-decision-sign", "aria-hidden": "true" }, look.sign),
      possible ? h("span", {}, cell.word) : null));
    return td;
  }

  function drawTableLegend(verdicts, shown) {
    const words = new Set(shown.flatMap(({ rows }) =>
      rows.flatMap(({ cells }) => cells.map((cell) => cell?.word.slice(-2)))));
    legend.replaceChildren(
      ...Object.entries(palette.verdicts).filter(([verdict]) => verdicts.has(verdict)).map(([verdict, look]) =>
        h("span", { class: "zv-legend-item" },
          h("span", { class: verdict === "not possible" ? "zv-chip zv-impossible" : `zv-chip k-${look.ink}` },
            look.sign), `${verdict}: ${look.meaning}`)),
      ...WORD_NOTES.filter(([sign]) => words.has(` ${sign}`)).map(([, note]) =>
        h("span", { class: "zv-legend-item" }, note)));
  }

  /* -- why -- */

  function showWhy(cell) {
    why.classList.toggle("zv-why-empty", !cell);
    why.classList.toggle("zv-why-pinned", Boolean(cell) && cell === pinned);
    const possible = cell && cell.verdict !== "not possible";
    say(whyVerdict, cell ? `${palette.verdicts[cell.verdict].sign} ${possible ? cell.word : "not possible"}` : "");
    whyVerdict.className = `zv-verdict ${possible ? `zv-filled k-${palette.verdicts[cell.verdict].ink}` : "zv-impossible"}`;
    say(whyTitle, cell ? `${cell.title}, on ${cell.kernel}` : "");
    say(whyReason, cell ? cell.reason : CELL_HINT);
    say(whySource, cell ? [cell.source && `${cell.source}, ${cell.kernel}`, cell.evidence].filter(Boolean).join(" \u00b7 ") : "");
    const passes = cell && cell.passes.length > 1 ? cell.passes : [];
    whyPasses.replaceChildren(...passes.map(([title, verdict]) => h("li", {}, `${title}: ${verdict}`)));
    say(whyScenario, cell ? cell.scenario.trimEnd() : "");
    whyScenario.hidden = !cell;
  }

  const find = (cell) => drawn.flat().find((one) => one.cell &&
    TABLE_AXES.every((axis) => one.cell[axis] === cell[axis])) ?? null;

  function mark(one) {
    for (const td of body.querySelectorAll("[aria-selected]")) td.removeAttribute("aria-selected");
    one?.td.setAttribute("aria-selected", "true");
  }

  /** Pin a cell and have its scenario opened; null unpins. */
  function open(cell, tell = true) {
    pinned = cell;
    mark(cell && find(cell));
    showWhy(cell);
    if (cell && tell) options.onOpen?.(cell.scenario, cell.kernel, cell);
  }

  /* -- keys and pointer -- */

  const at = (event) => event.target.closest?.("td")?.zapvizAt ?? null;
  const cellAt = (place) => (place ? drawn[place[0]]?.[place[1]]?.cell ?? null : null);

  function rove(r, c, focus) {
    for (const td of body.querySelectorAll("td[tabindex='0']")) td.setAttribute("tabindex", -1);
    const one = drawn[r]?.[c];
    if (!one) return;
    roving = [r, c];
    one.td.setAttribute("tabindex", 0);
    if (focus) one.td.focus();
  }

  function onCellKey(event) {
    const [r, c] = roving;
    const lastRow = drawn.length - 1;
    const lastColumn = drawn[0].length - 1;
    const ends = event.ctrlKey || event.metaKey;
    const acts = {
      ArrowRight: () => rove(r, Math.min(c + 1, lastColumn), true),
      ArrowLeft: () => rove(r, Math.max(c - 1, 0), true),
      ArrowDown: () => rove(Math.min(r + 1, lastRow), c, true),
      ArrowUp: () => rove(Math.max(r - 1, 0), c, true),
      Home: () => rove(ends ? 0 : r, 0, true),
      End: () => rove(ends ? lastRow : r, lastColumn, true),
      PageDown: () => rove(Math.min(r + 8, lastRow), c, true),
      PageUp: () => rove(Math.max(r - 8, 0), c, true),
      Enter: () => open(cellAt(roving)),
      " ": () => open(cellAt(roving)),
    };
    const act = acts[event.key];
    act?.();
    return Boolean(act);
  }

  function onKey(event) {
    if (event.target.closest("td") && onCellKey(event)) return true;
    const picker = event.target.closest("details[open]");
    if (event.key === "Escape" && picker) {
      picker.open = false;
      picker.querySelector("summary").focus();
    } else if (event.key === "Escape") {
      if (document.fullscreenElement !== root) open(null);
    } else if (event.key.toLowerCase() === "f" && !event.ctrlKey && !event.metaKey) shell.fullScreen();
    else return false;
    return true;
  }

  root.addEventListener("pointerdown", (event) => {
    const inside = event.target.closest("details");
    for (const { node } of Object.values(pickers)) if (node !== inside) node.open = false;
  });
  body.addEventListener("pointerover", (event) => {
    const cell = cellAt(at(event));
    if (cell) showWhy(cell);
  });
  body.addEventListener("pointerleave", () => showWhy(pinned));
  body.addEventListener("focusin", (event) => {
    const place = at(event);
    if (!place) return;
    rove(...place, false);
    showWhy(cellAt(place));
  });
  body.addEventListener("click", (event) => {
    const place = at(event);
    if (!place) return;
    rove(...place, true);
    open(cellAt(place));
  });

  const onResize = () => root.style.setProperty("--zv-zoom", shell.zoom());
  document.addEventListener("fullscreenchange", onResize);

  /* -- begin -- */

  function setTable(next, wanted = view) {
    data = readTable(next);
    for (const axis of TABLE_AXES) pickers[axis].fill();
    view = completed(wanted);
    first = first ?? view;
    refresh();
  }

  element.append(root);
  setTable(table, options.view ?? table.view);

  return {
    root,
    get view() { return view; },
    setView: (wanted) => change(wanted, false),
    setTable,
    setTheme: shell.setTheme,
    /** Pin a cell by its four ids, without opening anything; null unpins. */
    pin: (place) => open(place && data.cell(place), false),
    destroy() {
      document.removeEventListener("fullscreenchange", onResize);
      shell.destroy();
    },
  };
}
