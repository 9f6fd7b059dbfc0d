"""Permalinks: a scenario with its kernel, the model's version and a state, as a text token.

The token holds the scenario's text itself, so no service stands behind it and none can
end.  docs/permalink.md describes the form.  What comes with zapviz has a short link besides,
which every reader here takes too (:mod:`zapviz.scenario.short_link`).

>>> token = format_permalink("N = anon(2)", "v6.12", step=1)
>>> token.startswith("zapviz:2:")
True
>>> parse_permalink(token).kernel
'v6.12'
>>> parse_permalink("https://example.org/explore.html#reproducer@v5.17:12").step
12

A token is never understood by halves: one that was cut or changed on the way, or that
was made with another version of the model, or names a kernel that is not known here, is
refused, and the message says why.  Reading takes bounded time and memory, whatever is
given.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NoReturn

from zapviz.data import read_data
from zapviz.errors import ZapvizError
from zapviz.kernels.known import LONGEST_NAME, MODEL, Kernel, full_name
from zapviz.kernels.known import kernel as find_kernel
from zapviz.scenario.language.pasted import MAX_TEXT, cut_out
from zapviz.scenario.short_link import is_short, parse_short
from zapviz.version import __version__

__all__ = [
    "FORM",
    "MAX_LINK",
    "Permalink",
    "decode_permalink",
    "dictionary",
    "format_permalink",
    "is_permalink",
    "parse_permalink",
]

FORM: Final = 2
"""The version of the form of tokens that are made, the number after ``zapviz:``; that of older ones
is 1, and they are read for ever.
"""

MAX_LINK: Final = 400_000
"""Most characters of a token: the longest scenario, even if nothing in it can be packed."""

_MAX_PASTED: Final = 2 * MAX_LINK  # characters, with the line ends and quote marks of mail
_MAX_STATE: Final = 20_000  # as zapviz.trace.run.MAX_STEPS
_MAX_TURNS: Final = 100_000  # of a schedule: not every turn is a step that is shown
_MAX_DATA: Final = 4 * MAX_TEXT + _MAX_TURNS + 32 * 1024  # bytes; a character has four at most
_CPUS: Final = 3

# In either case of a letter, and no letter besides: U+0131 and U+017F are no i and no s.
_EITHER = re.IGNORECASE | re.ASCII
_TOKEN = re.compile(r"zapviz:([0-9]{1,9}):([A-Za-z0-9_-]+):([0-9a-f]{8})", _EITHER)
_BEGIN = re.compile(
    r"(?:[\s>]*[<(\"'`]?)(?:(?ai:[a-z][a-z0-9+.-]*)://[^\s#]*)?#?(?P<token>(?ai:zapviz(?::|%3A)[0-9]))"
)
_START = re.compile(r"(?:^|(?<=[<(\[\"'`#]))zapviz(?::|%3a)[0-9]{1,9}(?::|%3a|$)", _EITHER)
_END = re.compile(r":[0-9a-f]{8}[>)\]\"'`.,;]*", _EITHER)
_LINE_END = re.compile(r"=?(?:\r\n|\r|\n)[ \t]*(?:>[ \t]*)*")  # '=': a quoted-printable one
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad]+")
_CLOSING = ">)]\"'`.,;"

_AGAIN = "copy it again, from its 'zapviz:' to the last character"


@dataclass(frozen=True)
class Permalink:
    """The content of a permalink."""

    text: str  # the scenario's text, unchanged
    kernel: str  # its name; that of a patched one contains the patch
    step: int | None = None  # the state that is shown; None: none was chosen
    schedule: tuple[int, ...] | None = None  # the CPU that takes each step; None: in turn
    whole_table: bool = False  # how the schedule counts steps; see zapviz.races.replay
    model: int = MODEL  # the version of the model
    release: str = __version__  # the release of zapviz that made it


def format_permalink(
    text: str,
    kernel: str | Kernel,
    step: int | None = None,
    *,
    schedule: Sequence[int] | None = None,
    whole_table: bool = False,
) -> str:
    """Make the permalink of a scenario; ``#`` and the token form the fragment of a URL.

    Args:
        text: The scenario, of at most ``MAX_TEXT`` characters.
        kernel: Its name, or a kernel; the permalink of a patched kernel contains the patch.
        step: The state to show, counted from 0; None: none is chosen.
        schedule: The CPU that takes each step, where one interleaving is meant; None: the CPUs run
            in turn.
        whole_table: Whether the schedule counts a page table's entries as one step.

    Raises:
        ZapvizError: The text is too long or no text, there is no such kernel, or the state or
            schedule is wrong.
    """
    fields: dict[str, Any] = {
        "text": text,
        "kernel": full_name(find_kernel(kernel)),
        "model": MODEL,
        "release": __version__,
    }
    if step is not None:
        fields["step"] = step
    if schedule is not None:
        fields["schedule"] = "".join(map(str, schedule))
    if whole_table:
        fields["whole_table"] = True
    _read(fields)
    body = base64.urlsafe_b64encode(_packed(fields)).decode("ascii").rstrip("=")
    return _signed(f"zapviz:{FORM}:{body}")


def is_permalink(text: str) -> bool:
    """Tell whether a text is to be opened as a permalink, whole or not.

    It begins like a permalink, is a short link, or is a mail with a token in it: on a line that is
    no comment and, where there are scissors lines, between them.
    """
    return _BEGIN.match(text) is not None or is_short(text) or bool(_starts(_part(text)))


def parse_permalink(token: str) -> Permalink:
    """Read a permalink that can be opened here.

    Args:
        token: The token or short link, or a URL whose fragment it is. A token may be as mail
            delivers it, too: broken into lines, quoted, with blanks, in brackets, with words
            around it.

    Raises:
        ZapvizError: It is broken, foreign or too long, or asks for a form, a model, a scenario or a
            kernel that is not known here; or there are several.
    """
    link = decode_permalink(token)
    if link.model != MODEL:
        raise ZapvizError(
            f"the permalink was made by zapviz {link.release} with version {link.model} of the "
            f"model; this is zapviz {__version__} with version {MODEL}, which may decide "
            f"otherwise. Open it with zapviz {link.release}, or take its text alone: "
            "zapviz export LINK zap"
        )
    try:
        find_kernel(link.kernel)
    except ZapvizError as error:
        raise ZapvizError(f"the permalink's kernel is not known here: {error}") from None
    return link


def decode_permalink(token: str) -> Permalink:
    """Read a permalink without asking whether its model and kernel are known here.

    Args:
        token: As for :func:`parse_permalink`.

    Raises:
        ZapvizError: It is broken, foreign, too long or of an unknown form, or there are several.
    """
    if len(token) > _MAX_PASTED:
        raise ZapvizError(
            f"the permalink is too long: {len(token)} characters, and the longest that "
            f"zapviz makes has {MAX_LINK}"
        )
    if not is_permalink(token):
        raise ZapvizError(
            f"this is no permalink of zapviz: one begins with 'zapviz:{FORM}:', or is a short link "
            "such as 'reproducer@v5.17:12'"
        )
    if _BEGIN.match(token) is None and is_short(token):
        short = parse_short(token)
        if (short.step or 0) > _MAX_STATE:
            raise ZapvizError(f"the link's state must be one of 0 to {_MAX_STATE}")
        return Permalink(short.text, short.kernel, short.step)
    plain = _only_token(token)
    match = _TOKEN.fullmatch(plain)
    if match is None:
        _say_what_is_wrong(plain)
    form, body = int(match[1]), match[2]
    if form not in _FORMS:
        _refuse_form(form)
    if _signed(f"zapviz:{form}:{body}") != f"zapviz:{form}:{body}:{match[3].lower()}":
        raise ZapvizError(f"the permalink is damaged: its checksum does not match; {_AGAIN}")
    return _read(_unpacked(body, form))


def _signed(head: str) -> str:
    """Make the token: its content, and the CRC-32 of that as eight hexadecimal digits."""
    return f"{head}:{zlib.crc32(head.encode('ascii')):08x}"


def _part(text: str) -> str:
    """Give the part of a text, which is not a permalink from its start, in which one may stand."""
    if len(text) > _MAX_PASTED or "zapviz" not in text.lower():
        return ""
    return cut_out(text)[0]


def _starts(text: str) -> list[int]:
    """Give the places in a text at which permalinks begin, except in a scenario's comments."""
    starts = []
    at = 0
    for line in text.splitlines(keepends=True):
        for word in re.finditer(r"[^\s>]\S*", line) if "zapviz" in line.lower() else ():
            start = _START.search(word.group())
            if start is not None:
                starts.append(at + word.start() + start.start())
            elif word.group().startswith("#"):
                break
        at += len(line)
    return starts


