/* The text of the scenario: line numbers that jump, the current line marked, editable or not.
 *
 * The text is drawn line by line under a transparent textarea that wraps in the same way.
 */

import { focusIn, h, say } from "../core/dom.js";

/** @typedef {ReturnType<typeof createText>} ScenarioText */
/** A line, its text, and how far it is: run, held or failed, or "".
 *
 * @typedef {{node: HTMLElement, body: HTMLElement, text: string | null, verdict: string}} Line
 */

/** @param {{editable: boolean, onLine: (line: number) => void}} options */
export function createText(options) {
  const lines = h("div", { class: "zv-lines" });
  const area = h("textarea", {
    class: "zv-area", spellcheck: "false", autocapitalize: "off", autocomplete: "off",
    autocorrect: "off", "aria-label": options.editable ? "scenario, editable" : "scenario",
    readonly: !options.editable,
  });
  const sheet = h("div", { class: "zv-sheet" }, lines, area);
  const clip = h("div", { class: "zv-clip" }, sheet);
  const title = h("span", {});
  const fold = h("button", { type: "button", class: "zv-fold", hidden: true, onclick: () => setFolded(!folded) },
    h("span", { class: "zv-fold-sign", "aria-hidden": "true" }), title);
  const box = h("div", { class: "zv-text" }, fold, clip);
  /** @type {Line[]} */
  const drawn = [];
  /** @type {string | null} */
  let shown = null;
  /** @type {HTMLElement | null} */
  let current = null;
  let lead = 0; // how many lines of comment the text begins with
  let folded = true;
  /** @type {string | null} */
  let ran = null; // the text that the marks are about
  let away = 0; // pixels of the sheet that are folded away

  /** @param {boolean} on */
  function setFolded(on) {
    folded = on;
    place();
  }

  /** Fold the lines of comment that the text begins with to their first one, or show them. */
  function place() {
    fold.hidden = lead === 0;
    fold.setAttribute("aria-expanded", String(!folded));
    fold.title = folded ? "Show the comment" : "Fold the comment";
    away = folded && lead ? drawn[lead]?.node.offsetTop ?? 0 : 0;
    sheet.style.marginTop = `${-away}px`;
    for (const [k, { node }] of drawn.entries()) node.toggleAttribute("data-away", folded && k < lead);
  }

  /** Where a line stands in the box. @param {HTMLElement} node */
  const topOf = (node) => clip.offsetTop + node.offsetTop - away;

  // Lines wrap anew where the box becomes wider, and what is written must not be where nothing is seen.
  new ResizeObserver(() => {
    place();
    reveal();
  }).observe(box);
  area.addEventListener("selectionchange", unfoldCaret);
  area.addEventListener("keyup", unfoldCaret);

  function unfoldCaret() {
    if (folded && lead && area.value.slice(0, area.selectionStart).split("\n").length <= lead && focusIn(area)) {
      setFolded(false);
    }
  }

  /** @param {string} text */
  function draw(text) {
    if (text === shown) return;
    shown = text;
    showRan();
    lead = leadOf(text);
    say(title, titleOf(text));
    const wanted = text.split("\n");
    while (drawn.length > wanted.length) drawn.pop()?.node.remove();
    for (const [k, line] of wanted.entries()) {
      if (k === drawn.length) drawn.push(newLine(k + 1));
      if (drawn[k].text === line) continue;
      drawn[k].text = line;
      drawn[k].body.replaceChildren(...coloured(line));
    }
    place();
  }

  /** Put the marks away while the text is another one than that which ran. */
  const showRan = () => box.classList.toggle("zv-edited", ran !== null && shown?.trimEnd() !== ran);

  /** @param {number} number @returns {Line} */
  function newLine(number) {
    const body = h("span", { class: "zv-code" });
    const node = h("div", { class: "zv-line" },
      h("button", { type: "button", tabindex: -1, class: "zv-number", title: "go to this line",
        onclick: () => options.onLine(number) }, String(number)), body);
    lines.append(node);
    return { node, body, text: null, verdict: "" };
  }

  /** Scroll the current line into the box, the box alone. */
  function reveal() {
    if (!current || box.scrollHeight <= box.clientHeight) return;
    const top = topOf(current);
    const height = current.offsetHeight;
    if (top < box.scrollTop + 8) box.scrollTop = Math.max(0, top - 2 * height);
    else if (top + height + 12 > box.scrollTop + box.clientHeight) {
      box.scrollTop = top + 3 * height - box.clientHeight;
    }
  }

  return {
    box,
    area,
    /** @param {string} text */
    set(text) {
      if (area.value !== text) {
        area.value = text;
        folded = true;
      }
      draw(text);
    },
    redraw: () => draw(area.value),
    /** Say which text ran: the marks on the lines are about it. @param {string} text */
    setRan(text) {
      ran = text.trimEnd();
      showRan();
    },
    /** Mark the line of the current statement; 0 is none. @param {number} line */
    mark(line) {
      const node = drawn[line - 1]?.node ?? null;
      if (node === current) return;
      current?.classList.remove("zv-here");
      node?.classList.add("zv-here");
      current = node;
    },
    /** Mark the lines already run, and the assertions among them that hold or fail.
     *
     * @param {Map<number, string>} list
     */
    verdicts(list) {
      for (const [k, line] of drawn.entries()) {
        const verdict = list.get(k + 1) ?? "";
        if (line.verdict === verdict) continue;
        if (line.verdict) line.node.classList.remove(line.verdict);
        if (verdict) line.node.classList.add(verdict);
        line.verdict = verdict;
      }
    },
    /** Mark the line that has a mistake; 0 is none. @param {number} line */
    wrong(line) {
      for (const [k, { body }] of drawn.entries()) body.classList.toggle("zv-mistake", k + 1 === line);
    },
    /** Scroll the line of the caret into the box. */
    revealCaret() {
      if (!focusIn(area)) return;
      const line = drawn[area.value.slice(0, area.selectionStart).split("\n").length - 1]?.node;
      if (!line) return;
      const bottom = topOf(line) + line.offsetHeight + 12;
      if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
      else if (topOf(line) < box.scrollTop) box.scrollTop = Math.max(0, topOf(line) - 8);
    },
    reveal,
  };
}

/** How many lines of comment, and empty ones after them, a text begins with; none where nothing else follows.
 *
 * @param {string} text
 */
function leadOf(text) {
  if (!text.startsWith("#")) return 0;
  const first = text.split("\n").findIndex((line) => line.trim() && !line.startsWith("#"));
  return Math.max(0, first);
}

/** The first line of comment. @param {string} text */
const titleOf = (text) => text.split("\n", 1)[0].replace(/^#+\s*/, "");

/** A line in its colours. @param {string} line */
function coloured(line) {
  const comment = line.indexOf("#");
  const code = comment < 0 ? line : line.slice(0, comment);
  const word = code.match(/^(\s*(?:>\s*)*)(assert|def)\b/);
  /** @type {(Node | string)[]} */
  const parts = word
    ? [word[1], h("span", { class: "zv-word" }, word[2]), code.slice(word[0].length)] : [code];
  if (comment >= 0) parts.push(h("span", { class: "zv-comment" }, line.slice(comment)));
  return line ? parts : ["\u200b"];
}
