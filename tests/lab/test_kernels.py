"""The cache of kernels: what is found, what is said where nothing is, whole or not at all."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from zapviz.errors import ZapvizError
from zapviz.lab import NotAvailable, find_kernel
from zapviz.lab.conformance import MODEL_OF
from zapviz.lab.guest.kernels import KNOWN, cache_folder, keep_kernel, kernels_here


def test_a_kernel_is_found_by_its_name(image: Path) -> None:
    """6.12, v6.12: the same kernel."""
    assert find_kernel("6.12").image == image
    assert find_kernel("v6.12") == find_kernel("6.12")
    assert list(kernels_here()) == ["6.12"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("6.1", "kernel 6.1 is not here: zapviz lab fetch 6.1$"),
        ("v5.10.y", "kernel 5.10 is not here: zapviz lab fetch 5.10$"),
        ("5.10-rfc-v2", "not here: zapviz lab build-before-fix --rfc-v2$"),
        ("5.10-before-fix", "not here: zapviz lab build-before-fix$"),
        ("6.12-hmm", "not here: zapviz lab build 6.12-hmm$"),
        ("6.16", "kernel 6.16 is not here: zapviz lab fetch 6.16, where Debian has it"),
        ("6.l2", "there is no kernel '6.l2'; did you mean '6.12'"),
        ("../../etc", "there is no kernel '../../etc'"),
        ("", "there is no kernel ''"),
    ],
)
def test_a_kernel_that_is_not_here_says_how_to_get_it(cache: Path, name: str, message: str) -> None:
    """The command that brings it, or the nearest name."""
    with pytest.raises(ZapvizError, match=message):
        find_kernel(name)


def test_every_known_kernel_has_a_model() -> None:
    """What the lab can get is what the model is judged by."""
    assert set(KNOWN) == set(MODEL_OF)


def test_a_kernel_is_kept_whole(cache: Path, image: Path, tmp_path: Path) -> None:
    """A new one takes the old one's place, files of the old one are gone."""
    new = tmp_path / "new"
    new.write_text("new")
    keep_kernel("6.12", {"boot/vmlinuz-6.12": new, "modules/brd.ko": new}, "linux-image-6.12")
    assert image.read_text() == "new"
    assert (cache / "kernels/6.12/about").read_text() == "linux-image-6.12\n"
    assert [path.name for path in (cache / "kernels").iterdir()] == ["6.12"]


def test_a_kernel_that_cannot_be_kept_leaves_the_old_one(
    cache: Path, image: Path, tmp_path: Path
) -> None:
    """An error half way changes nothing, and leaves nothing behind."""
    before = image.read_bytes()
    with pytest.raises(NotAvailable, match="cannot write to"):
        keep_kernel("6.12", {"boot/a": image, "boot/b": tmp_path / "missing"}, "")
    assert image.read_bytes() == before
    assert [path.name for path in (cache / "kernels").iterdir()] == ["6.12"]


def test_a_full_disk_leaves_the_old_one(cache: Path, image: Path, tmp_path: Path) -> None:
    """Writing fails in the middle of a file: said in one sentence, nothing half done."""
    before = image.read_bytes()
    new = tmp_path / "new"
    new.write_bytes(bytes(100_000))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(NotAvailable, match=r"cannot write to .*kernels: File too large"):
            keep_kernel("6.12", {"boot/vmlinuz-6.12": new}, "")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert image.read_bytes() == before
    assert [path.name for path in (cache / "kernels").iterdir()] == ["6.12"]


def test_a_cache_that_cannot_be_written_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder, the reason, and the variable that chooses another one."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/cache")
    with pytest.raises(NotAvailable, match=r"/dev/null/cache.*Not a directory.*XDG_CACHE_HOME"):
        cache_folder()


def test_a_relative_cache_is_not_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The XDG specification has relative paths ignored."""
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache/zapviz"
