"""Kernels and sources from Debian, through the machine's own apt.

Nothing is installed: packages are looked up in an apt state of the lab's own, downloaded with apt,
which checks their signatures, and unpacked into the cache. The mirror is the one that the machine's
sources name; the machine's proxy and other ways to reach the mirror are used, too.
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
from zapviz.lab.guest.initramfs import modules_for
from zapviz.lab.guest.kernels import KNOWN, Known, NotAvailable, cache_folder, keep_kernel, writing

__all__ = ["AptSource", "best_packages", "download", "fetch", "find_mirror", "parse_sources"]

Tell = Callable[[str], None]

_SUITES = ("bullseye", "bookworm", "trixie", "trixie-backports", "sid")
_ALIASES = ("buster", "forky", "duke", "stable", "oldstable", "oldoldstable", "testing", "unstable")
_INSTEAD = "a kernel of your own runs with: zapviz lab run ... --bzimage PATH [--modules DIR]"


@dataclass(frozen=True)
class AptSource:
    """One stanza of apt's sources; its fields are those of sources.list(5), names in lower case."""

    fields: dict[str, str] = field(default_factory=dict)

    def words(self, name: str) -> list[str]:
        """Give the words of a field."""
        return self.fields.get(name, "").split()


def parse_sources(text: str, name: str) -> list[AptSource]:
    """Read a file of apt's sources, in its one-line or its deb822 form.

    Args:
        text: The file's content.
        name: The file's name; ``.sources`` are in the deb822 form.
    """
    if not name.endswith(".sources"):
        return [s for line in text.splitlines() if (s := _one_line(line)) is not None]
    sources = []
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
            sources.append(AptSource(fields))
    return sources


def _one_line(line: str) -> AptSource | None:
    match = re.match(r"\s*(deb)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)([^#]*)", line)
    if not match:
        return None
    fields = {"types": match[1], "uris": match[3], "suites": match[4], "components": match[5]}
    for option in (match[2] or "").split():
        key, _, value = option.partition("=")
        fields[key.lower()] = value.replace(",", " ")
    return AptSource(fields)


def find_mirror(etc: Path = Path("/etc/apt")) -> AptSource:
    """Find the first source of this machine's apt that carries Debian itself.

    Raises:
        NotAvailable: There is none.
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


def _stanza(mirror: AptSource, suites: Sequence[str]) -> str:
    """Write the same mirror with other suites, in the deb822 form."""
    lines = ["Types: deb", f"URIs: {mirror.words('uris')[0]}", f"Suites: {' '.join(suites)}"]
    lines += ["Components: main", "Architectures: amd64"]
    for key in ("signed-by", "trusted", "check-valid-until"):
        if key in mirror.fields:
            lines.append(f"{key}: {mirror.fields[key]}")
    return "\n".join(lines) + "\n"


class _Apt:
    """An apt with a state of its own, in the cache; the machine's state is left alone."""

    def __init__(self, root: Path, suites: Sequence[str]) -> None:
        self.root = root
        self.suites = suites
        etc = root / "etc"
        for folder in ("lists/partial", "cache/archives/partial", "etc/sources.d", "etc/none"):
            (root / folder).mkdir(parents=True)
        (root / "status").touch()
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
            errors = [s for s in done.stderr.splitlines() if s.startswith(("E:", "W:"))]
            why = "\n".join(errors[:4]) or done.stderr.strip()[-500:]
            raise NotAvailable(f"{' '.join(command[:2])} failed:\n{why}")
        return done.stdout

    def __call__(self, *command: str, cwd: Path | None = None) -> str:
        """Run one of apt's programs, and give its output."""
        env = dict(os.environ, APT_CONFIG=str(self.root / "etc/apt.conf"), LC_ALL="C.UTF-8")
        return self._call(list(command), env, cwd)

    def update(self, tell: Tell) -> None:
        """Download the package lists."""
        tell(f"asking the mirror what {', '.join(self.suites)} has")
        self("apt-get", "update", "-q", "-o", "APT::Update::Error-Mode=any")

    def names(self, prefix: str) -> list[str]:
        """Give the packages whose names begin with a prefix."""
        return self("apt-cache", "pkgnames", prefix).split()

    def download(self, packages: Sequence[str], tell: Tell) -> list[Path]:
        """Download packages; apt checks that they are whole and signed."""
        for package in packages:
            tell(f"downloading {package}")
            self("apt-get", "download", "-q", package, cwd=self.root)
        return sorted(self.root.glob("*.deb"))


