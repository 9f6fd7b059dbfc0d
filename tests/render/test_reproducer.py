"""Scenarios as C: what is refused, what is written, and what it says on this machine.

They need gcc; without it these tests are skipped, but in CI it must be there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from zapviz.errors import ScenarioError, ZapvizError
from zapviz.model.program import Program
from zapviz.render.c.reproducer import format_reproducer
from zapviz.scenario.generate import random_program
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import parse_scenario

WARNINGS = ("-std=gnu11", "-Wall", "-Wextra", "-Werror")

REFUSED = {
    "four-paths-munmap": "line 13: 'migrate_begin(A[4])' has no C form: it is model only",
    "four-paths-truncate": "line 12: 'migrate_begin(A[4])' has no C form: it is model only",
    "four-paths-punch": "line 12: 'migrate_begin(A[4])' has no C form: it is model only",
    "four-paths-dontneed": "line 12: 'migrate_begin(A[4])' has no C form: it is model only",
    "migration-punch": "line 10: 'migrate_begin(A[0])' has no C form: it is model only",
    "race-invalidate": "line 11: 'invalidate(F[0])' has no C form: it is model only",
    "device-entries": "line 10: 'migrate_to_device(A[0])' has no C form: it is model only",
    "race-fork-truncate": "line 10: 'C = fork()' has no C form: it is above CPUs",
    "race-fork-write": "line 9: 'C = fork()' has no C form: it is above CPUs",
}
"""Every shipped scenario that no process can have a kernel do."""

WRITTEN = [name for name in SCENARIOS if name not in REFUSED]

HARMFUL = [name for name in WRITTEN if "MADV_HWPOISON" in SCENARIOS[name].text]
"""They break memory for good: only in a virtual machine (tests/lab/test_reproduce.py)."""


def compiler(name: str = "gcc") -> str:
    """The compiler of that name, or a skip that says how to get it."""
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI") and name == "gcc":
            pytest.fail("gcc is missing")
        pytest.skip(f"no {name}: apt install {name}")
    return found


def compiled(files: Sequence[Path], *options: str, name: str = "gcc") -> None:
    """Compile C, every warning an error."""
    command = [compiler(name), *WARNINGS, *options, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:3000]


def ran(text: str, folder: Path) -> tuple[int, list[str]]:
    """Compile a reproducer as its head says, run it, and give its exit status and its lines."""
    source, program = folder / "reproducer.c", folder / "reproducer"
    source.write_text(text, encoding="ascii")
    compiled([source], "-O2", "-pthread", "-o", str(program))
    done = subprocess.run([program], capture_output=True, text=True, cwd=folder, timeout=120)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def written(text: str) -> str:
    """The reproducer of a scenario's text."""
    return format_reproducer(parse_scenario(text), rounds=50)


FORKED = """\
# A page of two processes: each has its own as soon as one of them writes
N = anon(2)
N[0:2] = 1
C = fork()
assert C.N == anon and N == anon and not exclusive(N[0])

C.N[0] = 5
D = fork(C)
assert data(N[0]) == 1 and data(D.N[0]) == 5
madvise(D.N[1], MADV_DONTNEED)
assert D.rss.anonpages == 1 and C.rss.anonpages == 2
exit(C)
assert C.N == unmapped and exclusive(N[0]) and exclusive(D.N[0])
assert read(D.N[1]) == 0 and data(D.N[1]) == 0
"""


ADVISED = """\
# One process pages another one's memory out
N = anon(3)
N[0:3] = 1
C = fork()
C.N[0:2] = 2
C.M = anon(1)
M = anon(1)
C.M[0] = 3
assert process_madvise(C.N[0:2], MADV_PAGEOUT) == 8192
process_madvise(C.M, MADV_PAGEOUT)
assert C.N[0:2] == swap and C.M == swap and N == anon
assert process_madvise(C.N[2], MADV_DONTNEED) == EINVAL
munmap(C.N[0])
assert process_madvise(C.N, MADV_PAGEOUT) == ENOMEM
"""

DROPPABLE = """\
# Memory that may be dropped
N = anon(2, MAP_DROPPABLE)
N[0:2] = 1
madvise(N[0], MADV_PAGEOUT)
assert N[0] == none and data(N[1]) == 1 and rss.swapents == 0
C = fork()
assert C.N == none
assert madvise(N, MADV_KEEPONFORK) == EINVAL
"""

BROKEN_BY_PIDFD = """\
N = anon(2)
N[0:2] = 1
process_madvise(N[0], MADV_HWPOISON)
assert N[0] == hwpoison
assert process_madvise(N[1], MADV_DONTNEED) == 4096
"""


