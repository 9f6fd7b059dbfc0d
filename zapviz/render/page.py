"""One HTML file with a view that can be stepped, for a mail's attachment or any folder.

The file contains the explorer's own view: the same stepping, the same keys, no server and no
network. The scenario author's text gets into it as text only, and a policy in its head allows
nothing to run but the script that is there, known by its hash.

Without scripts, and on paper, the page is the trace as text, with its page strips.

>>> page = trace_page(zapviz.run("N = anon(2)"))
>>> page.startswith("<!doctype html>")
True
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal

from zapviz.comparison.comparison import Comparison
from zapviz.comparison.partings import comparison_json
from zapviz.kernels.known import MODEL
from zapviz.render.palette import THEMES, ThemeName, palette_json
from zapviz.render.text.alt_text import describe_state, state_title
from zapviz.render.text.comparison import format_comparison
from zapviz.render.text.order import format_order
from zapviz.render.text.sentences import sentence_of_comparison
from zapviz.render.text.trace import format_trace
from zapviz.trace.link import permalink_of
from zapviz.trace.record import record_of
from zapviz.trace.run import Run
from zapviz.version import __version__
from zapviz.view import module, pack_trace, style

__all__ = ["PageContent", "PageTheme", "comparison_page", "format_page", "trace_page"]

PageTheme = Literal["", "light", "dark"]
"""The themes of a page; empty: the theme of the reader's system."""


@dataclass(frozen=True)
class PageContent:
    """The content of a page, whatever view shows it."""

    title: str  # one line
    description: str  # a sentence or two, for readers who search or cannot see the view
    scenario: str  # the text that is shown for copying
    permalink: str  # a token
    text: str  # what the view shows, as plain text: without scripts, and on paper
    view: str  # the built module of zapviz.view that builds the view and runs by itself
    texts: Mapping[str, str]  # the JSON texts that the view asks for, by name
    theme: PageTheme = ""
    said: str = ""  # a paragraph above the view


def trace_page(run: Run, step: int | None = None, *, theme: PageTheme = "") -> str:
    """Write a page with the player of a trace.

    Args:
        run: The run to show.
        step: The state that the page opens at; negative counts from the end; None: the deciding
            one.
        theme: ``light``, ``dark``, or empty for the theme of the reader's system.
    """
    plain = record_of(run)
    shown = plain["opens"] if step is None else run.number(step)
    options = {"palette": palette_json(), "step": shown, "theme": theme}
    return format_page(
        PageContent(
            title=state_title(plain, -1).rpartition(": state ")[0] + f", kernel {run.kernel.name}",
            description=describe_state(plain, shown or -1),
            scenario=run.scenario,
            permalink=permalink_of(run, step),
            text=format_order(run) if run.turns else format_trace(run),
            said=(run.about_order or run.note) if run.program.concurrent else "",
            view="page",
            texts={"payload": pack_trace(plain), "options": json.dumps(options)},
            theme=theme,
        )
    )


def comparison_page(
    comparison: Comparison, frame: int | None = None, *, theme: PageTheme = ""
) -> str:
    """Write a page with kernels side by side.

    Args:
        comparison: The comparison to show.
        frame: The frame that the page opens at; negative counts from the end; None: where the
            kernels part first, else the last.
        theme: ``light``, ``dark``, or empty for the theme of the reader's system.
    """
    shown = comparison.opens if frame is None else comparison.number(frame)
    options = {"palette": palette_json(), "frame": shown, "theme": theme}
    first = comparison.runs[0]
    names = ", ".join(kernel.name for kernel in comparison.kernels)
    return format_page(
        PageContent(
            title=f"{first.program.title or 'A scenario'}, on {names}",
            description=sentence_of_comparison(comparison),
            scenario=first.scenario,
            permalink=permalink_of(first),
            text=format_comparison(comparison),
            view="compared",
            texts={
                "comparison": json.dumps(comparison_json(comparison)),
                "payloads": json.dumps([pack_trace(record_of(run)) for run in comparison.runs]),
                "options": json.dumps(options),
            },
            theme=theme,
        )
    )


def format_page(content: PageContent) -> str:
    """Write a page; the same content gives the same bytes."""
    script, sheet = module(content.view), _colours(content.theme) + style("page")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(script)}",
            f"style-src {_hash(sheet)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    texts = "\n".join(
        f'<script type="application/json" id="zv-page-{name}">{_data(text)}</script>'
        for name, text in content.texts.items()
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="zapviz {__version__}">
<meta name="description" content="{escape(content.description)}">
<title>{escape(content.title)}</title>
<style>{sheet}</style>
</head>
<body class="zv-page">
<main>
<h1>{escape(content.title)}</h1>{_said(content.said)}
<noscript><p class="zv-page-said">Scripts are off here, so nothing can be stepped through;
this is the same as text.</p></noscript>
<div id="zv-page-here" class="zv-page-here"></div>
<details id="zv-page-paper" open>
<summary>Scenario, permalink, and all of it as text</summary>
{_paper("scenario", "Scenario", content.scenario)}
{_paper("token", "Permalink, which zapviz run takes", content.permalink)}
{_paper("text", "As text", content.text)}
</details>
<p class="zv-page-foot">Made by zapviz {__version__}, version {MODEL} of the model. The file
stands alone: it asks for nothing from any network.</p>
</main>
{texts}
<script type="module">{script}</script>
</body>
</html>
"""


def _said(text: str) -> str:
    """Write a paragraph, if there is something to say."""
    return f'\n<p class="zv-page-said">{escape(text)}</p>' if text else ""


def _paper(name: str, heading: str, text: str) -> str:
    """Write a text with its heading, and a button that copies it, which appears once it works."""
    # A parser drops a line end that stands first in a pre, so one more is put there.
    return (
        f'<div class="zv-page-head"><h2>{heading}</h2><button type="button" hidden '
        f'class="zv-page-copy" data-source="zv-page-the-{name}">Copy</button></div>\n'
        f'<pre class="zv-page-{name}" id="zv-page-the-{name}" tabindex="0">\n{escape(text)}</pre>'
    )


def _data(text: str) -> str:
    """Write JSON that no HTML parser takes for a comment or the end of its script."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _colours(theme: PageTheme) -> str:
    """Write the page's colours as variables, from the palette."""

    def rules(name: ThemeName) -> str:
        look = THEMES[name]
        colours = {
            "background": look.background,
            "text": look.text,
            "muted": look.muted,
            "line": look.line,
        }
        return "".join(f"--zv-page-{what}:{colour};" for what, colour in colours.items())

    if theme:
        return f":root{{{rules(theme)}}}\n"
    dark = f"@media (prefers-color-scheme: dark){{:root{{{rules('dark')}}}}}"
    return f":root{{{rules('light')}}}\n{dark}\n"
