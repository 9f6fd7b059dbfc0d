/* What an exploration found: verdicts, final states and deadlocks, each with a way to follow. */

/** @import { Going, Palette, RaceAnswer } from "../types.js" */

import { h } from "../core/dom.js";
import { createDialog } from "./dialog.js";
import { createGoingLine } from "./going.js";
import { showSaid } from "./panels.js";

const MOST_FINALS = 12; // that are shown

/** Build the panel that explores a race and shows what was found.
 *
 * @param {Palette} palette
 * @param {{explore: (going: Going) => Promise<RaceAnswer>, follow: (order: number[]) => void}} host
 */
export function createRaceBox(palette, host) {
  const body = h("div", {});
  const dialog = createDialog("Every order of the CPUs\u2019 steps", "zv-race", body);
  const line = createGoingLine(dialog.node);
  body.before(line.node);
  dialog.node.addEventListener("close", line.drop);

  async function explore() {
    body.replaceChildren();
    dialog.open();
    const going = line.begin("Exploring every order");
    const found = await host.explore(going);
    if (!line.done(going)) return;
    if (found.error) showSaid(body, found.error);
    else showRace(body, found, palette, (order) => {
      host.follow(order);
      dialog.close();
    });
  }

  return { dialog, explore };
}

/** Write it into an element.
 *
 * @param {Element} element
 * @param {RaceAnswer} found
 * @param {Palette} palette
 * @param {(schedule: number[]) => void} follow
 */
function showRace(element, found, palette, follow) {
  /** @param {string} label @param {string} title @param {number[] | null} schedule */
  const go = (label, title, schedule) => (schedule === null ? null
    : h("button", { type: "button", class: "zv-link", title, onclick: () => follow(schedule) }, label));
  /** @param {RaceAnswer["assertions"][number]} one */
  const verdict = (one) => {
    const word = one.ok === null ? "not decided" : one.ok ? "holds" : "fails";
    return h("li", {}, h("code", {}, one.written),
      ` ${word}: true in ${one.final_states} of ${found.many} final states `,
      go(one.ok === (one.quantifier === "sometimes") ? "show how" : "show one",
        "Follow this interleaving in the grid", one.schedule));
  };
  /** @param {RaceAnswer["finals"][number]} one @param {number} k */
  const final = (one, k) => h("li", {},
    h("div", {}, `State ${k + 1} of ${found.many} `,
      go("show one", "Follow a shortest interleaving that ends so", one.schedule)),
    h("div", { class: "zv-strips" },
      ...[...Object.entries(one.cache), ...Object.entries(one.ptes)].map(([name, kinds]) =>
        strip(palette, name, kinds, one.data[name]))),
    h("div", {}, Object.entries(one.results).map(([cpu, results]) =>
      `${cpu} returns ${results.join(", ")}`).join("; ")));
  const dead = found.deadlocks.map((schedule) => h("li", {}, "Deadlock: every CPU that is left waits ",
    go("show how", "Follow the way there", schedule)));
  element.replaceChildren(...[
    h("p", {}, `${found.kernel}: ${found.extent}.`),
    found.stopped ? h("p", {}, `${found.stopped}; or use zapviz race on the command line.`) : null,
    h("ul", { class: "zv-found" }, ...found.assertions.map(verdict), ...dead),
    h("ol", { class: "zv-found zv-finals" }, ...found.finals.slice(0, MOST_FINALS).map(final)),
    found.many > MOST_FINALS ? h("p", {}, `... and ${found.many - MOST_FINALS} more final states.`) : null,
  ].filter((one) => one !== null));
}

/** A row of entries, a letter each, and the bytes behind them.
 *
 * @param {Palette} palette
 * @param {string} name
 * @param {string[]} kinds
 * @param {(number | null)[]} data
 */
function strip(palette, name, kinds, data) {
  return h("div", {}, h("b", {}, name.padEnd(5)),
    kinds.map((kind) => palette.classes[kind].letter).join(""),
    h("span", { class: "zv-strip-data" }, data.some((byte) => byte !== null)
      ? `  data ${data.map((byte) => byte ?? "-").join(" ")}` : ""));
}
