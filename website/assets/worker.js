/* The model in a worker: requests come in, answers go out (zapviz/api/answers.py).
 *
 * Python's memory is restored as it was after zapviz had been imported (website/model.py).
 */

const REPORT = 100; // ms between two words on how far it has come

let loaded = 0; // bytes
let reported = 0; // when
const plainFetch = self.fetch;
let lose; // ends the start: Pyodide itself waits for ever for what does not come, or comes damaged
const lost = new Promise((_, reject) => { lose = reject; });

/** Fetch, and tell the page how far all of it has come. */
async function counted(...what) {
  const name = String(what[0]).split("/").pop();
  const response = await plainFetch(...what).catch((error) => {
    throw new Error(`${name} did not come: ${error.message}`);
  });
  if (!response.ok || !response.body) throw new Error(`${name} did not come: ${response.status}`);
  const counting = new TransformStream({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      if (performance.now() - reported > REPORT) {
        reported = performance.now();
        postMessage({ loaded });
      }
      controller.enqueue(chunk);
    },
    flush: () => postMessage({ loaded }),
  });
  return new Response(response.body.pipeThrough(counting), { headers: response.headers });
}

/** Fetch a packed file, and give it unpacked; one that is cut or has wrong bytes does not unpack. */
async function unpacked(name, type) {
  const response = await counted(new URL(name, import.meta.url));
  const [used, watched] = response.body.pipeThrough(new DecompressionStream("gzip")).tee();
  watched.pipeTo(new WritableStream()).catch((error) => lose(new Error(`${name} is damaged: ${error.message}`)));
  return new Response(used, { headers: { "Content-Type": type } });
}

/** Fetch a zip; one that is cut has no end. */
async function zipped(name) {
  const bytes = new Uint8Array(await (await counted(new URL(name, import.meta.url))).arrayBuffer());
  if (String(bytes.slice(-22, -18)) !== "80,75,5,6") throw new Error(`${name} is damaged`);
  return bytes;
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
  const zip = zipped("zapviz.zip");
  const memory = unpacked("memory.bin", "application/octet-stream")
    .then((response) => response.arrayBuffer().catch(() => { throw new Error("memory.bin is damaged"); }));
  // Pyodide fetches its core by a name of its own; it is given the unpacked one.
  const core = unpacked("core.bin", "application/wasm");
  for (const file of [zip, memory, core]) file.catch(lose);
  self.fetch = (what, ...more) => {
    const file = String(what).endsWith("/pyodide.asm.wasm") ? core : counted(what, ...more);
    file.catch(lose);
    return file;
  };
  // Imported here and not above: all else is on its way by now.
  const [{ loadPyodide }, { default: createPyodideModule }] = await Promise.all([
    import("./pyodide.js"), import("./pyodide.asm.js")]);
  const here = new URL(".", import.meta.url).href;
  const pyodide = await loadPyodide({
    indexURL: here,
    packageBaseUrl: here,
    createPyodideModule: async (settings) => roomFor(await createPyodideModule(settings),
      (await memory).byteLength),
    _loadSnapshot: memory.then((buffer) => new Uint8Array(buffer)),
  });
  self.fetch = plainFetch;
  pyodide.FS.writeFile("/zapviz.zip", await zip);
  return pyodide.runPython("import zapviz.api.answers; zapviz.api.answers.answer_json");
}

const ready = Promise.race([start(), lost]);
ready.then(() => postMessage({ ready: true }));
ready.catch((error) => postMessage({ failed: String(error?.message ?? error) }));

addEventListener("message", async ({ data }) => {
  const answer = await ready;
  let text;
  try {
    text = answer(JSON.stringify(data.request));
  } catch (error) {
    // Python itself has come to its end, of memory say: nothing that it says can be trusted any more.
    postMessage({ failed: String(error?.message ?? error).trim().split("\n").pop() });
    return;
  }
  postMessage({ number: data.number, answer: text });
});
