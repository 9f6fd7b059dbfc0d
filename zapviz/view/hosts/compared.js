/* A page of its own with kernels side by side; as page.js has one trace. */

/** @import { Comparison, ComparisonOptions } from "../types.js" */

import { EMPTY, unpack } from "../core/trace.js";
import { createComparison } from "../views/compare.js";
import { given, startPage } from "./paper.js";

startPage((place) => {
  /** @type {Comparison} */
  const comparison = given("comparison");
  /** @type {string[]} */
  const payloads = given("payloads");
  /** @type {ComparisonOptions} */
  const options = given("options");
  return createComparison(place, comparison, payloads.map((payload) => unpack(payload) ?? EMPTY), options);
});
