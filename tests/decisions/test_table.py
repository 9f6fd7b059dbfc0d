"""The decision table as it is shown: texts, figures, the command, and the widget's traits."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import traitlets

import zapviz
from layout import check_layout, check_mailable, texts_of
from zapviz.api.tables import DRAWN, MOST_KERNELS, Table, table
from zapviz.commands.cli import main
from zapviz.decisions import decide
from zapviz.decisions.cases import ENTRIES, MAIN_ENTRIES, MAIN_PATHS, MAPPINGS, PATHS
from zapviz.decisions.decide import CellVerdict, cell_of
from zapviz.errors import ZapvizError
from zapviz.kernels.known import KERNELS, Kernel
from zapviz.render.figure.table import draw_table, table_html
from zapviz.render.palette import CLASSES, VERDICTS, ink, palette_json
from zapviz.render.text.table import format_differences, notes
from zapviz.trace.deciding import deciding_step
from zapviz.view import PAGE_MIME, module, style
from zapviz.widgets import DecisionTable

Expected = Callable[[str, str], None]


def main_part(*kernels: str) -> Table:
    """The classes and paths that a first look shows."""
    return table(kernels, entries=MAIN_ENTRIES, mappings="shmem-private", paths=MAIN_PATHS)


class TestText:
    """72 columns of ASCII."""

    @pytest.mark.parametrize(
        ("name", "arguments"),
        [
            ("table-main", []),
            ("table-differences", ["--differences"]),
            (
                "table-why",
                ["--why", "--kernel", "all", "--entry", "swap", "--path", "truncate"],
            ),
            (
                "table-owners",
                ["--owner", "parent", "--owner", "child", "--kernel", "v5.17"],
            ),
            ("table-markdown", ["--format", "markdown", "--kernel", "v5.17", "--mapping", "all"]),
        ],
    )
    def test_on_file(
        self,
        name: str,
        arguments: list[str],
        expected: Expected,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """What the command prints reads as on file."""
        assert main(["table", *arguments]) == 0
        expected(f"{name}.txt", capsys.readouterr().out)

    @pytest.mark.parametrize("name", KERNELS)
    def test_mailable(self, name: str) -> None:
        """Whatever is asked for can be mailed."""
        everything = table(name)
        check_mailable(everything.text())
        check_mailable(everything.text("path", "mapping"))
        check_mailable(table([name, "v5.17"], paths="truncate").text())
        check_mailable(table(name, mappings="file-private", paths=MAIN_PATHS).why())
        check_mailable(format_differences(table([name, "v6.18", "rfc-v2"])))

    def test_every_cell_is_shown(self) -> None:
        """Each word of the table stands in its row, and columns that do not fit go below."""
        whole = table("v6.18", mappings="shmem-private")
        text = whole.text()
        for entry in ENTRIES:
            words = [
                cell_of(entry, "shmem-private", path, "v6.18").word.replace(" ", "")
                for path in PATHS
            ]
            rows = re.findall(rf"^  {ENTRIES[entry].name}  +(.*)$", text, re.M)
            if set(words) == {"-"}:
                assert rows == []
                continue
            shown = [word for row in rows for word in re.split(r" {2,}", row)]
            assert [word.replace(" ", "") for word in shown] == words

    def test_notes_explain_what_occurs(self) -> None:
        """Signs that occur are explained, others are not."""
        plain = table("v6.18", entries=["anon", "swap"], mappings="shmem-private", paths=MAIN_PATHS)
        assert notes(plain) == []
        assert any(one.startswith("+") for one in notes(main_part("v6.18")))
        assert any(one.startswith("waits") for one in notes(main_part("v5.17")))

    def test_what_waits_zaps_in_the_end(self) -> None:
        """The note on waiting says so of every cell: it must be true of every one."""
        waiting = [cell for cell in table() if cell.verdict is CellVerdict.WAITS]
        assert waiting
        for cell in waiting:
            assert "meets the page itself: zapped." in cell.reason
            assert cell.passes[-1][1] == "zapped"

    def test_differences_name_each_place(self) -> None:
        """Each place where kernels part is told, each kernel in one group of it."""
        text = format_differences(table(["v5.17", "v6.12"]))
        assert "kept         v5.17\nzapped       v6.12\n" in text
        assert "swap entry: truncate and even_cows=1," in text
        same = format_differences(table(["v6.12", "v7.3"], entries="swap", paths=MAIN_PATHS))
        assert same == "v6.12 and v7.3 decide everything here alike."

    def test_the_flaw_of_the_thread(self) -> None:
        """RFC v2 and the fix part where the review found it, and where hwpoison has no rule."""
        some = table(["rfc-v2", "v5.18"], paths=["truncate", "punch"]).differences()
        assert {place[0] for place in some.places} == {"swap", "hwpoison-file", "hwpoison-anon"}
        assert {place[2] for place in some.places} == {"punch"}

    def test_markdown_is_a_table(self) -> None:
        """Every line of a Markdown table has the same number of cells."""
        text = table(["v5.17", "v6.12"], entries="swap").markdown("kernel", "path")
        rows = [line for line in text.splitlines() if line.startswith("|")]
        assert {row.count("|") for row in rows} == {len(PATHS) + 2}

    def test_csv_holds_everything(self) -> None:
        """A line for each cell, that reads back with reason and scenario."""
        some = table(["v5.17", "v6.12"], entries="swap")
        rows = list(csv.DictReader(io.StringIO(some.csv())))
        assert len(rows) == len(some)
        for row, cell in zip(rows, some, strict=True):
            assert row["verdict"] == cell.verdict
            assert row["reason"] == cell.reason
            assert row["scenario"] == cell.scenario


class TestOwners:
    """Whose entry: an axis that is there where a child has a share, and otherwise is not."""

    def test_without_a_child_nothing_tells_of_owners(self) -> None:
        """The table that nobody asked for owners has no such axis in any form."""
        alone = table(["v5.17", "v6.18"], entries="swap", paths="truncate")
        assert "owner" not in alone.as_json() and "owner" not in alone.csv().splitlines()[0]
        assert len(alone.as_json()["places"][0]) == 3
        assert "owner" not in repr(alone) + alone.text() + alone.markdown() + alone.why()

    def test_plain_values(self) -> None:
        """Ids, names and meanings; places have a fourth index; the first view shows one."""
        given = table("v6.18", entries="swap", paths="munmap", owners=None).as_json()
        assert [one[0] for one in given["owner"]] == ["alone", "parent", "child"]
        assert {len(place) for place in given["places"]} == {4}
        assert given["view"]["owner"] == ["alone"]

    def test_csv(self) -> None:
        """Each line says whose entry it is about."""
        some = table("v6.18", entries="swap", paths="munmap", owners=["parent", "child"])
        rows = list(csv.DictReader(io.StringIO(some.csv())))
        assert [row["owner"] for row in rows] == [cell.owner for cell in some]

    def test_one_owner_is_named_above(self) -> None:
        """What all cells have in common stands at the head."""
        text = table("v6.18", entries="swap", paths=MAIN_PATHS, owners="child").text()
        assert "shared with a child: the entry of the child" in text.splitlines()

    def test_differences_name_the_owner(self) -> None:
        """Parent and child each stand beside their entry."""
        some = table(["v5.17", "v6.12"], entries="swap", paths="truncate", owners=None)
        text = format_differences(some.differences())
        for words in ("swap entry:", "swap entry (shared: parent's):", "entry (shared: child's):"):
            assert words in text

    def test_a_wrong_owner(self) -> None:
        """It is named, with what there is."""
        with pytest.raises(ZapvizError, match=r"there is no owner 'kid'; .*alone, parent, child"):
            table(owners="kid")


class TestCommand:
    """``zapviz table``."""

    def test_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The compact form that a page draws from."""
        assert main(["table", "--format", "json", "--kernel", "all"]) == 0
        given = json.loads(capsys.readouterr().out)
        assert given["format"] == "zapviz-table"
        assert [one[0] for one in given["kernel"]] == list(KERNELS)
        assert given == json.loads(json.dumps(table().as_json()))  # all of it, unless chosen

    def test_a_patch(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A kernel with a patch is named as everywhere; what it changes is told."""
        patched = "v5.17 + swap_entries=even_cows"
        assert main(["table", "--differences", "--kernel", "v5.17", "--kernel", patched]) == 0
        out = capsys.readouterr().out
        assert out.startswith(
            f"kept         v5.17\nzapped       {patched}\n    swap entry: truncate"
        )

    def test_axes(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Any axis goes down or across."""
        asked = ["--rows", "kernel", "--columns", "entry", "--kernel", "all", "--path", "truncate"]
        assert main(["table", *asked, "--entry", "swap", "--entry", "anon"]) == 0
        out = capsys.readouterr().out
        assert re.search(r"^  +private page  swap entry$", out, re.M)
        assert re.search(r"^  v5\.17  +zapped  +kept$", out, re.M)

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--path", "trunc"], "there is no path 'trunc'; did you mean 'truncate'?"),
            (["--entry", "swop"], "there is no entry class 'swop'; did you mean 'swap'?"),
            (["--mapping", "shmen"], "there is no mapping 'shmen'; "),
            (
                ["--kernel", "v5.16"],
                "there is no kernel 'v5.16'; v5.16 lies between v5.10.y and",
            ),
            (["--format", "latex"], "there is no format 'latex'; expected one of text, markdown"),
            (["--rows", "kernal"], "there is no axis 'kernal'; did you mean 'kernel'?"),
            (["--rows", "path", "--columns", "path"], "the axis 'path' goes down or across"),
            (["--differences", "--kernel", "v6.1"], "v6.1 alone differs from nothing; "),
            (["--why", "--format", "csv"], "--why is text; "),
        ],
    )
    def test_mistakes(
        self, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A mistake is one message that says what there is, and exit status 2."""
        assert main(["table", *arguments]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(f"zapviz: error: {said}")

    def test_no_drawing_library(self) -> None:
        """The command loads no drawing and no widget library."""
        import subprocess
        import sys

        code = (
            "import sys; from zapviz.commands.cli import main; main(['table']);"
            "print({'matplotlib', 'numpy', 'ipywidgets'} & set(sys.modules))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.stdout.endswith("set()\n"), done.stderr


class TestFigure:
    """The table drawn: whole, apart, and with words in every cell."""

    @pytest.mark.parametrize("theme", ["light", "dark", "print"])
    def test_layout(self, theme: str) -> None:
        """No text is cut or covers another, in any theme."""
        check_layout(draw_table(main_part("v5.17"), theme=theme))  # type: ignore[arg-type]

    @pytest.mark.parametrize("width", [4.0, 10.0, 16.0])
    def test_sizes(self, width: float) -> None:
        """From few columns to all paths and kernels, in any width."""
        check_layout(draw_table(table("v6.18", mappings=["shmem", "anon"]), width=width))
        check_layout(draw_table(table(entries="swap", paths=MAIN_PATHS), width=width))
        patched = ["v5.17", "v5.17 + swap_entries=even_cows, second_pass=False"]
        both = table(patched, entries="swap", mappings="shmem-private", paths=MAIN_PATHS)
        check_layout(both.figure("entry", ("path", "kernel"), width=width))

    def test_words(self) -> None:
        """Each cell has a sign and a word: nothing is said by colour alone."""
        some = main_part("v5.17")
        words = [words for words, _ in texts_of(some.figure())]
        for verdict in ("zapped", "kept", "waits"):
            shown = f"{VERDICTS[verdict].sign} {verdict}"
            assert words.count(shown) == sum(cell.word == verdict for cell in some)

    def test_alternative_text(self) -> None:
        """The picture in a notebook has the text form as its alternative."""
        some = main_part("v5.17")
        html = table_html(some)
        assert 'alt="kernel v5.17: before the fix&#10;private mapping of shmem' in html
        shown = some._repr_mimebundle_()
        assert shown["text/plain"] == some.text()

    def test_a_table_too_large_to_draw_scrolls(self) -> None:
        """It is there as text, in a box that a keyboard can scroll, with what shows it better."""
        large = table("v6.12")
        assert len(large) > DRAWN
        shown = large._repr_mimebundle_()
        assert shown["text/plain"] == repr(large)
        html = shown["text/html"]
        assert "zapviz.explore_table()" in html
        assert "975 decisions" in html
        assert 'tabindex="0"' in html and "overflow: auto" in html
        assert unescape(html.partition("<pre")[2].partition(">")[2]).startswith(large.text()[:2000])

    def test_a_table_of_nothing_is_named(self) -> None:
        """Where kernels differ in nothing there is no table to show."""
        none = table("v6.12", differences=True)
        assert list(none._repr_mimebundle_()) == ["text/plain"]

    def test_unknown_theme(self) -> None:
        """A theme that there is not is an error that names those there are."""
        with pytest.raises(ValueError, match="light, dark, print and any"):
            main_part("v5.17").figure(theme="sepia")


class TestPalette:
    """How verdicts look."""

    def test_every_verdict_has_a_look(self) -> None:
        """Each has a sign of its own, and colours that no kind of cell has."""
        assert list(VERDICTS) and set(VERDICTS) == {str(one) for one in CellVerdict}
        assert len({look.sign for look in VERDICTS.values()}) == len(VERDICTS)
        assert len({look.ink for look in VERDICTS.values()}) == len(VERDICTS)
        assert not {look.ink for look in VERDICTS.values()} & set(CLASSES)
        for theme in ("light", "dark"):
            kinds = {ink(kind, theme).fill for kind in CLASSES} - {ink("none", theme).fill}
            assert not {ink(look.ink, theme).fill for look in VERDICTS.values()} & kinds
        assert set(palette_json()["verdicts"]) == set(VERDICTS)


class TestModule:
    """The files of the table that go to a page."""

    @pytest.mark.parametrize("name", ["table", "table_notebook"])
    def test_can_be_inlined(self, name: str) -> None:
        """Plain ASCII, nothing imported or fetched, nothing parsed as HTML, one scope."""
        source = module(name)
        assert source.isascii()
        assert not re.search(r"^\s*import\b|import\(|fetch\(|</script|innerHTML", source, re.M)
        assert "function createTable(" in source
        assert source.count(" as default") == (name == "table_notebook")
        names = re.findall(r"^(?:var|const|function) (\w+)", source, re.M)
        assert sorted(names) == sorted(set(names))

    def test_a_page_needs_no_player(self) -> None:
        """The table alone is small: the player is not part of it."""
        assert "createPlayer" not in module("table")

    def test_style(self) -> None:
        """The style sheet of the table comes with that of the rest, its classes are our own."""
        sheet = style("table")
        assert sheet.startswith(style())
        bare = re.sub(r"\{[^{}]*\}", "{}", re.sub(r"/\*.*?\*/", "", sheet, flags=re.S))
        names = set(re.findall(r"\.([a-z][\w-]*)", bare))
        assert {one for one in names if not re.match(r"zv$|zv-|k-", one)} == set()
        assert ".zv-table" in sheet and ".zv-table" not in style()


class TestStopped:
    """What Ctrl-C says while a table is decided."""

    @pytest.fixture
    def interrupted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ctrl-C comes as v6.12 is begun; nothing had been decided before."""
        for kept in (decide._row_alone, decide.decide_all):
            kept.cache_clear()
        standing = decide._standing

        def interrupt(kernel: Kernel, *more: Any) -> Any:
            if kernel.name == "v6.12":
                raise KeyboardInterrupt
            return standing(kernel, *more)

        monkeypatch.setattr(decide, "_standing", interrupt)

    def test_in_python(self, interrupted: None) -> None:
        """How much is decided, which is kept."""
        with pytest.raises(KeyboardInterrupt, match="stopped: 1 of 2 kernels decided; asked again"):
            len(zapviz.table(["v5.17", "v6.12"]).cells)

    def test_on_the_command_line(
        self, interrupted: None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Which command was stopped, and where."""
        asked = ["table", "--kernel", "v5.17", "--kernel", "v6.12", "--format", "csv"]
        assert main(asked) == 130
        said = capsys.readouterr()
        assert said.out == ""
        assert "zapviz table: stopped by Ctrl-C; it was deciding v5.17, 0 of 2" in said.err

    def test_more_kernels_than_a_table_takes(self) -> None:
        """Refused before any is decided."""
        many = [f"6.1.{point}" for point in range(1, MOST_KERNELS + 2)]
        with pytest.raises(ZapvizError, match=f"at most {MOST_KERNELS} kernels"):
            zapviz.table(many)


class TestWidget:
    """The traits, as Python sees them."""

    def test_view(self) -> None:
        """It begins with what matters, on the default kernel; all kernels are at hand."""
        shown = DecisionTable()
        assert shown.view["entry"] == list(MAIN_ENTRIES)
        assert shown.view["kernel"] == ["v6.18"]
        assert shown.table.ids("kernel") == tuple(KERNELS)
        assert len(shown.selection) == len(MAIN_ENTRIES) * len(MAIN_PATHS)
        assert shown.table_kernels == list(KERNELS)

    def test_options(self) -> None:
        """Entries, mappings, paths, kernels and axes can be given."""
        shown = DecisionTable(
            ["v5.17", "v6.1", "v6.12"], entries="swap", mappings="private", paths=["punch"],
            columns="kernel", theme="dark",
        )  # fmt: skip
        assert shown.view["kernel"] == ["v5.17", "v6.1", "v6.12"]
        assert shown.view["mapping"] == ["shmem-private", "file-private"]
        assert shown.theme == "dark"
        assert zapviz.explore_table(differences=True).view["only"] is True

    def test_open(self) -> None:
        """A cell that is opened has its scenario run, at the step that decides it."""
        shown = DecisionTable(["v5.17", "v6.12"])
        assert shown.trace is None
        shown.open_cell("swap", "shmem-private", "truncate", "v5.17")
        cell = cell_of("swap", "shmem-private", "truncate", "v5.17")
        assert (shown.text, shown.kernel, shown.cell) == (cell.scenario, "v5.17", cell)
        assert shown.trace.ok
        step = shown.trace.steps[shown.step - 1]
        assert (step.kind, step.verdict, step.rule) == ("zap", "kept", cell.rule)
        shown.opened = ["swap", "shmem-private", "punch", "v6.12"]  # as the page does
        assert "PUNCH_HOLE" in shown.text and shown.kernel == "v6.12"

    def test_opened_scenarios_can_be_edited(self) -> None:
        """Below the table is a whole explorer: text and kernel can be changed."""
        shown = DecisionTable()
        shown.open_cell("swap", "shmem-private", "truncate", "v5.17")
        shown.kernel = "v6.12"
        assert not shown.trace.ok
        shown.text = shown.text.replace("== swap", "== none")
        assert shown.trace.ok

    def test_a_patch(self) -> None:
        """A kernel of one's own is opened like another."""
        fixed = zapviz.kernel("v5.17").with_rule(swap_entries="even_cows")
        shown = DecisionTable(["v5.17", fixed])
        shown.open_cell("swap", "shmem-private", "truncate", fixed.name)
        assert shown.trace.kernel == fixed
        assert fixed.name in [one["name"] for one in shown.choices["kernels"]]

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"rows": "kernal"}, "there is no axis 'kernal'; did you mean 'kernel'?"),
            ({"shown": "v6.12", "kernels": "v5.17"}, "the table has no kernel 'v6.12'"),
            ({"paths": "truncat"}, "there is no path 'truncat'; did you mean 'truncate'?"),
            ({"kernels": "v9"}, "there is no kernel 'v9'"),
        ],
    )
    def test_mistakes(self, options: dict[str, object], said: str) -> None:
        """What there is not is named, with what is near."""
        with pytest.raises(ZapvizError) as raised:
            DecisionTable(**options)  # type: ignore[arg-type]
        assert str(raised.value).startswith(said)

    def test_no_such_cell(self) -> None:
        """A cell that the table has not is not opened; an unknown trait is an error."""
        shown = DecisionTable("v5.17")
        with pytest.raises(ZapvizError, match="the table has no cell for 'swap'"):
            shown.open_cell("swap", "shmem-private", "truncate", "v6.12")
        with pytest.raises((TypeError, traitlets.TraitError)):
            DecisionTable("v5.17", colour="red")

    def test_still_picture(self) -> None:
        """Where nothing runs, the table is a picture with its text."""
        data, _ = DecisionTable("v5.17")._repr_mimebundle_()
        assert data["text/html"].startswith('<img src="data:image/png')
        assert "swap entry" in data["text/plain"]
        assert data[PAGE_MIME]["view"] == "table"  # on a site of chapters it is alive again
        data, _ = DecisionTable(entries=None, paths=None, shown=list(KERNELS))._repr_mimebundle_()
        assert "text/html" not in data  # more than one could read

    def test_deciding_step(self) -> None:
        """Each possible cell opens at a step that zaps or keeps the entry, where there is one."""
        for name in ("v5.17", "v6.18"):
            for entry, mapping, path, _ in main_part(name).places:
                cell = cell_of(entry, mapping, path, name)
                if cell.verdict is CellVerdict.IMPOSSIBLE or not cell.passes:
                    continue
                trace = zapviz.run(cell.scenario, name)
                step = trace.steps[deciding_step(trace) - 1]
                assert step.kind == "zap"
                assert step.rule == cell.rule


def test_every_mapping_is_drawn() -> None:
    """Groups of rows, one for each mapping, stand in the figure with their names."""
    figure = table("v6.12", entries="swap", paths=MAIN_PATHS).figure()
    said = {words for words, _ in texts_of(figure)}
    possible = [
        m for m in MAPPINGS if cell_of("swap", m, "munmap", "v6.12").verdict != "not possible"
    ]
    assert {MAPPINGS[one].name for one in possible} <= said
