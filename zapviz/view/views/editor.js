/* What an explorer has beside a player: scenario and kernel to choose, a text that is run as
 * it is typed, and all that is asked of Python: every order of a race, other kernels beside
 * this one, exports, permalinks, this machine's own kernel.
 */

import { h, say } from "../core/dom.js";
import { unpack } from "../core/trace.js";
import { createDialog } from "../parts/dialog.js";
import { showRace, showSaid } from "../parts/schedule.js";
import { OF_COMPARISON, OF_TRACE, createShare } from "../parts/share.js";
import { createComparison } from "./compare.js";

const NAMES = /zapviz(?::|%3A)\d|zapviz (?:run|diff) FILE/i; // a text that may name its kernel
const PATCH = "+"; // the choice that asks for a patch
const WAITS = "Waiting for the Python kernel to run this.";
const OLD = "The grid still shows the last text that ran.";

/** Build the editor's side of a player.
 *
 * given: {text, kernel, schedule, error, errorLine, scenarios: [{name, title, about, text}],
 * kernels: [{name, title}], forms: [{name, about, ending, text, options}], mostKernels,
 * waits, what is said while nothing answers; onText, onKernel, onSchedule, onHost, and
 * ask(request), a promise of the answer (zapviz/api/answers.py)}; of the last four, any can be missing.
 * host: text (createText), palette, move(n), at(), the state shown; statement(), the states
 * before and after the statement shown; goTo(n) and goToCpus(), the state to show of the next
 * trace, by its number or where its CPUs begin; and
 * instead(make), which shows something else in the player's place until it is closed.
 */
