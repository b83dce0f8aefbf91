"""Another shop than the demo's: a folder with its inventory."""

from __future__ import annotations

import shutil

import gradio_client
import pytest

from recommender import load
from recommender.__main__ import main
from recommender.compare import compare
from recommender.shop.catalog import MAX_CANDIDATES, Catalog
from recommender.shop.item import Item
from recommender.shop.language import LANGUAGES
from recommender.t5.source import BUNDLED
from recommender.training.dataset import ShopperDataset
from recommender.training.tokenizer import fast_tokenizer
from recommender.training.validation import validation_cases
from recommender.training.world import known_sports
from recommender.ui.answer_view import build_code_samples
from recommender.ui.models import ModelRegistry
from recommender.ui.page import Page
from recommender.ui.state import PageState
from recommender.ui.strings import strings
from tests.support.games import GAMES
from tests.support.pages import idle, picked, served, tab

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def games_app(games):
    """The address of the page of a shop that sells games."""
    with served(Page(shop=games.parent)) as address:
        yield address


def shop_of(families, kinds) -> Catalog:
    def names(family, kind):
        return {code: f"{kind} {family} ع" if code == "ar" else f"{family} {kind}" for code in LANGUAGES}

    return Catalog(Item(f"{f}-{k}", f, k, "x", names(f, k)) for f in families for k in kinds)


def test_the_page_sells_it(games_app, browser):
    page = browser.new_page()
    page.goto(f"{games_app}/?lang=en&items=chess-board,chess-clock")
    picked(page).wait_for(timeout=60_000)
    assert picked(page).inner_text() in ("Chess Book", "Go Board", "Go Stones", "Go Book")
    assert page.get_by_role("checkbox").count() == 6
    tab(page, 1)
    page.locator("section.results .message").wait_for()  # nothing was measured here
    assert page.locator("section.results .bars").count() == 0
    tab(page, 2)
    assert "ITEMS PURCHASED: {Chess Board, Chess Clock}" in page.locator(".sentence").first.inner_text()
    page.close()


def test_the_football_story_which_is_about_other_goods_is_not_on_its_page(games_app, browser):
    page = browser.new_page()
    page.goto(f"{games_app}/?lang=en&tab=football")
    page.locator("#answer").wait_for(timeout=60_000)
    page.wait_for_selector("html[data-arrived]")
    idle(page)
    assert page.get_by_role("tab").all_inner_texts() == [
        strings("en")(f"tab.{t}") for t in ("recommend", "results", "how")
    ]
    assert "tab=" not in page.url and page.get_by_role("tab").first.get_attribute("aria-selected") == "true"
    page.get_by_role("tab").first.focus()
    page.keyboard.press("End")
    page.locator(".sentence").wait_for()
    idle(page)
    assert "tab=how" in page.url

    assert "baskets" not in page.locator("#answer").inner_text()  # of the demo there are none to start from
    assert not page.locator("input[name=product]").get_attribute("placeholder").strip()
    page.close()


def test_the_code_under_the_hood_names_it(games):
    registry = ModelRegistry(shop=games.parent)
    state = PageState.parse({"items": ["chess-board"]}, registry.inventory)
    samples = dict(build_code_samples(state, registry, "http://localhost"))
    assert f"load(shop='path/to/{games.parent.name}')" in samples["python"]
    assert f"--shop path/to/{games.parent.name}" in samples["shell"]


def test_its_endpoint_answers(games_app):
    client = gradio_client.Client(games_app, verbose=False)
    answer = client.predict(purchased=["Go Board"], language="de", api_name="/recommend")
    assert {r["id"] for r in answer["recommendations"]} < {line.partition(",")[0] for line in GAMES.splitlines()}


@pytest.mark.parametrize(
    "shop",
    [
        shop_of(["Chess"], ["Board", "Book"]),
        shop_of(["Chess", "Go", "Bridge"], ["Book"]),
        # some of these have gear that training knows, some are held out from it in the demo
        shop_of([s.id for s in known_sports()[:12]] + ["tennis"], ["shirt", "gizmo"]),
        shop_of([f"Game{i}" for i in range(60)], ["Board", "Book", "Bag"]),
    ],
    ids=["two products", "one kind", "known sports", "180 products"],
)
def test_any_shop_has_shoppers_to_learn_from(shop):
    dataset = ShopperDataset(shop, fast_tokenizer(BUNDLED / "spiece.model"), length=1600, batch_size=32, seed=0)
    for index in range(0, 1600, 16):
        example = dataset.example(index)
        assert sum(example.probabilities) == pytest.approx(1)
        assert 0 < len(example.candidates) <= MAX_CANDIDATES + 6  # what one prompt takes, and newcomers
    cases = validation_cases(shop, 5)
    assert "one item" in cases
    for of_sort in cases.values():
        assert of_sort and all(case.candidates(shop) for case in of_sort)


def test_what_cannot_be_trained_in_a_shop_is_refused(games, tmp_path, capsys):
    def refuse(*arguments) -> str:
        with pytest.raises(SystemExit, match="2"):
            main(["train", *map(str, arguments), "--output", str(tmp_path / "t5")])
        return capsys.readouterr().err

    assert "--data" in refuse("--shop", games.parent, "--base", BUNDLED)  # of that shop there are no purchases
    head, board, _, _, _, stones, _ = GAMES.splitlines()
    (tmp_path / "inventory.csv").write_text("\n".join([head, board, stones]), encoding="utf-8")
    assert "No two products of the inventory share" in refuse("--shop", tmp_path)


def test_a_name_that_the_phrasebook_lacks_is_reported_as_untranslated(games):
    found = compare(load(shop=games.parent), ["Chess Board"], "ar", "phrasebook")["translate"]
    assert found.losses[0].reason("ar") == "بقيت «لوح الشطرنج» بلا ترجمة."


def test_the_phrasebook_of_a_shop_takes_the_place_of_the_demos(games, tmp_path):
    shutil.copy(games, tmp_path)
    (tmp_path / "phrasebook").mkdir()
    (tmp_path / "phrasebook" / "ar.csv").write_text("phrase,english,way\nلوح الشطرنج,Chess Board,both\n", "utf-8")
    for recommender in (load(shop=tmp_path), ModelRegistry(shop=tmp_path).build_recommender()):
        translator = recommender.translators("phrasebook")
        assert translator.translate(["لوح الشطرنج", "كرة القدم"], "ar", "en").texts == ("Chess Board", "كرة القدم")
