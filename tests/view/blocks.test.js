import assert from "node:assert/strict";
import { test } from "node:test";

import { blocksOf, groupsInBlocks, wordOfLife } from "../../zapviz/view/core/blocks.js";
import { layOut } from "../../zapviz/view/core/layout.js";
import { sharedIn } from "../../zapviz/view/core/ties.js";
import { readTrace } from "../../zapviz/view/core/trace.js";
import { TRACE, cell, row, step } from "./sample.js";

const file = row({ id: "F", role: "file" });
/** @param {string} id @param {string} process @param {string | null} of */
const mapping = (id, process, of = null) => row({ id, role: "mapping", process, file: of });
const ROWS = [file, mapping("A", "", "F"), mapping("C.A", "C", "F"), mapping("N", ""), mapping("C.N", "C"),
  row({ id: "swap", role: "swap", pages: 2 })];
const COUNTERS = [{ k: 1, name: "anonpages", room: 7 }, { k: 2, name: "swapents", room: 7 }];

/** A trace in whose only state some cells are as given. @param {import("../../zapviz/view/types.js").Cell[]} cells @param {number[][]} held */
const traceOf = (cells, held) => ({ ...TRACE, rows: ROWS, cells, processes: ["", "C"],
  lives: /** @type {[number, number | null][]} */ ([[0, null], [2, 5]]), statements: [], passes: [],
  initial: { ...TRACE.initial, cells: held, rss: new Array(8).fill(0) },
  steps: [step({ rss: [0, 0, 0, 0, 0, 12, 0, 0] })] });

test("what all processes have comes first, then the mappings of each", () => {
  const groups = groupsInBlocks(ROWS, ["", "C"]);
  assert.deepEqual(groups.map((group) => group.rows), [[0], [5], [1], [3], [2], [4]]);
  assert.deepEqual(groups.map((group) => group.process), [null, null, "", "", "C", "C"]);
  assert.deepEqual(groups.map((group) => group.unit), ["file page", "slot", "file page", "page", "file page", "page"]);
});

test("blocks stand in the width that there is, and hold their groups and counters", () => {
  for (const width of [320, 545, 890, 1240]) {
    for (const room of [200, 300, 600]) {
      const { blocks, groups } = layOut(ROWS, { width, room, most: 96, processes: ["", "C"], counters: COUNTERS });
      assert.equal(blocks.length, 2);
      for (const { x, y, w, h, counters, process } of blocks) {
        assert.ok(x + w <= width);
        for (const one of groups.filter(({ group }) => group.process === ["", "C"][process])) {
          assert.ok(one.x === x && one.w <= w && one.y === y && one.h <= h + 4, `${width} ${room}`);
        }
        for (const one of counters) assert.ok(one.x >= 0 && one.x < w && one.y < h);
      }
    }
  }
});

test("a process without mappings has a block, too", () => {
  const { blocks } = layOut([file], { width: 890, processes: ["", "C"], counters: COUNTERS });
  assert.deepEqual(blocks.map(({ process }) => process), [0, 1]);
});

test("a counter that is 0 throughout is not shown", () => {
  const trace = traceOf([cell("none")], []);
  assert.deepEqual(blocksOf(trace, ["filepages", "anonpages", "swapents", "shmempages"]).counters?.map(({ k }) => k), [1]);
  assert.deepEqual(blocksOf(TRACE, ["filepages"]), {});
});

test("a process is not there before its fork and after its exit", () => {
  const trace = traceOf([cell("none")], []);
  assert.deepEqual([1, 2, 4, 5].map((at) => wordOfLife(trace, 1, at)), ["not yet", "", "", "ended"]);
  assert.equal(wordOfLife(trace, 0, 9), "");
});

test("entries that hold one page or one slot name each other; one alone names none", () => {
  const cells = [cell("none"), cell("file", { folio: 3 }), cell("anon", { folio: 12 }), cell("swap", { slot: 1 }),
    cell("slot"), cell("anon", { folio: 8 })];
  const held = [[1, 0, 0, 0], [1, 2, 0, 0], [1, 0, 0, 5], [0, 3, 0, 0], [0, 3, 0, 0], [0, 4]];
  const data = readTrace(traceOf(cells, held));
  const shared = sharedIn(data, data.initial);
  assert.deepEqual(shared.get(0), { sign: "3", words: "The same page as A[0] and C.A[0]" });
  assert.deepEqual(shared.get(8)?.words, "The same page as F[0] and A[0]");
  assert.deepEqual(shared.get(13), { sign: "#1", words: "The same swap slot as C.N[1]" });
  assert.deepEqual(shared.get(21)?.words, "Of N[1] and C.N[1]");
  assert.deepEqual([5, 11].map((id) => shared.has(id)), [false, false]);
});
