"""Exports: every form of every scenario, and files that are written whole or not at all."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

import zapviz
from sample_trace import sample_trace
from zapviz import SCENARIOS, written_file
from zapviz.api import exports
from zapviz.api.answers import answer_whole
from zapviz.api.exports import FORMS, OPTIONS, export
from zapviz.api.traces import open_permalink
from zapviz.commands.cli import main
from zapviz.errors import ZapvizError
from zapviz.render.figure import bounds, film, picture
from zapviz.render.figure.picture import draw
from zapviz.render.figure.state import draw_state, lay_out_state, legend_items
from zapviz.scenario.permalink import format_permalink, parse_permalink
from zapviz.trace.state import Replay
from zapviz.written_file import write_file

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = """\
# </script><script>alert(1)</script> <!-- ]]> &amp; "it's" \u2028\u2029 \\u003c \ufffe
# <img src=x onerror=alert(1)> {{7*7}} ${7*7} \u202eright to left
N = anon(2)  # </title></style></textarea></pre>
N[0] = 7
"""


@pytest.fixture(scope="module")
def traces():
    """Each shipped scenario's trace, run once."""
    return {name: zapviz.run(name) for name in SCENARIOS}


NO_C = (
    *("four-paths-munmap", "four-paths-truncate", "four-paths-punch", "four-paths-dontneed"),
    *("migration-punch", "race-invalidate", "device-entries"),
    *("race-fork-truncate", "race-fork-write"),
)


def whole(form, made):
    """Whether what was made is a whole document of its form."""
    if form == "png":
        Image.open(io.BytesIO(made)).load()
        return made.startswith(b"\x89PNG")
    if form == "gif":
        return Image.open(io.BytesIO(made)).n_frames > 1
    if form == "svg":
        return ET.fromstring(made).tag == f"{SVG}svg"
    if form == "html":
        return made.startswith("<!doctype html>") and made.endswith("</html>\n")
    if form == "json":
        return json.loads(made)["format"] == "zapviz-trace"
    if form == "link":
        return bool(parse_permalink(made))
    return made.endswith("\n")


class TestEveryScenario:
    """Every form of every scenario that comes along is made."""

    @pytest.mark.parametrize("name", list(SCENARIOS))
    def test_every_form_is_made(self, traces, name):
        """Small pictures, of the last state; films of the last three."""
        trace = traces[name]
        small = {"png": {"dpi": 30}, "gif": {"dpi": 20, "since": trace.last - 2}}
        for form in FORMS.values():
            if form.name == "c" and name in NO_C:  # what has no system call has no C program
                with pytest.raises(ZapvizError, match="has no C form"):
                    export(trace, "c")
                continue
            made = export(trace, form.name, **small.get(form.name, {}))
            assert whole(form.name, made), form.name

    @pytest.mark.parametrize("name", ["hole-punch", "race-cow", "markers"])
    def test_what_is_sent_comes_back(self, traces, name):
        """Link, scenario and JSON say what the trace says."""
        trace = traces[name]
        link = parse_permalink(export(trace, "link", 3))
        assert (open_permalink(link).as_json(), link.step) == (trace.as_json(), 3)
        assert zapviz.run(export(trace, "zap")).as_json() == trace.as_json()
        assert json.loads(export(trace, "json")) == trace.as_json()

    def test_the_same_trace_gives_the_same_bytes(self, traces):
        """No date, name or number that changes from run to run is in any form."""
        code = (
            "import sys, zapviz, hashlib\n"
            "trace = zapviz.run('madv-free')\n"
            "for form in zapviz.api.exports.FORMS:\n"
            "    small = {'dpi': 20} if form in ('png', 'gif') else {}\n"
            "    made = trace.export(form, 2, **small)\n"
            "    data = made.encode() if isinstance(made, str) else made\n"
            "    print(form, hashlib.sha256(data).hexdigest())\n"
        ).replace("import sys, zapviz", "import sys, zapviz, zapviz.api.exports")
        seen = {
            subprocess.run(
                [sys.executable, "-c", code],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                check=True,
            ).stdout
            for seed in ("1", "2")
        }
        assert len(seen) == 1

    def test_drawing_is_loaded_by_drawing_alone(self):
        """Text forms and the page need no matplotlib."""
        code = (
            "import sys, zapviz\n"
            "trace = zapviz.run('madv-free')\n"
            "for form in ('text', 'link', 'json', 'zap', 'html'): trace.export(form)\n"
            "assert not {'numpy', 'matplotlib', 'ipywidgets', 'PIL'} & set(sys.modules)"
        )
        subprocess.run([sys.executable, "-c", code], check=True)


