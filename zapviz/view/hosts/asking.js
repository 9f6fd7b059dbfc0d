/* What the page of a widget asks of Python, over the connection of the notebook. */

/** Requests to Python (zapviz/api/answers.py) and their answers, matched by number. */
export function asking(model) {
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
