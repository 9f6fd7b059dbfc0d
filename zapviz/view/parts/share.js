/* What can be taken away: text for a mail, pictures, a page, a link; copied or saved in a click. */

import { h, say } from "../core/dom.js";
import { createDialog } from "./dialog.js";

/** What of a trace, and what of a comparison, can be taken. */
export const OF_TRACE = [
  ["state", "this state"],
  ["change", "what this statement does"],
  ["whole", "the whole run"],
];
export const OF_COMPARISON = [["state", "this step"]];

/** Build the panel.
 *
 * host: what, OF_TRACE or OF_COMPARISON; forms, [{name, about, ending, text, options}]; make(form, what, theme), a promise of
 * the answer (zapviz/api/answers.py): {name, media, text} or {name, media, base64} or {error}.
 */
export function createShare(host) {
  const id = `zv-${Math.random().toString(36).slice(2, 10)}`;
  const radios = host.what.map(([value, label]) => h("label", {},
    h("input", { type: "radio", name: id, value, checked: value === "state", onchange: () => clear() }),
    ` ${label}`));
  const theme = h("select", { class: "zv-select", "aria-label": "look of pictures", onchange: () => clear() },
    ...["light", "dark", "print"].map((one) => h("option", { value: one }, one)));
  const said = h("p", { class: "zv-said", role: "status" });
  const preview = h("pre", { class: "zv-preview", tabindex: 0, hidden: true, "aria-label": "what was made" });
  const frame = h("div", {}); // of a picture, once one is made
  const rows = host.forms.map((form) => h("tr", {},
    h("th", { scope: "row" }, form.name), h("td", {}, form.about),
    h("td", {},
      action("Copy", `Copy ${form.name}`, () => copy(form), !form.text && form.name !== "png"),
      action("Save", `Save ${form.name}`, () => save(form)),
      action("Show", `Show ${form.name}`, () => show(form), !form.text && !isPicture(form)))));
  const dialog = createDialog("Share", "zv-share",
    h("div", { class: "zv-share-what", role: "radiogroup", "aria-label": "what" }, "Of ", ...radios,
      h("label", {}, "pictures ", theme)),
    h("table", {}, h("tbody", {}, ...rows)), said, preview, frame);

  function isPicture(form) {
    return ["png", "svg", "gif"].includes(form.name);
  }

  function action(word, label, act, hidden = false) {
    return hidden ? null : h("button", { type: "button", class: "zv-button zv-words",
      "aria-label": label, onclick: act }, word);
  }

  function clear() {
    say(said, "");
    preview.hidden = true;
    frame.replaceChildren();
  }

  /** Have a form made; null where that cannot be done, which is said. */
  async function made(form) {
    clear();
    say(said, `Making ${form.name} \u2026`);
    const what = radios.map((label) => label.firstChild).find((radio) => radio.checked).value;
    const answer = await host.make(form, what, theme.value);
    if (!answer.error) return answer;
    say(said, answer.error);
    return null;
  }

  async function copy(form) {
    const answer = await made(form);
    if (!answer) return;
    try {
      if (answer.text !== undefined) await navigator.clipboard.writeText(answer.text);
      else await navigator.clipboard.write([new ClipboardItem({ [answer.media]: blobOf(answer) })]);
      say(said, `Copied: ${form.about}.`);
    } catch {
      // Not every page may write to the clipboard; what is selected can be copied by hand.
      if (answer.text === undefined) say(said, "This page may not copy pictures; Save gives a file.");
      else {
        tell(answer.text);
        getSelection().selectAllChildren(preview);
        say(said, "This page may not copy by itself: the text below is selected, press Ctrl+C.");
      }
    }
  }

  async function save(form) {
    const answer = await made(form);
    if (!answer) return;
    const url = URL.createObjectURL(blobOf(answer));
    const link = h("a", { href: url, download: answer.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
    say(said, `Saved as ${answer.name}, where this browser puts what it downloads.`);
  }

  async function show(form) {
    const answer = await made(form);
    if (!answer) return;
    say(said, "");
    if (answer.text !== undefined && !isPicture(form)) tell(answer.text);
    else {
      const bytes = answer.base64 ?? btoa(String.fromCharCode(...new TextEncoder().encode(answer.text)));
      frame.replaceChildren(h("img", { class: "zv-preview", alt: `${form.about}, as it was made`,
        src: `data:${answer.media};base64,${bytes}` }));
    }
  }

  function tell(text) {
    say(preview, text);
    preview.hidden = false;
  }

  return dialog;
}

function blobOf(answer) {
  if (answer.text !== undefined) return new Blob([answer.text], { type: answer.media });
  const bytes = Uint8Array.from(atob(answer.base64), (char) => char.charCodeAt(0));
  return new Blob([bytes], { type: answer.media });
}
