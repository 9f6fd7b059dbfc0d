"""Building the site: every page, the files that pages share, and the model."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import zapviz
from website.chapters import Chapter, document, read_chapter
from website.decisions import decisions_table
from website.gallery import gallery, ink_rules
from website.links import broken_links
from website.model import LOADED, add_model
from website.outward import FIX, THREAD, causes_in, commit, decided_in
from website.pictures import PREVIEW_SIZE, on_ground
from website.players import (
    compared_player,
    player,
    precomputed,
    precomputed_watched,
    scenario_player,
)
from website.references import api_html, commands_html, language_html
from website.written import Written
from zapviz import view
from zapviz.api.answers import offers
from zapviz.errors import ZapvizError
from zapviz.exercises.draw import LEVEL_NAMES, draw_exercise
from zapviz.kernels.known import DEFAULT_KERNEL, KERNELS, MODEL
from zapviz.render.figure.picture import png
from zapviz.render.figure.state import draw_state
from zapviz.render.palette import THEMES, palette_json
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.permalink import dictionary

__all__ = ["build"]

Tell = Callable[[str], None]

_HERE: Final = Path(__file__).parent
_REPOSITORY: Final = _HERE.parent
_MARK: Final = ".zapviz-site"

_PLACES: Final = (
    ("chapters.html", "Chapters"),
    ("scenarios.html", "Scenarios"),
    ("explore.html", "Explorer"),
    ("predict.html", "Predict"),
    ("decisions.html", "Table"),
    ("reference.html", "Reference"),
)
_REFERENCES: Final = (
    (
        "reference/language.html",
        "The scenario language",
        "Every statement, condition and bound; zapviz language prints it",
        language_html,
    ),
    (
        "reference/commands.html",
        "The command line",
        "Every command of zapviz, with its options and examples",
        commands_html,
    ),
    (
        "reference/api.html",
        "The Python API",
        "Every public name of zapviz, as its docstring has it",
        api_html,
    ),
)
STAKES: Final = (
    "Up to v5.17 truncating a file left its swapped-out private pages behind, and the old bytes "
    "came back."
)
"""What it is about, in one line, for whoever comes from a mail."""
_FOR_READERS: Final = (
    "teaching",
    "glossary",
    "locks",
    "permalink",
    "known-differences",
    "devices",
    "watching",
    "judging",
    "table",
    "trace",
    "exercises",
)  # of docs/, in this order; those that are not listed come after them
# The player sets its palette in a style element of its own; the worker compiles WebAssembly.
_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
    "connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "base-uri 'none'; form-action 'none'"
)


def build(
    folder: Path,
    *,
    model: bool = True,
    address: str = "",
    project: str = "",
    tell: Tell = lambda text: None,
) -> int:
    """Build the site into a folder, whole or not at all.

    Args:
        folder: It does not exist, is empty, or holds a site that was built before.
        model: Whether to include the live model.
        address: Where it will be published, for what has to be said in full: previews of links, a
            site map, and the page for what is not there. Empty: nobody knows yet.
        project: The address of the project's page, to be linked to; empty: there is none.
        tell: Is called with a line at each stage.

    Returns:
        The size of the site in bytes.

    Raises:
        ZapvizError: The folder is somebody else's, npm is missing, or a link is broken.
    """
    folder = folder.resolve()
    _check_ours(folder)
    address = _checked_address(address, "--address")
    project = _checked_address(project, "--project").rstrip("/")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".site-", dir=folder.parent) as temporary:
        written = Written(Path(temporary) / "site")
        if model:
            add_model(written.root / "model", tell)
        _Site(written, model, address, project, tell).write()
        wrong = broken_links(written.root, address)
        if wrong:
            raise ZapvizError("links of the site are broken:\n" + "\n".join(wrong))
        size = written.size()
        written.root.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        written.root.rename(folder)
    return size


def _check_ours(folder: Path) -> None:
    if folder.is_file():
        raise ZapvizError(f"{folder} is a file; the site is a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _MARK).is_file():
        raise ZapvizError(
            f"{folder} holds something else than a site built before; "
            "give a folder that is empty or not there yet"
        )


def _checked_address(address: str, option: str) -> str:
    """Give an address with a slash at its end; "" stays.

    Raises:
        ZapvizError: It is no address of a place on the web.
    """
    if not address:
        return ""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ZapvizError(
            f"{option} is an address such as https://example.org/zapviz/, not '{address[:200]}'"
        )
    return address.rstrip("/") + "/"


def _binder(project: str) -> str:
    """Give where Binder opens the start notebook of a project on GitHub; "" for any other."""
    parts = urlsplit(project)
    if parts.hostname != "github.com" or parts.path.count("/") != 2:
        return ""
    notebook = "lab/tree/notebooks/start.ipynb"
    return f"https://mybinder.org/v2/gh{parts.path}/HEAD?urlpath={quote(notebook, safe='')}"


class _Site:
    """The pages of the site, with one method for each kind of page."""

    def __init__(
        self, written: Written, model: bool, address: str, project: str, tell: Tell
    ) -> None:
        self.written = written
        self.model = model
        self.address = address
        self.project = project
        self.tell = tell
        self.paths: list[str] = []
        self.script = _script()
        self.style = _style()
        self.data = _data(model, written)
        shared = self.script + self.style + self.data
        self.stamp = hashlib.sha256(shared.encode()).hexdigest()[:10]

    def write(self) -> None:
        """Write everything but the model."""
        self.written.text("assets/site.js", self.script)
        self.written.text("assets/ahead.js", _asset("ahead.js"))
        self.written.text("assets/site.css", self.style)
        self.written.text("assets/data.js", self.data)
        self.written.data("assets/icon.svg", (_HERE / "assets" / "icon.svg").read_bytes())
        self.written.text(_MARK, "Built by zapviz; building again replaces this folder.\n")
        self.tell("running the scenarios on every kernel")
        self._ahead()
        self._scenarios()
        self._explorer()
        self._predict()
        self._decisions()
        self.tell("writing the references")
        self._references()
        self.tell("writing the chapters")
        chapters = [read_chapter(file, self.written) for file in _notebooks()]
        documents = [document(file) for file in sorted((_REPOSITORY / "docs").glob("*.md"))]
        listed = {Path(one.path).stem: one for one in documents}
        for before, chapter, after in _neighbours(chapters):
            self._chapter(chapter, before, after, "chapters.html")
        for one in documents:
            self._chapter(one, None, None, "reference.html")
        first = [listed.pop(name) for name in _FOR_READERS]
        self._chapters(chapters)
        self._reference([*first, *listed.values()])
        self._landing(chapters)
        self._preview()
        self._not_there()
        self._map()

    def _page(self, template: str, path: str, **values: Any) -> None:
        self.paths.append(path)
        text = (
            _templates()
            .get_template(template)
            .render(
                path=path,
                place=self.address,
                project=self.project,
                binder=_binder(self.project),
                thread=THREAD,
                fix=FIX,
                commit=commit,
                places=_PLACES,
                policy=_POLICY,
                stamp=self.stamp,
                model=self.model,
                scenario_names=" ".join(SCENARIOS),
                version=zapviz.__version__,
                **{
                    "players": True,
                    "section": "",
                    "address": False,
                    "root": "../" * path.count("/"),
                    **values,
                },
            )
        )
        self.written.text(path, text)

    def _ahead(self) -> None:
        """Write what pages load when it is asked for, each as a script (assets/ahead.js): the trace
        of each shipped scenario on each kernel, each kernel that was watched beside the model, and
        the dictionary of permalinks.
        """
        for name in SCENARIOS:
            traces = json.dumps(precomputed(name), separators=(",", ":"))
            self._packed(f"traces/{name}", traces.encode())
            if watched := precomputed_watched(name):
                beside = json.dumps(watched, separators=(",", ":"))
                self._packed(f"watched/{name}", beside.encode())
        self._packed("assets/dictionary", dictionary())

    def _packed(self, name: str, data: bytes) -> None:
        packed = base64.b64encode(gzip.compress(data, 9, mtime=0)).decode("ascii")
        self.written.text(f"{name}.js", f'zapvizAhead.take("{name}","{packed}");\n')

    def _scenarios(self) -> None:
        groups = gallery()
        self._page(
            "scenarios.html",
            "scenarios.html",
            title="Scenarios",
            summary=f"{len(SCENARIOS)} scenarios, and what comes out of each on each kernel",
            groups=groups,
            players=False,
        )
        for before, one, after in _neighbours([one for _, group in groups for one in group]):
            self._page(
                "scenario.html",
                one.path,
                section="scenarios.html",
                address=True,
                title=one.title,
                summary=one.about,
                one=one,
                decided=decided_in(one.traces),
                causes=causes_in(one.name, one.right),
                body=scenario_player(one.name, DEFAULT_KERNEL, ""),
                text=zapviz.run(one.name, DEFAULT_KERNEL).text(),
                before=before,
                after=after,
            )

    def _explorer(self) -> None:
        self._page(
            "explore.html",
            "explore.html",
            title="The explorer",
            summary="Write a scenario, choose a kernel, and step through what happens",
            address=True,
            body=scenario_player("reproducer", DEFAULT_KERNEL, _without_scripts()),
            megabytes=_megabytes(self.written),
        )

    def _predict(self) -> None:
        first = draw_exercise(1, 1).as_json()
        self._page(
            "predict.html",
            "predict.html",
            title="Predict",
            summary="Mark what becomes of each entry, then see",
            body=player({"view": "predict", "exercise": first}, _without_scripts()),
        )

    def _chapter(
        self, chapter: Chapter, before: Chapter | None, after: Chapter | None, section: str
    ) -> None:
        self._page(
            "chapter.html",
            chapter.path,
            section=section,
            title=chapter.title,
            summary=chapter.summary,
            body=chapter.body,
            players=bool(chapter.players),
            before=before,
            after=after,
        )

    def _chapters(self, chapters: Sequence[Chapter]) -> None:
        self._page(
            "chapters.html",
            "chapters.html",
            title="Chapters",
            summary="From what an entry can hold to writing a mail, ten to fifteen minutes each",
            chapters=chapters,
            players=False,
        )

    def _decisions(self) -> None:
        self._page(
            "decisions.html",
            "decisions.html",
            title="The decisions, in one table",
            summary="What becomes of which entry, by mapping, path and kernel",
            body=decisions_table(),
        )

    def _references(self) -> None:
        for path, title, about, write in _REFERENCES:
            self._page(
                "reference_page.html",
                path,
                section="reference.html",
                title=title,
                summary=about,
                body=write(),
                players=False,
            )

    def _reference(self, documents: Sequence[Chapter]) -> None:
        self._page(
            "reference.html",
            "reference.html",
            title="Reference",
            summary="The language, the command line, the Python API, and notes on all of it",
            references=[(path, title, about) for path, title, about, _ in _REFERENCES],
            documents=documents,
            players=False,
        )

    def _landing(self, chapters: Sequence[Chapter]) -> None:
        self._page(
            "index.html",
            "index.html",
            title="zapviz: what becomes of a page-table entry when Linux zaps it",
            summary=STAKES,
            stakes=STAKES,
            body=compared_player("reproducer", ("v5.17", "v6.12"), _without_scripts()),
            chapters=chapters,
            kernels=len(KERNELS),
            scenarios=len(SCENARIOS),
        )

    def _preview(self) -> None:
        """Draw the picture that other programs show of a link: the state before the verdict."""
        trace = zapviz.run("reproducer", "v5.17")
        sheet = draw_state(trace, trace.as_json()["opens"], theme="light", width=8.4, dpi=143)
        self.written.data("assets/preview.png", on_ground(png(sheet), PREVIEW_SIZE))

    def _not_there(self) -> None:
        """Write the page that a server gives for what is not there, from whatever folder."""
        self._page(
            "404.html",
            "404.html",
            root=urlsplit(self.address).path,
            title="There is no such page",
            summary="There is no such page here",
            players=False,
        )

    def _map(self) -> None:
        """Write the site map, whose addresses have to be whole."""
        if not self.address:
            return
        places = "".join(
            f"<url><loc>{escape(self.address + path.removesuffix('index.html'))}</loc></url>"
            for path in self.paths
            if path != "404.html"
        )
        self.written.text(
            "sitemap.xml",
            '<?xml version="1.0" encoding="UTF-8"?>'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>\n',
        )
        self.written.text(
            "robots.txt", f"User-agent: *\nAllow: /\nSitemap: {self.address}sitemap.xml\n"
        )


# ---- what the pages share -----------------------------------------------------


def _script() -> str:
    """Give the script of the site and the views that it shows, built by ``tools/built.mjs``."""
    return _asset("built/site.js")


def _style() -> str:
    """Write the style sheet: the colours of both themes, the views, the pages."""
    rules = []
    for name, theme in THEMES.items():
        colours = {
            "background": theme.background, "band": theme.band, "text": theme.text,
            "muted": theme.muted, "line": theme.line, "link": theme.selected, "edge": theme.edge,
            "right": theme.right, "wrong": theme.wrong, "outline": theme.outline,
        }  # fmt: skip
        lines = " ".join(f"--{what}: {colour};" for what, colour in colours.items())
        rule = f":root {{ {lines} }}\n{ink_rules(name)}"
        rules.append(
            rule if name == "light" else f"@media (prefers-color-scheme: dark) {{ {rule} }}"
        )
    return "\n".join([*rules, view.style("table", "predict"), _asset("site.css")])


def _asset(name: str) -> str:
    return (_HERE / "assets" / name).read_text(encoding="utf-8")


def _data(model: bool, written: Written) -> str:
    """Give the data that every player of the site gets."""
    offered = offers()
    # A page has no matplotlib, so it cannot draw pictures of pixels.
    offered["forms"] = [one for one in offered["forms"] if one["ending"] not in ("png", "gif")]
    data = {
        "palette": palette_json(),
        "choices": offered,
        "levels": list(LEVEL_NAMES.items()),
        "links": {"model": MODEL, "release": zapviz.__version__, "usual": DEFAULT_KERNEL},
    }
    if model:
        data["model"] = {
            "worker": "model/worker.js",
            "megabytes": _megabytes(written),
            "bytes": sum((written.root / "model" / name).stat().st_size for name in LOADED),
        }
    return f"window.zapvizSite = {json.dumps(data, separators=(',', ':'))};\n"


def _megabytes(written: Written) -> int:
    """Say how much a visitor loads with the model."""
    folder = written.root / "model"
    return round(sum(file.stat().st_size for file in folder.glob("*")) / 1e6)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )


# ---- words --------------------------------------------------------------------


def _notebooks() -> list[Path]:
    """Give the chapters, in the order in which they are read."""
    files = sorted((_REPOSITORY / "notebooks").glob("*.ipynb"))
    return sorted(files, key=lambda file: (file.stem != "start", file.stem))


def _neighbours(row: Sequence[Any]) -> Iterator[tuple[Any, Any, Any]]:
    """Pair each member of a row with the one before and the one after it, or None."""
    for k, one in enumerate(row):
        yield row[k - 1] if k else None, one, row[k + 1] if k + 1 < len(row) else None


def _without_scripts() -> str:
    """Write what stands in the place of the reproducer's player without scripts."""
    return (
        '<noscript><p class="prose">The grid is live, which takes JavaScript; '
        "each scenario is there as text too.</p></noscript>"
    )
