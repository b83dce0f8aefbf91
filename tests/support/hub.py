"""A Hugging Face Hub on loopback with small T5s; it can simulate the Hub's failures."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import pickle
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import unquote, urlsplit

import sentencepiece
import torch
from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

from recommender.shop.catalog import Catalog
from recommender.t5.prompt import TEMPLATES
from tests.support.servers import on_loopback

PUBLISHED = "mohammadhia/t5_recommendation_sports_equipment_english"
COMMIT = "1" * 40
BLOCK = 64 * 1024  # bytes


@dataclass
class Hub:
    """A running server with one repository.

    :ivar files: what the repository holds, uploaded files included; those in LFS are redirected to "another host".
    :ivar exists: whether the repository exists; "create repo" makes it.
    :ivar visibility: what "create repo" asked for; None if the default applies.
    :ivar status: HTTP status of every reply, if not 200.
    :ivar cuts: number of bytes of a large file after which the connection breaks, one entry per transfer.
    :ivar slow_from: bytes of a large file after which one block a second is sent, until ``go_on``.
    :ivar garbled: whether large files are sent with one byte changed.
    :ivar claimed: false sizes of files in the listing.
    :ivar listing: what is sent in place of the listing, if not None.
    :ivar asked: method, path and Range of every request, in order.
    :ivar stored: what was uploaded to LFS, by SHA-256.
    :ivar tokens: the first part of every path to which a token was sent: "api", "lfs" or the repository's owner.
    """

    files: Mapping[str, bytes]
    repository: str = PUBLISHED
    exists: bool = True
    visibility: str | None = None
    status: int = 200
    cuts: list[int] = field(default_factory=list)
    slow_from: int | None = None
    garbled: bool = False
    claimed: Mapping[str, object] = field(default_factory=dict)
    listing: bytes | None = None
    url: str = ""
    go_on: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    stored: dict[str, bytes] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)

    def fetched(self, method: str = "GET") -> list[str]:
        """Return the names of the requested files."""
        return [p.rpartition("/")[2] for m, p, _ in self.asked if m == method and "/resolve/" in p]

    def ranges(self) -> list[str | None]:
        """Return the Range header of every transfer of a large file."""
        return [r for m, p, r in self.asked if m == "GET" and p.startswith("/lfs/")]


def is_large(name: str) -> bool:
    return name.endswith((".bin", ".safetensors"))


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._serve(with_body=False)

    def do_GET(self) -> None:
        self._serve(with_body=True)

    def do_POST(self) -> None:
        """Answer the requests of an upload: create a repository, upload modes, addresses of large files, commit."""
        hub, body = self.hub, self._body()
        api = f"/api/models/{hub.repository}"
        hub.asked.append(("POST", self.path, None))
        if hub.status != 200:
            return self._send(hub.status, b"{}", {"X-Error-Message": "Said no."}, True)
        if self.path == "/api/validate-yaml":
            return self._json({"errors": [], "warnings": []})
        if self.path == "/api/repos/create":
            asked = json.loads(body)
            hub.visibility = asked.get("visibility")
            hub.exists = hub.repository == f"{asked['organization']}/{asked['name']}"
            return self._json({"url": f"{hub.url}/{hub.repository}"})
        if not hub.exists:
            return self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, True)
        if self.path == f"{api}/preupload/main":
            files = [{"path": f["path"], "shouldIgnore": False} for f in json.loads(body)["files"]]
            return self._json(
                {"files": [f | {"uploadMode": "lfs" if is_large(f["path"]) else "regular"} for f in files]}
            )
        if self.path == f"/{hub.repository}.git/info/lfs/objects/batch":
            objects = json.loads(body)["objects"]
            places = [{"actions": {"upload": {"href": f"{hub.url}/upload/{o['oid']}"}}} for o in objects]
            return self._json({"objects": [o | place for o, place in zip(objects, places, strict=True)]})
        assert self.path == f"{api}/commit/main", self.path
        sent = [(line["key"], line["value"]) for line in map(json.loads, body.splitlines())]
        regular = {v["path"]: base64.b64decode(v["content"]) for key, v in sent if key == "file"}
        large = {v["path"]: hub.stored[v["oid"]] for key, v in sent if key == "lfsFile"}
        hub.files = {**hub.files, **regular, **large}
        self._json({"success": True, "commitOid": COMMIT, "commitUrl": f"{hub.url}/{hub.repository}/commit/{COMMIT}"})

    def do_PUT(self) -> None:
        content = self._body()
        assert self.path == f"/upload/{digest(content)}"
        self.hub.stored[digest(content)] = content
        self._send(200, b"", {}, True)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"]))
        blocks = []
        while size := int(self.rfile.readline(), 16):
            blocks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(blocks)

    def _json(self, answer: dict) -> None:
        self._send(200, json.dumps(answer).encode(), {"Content-Type": "application/json"}, True)

    def _serve(self, with_body: bool) -> None:
        hub, path = self.hub, unquote(urlsplit(self.path).path)
        hub.asked.append((self.command, path, self.headers.get("Range")))
        if self.headers.get("Authorization"):
            hub.tokens.add(path.split("/")[1])
        if hub.status != 200:
            self._send(hub.status, hub.listing or b"{}", {"X-Error-Message": "Said no."}, with_body)
        elif path in (f"/api/models/{hub.repository}", f"/api/models/{hub.repository}/revision/main"):
            listing = json.dumps(self._listing()).encode() if hub.listing is None else hub.listing
            self._send(200, listing, {"Content-Type": "application/json"}, with_body)
        elif found := re.fullmatch(rf"/{re.escape(hub.repository)}/resolve/(?:main|{COMMIT})/(.+)", path):
            self._resolve(found[1], with_body)
        elif path.startswith("/lfs/"):
            self._transfer(path.removeprefix("/lfs/"))
        else:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, with_body)

    def _listing(self) -> dict:
        def entry(name: str, content: bytes) -> dict:
            size = self.hub.claimed.get(name, len(content))
            lfs = {"sha256": digest(content), "size": size, "pointerSize": 134}
            return {"rfilename": name, "size": size, "blobId": "2" * 40} | ({"lfs": lfs} if is_large(name) else {})

        siblings = [entry(name, content) for name, content in self.hub.files.items()]
        return {"id": self.hub.repository, "sha": COMMIT, "siblings": siblings, "tags": []}

    def _resolve(self, name: str, with_body: bool) -> None:
        if name not in self.hub.files:
            headers = {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}
            return self._send(404, b"", headers, with_body)
        content = self.hub.files[name]
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{digest(content)[:40]}"'}
        if is_large(name):
            headers |= {"X-Linked-Size": str(len(content)), "X-Linked-ETag": f'"{digest(content)}"'}
            elsewhere = self.hub.url.replace("127.0.0.1", "localhost")
            return self._send(302, b"", headers | {"Location": f"{elsewhere}/lfs/{name}"}, with_body)
        self._send(200, content, headers, with_body)

    def _transfer(self, name: str) -> None:
        hub, content = self.hub, self.hub.files[name]
        if hub.garbled:
            content = content[:-1] + bytes([content[-1] ^ 1])
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        start = int(wanted[1]) if wanted else 0
        headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if wanted else {}
        self._head(206 if wanted else 200, len(content) - start, headers)
        cut = hub.cuts.pop(0) if hub.cuts else None
        for at in range(start, len(content), BLOCK):
            if cut is not None and at - start >= cut:
                self.close_connection = True
                return
            if hub.slow_from is not None and at >= hub.slow_from:
                hub.go_on.wait(1)
            try:
                self.wfile.write(content[at : at + BLOCK])
            except ConnectionError:  # the client is gone
                return

    def _send(self, status: int, body: bytes, headers: Mapping[str, str], with_body: bool) -> None:
        self._head(status, len(body), headers)
        if with_body:
            self.wfile.write(body)

    def _head(self, status: int, length: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Log nothing."""


