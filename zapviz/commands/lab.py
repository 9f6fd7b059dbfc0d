"""The command line of the lab: ``zapviz lab run``, ``kernels``, ``fetch`` and the others.

Exit status: 0, the kernel does what the model says, or parts from it in a known difference, and no
assertion fails on it; 1, it does otherwise; 2, the call or the scenario is wrong, or something is
not available here; 3, the virtual machine was lost, three times in a row; 4, all agrees that was
run, but statements had to be left out.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NoReturn

from zapviz.api.verdicts import Verdict, judge, run_on_host
from zapviz.commands import judging, replaying
from zapviz.commands.chosen import chosen_program
from zapviz.commands.machine import add_machine, chosen_guest, chosen_settings, number_in
from zapviz.commands.parser import Narrow, Parser, add_scenario
from zapviz.commands.stopped import so_far
from zapviz.errors import ZapvizError, choices_hint
from zapviz.kernels.evidence import load_evidence
from zapviz.kernels.known import kernel as find_model
from zapviz.lab.calls import RECORDED, format_traced, record, trace_calls, write_recorded
from zapviz.lab.conformance import MODEL_OF, Report, conform, format_evidence, shrink
from zapviz.lab.guest.build import BUILT, EDITED, build
from zapviz.lab.guest.fetch import fetch
from zapviz.lab.guest.kernels import (
    KNOWN,
    cache_folder,
    find_kernel,
    kernels_here,
)
from zapviz.lab.guest.qemu import MachineLost
from zapviz.lab.hold import SHIPPED, hold_on_kernel
from zapviz.lab.pairs import RacesReport, conform_races, shrink_races
from zapviz.lab.recorded_file import check_recordable
from zapviz.lab.records import record_run
from zapviz.lab.reproduce import run_reproducer
from zapviz.lab.steps import RULES
from zapviz.lab.stress import RaceReport, migration_races, race_on_kernel
from zapviz.lab.watch_records import record_watched, watched_run
from zapviz.lab.watching import StepsReport, conform_steps, shrink_steps, watch
from zapviz.model.program import Program
from zapviz.render.text.lines import wrapped
from zapviz.render.text.trace import format_table
from zapviz.scenario.generate import Swap
from zapviz.scenario.library import SCENARIOS
from zapviz.words import how_many
from zapviz.written_file import check_free, write_file

__all__ = ["EXAMPLES", "add_arguments", "main", "parse"]

_ABOUT = "Run scenarios on real kernels, and check the model against them."

EXAMPLES = """\
examples:
  zapviz lab kernels                          what is here, what there is
  zapviz lab fetch 6.12                       a Debian kernel, into the cache
  zapviz lab run reproducer --kernel 6.12     model and kernel side by side
  zapviz lab run hole.zap --host              on this machine's own kernel
  zapviz lab run hole.zap --bzimage arch/x86/boot/bzImage
                                              on a kernel with your patch in it
  zapviz lab reproduce reproducer --kernel 6.12
                                              as the C program that is mailed
  zapviz lab trace hole-punch --kernel 6.12   the call chain of each zap
  zapviz lab watch hole-punch --kernel 6.12   every entry as the kernel writes it
  zapviz lab race race-punch --kernel 6.12 --loop
                                              1000 rounds against zapviz race
  zapviz lab hold race-truncate               one CPU held inside migration
  zapviz lab replay race-cow --rule second_pass=False
                                              both led through the order that fails
  zapviz lab judge --with 'qemu-x86_64 {}'    a system that says it is Linux

exit status: 0, the kernel does what the model says, or parts from it in a
known difference (docs/known-differences.md), and no assertion fails on it;
1, it does otherwise; 2, the call or the scenario is wrong, or something is
not available here; 3, the virtual machine was lost; 4, all agrees that was
run, but statements were left out (lab run), or a CPU could not be held
(lab replay).
"""

_RUN = """\
A kernel of your own needs brd (BLK_DEV_RAM) for swap and ext4, built in or
as a module below --modules; what it lacks is skipped, by name. It is held
against the model of its version; --model chooses another one.

