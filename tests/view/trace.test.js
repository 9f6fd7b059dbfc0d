import assert from "node:assert/strict";
import { test } from "node:test";

import { cellName, cellOfStep, edgeOfRow, idOf, neighbourOf, placeOf, touchFrom } from "../../zapviz/view/core/places.js";
import { samePlace } from "../../zapviz/view/core/states.js";
import { EMPTY, changedCells, createCursor, readTrace, unpack } from "../../zapviz/view/core/trace.js";
import { TRACE, row, step } from "./sample.js";

const data = readTrace(TRACE);

test("any state is reached, forward and back, by the changes of the steps", () => {
  const cursor = createCursor(data);
  const states = [[...cursor.state]];
  for (let n = 1; n <= data.last; n++) {
    cursor.go(n);
    states.push([...cursor.state]);
  }
  assert.deepEqual(states[1], [1, 1, 1, 0, 0, 0, 0, 0]);
  assert.deepEqual(states[4], [1, 1, 1, 0, 1, 2, 1, 0]);
  assert.deepEqual(states[9], [1, 1, 1, 0, 0, 2, 0, 0]);
  for (const [from, to] of [[9, 0], [0, 4], [4, 8], [8, 1], [1, 9]]) {
    cursor.go(from);
    cursor.go(to);
    assert.deepEqual([...cursor.state], states[to]);
    assert.equal(cursor.at, to);
  }
});

test("going to a state names the cells that may look different, and no other", () => {
  const cursor = createCursor(data);
  assert.deepEqual([...cursor.go(2)], [0, 1, 2, 4]);
  assert.deepEqual([...cursor.go(2)], []);
  assert.deepEqual([...cursor.go(1)], [4]);
  assert.deepEqual([...changedCells(data, 2, 6)], [5, 6, 4]);
});

test("each granularity stops at the ends of what it is named after", () => {
  assert.deepEqual(data.stops.entry, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(data.stops.pass, [0, 1, 4, 8, 9]);
  assert.deepEqual(data.stops.statement, [0, 1, 4, 8, 9]);
});

test("the size of a file holds until a step changes it", () => {
  assert.deepEqual(data.sizes.map((sizes) => sizes.F), [null, 16384, 16384, 16384, 16384, 0, 0, 0, 0, 0]);
});

test("an empty trace has one state", () => {
  const empty = readTrace(EMPTY);
  assert.equal(empty.last, 0);
  assert.deepEqual(empty.stops, { entry: [0], pass: [0], statement: [0] });
});

test("a packed trace comes out as it went in", () => {
  const steps = [step({ title: "one", locks: ["a"] }), step({ title: "two", locks: ["a"] })];
  const names = Object.keys(steps[0]);
  const columns = Object.fromEntries(names.map((name) => [name, steps.map((one) => Object(one)[name])]));
  columns.title = [0, 1];
  columns.locks = [0, 0];
  const packed = { worded: ["title"], listed: ["locks"], words: ["one", "two"], lists: [["a"]], columns };
  assert.deepEqual(unpack(JSON.stringify({ title: "t", packed })), { title: "t", steps });
  assert.deepEqual(unpack(JSON.stringify({ packed: { ...packed, columns: {} } })), { steps: [] });
  assert.equal(unpack(""), null);
});

test("an entry goes by its row and its index in it", () => {
  assert.equal(cellName(data, 5), "A[1]");
  assert.deepEqual(placeOf(data, 5), ["A", 1]);
  assert.equal(placeOf(data, null), null);
  assert.equal(idOf(data, ["A", 1]), 5);
  for (const [name, index] of [["A", 4], ["A", -1], ["B", 0]]) {
    assert.equal(idOf(data, [String(name), Number(index)]), null);
  }
  assert.equal(cellOfStep(data, TRACE.steps[6]), 5);
  assert.equal(cellOfStep(data, TRACE.steps[0]), null);
  assert.equal(cellOfStep(data, null), null);
});

test("the steps that touched an entry are gone through in both directions", () => {
  assert.deepEqual(data.history.get(5), [3, 7]);
  assert.equal(touchFrom(data, 5, 0, 1), 3);
  assert.equal(touchFrom(data, 5, 3, 1), 7);
  assert.equal(touchFrom(data, 5, 7, 1), undefined);
  assert.equal(touchFrom(data, 5, 7, -1), 3);
  assert.equal(touchFrom(data, 7, 5, -1), undefined);
});

test("an arrow key leads to the nearest entry in its direction, or nowhere", () => {
  const places = [[0, 0], [10, 0], [20, 0], [0, 10], [20, 10]].map(([x, y]) => ({ x, y }));
  assert.equal(neighbourOf(places, 0, 1, 0), 1);
  assert.equal(neighbourOf(places, 0, 1, 0, (id) => id !== 1), 2);
  assert.equal(neighbourOf(places, 1, 0, 1), 3);
  assert.equal(neighbourOf(places, 2, 0, 1), 4);
  assert.equal(neighbourOf(places, 4, 1, 0), 4);
  assert.deepEqual([edgeOfRow(data, 5, false), edgeOfRow(data, 5, true)], [4, 7]);
});

test("another trace is shown at the statement that was being shown", () => {
  const longer = { ...TRACE, statements: [{ ...TRACE.statements[0], text: "N = anon(1)" },
    ...TRACE.statements.map((one) => ({ ...one, first: one.first + 1, last: one.last + 1 }))] };
  assert.equal(samePlace(TRACE, longer, 6), 7);
  assert.equal(samePlace(TRACE, longer, 8), 9); // the end stays the end
  assert.equal(samePlace(TRACE, longer, 0), 0);
  assert.equal(samePlace(null, longer, 6), 0);
  const twice = { ...TRACE, statements: [TRACE.statements[0], ...TRACE.statements, TRACE.statements[2]] };
  twice.statements[5] = { ...TRACE.statements[2], first: 20, last: 24 };
  assert.equal(samePlace(TRACE, twice, 6), 6); // the nearer of the two
  const other = { ...TRACE, statements: [{ ...TRACE.statements[0], text: "X = anon(1)" }] };
  assert.equal(samePlace(TRACE, other, 6), 1);
});

test("rows of no page have no cell", () => {
  const none = readTrace({ ...EMPTY, rows: [row({ id: "F", role: "file", pages: 0 }), row({ id: "N", role: "mapping" })],
    initial: { ...EMPTY.initial, cells: [[], [0, 0, 0, 0]] } });
  assert.deepEqual([none.total, none.offsets], [4, [0, 0]]);
});
