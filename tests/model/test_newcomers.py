"""Products that were added by name, or that nobody has bought yet, are not ranked by the letters of their names."""

from dataclasses import replace
from random import Random

import pytest
import torch

from benchmarks.hardware import Hardware
from recommender import Recommender, load
from recommender.evaluation.shop import HeldOut
from recommender.evaluation.shop_schema import ANSWER, KNN, T5
from recommender.newcomers import (
    BEYOND,
    GROUP,
    QUANTILE,
    add_corrections,
    correct_newcomers,
    measure_corrections,
)
from recommender.orders.importing import import_orders
from recommender.shop.catalog import MAX_CANDIDATES, Catalog
from recommender.shop.co_purchase import CoPurchases
from recommender.shop.folder import Shop
from recommender.shop.item import Item
from recommender.shop.variants import find_original
from recommender.t5.fusion import Fusion
from recommender.t5.prompt import PromptFormat
from recommender.training.fusion_fitting import score_rows
from recommender.training.shop_data import ShopData, list_ids, list_rows
from recommender.training.shop_ranking import TrainingDataset, group_rows
from tests.support.bundled import bundled

WEIGHTS = Fusion(0.5, 1.0, -3.0)


class Letters:
    """A scorer with a log-likelihood of -1 per letter, whatever the prompt."""

    name, prompt_format = "letters", PromptFormat()

    def __init__(self):
        self.asked = []

    def log_likelihoods(self, prompts, candidates):
        self.asked += prompts
        return torch.tensor([[-float(len(name)) for name in candidates]] * len(prompts))


def spell(n: int) -> str:
    return f"Thing {chr(97 + n // 26)}{chr(97 + n % 26)}"


def build_shop(sold: int, unsold: int) -> Catalog:
    """Return a shop in which each sold product was bought with the next; the names of the others are longer."""
    names = [spell(n) for n in range(sold)] + [f"Some{spell(n)} of which nobody knows" for n in range(unsold)]
    catalog = Catalog((Item(str(n), "", "", "", {"en": name}) for n, name in enumerate(names)), words=None)
    baskets = ([str(n), str(n + 1)] for n in range(sold - 1))
    return catalog.with_purchases(CoPurchases.count([item.id for item in catalog], baskets))


@pytest.fixture(scope="module")
def hardware(tmp_path_factory) -> Shop:
    """A shop with two products that no order holds."""
    folder = tmp_path_factory.mktemp("hardware")
    products = Hardware.build(55)
    unsold = [product.sku for product in products.products[-2:]]
    shop = Shop(folder / "shop")
    import_orders([products.export(folder / "orders.csv", 300, unsold=unsold)], shop, {})
    with shop.inventory.open("a", encoding="utf-8") as file:
        file.writelines(f'{product.sku},"{product.title}",\n' for product in products.products[-2:])
    return shop


def test_newcomers_are_what_was_added_and_what_nobody_bought():
    shop = build_shop(4, 2)
    assert shop.newcomers == {"4", "5"} and shop.extended(["Spade"]).newcomers == {"4", "5", "spade"}
    assert bundled().catalog.newcomers == set()  # nobody's purchases are known


@pytest.mark.parametrize(
    ("language", "owned", "added"),
    [
        ("en", ["tennis-racket", "tennis-shoes"], ["Tennis balls can of 4"]),
        ("de", ["hockey-stick", "hockey-skates"], ["Hockey-Tape", "Eishockeyhandschuhe"]),
    ],
)
def test_an_added_product_takes_its_share_from_all_others_alike(language, owned, added):
    options = {"language": language, "explain": True}
    before, after = (bundled().recommend(owned, add_items=names, **options) for names in ([], added))
    shelf = bundled().catalog
    share = sum(found.probability for found in after.ranking if found.item.id not in shelf)
    assert 0.01 < share < 0.5
    given = {found.item.id: found.probability for found in after.ranking}
    assert [found.item for found in after.ranking if found.item.id in shelf] == [found.item for found in before.ranking]
    for found in before.ranking:
        assert given[found.item.id] == pytest.approx(found.probability * (1 - share), rel=1e-4)
    assert [reason.item for reason in after.because] == [reason.item for reason in before.because]
    (many,) = bundled().recommend_many([owned], add_items=added, **options)
    assert [found.item for found in many.ranking] == [found.item for found in after.ranking]
    assert many.because[0].drop == pytest.approx(after.because[0].drop, abs=1e-3)


