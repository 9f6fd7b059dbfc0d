"""The examples in docstrings."""

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

import zapviz

MODULES = sorted(
    module.name
    for module in walk_packages(zapviz.__path__, "zapviz.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_an_example_gives_what_stands_below_it(name, tmp_path, monkeypatch):
    """Every example runs, with ``zapviz`` imported, and prints what the docstring shows."""
    monkeypatch.chdir(tmp_path)  # some save a file
    module = import_module(name)
    assert doctest.testmod(module, extraglobs={"zapviz": zapviz}).failed == 0
