/* The grid and the explorer as an anywidget. */

import { standIn } from "./still.js";
import { renderPlayer } from "./traits.js";

export default { initialize: standIn(renderPlayer), render: renderPlayer };
