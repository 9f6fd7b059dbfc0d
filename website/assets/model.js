/* The model in a worker, started when it is first asked, and how far its loading has come. */

/** @import { Ask } from "../../zapviz/view/types.js" */

import { h, say } from "../../zapviz/view/core/dom.js";

/** @typedef {ReturnType<typeof createModel>} Model */

/** The model; ask() gives a promise of its answer, which may be an error in words.
 *
 * @param {URL} address of its worker
 * @param {number} bytes how much it loads
 * @param {(why: string) => string} sorry what is said where it does not start, for whatever reason
 */
export function createModel(address, bytes, sorry) {
  /** @type {Map<number, (answer: any) => void>} */
  const open = new Map(); // number of a request -> what takes its answer
  const loading = createLoading(bytes);
  /** @type {Worker | null} */
  let worker = null;
  let count = 0;

  /** Give all who wait the reason; whoever asks next has it tried again. @param {string} why */
  function giveUp(why) {
    worker?.terminate();
    worker = null;
    loading.end();
    for (const take of open.values()) take({ error: sorry(why), line: 0 });
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
    loading.begin();
    worker.onmessage = ({ data }) => {
      if (own !== worker) return;
      if (data.failed) giveUp(data.failed);
      else if (data.loaded !== undefined) loading.show(data.loaded);
      else if (data.ready) loading.end();
      else {
        open.get(data.number)?.(JSON.parse(data.answer));
        open.delete(data.number);
      }
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

/** How far it has come, at the foot of the window: wherever one has scrolled to, and nothing moves for it.
 *
 * @param {number} bytes all that there is to load
 */
function createLoading(bytes) {
  const megabytes = (/** @type {number} */ size) => (size / 1e6).toFixed(1);
  const bar = h("progress", { max: bytes, value: 0, "aria-label": "the model, loading" });
  const far = h("span", { "aria-hidden": "true" });
  const said = h("span", { role: "status" });
  const node = h("div", { class: "site-loading", hidden: true }, said, bar, far);
  document.body.append(node);

  /** @param {number} loaded */
  function show(loaded) {
    bar.value = Math.min(loaded, bytes);
    say(far, loaded < bytes ? `${megabytes(loaded)} of ${megabytes(bytes)} MB` : "starting");
  }

  return {
    show,
    begin() {
      node.hidden = false;
      say(said, "Loading the model into this page, once:");
      show(0);
    },
    end() {
      node.hidden = true;
      say(said, "");
    },
  };
}
