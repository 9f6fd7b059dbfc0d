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
from typing import Any, Final
from urllib.parse import urlsplit

import traitlets as t
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import PeriodicCallback
from tornado.routing import Matcher, Rule
from tornado.web import RequestHandler
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler

__all__ = ["Server", "answers_to", "is_own_page"]

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


class Server(Voila):  # type: ignore[misc]
    """Voila for the explorer."""

    names = t.List(t.Unicode(), help="names that the server answers to, beside its address").tag(
        config=True
    )

    def init_handlers(self) -> list[Any]:
        """Leave out what a visitor has no need of, and take our own farewell."""
        handlers = []
        for pattern, handler, *rest in super().init_handlers():
            if handler is VoilaShutdownKernelHandler:
                handler = _Farewell
            if not any(path in pattern for path in _UNSERVED):
                handlers.append((pattern, handler, *rest))
        return handlers

    def listen(self) -> None:
        """Watch the door, and begin."""
        self.app.default_router.rules.insert(
            0, Rule(_Foreign(self.ip, tuple(self.names)), _Refusal)
        )
        self._left: dict[str, float] = {}  # by kernel, since when it has no page
        PeriodicCallback(self._end_left, _LOOK * 1000).start()
        super().listen()

    async def _end_left(self) -> None:
        """End the Pythons whose page is gone, also where it could not say so."""
        now = time.monotonic()
        alive = self.kernel_manager.list_kernel_ids()
        self._left = {kernel: since for kernel, since in self._left.items() if kernel in alive}
        for kernel in alive:
            if self.kernel_manager.kernel_model(kernel)["connections"]:
                self._left[kernel] = float("inf")  # it had a page
                continue
            since = self._left.get(kernel)
            if since is None:
                self._left[kernel] = now + _COMING - _GRACE
            elif since == float("inf"):
                self._left[kernel] = now
            elif now - since > _GRACE:
                await self.kernel_manager.shutdown_kernel(kernel)


if __name__ == "__main__":
    sys.exit(Server.launch_instance())
