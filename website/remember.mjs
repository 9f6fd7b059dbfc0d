/* Under node: start Pyodide, let prepare.py import zapviz, and write the memory that results.
 *
 *     node remember.mjs PACKAGE ZAPVIZ.ZIP PREPARE.PY RESULT
 */

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [packageFolder, zip, prepare, result] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${packageFolder}/pyodide.mjs`).href);
const pyodide = await loadPyodide({ indexURL: packageFolder, _makeSnapshot: true });
pyodide.FS.writeFile("/zapviz.zip", readFileSync(zip));
pyodide.runPython(readFileSync(prepare, "utf8"));
writeFileSync(result, pyodide.makeMemorySnapshot());
process.exit(0);
