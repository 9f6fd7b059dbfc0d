"""Where a kernel's functions are: read once, kept, and said where there are none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from zapviz.lab.guest.kernels import GuestKernel, NotAvailable
from zapviz.lab.guest.qemu import MachineLost, Settings
from zapviz.lab.guest.symbols import parse_symbols, read_symbols, unrandomized

SAID = """\
k release 6.12.0
y ffffffff81000000 _text
y ffffffff81000010 __pfx_unmap_page_range
y ffffffff81000020 unmap_page_range
y ffffffff81000080 __pte_alloc.isra.0
y ffffffff81000100 _etext
y ffffffff82000000 kernel_init
Z 0
"""


def test_an_instruction_belongs_to_the_function_before_it() -> None:
    """Without the compiler's suffix; padding and what is no kernel text have no function."""
    symbols = parse_symbols(SAID.splitlines())
    assert symbols.function_at(0xFFFFFFFF81000020) == "unmap_page_range"
    assert symbols.function_at(0xFFFFFFFF8100007F) == "unmap_page_range"
    assert symbols.function_at(0xFFFFFFFF81000080) == "__pte_alloc"
    assert symbols.function_at(0xFFFFFFFF8100001F) == ""
    assert symbols.function_at(0xFFFFFFFF81000100) == ""
    assert symbols.function_at(0x1000) == ""
    assert symbols.address_of("unmap_page_range") == 0xFFFFFFFF81000020
    assert symbols.address_of("zap_pte_range") is None


def test_symbols_are_read_once_an_image(
    fake_qemu: Callable[..., Path], image: Path, cache: Path
) -> None:
    """The second time nothing boots; another image has symbols of its own; so has a torn file."""
    log = fake_qemu("answer", SAID)
    kernel = GuestKernel("6.12", image)
    first = read_symbols(kernel)
    assert read_symbols(kernel) == first
    assert len(log.read_text().splitlines()) == 1
    image.write_bytes(image.read_bytes() + b"patched")
    read_symbols(kernel)
    assert len(log.read_text().splitlines()) == 2
    for kept in (cache / "symbols").iterdir():
        kept.write_bytes(kept.read_bytes()[:40])
    assert read_symbols(kernel) == first
    assert len(log.read_text().splitlines()) == 3


@pytest.mark.parametrize(
    "says", ["k release 6.12.0\nZ 0\n", "y 0000000000000000 _text\ny 0000000000000000 f\nZ 0\n"]
)
def test_a_kernel_without_symbols_is_told(
    fake_qemu: Callable[..., Path], image: Path, cache: Path, says: str
) -> None:
    """Whether it has none or hides where they are; nothing is kept."""
    fake_qemu("answer", says)
    with pytest.raises(NotAvailable, match=r"has no symbols.*KALLSYMS"):
        read_symbols(GuestKernel("6.12", image))
    assert not (cache / "symbols").exists()


def test_symbols_that_never_come_lose_the_machine(
    fake_qemu: Callable[..., Path], image: Path
) -> None:
    """Three boots that end early, and the lab gives up."""
    log = fake_qemu("early")
    with pytest.raises(MachineLost, match="before it had told its symbols"):
        read_symbols(GuestKernel("6.12", image))
    assert len(log.read_text().splitlines()) == 3


def test_addresses_stay_the_same() -> None:
    """Nothing is randomized, and it is emulated, whatever else is asked for."""
    settings = unrandomized(Settings(append="quiet", accelerator="kvm"))
    assert settings.append == "quiet nokaslr nopti"
    assert settings.accelerator == "tcg"
