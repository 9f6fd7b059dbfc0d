/* Pieces of a player: text that keeps its room, a cell inside text, the scenario with its lines. */

import { h } from "../core/dom.js";

/** A place for changing text that always keeps the room of the longest it will hold. */
export function reserved(kind, live) {
  const text = h("div", { class: "zv-live", ...live });
  const ghosts = h("div", { class: "zv-ghosts", "aria-hidden": "true" });
  const seen = [];
  return {
    node: h("div", { class: `zv-reserve ${kind}` }, ghosts, text),
    text,
    /** Make room for these texts too; but for a reset the room never shrinks. */
    keep(texts, reset = false) {
      if (reset) seen.length = 0;
      const longest = [...new Set([...seen, ...texts])].sort((a, b) => b.length - a.length).slice(0, 8);
      if (longest.every((one, k) => one === seen[k])) return;
      seen.splice(0, seen.length, ...longest);
      ghosts.replaceChildren(...longest.map((one) => h("div", {}, one)));
    },
  };
}

/** A small picture of a cell, as it stands in the grid, for use inside text. */
export function chip() {
  const letter = document.createTextNode("");
  const node = h("span", { class: "zv-chip" }, letter);
  return {
    node,
    show(look) {
      node.className = `zv-chip k-${look ? look.kind : "unmapped"}`;
      letter.data = look ? look.letter : "";
      node.title = look ? `${look.name}: ${look.text}` : "";
    },
  };
}

/** How a class of entry looks, apart from any entry of it. */
export function classLook(palette, kind) {
  const one = palette.classes[kind];
  const letter = { none: "\u00b7", unmapped: "", free: "" }[kind] ?? one.letter;
  return { kind, letter, name: one.name, text: one.meaning };
}

/** The text of the scenario: line numbers that jump, the current line marked, editable or not.
 *
 * The text is drawn line by line under a transparent textarea that wraps in the same way.
 */
export function createText(options) {
  const lines = h("div", { class: "zv-lines" });
  const area = h("textarea", {
    class: "zv-area", spellcheck: "false", autocapitalize: "off", autocomplete: "off",
    autocorrect: "off", "aria-label": options.editable ? "scenario, editable" : "scenario",
    readonly: !options.editable,
  });
  const box = h("div", { class: "zv-text" }, h("div", { class: "zv-sheet" }, lines, area));
  const drawn = []; // {node, body, text} for each line
  let shown = null;
  let current = null;

  function draw(text) {
    if (text === shown) return;
    shown = text;
    const wanted = text.split("\n");
    while (drawn.length > wanted.length) drawn.pop().node.remove();
    for (const [k, line] of wanted.entries()) {
      if (k === drawn.length) drawn.push(newLine(k + 1));
      if (drawn[k].text === line) continue;
      drawn[k].text = line;
      drawn[k].body.replaceChildren(...colour(line));
    }
  }

  function newLine(number) {
    const body = h("span", { class: "zv-code" });
    const node = h("div", { class: "zv-line" },
      h("button", { type: "button", tabindex: -1, class: "zv-number", title: "go to this line",
        onclick: () => options.onLine(number) }, String(number)), body);
    lines.append(node);
    return { node, body, text: null };
  }

  function colour(line) {
    const comment = line.indexOf("#");
    const code = comment < 0 ? line : line.slice(0, comment);
    const word = code.match(/^(\s*(?:>\s*)*)(assert|def)\b/);
    const parts = word
      ? [word[1], h("span", { class: "zv-word" }, word[2]), code.slice(word[0].length)] : [code];
    if (comment >= 0) parts.push(h("span", { class: "zv-comment" }, line.slice(comment)));
    return line ? parts : ["\u200b"];
  }

  return {
    box,
    area,
    set(text) {
      if (area.value !== text) area.value = text;
      draw(text);
    },
    redraw: () => draw(area.value),
    /** Mark the line of the current statement; 0 is none. */
    mark(line) {
      const node = drawn[line - 1]?.node ?? null;
      if (node === current) return;
      current?.classList.remove("zv-here");
      node?.classList.add("zv-here");
      current = node;
    },
    /** Mark the lines already run, and the assertions among them that hold or fail. */
    verdicts(list) {
      for (const [k, { node }] of drawn.entries()) {
        const verdict = list.get(k + 1) ?? "";
        const kind = `zv-line ${verdict}${node === current ? " zv-here" : ""}`;
        if (node.className !== kind) node.className = kind;
      }
    },
    /** Mark the line that has a mistake; 0 is none. */
    wrong(line) {
      for (const [k, { body }] of drawn.entries()) body.classList.toggle("zv-mistake", k + 1 === line);
    },
    /** Scroll the line of the caret into the box. */
    revealCaret() {
      if (document.activeElement !== area) return;
      const line = drawn[area.value.slice(0, area.selectionStart).split("\n").length - 1]?.node;
      if (!line) return;
      const bottom = line.offsetTop + line.offsetHeight + 12;
      if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
      else if (line.offsetTop < box.scrollTop) box.scrollTop = Math.max(0, line.offsetTop - 8);
    },
    /** Scroll the current line into the box, the box alone. */
    reveal() {
      if (!current || box.scrollHeight <= box.clientHeight) return;
      const top = current.offsetTop;
      const height = current.offsetHeight;
      if (top < box.scrollTop + 8) box.scrollTop = Math.max(0, top - 2 * height);
      else if (top + height + 12 > box.scrollTop + box.clientHeight) {
        box.scrollTop = top + 3 * height - box.clientHeight;
      }
    },
  };
}
