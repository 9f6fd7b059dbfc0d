/* Which CPU takes each step: the schedule of a race beside the grid, to be read and to be chosen.
 *
 * Time goes down, a column for each CPU.  Where the steps that come next stand, every other
 * CPU's own next step is offered too: taking it makes another interleaving.
 */

/** @import { Offer, Trace, Turn } from "../types.js" */

import { h, heading } from "../core/dom.js";
import { cpusOf, lineAt, offersAt, scheduleWith, turnAt, turnsFrom } from "../core/turns.js";

/** Build the panel, hidden while a trace has no schedule.
 *
 * @param {object} host
 * @param {(n: number) => void} host.move
 * @param {((schedule: number[]) => void) | null} [host.choose] where another order can be chosen
 * @param {(() => void) | null} [host.explore] where every order can be asked for
 */
export function createSchedule(host) {
  const heads = h("div", { class: "zv-turn zv-turn-heads", "aria-hidden": "true" });
  const list = h("div", { class: "zv-turns", role: "list", "aria-label": "schedule, a step a line" });
  const { choose } = host;
  /** @param {string} label @param {string} title @param {(() => void) | null | undefined} act */
  const link = (label, title, act) =>
    (act ? h("button", { type: "button", class: "zv-link", title, onclick: act }, label) : null);
  const node = h("section", { class: "zv-schedule", "aria-label": "schedule of the CPUs", hidden: true },
    heading({}, "Which CPU takes each step ",
      link("in turn", "Run the CPUs one after the other", choose && (() => choose([]))),
      link("every order", "Explore every interleaving: which final states there are", host.explore)),
    heads, list);
  /** @type {Turn[]} */
  let turns = [];
  /** @type {number[]} */
  let cpus = [];
  /** @type {{cells: HTMLElement[], line: HTMLElement}[]} */
  let rows = []; // for each turn its cells, by CPU
  /** @type {number[]} */
  let here = []; // turns that begin at the state shown
  let current = -1; // the turn that comes next, or of which the rest comes
  let wanted = -1; // the turn to be gone to when the schedule chosen last is there

  /** Take this CPU's step at a turn. @param {number} k @param {number} cpu */
  function take(k, cpu) {
    wanted = k;
    choose?.(scheduleWith(turns, k, cpu));
  }

  /** @param {Trace} trace */
  function load(trace) {
    turns = trace.turns ?? [];
    node.hidden = turns.length === 0;
    cpus = cpusOf(turns);
    node.style.setProperty("--zv-cpus", String(Math.max(1, cpus.length)));
    heads.replaceChildren(...cpus.map((cpu) => h("span", {}, `CPU${cpu}`)));
    here = [];
    current = -1;
    rows = turns.map((turn) => {
      const cells = cpus.map(() => h("span", { class: "zv-turn-cell" }));
      if (turn.cpu >= 0) cells[cpus.indexOf(turn.cpu)].append(taken(trace, turn));
      return { cells, line: h("div", { class: "zv-turn", role: "listitem" }, ...cells) };
    });
    list.replaceChildren(...rows.map((row) => row.line));
  }

  /** The step that is taken at a turn. @param {Trace} trace @param {Turn} turn */
  function taken(trace, turn) {
    const own = turn.open.find((one) => one.cpu === turn.cpu);
    const words = own?.doing ?? trace.steps[turn.after - 1]?.title ?? "";
    const quiet = turn.after === turn.before ? " zv-quiet" : "";
    return h("button", { type: "button", tabindex: -1, class: `zv-taken${quiet}`, title: words,
      "aria-label": `CPU${turn.cpu}: ${words}`, onclick: () => host.move(turn.after) }, words);
  }

  /** What else can be taken at a turn. @param {number} k @param {Offer} one */
  function offer(k, one) {
    if (one.waits) return h("span", { class: "zv-offer zv-waits" }, "waits for a lock");
    return h("button", { type: "button", class: "zv-offer",
      title: `Let CPU${one.cpu} go on here: ${one.text}`, "aria-label": `instead, CPU${one.cpu}: ${one.doing}`,
      onclick: () => take(k, one.cpu) }, one.doing);
  }

  /** @param {number} next */
  function mark(next) {
    for (const k of [current, next]) {
      rows[k]?.line.classList.toggle("zv-turn-here", k === next);
      if (k === next) rows[k]?.line.setAttribute("aria-current", "step");
      else rows[k]?.line.removeAttribute("aria-current");
    }
    current = next;
  }

  return {
    node,
    load,
    /** Mark the turn that comes next, and offer what else could come. @param {number} at */
    show(at) {
      if (!turns.length) return;
      const next = turnAt(turns, at);
      if (next !== current) mark(next);
      for (const k of here) {
        for (const one of rows[k].line.querySelectorAll(".zv-offer")) one.remove();
      }
      here = turnsFrom(turns, at);
      for (const [k, turn] of turns.entries()) {
        rows[k].line.classList.toggle("zv-turn-past", turn.after <= at && k !== current);
      }
      for (const k of here) {
        for (const one of offersAt(turns[k])) {
          if (one.waits || choose) rows[k].cells[cpus.indexOf(one.cpu)].append(offer(k, one));
        }
      }
      const { line } = rows[here[0]] ?? rows[current] ?? rows[at <= turns[0].before ? 0 : rows.length - 1];
      const top = line.offsetTop - list.offsetTop;
      if (top < list.scrollTop || top + 44 > list.scrollTop + list.clientHeight) {
        list.scrollTop = top - list.clientHeight / 3;
      }
    },
    /** The state to show of the schedule that was chosen by hand; null: none was. */
    goal() {
      if (wanted < 0 || wanted >= turns.length) return null;
      const state = turns[wanted].after;
      wanted = -1;
      return state;
    },
    /** Take the first step that is offered instead, if there is one. */
    other() {
      for (const k of choose ? here : []) {
        const one = offersAt(turns[k]).find((each) => !each.waits);
        if (!one) continue;
        take(k, one.cpu);
        return;
      }
    },
    /** @param {number} at */
    lineAt: (at) => lineAt(turns, at),
    /** The state at which the CPUs begin. */
    start: () => turns[0]?.before ?? 0,
  };
}
