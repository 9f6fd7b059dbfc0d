/* The site's side of the views: each place in a page gets the view that its data names.
 *
 * What was computed when the site was built is at hand at once, also in a page opened as a
 * plain file: the place's own trace, and each scenario that comes along, on every kernel.
 * For all else the model runs in a worker, started when it is first asked.
 */

import { h, say } from "../../zapviz/view/core/dom.js";
import { unpack } from "../../zapviz/view/core/trace.js";
import { createPlayer } from "../../zapviz/view/views/player.js";
import { createTable } from "../../zapviz/view/views/table.js";
import { createPredict } from "../../zapviz/view/views/predict.js";

const site = window.zapvizSite;
const siteRoot = document.body.dataset.root;
const WAITS_FOR_MODEL = site.model &&
  `Waiting for the model: the first time it is loaded into this page, ${site.model.megabytes} MB.`;
const AT_HAND = "What is in the list of scenarios runs here all the same, on every kernel.";
const NO_MODEL = `This copy of the site was built without the live model. ${AT_HAND}`;
const NOT_FROM_FILE = "A page opened as a plain file cannot run the model: browsers do not let it. " +
  `Over http it can; in the site's folder, python3 -m http.server is enough. ${AT_HAND}`;

/* -- the model -- */

/** The model in a worker; ask() gives a promise of its answer, which may be an error in words. */
function createModel(address) {
  const open = new Map(); // number of a request -> what takes its answer
  let worker = null;
  let count = 0;

  /** Give all who wait the reason; whoever asks next has it tried again. */
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
      giveUp(error.message);
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

  function ask(request) {
    return new Promise((resolve) => {
      const number = count++;
      open.set(number, resolve);
      start();
      worker?.postMessage({ number, request });
    });
  }
  return { start, ask };
}

const model = site.model ? createModel(new URL(siteRoot + site.model.worker, location.href)) : null;

/** Ask the model; a permalink that it makes becomes the address of this site's explorer. */
async function askModel(request) {
  const answer = await model.ask(request);
  if (request.ask === "export" && request.form === "link" && answer.text) {
    const page = new URL(`${siteRoot}explore.html`, location.href);
    return { ...answer, text: `${page.href}#${answer.text}` };
  }
  return answer;
}

/* -- what was computed beforehand -- */

const loaded = new Map(); // name of a scenario -> a promise of its traces by kernel, or null

window.zapvizTraces = (name, traces) => loaded.get(name)?.take(traces);

/** The traces of a scenario that comes along, one for each kernel; null where they do not come. */
function tracesOf(name) {
  if (!loaded.has(name)) {
    const one = {};
    one.promise = new Promise((take) => { one.take = take; });
    loaded.set(name, one);
    document.head.append(h("script", { src: `${siteRoot}traces/${name}.js`, onerror: () => one.take(null) }));
  }
  return loaded.get(name).promise;
}

/** The trace of a text on a kernel: computed beforehand, or by the model. */
async function traceOf({ text, kernel, schedule }) {
  const listed = site.choices.scenarios.find((one) => one.text.trim() === text.trim());
  if (listed && !schedule.length) {
    const payload = (await tracesOf(listed.name))?.[kernel];
    if (payload) return { payload };
  }
  return model ? model.ask({ ask: "trace", text, kernel, schedule }) : { error: NO_MODEL, line: 0 };
}

/** The state of a new trace that corresponds to one of an old trace; see same_place() in grid.py. */
function samePlace(old, next, step) {
  if (!old || step <= 0 || step > old.steps.length || !next.statements.length) return 0;
  const index = old.steps[step - 1].statement;
  const was = old.statements[index];
  let now = next.statements[Math.min(index, next.statements.length - 1)];
  let nearest = Infinity;
  for (const [k, one] of next.statements.entries()) {
    if (one.text === was.text && Math.abs(k - index) < nearest) {
      nearest = Math.abs(k - index);
      now = one;
    }
  }
  return step === was.last ? now.last : Math.min(now.first + step - was.first, now.last);
}

/* -- the views -- */

function showPlayer(place, given) {
  createPlayer(place, unpack(given.payload), { ...given, palette: site.palette });
}

function showExplorer(place, given) {
  const asked = { text: given.text, kernel: given.kernel, schedule: given.schedule ?? [] };
  let trace = unpack(given.payload);
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
      ask: model && location.protocol !== "file:" ? askModel : undefined,
    },
  });
  // Whoever puts the pointer into the text is about to edit it.
  place.addEventListener("pointerdown", (event) => {
    if (event.target.closest("textarea")) model?.start();
  });

  async function change(changes, choose) {
    Object.assign(asked, changes);
    const own = ++turn;
    await null; // what changes in one go is one question
    if (own !== turn) return;
    const answer = await traceOf(asked);
    if (own !== turn) return;
    player.setError(answer.error ?? "", answer.line ?? 0);
    if (!answer.error) {
      const next = unpack(answer.payload);
      player.setTrace(next, choose ? choose(next) : samePlace(trace, next, player.at));
      trace = next;
    }
    player.answered();
  }

  /** Show what a permalink holds; gives what is wrong with it, or nothing. */
  async function open(link) {
    const found = model ? await model.ask({ ask: "open", link }) : { error: NO_MODEL };
    if (found.error) return found.error;
    await show(found, () => found.step ?? 0);
    return "";
  }

  /** Show another scenario, at the state that choose(trace) gives. */
  function show({ text, kernel, schedule = [] }, choose) {
    player.setKernel(kernel);
    player.setText(text);
    player.setSchedule(schedule);
    return change({ text, kernel, schedule }, choose);
  }
  return { open, show, focus: () => player.root.focus({ preventScroll: true }) };
}

/** The decision table; the scenario of a cell that is clicked opens in an explorer below it. */
function showTable(place, given) {
  const opened = h("div", { class: "site-opened", hidden: true });
  let explorer = null;
  createTable(place, given.table, {
    palette: site.palette,
    view: given.shown,
    async onOpen(text, kernel) {
      opened.hidden = false;
      explorer ??= showExplorer(opened, { text, kernel, payload: "" });
      await explorer.show({ text, kernel }, decidingStep);
      opened.scrollIntoView({ block: "nearest" });
    },
  });
  place.append(opened);
}

/** The state after the step that decides an entry; see deciding_step() in widgets/table.py. */
function decidingStep(trace) {
  const zaps = [...trace.steps.entries()].filter(([, step]) => step.kind === "zap");
  const last = zaps.filter(([, step]) => step.verdict !== "kept").pop() ?? zaps[0];
  return last ? last[0] + 1 : trace.steps.length;
}

/** An exercise; without the model there is the one that the page holds. */
function showPredict(place, given) {
  createPredict(place, given.exercise, { palette: site.palette,
    ask: model && location.protocol !== "file:" ? model.ask : null });
}

const VIEWS = { player: showPlayer, explorer: showExplorer, table: showTable, predict: showPredict };

/* -- the page -- */

const explorers = [];
const places = document.querySelectorAll(".zv-place");
for (const place of places) {
  const given = JSON.parse(place.querySelector("script").textContent);
  const show = VIEWS[given.view];
  if (!show) continue; // what stands in for it stays
  place.replaceChildren();
  const shown = show(place, given);
  if (shown?.open) explorers.push(shown);
}

// On the explorer's own page its keys work at once.
if (places.length === 1) explorers[0]?.focus();

/** Open the permalink in the address, if there is one, in the page's explorer. */
async function openAddress() {
  const link = location.hash.slice(1);
  if (!/^zapviz(?::|%3A)/i.test(link) || !explorers.length) return;
  const line = document.querySelector(".site-said");
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
