/* What can wait for the frame in which it is seen anyway. */

/** Do something once before the next frame is drawn, however often it is asked for until then.
 *
 * @param {() => void} act
 */
export function createFrame(act) {
  let pending = 0;
  return {
    ask() {
      if (pending) return;
      pending = requestAnimationFrame(() => {
        pending = 0;
        act();
      });
    },
    /** Take it back. */
    forget() {
      cancelAnimationFrame(pending);
      pending = 0;
    },
  };
}
