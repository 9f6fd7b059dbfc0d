/* A comparison of kernels (docs/trace.md): its frames, and how it is told where kernels part. */

/** @import { Comparison, Granularity, Palette, Parting, Trace } from "../types.js" */

/** The frames that each granularity stops at.
 *
 * @param {Comparison} comparison
 * @param {Trace[]} traces
 * @returns {Record<Granularity, number[]>}
 */
export function frameStops({ frames, statements }, traces) {
  const last = frames.length - 1;
  const entry = frames.map((_, n) => n);
  const statement = entry.filter((n) => n === 0 || n === last || statements[n] !== statements[n + 1]);
  const ends = traces.map((trace) => new Set(trace.passes.map((pass) => pass.last)));
  const pass = entry.filter((n) => statement.includes(n) ||
    (n > 0 && frames[n].some((state, k) => state > frames[n - 1][k] && ends[k].has(state))));
  return { entry, pass, statement };
}

/** What differs where kernels part, in a few words each.
 *
 * @param {Palette} palette
 * @param {Parting} one
 */
export function partingTexts(palette, one) {
  const shown = one.entries.slice(0, 3).map((entry) => {
    const kinds = entry.kinds.map((kind) => palette.classes[kind]?.name ?? kind);
    return `${entry.row}[${entry.page}] ${kinds.join(" | ")}`;
  });
  if (one.entries.length > 3) shown.push(`${one.entries.length - 3} more entries`);
  if (shown.length) return shown;
  for (const [counter, pages] of Object.entries(one.counters)) shown.push(`${counter} ${pages.join(" | ")}`);
  for (const [file, sizes] of Object.entries(one.sizes)) shown.push(`i_size of ${file} ${sizes.join(" | ")}`);
  return shown.length ? shown : [`it gives ${one.results.join(" | ")}`];
}

/** Where a rule that makes kernels part comes from. @param {Parting["causes"][number]} cause */
export const causeText = (cause) => (cause.patches.length ? `the patch of ${cause.patches.join(", ")}`
  : [cause.commit, cause.since].filter(Boolean).join(", "));
