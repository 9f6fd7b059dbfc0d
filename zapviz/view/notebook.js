/* The grid and the explorer as an anywidget. */

import { render } from "./traits.js";

export default { render };
