/* A page of its own with kernels side by side; as page.js has one trace. */

import { unpack } from "../core/trace.js";
import { createComparison } from "../views/compare.js";
import { given, startPage } from "./paper.js";

startPage((place) => createComparison(place, given("comparison"), given("payloads").map(unpack), given("options")));
