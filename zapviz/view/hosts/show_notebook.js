/* Small figures as an anywidget: all that they show is there at once, Python is asked nothing. */

/** @import { WidgetModel } from "../types.js" */

import { frameIn } from "../parts/shell.js";
import { createShow } from "../views/show.js";
import { watchTraits } from "./asking.js";
import { standIn } from "./still.js";

/** Show a ShowWidget. @param {{model: WidgetModel, el: HTMLElement}} shown */
function render({ model, el }) {
  const show = createShow(frameIn(el), JSON.parse(model.get("payload")), {
    palette: model.get("palette"),
    theme: model.get("theme"),
    step: model.get("step"),
    onStep(step) {
      model.set("step", step);
      model.save_changes();
    },
  });
  const unwatch = watchTraits(model, {
    step: () => show.step(model.get("step")),
    theme: () => show.setTheme(model.get("theme")),
  });
  return () => {
    unwatch();
    show.destroy();
  };
}

export default { initialize: standIn(render), render };
