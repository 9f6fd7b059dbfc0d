/* The model in a worker, started when it is first asked, and how far its loading has come. */

/** @import { Ask } from "../../zapviz/view/types.js" */

import { h, say } from "../../zapviz/view/core/dom.js";

/** @typedef {ReturnType<typeof createModel>} Model */

const LOADS = 60_000; // ms without a word after which it is given up while it loads
const ANSWERS = 120_000; // ms without an answer: what takes long is answered in slices (zapviz/api/pieces.py)

/** The model; ask() gives a promise of its answer, which may be an error in words.
 *
 * @param {URL} address of its worker
 * @param {number} bytes how much it loads
 * @param {(why: string, ran: boolean) => string} sorry what is said where it does not start, or stops having run
 */
export function createModel(address, bytes, sorry) {
  /** @type {Map<number, (answer: any) => void>} */
  const open = new Map(); // number of a request -> what takes its answer
  const loading = createLoading(bytes, () => {
    start();
    for (const act of acts) act();
  });
  /** @type {(() => void)[]} */
  const acts = []; // done as it is tried again
  /** @type {Worker | null} */
  let worker = null;
  let count = 0;
  let ran = false; // whether it is loaded
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let deadline;

  /** Give all who wait the reason; whoever asks next, or presses the button, has it tried again. @param {string} why */
  function giveUp(why) {
    clearTimeout(deadline);
    worker?.terminate();
    worker = null;
    const said = sorry(why, ran);
    if (location.protocol === "file:") loading.end(); // nothing is to be tried again
    else loading.fail(said.split(" (")[0]);
    const waiting = [...open.values()];
    open.clear();
    for (const take of waiting) take({ error: said, line: 0 });
  }

  /** Wait for a word of it, but not for ever: a worker that is killed says nothing. */
  function watch() {
    clearTimeout(deadline);
    if (ran && !open.size) return;
    deadline = setTimeout(() => giveUp(ran ? `it did not answer for ${ANSWERS / 1000} seconds`
      : `nothing came for ${LOADS / 1000} seconds`), ran ? ANSWERS : LOADS);
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
    ran = false;
    loading.begin();
    watch();
    worker.onmessage = ({ data }) => {
      if (own !== worker) return;
      if (data.failed) giveUp(data.failed);
      else {
        if (data.loaded !== undefined) loading.show(data.loaded);
        else if (data.ready) {
          ran = true;
          loading.end();
        } else take(data);
        watch();
      }
    };
    worker.onmessageerror = () => {
      if (own === worker) giveUp("what it said could not be read");
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (own === worker) giveUp(event.message || "it could not be loaded");
    };
  }

  /** @param {{number: number, answer: string}} said */
  function take({ number, answer }) {
    open.get(number)?.(JSON.parse(answer));
    open.delete(number);
  }

  /** @type {Ask} */
  const ask = (request) => new Promise((resolve) => {
    const number = count++;
    open.set(number, resolve);
    start();
    worker?.postMessage({ number, request });
    if (open.size === 1) watch();
  });
  return { start, ask,
    /** Act as it is tried again after it failed. @param {() => void} act */
    onAgain: (act) => { acts.push(act); } };
}

/** How far it has come, at the foot of the window: wherever one has scrolled to, and nothing moves for it.
 *
 * @param {number} bytes all that there is to load
 * @param {() => void} again
 */
function createLoading(bytes, again) {
  const megabytes = (/** @type {number} */ size) => (size / 1e6).toFixed(1);
  const bar = h("progress", { max: bytes, value: 0, "aria-label": "the model, loading" });
  const far = h("span", { "aria-hidden": "true" });
  const said = h("span", { role: "status" });
  const retry = h("button", { type: "button", class: "site-again", hidden: true, onclick: again }, "Try again");
  const node = h("div", { class: "site-loading", hidden: true }, said, bar, far, retry);
  document.body.append(node);

  /** @param {number} loaded */
  function show(loaded) {
    bar.value = Math.min(loaded, bytes);
    say(far, loaded < bytes ? `${megabytes(loaded)} of ${megabytes(bytes)} MB` : "starting");
  }

  return {
    show,
    begin() {
      node.hidden = bar.hidden = far.hidden = false;
      retry.hidden = true;
      say(said, "Loading the model into this page, once:");
      show(0);
    },
    end() {
      node.hidden = true;
      say(said, "");
    },
    /** @param {string} words */
    fail(words) {
      node.hidden = retry.hidden = false;
      bar.hidden = far.hidden = true;
      say(said, `${words}.`);
    },
  };
}
