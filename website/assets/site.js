/* The site's side of the views: each place in a page gets the view that its data names.
 *
 * What was computed when the site was built is at hand at once, also in a page opened as a
 * plain file: the place's own trace, and each scenario that comes along, on every kernel.
 * For all else the model runs in a worker, started when it is first asked.
 */

/** @import { Ask, Exercise, Granularity, OpenAnswer, Place, Shown, TableData, TableView, Trace, TraceAnswer }
 *   from "../../zapviz/view/types.js" */

import { h, say, targetOf } from "../../zapviz/view/core/dom.js";
import { samePlace } from "../../zapviz/view/core/states.js";
import { EMPTY, unpack } from "../../zapviz/view/core/trace.js";
import { frameIn } from "../../zapviz/view/parts/shell.js";
import { createPlayer } from "../../zapviz/view/views/player.js";
import { createShow } from "../../zapviz/view/views/show.js";
import { createTable } from "../../zapviz/view/views/table.js";
import { createPredict } from "../../zapviz/view/views/predict.js";

/** What a page gives a player (website/players.py).
 *
 * @typedef {{payload: string, step?: number, granularity?: Granularity, selected?: Place}} GivenPlayer
 */
/** @typedef {GivenPlayer & {text: string, kernel: string, schedule?: number[], error?: string,
 *   errorLine?: number}} GivenExplorer */

const site = window.zapvizSite;
const siteRoot = document.body.dataset.root;
const WAITS_FOR_MODEL = site.model &&
  `Waiting for the model: the first time it is loaded into this page, ${site.model.megabytes} MB.`;
const AT_HAND = "What is in the list of scenarios runs here all the same, on every kernel.";
const NO_MODEL = `This copy of the site was built without the live model. ${AT_HAND}`;
const NOT_FROM_FILE = "A page opened as a plain file cannot run the model: browsers do not let it. " +
  `Over http it can; in the site's folder, python3 -m http.server is enough. ${AT_HAND}`;

/* -- the model -- */

/** The model in a worker; ask() gives a promise of its answer, which may be an error in words.
 *
 * @param {URL} address
 */
function createModel(address) {
  /** @type {Map<number, (answer: any) => void>} */
  const open = new Map(); // number of a request -> what takes its answer
  /** @type {Worker | null} */
  let worker = null;
  let count = 0;

  /** Give all who wait the reason; whoever asks next has it tried again. @param {string} why */
  function giveUp(why) {
    worker?.terminate();
    worker = null;
    const error = location.protocol === "file:" ? NOT_FROM_FILE
      : `The model did not start in this browser (${why}). ${AT_HAND}`;
    for (const take of open.values()) take({ error, line: 0 });
    open.clear();
  }

  function start() {
    if (worker) return;
    try {
      worker = new Worker(address, { type: "module" });
    } catch (error) {
      giveUp(error instanceof Error ? error.message : String(error));
      return;
    }
    const own = worker;
    worker.onmessage = ({ data }) => {
      if (own !== worker) return;
      if (data.failed) {
        giveUp(data.failed);
        return;
      }
      open.get(data.number)?.(JSON.parse(data.answer));
      open.delete(data.number);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (own === worker) giveUp(event.message || "it could not be loaded");
    };
  }

  /** @type {Ask} */
  const ask = (request) => new Promise((resolve) => {
    const number = count++;
    open.set(number, resolve);
    start();
    worker?.postMessage({ number, request });
  });
  return { start, ask };
}

const model = site.model ? createModel(new URL(siteRoot + site.model.worker, location.href)) : null;

/** What views may ask: nothing where there is no model, or the browser does not let it run. */
const ask = model && location.protocol !== "file:" ? model.ask : null;

/** Ask the model; a permalink that it makes becomes the address of this site's explorer.
 *
 * @type {Ask}
 */
async function askForExplorer(request) {
  if (!ask) throw new Error(NO_MODEL);
  if (request.ask !== "export" || request.form !== "link") return ask(request);
  /** @type {any} */
  const answer = await ask(request);
  const page = new URL(`${siteRoot}explore.html`, location.href);
  return answer.text ? { ...answer, text: `${page.href}#${answer.text}` } : answer;
}

/* -- what was computed beforehand -- */

/** The packed traces of a scenario by kernel; null where they do not come.
 *
 * @typedef {Record<string, string> | null} Traces
 */
/** @type {Map<string, Promise<Traces>>} */
const loaded = new Map(); // by the scenario's name
/** @type {Map<string, (traces: Traces) => void>} */
const takers = new Map(); // by the scenario's name: what takes its traces

window.zapvizTraces = (name, traces) => takers.get(name)?.(traces);

/** The traces of a scenario that comes along. @param {string} name */
function tracesOf(name) {
  const known = loaded.get(name);
  if (known) return known;
  /** @type {Promise<Traces>} */
  const coming = new Promise((take) => {
    takers.set(name, take);
    document.head.append(h("script", { src: `${siteRoot}traces/${name}.js`, onerror: () => take(null) }));
  });
  loaded.set(name, coming);
  return coming;
}

