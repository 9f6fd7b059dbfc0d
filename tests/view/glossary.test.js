import assert from "node:assert/strict";
import { test } from "node:test";

import { createFinder, explained } from "../../zapviz/view/core/glossary.js";
import { PALETTE } from "./sample.js";

const finder = createFinder(PALETTE);
/** @param {string} text the terms in it, by the word that stands there */
const words = (text) => finder.split(text).flatMap(([part, term]) => (term ? [part] : []));

test("the parts of a text are the text", () => {
  const text = "zap A[1]: a swap entry; even_cows is 0.\nrule swap-kept";
  assert.equal(finder.split(text).map(([part]) => part).join(""), text);
  assert.deepEqual(finder.split("nothing here"), [["nothing here", null]]);
  assert.deepEqual(finder.split(""), []);
});

test("the longest term that stands there is found, and no part of a name", () => {
  assert.deepEqual(words("zap A[1], a swap entry, as even_cows = 1"), ["zap", "swap entry", "even_cows"]);
  assert.deepEqual(words("zap_pte_range(), swap-kept, rss.swap, swapped, try_swap"), []);
});

test("a term is marked once in a text, by whatever spelling", () => {
  assert.deepEqual(words("a swap entry is in swap, zap after zap"), ["swap entry", "zap"]);
});

test("some words are terms as labels only", () => {
  assert.deepEqual(words("none"), []);
  assert.equal(finder.term("none")?.plain, "Nothing.");
  assert.equal(finder.term("swap")?.words[0], "swap entry");
  assert.equal(finder.term("swap entry "), null);
});

test("a plain sentence comes first", () => {
  assert.equal(explained(PALETTE.glossary[0]), "Whether private pages go.\nA field.");
});

test("without a glossary nothing is marked", () => {
  assert.deepEqual(createFinder({ ...PALETTE, glossary: [] }).split("zap"), [["zap", null]]);
});
