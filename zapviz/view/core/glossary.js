/* Which words of a text the glossary explains. */

/** @import { Palette, Term } from "../types.js" */

/** A part of a text: what stands there, and the term that it is, or null. @typedef {[string, Term | null]} Part */

/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** What is said of a term: the plain sentence, then the kernel's words. @param {Term} term */
export const explained = (term) => `${term.plain}\n${term.kernel}`;

/** Make what finds terms in texts.
 *
 * @param {Palette} palette
 */
export function createFinder({ glossary }) {
  const bySpelling = new Map(glossary.flatMap((term) => term.words.map((word) => [word, term])));
  // The longest first: a "swap entry" is no "swap". Within a name such as zap_pte_range nothing is a term.
  const spellings = glossary.flatMap((term) => (term.label ? [] : term.words)).sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`(?<![\\w.-])(?:${spellings.map(escaped).join("|")})(?![\\w-])`, "g");

  return {
    /** The term that a label is, as a whole. @param {string} label */
    term: (label) => bySpelling.get(label) ?? null,
    /** The parts of a text; a term is marked where it stands first.
     *
     * @param {string} text
     */
    split(text) {
      /** @type {Part[]} */
      const parts = [];
      /** @type {Set<Term>} */
      const met = new Set();
      let from = 0;
      for (const found of spellings.length ? text.matchAll(pattern) : []) {
        const term = /** @type {Term} */ (bySpelling.get(found[0]));
        if (met.has(term)) continue;
        met.add(term);
        if (found.index > from) parts.push([text.slice(from, found.index), null]);
        parts.push([found[0], term]);
        from = found.index + found[0].length;
      }
      if (from < text.length) parts.push([text.slice(from), null]);
      return parts;
    },
  };
}
