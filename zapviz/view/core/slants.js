/* The slanted lines over a cell that just changed. */

const STEP = 5; // pixels from line to line

/** Slanted lines from a cell's corner on, which leave out the places where it is written on.
 *
 * @param {number} size of the cell
 * @param {boolean} rich whether more than a letter is written in it
 */
export function slants(size, rich) {
  const middle = size / 2;
  /** @param {number} y @param {number} across @param {number} down */
  const around = (y, across, down) => [middle - across, y - down, middle + across, y + down];
  // Of a large cell: its letter, its mark, its flags.
  const holes = rich
    ? [around(size * 0.42, size * 0.24, size * 0.28), around(size * 0.83, 13, 7), [size - 12, 0, size, 13]]
    : [around(middle, size * 0.3, size * 0.34)];
  let path = "";
  let at = [0, 0];
  /** @param {number} x @param {number} y */
  const by = (x, y) => {
    const text = [x - at[0], y - at[1]].map((value) => Math.round(value * 10) / 10).join(" ");
    at = [x, y];
    return text;
  };
  for (let sum = STEP; sum < 2 * size; sum += STEP) {
    // The line where x + y is the sum: from x to end, less the part inside each hole.
    let parts = [[Math.max(1, sum - size + 1), Math.min(size - 1, sum - 1)]];
    for (const [x, y, right, bottom] of holes) {
      const from = Math.max(x, sum - bottom);
      const to = Math.min(right, sum - y);
      if (from >= to) continue;
      parts = parts.flatMap(([start, end]) => [[start, Math.min(end, from)], [Math.max(start, to), end]]);
    }
    for (const [start, end] of parts) {
      if (end - start > 2) path += `m${by(start, sum - start)}l${by(end, sum - end)}`;
    }
  }
  return path;
}