examples:
  zapviz lab run reproducer --kernel 5.10-before-fix
  zapviz lab run hole.zap --bzimage ~/linux --modules ~/linux --model v7.3
  git bisect run sh -c 'make -s bzImage || exit 125
      zapviz lab run reproducer --bzimage .
      s=$?; [ $s = 4 ] && exit 125; exit $s'

A statement that the kernel or machine cannot do is left out, and the last
line says INCOMPLETE: with --host, MADV_PAGEOUT needs swap on this machine
('swapon --show' lists it). The exit status is then 4, unless something
differs or fails; 1 as ever.
"""

LEFT_OUT = 4
"""The exit status where everything that was run agrees, but statements were left out."""

_HOLD = """\
A CPU that migrates a page is held once the new folio is in place and
before the entries are; one that reclaims a page, before the entries
change; one that reads or writes a page of a file, within the fault,
with that page locked; one that unmaps, before the first entry is
zapped. The other CPU runs its body then. The entries are compared with
the model's when the CPU is held, once the other one waits or has ended,
and when both are done. Luck has no part in it: each race runs once.

Without FILE: race-punch, race-truncate, race-dontneed, race-munmap,
race-swap-out, race-swap-punch and race-cow.
"""

_REPRODUCE = """\
The C program is compiled, and run in the guest on a disk and with swap. Here
the exit status is its own: 0, every assertion passes; 1, one fails; 4, something
was skipped (2 and 3 as ever).

examples:
  zapviz lab reproduce reproducer --kernel 5.10-before-fix
  git bisect run sh -c 'make -s bzImage || exit 125
      zapviz lab reproduce reproducer --bzimage .
      s=$?; [ $s = 4 ] && exit 125; exit $s'
"""

_CONFORM = """\
With --steps every entry is watched as the kernel writes it: the order of
the writes, their values and the pass of each have to be those of the
model's steps, without CPUs; with --fork, of each process. What kernels
write besides is named in the report, and nothing else is passed over.

With --races each scenario is a race of two CPUs at the same few pages. It
is run round after round, many races in one boot, and each end is compared
with the final states that 'zapviz race' finds, with and without --reduced.
A state that the model excludes is looked for again in a second boot, and
printed with the smallest scenario that still shows it. The last line tells
how many of the model's final states were seen (coverage=SEEN/ALL), and how
many races had excluded states (excluded=, and unrepeated= in one boot
alone). What no kernel can race is left out, by name.

examples:
  zapviz lab conform --kernel 6.12 -n 5000 --seed 1
  zapviz lab conform --steps --kernel 6.12 -n 1000
  zapviz lab conform --steps --fork --kernel 6.12 -n 100
  zapviz lab conform --races --kernel 6.12 --kernel 6.18 -n 300

exit status: 0, the kernels do what the model says; 1, one does otherwise,
or was seen in a state that the model excludes (2 and 3 as ever).
"""

_WATCH = """\
The guest is stopped at every write to an entry of the scenario's mappings:
the page, what stood there and what does, and the function that wrote it;
besides, the passes with their arguments, folios of a file that were mapped
once, as they are locked, unlocked and taken out of the page cache, checks
of a new size, and swap slots given back. Beside it stands what the model's
steps change; the first difference is marked. Of processes that fork, each
one's entries are watched, from the fork on that makes it. It runs under
emulation, as KVM cannot watch so much memory, and with nokaslr and nopti on
the kernel's command line. Where the kernel's functions are is read by a
boot of its own, once for each image. The kernel needs KALLSYMS.

examples:
  zapviz lab watch reproducer --kernel 6.12
  zapviz lab watch reproducer --recorded      as it was seen once: no VM needed
  zapviz lab watch hole.zap --bzimage ~/linux --modules ~/linux
  zapviz lab watch hole.zap --json            the record of docs/trace.md, of
                                              the kernel: "source": "kernel"

