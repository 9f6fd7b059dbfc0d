/* The grid and the explorer as an anywidget. */

import { renderPlayer } from "./traits.js";

export default { render: renderPlayer };
