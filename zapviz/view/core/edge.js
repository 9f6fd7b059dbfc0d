/* Where the edge of i_size stands in a band of a file's rows. */

import { PAGE, sizeText } from "./text.js";
import { PAD } from "./layout.js";

/** A band as it is drawn: its columns, and in pixels where they stand; whether the edge's words are over it.
 *
 * @typedef {{first: number, end: number, rows: number, left: number, width: number, top: number,
 *   height: number, pitch: number, size: number, caption: number, named: boolean}} BandBox
 */

/** Where the ground beyond i_size begins, and the line with its words, as far as the band has them.
 *
 * @param {BandBox} band
 * @param {number} bytes i_size
 * @param {boolean} last whether it is the last band of its file
 */
export function edgeIn(band, bytes, last) {
  const { first, end, left, width, pitch, size, named } = band;
  const pages = bytes / PAGE;
  // Between two cells the edge stands in the gap; inside a page, where its byte is.
  const whole = Math.floor(pages);
  const gap = pitch - size;
  const at = left + (whole - first) * pitch + (pages === whole ? -gap / 2 : (pages - whole) * size);
  const x = Math.max(left - gap / 2, Math.min(at, left + width));
  const beyond = pages < end ? Math.max(0, left + width - x + 2) : null; // how wide it is
  const here = pages === 0 ? first === 0 : (pages > first && pages <= end) || (last && pages > end);
  if (!here) return { x, beyond, line: null };
  if (!named) return { x, beyond, line: pages > end ? null : { path: linePath(band, x, pages !== whole), words: "", before: false } };
  const words = pages > end ? `${sizeText(bytes)} \u2192` : sizeText(bytes);
  const before = x + words.length * band.caption * .58 + 8 > left + width + PAD;
  return { x, beyond, line: { path: linePath(band, x, pages !== whole), words, before } };
}

/** @param {BandBox} band @param {number} x @param {boolean} inside whether inside a page */
function linePath({ rows, top, height, pitch, size, caption, named }, x, inside) {
  const above = named ? top - caption - 8 : top - 4;
  if (!inside) return `M${x} ${above}V${top + height - (pitch - size) + 5}`;
  // Inside a page the line leaves room for the column's number and the letters.
  let path = `${named ? `M${x} ${above}v3` : ""}M${x} ${top - 3}V${top + size * 0.16}`;
  for (let k = 0; k < rows; k++) {
    const end = k + 1 < rows ? pitch + size * 0.16 : size + 5;
    path += `M${x} ${top + k * pitch + size * 0.92}V${top + k * pitch + end}`;
  }
  return path;
}
