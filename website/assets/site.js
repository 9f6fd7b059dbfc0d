/* The site's side of the views: each place in a page gets the view that its data names.
 *
 * What was computed when the site was built is at hand at once, also in a page opened as a
 * plain file: the place's own trace, and each scenario that comes along, on every kernel.
 * For all else the model runs in a worker, started when it is first asked.
 */

/** @import { Ask, Comparison, ComparisonAnswer, Exercise, Going, Granularity, Place, Shown, TableData, TableView, Trace, TraceAnswer }
 *   from "../../zapviz/view/types.js" */
/** @import { Known, Link } from "./links.js" */

import { h, say, targetOf } from "../../zapviz/view/core/dom.js";
import { askingOn } from "../../zapviz/view/core/going.js";
import { samePlace } from "../../zapviz/view/core/states.js";
import { EMPTY, unpack } from "../../zapviz/view/core/trace.js";
import { frameIn } from "../../zapviz/view/parts/shell.js";
import { createComparison } from "../../zapviz/view/views/compare.js";
import { createPlayer } from "../../zapviz/view/views/player.js";
import { createShow } from "../../zapviz/view/views/show.js";
import { createTable } from "../../zapviz/view/views/table.js";
import { createPredict } from "../../zapviz/view/views/predict.js";
import { createAddress, kept } from "./address.js";
import { isLink, isNamed, readLink } from "./links.js";
import { createModel } from "./model.js";

/** What a page gives a player (website/players.py).
 *
 * @typedef {{payload: string, step?: number, granularity?: Granularity, selected?: Place}} GivenPlayer
 */
/** @typedef {GivenPlayer & {text: string, kernel: string, schedule?: number[], whole_table?: boolean,
 *   error?: string, errorLine?: number}} GivenExplorer */
/** What is asked for: a text, a kernel, and an order of CPUs.
 *
 * @typedef {{text: string, kernel: string, schedule: number[], whole_table: boolean}} Asked
 */

const site = window.zapvizSite;
const siteRoot = document.body.dataset.root;
const WAITS_FOR_MODEL = site.model &&
  `Waiting for the model: the first time it is loaded into this page, ${site.model.megabytes} MB.`;
const AT_HAND = "What is in the list of scenarios runs here all the same, on every kernel.";
const NO_MODEL = `This copy of the site was built without the live model. ${AT_HAND}`;
const NOT_FROM_FILE = "A page opened as a plain file cannot run the model: browsers do not let it. " +
  `Over http it can; in the site's folder, python3 -m http.server is enough. ${AT_HAND}`;

/** @param {string} why @param {boolean} ran */
const sorry = (why, ran) => (location.protocol === "file:" ? NOT_FROM_FILE
  : `The model ${ran ? "has stopped" : "did not start"} in this browser (${why}). ${AT_HAND}`);
const model = site.model
  ? createModel(new URL(siteRoot + site.model.worker, location.href), site.model.bytes, sorry) : null;

/** What views may ask: nothing where there is no model, or the browser does not let it run. */
const ask = model && location.protocol !== "file:" ? model.ask : null;

/** Ask the model; a permalink that it makes becomes the address of this site's explorer.
 *
 * @type {Ask}
 */
async function askForExplorer(request, going) {
  if (!ask) throw new Error(NO_MODEL);
  if (request.ask !== "export" || request.form !== "link") return ask(request);
  /** @type {any} */
  const answer = await askingOn(ask)(request, going);
  const page = new URL(`${siteRoot}explore.html`, location.href);
  return answer.text ? { ...answer, text: `${page.href}#${answer.text}` } : answer;
}

/* -- what was computed beforehand -- */

/** @type {Map<string, Promise<Record<string, string> | null>>} */
const unpackedTraces = new Map(); // by the scenario's name

