import assert from "node:assert/strict";
import { test } from "node:test";

import { classLook, lookOf, paletteRules, verdictText } from "../../zapviz/view/core/looks.js";
import { START_HINT, decisions, functionsOf, reasonTexts, strideText, verdictsAt } from "../../zapviz/view/core/strides.js";
import { called, contextText, lineMark, outcomeOf, passText, sourceText, statementAtLine, tallyOf, wrongCells, wrongSteps }
  from "../../zapviz/view/core/telling.js";
import { readTrace } from "../../zapviz/view/core/trace.js";
import { PALETTE, TRACE, cell, step } from "./sample.js";

const data = readTrace(TRACE);

test("what is decided is an entry, with a verdict that has a sign", () => {
  assert.deepEqual(decisions(PALETTE, data, 0, 9), [2, 3, 4, 6, 7, 8]);
  assert.deepEqual(decisions(PALETTE, data, 4, 7), [6, 7]);
});

test("one step shows its verdict, whatever it is; many those of zaps alone", () => {
  assert.deepEqual(verdictsAt(PALETTE, data, [2]), [[4, "installed"]]);
  assert.deepEqual(verdictsAt(PALETTE, data, [2, 3, 6, 7]), [[4, "zapped"], [5, "kept"]]);
});

test("a stride gives the reason of each verdict once, and the functions that decided", () => {
  assert.equal(strideText(PALETTE, data, 4, 8), "Zapped: It maps a page of the file.\nKept: A private page.");
  assert.equal(strideText(PALETTE, data, 4, 5), "");
  assert.deepEqual(functionsOf(data, [6, 7, 8]), ["zap_pte_range"]);
  const cached = readTrace({ ...TRACE, steps: TRACE.steps.map((one, k) => (k === 5 ? { ...one, kind: "cache" } : one)) });
  assert.deepEqual(functionsOf(cached, [6]), []);
  assert.equal(strideText(PALETTE, cached, 4, 7), "Kept: A private page.");
});

test("room is kept for every reason that the strides can give", () => {
  assert.deepEqual(reasonTexts(PALETTE, data, "entry").length, 1 + data.last);
  assert.equal(reasonTexts(PALETTE, data, "statement")[0], START_HINT);
  assert.equal(reasonTexts(PALETTE, data, "statement")[3], strideText(PALETTE, data, 4, 8));
});

test("the pass is told, and what its call has done so far", () => {
  assert.equal(contextText(PALETTE, data, 7),
    "Pass: unmap_mapping_range(F)  \u00b7  zap_details even_cows = 1, file = NULL\nSo far in this call: 1 zapped, 1 kept");
  assert.match(contextText(PALETTE, data, 8), /In this call: 2 zapped, 1 kept {2}\u00b7 {2}It returns 0$/);
  assert.equal(contextText(PALETTE, data, 1), "");
  assert.equal(contextText(PALETTE, data, 9), "");
});

test("a step of another statement in between is not counted", () => {
  const steps = TRACE.steps.map((one, k) => (k === 6 ? { ...one, statement: 1 } : one));
  assert.match(contextText(PALETTE, readTrace({ ...TRACE, steps }), 8), /In this call: 2 zapped {2}/);
});

test("how a call ends is told: by a signal, or never", () => {
  /** @param {string} result */
  const ended = (result) => readTrace({ ...TRACE,
    steps: TRACE.steps.map((one, k) => (k === 3 ? { ...one, result } : one)) });
  assert.match(contextText(PALETTE, ended("SIGBUS"), 4), /It raises SIGBUS/);
  assert.match(contextText(PALETTE, ended("BLOCKED"), 4), /It never returns/);
});

test("a pass without details has none, one that zaps nothing tells none", () => {
  const [pass] = TRACE.passes;
  assert.equal(passText({ ...pass, details: null }), "unmap_mapping_range(F)  \u00b7  zap_details NULL");
  assert.equal(passText({ ...pass, zaps: false }), "unmap_mapping_range(F)");
  assert.equal(passText({ ...pass, details: {} }), "unmap_mapping_range(F)");
});

