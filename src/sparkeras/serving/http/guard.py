"""Who may ask, and how much: Host, Origin, token, size of the body, time, requests at once; and the headers of answers.

Runs on: driver.

A page of another site that a browser shows cannot read the lab (no CORS), nor write to it (Origin), nor reach it under
a name of its own that points here (Host). Who may reach the port from another machine needs the token.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sparkeras.serving.http.responses import Refusal, refusal

COOKIE = "sparkeras_token"
MOST_PATH = 1000  # characters; no name here is nearly as long
OPEN_TO_ALL = ("/health",)  # for programs that watch servers; it tells nothing
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::\d{1,5})?", re.ASCII)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True)
class Rules:
    """The limits of a Guard.

    Attributes
    ----------
    token : str or None
        A request must bring it, as ``Authorization: Bearer``, as a cookie, or once as ``?token=``; None: no token.
    names : frozenset of str
        Host names that requests may use, beside addresses and ``localhost``.
    most_bytes : int
        Of a body.
    seconds : float
        From a request's first byte to its answer.
    at_once : int
        Requests; the others are asked to come again.
    """

    token: str | None = None
    names: frozenset[str] = field(default_factory=frozenset)
    most_bytes: int = 16 << 20
    seconds: float = 60.0
    at_once: int = 256


class Guard:
    """ASGI middleware around an app; see the head of this file."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self.app, self.rules, self.now = app, rules, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # Files are sent whole, whatever range is requested: they are small.
        scope = {**scope, "headers": [each for each in scope["headers"] if each[0] != b"range"]}
        send = _with_headers(send)
        headers = Headers(scope=scope)
        refused: Response | None = self._refused(scope, headers)
        if refused is None and self.now >= self.rules.at_once:
            refused = refusal(503, "Too many requests at once. Ask again in a moment.", {"Retry-After": "1"})
        if refused is not None:
            await refused(scope, receive, send)
            return
        self.now += 1
        try:
            await self._in_time(scope, self._limited(receive), send)
        finally:
            self.now -= 1

    def _refused(self, scope: Scope, headers: Headers) -> Response | None:
        """Return the response that refuses a request, or None."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._knows(_name_of(hosts[0])):
            return refusal(421, "This host name is not allowed. Use the address that the server printed.")
        origin = headers.get("origin")
        if _is_of_another_site(scope["method"], headers, origin, hosts[0]):
            return refusal(403, "Pages of other sites may not send requests here.")
        if len(scope["path"]) > MOST_PATH:
            return refusal(414, f"The address is longer than {MOST_PATH:,} characters.")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self.rules.most_bytes:
            return refusal(413, f"The body is larger than {self.rules.most_bytes:,} bytes.")
        return self._without_token(scope, headers)

    def _knows(self, name: str) -> bool:
        if name == "localhost" or name in self.rules.names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or self.rules.token is not None  # a name may point anywhere, an address only there

    def _without_token(self, scope: Scope, headers: Headers) -> Response | None:
        """Return the answer to a request that lacks the token, or has it in its address; None for one that sends it."""
        if self.rules.token is None or scope["path"] in OPEN_TO_ALL:
            return None
        brought = QueryParams(scope["query_string"]).get("token")
        if brought is not None and self._is_token(brought) and scope["method"] in ("GET", "HEAD"):
            here = "/" + scope["path"].lstrip("/")  # two slashes would be the name of another host
            answer = RedirectResponse(here, 303)  # so that it does not stay in the address
            answer.set_cookie(COOKIE, brought, httponly=True, samesite="strict")
            return answer
        kind, _, bearer = headers.get("authorization", "").partition(" ")
        if any(map(self._is_token, _cookies(headers))) or (kind.lower() == "bearer" and self._is_token(bearer.strip())):
            return None
        message = "The lab wants its token: the address that it printed has it, or send 'Authorization: Bearer TOKEN'."
        return refusal(401, message, {"WWW-Authenticate": "Bearer"})

    def _is_token(self, text: str) -> bool:
        token = self.rules.token
        return token is not None and hmac.compare_digest(text.encode(), token.encode())

    async def _in_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            async with asyncio.timeout(self.rules.seconds):
                await self.app(scope, receive, noting)
        except TimeoutError:
            if not begun:
                await refusal(503, f"It took longer than {self.rules.seconds:g} s.")(scope, receive, send)

    def _limited(self, receive: Receive) -> Receive:
        """Return a ``receive`` that refuses a body longer than the limit, whatever its header says."""
        seen = 0

        async def limited() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.rules.most_bytes:
                raise Refusal(413, f"The body is larger than {self.rules.most_bytes:,} bytes.")
            return message

        return limited


def _is_of_another_site(method: str, headers: Headers, origin: str | None, host: str) -> bool:
    """Tell whether a page of another site sends the request; following its link does not count."""
    if origin is not None:
        return origin.partition("://")[2].lower() != host.lower()
    follows = method in ("GET", "HEAD") and headers.get("sec-fetch-mode") == "navigate"
    return headers.get("sec-fetch-site") in ("cross-site", "same-site") and not follows


def _name_of(host: str) -> str:
    """Return the name or address in a Host header, without its port, in lower case."""
    match = _HOST.fullmatch(host.strip().lower())
    return (match[1] or match[2].rstrip(".")) if match else ""


def _cookies(headers: Headers) -> Iterator[str]:
    """Yield the values of our cookie; a browser may also send one of an earlier lab."""
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            yield value


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Content-Security-Policy", POLICY)
        await send(message)

    return sending
