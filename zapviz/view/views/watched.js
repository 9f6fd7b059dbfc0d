/* The model beside a real kernel that was watched doing the same, in the explorer's place. */

/** @import { ComparisonAnswer, Palette, ThemeName, View } from "../types.js" */

import { EMPTY, unpack } from "../core/trace.js";
import { createComparison } from "./compare.js";

/** Build what shows them.
 *
 * @param {object} host
 * @param {Palette} host.palette
 * @param {(on: boolean) => void} host.present
 * @param {(make: (element: HTMLElement, close: () => void, theme: ThemeName | undefined, large: boolean) => View) => void} host.instead
 * @param {() => number} host.at the state that the model is shown at
 * @param {(said: string) => void} host.say says what is wrong
 * @param {() => Promise<ComparisonAnswer>} asked
 */
export function createWatched(host, asked) {
  let asking = false;
  return async () => {
    if (asking) return; // a key that is pressed again asks for nothing more
    asking = true;
    const at = host.at();
    const found = await asked();
    asking = false;
    if (found.error) {
      host.say(found.error);
      return;
    }
    const { comparison } = found;
    const traces = found.payloads.map((payload) => unpack(payload) ?? EMPTY);
    host.instead((element, onClose, theme, presentation) => createComparison(element, comparison, traces, {
      palette: host.palette, theme, presentation, onPresentation: host.present, onClose,
      frame: comparison.parts?.frame ?? comparison.frames.findIndex(([model]) => model >= at),
    }));
  };
}
