/* The decision table as an anywidget, with the explorer of the scenario that a cell opens. */

import { h } from "../core/dom.js";
import { createTable } from "../views/table.js";
import { renderPlayer } from "./traits.js";

/** Show a DecisionTable: below the table stands an explorer, once a cell has been opened. */
function renderTable({ model, el }) {
  const opened = h("div", { class: "zv-opened", hidden: true });
  let stop = null;
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
    if (!model.get("opened")) return;
    opened.hidden = false;
    stop ??= renderPlayer({ model, el: opened });
  }
  function pin() {
    const place = model.get("opened");
    table.pin(place && { entry: place[0], mapping: place[1], path: place[2], kernel: place[3] });
  }
  const react = {
    answers: explore,
    opened: pin,
    view: () => table.setView(model.get("view")),
    table_payload: () => table.setTable(JSON.parse(model.get("table_payload"))),
    theme: () => table.setTheme(model.get("theme")),
  };
  const handlers = Object.entries(react).map(([key, act]) => [`change:${key}`, act]);
  for (const [event, act] of handlers) model.on(event, act);
  pin();
  explore();
  return () => {
    for (const [event, act] of handlers) model.off(event, act);
    stop?.();
    table.destroy();
    opened.remove();
  };
}

export default { render: renderTable };
