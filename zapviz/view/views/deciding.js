/* The decision table while Python decides it: how far it is, and what stands in its place until then.
 *
 * What was decided is kept in Python: who stopped it can have the rest, which goes on from there.
 */

/** @import { Ask, Palette, TableData, ThemeName } from "../types.js" */

import { focusIn, h, say } from "../core/dom.js";
import { askingOn } from "../core/going.js";
import { createGoingLine } from "../parts/going.js";
import { createShell } from "../parts/shell.js";

/** Have the table decided, and say how far it is.
 *
 * @param {HTMLElement} element
 * @param {object} options
 * @param {Palette} options.palette
 * @param {ThemeName} [options.theme]
 * @param {Ask} options.ask
 * @param {string[]} options.kernels their names
 * @param {string[]} options.owners their ids
 * @param {() => string[]} options.first names of those that are decided first
 * @param {(table: TableData) => void} options.onTable given the table, or what was decided of it by the stop
 */
export function createDeciding(element, options) {
  const ask = askingOn(options.ask);
  const shell = createShell("zapviz: the decision table, being decided", { palette: options.palette,
    theme: options.theme, onKey({ key }) {
      if (key !== "Escape") return false;
      line.stop();
      return true;
    } });
  const { root } = shell;
  const said = h("span", { role: "status" });
  const again = h("button", { type: "button", class: "zv-button zv-words", onclick: decide }, "Decide the rest");
  const rest = h("p", { class: "zv-going", hidden: true }, said, again);
  const line = createGoingLine(root);
  root.append(h("div", { class: "zv-inner" }, line.node, rest));
  element.append(root);

  /** @param {string} words "" where nothing is left to decide */
  function tell(words) {
    const focused = focusIn(again);
    say(said, words);
    rest.hidden = !words;
    root.hidden = !words;
    if (focused && words) root.focus({ preventScroll: true });
  }

  async function decide() {
    tell("");
    root.hidden = false;
    const going = line.begin("Deciding the table");
    /** @type {{error?: string, table: TableData, stopped: string}} */
    const answer = await ask({ ask: "table", kernels: options.kernels, owners: options.owners,
      first: options.first() }, going);
    if (!line.done(going)) return;
    tell(answer.error ?? answer.stopped);
    if (answer.error === undefined) options.onTable(answer.table);
  }

  decide();
  return {
    setTheme: shell.setTheme,
    destroy() {
      line.drop();
      shell.destroy();
    },
  };
}
