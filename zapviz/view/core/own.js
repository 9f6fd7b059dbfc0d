/* What the page itself can give of a scenario, whoever is there to run it: its text, a cell. */

/** @import { ExportAnswer, Form } from "../types.js" */

/** @type {Form} */
export const CELL = { name: "cell", about: "a notebook cell that opens this text at this step", ending: "py",
  media: "text/plain", text: true, options: [], compares: false };

/** A text between three quotation marks. @param {string} text */
const tripled = (text) => `"""\n${text.replaceAll("\\", "\\\\").replaceAll('"""', '\\"\\"\\"').trimEnd()}\n"""`;

/** Make such a form; null: it is none of them.
 *
 * @param {Form} form
 * @param {{text: string, shipped: string, kernel: string, step: number, schedule: number[]}} shown `shipped`: the name of
 *   the scenario that the text is; "": it is none of them
 * @returns {ExportAnswer | null}
 */
export function madeHere(form, { text, shipped, kernel, step, schedule }) {
  const name = `${shipped || "scenario"}.${form.ending}`;
  if (form.name === "zap") return { name, media: form.media, text: `${text.trimEnd()}\n` };
  if (form !== CELL) return null;
  const scenario = shipped ? JSON.stringify(shipped) : tripled(text);
  const order = schedule.length ? `, schedule=[${schedule.join(", ")}]` : "";
  return { name, media: form.media,
    text: `import zapviz\n\nzapviz.explore(${scenario}, ${JSON.stringify(kernel)}, step=${step}${order})\n` };
}
