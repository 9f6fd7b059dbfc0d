/* The outermost element of each view: its theme, its colours, its keys kept from the page around. */

import { h } from "../core/dom.js";
import { adoptRules, paletteRules } from "./grid.js";

/** Whether a key is the notebook's own for saving, the one that is let through. */
export const isSave = (event) => (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";

/** Whether the focus is where text is typed or a choice opened. */
export const inField = (event) =>
  Boolean(event.target.closest("textarea, select, input:not([type=range]):not([type=checkbox])"));

/** Build the element.
 *
 * options: palette; theme ("light", "dark" or "" to follow the page); onKey(event), which gets
 * every key pressed inside, but for saving, and returns true if it did something; present,
 * whether to begin large, and onPresent(on), called when that changes; modified, whether it
 * gets keys with Ctrl too; room, the width and height that a full screen is scaled by.
 */
export function createShell(label, options) {
  // Each widget may load this module anew, so a counter would not be unique in the page.
  const name = `zv-${Math.random().toString(36).slice(2, 10)}`;
  const root = h("div", { class: "zv", id: name, tabindex: 0, role: "group", "aria-label": label,
    "data-lm-suppress-shortcuts": "true" });
  const dropRules = adoptRules(paletteRules(options.palette, name));
  let theme = options.theme;
  const presents = h("button", { type: "button", class: "zv-button zv-words",
    title: "Large and of high contrast, for a projector (b)", "aria-pressed": "false",
    onclick: () => present() }, "Aa");

  /** Large letters, strong lines, and only what is looked at from the back of a room. */
  function present(on = !root.classList.contains("zv-presented")) {
    root.classList.toggle("zv-presented", on);
    presents.setAttribute("aria-pressed", String(on));
    root.style.setProperty("--zv-zoom", zoom());
    options.onPresent?.(on);
  }

  root.addEventListener("keydown", (event) => {
    // Nothing typed in here is for the notebook around it, but saving.
    if (isSave(event)) return;
    event.stopPropagation();
    if (event.altKey || ((event.ctrlKey || event.metaKey) && !options.modified)) return;
    if (inField(event)) {
      if (event.key === "Escape") root.focus({ preventScroll: true });
      return;
    }
    if (options.onKey(event)) event.preventDefault();
  });
  for (const kind of ["keyup", "keypress"]) root.addEventListener(kind, (event) => event.stopPropagation());

  function onWindowKey(event) {
    if (!root.contains(event.target)) return;
    if (isSave(event)) root.removeAttribute("data-lm-suppress-shortcuts");
    else root.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  window.addEventListener("keydown", onWindowKey, true);

  const dark = window.matchMedia?.("(prefers-color-scheme: dark)");
  function applyTheme() {
    const { body } = document;
    let shown = theme;
    if (!shown) {
      if (body.dataset.jpThemeLight) shown = body.dataset.jpThemeLight === "true" ? "light" : "dark";
      else if (body.matches(".vscode-dark, .vscode-high-contrast")) shown = "dark";
      else if (body.matches(".vscode-light")) shown = "light";
      else shown = dark?.matches ? "dark" : "light";
    }
    root.dataset.theme = shown;
  }
  const themeWatch = new MutationObserver(applyTheme);
  themeWatch.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  dark?.addEventListener?.("change", applyTheme);
  applyTheme();

  // A full screen is filled by scaling all of it, as far as the room that it needs fits in.
  function zoom() {
    const large = root.classList.contains("zv-presented");
    const [width, height] = large ? [960, 530] : options.room ?? [1200, 640];
    if (document.fullscreenElement !== root) return large ? 1.3 : 1;
    return Math.max(large ? 1.3 : 1, Math.min(window.innerWidth / width, window.innerHeight / height));
  }

  if (options.present) present(true);
  return {
    root,
    name,
    setTheme(next) {
      theme = next;
      applyTheme();
    },
    fullScreen() {
      if (document.fullscreenElement) document.exitFullscreen();
      else root.requestFullscreen?.().catch(() => {});
    },
    presents,
    present,
    get presented() { return root.classList.contains("zv-presented"); },
    zoom,
    destroy() {
      themeWatch.disconnect();
      dark?.removeEventListener?.("change", applyTheme);
      window.removeEventListener("keydown", onWindowKey, true);
      dropRules();
      root.remove();
    },
  };
}
