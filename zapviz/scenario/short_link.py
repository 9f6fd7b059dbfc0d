"""Short links: a scenario that comes with zapviz, by its name, with a kernel and a state.

>>> link = parse_short("reproducer@v5.17:12")
>>> link.name, link.kernel, link.step
('reproducer', 'v5.17', 12)
>>> format_short(link.text, "v5.17", 12)
'reproducer@v5.17:12'

It holds names alone, and no text: what it shows is what that zapviz has by them. Within an address
the kernel may be missing too, ``explore.html#reproducer``. docs/permalink.md describes the form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from zapviz.errors import ZapvizError, choices_hint
from zapviz.kernels.known import DEFAULT_KERNEL, Kernel, full_name
from zapviz.kernels.known import kernel as find_kernel
from zapviz.scenario.library import SCENARIOS

__all__ = ["ShortLink", "format_short", "is_short", "parse_short"]

_MOST: Final = 2000  # characters of a link, with the address before it
_SHAPE = re.compile(
    r"""[\s<(\[\"'`]*
    (?P<place>(?:[a-z][a-z0-9+.-]*:/)?[^\s\#]*\#)?
    (?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)
    (?:@(?P<kernel>[a-z0-9._+=,-]+?))?
    (?::(?P<step>[0-9]{1,9}))?
    [\s>)\]\"'`.,;]*""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_ESCAPED = re.compile("%(40|3a|2b|3d|2c)", re.IGNORECASE)  # @ : + = , as some programs write them


@dataclass(frozen=True)
class ShortLink:
    """The content of a short link."""

    name: str  # of the scenario
    kernel: str  # its name; that of a patched one contains the patch
    step: int | None = None  # the state that is shown; None: none was chosen

    @property
    def text(self) -> str:
        """The scenario's text."""
        return SCENARIOS[self.name].text


def format_short(text: str, kernel: str | Kernel, step: int | None = None) -> str | None:
    """Make the short link of a text that comes with zapviz; None: it does not come with it.

    Args:
        text: The scenario.
        kernel: Its name, or a kernel; a patch goes along.
        step: The state to show, counted from 0; None: none is chosen.

    Raises:
        ZapvizError: No name describes the kernel.
    """
    plain = text.strip()
    name = next((name for name, one in SCENARIOS.items() if one.text.strip() == plain), None)
    if name is None:
        return None
    place = "" if step is None else f":{step}"
    return f"{name}@{full_name(find_kernel(kernel)).replace(' ', '')}{place}"


def is_short(text: str) -> bool:
    """Tell whether a text is to be opened as a short link, right or wrong.

    It is one word, with a name that ships, or a kernel that is known, at its ``@``.
    """
    found = _read(text)
    if found is None:
        return False
    name, kernel = found["name"].lower(), found["kernel"]
    if kernel is None:
        return found["place"] is not None and ":/" in found["place"] and name in SCENARIOS
    return name in SCENARIOS or _is_kernel(kernel)


def parse_short(text: str) -> ShortLink:
    """Read a short link, or an address whose fragment it is.

    Raises:
        ZapvizError: It is none, or names a scenario or a kernel that is not known here.
    """
    found = _read(text)
    if found is None:
        raise ZapvizError(
            "this is no short link of zapviz: one has a scenario's name, '@', a kernel, and maybe "
            "':' and a state, as in 'reproducer@v5.17:12'"
        )
    name, kernel = found["name"].lower(), found["kernel"] or DEFAULT_KERNEL
    if name not in SCENARIOS:
        raise ZapvizError(
            f"the link's scenario is not known here: there is no scenario '{name[:60]}'; "
            f"{choices_hint(name, list(SCENARIOS))}"
        )
    try:
        chosen = find_kernel(kernel)
    except ZapvizError as error:
        raise ZapvizError(f"the link's kernel is not known here: {error}") from None
    return ShortLink(name, full_name(chosen), None if found["step"] is None else int(found["step"]))


def _read(text: str) -> re.Match[str] | None:
    """Take a text apart, if it has the shape of a short link."""
    if len(text) > _MOST:
        return None
    return _SHAPE.fullmatch(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text))


def _is_kernel(name: str) -> bool:
    try:
        find_kernel(name)
    except ZapvizError:
        return False
    return True
