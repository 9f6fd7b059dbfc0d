/* What the page of a widget asks of Python, over the connection of the notebook. */

/** @import { Ask, WidgetModel } from "../types.js" */

/** Requests to Python (zapviz/api/answers.py) and their answers, matched by number.
 *
 * @param {WidgetModel} model
 * @returns {Ask}
 */
export function asking(model) {
  /** @type {Map<string, (answer: any) => void>} */
  const open = new Map();
  let count = 0;
  model.on("msg:custom", (message) => {
    open.get(message.number)?.(message.answer);
    open.delete(message.number);
  });
  return (request) => new Promise((resolve) => {
    // More than one page can show the widget: the number says which of them asked.
    const number = `${Math.random()} ${count++}`;
    open.set(number, resolve);
    model.send({ number, request });
  });
}

/** Act when traits change, until what this gives is called.
 *
 * @param {WidgetModel} model
 * @param {Record<string, () => void>} acts by trait
 */
export function watchTraits(model, acts) {
  const handlers = Object.entries(acts);
  for (const [trait, act] of handlers) model.on(`change:${trait}`, act);
  return () => {
    for (const [trait, act] of handlers) model.off(`change:${trait}`, act);
  };
}
