/* Built from zapviz/view/views/table.js by tools/built.mjs; edit that. */

// zapviz/view/core/dom.js
var SVG = "http://www.w3.org/2000/svg";
var ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  previous: "M11 3v10L4 8z",
  next: "M5 3v10l7-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  full: "M2 2h5v2H4v3H2zM9 2h5v5h-2V4H9zM2 9h2v3h3v2H2zM12 9h2v5H9v-2h3z"
};
function h(tag, properties, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === void 0 || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(
      key.slice(2),
      /** @type {EventListener} */
      value
    );
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}
function s(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
var targetOf = (event) => (
  /** @type {Element} */
  event.target
);
var fieldOf = (event) => targetOf(event).closest("textarea, select, input:not([type=range]):not([type=checkbox])");
function icon(name) {
  return s(
    "svg",
    { viewBox: "0 0 16 16", class: "zv-icon", "aria-hidden": "true" },
    s("path", { d: ICONS[name] })
  );
}
function button(what, label, act, word = null) {
  return h("button", {
    type: "button",
    class: `zv-button zv-${what}`,
    title: label,
    "aria-label": label,
    onclick: act
  }, icon(what), word ? h("span", {}, word) : null);
}
function words(label, title, act, kind = "", key = "") {
  return h(
    "button",
    {
      type: "button",
      class: `zv-button zv-words ${kind}`,
      title,
      onclick: act,
      "aria-keyshortcuts": key || null
    },
    label,
    key ? h("kbd", { class: "zv-kbd", "aria-hidden": "true" }, key) : null
  );
}
var heading = (properties, ...children) => h("h4", { role: "presentation", ...properties }, ...children);

// zapviz/view/core/pivot.js
var AXES = ["entry", "mapping", "path", "owner", "kernel"];
var OUTER = [...AXES].reverse();
var IMPOSSIBLE = "not possible";
function readTable(data) {
  const { texts } = data;
  const shown = AXES.filter((axis) => data[axis] !== void 0);
  const valuesOf = (axis) => (data[axis] ?? []).map(([id, name, more, meaning]) => {
    if (axis === "kernel") return { id, name: id, title: name };
    return { id, name, title: (axis === "owner" ? more : meaning ?? more) ?? name };
  });
  const axes = {
    entry: valuesOf("entry"),
    mapping: valuesOf("mapping"),
    path: valuesOf("path"),
    owner: valuesOf("owner"),
    kernel: valuesOf("kernel")
  };
  const beside = new Map((data.owner ?? []).map(([id, , , words2]) => [id, words2]));
  const named = new Map(AXES.map((axis) => [axis, new Map(axes[axis].map((one) => [one.id, one.name]))]));
  const names = (axis, id) => named.get(axis)?.get(id) ?? id;
  const kernels = new Map(axes.kernel.map((one, k) => [one.id, k]));
  const places = new Map(data.places.map((place, index) => [place.map((k, axis) => axes[AXES[axis]][k].id).join(), index]));
  return {
    shown,
    axes,
    names,
    notes: data.notes,
    /** The cell at a place; null where the table has none. @param {TablePlace} at @returns {Decision | null} */
    cell(at) {
      const place = places.get(shown.slice(0, -1).map((axis) => at[axis]).join());
      const kernel = kernels.get(at.kernel);
      if (place === void 0 || kernel === void 0) return null;
      const index = 2 * (place * axes.kernel.length + kernel);
      const [word, verdict, after, result, waits, reason, rule, source, evidence, ...passes] = data.decisions[data.cells[index]];
      const [entry, mapping, path] = [names("entry", at.entry), names("mapping", at.mapping), names("path", at.path)];
      const shared = beside.get(at.owner ?? "") ?? "";
      const owner = shared && `, ${names("owner", at.owner ?? "")}`;
      const lines = data.scenarios[data.cells[index + 1]].map((line) => texts[line]);
      const passed = [];
      for (let k = 0; k < passes.length; k += 2) passed.push([texts[passes[k]], texts[passes[k + 1]]]);
      return {
        ...at,
        word: texts[word],
        verdict: texts[verdict],
        after: texts[after],
        result: texts[result],
        waits: Boolean(waits),
        reason: texts[reason],
        rule: texts[rule],
        source: texts[source],
        evidence: texts[evidence],
        passes: passed,
        title: `${entry}, ${mapping}${owner}: ${path}`,
        scenario: `# ${entry}: ${path}
# ${mapping}${shared}
${lines.join("\n")}
`
      };
    }
  };
}
function completeView(table, wanted) {
  const given = wanted ?? {};
  const idsOf = (axis) => {
    const known = table.axes[axis].map((one) => one.id);
    const chosen = known.filter((id) => (given[axis] ?? known).includes(id));
    return chosen.length ? chosen : known;
  };
  const rows = given.rows && table.shown.includes(given.rows) ? given.rows : "entry";
  const columns = given.columns && table.shown.includes(given.columns) && given.columns !== rows ? given.columns : rows === "path" ? "entry" : "path";
  const ids = Object.fromEntries(table.shown.map((axis) => [axis, idsOf(axis)]));
  return (
    /** @type {TableView} */
    { rows, columns, ...ids, only: Boolean(given.only) }
  );
}
function putAxis(view, side, axis) {
  const other = side === "rows" ? "columns" : "rows";
  return view[other] === axis ? { [side]: axis, [other]: view[side] } : { [side]: axis };
}
function onlyDiffering(table, view) {
  const part = { only: true };
  if (view.kernel.length < 2) part.kernel = table.axes.kernel.map((one) => one.id);
  if (view.rows !== "kernel" && view.columns !== "kernel") part.columns = "kernel";
  if (part.columns && view.rows === "kernel") part.rows = "entry";
  return part;
}
function differs(table, view, at) {
  const words2 = /* @__PURE__ */ new Set();
  for (const kernel of view.kernel) {
    const cell = table.cell({ ...at, kernel });
    if (cell && cell.verdict !== IMPOSSIBLE) words2.add(`${cell.word}|${cell.after}|${cell.result}`);
  }
  return words2.size > 1;
}
var outerAxes = (view) => OUTER.filter((axis) => axis in view && axis !== view.rows && axis !== view.columns);
function shownGroups(table, view) {
  let groups = [{}];
  for (const axis of outerAxes(view)) {
    groups = groups.flatMap((one) => view[axis].map((id) => ({ ...one, [axis]: id })));
  }
  const counts = (cell) => cell !== null && cell.verdict !== IMPOSSIBLE && (!view.only || differs(table, view, cell));
  return groups.map((group) => {
    const rows = view[view.rows].map((id) => ({ id, cells: view[view.columns].map((column) => table.cell(
      /** @type {TablePlace} */
      { ...group, [view.rows]: id, [view.columns]: column }
    )) }));
    return { group, rows: rows.filter(({ cells }) => cells.some(counts)) };
  }).filter(({ rows }) => rows.length);
}
function wordsIn(groups) {
  const cells = groups.flatMap(({ rows }) => rows.flatMap((row) => row.cells)).filter((cell) => cell !== null);
  return { verdicts: new Set(cells.map((cell) => cell.verdict)), words: cells.map((cell) => cell.word) };
}

// zapviz/view/core/stops.js
var within = (n, least, most) => Math.max(least, Math.min(most, n));

// zapviz/view/parts/cells.js
var PAGE_ROWS = 8;
function createCells(palette) {
  const head = h("thead", {});
  const body = h("tbody", {});
  const node = h("table", {
    role: "grid",
    class: "zv-table",
    "aria-readonly": "true",
    "aria-label": "what becomes of an entry"
  }, head, body);
  let drawn = [];
  let roving = [0, 0];
  function drawCell(cell, r, c) {
    const td = h("td", { role: "gridcell", tabindex: -1 });
    td.zapvizAt = [r, c];
    if (!cell) return td;
    const look = palette.verdicts[cell.verdict];
    const possible = cell.verdict !== IMPOSSIBLE;
    td.setAttribute("aria-label", `${cell.title}, ${cell.kernel}: ${possible ? cell.word : IMPOSSIBLE}. ${cell.reason}`);
    td.append(h(
      "span",
      { class: `zv-decision ${possible ? `k-${look.ink}` : "zv-impossible"}` },
      h("span", { class: "zv-decision-sign", "aria-hidden": "true" }, look.sign),
      possible ? h("span", {}, cell.word) : null
    ));
    return td;
  }
  function rove(r, c, focus) {
    for (const td of body.querySelectorAll("td[tabindex='0']")) td.setAttribute("tabindex", "-1");
    const one = drawn[r]?.[c];
    if (!one) return;
    roving = [r, c];
    one.td.setAttribute("tabindex", "0");
    if (focus) one.td.focus();
  }
  return {
    node,
    body,
    /** @param {Laid} laid */
    draw({ corner, columns, rowNamed, groups }) {
      head.replaceChildren(h(
        "tr",
        { role: "row" },
        h("th", { role: "columnheader", scope: "col", class: "zv-corner" }, h("span", {}, corner)),
        ...columns.map((one) => h("th", {
          role: "columnheader",
          scope: "col",
          title: one.title,
          style: `width: ${(100 / columns.length).toFixed(3)}%`
        }, one.name))
      ));
      drawn = [];
      const lines = [];
      for (const { heading: heading2, rows } of groups) {
        if (heading2) {
          lines.push(h(
            "tr",
            { role: "row", class: "zv-table-group" },
            h("th", { role: "rowheader", colspan: columns.length + 1, scope: "rowgroup" }, h("span", {}, heading2))
          ));
        }
        for (const { id, cells } of rows) {
          const r2 = drawn.length;
          const line = cells.map((cell, c2) => ({ cell, td: drawCell(cell, r2, c2) }));
          drawn.push(line);
          const one = rowNamed(id);
          lines.push(h(
            "tr",
            { role: "row" },
            h("th", { role: "rowheader", scope: "row", title: one.title }, one.name),
            ...line.map(({ td }) => td)
          ));
        }
      }
      body.replaceChildren(...lines);
      const [r, c] = roving;
      rove(Math.min(r, drawn.length - 1), Math.min(c, (drawn[0]?.length ?? 1) - 1), false);
    },
    rove,
    /** The cell that has the focus. */
    roving: () => drawn[roving[0]]?.[roving[1]]?.cell ?? null,
    /** The row and column that an event is about. @param {Event} event */
    placeOf: (event) => targetOf(event).closest?.("td")?.zapvizAt ?? null,
    /** @param {[number, number] | null} place */
    cellAt: (place) => place ? drawn[place[0]]?.[place[1]]?.cell ?? null : null,
    /** Mark a cell as the one that is pinned, if it is drawn; null is none.
     *
     * @param {((cell: Decision) => boolean) | null} holds
     */
    mark(holds) {
      for (const td of body.querySelectorAll("[aria-selected]")) td.removeAttribute("aria-selected");
      const one = holds && drawn.flat().find(({ cell }) => cell && holds(cell));
      one?.td.setAttribute("aria-selected", "true");
    },
    /** Move the focus as a key does; whether it does. @param {KeyboardEvent} event */
    onKey(event) {
      const [r, c] = roving;
      const [lastRow, lastColumn] = [drawn.length - 1, drawn[0].length - 1];
      const ends = event.ctrlKey || event.metaKey;
      const places = {
        ArrowRight: [r, c + 1],
        ArrowLeft: [r, c - 1],
        ArrowDown: [r + 1, c],
        ArrowUp: [r - 1, c],
        Home: [ends ? 0 : r, 0],
        End: [ends ? lastRow : r, lastColumn],
        PageDown: [r + PAGE_ROWS, c],
        PageUp: [r - PAGE_ROWS, c]
      };
      const to = places[event.key];
      if (to) rove(within(to[0], 0, lastRow), within(to[1], 0, lastColumn), true);
      return Boolean(to);
    }
  };
}

// zapviz/view/core/looks.js
function paletteRules(palette, id) {
  const rules = [];
  for (const [name, { inks, ...own }] of Object.entries(palette.themes)) {
    const root = `#${id}[data-theme="${name}"]`;
    const colours = Object.entries(own).map(([key, colour]) => `--zv-${key}:${colour}`);
    rules.push(`${root}{${colours.join(";")}}`);
    for (const [kind, ink] of Object.entries(inks)) {
      rules.push(`${root} .k-${kind}{--f:${ink.fill};--t:${ink.text};--b:${ink.border};--d:${ink.dashed ? "3 3" : "none"}}`);
    }
  }
  return rules.join("\n");
}

// zapviz/view/core/glossary.js
var escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
var explained = (term) => `${term.plain}
${term.kernel}`;
function createFinder({ glossary }) {
  const bySpelling = new Map(glossary.flatMap((term) => term.words.map((word) => [word, term])));
  const spellings = glossary.flatMap((term) => term.label ? [] : term.words).sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`(?<![\\w.-])(?:${spellings.map(escaped).join("|")})(?![\\w-])`, "g");
  return {
    /** The term that a label is, as a whole. @param {string} label */
    term: (label) => bySpelling.get(label) ?? null,
    /** The parts of a text; a term is marked where it stands first.
     *
     * @param {string} text
     */
    split(text) {
      const parts = [];
      const met = /* @__PURE__ */ new Set();
      let from = 0;
      for (const found of spellings.length ? text.matchAll(pattern) : []) {
        const term = (
          /** @type {Term} */
          bySpelling.get(found[0])
        );
        if (met.has(term)) continue;
        met.add(term);
        if (found.index > from) parts.push([text.slice(from, found.index), null]);
        parts.push([found[0], term]);
        from = found.index + found[0].length;
      }
      if (from < text.length) parts.push([text.slice(from), null]);
      return parts;
    }
  };
}