test("the source is told with the rule and what is known of it", () => {
  assert.equal(sourceText(step({ source: "f(), mm/memory.c", rule: "r", evidence: "seen on 6.12" })),
    "f(), mm/memory.c  \u00b7  rule r  \u00b7  seen on 6.12");
  assert.equal(sourceText(step({})), "");
});

test("of several CPUs the title says which one it was", () => {
  const race = readTrace({ ...TRACE, statements: [{ ...TRACE.statements[0], text: "def CPU1():" }],
    steps: [step({ cpu: 0 }), step({ cpu: 1 })] });
  assert.equal(called(race, race.trace.steps[1], "t"), "CPU1: t");
  assert.equal(called(data, TRACE.steps[0], "t"), "t");
});

test("an assertion's line says whether it holds; the others that they were run", () => {
  const [plain, , , check] = TRACE.statements;
  assert.equal(lineMark(plain), "zv-done");
  assert.equal(lineMark(check), "zv-holds");
  assert.equal(lineMark({ ...check, verdict: "fails" }), "zv-fails");
  assert.equal(lineMark({ ...check, verdict: "undecided" }), "zv-done"); // one order cannot decide it
});

test("how many hold is known from the start; one order leaves some open", () => {
  const [plain, , , check] = TRACE.statements;
  assert.deepEqual(tallyOf(PALETTE, TRACE), ["v 1 of 1 hold", "holds"]);
  assert.deepEqual(tallyOf(PALETTE, { ...TRACE, statements: [plain] }), ["", ""]);
  const open = { ...check, verdict: /** @type {const} */ ("undecided") };
  assert.deepEqual(tallyOf(PALETTE, { ...TRACE, statements: [check, open, { ...check, verdict: "fails" }] }),
    ["x 1 of 3 hold, 1 not decided by one order", "fails"]);
  assert.equal(outcomeOf(readTrace({ ...TRACE, statements: [plain, plain, plain, open] }), TRACE.steps[8]), "undecided");
  assert.equal(outcomeOf(data, TRACE.steps[6]), "kept");
});

test("an entry is wrong from the step to blame to the assertion that fails", () => {
  const failing = TRACE.statements.map((one) => (one.verdict ? { ...one, blame: [7] } : one));
  const steps = TRACE.steps.map((one, k) => (k === 6 ? { ...one, wrong: "kept: line 6 will fail because of it" } : one));
  const wrong = readTrace({ ...TRACE, statements: failing, steps });
  assert.deepEqual([6, 7, 9].map((at) => wrongCells(wrong, at)), [[], [5], [5]]);
  assert.deepEqual(wrongSteps(wrong.trace), [[7, "kept: line 6 will fail because of it"]]);
  assert.deepEqual(wrongCells(data, 9), []);
});

test("a line leads to its statement, or to the next one", () => {
  assert.deepEqual([1, 2, 3, 5, 99].map((line) => statementAtLine(TRACE.statements, line).line), [1, 3, 3, 6, 6]);
});

test("a cell looks as the palette says, with what it holds written small", () => {
  assert.deepEqual(lookOf(PALETTE, TRACE.cells[2]),
    { kind: "anon", letter: "A", mark: "7", corner: "u", name: "private page", text: "a anon" });
  assert.equal(lookOf(PALETTE, cell("none")).letter, "\u00b7");
  assert.equal(lookOf(PALETTE, cell("swap", { slot: 3, data: 1 })).mark, "#3");
  assert.equal(lookOf(PALETTE, cell("migration", { flags: ["anon"] })).mark, "anon");
  assert.equal(lookOf(PALETTE, cell("migration")).mark, "file");
  assert.equal(classLook(PALETTE, "anon").text, "a copy");
});

test("a verdict has its sign", () => {
  assert.deepEqual([verdictText(PALETTE, "kept"), verdictText(PALETTE, "holds"), verdictText(PALETTE, null)],
    ["= kept", "v holds", ""]);
});

test("each theme's colours hold for the view's element alone", () => {
  const [own, ink] = paletteRules(PALETTE, "id").split("\n");
  assert.ok(own.startsWith('#id[data-theme="light"]{--zv-background:#fff;--zv-band:#eee;'));
  assert.equal(ink, '#id[data-theme="light"] .k-anon{--f:#00f;--t:#fff;--b:#001;--d:3 3}');
});
