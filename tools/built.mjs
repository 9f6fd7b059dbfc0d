/* Put together the scripts that pages take, each from the modules that it imports.
 *
 *     node tools/built.mjs            write them
 *     node tools/built.mjs --check    say which of them are not what their modules make
 *
 * What is built is kept in the repository: neither the package nor a plain clone needs node.
 */

import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const VIEW = "zapviz/view/built";
const SITE = "website/assets/built";

/** Each folder of built files: its form, and the modules that they are made from.
 *
 * @type {Record<string, {format: import("esbuild").Format, entries: string[]}>}
 */
const FOLDERS = {
  [VIEW]: {
    format: "esm",
    entries: ["hosts/notebook", "hosts/predict_notebook", "hosts/table_notebook",
      "hosts/show_notebook", "hosts/page", "hosts/compared", "hosts/views", "views/table"].map((name) => `zapviz/view/${name}.js`),
  },
  // A page that is opened as a file may not load modules: one plain script.
  [SITE]: { format: "iife", entries: ["website/assets/site.js"] },
};

/** What the built file of a module should hold.
 *
 * @param {string} entry
 * @param {import("esbuild").Format} format
 * @param {boolean} small whether visitors load it: names stay, so that errors can be read
 */
async function built(entry, format, small) {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    format,
    target: "es2022",
    charset: "ascii",
    minifyWhitespace: small,
    minifySyntax: small,
    write: false,
    logLevel: "warning",
    banner: { js: `/* Built from ${entry} by tools/built.mjs; edit that. */` },
  });
  return result.outputFiles[0].text;
}

const check = process.argv.includes("--check");
const wrong = [];
for (const [folder, { format, entries }] of Object.entries(FOLDERS)) {
  const names = new Set(entries.map((entry) => basename(entry)));
  for (const name of readdirSync(`${ROOT}${folder}`).filter((one) => !names.has(one))) {
    wrong.push(`${folder}/${name}`);
    if (!check) rmSync(`${ROOT}${folder}/${name}`);
  }
  for (const entry of entries) {
    const file = `${ROOT}${folder}/${basename(entry)}`;
    const text = await built(entry, format, folder === SITE);
    let now = null;
    try {
      now = readFileSync(file, "utf8");
    } catch {
      // Not there yet.
    }
    if (now === text) continue;
    wrong.push(relative(ROOT, file));
    if (!check) writeFileSync(file, text);
  }
}
if (check && wrong.length) {
  console.error(`not what their modules make: ${wrong.join(", ")}\nmake built writes them anew`);
  process.exit(1);
}
