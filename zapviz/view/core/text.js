/* Numbers and words as they are shown. */

export const PAGE = 4096; // bytes

/** A difference with its sign; nothing of none. @param {number} value */
export const signed = (value) => (value > 0 ? `+${value}` : value < 0 ? `\u2212${-value}` : "");

/** @param {number} count @param {string} word */
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** A text, cut to a length. @param {string} text @param {number} length */
export const clip = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}\u2026` : text);

/** A text in lines of a length, as many as there may be; the last is cut where it is longer.
 *
 * @param {string} text
 * @param {number} length of a line, in letters
 * @param {number} most how many lines
 */
export function lined(text, length, most) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(" ")) {
    const last = lines.length - 1;
    if (last >= 0 && (lines.length === most || lines[last].length + word.length < length)) lines[last] += ` ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => clip(line, length));
}

/** Say a file size in pages and, inside a page, in bytes. @param {number} bytes */
export function sizeText(bytes) {
  return bytes % PAGE === 0 ? `i_size ${plural(bytes / PAGE, "page")}` : `i_size ${bytes} bytes`;
}