class TestText:
    """What a reviewer reads."""

    @pytest.mark.parametrize("name", ["reproducer", "race-punch-read"])
    def test_reads_as_on_file(self, name, expected):
        """The C of the thread's reproducer, and of a race, are the files in tests/expected."""
        expected(f"{name}.c", format_reproducer(SCENARIOS[name].program, name))

    def test_children_read_as_on_file(self, expected):
        """The C of a scenario that forks is the file in tests/expected."""
        expected("reproducer-fork.c", format_reproducer(parse_scenario(FORKED), "fork"))

    @pytest.mark.parametrize("name", WRITTEN)
    def test_is_kernel_style(self, name):
        """Eighty columns with tabs eight wide, ASCII, no trailing blanks, no empty lines twice."""
        text = format_reproducer(SCENARIOS[name].program, name)
        assert text.isascii()
        assert text.endswith("}\n")
        assert "\n\n\n" not in text
        for line in text.splitlines():
            assert len(line.expandtabs(8)) <= 80, line
            assert line == line.rstrip(), line
            assert line.startswith(" *") or "        " not in line, line

    @pytest.mark.parametrize("name", WRITTEN)
    def test_is_the_scenario_again(self, name):
        """Pasted as a whole, quoted or cut out of a mail too, the file is its scenario."""
        text = format_reproducer(SCENARIOS[name].program, name)
        head = [f" * {line}".rstrip() for line in SCENARIOS[name].text.splitlines()]
        assert "\n".join(["/*", " * ===8<===", *head, " * ===8<===", " *"]) in text
        quoted = "".join(f"> {line}\n" for line in text.splitlines())
        for pasted in (text, quoted, f"Hello,\n\n===8<===\n{text}===8<===\n\nBye.\n"):
            assert parse_scenario(pasted) == SCENARIOS[name].program

    def test_an_error_in_its_head_is_shown_where_it_stands(self):
        """Line and column are those of the C file, stars included."""
        text = format_reproducer(SCENARIOS["reproducer"].program)
        with pytest.raises(ScenarioError) as error:
            parse_scenario(text.replace(" * A[1] = 7\n", " * A[9] = 7\n"), "reproducer.c")
        assert str(error.value).splitlines() == [
            "reproducer.c:11:4: error: A[9] goes past the end of A; it has 2 pages,"
            " the last is A[1]",
            "     * A[9] = 7",
            "       ^",
        ]

    def test_has_only_what_it_uses(self):
        """No header, constant or function comes along that this scenario has no use for."""
        text = written("N = anon(1)\nN[0] = 7\nassert N[0] == anon\n")
        assert text.count("#include") == 8
        for absent in ("memfd_create", "sigsetjmp", "MADV_PAGEOUT", "MAP_SHARED", "SWAP"):
            assert absent not in text

    def test_its_mappings_lie_where_every_address_space_has_room(self):
        """Above the heap of a fixed program, below where mmap() begins in 256 GiB (riscv, sv39)."""
        made = "".join(f"N{number} = anon(64)\n" for number in range(8))
        text = written(f"{made}N7[63] = 7\nassert N7[63] == anon\n")
        [start] = re.findall(r"#define AT\(n\)\s+\(\(char \*\)\((\w+) \+ ", text)
        assert 4 << 30 < int(start, 16) < int(start, 16) + 8 * (2 << 20) < (256 << 30) // 3
        assert int(start, 16) % (2 << 20) == 0

    def test_says_what_it_needs(self):
        """Swap space, nodes, a disk, a VM: whoever runs it is told first."""
        text = written(
            "F = file(1)\nA = mmap(F, MAP_SHARED)\nA[0] = 1\nmigrate(A)\n"
            "madvise(A, MADV_PAGEOUT)\nmadvise(A, MADV_HWPOISON)\n"
        )
        head = " ".join(line.removeprefix(" * ") for line in text.splitlines())
        assert (
            " Needs swap space, two NUMA nodes, a directory on a disk, root, in a VM: it poisons"
            " memory for good. gcc "
        ) in head

    def test_comments_cannot_end_the_comment(self, tmp_path):
        """Whatever stands in a scenario's remarks, its C compiles and is the scenario again."""
        text = 'N = anon(1)  # */ int x; /* " ??/\n# caf\u00e9 *//*/ \\\n\nN[0] = 7\n'
        source = tmp_path / "odd.c"
        source.write_text(written(text), encoding="ascii")
        compiled([source], "-fsyntax-only")
        assert parse_scenario(source.read_text()).statements == parse_scenario(text).statements

    @pytest.mark.parametrize("name", ["main", "int", "unix", "EOF", "PAGE", "count", "_x", "stdin"])
    def test_names_that_mean_something_in_c(self, name, tmp_path):
        """Files and mappings can be called what C calls something else."""
        source = tmp_path / "named.c"
        text = (
            f"{name} = anon(2)\n{name}[0] = 1\nassert {name}[0] == anon and data({name}[0]) == 1\n"
        )
        race = f"def CPU0():\n    read({name})\ndef CPU1():\n    madvise({name}, MADV_DONTNEED)\n"
        source.write_text(written(text), encoding="ascii")
        compiled([source], "-fsyntax-only")
        source.write_text(written(text + race), encoding="ascii")
        compiled([source], "-fsyntax-only")


class TestRefusals:
    """What only the model can do."""

    @pytest.mark.parametrize("name", REFUSED)
    def test_what_no_process_can_do_is_refused(self, name):
        """By line and statement, with the reason."""
        with pytest.raises(ZapvizError) as error:
            format_reproducer(SCENARIOS[name].program)
        assert str(error.value).startswith(REFUSED[name])

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("N = anon(1)\nexit()\nassert N == unmapped\n", "line 2: 'exit()' has no C form"),
            (
                "F = shmem(1)\nunmap_mapping_range(F, even_cows=1)\n",
                "line 2: 'unmap_mapping_range(F[0], even_cows=1)' has no C form",
            ),
        ],
    )
    def test_what_cannot_be_checked_is_refused(self, text, said):
        """Neither what follows exit() nor a driver's call has a C form."""
        with pytest.raises(ZapvizError) as error:
            written(text)
        assert str(error.value).startswith(said)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (
                "N = anon(1)\nC = fork()\nassert C.N[0] == anon or N[0] == none\n",
                "line 3: 'assert C.N[0] == anon or N[0] == none' has no C form: it is of several"
                " processes at once; each tells its part alone, so join the parts with 'and' only",
            ),
            (
                "N = anon(1)\nF = shmem(1)\nC = fork()\nC.F = anon(1)\n",
                "line 4: 'C.F = anon(1)' has no C form: it is named as the file F is",
            ),
        ],
    )
    def test_what_processes_cannot_do_is_refused(self, text, said):
        """The statement, and why no process can do it or tell."""
        with pytest.raises(ZapvizError) as error:
            written(text)
        assert str(error.value) == said

    def test_the_line_is_that_of_the_text_that_was_given(self):
        """Quoted, and with a preface, the refusal speaks of the pasted lines."""
        text = "Hello,\n---8<---\n> N = anon(1)\n> migrate_begin(N)\n---8<---\n"
        with pytest.raises(ZapvizError, match="line 4: 'migrate_begin"):
            written(text)

    def test_exit_may_end_it(self, tmp_path):
        """As the last statement, exit() is the end of main()."""
        status, lines = ran(written("N = anon(1)\nN[0] = 1\nassert N == anon\nexit()\n"), tmp_path)
        assert (status, len(lines)) == (0, 2)


