/* An exercise as an anywidget: what the page asks goes to Python and comes back as a message. */

/** @import { Exercise, WidgetModel } from "../types.js" */

import { createPredict } from "../views/predict.js";
import { asking, watchTraits } from "./asking.js";

/** Show a Prediction: its exercise is a trait, its answers are asked for.
 *
 * @param {{model: WidgetModel, el: HTMLElement}} shown
 */
function render({ model, el }) {
  /** @returns {Exercise} */
  const given = () => JSON.parse(model.get("payload"));
  const predict = createPredict(el, given(), {
    palette: model.get("palette"),
    levels: model.get("levels"),
    theme: model.get("theme"),
    presentation: model.get("presentation"),
    onPresentation(on) {
      model.set("presentation", on);
      model.save_changes();
    },
    ask: asking(model),
  });
  const unwatch = watchTraits(model, {
    payload: () => predict.show(given()),
    theme: () => predict.setTheme(model.get("theme")),
    presentation: () => predict.setPresentation(model.get("presentation")),
  });
  return () => {
    unwatch();
    predict.destroy();
  };
}

export default { render };
