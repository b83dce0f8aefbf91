"""README.md and CONTRIBUTING.md name existing files only, and all packages."""

import re

import pytest

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")
TREE = README.partition("## Where things are")[2].split("```")[1]


def test_the_tree_names_every_package_and_every_module_beside_them():
    package = ROOT / "recommender"
    rooms = {f"{path.parent.name}/" for path in package.glob("*/__init__.py")}
    modules = {path.name for path in package.glob("[!_]*.py")}

    assert {name for name in rooms | modules if f"\n  {name} " not in TREE} == set()


def test_everything_at_the_start_of_a_line_of_the_tree_is_there():
    for indent, name in re.findall(r"^(|  )([\w/.]+) ", TREE, flags=re.M):
        assert (ROOT / ("recommender" if indent else "") / name).exists(), name


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_file_that_a_page_links_to_is_there(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text("utf-8")):
        assert (ROOT / target).exists(), target


def test_every_test_and_module_that_contributors_are_told_of_is_there():
    named = re.findall(r"`((?:recommender|tests|data)/[\w/.]+)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert len(named) > 10
    for path in named:
        assert "CODE" in path or (ROOT / path).exists(), path
