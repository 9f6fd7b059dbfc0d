import assert from "node:assert/strict";
import { test } from "node:test";

import { causeText, frameStops, partingTexts } from "../../zapviz/view/core/frames.js";
import { completeView, onlyDiffering, outerAxes, putAxis, readTable, shownGroups, wordsIn } from "../../zapviz/view/core/pivot.js";
import { PALETTE, TRACE } from "./sample.js";

/** @import { Comparison, Parting, TableData } from "../../zapviz/view/types.js" */

// Two entries in one mapping on one path; the kernels differ in the second.
const TEXTS = ["", "zapped", "kept", "none", "0", "Why.", "rule", "f()", "seen", "kept ~", "pass", "not possible", "-"];
/** @type {TableData} */
const DATA = {
  entry: [["file", "file page", "file"], ["swap", "swap entry", "swap"]],
  mapping: [["private", "a private mapping"]],
  path: [["punch", "hole punch", "fallocate()", "a hole"]],
  kernel: [["v1", "old"], ["v2", "new"]],
  view: { rows: "entry", columns: "path", entry: ["file"], mapping: ["private"], path: ["punch"], kernel: ["v1"], only: false },
  notes: [["~", "it never returns"]],
  places: [[0, 0, 0], [1, 0, 0]],
  texts: TEXTS,
  decisions: [[1, 1, 3, 4, 0, 5, 6, 7, 8], [9, 2, 3, 4, 1, 5, 6, 7, 8, 10, 1, 10, 2], [12, 11, 0, 0, 0, 5, 0, 0, 0]],
  scenarios: [[5], [10, 5]],
  cells: [0, 0, 0, 0, 0, 1, 1, 1],
};
const table = readTable(DATA);
const all = completeView(table, {});
const at = { entry: "swap", mapping: "private", path: "punch", kernel: "v2" };

test("a cell is found by its four ids, and says all that is known of it", () => {
  const cell = table.cell(at);
  assert.deepEqual(cell, { ...at, word: "kept ~", verdict: "kept", after: "none", result: "0", waits: true,
    reason: "Why.", rule: "rule", source: "f()", evidence: "seen", passes: [["pass", "zapped"], ["pass", "kept"]],
    title: "swap entry, a private mapping: hole punch",
    scenario: "# swap entry: hole punch\n# a private mapping\npass\nWhy.\n" });
  assert.equal(table.cell({ ...at, entry: "anon" }), null);
  assert.equal(table.cell({ ...at, kernel: "v3" }), null);
});

test("a view is completed: what is unknown is left out, what is empty is all", () => {
  assert.deepEqual(all, { rows: "entry", columns: "path", entry: ["file", "swap"], mapping: ["private"],
    path: ["punch"], kernel: ["v1", "v2"], only: false });
  assert.deepEqual(completeView(table, { entry: ["swap", "anon"], kernel: [] }).entry, ["swap"]);
  assert.equal(completeView(table, { rows: "path", columns: "path" }).columns, "entry");
  assert.equal(completeView(table, { rows: "kernel", columns: "kernel" }).columns, "path");
});

test("where a child has a share, the owner is an axis like the others, and named in the scenario", () => {
  const owner = [["alone", "not shared", "one process", ""], ["child", "the child's", "of two", ", shared"]];
  const shared = readTable({ ...DATA, owner, places: [[1, 0, 0, 0], [1, 0, 0, 1]] });
  assert.deepEqual(table.shown, ["entry", "mapping", "path", "kernel"]);
  assert.deepEqual(shared.shown, ["entry", "mapping", "path", "owner", "kernel"]);
  assert.deepEqual(completeView(shared, { owner: ["child"] }).owner, ["child"]);
  assert.deepEqual(outerAxes(completeView(shared, {})), ["kernel", "owner", "mapping"]);
  const cell = shared.cell({ ...at, kernel: "v1", owner: "child" });
  assert.equal(cell?.title, "swap entry, a private mapping, the child's: hole punch");
  assert.equal(cell?.scenario, "# swap entry: hole punch\n# a private mapping, shared\npass\nWhy.\n");
  assert.equal(shared.cell({ ...at, owner: "alone" })?.scenario.split("\n")[1], "# a private mapping");
  assert.equal(shared.cell(at), null);
});

