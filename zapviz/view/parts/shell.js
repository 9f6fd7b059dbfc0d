/* The outermost element of each view: its theme, its colours, its keys kept from the page around. */

/** @import { Palette, ThemeName } from "../types.js" */

import { button, fieldOf, h, words } from "../core/dom.js";
import { isSave } from "../core/keys.js";
import { paletteRules } from "../core/looks.js";

/** The width and height that a view needs, and when it is large. @type {[number, number]} */
const ROOM = [1200, 640];
/** @type {[number, number]} */
const LARGE_ROOM = [960, 530];
const LARGE = 1.3; // how much larger the look for a projector is

/** Let style rules hold where an element stands, in the document or in a shadow of it; gives the
 * function that takes them back.
 *
 * A sheet that is adopted is no inline style, which a page may forbid.
 *
 * @param {Element} element
 * @param {string} text
 */
function adoptRules(element, text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  /** @type {Document | ShadowRoot} */
  let place = document;
  const drop = () => { place.adoptedStyleSheets = place.adoptedStyleSheets.filter((one) => one !== sheet); };
  /** @param {Document | ShadowRoot} next */
  function adopt(next) {
    drop();
    place = next;
    place.adoptedStyleSheets = [...place.adoptedStyleSheets, sheet];
  }
  adopt(document);
  // Where it stands is known once it has a size: a view is built before it is put into a page.
  const watch = new ResizeObserver(() => {
    const now = element.getRootNode();
    if (now !== place && (now === document || now instanceof ShadowRoot)) adopt(/** @type {Document | ShadowRoot} */ (now));
  });
  watch.observe(element);
  return () => {
    watch.disconnect();
    drop();
  };
}

/** The theme of the page around: a notebook's, an editor's, else the system's.
 *
 * @param {MediaQueryList | undefined} dark
 */
function pageTheme(dark) {
  const { body } = document;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "true" ? "light" : "dark";
  if (body.matches(".vscode-dark, .vscode-high-contrast")) return "dark";
  if (body.matches(".vscode-light")) return "light";
  return dark?.matches ? "dark" : "light";
}

/** What fills the screen: a view, with all that is shown in its place, and below it.
 *
 * @param {HTMLElement} element
 * @returns {HTMLElement} a frame inside the element; or the element, where it is inside one
 */
export function frameIn(element) {
  if (element.closest(".zv-frame")) return element;
  const frame = h("div", { class: "zv-frame" });
  element.append(frame);
  return frame;
}

/** What fills the screen, as far as an element and what stands around it know. @param {Element} element */
const fullScreenIn = (element) =>
  /** @type {Document | ShadowRoot} */ (element.getRootNode()).fullscreenElement ?? null;

/** @typedef {ReturnType<typeof createShell>} Shell */

/** Build the element.
 *
 * @param {string} label
 * @param {object} options
 * @param {Palette} options.palette
 * @param {ThemeName} [options.theme] "" follows the page
 * @param {(event: KeyboardEvent) => boolean} options.onKey gets every key pressed inside, but for
 *   saving, and returns true if it did something
 * @param {boolean} [options.present] whether to begin large
 * @param {(on: boolean) => void} [options.onPresent] called when that changes
 * @param {boolean} [options.modified] whether it gets keys with Ctrl too
 * @param {[number, number]} [options.room] the width and height that a full screen is scaled by
 */