def test_where_all_candidates_were_added_their_likelihoods_stay_as_they_are():
    shop = Catalog([Item("ball", "", "", "", {"en": "Tennis Ball"})], words=None)
    found = Recommender(shop, Letters()).recommend(["ball"], add_items=["Net", "Racket"], generate=False)
    assert [ranked.log_likelihood for ranked in found.ranking] == [-3, -6]


def test_an_added_product_does_not_lose_by_its_letters():
    recommender = bundled()
    added = ["Zqxv Soccer Socks", "Nike Soccer Vest Xxl"]
    answer = recommender.recommend(["Soccer Ball", "Soccer Jersey"], add_items=added, generate=False)
    names = answer.question.candidate_names
    (letters,) = recommender.scorer.log_likelihoods([answer.question.prompt], names)
    for name in added:
        (given,) = [ranked.log_likelihood for ranked in answer.ranking if ranked.name == name]
        assert given > letters[names.index(name)] + 0.5


def test_nor_does_a_product_that_nobody_bought_and_the_others_are_left_as_they_are():
    scorer, shop = Letters(), build_shop(60, 3)
    answer = Recommender(shop, scorer, fusion=WEIGHTS).recommend(["0"], generate=False)
    given = {ranked.item.id: ranked.log_likelihood for ranked in answer.ranking}
    assert given.keys() & shop.newcomers
    assert set(given.values()) == {-float(len(spell(1)))}


def test_a_group_of_newcomers_is_measured_once_for_all_baskets():
    scorer, shop = Letters(), build_shop(60, 3)
    recommender = Recommender(shop, scorer, fusion=WEIGHTS)
    recommender.recommend(["0"], generate=False)
    once = len(scorer.asked)
    assert once > 1
    recommender.recommend_many([[str(n)] for n in range(1, 9)])
    assert len(scorer.asked) == once + 8
    # what the T5's folder holds is not measured at all
    known = replace(WEIGHTS, corrections=dict.fromkeys(("60", "61", "62"), 7.0))
    answer = Recommender(shop, other := Letters(), fusion=known).recommend(["0"], generate=False)
    assert len(other.asked) == 1
    assert {r.log_likelihood + len(r.name) for r in answer.ranking} == {0.0, 7.0}


@pytest.mark.parametrize(("name", "original"), [("New Bat xl", "Bat"), ("A bat of wood", "Bat"), ("Batter", None)])
def test_a_variant_is_a_product_whose_name_holds_that_of_one_in_stock(name, original):
    shop = Catalog((Item(n, "", "", "", {"en": n}) for n in ("Bat", "Cap", "Wood")), words=None)
    variant = shop.extended([name]).items[-1]
    found = find_original(variant, shop, {variant.id})
    assert (found and found.id) == original
    assert find_original(shop["Bat"], shop, set()) is None


def test_a_variant_in_arabic_is_one_with_or_without_the_article():
    for name in ("قفازات حارس مرمى نايك", "قفازات حارس المرمى نايك"):
        shop = Catalog.load().extended([name])
        assert find_original(shop.items[-1], shop, shop.added) is shop["goalie-gloves"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sport", "language", "stranger", "related"),
    [
        ("soccer", "en", "Gift Card", "Soccer Socks"),
        ("tennis", "en", "Yoga Mat", "Head Tennis Socks"),
        ("soccer", "ar", "سجادة يوغا", "جوارب كرة القدم"),
        ("hockey", "fr", "Carte cadeau", "Gourde de hockey"),
        ("baseball", "es", "Cafetera", "Calcetines de béisbol"),
        ("soccer", "de", "Hundefutter", "Fußballsocken"),
    ],
)
def test_after_a_whole_kit_a_newcomer_is_the_pick_if_it_has_to_do_with_it(sport, language, stranger, related):
    shop = Catalog.load()
    kit = [item.id for item in shop if item.sport == sport]
    rest = load().recommend(kit, language=language, generate=False)
    for explain in (False, True):
        answer = load().recommend(kit, language=language, add_items=[stranger], explain=explain, generate=False)
        assert answer.pick.item == rest.pick.item  # as likely as without it, but for the share of the stranger
        assert answer.pick.probability == pytest.approx(rest.pick.probability, rel=0.15)
        assert all(reason.pick_without is None or reason.pick_without.sport for reason in answer.because)
    both = load().recommend(kit, language=language, add_items=[stranger, related], generate=False)
    assert both.pick.name == related and both.pick.probability > 0.5


