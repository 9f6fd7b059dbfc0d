"""The rows in which a run is drawn: each file with the mappings of it below, then other memory."""

from __future__ import annotations

from zapviz.model import program as p
from zapviz.model.world import World

__all__ = ["file_mappings", "row_order"]


def file_mappings(program: p.Program, world: World) -> dict[str, p.NewMapping]:
    """Give for each mapping of a file the statement that made it, or that of which fork made one.

    It stays so when its VMAs are gone, or other memory is mapped there.
    """
    made = {
        statement.name: statement
        for statement in program.statements
        if isinstance(statement, p.NewMapping)
    }
    for area in world.areas:
        if area.source >= 0 and (of := made.get(world.areas[area.source].name)):
            made[area.name] = of
    return made


def row_order(program: p.Program, world: World) -> list[tuple[bool, int]]:
    """Give the rows in their order: whether each is a file's, and which file or mapping it is."""
    behind = file_mappings(program, world)
    order: list[tuple[bool, int]] = []
    for index, file in enumerate(world.files):
        order.append((True, index))
        order += [
            (False, at)
            for at, area in enumerate(world.areas)
            if area.name in behind and behind[area.name].pages.name == file.name
        ]
    return [
        *order,
        *((False, at) for at, area in enumerate(world.areas) if area.name not in behind),
    ]
