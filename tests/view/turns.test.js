import assert from "node:assert/strict";
import { test } from "node:test";

import { comparedKernels } from "../../zapviz/view/core/kernels.js";
import { cpusOf, lineAt, offersAt, scheduleWith, turnAt, turnsFrom } from "../../zapviz/view/core/turns.js";
import { turn } from "./sample.js";

const TURNS = [turn(0, 4, 5, [0, 1]), turn(1, 5, 5, [0, 1]), turn(1, 5, 7, [0, 1]), turn(0, 7, 8, [0]), turn(-1, 8, 8)];

test("the CPUs are those that take a step or could", () => {
  assert.deepEqual(cpusOf(TURNS), [0, 1]);
  assert.deepEqual(cpusOf([turn(2, 0, 1, [2, 0])]), [0, 2]);
  assert.deepEqual(cpusOf([]), []);
});

test("a CPU that goes first leaves the rest as it was", () => {
  assert.deepEqual(scheduleWith(TURNS, 0, 1), [1, 0, 1, 0]);
  assert.deepEqual(scheduleWith(TURNS, 1, 0), [0, 0, 1, 1]);
  assert.deepEqual(scheduleWith(TURNS, 2, 0), [0, 1, 0, 1]);
  assert.deepEqual(scheduleWith(TURNS, 3, 1), [0, 1, 1, 1, 0]); // a step more than it had
});

test("a state stands before a turn or in it, and at the end at the last one", () => {
  assert.deepEqual([3, 4, 5, 6, 7, 8, 9].map((at) => turnAt(TURNS, at)), [-1, 0, 2, 2, 3, 4, -1]);
});

test("turns of which nothing is seen begin at the same state", () => {
  assert.deepEqual(turnsFrom(TURNS, 5), [1, 2]);
  assert.deepEqual(turnsFrom(TURNS, 6), []);
});

test("offered is what another CPU could do", () => {
  assert.deepEqual(offersAt(TURNS[0]).map((one) => one.cpu), [1]);
  assert.deepEqual(offersAt(TURNS[3]), []);
});

test("a state goes with the line of the turn that led to it", () => {
  assert.deepEqual([4, 5, 6, 7].map((at) => lineAt(TURNS, at)), [0, 14, 15, 15]);
});

test("a comparison begins with what was compared last, or what the text names", () => {
  const given = { before: ["b"], named: ["n"], shown: "s", old: "o", newest: "z" };
  assert.deepEqual([...comparedKernels(given)], ["b", "s"]);
  assert.deepEqual([...comparedKernels({ ...given, before: [] })], ["n", "s"]);
  assert.deepEqual([...comparedKernels({ ...given, before: [], named: [] })], ["o", "s"]);
  assert.deepEqual([...comparedKernels({ ...given, before: [], named: [], shown: "o" })], ["z", "o"]);
});