export function createEditor(given, host) {
  const { text } = host;
  let sent = given.text ?? "";
  let ordered = String(given.schedule ?? []);
  let typing = null;
  let waiting = null;
  let shownKernel = given.kernel;
  let mailed = []; // the kernels that the text names
  let notice = ""; // what to say of them
  const dialogs = [];
  const dialog = (...parts) => {
    dialogs.push(createDialog(...parts));
    return dialogs[dialogs.length - 1];
  };
  const words = (label, title, act, kind = "") =>
    h("button", { type: "button", class: `zv-button zv-words ${kind}`, title, onclick: act }, label);

  const errorHead = h("div", {});
  const errorPlace = h("pre", {});
  const error = h("div", { class: "zv-error", role: "alert", hidden: true }, errorHead, errorPlace);
  const stale = h("div", { class: "zv-stale", role: "status", hidden: true });

  const scenarioPick = h("select", { class: "zv-select zv-scenarios", "aria-label": "scenario",
    onchange: () => pickScenario(scenarioPick.value) },
    ...given.scenarios.map((one) => h("option", { value: one.name, title: one.about },
      one.title ? `${one.name} \u00b7 ${one.title}` : one.name)),
    h("option", { value: "", hidden: true }, "(your own)"));
  const kernelPick = h("select", { class: "zv-select zv-kernels", "aria-label": "kernel",
    onchange: () => (kernelPick.value === PATCH ? askPatch() : chooseKernel(kernelPick.value)) });
  text.area.addEventListener("input", () => {
    text.redraw();
    clearTimeout(typing);
    typing = setTimeout(sendText, 180);
  });
  text.area.addEventListener("change", sendText);

  const fields = [
    h("label", { class: "zv-field" }, "Scenario ", scenarioPick),
    h("label", { class: "zv-field", title: "Kernel (k)" }, "Kernel ", kernelPick),
    given.ask ? words("Compare", "This scenario on several kernels, side by side (c)", () => compareBox.open()) : null,
    given.ask && given.forms ? words("Share", "Copy or save: mail text, pictures, a page, a link (s)", () => shareBox.open()) : null,
    given.onHost ? words("Try here", "Run the scenario on this machine's own kernel, beside the model",
      askHost, "zv-said-host") : null,
  ];

  /* -- the text, the kernel, the schedule -- */

  async function sendText() {
    clearTimeout(typing);
    typing = null;
    const value = text.area.value;
    if (value === sent) return;
    sent = value;
    wait();
    if (given.ask && NAMES.test(value)) await openPasted(value);
    else given.onText(value);
    namePicked();
  }

  /** Open a permalink, or a mail, that was pasted in place of a scenario. */
  async function openPasted(pasted) {
    const found = await given.ask({ ask: "open", pasted, kernel: shownKernel });
    if (sent !== pasted) return; // it was typed over
    if (found.error) {
      setError(found.error);
      answered();
      return;
    }
    if (found.kernels) { // no link: the text stays as it stands
      // Whoever goes on typing in a mail has chosen the kernel since.
      if (found.kernel && String(found.kernels) !== String(mailed)) {
        notice = found.notice;
        setKernel(found.kernel);
        given.onKernel(found.kernel);
      }
      mailed = found.kernels;
      given.onText(pasted);
      return;
    }
    addKernel(found.kernel);
    setText(found.text);
    setKernel(found.kernel);
    given.onKernel(found.kernel);
    sendSchedule(found.schedule);
    given.onText(found.text);
    host.goTo(found.step);
  }

  function sendSchedule(order) {
    if (!given.onSchedule || String(order) === ordered) return;
    ordered = String(order);
    given.onSchedule(order);
    wait();
  }

  /** Say so if what runs the scenario does not answer soon. */
  function wait() {
    clearTimeout(waiting);
    waiting = setTimeout(() => tellStale(given.waits ?? WAITS), 1000);
  }

  function answered() {
    clearTimeout(waiting);
    waiting = null;
    if (!error.hidden) tellStale(OLD);
    else if (notice) tellStale(notice);
    else stale.hidden = true;
  }

  function tellStale(what) {
    say(stale, what);
    stale.hidden = false;
  }

  function pickScenario(picked) {
    const one = given.scenarios.find((scenario) => scenario.name === picked);
    if (!one) return;
    [mailed, notice] = [[], ""];
    text.set(one.text.replace(/\n+$/, "\n"));
    text.box.scrollTop = 0;
    host.move(0);
    sendSchedule([]);
    sendText();
  }

  function namePicked() {
    const value = text.area.value.trim();
    const one = given.scenarios.find((scenario) => scenario.text.trim() === value);
    scenarioPick.value = one ? one.name : "";
    scenarioPick.title = one ? one.about ?? "" : "";
  }

  function setText(value) {
    if (value === sent) return;
    sent = value;
    text.set(value);
    namePicked();
  }

  function addKernel(name, title = "") {
    if ([...kernelPick.options].some((option) => option.value === name)) return;
    const option = h("option", { value: name, title }, title ? `${name} \u00b7 ${title}` : name);
    kernelPick.insertBefore(option, kernelPick.querySelector(`option[value="${PATCH}"]`));
  }

  function chooseKernel(name) {
    shownKernel = name;
    notice = "";
    given.onKernel(name);
    wait();
  }

  /* -- a kernel with a patch of the user's own -- */

  const patchName = h("input", { class: "zv-select zv-patch", "aria-label": "kernel and its changed rules",
    spellcheck: "false", maxlength: 300, onkeydown: (event) => {
      if (event.key === "Enter") takePatch();
    } });
  const patchSaid = h("p", { class: "zv-said", role: "status" });
  const patchBox = dialog("A patch of your own", "zv-compare", h("p", {},
    "A kernel, a plus sign, and the rules that your patch changes, with commas between:"), patchName,
    h("p", {}, words("Take it", "Run the scenario on it", takePatch)), patchSaid,
    h("p", {}, "The rules, and what each takes:"),
    h("ul", { class: "zv-rules" }, ...Object.entries(given.rules ?? {}).map(([rule, values]) =>
      h("li", {}, h("code", {}, rule), ` ${values.join(", ")}`))));

  function askPatch() {
    kernelPick.value = shownKernel;
    if (!patchName.value) patchName.value = `${shownKernel.split(" + ")[0]} + second_pass=False`;
    say(patchSaid, "");
    patchBox.open();
    patchName.focus();
  }

  async function takePatch() {
    const found = await given.ask({ ask: "kernel", kernel: patchName.value });
    if (found.error) {
      say(patchSaid, found.error);
      return;
    }
    patchBox.close();
    setKernel(found.kernel);
    chooseKernel(found.kernel);
  }

  function setKernel(value) {
    addKernel(value);
    shownKernel = value;
    if (kernelPick.value !== value) kernelPick.value = value;
    kernelPick.title = given.kernels.find((one) => one.name === value)?.title ?? "";
  }

  /** Show what is wrong: the message may wrap, the line with its caret must not. */
  function setError(message, line = 0) {
    const [first, ...rest] = message.split("\n");
    say(errorHead, first);
    say(errorPlace, rest.join("\n"));
    text.wrong(message ? line : 0);
    error.hidden = !message;
    // The box takes room from the text: what is being typed is to stay in sight.
    if (message) requestAnimationFrame(text.revealCaret);
    if (message) tellStale(OLD);
    else if (notice) tellStale(notice);
    else stale.hidden = true;
    text.box.parentNode?.classList.toggle("zv-wrong", Boolean(message));
  }

  const asked = (ask, more = {}) => given.ask({ ask, text: text.area.value, kernel: kernelPick.value,
    schedule: ordered ? ordered.split(",").map(Number) : [], ...more });

  /* -- this machine's own kernel -- */

  const hostText = h("pre", {});
  const hostBox = dialog("On this machine\u2019s own kernel", "zv-host", hostText);
  function askHost() {
    sendText();
    showHost("Running the scenario on this machine\u2019s kernel \u2026");
    given.onHost();
  }

  function showHost(said) {
    say(hostText, said);
    hostBox.open();
  }

  /* -- every order of a race -- */

  const raceBody = h("div", {});
  const raceBox = dialog("Every order of the CPUs\u2019 steps", "zv-race", raceBody);
  async function exploreRace() {
    sendText();
    showSaid(raceBody, "Exploring every order \u2026");
    raceBox.open();
    const found = await asked("race");
    if (found.error) showSaid(raceBody, found.error);
    else {
      const letters = Object.fromEntries(
        Object.entries(host.palette.classes).map(([kind, one]) => [kind, one.letter]));
      showRace(raceBody, found, letters, (order) => {
        host.goToCpus();
        sendSchedule(order);
        raceBox.close();
      });
    }
  }

  /* -- several kernels -- */

  const most = given.mostKernels ?? 4;
  const boxes = h("div", { class: "zv-kernel-boxes", role: "group", "aria-label": "kernels to compare" });
  const compareSaid = h("p", { class: "zv-said", role: "status" });
  const compareBox = dialog("Compare kernels", "zv-compare", h("p", {},
    `Two to ${most} kernels, side by side on this scenario. The first is the one on the left.`), boxes,
    h("p", {}, words("Compare these", "Show them side by side", compareThese)), compareSaid);
  const openCompare = compareBox.open;
  compareBox.open = () => {
    const before = new Set([...boxes.querySelectorAll("input:checked")].map((box) => box.value));
    if (!before.size) mailed.forEach((name) => before.add(name));
    if (!before.size) before.add(kernelPick.value === "v5.17" ? given.kernels[given.kernels.length - 1].name : "v5.17");
    before.add(kernelPick.value);
    const kernels = [...kernelPick.options].filter((option) => option.value !== PATCH);
    boxes.replaceChildren(...kernels.map((option) => h("label", {},
      h("input", { type: "checkbox", value: option.value, checked: before.has(option.value) }),
      ` ${option.textContent}`)));
    say(compareSaid, "");
    openCompare();
  };

  async function compareThese() {
    sendText();
    const kernels = [...boxes.querySelectorAll("input:checked")].map((box) => box.value);
    if (kernels.length < 2 || kernels.length > most) {
      say(compareSaid, `${kernels.length} chosen; a comparison takes 2 to ${most}.`);
      return;
    }
    say(compareSaid, "Comparing \u2026");
    const found = await asked("compare", { kernels });
    if (found.error) {
      say(compareSaid, found.error);
      return;
    }
    compareBox.close();
    host.instead((element, onClose, theme, presentation) => {
      const share = createShare({
        what: OF_COMPARISON,
        forms: (given.forms ?? []).filter((form) => form.compares),
        make: (form, what, theme_) => asked("export", { kernels, form: form.name, step: view.at,
          options: form.options.includes("theme") ? { theme: theme_ } : {} }),
      });
      const view = createComparison(element, found.comparison, found.payloads.map(unpack), {
        palette: host.palette, theme, presentation, onClose, frame: found.comparison.parts?.frame ?? 0, dialogs: [share],
        keys: [["s", "share: copy or save", () => (share.isOpen ? share.close() : share.open())]],
        extra: [words("Share", "Copy or save: mail text, pictures, a page (s)", () => share.open())] });
      return view;
    });
  }

  /* -- exports -- */

  const shareBox = createShare({
    what: OF_TRACE,
    forms: given.forms ?? [],
    make(form, what, theme) {
      const { from, to } = what === "change" ? host.statement() : { from: null, to: host.at() };
      const options = {};
      if (what === "change" && form.options.includes("since")) options.since = from;
      if (form.options.includes("theme")) options.theme = theme;
      return asked("export", { form: form.name, step: what === "whole" ? null : to, options });
    },
  });
  dialogs.push(shareBox);

  for (const one of given.kernels) addKernel(one.name, one.title);
  if (given.ask) kernelPick.append(h("option", { value: PATCH }, "a patch of your own \u2026"));

  /** A key that opens a panel, or closes it where it is open. */
  const opens = (box) => () => (box.isOpen ? box.close() : box.open());
  const keys = [
    ["k", "choose the kernel: then \u2193 and \u2191", () => kernelPick.focus()],
    ...(given.ask ? [["c", "compare kernels", opens(compareBox)]] : []),
    ...(given.ask && given.forms ? [["s", "share: copy or save", opens(shareBox)]] : []),
  ];

  return {
    fields,
    keys,
    notices: [stale, error],
    dialogs,
    begin() {
      text.set(given.text);
      setKernel(given.kernel);
      namePicked();
      setError(given.error ?? "", given.errorLine);
    },
    sendSchedule: given.onSchedule ? sendSchedule : null,
    exploreRace: given.ask ? exploreRace : null,
    setText,
    setKernel,
    setSchedule: (order) => { ordered = String(order); },
    setError,
    answered,
    showHost,
    destroy() {
      clearTimeout(typing);
      clearTimeout(waiting);
    },
  };
}
