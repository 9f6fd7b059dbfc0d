"""Reading a scenario in any form that Python takes: a text, a name, a permalink, a path, a program.

Everything that takes a scenario reads it here, so that all take the same forms, and report what
they cannot take in the same words. A file is given as a path, since a string is the scenario
itself:

>>> given_program("N = anon(2)").statements[0].pages
2
>>> given_program("hole.zap")
Traceback (most recent call last):
zapviz.errors.ZapvizError: 'hole.zap' names a file; give it as pathlib.Path('hole.zap')
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from zapviz.errors import ZapvizError
from zapviz.kernels.known import DEFAULT_KERNEL, Kernel
from zapviz.kernels.known import kernel as find_kernel
from zapviz.model.program import Program
from zapviz.named_file import read_named
from zapviz.scenario.library import SCENARIOS, Scenario, named_or_text
from zapviz.scenario.text import format_scenario, parse_scenario, without_comments

if TYPE_CHECKING:
    from zapviz.scenario.permalink import Permalink

__all__ = ["GivenScenario", "Source", "decoded", "given_program", "given_source", "read_bytes"]

GivenScenario: TypeAlias = str | os.PathLike[str] | Scenario | Program
"""The forms of a scenario: a text, name or permalink; a path; one of ``SCENARIOS``; a program."""

READ_AT_MOST: Final = 1 << 20  # bytes; a scenario is much smaller, and says so itself


class Source(NamedTuple):
    """A scenario's text, and the form in which it was given."""

    text: str
    name: str = "scenario"  # what errors call it
    link: Permalink | None = None  # None: it was no permalink, which has a kernel and a state too
    parsed: Program | None = None  # the program, if it came parsed; it knows its text

    @property
    def program(self) -> Program:
        """The program that the text describes.

        Raises:
            ScenarioError: It is wrong.
        """
        return self.parsed or parse_scenario(self.text, self.name)

    def kernel(self, asked: str | Kernel | None = None) -> Kernel:
        """Give the kernel that is asked for, else that of the permalink or mail, else the usual
        one.

        A mail that compares several means its first.

        Raises:
            ZapvizError: There is no such kernel.
        """
        if asked is None and self.link is not None:
            asked = self.link.kernel
        if asked is None and self.parsed is None:
            from zapviz.scenario.mail import mailed_kernels

            asked = next(iter(mailed_kernels(self.text)), None)
        return find_kernel(DEFAULT_KERNEL if asked is None else asked)

    def without_comments(self) -> Source:
        """Give the same scenario with its code alone.

        Raises:
            ScenarioError: A character in it, a bracket or a length is one that no scenario has.
        """
        text = without_comments(self.text)
        link = None if self.link is None else replace(self.link, text=text)
        return Source(text, self.name, link)


def given_source(scenario: GivenScenario, name: str = "scenario") -> Source:
    """Give the text of a scenario.

    Args:
        scenario: The scenario, in any form.
        name: The name of a text in errors; a file is called by its path.

    Raises:
        ZapvizError: It has none of these forms, there is no such name, or the file or permalink
            cannot be read. A mistake inside the text is not looked for.
    """
    if isinstance(scenario, Program):
        if scenario.source:
            return Source(scenario.source, name, None, scenario)
        text = format_scenario(scenario)  # made by hand: the lines are those of its printed form
        return Source(text, name, None, parse_scenario(text))
    if isinstance(scenario, Scenario):
        return Source(scenario.text, f"{scenario.name}.zap")
    if isinstance(scenario, str):
        _refuse_file_name(scenario)
        return _opened(named_or_text(scenario), name)
    path = _path(scenario)
    return _opened(decoded(read_bytes(path), path), path)


def given_program(scenario: GivenScenario, name: str = "scenario") -> Program:
    """Give the program of a scenario; it knows its text.

    Raises:
        ScenarioError: The scenario is wrong.
        ZapvizError: As of :func:`given_source`.
    """
    return given_source(scenario, name).program


def _opened(text: str, name: str) -> Source:
    if any(sign in text for sign in ("zapviz", "@", "%40", "://")):
        from zapviz.scenario.permalink import is_permalink, parse_permalink

        if is_permalink(text):
            link = parse_permalink(text)
            return Source(link.text, "permalink", link)
    return Source(text, name)


def _path(scenario: Any) -> str:
    """Give the name of the file that a path leads to.

    Raises:
        ZapvizError: It is no path; the message lists the other forms.
    """
    if isinstance(scenario, os.PathLike):
        path = os.fspath(scenario)
        if isinstance(path, str):
            return path
    shown = repr(scenario)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    kind = "" if scenario is None else f" ({type(scenario).__name__})"
    raise ZapvizError(
        "a scenario is given as its text, a shipped one's name (zapviz.SCENARIOS has them), a "
        f"permalink, a pathlib.Path, or a parsed program; not {shown}{kind}"
    )


def _refuse_file_name(text: str) -> None:
    word = text.strip()
    if not word or "\n" in word or word in SCENARIOS:
        return
    try:
        is_file = os.path.isfile(word)
    except ValueError:  # a NUL in it
        return
    if is_file or (word.lower().endswith(".zap") and "#" not in word):
        raise ZapvizError(f"{word!r} names a file; give it as pathlib.Path({word!r})")


def read_bytes(path: str) -> bytes:
    """Read a file, up to the greatest length of a scenario.

    Raises:
        ZapvizError: There is no such file, or it cannot be read.
    """
    return read_named(path, READ_AT_MOST)


def decoded(data: bytes, name: str) -> str:
    """Decode bytes as UTF-8 text.

    Raises:
        ZapvizError: They are no UTF-8; the message gives the place.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end >= READ_AT_MOST - 3:  # cut in the middle of a character
            return data[: error.start].decode("utf-8")
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise ZapvizError(
            f"{name}:{line}:{column}: error: byte 0x{data[error.start]:02x} is not UTF-8 text"
        ) from None
