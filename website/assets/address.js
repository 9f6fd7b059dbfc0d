/* What a page shows, kept where a reload and the way back find it: in the entry of the browser's
 * history, and on the pages that have one explorer in the address too, for all to see and to copy.
 */

/** @import { Known, Link } from "./links.js" */

import { writeLink } from "./links.js";

const PAUSE = 400; // ms without a change after which it is written: browsers refuse many a second

/** What this entry of the history kept of each explorer, by its number in the page.
 *
 * @returns {Record<number, Link>}
 */
export const kept = () => history.state?.zapviz ?? {};

/** Keep what explorers show.
 *
 * @param {Known} known
 * @param {boolean} shown whether the address says it
 */
export function createAddress(known, shown) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let places = kept();
  /** @type {Link | null} */
  let last = null; // what the address does not say yet

  /** @param {string} [link] "": the address says nothing of what is shown */
  function write(link) {
    const bare = location.pathname + location.search;
    try {
      history.replaceState({ zapviz: places }, "", link === undefined ? undefined : link ? `#${link}` : bare);
    } catch {
      // Too often for this browser, or a plain file: the next change tries again.
    }
  }

  async function settle() {
    clearTimeout(timer);
    write();
    const own = last;
    if (!shown || !own) return;
    const link = await writeLink(own, known);
    if (own !== last) return;
    last = null;
    write(link);
  }

  addEventListener("pagehide", () => {
    if (timer) write();
  });

  return {
    /** @param {number} number of the explorer @param {Link} link */
    keep(number, link) {
      places = { ...places, [number]: link };
      last = link;
      clearTimeout(timer);
      timer = setTimeout(settle, PAUSE);
    },
    /** Forget: the address was changed by hand, and says what is to be shown. */
    forget() {
      clearTimeout(timer);
      places = kept();
      last = null;
    },
  };
}
