"""Check with pip that the requirements can be installed on each kind of machine: ``python -m scripts.resolve``.

A Space adds its own packages to requirements.txt, and a ZeroGPU Space one of the torch versions that it supports.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GRADIO = next(line for line in (ROOT / "requirements.txt").read_text().split() if line.startswith("gradio"))
SPACE = (GRADIO.replace("[mcp]", "[oauth,mcp]"), "spaces")
MACHINES = (  # name, Python, additions to requirements.txt, expected torch
    ("here", "3.11", (), "2.13.0"),
    ("CPU Space", "3.11", SPACE, "2.13.0"),
    ("lowest torch", "3.11", (*SPACE, "torch==2.8.0"), "2.8.0"),
    *(("ZeroGPU Space", "3.12", (*SPACE, f"torch=={v}"), v) for v in ("2.8.0", "2.9.1", "2.10.0", "2.11.0")),
)


def resolve(python: str, added: tuple[str, ...]) -> dict[str, str]:
    """Return the versions that pip would install, by package.

    :raises subprocess.CalledProcessError: if there is no solution; pip's reason is printed.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        options = ["--dry-run", "--ignore-installed", "--quiet", "--only-binary=:all:", "--python-version", python]
        command = [sys.executable, "-m", "pip", "install", *options, "--target", folder, "--report", str(report)]
        subprocess.run([*command, "-r", str(ROOT / "requirements.txt"), *added], check=True)
        found = [package["metadata"] for package in json.loads(report.read_text())["install"]]
    return {metadata["name"].lower(): metadata["version"].partition("+")[0] for metadata in found}


def main() -> int:
    """Print a line per machine, and return the number of machines without the expected torch."""
    failures = 0
    for name, python, added, expected in MACHINES:
        try:
            torch = resolve(python, added)["torch"]
        except subprocess.CalledProcessError:
            torch = "no solution"
        failures += torch != expected
        print(f"{name}, Python {python}: torch {torch} (expected {expected})", flush=True)
    return failures


if __name__ == "__main__":
    sys.exit(main())
