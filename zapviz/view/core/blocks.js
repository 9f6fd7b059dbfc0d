/* The blocks of a trace with several processes: of each its rows, its counters, whether it is there. */

/** @import { Row, Trace } from "../types.js" */
/** @import { Group } from "./layout.js" */

/** A counter that is shown in each block: its number in the record, its name, and how wide it is at
 * most, in heights of a letter.
 *
 * @typedef {{k: number, name: string, room: number}} BlockCounter
 */
/** What blocks are made for: the processes by name, and what of each is counted.
 *
 * @typedef {{processes: string[], counters: BlockCounter[]}} Blocks
 */

const LETTER = 0.56; // of a height, of a name
const DIGIT = 0.68;

/** Whether a trace has several processes, and so is drawn in blocks; what was saved before there were
 * blocks says of no row whose it is.
 *
 * @param {Trace} trace
 */
export const inBlocks = ({ processes, lives }) => lives !== undefined && (processes?.length ?? 1) > 1;

/** What the blocks of a trace are made for; of one with a single process, nothing.
 *
 * @param {Trace} trace
 * @param {string[]} names of the rss counters; none: no counters are shown
 * @returns {Partial<Blocks>}
 */
export function blocksOf(trace, names) {
  if (!inBlocks(trace)) return {};
  return { processes: trace.processes, counters: names.flatMap((name, k) => counterOf(trace, names.length, name, k)) };
}

/** A counter, if it is not 0 throughout in every process.
 *
 * @param {Trace} trace
 * @param {number} many how many counters a process has
 * @param {string} name
 * @param {number} k
 * @returns {BlockCounter[]}
 */
function counterOf({ initial, steps }, many, name, k) {
  let most = 0;
  for (const { rss } of [initial, ...steps]) for (let at = k; at < rss.length; at += many) most = Math.max(most, rss[at]);
  // The number, by how much it changed with a sign, and what sets it off from the next.
  return most ? [{ k, name, room: name.length * LETTER + (2 * String(most).length + 3) * DIGIT }] : [];
}

/** How a process is called over its block. @param {string} process its name, "" the first one */
export const processName = (process) => (process ? `process ${process}` : "first process");

/** Whether a process is not there yet, there, or has ended: a word for it, "" while it is there.
 *
 * @param {Trace} trace
 * @param {number} process its number
 * @param {number} at the state
 */
export function wordOfLife({ lives }, process, at) {
  const [first, ended] = lives?.[process] ?? [0, null];
  return at < first ? "not yet" : ended !== null && at >= ended ? "ended" : "";
}

/** What a row is, said in the block of its process: not whose, and shortly.
 *
 * @param {Row} row
 */
export const detailInBlock = ({ detail, process }) =>
  (process ? detail.replace(new RegExp(` in ${process}$`), "") : detail);

/** Put rows into groups that share columns: what all have first, each file and the swap slots, then of
 * each process its mappings of a file, and its anonymous memory.
 *
 * @param {Row[]} rows
 * @param {string[]} processes
 * @returns {Group[]}
 */
export function groupsInBlocks(rows, processes) {
  /** @param {string} key @param {string | null} process @param {string | null} file @param {number[]} members @returns {Group} */
  const group = (key, process, file, members) => ({ key, process, file, rows: members,
    unit: key === "swap" ? "slot" : file === null ? "page" : "file page",
    span: Math.max(1, ...members.map((r) => rows[r].column + rows[r].pages)) });
  const shared = [...rows.entries()].flatMap(([r, row]) => (row.role === "mapping" ? []
    : [row.role === "swap" ? group("swap", null, null, [r]) : group(row.id, null, row.id, [r])]));
  return [...shared, ...processes.flatMap((process) => {
    const own = [...rows.keys()].filter((r) => rows[r].process === process);
    const files = [...new Set(own.map((r) => rows[r].file))];
    return files.map((file) => group(file ?? "", process, file, own.filter((r) => rows[r].file === file)));
  })];
}
