import assert from "node:assert/strict";
import { test } from "node:test";

import { askingOn, createGoing } from "../../zapviz/view/core/going.js";

/** Python with a piece of work that takes so many slices, and what it was asked. @param {number} slices */
function python(slices) {
  /** @type {string[]} */
  const asked = [];
  /** @type {any} */
  const ask = async (/** @type {any} */ request) => {
    asked.push(request.ask);
    if (request.ask === "stop") return { found: "so far" };
    if (request.ask === "drop") return {};
    if (request.ask === "go on") assert.equal(request.work, "7");
    return slices-- ? { going_on: "7", progress: `${slices} left` } : { found: "all" };
  };
  return { asked, ask: askingOn(ask) };
}

test("work is asked on until there is an answer, and told on the way", async () => {
  /** @type {string[]} */
  const told = [];
  const { asked, ask } = python(2);
  assert.deepEqual(await ask({ ask: "race" }, createGoing((words) => told.push(words))), { found: "all" });
  assert.deepEqual(asked, ["race", "go on", "go on"]);
  assert.deepEqual(told, ["1 left", "0 left"]);
  assert.deepEqual(await python(3).ask({ ask: "race" }), { found: "all" });
});

test("work that is stopped gives what was found", async () => {
  const { asked, ask } = python(9);
  const going = createGoing(() => { going.end = "stop"; });
  assert.deepEqual(await ask({ ask: "race" }, going), { found: "so far" });
  assert.deepEqual(asked, ["race", "stop"]);
});

test("work that is dropped is forgotten, and nothing is asked on", async () => {
  const { asked, ask } = python(9);
  const going = createGoing(() => { going.end = "drop"; });
  assert.deepEqual(await ask({ ask: "race" }, going), { error: "", line: 0 });
  assert.deepEqual(asked, ["race", "go on", "drop"]);
});
