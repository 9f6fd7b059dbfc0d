"""Running the notebooks, and keeping what belongs into the repository: ``make notebooks``.

The view of a live widget refers to a kernel that is gone when the notebook is opened again, so the
view is dropped; the picture that stands in for it stays. What depends on the machine or the moment
(times, versions, counts) is dropped, too, so that a second run changes nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

VIEW = "application/vnd.jupyter.widget-view+json"
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def normalise(notebook: Any) -> Any:
    """Drop from a notebook what differs from run to run."""
    language = {"name": "python"}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = {"kernelspec": kernel, "language_info": language}
    count = 0
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        cell.outputs = joined(cell.outputs)
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = count
            if "data" in output:
                output.data.pop(VIEW, None)
                output.metadata = {}
    return notebook


def joined(outputs: list[Any]) -> list[Any]:
    """Join the pieces of what was printed at once, which a busy machine delivers apart."""
    together: list[Any] = []
    for output in outputs:
        last = together[-1] if together else None
        if last and last.output_type == output.output_type == "stream" and last.name == output.name:
            last.text += output.text
        else:
            together.append(output)
    return together


def refresh(path: Path) -> None:
    """Execute one notebook in place."""
    notebook = nbformat.read(path, 4)
    client = NotebookClient(notebook, timeout=300, store_widget_state=False)
    client.execute(cwd=str(path.parent))
    nbformat.write(normalise(notebook), path)


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(map(str, NOTEBOOKS.glob("*.ipynb"))):
        print(name)
        refresh(Path(name))
