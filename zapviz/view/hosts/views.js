/* Every view, for a page of one's own that imports them. */

export { unpack } from "../core/trace.js";
export { createComparison } from "../views/compare.js";
export { createPlayer } from "../views/player.js";
export { createPredict } from "../views/predict.js";
export { createShow } from "../views/show.js";
export { createTable } from "../views/table.js";
