/* What readers wrote, kept in their browser: a page that is loaded anew, or a cell that is run
 * again, still has it. Nothing leaves the browser.
 */

/** @typedef {{place: string, given: string, text: string}} KeptText */

const KEY = "zapviz texts";
const MOST = 30; // texts, the last ones
const LONGEST = 65536; // characters of a text, as long as a scenario may be

/** What is kept; none where the page may not keep anything. @returns {KeptText[]} */
function readAll() {
  try {
    const list = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(list) ? list.filter((one) => typeof one?.text === "string") : [];
  } catch {
    return [];
  }
}

/** What was written in place of a given text, in this page.
 *
 * @param {string} given
 */
export function createKept(given) {
  const place = location.pathname;
  /** @param {KeptText} one */
  const isHere = (one) => one.place === place && one.given === given;
  return {
    /** The text that was written last; "" is none. */
    read: () => readAll().find(isHere)?.text ?? "",
    /** @param {string} text */
    write(text) {
      if (text.length > LONGEST || !text.trim()) return;
      const others = readAll().filter((one) => !isHere(one));
      try {
        localStorage.setItem(KEY, JSON.stringify([{ place, given, text }, ...others].slice(0, MOST)));
      } catch {
        // Private windows and full stores keep nothing: the text is still on the screen.
      }
    },
  };
}
