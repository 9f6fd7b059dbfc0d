/* What is around a view in a page of its own: the text below it, to be read, copied, printed. */

/** What the page was given under a name: plain values, or the text of a packed trace. */
export function given(name) {
  const text = document.getElementById(`zv-page-${name}`).textContent;
  return name === "payload" ? text : JSON.parse(text);
}

/** Show the view that build(place) makes, and bring the text below it to life. */
export function startPage(build) {
  const view = build(document.getElementById("zv-page-here"));
  document.body.classList.add("zv-page-live");
  const paper = document.getElementById("zv-page-paper");
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

/** Copy the text that a button stands above; where the browser does not let us, mark it. */
async function copy(button) {
  const source = document.getElementById(button.dataset.source);
  let said = "Copied";
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    getSelection().selectAllChildren(source);
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