STUCK = """\
F = shmem(1)
A = mmap(F, MAP_SHARED)
A[0] = 1
assert A[0] == file
uffd_wp(A)
madvise(A, MADV_GUARD_INSTALL)
assert A[0] == guard_marker
"""
STUCK_IN_ASSERTION = STUCK.replace(
    "madvise(A, MADV_GUARD_INSTALL)", "assert madvise(A, MADV_GUARD_INSTALL) == 0"
)
STUCK_IN_RACE = (
    "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nA[0] = 1\n"
    "def CPU0():\n    uffd_wp(A)\ndef CPU1():\n    madvise(A, MADV_GUARD_INSTALL)\n"
    "assert always(A[0] != file)\n"
)
DIRECT = (
    "F = file(1)\ndef CPU0():\n    pwrite(F[0], 3)\ndef CPU1():\n    pwrite(F[0], 5, O_DIRECT)\n"
    "assert sometimes(data(F[0]) == 3 or F[0] == none)\n"
)


class TestNeverReturning:
    """A call that the kernel restarts for ever is watched by an alarm."""

    def test_the_call_stands_between_watch_and_alarm(self):
        """Only it: what comes before and after needs no watching."""
        lines = [line.strip() for line in written(STUCK).splitlines()]
        at = lines.index("need(madvise(A, PAGE, MADV_GUARD_INSTALL) == 0);")
        assert lines[at - 1] == 'watch("line 6: madvise(A, MADV_GUARD_INSTALL)");'
        assert lines[at + 1] == "alarm(0);"
        assert sum(line.startswith("watch(") for line in lines) == 1
        assert "alarm(" not in written("N = anon(1)\nmadvise(N, MADV_GUARD_INSTALL)\n")

    def test_a_race_is_watched_as_a_whole(self):
        """One alarm for both CPUs, from before they start until both are done."""
        lines = [line.strip() for line in written(STUCK_IN_RACE).splitlines()]
        start = lines.index('watch("line 7: madvise(A, MADV_GUARD_INSTALL)");')
        assert lines[start + 1].startswith("must(pthread_create(&cpus[0]")
        assert lines[start + 5] == "alarm(0);"
        assert sum(line.startswith("watch(") for line in lines) == 1

    @pytest.mark.parametrize("text", [STUCK, STUCK_IN_ASSERTION, STUCK_IN_RACE, DIRECT])
    def test_it_compiles_and_is_its_scenario(self, text, tmp_path):
        """Without a warning; in 80 columns."""
        source = tmp_path / "stuck.c"
        source.write_text(written(text), encoding="ascii")
        compiled([source], "-O2", "-pthread", "-o", str(tmp_path / "stuck"))
        assert parse_scenario(source.read_text()).statements == parse_scenario(text).statements
        assert max(len(line.expandtabs(8)) for line in source.read_text().splitlines()) <= 80

    @pytest.mark.kernel
    @pytest.mark.parametrize("text", [STUCK, STUCK_IN_ASSERTION])
    def test_it_comes_back_and_tells(self, text, tmp_path):
        """Within its time: FAIL with the call, or SKIP where the kernel has no such call."""
        text = written(text).replace("#define SECONDS\t\t10", "#define SECONDS\t\t1")
        status, lines = ran(text, tmp_path)
        if lines[0].startswith("SKIP") or lines[1].startswith("SKIP"):
            pytest.skip(lines[-2])
        assert lines[0] == "PASS line 4: A[0] == file"
        if status == 1 and "madvise(A" in lines[1]:
            assert re.fullmatch(r"FAIL line 6: .*: not back after 1 seconds", lines[1]) or (
                lines[1].startswith("FAIL line 6: madvise")
            )
        assert lines[-1].startswith("Reproducer ")


class TestWidth:
    """No line is wider than 80 columns, whatever the scenario is called or says."""

    @pytest.mark.parametrize("name", ["reproducer", "a-name-that-is-long-" * 2, "x" * 60])
    def test_heads_are_broken(self, name):
        """The command, where the file has a long name; a shell takes it as one."""
        program = SCENARIOS["race-punch-read"].program
        text = format_reproducer(program, name)
        head = text[: text.index("#define")]
        assert all(len(line) <= 80 for line in head.splitlines()), head
        command = head[head.index("gcc ") :].replace(" */", "").replace(" *", "")
        words = command.replace("\\\n", " ").split()
        assert words == f"gcc -pthread -o {name} {name}.c && ./{name}".split()

    def test_long_comments_and_conditions_are_broken(self):
        """They stay the same scenario."""
        long = "# " + "a remark that goes on and on " * 6 + "\nN = anon(2)  # " + "so on " * 20
        conditions = " and ".join(["N[0] == none", "N[1] == none"] * 6)
        text = written(f"{long}\nassert {conditions}\n")
        assert max(len(line.expandtabs(8)) for line in text.splitlines()) <= 80
        assert len(parse_scenario(text).statements) == 2

    def test_a_statement_above_its_call_is_broken(self):
        """A race's are two tabs further in than the scenario has them."""
        text = written(
            f"F = file(1)\nA = {' ' * 36}mmap(F, MAP_PRIVATE)\n"
            f"def CPU0():\n    madvise(A, MADV_SOFT_OFFLINE)\n"
        )
        assert max(len(line.expandtabs(8)) for line in text.splitlines()) <= 80


