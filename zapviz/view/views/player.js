/* The player: a trace with its text, its grid, and the controls that step through it.
 *
 * It knows nothing of notebooks: a page gives it a trace and the palette
 * (zapviz/render/palette.py).
 */

/** @import { Dialog, Going, Granularity, Key, PlayerOptions, ThemeName, Trace, View } from "../types.js" */
/** @import { Grid } from "../parts/grid.js" */
/** @import { Display } from "./display.js" */

import { h, helpButton, say, words } from "../core/dom.js";
import { ARROWS, actOn } from "../core/keys.js";
import { SPACE } from "../core/layout.js";
import { idOf } from "../core/places.js";
import { tallyOf, wrongSteps } from "../core/telling.js";
import { EMPTY } from "../core/trace.js";
import { createDialog, keyList } from "../parts/dialog.js";
import { createFrame } from "../parts/frame.js";
import { createMenu } from "../parts/menu.js";
import { createSchedule } from "../parts/schedule.js";
import { createSeen } from "../parts/seen.js";
import { createShell, frameIn } from "../parts/shell.js";
import { createTransport } from "../parts/transport.js";
import { createWordList } from "../parts/words.js";
import { createDisplay } from "./display.js";
import { createEditor } from "./editor.js";

// Inside another view the letters are that view's; the arrows step all the same.
const NEXT = "\u2192, PageDown  or n";
const PREVIOUS = "\u2190, PageUp  or p";
/** @type {Record<string, string>} */
const OWN_KEYS = { [NEXT]: "\u2192, PageDown", [PREVIOUS]: "\u2190, PageUp" };
/** @type {[string, string][]} */
const KEYS = [
  [NEXT, "next"],
  [PREVIOUS, "previous"],
  ["Home, End", "first, last"],
  ["Shift + \u2192, \u2190", "next, previous statement"],
  ["Space", "play, pause"],
  ["+  \u2212", "faster, slower"],
  ["1  2  3", "stop at statements, passes, entries"],
  ["g", "go to the entries; arrows then move among them"],
  ["Enter", "on an entry: pin it, see how it got there"],
  [",  .", "previous, next step that touched the pinned entry"],
  ["o", "of a race: take the other CPU\u2019s step here"],
];
/** The keys that every view has, at the end of the list. @type {[string, string][]} */
const VIEW_KEYS = [
  ["v", "view: stops, speed, and what else there is"],
  ["d", "details: call chain, locks and signs, or not"],
  ["w", "words: what those in sight mean"],
  ["f", "full screen"],
  ["b", "big: the look for a projector"],
  ["Esc or q", "close, unpin; Esc: leave the text, or a full screen"],
  ["?", "this help"],
];

/** The help: the player's keys, an editor's, and those of the view around it.
 *
 * @param {Key[]} more
 * @param {boolean} inside whether the player is inside another view
 */
function createHelp(more, inside) {
  /** @type {[string, string][]} */
  const keys = inside ? KEYS.map(([key, what]) => [OWN_KEYS[key] ?? key, what]) : KEYS;
  const listed = more.flatMap(([key, what]) => (what === null ? [] : [/** @type {[string, string]} */ ([key, what])]));
  return createDialog("Keys, while the grid has the focus", "zv-keys", keyList([...keys, ...listed, ...VIEW_KEYS]));
}

/** Let the pointer pin entries: a click does, and leaves the focus where it is.
 *
 * @param {HTMLElement} root
 * @param {Grid} grid
 * @param {(id: number) => void} toggle
 */
function watchClicks(root, grid, toggle) {
  grid.svg.addEventListener("mousedown", (event) => {
    if (grid.cellOf(event) === null) return;
    // The arrows go on stepping after a click: the player keeps the focus.
    event.preventDefault();
    root.focus({ preventScroll: true });
  });
  grid.svg.addEventListener("click", (event) => {
    const id = grid.cellOf(event);
    if (id === null) return;
    grid.rove(id, false);
    toggle(id);
  });
}

/** What a key does on an entry that has the focus; whether it does something.
 *
 * @param {Grid} grid
 * @param {number} id
 * @param {KeyboardEvent} event
 * @param {(id: number) => void} toggle
 */
function onCellKey(grid, id, { key, shiftKey }, toggle) {
  if (shiftKey) return false;
  if (ARROWS[key]) grid.rove(grid.neighbour(id, ...ARROWS[key]), true);
  else if (key === "Home") grid.rove(grid.edgeOfRow(id, false), true);
  else if (key === "End") grid.rove(grid.edgeOfRow(id, true), true);
  else if (key === "Enter") toggle(id);
  else return false;
  return true;
}

