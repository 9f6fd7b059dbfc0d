import assert from "node:assert/strict";
import { test } from "node:test";

import { ARROWS, actOn, keyName } from "../../zapviz/view/core/keys.js";
import { SPEED, SPEEDS, faster, nextDue } from "../../zapviz/view/core/pace.js";
import { nextStop, stopIndex, strideStart, within } from "../../zapviz/view/core/stops.js";

const STOPS = [0, 3, 7, 12];

test("the stop of a state is the last one that is not after it", () => {
  assert.deepEqual([0, 1, 2, 3, 6, 7, 11, 12, 99].map((n) => stopIndex(STOPS, n)), [0, 0, 0, 1, 1, 2, 2, 3, 3]);
  assert.equal(stopIndex([0], 5), 0);
});

test("a step leads to the next stop, from between two of them as well", () => {
  assert.deepEqual([0, 3, 5, 7, 12].map((at) => nextStop(STOPS, at, 1)), [3, 7, 7, 12, 12]);
  assert.deepEqual([12, 9, 7, 3, 1, 0].map((at) => nextStop(STOPS, at, -1)), [7, 7, 3, 0, 0, 0]);
});

test("a stride is what led to the state: from the stop before it", () => {
  assert.deepEqual([0, 3, 5, 12].map((at) => strideStart(STOPS, at)), [0, 0, 3, 7]);
});

test("a number is brought between two others", () => {
  assert.deepEqual([-1, 4, 9].map((n) => within(n, 0, 5)), [0, 4, 5]);
});

test("the speed goes up and down one at a time, and not beyond its ends", () => {
  assert.ok(SPEEDS.includes(SPEED));
  assert.equal(faster(500, 1), 250);
  assert.equal(faster(500, -1), 1000);
  assert.equal(faster(SPEEDS[0], -1), SPEEDS[0]);
  assert.equal(faster(100, 1), 100);
});

test("a state is shown for its time; a late one for half of that at least", () => {
  assert.equal(nextDue(1000, 1003, 500), 1500);
  assert.equal(nextDue(1000, 1400, 500), 1650);
  assert.equal(nextDue(1000, 9000, 500), 9250);
});

test("a letter does the same small and large; other keys go by their name", () => {
  assert.deepEqual([keyName("N"), keyName("Enter"), keyName("?")], ["n", "Enter", "?"]);
  let done = 0;
  assert.equal(actOn({ n: () => { done += 1; } }, "N"), true);
  assert.equal(actOn({ n: () => { done += 1; } }, "x"), false);
  assert.equal(done, 1);
  assert.deepEqual(ARROWS.ArrowUp, [0, -1]);
});