def _only_token(text: str) -> str:
    """Give the token in a text, without what mail, or the page around it, put into it.

    Raises:
        ZapvizError: There are two different ones.
    """
    begins = _BEGIN.match(text)
    part = text if begins is not None else _part(text)
    starts = _starts(part)
    if begins is not None:
        first = begins.start("token")
        starts = [first, *(start for start in starts if start > first)]
    ends = [*starts[1:], len(part)]
    tokens = [_token(part[at:end]) for at, end in zip(starts, ends, strict=True)]
    several = len({token.lower() for token in tokens})
    if several > 1:
        raise ZapvizError(
            f"there are {several} different permalinks in the text; take the one that is to be "
            "opened alone"
        )
    return tokens[0]


def _token(text: str) -> str:
    """Give the token at the start of a text; where it is not whole, as much as may belong to it."""
    text = re.sub("%3a", ":", _INVISIBLE.sub("", text), flags=_EITHER)
    taken = []
    colons, tail = 0, ""
    for word in _LINE_END.sub(" ", text).split():
        taken.append(word)
        colons += word.count(":")
        tail = (tail + word)[-20:]
        end = _END.search(tail)
        if (colons >= 3 and end is not None and end.end() == len(tail)) or _foreign(word):
            break
    return "".join(taken).rstrip(_CLOSING)


def _foreign(word: str) -> re.Match[str] | None:
    """Give the characters of a word that cannot be in a token."""
    return re.search(r"[^A-Za-z0-9_:-]", word.rstrip(_CLOSING))