exit status: 0, the kernel writes what the model shows, in that order; 1, it
does otherwise (2 and 3 as ever).
"""

_EPILOGS = {
    "watch": _WATCH,
    "run": _RUN,
    "reproduce": _REPRODUCE,
    "hold": _HOLD,
    "replay": replaying.EXAMPLES,
    "conform": _CONFORM,
    "judge": judging.EPILOG,
}

_COMMANDS = {
    "run": "run a scenario on a kernel, beside the model",
    "trace": "show the call chain of each zap on a kernel",
    "watch": "show each page-table entry as a kernel writes it",
    "reproduce": "run a scenario's C reproducer on a kernel",
    "race": "run a scenario's two CPUs on a kernel, round after round",
    "migrate": "race every zap path on a kernel with pages that move",
    "hold": "hold one CPU of a kernel while the other one zaps",
    "replay": "lead both CPUs of a kernel through one order of a race",
    "conform": "compare random scenarios, or races, on a kernel with the model",
    "judge": "hold any system that says it is Linux against the model",
    "kernels": "list the kernels that are here, and those that can be had",
    "fetch": "bring a Debian kernel into the cache",
    "build": "build a kernel that nobody ships, such as one with a device to lend pages to",
    "build-before-fix": "build the kernel before the fix, or the one of RFC v2",
}


def main(arguments: Sequence[str]) -> int:
    """Run one of the lab's commands, and give its exit status."""
    if not arguments or not arguments[0]:
        _parser().print_help(sys.stderr)
        return 2
    args = parse(arguments)
    # A guest must not outlive this process: a signal that ends it runs the clean-up, too.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _ended)
    try:
        run: Callable[[argparse.Namespace], int] = args.run
        return run(args)
    except MachineLost as error:
        print(f"zapviz: error: {error}", file=sys.stderr)
        return 3


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments of one of the lab's commands.

    Raises:
        SystemExit: They are wrong; what is wrong has been said.
    """
    parser = _parser()
    word = arguments[0] if arguments else ""
    if not word.startswith("-") and word not in _COMMANDS:
        parser.error(f"there is no command '{word}'; {choices_hint(word, _COMMANDS)}")
    parsed: argparse.Namespace = parser.parse_args(arguments)
    return parsed


def _ended(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


@cache
def _parser() -> Parser:
    parser = Parser(
        prog="zapviz lab",
        usage="zapviz lab COMMAND ...",
        description=f"{_ABOUT}\n\ncommands:\n{_listed()}",
        epilog=EXAMPLES,
        formatter_class=Narrow,
    )
    add_arguments(parser)
    return parser


def _listed() -> str:
    return "".join(f"  {name:<18}{about}\n" for name, about in _COMMANDS.items())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the lab's commands, each with its arguments, to a parser."""
    commands = parser.add_subparsers(help=argparse.SUPPRESS)
    for name, about in _COMMANDS.items():
        command = commands.add_parser(
            name,
            prog=f"zapviz lab {name}",
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=_EPILOGS.get(name),
            formatter_class=Narrow,
        )
        add, run = _HOW[name]
        add(command)
        command.set_defaults(run=run, parser=command)


# ---- run, trace -------------------------------------------------------------


def _add_run(command: argparse.ArgumentParser) -> None:
    add_scenario(command)
    command.add_argument("--json", action="store_true", help="one JSON object instead of text")
    command.add_argument("--model", metavar="K", help="the model's kernel that it is held against")
    add_machine(command)
    command.add_argument(
        "--host", action="store_true", help="run on this machine's own kernel: no VM, no root"
    )
    command.add_argument(
        "--record",
        action="store_true",
        help="keep what the kernel did, for readers who have no such kernel",
    )


def _run(args: argparse.Namespace) -> int:
    if args.record:
        return _record(args)
    program, _ = chosen_program(args)
    model = None if args.model is None else find_model(args.model)
    if args.host:
        if args.kernel or args.bzimage:
            raise ZapvizError("--host is a kernel already; leave out --kernel and --bzimage")
        verdict = run_on_host(program, model)
    else:
        verdict = judge(program, chosen_guest(args), model, chosen_settings(args))
    print(json.dumps(verdict.as_json()) if args.json else verdict.text())
    return _status(verdict)


