"""What the lab keeps is checked before it is used, and made anew where it is damaged."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from zapviz.commands.lab import main
from zapviz.errors import ZapvizError
from zapviz.lab import records
from zapviz.lab.guest import initramfs
from zapviz.lab.guest.kept import keep, kept_file, read_kept
from zapviz.lab.guest.kernels import (
    GuestKernel,
    NotAvailable,
    cache_folder,
    check_kernel,
    find_kernel,
    keep_kernel,
    kernels_here,
)
from zapviz.lab.guest.qemu import accelerator, boot
from zapviz.lab.guest.symbols import read_symbols
from zapviz.lab.recorded_file import read_recorded
from zapviz.lab.watch_records import watched_run


def truncated(path: Path) -> None:
    """As after a full disk."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garbage(path: Path) -> None:
    """Of the same length."""
    path.write_bytes(b"\x93[" * (path.stat().st_size // 2 + 1))


def empty(path: Path) -> None:
    """As after a machine went down."""
    path.write_bytes(b"")


def folder(path: Path) -> None:
    """With something in it."""
    path.unlink()
    path.mkdir()
    (path / "mine").write_text("mine")


def gone(path: Path) -> None:
    """Somebody tidied up."""
    path.unlink()


DAMAGES = pytest.mark.parametrize("damage", [truncated, garbage, empty, folder, gone])
Damage = Callable[[Path], None]


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "zapviz"


@DAMAGES
def test_a_kept_file_is_made_anew(damage: Damage, tmp_path: Path) -> None:
    """And only then."""
    made = []

    def make(path: Path) -> None:
        made.append(path)
        path.write_bytes(b"what was made")

    place = tmp_path / "sub" / "file"
    for _ in range(2):
        assert kept_file(place, make).read_bytes() == b"what was made"
    assert len(made) == 1
    damage(place)
    assert read_kept(place) is None
    assert kept_file(place, make).read_bytes() == b"what was made"
    assert len(made) == 2
    assert read_kept(place) == b"what was made"
    assert {one.name for one in place.parent.iterdir()} == {"file", "file.sha256"}


@DAMAGES
def test_its_digest_may_be_damaged_too(damage: Damage, tmp_path: Path) -> None:
    """Then nobody knows what the file was."""
    keep(tmp_path / "file", b"kept")
    damage(tmp_path / "file.sha256")
    assert read_kept(tmp_path / "file") is None
    keep(tmp_path / "file", b"kept")
    assert read_kept(tmp_path / "file") == b"kept"


@DAMAGES
@pytest.mark.parametrize("name", ["build_probe", "build_disk_image"])
def test_the_probe_and_the_disk_are_made_anew(
    name: str, damage: Damage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without them, a guest would not say why it does nothing."""
    monkeypatch.setattr(
        initramfs, "compile_c", lambda source, made, *_: made.write_bytes(b"a program")
    )
    if name == "build_disk_image" and shutil.which("mkfs.ext4", path="/usr/sbin:/sbin") is None:
        pytest.skip("mkfs.ext4 is not here: apt install e2fsprogs")
    build = getattr(initramfs, name)
    size = build().stat().st_size
    damage(build())
    assert build().is_file()
    assert build().stat().st_size == size


@DAMAGES
def test_symbols_are_read_again(
    damage: Damage, fake_qemu: Callable[..., Path], image: Path, cache: Path
) -> None:
    """By another boot."""
    log = fake_qemu("answer", "y ffffffff81000000 _text\ny ffffffff81000010 f\nZ 0\n")
    kernel = GuestKernel("6.12", image)
    first = read_symbols(kernel)
    boots = len(log.read_text().split())
    [kept] = (cache / "symbols").glob("*.gz")
    damage(kept)
    assert read_symbols(kernel) == first
    assert len(log.read_text().split()) == boots + 1
    assert read_symbols(kernel) == first
    assert len(log.read_text().split()) == boots + 1


def test_a_file_in_place_of_a_folder_of_the_cache_gives_way(
    fake_qemu: Callable[..., Path], image: Path, cache: Path
) -> None:
    """It is nobody's but the lab's."""
    fake_qemu("answer", "y ffffffff81000000 _text\nZ 0\n")
    (cache / "symbols").write_text("")
    read_symbols(GuestKernel("6.12", image))
    assert list((cache / "symbols").glob("*.gz"))


@DAMAGES
def test_the_accelerator_is_tried_again(
    damage: Damage,
    fake_qemu: Callable[..., Path],
    image: Path,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever stands in its file."""
    monkeypatch.setattr("zapviz.lab.guest.qemu.os.access", lambda *_: True)
    log = fake_qemu("answer", "Z 0\n")
    monkeypatch.setattr("zapviz.lab.guest.qemu.accelerator", accelerator)
    assert accelerator(find_kernel("6.12")) == "kvm"
    damage(cache / "accelerator.json")
    assert accelerator(find_kernel("6.12")) == "kvm"
    assert accelerator(find_kernel("6.12")) == "kvm"
    assert len(log.read_text().split()) == 2
    assert json.loads((cache / "accelerator.json").read_text())["accelerator"] == "kvm"


class TestKernels:
    """A kernel is not fetched unasked: a damaged one is named, with the command that brings it."""

    @pytest.fixture
    def kernel(self, tmp_path: Path) -> GuestKernel:
        """A kernel that was put into the cache."""
        image = tmp_path / "bzImage"
        image.write_bytes(bytes(0x1FE) + b"\x55\xaa\x00\x00HdrS" + bytes(640))
        keep_kernel("6.12", {"boot/vmlinuz-6.12": image, "modules/a.ko": image}, "a package")
        return find_kernel("6.12")

    @DAMAGES
    @pytest.mark.parametrize("which", ["modules/a.ko", "boot/vmlinuz-6.12"])
    def test_a_damaged_one_is_not_booted(
        self, which: str, damage: Damage, kernel: GuestKernel
    ) -> None:
        """It would say nothing, three times."""
        check_kernel(kernel)
        assert kernel.modules is not None
        damage(kernel.modules / which)
        with pytest.raises(NotAvailable, match=r"6\.12 in .* is damaged .*zapviz lab fetch 6\.12"):
            boot(kernel, "")

    @DAMAGES
    def test_what_is_known_of_it_may_be_damaged(self, damage: Damage, kernel: GuestKernel) -> None:
        """The kernels are listed all the same."""
        assert kernel.modules is not None
        damage(kernel.modules / "about")
        assert "6.12" in kernels_here()
        assert main(["kernels"]) == 0
        (kernel.modules / "digests.json").write_text("[")
        with pytest.raises(NotAvailable, match="is damaged"):
            check_kernel(kernel)

    def test_it_takes_the_place_of_whatever_is_there(
        self, tmp_path: Path, kernel: GuestKernel
    ) -> None:
        """Once it is fetched again."""
        root = cache_folder() / "kernels" / "6.12"
        shutil.rmtree(root)
        root.write_text("no folder")
        image = tmp_path / "bzImage"
        keep_kernel("6.12", {"boot/vmlinuz-6.12": image}, "again")
        check_kernel(find_kernel("6.12"))


@DAMAGES
@pytest.mark.parametrize("name", ["runs.json", "watched.json.gz"])
def test_a_damaged_record_is_a_sentence(name: str, damage: Damage, tmp_path: Path) -> None:
    """It comes with zapviz, so that nothing here makes it anew."""
    path = tmp_path / name
    content = json.dumps({"reproducer": {"6.12": {}}}).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert list(read_recorded(path)) == ["reproducer"]
    damage(path)
    if damage is gone:
        assert read_recorded(path) == {}
        return
    with pytest.raises(ZapvizError, match="which comes with zapviz, is damaged"):
        read_recorded(path)
    read = records.recorded_verdict if name == "runs.json" else watched_run
    with pytest.raises(ZapvizError, match="is damaged"):
        read("reproducer", "6.12", path)


@DAMAGES
def test_the_memory_of_the_website_is_made_anew(
    damage: Damage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Python is started under node again."""
    from website import model

    started = []

    def run(command: list[str]) -> None:
        started.append(command)
        Path(command[-1]).write_bytes(b"memory")

    monkeypatch.setattr(model, "run_command", run)
    package = tmp_path / "pyodide"
    for _ in range(2):
        first = model._memory(package, b"zip", lambda _: None)
    assert len(started) == 1
    [kept] = cache_folder().glob("site-memory-*.gz")
    damage(kept)
    assert model._memory(package, b"zip", lambda _: None) == first
    assert len(started) == 2


def test_nothing_of_the_cache_is_read_but_through_one_door() -> None:
    """What is kept there is read by read_kept(), or checked by its own digest."""
    root = Path(initramfs.__file__).parents[3]
    found = subprocess.run(
        ["grep", "-rlE", r"cache_folder\(\)", "--include=*.py", "zapviz", "website"],
        cwd=root, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    keepers = {
        "zapviz/lab/guest/initramfs.py",  # kept_file
        "zapviz/lab/guest/symbols.py",  # read_kept
        "zapviz/lab/guest/qemu.py",  # read_kept; consoles are written alone
        "zapviz/lab/guest/kernels.py",  # check_kernel
        "zapviz/lab/guest/fetch.py",  # a lock
        "zapviz/lab/guest/build.py",  # a source tree, which make checks
        "zapviz/lab/host.py",  # a place for a folder
        "zapviz/commands/lab.py",  # its name
        "website/model.py",  # read_kept; a SHA-512
    }
    assert set(found) == keepers