/** Where the trace's title and kernel stand, if neither can be chosen. */
function createHeading() {
  const about = h("span", { class: "zv-about" });
  const kernel = h("b", { class: "zv-kernel" });
  return {
    fields: [about, h("label", { class: "zv-field" }, "Kernel ", kernel)],
    /** @param {Trace} trace */
    load(trace) {
      say(about, trace.title ?? "");
      say(kernel, trace.source === "kernel" ? `${trace.kernel.name}, the kernel itself` : trace.kernel.name);
      kernel.title = trace.kernel.title ?? "";
    },
  };
}

/** Leave the innermost of what is open.
 *
 * @param {Dialog | undefined} dialog
 * @param {Display} display
 * @param {(() => void) | null} outwards
 * @param {HTMLElement} root
 */
function leave(dialog, display, outwards, root) {
  if (dialog) dialog.close();
  else if (display.tip.isShown) display.tip.hide();
  else if (outwards) outwards();
  else if (display.selected !== null) display.select(null);
  else root.focus({ preventScroll: true });
}

/** What a host may tell an editor; of a player without one, nothing comes of it.
 *
 * @param {ReturnType<typeof createEditor> | null} editor
 * @param {Display} display
 */
const doorsOf = (editor, display) => ({
  /** @param {string} value */
  setText: (value) => editor?.setText(value),
  /** @param {string} value */
  setKernel: (value) => editor?.setKernel(value),
  /** @param {number[]} order */
  setSchedule: (order) => editor?.setSchedule(order),
  /** @param {string} message @param {number} line */
  setError: (message, line) => editor?.setError(message, line),
  answered: () => editor?.answered(),
  /** What to pass along with the question that has the text run. */
  running: () => editor?.running(),
  /** It is answered; whether its answer is wanted. @param {Going | undefined} going */
  ran: (going) => !editor || !going || editor.ran(going),
  /** Tell whether there is nobody left to run what is written or chosen. @param {boolean} gone */
  setGone: (gone) => editor?.setGone(gone, display.data.trace.kernel.name),
  /** @param {string} said */
  showHost: (said) => editor?.showHost(said),
});

/** Build a player for a trace inside an element.
 *
 * @param {HTMLElement} element
 * @param {Trace | null} trace
 * @param {PlayerOptions} options
 */
