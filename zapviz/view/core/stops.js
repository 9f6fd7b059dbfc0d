/* The states that one stops at, and the way from one to the next. */

/** A number, brought between two others. @param {number} n @param {number} least @param {number} most */
export const within = (n, least, most) => Math.max(least, Math.min(most, n));

/** Find the largest stop that is at most n: its index.
 *
 * @param {number[]} stops sorted
 * @param {number} n
 */
export function stopIndex(stops, n) {
  let low = 0;
  let high = stops.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (stops[middle] <= n) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The stop from which one step led to a state.
 *
 * @param {number[]} stops
 * @param {number} at
 */
export function strideStart(stops, at) {
  const index = stopIndex(stops, at);
  return at === 0 ? 0 : stops[stops[index] === at ? index - 1 : index];
}

/** The stop after a state, or before it; at either end the last one there.
 *
 * @param {number[]} stops
 * @param {number} at
 * @param {number} direction
 */
export function nextStop(stops, at, direction) {
  const index = stopIndex(stops, at);
  if (direction > 0) return stops[Math.min(index + 1, stops.length - 1)];
  return stops[Math.max(0, stops[index] === at ? index - 1 : index)];
}
