"""Kernels through apt: the machine's mirror, the newest package, and what goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from waiting import PATIENCE, eventually
from zapviz.errors import ZapvizError
from zapviz.lab import NotAvailable, find_kernel
from zapviz.lab.guest.fetch import best_packages, fetch, find_mirror, parse_sources

SOURCES = """\
# the mirror of this machine
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: trixie trixie-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBFit
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: sid
Components: main
"""


def test_sources_are_read_in_both_forms() -> None:
    """One-line and deb822; what is commented out or disabled does not count."""
    [source] = parse_sources(SOURCES, "debian.sources")
    assert source.words("uris") == ["http://mirror.example/debian"]
    assert source.words("suites") == ["trixie", "trixie-updates"]
    assert source.fields["signed-by"].startswith("\n -----BEGIN PGP")
    text = (
        "# deb http://no.example/debian sid main\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://one.example/debian bookworm main contrib\n"
        "deb-src http://no.example/debian bookworm main\n"
    )
    [source] = parse_sources(text, "sources.list")
    assert source.fields["signed-by"] == "/k.gpg"
    assert source.words("components") == ["main", "contrib"]


@pytest.mark.parametrize(
    "line",
    [
        "deb http://a.example/ubuntu noble main",
        "deb http://a.example/debian bookworm contrib",
        "deb http://a.example/debian-security bookworm-security main",
        "deb cdrom:[Debian]/ bookworm main",
        "",
    ],
)
def test_a_machine_without_debian_is_told_what_to_do(tmp_path: Path, line: str) -> None:
    """No source that carries Debian itself: a kernel of one's own runs nevertheless."""
    (tmp_path / "sources.list").write_text(line + "\n")
    with pytest.raises(NotAvailable, match=r"no source that carries Debian.*--bzimage PATH"):
        find_mirror(tmp_path)


def test_the_first_mirror_is_taken(tmp_path: Path) -> None:
    """sources.list first, then sources.list.d in order; other files are not read."""
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d/b.sources").write_text(SOURCES)
    (tmp_path / "sources.list.d/a.list.save").write_text("deb http://x.example/d sid main\n")
    (tmp_path / "sources.list.d/a.list").write_text("deb http://other.example/x any main\n")
    assert find_mirror(tmp_path).words("uris") == ["http://mirror.example/debian"]


def test_the_newest_package_is_taken() -> None:
    """By number, not by letter; of the flavour asked for; in two halves where it is split."""
    names = [
        "linux-image-6.12.9+deb13-amd64",
        "linux-image-6.12.117+deb13-amd64",
        "linux-image-6.12.117+deb13-amd64-unsigned",
        "linux-image-6.12.117+deb13-amd64-dbg",
        "linux-image-6.12.20+deb13-cloud-amd64",
        "linux-image-6.12.200+deb13-rt-amd64",
        "linux-image-6.1.0-9-amd64",
        "linux-image-6.1.0-50-amd64",
        "linux-image-7.3.4+deb13-cloud-amd64",
        "linux-binary-7.3.4+deb13-cloud-amd64",
        "linux-modules-7.3.4+deb13-cloud-amd64",
    ]
    assert best_packages("6.12", "", names) == ["linux-image-6.12.117+deb13-amd64"]
    assert best_packages("6.12", "cloud", names) == ["linux-image-6.12.20+deb13-cloud-amd64"]
    assert best_packages("6.1", "", names) == ["linux-image-6.1.0-50-amd64"]
    assert best_packages("7.3", "cloud", names) == [
        "linux-binary-7.3.4+deb13-cloud-amd64",
        "linux-modules-7.3.4+deb13-cloud-amd64",
    ]
    assert best_packages("7.4", "cloud", names) == []


APT = {
    "apt-config": "echo 'Acquire::http::Proxy \"http://proxy.example:3128\";'; "
    "echo 'APT::Update::Post-Invoke:: \"false\";'",
    "apt-cache": "echo linux-image-6.12.9+deb13-cloud-amd64; echo linux-headers-6.12.9",
    "apt-get": """\
cp "$APT_CONFIG" "$SEEN/apt.conf"
cp "$(dirname "$APT_CONFIG")/sources.d/zapviz.sources" "$SEEN"
case "$1 $FAIL" in
"update network") echo "E: Failed to fetch: could not connect" >&2; exit 100;;
"download disk") echo "E: You don't have enough free space" >&2; exit 100;;
"download slow") touch "$SEEN/slow"; exec sleep 300;;
download*) touch "$3_6.12.9-1_amd64.deb";;
esac""",
    "dpkg-deb": """\
mkdir -p "$3/boot" "$3/usr/lib/modules/6.12.9/kernel"
echo kernel >"$3/boot/vmlinuz-6.12.9"; echo config >"$3/boot/config-6.12.9"
mkdir -p "$3/usr/share/doc/linux-image-6.12.9"
echo changes >"$3/usr/share/doc/linux-image-6.12.9/changelog.gz"
echo news >"$3/usr/share/doc/linux-image-6.12.9/NEWS.Debian.gz"
printf 'ELF\\0depends=\\0' >"$3/usr/lib/modules/6.12.9/kernel/brd.ko"
echo other >"$3/usr/lib/modules/6.12.9/kernel/snd.ko\"""",
}


