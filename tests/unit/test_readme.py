"""README.md and CONTRIBUTING.md name existing files only, and all packages; README's figures are the measured ones."""

import json
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


WORDS = " ".join(README.split())


def read_data(name: str) -> dict:
    return json.loads((ROOT / "data" / name).read_text("utf-8"))


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
    }
    for samples, other, metric in ((known, "rule on sport and kind", "HR@1"), (new, "character trigrams", "placed")):
        for label, sample in samples.items():
            figures = [value[name, sample][metric]["value"] for name in (other, ours)]
            assert f"| {label} | {figures[0]:.2f} | {figures[1]:.2f} |" in README


def test_the_table_of_hardware_shops_is_what_was_measured():
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
        assert f"| {' | '.join(cells)} |" in README


def test_the_figures_on_real_shoppers_are_what_was_measured():
    found = read_data("real-shoppers.json")
    everything, cold = (
        {row["recommender"]: f"{row['metrics']['NDCG@10']['value']:.4f}" for row in found[view]["rows"]}
        for view in ("all_products", "cold_products")
    )
    published = {row["recommender"]: row["metrics"]["NDCG@10"] for row in found["published"]}
    for words in (
        f"{found['shoppers']:,} customers",
        f"{found['all_products']['products']:,} products",
        f"NDCG@10 {everything['co-purchases and names']} by retrieval",
        f"item-kNN {everything['item-kNN, tuned']}",
        f"EASE {everything['EASE']}",
        f"SASRec {everything['SASRec']}",
        f"P5 without its leak {published['P5 without the leak']}",
        f"TIGER {published['TIGER']}",
        f"eSASRec {published['eSASRec']}",
        f"The T5 alone gets {everything['T5 alone']}",
        f"{found['cold_products']['products']:,} products that training never had",
        f"{cold['T5 alone']} alone",
        f"{cold['shared words (idf)']} by shared words",
        f"{cold['words (BM25)']} by BM25",
    ):
        assert words in WORDS
