"""The references of the language, the command line and the Python API, as HTML.

Each is made from what it describes: the parser's table, the parsers of the commands, and the
docstrings of the public names.
"""

from __future__ import annotations

import argparse
import inspect
import re
import textwrap
from html import escape
from typing import Any, Final

import zapviz
from zapviz.api.language import language
from zapviz.commands.cli import parsers
from zapviz.errors import ZapvizError

__all__ = ["api_html", "commands_html", "language_html"]

_COLUMNS: Final = 88  # of code, most
_ROLE: Final = re.compile(r":\w+:`~?([\w.]+)`")
_SECTION: Final = re.compile(r"^(Args|Returns|Raises|Yields):\n", re.MULTILINE)


def language_html() -> str:
    """Write the reference of the scenario language."""
    parts = []
    for part in language():
        rows = "".join(
            f"<tr><th scope='row'>{'<br>'.join(_code(way) for way in row.written)}</th>"
            f"<td>{_with_code(row.about)}</td></tr>"
            for row in part.rows
        )
        parts.append(
            f'<h2 id="{_id(part.title)}">{escape(part.title)}</h2>\n'
            f"<p>{_with_code(part.about)}</p>\n"
            f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(part.title)}">'
            f'<table class="reference"><tbody>{rows}</tbody></table></div>'
        )
    return "\n".join(parts)


def commands_html() -> str:
    """Write the reference of the command line."""
    parts = []
    for name, parser in parsers().items():
        parts.append(
            f'<h2 id="{_id(name)}">{escape(name)}</h2>\n<p>{escape(parser.description or "")}</p>'
        )
        parts.append(_block(_plain_usage(parser)))
        rows = "".join(map(_action, parser._actions))
        parts.append(
            '<div class="scroll" tabindex="0" role="region" '
            f'aria-label="options of {escape(name)}">'
            f'<table class="reference"><tbody>{rows}</tbody></table></div>'
        )
        if parser.epilog:
            parts.append(_block(parser.epilog.strip()))
    return "\n".join(parts)


def api_html() -> str:
    """Write the reference of the public names of zapviz."""
    parts = []
    for name in sorted(zapviz.__all__, key=lambda one: (not one[0].islower(), one)):
        if name == "__version__":
            continue
        value = getattr(zapviz, name)
        if inspect.isclass(value):
            parts.append(_described(f"class {name}", name, value, 2))
            if not issubclass(value, ZapvizError):
                parts += [
                    _described(f"{name}.{own}{_signature(member)}", f"{name}.{own}", member, 3)
                    for own, member in _methods(value)
                ]
        elif callable(value):
            parts.append(_described(f"{name}{_signature(value)}", name, value, 2))
        else:
            about = f"A mapping with {len(value)} names: {', '.join(value)}."
            parts.append(
                f'<h2 id="{name}">{_code(f"zapviz.{name}")}</h2>\n<p>{_with_code(about)}</p>'
            )
    return "\n".join(parts)


def _methods(kind: type) -> list[tuple[str, Any]]:
    """Give the public methods and properties of a class that zapviz itself describes."""
    found = []
    for name in dir(kind):
        member = inspect.getattr_static(kind, name)
        member = member.fget if isinstance(member, property) else getattr(kind, name)
        ours = (getattr(member, "__module__", None) or "").startswith("zapviz")
        if name[0] != "_" and ours and callable(member) and inspect.getdoc(member):
            found.append((name, inspect.getattr_static(kind, name)))
    return found


def _signature(member: Any) -> str:
    """Write how something is called, each parameter on a line of its own where they are many."""
    if isinstance(member, property):
        return ""
    signature = inspect.signature(_called(member))
    words, star = [], False
    for one in signature.parameters.values():
        if one.name in ("self", "cls"):
            continue
        if one.kind is one.KEYWORD_ONLY and not star:
            words.append("*")
            star = True
        star = star or one.kind is one.VAR_POSITIONAL
        stars = 2 if one.kind is one.VAR_KEYWORD else int(one.kind is one.VAR_POSITIONAL)
        word = "*" * stars + one.name
        if one.annotation is not one.empty:
            word += f": {one.annotation}"
        if one.default is not one.empty:
            word += f" = {one.default!r}"
        words.append(word)
    given = signature.return_annotation
    end = ")" if given is signature.empty else f") -> {given}"
    line = f"({', '.join(words)}{end}"
    if len(line) <= _COLUMNS - 20:
        return line
    return "\n".join(["(", *(f"    {word}," for word in words), end])


def _called(member: Any) -> Any:
    return member.__func__ if isinstance(member, classmethod | staticmethod) else member


def _described(head: str, name: str, value: Any, level: int) -> str:
    """Write a heading with its signature, and the docstring below it."""
    short = name.rpartition(".")[2]
    return (
        f'<h{level} id="{name}"><code>{escape(short)}</code></h{level}>\n{_block(head)}\n'
        f"{_docstring(inspect.getdoc(value) or '')}"
    )


def _docstring(text: str) -> str:
    """Write a docstring: paragraphs, examples, and its sections as lists."""
    body, *sections = _SECTION.split(text)
    parts = [_paragraph(one) for one in re.split(r"\n\s*\n", body.strip()) if one.strip()]
    for title, lines in zip(sections[::2], sections[1::2], strict=True):
        parts.append(f"<p><b>{ {'Args': 'Arguments'}.get(title, title) }</b></p>")
        section, *after = re.split(r"\n\n(?=\S)", lines)
        items = re.split(r"\n(?=    \S)", "\n" + section.rstrip("\n"))
        rows = []
        for item in filter(str.strip, items):
            head, colon, said = " ".join(item.split()).partition(": ")
            rows.append(
                f"<li>{_code(head)}: {_with_code(said)}</li>"
                if colon
                else f"<li>{_with_code(head)}</li>"
            )
        parts.append(f"<ul>{''.join(rows)}</ul>")
        parts += map(_paragraph, after)
    return "\n".join(parts)


def _paragraph(text: str) -> str:
    if text.lstrip().startswith(">>>"):
        return _block(inspect.cleandoc(text))
    return f"<p>{_with_code(' '.join(text.split()))}</p>"


def _action(action: argparse.Action) -> str:
    """Write one argument of a command."""
    if action.help == argparse.SUPPRESS or isinstance(action, argparse._SubParsersAction):
        return ""
    words = ", ".join(action.option_strings) or str(action.metavar or action.dest)
    if action.option_strings and action.nargs != 0:
        words += f" {action.metavar or action.dest.upper()}"
    about = (action.help or "").replace("%(default)s", str(action.default)).replace("%%", "%")
    return f"<tr><th scope='row'>{_code(words)}</th><td>{_with_code(about)}</td></tr>"


def _plain_usage(parser: argparse.ArgumentParser) -> str:
    usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
    return textwrap.fill(usage, _COLUMNS, subsequent_indent="    ", break_on_hyphens=False)


def _block(text: str) -> str:
    return f'<pre class="code" tabindex="0"><code>{escape(text)}</code></pre>'


def _code(text: str) -> str:
    return f"<code>{escape(text, quote=False)}</code>"


def _with_code(text: str) -> str:
    """Write text as HTML; what stands in double backticks, or is a role, as code."""
    plain = _ROLE.sub(lambda found: f"``{found[1].rpartition('.')[2]}``", text)
    return re.sub(r"``(.+?)``", r"<code>\1</code>", escape(plain, quote=False))


def _id(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
