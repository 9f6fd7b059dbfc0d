"""What actions and statements declare to touch: held against what they are seen to touch."""

from __future__ import annotations

import ast
from itertools import count
from pathlib import Path
from random import Random
from textwrap import dedent
from typing import Any, get_args

import pytest
from dealing import MAKES, Drawn, ends, races
from recording import changes, locks_looked_at, reads

from zapviz import races as races_package
from zapviz.kernels.chains import FUNCTIONS
from zapviz.kernels.known import KERNELS, Kernel
from zapviz.model import calls
from zapviz.model import program as p
from zapviz.model.actions import FACTS, Asking, action, facts_of
from zapviz.model.calls import begin, call_of
from zapviz.model.elements import NOTHING, Elements, Footprint, nothing
from zapviz.model.machine import BLOCKED, run_statement
from zapviz.model.paths import lock_cached, remove_folio, unmap_file_range
from zapviz.model.references import await_folio
from zapviz.model.steps import Action, Actor, Move
from zapviz.model.world import World
from zapviz.model.zap import zap_range
from zapviz.races.cpus import Race
from zapviz.races.footprints import Footprints
from zapviz.races.search import search_orders
from zapviz.scenario.text import format_scenario, parse_scenario


class Watch:
    """One interleaving of a race, every step of it held against what was declared."""

    def __init__(self, program: p.Program, kernel: Kernel, seed: int) -> None:
        self.drawn = program, kernel, seed
        self.race = Race(program, kernel, False)
        self.rng = Random(seed)
        self.world = World()
        self.pids = count()
        self.wrong: list[str] = []
        self.taken: set[Any] = set()
        self.waited: set[str] = set()

    def run(self) -> Watch:
        """Follow the interleaving to its end."""
        race = self.race
        for statement in race.program.statements[: race.first]:
            outcome = run_statement(race.kernel, self.world, statement)
            self.world = outcome.world
            if outcome.result == BLOCKED:
                return self
        self.footprints = Footprints(race, self.world)
        self.at = [race.start(cpu) for cpu in range(len(race.cpus))]
        # What every action in each CPU's stack was led to by, as declared.
        self.above: list[list[tuple[Footprint, ...]]] = [[()] for _ in race.cpus]
        while running := [cpu for cpu, at in enumerate(self.at) if at.stack is not None]:
            self.rng.shuffle(running)
            if not any(self.step(cpu) for cpu in running):
                break
        return self

    def step(self, cpu: int) -> bool:
        """Let a CPU take its next action; false where it waits."""
        race, world, at = self.race, self.world, self.at[cpu]
        assert at.stack is not None
        action, facts = at.stack.action, facts_of(at.stack.action[0])
        on, pid = self.footprints.on, next(self.pids)
        actor = Actor(race.kernel, self.footprints.next_step(pid, cpu, at).holder, False)
        declared = self.footprints.next(pid, cpu, at, world)
        given = self.footprints.leads_to(action, cpu, at.at)
        read, _ = reads(on, actor, world, action)
        touched = Footprint(read)
        taken = race.take(cpu, world, at)
        if taken is not None:
            touched |= changes(on, world, taken[0])
        known = declared.reads | declared.writes
        touched |= Footprint(locks_looked_at(on, actor, world, action, known))
        self.taken.add(action[0])
        if facts.is_local(action):
            self.compare(cpu, action, "is said to be local", touched, NOTHING)
            if taken is None:
                self.blame(cpu, action, "is said to be local", "it waits")
        self.compare(cpu, action, "alone", touched, declared)
        above = self.above[cpu].pop()
        if taken is None:
            self.above[cpu].append(above)
            self.waited.add(facts.key(action))
            if facts.table:
                self.blame(cpu, action, "is said to go through one page table", "it waits")
            return False
        held = NOTHING
        for lock in world.locks:
            if lock.cpu == actor.cpu and lock not in taken[0].locks:
                held |= self.footprints.lock(lock)
        for by in (*above, given):
            self.compare(cpu, action, "as what others lead to", touched, by | held)
        if facts.gives_back and taken[0][:5] != world[:5]:
            self.blame(cpu, action, "is said to give locks back only", "it does more")
        self.world, self.at[cpu], move = taken
        if self.at[cpu].at != at.at:
            self.above[cpu] = [()]
        else:
            self.above[cpu] += [(*above, given)] * len(move.then)
        return True

    def compare(
        self, cpu: int, action: Action, how: str, touched: Footprint, declared: Footprint
    ) -> None:
        """Note what was touched beyond what was declared."""
        beyond = touched.beyond(declared)
        if beyond != NOTHING:
            names = self.footprints.on.names
            said = f"reads {names(beyond.reads)}, writes {names(beyond.writes)}"
            self.blame(cpu, action, how, said)

    def blame(self, cpu: int, action: Action, how: str, said: str) -> None:
        """Note that a declaration is wrong."""
        take = action[0]
        statement = self.race.bodies[cpu][self.at[cpu].at]
        name = f"{take.__module__.rpartition('.')[2]}.{take.__name__}"
        if take is begin:
            name += f" of {type(statement).__name__}"
        self.wrong.append(
            f"{name} {how}: {said}; on {self.race.kernel.name} in\n"
            f"{format_scenario(self.race.program)}"
        )


