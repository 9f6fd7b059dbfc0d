/* How fast a trace is played. */

import { within } from "./stops.js";

export const SPEEDS = [2000, 1000, 500, 250, 100]; // ms that a state is shown
export const SPEED = 500; // at first

/** The speed beside one. @param {number} speed @param {number} direction 1 is faster */
export function faster(speed, direction) {
  return SPEEDS[within(SPEEDS.indexOf(speed) + direction, 0, SPEEDS.length - 1)];
}

/** When the next state is due: after its time, but half of that at least after now.
 *
 * @param {number} due when this one was
 * @param {number} now
 * @param {number} speed
 */
export function nextDue(due, now, speed) {
  return Math.max(due + speed, now + speed / 2);
}
