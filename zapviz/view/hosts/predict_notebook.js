/* An exercise as an anywidget: what the page asks goes to Python and comes back as a message. */

/** @import { Exercise, WidgetModel } from "../types.js" */

import { frameIn } from "../parts/shell.js";
import { createPredict } from "../views/predict.js";
import { connect, watchTraits } from "./asking.js";
import { standIn } from "./still.js";

/** Show a Prediction: its exercise is a trait, its answers are asked for.
 *
 * @param {{model: WidgetModel, el: HTMLElement}} shown
 */
function render({ model, el }) {
  /** @returns {Exercise} */
  const given = () => JSON.parse(model.get("payload"));
  const frame = frameIn(el);
  const python = connect(model, frame);
  const predict = createPredict(frame, given(), {
    palette: model.get("palette"),
    levels: model.get("levels"),
    theme: model.get("theme"),
    presentation: model.get("presentation"),
    onPresentation(on) {
      model.set("presentation", on);
      model.save_changes();
    },
    ask: python.ask,
  });
  const unwatch = watchTraits(model, {
    payload: () => predict.show(given()),
    theme: () => predict.setTheme(model.get("theme")),
    presentation: () => predict.setPresentation(model.get("presentation")),
  });
  return () => {
    unwatch();
    python.stop();
    predict.destroy();
  };
}

export default { initialize: standIn(render), render };