class TestSvg:
    """The picture for slides."""

    @pytest.mark.parametrize("theme", ["light", "dark", "print"])
    def test_text_stays_text(self, theme):
        """Every word and letter that the figure shows can be searched and edited."""
        trace = zapviz.run("reproducer", "v5.17")
        root = ET.fromstring(export(trace, "svg", 13, theme=theme))
        texts = [node.text for node in root.iter(f"{SVG}text")]
        sheet = draw_state(trace, 13, theme=theme)
        for mark in sheet.marks:
            if hasattr(mark, "words"):
                assert mark.words in texts
        assert {"F", "S", "swap entry", "MM_SWAPENTS"} <= set(texts)

    def test_nothing_in_it_runs_or_is_fetched(self):
        """No script, no link, no style, no picture; hostile text is text."""
        made = export(zapviz.run(HOSTILE), "svg")
        root = ET.fromstring(made)
        tags = {node.tag.removeprefix(SVG) for node in root.iter()}
        assert tags <= {"svg", "title", "desc", "defs", "pattern", "path", "rect", "text",
                        "polyline"}  # fmt: skip
        assert re.findall(r"https?:[^\"]*", made) == ["http://www.w3.org/2000/svg"]
        assert "<script" not in made
        assert "</script><script>alert(1)</script>" in root.find(f"{SVG}title").text

    def test_is_a_tenth_of_what_matplotlib_writes(self):
        """64 pages in eight rows: well under 250 kB, before and after too."""
        trace = zapviz.run("F = shmem(64)\nA = mmap(F, MAP_PRIVATE)\nA[0:64] = 1")
        assert len(export(trace, "svg", -1)) < 80_000
        assert len(export(trace, "svg")) < 200_000