SEEDS = range(3000)


Watched = list[Watch]


@pytest.fixture(scope="module")
def watched() -> Watched:
    """Random interleavings."""
    return [Watch(*race).run() for race in races(SEEDS)]


FORKING = {take for take in FACTS if take.__module__ == "zapviz.model.forking"}
"""Actions of fork, which no CPU of a race calls."""


def test_what_is_touched_was_declared(watched: Watched) -> None:
    """Every read and write of every step, for the step, what led to it, and its statement."""
    wrong = [said for watch in watched for said in watch.wrong]
    assert not wrong, "touched, but not declared:\n" + "\n".join(wrong[:3])


def test_every_action_is_declared_and_taken(watched: Watched) -> None:
    """None is taken that is not declared, and what is declared was seen to be true."""
    taken = set().union(*(watch.taken for watch in watched))
    assert taken == set(FACTS) - FORKING
    assert len(taken) > 50


def test_every_statement_is_watched(watched: Watched) -> None:
    """Each that a CPU can carry out, by kind and by what it is about."""
    kinds = {type(s) for watch in watched for cpu in watch.race.cpus for s in cpu.body}
    assert kinds == set(get_args(p.Statement)) - {
        *(p.Assert, p.Cpu, p.SwapDevice, p.Fork),
        *get_args(MAKES),
    }


def test_what_is_not_declared_is_an_error() -> None:
    """At once, and with what to do."""

    def forgotten(actor: Actor, world: World) -> Move:
        return Move(world)

    with pytest.raises(LookupError, match=r"forgotten\(\) is taken as an action.*put @action"):
        facts_of(forgotten)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"touches": nothing, "folios": ("folio",)}, r"swap\(\) has no argument folio"),
        ({"touches": lambda on, area: NOTHING}, "asks for area, which the action lacks"),
    ],
)
def test_what_a_declaration_names_is_there(facts: dict[str, Any], said: str) -> None:
    """It is checked against the function's arguments as it is made."""

    def swap(actor: Actor, world: World, index: int) -> Move:
        return Move(world)

    with pytest.raises(TypeError, match=said):
        action(**facts)(swap)


HALVES = (
    """
    F = file(2)
    A = mmap(F, MAP_SHARED)
    read(A)
    def CPU0():
        migrate_begin(A)
    def CPU1():
        read(A)
    def CPU2():
        madvise(A, MADV_DONTNEED)
    """,
    """
    A = anon(2)
    A[0] = 1
    def CPU0():
        migrate_begin(A[1])
    def CPU1():
        migrate_begin(A[0])
    """,
)


class TestReduction:
    """Orders of steps that commute are left out, and nothing is lost by it."""

    def same(self, program: p.Program, kernel: Kernel, whole_table: bool) -> None:
        full = search_orders(program, kernel, max_states=3000, whole_table=whole_table)
        if full.complete:
            less = search_orders(program, kernel, reduced=True, whole_table=whole_table)
            assert ends(less) == ends(full), format_scenario(program)
            assert less.states <= full.states

    def test_over_the_whole_language(self) -> None:
        """Final states and deadlocks are those of the full exploration."""
        for program, kernel, seed in races(range(1, 500)):
            if sum(isinstance(s, p.Cpu) for s in program.statements) > 1:
                self.same(program, kernel, seed % 3 == 0)

    @pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
    @pytest.mark.parametrize("text", HALVES)
    def test_halves_of_a_migration(self, text: str, kernel: Kernel) -> None:
        """One that ends early gives back the locks of another."""
        self.same(parse_scenario(dedent(text)), kernel, False)


