"""Self-contained pages with the player or an exercise: the same files, inlined, and no notebook."""

from __future__ import annotations

import base64
import json
from typing import Any

from playwright.sync_api import Browser, Page
from settled import still

from waiting import PATIENCE
from zapviz.api.answers import answer_json, respond
from zapviz.exercises.draw import LEVEL_NAMES
from zapviz.render.palette import palette_json
from zapviz.view import module, style

__all__ = ["imported", "open_player", "open_predict", "open_show", "player_page", "predict_page"]


def literal(value: Any) -> str:
    """A value as it can stand in a script."""
    return json.dumps(value).replace("</", "<\\/")


def imported(names: str, module_name: str = "views") -> str:
    """The statement that imports names from a built module, without a server to ask."""
    text = base64.b64encode(module(module_name).encode("ascii")).decode("ascii")
    return f'import {{ {names} }} from "data:text/javascript;base64,{text}";'


STYLES = ("table", "predict")


def page_of(script: str) -> str:
    """A page with an element ``here`` and a script that fills it."""
    return f"""<!doctype html><meta charset="utf-8"><title>zapviz</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body {{ margin: 8px; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #111; }} }}
{style(*STYLES)}</style>
<div id="here"></div>
<script type="module">
{script}
</script>"""


def predict_page(exercise: dict[str, Any], *, asks: bool = True) -> str:
    """Write a page with an exercise; ``window.predict`` and ``window.told`` are for tests.

    :param asks: Whether it can ask: ``window.respond`` answers then.
    """
    return page_of(f"""
{imported("createPredict")}
window.told = [];
window.predict = createPredict(document.getElementById("here"), {literal(exercise)}, {{
  palette: {literal(palette_json())},
  levels: {literal(list(LEVEL_NAMES.items()))},
  onPlace: (place) => window.told.push(place),
  ask: {str(asks).lower()} ? (request) => window.respond(request) : null,
}});""")


def player_page(trace: Any, options: dict[str, Any] | None = None) -> str:
    """Write a page that plays a trace; ``window.player`` and ``window.told`` are for tests.

    Where the scenario can be edited, Python answers the page: another text, kernel or
    schedule brings another trace, as in a notebook.
    """
    return page_of(f"""
{imported("createPlayer, unpack")}
const options = {literal({"step": 0, **(options or {})})};
window.trace = {literal(trace)};
window.told = [];
options.palette = {literal(palette_json())};
for (const what of ["onStep", "onSelect", "onGranularity"]) {{
  options[what] = (value) => window.told.push([what, value]);
}}
if (options.editor) {{
  const editor = options.editor;
  editor.ask = (request) => window.answer(JSON.stringify(request)).then(JSON.parse);
  const now = {{ ask: "trace", text: editor.text, kernel: editor.kernel, schedule: [] }};
  const run = async (name, what, value) => {{
    window.told.push([name, value]);
    now[what] = value;
    let said = await editor.ask(now);
    while (said.going_on) said = await editor.ask({{ ask: "go on", work: said.going_on }});
    if (said.payload) window.player.setTrace(unpack(said.payload), window.player.at);
    window.player.setError(said.error ?? "", said.line ?? 0);
    window.player.answered();
  }};
  editor.onText = (value) => run("onText", "text", value);
  editor.onKernel = (value) => run("onKernel", "kernel", value);
  editor.onSchedule = (value) => run("onSchedule", "schedule", value);
}}
window.player = createPlayer(document.getElementById("here"), window.trace, options);
const {{ step }} = window.player;
window.player.step = (n) => {{
  step(n);
  return new Promise(requestAnimationFrame); // what a step does is seen in a frame
}};""")


def open_show(
    browser: Browser,
    shown: dict[str, Any],
    options: dict[str, Any] | None = None,
    *,
    size: tuple[int, int] = (890, 720),
    **context: Any,
) -> Page:
    """Open a page of prose with small figures; ``window.show``, ``told`` and ``leaked`` are for
    tests.
    """
    page = watched_page(browser, size, **context)
    page.set_content(
        page_of(f"""
{imported("createShow")}
window.told = [];
window.leaked = [];
document.addEventListener("keydown", (event) => window.leaked.push(event.key));
window.show = createShow(document.getElementById("here"), {literal(shown)}, {{
  ...{literal(options or {})}, palette: {literal(palette_json())},
  onStep: (step) => window.told.push(step),
}});""")
    )
    page.wait_for_function("window.show")
    still(page)
    return page


def open_player(
    browser: Browser,
    trace: Any,
    options: dict[str, Any] | None = None,
    *,
    size: tuple[int, int] = (1280, 720),
    **context: Any,
) -> Page:
    """Open such a page; an error in it fails the test that looks at ``page.problems``."""
    page = watched_page(browser, size, **context)
    page.expose_function("answer", answer_json)
    page.set_content(player_page(trace, options))
    page.wait_for_function("window.player")
    still(page)
    return page


def open_predict(
    browser: Browser,
    exercise: dict[str, Any],
    *,
    asks: bool = True,
    size: tuple[int, int] = (1280, 720),
    **context: Any,
) -> Page:
    """Open an exercise; what it asks is kept in ``page.requests``, and answered by Python."""
    page = watched_page(browser, size, **context)
    page.requests = []  # type: ignore[attr-defined]

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        page.requests.append(request)  # type: ignore[attr-defined]
        return respond(request)

    if asks:
        page.expose_function("respond", answer)
    page.set_content(predict_page(exercise, asks=asks))
    page.wait_for_function("window.predict")
    still(page)
    return page


def watched_page(browser: Browser, size: tuple[int, int], **context: Any) -> Page:
    """An empty page; errors in what it will hold are collected in ``page.problems``."""
    page = browser.new_context(viewport={"width": size[0], "height": size[1]}, **context).new_page()
    page.problems = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.problems.append(str(error)))  # type: ignore[attr-defined]
    page.on(
        "console",
        lambda message: (
            page.problems.append(message.text)  # type: ignore[attr-defined]
            if message.type == "error"
            else None
        ),
    )
    page.set_default_timeout(PATIENCE * 1000)
    press = page.keyboard.press

    def press_and_see(*arguments: Any, **options: Any) -> None:
        press(*arguments, **options)
        page.evaluate("new Promise(requestAnimationFrame)")  # what a key does is seen in a frame

    page.keyboard.press = press_and_see  # type: ignore[method-assign]
    return page
