import assert from "node:assert/strict";
import { test } from "node:test";

import { motionsOf } from "../../zapviz/view/core/motions.js";
import { tiePath, tiedTo } from "../../zapviz/view/core/ties.js";
import { createCursor, readTrace } from "../../zapviz/view/core/trace.js";
import { TRACE, cell, row, step } from "./sample.js";

const [NONE, PAGE, FREE, MAPPED, COPY, SWAPPED, SLOT, TAKEN, MIGRATES, MOVED] = Array.from({ length: 10 }, (_, n) => n);

/** A file, a mapping of it and the swap slots; each step changes one page. */
const data = readTrace({
  ...TRACE,
  rows: [row({ id: "F", role: "file", pages: 2 }), row({ id: "A", role: "mapping", file: "F", pages: 2 }),
    row({ id: "swap", role: "swap", pages: 2 })],
  cells: [cell("none"), cell("file", { folio: 4 }), cell("free"), cell("file", { folio: 4 }),
    cell("anon", { folio: 5 }), cell("swap", { slot: 1 }), cell("slot"), cell("anon", { folio: 6 }),
    cell("migration", { folio: 6 }), cell("anon", { folio: 7 })],
  statements: [], passes: [],
  initial: { cells: [[NONE, PAGE], [NONE, NONE], [FREE, FREE]], sizes: {}, rss: [0, 0, 0, 0], locks: [] },
  steps: [
    step({ set: [[1, 1, MAPPED]] }),
    step({ set: [[1, 1, COPY]] }),
    step({ set: [[1, 1, SWAPPED], [2, 1, SLOT]] }),
    step({ set: [[1, 1, TAKEN], [2, 1, FREE]] }),
    step({ set: [[1, 1, MIGRATES]] }),
    step({ set: [[1, 1, MOVED]] }),
    step({ set: [[1, 1, NONE]] }),
  ],
});
const [PAGE_1, A_1, SLOT_1] = [1, 3, 5];

/** What is tied to A[1] in a state. @param {number} n */
function tied(n) {
  const cursor = createCursor(data);
  cursor.go(n);
  return tiedTo(data, cursor.state, A_1);
}

/** @param {number} start @param {number} at */
function motions(start, at) {
  const cursor = createCursor(data);
  cursor.go(at);
  return motionsOf(data, cursor.state, start, at);
}

test("an entry is tied to its page and to its slot, and to nothing of another folio", () => {
  assert.deepEqual([tied(0), tied(1), tied(2), tied(3), tied(4)], [[], [PAGE_1], [], [SLOT_1], []]);
});

test("a page comes from the cache, a copy from the page that it is of", () => {
  assert.deepEqual(motions(0, 1), [{ from: PAGE_1, to: A_1, cell: MAPPED }]);
  assert.deepEqual(motions(1, 2), [{ from: PAGE_1, to: A_1, cell: COPY }]);
  assert.deepEqual(motions(0, 2), [{ from: PAGE_1, to: A_1, cell: COPY }]);
});

test("what is swapped goes to its slot, and comes back from it", () => {
  assert.deepEqual(motions(2, 3), [{ from: A_1, to: SLOT_1, cell: COPY }]);
  assert.deepEqual(motions(3, 4), [{ from: SLOT_1, to: A_1, cell: TAKEN }]);
});

test("an entry under migration stays where it is, and becomes that of the new folio in place", () => {
  assert.deepEqual(motions(4, 5), []);
  assert.deepEqual(motions(5, 6), [{ from: A_1, to: A_1, cell: MIGRATES }]);
});

test("what is zapped goes away", () => {
  assert.deepEqual(motions(6, 7), [{ from: A_1, to: null, cell: MOVED }]);
});

test("a line between cells of a column goes beside them, any other between the sides that face", () => {
  assert.equal(tiePath({ x: 0, y: 0 }, { x: 0, y: 50 }, 40), "M40 20C54 20 54 70 40 70");
  assert.equal(tiePath({ x: 0, y: 0 }, { x: 100, y: 50 }, 40), "M40 20C70 20 70 70 100 70");
  assert.equal(tiePath({ x: 100, y: 0 }, { x: 0, y: 0 }, 40), "M100 20C70 20 70 20 40 20");
});
