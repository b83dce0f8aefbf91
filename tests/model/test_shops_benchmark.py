"""The comparison on hardware shops: what it draws, pools and prints, without training."""

from collections import Counter

import pytest

from benchmarks import load, shops
from benchmarks.hardware import PROJECTS, Hardware
from benchmarks.shops import BASKETS, UNSOLD, ShopRun, ShopRuns, add_unsold, draw_baskets, draw_unsold, format_table
from recommender.evaluation.schema import Estimate
from recommender.evaluation.shop import HeldOut
from recommender.evaluation.shop_schema import ANSWER, KNN, T5, ShopEvaluation
from recommender.shop.folder import Shop
from recommender.training.shop_data import DEPTHS

HARDWARE = Hardware.build(60, seed=1)


@pytest.mark.parametrize("seed", range(5))
def test_of_the_sort_of_an_unsold_product_another_one_is_sold(seed):
    hardware = Hardware.build(60, seed)
    unsold = draw_unsold(hardware, seed)
    assert len({product.sort for product in unsold}) == len(unsold) == UNSOLD
    sold = Counter(product.sort for product in hardware.products if product not in unsold)
    assert all(sold[product.sort] for product in unsold)
    assert unsold == draw_unsold(hardware, seed)


def test_baskets_are_of_projects_that_need_the_product_and_of_others_and_hold_sold_products_alone():
    sorts = {product.sku: product.sort for product in HARDWARE.products}
    for wanted in draw_unsold(HARDWARE, seed=1):
        sold = set(sorts) - {wanted.sku, HARDWARE.products[0].sku}
        drawn = list(draw_baskets(HARDWARE, wanted, sold, seed=1))
        assert Counter(fits for fits, _ in drawn) == {True: BASKETS, False: BASKETS}
        for fits, basket in drawn:
            assert len(basket) == 2 and set(basket) <= sold
            owned = {sorts[sku] for sku in basket}
            assert wanted.sort not in owned
            projects = [set(of_project) for of_project in PROJECTS.values() if owned <= set(of_project)]
            assert any((wanted.sort in of_project) is fits for of_project in projects)


def test_unsold_products_are_appended_to_the_inventory_with_their_names(tmp_path):
    (tmp_path / "inventory.csv").write_text("id,name,sku\na,Saw,\n", encoding="utf-8")
    unsold = draw_unsold(HARDWARE, seed=1)
    add_unsold(Shop(tmp_path), unsold)
    names = {item.id: item.name("en") for item in Shop(tmp_path).load_catalog()}
    assert names == {"a": "Saw", **{product.sku: product.title for product in unsold}}


def test_pooled_shops_count_their_orders_apart():
    first, second = (
        HeldOut(
            orders=(1, 1, 2),
            ranks={KNN: ranks, T5: ranks, ANSWER: [1, 1, 1]},
            retrieved=(True, True, True),
            confidences=(confidence,) * 3,
        )
        for ranks, confidence in (([1, 2, None], 0.2), ([1, 1, 1], 0.4))
    )
    pooled = HeldOut.pool([first, second])
    assert len(set(pooled.orders)) == 4 and len(pooled.orders) == 6
    assert pooled.ranks[KNN] == [1, 2, None, 1, 1, 1]
    found = pooled.compare()
    assert (found.orders, found.rows, found.confidence) == (4, 6, pytest.approx(0.3))
    assert found.hit_rates[KNN][0] == pytest.approx(4 / 6, abs=1e-4) and found.hit_rates[ANSWER] == (1.0, 1.0, 1.0)
    assert found.differences[1].value == pytest.approx(2 / 6, abs=1e-4)


def test_the_table_has_a_row_for_each_size_with_its_figures():
    difference = Estimate(value=0.125, low=0.05, high=0.2)
    comparison = ShopEvaluation(
        orders=10,
        rows=30,
        missed=0.0,
        confidence=0.25,
        hit_rates={KNN: (0.1, 0.2, 0.3), ANSWER: (0.225, 0.325, 0.425)},
        differences=dict.fromkeys(DEPTHS, difference),
    )
    run = ShopRun(
        products=2000,
        orders=20_000,
        seeds=3,
        comparison=comparison,
        found=0.5,
        elsewhere=0.1,
        found_by_retrieval=0.6,
        elsewhere_by_retrieval=0.2,
        minutes=(8.4, 12.3),
    )
    table = format_table(ShopRuns(command="", runs=(run,)))
    (row,) = table.splitlines()[2:]
    cells = [cell.strip() for cell in row.split("|")[1:-1]]
    assert cells[0] == "2,000 products, 20,000 orders"
    assert cells[1:4] == ["0.100 / 0.225", "0.200 / 0.325", "0.300 / 0.425"]
    assert cells[4:7] == ["+0.125 (+0.050 to +0.200)"] * 3
    assert cells[7:] == ["0.250", "0.50 / 0.10", "0.60 / 0.20", "12.3"]


def test_a_place_for_the_results_that_cannot_be_made_is_an_error_before_the_training(tmp_path, capsys, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(shops, "measure", lambda *_: pytest.fail("the training has begun"))

    with pytest.raises(SystemExit) as ended:
        shops.main(["--output", str(tmp_path / "file" / "x.json")])

    assert ended.value.code == 2 and capsys.readouterr().err.startswith("python -m benchmarks.shops: ")


@pytest.mark.parametrize("option", ["--clients", "--requests", "--questions"])
def test_a_load_test_of_nobody_or_of_nothing_is_refused(option, capsys):
    with pytest.raises(SystemExit) as ended:
        load.main([option, "0"])

    assert ended.value.code == 2 and f"argument {option}" in capsys.readouterr().err


def test_results_that_a_load_test_cannot_join_are_an_error_in_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        load.main(["--output", str(tmp_path / "none.json")])

    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2 and line.startswith("python -m benchmarks.load: ") and "none.json" in line
