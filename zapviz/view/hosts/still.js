/* The live view in the place of the still picture that a notebook keeps (zapviz/widgets/still.py). */

/** @import { WidgetModel } from "../types.js" */

import { h } from "../core/dom.js";

// JupyterLab's, for prose: tables, code and lists of a view look as it says itself.
const PROSE = "jp-RenderedHTMLCommon";
// Cells that are scrolled out of sight are taken out of the page, and come back as they were.
const CELL = ".jp-Cell";

/** Give what a widget does when its model is there: wherever its still picture stands, be live.
 *
 * @param {(shown: {model: WidgetModel, el: HTMLElement}) => () => void} render
 */
export function standIn(render) {
  /** @param {{model: WidgetModel}} given */
  return ({ model }) => {
    /** @type {string} */
    const name = model.get("place");
    /** @type {Map<Element, () => void>} */
    const live = new Map();

    /** @param {Element} place */
    function show(place) {
      const still = [...place.childNodes];
      const prose = place.closest(`.${PROSE}`);
      const el = h("div", {});
      place.replaceChildren(el);
      prose?.classList.remove(PROSE);
      const stop = render({ model, el });
      live.set(place, () => {
        stop();
        place.replaceChildren(...still);
        prose?.classList.add(PROSE);
      });
    }

    function look() {
      for (const [place, stop] of live) {
        if (place.isConnected || place.closest(CELL)) continue;
        live.delete(place);
        stop();
      }
      for (const place of document.getElementsByClassName(name)) if (!live.has(place)) show(place);
    }

    /** Whether elements came or went that a place may be among. @param {MutationRecord} change */
    const matters = ({ addedNodes, removedNodes }) => [...addedNodes, ...removedNodes].some((node) =>
      node instanceof Element && (node.classList.contains(name) || node.getElementsByClassName(name).length > 0));
    const watch = new MutationObserver((changes) => {
      if (changes.some(matters)) look();
    });
    watch.observe(document.body, { childList: true, subtree: true });
    look();
    return () => {
      watch.disconnect();
      for (const stop of live.values()) stop();
    };
  };
}
