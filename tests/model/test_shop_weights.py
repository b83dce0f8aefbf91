"""The weights that were fitted with a shop's T5 count at every door, and the comparison says who wins."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from markupsafe import escape

from recommender import Recommender, load
from recommender.__main__ import main
from recommender.evaluation.schema import Estimate
from recommender.evaluation.shop import HeldOut
from recommender.evaluation.shop_schema import ANSWER, KNN, T5, ShopEvaluation
from recommender.newcomers import add_corrections
from recommender.routes import MAX_WITH_PURCHASES
from recommender.shop.catalog import Catalog
from recommender.shop.co_purchase import CoPurchases
from recommender.shop.item import Item
from recommender.shop.language import LANGUAGES
from recommender.t5.fusion import Fusion
from recommender.t5.source import BUNDLED
from recommender.training import fusion_fitting
from recommender.training.fusion_fitting import Scored
from recommender.training.shop_data import NextPurchase
from recommender.ui import views
from recommender.ui.models import ModelRegistry
from recommender.ui.state import PageState
from recommender.ui.strings import strings
from tests.support.bundled import bundled


@pytest.fixture
def shop(tmp_path) -> Path:
    """A saw was bought with a hoe twice, and with a rake once; neither T5 nor purchases weigh anything."""
    (tmp_path / "inventory.csv").write_text("id,name\na,Saw\nb,Rake\nc,Hoe\n", encoding="utf-8")
    shutil.copytree(BUNDLED, tmp_path / "model")
    CoPurchases.count("abc", ["ac", "ac", "ab"]).save(tmp_path / "retrieval.npz")
    Fusion(0.0, 0.0, None).save(tmp_path / "model")
    return tmp_path


def probabilities(recommender: Recommender) -> dict[str, float]:
    found = recommender.recommend(["a"], generate=False)
    return {ranked.item.id: ranked.probability for ranked in found.ranking}


def test_weights_and_counts_of_a_shop_are_used_at_every_door(shop):
    registry = ModelRegistry(shop=shop)
    shutil.copytree(shop / "model", shop / "other")
    Fusion(0.0, 5.0, None).save(shop / "other")
    for recommender in (load(shop=shop), load(shop / "model", shop), registry.build_recommender()):
        assert probabilities(recommender) == pytest.approx({"b": 0.5, "c": 0.5})
    named = load(shop / "other", shop)  # its own weights count, not those of the shop's T5
    assert probabilities(named)["c"] > 0.9

    Fusion(0.0, 5.0, None).save(shop / "model")
    CoPurchases.count("abc", ["ab"] * 5).save(shop / "retrieval.npz")  # a running page takes both up
    assert probabilities(registry.build_recommender())["b"] > 0.9
    assert registry.inventory.item_knn.counts.sold.tolist() == [5, 5, 0]


def test_the_operators_t5_brings_its_weights_to_the_page(shop):
    shutil.copytree(shop / "model", shop / "other")
    Fusion(0.0, 5.0, None).save(shop / "other")
    registry = ModelRegistry(str(shop / "other"), shop)
    registry.operator_model._load()
    assert probabilities(registry.build_recommender(checkpoint="other"))["c"] > 0.9
    assert probabilities(registry.build_recommender()) == pytest.approx({"b": 0.5, "c": 0.5})


def test_the_page_asks_a_shops_t5_which_languages_it_reads(shop):
    config = shop / "model" / "config.json"
    text = config.read_text("utf-8")
    start = text.index("[", text.index("prompt_languages"))
    end = text.index("]", start)
    config.write_text(f'{text[:start]}["en"{text[end:]}', encoding="utf-8")
    registry = ModelRegistry(shop=shop)
    registry.get_scorer()
    assert registry.prompt_formats["bundled"].languages == ("en",)


@pytest.mark.parametrize(("ours", "theirs", "winner"), [(1, 2, "T5 with purchases"), (2, 1, "item-kNN")])
def test_the_verdict_names_the_winner(ours, theirs, winner):
    ranks = {KNN: [theirs] * 40, T5: [theirs] * 40, ANSWER: [ours] * 40}
    found = HeldOut(tuple(range(40)), ranks, (True,) * 40, (0.5,) * 40).compare().format()
    assert f"{theirs - ours:+.3f}" in found and f"{winner} wins" in found


def test_a_t5_without_weights_is_compared_under_its_own_name():
    ranks = {KNN: [2] * 40, T5: [1] * 40}
    found = HeldOut(tuple(range(40)), ranks, (True,) * 40, (0.5,) * 40).compare().format()
    assert f"{ANSWER} " not in found and f"the {T5} wins" in found


def test_reasons_are_differences_of_the_probabilities_that_are_shown():
    catalog = Catalog((Item(i, "", "", "", {"en": f"Thing {i}"}) for i in "abcd"), words=None)
    shop = catalog.with_purchases(CoPurchases.count("abcd", ["ac", "ac", "bd", "ab", "cd"]))
    answer = Recommender(shop, bundled().scorer, fusion=Fusion(0.0, 1.0, -3.0)).recommend(
        ["a", "b"], explain=True, generate=False
    )
    for reason in answer.because:
        left = [item.id for item in answer.purchased if item is not reason.item]
        bought = torch.tensor([shop.score_bought([shop[i] for i in left], answer.question.candidates)])
        weights = Fusion(0.0, 1.0, -3.0)
        without = weights.probabilities(weights.log_odds(torch.zeros(1, 2), bought.tolist()))[0]
        place = answer.question.candidates.index(answer.pick.item)
        assert reason.probability_drop == pytest.approx(answer.pick.probability - float(without[place]), abs=1e-5)
        assert reason.drop == pytest.approx(float(torch.tensor(answer.pick.probability).log() - without[place].log()))


def test_a_prompt_names_the_last_purchases_as_in_training():
    catalog = Catalog((Item(f"i{n:02}", "", "", "", {"en": f"Thing {chr(97 + n)}"}) for n in range(26)), words=None)
    ids = [item.id for item in catalog]
    shop = catalog.with_purchases(CoPurchases.count(ids, [ids[:2], ids[1:3]]))
    answer = Recommender(shop, bundled().scorer, fusion=Fusion(1.0, 1.0, None)).recommend(
        ids[:24], explain=True, generate=False
    )
    assert answer.question.purchased == tuple(f"Thing {chr(97 + n)}" for n in range(24 - MAX_WITH_PURCHASES, 24))
    assert len(answer.purchased) == 24 and {r.item.id for r in answer.ranking} == {"i24", "i25"}
    assert {reason.item.id for reason in answer.because} == set(ids[24 - MAX_WITH_PURCHASES : 24])


def test_a_correction_that_was_measured_in_english_is_not_used_for_another_name():
    names = [{"en": f"Thing {chr(97 + n)}", "ar": f"شيء {chr(0x628 + n)}"} for n in range(9)]
    catalog = Catalog((Item(str(n), "", "", "", each) for n, each in enumerate(names)), words=None)
    shop = catalog.with_purchases(CoPurchases.count([item.id for item in catalog], [["0", "1"], ["1", "2"]]))
    weights = Fusion(1.0, 0.0, None, dict.fromkeys("345678", 50.0))
    for language, lifted in (("en", True), ("ar", False)):
        answer = Recommender(shop, bundled().scorer, fusion=weights).recommend(
            ["0"], language=language, generate=False, top=9
        )
        given = {ranked.item.id: ranked.log_likelihood for ranked in answer.ranking}
        question = answer.question
        (plain,) = bundled().scorer.log_likelihoods([question.prompt], question.candidate_names)
        corrected = add_corrections(plain, question.candidates, weights.corrections)
        changes = {item.id: given[item.id] - p for item, p in zip(question.candidates, plain.tolist(), strict=True)}
        by_fifty = dict(zip(changes, (corrected - plain).tolist(), strict=True))
        assert by_fifty["5"] > 5 and (changes["5"] == pytest.approx(by_fifty["5"], abs=0.01)) is lifted
        assert changes["2"] == pytest.approx(0, abs=0.01)


def test_results_of_several_t5s_do_not_replace_each_other(shop, capsys):
    (shop / "purchases.csv").write_text("purchased\n" + "a;b\nb;c\na;c\n" * 20, encoding="utf-8")

    def refuse(*arguments) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["evaluate", "--shop", str(shop), *map(str, arguments)])
        assert ended.value.code == 2
        return capsys.readouterr().err

    two = ["--checkpoint", shop / "model", "--checkpoint", BUNDLED]
    assert "--output holds the results of one --checkpoint" in refuse(*two, "--output", shop / "x.json")
    assert "--baskets is for the demo's" in refuse("--baskets", "7")
    assert main(["evaluate", "--shop", str(shop), "--checkpoint", str(BUNDLED), "--output", str(shop / "n" / "x")]) == 0
    assert f"{T5} less {KNN}" in capsys.readouterr().out


def test_the_page_of_a_shop_with_its_own_t5_does_not_speak_of_synthetic_shoppers(shop):
    for folder, says in ((None, True), (shop, False)):
        registry = ModelRegistry(shop=folder)
        pieces = views.render_page(PageState(registry.inventory), registry)
        for piece, sentence in (
            ("header", "page.synthetic"),
            ("how", "how.data.text"),
            ("results", "results.limits.2"),
        ):
            assert (escape(strings("en")(sentence)) in pieces[piece]) is says


def render_tabs(shop: Path, language: str = "en") -> dict[str, str]:
    registry = ModelRegistry(shop=shop)
    return views.render_page(PageState(registry.inventory, language=language), registry)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_a_shop_shows_what_was_measured_on_its_orders(shop, language):
    t = strings(language)
    differences = {
        1: Estimate(value=0.125, low=0.05, high=0.2),
        5: Estimate(value=0.01, low=-0.01, high=0.03),
        10: Estimate(value=0.0, low=None, high=None),
    }
    rates = {KNN: (0.123, 0.2, 0.3), T5: (0.2, 0.21, 0.3), ANSWER: (0.248, 0.21, 0.3)}
    measured = {"orders": 1234, "rows": 30, "missed": 0.25, "confidence": 0.375}
    ShopEvaluation(**measured, hit_rates=rates, differences=differences).write(shop / "evaluation.json")
    html = render_tabs(shop, language)["results"]
    for text in (t.whole(1234), t.percent(0.25), "HR@10", *(t.decimal(p, 3) for p in (0.123, 0.248, 0.125, 0.375))):
        assert text in html
    assert html.count(t("results.shop.alike")) == 2 and t("results.shop.won") in html
    assert t("results.empty.title") not in html and "results.shop" not in html
    assert escape(t("results.baseline.t-with-purchases")) in html


def test_a_shop_that_is_not_measured_yet_is_told_its_own_command(shop):
    assert strings("en")("results.empty.no-orders") in render_tabs(shop)["results"]
    (shop / "purchases.csv").write_text("purchased\na;b\n", encoding="utf-8")
    html = render_tabs(shop)["results"]
    assert f"python -m recommender evaluate --shop path/to/{shop.name}</code>" in html and str(shop.parent) not in html


def test_the_page_says_that_purchases_count_where_they_do_and_promises_no_figures_that_are_not_there(shop):
    t = strings("en")
    for folder, bought in ((None, False), (shop, True)):
        html = render_tabs(folder)["how"]
        assert (escape(t("how.4.text.purchases")) in html) is bought
        assert (escape(t("how.4.text")) in html) is not bought
        assert (escape(t("how.names.measured")) in html) is not bought


def make_rows(likelihoods, scores) -> list[Scored]:
    """Return one order for each of the likelihoods: the first candidate is the target."""
    target, other = (Item(name, "", "", "", {"en": name}) for name in ("Saw", "Rake"))
    baskets = [(Item(f"i{n}", "", "", "", {"en": f"Item {n}"}),) for n in range(len(likelihoods))]
    return [
        Scored(NextPurchase(basket, target), (target, other), list(scores), torch.tensor(of_t5))
        for basket, of_t5 in zip(baskets, likelihoods, strict=True)
    ]


def test_a_t5_that_misleads_on_other_orders_than_its_weight_was_fitted_on_is_left_out():
    helpful, misleading = (0.0, -4.0), (-1.5, 0.0)
    rows = make_rows([helpful, misleading] * 20, scores=[1.0, 0.2])  # one half of the orders, and the other
    assert fusion_fitting._fit(rows, t5=True).t5 > 0  # it makes the targets more likely
    assert fusion_fitting.fit_fusion(rows).t5 == 0
    assert fusion_fitting.fit_fusion(make_rows([helpful] * 40, scores=[1.0, 0.2])).t5 > 0


def test_from_a_few_orders_nothing_becomes_certain():
    rows = make_rows([(-20.0, -21.0)] * 6, scores=[0.0, 0.0])  # the T5 is right each time, by a nat
    fusion = fusion_fitting.fit_fusion(rows)
    picks = [float(fusion.probabilities(row.weigh(fusion)).max()) for row in rows]
    assert fusion.t5 > 0.5 and sum(picks) / len(picks) < 0.95


def test_rows_without_a_score_leave_the_weights_of_the_purchases_as_they_are():
    rows = make_rows([(-20.0, -21.0), (-22.0, -20.0)] * 10, scores=[1.0, 0.2])
    missed = make_rows([(-20.0, -21.0)] * 5, scores=[0.5, 1.0])
    rows += [replace(each, row=replace(each.row, target=each.row.basket[0])) for each in missed]
    silent = make_rows([(-20.0, -21.0)], scores=[0.0, 0.0])
    (lost,) = [replace(each, row=replace(each.row, target=each.row.basket[0])) for each in silent]

    fitted, with_silent = (fusion_fitting._fit(some, t5=False) for some in (rows, [*rows, *silent * 20, *[lost] * 20]))

    assert (fitted.bought, fitted.other) == pytest.approx((with_silent.bought, with_silent.other), abs=0.05)
    assert fusion_fitting._fit([lost], t5=True) == Fusion(0.5, 0.5, None)


def test_a_basket_that_nobody_has_bought_from_gets_probabilities_by_the_t5(shop):
    names = "\n".join(f"{n},Thing {chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(90))
    (shop / "inventory.csv").write_text(f"id,name\n{names}\n", encoding="utf-8")
    counts = CoPurchases.count([str(n) for n in range(90)], [["1", "2"], ["2", "3"]])
    counts.save(shop / "retrieval.npz")
    Fusion(1.0, 1.5, -2.0).save(shop / "model")
    recommender = load(shop=shop)

    (batch,) = recommender.recommend_many([["80"]], explain=True)
    one = recommender.recommend(["80"], explain=True, generate=False)

    total = sum(ranked.probability for ranked in one.ranking)
    assert total == pytest.approx(len(one.ranking) / 89, rel=1e-4)
    by_t5 = [ranked.log_likelihood for ranked in one.ranking]
    assert by_t5 == sorted(by_t5, reverse=True)
    assert [r.probability for r in batch.ranking] == pytest.approx([r.probability for r in one.ranking], rel=1e-3)


def test_the_rows_of_one_order_are_in_the_same_half():
    items = [Item(f"i{n}", "", "", "", {"en": f"Item {n}"}) for n in range(9)]
    orders = [items[n : n + 3] for n in range(0, 9, 3)]
    rows = [
        Scored(NextPurchase(tuple(item for item in order if item is not target), target), (), [], torch.zeros(0))
        for order in orders
        for target in order
    ]
    assert fusion_fitting.split_orders(rows) == ([*rows[:3], *rows[6:]], rows[3:6])


def test_a_claim_about_another_product_counts_the_purchases_of_the_shop():
    catalog = Catalog((Item(i, "", "", "", {"en": f"Thing {i}"}) for i in "abcd"), words=None)
    counts = CoPurchases.count("abcd", [*["ac"] * 9, *["bd"] * 9])
    shop = Recommender(catalog.with_purchases(counts), bundled().scorer, fusion=Fusion(0.0, 5.0, None))
    why_not = shop.recommend(["a"], why_not="d", generate=False).why_not
    ranking = [ranked.item.id for ranked in shop.recommend(["a", "b"], generate=False).ranking]
    assert (ranking, why_not.rank) == (["c", "d"], 3)
    assert (why_not.closest.id, why_not.closest_rank) == ("b", 2)
