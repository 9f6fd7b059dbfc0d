"""The kernels that a mail of zapviz names below its scenario, so that pasting it brings them.

What :mod:`zapviz.render.text.mail` writes ends with the call that shows the same again.  That call
is read here, from a text as mail delivers it: quoted, its lines broken anew, with an answer
before and after it.  Nothing is guessed: a text without scissors lines names no kernel.

>>> mailed_names('''
... > ===8<===
... > N = anon(2)
... > ===8<===
... > zapviz 0.1.0: zapviz run FILE --kernel
... >     "v5.17 + second_pass=False"
... ''')
('v5.17 + second_pass=False',)
"""

from __future__ import annotations

import re

from zapviz.errors import ZapvizError
from zapviz.kernels.known import LONGEST_NAME, Kernel
from zapviz.kernels.known import kernel as find_kernel
from zapviz.scenario.language.pasted import MAX_TEXT, cut_out
from zapviz.words import joined

__all__ = ["mailed_kernels", "mailed_names", "notice_of_several"]

_QUOTING = re.compile(r"^[ \t>]*", re.MULTILINE)
_CALL = re.compile(
    r"\bzapviz \S{1,40} zapviz (?:run|diff) FILE"
    rf'((?: --kernel (?:"[^"]{{1,{LONGEST_NAME}}}"|[^\s"]\S*))+)'
)
_KERNEL = re.compile(r'--kernel (?:"([^"]+)"|(\S+))')


def mailed_names(text: str) -> tuple[str, ...]:
    """Give the names of the kernels on which a pasted text says that it was made, in its order."""
    if len(text) > MAX_TEXT or "--kernel" not in text:
        return ()
    below = cut_out(text)[1].replace("\xa0", " ")
    for paragraph in re.split(r"\n{2,}", _QUOTING.sub("", below)):
        call = _CALL.search(" ".join(paragraph.split()))
        if call is not None:
            names = [quoted or bare for quoted, bare in _KERNEL.findall(call[1])]
            return tuple(dict.fromkeys(names))
    return ()


def mailed_kernels(text: str) -> tuple[Kernel, ...]:
    """Give the kernels on which a pasted text says that it was made; none if it is no mail of
    zapviz.

    Raises:
        ZapvizError: One of the kernels is not known here.
    """
    try:
        return tuple(map(find_kernel, mailed_names(text)))
    except ZapvizError as error:
        raise ZapvizError(
            f"the mail's kernel is not known here: {error}. To have another one, choose it, "
            "and leave out the mail's line 'zapviz run FILE ...'"
        ) from None


def notice_of_several(names: tuple[str, ...], shown: str) -> str:
    """Say that a pasted mail names several kernels, of which one is shown; "" if it does not."""
    if len(names) < 2:
        return ""
    listed = joined(names)
    return f"The mail compares {listed}; this is {shown} alone."
