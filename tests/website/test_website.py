"""The website: what is built, what is refused, and links that lead somewhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import zapviz
from website import model
from website.build import build
from website.chapters import link_in_site
from website.links import broken_links
from website.players import player
from zapviz.api.answers import answer
from zapviz.errors import ZapvizError
from zapviz.kernels.known import KERNELS
from zapviz.scenario.library import SCENARIOS
from zapviz.view import PAGE_MIME
from zapviz.widgets import DecisionTable

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def pages(site):
    """Every page of a site."""
    return sorted(site.rglob("*.html"))


class TestSite:
    """The site as ``make site`` builds it."""

    def test_every_chapter_and_scenario_has_a_page(self, site):
        """And the landing page, the gallery and the explorer are there."""
        there = {page.relative_to(site).as_posix() for page in pages(site)}
        assert {"index.html", "scenarios.html", "explore.html"} <= there
        assert {f"chapters/{path.stem}.html" for path in NOTEBOOKS} <= there
        assert {f"scenarios/{name}.html" for name in SCENARIOS} <= there

    def test_each_explorer_of_a_chapter_is_live(self, site):
        """Each output of a notebook that is an explorer becomes a player with its trace."""
        count = 0
        for path in NOTEBOOKS:
            text = path.read_text(encoding="utf-8")
            page = (site / "chapters" / f"{path.stem}.html").read_text(encoding="utf-8")
            players = re.findall(r'<script type="application/json">(.*?)</script>', page)
            live = [json.loads(one) for one in players]
            explorers = [one for one in live if one["view"] == "explorer"]
            assert len(explorers) == text.count('"<Explorer: '), path.name
            assert all(one["payload"] for one in explorers)
            count += len(players)
        assert count

    def test_every_link_leads_somewhere(self, site):
        """In the site relatively, to a file and a place in it; elsewhere only by a click."""
        assert broken_links(site) == []

    def test_it_is_small(self, site):
        """All of it, the live model too, is under 25 MiB."""
        size = sum(file.stat().st_size for file in site.rglob("*") if file.is_file())
        assert size < 25 * 1024**2

    def test_pages_may_ask_no_other_host(self, site):
        """Each page's policy names itself alone; no script names an address."""
        for page in pages(site):
            text = page.read_text(encoding="utf-8")
            policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)[1]
            assert "default-src &#39;none&#39;" in policy
            assert (
                "http" not in policy
                and "*" not in policy
                and "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
            )
        for script in site.glob("assets/*.js"):
            hosts = set(re.findall(r"https?://[\w.]+", script.read_text(encoding="utf-8")))
            assert hosts <= {"http://www.w3.org"}, script.name  # the name of SVG

    def test_what_is_chosen_from_the_lists_is_there(self, site):
        """Each scenario's traces on all kernels, as the model gives them now."""
        for name in ("reproducer", "race-punch"):
            text = (site / "traces" / f"{name}.js").read_text(encoding="utf-8")
            traces = json.loads(text[text.index(",") + 1 : text.rindex(")")])
            assert list(traces) == list(KERNELS)
            asked = {"ask": "trace", "text": SCENARIOS[name].text, "kernel": "v5.17"}
            assert traces["v5.17"] == answer(asked)["payload"]


class TestPageData:
    """What a saved notebook keeps, so that a page can show the same live."""

    def shown(self, shown):
        """What a widget or a trace leaves for a page; None: nothing."""
        bundle = shown._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return json.loads(json.dumps(data)).get(PAGE_MIME)

    def test_an_explorer_leaves_its_text_and_kernel(self):
        """A patch goes by its name; the trace is computed when the page is made."""
        kernel = "v5.17 + swap_entries=even_cows"
        data = self.shown(zapviz.explore("reproducer", kernel, step=3))
        text = SCENARIOS["reproducer"].text
        assert data == {
            "view": "explorer", "text": text, "kernel": kernel, "step": 3, "granularity": "entry"
        }  # fmt: skip
        made = re.search(r"json\">(.*)</script>", player(data, ""))[1]
        asked = {"ask": "trace", "text": text, "kernel": kernel}
        assert json.loads(made)["payload"] == answer(asked)["payload"]

    def test_a_kernel_that_its_name_does_not_describe_leaves_the_trace(self):
        """Nobody could compute it again."""
        mine = zapviz.kernel("v5.17").with_rule("mine", swap_entries="even_cows")
        shown = zapviz.explore("reproducer", mine)
        data = self.shown(shown)
        assert data["view"] == "player" and data["payload"] == shown.payload
        assert self.shown(zapviz.run("reproducer", mine)) is None

    def test_a_trace_leaves_what_is_drawn(self):
        """So that it can be drawn in the colours of a dark page."""
        data = self.shown(zapviz.run("reproducer", "v6.12").state(4))
        text = SCENARIOS["reproducer"].text
        assert data == {"view": "figure", "text": text, "kernel": "v6.12", "step": 4}

    def test_a_table_and_an_exercise_are_completed(self):
        """The table's cells, and the exercise's solution, come when the page is made."""
        data = self.shown(DecisionTable(["v5.17", "v6.12"]))
        assert data["kernels"] == ["v5.17", "v6.12"] and "table" not in data
        assert '"decisions":' in player(data, "")
        data = self.shown(zapviz.predict(level=1, seed=3))
        assert "solution" not in data["exercise"]
        assert '"solution":' in player(data, "")

    def test_small_figures_are_run_when_the_page_is_made(self):
        """Those of an order of CPUs, which a name does not describe, are there already."""
        figure = zapviz.show("reproducer", kernel=["v5.17", "v6.12"])
        data = self.shown(figure)
        assert "shown" not in data
        made = json.loads(re.search(r"json\">(.*)</script>", player(data, ""))[1])
        assert made["shown"] == json.loads(figure.payload)
        assert made["step"] == figure.step
        found = zapviz.race("race-swap-punch", "rfc-v2")
        data = self.shown(zapviz.show(found.trace(found.verdicts[0].schedule)))
        assert data["shown"]["sides"]