/** The trace of a text on a kernel: computed beforehand, or by the model.
 *
 * @param {{text: string, kernel: string, schedule: number[]}} asked
 * @returns {Promise<TraceAnswer>}
 */
async function traceOf({ text, kernel, schedule }) {
  const listed = site.choices.scenarios.find((one) => one.text.trim() === text.trim());
  if (listed && !schedule.length) {
    const payload = (await tracesOf(listed.name))?.[kernel];
    if (payload) return { payload };
  }
  return model ? model.ask({ ask: "trace", text, kernel, schedule }) : { error: NO_MODEL, line: 0 };
}

/* -- the views -- */

/** @param {HTMLElement} place @param {GivenPlayer} given */
function showPlayer(place, given) {
  createPlayer(place, unpack(given.payload), { ...given, palette: site.palette });
}

/** @param {HTMLElement} place @param {GivenExplorer} given */
function showExplorer(place, given) {
  const asked = { text: given.text, kernel: given.kernel, schedule: given.schedule ?? [] };
  let trace = unpack(given.payload);
  let ran = given.text; // the text that the trace is of
  let turn = 0;
  const player = createPlayer(place, trace, {
    palette: site.palette,
    step: given.step,
    granularity: given.granularity,
    selected: given.selected,
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
    },
  });
  // Whoever puts the pointer into the text is about to edit it.
  place.addEventListener("pointerdown", (event) => {
    if (targetOf(event).closest("textarea")) model?.start();
  });

  /** Another text starts at its start: no answer stands before its question. @param {Trace} next */
  const placeIn = (next) => (asked.text === ran ? samePlace(trace, next, player.at) : 0);

  /** @param {Partial<typeof asked>} changes @param {(trace: Trace) => number} [choose] the state to show */
  async function change(changes, choose) {
    Object.assign(asked, changes);
    const own = ++turn;
    await null; // what changes in one go is one question
    if (own !== turn) return;
    const answer = await traceOf(asked);
    if (own !== turn) return;
    player.setError(answer.error ?? "", answer.line ?? 0);
    if (answer.payload) {
      const next = unpack(answer.payload) ?? EMPTY;
      player.setTrace(next, choose ? choose(next) : placeIn(next));
      trace = next;
      ran = asked.text;
    }
    player.answered();
  }

  /** Show what a permalink holds; gives what is wrong with it, or nothing. @param {string} link */
  async function open(link) {
    if (!model) return NO_MODEL;
    /** @type {OpenAnswer} */
    const { error, text, kernel, schedule, step } = await model.ask({ ask: "open", link });
    if (error) return error;
    await show({ text, kernel: kernel ?? "", schedule }, (trace) => step ?? trace.opens);
    return "";
  }

  /** Show another scenario, at the state that choose(trace) gives.
   *
   * @param {{text: string, kernel: string, schedule?: number[]}} scenario
   * @param {(trace: Trace) => number} choose
   */
  function show({ text, kernel, schedule = [] }, choose) {
    player.setKernel(kernel);
    player.setText(text);
    player.setSchedule(schedule);
    return change({ text, kernel, schedule }, choose);
  }
  return { open, show, focus: () => player.root.focus({ preventScroll: true }) };
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

/** @type {ReturnType<typeof showExplorer>[]} */
const explorers = [];
/** Each view by its name, as the data of a place has it.
 *
 * @type {Record<string, (place: HTMLElement, given: any) => void>}
 */
const VIEWS = {
  player: showPlayer,
  explorer: (place, given) => explorers.push(showExplorer(place, given)),
  table: showTable,
  predict: showPredict,
  show: showFigures,
};
/** @type {NodeListOf<HTMLElement>} */
const places = document.querySelectorAll(".zv-place");
for (const place of places) {
  const given = JSON.parse(place.querySelector("script")?.textContent ?? "{}");
  const show = VIEWS[given.view];
  if (!show) continue; // what stands in for it stays
  place.replaceChildren();
  show(place, given);
}

// On the explorer's own page its keys work at once.
if (places.length === 1) explorers[0]?.focus();

/** Open the permalink in the address, if there is one, in the page's explorer. */
async function openAddress() {
  const link = location.hash.slice(1);
  if (!/^zapviz(?::|%3A)/i.test(link) || !explorers.length) return;
  const line = /** @type {HTMLElement} */ (document.querySelector(".site-said"));
  say(line, `Opening the link. ${WAITS_FOR_MODEL ?? ""}`);
  line.hidden = false;
  const wrong = await explorers[0].open(link);
  say(line, wrong);
  line.hidden = !wrong;
}
addEventListener("hashchange", openAddress);
openAddress();
performance.mark("zapviz-ready");
document.documentElement.dataset.ready = "true";