def test_a_newcomer_to_which_no_purchase_makes_a_difference_is_not_the_pick_after_several():
    shop = Catalog((Item(n, "", "", "", {"en": n}) for n in ("Bat", "Cap", "Glove")), words=None)
    recommender = Recommender(shop, Letters())
    after_one, after_two = (
        recommender.recommend(owned, add_items=["Ox"], generate=False) for owned in (["Bat"], ["Bat", "Cap"])
    )
    assert after_one.pick.name == "Ox"  # the shortest name; of one purchase, the answer itself says what relates to it
    assert after_two.pick.name == "Glove" and after_two.ranking[1].log_likelihood == -len("Glove")


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("Chaussettes de football", None),  # which is the name of a ball in English
        ("Casque de baseball", None),
        ("Football Nike taille 5", "football"),
        ("Stutzen für Fußball", None),
        ("Fußball von Nike", "soccer-ball"),
        ("جوارب كرة القدم", None),  # of the sport, not of the ball كرة قدم
        ("كرة القدم نايك", "soccer-ball"),
        ("طقم قميص كرة القدم", "soccer-jersey"),
        ("Pump for Tennis Balls", None),
        ("Sac pour ballon de football", None),
        ("Set of Tennis Balls", "tennis-ball"),
        ("Lot de balles de tennis", "tennis-ball"),
        ("Football (soccer ball)", "soccer-ball"),
    ],
)
def test_a_products_name_that_says_what_a_newcomer_is_for_is_no_original(name, original):
    shop = Catalog.load().extended([name])
    found = find_original(shop.items[-1], shop, shop.added)
    assert (found and found.id) == original


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("Tennis Balls (3-pack)", "en"),
        ("Balles de tennis lot de 3", "fr"),
        ("Pelotas de tenis pack de 3", "es"),
        ("Tennisbälle 3er-Pack", "de"),
        ("Tennisbälle", "de"),
        ("كرات تنس عبوة 3", "ar"),
    ],
)
def test_a_pack_of_a_product_in_stock_is_its_variant_also_in_the_plural(name, language):
    shop = Catalog.load()
    longer = shop.extended([name])
    assert find_original(longer.items[-1], longer, longer.added) is shop["tennis-ball"]

    ranking = load().recommend(["Tennis Racket"], language=language, add_items=[name], generate=False).ranking
    place = [ranked.item.id for ranked in ranking].index(longer.items[-1].id)
    assert 0 < place < 5  # behind the ball in stock, and before what has nothing to do with tennis


def test_a_variant_is_measured_by_its_original_and_is_never_above_it():
    class LettersUnlessDart(Letters):
        """After a Dart, all names are equally likely, but for one nat that each space costs."""

        def log_likelihoods(self, prompts, candidates):
            spaces = torch.tensor([-float(name.count(" ")) for name in candidates])
            letters = super().log_likelihoods(prompts, candidates)
            dart = torch.tensor([["{Dart}" in prompt] for prompt in prompts])
            return torch.where(dart, spaces, letters)

    shop = Catalog((Item(n, "", "", "", {"en": n}) for n in ("Bat", "Cap", "Dart", "Glove")), words=None)
    recommender = Recommender(shop, LettersUnlessDart())

    def give(owned: str) -> dict[str, float]:
        answer = recommender.recommend([owned], add_items=["Bat of wood"], generate=False)
        return {ranked.item.id: ranked.log_likelihood for ranked in answer.ranking}

    mean = (8 + 8 + 2) / 3  # nats behind the bat after Cap, Glove and Dart; after a Bat, there is no other to buy
    after_cap, after_dart = give("Cap"), give("Dart")
    assert after_cap["bat-of-wood"] == pytest.approx(-11 + mean) and after_cap["Bat"] == -3
    assert after_dart["bat-of-wood"] == after_dart["Bat"] == 0
    assert give("Bat")["bat-of-wood"] != pytest.approx(-11 + mean)  # the median of the others, as usual


def test_no_more_names_are_measured_together_than_a_prompt_may_have():
    scorer, shop = Letters(), build_shop(80, 0).extended([f"{spell(n)} Xl" for n in range(15)])
    measure_corrections(scorer, shop)
    assert max(prompt.count("Thing") for prompt in scorer.asked) == MAX_CANDIDATES