def _say_what_is_wrong(plain: str) -> NoReturn:
    """Raise the error for a text that does not have the form of a token."""
    form = re.match(r"zapviz:([0-9]{1,9}):", plain, _EITHER)
    if form is not None and int(form[1]) not in _FORMS:
        _refuse_form(int(form[1]))
    strange = _foreign(plain)
    if strange is not None:
        raise ZapvizError(
            f"the permalink is damaged: {strange.group()!a} has no place in it; {_AGAIN}"
        )
    raise ZapvizError(f"the permalink is not whole: a part of it is missing; {_AGAIN}")


def _refuse_form(form: int) -> NoReturn:
    raise ZapvizError(
        f"the permalink has form {form}, and zapviz {__version__} reads forms 1 to {FORM} only; "
        "a newer zapviz may read it"
    )


_FORMS = range(1, FORM + 1)
_HEAD = ("kernel", "model", "release", "step", "schedule", "whole_table")  # of form 2, in order
_NEEDED = 3  # so many of them have to be there


@cache
def dictionary() -> bytes:
    """Give what a token of form 2 is packed against: words that scenarios are made of.

    A preset dictionary of deflate (RFC 1951, 1950 section 2.2). It never changes, or no link of
    that form could be opened any more.
    """
    return read_data("zapviz.scenario", "permalink-2.txt").encode("ascii")


def _packed(fields: Mapping[str, Any]) -> bytes:
    """Pack the plain values of a token: a line of JSON without the text, then the text."""
    head = [fields.get(name) for name in _HEAD]
    while len(head) > _NEEDED and head[-1] is None:
        head.pop()
    said = json.dumps(head, ensure_ascii=False, separators=(",", ":"))
    packing = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zdict=dictionary())
    return packing.compress(f"{said}\n{fields['text']}".encode()) + packing.flush()


def _unpacked(body: str, form: int) -> Any:
    """Unpack the plain values in a token's body, up to the largest allowed size."""
    foreign = ZapvizError("the permalink holds something else than a scenario of zapviz")
    try:
        packed = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        if form == 1:
            unpacking = zlib.decompressobj()
        else:
            unpacking = zlib.decompressobj(-zlib.MAX_WBITS, zdict=dictionary())
        data = unpacking.decompress(packed, _MAX_DATA + 1)
    except (binascii.Error, zlib.error):
        raise foreign from None
    if len(data) > _MAX_DATA:
        raise ZapvizError(
            f"the permalink unpacks to more than {_MAX_DATA} bytes, and no scenario is so long"
        )
    if not unpacking.eof or unpacking.unused_data:
        raise foreign
    try:
        if form == 1:
            return json.loads(data.decode("utf-8"))
        head, line_end, text = data.decode("utf-8").partition("\n")
        values = json.loads(head)
    except (ValueError, RecursionError):
        raise foreign from None
    if not line_end or not isinstance(values, list) or not _NEEDED <= len(values) <= len(_HEAD):
        raise foreign
    named = zip(_HEAD, values, strict=False)
    return {"text": text, **{name: value for name, value in named if value is not None}}


def _read(fields: Any) -> Permalink:
    """Turn a token's plain values into a permalink; refuse any that is not as it must be."""

    def expect(right: bool, what: str) -> None:
        if not right:
            raise ZapvizError(f"this makes no permalink: {what}")

    def whole(value: Any, least: int, most: int) -> bool:
        return type(value) is int and least <= value <= most

    def words(value: Any, most: int) -> bool:
        return isinstance(value, str) and len(value) <= most and not _LONE.search(value)

    needed = {"text", "kernel", "model", "release"}
    optional = {"step", "schedule", "whole_table"}
    expect(isinstance(fields, dict) and needed <= set(fields) <= needed | optional, "wrong fields")
    text, step, schedule = fields["text"], fields.get("step"), fields.get("schedule")
    expect(words(text, MAX_TEXT), f"its text must be one of at most {MAX_TEXT} characters")
    expect(words(fields["kernel"], LONGEST_NAME), "its kernel must be a name")
    expect(words(fields["release"], 40), "its release must be a name")
    expect(whole(fields["model"], 1, 10**9), "its model must be a number")
    expect(
        step is None or whole(step, 0, _MAX_STATE), f"its state must be one of 0 to {_MAX_STATE}"
    )
    expect(
        schedule is None
        or (isinstance(schedule, str) and _SCHEDULE.fullmatch(schedule) is not None),
        f"its schedule must have at most {_MAX_TURNS} CPUs of 0 to {_CPUS - 1}",
    )
    expect(
        isinstance(fields.get("whole_table", False), bool), "its whole_table must be a yes or no"
    )
    return Permalink(
        text,
        fields["kernel"],
        step,
        None if schedule is None else tuple(map(int, schedule)),
        fields.get("whole_table", False),
        fields["model"],
        fields["release"],
    )


_LONE = re.compile(r"[\ud800-\udfff]")  # no character: UTF-8 cannot hold it
_SCHEDULE = re.compile(rf"[0-{_CPUS - 1}]{{0,{_MAX_TURNS}}}")
