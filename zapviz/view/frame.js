/* What holds a view in the page around it: the theme that it follows, the keys that stay its own. */

/** Whether a key saves the notebook: the one shortcut that is let through. */
export const isSave = (event) => (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";

/** Keep what is typed inside an element from a notebook's shortcuts; gives what ends it. */
export function guardKeys(root) {
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  const stop = (event) => event.stopPropagation();
  for (const kind of ["keyup", "keypress"]) root.addEventListener(kind, stop);
  function onWindowKey(event) {
    if (!root.contains(event.target)) return;
    if (isSave(event)) root.removeAttribute("data-lm-suppress-shortcuts");
    else root.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  window.addEventListener("keydown", onWindowKey, true);
  return () => window.removeEventListener("keydown", onWindowKey, true);
}

/** Give an element the theme that is wanted, or, for "", that of the page around it. */
export function followTheme(root, wanted) {
  const dark = window.matchMedia?.("(prefers-color-scheme: dark)");
  function apply() {
    const { body } = document;
    let theme = wanted;
    if (!theme) {
      if (body.dataset.jpThemeLight) theme = body.dataset.jpThemeLight === "true" ? "light" : "dark";
      else if (body.matches(".vscode-dark, .vscode-high-contrast")) theme = "dark";
      else if (body.matches(".vscode-light")) theme = "light";
      else theme = dark?.matches ? "dark" : "light";
    }
    root.dataset.theme = theme;
  }
  const watch = new MutationObserver(apply);
  watch.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  dark?.addEventListener?.("change", apply);
  apply();
  return {
    set(theme) {
      wanted = theme;
      apply();
    },
    release() {
      watch.disconnect();
      dark?.removeEventListener?.("change", apply);
    },
  };
}
