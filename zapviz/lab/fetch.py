"""Kernels and sources from Debian, through the machine's own apt.

Nothing is installed: packages are looked up in an apt state of our own, downloaded with
apt, which checks their signatures, and unpacked into the cache.  The mirror is the one
that the machine's sources name; its proxy and other ways to reach it are taken over.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from zapviz.errors import ZapvizError
from zapviz.lab.initramfs import modules_for
from zapviz.lab.kernels import KNOWN, Known, NotAvailable, cache_folder, keep_kernel, writing

__all__ = ["Source", "best_packages", "download", "fetch", "find_mirror", "parse_sources"]

Tell = Callable[[str], None]

_SUITES = ("bullseye", "bookworm", "trixie", "trixie-backports", "sid")
_ALIASES = ("buster", "forky", "duke", "stable", "oldstable", "oldoldstable", "testing", "unstable")
_INSTEAD = "a kernel of your own runs with: zapviz lab run ... --bzimage PATH [--modules DIR]"


@dataclass(frozen=True)
class Source:
    """One stanza of apt's sources: fields as in sources.list(5), names in lower case."""

    fields: dict[str, str] = field(default_factory=dict)

    def words(self, name: str) -> list[str]:
        """The words of a field."""
        return self.fields.get(name, "").split()


def parse_sources(text: str, name: str) -> list[Source]:
    """What a file of apt's sources says, in its one-line or its deb822 form.

    :param name: the file's name; ``.sources`` are in the deb822 form.
    """
    if not name.endswith(".sources"):
        return [s for line in text.splitlines() if (s := _one_line(line)) is not None]
    found = []
    for stanza in re.split(r"\n[ \t]*\n", text):
        fields: dict[str, str] = {}
        last = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1] in (" ", "\t") and last:
                fields[last] += "\n" + line
            elif ":" in line:
                last, value = line.split(":", 1)
                last = last.strip().lower()
                fields[last] = value.strip()
        if fields.get("enabled", "yes").lower() not in ("no", "false") and fields.get("uris"):
            found.append(Source(fields))
    return found


def _one_line(line: str) -> Source | None:
    match = re.match(r"\s*(deb)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)([^#]*)", line)
    if not match:
        return None
    fields = {"types": match[1], "uris": match[3], "suites": match[4], "components": match[5]}
    for option in (match[2] or "").split():
        key, _, value = option.partition("=")
        fields[key.lower()] = value.replace(",", " ")
    return Source(fields)


def find_mirror(etc: Path = Path("/etc/apt")) -> Source:
    """The first source of this machine's apt that carries Debian itself.

    Raises:
        NotAvailable: there is none.
    """
    files = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*.*"))]
    for path in files:
        if path.suffix not in (".list", ".sources"):
            continue
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for source in parse_sources(text, path.name):
            debian = {*_SUITES, *_ALIASES} & set(source.words("suites"))
            plain = "deb" in source.words("types") and "main" in source.words("components")
            if plain and debian and not source.fields["uris"].startswith("cdrom:"):
                return source
    raise NotAvailable(f"this machine's apt has no source that carries Debian; {_INSTEAD}")


def _stanza(mirror: Source, suites: Sequence[str]) -> str:
    """The same mirror, with other suites, in the deb822 form."""
    lines = ["Types: deb", f"URIs: {mirror.words('uris')[0]}", f"Suites: {' '.join(suites)}"]
    lines += ["Components: main", "Architectures: amd64"]
    for key in ("signed-by", "trusted", "check-valid-until"):
        if key in mirror.fields:
            lines.append(f"{key}: {mirror.fields[key]}")
    return "\n".join(lines) + "\n"


