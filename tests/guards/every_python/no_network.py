"""Refuse connections to other machines, in this Python process, and record who tried.

It stands on its own: child processes of the tests import it through ``sitecustomize.py`` beside it.
"""

import ipaddress
import os
import socket
import sys

RECORD = "SPARKERAS_TESTS_REFUSED"  # names the file that holds a line for each refused connection


class RefusedError(ConnectionRefusedError):
    """A connection that leaves this machine; code under test meets it as it would meet a missing network."""


def watch():
    """Refuse from now on; an audit hook sees every socket of this process and cannot be removed."""
    sys.addaudithook(_hook)


def _hook(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        connection, address = arguments
        if event == "socket.connect" and connection.type == socket.SOCK_DGRAM:
            return  # it sends nothing: the system only picks the interface
        if isinstance(address, tuple) and not _is_here(address[0]):
            _refuse(f"{address[0]}:{address[1]}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = _text(arguments[0])
        if not _is_address(host) and not _is_here(host):
            _refuse(host)


def _refuse(address):
    test = os.environ.get("PYTEST_CURRENT_TEST", "between tests")
    with open(os.environ[RECORD], "a", encoding="utf-8") as record:
        record.write(f"{test}: {address}\n")
    raise RefusedError(f"Tests do not connect to other machines; {test} tried {address}.")


def _is_here(host):
    """Return whether a host, given by its name or address, is this machine."""
    host = _text(host)
    if host in ("", "localhost", socket.gethostname()):
        return True
    if not _is_address(host):
        return False
    address = ipaddress.ip_address(host.partition("%")[0])
    return address.is_loopback or address.is_unspecified or _is_own(address)


def _is_address(host):
    """Return whether a host is given by its address."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _is_own(address):
    """Return whether an address is of one of this machine's interfaces: only those can be bound."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def _text(host):
    return host.decode() if isinstance(host, bytes) else host or ""