export function createShell(label, options) {
  // Each widget may load this module anew, so a counter would not be unique in the page.
  const name = `zv-${Math.random().toString(36).slice(2, 10)}`;
  const root = h("div", { class: "zv", id: name, tabindex: 0, role: "group", "aria-label": label,
    "data-lm-suppress-shortcuts": "true" });
  const dropRules = adoptRules(root, paletteRules(options.palette, name));
  let theme = options.theme;
  const presents = words("Large", "Large and of high contrast, for a projector (b)", () => present(), "zv-presents", "b");
  presents.setAttribute("aria-pressed", "false");
  const details = words("Details", "Call chain, locks and signs: shown or not (d)", turn, "", "d");

  /** Large letters, strong lines, and only what is looked at from the back of a room. */
  function present(on = !root.classList.contains("zv-presented")) {
    root.classList.toggle("zv-presented", on);
    presents.setAttribute("aria-pressed", String(on));
    showZoom();
    options.onPresent?.(on);
  }

  function fullScreen() {
    if (fullScreenIn(root)) document.exitFullscreen();
    else root.closest(".zv-frame")?.requestFullscreen?.().catch(() => {});
  }

  /** Show what is looked up, or hide it: a large view begins without it. */
  function turn() {
    root.classList.toggle("zv-turned");
  }

  root.addEventListener("keydown", (event) => {
    // Nothing typed in here is for the notebook around it, but saving.
    if (isSave(event)) return;
    event.stopPropagation();
    if (event.altKey || ((event.ctrlKey || event.metaKey) && !options.modified)) return;
    if (fieldOf(event)) {
      if (event.key === "Escape") root.focus({ preventScroll: true });
      return;
    }
    if (options.onKey(event)) event.preventDefault();
  });
  for (const kind of ["keyup", "keypress"]) root.addEventListener(kind, (event) => event.stopPropagation());

  /** @param {KeyboardEvent} event */
  function onWindowKey(event) {
    const path = event.composedPath();
    const upTo = path.indexOf(root);
    if (upTo < 0) return;
    // The notebook asks from the inside outwards: a shortcut for whatever has the focus comes first.
    for (const node of path.slice(0, upTo + 1)) {
      /** @type {Element} */ (node).toggleAttribute("data-lm-suppress-shortcuts", !isSave(event));
    }
  }
  window.addEventListener("keydown", onWindowKey, true);

  const dark = window.matchMedia?.("(prefers-color-scheme: dark)");
  const applyTheme = () => { root.dataset.theme = theme || pageTheme(dark); };
  const themeWatch = new MutationObserver(applyTheme);
  themeWatch.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  dark?.addEventListener?.("change", applyTheme);
  applyTheme();

  // A full screen is filled by scaling all of it, as far as the room that it needs fits in.
  function showZoom() {
    const large = root.classList.contains("zv-presented");
    const [width, height] = large ? LARGE_ROOM : options.room ?? ROOM;
    let zoom = large ? LARGE : 1;
    const frame = /** @type {HTMLElement | null} */ (root.closest(".zv-frame"));
    const full = frame !== null && root.isConnected && fullScreenIn(root) === frame;
    if (full) {
      // It has the colour of the view that fills it.
      frame.style.backgroundColor = getComputedStyle(root).backgroundColor;
      zoom = Math.max(zoom, Math.min(window.innerWidth / width, window.innerHeight / height));
    }
    root.style.setProperty("--zv-zoom", String(zoom));
  }

  /** Watch how wide a part is: act when its width, or the window's height, has changed by two pixels at least.
   *
   * @param {Element} part
   * @param {number} width as it is now
   * @param {(width: number) => void} act
   */
  function watchWidth(part, width, act) {
    let height = heightOf();
    const look = () => {
      showZoom();
      const [wide, high] = [part.clientWidth, heightOf()];
      if (wide <= 0 || (Math.abs(wide - width) < 2 && Math.abs(high - height) < 2)) return;
      height = high;
      act(width = wide);
    };
    const watch = new ResizeObserver(look);
    watch.observe(part);
    window.addEventListener("resize", look);
    return () => {
      watch.disconnect();
      window.removeEventListener("resize", look);
    };
  }

  /** How high the window is, in pixels of the view. */
  function heightOf() {
    const zoomed = root.classList.contains("zv-presented") || fullScreenIn(root) !== null;
    return window.innerHeight / (zoomed ? Number(root.style.getPropertyValue("--zv-zoom")) || 1 : 1);
  }

  if (options.present) present(true);
  return {
    root,
    /** @param {ThemeName} next */
    setTheme(next) {
      theme = next;
      applyTheme();
    },
    fullScreen,
    fills: button("full", "Full screen (f)", fullScreen),
    details,
    turn,
    presents,
    present,
    get presented() { return root.classList.contains("zv-presented"); },
    get full() { return fullScreenIn(root) !== null; },
    get height() { return heightOf(); },
    showZoom,
    watchWidth,
    destroy() {
      themeWatch.disconnect();
      dark?.removeEventListener?.("change", applyTheme);
      window.removeEventListener("keydown", onWindowKey, true);
      dropRules();
      const { parentElement } = root;
      root.remove();
      if (parentElement?.matches(".zv-frame:empty")) parentElement.remove();
    },
  };
}