class _Apt:
    """apt with a state of its own, in the cache; the machine's stays as it is."""

    def __init__(self, suites: Sequence[str]) -> None:
        for tool in ("apt-get", "apt-cache", "apt-config", "dpkg-deb"):
            if shutil.which(tool) is None:
                raise NotAvailable(f"there is no {tool} here, so no Debian kernels; {_INSTEAD}")
        self.root = cache_folder() / "apt"
        self.suites = suites
        etc = self.root / "etc"
        with writing(self.root):
            for folder in ("lists/partial", "cache/archives/partial", "etc/sources.d", "etc/none"):
                (self.root / folder).mkdir(parents=True, exist_ok=True)
            (self.root / "status").touch()
            for old in (etc / "sources.d").iterdir():
                old.unlink()
            (etc / "sources.d/zapviz.sources").write_text(_stanza(find_mirror(), suites))
            self._write_configuration(etc)

    def _write_configuration(self, etc: Path) -> None:
        # How to reach the mirror (proxies) is the machine's; hooks that it runs are not.
        dump = self._call(["apt-config", "dump"], dict(os.environ))
        lines = [line for line in dump.splitlines() if line.startswith("Acquire::")]
        settings = {
            "Dir::Etc::main": "none.conf",
            "Dir::Etc::parts": "none",
            "Dir::Etc::sourcelist": "none.list",
            "Dir::Etc::sourceparts": "sources.d",
            "Dir::Etc::preferences": "none.pref",
            "Dir::Etc::preferencesparts": "none",
            "Dir::Etc::trusted": "/etc/apt/trusted.gpg",
            "Dir::Etc::trustedparts": "/etc/apt/trusted.gpg.d",
            "Dir::Etc::netrc": "/etc/apt/auth.conf",
            "Dir::Etc::netrcparts": "/etc/apt/auth.conf.d",
            "Dir::Etc": str(etc),
            "Dir::State": str(self.root),
            "Dir::State::lists": "lists",
            "Dir::State::status": str(self.root / "status"),
            "Dir::Cache": str(self.root / "cache"),
            "APT::Architecture": "amd64",
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
        }
        lines += [f'{key} "{value}";' for key, value in settings.items()]
        path = etc / "apt.conf"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            stream.write("\n".join(lines) + "\n")  # 0600: a proxy may have a password

    def _call(self, command: list[str], env: dict[str, str], cwd: Path | None = None) -> str:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=env,
            cwd=cwd,
        )
        if done.returncode != 0:
            said = [s for s in done.stderr.splitlines() if s.startswith(("E:", "W:"))]
            why = "\n".join(said[:4]) or done.stderr.strip()[-500:]
            raise NotAvailable(f"{' '.join(command[:2])} failed:\n{why}")
        return done.stdout

    def __call__(self, *command: str, cwd: Path | None = None) -> str:
        """Runs one of apt's programs, and gives what it printed."""
        env = dict(os.environ, APT_CONFIG=str(self.root / "etc/apt.conf"), LC_ALL="C.UTF-8")
        return self._call(list(command), env, cwd)

    def update(self, tell: Tell) -> None:
        """Brings the package lists up to date."""
        tell(f"asking the mirror what {', '.join(self.suites)} has")
        self("apt-get", "update", "-q", "-o", "APT::Update::Error-Mode=any")

    def names(self, prefix: str) -> list[str]:
        """The packages whose names begin so."""
        return self("apt-cache", "pkgnames", prefix).split()

    def download(self, packages: Sequence[str], tell: Tell) -> list[Path]:
        """Downloads packages, whole and checked by apt."""
        debs = self.root / "debs"
        with writing(debs):
            debs.mkdir(exist_ok=True)
        found = []
        for package in packages:
            tell(f"downloading {package}")
            with tempfile.TemporaryDirectory(prefix=".new-", dir=debs) as folder:
                self("apt-get", "download", "-q", package, cwd=Path(folder))
                [deb] = Path(folder).glob("*.deb")
                found.append(debs / deb.name)
                os.replace(deb, found[-1])
        return found