class TestDirectWrites:
    """O_DIRECT belongs to an open file, which CPUs of a race would share."""

    def test_a_race_opens_the_file_anew(self):
        """Nothing is set on the descriptor that the other CPU writes through."""
        text = written(DIRECT)
        assert "/proc/self/fd/%d" in text
        assert "F_SETFL" not in text
        assert "static __thread char buffer" in text

    def test_without_a_race_all_is_as_before(self):
        """One descriptor, set and set back."""
        text = written("F = file(1)\npwrite(F[0], 5, O_DIRECT)\n")
        assert "F_SETFL" in text
        assert "/proc/self/fd" not in text

    @pytest.mark.kernel
    def test_both_writes_succeed(self, tmp_path):
        """The buffered one, too, in every round."""
        status, lines = ran(written(DIRECT), tmp_path)
        if lines[-2].startswith("SKIP"):
            pytest.skip(lines[-2])
        assert not [line for line in lines if line.startswith("FAIL")], lines
        assert status in (0, 4)


class TestCompiled:
    """Without a warning."""

    @pytest.mark.parametrize("name", HARMFUL)
    def test_what_must_not_run_here_compiles(self, name, tmp_path):
        """The others are compiled when they are run."""
        source = tmp_path / f"{name}.c"
        source.write_text(format_reproducer(SCENARIOS[name].program, name), encoding="ascii")
        compiled([source], "-O2", "-o", str(tmp_path / name))

    @pytest.mark.parametrize("name", ["gcc", "clang"])
    def test_random_scenarios_compile(self, name, tmp_path):
        """Those that have a C form, over the whole language."""
        files = []
        for seed in range(80):
            program = random_program(Random(seed), real_only=seed % 4 > 0, asserts=True,
                                     cpus=seed % 3 == 0)  # fmt: skip
            text = _written_if_possible(program)
            if text:
                files.append(tmp_path / f"{seed}.c")
                files[-1].write_text(text, encoding="ascii")
                assert parse_scenario(text) == program
        assert len(files) > 40
        compiled(files, "-fsyntax-only", name=name)

    def test_random_scenarios_that_fork_compile(self, tmp_path):
        """They are their scenarios again, in 80 columns, as the kernel's style has it."""
        files = []
        for seed in range(100):
            program = random_program(Random(seed), real_only=True, forks=True, asserts=True)
            text = _written_if_possible(program)
            if program.forks and text:
                assert parse_scenario(text) == program
                assert text.isascii()
                assert "\n\n\n" not in text
                for line in text.splitlines():
                    assert len(line.expandtabs(8)) <= 80, (seed, line)
                    assert line == line.rstrip(), (seed, line)
                files.append(tmp_path / f"{seed}.c")
                files[-1].write_text(text, encoding="ascii")
        assert len(files) > 60
        compiled(files, "-fsyntax-only", "-O2")

    def test_shipped_scenarios_compile_with_clang(self, tmp_path):
        """Where there is a clang."""
        compiler("clang")
        for name in WRITTEN:
            source = tmp_path / f"{name}.c"
            source.write_text(format_reproducer(SCENARIOS[name].program, name), encoding="ascii")
        compiled(sorted(tmp_path.glob("*.c")), "-fsyntax-only", name="clang")


def _written_if_possible(program: Program) -> str:
    try:
        return format_reproducer(program)
    except ZapvizError:
        return ""


