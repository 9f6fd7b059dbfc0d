"""``zapviz glossary``: what the words on the screen mean."""

from __future__ import annotations

import argparse

from zapviz.errors import ZapvizError, choices_hint
from zapviz.render.glossary import GLOSSARY, SUBJECTS
from zapviz.render.text.lines import wrapped

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = """\
examples:
  zapviz glossary                          every word, by subject
  zapviz glossary even_cows zap_details    these words
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    command.add_argument("words", nargs="*", metavar="WORD", help="words; none: all")


def run(args: argparse.Namespace) -> int:
    """Carry the command out, and give its exit status.

    Raises:
        ZapvizError: The glossary does not have a word.
    """
    by_spelling = {spelling: term for term in GLOSSARY for spelling in term.spellings}
    for word in args.words:
        if word not in by_spelling:
            hint = choices_hint(word, by_spelling)
            raise ZapvizError(f"the glossary has no word '{word[:60]}'; {hint}")
    wanted = {by_spelling[word] for word in args.words} or set(GLOSSARY)
    lines: list[str] = []
    for subject, heading in SUBJECTS.items():
        terms = [one for one in GLOSSARY if one.subject == subject and one in wanted]
        if terms and not args.words:
            lines += [heading, ""]
        for term in terms:
            lines += [
                term.name,
                *wrapped(term.plain, first="  "),
                *wrapped(term.kernel, first="  "),
            ]
            lines.append("")
    print("\n".join(lines).rstrip())
    return 0
