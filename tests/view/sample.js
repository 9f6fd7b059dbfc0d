/* A small trace and a palette for the tests of what is arithmetic. */

/** @import { Cell, CellKind, Palette, Row, Step, StepVerdict, Trace, Turn } from "../../zapviz/view/types.js" */

/** @param {Partial<Row> & {id: string, role: Row["role"]}} row @returns {Row} */
export const row = (row) => ({ label: row.id, detail: "", file: null, column: 0, pages: 4, ...row });

/** @param {CellKind} kind @param {Partial<Cell>} more @returns {Cell} */
export const cell = (kind, more = {}) =>
  ({ kind, flags: [], folio: null, slot: null, data: null, text: `a ${kind}`, ...more });

/** @param {Partial<Step>} step @returns {Step} */
export const step = (step) => ({
  statement: 0, pass: null, kind: "map", at: null, before: null, after: null, verdict: null,
  title: "a step", reason: null, rule: null, evidence: null, source: null, chain: 0, function: "f",
  locks: [], rss: [0, 0, 0, 0], set: [], sizes: {}, cpu: 0, result: null,
  wrong: null, ...step });

/** @param {number} n the cell of A @param {StepVerdict} verdict @param {string} reason */
const zap = (n, verdict, reason) => step({ statement: 2, pass: 0, kind: "zap", at: [1, n], verdict, reason,
  function: "zap_pte_range", title: `zap A[${n}]`, set: verdict === "zapped" ? [[1, n, 0]] : [] });

/** A file of four pages and a mapping of it, whose last statement truncates it.
 *
 * State 4 is that after the statements that set up; 5 begins the call, 6 to 8 decide entries.
 *
 * @type {Trace}
 */
export const TRACE = {
  title: "a sample", scenario: "F = shmem(4)\nA = mmap(F)\nread(A[0:3])\nftruncate(F, 0)\n",
  kernel: { name: "v6.12", title: "" },
  rows: [row({ id: "F", role: "file" }), row({ id: "A", role: "mapping", file: "F" })],
  cells: [cell("none"), cell("file"), cell("anon", { data: 7, flags: ["dirty", "uffd_wp"] })],
  chains: [["f"]],
  statements: [
    { line: 1, text: "F = shmem(4)", result: "0", ok: true, first: 1, last: 1, verdict: null, where: "" },
    { line: 3, text: "read(A[0:3])", result: "0", ok: true, first: 2, last: 4, verdict: null, where: "" },
    { line: 4, text: "ftruncate(F, 0)", result: "0", ok: true, first: 5, last: 8, verdict: null, where: "" },
    { line: 6, text: "assert A[0] is none", result: "holds", ok: true, first: 9, last: 9, verdict: "holds", where: "" },
  ],
  passes: [{ statement: 2, title: "unmap_mapping_range(F)", first: 6, last: 8,
    details: { even_cows: true, file: null }, zaps: true }],
  initial: { cells: [[0, 0, 0, 0], [0, 0, 0, 0]], sizes: { F: null }, rss: [0, 0, 0, 0], locks: [] },
  steps: [
    step({ set: [[0, 0, 1], [0, 1, 1], [0, 2, 1]], sizes: { F: 16384 }, result: "0" }),
    step({ statement: 1, set: [[1, 0, 1]], at: [1, 0], verdict: "installed", kind: "fault" }),
    step({ statement: 1, set: [[1, 1, 2]], at: [1, 1], verdict: "installed", kind: "fault" }),
    step({ statement: 1, set: [[1, 2, 1]], at: [1, 2], verdict: "installed", kind: "fault", result: "0" }),
    step({ statement: 2, kind: "begin", sizes: { F: 0 } }),
    zap(0, "zapped", "It maps a page of the file."),
    zap(1, "kept", "A private page."),
    { ...zap(2, "zapped", "It maps a page of the file."), result: "0" },
    step({ statement: 3, kind: "check", verdict: "holds", result: "holds" }),
  ],
  opens: 8, notes: [],
};

/** A palette as far as the tests need it. @type {Palette} */
export const PALETTE = {
  families: {},
  classes: {
    none: { family: "absent", letter: ".", drawn: "\u00b7", name: "none", meaning: "nothing" },
    anon: { family: "present", letter: "A", drawn: "A", name: "private page", meaning: "a copy" },
    swap: { family: "swap", letter: "S", drawn: "S", name: "swap entry", meaning: "in a slot" },
  },
  flags: { dirty: ["d", "dirty"], uffd_wp: ["u", "write-protected"] },
  corner: ["uffd_wp"],
  signs: { zapped: "x", kept: "=", changed: ">", installed: "+" },
  checks: { holds: "v", fails: "x", undecided: "?" },
  counters: ["filepages", "anonpages", "swapents", "shmempages"],
  fates: { zapped: { letter: "Z", meaning: "" }, kept: { letter: "K", meaning: "" },
    changed: { letter: "C", meaning: "" } },
  verdicts: {},
  glossary: [
    { words: ["even_cows"], plain: "Whether private pages go.", kernel: "A field.", label: false },
    { words: ["swap entry", "swap"], plain: "The page is elsewhere.", kernel: "swp_entry_t.", label: false },
    { words: ["none"], plain: "Nothing.", kernel: "pte_none().", label: true },
    { words: ["zap"], plain: "To take entries out.", kernel: "zap_pte_range().", label: false },
  ],
  themes: { light: { background: "#fff", band: "#eee", text: "#000", muted: "#333", line: "#444", outline: "#555",
    selected: "#666", edge: "#777", beyond: "#888",
    inks: { anon: { fill: "#00f", text: "#fff", border: "#001", dashed: true } } } },
};

/** @param {number} cpu @param {number} before @param {number} after @param {number[]} open @returns {Turn} */
export const turn = (cpu, before, after, open = []) => ({ cpu, line: 10 + before, before, after,
  open: open.map((one) => ({ cpu: one, text: "", doing: `CPU${one} goes on`, waits: false })) });