class TestFilm:
    """The GIF of the steps."""

    def frames(self, made):
        """Each picture of a GIF, and its time in milliseconds."""
        film = Image.open(io.BytesIO(made))
        for number in range(film.n_frames):
            film.seek(number)
            yield film.convert("RGB"), film.info["duration"]

    @pytest.mark.parametrize("theme", ["light", "dark", "print"])
    def test_each_picture_is_that_of_its_state(self, theme):
        """Drawing only what differs gives what drawing everything gives, but for blurred edges."""
        trace = zapviz.run("reproducer", "v5.17")
        shown = list(self.frames(export(trace, "gif", 17, since=8, theme=theme, dpi=50)))
        assert len(shown) == 10
        replay = Replay(trace.as_json())
        states = [replay.at(number) for number in range(8, 18)]
        for number in (1, 4, 5, 9):
            legend = legend_items(states)  # of the whole film, so that it does not jump
            sheet = lay_out_state(states[number], theme=theme, dpi=50, legend=legend)
            figure = draw(sheet)
            figure.canvas.draw()
            right = np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(int)
            picture = np.asarray(shown[number][0]).astype(int)
            assert picture.shape == right.shape
            differing = (abs(picture - right).max(axis=2) > 100).mean()
            assert differing < 0.006, number

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_no_shade_is_far_from_what_was_drawn(self, theme, monkeypatch):
        """The soft edge of a letter stays soft, and a thin brown line does not turn red."""
        frames = []
        add = film._Film.add

        def spy(self, changes):
            changes = [(left, top, part.copy()) for left, top, part in changes]
            frames.append(changes)
            add(self, changes)

        monkeypatch.setattr(film._Film, "add", spy)
        made = export(zapviz.run("reproducer", "v5.17"), "gif", theme=theme, dpi=100)
        picture = None
        for changes, (shown, _) in zip(frames, self.frames(made), strict=True):
            shown = np.asarray(shown).astype(int)
            picture = np.zeros_like(shown) if picture is None else picture
            for left, top, part in changes:
                right = np.stack([part & 255, part >> 8 & 255, part >> 16 & 255], axis=2)
                picture[top : top + part.shape[0], left : left + part.shape[1]] = right
            assert abs(picture - shown).max() < 40
        assert len(made) < 250_000

    def test_stops_and_times(self):
        """By statement, pass or entry; the last picture stays three times as long."""
        trace = zapviz.run("mlock-dontneed")
        counts = {}
        for stop in ("statement", "pass", "entry"):
            times = [time for _, time in self.frames(
                export(trace, "gif", stop=stop, seconds=0.5, dpi=20))]  # fmt: skip
            counts[stop] = len(times)
            assert {*times[:-1]} == {500}
            assert times[-1] == 1500
        assert counts["statement"] == len(trace.outcomes) + 2
        assert counts["statement"] < counts["pass"] < counts["entry"] == trace.last + 2

    def test_its_first_picture_is_where_something_is_decided(self):
        """Which is all that is seen where it does not run; then it begins at the empty world."""
        trace = zapviz.run("reproducer", "v5.17")
        film = [np.asarray(shown, int) for shown, _ in self.frames(export(trace, "gif", dpi=20))]
        assert len(film) == trace.last + 2
        assert abs(film[0] - film[17]).mean() < abs(film[0] - film[1]).mean() / 10

    def test_a_picture_stays_as_long_as_it_takes_to_read(self):
        """0.25 s for each word that was not there before, and at least 0.8 s; the last one longer.

        The step that keeps the swap entry has 33 words of reason, and what its title says.
        """
        trace = zapviz.run("reproducer", "v5.17")
        times = [time for _, time in self.frames(export(trace, "gif", dpi=20))]
        record = trace.as_json()
        assert min(times) == 800
        assert times[-1] >= 2400
        for number, step in enumerate(record["steps"], 1):
            old = record["steps"][number - 2] if number > 1 else {"reason": "", "title": ""}
            new = [step[key] for key in ("title", "reason") if step[key] != old[key] and step[key]]
            words = sum(len(text.split()) for text in new)
            if step["kind"] != "end":  # which repeats what the call decided
                assert times[number + 1] >= 250 * words, number
        reason = record["steps"][11]["reason"].split()
        assert times[13] >= 250 * len(reason) > 5000
        assert times[13] < 250 * (len(reason) + 10)

    def test_what_was_read_is_not_read_again(self):
        """Of sixteen entries that go for one reason, only the first one stays long."""
        trace = zapviz.run("N = anon(16)\nN[0:16] = 1\nmunmap(N)\n")
        times = [time for _, time in self.frames(export(trace, "gif", since=0, dpi=20))]
        steps = trace.as_json()["steps"]
        zaps = [times[number] for number, step in enumerate(steps, 1) if step["kind"] == "zap"]
        assert len(zaps) == 16
        assert zaps[0] > 3000
        assert {*zaps[1:]} == {1000}  # "N[1]: anon -> none" has four words

    def test_what_would_take_too_much_memory_is_refused_at_once(self, capsys, monkeypatch):
        """In one sentence, with what would be accepted; nothing has been drawn by then."""
        monkeypatch.setattr(film, "_drawn", lambda *_: pytest.fail("it was drawn"))
        text = (
            "F = shmem(32)\nA = mmap(F, MAP_PRIVATE)\nA[0:32] = 1\n"
            "madvise(A, MADV_PAGEOUT)\nfallocate(F, FALLOC_FL_PUNCH_HOLE)\nmunmap(A)\n"
        )
        trace = zapviz.run(text)
        with pytest.raises(ZapvizError, match="--stop pass") as refused:
            export(trace, "gif", stop="entry", width=40, dpi=400)
        said = str(refused.value)
        assert "\n" not in said
        assert re.search(
            r"a film of 238 states of 16,000 x [\d,]+ pixels would be [\d,]+ million pixels", said
        )
        dpi = int(re.search(r"at most --dpi (\d+)", said)[1])
        with pytest.raises(ZapvizError, match="--stop pass"):
            export(trace, "gif", stop="entry", width=40, dpi=dpi + 1)
        page = {"ask": "export", "text": text, "form": "gif", "options": {"width": 40, "dpi": 400}}
        assert answer_whole(page)["error"] == said
        monkeypatch.setattr(film, "_drawn", lambda *_: (_ for _ in ()).throw(KeyError))
        with pytest.raises(KeyError):  # it is begun
            export(trace, "gif", stop="entry", width=40, dpi=dpi)
        call = ["export", "hole-punch", "gif", "--width", "40", "--dpi", "400", "-o", "-"]
        assert main(call) == 2
        assert "take fewer pixels" in capsys.readouterr().err

    @pytest.mark.parametrize("form", ["png", "gif"])
    def test_a_picture_that_is_too_large_is_refused_before_it_is_drawn(self, monkeypatch, form):
        """Wherever it is asked for: an export, a figure, a comparison, a page."""
        monkeypatch.setattr(bounds, "MOST_PIXELS", 100_000)
        monkeypatch.setattr(picture.Picture, "__init__", lambda *_: pytest.fail("it was drawn"))
        trace = zapviz.run("hole-punch")
        said = r"a picture of 2,000 x [\d,]+ pixels would take about 0\.\d GB of memory.*--width"
        with pytest.raises(ZapvizError, match=said):
            export(trace, form, step=3, width=10, dpi=200)
        with pytest.raises(ZapvizError, match=r"a picture of"):
            trace.figure(dpi=200)
        with pytest.raises(ZapvizError, match=r"a picture of"):
            zapviz.compare("hole-punch", ["v5.17", "v6.12"]).export("png")
        asked = {"ask": "export", "text": trace.scenario, "form": form, "step": 3}
        assert "a picture of" in answer_whole({**asked, "options": {"width": 10}})["error"]
        monkeypatch.undo()
        assert len(export(trace, form, step=3, since=2, width=4, dpi=30)) > 100

    def test_the_largest_film_takes_little_memory(self):
        """A picture at a time is held, and of each state what is new in it, packed."""
        program = (
            "import resource, zapviz\n"
            "trace = zapviz.run('reproducer')\n"
            "trace.export('gif', dpi=20)\n"
            "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10\n"
            "before = peak()\n"
            "made = trace.export('gif', width=20, dpi=360, stop='statement')\n"
            "from PIL import Image; import io\n"
            "width, height = Image.open(io.BytesIO(made)).size\n"
            "assert width * height > 10_000_000\n"
            "print((peak() - before) / (width * height))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert float(done.stdout) < 10  # bytes a pixel of one of twelve pictures

    def test_begins_and_ends_where_it_is_told(self):
        """From one state to another; forever or once."""
        trace = zapviz.run("hole-punch")
        made = export(trace, "gif", 12, since=10, dpi=20)
        assert len(list(self.frames(made))) == 3
        assert Image.open(io.BytesIO(made)).info["loop"] == 0
        made = export(trace, "gif", 12, since=10, dpi=20, once=True)
        assert "loop" not in Image.open(io.BytesIO(made)).info

    def test_a_film_without_end_is_refused(self):
        """Too many states: the message says how to have fewer."""
        trace = zapviz.run("".join(f"A{k} = anon(64)\nA{k}[0:64] = 1\n" for k in range(8)))
        with pytest.raises(ZapvizError, match="stop at each statement or pass"):
            export(trace, "gif")
        with pytest.raises(ZapvizError, match="from state 9 to state 3 would show nothing"):
            export(trace, "gif", 3, since=9)


class TestPage:
    """The HTML file; tests/browser/test_page.py opens it."""

    def test_is_small(self):
        """64 pages and 200 steps are under 1 MB, by far."""
        for trace in (
            zapviz.run("F = shmem(64)\nA = mmap(F, MAP_PRIVATE)\nA[0:64] = 1\nmunmap(A)"),
            zapviz.run("".join(f"A{k} = anon(64)\nA{k}[0:64] = {k}\n" for k in range(8))),
        ):
            assert trace.last > 190
            assert len(export(trace, "html").encode()) < 1_000_000

    def test_opens_where_it_is_decided(self):
        """At the step that keeps what had to go, unless another state is asked for."""
        trace = zapviz.run("reproducer", "v5.17")
        for asked, opens in ((None, 16), (3, 3), (0, 0)):
            page = export(trace, "html", asked)
            [options] = re.findall(r'id="zv-page-options">(.*?)</script>', page)
            assert json.loads(options)["step"] == opens

    def test_holds_no_foreign_code_and_names_no_host(self):
        """Everything is in the file: no address but the name of SVG."""
        page = export(zapviz.run(HOSTILE), "html")
        assert set(re.findall(r"https?://[^\"'\s<]*", page)) == {"http://www.w3.org/2000/svg"}
        assert re.findall(r"<(?:link|img|iframe|object|embed|base)\b", page) == []

    def test_hostile_text_ends_no_element(self):
        """As many script, style and pre elements as there are without it."""
        tags = [
            re.findall(r"</?(?:script|style|pre|title|textarea)\b|<!--", export(trace, "html"))
            for trace in (zapviz.run(HOSTILE), zapviz.run("N = anon(2)\nN[0] = 7\n"))
        ]
        assert tags[0] == tags[1]


class TestAsked:
    """What is asked for wrongly gets one clear message."""

    @pytest.mark.parametrize(
        ("arguments", "options", "message"),
        [
            (("jsn",), {}, "no form 'jsn'; did you mean 'json'"),
            (("odt",), {}, "no form 'odt'; expected one of"),
            (("text", 4), {}, "no state 4: on v6.18 the scenario's states go from 0 to 3"),
            (("png", -5), {}, "no state -5"),
            (("png",), {"since": 9}, "no state 9"),
            (("text",), {"theme": "dark"}, "'text' has no option 'theme'; it takes step, line"),
            (
                ("svg",),
                {"stop": "pass"},
                "'stop'; it takes step, line, theme, width, since",
            ),
            (("png",), {"theme": "sepia"}, "'theme' takes light, dark or print"),
            (("html",), {"theme": "print"}, "'theme' takes .* a page takes light or dark"),
            (("png",), {"width": 1e9}, "'width' takes inches, from 4 to 40"),
            (("png",), {"width": float("nan")}, "'width' takes"),
            (("png",), {"dpi": 0}, "'dpi' takes"),
            (("gif",), {"seconds": -1}, "'seconds' takes"),
            (("gif",), {"stop": "page"}, "'stop' takes"),
        ],
    )
    def test_says_what_there_is(self, arguments, options, message):
        """The form, state or option that was given, and those there are."""
        trace = zapviz.run("N = anon(2)\nN[0:2] = 1")
        assert trace.last == 3
        with pytest.raises(ZapvizError, match=message):
            trace.export(*arguments, **options)

    def test_options_are_described(self):
        """Each option of a form is in the list of all."""
        assert {name for form in FORMS.values() for name in form.options} == set(OPTIONS)

    def test_form_goes_by_the_ending(self, tmp_path):
        """save() takes the form from the name, else by form=."""
        trace = zapviz.run("N = anon(2)")
        trace.save(tmp_path / "a.SVG")
        assert whole("svg", (tmp_path / "a.SVG").read_text())
        trace.save(tmp_path / "a.dat", form="json")
        assert whole("json", (tmp_path / "a.dat").read_text())
        with pytest.raises(ZapvizError, match="names no form; the endings are txt, png"):
            trace.save(tmp_path / "a.dat2")


class TestNames:
    """What a file is called that nobody gave a name."""

    def test_no_two_forms_share_a_name(self):
        """A mail, a text and a link of one scenario can lie in one folder; so can all others."""
        text = SCENARIOS["reproducer"].text
        asked = [
            answer_whole({"ask": "export", "text": text, "form": form, "step": 3, "options": small})
            for form in FORMS
            for small in [{"dpi": 20} if form in ("png", "gif") else {}]
        ]
        names = [one["name"] for one in asked]
        assert len(set(names)) == len(FORMS)
        stem = "the-reproducer-truncated-private-data"
        assert {f"{stem}-{form}.txt" for form in ("mail", "text", "link")} < {*names}
        assert {f"{stem}.{form}" for form in ("png", "svg", "gif", "html", "c")} < {*names}
        assert all(
            name.endswith(f".{FORMS[form].ending}") for form, name in zip(FORMS, names, strict=True)
        )


class TestFiles:
    """A file is written whole or not at all, and never over another unasked."""

    @pytest.fixture
    def old(self, tmp_path):
        """A file that somebody needs."""
        path = tmp_path / "old.png"
        path.write_bytes(b"precious")
        return path

    def left(self, folder):
        """What is in a folder: names and contents."""
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def test_an_old_file_is_kept(self, old):
        """Unless it is to be replaced, the message says how."""
        with pytest.raises(ZapvizError, match=r"already; .* --force .*overwrite=True"):
            write_file(old, b"new")
        assert self.left(old.parent) == {"old.png": b"precious"}
        write_file(old, b"new", overwrite=True)
        assert self.left(old.parent) == {"old.png": b"new"}

    @pytest.mark.parametrize(
        ("call", "overwrite"),
        [
            ("write", False),
            ("write", True),
            ("fsync", False),
            ("fsync", True),
            ("link", False),
            ("replace", True),
        ],
    )
    def test_a_failure_leaves_everything_as_it_was(self, old, monkeypatch, call, overwrite):
        """A disk that is full while writing, at the end, or when the name is taken."""

        def full(*_arguments):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        if call == "write":
            real = open

            def opened(*arguments):
                file = real(*arguments)
                file.close()
                return type("Full", (), {"__enter__": lambda self: self, "write": full,
                                         "__exit__": lambda *_: None})()  # fmt: skip

            monkeypatch.setattr(written_file, "open", opened, raising=False)
        else:
            monkeypatch.setattr(os, call, full)
            if call == "link":  # a file system without links takes the name otherwise
                monkeypatch.setattr(os, "replace", full)
        path = old if overwrite else old.with_name("new.png")
        with pytest.raises(ZapvizError, match=r"cannot write .*: No space left on device"):
            write_file(path, b"x" * 100, overwrite=overwrite)
        assert self.left(old.parent) == {"old.png": b"precious"}

    def test_a_file_system_without_links_will_do(self, tmp_path, monkeypatch):
        """The name is taken first there, and only if nobody has it."""

        def refuse(*_arguments):
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))

        monkeypatch.setattr(os, "link", refuse)
        write_file(tmp_path / "a", b"one")
        assert self.left(tmp_path) == {"a": b"one"}

    def test_a_file_that_comes_meanwhile_is_kept(self, tmp_path, monkeypatch):
        """Between the look and the writing somebody else may take the name."""
        monkeypatch.setattr(written_file, "check_free", lambda *_: None)
        (tmp_path / "a").write_bytes(b"theirs")
        with pytest.raises(ZapvizError, match="already"):
            write_file(tmp_path / "a", b"ours")
        assert self.left(tmp_path) == {"a": b"theirs"}

    def test_a_full_device_is_an_error(self):
        """/dev/full is written to as it is."""
        with pytest.raises(ZapvizError, match="cannot write '/dev/full': No space left"):
            write_file("/dev/full", b"x" * 100_000)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_folder_that_takes_nothing_is_an_error(self, tmp_path):
        """The message has the system's reason."""
        tmp_path.chmod(0o500)
        with pytest.raises(ZapvizError, match=r"cannot write .*: Permission denied"):
            write_file(tmp_path / "a", b"x")

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("no/such/a.png", "there is no folder"),
            ("", "it is a folder"),
            ("folder", "it is a folder"),
            ("a\0b", "no file name"),
            ("x" * 300, "File name too long"),
        ],
    )
    def test_names_that_cannot_be(self, tmp_path, name, message):
        """A folder that is not there, a folder as the file, no name."""
        (tmp_path / "folder").mkdir()
        with pytest.raises(ZapvizError, match=message):
            write_file(f"{tmp_path}/{name}", b"x")
        assert [path.name for path in tmp_path.iterdir()] == ["folder"]

    def test_links_and_rights_stay(self, old):
        """What a link points to is replaced, and its rights are those of the old file."""
        old.chmod(0o640)
        link = old.with_name("link.png")
        link.symlink_to(old)
        write_file(link, b"new", overwrite=True)
        assert link.is_symlink()
        assert old.read_bytes() == b"new"
        assert old.stat().st_mode & 0o777 == 0o640

    def test_a_new_file_has_the_usual_rights(self, tmp_path):
        """As any program makes it, not the private ones of a temporary file."""
        umask = os.umask(0o022)
        try:
            write_file(tmp_path / "a", b"x")
        finally:
            os.umask(umask)
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


