"""Building the site: every page, the files that pages share, and the model."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import zapviz
from website.chapters import Chapter, document, read_chapter
from website.decisions import decisions_table
from website.links import broken_links
from website.model import add_model
from website.players import player, precomputed, scenario_player
from website.written import Written
from zapviz import view
from zapviz.api.answers import offers
from zapviz.errors import ZapvizError
from zapviz.exercises.draw import LEVEL_NAMES, draw_exercise
from zapviz.kernels.known import DEFAULT_KERNEL, KERNELS
from zapviz.render.palette import THEMES, palette_json
from zapviz.scenario.library import SCENARIOS

__all__ = ["build"]

Tell = Callable[[str], None]

_HERE: Final = Path(__file__).parent
_REPOSITORY: Final = _HERE.parent
_MARK: Final = ".zapviz-site"

_PLACES: Final = (
    ("index.html#chapters", "Chapters"),
    ("scenarios.html", "Scenarios"),
    ("explore.html", "Explorer"),
    ("predict.html", "Predict"),
)
_FOR_READERS: Final = (
    "teaching",
    "glossary",
    "locks",
    "permalink",
)  # of docs/; the rest is for programs
# The player sets its palette in a style element of its own; the worker compiles WebAssembly.
_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
    "connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "base-uri 'none'; form-action 'none'"
)


def build(folder: Path, *, model: bool = True, tell: Tell = lambda text: None) -> int:
    """Build the site into a folder, whole or not at all.

    Args:
        folder: It does not exist, is empty, or holds a site that was built before.
        model: Whether to include the live model.
        tell: Is called with a line at each stage.

    Returns:
        The size of the site in bytes.

    Raises:
        ZapvizError: The folder is somebody else's, npm is missing, or a link is broken.
    """
    folder = folder.resolve()
    _check_ours(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".site-", dir=folder.parent) as temporary:
        written = Written(Path(temporary) / "site")
        if model:
            add_model(written.root / "model", tell)
        _Site(written, model, tell).write()
        wrong = broken_links(written.root)
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


class _Site:
    """The pages of the site, with one method for each kind of page."""

    def __init__(self, written: Written, model: bool, tell: Tell) -> None:
        self.written = written
        self.model = model
        self.tell = tell
        self.script = _script()
        self.style = _style()
        self.data = _data(model, written)
        shared = self.script + self.style + self.data
        self.stamp = hashlib.sha256(shared.encode()).hexdigest()[:10]

    def write(self) -> None:
        """Write everything but the model."""
        self.written.text("assets/site.js", self.script)
        self.written.text("assets/site.css", self.style)
        self.written.text("assets/data.js", self.data)
        self.written.data("assets/icon.svg", (_HERE / "assets" / "icon.svg").read_bytes())
        self.written.text(_MARK, "Built by zapviz; building again replaces this folder.\n")
        self.tell("running the scenarios on every kernel")
        self._traces()
        self._scenarios()
        self._explorer()
        self._predict()
        self.tell("writing the chapters")
        chapters = [read_chapter(file, self.written) for file in _notebooks()]
        documents = [document(file) for file in sorted((_REPOSITORY / "docs").glob("*.md"))]
        listed = {Path(one.path).stem: one for one in documents}
        for before, chapter, after in _neighbours(chapters):
            self._chapter(chapter, before, after, "index.html#chapters")
        for one in documents:
            self._chapter(one, None, None, "")
        self._landing(chapters, [listed[name] for name in _FOR_READERS])

    def _page(self, template: str, path: str, **values: Any) -> None:
        text = (
            _templates()
            .get_template(template)
            .render(
                path=path,
                root="../" * path.count("/"),
                places=_PLACES,
                policy=_POLICY,
                stamp=self.stamp,
                model=self.model,
                version=zapviz.__version__,
                **{"players": True, "section": "", **values},
            )
        )
        self.written.text(path, text)

    def _traces(self) -> None:
        """Write the trace of each shipped scenario on each kernel, so that choosing them needs no
        model.
        """
        for name in SCENARIOS:
            traces = json.dumps(precomputed(name), separators=(",", ":"))
            self.written.text(f"traces/{name}.js", f"zapvizTraces({json.dumps(name)},{traces});\n")

    def _scenarios(self) -> None:
        names = list(SCENARIOS)
        listed = [
            {"name": name, "title": one.title, "about": one.about, "outcome": _outcome(name)}
            for name, one in SCENARIOS.items()
        ]
        self._page(
            "scenarios.html",
            "scenarios.html",
            title="Scenarios",
            summary=f"{len(names)} scenarios to step through",
            scenarios=listed,
            players=False,
        )
        for before, one, after in _neighbours(listed):
            text = zapviz.run(one["name"], DEFAULT_KERNEL).text()
            self._page(
                "scenario.html",
                f"scenarios/{one['name']}.html",
                section="scenarios.html",
                title=one["title"],
                summary=one["about"],
                outcome=one["outcome"],
                body=scenario_player(one["name"], DEFAULT_KERNEL, ""),
                text=text,
                before=before,
                after=after,
            )

    def _explorer(self) -> None:
        self._page(
            "explore.html",
            "explore.html",
            title="The explorer",
            summary="Write a scenario, choose a kernel, and step through what happens",
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

    def _landing(self, chapters: Sequence[Chapter], documents: Sequence[Chapter]) -> None:
        self._page(
            "index.html",
            "index.html",
            title="zapviz: what becomes of a page-table entry when Linux zaps it",
            summary="Step through what Linux does to page-table entries when it zaps them",
            body=scenario_player("reproducer", "v5.17", _without_scripts(), step=12),
            table=decisions_table(),
            chapters=chapters,
            documents=documents,
            kernels=len(KERNELS),
            scenarios=len(SCENARIOS),
        )


# ---- what the pages share -----------------------------------------------------


def _script() -> str:
    """Give the script of the site and the views that it shows, built by ``tools/built.mjs``."""
    return (_HERE / "assets" / "built" / "site.js").read_text(encoding="utf-8")


def _style() -> str:
    """Write the style sheet: the colours of both themes, the views, the pages."""
    rules = []
    for name, theme in THEMES.items():
        colours = {
            "background": theme.background, "band": theme.band, "text": theme.text,
            "muted": theme.muted, "line": theme.line, "link": theme.selected, "edge": theme.edge,
        }  # fmt: skip
        lines = " ".join(f"--{what}: {colour};" for what, colour in colours.items())
        rule = f":root {{ {lines} }}"
        rules.append(
            rule if name == "light" else f"@media (prefers-color-scheme: dark) {{ {rule} }}"
        )
    own = (_HERE / "assets" / "site.css").read_text(encoding="utf-8")
    return "\n".join([*rules, view.style("table", "predict"), own])


def _data(model: bool, written: Written) -> str:
    """Give the data that every player of the site gets."""
    offered = offers()
    # A page has no matplotlib, so it cannot draw pictures of pixels.
    offered["forms"] = [one for one in offered["forms"] if one["ending"] not in ("png", "gif")]
    data = {
        "palette": palette_json(),
        "choices": offered,
        "levels": list(LEVEL_NAMES.items()),
    }
    if model:
        data["model"] = {"worker": "model/worker.js", "megabytes": _megabytes(written)}
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


def _outcome(name: str) -> str:
    """Say in a sentence on which kernels the assertions of a scenario hold."""
    held: dict[bool, list[str]] = {True: [], False: []}
    for kernel in KERNELS:
        held[zapviz.run(name, kernel).ok].append(kernel)
    if not held[False]:
        return "Every assertion holds, on every kernel."
    if not held[True]:
        return "An assertion fails, on every kernel."
    return (
        f"Every assertion holds on {', '.join(held[True])}; "
        f"one or more fail on {', '.join(held[False])}."
    )


def _without_scripts() -> str:
    """Write what stands in the place of the reproducer's player without scripts."""
    return (
        '<noscript><p class="prose">The grid is live, which takes JavaScript; '
        "each scenario is there as text too.</p></noscript>"
    )