@pytest.mark.kernel
class TestHere:
    """On the kernel that runs these tests; what it cannot do is skipped by the program itself."""

    @pytest.mark.parametrize("name", [name for name in WRITTEN if name not in HARMFUL])
    def test_no_assertion_fails(self, name, tmp_path):
        """Each passes, or says why it is skipped; and the last line sums it up."""
        program = SCENARIOS[name].program
        status, lines = ran(format_reproducer(program, name, rounds=200), tmp_path)
        words = [line.split()[0] for line in lines]
        assert "FAIL" not in words, lines
        assert status == (0 if "SKIP" not in words and "NOT" not in words else 4)
        verdict = "PASS" if status == 0 else "SKIP"
        assert lines[-1].startswith(f"Reproducer {verdict}: {words.count('PASS')} passed, 0 failed")

    @pytest.mark.parametrize(
        "claim",
        [
            "A[0] == none",
            "A[0:2] == anon",
            "A[1] != file",
            "F[1] == none",
            "data(A[0]) == 6",
            "data(A[1]) != 1",
            "data(F[1]) == 7",
            "rss.anonpages == 2",
            "rss.shmempages == 0 or not A[0] in (anon, zero)",
            "madvise(A[0], MADV_REMOVE) == 0",
            "madvise(A[0], MADV_DONTNEED) == EINVAL",
            "read(A[0]) == SIGBUS",
            "read(A[2]) == 0",
        ],
    )
    def test_a_false_assertion_fails(self, claim, tmp_path):
        """FAIL, the line and the claim; exit status 1. Its contrary passes."""
        made = "F = shmem(2)\nF2 = shmem(3)\nA = mmap(F, MAP_PRIVATE)\nB = mmap(F, MAP_SHARED)\n"
        made = made.replace("shmem(2)", "shmem(3)").replace("F2 = shmem(3)\n", "")
        made += "ftruncate(F, 2)\nB[0:2] = 1\nA[0] = 7\nread(A[1])\n"
        status, lines = ran(written(f"{made}assert {claim}\n"), tmp_path)
        assert status == 1
        assert lines == [
            f"FAIL line 8: {claim}",
            "Reproducer FAIL: 0 passed, 1 failed, 0 skipped",
        ]
        status, lines = ran(written(f"{made}assert not ({claim})\n"), tmp_path)
        assert status == 0, lines

    def test_a_race_that_fails_is_counted(self, tmp_path):
        """Always false, seldom true, and never seen: three verdicts, each with its rounds."""
        text = written(
            "N = anon(1)\nN[0] = 1\n"
            "def CPU0():\n    madvise(N, MADV_DONTNEED)\ndef CPU1():\n    N[0] = 2\n"
            "assert always(N[0] == zero)\nassert always(N[0] != zero)\n"
            "assert sometimes(N[0] == swap)\n"
        )
        status, lines = ran(text, tmp_path)
        assert status == 1
        assert lines == [
            "FAIL line 7: always(N[0] == zero): 0 of 50 rounds",
            "PASS line 8: always(N[0] != zero): 50 of 50 rounds",
            "NOT SEEN line 9: sometimes(N[0] == swap): 0 of 50 rounds",
            "Reproducer FAIL: 1 passed, 1 failed, 1 skipped",
        ]

    def test_a_call_that_must_work_says_what_failed(self, tmp_path):
        """An errno that nobody foresaw: the call, the reason, and no assertion passes after it."""
        text = written("N = anon(1)\nmadvise(N, MADV_DONTNEED)\nassert N == none\n")
        broken = text.replace("madvise(N, PAGE, MADV_DONTNEED)", "madvise(N + 1, 1, MADV_DONTNEED)")
        status, lines = ran(broken, tmp_path)
        assert status == 1
        assert lines[0] == "FAIL madvise(N + 1, 1, MADV_DONTNEED) == 0: Invalid argument"
        assert lines[1:] == ["Reproducer FAIL: 0 passed, 1 failed, 1 skipped"]

    def test_what_is_needed_and_not_there_is_said(self, tmp_path):
        """Where no call failed, there is no reason to print but the need itself."""
        text = written("N = anon(1)\nassert N == none\n")
        broken = text.replace("#define PAGE		4096", "#define PAGE		8192")
        assert broken != text
        status, lines = ran(broken, tmp_path)
        assert (status, lines[0]) == (4, "SKIP needed: getpagesize() == PAGE")

    def test_a_call_that_must_be_refused_and_is_not_fails(self, tmp_path):
        """The text says what was needed, and no errno of an earlier call."""
        text = written("N = anon(1)\nmlock(N)\nmadvise(N, MADV_DONTNEED)\nassert N == anon\n")
        broken = text.replace("madvise(N, PAGE, MADV_DONTNEED)", "madvise(N, PAGE, MADV_NORMAL)")
        assert broken != text
        status, lines = ran(broken, tmp_path)
        assert (status, lines[0]) == (
            1,
            "FAIL needed: madvise(N, PAGE, MADV_NORMAL) == -1 && errno == EINVAL",
        )

    def test_what_only_root_can_tell_is_no_pass(self, tmp_path):
        """Two kinds of markers look alike to others: SKIP with the reason, and status 4."""
        text = written(
            "N = anon(2)\nuffd_poison(N[0])\nuffd_wp(N[1])\nassert N[1] == none\n"
            "assert N[0] == poison_marker\nassert N[0] == none\n"
        )
        status, lines = ran(text, tmp_path)
        if lines[0].startswith("SKIP uffd"):
            pytest.skip("userfaultfd with UFFDIO_POISON (Linux 6.6) is not for us here")
        if os.geteuid() == 0:
            assert (status, lines[1]) == (1, "PASS line 5: N[0] == poison_marker")
            with tempfile.TemporaryDirectory() as folder:
                os.chmod(folder, 0o755)
                program = shutil.copy(tmp_path / "reproducer", folder)
                done = subprocess.run([program], capture_output=True, text=True, user=65534)
            lines = done.stdout.splitlines()
        assert lines[:3] == [
            "PASS line 4: N[1] == none",
            "SKIP line 5: N[0] == poison_marker: only root sees which swap type",
            "FAIL line 6: N[0] == none",
        ]