def test_a_newcomer_that_is_owned_is_measured_with_its_group_and_not_ranked():
    recommender = bundled()
    added = ["Tennis Ball 3 Pack", "Ski Helmet Blue"]
    answer = recommender.recommend(["Tennis Ball 3 Pack"], add_items=added, generate=False)
    ids = [ranked.item.id for ranked in answer.ranking]
    assert "ski-helmet-blue" in ids and "tennis-ball-3-pack" not in ids


def test_a_stored_correction_does_not_lift_a_variant_above_its_original():
    shop = Catalog((Item(n, "", "", "", {"en": n}) for n in ("Bat", "Big Bat", "Cap", "Dart")), words=None)
    likelihoods = torch.tensor([[-3.0, -7.0, -5.0, -1.0]])
    corrected = add_corrections(likelihoods, shop.items, {"Big Bat": 9.0, "Cap": 9.0})
    assert corrected.tolist() == [[-3.0, -3.0, pytest.approx(-1.3 + BEYOND * 5.3), -1.0]]
    assert add_corrections(likelihoods[:, 1:], shop.items[1:], {"Big Bat": 1.0}).tolist() == [[-6.0, -5.0, -1.0]]


def test_among_the_likeliest_a_tenth_of_a_correction_counts():
    shop = build_shop(10, 3)
    likelihoods = -torch.arange(13.0)  # the newcomers are the last
    likelihoods[10] = 3.0
    corrected = add_corrections(likelihoods, shop.items, {"10": 9.0, "11": 20.0, "12": 1.0})
    limit = -9 * (1 - QUANTILE)  # of 0, -1 … -9
    assert corrected[:10].equal(likelihoods[:10])
    assert corrected[10:].tolist() == pytest.approx([3 + BEYOND * 9, limit + BEYOND * (9 - limit), -11])


def test_corrections_of_a_shop_are_not_for_a_shelf_of_which_no_purchases_are_known():
    shelf = Catalog((Item(str(n), "", "", "", {"en": spell(n)}) for n in range(3)), words=None)
    answer = Recommender(shelf, Letters(), fusion=replace(WEIGHTS, corrections={"2": 9.0})).recommend(
        ["0"], generate=False
    )
    assert {ranked.log_likelihood for ranked in answer.ranking} == {-float(len(spell(0)))}


def test_however_many_newcomers_there_are_no_prompt_holds_more_than_the_t5_was_taught_with():
    scorer, shop = Letters(), build_shop(80, 2 * GROUP + 1)
    found = measure_corrections(scorer, shop)
    assert found.keys() == shop.newcomers and len(set(found.values())) == 1
    assert all(prompt.count("Thing") <= MAX_CANDIDATES for prompt in scorer.asked)
    once = len(scorer.asked) / 3
    Recommender(shop, other := Letters(), fusion=WEIGHTS).recommend(["0"], generate=False)  # one newcomer is retrieved
    assert len(other.asked) == 1 + once


def test_where_all_products_are_new_nothing_is_corrected():
    recommender = Recommender(Catalog([Item("0", "", "", "", {"en": "Saw"})], words=None), Letters())
    question = recommender.recommend(["Saw"], add_items=["Rake", "A Spade"], generate=False).question
    letters = torch.tensor([[-4.0, -7.0]])
    assert correct_newcomers(question, letters, Letters(), {}) is letters


def test_what_nobody_bought_is_not_taught_as_what_nobody_buys(hardware):
    data = ShopData.read(hardware)
    unsold = data.catalog.newcomers
    assert len(unsold) >= 2 and unsold == data.cold and not unsold & {item.id for item in data.taught}
    rows = data.training_rows
    assert len(rows) == len(list(list_rows(data.training, data.catalog)))
    names = {data.catalog[id_].prompt_name("en") for id_ in unsold}
    groups = group_rows(rows, data.taught, 0, 1)
    dataset = TrainingDataset(groups, data.taught, bundled().scorer.tokenizer, 0)
    for n in range(20):
        prompt = dataset.tokenizer.decode(dataset[n]["input_ids"])
        assert not any(name in prompt for name in names)


