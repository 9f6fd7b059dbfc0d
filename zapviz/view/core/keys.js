/* What a key does: acts by the name of their key. */

/** @typedef {Record<string, () => void>} Acts */

/** The directions of the arrow keys: columns, rows. @type {Record<string, [number, number]>} */
export const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

/** How a key goes in a table of acts: letters are the same, small or large. @param {string} key */
export const keyName = (key) => (key.length === 1 ? key.toLowerCase() : key);

/** Do what a key does; whether it does something. @param {Acts} acts @param {string} key */
export function actOn(acts, key) {
  const act = acts[keyName(key)];
  act?.();
  return Boolean(act);
}

/** Whether a key is the notebook's own for saving. @param {KeyboardEvent} event */
export const isSave = (event) => (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";

/** @param {KeyboardEvent} event */
const isEdit = (event) => (event.ctrlKey || event.metaKey) && !event.altKey;

/** Whether a key takes back what was done last. @param {KeyboardEvent} event */
export const isUndo = (event) => isEdit(event) && !event.shiftKey && event.key.toLowerCase() === "z";

/** Whether a key does again what was taken back. @param {KeyboardEvent} event */
export const isRedo = (event) =>
  isEdit(event) && (event.shiftKey ? event.key.toLowerCase() === "z" : event.key.toLowerCase() === "y");