class TestCommand:
    """``zapviz export``."""

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path, monkeypatch):
        """In an empty folder."""
        monkeypatch.chdir(tmp_path)
        return tmp_path

    def test_text_goes_to_standard_output(self, capsys):
        """A state by its number or by the line that leads to it."""
        assert main(["export", "reproducer", "text", "--line", "13", "--kernel", "v5.17"]) == 0
        by_line = capsys.readouterr().out
        assert "A     .S    private mapping" in by_line
        assert main(["export", "reproducer", "text", "--step", "17", "--kernel", "v5.17"]) == 0
        assert capsys.readouterr().out == by_line

    def test_pictures_go_into_a_file_of_the_scenario_s_name(self, folder, capsys):
        """Which is said, and not replaced unasked."""
        assert main(["export", "madv-free", "svg"]) == 0
        assert capsys.readouterr().err == "wrote madv-free.svg\n"
        first = (folder / "madv-free.svg").read_text()
        assert main(["export", "madv-free", "svg", "--theme", "dark"]) == 2
        assert "--force" in capsys.readouterr().err
        assert (folder / "madv-free.svg").read_text() == first
        assert main(["export", "madv-free", "svg", "--theme", "dark", "--force"]) == 0
        assert (folder / "madv-free.svg").read_text() != first
        assert [path.name for path in folder.iterdir()] == ["madv-free.svg"]

    def test_goes_where_it_is_told(self, folder, capfdbinary):
        """-o PATH, and -o - for a pipe."""
        assert main(["export", "madv-free", "png", "--dpi", "30", "-o", "a.png"]) == 0
        assert main(["export", "madv-free", "png", "--dpi", "30", "-o", "-"]) == 0
        assert capfdbinary.readouterr().out == (folder / "a.png").read_bytes()

    def test_a_link_opens_at_its_state(self, capsys):
        """The state of a permalink is the one exported, unless another is asked for."""
        token = format_permalink(SCENARIOS["reproducer"].text, "v5.17", 17)
        assert main(["export", token, "text"]) == 0
        assert "A     .S " in capsys.readouterr().out
        assert main(["export", token, "text", "--step", "0"]) == 0
        assert "A     .S " not in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["reproducer", "pgn"], "no form 'pgn'"),
            (["reproducer", "text", "--step", "99"], "no state 99"),
            (["reproducer", "text", "--line", "3"], "no statement stands in line 3"),
            (["reproducer", "text", "--theme", "dark"], "no option 'theme'"),
            (["reproducer", "png", "-o", "no/a.png"], "there is no folder 'no'"),
            (["reproducer", "png", "-o", "."], "it is a folder"),
            (["reproducer", "json", "-o", "/dev/full"], "No space left on device"),
            (["no-such", "png"], "no file and no scenario"),
            (["reproducer", "png", "--kernel", "v9"], "no kernel 'v9'"),
        ],
    )
    def test_mistakes_are_one_message(self, folder, capsys, arguments, message):
        """Exit status 2, a line on standard error, nothing on the other, no file."""
        assert main(["export", *arguments]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert re.fullmatch(rf"zapviz: error: .*{re.escape(message)}.*\n", err)
        assert list(folder.iterdir()) == []

    def test_help_lists_the_forms(self, capsys):
        """Each with what it is."""
        with pytest.raises(SystemExit):
            main(["export", "--help"])
        said = " ".join(capsys.readouterr().out.split())
        for form in FORMS.values():
            assert f" {form.name} {form.about}" in said


def test_a_trace_given_as_values_can_be_drawn():
    """SVG and film take the JSON form too, as the figures do."""
    from zapviz.render.figure.film import format_gif
    from zapviz.render.figure.vector import format_svg

    trace = sample_trace(pages=4, mappings=1, steps=3)
    assert whole("svg", format_svg(draw_state(trace)))
    assert whole("gif", format_gif(trace, dpi=20))
    assert exports.form_of("gif").media == "image/gif"