@contextmanager
def _apt(suites: Sequence[str]) -> Iterator[_Apt]:
    """Give an apt whose state and downloads are deleted afterwards; one at a time."""
    for tool in ("apt-get", "apt-cache", "apt-config", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise NotAvailable(f"there is no {tool} here, so no Debian kernels; {_INSTEAD}")
    cache = cache_folder()
    with writing(cache), (cache / "fetch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for old in [*cache.glob("fetch-*"), *cache.glob("kernels/.new-*")]:
            shutil.rmtree(old, ignore_errors=True)  # a fetch that was killed left it
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=cache) as root:
            yield _Apt(Path(root), suites)


def download(package: str, suite: str, into: Path, tell: Tell) -> Path:
    """Download one package of a Debian release into a folder.

    Raises:
        NotAvailable: There is no apt here, no network, or no such package.
    """
    with _apt([suite]) as apt:
        apt.update(tell)
        [deb] = apt.download([package], tell)
        os.replace(deb, into / deb.name)
    return into / deb.name


def best_packages(version: str, flavour: str, names: Sequence[str]) -> list[str]:
    """Give the packages of the newest kernel of a version: the image, or its two halves.

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
    """Bring Debian's newest kernel of a version into the cache.

    Args:
        version: A version such as "6.12"; :data:`KNOWN` has those that the model knows.
        tell: Is called with a line at each stage.

    Returns:
        The name of the package.

    Raises:
        NotAvailable: There is no apt here, no network, or Debian has no such kernel.
        ZapvizError: ``version`` is no version.
    """
    version = version.removeprefix("v")
    if version in KNOWN and not KNOWN[version].suite:
        raise ZapvizError(f"{version} is built, not fetched: {KNOWN[version].how}")
    if not re.fullmatch(r"\d{1,2}\.\d{1,3}", version):
        raise ZapvizError(f"'{version[:60]}' is no kernel version; expected one like 6.12")
    known = KNOWN.get(version, Known(version, "", "cloud", ""))
    with _apt([known.suite] if known.suite else _SUITES) as apt:
        apt.update(tell)
        packages = best_packages(version, known.flavour, apt.names("linux-"))
        if not packages:
            where = ", ".join(apt.suites)
            raise NotAvailable(f"Debian's {where} has no kernel {version} for amd64; {_INSTEAD}")
        debs = apt.download(packages, tell)
        tell(f"unpacking {packages[0]}")
        folder = apt.root / "unpacked"
        for deb in debs:
            apt("dpkg-deb", "-x", str(deb), str(folder))
        _keep(version, packages[0], folder)
    return packages[0]


def _keep(version: str, package: str, folder: Path) -> None:
    """Keep the image, its configuration, its changelog and the modules that the guest loads."""
    images = [*folder.glob("boot/vmlinuz*"), *folder.glob("usr/lib/modules/*/vmlinuz*")]
    if not images:
        raise NotAvailable(f"{package} has no kernel image in it")
    files = {f"boot/vmlinuz-{version}": images[0]}
    files |= {f"boot/config-{version}": path for path in folder.glob("boot/config-*")}
    for path in folder.glob("usr/share/doc/linux-*/changelog*.gz"):
        files["changelog.gz"] = path
    for name, content in modules_for(folder):
        files[f"modules/{name}.ko"] = folder / f"{name}.ko"
        files[f"modules/{name}.ko"].write_bytes(content)
    keep_kernel(version, files, package)
