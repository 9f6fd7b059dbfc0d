/* What can be taken away: text for a mail, pictures, a page, a link; copied or saved in a click. */

/** @import { Dialog, ExportAnswer, Form, Going } from "../types.js" */

import { h, say } from "../core/dom.js";
import { createDialog } from "./dialog.js";
import { createGoingLine } from "./going.js";
import { saveFile, sayAll } from "./panels.js";

/** @typedef {"state" | "change" | "whole"} What */

/** What of a trace can be taken. @type {[What, string][]} */
export const OF_TRACE = [
  ["state", "this state"],
  ["change", "what this statement does"],
  ["whole", "the whole run"],
];
/** What of a comparison can be taken. @type {[What, string][]} */
export const OF_COMPARISON = [["state", "this step"]];

const LONG_LINK = 8000; // characters of a link which some mail programs and chats cut

/** @param {Form} form */
const isPicture = (form) => form.media.startsWith("image/");

/** Build the panel.
 *
 * @param {object} host
 * @param {[What, string][]} host.what OF_TRACE or OF_COMPARISON
 * @param {Form[]} host.forms
 * @param {string[]} host.looks the themes that a picture can have
 * @param {(form: Form, what: What, theme: string, comments: boolean, going: Going) => Promise<ExportAnswer>} host.make
 * @returns {Dialog}
 */
export function createShare(host) {
  const id = `zv-${Math.random().toString(36).slice(2, 10)}`;
  const radios = host.what.map(([value]) =>
    h("input", { type: "radio", name: id, value, checked: value === "state", onchange: () => clear() }));
  const labels = host.what.map(([, label], k) => h("label", {}, radios[k], ` ${label}`));
  const theme = h("select", { class: "zv-select", "aria-label": "look of pictures", onchange: () => clear() },
    ...host.looks.map((one) => h("option", { value: one }, one)));
  const comments = h("input", { type: "checkbox", checked: true, onchange: () => clear() });
  const hasLink = host.forms.some((form) => form.options.includes("comments"));
  const said = h("p", { class: "zv-said", role: "status" });
  const preview = h("pre", { class: "zv-preview", tabindex: 0, hidden: true, "aria-label": "what was made" });
  const frame = h("div", {}); // of a picture, once one is made
  const rows = host.forms.map((form) => h("tr", {},
    h("th", { scope: "row" }, form.name), h("td", {}, form.about),
    h("td", {},
      action("Copy", `Copy ${form.name}`, () => copy(form), form.text || form.media === "image/png"),
      action("Save", `Save ${form.name}`, () => save(form)),
      action("Show", `Show ${form.name}`, () => show(form), form.text || isPicture(form)))));
  const dialog = createDialog("Share", "zv-share",
    h("div", { class: "zv-share-what", role: "radiogroup", "aria-label": "what" }, "Of ", ...labels,
      h("label", {}, "pictures ", theme),
      hasLink ? h("label", { title: "a link without them is shorter" }, comments, " comments in links") : null),
    h("table", {}, h("tbody", {}, ...rows)), said, preview, frame);
  const line = createGoingLine(dialog.node);
  said.before(line.node);
  dialog.node.addEventListener("close", line.drop);

  function clear() {
    line.drop();
    sayAll(said, "");
    preview.hidden = true;
    frame.replaceChildren();
  }

  /** Have a form made; null where that cannot be done, which is said. @param {Form} form */
  async function made(form) {
    clear();
    const going = line.begin(`Making ${form.name}`);
    const chosen = radios.findIndex((radio) => radio.checked);
    const answer = await host.make(form, host.what[chosen][0], theme.value, comments.checked, going);
    if (!line.done(going)) return null;
    if (answer.error === undefined) return answer;
    sayAll(said, answer.error);
    return null;
  }

  /** @param {Form} form */
  async function copy(form) {
    const answer = await made(form);
    if (!answer) return;
    try {
      if (answer.text !== undefined) await navigator.clipboard.writeText(answer.text);
      else await navigator.clipboard.write([new ClipboardItem({ [answer.media]: blobOf(answer) })]);
      sayAll(said, `Copied: ${form.about}.${caution(form, answer)}`);
    } catch {
      // Not every page may write to the clipboard; what is selected can be copied by hand.
      if (answer.text === undefined) sayAll(said, "This page may not copy pictures; Save gives a file.");
      else {
        tell(answer.text);
        getSelection()?.selectAllChildren(preview);
        sayAll(said, "This page may not copy by itself: the text below is selected, press Ctrl+C.");
      }
    }
  }

  /** @param {Form} form */
  async function save(form) {
    const answer = await made(form);
    if (!answer) return;
    saveFile(answer.name, blobOf(answer), 10000);
    sayAll(said, `Saved as ${answer.name}, where this browser puts what it downloads.`);
  }

  /** @param {Form} form */
  async function show(form) {
    const answer = await made(form);
    if (!answer) return;
    sayAll(said, caution(form, answer).trim());
    if (answer.text !== undefined && !isPicture(form)) {
      tell(answer.text);
      return;
    }
    const bytes = answer.base64 ?? btoa(String.fromCharCode(...new TextEncoder().encode(answer.text)));
    frame.replaceChildren(h("img", { class: "zv-preview", alt: `${form.about}, as it was made`,
      src: `data:${answer.media};base64,${bytes}` }));
  }

  /** @param {string} text */
  function tell(text) {
    say(preview, text);
    preview.hidden = false;
  }

  return dialog;
}

/** What to know of a link that is long. @param {Form} form @param {ExportAnswer} answer */
function caution(form, answer) {
  const many = answer.text?.trim().length ?? 0;
  return form.name === "link" && many > LONG_LINK ? ` It has ${many.toLocaleString("en")} characters, and some programs `
    + "cut a link so long: without comments it is shorter, or save the zap, and send that file." : "";
}

/** @param {string} word @param {string} label @param {() => void} act @param {boolean} can */
function action(word, label, act, can = true) {
  return can ? h("button", { type: "button", class: "zv-button zv-words", "aria-label": label, onclick: act },
    word) : null;
}

/** @param {ExportAnswer} answer */
function blobOf(answer) {
  if (answer.text !== undefined) return new Blob([answer.text], { type: answer.media });
  const bytes = Uint8Array.from(atob(answer.base64 ?? ""), (char) => char.charCodeAt(0));
  return new Blob([bytes], { type: answer.media });
}