@contextmanager
def serving_hub(hub: Hub) -> Iterator[Hub]:
    """Serve the Hub on a free port."""
    with on_loopback(_Handler, hub=hub) as hub.url:
        try:
            yield hub
        finally:
            hub.go_on.set()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def published(folder: Path, width: int = 32) -> dict[str, bytes]:
    """Write a random T5 in the layout of 2023: ``pytorch_model.bin``, ``tokenizer.json``, ``config.json``."""
    model = write_t5(folder, width)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    return contents(folder)


def sharded(folder: Path) -> dict[str, bytes]:
    """Write the same T5 in several safetensors files with an index."""
    write_t5(folder, 32).save_pretrained(folder, max_shard_size="50KB")
    return contents(folder)


def write_t5(folder: Path, width: int) -> T5ForConditionalGeneration:
    """Write config and tokenizer of a T5 whose vocabulary, like T5's own, has neither braces nor Arabic."""
    letters = sorted({c for item in Catalog.load() for c in item.name("en")} | set("ABCDEFGHIJKLMNOPQRSTUVWXYZ:,-"))
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces = [*special, *((letter, -3.0) for letter in letters if letter != " ")]
    T5Tokenizer(vocab=pieces, extra_ids=0).save_pretrained(folder)
    torch.manual_seed(0)
    shape = {"d_model": width, "d_kv": 16, "d_ff": 2 * width, "num_heads": 2, "num_layers": 1, "num_decoder_layers": 1}
    model = T5ForConditionalGeneration(T5Config(vocab_size=256, decoder_start_token_id=0, **shape))
    model.config.save_pretrained(folder)
    return model.eval()


def sentencepiece_model() -> bytes:
    """``spiece.model`` with T5's ids, learnt from the shop's English names."""
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([item.name("en") for item in Catalog.load()] + [TEMPLATES["en"].replace("{", "")] * 9),
        model_writer=written,
        vocab_size=64,
        hard_vocab_limit=False,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    return written.getvalue()


def contents(folder: Path) -> dict[str, bytes]:
    """A repository with these files and some that no T5 needs."""
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    return found | {"README.md": b"# A T5", "tf_model.h5": b"0" * 5000, "training_args.bin": b"0" * 500}


def trap(path: Path) -> bytes:
    """Return a pickle that creates the folder ``path`` if it is unpickled without protection."""
    return pickle.dumps({"shared.weight": _Trap(path)})


class _Trap:
    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)
