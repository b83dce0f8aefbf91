"""The address on which the page listens, checked before Gradio starts: Gradio's messages are for its developers."""

from __future__ import annotations

import argparse
import errno
import socket

from ..errors import RecommenderError
from ..shop.text import shorten


class AddressError(RecommenderError):
    """A host or port on which the page cannot listen."""


def read_port(text: str) -> int:
    """Parse the number of a port, for argparse."""
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        raise argparse.ArgumentTypeError(f"a number from 1 to {2**16 - 1} is needed, not {shorten(text)!r}")
    return int(text)


def read_host(text: str) -> str:
    """Return the address of a machine without the brackets that an IPv6 address has in a URL, for argparse."""
    return text.strip().removeprefix("[").removesuffix("]")


def bracket(host: str) -> str:
    """Return a host as it is written in a URL."""
    return f"[{host}]" if ":" in host else host


def check_address(host: str, port: int | None) -> None:
    """Check that the page can listen on an address.

    :param port: None for any: Gradio looks for a free one.
    :raises AddressError: if the port is not free, or the host is another machine.
    """
    for name in dict.fromkeys(("127.0.0.1", host)):  # Gradio needs the port on loopback to be free, too
        try:
            family, *_, address = socket.getaddrinfo(name, port or 0, type=socket.SOCK_STREAM)[0]
            socket.create_server(address[:2], family=family).close()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise AddressError(f"Port {port} is taken; choose another with --port.") from error
            if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
                raise AddressError(f"The address {shorten(name)} is not one of this machine's.") from error
            raise AddressError(f"Port {port} of {shorten(name)} cannot be used: {error.strerror}.") from error
        except UnicodeError as error:  # a name too long for the domain name system
            raise AddressError(f"The address {shorten(name)} is not one of this machine's.") from error