def _status(verdict: Verdict) -> int:
    """Give 0, 1 where something differs or fails, or 4 where only a part could be run.

    A known difference is none of zapviz's bugs, and no failure.
    """
    as_known = verdict.known is not None and not verdict.complaints
    if not (verdict.ok and (verdict.agrees or as_known)):
        return 1
    return LEFT_OUT if verdict.skipped else 0


def _record(args: argparse.Namespace) -> int:
    if args.host or args.bzimage or args.model:
        raise ZapvizError("--record is for the lab's own kernels and their models: give --kernel")
    verdict = Verdict.of(record_run(args.scenario, chosen_guest(args).name, chosen_settings(args)))
    print(json.dumps(verdict.as_json()) if args.json else verdict.text())
    return _status(verdict)


def _add_trace(command: argparse.ArgumentParser) -> None:
    add_scenario(command, optional=True)
    command.add_argument(
        "--record",
        action="store_true",
        help="record anew the chains by which those of the model are checked",
    )
    add_machine(command)


def _trace(args: argparse.Namespace) -> int:
    if args.record:
        if args.scenario is not None:
            raise ZapvizError("--record has scenarios of its own; leave out FILE")
        check_recordable(RECORDED)
        known = [name for name, known in KNOWN.items() if known.suite]
        for name in [args.kernel] if args.kernel else known:
            _tell(f"tracing kernel {name}")
            write_recorded({name: record(name, chosen_settings(args))})
        return 0
    if args.scenario is None:
        raise ZapvizError("which scenario? zapviz scenarios lists those that come with zapviz")
    program, _ = chosen_program(args)
    kernel = chosen_guest(args)
    release, traced = trace_calls(program, kernel, chosen_settings(args))
    print(format_traced(program, f"kernel {kernel.name}", release, traced))
    return 0


def _add_watch(command: argparse.ArgumentParser) -> None:
    add_scenario(command, optional=True)
    command.add_argument("--json", action="store_true", help="one JSON object instead of text")
    command.add_argument("--model", metavar="K", help="the model's kernel that it is held against")
    command.add_argument(
        "--recorded",
        action="store_true",
        help="what was seen of a shipped scenario: no VM, no kernel",
    )
    command.add_argument(
        "--record", action="store_true", help="watch all shipped scenarios anew, and keep that"
    )
    add_machine(command)


def _watch(args: argparse.Namespace) -> int:
    if args.accel == "kvm":
        raise ZapvizError("KVM cannot watch memory at every write; leave out --accel kvm")
    if args.cpus != 1:
        raise ZapvizError("a watched guest has one CPU; leave out --cpus")
    if args.record:
        return _record_watched(args)
    if args.scenario is None:
        raise ZapvizError("which scenario? zapviz scenarios lists those that come with zapviz")
    if args.recorded:
        if args.bzimage or args.model:
            raise ZapvizError("--recorded is of the lab's own kernels and their models")
        watched = watched_run(args.scenario, args.kernel or "6.12")
    else:
        program, _ = chosen_program(args)
        model = None if args.model is None else find_model(args.model)
        watched = watch(program, chosen_guest(args), model, chosen_settings(args))
    print(json.dumps(watched.as_json()) if args.json else watched.text())
    return 0 if watched.agrees else 1


def _record_watched(args: argparse.Namespace) -> int:
    if args.scenario is not None or args.bzimage or args.model or args.recorded:
        raise ZapvizError("--record is of all shipped scenarios; give --kernel alone")
    agree = True
    for name in [args.kernel] if args.kernel else [k for k in KNOWN if KNOWN[k].suite]:
        _tell(f"watching kernel {name}")
        for scenario, watched in record_watched(find_kernel(name).name, chosen_settings(args)):
            agree = agree and watched.agrees
            if not watched.agrees:
                print(f"{scenario}:\n{watched.text()}\n")
    return 0 if agree else 1


def _add_reproduce(command: argparse.ArgumentParser) -> None:
    add_scenario(command)
    add_machine(command)


def _reproduce(args: argparse.Namespace) -> int:
    program, _ = chosen_program(args)
    settings = chosen_settings(args)
    if program.concurrent:
        settings = replace(settings, cpus=max(2, settings.cpus))
    output = run_reproducer(program, chosen_guest(args), settings)
    print(output.text())
    return output.status


