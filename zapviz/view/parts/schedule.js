/* Which CPU takes each step: the schedule of a race beside the grid, to be read and to be chosen.
 *
 * Time goes down, a column for each CPU.  Where the steps that come next stand, every other
 * CPU's own next step is offered too: taking it makes another interleaving.
 */

import { h, say } from "../core/dom.js";

/** Build the panel, hidden while a trace has no schedule.
 *
 * host: move(n); choose(schedule), where another order can be chosen; explore(), where every
 * order can be asked for.
 */
export function createSchedule(host) {
  const heads = h("div", { class: "zv-turn zv-turn-heads", "aria-hidden": "true" });
  const list = h("div", { class: "zv-turns", role: "list", "aria-label": "schedule, a step a line" });
  const link = (label, title, act) =>
    (act ? h("button", { type: "button", class: "zv-link", title, onclick: act }, label) : null);
  const node = h("section", { class: "zv-schedule", "aria-label": "schedule of the CPUs", hidden: true },
    h("h4", {}, "Which CPU takes each step ",
      link("in turn", "Run the CPUs one after the other", host.choose && (() => host.choose([]))),
      link("every order", "Explore every interleaving: which final states there are", host.explore)),
    heads, list);
  let turns = [];
  let cpus = [];
  let rows = []; // for each turn its cells, by CPU
  let here = []; // turns that begin at the state shown: of all but the last, nothing is seen
  let current = -1; // the turn that comes next, or of which the rest comes
  let wanted = -1; // the turn to be gone to when the schedule chosen last is there

  const schedule = () => turns.filter((turn) => turn.cpu >= 0).map((turn) => turn.cpu);

  /** Take this CPU's step at a turn; the rest goes on as it did, as far as it can. */
  function choose(k, cpu) {
    const order = schedule();
    const rest = order.slice(k);
    const own = rest.indexOf(cpu);
    if (own >= 0) rest.splice(own, 1);
    wanted = k;
    host.choose([...order.slice(0, k), cpu, ...rest]);
  }

  function load(trace) {
    turns = trace.turns ?? [];
    node.hidden = turns.length === 0;
    cpus = [...new Set(turns.flatMap((turn) => [turn.cpu, ...turn.open.map((one) => one.cpu)]))]
      .filter((cpu) => cpu >= 0).sort((a, b) => a - b);
    node.style.setProperty("--zv-cpus", Math.max(1, cpus.length));
    heads.replaceChildren(...cpus.map((cpu) => h("span", {}, `CPU${cpu}`)));
    here = [];
    current = -1;
    rows = turns.map((turn) => {
      const cells = cpus.map(() => h("span", { class: "zv-turn-cell" }));
      const taken = turn.open.find((one) => one.cpu === turn.cpu);
      const quiet = turn.after === turn.before;
      const words = taken?.doing ?? trace.steps[turn.after - 1]?.title ?? "";
      if (turn.cpu >= 0) {
        cells[cpus.indexOf(turn.cpu)].append(h("button", { type: "button", tabindex: -1,
          class: `zv-taken${quiet ? " zv-quiet" : ""}`, title: words,
          "aria-label": `CPU${turn.cpu}: ${words}`, onclick: () => host.move(turn.after) }, words));
      }
      return { cells, line: h("div", { class: "zv-turn", role: "listitem" }, ...cells) };
    });
    list.replaceChildren(...rows.map((row) => row.line));
  }

  /** The state to show of the schedule that was chosen by hand; null: none was. */
  function goal() {
    if (wanted < 0 || wanted >= turns.length) return null;
    const state = turns[wanted].after;
    wanted = -1;
    return state;
  }

  /** The turn that a state stands before or in; at the end of the CPUs the last one, else -1. */
  function turnAt(at) {
    const next = turns.findIndex((turn) => turn.before <= at && at < turn.after);
    return next < 0 && turns[turns.length - 1].after === at ? turns.length - 1 : next;
  }

  /** Mark the turn that comes next, and offer what else could come. */
  function show(at) {
    if (!turns.length) return;
    const next = turnAt(at);
    if (next !== current) {
      for (const k of [current, next]) {
        rows[k]?.line.classList.toggle("zv-turn-here", k === next);
        if (k === next) rows[k]?.line.setAttribute("aria-current", "step");
        else rows[k]?.line.removeAttribute("aria-current");
      }
      current = next;
    }
    for (const k of here) {
      for (const offer of rows[k].line.querySelectorAll(".zv-offer")) offer.remove();
    }
    here = [];
    for (const [k, turn] of turns.entries()) {
      rows[k].line.classList.toggle("zv-turn-past", turn.after <= at && k !== current);
      if (turn.before !== at) continue;
      here.push(k);
      for (const one of turn.open) {
        if (one.cpu === turn.cpu) continue;
        const cell = rows[k].cells[cpus.indexOf(one.cpu)];
        if (one.waits) cell.append(h("span", { class: "zv-offer zv-waits" }, "waits for a lock"));
        else if (host.choose) {
          cell.append(h("button", { type: "button", class: "zv-offer",
            title: `Let CPU${one.cpu} go on here: ${one.text}`,
            "aria-label": `instead, CPU${one.cpu}: ${one.doing}`,
            onclick: () => choose(k, one.cpu) }, one.doing));
        }
      }
    }
    const { line } = rows[here[0]] ?? rows[current] ?? rows[at <= turns[0].before ? 0 : rows.length - 1];
    const top = line.offsetTop - list.offsetTop;
    if (top < list.scrollTop || top + 44 > list.scrollTop + list.clientHeight) {
      list.scrollTop = top - list.clientHeight / 3;
    }
  }

  /** The state at which the CPUs begin. */
  const start = () => turns[0]?.before ?? 0;

  /** The line of the statement within a CPU that led to a state; 0 where none did. */
  const lineAt = (at) => turns.find((turn) => turn.before < at && at <= turn.after)?.line ?? 0;

  /** Take the first step that is offered instead; true if there is one. */
  function other() {
    for (const k of here) {
      const offer = turns[k].open.find((one) => one.cpu !== turns[k].cpu && !one.waits);
      if (offer && host.choose) {
        choose(k, offer.cpu);
        return true;
      }
    }
    return false;
  }

  return { node, load, show, goal, other, lineAt, start };
}

