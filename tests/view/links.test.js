/* Permalinks as a page reads and writes them: what Python makes of them is in tests/website. */

import assert from "node:assert/strict";
import test from "node:test";
import { isLink, readLink, writeLink, isNamed } from "../../website/assets/links.js";

const KNOWN = { usual: "v6.18",
  scenarios: [{ name: "hole-punch", text: "F = shmem(4)\n" }],
  kernels: [{ name: "v5.17" }, { name: "v6.12" }, { name: "rfc-v2" }],
  model: 1,
  release: "0.1.0",
};
const OWN = { text: "N = anon(2) # \u201c\u00e4\u201d\n", kernel: "v5.17", step: 2, schedule: [0, 1, 1], whole_table: true };
const WORDS = new TextEncoder().encode("N = anon(2)\nN[0] = 7\n");
const dictionary = async () => WORDS;

test("short links are read as they are written by people and programs", async () => {
  const link = { text: "F = shmem(4)\n", kernel: "v5.17", step: 12, schedule: [], whole_table: false };
  for (const said of ["hole-punch@v5.17:12", "Hole-Punch@5.17:12", "hole-punch%40v5.17%3A12"]) {
    assert.equal(isLink(said, KNOWN), true);
    assert.deepEqual(await readLink(said, KNOWN, dictionary), link);
  }
  const patched = await readLink("hole-punch@v5.17+swap_entries=zap,second_pass=False", KNOWN, dictionary);
  assert.deepEqual([patched.kernel, patched.step], ["v5.17 + swap_entries=zap, second_pass=False", null]);
});

test("what names nothing that comes along is no link", () => {
  for (const said of ["", "chapters", "holes@v5.17", "hole-punch@v5.17:x", "%", "hole-punch/x"]) {
    assert.equal(isLink(said, KNOWN), false, said);
  }
});

test("what is shown is written as the shortest link, and read again", async () => {
  const shipped = { text: "F = shmem(4)\n", kernel: "v5.17 + swap_entries=zap", step: 3, schedule: [], whole_table: false };
  assert.equal(await writeLink(shipped, KNOWN), "hole-punch@v5.17+swap_entries=zap:3");
  for (const shown of [OWN, { ...shipped, schedule: [1, 0] }, { ...OWN, step: null, schedule: [], whole_table: false }]) {
    const token = await writeLink(shown, KNOWN);
    assert.match(token, /^zapviz:2:[\w-]+:[0-9a-f]{8}$/);
    assert.deepEqual(await readLink(token, KNOWN, dictionary), shown);
    assert.deepEqual(await readLink(token.replaceAll(":", "%3A"), KNOWN, dictionary), shown);
  }
});

test("a text that is longer than a scenario can be has no link", async () => {
  assert.equal(await writeLink({ ...OWN, text: "#".repeat(65537) }, KNOWN), "");
  // A character that JavaScript counts as two is one.
  assert.notEqual(await writeLink({ ...OWN, text: "\u{1d11e}".repeat(65536) }, KNOWN), "");
});

test("a link that names no kernel means the usual one; one that names no scenario is told from others", async () => {
  assert.equal((await readLink("hole-punch", KNOWN, dictionary)).kernel, "v6.18");
  assert.equal((await readLink("hole-punch:7", KNOWN, dictionary)).step, 7);
  assert.ok(isNamed("nonsense@v9") && !isLink("nonsense@v9", KNOWN));
  assert.ok(!isNamed("where"));
});

test("what is wrong with a token is said", async () => {
  const token = await writeLink(OWN, KNOWN);
  /** @param {string} said @param {Partial<typeof KNOWN>} [known] */
  const reading = (said, known = {}) => readLink(said, { ...KNOWN, ...known }, dictionary);
  const other = token[12] === "A" ? "B" : "A";
  await assert.rejects(reading(token.slice(0, 12) + other + token.slice(13)), /not whole, or a character/);
  await assert.rejects(reading(token.slice(0, -3)), /not whole/);
  await assert.rejects(reading("zapviz:3:AAAA:00000000"), /has form 3, and this copy of zapviz reads forms 1 to 2/);
  await assert.rejects(reading(token, { model: 2 }), /version 1 of the model; this is zapviz 0.1.0 with version 2/);
  await assert.rejects(readLink(token, KNOWN, async () => null), /did not come/);
});
