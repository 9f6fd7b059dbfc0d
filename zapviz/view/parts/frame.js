/* What can wait for the frame in which it is seen anyway. */

/** Tell of something before the next frame is drawn; of what is asked for until then, the last is told.
 *
 * @param {() => void} then done after each telling
 */
export function createFrame(then) {
  let pending = 0;
  let told = () => {};
  return {
    /** @param {() => void} tell */
    ask(tell) {
      told = tell;
      if (pending) return;
      pending = requestAnimationFrame(() => {
        pending = 0;
        told();
        then();
      });
    },
    /** Take it back. */
    forget() {
      cancelAnimationFrame(pending);
      pending = 0;
    },
  };
}
