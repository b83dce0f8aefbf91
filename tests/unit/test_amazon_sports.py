"""Amazon Sports & Outdoors: download from a loopback server, checks and import."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import pytest

from recommender import Catalog
from recommender.__main__ import main
from recommender.orders import amazon_sports
from recommender.orders.amazon_sports import SEQUENCES, TITLES, WORDS
from tests.support.servers import on_loopback

FILES = {
    SEQUENCES: b"A1 B00X B00Y 0123456789\nA2 B00Y B00X\n",
    TITLES: (
        b"B00X title: Wilson Ultra: Tennis Racket, 27; brand: Wilson; categories: Sports & Outdoors, Tennis, Rackets\n"
        b"B00Y title: Bottle; brand: Nalgene; categories: Sports & Outdoors, Camping\n"
        b"0123456789 title: ; brand: Acme; categories: \n"
    ),
}


@dataclass
class Source:
    """A running server.

    :ivar failures: number of replies with status 503 before the first good one.
    """

    files: dict[str, bytes]
    failures: int = 0
    url: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def source(monkeypatch) -> Iterator[Source]:
    found = Source(dict(FILES))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            content = found.files.get(self.path.rpartition("/")[2])
            found.failures -= 1
            status = 503 if found.failures >= 0 else 404 if content is None else 200
            self.send_response(status)
            self.send_header("Content-Length", str(len(content or b"") if status == 200 else 0))
            self.end_headers()
            if status == 200:
                self.wfile.write(content)

        def log_message(self, *values: object) -> None: ...

    with on_loopback(Handler) as url:
        monkeypatch.setenv(amazon_sports.MIRROR, f"{url}/rec_datasets/Sports/")
        monkeypatch.setattr(amazon_sports, "BLOBS", {name: git_blob(content) for name, content in FILES.items()})
        yield found


def assert_refused(*command: str) -> None:
    """Run a command that must end with an error."""
    with pytest.raises(SystemExit) as ended:
        main(list(command))
    assert ended.value.code == 2


def git_blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def test_git_knows_a_file_by_the_id_that_is_computed_here(tmp_path) -> None:
    (tmp_path / "file").write_bytes(b"what is up, doc?")
    # the example of "Pro Git", chapter 10.2
    assert amazon_sports._git_blob(tmp_path / "file") == "bd9dbf5aae1a3862dd1526723246b20206e5fc37"


def test_one_command_makes_a_shop_of_the_shoppers(source, tmp_path, capsys) -> None:
    source.failures = 1  # a server that is busy is asked again

    assert main(["import", "amazon-sports", "--output", str(tmp_path / "shop")]) == 0

    assert source.asked[-1] == f"/rec_datasets/Sports/{TITLES}" and len(source.asked) == 3
    shop = Catalog.load(tmp_path / "shop" / "inventory.csv")
    assert {item.id: (item.name("en"), item.sport) for item in shop} == {
        "B00X": ("Wilson Ultra: Tennis Racket, 27", "Tennis"),
        "B00Y": ("Bottle", "Camping"),
        "0123456789": ("Acme", ""),
    }
    with (tmp_path / "shop" / "purchases.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["purchased"] for row in rows] == ["B00X;B00Y;0123456789", "B00Y;B00X"]  # in order of time
    assert "Customers: 2;" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda files: files.update({TITLES: FILES[TITLES].replace(b"Bottle", b"Bottla")}), "is not the file"),
        (lambda files: files.pop(SEQUENCES), "cannot be downloaded"),
    ],
    ids=["another file", "no file"],
)
def test_what_is_not_the_published_file_is_refused_and_nothing_is_written(
    source, tmp_path, capsys, spoil, says
) -> None:
    spoil(source.files)

    assert_refused("import", "amazon-sports", "--output", str(tmp_path / "shop"))

    assert says in capsys.readouterr().err and not (tmp_path / "shop").exists()


def test_the_files_are_read_from_disk_and_words_stand_in_for_titles(tmp_path) -> None:
    (tmp_path / SEQUENCES).write_bytes(FILES[SEQUENCES])
    (tmp_path / WORDS).write_text("B00X |▁rack|et|▁tennis\nB00Y |▁bottle\n0123456789 |▁ball\n", encoding="utf-8")

    command = ["import", "amazon-sports", "--from", str(tmp_path), "--output", str(tmp_path / "shop")]
    assert main(command) == 0

    assert Catalog.load(tmp_path / "shop" / "inventory.csv")["B00X"].name("en") == "Racket Tennis"


@pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\r"], ids=ascii)
def test_a_line_of_the_files_ends_at_a_line_feed_alone(tmp_path, capsys, sign) -> None:
    (tmp_path / SEQUENCES).write_bytes(b"A1 B00X B00Y\r\n")
    titles = f"B00X title: Ball{sign}Pump; brand: x\r\nB00Y title: Cap\n"
    (tmp_path / TITLES).write_bytes(titles.encode())
    command = ["import", "amazon-sports", "--from", str(tmp_path), "--output", str(tmp_path / "shop")]
    assert main(command) == 0
    assert [item.name("en") for item in Catalog.load(tmp_path / "shop" / "inventory.csv")] == ["Ball Pump", "Cap"]

    (tmp_path / TITLES).write_bytes(f"{titles}B00Z\n".encode())
    assert_refused(*command, "--update")
    assert "line 3 is not of the form" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, f"has no {SEQUENCES}"),
        ({SEQUENCES: "A1 B00X\n"}, f"has no {TITLES}"),
        ({SEQUENCES: "A1\n", TITLES: "B00X title: Ball\n"}, "line 1 has a shopper without purchases"),
        ({SEQUENCES: "A1 B00X\n", TITLES: "B00X\n"}, "line 1 is not of the form"),
    ],
)
def test_files_that_are_missing_or_of_another_form_are_refused(tmp_path, capsys, files, says) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")

    assert_refused("import", "amazon-sports", "--from", str(tmp_path), "--output", str(tmp_path / "shop"))

    assert says in capsys.readouterr().err and not (tmp_path / "shop").exists()


def test_a_folder_is_for_these_shoppers_only(tmp_path, capsys) -> None:
    assert_refused("import", "orders.csv", "--from", str(tmp_path), "--output", str(tmp_path / "shop"))
    assert "--from goes with amazon-sports" in capsys.readouterr().err
