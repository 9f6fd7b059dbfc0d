/* A trace (docs/trace.md), unpacked and indexed: any state by its changes, forward and back. */

/** @import { Granularity, Trace } from "../types.js" */

/** @type {Trace} */
export const EMPTY = {
  title: "", scenario: "", kernel: { name: "", title: "" }, rows: [], cells: [], chains: [],
  statements: [], passes: [], initial: { cells: [], sizes: {}, rss: [0, 0, 0, 0], locks: [] },
  opens: 0, steps: [], notes: [],
};

/** @typedef {ReturnType<typeof readTrace>} TraceData */

/** Index a trace so that any state can be reached, forward or back, by its changes.
 *
 * @param {Trace} trace
 */
export function readTrace(trace) {
  const rows = trace.rows;
  /** @type {number[]} */
  const offsets = []; // by row: the id of its first cell
  /** @type {number[]} */
  const owner = []; // by cell id: its row
  for (const [r, row] of rows.entries()) {
    offsets.push(owner.length);
    for (let i = 0; i < row.pages; i++) owner.push(r);
  }
  const total = owner.length;
  const state = new Int32Array(total);
  for (const [r, list] of trace.initial.cells.entries()) {
    for (const [i, cell] of list.entries()) state[offsets[r] + i] = cell;
  }
  const initial = state.slice();
  /** @type {Map<number, number[]>} */
  const history = new Map(); // by cell id: the states after the steps that touched it
  /** @param {number} id @param {number} n */
  const touched = (id, n) => {
    const list = history.get(id);
    if (!list) history.set(id, [n]);
    else if (list[list.length - 1] !== n) list.push(n);
  };
  const sizes = [{ ...trace.initial.sizes }];
  const changes = trace.steps.map((step, index) => {
    /** @type {number[]} */
    const change = []; // id, cell before, cell after; and so on
    for (const [r, i, cell] of step.set) {
      const id = offsets[r] + i;
      change.push(id, state[id], cell);
      state[id] = cell;
      touched(id, index + 1);
    }
    if (step.at && step.verdict) touched(offsets[step.at[0]] + step.at[1], index + 1);
    const before = sizes[index];
    sizes.push(Object.keys(step.sizes ?? {}).length ? { ...before, ...step.sizes } : before);
    return change;
  });
  const last = trace.steps.length;
  const cpus = new Set(trace.steps.map((step) => step.cpu)).size;
  const ends = trace.statements.map((statement) => statement.last);
  /** @type {Record<Granularity, number[]>} */
  const stops = {
    entry: Array.from({ length: last + 1 }, (_, n) => n),
    pass: sortedSet([0, ...ends, ...trace.passes.map((pass) => pass.last), last]),
    statement: sortedSet([0, ...ends, last]),
  };
  return { trace, rows, offsets, owner, total, initial, changes, sizes, last, cpus, stops, history };
}

/** @param {number[]} numbers */
function sortedSet(numbers) {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** @typedef {ReturnType<typeof createCursor>} Cursor */

/** A place in a trace: the cells of the state there, brought to another by its changes.
 *
 * @param {TraceData} data
 */
export function createCursor(data) {
  const state = data.initial.slice();
  let at = 0;
  return {
    state,
    get at() { return at; },
    /** Go to a state; the cells that may look different then. @param {number} n */
    go(n) {
      /** @type {Set<number>} */
      const touched = new Set();
      for (; at < n; at++) {
        const change = data.changes[at];
        for (let k = 0; k < change.length; k += 3) {
          state[change[k]] = change[k + 2];
          touched.add(change[k]);
        }
      }
      for (; at > n; at--) {
        const change = data.changes[at - 1];
        for (let k = change.length - 3; k >= 0; k -= 3) {
          state[change[k]] = change[k + 1];
          touched.add(change[k]);
        }
      }
      return touched;
    },
  };
}

/** The cells that change between two states, the later last.
 *
 * @param {TraceData} data
 * @param {number} from
 * @param {number} to
 */
export function changedCells(data, from, to) {
  /** @type {Set<number>} */
  const cells = new Set();
  for (let n = from; n < to; n++) {
    const change = data.changes[n];
    for (let k = 0; k < change.length; k += 3) cells.add(change[k]);
  }
  return cells;
}

/** Undo pack_trace() in zapviz/view/__init__.py: back to a trace as docs/trace.md has it.
 *
 * @param {string} payload
 * @returns {Trace | null}
 */
export function unpack(payload) {
  if (!payload) return null;
  const { packed, ...trace } = JSON.parse(payload);
  const { words, lists, columns, worded, listed } = packed;
  const names = Object.keys(columns);
  const tables = names.map((name) =>
    (worded.includes(name) ? words : listed.includes(name) ? lists : null));
  const length = names.length ? columns[names[0]].length : 0;
  trace.steps = Array.from({ length }, (_, n) => {
    /** @type {Record<string, unknown>} */
    const step = {};
    for (const [k, name] of names.entries()) {
      const value = columns[name][n];
      step[name] = tables[k] ? tables[k][value] : value;
    }
    return step;
  });
  return trace;
}
