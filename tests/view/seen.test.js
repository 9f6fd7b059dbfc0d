/* What is said of steps beside a kernel that was watched. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { seenText, sourceText } from "../../zapviz/view/core/telling.js";

const ON = { name: "6.12", release: "6.12.117, recorded on 2026-11-29", agrees: true };
/** @param {(boolean | null)[]} seen @returns {any} */
const traceOf = (...seen) => ({ seen_on: ON, steps: seen.map((one) => ({ seen: one })) });

test("a step was seen, was not, or changes no entry", () => {
  const trace = traceOf(true, false, null);
  assert.equal(seenText(trace, 0, 1), "\u2713 seen at this very place on 6.12");
  assert.equal(seenText(trace, 1, 2), "\u2717 not so on 6.12");
  assert.match(seenText(trace, 2, 3), /changes no entry/);
});

test("several steps are counted, those that change no entry left out", () => {
  assert.equal(seenText(traceOf(true, null, true), 0, 3), "\u2713 all 2 changes seen in this order on 6.12");
  assert.equal(seenText(traceOf(true, false, true), 0, 3), "\u2717 1 of 3 changes not so on 6.12");
});

test("the beginning names the release, and a trace that nobody watched nothing", () => {
  assert.equal(seenText(traceOf(true), 0, 0), `Beside Linux ${ON.release}`);
  /** @type {any} */
  const plain = { steps: [{}] };
  assert.equal(seenText(plain, 0, 1), "");
});

test("what was seen stands in place of the rule's evidence", () => {
  /** @type {any} */
  const step = { source: "zap()", rule: "r", evidence: "seen on 6.1" };
  assert.equal(sourceText(step), "zap()  \u00b7  rule r  \u00b7  seen on 6.1");
  assert.equal(sourceText(step, "here"), "zap()  \u00b7  rule r  \u00b7  here");
});