class TestBuilding:
    """What can go wrong when a site is built."""

    def test_without_the_model(self, tmp_path):
        """It takes no npm, is small, and says what it does not do."""
        folder = tmp_path / "site"
        assert build(folder, model=False) < 10 * 1024**2
        assert not (folder / "model").exists()
        assert "built without the live model" in (folder / "explore.html").read_text()
        assert build(folder, model=False)  # again, over the one before

    def test_a_folder_of_somebody_else_is_refused(self, tmp_path):
        """What is in it stays."""
        (tmp_path / "thesis.txt").write_text("years of work")
        with pytest.raises(ZapvizError, match="holds something else"):
            build(tmp_path, model=False)
        assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]

    def test_a_broken_link_ends_it(self, tmp_path, monkeypatch):
        """The site built before stays whole, and nothing is left beside it."""
        folder = tmp_path / "site"
        folder.mkdir()
        monkeypatch.setattr("website.build.broken_links", lambda root: ["index.html: x leads off"])
        with pytest.raises(ZapvizError, match=r"index\.html: x leads off"):
            build(folder, model=False)
        assert list(tmp_path.iterdir()) == [folder] and list(folder.iterdir()) == []

    def test_without_npm_it_says_how_to_go_on(self, tmp_path):
        """Where to get it, and how to do without."""
        environment = {
            **os.environ,
            "PATH": str(tmp_path),
            "XDG_CACHE_HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT),
        }
        done = subprocess.run(
            [sys.executable, "-m", "website", str(tmp_path / "site")],
            env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 2
        assert "there is no npm here" in done.stderr
        assert "apt install npm" in done.stderr and "--no-model" in done.stderr
        assert not (tmp_path / "site").exists()

    def test_another_pyodide_than_the_published_one_is_refused(self, tmp_path, monkeypatch):
        """What npm gives is compared with the hash that is written down; it is not kept."""
        npm = tmp_path / "npm"
        npm.write_text(f'#!/bin/sh\necho other > "$5/pyodide-{model.PYODIDE}.tgz"\n')
        npm.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        with pytest.raises(ZapvizError, match="SHA-512 differs"):
            build(tmp_path / "site", model=True)
        assert list((tmp_path / "cache").rglob("*.tgz")) == []


class TestLinks:
    """``broken_links()`` and where a link of the repository leads."""

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ('<a href="gone.html">', "gone.html leads to nothing"),
            ('<a href="other.html#nowhere">', "leads to no place of that page"),
            ('<a href="#nowhere">', "leads to no place of that page"),
            ('<a href="/other.html">', "leads to the root of the server"),
            ('<a href="../../etc/passwd">', "leads out of the site"),
            ('<script src="https://example.org/x.js">', "asks another place"),
            ('<img src="//example.org/x.png">', "asks another place"),
            ('<img srcset="a.png 1x, gone.png 2x">', "a.png leads to nothing"),
            ('<a href="folder">', "leads to nothing"),
        ],
    )
    def test_what_is_broken_is_told(self, tmp_path, body, said):
        """Each with the page that it is on."""
        (tmp_path / "folder").mkdir()
        (tmp_path / "other.html").write_text("<p id=here>")
        (tmp_path / "page.html").write_text(body)
        assert said in broken_links(tmp_path)[0]
        assert broken_links(tmp_path)[0].startswith("page.html: ")

    def test_what_is_right_is_passed_over(self, tmp_path):
        """Files, places, data, and other hosts behind a click."""
        (tmp_path / "other.html").write_text("<p id=here>")
        (tmp_path / "page.html").write_text(
            '<a href="other.html#here"><a href="other.html?x=1"><a href="https://example.org/">'
            '<img src="data:image/png;base64,AAAA"><p id=me><a href="#me">'
        )
        assert broken_links(tmp_path) == []

    @pytest.mark.parametrize(
        ("link", "leads"),
        [
            ("thread.ipynb", "thread.html"),
            ("thread.ipynb#The-fix", "thread.html#The-fix"),
            ("../docs/locks.md", "../docs/locks.html"),
            ("../zapviz/scenario/shipped/hole-punch.zap", "../scenarios/hole-punch.html"),
            ("#Try-this", "#Try-this"),
            ("https://example.org/a.md", "https://example.org/a.md"),
        ],
    )
    def test_links_of_the_repository_lead_to_their_pages(self, link, leads):
        """From a notebook, to the page that the same file has in the site."""
        assert link_in_site(link, "notebooks", "chapters/start.html") == leads
