/* The model in a worker: requests come in, answers go out (zapviz/api/answers.py).
 *
 * Python's memory is restored as it was after zapviz had been imported (website/model.py).
 */

import { loadPyodide } from "./pyodide.js";
import createPyodideModule from "./pyodide.asm.js";

/** Fetch a packed file, and give it unpacked. */
async function unpacked(name, type) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name} did not come: ${response.status}`);
  return new Response(response.body.pipeThrough(new DecompressionStream("gzip")),
    { headers: { "Content-Type": type } });
}

/** Let Python's memory grow to so many bytes: it begins smaller than the one to be restored.
 *
 * What is allocated to that end is forgotten with all else as the memory is restored.
 */
function roomFor(module, bytes) {
  while (module.HEAP8.length < bytes) module._malloc(1 << 22);
  return module;
}

async function start() {
  const zip = fetch(new URL("zapviz.zip", import.meta.url)).then((response) => response.arrayBuffer());
  const memory = unpacked("memory.bin", "application/octet-stream")
    .then((response) => response.arrayBuffer());
  // Pyodide fetches its core by a name of its own; it is given the unpacked one.
  const core = unpacked("core.bin", "application/wasm");
  const plainFetch = self.fetch;
  self.fetch = (what, ...more) =>
    (String(what).endsWith("/pyodide.asm.wasm") ? core : plainFetch(what, ...more));
  const here = new URL(".", import.meta.url).href;
  const pyodide = await loadPyodide({
    indexURL: here,
    packageBaseUrl: here,
    createPyodideModule: async (settings) => roomFor(await createPyodideModule(settings),
      (await memory).byteLength),
    _loadSnapshot: memory.then((buffer) => new Uint8Array(buffer)),
  });
  self.fetch = plainFetch;
  pyodide.FS.writeFile("/zapviz.zip", new Uint8Array(await zip));
  return pyodide.runPython("import zapviz.api.answers; zapviz.api.answers.answer_json");
}

const ready = start();
ready.catch((error) => postMessage({ failed: String(error?.message ?? error) }));

addEventListener("message", async ({ data }) => {
  const answer = await ready;
  let text;
  try {
    text = answer(JSON.stringify(data.request));
  } catch (error) {
    // A mistake of zapviz's own: the last line of the traceback says which.
    const said = String(error?.message ?? error).trim().split("\n").pop();
    text = JSON.stringify({ error: `The model ended with an error of its own: ${said}`, line: 0 });
  }
  postMessage({ number: data.number, answer: text });
});
