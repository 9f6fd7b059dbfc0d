/* What an exploration found: verdicts, final states and deadlocks, each with a way to follow. */

/** @import { Palette, RaceAnswer } from "../types.js" */

import { h } from "../core/dom.js";
import { createDialog } from "./dialog.js";
import { showSaid } from "./panels.js";

const MOST_FINALS = 12; // that are shown

/** Build the panel that explores a race and shows what was found.
 *
 * @param {Palette} palette
 * @param {{explore: () => Promise<RaceAnswer>, follow: (order: number[]) => void}} host
 */
export function createRaceBox(palette, host) {
  const body = h("div", {});
  const dialog = createDialog("Every order of the CPUs\u2019 steps", "zv-race", body);

  async function explore() {
    showSaid(body, "Exploring every order \u2026");
    dialog.open();
    const found = await host.explore();
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
      ` ${word}: true in ${one.final_states} of ${found.finals.length} final states `,
      go(one.ok === (one.quantifier === "sometimes") ? "show how" : "show one",
        "Follow this interleaving in the grid", one.schedule));
  };
  /** @param {RaceAnswer["finals"][number]} one @param {number} k */
  const final = (one, k) => h("li", {},
    h("div", {}, `State ${k + 1} of ${found.finals.length} `,
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
    found.complete ? null
      : h("p", {}, "Stopped at the bound: what fails fails, what holds so far may yet fail. " +
        "Take fewer pages or fewer statements on each CPU, or use zapviz race on the command line."),
    h("ul", { class: "zv-found" }, ...found.assertions.map(verdict), ...dead),
    h("ol", { class: "zv-found zv-finals" }, ...found.finals.slice(0, MOST_FINALS).map(final)),
    found.finals.length > MOST_FINALS
      ? h("p", {}, `... and ${found.finals.length - MOST_FINALS} more final states.`) : null,
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
