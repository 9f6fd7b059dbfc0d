/* How cells look: letters, names and colours, all of them from the palette. */

/** @import { Cell, ClassLook, Look, Palette } from "../types.js" */

/** @param {Palette} palette @param {Cell} cell @returns {Look} */
export function lookOf(palette, cell) {
  const entry = palette.classes[cell.kind] ?? { drawn: "?", name: cell.kind };
  let mark = "";
  if (cell.kind === "swap" && cell.slot !== null) mark = `#${cell.slot}`;
  else if (cell.kind === "migration") mark = cell.flags.includes("anon") ? "anon" : "file";
  else if (cell.data !== null && cell.data !== undefined) mark = String(cell.data);
  const corner = cell.flags
    .filter((flag) => palette.corner.includes(flag))
    .map((flag) => palette.flags[flag][0]).join("");
  return { kind: cell.kind, letter: entry.drawn, mark, corner, name: entry.name, text: cell.text };
}

/** How a class of entry looks, apart from any entry of it.
 *
 * @param {Palette} palette
 * @param {string} kind
 * @returns {ClassLook}
 */
export function classLook(palette, kind) {
  const one = palette.classes[kind];
  return { kind, letter: one.drawn, name: one.name, text: one.meaning };
}

/** What became of an entry or an assertion, with a sign.
 *
 * @param {Palette} palette
 * @param {string | null} verdict
 */
export function verdictText(palette, verdict) {
  if (!verdict) return "";
  const sign = palette.signs[verdict] ?? palette.checks[verdict];
  const word = verdict === "undecided" ? "not decided by one order" : verdict;
  return sign ? `${sign} ${word}` : word;
}

/** The colours of every kind of cell as style rules, for one view and both themes.
 *
 * @param {Palette} palette
 * @param {string} id of the view's element
 */
export function paletteRules(palette, id) {
  const rules = [];
  for (const [name, { inks, ...own }] of Object.entries(palette.themes)) {
    const root = `#${id}[data-theme="${name}"]`;
    const colours = Object.entries(own).map(([key, colour]) => `--zv-${key}:${colour}`);
    rules.push(`${root}{${colours.join(";")}}`);
    for (const [kind, ink] of Object.entries(inks)) {
      rules.push(`${root} .k-${kind}{--f:${ink.fill};--t:${ink.text};--b:${ink.border};` +
        `--d:${ink.dashed ? "3 3" : "none"}}`);
    }
  }
  return rules.join("\n");
}
