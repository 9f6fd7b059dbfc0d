/* A view in sight once its cell was run: in JupyterLab and Notebook 7. */

const ENOUGH = 590; // pixels of a view that are to be seen: its buttons, the grid, the reason
const MARGIN = 24; // below a notebook

/** Whether a cell is the one that was run last: it, or the one after it, is the active one. @param {Element} cell */
const wasRun = (cell) =>
  cell.matches(".jp-mod-active") || Boolean(cell.nextElementSibling?.matches(".jp-mod-active"));

/** Scroll to a view as soon as it has a size; once, and only where somebody ran its cell.
 *
 * @param {HTMLElement} element
 */
export function bringIntoSight(element) {
  const watch = new ResizeObserver(() => {
    if (!element.clientHeight) return;
    watch.disconnect();
    const cell = element.closest(".jp-Cell");
    if (!cell || !wasRun(cell)) return;
    // The notebook itself goes to its next cell first.
    requestAnimationFrame(() => {
      const { top, height } = element.getBoundingClientRect();
      const seen = top >= 0 && top + Math.min(height, ENOUGH) <= window.innerHeight - MARGIN;
      if (!seen) element.scrollIntoView({ block: "start" });
    });
  });
  watch.observe(element);
}