def processes_of(program: Path) -> list[int]:
    """The processes that run a program."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "exe").resolve(strict=True) == program.resolve():
                    found.append(int(entry.name))
            except OSError:  # it has ended, or is not ours
                pass
    return found


@pytest.mark.kernel
class TestChildren:
    """Real processes, which take turns."""

    def test_each_tells_of_itself(self, tmp_path):
        """In the scenario's order; and nothing is left behind."""
        status, lines = ran(written(FORKED), tmp_path)
        assert processes_of(tmp_path / "reproducer") == []
        assert (status, lines) == (
            0,
            [
                "PASS line 5: C.N == anon",
                "PASS line 5: N == anon and not exclusive(N[0])",
                "PASS line 9: data(D.N[0]) == 5",
                "PASS line 9: data(N[0]) == 1",
                "PASS line 11: D.rss.anonpages == 1",
                "PASS line 11: C.rss.anonpages == 2",
                "PASS line 13: exclusive(D.N[0])",
                "PASS line 13: exclusive(N[0])",
                "PASS line 13: C.N == unmapped",
                "PASS line 14: read(D.N[1]) == 0 and data(D.N[1]) == 0",
                "Reproducer PASS: 10 passed, 0 failed, 0 skipped",
            ],
        )

    @pytest.mark.parametrize(
        "claim",
        ["C.N[0] == none", "data(C.N[0]) == 1", "exclusive(C.N[1])", "exclusive(N)",
         "C.rss.anonpages == 1", "rss.anonpages != 2", "read(C.N[1]) == SIGBUS"],
    )  # fmt: skip
    def test_what_is_wrong_fails(self, claim, tmp_path):
        """Whoever finds it; its contrary passes."""
        made = "N = anon(2)\nN[0:2] = 1\nC = fork()\nC.N[0] = 7\n"
        status, lines = ran(written(f"{made}assert {claim}\n"), tmp_path)
        assert (status, lines) == (
            1,
            [f"FAIL line 5: {claim}", "Reproducer FAIL: 0 passed, 1 failed, 0 skipped"],
        )
        assert ran(written(f"{made}assert not ({claim})\n"), tmp_path)[0] == 0

    def test_what_has_ended_has_nothing_mapped(self, tmp_path):
        """And every other claim about it is false."""
        made = "N = anon(1)\nN[0] = 1\nC = fork()\nexit(C)\n"
        text = f"{made}assert C.N != unmapped\nassert C.rss.anonpages == 1\n"
        status, lines = ran(written(text), tmp_path)
        assert (status, [line.split()[0] for line in lines]) == (1, ["FAIL", "FAIL", "Reproducer"])

    @pytest.mark.parametrize("text", [ADVISED, DROPPABLE])
    def test_what_a_user_or_kernel_cannot_do_is_skipped(self, text, tmp_path):
        """CAP_SYS_NICE, swap space and MAP_DROPPABLE; nothing fails."""
        status, lines = ran(written(text), tmp_path)
        assert lines[-1].startswith(("Reproducer PASS: ", "Reproducer SKIP: ")), lines
        assert status in (0, 4)
        assert processes_of(tmp_path / "reproducer") == []

    def test_advice_by_pidfd_that_breaks_memory_compiles(self, tmp_path):
        """It is for a virtual machine to run; its signal is a result, as without the pidfd."""
        text = written(BROKEN_BY_PIDFD)
        source = tmp_path / "broken.c"
        source.write_text(text, encoding="ascii")
        compiled([source], "-O2", "-o", str(tmp_path / "broken"))
        assert "need(advise(getpid(), N, 1, MADV_HWPOISON) >= 0);" in text
        assert "advise(getpid(), N + PAGE, 1, MADV_DONTNEED) == 0" in text

    def test_who_is_advised_tells_what_became_of_it(self):
        """The first process knows where another one's memory is, and that one looks at it."""
        text = written(ADVISED)
        assert "advise(all->pid[C], N, 2, MADV_PAGEOUT) == 0" in text
        assert "need(advise(all->pid[C], AT(1), 1, MADV_PAGEOUT) == 0);" in text
        assert text.count("\t\tpaged_out(N, 2);") == text.count("\t\tpaged_out(M, 1);") == 1
        assert "Needs CAP_SYS_NICE, swap space." in text

    def test_droppable_memory_that_may_be_unreadable_is_no_data(self):
        """No child has it, who could look."""
        text = "N = anon(1, MAP_DROPPABLE)\nN[0] = 1\nmprotect(N, PROT_NONE)\nassert data(N) == 1"
        with pytest.raises(ZapvizError, match="asks for data of droppable memory"):
            written(text)

    def test_mapcounts_are_told_or_skipped(self, tmp_path):
        """Only root sees them; who is not root reads that, and the rest is checked."""
        text = "N = anon(1)\nN[0] = 1\nC = fork()\nassert mapcount(N[0]) == 2 and N == anon\n"
        text += "assert mapcount(C.N[0]) != 1 and not mapcount(C.N[0]) == 3\n"
        status, lines = ran(written(text), tmp_path)
        if os.geteuid() == 0 and lines[0].startswith("PASS"):
            assert (status, lines[-1]) == (0, "Reproducer PASS: 3 passed, 0 failed, 0 skipped")
            with tempfile.TemporaryDirectory() as folder:
                os.chmod(folder, 0o755)
                program = shutil.copy(tmp_path / "reproducer", folder)
                done = subprocess.run([program], capture_output=True, text=True, user=65534)
            lines = done.stdout.splitlines()
        assert lines == [
            "SKIP line 4: mapcount(N[0]) == 2: only root sees mapcounts",
            "PASS line 4: N == anon",
            "SKIP line 5: mapcount(C.N[0]) != 1 and not mapcount(C.N[0]) == 3:"
            " only root sees mapcounts",
            "Reproducer SKIP: 1 passed, 0 failed, 2 skipped",
        ]

    def test_a_child_that_dies_is_told(self, tmp_path):
        """Nobody waits for it for ever."""
        text = written(FORKED)
        broken = text.replace("/* madvise(D.N[1], MADV_DONTNEED) */", "kill(getpid(), SIGKILL);")
        assert broken != text
        status, lines = ran(broken, tmp_path)
        assert status == 1
        assert lines[-2:] == [
            "FAIL a child was ended by signal 9",
            "Reproducer FAIL: 4 passed, 1 failed, 6 skipped",
        ]
        assert processes_of(tmp_path / "reproducer") == []

    def test_a_child_that_hangs_is_told(self, tmp_path):
        """After a while; it is ended then."""
        text = written(FORKED).replace("#define SECONDS\t\t10", "#define SECONDS\t\t1")
        broken = text.replace("/* C.N[0] = 5 */", "for (;;) usleep(1000);")
        assert broken != text
        status, lines = ran(broken, tmp_path)
        assert status == 1
        assert lines[-2:] == [
            "FAIL a child is not back after 3 seconds",
            "Reproducer FAIL: 2 passed, 1 failed, 8 skipped",
        ]
        assert processes_of(tmp_path / "reproducer") == []

    def test_a_child_that_cannot_go_on_ends_it(self, tmp_path):
        """What failed is said, and no assertion passes after it."""
        text = written(FORKED)
        broken = text.replace("PAGE, PAGE, MADV_DONTNEED)", "PAGE, PAGE, -1)")
        assert broken != text
        status, lines = ran(broken, tmp_path)
        assert (status, lines[-2:]) == (
            1,
            [
                "FAIL madvise(N + PAGE, PAGE, -1) == 0: Invalid argument",
                "Reproducer FAIL: 4 passed, 1 failed, 6 skipped",
            ],
        )
        assert processes_of(tmp_path / "reproducer") == []

    def test_no_child_outlives_the_first_process(self, tmp_path):
        """However that was ended."""
        text = written(FORKED)
        broken = text.replace("\t/* exit(C) */", "\tif (!self)\n\t\tkill(getpid(), SIGKILL);")
        assert broken != text
        source, program = tmp_path / "killed.c", tmp_path / "killed"
        source.write_text(broken, encoding="ascii")
        compiled([source], "-O2", "-o", str(program))
        done = subprocess.run([program], stdout=subprocess.PIPE, timeout=120)  # until all closed it
        assert done.returncode == -9
        assert processes_of(program) == []


