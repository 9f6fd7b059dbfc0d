/* A page of its own with the player: its trace stands beside it as text, nothing is fetched.
 *
 * zapviz/render/page.py writes the page.  Another view has a file like this one.
 */

import { unpack } from "../core/trace.js";
import { createPlayer } from "../views/player.js";
import { given, givenText, startPage } from "./paper.js";

startPage((place) => createPlayer(place, unpack(givenText("payload")), given("options")));