/** Unpack what ahead.js gives. @param {string} packed base64 of gzip */
async function textOf(packed) {
  const bytes = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

/** The packed traces of a scenario that comes along, by kernel; null where they do not come.
 *
 * @param {string} name
 */
async function tracesOf(name) {
  const packed = await window.zapvizAhead.load(`traces/${name}`);
  if (packed === null) return null;
  const known = unpackedTraces.get(name) ?? textOf(packed).then((text) => JSON.parse(text));
  unpackedTraces.set(name, known);
  return known;
}

/** The scenario that comes along and has this text. @param {string} text */
const listedAs = (text) => site.choices.scenarios.find((one) => one.text.trim() === text.trim());

/** The packed trace of what was computed beforehand; null where it was not.
 *
 * @param {{text: string, kernel: string, schedule: number[]}} asked
 */
async function atHand({ text, kernel, schedule }) {
  const listed = schedule.length ? undefined : listedAs(text);
  return (listed && (await tracesOf(listed.name))?.[kernel]) ?? null;
}

/** The model beside a kernel that was watched, as it was put together when the site was built.
 *
 * @param {string} text
 * @param {string} kernel
 * @returns {Promise<ComparisonAnswer>}
 */
async function watchedAtHand(text, kernel) {
  const listed = listedAs(text);
  const packed = listed && await window.zapvizAhead.load(`watched/${listed.name}`);
  const found = packed && JSON.parse(await textOf(packed))[kernel];
  return found ?? { error: "What was watched did not come: is the network there?" };
}

/** The trace of a text on a kernel: computed beforehand, or by the model.
 *
 * @param {Asked} asked
 * @param {Going} [going]
 * @returns {Promise<TraceAnswer>}
 */
async function traceOf(asked, going) {
  const payload = await atHand(asked);
  if (payload) return { payload };
  return model ? askingOn(model.ask)({ ask: "trace", ...asked }, going) : { error: NO_MODEL, line: 0 };
}

/* -- the views -- */

/** @param {HTMLElement} place @param {GivenPlayer} given */
function showPlayer(place, given) {
  createPlayer(place, unpack(given.payload), { ...given, palette: site.palette });
}

/** @param {HTMLElement} place @param {GivenExplorer} given @param {(link: Link) => void} [keep] told what is shown */
function showExplorer(place, given, keep) {
  /** @type {Asked} */
  const asked = { text: given.text, kernel: given.kernel, schedule: given.schedule ?? [],
    whole_table: given.whole_table ?? false };
  let trace = unpack(given.payload);
  let ran = given.text; // the text that the trace is of
  let turn = 0;
  let wrong = false; // whether the last answer was an error
  const tell = () => keep?.({ ...asked, step: player.at });
  const player = createPlayer(place, trace, {
    palette: site.palette,
    step: given.step,
    granularity: given.granularity,
    selected: given.selected,
    onStep: tell,
    editor: {
      ...site.choices,
      ...asked,
      error: given.error,
      errorLine: given.errorLine,
      waits: WAITS_FOR_MODEL,
      onText: (text) => change({ text }),
      onKernel: (kernel) => change({ kernel }),
      onSchedule: (schedule) => change({ schedule }),
      ask: ask && askForExplorer,
      onWatched: watchedAtHand,
    },
  });
  // Whoever puts the pointer into the text is about to edit it.
  place.addEventListener("pointerdown", (event) => {
    if (targetOf(event).closest("textarea")) model?.start();
  });

  model?.onAgain(() => { if (wrong) change({}); });

  /** Another text starts at its start: no answer stands before its question. @param {Trace} next */
  const placeIn = (next) => (asked.text === ran ? samePlace(trace, next, player.at) : 0);

  /** @param {Partial<Asked>} changes @param {(trace: Trace) => number} [choose] the state to show */
  async function change(changes, choose) {
    Object.assign(asked, changes);
    const own = ++turn;
    await null; // what changes in one go is one question
    if (own !== turn) return;
    if (!choose) tell(); // what is being written is not lost, right or wrong
    const going = player.running();
    const answer = await traceOf(asked, going);
    if (!player.ran(going) || own !== turn) return;
    wrong = answer.error !== undefined;
    player.setError(answer.error ?? "", answer.line ?? 0);
    if (answer.payload) {
      const next = unpack(answer.payload) ?? EMPTY;
      player.setTrace(next, choose ? choose(next) : placeIn(next));
      trace = next;
      ran = asked.text;
      if (!choose) tell();
    }
    player.answered();
  }

  /** Show another scenario, at the state that choose(trace) gives; its text stands there at once.
   *
   * @param {Partial<Asked> & {text: string, kernel: string}} scenario
   * @param {(trace: Trace) => number} choose
   */
  async function show({ text, kernel, schedule = [], whole_table = false }, choose) {
    player.setKernel(kernel);
    player.setText(text);
    player.setSchedule(schedule);
    // Nothing of another scenario stands beside it until it has run.
    if (text !== ran && !listedAs(text)) player.setTrace(EMPTY);
    await change({ text, kernel, schedule, whole_table }, choose);
  }

  return {
    show,
    /** @param {Link} link */
    open: (link) => show(link, (trace) => link.step ?? trace.opens),
    root: player.root,
  };
}

/** The decision table; the scenario of a cell that is clicked opens in an explorer below it.
 *
 * @param {HTMLElement} place
 * @param {{table: TableData, shown?: Partial<TableView>}} given
 */
function showTable(place, given) {
  const opened = h("div", { class: "site-opened", hidden: true });
  /** @type {ReturnType<typeof showExplorer> | null} */
  let explorer = null;
  const frame = frameIn(place);
  createTable(frame, given.table, {
    palette: site.palette,
    view: given.shown,
    async onOpen(text, kernel) {
      opened.hidden = false;
      explorer ??= showExplorer(opened, { text, kernel, payload: "" });
      await explorer.show({ text, kernel }, (trace) => trace.opens);
      opened.scrollIntoView({ block: "nearest" });
    },
  });
  frame.append(opened);
}

/** Kernels side by side.
 *
 * @param {HTMLElement} place
 * @param {{comparison: Comparison, payloads: string[], frame: number}} given
 */
function showComparison(place, { comparison, payloads, frame }) {
  createComparison(place, comparison, payloads.map((payload) => unpack(payload) ?? EMPTY),
    { palette: site.palette, frame });
}

/** An exercise; without the model there is the one that the page holds.
 *
 * @param {HTMLElement} place
 * @param {{exercise: Exercise}} given
 */
function showPredict(place, given) {
  createPredict(place, given.exercise, { palette: site.palette, levels: site.levels, ask });
}

/** Small figures for prose, which ask nothing.
 *
 * @param {HTMLElement} place
 * @param {{shown: Shown, step: number}} given
 */
function showFigures(place, given) {
  createShow(place, given.shown, { palette: site.palette, step: given.step });
}

/* -- the page -- */

/** @type {Known} */
const known = { ...site.choices, ...site.links };
const address = createAddress(known, document.body.dataset.address !== undefined);
/** @type {ReturnType<typeof showExplorer>[]} */
const explorers = [];
/** Each view by its name, as the data of a place has it.
 *
 * @type {Record<string, (place: HTMLElement, given: any) => void | Promise<void>>}
 */
const VIEWS = {
  player: showPlayer,
  explorer: startExplorer,
  table: showTable,
  compare: showComparison,
  predict: showPredict,
  show: showFigures,
};

/** Begin an explorer with what it showed before a reload, with what the address asks for, or as it is given.
 *
 * @param {HTMLElement} place
 * @param {GivenExplorer} given
 */
async function startExplorer(place, given) {
  const number = explorers.length;
  const first = number === 0 ? await linked() : null;
  const link = kept()[number] ?? first;
  place.replaceChildren();
  const wanted = link ? { ...given, ...link, step: link.step ?? undefined, selected: undefined, error: undefined,
    payload: (await atHand(link)) ?? "" } : given;
  const explorer = showExplorer(place, wanted, (shown) => address.keep(number, shown));
  explorers.push(explorer);
  if (link && !wanted.payload) explorer.open(link);
  const last = unpack(wanted.payload)?.steps.length ?? 0;
  if (link?.step && wanted.payload && link.step > last) {
    tellAbove(`The link asks for state ${link.step}, and this run has ${last}: the last one is shown.`);
  }
}

/** The dictionary that tokens are packed against. */
async function dictionary() {
  const packed = await window.zapvizAhead.load("assets/dictionary");
  return packed === null ? null : new TextEncoder().encode(await textOf(packed));
}

/** What the address asks for, if it does; what is wrong with it is said. */
async function linked() {
  const fragment = location.hash.slice(1);
  if (!isLink(fragment, known)) {
    if (isNamed(fragment)) tellAbove(`The link names no scenario that is here: \u201c${fragment.slice(0, 60)}\u201d. The list has those that are.`);
    return null;
  }
  try {
    tellAbove("");
    return await readLink(fragment, known, dictionary);
  } catch (error) {
    tellAbove(error instanceof Error ? error.message : String(error));
    return null;
  }
}

/** Say something above the first explorer; "" is nothing. @param {string} words */
function tellAbove(words) {
  /** @type {HTMLElement | null} */
  let line = document.querySelector(".site-said");
  if (!line) {
    if (!words) return;
    line = h("p", { class: "site-said wide", role: "status" });
    document.querySelector(".zv-place")?.before(line);
  }
  say(line, words);
  line.hidden = !words;
}

/** Follow the address where somebody changes it, or goes back. */
async function openAddress() {
  address.forget();
  const link = kept()[0] ?? await linked();
  if (link) await explorers[0]?.open(link);
}

/** The arrows step from the start on the page of one explorer, while nothing else has the focus.
 *
 * @param {KeyboardEvent} event
 */
function onKey({ target, key, ctrlKey, altKey, metaKey }) {
  if (explorers.length !== 1 || target !== document.body || ctrlKey || altKey || metaKey) return;
  if (key !== "ArrowRight" && key !== "ArrowLeft") return;
  explorers[0].root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: false }));
}

async function start() {
  /** @type {NodeListOf<HTMLElement>} */
  const places = document.querySelectorAll(".zv-place");
  for (const place of places) {
    const given = JSON.parse(place.querySelector("script")?.textContent ?? "{}");
    const show = VIEWS[given.view];
    if (!show) continue; // what stands in for it stays
    if (show !== startExplorer) place.replaceChildren();
    await show(place, given);
  }
  addEventListener("hashchange", openAddress);
  if (places.length === 1) addEventListener("keydown", onKey);
  performance.mark("zapviz-ready");
  document.documentElement.dataset.ready = "true";
}

start();