# ---- race, migrate ----------------------------------------------------------


def _add_rounds(command: argparse.ArgumentParser) -> None:
    command.add_argument("--kernel", metavar="K", help="one that 'zapviz lab kernels' lists")
    command.add_argument("-n", metavar="ROUNDS", type=number_in(1, 10**6), default=1000,
                         help="how many rounds (default: 1000)")  # fmt: skip
    command.add_argument("--seed", metavar="S", type=number_in(0, 10**9), default=0,
                         help="which delays (default: 0)")  # fmt: skip


def _add_race(command: argparse.ArgumentParser) -> None:
    add_scenario(command)
    _add_rounds(command)
    command.add_argument(
        "--loop", action="store_true", help="CPU1 goes round and round until CPU0 is done"
    )


def _race(args: argparse.Namespace) -> int:
    name, program = _named_program(args)
    kernel = _compared_kernel(args.kernel)
    report = race_on_kernel(program, kernel, args.n, args.loop, args.seed)
    print(report.text(name))
    return 0 if report.ok else 1


def _named_program(args: argparse.Namespace) -> tuple[str, Program]:
    """Give the name of the scenario as one word, and its program."""
    program, name = chosen_program(args)
    return Path(name).stem.replace(" ", "-"), program


def _compared_kernel(name: str | None) -> str:
    """Give the kernel that was asked for, else the newest one here that the model has."""
    here = kernels_here()
    names = [each for each in MODEL_OF if each in here]
    return find_kernel(name or (names[-1] if names else "6.12")).name


def _add_migrate(command: argparse.ArgumentParser) -> None:
    _add_rounds(command)


def _migrate(args: argparse.Namespace) -> int:
    kernel = _compared_kernel(args.kernel)
    reports: dict[str, RaceReport] = {}
    races = migration_races()
    for name, program in races.items():
        so_far(f"{how_many(len(reports), 'race')} of {len(races)} were run, as printed")
        reports[name] = race_on_kernel(program, kernel, args.n, True, args.seed)
        print(f"{reports[name].text(name)}\n", flush=True)
    bad = sum(not report.ok for report in reports.values())
    print(f"Migrate {kernel} races={len(reports)} rounds={args.n} wrong={bad}")
    return 1 if bad else 0


def _add_hold(command: argparse.ArgumentParser) -> None:
    add_scenario(command, optional=True)
    command.add_argument("--kernel", metavar="K", help="one that 'zapviz lab kernels' lists")


def _hold(args: argparse.Namespace) -> int:
    if args.scenario is None:
        programs = {name: SCENARIOS[name].program for name in SHIPPED}
    else:
        name, program = _named_program(args)
        programs = {name: program}
    kernel = _compared_kernel(args.kernel)
    reports = hold_on_kernel(programs, kernel)
    for name, report in reports.items():
        print(f"{report.text(name)}\n")
    bad = sum(not report.ok for report in reports.values())
    print(f"Hold {kernel} races={len(reports)} wrong={bad}")
    return 1 if bad else 0


# ---- conform ----------------------------------------------------------------


def _add_conform(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--kernel", metavar="K", action="append", help="repeat for several; else all that are here"
    )
    command.add_argument("-n", metavar="COUNT", type=number_in(1, 10**6),
                         help="how many scenarios (default: 1000), or races (300)")  # fmt: skip
    command.add_argument("--seed", metavar="S", type=number_in(0, 10**9), default=0,
                         help="which ones (default: 0)")  # fmt: skip
    command.add_argument(
        "--swap", choices=("ram", "disk"), default="ram", help="the swap device (default: ram)"
    )
    command.add_argument("--fork", action="store_true", help="scenarios whose processes fork")
    command.add_argument(
        "--races", action="store_true", help="random races of two CPUs, against every order"
    )
    command.add_argument(
        "--steps", action="store_true", help="each entry write, in its order, against each step"
    )
    command.add_argument("--rounds", metavar="R", type=number_in(1, 10**5),
                         help="with --races, how often each is run (default: 300)")  # fmt: skip
    command.add_argument(
        "--evidence",
        metavar="FILE",
        help="write there what was seen to agree, counted; "
        "of CPUs, by a shortest way to each state that was seen",
    )
    command.add_argument(
        "--force", action="store_true", help="with --evidence, replace a file that is there"
    )
    command.add_argument(
        "--add",
        action="store_true",
        help="with --evidence --force, add to what zapviz has counted, as after --fork",
    )