export function createPlayer(element, trace, options) {
  const { palette } = options;
  const around = options.around ?? { keys: [], leave: null };
  let theme = options.theme;
  /** @type {(() => number | null) | null} */
  let wanted = null; // the state to go to when the trace asked for is there
  /** @type {View | null} */
  let other = null; // what is shown in the player's place
  // The cells are there at once; the rest in the frame in which all is seen.
  const rest = createFrame(() => {
    display.show();
    showControls();
  });

  /* -- parts -- */

  const shell = createShell("zapviz: step through page-table entries; ? for help",
    { palette, theme, onKey, present: options.presentation, onPresent: (on) => options.onPresentation?.(on) });
  const { root } = shell;
  const display = createDisplay(palette, {
    root,
    editable: Boolean(options.editor),
    granularity: () => transport.granularity,
    move,
    lineAt: (at) => schedule.lineAt(at),
    onSelect: (place) => options.onSelect?.(place),
    screen: () => shell,
  });
  const { grid } = display;
  const transport = createTransport({
    at: () => display.at,
    last: () => display.data.last,
    stops: (granularity) => display.data.stops[granularity],
    marks: () => display.data.trace.statements.map((statement) => statement.last),
    wrong: () => wrongSteps(display.data.trace),
    tally: () => tallyOf(palette, display.data.trace),
    move,
    onGranularity,
    onPlay: (on) => display.setLive(!on),
  }, options.granularity ?? "entry");
  const heading = createHeading();
  const editor = options.editor ? createEditor(options.editor, {
    display,
    palette,
    move,
    goTo: (n) => { wanted = () => n; },
    goToCpus: () => { wanted = () => schedule.start(); },
    instead,
    present: shell.present,
  }) : null;
  const schedule = createSchedule({ move, choose: editor?.sendSchedule, explore: editor?.exploreRace });
  const seen = createSeen({ on: options.seen ?? false, turn: onSeen, beside: editor?.watched ?? null });
  const moreKeys = [...seen.keys, ...(editor?.keys ?? []), ...around.keys];
  const help = createHelp(moreKeys, around.leave !== null);
  const wordList = createWordList(palette, root, display.kinds);
  const menu = createMenu([["Stop at each", transport.strides], ["Play", transport.pace], ...(editor?.menu ?? []),
    ["Real kernel", ...seen.nodes],
    ["Show", shell.details, words("Words", "What the words in sight mean (w)", wordList.toggle, "", "w"), around.leave ? null : shell.presents]]);
  const dialogs = [menu.dialog, help, wordList, ...(editor?.dialogs ?? [])];
  display.scene.append(h("div", { class: "zv-program" }, display.text.box, ...(editor?.notices ?? []), schedule.node));
  root.append(h("div", { class: "zv-inner" },
    h("div", { class: "zv-top" }, h("div", { class: "zv-fields" }, ...(editor ? editor.fields : heading.fields)),
      transport.node,
      h("div", { class: "zv-tools" }, menu.opens, shell.fills, helpButton(help.toggle))),
    display.scene, display.facts, ...display.foot),
  display.tip.node, ...dialogs.map((dialog) => dialog.node));

  /* -- what is shown -- */

  /** Show state n. @param {number} n */
  function move(n) {
    if (!display.go(n)) return;
    rest.ask();
    options.onStep?.(display.at); // at once: an older step that comes back meanwhile is no news
  }

  function showControls() {
    transport.show();
    schedule.show(display.at);
  }

  /** @param {Granularity} value @param {boolean} tell */
  function onGranularity(value, tell) {
    display.restride();
    display.show();
    showControls();
    if (tell) options.onGranularity?.(value);
  }

  /** Have each step tell whether a real kernel was seen to do it, or not. @param {boolean} on */
  function onSeen(on) {
    display.setWatched(on);
    display.show();
    options.onSeen?.(on);
  }

  /** Show another trace in place, at a state of it. @param {Trace | null} next @param {number} [n] */
  function setTrace(next, n = 0) {
    const shown = next ?? EMPTY;
    rest.forget();
    transport.play(false);
    schedule.load(shown);
    heading.load(shown);
    seen.load(shown);
    display.load(shown, n);
    transport.reset();
    display.show();
    showControls();
    const goal = wanted ? wanted() : schedule.goal();
    wanted = null;
    if (goal !== null) move(goal);
  }

  /** Show something else in the player's place, until it is closed.
   *
   * @param {(element: HTMLElement, close: () => void, theme: ThemeName | undefined, large: boolean) => View} make
   */
  function instead(make) {
    transport.play(false);
    root.hidden = true;
    other = make(element, () => {
      other?.destroy();
      other = null;
      root.hidden = false;
      root.focus({ preventScroll: true });
    }, theme, shell.presented);
    other.root.focus({ preventScroll: true });
  }

  /* -- keys and pointer -- */

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const id = grid.cellOf(event);
    if (id !== null && onCellKey(grid, id, event, display.toggle)) return true;
    return actOn({
      g: () => grid.rove(display.selected ?? grid.roving(), true),
      ",": () => move(display.touched(-1) ?? display.at),
      ".": () => move(display.touched(1) ?? display.at),
      o: schedule.other,
      v: menu.dialog.toggle,
      d: shell.turn,
      w: wordList.toggle,
      f: shell.fullScreen,
      b: () => shell.present(),
      "?": help.toggle,
      Escape: escape,
      q: escape,
      ...Object.fromEntries(moreKeys.map(([key, , act]) => [key, act])),
    }, event.key) || transport.onKey(event);
  }

  const escape = () => editor?.stop() || leave(dialogs.find((dialog) => dialog.isOpen), display, around.leave, root);

  watchClicks(root, grid, display.toggle);
  if (editor) root.addEventListener("keydown", editor.onKey);

  /* -- begin -- */

  element = frameIn(element);
  element.append(root);
  editor?.begin();
  display.setWatched(options.seen ?? false);
  setTrace(trace, options.step ?? trace?.opens ?? 0);
  transport.setGranularity(transport.granularity, false);
  display.select(idOf(display.data, options.selected), false);
  const unwatch = shell.watchWidth(display.scene, SPACE.width, display.layOut);

  return {
    root,
    step: move,
    get at() { return display.at; },
    get last() { return display.data.last; },
    /** @param {string | null} row @param {number} cell */
    select: (row, cell) => display.select(row === null ? null : idOf(display.data, [row, cell]), false),
    /** @param {string} value */
    setGranularity: (value) => transport.setGranularity(value, false),
    setTrace,
    ...doorsOf(editor, display),
    setSeen: seen.set,
    /** @param {boolean} on */
    setPresentation: (on) => shell.present(on),
    /** @param {ThemeName} next */
    setTheme(next) {
      theme = next;
      shell.setTheme(next);
      other?.setTheme(next);
    },
    play: () => transport.play(true),
    pause: () => transport.play(false),
    destroy() {
      rest.forget();
      transport.play(false);
      editor?.destroy();
      other?.destroy();
      unwatch();
      shell.destroy();
    },
  };
}
