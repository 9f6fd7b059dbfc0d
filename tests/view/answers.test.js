import assert from "node:assert/strict";
import { test } from "node:test";

import { exerciseKey, markSign, markText, nextMark, questionParts, rightOf, scoreText, scoresByClass, signMeanings,
  sittingOf, tallyText } from "../../zapviz/view/core/answers.js";
import { PALETTE, TRACE } from "./sample.js";

/** @import { Exercise, Fate, Solution, Truth } from "../../zapviz/view/types.js" */

/** @param {string} name @param {string} kind @param {Fate} fate @param {Fate | null} answered @returns {Truth} */
const truth = (name, kind, fate, answered = null) =>
  ({ name, kind, after: "none", fate, answered, rule: null, reason: "", function: null, evidence: null, state: 1 });

/** @type {Exercise} */
const EXERCISE = { level: 1, seed: "monday", number: 2, of: 0, origin: 0, title: "", about: "", line: 1, scenario: "...",
  question: "What becomes of each entry in munmap(A)?", statement: "munmap(A)", kernel: { name: "v6.18", title: "" },
  asked: [{ name: "A[0]", at: [1, 0], kind: "anon" }, { name: "A[1]", at: [1, 1], kind: "swap" }], trace: TRACE };
/** @type {Solution} */
const SOLUTION = { score: 0, of: 2, result: "0", trace: TRACE,
  entries: [truth("A[0]", "anon", "zapped"), truth("A[1]", "swap", "kept")] };

test("marks come one after the other, and after the last none", () => {
  /** @type {Fate[]} */
  const fates = ["zapped", "kept", "changed"];
  assert.equal(nextMark(fates, null), "zapped");
  assert.equal(nextMark(fates, "kept"), "changed");
  assert.equal(nextMark(fates, "changed"), null);
});

test("a sign says the mark, and once revealed whether it is right", () => {
  assert.deepEqual(markSign(PALETTE, { mark: null, fate: null }, true), ["?", "zv-mark zv-open"]);
  assert.deepEqual(markSign(PALETTE, { mark: "kept", fate: null }, true), ["K", "zv-mark"]);
  assert.deepEqual(markSign(PALETTE, { mark: "kept", fate: "kept" }, true), ["K\u2713", "zv-mark"]);
  assert.deepEqual(markSign(PALETTE, { mark: "kept", fate: "kept" }, false), ["\u2713", "zv-mark"]);
  assert.deepEqual(markSign(PALETTE, { mark: "kept", fate: "zapped" }, true), ["K\u2260Z", "zv-mark zv-wrong-mark"]);
  assert.deepEqual(markSign(PALETTE, { mark: null, fate: "zapped" }, true), ["?\u2260Z", "zv-mark zv-wrong-mark"]);
  assert.deepEqual(markSign(PALETTE, { mark: null, fate: "zapped" }, false), ["?", "zv-mark zv-wrong-mark"]);
});

test("the same in words", () => {
  assert.equal(markText({ mark: null, fate: null }), "Not marked yet");
  assert.equal(markText({ mark: "kept", fate: null }), "You say: kept");
  assert.equal(markText({ mark: "kept", fate: "kept" }), "You said kept: right");
  assert.equal(markText({ mark: "kept", fate: "zapped" }), "You said kept; it is zapped");
  assert.equal(markText({ mark: null, fate: "zapped" }), "You gave no answer; it is zapped");
});

test("the legend shows one entry of each kind of sign", () => {
  /** @type {{mark: Fate | null, fate: Fate | null}[]} */
  const judged = [{ mark: "kept", fate: "zapped" }, { mark: "zapped", fate: "zapped" }, { mark: null, fate: "kept" },
    { mark: "zapped", fate: "zapped" }];
  assert.deepEqual(signMeanings([0, 1, 2, 3], (id) => judged[id], true),
    [[1, "you said zapped: right"], [0, "you said kept, it is zapped"], [2, "no answer, it is kept"]]);
  assert.deepEqual(signMeanings([2, 0], (id) => judged[id], false), [[0, "you were wrong"], [2, "no answer"]]);
  assert.deepEqual(signMeanings([0, 1], (id) => judged[id], false), [[1, "you were right"], [0, "you were wrong"]]);
  assert.deepEqual(signMeanings([0, 1], (id) => ({ mark: id ? "kept" : null, fate: null }), true), [[0, "not marked yet"]]);
});

test("a sitting keeps the answers, judged if they are revealed", () => {
  const kept = sittingOf(EXERCISE, { "A[0]": "zapped", "A[1]": "zapped" }, SOLUTION);
  assert.deepEqual([kept.score, kept.of, kept.kernel], [1, 2, "v6.18"]);
  assert.deepEqual(kept.entries[1], { name: "A[1]", kind: "swap", answered: "zapped", fate: "kept" });
  const open = sittingOf(EXERCISE, { "A[0]": "zapped" }, null);
  assert.deepEqual([open.score, open.entries[1].answered, open.entries[1].fate], [null, null, null]);
  assert.equal(tallyText([kept, open]), "This sitting: 1 of 4");
  assert.equal(tallyText([]), "");
});

test("right answers are counted, by class of entry too", () => {
  const entries = [truth("A", "anon", "kept", "kept"), truth("B", "anon", "kept", null), truth("C", "swap", "kept", "kept")];
  assert.equal(rightOf(entries).length, 2);
  assert.deepEqual(scoresByClass(entries), [["anon", 1, 2], ["swap", 1, 1]]);
  assert.equal(scoreText(entries), "2 of 3 right.");
  assert.equal(scoreText(rightOf(entries)), "2 of 2 right: all of them.");
});

test("a drawn exercise goes by its place, one of one's own by its text", () => {
  assert.equal(exerciseKey(EXERCISE), "1/monday/2");
  assert.equal(exerciseKey({ ...EXERCISE, number: 0 }), "v6.18/...");
});

test("the statement is set off in the question, where it is in it", () => {
  assert.deepEqual(questionParts(EXERCISE), ["What becomes of each entry in ", "munmap(A)", "?"]);
  assert.deepEqual(questionParts({ ...EXERCISE, question: "Which survive?" }), ["Which survive?", "", ""]);
});
