"""The website: what is built, what is refused, and links that lead somewhere."""

from __future__ import annotations

import base64
import gzip
import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import zapviz
from website import model
from website.build import build
from website.chapters import link_in_site
from website.gallery import GROUPS, shown
from website.links import broken_links
from website.pictures import PREVIEW_SIZE, size_of
from website.players import player
from zapviz.api.answers import answer_whole
from zapviz.api.language import language
from zapviz.commands.cli import parsers
from zapviz.errors import ZapvizError
from zapviz.kernels.known import KERNELS
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.permalink import dictionary
from zapviz.view import PAGE_MIME
from zapviz.widgets import DecisionTable

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def ahead(file):
    """What a script of data holds, unpacked."""
    text = file.read_text(encoding="utf-8")
    packed = re.search(r'zapvizAhead\.take\("[\w/-]+","([^"]+)"\)', text)
    return gzip.decompress(base64.b64decode(packed[1]))


def pages(site):
    """Every page of a site."""
    return sorted(site.rglob("*.html"))


class TestSite:
    """The site as ``make site`` builds it."""

    def test_every_chapter_and_scenario_has_a_page(self, site):
        """And the landing page, the gallery and the explorer are there."""
        there = {page.relative_to(site).as_posix() for page in pages(site)}
        assert {"index.html", "scenarios.html", "explore.html", "chapters.html"} <= there
        assert {"decisions.html", "reference.html", "404.html"} <= there
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
            traces = json.loads(ahead(site / "traces" / f"{name}.js"))
            assert list(traces) == list(KERNELS)
            asked = {"ask": "trace", "text": SCENARIOS[name].text, "kernel": "v5.17"}
            assert traces["v5.17"] == answer_whole(asked)["payload"]

    def test_what_permalinks_are_packed_against_is_there(self, site):
        """The same bytes that Python has."""
        assert ahead(site / "assets" / "dictionary.js") == dictionary()

    def test_every_scenario_has_a_group_and_a_picture(self, site):
        """Once, with the size of its picture, and each kernel's verdict where they differ."""
        grouped = [name for names in GROUPS.values() for name in names]
        assert sorted(grouped) == sorted(SCENARIOS) and len(set(grouped)) == len(grouped)
        page = (site / "scenarios.html").read_text(encoding="utf-8")
        assert page.count('<svg class="mini"') == len(SCENARIOS)
        assert len(re.findall(r'<svg class="mini" role="img" width="\d+" height="\d+"', page)) == (
            len(SCENARIOS)
        )
        for name in SCENARIOS:
            for kernel in KERNELS:
                link = f'href="scenarios/{name}.html#{name}@{kernel}"'
                assert (link in page) == shown(name).differs, (name, kernel)

    def test_references_are_complete(self, site):
        """Every command and option, every public name, every statement."""

        def words(name: str) -> str:
            return html.unescape((site / "reference" / name).read_text(encoding="utf-8"))

        commands, api, spoken = (words(f"{one}.html") for one in ("commands", "api", "language"))
        for name, parser in parsers().items():
            assert f">{name}</h2>" in commands
            for action in parser._actions:
                assert all(one in commands for one in action.option_strings), (name, action)
        assert all(f'id="{name}"' in api for name in zapviz.__all__ if name != "__version__")
        assert 'id="Trace.permalink"' in api
        assert all(way in spoken for part in language() for row in part.rows for way in row.written)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A site that knows its address, and that of its project."""
    folder = tmp_path_factory.mktemp("published") / "site"
    build(folder, model=False, address="https://example.org/a/zapviz",
          project="https://github.com/somebody/zapviz")  # fmt: skip
    return folder


class TestPublished:
    """What is said in full where the place of publication is known."""

    def test_links_have_previews(self, published):
        """A title, a sentence, and a picture with its size, by its whole address."""
        page = (published / "scenarios" / "reproducer.html").read_text(encoding="utf-8")
        said = dict(re.findall(r'<meta property="og:([\w:]+)" content="([^"]*)">', page))
        assert said["title"] == "The reproducer: truncated private data must not come back"
        assert said["image"] == "https://example.org/a/zapviz/assets/preview.png"
        assert said["url"] == "https://example.org/a/zapviz/scenarios/reproducer.html"
        assert len(said["description"]) > 50
        preview = (published / "assets" / "preview.png").read_bytes()
        assert size_of(preview) == PREVIEW_SIZE == (1200, 630)
        assert (said["image:width"], said["image:height"]) == ("1200", "630")

    def test_the_map_has_every_page(self, published):
        """But the one for what is not there."""
        text = (published / "sitemap.xml").read_text(encoding="utf-8")
        listed = set(re.findall(r"<loc>https://example.org/a/zapviz/([^<]*)</loc>", text))
        there = {page.relative_to(published).as_posix() for page in pages(published)}
        assert listed == {"" if one == "index.html" else one for one in there - {"404.html"}}
        assert "zapviz/sitemap.xml" in (published / "robots.txt").read_text(encoding="utf-8")

    def test_what_is_not_there_leads_back_from_any_folder(self, published):
        """Its links are those of the server's root."""
        page = (published / "404.html").read_text(encoding="utf-8")
        links = re.findall(r'(?:href|src)="(?!https)([^"]*)"', page)
        assert "/a/zapviz/assets/site.css" in {link.partition("?")[0] for link in links}
        assert all(link.startswith(("/a/zapviz/", "#")) for link in links)

    def test_the_project_is_linked_to(self, published):
        """And Binder, where it is on GitHub."""
        page = (published / "index.html").read_text(encoding="utf-8")
        assert 'href="https://github.com/somebody/zapviz"' in page
        binder = "https://mybinder.org/v2/gh/somebody/zapviz/HEAD?urlpath=lab%2Ftree%2Fnotebooks"
        assert binder in page

    def test_without_an_address_nothing_is_made_up(self, site):
        """No map, no canonical address."""
        assert not (site / "sitemap.xml").exists()
        assert "canonical" not in (site / "index.html").read_text(encoding="utf-8")

    @pytest.mark.parametrize("address", ["example.org", "ftp://example.org/", "https://x.org/?a=1"])
    def test_what_is_no_address_is_refused(self, tmp_path, address):
        """Before anything is built."""
        with pytest.raises(ZapvizError, match="--address is an address such as"):
            build(tmp_path / "site", model=False, address=address)

    def test_the_workflow_builds_what_it_publishes(self):
        """With make site, into the folder that goes to Pages."""
        text = (ROOT / ".github" / "workflows" / "pages.yml").read_text(encoding="utf-8")
        steps = yaml.safe_load(text)["jobs"]["publish"]["steps"]
        runs = [one["run"] for one in steps if "run" in one]
        assert len(runs) == 1 and runs[0].startswith("make site ARGS=")
        assert all(f"--{option}" in runs[0] for option in ("address", "project"))
        folders = [one["with"]["path"] for one in steps if "upload" in one.get("uses", "")]
        assert folders == ["build/site"]


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
        assert json.loads(made)["payload"] == answer_whole(asked)["payload"]

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
        monkeypatch.setattr(
            "website.build.broken_links", lambda root, address: ["index.html: x leads off"]
        )
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
