/* The page around a view: its theme, and its shortcuts, which are not for what is typed in here. */

/** Set data-theme on an element: as asked for, "light" or "dark", else as the page is. */
export function followTheme(root, asked) {
  const dark = window.matchMedia?.("(prefers-color-scheme: dark)");
  let wanted = asked;
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
    stop() {
      watch.disconnect();
      dark?.removeEventListener?.("change", apply);
    },
  };
}

/** Whether a key press saves: the one shortcut of the notebook that is let through. */
export const isSave = (event) => (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";

/** Keep the keys that are pressed in an element from the notebook around it; gives how to stop. */
export function keepKeys(root) {
  const onWindowKey = (event) => {
    if (!root.contains(event.target)) return;
    if (isSave(event)) root.removeAttribute("data-lm-suppress-shortcuts");
    else root.setAttribute("data-lm-suppress-shortcuts", "true");
  };
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  for (const kind of ["keyup", "keypress"]) root.addEventListener(kind, (event) => event.stopPropagation());
  window.addEventListener("keydown", onWindowKey, true);
  return () => window.removeEventListener("keydown", onWindowKey, true);
}