// zapviz/view/parts/words.js
var made = /* @__PURE__ */ new WeakMap();
function wordsOf(palette) {
  const known = made.get(palette);
  if (known) return known;
  const words2 = createWords(palette);
  made.set(palette, words2);
  return words2;
}
function createWords(palette) {
  const finder = createFinder(palette);
  const marked = (word, term) => h("span", { class: "zv-term", title: explained(term) }, word);
  const within2 = (text) => finder.split(text).map(([part, term]) => term ? marked(part, term) : part);
  function mark(label) {
    const whole = finder.term(label);
    return whole ? [marked(label, whole)] : within2(label);
  }
  const tipOf = (text) => finder.split(text).flatMap(([, term]) => term ? [`${term.words[0]}: ${explained(term)}`] : []).join("\n");
  return {
    mark,
    tipOf,
    split: finder.split,
    term: finder.term,
    /** Set an element's text with its terms marked, only if it differs. @param {Element} node @param {string} text */
    say(node, text) {
      if (node.textContent !== text) node.replaceChildren(...within2(text));
    }
  };
}

// zapviz/view/parts/legend.js
var createLegend = () => h("div", { class: "zv-legend", "aria-label": "legend" });

// zapviz/view/parts/picker.js
function createPicker(host) {
  const [one, more] = host.words;
  const summary = h("summary", { class: "zv-button zv-words" });
  const list = h("div", { class: "zv-picker-list" });
  let boxes = [];
  const quick = (label, title, ids) => h("button", {
    type: "button",
    class: "zv-link",
    title,
    onclick: () => host.choose(ids())
  }, label);
  const node = h("details", { class: "zv-picker" }, summary, h(
    "div",
    { class: "zv-picker-box" },
    h(
      "div",
      { class: "zv-picker-quick" },
      quick("all", `all ${more.toLowerCase()}`, () => host.all().map((value) => value.id)),
      quick("as at first", "what was shown at the beginning", host.first)
    ),
    list
  ));
  node.addEventListener("toggle", () => {
    if (node.open) host.onOpen();
  });
  function onBox() {
    const ids = boxes.filter((box) => box.checked).map((box) => box.value);
    if (ids.length) host.choose(ids);
    else show();
  }
  function show() {
    const ids = host.chosen();
    const name = host.named && ids.length === 1 ? host.all().find((value) => value.id === ids[0])?.name : null;
    say(summary, name ? `${one}: ${name}` : `${more} ${ids.length} of ${host.all().length}`);
    for (const box of boxes) box.checked = ids.includes(box.value);
  }
  return {
    node,
    show,
    close() {
      node.open = false;
    },
    focus: () => summary.focus(),
    /** Take over what can be chosen. */
    fill() {
      boxes = host.all().map((value) => h("input", { type: "checkbox", value: value.id, onchange: onBox }));
      list.replaceChildren(...host.all().map((value, k) => h("label", { title: value.title }, boxes[k], value.name)));
    }
  };
}