def _conform(args: argparse.Namespace) -> int:
    if args.rounds is not None and not args.races:
        raise ZapvizError("--rounds is for --races: without it each scenario is run once")
    if args.steps and (args.races or args.swap != "ram"):
        raise ZapvizError("--steps goes without --races and --swap disk")
    if args.fork and args.races:
        raise ZapvizError("--fork goes without --races")
    if args.evidence:
        check_free(args.evidence, args.force)  # before hours of boots
    here = kernels_here()
    names = args.kernel or [name for name in MODEL_OF if name in here]
    kernels = [find_kernel(name).name for name in names] or [find_kernel("6.12").name]
    for name in kernels:
        if name not in MODEL_OF:
            known = ", ".join(MODEL_OF)
            raise ZapvizError(f"the model has no kernel {name} to compare; it has {known}")
    if args.races:
        return _conform_races(args, kernels)
    if args.steps:
        return _conform_steps(args, kernels)
    reports = []
    for name in kernels:
        swap: Swap = "disk" if args.swap == "disk" else "none"
        report = conform(
            name, args.n or 1000, args.seed, swap=swap, forks=args.fork, progress=_note
        )
        reports.append(report)
        print(report, flush=True)
        if report.mismatches:
            first = report.mismatches[0]
            smallest = shrink(name, first.program) or first
            print(f"\nThe first of them, made as small as it goes:\n{smallest}")
    if args.evidence:
        _write_evidence(reports, args)
    return 1 if any(report.mismatches for report in reports) else 0


def _write_evidence(reports: Sequence[Report], args: argparse.Namespace) -> None:
    known = load_evidence() if args.add else None
    write_file(args.evidence, format_evidence(reports, known).encode(), overwrite=args.force)


_MOST_SHRUNK = 10  # races of one run that are made smaller: each takes some boots


def _conform_races(args: argparse.Namespace, kernels: Sequence[str]) -> int:
    reports = []
    for name in kernels:
        report = conform_races(
            name, args.n or 300, args.seed, args.rounds or 300, progress=_tell_races
        )
        reports.append(report)
        for line in report.told():
            print(line)
        for number, race in {**report.unrepeated, **report.complaints}.items():
            print(f"\nSeen in one boot alone:\n{race.text(f'pair-{number}')}")
        told: dict[Program, list[int]] = {}
        smallest = {}
        some = list(report.differ)[:_MOST_SHRUNK]
        shrunk = shrink_races(name, [report.differ[number] for number in some])
        for number, race in zip(some, shrunk, strict=True):
            told.setdefault(race.program, []).append(number)
            smallest[race.program] = race
        for program, numbers in told.items():
            which = ",".join(map(str, numbers))
            print(f"\nMade as small as it goes:\n{smallest[program].text(f'pair-{which}')}")
        if rest := list(report.differ)[_MOST_SHRUNK:]:
            print(f"\nNot made smaller, {_MOST_SHRUNK} being the most of one run:")
        for number in rest:
            print(report.differ[number].text(f"pair-{number}"))
        print(report, flush=True)
    if args.evidence:
        counted = [Report(report.kernel, evidence=report.evidence) for report in reports]
        _write_evidence(counted, args)
    return 0 if all(report.ok for report in reports) else 1


