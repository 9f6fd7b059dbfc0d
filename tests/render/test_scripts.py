"""Titles in any script: pictures are drawn without a warning, whatever fonts are here."""

from __future__ import annotations

import warnings
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import zapviz
from zapviz.api.traces import Trace
from zapviz.render.figure import fonts

TITLES = (
    "\u4f60\u597d, \u4e16\u754c",  # Chinese
    "\u0645\u0631\u062d\u0628\u0627",  # Arabic, which DejaVu has
    "\u0928\u092e\u0938\u094d\u0924\u0947",  # Devanagari
    "zap \U0001f600 \u2764\ufe0f \U0001f468\u200d\U0001f469",  # emoji, joined
    "\ud55c\uad6d\uc5b4 \u65e5\u672c\u8a9e \u0e44\u0e17\u0e22",
    "a\u200bb\u202ec\ufeffd",
    "$x^2$ 100% \\frac",
)


@cache
def titled(title: str) -> Trace:
    """A small run with a title."""
    return zapviz.run(f"# {title}\n\nN = anon(1)\nN[0] = 1\n")


def drawn(title: str, form: str) -> None:
    """A picture of it, where every warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert titled(title).export(form, -1, dpi=30)


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("form", ["png", "gif"])
def test_a_title_is_drawn(title: str, form: str) -> None:
    """As a picture and as a film."""
    drawn(title, form)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=30))
@settings(max_examples=20)
@example("\uffff\U0010ffff\ue000")
def test_any_title_is_drawn(title: str) -> None:
    """Any characters at all."""
    drawn(title, "png")


class TestLettering:
    """Which letters are drawn, and with which font."""

    def test_what_the_usual_font_has_is_left_alone(self) -> None:
        """It takes no other font."""
        words, kind = fonts.lettering("zap \u0416\u2192", "sans", 9.0, False)
        assert words == "zap \u0416\u2192"
        assert kind.get_family() == ["DejaVu Sans"]

    def test_what_no_font_has_is_one_sign_each(self) -> None:
        """So that a reader sees that something stands there; what joins letters is left out."""
        words, _ = fonts.lettering("a\U0010fffd\U0010fffdb\u200d", "sans", 9.0, False)
        assert words.rstrip("\u200d") == "a\ufffd\ufffdb"

    def test_another_font_is_taken_where_it_has_the_letter(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As on a machine with a font for Chinese."""
        monkeypatch.setattr(
            fonts, "_has", lambda family, bold, letter: (letter < "\u4e00") != (family == "Han")
        )
        monkeypatch.setattr(fonts, "_families", lambda: ("DejaVu Serif", "Han"))
        for cached in (fonts._family, fonts.lettering):
            cached.cache_clear()
        words, kind = fonts.lettering("a\u4f60", "sans", 9.0, False)
        assert words == "a\u4f60"
        assert kind.get_family() == ["DejaVu Sans", "Han"]
        for cached in (fonts._family, fonts.lettering):
            cached.cache_clear()
