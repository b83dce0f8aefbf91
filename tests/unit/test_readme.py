"""README.md, CONTRIBUTING.md and docs/: links, commands and figures are right."""

import json
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from recommender import __main__
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


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_and_heading_that_a_page_links_to_is_there(page):
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page.read_text("utf-8")):
        linked = page.parent / target if target else page
        assert linked.exists(), target
        assert not anchor or anchor in list_anchors(linked), f"{target}#{anchor}"


def list_anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), flags=re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_of_the_documentation_is_named_in_the_tree():
    assert {page.stem for page in PAGES if page.parent.name == "docs" and page.stem not in TREE} == set()


CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_every_test_and_module_that_contributors_are_told_of_is_there():
    named = re.findall(r"`((?:recommender|tests|data)/[\w/.]+)`", CONTRIBUTING)
    assert len(named) > 10
    for path in named:
        assert "CODE" in path or (ROOT / path).exists(), path


def test_every_name_that_contributors_are_told_of_is_defined_in_the_module_beside_it():
    told = re.findall(r"((?:`\w+`[^`.:]*)+?)\bin\s+`(recommender/[\w/]+\.py)`", CONTRIBUTING)
    defined = [(path, name) for names, path in told for name in re.findall(r"`(\w+)`", names)]
    assert len(defined) > 15
    for path, name in defined:
        assert re.search(rf"^(def |class )?{name}\b", (ROOT / path).read_text("utf-8"), flags=re.M), f"{name} in {path}"


COMMANDS = [
    pytest.param(shlex.split(command), id=f"{page.name}: {command}")
    for page in PAGES
    for block in page.read_text("utf-8").split("```")[1::2]
    for command in re.findall(r"^python -m recommender (.+)$", block, flags=re.M)
]


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_of_a_page_is_understood(words, monkeypatch):
    module, _ = __main__.COMMANDS[words[0]]
    monkeypatch.setattr(import_module(module, "recommender"), "run", lambda parsed: 0)
    assert __main__.main(words) == 0


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_a_block_of_commands_has_no_comments_which_the_shell_of_macos_takes_for_arguments(page):
    blocks = re.findall(r"^```\n(.*?)^```", page.read_text("utf-8"), flags=re.M | re.S)
    commands = [line for block in blocks for line in block.splitlines() if re.match(r"[\w./]+ ", line)]
    assert not [line for line in commands if re.search(r"(^|\s)#", line)]


WORDS = " ".join(README.split())


def read_data(name: str) -> dict:
    return json.loads((ROOT / "data" / name).read_text("utf-8"))


def test_the_size_of_the_bundled_t5_is_what_it_has():
    count = json.loads((ROOT / "data" / "model" / "training.json").read_text("utf-8"))["parameters"]
    said = f"{count / 1e6:.1f} million parameters"
    assert said in " ".join(README.split()) and said in (ROOT / "docs" / "tour.md").read_text("utf-8")


def test_the_comparison_with_rule_and_trigrams_is_what_was_measured():
    evaluation = read_data("evaluation.json")
    rows = [*evaluation["baselines"]["rows"], *evaluation["checkpoints"][0]["comparison"]]
    ours = evaluation["checkpoints"][0]["name"]
    value = {(row["recommender"], row["sample"]): row["metrics"] for row in rows}
    known = {
        "one item": "one_item",
        "two or more of one sport or kind": "one_habit",
        "two or three sports": "mixed",
        "five to twenty items": "large",
    }
    new = {
        "tidy name": "new_tidy",
        "written by a person": "new_written",
        "everyday name": "new_everyday",
        "variant of a product in stock": "new_variant",
        "name in another language": "new_foreign",
        "sport that training never had": "new_sport",
    }
    rule, trigrams = ("rule on sport and kind",), ("character trigrams", "character trigrams, any language")
    for samples, others, metric in ((known, rule, "HR@1"), (new, trigrams, "placed")):
        for label, sample in samples.items():
            of_others, of_t5 = (max(value[name, sample][metric]["value"] for name in each) for each in (others, [ours]))
            assert f"| {label} | {of_others:.2f} | {of_t5:.2f} |" in README


def test_the_table_of_hardware_shops_is_what_was_measured():
    page = (ROOT / "docs" / "own-shop.md").read_text("utf-8")
    for run in read_data("shops.json")["runs"]:
        rates = run["comparison"]["hit_rates"]
        cells = [
            f"{run['products']:,} products, {run['orders']:,} orders",
            *(
                ", ".join(f"{rate:.3f}" for rate in rates[name])
                for name in ("item-kNN, tuned", "T5 with purchases", "T5 alone")
            ),
            f"{run['comparison']['confidence']:.3f}",
            f"{run['found']:.2f} / {run['elsewhere']:.2f}",
        ]
        assert f"| {' | '.join(cells)} |" in page


def test_the_figures_on_real_shoppers_are_what_was_measured():
    found = read_data("real-shoppers.json")
    everything, cold = (
        {row["recommender"]: f"{row['metrics']['NDCG@10']['value']:.4f}" for row in found[view]["rows"]}
        for view in ("all_products", "cold_products")
    )
    for words in (
        f"{found['shoppers']:,} customers",
        f"NDCG@10 {everything['T5 after retrieval']} with and without it, {everything['T5 alone']} alone",
        f"{found['cold_products']['products']:,} products that training never had: {cold['T5 alone']} alone",
        f"{cold['shared words (idf)']} by shared words",
    ):
        assert words in WORDS
    assert everything["T5 after retrieval"] == everything["co-purchases and names"]
