/* Which kernels are compared. */

/** The kernels that a comparison begins with: those compared last, else those that the text
 * names, else the old one (of the old one: the newest); and always the one shown.
 *
 * @param {object} given
 * @param {string[]} given.before those compared last
 * @param {string[]} given.named
 * @param {string} given.shown
 * @param {string} given.old
 * @param {string} given.newest
 */
export function comparedKernels({ before, named, shown, old, newest }) {
  const others = [before, named].find((names) => names.length) ?? [shown === old ? newest : old];
  return new Set([...others, shown]);
}
