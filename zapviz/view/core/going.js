/* Work that takes Python long, which is asked on until it is done, or told to stop.
 *
 * Python answers for a slice of it at a time, and all that is asked meanwhile in between
 * (zapviz/api/pieces.py).
 */

/** @import { Ask, Going } from "../types.js" */

/** Something to pass along with a question: told how far the work has come, and says how it is to end.
 *
 * @param {(progress: string) => void} tell
 * @returns {Going}
 */
export const createGoing = (tell) => ({ tell, end: "" });

/** What asks on until there is an answer; of work that is dropped there is none but an error without words.
 *
 * @param {Ask} ask
 * @returns {Ask}
 */
export const askingOn = (ask) => async (request, going) => {
  /** @type {any} */
  let answer = await ask(request);
  while (answer?.going_on !== undefined) {
    const work = answer.going_on;
    if (going?.end === "drop") {
      await ask({ ask: "drop", work });
      return { error: "", line: 0 };
    }
    going?.tell(answer.progress);
    answer = await ask({ ask: going?.end === "stop" ? "stop" : "go on", work });
  }
  return answer;
};
