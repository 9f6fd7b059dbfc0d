/* An exercise as an anywidget: what the page asks goes to Python and comes back as a message. */

import { asking } from "./asking.js";
import { createPredict } from "../views/predict.js";

/** Show a Prediction: its exercise is a trait, its answers are asked for. */
function renderPredict({ model, el }) {
  const given = () => JSON.parse(model.get("payload"));
  const predict = createPredict(el, given(), {
    palette: model.get("palette"),
    theme: model.get("theme"),
    presentation: model.get("presentation"),
    onPresentation(on) {
      model.set("presentation", on);
      model.save_changes();
    },
    ask: asking(model),
  });
  const react = {
    "change:payload": () => predict.show(given()),
    "change:theme": () => predict.setTheme(model.get("theme")),
    "change:presentation": () => predict.setPresentation(model.get("presentation")),
  };
  for (const [event, act] of Object.entries(react)) model.on(event, act);
  return () => {
    for (const [event, act] of Object.entries(react)) model.off(event, act);
    predict.destroy();
  };
}

export default { render: renderPredict };
