"""A command that runs a program on a system that says it is Linux, and what is said there.

The command is the user's, such as ``qemu-x86_64 {}``: ``{}`` stands for the probe and its
arguments, and no shell sees it. The probe gets its script on standard input and writes findings to
standard output; what a system prints before the first finding and after the last one is passed
over. However a run ends, its processes and files end with it.
"""

from __future__ import annotations

import os
import re
import secrets
import selectors
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from zapviz.errors import ZapvizError
from zapviz.lab.guest.initramfs import build_probe
from zapviz.lab.guest.kernels import NotAvailable
from zapviz.lab.guest.qemu import MachineLost
from zapviz.lab.host import disk_folder
from zapviz.lab.processes import MARK, end_with_kin, how_ended, signals_wait
from zapviz.lab.script import Findings, Garbled, KernelOutcome, format_script, parse_findings
from zapviz.model.program import Program

__all__ = ["Runner", "SystemLost", "make_runner"]

_BATCH: Final = 100  # programs of one run
_LOST_IN_A_ROW: Final = 3
_MOST: Final = 1 << 20  # bytes of a run, besides those of its programs
_MOST_OF_PROGRAM: Final = 1 << 18  # 7 mappings of 256 pages, told after each of 64 statements
_LAST_WORDS: Final = 2000  # bytes of standard error that are kept
_PATIENCE: Final = 5  # seconds more than the program's own alarm
_AT_START: Final = 3  # times the time of a program: some systems boot first
_AT_END: Final = 5  # seconds until a system that has said all is ended
_PROGRESS: Final = re.compile(rb"^(?:[kPEZ] )", re.M)


class SystemLost(MachineLost):
    """A system on which the probe does not come to its end: it hangs, floods, or is killed."""

    def __str__(self) -> str:
        return self.how


@dataclass(frozen=True)
class _Heard:
    """What one run said, and how it ended where the probe did not say its last line."""

    text: str  # the findings alone
    last_words: str  # the end of its standard error, or of what else it printed
    broke: str = ""  # how it ended; empty: the probe said all
    status: int | None = None  # its exit status; None: it was ended


@dataclass(frozen=True)
class Runner:
    """A command, in words, and how long it may take."""

    given: str  # as it was given
    words: tuple[str, ...]
    seconds: int  # that one program may take
    _probe: list[Path] = field(default_factory=list, compare=False, repr=False)

    def features(self) -> dict[str, str]:
        """Ask what the system says of itself: the probe's ``k`` lines.

        Raises:
            NotAvailable: The command cannot be run, or ends without a word of the probe.
            SystemLost: It hangs, floods or is killed.
        """
        heard = self._run([])
        findings = self._parsed(heard, [])
        if heard.broke:
            raise self._mute(heard)
        return findings.kernel

    def outcomes(
        self,
        programs: Sequence[Program],
        progress: Callable[[int], None] = lambda done: None,
        children: bool = True,
    ) -> list[KernelOutcome]:
        """Run programs, many in one process, and give what the system did with each.

        A program in which the system is lost is run again, in a run that begins with it. If the
        system is lost again there, that is the program's outcome, and the next one begins another
        run.

        Args:
            programs: The programs.
            progress: Is told how many are done.
            children: Whether a child reads after every statement, where there is no pagemap.

        Raises:
            SystemLost: It is lost in several programs in a row, or before the first one.
        """
        done: list[KernelOutcome] = []
        again = False
        in_a_row = 0
        while len(done) < len(programs):
            part = programs[len(done) : len(done) + _BATCH]
            heard = self._run(part, children)
            found = list(self._parsed(heard, part).outcomes)
            cut = bool(heard.broke) and bool(found) and found[-1].ended == heard.broke
            if heard.broke and not found:
                raise self._mute(heard)
            if len(found) > cut:
                in_a_row = 0
            elif cut and again:
                in_a_row += 1
                if in_a_row == _LOST_IN_A_ROW:
                    raise SystemLost(
                        f"{self.name} was lost in {_LOST_IN_A_ROW} programs, one after the other: "
                        f"{heard.broke}{_quoted(heard.last_words)}"
                    )
            first_of_run = len(found) == 1
            if cut and not (again and first_of_run):
                found.pop()
                again = True
            else:
                again = False
            done += found
            progress(len(done))
        return done

    @property
    def name(self) -> str:
        """The command's first word, as messages quote it."""
        return f"'{self.words[0]}'"

    def _mute(self, heard: _Heard) -> ZapvizError:
        """Say that nothing of use was heard."""
        done = "said all" if heard.text else "begun"
        message = f"{heard.broke}, and the probe had not {done}{_quoted(heard.last_words)}"
        if heard.status is not None and heard.status >= 0:
            hint = f"; try the command by hand: {self.given.replace('{}', '/bin/true')}"
            return NotAvailable(message + hint)
        return SystemLost(message)

    def _parsed(self, heard: _Heard, programs: Sequence[Program]) -> Findings:
        try:
            return parse_findings(heard.text, programs)
        except Garbled as error:
            raise SystemLost(
                f"what was said under {self.name} is not what the probe writes: {error}"
            ) from None

    def _run(self, programs: Sequence[Program], children: bool = True) -> _Heard:
        if not self._probe:
            self._probe.append(build_probe())
        script = format_script(programs, looking=self.seconds, children=children)
        with signals_wait():
            folder = tempfile.TemporaryDirectory(prefix="zapviz-", dir=disk_folder())
        try:
            Path(folder.name, "script").write_text(script, encoding="ascii")
            return self._run_in(folder.name, len(programs))
        finally:
            with signals_wait():
                folder.cleanup()

    def _run_in(self, folder: str, programs: int) -> _Heard:
        mark = secrets.token_hex(16)
        arguments = [str(self._probe[0]), folder]
        command = [one for word in self.words for one in (arguments if word == "{}" else [word])]
        # What a sandbox makes for itself lies beside what the probe makes, and goes with it.
        environment = {**os.environ, MARK: mark, "TMPDIR": folder}
        process: subprocess.Popen[bytes] | None = None
        try:
            with open(Path(folder, "script"), "rb") as script, signals_wait():
                try:
                    process = subprocess.Popen(
                        command,
                        stdin=script,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE,
                        env=environment,
                        start_new_session=True,
                    )
                except OSError as error:
                    raise NotAvailable(f"{self.name} cannot be run: {error.strerror}") from None
            return self._listen(process, _MOST + programs * _MOST_OF_PROGRAM)
        finally:
            if process is not None:
                with signals_wait():
                    end_with_kin(process, mark)
                    for stream in (process.stdout, process.stderr):
                        if stream is not None:
                            stream.close()

    def _listen(self, process: subprocess.Popen[bytes], most: int) -> _Heard:
        """Read what a run writes until the probe has said all, or the run breaks."""
        assert process.stdout is not None
        assert process.stderr is not None
        said, unfinished, last_words, aside = bytearray(), b"", b"", 0
        patience = _AT_START * self.seconds
        until = time.monotonic() + patience
        broke = ""
        with selectors.DefaultSelector() as waiting:
            waiting.register(process.stdout, selectors.EVENT_READ, True)
            waiting.register(process.stderr, selectors.EVENT_READ, False)
            while waiting.get_map() and not broke:
                ready = waiting.select(0.2)
                if not ready and process.poll() is not None:
                    break  # a process that it left holds the pipes
                if time.monotonic() > until:
                    broke = f"{self.name} hung: for {patience} s the probe said nothing"
                for key, _ in ready:
                    chunk = os.read(key.fd, 1 << 16)
                    if not chunk:
                        waiting.unregister(key.fileobj)
                    elif not key.data:
                        last_words = (last_words + chunk)[-_LAST_WORDS:]
                        aside += len(chunk)
                    else:
                        said += chunk
                        if _PROGRESS.search(unfinished + chunk):
                            patience = self.seconds + _PATIENCE
                            until = time.monotonic() + patience
                        unfinished = (unfinished + chunk).rpartition(b"\n")[2][-100:]
                    if max(len(said), aside) > most:
                        broke = f"{self.name} flooded its output: more than {most >> 20} MiB"
                        break
                if re.search(rb"^Z \d+\r?\n", said[-200:], re.M):
                    break
        text, rest = _findings(said.decode("utf-8", "replace"))
        words = last_words.decode("utf-8", "replace").strip() or rest
        if _complete(text):
            return _Heard(text, words)
        status = None
        if not broke:
            with signals_wait():  # both pipes are closed, or the process is dead
                try:
                    status = process.wait(_AT_END)
                    broke = how_ended(self.name, status)
                except subprocess.TimeoutExpired:
                    broke = f"{self.name} closed its output and did not end"
        begun = text.rfind("\nP ")
        if begun >= 0 and "\nE " not in text[begun:]:
            whole = text.rpartition("\n")[0]
            text = f"{whole}\nE {broke}\n"
        return _Heard(text, words, broke, status)


