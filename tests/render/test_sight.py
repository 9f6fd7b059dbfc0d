"""What is shown can be told apart without seeing all colours, or without seeing at all."""

from __future__ import annotations

import io
import math
import re
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
from PIL import Image

import zapviz
from sample_trace import every_kind_trace, sample_trace
from zapviz.render.palette import CLASSES, THEMES, ink
from zapviz.render.text.alt_text import describe_state, state_title

# How linear red, green and blue are seen where one kind of cone is missing: Machado,
# Oliveira and Fernandes 2009, severity 1.0.
SIGHTS = {
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}

# Distances in CIELAB (1976): some 2 can just be seen with two large patches side by side.
FILLS_APART = 10
BORDERS_APART = 25

# sRGB to CIE XYZ, white at D65.
_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)


def times(matrix, vector):
    """A matrix times a vector."""
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def linear(colour):
    """Red, green and blue of ``#rrggbb`` as light, from 0 to 1."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def lab(light):
    """CIELAB of linear red, green and blue."""
    xyz = times(_XYZ, [min(1, max(0, c)) for c in light])
    x, y, z = (
        part ** (1 / 3) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116
        for part in (xyz[0] / 0.95047, xyz[1], xyz[2] / 1.08883)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def apart(one, other, sight):
    """How far two colours are from each other, seen so."""
    return math.dist(*(lab(times(SIGHTS[sight], linear(colour))) for colour in (one, other)))


class TestColourBlindness:
    """Every two classes differ in their letter; families differ in what colour is left too."""

    def test_the_measure_is_right(self):
        """Black and white are 100 apart for everybody; red and green are not for some."""
        for sight in SIGHTS:
            assert apart("#000000", "#ffffff", sight) == pytest.approx(100, abs=0.1)
        assert apart("#cc0000", "#3f7d00", "all colours") > 100
        assert apart("#cc0000", "#3f7d00", "protanopia") < 40

    def test_every_two_classes_have_different_letters(self):
        """The letter alone tells the class, in any sight and in print."""
        letters = [one.letter for one in CLASSES.values()]
        assert len({*letters}) == len(CLASSES)

    @pytest.mark.parametrize("sight", SIGHTS)
    @pytest.mark.parametrize("theme", THEMES)
    def test_families_differ_in_fill_or_border(self, theme, sight):
        """Of different families, fills are 10 apart, or else borders 25.

        Borders part a zero page from an empty entry, both nearly white (nearly black), and
        in the dark a poisoned entry from a swapped-out one, for those who see no red.
        """
        near = []
        for one, other in combinations(CLASSES, 2):
            if CLASSES[one].family == CLASSES[other].family:
                continue
            first, second = ink(one, theme), ink(other, theme)
            fills = apart(first.fill, second.fill, sight)
            borders = apart(first.border, second.border, sight)
            if fills < FILLS_APART and borders < BORDERS_APART:
                near.append((one, other, round(fills, 1), round(borders, 1)))
        assert near == []

    @pytest.mark.parametrize("sight", SIGHTS)
    @pytest.mark.parametrize("theme", THEMES)
    def test_private_pages_differ_from_file_pages(self, theme, sight):
        """The one difference within a family that the story hangs on is seen by all."""
        assert apart(ink("anon", theme).fill, ink("file", theme).fill, sight) >= 25


class TestWords:
    """Each picture carries what it shows in words."""

    def test_a_state_is_told_in_sentences(self):
        """Where it is, what was decided and why, and what every row holds."""
        trace = zapviz.run("reproducer", "v5.17")
        step = next(n for n, one in enumerate(trace.as_json()["steps"], 1) if one["at"])
        for number in (0, step, -1):
            said = describe_state(trace, number)
            assert said.startswith("Kernel v5.17, state ")
            for row in ("F, shmem file", "A, private mapping of F[0:2]", "swap, swap slots"):
                assert row in said
            assert "\n" not in said
        assert trace.as_json()["steps"][step - 1]["reason"] in describe_state(trace, step)

    def test_every_entry_is_told_once(self):
        """Runs of the same kind are taken together, and none is left out."""
        trace = sample_trace(pages=64, mappings=2, steps=30)
        said = describe_state(trace, -1).split(": ", 1)[1]
        counted = 0
        for first, last in re.findall(r"[:,] (\d+)(?: to (\d+))? [a-z]", said):
            counted += int(last or first) - int(first) + 1
        assert counted == sum(row["pages"] for row in trace["rows"])

    def test_every_kind_has_a_name(self):
        """A row with every kind of entry names them all."""
        said = describe_state(every_kind_trace(), -1)
        for kind in ("hwpoison", "guard_marker", "migration", "zero"):
            assert CLASSES[kind].name in said

    def test_pictures_carry_title_and_description(self):
        """SVG: title and desc, named by aria-labelledby; PNG and GIF: text in the file."""
        trace = zapviz.run("# A title of 1 < 2 & \u201cquotes\u201d\nN = anon(2)\nN[0] = 1")
        title, said = state_title(trace, -1), describe_state(trace, -1)
        root = ET.fromstring(trace.export("svg", -1))
        names = {node.get("id"): node.text for node in root.iter() if node.get("id")}
        assert root.get("role") == "img"
        assert [names[name] for name in root.get("aria-labelledby").split()] == [title, said]
        png = Image.open(io.BytesIO(trace.export("png", -1, dpi=40)))
        png.load()
        assert (png.text["Title"], png.text["Description"]) == (title, said)
        gif = Image.open(io.BytesIO(trace.export("gif", dpi=40)))
        assert said.encode("ascii", "replace") in gif.info["comment"]
