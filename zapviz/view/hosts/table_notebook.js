/* The decision table as an anywidget, with the explorer of the scenario that a cell opens. */

/** @import { TableData, TableView, WidgetModel } from "../types.js" */

import { h } from "../core/dom.js";
import { frameIn } from "../parts/shell.js";
import { createDeciding } from "../views/deciding.js";
import { createTable } from "../views/table.js";
import { connect, watchTraits } from "./asking.js";
import { standIn } from "./still.js";
import { renderInside } from "./traits.js";

/** Show a DecisionTable: below the table stands an explorer, once a cell has been opened.
 *
 * @param {{model: WidgetModel, el: HTMLElement}} shown
 */
function render({ model, el }) {
  const frame = frameIn(el);
  const python = connect(model, frame);
  const opened = h("div", { class: "zv-opened", hidden: true });
  /** @type {(() => void) | null} */
  let stop = null;
  let asked = false; // by somebody who looks at the table
  /** @returns {string[] | null} */
  const place = () => model.get("opened");
  /** @type {ReturnType<typeof createTable> | null} */
  let table = null; // none before it is decided
  const deciding = createDeciding(frame, {
    palette: model.get("palette"),
    theme: model.get("theme"),
    ask: python.ask,
    kernels: model.get("table_kernels"),
    owners: model.get("table_owners"),
    first: () => /** @type {TableView} */ (model.get("view")).kernel,
    onTable: show,
  });
  frame.append(opened);

  /** @param {TableData} decided */
  function show(decided) {
    if (table) table.setTable(decided, model.get("view"));
    else {
      table = createTable(frame, decided, {
        palette: model.get("palette"),
        theme: model.get("theme"),
        view: model.get("view"),
        onView(view) {
          model.set("view", view);
          model.save_changes();
        },
        onOpen(_scenario, _kernel, { entry, mapping, path, kernel, owner }) {
          asked = true;
          model.set("opened", [entry, mapping, path, kernel, ...(owner ? [owner] : [])]);
          model.save_changes();
        },
      });
      opened.before(table.root);
    }
    pin();
  }
  // The answer: the explorer's traits hold the trace of the cell's scenario.
  function explore() {
    if (!place()) return;
    opened.hidden = false;
    stop ??= renderInside({ model, el: opened }, python);
    if (asked) opened.scrollIntoView({ block: "nearest" });
    asked = false;
  }
  function pin() {
    const [entry, mapping, path, kernel, owner] = place() ?? [];
    table?.pin(entry && mapping && path && kernel ? { entry, mapping, path, kernel, ...(owner && { owner }) } : null);
  }
  const unwatch = watchTraits(model, {
    answers: explore,
    opened: pin,
    view: () => table?.setView(/** @type {TableView} */ (model.get("view"))),
    theme() {
      deciding.setTheme(model.get("theme"));
      table?.setTheme(model.get("theme"));
    },
  });
  explore();
  return () => {
    unwatch();
    python.stop();
    stop?.();
    deciding.destroy();
    table?.destroy();
    opened.remove();
  };
}

export default { initialize: standIn(render), render };