@contextmanager
def _alone() -> Iterator[None]:
    """One fetch at a time; what an interrupted one left behind is removed first."""
    root = cache_folder()
    with writing(root), (root / "fetch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for old in [*root.glob("kernels/.new-*"), *root.glob("apt/debs/.new-*")]:
            shutil.rmtree(old, ignore_errors=True)
        yield


def download(packages: Sequence[str], suite: str, tell: Tell) -> list[Path]:
    """Downloads packages of a Debian release into the cache; the caller removes them.

    Raises:
        NotAvailable: no apt here, no network, or no such package.
    """
    with _alone():
        apt = _Apt([suite])
        apt.update(tell)
        return apt.download(packages, tell)


def best_packages(version: str, flavour: str, names: Sequence[str]) -> list[str]:
    """The packages of the newest kernel of a version: the image, or its two halves.

    >>> best_packages("6.12", "", ["linux-image-6.12.9+deb13-amd64", "linux-image-6.12.10-amd64"])
    ['linux-image-6.12.10-amd64']
    """
    kind = f"-{flavour}" if flavour else ""
    release_form = rf"{re.escape(version)}\.[0-9.]+(?:-[0-9]+)?(?:\+[a-z]+[0-9]*)?"
    form = re.compile(rf"linux-image-({release_form}){kind}-amd64")
    releases = [match[1] for name in names if (match := form.fullmatch(name))]
    if not releases:
        return []
    release = max(releases, key=lambda each: [int(n) for n in re.findall(r"\d+", each)])
    halves = [f"linux-{half}-{release}{kind}-amd64" for half in ("binary", "modules")]
    return halves if set(halves) <= set(names) else [f"linux-image-{release}{kind}-amd64"]


def fetch(version: str, tell: Tell = lambda text: None) -> str:
    """Brings Debian's newest kernel of a version into the cache; gives its package name.

    :param version: "6.12", say; those that the model knows are in :data:`KNOWN`.
    :param tell: is given a line at each stage.
    Raises:
        NotAvailable: no apt here, no network, or Debian has no such kernel.
        ZapvizError: that is no version.
    """
    version = version.removeprefix("v")
    if version in KNOWN and not KNOWN[version].suite:
        raise ZapvizError(f"{version} is built, not fetched: {KNOWN[version].how}")
    if not re.fullmatch(r"\d{1,2}\.\d{1,3}", version):
        raise ZapvizError(f"'{version[:60]}' is no kernel version; expected one like 6.12")
    known = KNOWN.get(version, Known(version, "", "cloud", ""))
    with _alone():
        apt = _Apt([known.suite] if known.suite else _SUITES)
        apt.update(tell)
        names = [
            name
            for half in ("image", "binary", "modules")
            for name in apt.names(f"linux-{half}-{version}.")
        ]
        packages = best_packages(version, known.flavour, names)
        if not packages:
            raise NotAvailable(
                f"Debian's {', '.join(apt.suites)} has no kernel {version} for amd64; {_INSTEAD}"
            )
        debs = apt.download(packages, tell)
        tell(f"unpacking {packages[0]}")
        try:
            _unpack(version, packages[0], debs)
        finally:
            for deb in debs:
                deb.unlink(missing_ok=True)
    return packages[0]


def _unpack(version: str, package: str, debs: Sequence[Path]) -> None:
    """Keeps the image, its configuration and the modules that the guest loads."""
    root = cache_folder() / "apt"
    with writing(root), tempfile.TemporaryDirectory(prefix="unpacked-", dir=root) as place:
        folder = Path(place)
        for deb in debs:
            done = subprocess.run(
                ["dpkg-deb", "-x", str(deb), place], capture_output=True, text=True
            )
            if done.returncode != 0:
                raise NotAvailable(f"{deb.name} cannot be unpacked: {done.stderr.strip()[-300:]}")
        images = [*folder.glob("boot/vmlinuz*"), *folder.glob("usr/lib/modules/*/vmlinuz*")]
        if not images:
            raise NotAvailable(f"{package} has no kernel image in it")
        files = {f"boot/vmlinuz-{package}": images[0]}
        files |= {f"boot/{path.name}": path for path in folder.glob("boot/config-*")}
        for number, (name, content) in enumerate(modules_for(folder)):
            path = folder / f"{number:02}-{name}.ko"
            path.write_bytes(content)
            files[f"modules/{name}.ko"] = path
        keep_kernel(version, files, package)
