"""Convert Amazon Sports & Outdoors, the data of the P5 paper (Geng et al. 2022, arXiv 2203.13366), to an order export.

35,598 shoppers with five purchases or more each, in order of time, of 18,357 products: the 5-core of McAuley's reviews
of 2014, from the public repository GRAM (ACL 2025). The data are not part of this project: each import downloads the
files and checks them by their git blob ids.
"""

from __future__ import annotations

import csv
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import requests
from tqdm import tqdm
from urllib3 import Retry

from ..errors import RecommenderError

COMMIT = "2c168a4cc12e70c464502149392943e091006835"
ADDRESS = f"https://raw.githubusercontent.com/zhaodong-liu/GRAM/{COMMIT}/rec_datasets/Sports"
MIRROR = "RECOMMENDER_AMAZON_URL"  # environment variable: another address of the same files
SEQUENCES, TITLES = "user_sequence.txt", "item_plain_text.txt"
BLOBS = {  # file -> git blob id: the SHA-1 of "blob", length and content
    SEQUENCES: "426c3671f5540b87524611c7359d4237d8b3daed",
    TITLES: "d82b532e0462a6d2ddcd34597ffb05de8e257f82",
}
PUBLISHED = Path(__file__).with_suffix(".csv")  # published metrics on these data
WORDS = "item_words.txt"  # seven word pieces per product instead of titles, as docs/real-shoppers.md had them
TIMEOUT = (10.0, 30.0)  # seconds to connect, and to wait for data
BLOCK = 2**16  # bytes
_TITLE = re.compile(r"title: *(.*?)(?:; *brand: *(.*?))?(?:; *categor\w+: *(.*))?$", re.IGNORECASE)
_TOP = "sports & outdoors"  # the category of all products


def download(folder: Path) -> None:
    """Download the two files into a folder.

    :raises RecommenderError: if they cannot be downloaded, or differ from the published ones.
    """
    address = os.environ.get(MIRROR, ADDRESS).rstrip("/")
    session = requests.Session()
    retry = Retry(total=3, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504))
    session.mount(address, requests.adapters.HTTPAdapter(max_retries=retry))
    for name, blob in BLOBS.items():
        try:
            with session.get(f"{address}/{name}", stream=True, timeout=TIMEOUT) as answer:
                answer.raise_for_status()
                _save(answer, folder / name)
        except requests.RequestException as error:
            raise RecommenderError(f"{name} cannot be downloaded from {address}: {error}") from error
        if _git_blob(folder / name) != blob:
            raise RecommenderError(f"{address}/{name} is not the file that was published; nothing was imported.")


def write_orders(folder: Path, path: Path) -> None:
    """Write a folder's files as an export of orders: customer, sku, title, category, the earliest purchase first.

    :raises RecommenderError: if a file is missing or malformed.
    """
    if not (folder / SEQUENCES).is_file():
        raise RecommenderError(f"{folder} has no {SEQUENCES}.")
    products = dict(_read_products(folder))
    with path.open("w", encoding="utf-8", newline="") as file:
        output = csv.writer(file)
        output.writerow(("customer", "sku", "title", "category"))
        for number, line in _read_lines(folder / SEQUENCES):
            shopper, *bought = line.split()
            if not bought:
                raise RecommenderError(f"{folder / SEQUENCES}, line {number} has a shopper without purchases.")
            output.writerows((shopper, asin, *products.get(asin, (asin, ""))) for asin in bought)


def _read_products(folder: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield product numbers with title and category."""
    name = next((name for name in (TITLES, WORDS) if (folder / name).is_file()), None)
    if name is None:
        raise RecommenderError(f"{folder} has no {TITLES}.")
    for number, line in _read_lines(folder / name):
        asin, _, text = line.strip().partition(" ")
        if name == WORDS:
            yield asin, ("".join(text.split("|")).replace("▁", " ").strip().title(), "")
            continue
        described = _TITLE.fullmatch(text)
        if not described:
            raise RecommenderError(f'{folder / name}, line {number} is not of the form "ASIN title: …".')
        title, brand, categories = (part or "" for part in described.groups())
        groups = (group.strip() for group in re.split(r"[,>|]", categories))
        yield asin, (title or brand or asin, next((group for group in groups if group and group.lower() != _TOP), ""))


def _read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers."""
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise RecommenderError(f"{path} is not a text file in UTF-8.") from error
    yield from ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())


def _save(answer: requests.Response, path: Path) -> None:
    total = int(answer.headers.get("Content-Length", 0)) or None
    with path.open("wb") as file, tqdm(total=total, unit="B", unit_scale=True, desc=path.name) as progress:
        for block in answer.iter_content(BLOCK):
            file.write(block)
            progress.update(len(block))


def _git_blob(path: Path) -> str:
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