@pytest.fixture
def fake_apt(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """apt as four scripts: ``fake_apt("network")`` makes it fail; gives what it was told."""
    folder, seen = tmp_path / "bin", tmp_path / "seen"
    folder.mkdir()
    seen.mkdir()
    for name, script in APT.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    (tmp_path / "sources.list").write_text("deb http://mirror.example/debian bookworm main\n")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SEEN", str(seen))
    monkeypatch.setattr("zapviz.lab.guest.fetch.find_mirror", lambda: find_mirror(tmp_path))

    def make(fail: str = "") -> Path:
        monkeypatch.setenv("FAIL", fail)
        return seen

    return make


def names_under(cache: Path) -> set[str]:
    """What there is in a cache besides the probe and the disk image."""
    made = [*cache.glob("probe-*"), *cache.glob("disk-ext4.img*")]
    return {path.name for path in cache.iterdir()} - {path.name for path in made}


def test_a_kernel_is_fetched_from_the_machines_mirror(
    fake_apt: Callable[[str], Path], cache: Path
) -> None:
    """The mirror and the proxy are the machine's; its hooks are not run; little is kept."""
    seen = fake_apt("")
    told: list[str] = []
    assert fetch("6.12", told.append) == "linux-image-6.12.9+deb13-cloud-amd64"
    stanza = (seen / "zapviz.sources").read_text()
    assert "URIs: http://mirror.example/debian\nSuites: trixie\n" in stanza
    configuration = (seen / "apt.conf").read_text()
    assert 'Acquire::http::Proxy "http://proxy.example:3128";' in configuration
    assert "Post-Invoke" not in configuration
    kernel = find_kernel("6.12")
    assert kernel.image.read_text() == "kernel\n"
    assert {path.name for path in (cache / "kernels/6.12").rglob("*.ko")} == {"brd.ko"}
    assert (cache / "kernels/6.12/changelog.gz").read_text() == "changes\n"
    assert names_under(cache) == {"kernels", "fetch.lock"}
    assert [line.split()[0] for line in told] == ["asking", "downloading", "unpacking"]


@pytest.mark.parametrize(
    ("fail", "message"),
    [
        ("network", "apt-get update failed:\nE: Failed to fetch: could not connect"),
        ("disk", "apt-get download failed:\nE: You don't have enough free space"),
    ],
)
def test_a_fetch_that_fails_says_why_and_leaves_nothing(
    fake_apt: Callable[[str], Path], cache: Path, fail: str, message: str
) -> None:
    """What apt said is the message; the cache is as before."""
    fake_apt(fail)
    with pytest.raises(NotAvailable) as caught:
        fetch("6.12")
    assert str(caught.value) == message
    assert names_under(cache) == {"fetch.lock"}


def test_an_interrupted_fetch_leaves_nothing(
    fake_apt: Callable[[str], Path], cache: Path, tmp_path: Path
) -> None:
    """Ctrl-C in a download: the next fetch starts anew."""
    seen = fake_apt("slow")
    code = (
        "from pathlib import Path; from zapviz.lab.guest import fetch as f; real = f.find_mirror;"
        f"f.find_mirror = lambda: real(Path({str(tmp_path)!r}));"
        "from zapviz.commands.cli import main; raise SystemExit(main(['lab', 'fetch', '6.12']))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) as ours:
        eventually((seen / "slow").exists, True)
        assert any(cache.glob("fetch-*"))
        ours.send_signal(signal.SIGINT)
        _, said = ours.communicate(timeout=PATIENCE)
    assert ours.returncode == 130 and b"Traceback" not in said
    assert names_under(cache) == {"fetch.lock"}


def test_a_fetch_that_was_killed_is_restarted_cleanly(
    fake_apt: Callable[[str], Path], cache: Path
) -> None:
    """What a killed fetch left behind is removed by the next one."""
    (cache / "fetch-killed/lists").mkdir(parents=True)
    (cache / "kernels/.new-killed").mkdir(parents=True)
    fake_apt("")
    fetch("6.12")
    assert names_under(cache) == {"kernels", "fetch.lock"}
    assert [path.name for path in (cache / "kernels").iterdir()] == ["6.12"]


def test_a_version_that_debian_lacks_is_said(fake_apt: Callable[[str], Path], cache: Path) -> None:
    """Which releases were asked, and what can be done instead."""
    fake_apt("")
    with pytest.raises(NotAvailable, match=r"bullseye.* has no kernel 9\.9.*--bzimage"):
        fetch("9.9")


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("latest", "'latest' is no kernel version; expected one like 6.12"),
        ("6.12.3", "'6.12.3' is no kernel version"),
        ("../..", "is no kernel version"),
        ("5.10-rfc-v2", "is built, not fetched: zapviz lab build-before-fix --rfc-v2"),
    ],
)
def test_what_is_no_version_is_refused(cache: Path, version: str, message: str) -> None:
    """Before apt is asked anything."""
    with pytest.raises(ZapvizError, match=message):
        fetch(version)


def test_a_machine_without_apt_is_told_what_to_do(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No apt, no Debian kernels; a kernel of one's own runs nevertheless."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotAvailable, match=r"there is no apt-get here.*--bzimage PATH"):
        fetch("6.12")
