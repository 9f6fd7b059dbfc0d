/* The decision table as an anywidget, with the explorer of the scenario that a cell opens. */

/** @import { TableView, WidgetModel } from "../types.js" */

import { h } from "../core/dom.js";
import { createTable } from "../views/table.js";
import { watchTraits } from "./asking.js";
import { renderPlayer } from "./traits.js";

/** Show a DecisionTable: below the table stands an explorer, once a cell has been opened.
 *
 * @param {{model: WidgetModel, el: HTMLElement}} shown
 */
function render({ model, el }) {
  const opened = h("div", { class: "zv-opened", hidden: true });
  /** @type {(() => void) | null} */
  let stop = null;
  /** @returns {[string, string, string, string] | null} */
  const place = () => model.get("opened");
  const table = createTable(el, JSON.parse(model.get("table_payload")), {
    palette: model.get("palette"),
    theme: model.get("theme"),
    view: model.get("view"),
    onView(view) {
      model.set("view", view);
      model.save_changes();
    },
    onOpen(_scenario, _kernel, { entry, mapping, path, kernel }) {
      model.set("opened", [entry, mapping, path, kernel]);
      model.save_changes();
    },
  });
  el.append(opened);
  // The answer: the explorer's traits hold the trace of the cell's scenario.
  function explore() {
    if (!place()) return;
    opened.hidden = false;
    stop ??= renderPlayer({ model, el: opened });
  }
  function pin() {
    const [entry, mapping, path, kernel] = place() ?? [];
    table.pin(entry && mapping && path && kernel ? { entry, mapping, path, kernel } : null);
  }
  const unwatch = watchTraits(model, {
    answers: explore,
    opened: pin,
    view: () => table.setView(/** @type {TableView} */ (model.get("view"))),
    table_payload: () => table.setTable(JSON.parse(model.get("table_payload"))),
    theme: () => table.setTheme(model.get("theme")),
  });
  pin();
  explore();
  return () => {
    unwatch();
    stop?.();
    table.destroy();
    opened.remove();
  };
}

export default { render };
