"""The server of ``zapviz app``: Voila, with the door watched.

A page of another site can have a visitor's browser send requests to any address that the browser
reaches, this machine's own included, and by a name that it has rebound it can read the answers. So
each request has to name this server in its Host, and where it comes from a page, that page has to
be this server's own. Nothing is served but the page, its scripts and its channel to Python; a page
that is closed, or is lost, takes its Python with it.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import urlsplit

import traitlets as t
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import PeriodicCallback
from tornado.routing import Matcher, Rule
from tornado.web import RequestHandler
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

__all__ = ["Server", "Visits", "answers_to", "is_own_page"]

_GRACE: Final = 20  # seconds without its page after which a visitor's Python ends
_COMING: Final = 120  # the same, for one whose page has not come yet
_LOOK: Final = 5  # seconds from one look to the next
_UNSERVED: Final = ("/voila/files/",)  # files of the folder where the server was started


def answers_to(host: str, ip: str, names: tuple[str, ...]) -> bool:
    """Tell whether a server answers to a Host.

    Args:
        host: What a request gives, with or without a port.
        ip: The address that the server listens on.
        names: Names that its owner gave it on purpose.
    """
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".").lower()
    except ValueError:  # such as "[:80"
        return False
    if name in {"localhost", ip.lower(), *(known.lower() for known in names)}:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        own = {socket.gethostname().lower(), socket.getfqdn().lower()}
        return not _is_loopback(ip) and name in own
    # An address cannot be rebound; one that is not this machine's would not have led here.
    return not _is_loopback(ip) or address.is_loopback


def is_own_page(origin: str | None, host: str) -> bool:
    """Tell whether a request comes from a page of the server itself, or from no page."""
    return origin is None or origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")


def _is_loopback(ip: str) -> bool:
    try:
        return ipaddress.ip_address(ip).is_loopback
    except ValueError:
        return ip == "localhost"


class _Foreign(Matcher):
    """Matches what is not meant for this server, or comes from a page of another one."""

    def __init__(self, ip: str, names: tuple[str, ...]) -> None:
        self.ip = ip
        self.names = names

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        known = answers_to(request.host, self.ip, self.names)
        own = is_own_page(request.headers.get("Origin"), request.host)
        return None if known and own else {}


class _Refusal(RequestHandler):
    """Says that this is not the server that was asked for."""

    def check_xsrf_cookie(self) -> None:
        """Nothing is done here that a forged request could want."""

    def prepare(self) -> None:
        self.set_status(403)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(
            "This server answers to its own address, and to its own pages.\n"
            "If it is to be reached by another name: zapviz app --name NAME\n"
        )


class _Farewell(VoilaShutdownKernelHandler):  # type: ignore[misc]
    """Ends the Python of a page that is closed."""

    def check_xsrf_cookie(self) -> None:
        """Let a beacon pass, which can carry no token: that it is from our page is known."""


class Visits:
    """Which visitors' Pythons have a page, and since when the others have none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without any.

        Args:
            clock: Tells the time in seconds.
        """
        self._clock = clock
        self._pages: Counter[str] = Counter()  # by kernel
        self._ends: dict[str, float] = {}  # by kernel without a page: when it is given up

    def came(self, kernel: str) -> None:
        """Note that a page is there."""
        self._pages[kernel] += 1
        self._ends.pop(kernel, None)

    def left(self, kernel: str) -> None:
        """Note that a page is gone."""
        self._pages[kernel] -= 1
        if self._pages[kernel] <= 0:
            self._ends[kernel] = self._clock() + _GRACE

    def over(self, alive: Iterable[str]) -> list[str]:
        """Give the kernels to end, of those that are alive."""
        kernels = set(alive)
        for known in (self._pages, self._ends):
            for kernel in known.keys() - kernels:
                del known[kernel]
        now = self._clock()
        for kernel in kernels - self._pages.keys():
            self._ends.setdefault(kernel, now + _COMING)
        return [kernel for kernel, end in self._ends.items() if now > end]


class _Channel(VoilaKernelWebsocketHandler):  # type: ignore[misc]
    """The channel of a page to its Python."""

    async def open(self, kernel_id: str) -> None:
        self.settings["zapviz_visits"].came(kernel_id)
        await super().open(kernel_id)

    def on_close(self) -> None:
        super().on_close()
        self.settings["zapviz_visits"].left(self.kernel_id)


_OURS: Final = {VoilaShutdownKernelHandler: _Farewell, VoilaKernelWebsocketHandler: _Channel}
"""What answers in place of Voila's own."""


class Server(Voila):  # type: ignore[misc]
    """Voila for the explorer."""

    names = t.List(t.Unicode(), help="names that the server answers to, beside its address").tag(
        config=True
    )

    def init_settings(self) -> dict[str, Any]:
        """Keep who is there."""
        self._visits = Visits()
        return {**super().init_settings(), "zapviz_visits": self._visits}

    def init_handlers(self) -> list[Any]:
        """Leave out what a visitor has no need of."""
        return [
            (pattern, _OURS.get(handler, handler), *rest)
            for pattern, handler, *rest in super().init_handlers()
            if not any(path in pattern for path in _UNSERVED)
        ]

    def listen(self) -> None:
        """Watch the door, and begin."""
        self.app.default_router.rules.insert(
            0, Rule(_Foreign(self.ip, tuple(self.names)), _Refusal)
        )
        PeriodicCallback(self._end_left, _LOOK * 1000).start()
        super().listen()

    async def _end_left(self) -> None:
        """End the Pythons whose page is gone, also where it could not say so."""
        for kernel in self._visits.over(self.kernel_manager.list_kernel_ids()):
            await self.kernel_manager.shutdown_kernel(kernel)


if __name__ == "__main__":
    sys.exit(Server.launch_instance())
