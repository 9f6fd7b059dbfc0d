"""What the lab's commands take alike: which kernel, and the virtual machine that boots it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from zapviz.errors import ZapvizError
from zapviz.lab.guest.kernels import (
    KNOWN,
    GuestKernel,
    custom_kernel,
    find_kernel,
    kernels_here,
)
from zapviz.lab.guest.qemu import Settings

__all__ = ["add_machine", "chosen_guest", "chosen_settings", "number_in"]


def add_machine(command: argparse.ArgumentParser) -> None:
    """Let a command take a kernel and a virtual machine."""
    which = command.add_argument_group("which kernel")
    which.add_argument("--kernel", metavar="K", help="one that 'zapviz lab kernels' lists")
    which.add_argument("--bzimage", metavar="PATH", help="a kernel of your own, or its tree")
    which.add_argument("--modules", metavar="DIR", help="a folder with its modules, at any depth")
    guest = command.add_argument_group("the virtual machine")
    guest.add_argument("--append", metavar="TEXT", default="", help="added to its command line")
    guest.add_argument(
        "--memory", metavar="MIB", type=number_in(256, 65536), default=Settings.memory
    )
    guest.add_argument("--cpus", metavar="N", type=number_in(1, 8), default=Settings.cpus)
    guest.add_argument("--nodes", metavar="N", type=number_in(1, 4), default=Settings.nodes,
                       help="NUMA nodes; migrate() needs two")  # fmt: skip
    guest.add_argument(
        "--accel", choices=("kvm", "tcg"), help="else KVM where a trial boot shows that it works"
    )


def number_in(least: int, most: int) -> Callable[[str], int]:
    """Give what reads a number in these bounds from a command line."""

    def read(text: str) -> int:
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"expected a number from {least} to {most}")
        return value

    return read


def chosen_settings(args: argparse.Namespace) -> Settings:
    """Give the virtual machine that was asked for."""
    return Settings(
        memory=args.memory,
        cpus=args.cpus,
        nodes=args.nodes,
        append=args.append,
        accelerator=args.accel,
    )


def chosen_guest(args: argparse.Namespace) -> GuestKernel:
    """Give the kernel that was asked for, else the newest one of the suite that is here.

    Raises:
        NotAvailable: It is not here.
        ZapvizError: Two kernels are named.
    """
    if args.bzimage is not None:
        if args.kernel is not None:
            raise ZapvizError("--kernel and --bzimage name two kernels; give one of them")
        modules = None if args.modules is None else Path(os.path.expanduser(args.modules))
        return custom_kernel(Path(os.path.expanduser(args.bzimage)), modules)
    if args.modules is not None:
        raise ZapvizError("--modules belongs to --bzimage")
    if args.kernel is not None:
        return find_kernel(args.kernel)
    here = kernels_here()
    fetched = [name for name, known in KNOWN.items() if known.suite and name in here]
    return here[fetched[-1]] if fetched else find_kernel("6.12")