def _conform_steps(args: argparse.Namespace, kernels: Sequence[str]) -> int:
    reports = []
    for name in kernels:
        report = conform_steps(
            name, args.n or 1000, args.seed, forks=args.fork, progress=_tell_steps
        )
        reports.append(report)
        print(report, flush=True)
        for habit, times in sorted(report.habits.items()):
            print("\n".join(wrapped(f"  {habit} ({times}): {RULES[habit].sentence}", hang=4)))
        for each in (report.differ or report.mismatches)[:1]:
            smallest = shrink_steps(name, each.program) or each
            print(f"\nThe first of them, made as small as it goes:\n{smallest}")
        for differs in report.unrepeated:
            print(f"\nSeen in one boot alone:\n{differs}")
    if args.evidence:
        counted = [Report(report.kernel, evidence=report.evidence) for report in reports]
        _write_evidence(counted, args)
    return 0 if all(report.ok for report in reports) else 1


def _note(report: Report | StepsReport | RacesReport) -> None:
    """Keep what would be told if Ctrl-C came now."""
    last = str(report).splitlines()[-1]
    so_far(f"what was printed is all of it, and so far: {last}; no evidence is written")


def _tell_steps(report: StepsReport) -> None:
    _note(report)
    _tell(f"{report}, {report.seconds:.0f} s")


def _tell_races(report: RacesReport) -> None:
    _note(report)
    _tell(f"{report}, {report.seconds:.0f} s")


# ---- kernels, fetch, build --------------------------------------------------


def _add_nothing(command: argparse.ArgumentParser) -> None:
    pass


def _kernels(args: argparse.Namespace) -> int:
    here = kernels_here()
    rows = []
    for name in [*KNOWN, *(name for name in here if name not in KNOWN)]:
        known = KNOWN.get(name)
        purpose = known.purpose if known else "fetched"
        if name in here:
            about = here[name].image.parents[1] / "about"
            rows.append((name, "here", f"{purpose}{_release(about)}"))
        elif known:
            rows.append((name, "not here", f"{purpose}: {known.how}"))
    print(format_table(rows, header=("kernel", "", "what it shows")))
    print(f"\nkept in {cache_folder() / 'kernels'}")
    print("any other that Debian has: zapviz lab fetch VERSION")
    print("one of your own: zapviz lab run FILE --bzimage PATH [--modules DIR]")
    return 0


def _release(about: Path) -> str:
    try:
        return f" ({about.read_text(encoding='utf-8', errors='replace').strip()})"
    except OSError:
        return ""


def _add_fetch(command: argparse.ArgumentParser) -> None:
    command.add_argument("version", metavar="VERSION", nargs="+", help="such as 6.12")


def _fetch(args: argparse.Namespace) -> int:
    for version in args.version:
        package = fetch(version, _tell)
        so_far(f"kernel {version} is here")
        print(f"kernel {version} is here: {package}")
    return 0


def _add_build(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="KERNEL", choices=BUILT, help=f"{', '.join(BUILT)}")


def _build(args: argparse.Namespace) -> int:
    return _built(args.name)


def _add_build_before_fix(command: argparse.ArgumentParser) -> None:
    command.add_argument("--rfc-v2", action="store_true", help="the kernel of RFC v2 1/2 instead")


def _build_before_fix(args: argparse.Namespace) -> int:
    return _built(EDITED[1] if args.rfc_v2 else EDITED[0])


def _built(name: str) -> int:
    build(name, _tell)
    print(
        f"kernel {name} is here; its source is kept for the next build: {cache_folder() / 'build'}"
    )
    return 0


def _tell(text: str) -> None:
    print(f"{text} ...", file=sys.stderr, flush=True)


_HOW: dict[
    str, tuple[Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], int]]
] = {
    "run": (_add_run, _run),
    "trace": (_add_trace, _trace),
    "watch": (_add_watch, _watch),
    "reproduce": (_add_reproduce, _reproduce),
    "race": (_add_race, _race),
    "migrate": (_add_migrate, _migrate),
    "hold": (_add_hold, _hold),
    "replay": (replaying.add_arguments, replaying.run),
    "conform": (_add_conform, _conform),
    "judge": (judging.add_arguments, judging.run),
    "kernels": (_add_nothing, _kernels),
    "fetch": (_add_fetch, _fetch),
    "build": (_add_build, _build),
    "build-before-fix": (_add_build_before_fix, _build_before_fix),
}
