"""What a notebook shows of a mistake: the sentence, and no traceback."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from zapviz.errors import MissingPackage, ZapvizError, need


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("zapviz.run('reproducr')", "did you mean 'reproducer'?"),
        ("zapviz.run('N = anom(2)')", "did you mean 'anon'?"),
        ("zapviz.explore('reproducer', 'v9')", "there is no kernel 'v9'"),
    ],
)
def test_a_mistake_in_a_cell_is_a_sentence(capsys, code, said):
    """Every line of it is the message's own."""
    shell = InteractiveShell.instance()
    shell.run_cell("import zapviz")
    result = shell.run_cell(code)
    assert isinstance(result.error_in_exec, ZapvizError)
    out = capsys.readouterr().out
    assert said in out
    assert "Traceback" not in out
    assert out.strip() == str(result.error_in_exec).strip()


def test_what_is_not_installed_is_named_with_what_brings_it():
    """All that is missing, in one line."""
    need("this", ("json", "json"))
    with pytest.raises(
        MissingPackage, match=r"^that needs a b, not installed here; pip install a b$"
    ):
        need("that", ("no_such_a", "a"), ("json", "json"), ("no_such_b", "b"))
