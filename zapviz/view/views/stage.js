/* The steps of an exercise that is revealed: a player below the entries. */

/** @import { Key, Palette, Place, ThemeName, Trace } from "../types.js" */

import { focusIn, h, say, words } from "../core/dom.js";
import { createPlayer } from "./player.js";

/** Build the place of the player, hidden until there is one.
 *
 * @param {Palette} palette
 * @param {object} host
 * @param {HTMLElement} host.root of the exercise
 * @param {HTMLElement} host.top what is scrolled to where nothing else has had the focus
 * @param {HTMLElement} host.next the button that goes on
 * @param {() => ThemeName | undefined} host.theme
 * @param {() => Key[]} host.keys what the exercise's keys do
 */
export function createStage(palette, host) {
  const name = h("b", {});
  const node = h("section", { class: "zv-stage", "aria-label": "the steps", hidden: true, onkeydown: onKey },
    h("div", { class: "zv-deeds" }, name, h("span", { class: "zv-space" }),
      words("Back to the entries", "Back to the entries (Esc or q)", leave, "", "Esc"), host.next));
  /** @type {ReturnType<typeof createPlayer> | null} */
  let player = null;
  /** @type {HTMLElement | SVGElement | null} */
  let cameFrom = null; // what had the focus before the player

  /** @param {KeyboardEvent} event on the buttons above the steps, too */
  function onKey(event) {
    if (!["Escape", "q"].includes(event.key)) return;
    event.stopPropagation();
    leave();
  }

  function leave() {
    const { root, top } = host;
    const back = cameFrom && root.contains(cameFrom) && !node.contains(cameFrom) ? cameFrom : null;
    (back ?? top).scrollIntoView({ block: back ? "center" : "start" });
    (back ?? root).focus({ preventScroll: true });
  }

  return {
    node,
    /** Move the player to a state; it comes into being at the first time.
     *
     * @param {Trace} trace
     * @param {number} state
     * @param {string} entry what the state is about
     * @param {Place} place
     */
    show(trace, state, entry, place) {
      cameFrom = focusIn(host.root);
      node.hidden = false;
      say(name, `The step that decides ${entry}`);
      if (player) {
        player.step(state);
        player.select(...place);
      } else {
        // In the player the letters mean what they mean around it; only the arrows step.
        player = createPlayer(node, trace, { palette, theme: host.theme(), step: state, selected: place,
          around: { keys: host.keys(), leave } });
      }
      node.scrollIntoView({ block: "start" });
      player.root.focus({ preventScroll: true });
    },
    /** Take the player away. */
    clear() {
      player?.destroy();
      player = null;
      node.hidden = true;
    },
    /** @param {ThemeName} theme */
    setTheme: (theme) => player?.setTheme(theme),
  };
}
