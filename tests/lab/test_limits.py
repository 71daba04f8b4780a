"""A guard with tight rules before a real server: time, requests at once, bodies."""

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from sparkeras.serving.http.guard import Guard, Rules
from sparkeras.serving.http.responses import HANDLERS
from tests.lab.conftest import answering
from tests.lab.hostile import raw, send


async def wait(request):
    await asyncio.sleep(float(request.query_params["seconds"]))
    return JSONResponse({})


async def read(request):
    return JSONResponse(len(await request.body()))


@pytest.fixture(scope="module")
def tight():
    routes = [Route("/wait", wait), Route("/read", read, methods=["POST"])]
    app = Starlette(routes=routes, exception_handlers=HANDLERS)
    with answering(Guard(app, Rules(seconds=1, at_once=2, most_bytes=1000))) as address:
        yield address


def test_what_takes_too_long_is_ended(tight):
    began = time.monotonic()
    answer = send(tight, path="/wait?seconds=30")
    assert (answer.status, answer.error) == (503, "It took longer than 1 s.")
    assert time.monotonic() - began < 10


def test_a_body_that_does_not_come_is_not_waited_for(tight):
    head = f"POST /read HTTP/1.1\r\nHost: {urlsplit(tight).netloc}\r\nContent-Length: 900\r\nConnection: close\r\n\r\n"
    answer = raw(tight, head.encode() + b"only this")
    assert (answer.status, answer.error) == (503, "It took longer than 1 s.")


def test_a_body_is_counted_whatever_its_header_says(tight):
    chunks = b"190\r\n" + b"x" * 400 + b"\r\n"
    fits = send(tight, "POST", "/read", [("Transfer-Encoding", "chunked")], chunks * 2 + b"0\r\n\r\n")
    assert (fits.status, fits.body) == (200, b"800")
    large = send(tight, "POST", "/read", [("Transfer-Encoding", "chunked")], chunks * 3 + b"0\r\n\r\n")
    assert (large.status, large.error) == (413, "The body is larger than 1,000 bytes.")


def test_too_many_at_once_are_asked_to_come_again(tight):
    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(lambda _: send(tight, path="/wait?seconds=0.6"), range(4)))
    assert sorted(answer.status for answer in answers) == [200, 200, 503, 503]
    refused = next(answer for answer in answers if answer.status == 503)
    assert (refused.error, refused.headers["retry-after"]) == ("Too many requests at once. Ask again in a moment.", "1")
    assert send(tight, path="/wait?seconds=0").status == 200


def test_who_hangs_up_leaves_no_request_behind(tight):
    parts = urlsplit(tight)
    for _ in range(5):
        with socket.create_connection((parts.hostname, parts.port)) as connection:
            connection.sendall(f"POST /read HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 900\r\n\r\nx".encode())
            time.sleep(0.05)
    time.sleep(0.3)
    assert send(tight, "POST", "/read", body=b"12345").body == b"5"
