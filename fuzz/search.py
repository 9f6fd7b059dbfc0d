"""Taking inputs of every kind in turn, for a time, and making smaller what fails."""

from __future__ import annotations

import secrets
import shlex
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, NoReturn

from fuzz.kind import Kind, Wrong
from fuzz.shrink import shrunk

__all__ = ["Fault", "Report", "fault_of", "fresh_seed", "limits", "search"]

LIMIT: Final = 30.0
"""Seconds that one input may take, on a machine that does other things too."""

_SHRINKING = 30.0  # seconds for each fault
_MOST_FAULTS = 20  # of a run: what comes after them is mostly the same


class TooLong(BaseException):
    """An input takes longer than it may; no ``except Exception`` on the way hides it."""


@dataclass(frozen=True)
class Fault:
    """An input for which a promise is not kept."""

    kind: str
    number: int  # of the input, in its kind
    given: Any  # made as small as it goes
    place: str  # where in zapviz it was raised, which tells faults apart
    told: str  # the exception, with its traceback

    def text(self, seed: str) -> str:
        """Tell the fault, and how to have it again."""
        return (
            f"FAULT in {self.kind}, input {self.number} of seed {seed}:\n{self.told}\n"
            f"again: .venv/bin/python -m fuzz --only {self.kind} --input "
            f"{shlex.quote(ascii(self.given))}\n"
        )


@dataclass
class Report:
    """What a run has seen."""

    seed: str
    came: dict[str, Counter[str]] = field(default_factory=dict)  # by kind: what came of inputs
    seconds: dict[str, float] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def total(self) -> int:
        """The number of inputs."""
        return sum(sum(counts.values()) for counts in self.came.values())

    def text(self) -> str:
        """Give a line for each kind: how many inputs, how fast, and what came of them."""
        lines = []
        for kind, counts in self.came.items():
            number, seconds = sum(counts.values()), self.seconds[kind]
            rate = number / seconds if seconds else 0
            most = ", ".join(f"{count:,} {word}" for word, count in counts.most_common(6))
            lines.append(f"{kind:<7}{number:>10,} {rate:>8,.0f}/s  {most}")
        faults = len(self.faults)
        lines.append(f"Fuzz seed={self.seed} inputs={self.total} faults={faults}")
        return "\n".join(lines)


def search(
    kinds: Sequence[Kind],
    seed: str,
    seconds: float,
    told: Callable[[str], None] = lambda text: None,
) -> Report:
    """Try inputs for so many seconds: each kind gets its share of the time.

    Args:
        kinds: The kinds.
        seed: Which inputs; input number n of a kind depends on the seed and n alone.
        seconds: How long.
        told: Is told of each fault at once.
    """
    report = Report(seed, {kind.name: Counter() for kind in kinds}, dict.fromkeys(
        (kind.name for kind in kinds), 0.0
    ))  # fmt: skip
    numbers = Counter[str]()
    places = set()
    end = time.monotonic() + seconds
    with limits():
        while time.monotonic() < end and len(report.faults) < _MOST_FAULTS:
            kind = min(kinds, key=lambda one: report.seconds[one.name] / one.share)
            started = time.monotonic()
            for _ in range(10):
                number = numbers[kind.name]
                numbers[kind.name] += 1
                given = kind.make(Random(f"{seed}/{kind.name}/{number}"))
                came, fault = fault_of(kind, given, number)
                report.came[kind.name][came] += 1
                if fault is not None and fault.place not in places:
                    places.add(fault.place)
                    shrinking = time.monotonic()
                    smallest = _smallest(kind, fault)
                    started += time.monotonic() - shrinking
                    report.faults.append(smallest)
                    told(smallest.text(seed))
                if time.monotonic() > end:
                    break
            report.seconds[kind.name] += time.monotonic() - started
    return report


def fault_of(kind: Kind, given: Any, number: int = -1) -> tuple[str, Fault | None]:
    """Try an input: give what came of it, and the fault, if it is one."""
    signal.setitimer(signal.ITIMER_REAL, LIMIT)
    try:
        return kind.check(given), None
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        told = "".join(traceback.format_exception(error)[-6:]).rstrip()
        return "wrong", Fault(kind.name, number, given, _place(error), told)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _place(error: BaseException) -> str:
    """Name the kind of a fault: the exception, and the innermost function of zapviz."""
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, TooLong):  # where it happens to be by then says little
        return "too long"
    if isinstance(error, Wrong):
        return f"Wrong {''.join(one for one in str(error)[:40] if not one.isdigit())}"
    ours = [one for one in frames if "/zapviz/" in one.filename] or list(frames)
    return f"{type(error).__name__} {ours[-1].filename}:{ours[-1].name}"


def _smallest(kind: Kind, fault: Fault) -> Fault:
    def fails(given: Any) -> bool:
        try:
            other = fault_of(kind, given)[1]
        except Exception:  # the check itself cannot take it
            return False
        return other is not None and other.place == fault.place

    seconds = 3 * LIMIT if fault.place == "too long" else _SHRINKING
    given = shrunk(fault.given, fails, seconds)
    last = fault_of(kind, given, fault.number)[1]
    return last if last is not None and last.place == fault.place else fault


def fresh_seed() -> str:
    """Give a seed that nobody has tried."""
    return secrets.token_hex(4)


@contextmanager
def limits() -> Iterator[None]:
    """Let an input that takes too long end in an exception."""

    def ring(number: int, frame: object) -> NoReturn:
        raise TooLong(f"this takes more than {LIMIT:.0f} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
