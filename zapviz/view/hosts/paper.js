/* What is around a view in a page of its own: the text below it, to be read, copied, printed. */

/** An element of the page. @param {string} id */
function element(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no ${id}`);
  return node;
}

/** The text that the page was given under a name. @param {string} name */
export const givenText = (name) => element(`zv-page-${name}`).textContent ?? "";

/** The values that the page was given under a name. @template T @param {string} name @returns {T} */
export const given = (name) => JSON.parse(givenText(name));

/** Show the view that build(place) makes, and bring the text below it to life.
 *
 * @param {(place: HTMLElement) => {root: HTMLElement}} build
 */
export function startPage(build) {
  const view = build(element("zv-page-here"));
  document.body.classList.add("zv-page-live");
  const paper = /** @type {HTMLDetailsElement} */ (element("zv-page-paper"));
  paper.open = false;
  for (const button of paper.querySelectorAll("button")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  // What is folded away is not printed.
  let open = false;
  window.addEventListener("beforeprint", () => {
    open = paper.open;
    paper.open = true;
  });
  window.addEventListener("afterprint", () => { paper.open = open; });
  // The keys step at once.
  view.root.focus({ preventScroll: true });
}

/** Copy the text that a button stands above; where the browser does not let us, mark it.
 *
 * @param {HTMLButtonElement} button
 */
async function copy(button) {
  const source = element(button.dataset.source ?? "");
  let said = "Copied";
  try {
    await navigator.clipboard.writeText(source.textContent ?? "");
  } catch {
    getSelection()?.selectAllChildren(source);
    said = "Marked: press Ctrl+C";
  }
  const label = button.textContent;
  button.textContent = said;
  button.disabled = true;
  setTimeout(() => {
    button.textContent = label;
    button.disabled = false;
  }, 1500);
}