HIDING = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

int open(const char *path, int flags, ...)
{
	int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
	va_list rest;
	int mode;

	if (!strcmp(path, "/proc/self/pagemap")) {
		errno = EACCES;
		return -1;
	}
	va_start(rest, flags);
	mode = va_arg(rest, int);
	va_end(rest);
	return real(path, flags, mode);
}
"""
"""A library that goes before the C library's, and does not open pagemap."""

CANNOT = "/proc/self/pagemap cannot be read"


@pytest.fixture(scope="module")
def hiding(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The library, compiled."""
    folder = tmp_path_factory.mktemp("hiding")
    (folder / "hiding.c").write_text(HIDING, encoding="ascii")
    compiled([folder / "hiding.c"], "-shared", "-fPIC", "-o", str(folder / "hiding.so"), "-ldl")
    return str(folder / "hiding.so")


@pytest.mark.kernel
class TestWithoutPagemap:
    """Where entries cannot be seen they are skipped, with the reason; all else is checked."""

    @staticmethod
    def blind(text: str, folder: Path, hiding: str) -> tuple[int, list[str]]:
        """Run a reproducer that cannot open pagemap, by a library that refuses it."""
        ran(text, folder)  # compiled, and as it is with pagemap
        done = subprocess.run(
            [folder / "reproducer"],
            env={**os.environ, "LD_PRELOAD": hiding},
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=120,
        )
        assert done.stderr == ""
        return done.returncode, done.stdout.splitlines()

    @pytest.mark.parametrize("name", [name for name in WRITTEN if name not in HARMFUL])
    def test_nothing_fails_for_lack_of_it(self, name, tmp_path, hiding):
        """Of any scenario that has a C form; what is skipped says why."""
        text = format_reproducer(SCENARIOS[name].program, name, rounds=50)
        status, lines = self.blind(text, tmp_path, hiding)
        words = [line.split()[0] for line in lines]
        assert "FAIL" not in words, lines
        assert status == (4 if "SKIP" in words or "NOT" in words else 0)
        for line in lines[:-1]:
            assert not line.startswith("SKIP line ") or line.endswith(f": {CANNOT}")

    def test_what_else_is_asserted_is_checked(self, tmp_path, hiding):
        """Each assertion is split into what is asked of entries and what is not."""
        text = format_reproducer(SCENARIOS["shared-private"].program)
        assert self.blind(text, tmp_path, hiding) == (
            4,
            [
                f"SKIP line 11: A == file: {CANNOT}",
                "PASS line 11: data(A) == 1",
                f"SKIP line 13: A[0] == anon: {CANNOT}",
                "PASS line 13: data(A[0]) == 2 and data(B[0]) == 1",
                "PASS line 15: data(A[0]) == 2 and data(A[1]) == 3",
                f"SKIP line 16: rss.anonpages == 1 and rss.shmempages == 3: {CANNOT}",
                "Reproducer SKIP: 3 passed, 0 failed, 3 skipped",
            ],
        )

    def test_results_signals_and_the_page_cache_too(self, tmp_path, hiding):
        """Whether memory is mapped at all can be told as well."""
        status, lines = self.blind(
            written(
                "F = shmem(2)\nA = mmap(F, MAP_SHARED)\nA[0] = 1\nftruncate(F, 1)\n"
                "assert read(A[1]) == SIGBUS and F[0] == file\n"
                "assert madvise(A, MADV_DONTNEED) == 0 and A[0] == none\nmunmap(A[1])\n"
                "assert A[1] == unmapped and A[0] != unmapped\n"
            ),
            tmp_path,
            hiding,
        )
        assert (status, lines) == (
            4,
            [
                "PASS line 5: read(A[1]) == SIGBUS and F[0] == file",
                "PASS line 6: madvise(A, MADV_DONTNEED) == 0",
                f"SKIP line 6: A[0] == none: {CANNOT}",
                "PASS line 8: A[1] == unmapped and A[0] != unmapped",
                "Reproducer SKIP: 3 passed, 0 failed, 1 skipped",
            ],
        )

    def test_without_entries_it_passes(self, tmp_path, hiding):
        """Exit status 0: nothing was left out."""
        text = written("N = anon(1)\nN[0] = 7\nassert data(N[0]) == 7\n")
        assert self.blind(text, tmp_path, hiding) == (
            0,
            ["PASS line 3: data(N[0]) == 7", "Reproducer PASS: 1 passed, 0 failed, 0 skipped"],
        )

    @pytest.mark.parametrize(
        "claim",
        ["data(A[0]) == 8", "data(A[0]) != 7", "read(A[0]) == SIGBUS", "F[1] == file",
         "A[0:2] == unmapped"],
    )  # fmt: skip
    def test_what_is_wrong_fails(self, claim, tmp_path, hiding):
        """Exit status 1, though something else of the same assertion is skipped."""
        made = "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0] = 7\n"
        text = written(f"{made}assert A[0] == anon and {claim}\n")
        status, lines = self.blind(text, tmp_path, hiding)
        assert status == 1
        assert any(line.startswith("FAIL line 4: ") for line in lines), lines

    def test_data_that_may_not_be_there_is_skipped(self, tmp_path, hiding):
        """A look would bring it: an entry that holds nothing has no byte, not the byte 0."""
        text = written("N = anon(2)\nN[0] = 7\nassert data(N[1]) != 0\nassert N[1] == none\n")
        status, lines = self.blind(text, tmp_path, hiding)
        assert (status, lines[0]) == (4, f"SKIP line 3: data(N[1]) != 0: {CANNOT}")

    def test_children_are_looked_at_as_well(self, tmp_path, hiding):
        """Data and results of each process; what else is asserted is skipped."""
        status, lines = self.blind(written(FORKED), tmp_path, hiding)
        assert (status, lines) == (
            4,
            [
                f"SKIP line 5: C.N == anon: {CANNOT}",
                f"SKIP line 5: N == anon and not exclusive(N[0]): {CANNOT}",
                "PASS line 9: data(D.N[0]) == 5",
                "PASS line 9: data(N[0]) == 1",
                f"SKIP line 11: D.rss.anonpages == 1: {CANNOT}",
                f"SKIP line 11: C.rss.anonpages == 2: {CANNOT}",
                f"SKIP line 13: exclusive(D.N[0]): {CANNOT}",
                f"SKIP line 13: exclusive(N[0]): {CANNOT}",
                "PASS line 13: C.N == unmapped",
                "PASS line 14: read(D.N[1]) == 0 and data(D.N[1]) == 0",
                "Reproducer SKIP: 4 passed, 0 failed, 6 skipped",
            ],
        )

    def test_where_calls_hang_on_entries_it_ends(self, tmp_path, hiding):
        """Nobody knows then which calls the scenario would have made."""
        text = written(
            "N = anon(1)\nN[0] = 7\nassert N[0] == anon or madvise(N, MADV_DONTNEED) == 0\n"
            "assert data(N[0]) == 7\n"
        )
        status, lines = self.blind(text, tmp_path, hiding)
        assert status == 4
        assert lines[0].startswith("SKIP pte(N) > 0")
        assert lines[1] == "Reproducer SKIP: 0 passed, 0 failed, 2 skipped"

    def test_a_race_is_told_by_assertion(self, tmp_path, hiding):
        """What one skips, another one need not."""
        text = written(
            "N = anon(1)\nN[0] = 1\nB = anon(1)\n"
            "def CPU0():\n    munmap(N)\ndef CPU1():\n    B[0] = 2\n"
            "assert always(N == unmapped)\nassert always(B[0] == anon and data(B[0]) == 2)\n"
            "assert sometimes(B[0] == swap)\nassert always(data(B[0]) == 2)\n"
        )
        status, lines = self.blind(text, tmp_path, hiding)
        assert (status, lines) == (
            4,
            [
                "PASS line 8: always(N == unmapped): 50 of 50 rounds",
                f"SKIP line 9: always(B[0] == anon): {CANNOT}",
                "PASS line 9: always(data(B[0]) == 2): 50 of 50 rounds",
                f"SKIP line 10: sometimes(B[0] == swap): {CANNOT}",
                f"SKIP line 11: always(data(B[0]) == 2): {CANNOT}",
                "Reproducer SKIP: 2 passed, 0 failed, 3 skipped",
            ],
        )

    def test_so_it_is_where_pagemap_is_really_hidden(self, tmp_path):
        """As containers do it: something else is mounted over it."""
        ran(format_reproducer(SCENARIOS["partial-truncate"].program), tmp_path)
        hide = "mount --bind /dev/null /proc/$$/pagemap || exit 99; exec ./reproducer"
        unshare = shutil.which("unshare")
        if unshare is None:
            pytest.skip("no unshare: apt install util-linux")
        root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        done = subprocess.run(
            [unshare, *root, "--mount", "sh", "-c", hide],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=120,
        )
        if done.returncode in (1, 99) and "Reproducer" not in done.stdout:
            pytest.skip(f"no mount here: {done.stderr.strip()[-80:]}")
        assert (done.returncode, done.stdout.splitlines()) == (
            4,
            [
                f"SKIP line 10: A == anon: {CANNOT}",
                "PASS line 10: data(A) == 1",
                f"SKIP line 12: A[0] == anon and A[1] == none: {CANNOT}",
                "PASS line 13: read(A[1]) == SIGBUS",
                "Reproducer SKIP: 2 passed, 0 failed, 2 skipped",
            ],
        )


@pytest.mark.parametrize("device", ["disk", "ram"])
def test_a_reproducer_asks_which_swap_device_there_is(device: str, tmp_path: Path) -> None:
    """It cannot choose one: where the machine has another, it is skipped and says so."""
    text = f"swap({device})\nN = anon(1)\nN[0] = 1\nread(N)\nassert N[0] == anon\n"
    program = format_reproducer(parse_scenario(text))
    assert f"swap_is_disk({int(device == 'disk')});" in program
    status, lines = ran(program, tmp_path)
    assert status in (0, 4)
    if status == 4:
        assert lines[0].startswith("SKIP the swap device is")
    assert "swap_is_disk" not in format_reproducer(parse_scenario(text.partition("\n")[2]))
