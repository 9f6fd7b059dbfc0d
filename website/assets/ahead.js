/* What was computed when the site was built, and how a page gets it: the traces of each scenario that
 * comes along, on every kernel, and the dictionary that permalinks are packed against.
 *
 * Each is a script, since a page that is opened as a plain file may load nothing else.  This one runs
 * before all others, so that what the address asks for is on its way while they are still coming.
 */

/** @typedef {import("../../zapviz/view/types.js").Ahead} Ahead */

window.zapvizAhead = (() => {
  const PATIENCE = 20_000; // ms in which a file comes, or the model is asked in its place
  const own = /** @type {HTMLScriptElement} */ (document.currentScript);
  const root = own.src.replace(/assets\/[^/]*$/, "");
  const stamp = own.src.split("?")[1] ?? "";
  /** @type {Map<string, Promise<string | null>>} */
  const coming = new Map(); // by the file's name
  /** @type {Map<string, (data: string) => void>} */
  const takers = new Map();

  /** The data of a file, as it is packed; null where it does not come.
   *
   * @param {string} name its path in the site, without ".js"
   */
  function load(name) {
    const known = coming.get(name);
    if (known) return known;
    /** @type {Promise<string | null>} */
    const data = new Promise((take) => {
      const late = setTimeout(fail, PATIENCE);
      takers.set(name, (file) => {
        clearTimeout(late);
        take(file);
      });
      const script = document.createElement("script");
      script.src = `${root}${name}.js?${stamp}`;
      script.onerror = fail;
      function fail() {
        clearTimeout(late);
        coming.delete(name); // it may come another time
        take(null);
      }
      document.head.append(script);
    });
    coming.set(name, data);
    return data;
  }

  // What the address asks for; links.js reads it in earnest.
  const fragment = location.hash.slice(1);
  const name = /^([a-z0-9-]+)(?:[@:%]|$)/i.exec(fragment)?.[1].toLowerCase();
  if (/^zapviz(?::|%3A)/i.test(fragment)) load("assets/dictionary");
  else if (name && own.dataset.scenarios?.split(" ").includes(name)) load(`traces/${name}`);

  /** @type {Ahead} */
  return { load, take: (file, data) => takers.get(file)?.(data) };
})();
