/* A page of its own with the player: its trace stands beside it as text, nothing is fetched.
 *
 * zapviz/render/page.py writes the page.  Another view has a file like this one.
 */

import { unpack } from "../core/trace.js";
import { createPlayer } from "../views/player.js";
import { given, startPage } from "./paper.js";

startPage((place) => {
  const options = given("options");
  return createPlayer(place, unpack(given("payload")), options);
});