test("an axis that is put where another is changes places with it", () => {
  assert.deepEqual(putAxis(all, "rows", "kernel"), { rows: "kernel" });
  assert.deepEqual(putAxis(all, "rows", "path"), { rows: "path", columns: "entry" });
});

test("what differs is shown between all kernels, side by side", () => {
  assert.deepEqual(onlyDiffering(table, { ...all, kernel: ["v1"] }), { only: true, kernel: ["v1", "v2"], columns: "kernel" });
  assert.deepEqual(onlyDiffering(table, { ...all, rows: "kernel" }), { only: true });
  const groups = shownGroups(table, completeView(table, { ...all, ...onlyDiffering(table, all) }));
  assert.deepEqual(groups.map(({ group, rows }) => [group, rows.map((row) => row.id)]),
    [[{ path: "punch", mapping: "private" }, ["swap"]]]);
});

test("there is a group of rows for each value that goes neither down nor across", () => {
  assert.deepEqual(outerAxes(all), ["kernel", "mapping"]);
  const groups = shownGroups(table, all);
  assert.deepEqual(groups.map(({ group }) => group.kernel), ["v1", "v2"]);
  assert.deepEqual(wordsIn(groups).words, ["zapped", "zapped", "zapped", "kept ~"]);
  assert.deepEqual([...wordsIn(groups).verdicts], ["zapped", "kept"]);
});

test("rows of which nothing is possible are left out, and groups without any", () => {
  const impossible = readTable({ ...DATA, cells: [2, 0, 2, 0, 0, 1, 2, 1] });
  const groups = shownGroups(impossible, all);
  assert.deepEqual(groups.map(({ group, rows }) => [group.kernel, rows.map((row) => row.id)]), [["v1", ["swap"]]]);
});

/** @type {Parting} */
const PARTING = { frame: 2, statement: 1, line: 3, text: "", groups: [[0], [1]], counters: { swapents: [1, 0] },
  sizes: { F: [0, null] }, results: ["0", "EINVAL"], causes: [], beside: [],
  entries: [0, 1, 2, 3, 4].map((page) => ({ row: "A", page, kinds: ["swap", "none"], data: [null, null] })) };

test("a comparison stops where any of its traces ends a statement or a pass", () => {
  /** @type {Comparison} */
  const comparison = { same: false, in_turn: false, kernels: [], parts: null, partings: [],
    frames: [[0, 0], [1, 1], [4, 4], [7, 4], [8, 8], [9, 9]], statements: [null, 0, 1, 2, 2, 3],
    differences: [] };
  assert.deepEqual(frameStops(comparison, [TRACE, TRACE]),
    { entry: [0, 1, 2, 3, 4, 5], statement: [0, 1, 2, 4, 5], pass: [0, 1, 2, 4, 5] });
  const [pass] = TRACE.passes;
  const early = { ...TRACE, passes: [{ ...pass, last: 7 }] };
  assert.deepEqual(frameStops(comparison, [early, TRACE]).pass, [0, 1, 2, 3, 4, 5]);
  const still = { ...TRACE, passes: [{ ...pass, last: 4 }] }; // it ended before, and stays where it is
  assert.deepEqual(frameStops(comparison, [TRACE, still]).pass, [0, 1, 2, 4, 5]);
});

test("a parting names three entries, else counters and sizes, else results", () => {
  assert.deepEqual(partingTexts(PALETTE, PARTING),
    ["A[0] swap entry | none", "A[1] swap entry | none", "A[2] swap entry | none", "2 more entries"]);
  assert.deepEqual(partingTexts(PALETTE, { ...PARTING, entries: [] }), ["swapents 1 | 0", "i_size of F 0 | "]);
  assert.deepEqual(partingTexts(PALETTE, { ...PARTING, entries: [], counters: {}, sizes: {} }), ["it gives 0 | EINVAL"]);
});

test("a cause is a commit and its release, or somebody's own patch", () => {
  const cause = { rule: "r", since: "v5.18", commit: "5abfd71d936a", sentence: "", patches: [] };
  assert.equal(causeText(cause), "5abfd71d936a, v5.18");
  assert.equal(causeText({ ...cause, patches: ["mine"] }), "the patch of mine");
});
