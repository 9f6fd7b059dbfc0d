/* An exercise as an anywidget: what the page asks goes to Python and comes back as a message. */

import { createPredict } from "./predict.js";

/** Show a Prediction: its exercise is a trait, its answers are asked for. */
function renderPredict({ model, el }) {
  const open = new Map(); // by number of the question: what takes the answer
  let asked = 0;
  const ask = (request) => new Promise((resolve) => {
    asked += 1;
    const id = `${view}/${asked}`;
    open.set(id, resolve);
    model.send({ id, request });
  });
  const view = Math.random().toString(36).slice(2); // each view of a widget hears all answers
  const onMessage = (message) => {
    open.get(message.id)?.(message.answer);
    open.delete(message.id);
  };
  const given = () => JSON.parse(model.get("payload"));
  const predict = createPredict(el, given(), {
    palette: model.get("palette"),
    theme: model.get("theme"),
    ask,
  });
  const react = {
    "msg:custom": onMessage,
    "change:payload": () => predict.show(given()),
    "change:theme": () => predict.setTheme(model.get("theme")),
  };
  for (const [event, act] of Object.entries(react)) model.on(event, act);
  return () => {
    for (const [event, act] of Object.entries(react)) model.off(event, act);
    predict.destroy();
  };
}

export default { render: renderPredict };
