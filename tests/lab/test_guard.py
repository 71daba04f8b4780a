"""Hostile requests, each with the answer that it must get."""

import socket

import pytest

from tests.lab.conftest import Server
from tests.lab.hostile import raw, send

PLAIN = "/api/playground/weights"


@pytest.mark.parametrize(
    ("status", "words", "request_"),
    [
        (421, "This host name is not allowed", {"host": "evil.example"}),
        (421, "This host name is not allowed", {"host": "evil.example:8420"}),
        (421, "This host name is not allowed", {"host": "127.0.0.1.evil.example"}),
        (421, "This host name is not allowed", {"host": "localhost.evil.example"}),
        (421, "This host name is not allowed", {"host": "192.0.2.7"}),
        (421, "This host name is not allowed", {"host": "[2001:db8::1]"}),
        (421, "This host name is not allowed", {"host": "127.0.0.1@evil.example"}),
        (403, "Pages of other sites", {"headers": [("Origin", "https://evil.example")]}),
        (403, "Pages of other sites", {"headers": [("Origin", "null")]}),
        (403, "Pages of other sites", {"headers": [("Origin", "http://localhost:1")]}),
        (403, "Pages of other sites", {"headers": [("Origin", "https://evil.example")], "method": "POST"}),
        (403, "Pages of other sites", {"headers": [("Sec-Fetch-Site", "cross-site")], "method": "POST"}),
        (403, "Pages of other sites", {"headers": [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")]}),
        (413, "larger than", {"headers": [("Content-Length", "99999999999")], "method": "POST"}),
        (404, "nothing at this address", {"path": "/static/../app.py"}),
        (404, "nothing at this address", {"path": "/static/..%2fapp.py"}),
        (404, "nothing at this address", {"path": "/static/%2e%2e/%2e%2e/etc/passwd"}),
        (404, "nothing at this address", {"path": "/static//etc/passwd"}),
        (404, "nothing at this address", {"path": "/static/"}),
        (404, "nothing at this address", {"path": "/etc/passwd"}),
        (404, "nothing at this address", {"path": "/static/playground"}),
        (404, "nothing at this address", {"path": "/static/a%00b"}),
        (405, "does not take", {"method": "DELETE"}),
        (405, "does not take", {"method": "POST", "path": "/playground"}),
        (400, "'seed' must be a whole number", {"path": f"{PLAIN}?seed=1e9"}),
        (400, "'seed' must be a whole number", {"path": f"{PLAIN}?seed=-1"}),
        (400, "'seed' must be a whole number", {"path": f"{PLAIN}?seed=99999999999999999999"}),
        (400, "'sizes' must be", {"path": f"{PLAIN}?sizes=1000000,1000000"}),
        (400, "'sizes' must be", {"path": f"{PLAIN}?sizes=" + "9," * 9000}),
        (400, "'sizes' must be", {"path": f"{PLAIN}?sizes=%C2%B2,%D9%A3"}),
        (400, "'start' must be one of", {"path": f"{PLAIN}?start=__class__"}),
        (400, "'data' must be one of", {"path": "/api/playground/rows?data=../../etc/passwd"}),
        (400, "'noise' must be a number", {"path": "/api/playground/rows?noise=nan"}),
        (400, "'noise' must be a number", {"path": "/api/playground/rows?noise=inf"}),
        (421, "This host name is not allowed", {"host": "localhost:80@evil.example"}),
        (421, "This host name is not allowed", {"host": "[::1]evil.example"}),
        (400, "'after' must be", {"path": "/api/runs/first-digits/progress?after=1_0"}),
        (400, "'sizes' must be", {"path": f"{PLAIN}?sizes=2," + "1" * 5000}),
        (414, "longer than 1,000", {"path": "/api/course/lessons/" + "1" * 5000}),
        (414, "longer than 1,000", {"path": "/v1/models/x/versions/" + "1" * 5000}),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, dict) else "",
)
def test_a_hostile_request_gets_its_answer(status, words, request_, lab):
    answer = send(lab.address, **request_)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json")
    assert words in answer.error


@pytest.mark.parametrize(
    "content",
    [
        b"\r\n\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /health HTTP/1.1\r\n\r\n",  # no host
        b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"POST /health HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n",
        b"POST /health HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this would be TLS\r\n\r\n",
    ],
    ids=["blank", "version", "no host", "two hosts", "long header", "length", "two lengths", "tls"],
)
def test_what_is_no_request_ends_without_harm(content, lab):
    answer = raw(lab.address, content)
    assert answer is None or answer.status in (400, 421)
    assert send(lab.address).status == 200


@pytest.mark.parametrize("part", ["x", "bytes=abc", "bytes=5-1", "bytes=9999999-"])
def test_a_file_is_sent_whole_whatever_part_is_asked_for(part, lab):
    answer = send(lab.address, path="/static/style.css", headers=[("Range", part)])
    assert (answer.status, b":root" in answer.body) == (200, True)


def test_every_answer_carries_the_policy(lab):
    for path in ("/", "/static/style.css", "/api/playground/rows", "/nothing"):
        headers = send(lab.address, path=path).headers
        assert "default-src 'none'; script-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers


def test_a_body_without_a_length_is_counted_too(lab):
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    try:
        answer = send(lab.address, "POST", "/playground", [("Transfer-Encoding", "chunked")], chunk * 20 + b"0\r\n\r\n")
    except OSError:  # it hung up before all of it was sent
        answer = None
    assert answer is None or answer.status in (405, 413)
    assert send(lab.address).status == 200


@pytest.fixture(scope="module")
def open_lab(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("open"), "lab", "--no-browser", "--host", "0.0.0.0")
    yield running
    running.stop()


def test_a_lab_that_others_reach_wants_its_token(open_lab):
    token = open_lab.printed.strip().partition("/?token=")[2]
    address = f"http://127.0.0.1:{open_lab.address.rpartition(':')[2]}"
    assert send(address).status == 200  # /health tells nothing
    for path, headers in (
        ("/", []),
        ("/", [("Authorization", "Bearer wrong")]),
        ("/", [("Authorization", f"Basic {token}")]),
        ("/", [("Cookie", "sparkeras_token=wrong")]),
        ("/?token=", []),
        ("/?token=wrong", []),
        ("/static/style.css", []),
        ("/api/playground/rows", [("Cookie", f"other={token}")]),
    ):
        answer = send(address, path=path, headers=headers)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert "wants its token" in answer.error
    assert send(address, path="/", headers=[("Authorization", f"Bearer {token}")]).status == 200
    entered = send(address, path=f"/?token={token}")
    assert (entered.status, entered.headers["location"]) == (303, "/")
    assert "HttpOnly" in entered.headers["set-cookie"]
    assert "samesite=strict" in entered.headers["set-cookie"].lower()
    elsewhere = send(address, path=f"//evil.example/x?token={token}")
    assert (elsewhere.status, elsewhere.headers["location"]) == (303, "/evil.example/x")
    assert send(address, "POST", f"/api/draw?token={token}", body=b"{}").status == 401
    cookie = entered.headers["set-cookie"].partition(";")[0]
    two = [("Cookie", f"sparkeras_token=of-yesterday; {cookie}")]
    assert send(address, path="/", headers=two).status == 200
    assert send(address, host=socket.gethostname()).status == 200
    assert send(address, path="/", headers=[("Cookie", cookie)]).status == 200
    assert send(address, path="/", headers=[("Cookie", cookie)], host="evil.example").status == 421
