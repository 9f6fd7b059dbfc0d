"""The kernels of the thread: the edit is checked, and what a build needs is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from zapviz.lab import NotAvailable
from zapviz.lab.guest.build import BUILT, EDITED, build, edited, missing_tools
from zapviz.lab.guest.kernels import KNOWN

SOURCE = """\
static int other(struct zap_details *details)
{
\tif (!non_swap_entry(entry) && !should_zap_cows(details))
\t\treturn 0;
}

static unsigned long zap_pte_range(int a)
{
\tdo {
\t\tif (!non_swap_entry(entry)) {
\t\t\tif (!should_zap_cows(details))
\t\t\t\tcontinue;
\t\t}
\t} while (1);
}
"""
"""A stand-in: the two tests that matter, once in zap_pte_range() and once elsewhere."""

HEAD, TAIL = SOURCE.split("static unsigned long zap_pte_range")


def test_before_the_fix_details_skip_every_swap_like_entry() -> None:
    """What stands in zap_pte_range() comes after a test of details; all else is as it was."""
    tail = TAIL.replace("if (!non_swap", "if (details) continue; if (!non_swap")
    assert edited(SOURCE, EDITED[0]) == f"{HEAD}static unsigned long zap_pte_range{tail}"


def test_rfc_v2_asks_no_swap_entry() -> None:
    """A genuine swap entry is zapped whatever even_cows says."""
    tail = TAIL.replace("!should_zap_cows(details)", "0")
    assert edited(SOURCE, EDITED[1]) == f"{HEAD}static unsigned long zap_pte_range{tail}"


@pytest.mark.parametrize("name", EDITED)
@pytest.mark.parametrize(
    "source",
    [
        "",
        HEAD,
        SOURCE.replace("if (!non_swap_entry(entry)) {", "if (is_swap_entry(entry)) {").replace(
            "if (!should_zap_cows(details))", "if (!details)"
        ),
        SOURCE.replace(
            "do {", "do { if (!non_swap_entry(entry)) break; if (!should_zap_cows(details)) break;"
        ),
    ],
)
def test_another_source_is_not_edited(source: str, name: str) -> None:
    """Where the place is not there exactly once, nothing is built."""
    with pytest.raises(NotAvailable, match="nothing was built"):
        edited(source, name)


def test_what_is_built_is_not_fetched() -> None:
    """The lab knows these kernels, and that no package has them."""
    assert {name for name, known in KNOWN.items() if known.suite == ""} == set(BUILT)


def test_missing_tools_are_named_before_anything_is_fetched(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every package at once, as one command."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotAvailable) as caught:
        build(EDITED[0])
    assert str(caught.value).endswith("apt install gcc make flex bison bc perl tar xz-utils dpkg")


def test_a_missing_header_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiler alone does not do: objtool needs libelf."""
    for name in ("gcc", "make", "flex", "bison", "bc", "perl", "tar", "xz", "dpkg-deb"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert missing_tools() == ["libelf-dev"]