def test_evaluation_corrects_as_serving_does(hardware):
    data, checkpoint = ShopData.read(hardware), bundled().scorer
    corrections = measure_corrections(checkpoint, data.catalog)
    served = Recommender(data.catalog, checkpoint, fusion=replace(WEIGHTS, corrections=corrections))
    rows = list(list_rows(data.test, data.catalog))
    touched = [row for row in rows if any(item.id in corrections for item in data.catalog.candidates(row.basket))]
    for row in Random(0).sample(touched, 3):
        (scored,) = score_rows(checkpoint, data.catalog, [row], corrections)
        answer = served.recommend([item.id for item in row.basket], generate=False)
        given = {ranked.item.id: ranked.log_likelihood for ranked in answer.ranking}
        found = dict(zip((item.id for item in scored.candidates), scored.likelihoods.tolist(), strict=True))
        assert found == pytest.approx(given, abs=1e-3)
    some = replace(data, test=data.test[:10])
    none = replace(WEIGHTS, corrections=dict.fromkeys(corrections, 0.0))
    stored, measured, left_out = (HeldOut.rank(some, checkpoint, weights) for weights in (served.fusion, WEIGHTS, none))
    assert stored.confidences == measured.confidences != left_out.confidences


def test_the_ranks_of_an_evaluation_are_those_of_serving_and_of_the_tuned_knn(hardware):
    data, checkpoint = ShopData.read(hardware), bundled().scorer
    data = replace(data, test=data.test[:10])
    weights = replace(WEIGHTS, corrections=dict.fromkeys(data.catalog.newcomers, 5.0))
    served = Recommender(data.catalog, checkpoint, fusion=weights)
    rows, ranks = list(list_rows(data.test, data.catalog)), HeldOut.rank(data, checkpoint, weights).ranks
    for row, rank in zip(rows, ranks[ANSWER], strict=True):
        answer = served.recommend([item.id for item in row.basket], generate=False)
        found = [ranked.item for ranked in answer.ranking]
        assert rank == (found.index(row.target) + 1 if row.target in found else None)
    asked = list_ids(rows)
    assert ranks[KNN] == data.knn.rank_targets(*asked) != data.catalog.item_knn.rank_targets(*asked)
    assert ranks[T5] != ranks[ANSWER]


def test_a_newcomer_is_lifted_to_the_median_of_the_others():
    shop = Catalog((Item(n, "", "", "", {"en": n}) for n in ("Ax", "Bat", "Hammerhead", "Spade")), words=None)
    assert measure_corrections(Letters(), shop, {"Spade"}) == {"Spade": 5.0 - 3.0}


def test_a_newcomer_that_is_more_familiar_than_the_others_is_not_lowered() -> None:
    shop = Catalog((Item(n, "", "", "", {"en": n}) for n in ("Ax", "Bat", "Hammerhead", "Spade")), words=None)
    assert measure_corrections(Letters(), shop, {"Ax"}) == {"Ax": 0.0}


def test_in_a_shop_that_the_t5_was_not_trained_on_a_newcomer_is_where_the_t5_puts_it() -> None:
    names = [
        "Ballpoint Pen Blue 12 Pack",
        "A5 Notebook Ruled",
        "Stapler Heavy Duty",
        "Sticky Notes Yellow",
        "Desk Lamp",
    ]
    stationery = Catalog((Item(name, "", "", "", {"en": name}) for name in names), words=None)
    answer = Recommender(stationery, bundled().scorer).recommend(
        ["A5 Notebook Ruled"], add_items=["A4 Notebook"], generate=False
    )
    names = answer.question.candidate_names
    (by_t5,) = bundled().scorer.log_likelihoods([answer.question.prompt], names)
    given = {ranked.name: ranked.log_likelihood for ranked in answer.ranking}
    assert given["A4 Notebook"] == pytest.approx(float(by_t5[names.index("A4 Notebook")]), abs=1e-4)


def test_a_variant_is_that_of_the_product_in_stock_with_the_longest_name():
    shop = Catalog((Item(n, "", "", "", {"en": n}) for n in ("Bat", "Big Bat")), words=None)
    longer = shop.extended(["Big Bat Xl", "Bat Xl", "Bat Xl Red"])
    assert find_original(longer["big-bat-xl"], longer, longer.added) is shop["Big Bat"]
    assert find_original(longer["bat-xl-red"], longer, longer.added) is shop["Bat"]  # the other one is as new
