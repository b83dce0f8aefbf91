"""How ``python app.py`` starts and ends: its settings, what it says of wrong ones, and SIGTERM."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmarks.serving import find_free_port
from recommender.ui.listening import AddressError, bracket, check_address, read_host
from tests.conftest import ROOT

PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}


def command(*arguments: str, **variables: str) -> dict:
    """Return what starts app.py for :mod:`subprocess`, without a proxy but those among ``variables``."""
    inherited = {name: value for name, value in os.environ.items() if name.lower() not in PROXIES}
    return {"args": [sys.executable, "app.py", *arguments], "cwd": ROOT, "env": {**inherited, **variables}}


@contextmanager
def started(*arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the page; give its process and the address that it prints."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(**command(*arguments, **variables), **streams) as process:
        try:
            line = process.stdout.readline()
            yield process, line.rpartition(" ")[2].strip() or pytest.fail(process.stderr.read())
        finally:
            process.kill()


def open_directly(address: str):
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=20)


@pytest.mark.slow
def test_behind_a_dead_proxy_the_page_starts_and_sigterm_ends_it_at_once_while_a_visitor_is_there() -> None:
    port, nobody = find_free_port(), f"http://127.0.0.1:{find_free_port()}"
    with started("--port", str(port), HTTP_PROXY=nobody, HTTPS_PROXY=nobody) as (process, address):
        assert address == f"http://127.0.0.1:{port}"
        visitor = open_directly(f"{address}/gradio_api/heartbeat/visitor")  # a stream of events without an end

        asked = time.monotonic()
        process.terminate()

        assert process.wait(20) == 0  # -15: by the signal itself, which does not end a container's first process
        assert time.monotonic() - asked < 5  # docker stop waits for ten
        assert process.stderr.read() == ""
        visitor.close()
    with pytest.raises(urllib.error.URLError):
        open_directly(address)


@pytest.mark.slow
@pytest.mark.parametrize("host", ["::1", "[::1]", "::"])
def test_an_ipv6_address_and_a_sub_path_without_its_slash_come_from_the_environment(host) -> None:
    port = find_free_port()
    settings = {"GRADIO_SERVER_NAME": host, "GRADIO_SERVER_PORT": str(port), "GRADIO_ROOT_PATH": "shop/"}
    with started(**settings) as (_, address):
        assert address == f"http://{bracket(read_host(host))}:{port}"
        page = open_directly(f"http://[::1]:{port}").read().decode()

    assert f'content="http://[::1]:{port}/shop/page-files/social-card.png"' in page


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        (
            {"GRADIO_SERVER_PORT": "abc"},
            "app.py: error: argument --port: a number from 1 to 65535 is needed, not 'abc'",
        ),
        ({"RECOMMENDER_THREADS": "0"}, "app.py: RECOMMENDER_THREADS must be a whole number from 1 up, not '0'."),
    ],
)
def test_a_setting_that_is_no_number_ends_the_start_with_one_sentence(variables, says) -> None:
    done = subprocess.run(**command(**variables), capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, says)
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_taken_port_ends_the_start_with_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(**command("--port", str(port)), capture_output=True, text=True, timeout=120)

    assert (done.returncode, done.stderr) == (2, f"app.py: Port {port} is taken; choose another with --port.\n")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost", "::1", "::"])
def test_the_own_addresses_can_be_listened_on_where_their_port_is_free(host) -> None:
    check_address(host, None)
    check_address(host, find_free_port())

    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        port = other.getsockname()[1]
        if ":" in host:
            with pytest.raises(AddressError, match=f"^Port {port} is taken; choose another with --port.$"):
                check_address(host, port)


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7", "shop.invalid", "x" * 70])
@pytest.mark.parametrize("port", [None, 7949])
def test_an_address_of_another_machine_is_refused_by_its_name(host, port) -> None:
    with pytest.raises(AddressError, match=r"^The address [\w.:]+…? is not one of this machine's.$"):
        check_address(host, port)