def make_runner(given: str, seconds: int) -> Runner:
    """Make a runner of a command as a user writes it.

    Args:
        given: The command, with ``{}`` where the program and its arguments go.
        seconds: The time that one program may take.

    Raises:
        ZapvizError: It is no such command.
        NotAvailable: Its program is not here.
    """
    example = "as in --with 'qemu-x86_64 {}'"
    try:
        words = tuple(shlex.split(given))
    except ValueError as error:
        raise ZapvizError(f"--with cannot be read: {error}; a command, {example}") from None
    if "\0" in given or words.count("{}") != 1 or words[0] == "{}":
        raise ZapvizError(
            "--with takes a command with {} once, as a word of its own, where the program and its "
            f"arguments go, {example}"
        )
    if shutil.which(words[0]) is None:
        packages = {"qemu-x86_64": "qemu-user", "runsc": "runsc"}
        there = packages.get(words[0])
        how = f"apt install {there}" if there else "is it spelled so, and in PATH?"
        raise NotAvailable(f"there is no program '{words[0]}' here: {how}")
    return Runner(given, words, seconds)


def _findings(said: str) -> tuple[str, str]:
    """Give the findings of what was said, each with its line's end, and the last other line."""
    # What a system says of itself is printed: nothing of it may be more than text.
    plain = re.sub(r"[^\n\x20-\x7e]", "?", said.replace("\r\n", "\n"))
    lines = plain.split("\n")
    first = next((at for at, line in enumerate(lines) if line.startswith("k release ")), len(lines))
    last = next((at for at, line in enumerate(lines) if re.fullmatch(r"Z \d+", line)), len(lines))
    others = [line.strip() for line in lines[:first] if line.strip()]
    kept = lines[first : last + 1]
    closed = "\n" if last < len(lines) else ""
    return "\n".join(kept) + closed, others[-1] if others else ""


def _complete(text: str) -> bool:
    return re.search(r"^Z \d+\n\Z", text, re.M) is not None


def _quoted(last_words: str) -> str:
    """Add the last line that was printed, if there is one."""
    lines = last_words.splitlines()
    return f"; its last line: {lines[-1].strip()[:200]}" if lines else ""