// zapviz/view/core/keys.js
var isSave = (event) => (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";

// zapviz/view/parts/shell.js
var ROOM = [1200, 640];
var LARGE_ROOM = [960, 530];
var LARGE = 1.3;
function adoptRules(element, text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  let place = document;
  const drop = () => {
    place.adoptedStyleSheets = place.adoptedStyleSheets.filter((one) => one !== sheet);
  };
  function adopt(next) {
    drop();
    place = next;
    place.adoptedStyleSheets = [...place.adoptedStyleSheets, sheet];
  }
  adopt(document);
  const watch = new ResizeObserver(() => {
    const now = element.getRootNode();
    if (now !== place && (now === document || now instanceof ShadowRoot)) adopt(
      /** @type {Document | ShadowRoot} */
      now
    );
  });
  watch.observe(element);
  return () => {
    watch.disconnect();
    drop();
  };
}
function pageTheme(dark) {
  const { body } = document;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "true" ? "light" : "dark";
  if (body.matches(".vscode-dark, .vscode-high-contrast")) return "dark";
  if (body.matches(".vscode-light")) return "light";
  return dark?.matches ? "dark" : "light";
}
function frameIn(element) {
  if (element.closest(".zv-frame")) return element;
  const frame = h("div", { class: "zv-frame" });
  element.append(frame);
  return frame;
}
var fullScreenIn = (element) => (
  /** @type {Document | ShadowRoot} */
  element.getRootNode().fullscreenElement ?? null
);
function createShell(label, options) {
  const name = `zv-${Math.random().toString(36).slice(2, 10)}`;
  const root = h("div", {
    class: "zv",
    id: name,
    tabindex: 0,
    role: "group",
    "aria-label": label,
    "data-lm-suppress-shortcuts": "true"
  });
  const dropRules = adoptRules(root, paletteRules(options.palette, name));
  let theme = options.theme;
  const presents = words("Large", "Large and of high contrast, for a projector (b)", () => present(), "zv-presents", "b");
  presents.setAttribute("aria-pressed", "false");
  const details = words("Details", "Call chain, locks and signs: shown or not (d)", turn, "", "d");
  function present(on = !root.classList.contains("zv-presented")) {
    root.classList.toggle("zv-presented", on);
    presents.setAttribute("aria-pressed", String(on));
    showZoom();
    options.onPresent?.(on);
  }
  function fullScreen() {
    if (fullScreenIn(root)) document.exitFullscreen();
    else root.closest(".zv-frame")?.requestFullscreen?.().catch(() => {
    });
  }
  function turn() {
    root.classList.toggle("zv-turned");
  }
  root.addEventListener("keydown", (event) => {
    if (isSave(event)) return;
    event.stopPropagation();
    if (event.altKey || (event.ctrlKey || event.metaKey) && !options.modified) return;
    if (fieldOf(event)) {
      if (event.key === "Escape") root.focus({ preventScroll: true });
      return;
    }
    if (options.onKey(event)) event.preventDefault();
  });
  for (const kind of ["keyup", "keypress"]) root.addEventListener(kind, (event) => event.stopPropagation());
  function onWindowKey(event) {
    const path = event.composedPath();
    const upTo = path.indexOf(root);
    if (upTo < 0) return;
    for (const node of path.slice(0, upTo + 1)) {
      node.toggleAttribute("data-lm-suppress-shortcuts", !isSave(event));
    }
  }
  window.addEventListener("keydown", onWindowKey, true);
  const dark = window.matchMedia?.("(prefers-color-scheme: dark)");
  const applyTheme = () => {
    root.dataset.theme = theme || pageTheme(dark);
  };
  const themeWatch = new MutationObserver(applyTheme);
  themeWatch.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  dark?.addEventListener?.("change", applyTheme);
  applyTheme();
  function showZoom() {
    const large = root.classList.contains("zv-presented");
    const [width, height] = large ? LARGE_ROOM : options.room ?? ROOM;
    let zoom = large ? LARGE : 1;
    const frame = (
      /** @type {HTMLElement | null} */
      root.closest(".zv-frame")
    );
    const full = frame !== null && root.isConnected && fullScreenIn(root) === frame;
    if (full) {
      frame.style.backgroundColor = getComputedStyle(root).backgroundColor;
      zoom = Math.max(zoom, Math.min(window.innerWidth / width, window.innerHeight / height));
    }
    root.style.setProperty("--zv-zoom", String(zoom));
  }
  function watchWidth(part, width, act) {
    let height = heightOf();
    const look = () => {
      showZoom();
      const [wide, high] = [part.clientWidth, heightOf()];
      if (wide <= 0 || Math.abs(wide - width) < 2 && Math.abs(high - height) < 2) return;
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
    get presented() {
      return root.classList.contains("zv-presented");
    },
    get full() {
      return fullScreenIn(root) !== null;
    },
    get height() {
      return heightOf();
    },
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
    }
  };
}

// zapviz/view/parts/why.js
var HINT = "Point at a cell for its reason. A click, or Enter, opens its scenario.";
function createWhy(palette) {
  const words2 = wordsOf(palette);
  const title = heading({ class: "zv-why-title" });
  const verdict = h("span", { class: "zv-verdict" });
  const reason = h("p", { class: "zv-why-reason" });
  const source = h("p", { class: "zv-why-source" });
  const passes = h("ol", { class: "zv-why-passes" });
  const scenario = h("pre", { class: "zv-why-scenario", tabindex: 0, "aria-label": "the smallest scenario" });
  const node = h(
    "section",
    { class: "zv-why", "aria-label": "why" },
    h(
      "div",
      { class: "zv-why-words" },
      h("div", { class: "zv-why-head" }, verdict, title),
      reason,
      source,
      passes
    ),
    scenario
  );
  return {
    node,
    /** Tell of a cell; null is none. @param {Decision | null} cell @param {boolean} pinned */
    show(cell, pinned) {
      const look = cell ? palette.verdicts[cell.verdict] : null;
      const possible = cell !== null && cell.verdict !== IMPOSSIBLE;
      node.classList.toggle("zv-why-empty", !cell);
      node.classList.toggle("zv-why-pinned", Boolean(cell) && pinned);
      say(verdict, cell ? `${look?.sign} ${possible ? cell.word : IMPOSSIBLE}` : "");
      verdict.className = `zv-verdict ${possible ? `zv-filled k-${look?.ink}` : "zv-impossible"}`;
      say(title, cell ? `${cell.title}, on ${cell.kernel}` : "");
      words2.say(reason, cell ? cell.reason : HINT);
      words2.say(source, cell ? [cell.source && `${cell.source}, ${cell.kernel}`, cell.evidence].filter(Boolean).join(" \xB7 ") : "");
      passes.replaceChildren(...(cell && cell.passes.length > 1 ? cell.passes : []).map(([pass, said]) => h("li", {}, `${pass}: ${said}`)));
      say(scenario, cell ? cell.scenario.trimEnd() : "");
      scenario.hidden = !cell;
    }
  };
}

// zapviz/view/views/table.js
var WORDS = {
  entry: ["Entry", "Entries"],
  mapping: ["Mapping", "Mappings"],
  path: ["Path", "Paths"],
  owner: ["Owner", "Owners"],
  kernel: ["Kernel", "Kernels"]
};
function createTable(element, given, options) {
  const { palette } = options;
  let table = readTable(given);
  let first = completeView(table, options.view ?? given.view);
  let view = first;
  let wide = null;
  let pinned = null;
  const shell = createShell(
    "zapviz: the decision table",
    { palette, theme: options.theme, onKey, modified: true, room: [1100, 620] }
  );
  const { root } = shell;
  root.classList.add("zv-decisions");
  root.tabIndex = -1;
  const rowsPick = createAxisPick("what goes down", (axis) => change(putAxis(view, "rows", axis)));
  const columnsPick = createAxisPick("what goes across", (axis) => change(putAxis(view, "columns", axis)));
  const pickers = AXES.map((axis) => createPicker({
    words: WORDS[axis],
    named: axis === "kernel" || axis === "mapping" || axis === "owner",
    all: () => table.axes[axis],
    first: () => first[axis] ?? [],
    chosen: () => view[axis] ?? [],
    choose: (ids) => change({ [axis]: ids }),
    onOpen: () => closePickers(pickers[AXES.indexOf(axis)].node)
  }));
  const onlyBox = h("input", { type: "checkbox", onchange: () => showOnly(onlyBox.checked) });
  const about = h("div", { class: "zv-table-about" });
  const cells = createCells(palette);
  const nothing = h("p", { class: "zv-table-nothing", role: "status", hidden: true });
  const why = createWhy(palette);
  const legend = createLegend();
  root.append(h(
    "div",
    { class: "zv-inner" },
    h(
      "div",
      { class: "zv-bar zv-table-bar" },
      h("label", { class: "zv-field" }, "Down", rowsPick),
      h("label", { class: "zv-field" }, "Across", columnsPick),
      ...pickers.map((picker) => picker.node),
      h(
        "label",
        { class: "zv-field zv-only", title: "only what the kernels decide differently" },
        onlyBox,
        "Only what differs"
      ),
      h("span", { class: "zv-space" }),
      button("full", "Full screen (f)", shell.fullScreen)
    ),
    about,
    h("div", { class: "zv-table-pane" }, cells.node, nothing),
    why.node,
    legend
  ));
  function closePickers(but) {
    for (const picker of pickers) if (picker.node !== but) picker.close();
  }
  function change(part, tell = true) {
    view = completeView(table, { ...view, ...part });
    refresh();
    if (tell) options.onView?.(view);
  }
  function showOnly(on) {
    if (on) {
      wide = { rows: view.rows, columns: view.columns, kernel: view.kernel };
      change(onlyDiffering(table, view));
    } else {
      change({ ...wide ?? {}, only: false });
      wide = null;
    }
  }
  function refresh() {
    rowsPick.value = view.rows;
    columnsPick.value = view.columns;
    onlyBox.checked = view.only;
    for (const [k, picker] of pickers.entries()) if (table.shown.includes(AXES[k])) picker.show();
    const outer = outerAxes(view);
    const several = outer.filter((axis) => view[axis].length > 1);
    const fixed = outer.filter((axis) => view[axis].length === 1);
    say(about, fixed.map((axis) => axis === "kernel" ? `kernel ${view.kernel[0]}` : table.names(axis, view[axis][0])).join(" \xB7 "));
    const groups = shownGroups(table, view);
    const named = (axis, id) => table.axes[axis].find((one) => one.id === id) ?? { id, name: id, title: id };
    cells.draw({
      corner: WORDS[view.rows][0],
      columns: view[view.columns].map((id) => named(view.columns, id)),
      rowNamed: (id) => named(view.rows, id),
      groups: groups.map(({ group, rows }) => ({
        rows,
        heading: several.map((axis) => table.names(axis, group[axis] ?? "")).join(", ")
      }))
    });
    legend.replaceChildren(...legendItems(palette, wordsIn(groups), table.notes));
    cells.node.hidden = groups.length === 0;
    nothing.hidden = groups.length > 0;
    say(nothing, view.only ? "The kernels chosen decide everything chosen here alike." : "Nothing of what is chosen can be.");
    mark();
    showWhy(pinned);
  }
  const showWhy = (cell) => why.show(cell, cell === pinned);
  function mark() {
    const place = pinned;
    cells.mark(place && ((cell) => AXES.every((axis) => cell[axis] === place[axis])));
  }
  function open(cell, tell = true) {
    pinned = cell;
    mark();
    showWhy(cell);
    if (cell && tell) options.onOpen?.(cell.scenario, cell.kernel, cell);
  }
  function onKey(event) {
    const { key } = event;
    const picker = pickers.find(({ node }) => node.open && node.contains(targetOf(event)));
    if (targetOf(event).closest("td")) {
      if (key === "Enter" || key === " ") {
        open(cells.roving());
        return true;
      }
      if (cells.onKey(event)) return true;
    }
    const closes = key === "Escape" || key === "q" && !event.ctrlKey && !event.metaKey;
    if (closes && picker) {
      picker.close();
      picker.focus();
    } else if (closes) {
      if (key !== "Escape" || !shell.full) open(null);
    } else if (key.toLowerCase() === "f" && !event.ctrlKey && !event.metaKey) shell.fullScreen();
    else return false;
    return true;
  }
  root.addEventListener("pointerdown", (event) => closePickers(targetOf(event).closest("details")));
  cells.body.addEventListener("pointerover", (event) => {
    const cell = cells.cellAt(cells.placeOf(event));
    if (cell) showWhy(cell);
  });
  cells.body.addEventListener("pointerleave", () => showWhy(pinned));
  cells.body.addEventListener("focusin", (event) => {
    const place = cells.placeOf(event);
    if (!place) return;
    cells.rove(...place, false);
    showWhy(cells.cellAt(place));
  });
  cells.body.addEventListener("click", (event) => {
    const place = cells.placeOf(event);
    if (!place) return;
    cells.rove(...place, true);
    open(cells.cellAt(place));
  });
  document.addEventListener("fullscreenchange", shell.showZoom);
  function setTable(next, wanted = view) {
    table = readTable(next);
    first = completeView(table, options.view ?? next.view);
    for (const [k, picker] of pickers.entries()) {
      picker.fill();
      picker.node.hidden = !table.shown.includes(AXES[k]);
    }
    for (const pick of [rowsPick, columnsPick]) pick.replaceChildren(...axisOptions(table.shown));
    view = completeView(table, wanted);
    refresh();
  }
  frameIn(element).append(root);
  setTable(given);
  return {
    root,
    get view() {
      return view;
    },
    /** @param {Partial<TableView>} wanted */
    setView: (wanted) => change(wanted, false),
    setTable,
    setTheme: shell.setTheme,
    /** Pin a cell by its four ids, without opening anything; null unpins. @param {TablePlace | null} place */
    pin: (place) => open(place && table.cell(place), false),
    destroy() {
      document.removeEventListener("fullscreenchange", shell.showZoom);
      shell.destroy();
    }
  };
}
function createAxisPick(label, choose) {
  const pick = h(
    "select",
    {
      class: "zv-select",
      "aria-label": label,
      onchange: () => choose(
        /** @type {Axis} */
        pick.value
      )
    },
    ...axisOptions(AXES)
  );
  return pick;
}
var axisOptions = (axes) => axes.map((axis) => h("option", { value: axis }, WORDS[axis][1]));
function legendItems(palette, { verdicts, words: words2 }, notes) {
  const looks = Object.entries(palette.verdicts).filter(([verdict]) => verdicts.has(verdict));
  const said = notes.filter(([sign]) => words2.some((word) => word.endsWith(` ${sign}`)));
  return [
    ...looks.map(([verdict, look]) => h(
      "span",
      { class: "zv-legend-item" },
      h(
        "span",
        { class: verdict === IMPOSSIBLE ? "zv-chip zv-impossible" : `zv-chip k-${look.ink}` },
        look.sign
      ),
      `${verdict}: ${look.meaning}`
    )),
    ...said.map(([sign, note]) => h("span", { class: "zv-legend-item" }, `${sign} ${note}`))
  ];
}
export {
  createTable
};