/** Write what an exploration found into an element: verdicts and final states, each to follow. */
export function showRace(element, found, letters, follow) {
  const go = (label, title, schedule) => (schedule === null ? null
    : h("button", { type: "button", class: "zv-link", title, onclick: () => follow(schedule) }, label));
  const verdict = (one) => {
    const word = one.ok === null ? "not decided" : one.ok ? "holds" : "fails";
    return h("li", {}, h("code", {}, one.text),
      ` ${word}: true in ${one.final_states} of ${found.finals.length} final states `,
      go(one.ok === (one.quantifier === "sometimes") ? "show how" : "show one",
        "Follow this interleaving in the grid", one.schedule));
  };
  const strip = (name, kinds, data) => h("div", {}, h("b", {}, name.padEnd(5)),
    kinds.map((kind) => letters[kind]).join(""),
    h("span", { class: "zv-strip-data" }, data.some((byte) => byte !== null)
      ? `  data ${data.map((byte) => byte ?? "-").join(" ")}` : ""));
  const final = (one, k) => h("li", {},
    h("div", {}, `State ${k + 1}`,
      one.interleavings ? `: ${one.interleavings.toLocaleString("en")} interleavings ` : " ",
      go("show one", "Follow a shortest interleaving that ends so", one.schedule)),
    h("div", { class: "zv-strips" },
      ...Object.entries(one.cache).map(([name, kinds]) => strip(name, kinds, one.data[name])),
      ...Object.entries(one.ptes).map(([name, kinds]) => strip(name, kinds, one.data[name]))),
    h("div", {}, Object.entries(one.results).map(([cpu, results]) =>
      `${cpu} returns ${results.join(", ")}`).join("; ")));
  const dead = found.deadlocks.map((schedule) => h("li", {}, "Deadlock: every CPU that is left waits ",
    go("show how", "Follow the way there", schedule)));
  const head = h("p", {}, `${found.kernel}: ${found.extent}.`);
  const early = found.complete ? null
    : h("p", {}, "Stopped at the bound: what fails fails, what holds so far may yet fail. " +
      "Take fewer pages or fewer statements on each CPU, or use zapviz race on the command line.");
  element.replaceChildren(...[head, early,
    h("ul", { class: "zv-found" }, ...found.assertions.map(verdict), ...dead),
    h("ol", { class: "zv-found zv-finals" }, ...found.finals.slice(0, 12).map(final)),
    found.finals.length > 12 ? h("p", {}, `... and ${found.finals.length - 12} more final states.`) : null,
  ].filter(Boolean));
}

/** Say in an element that an answer is awaited, or what is wrong. */
export function showSaid(element, words) {
  const line = h("p", { role: "status" });
  say(line, words);
  element.replaceChildren(line);
}