def test_races_know_actions_by_their_facts() -> None:
    """No module of theirs imports one whose functions are actions, but for a statement's begin."""
    acting = {take.__module__ for take in FACTS} - {begin.__module__, "zapviz.model.steps"}
    assert len(acting) == 11
    for path in Path(races_package.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                names = {f"{node.module}.{alias.name}" for alias in node.names}
                assert not acting & {node.module, *names}, path.name


class TestKernelNames:
    """Where a CPU waits is told by the kernel's name for it."""

    def test_of_whatever_waited(self, watched: Watched) -> None:
        """Every one in the table, on every kernel."""
        waited = set().union(*(watch.waited for watch in watched))
        assert len(waited) > 15
        assert waited <= FUNCTIONS.keys()

    def test_of_every_action_that_can_wait(self) -> None:
        """Those that can give None; a statement's beginning asks its statement, and who awaits
        a folio's lock asks what wants it.
        """
        for take, facts in FACTS.items():
            waits = "None" in take.__annotations__["return"]
            if take not in (begin, await_folio):
                assert (facts.function in FUNCTIONS) == waits, take.__name__

    def test_of_every_statement_that_can_wait(self) -> None:
        """As soon as it begins."""
        for program, _, _ in races(SEEDS):
            for statement in (s for s in program.statements if not isinstance(s, p.Cpu)):
                waits = "None" in call_of(statement).begins.__annotations__["return"]
                key = facts_of(begin).key((begin, statement))
                assert (key in FUNCTIONS) == waits, statement


def noticed(drawn: list[Drawn]) -> bool:
    """Whether something is wrong with the declarations in one of some races."""
    return any(Watch(*race).run().wrong for race in drawn)


@pytest.fixture(scope="module")
def taking(watched: Watched) -> dict[Any, list[Drawn]]:
    """For every action, and every kind of statement, the races in which it is taken."""
    found: dict[Any, list[Drawn]] = {}
    for watch in watched:
        kinds = {call_of(s) for cpu in watch.race.cpus for s in cpu.body}
        for one in watch.taken | kinds:
            found.setdefault(one, []).append(watch.drawn)
    return found


Taking = dict[Any, list[Drawn]]

DECLARED = {
    f"{take.__module__.rpartition('.')[2]}.{take.__name__}": take
    for take, facts in FACTS.items()
    # What gives locks back may touch whatever its CPU holds, as every action may.
    if not facts.gives_back and take not in FORKING
}
EMPTY = Asking(nothing, ())
STATEMENTS = {
    name: one
    for name, one in vars(calls).items()
    if isinstance(one, calls.CallFacts) and not name.startswith(("_new", "_swap_device", "_fork"))
}


class TestMutations:
    """A declaration changed on purpose is noticed."""

    @pytest.mark.parametrize("which", ["touches", "leads_to"])
    @pytest.mark.parametrize("name", DECLARED)
    def test_emptied(
        self, name: str, which: str, taking: Taking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """That of an action, for its step or for what it leads to."""
        take = DECLARED[name]
        if getattr(FACTS[take], which) == EMPTY:
            pytest.skip("it touches nothing")
        if which == "leads_to" and name in ("migration.begin_range", "migration.end_range"):
            pytest.skip("a half may touch whatever any half does")
        monkeypatch.setitem(FACTS, take, FACTS[take]._replace(**{which: EMPTY}))
        assert noticed(taking[take])

    @pytest.mark.parametrize("name", STATEMENTS)
    def test_emptied_of_a_statement(
        self, name: str, taking: Taking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of each kind."""
        one = STATEMENTS[name]
        kind = next(kind for kind, known in calls.KINDS.items() if known is one)
        monkeypatch.setitem(calls.KINDS, kind, one._replace(touches=lambda on, s: NOTHING))
        assert noticed(taking[one])

    @pytest.mark.parametrize("name", [n for n, t in DECLARED.items() if FACTS[t].local is False])
    def test_said_to_be_local(
        self, name: str, taking: Taking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of whatever looks at the state."""
        take = DECLARED[name]
        if FACTS[take].touches == EMPTY:
            pytest.skip("it touches nothing")
        monkeypatch.setitem(FACTS, take, FACTS[take]._replace(local=True))
        assert noticed(taking[take])

    @pytest.mark.parametrize("name", DECLARED)
    def test_forgotten(self, name: str, taking: Taking, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of any action: an error, whatever else happens."""
        monkeypatch.delitem(FACTS, DECLARED[name])
        with pytest.raises(LookupError, match=r"nothing is declared of it"):
            noticed(taking[DECLARED[name]])

    def test_a_zap_cut_to_its_first_page(
        self, taking: Taking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It leads to the others."""
        facts = FACTS[zap_range]
        monkeypatch.setitem(FACTS, zap_range, facts._replace(leads_to=facts.touches))
        assert noticed(taking[zap_range])

    @pytest.mark.parametrize("take", [lock_cached, remove_folio], ids=["lock", "remove"])
    def test_a_page_of_the_cache_cut_to_its_sweep(
        self, take: Any, taking: Taking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The folio and its slot are touched as well."""
        sweep = Asking(lambda on, file: on.sweep(file), (1,))
        facts = FACTS[take]._replace(touches=sweep, leads_to=sweep)
        monkeypatch.setitem(FACTS, take, facts)
        assert noticed(taking[take])

    def test_the_tree_of_mappings_read_on_every_kernel(
        self, taking: Taking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Up to v5.17 a pass over a file's mappings keeps all others out."""

        def shared(on: Elements, file: int) -> Footprint:
            return Footprint(on.vmas | on.i_mmap_rwsem(file))

        monkeypatch.setattr(Elements, "sweep", shared)
        assert noticed(taking[unmap_file_range])
