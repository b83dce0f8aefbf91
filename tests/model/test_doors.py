"""Every entry point ("door") reads text as people write it: each kind of text through each door."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr
import pytest

from recommender import Catalog, RecommenderError
from recommender.__main__ import main
from recommender.cli import batch as batch_command
from recommender.cli import recommend as recommend_command
from recommender.routes import build_question
from recommender.shop.inventory import COLUMNS
from recommender.shop.language import LANGUAGES
from recommender.shop.lookup import find_basket
from recommender.shop.text import clean
from recommender.training.fine_tuning import read_purchases
from recommender.translated_names import label_catalog
from recommender.translation.base import Translation
from recommender.translation.phrasebook import Phrasebook
from recommender.ui import views
from recommender.ui.endpoints import make_compare, make_recommend
from recommender.ui.events import Events
from recommender.ui.models import ModelRegistry
from recommender.ui.service import Service
from recommender.ui.state import PageState, read_arrival
from recommender.ui.strings import strings
from recommender.ui.uploaded_shop import build_catalog, read_shop
from tests.support.bundled import bundled
from tests.support.kinds import (
    BASKETS,
    FIELDS,
    NAMES,
    TABLES,
    TAGS,
    TRANSLATIONS,
    TWINS,
    Basket,
    Field,
    Name,
    Table,
    Tag,
    Translated,
)

SHELF = Catalog.load()
NEXT = "tennis-ball"  # the next purchase in the training file; in no basket


class Refused(Exception):
    """A door's sentence of refusal."""


class Shared:
    """Helpers that a door can use."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        self.folder, self.capsys = folder, capsys

    def run(self, *arguments: str) -> str:
        """Run a command and return what it prints."""
        try:
            main(arguments)
        except SystemExit:
            raise Refused(self.capsys.readouterr().err) from None
        return self.capsys.readouterr().out

    def write(self, *rows: tuple[str, ...]) -> Path:
        """Write a CSV file."""
        path = self.folder / "in.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return path


@pytest.fixture
def shared(tmp_path, capsys, monkeypatch) -> Shared:
    for command in (batch_command, recommend_command):
        monkeypatch.setattr(command, "open_recommender", lambda options: bundled())
    return Shared(tmp_path, capsys)


@cache
def registry() -> ModelRegistry:
    return ModelRegistry()


def library(text: str, language: str, shared: Shared) -> set[str]:
    return {item.id for item in bundled().recommend([text], language=language, generate=False).purchased}


def command_line(text: str, language: str, shared: Shared) -> set[str]:
    printed = shared.run("recommend", f"--purchased={text}", "--language", language, "--json")
    return {item["id"] for item in json.loads(printed)["purchased"]}


def batch(text: str, language: str, shared: Shared) -> set[str]:
    source, target = shared.write(("purchased",), (text,)), shared.folder / "out.csv"
    shared.run("batch", "--input", str(source), "--output", str(target), "--language", language, "--top", "99")
    (row,) = csv.DictReader(io.StringIO(target.read_text(encoding="utf-8-sig"), newline=""))
    if row["error"]:
        raise Refused(row["error"])
    return {item.id for item in SHELF} - set(row["top_ids"].split(";"))


def train(text: str, language: str, shared: Shared) -> set[str]:
    (good,), _ = read_purchases(shared.write(("purchased", "next"), (text, NEXT)), SHELF)
    return {item.id for item in good.basket}


def api(text: str, language: str, shared: Shared) -> set[str]:
    return {item["id"] for item in make_recommend(registry())(text, language)["purchased"]}


def find(text: str, language: str) -> tuple[str, Mapping[str, Any]]:
    """Search on the page; return what it says, and how it changes the visitor's choices."""
    outcome = Events(registry(), None).find(PageState(SHELF, language=language), {"text": text})
    return outcome.said["basket"][language], outcome.change


def search(text: str, language: str, shared: Shared) -> set[str]:
    found, change = find(text, language)
    if not change["tick"] or 'class="offers"' in found:
        raise Refused(found)
    return set(change["tick"])


def link(text: str, language: str, shared: Shared) -> set[str]:
    state = PageState.parse(read_arrival({"query": f"?items={quote(text)}&lang={language}"}, None), SHELF)
    if state.dropped:
        raise Refused(" ".join(state.dropped))
    return set(state.items)


def added(text: str, shared: Shared) -> str:
    return SHELF.extended([text]).items[-1].name("en")


def added_by_link(text: str, shared: Shared) -> str:
    state = PageState.parse(read_arrival({"query": f"?add={quote(text)}"}, None), SHELF)
    if not state.added:
        raise Refused(views.render_notices(state))
    return state.shelf.items[-1].name("en")


def added_by_api(text: str, shared: Shared) -> str:
    answer = make_recommend(registry())("soccer-ball", top=99, add_items=[text])
    (new,) = (ranked["name"] for ranked in answer["recommendations"] if ranked["id"] not in SHELF)
    return str(new)


def inventory(text: str, shared: Shared) -> str:
    cells = {"id": "sku-1", "sport": "x", "kind": "y", "emoji": "⚽", **dict.fromkeys(LANGUAGES, text)}
    path = shared.write(COLUMNS, tuple(cells[column] for column in COLUMNS))
    return Catalog.load(path)["sku-1"].name("en")


def upload(text: str, shared: Shared) -> str:
    shop = read_shop(shared.write(("name",), (text,)).read_bytes())
    if not shop.rows:
        raise Refused(views.render_shop_notice(shop, strings("en")))
    return shop.rows[0].item.name("en")


BASKET_DOORS = (library, command_line, batch, train, api, search, link)
TYPED_DOORS = (added, added_by_link, added_by_api)
FILE_DOORS = (inventory, upload)


def label(value: object) -> str | None:
    """Name a test by the kind, or by the door."""
    if isinstance(value, Basket | Name | Translated | Field | Tag):
        return f"{value.kind} {value.name}"
    return getattr(value, "__name__", None)


@pytest.mark.parametrize("door", BASKET_DOORS, ids=label)
@pytest.mark.parametrize("sent", BASKETS, ids=label)
def test_a_basket_is_understood_or_refused_in_a_sentence(sent: Basket, door, shared: Shared) -> None:
    if door is train and sent.language != "en":
        pytest.skip("a training file has no language")
    if sent.items:
        assert door(sent.text, sent.language, shared) == set(sent.items.split())
        return
    with pytest.raises((RecommenderError, Refused, gr.Error)) as refused:
        door(sent.text, sent.language, shared)
    assert (sent.text if door is link else sent.says) in str(refused.value)


@pytest.mark.parametrize("door", [door for door in BASKET_DOORS if door is not link], ids=label)
def test_and_separates_what_is_typed(door, shared: Shared) -> None:
    assert door("soccer ball and soccer jersey", "en", shared) == {"soccer-ball", "soccer-jersey"}


@pytest.mark.parametrize("door", TYPED_DOORS + FILE_DOORS, ids=label)
@pytest.mark.parametrize("sent", NAMES, ids=label)
def test_a_name_is_stored_clean_or_refused_in_a_sentence(sent: Name, door, shared: Shared) -> None:
    stored = sent.stored if door in TYPED_DOORS or sent.filed is None else sent.filed
    if door is inventory and sent.says == "separate names":  # a title keeps them; the prompt does not get them
        stored = clean(sent.text)
    if stored:
        assert door(sent.text, shared) == stored
        return
    with pytest.raises((RecommenderError, Refused, gr.Error)) as refused:
        door(sent.text, shared)
    if door in (added, added_by_api, inventory):  # the page says what names may hold
        assert sent.says in str(refused.value)


@pytest.mark.parametrize("door", [added, added_by_link, added_by_api], ids=label)
@pytest.mark.parametrize("sent", TWINS, ids=label)
def test_a_name_that_the_shelf_has_in_another_spelling_joins_no_second_time(sent: Name, door, shared: Shared) -> None:
    with pytest.raises((RecommenderError, Refused, gr.Error), match=r"already"):
        door(sent.text, shared)


@pytest.mark.parametrize(
    ("header", "row", "names", "says"),
    [
        ("name,sport", '"Yoga Mat","yoga, mats"', "", "row 2: “yoga, mats” in the column “sport” cannot be a name"),
        ("name,kind", "Yoga Mat,{mat}", "", "“{mat}” in the column “kind”"),
        ("name,fr", "Yoga Mat,Tapis؛ yoga", "", "“Tapis؛ yoga” in the column “fr”"),
        ("name,sport", ",yoga", "", "“name” is missing"),
        ("name,en", "Tapis,Yoga Mat", "Yoga Mat", ""),
        ("en,name", "Yoga Mat,", "Yoga Mat", ""),
        ("name,en", "Tapis,", "Tapis", ""),
        ("\u200fname", "Yoga Mat", "Yoga Mat", ""),
        ("name", "Vitamin C+\nVitamin C\nVitamin-C", "Vitamin C+; Vitamin C", "“Vitamin-C” is there already"),
    ],
)
def test_an_upload_names_the_cell_at_fault_and_keeps_what_is_good(header, row, names, says) -> None:
    shop = read_shop(f"{header}\n{row}\n".encode())

    assert [shown.name for shown in shop.rows] == [name for name in names.split("; ") if name]
    assert says in views.render_shop_notice(shop, strings("en"))
    assert [item.name("en") for item in build_catalog(shop.rows)] == [shown.name for shown in shop.rows]


def test_digits_are_the_same_in_every_script() -> None:
    shelf = SHELF.extended(["Weight 15"])

    for text in ("Weight ١٥", "weight \u06f1\u06f5", "Weight １５"):
        assert [item.id for item in find_basket([text], shelf)] == ["weight-15"]
        with pytest.raises(RecommenderError, match="already"):
            shelf.extended([text])


def test_added_products_in_one_text_of_a_call_are_a_list() -> None:
    answer = make_recommend(registry())("soccer-ball", top=99, add_items="Soccer Socks؛ Soccer Bag")

    assert {ranked["id"] for ranked in answer["recommendations"]} >= {"soccer-socks", "soccer-bag"}


def test_null_is_a_field_that_is_not_given() -> None:
    recommend, compare = make_recommend(registry()), make_compare(registry())
    nulls = dict.fromkeys(("translator", "add_items", "top", "checkpoint"))

    assert recommend("soccer-ball", language=None, route=None, **nulls) == recommend("soccer-ball")
    given = compare("soccer-ball", "fr", translator="phrasebook")
    assert compare("soccer-ball", "fr", **{**nulls, "translator": "phrasebook"}) == given
    assert compare("soccer-ball", "en", **nulls) == compare("soccer-ball", "en")
    with pytest.raises(gr.Error, match="language is missing"):
        compare("soccer-ball", None)


def test_an_id_that_is_also_an_ambiguous_word_is_told_in_the_answer() -> None:
    (sentence,) = make_recommend(registry())("football", "fr")["ambiguous"]

    assert "Ballon de football" in sentence and '"football" was taken as an id' in sentence
    (found,) = bundled().recommend_many([["football"]], language="fr")
    assert found.ambiguous == (sentence,)
    for text, language in (("football", "en"), ("tennis-ball", "fr")):
        assert "ambiguous" not in make_recommend(registry())(text, language)


def test_a_language_without_shelf_names_gets_the_translators_words_without_what_would_break_a_list() -> None:
    class Translator:
        def translate(self, texts: Sequence[str], source: str, target: str) -> Translation:
            return Translation(("\u200f«Pallone», da calcio.", "…", *texts[2:]), "google")

    shelf = label_catalog(SHELF, "it", Translator())

    assert [item.name("it") for item in shelf.items[:3]] == [
        "Pallone da calcio",
        *(i.name("en") for i in SHELF.items[1:3]),
    ]


def test_an_inventory_names_the_row_the_column_and_the_reason(tmp_path) -> None:
    path = tmp_path / "inventory.csv"
    cells = ("\u200fsku-1", "x\u200b", "y", "⚽", "Cap", "قبعة\u2066\u2069\U000e0041", "Casquette", "Gorra", "Kappe")
    path.write_text(f"{','.join(COLUMNS)}\n{','.join(cells)}\n", encoding="utf-8")
    with pytest.raises(RecommenderError, match=r"row 2: ar: .*invisible"):
        Catalog.load(path)
    path.write_text(path.read_text("utf-8").replace("\U000e0041", ""), encoding="utf-8")

    item = Catalog.load(path)["sku-1"]

    assert (item.id, item.sport) == ("sku-1", "x")


def test_a_search_ticks_a_whole_list_and_asks_about_what_is_not_clear() -> None:
    found, change = find("Soccer Ball، raquette; casque", "en")

    assert change["tick"] == ("soccer-ball", "tennis-racket")
    assert "Ticked: Soccer Ball, Tennis Racket" in found and "“casque” can mean more" in found


def test_a_search_asks_about_a_word_with_two_meanings_in_any_language() -> None:
    for language in ("en", "fr", "es", "ar"):
        found, change = find("football", language)
        assert not change["tick"] and found.count("data-item-id") == 2


def test_the_prompts_of_the_demos_shop_stay_as_the_t5_learned_them() -> None:
    """Compare with the hash of the prompts when names were first sorted: every item alone, by all routes."""
    written = hashlib.sha256()
    for item in SHELF:
        for language in LANGUAGES:
            for route in ("direct", "translate", *(["native"] if language in ("en", "ar") else [])):
                written.update(build_question(route, [item], SHELF, language, Phrasebook()).prompt.encode())

    assert written.hexdigest() == "d1158724795825d17ac671e4b9ef6aca75aa6b92a64e05e0c9c154f43290cdbc"


@pytest.mark.parametrize("sent", TRANSLATIONS, ids=label)
def test_a_translation_means_its_item_however_it_is_typed(sent: Translated) -> None:
    class Translator:
        def translate(self, texts: Sequence[str], source: str, target: str) -> Translation:
            return Translation((sent.text,) * len(texts), "google")

    question = build_question("translate", [SHELF[sent.item]], SHELF, "ar", Translator())

    assert question.inbound is not None
    (name,) = question.inbound.names
    assert (name.means.id if name.means else "") == sent.means
    assert question.purchased == (sent.prompted,)


def ask_gradio(**fields: object) -> dict[str, Any]:
    return make_recommend(registry())(**fields)


def ask_service(**fields: object) -> dict[str, Any]:
    status, answer = Service(registry())._answer(fields, "", {})
    if status != 200:
        raise Refused(answer["error"])
    return answer


@pytest.mark.parametrize("sent", FIELDS, ids=label)
@pytest.mark.parametrize("ask", [ask_gradio, ask_service], ids=label)
def test_a_field_means_what_it_stands_for_or_is_refused_by_its_name(sent: Field, ask) -> None:
    usual: dict[str, Any] = {"purchased": ["Soccer Ball"]}
    if sent.means is not None:
        assert ask(**usual | {sent.field: sent.value}) == ask(**usual | {sent.field: sent.means})
        return
    with pytest.raises((gr.Error, Refused), match=f"^.?{sent.field} must be"):
        ask(**usual | {sent.field: sent.value})


def test_a_title_with_a_comma_is_one_product_at_every_door(tmp_path, capsys) -> None:
    (tmp_path / "inventory.csv").write_text('name\n"Nails, long"\nNails\nSaw\nRake\n', encoding="utf-8")
    shop = ["--shop", str(tmp_path)]
    assert main(["recommend", *shop, "--purchased", "Nails, long; Saw", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    models = ModelRegistry(shop=tmp_path)
    for answer in (
        printed,
        make_recommend(models)("Nails, long; Saw"),
        make_recommend(models)(["Nails, long", "Saw"]),
        Service(models)._answer({"purchased": "Nails, long; Saw"}, "", {})[1],
    ):
        assert [item["id"] for item in answer["purchased"]] == ["nails-long", "saw"]


@pytest.mark.parametrize("purchased", [12345, [12345], "[12345]", ["12345"]])
def test_a_sku_that_is_a_number_may_be_sent_as_one(tmp_path, purchased) -> None:
    (tmp_path / "inventory.csv").write_text("id,name\n12345,Saw\n12346,Rake\n", encoding="utf-8")
    models = ModelRegistry(shop=tmp_path)
    for answer in (make_recommend(models)(purchased), Service(models)._answer({"purchased": purchased}, "", {})[1]):
        assert [item["id"] for item in answer["purchased"]] == ["12345"]


def tag_to_library(tag: str, shared: Shared) -> str:
    return bundled().recommend(["soccer-ball"], language=tag, generate=False).language


def tag_to_command_line(tag: str, shared: Shared) -> str:
    return str(
        json.loads(shared.run("recommend", "--purchased=soccer-ball", f"--language={tag}", "--json"))["language"]
    )


def tag_to_batch(tag: str, shared: Shared) -> str:
    source, target = shared.write(("purchased",), ("soccer-ball",)), shared.folder / "out.csv"
    shared.run("batch", "--input", str(source), "--output", str(target), f"--language={tag}")
    (row,) = csv.DictReader(target.read_text(encoding="utf-8-sig").splitlines())
    if row["error"]:
        raise Refused(row["error"])
    names = SHELF[row["recommendation_id"]].names
    return next(language for language in LANGUAGES if names[language] == row["recommendation"])


def tag_to_api(tag: str, shared: Shared) -> str:
    return str(make_recommend(registry())("soccer-ball", tag)["language"])


def tag_to_comparison(tag: str, shared: Shared) -> str:
    return str(make_compare(registry())("soccer-ball", tag, "phrasebook")["language"])


def tag_to_link(tag: str, shared: Shared) -> str:
    state = PageState.parse(read_arrival({"query": f"?lang={quote(tag)}"}, None), SHELF)
    if state.dropped:
        raise Refused(" ".join(state.dropped))
    return state.language


TAG_DOORS = (tag_to_library, tag_to_command_line, tag_to_batch, tag_to_api, tag_to_comparison, tag_to_link)


@pytest.mark.parametrize("door", TAG_DOORS, ids=label)
@pytest.mark.parametrize("sent", TAGS, ids=label)
def test_a_language_tag_means_its_language_or_is_named_alone(sent: Tag, door, shared: Shared) -> None:
    if sent.language:
        assert door(sent.text, shared) == sent.language
        return
    with pytest.raises((RecommenderError, Refused, gr.Error)) as refused:
        door(sent.text, shared)
    assert sent.text in str(refused.value) and '"en"' not in str(refused.value)


def table_in_batch(sent: Table, shared: Shared) -> str:
    source, target = shared.folder / "in.csv", shared.folder / "out.csv"
    source.write_bytes(sent.write(("purchased",), ("Soccer Ball",)))
    try:
        shared.run("batch", "--input", str(source), "--output", str(target))
    except Refused as refused:
        assert not target.exists()
        return str(refused)
    (row,) = csv.DictReader(io.StringIO(target.read_text(encoding="utf-8-sig"), newline=""))
    return row["error"]


def table_in_training(sent: Table, shared: Shared) -> str:
    source = shared.folder / "in.csv"
    source.write_bytes(sent.write(("purchased", "next"), ("Soccer Ball", "Soccer Jersey")))
    try:
        (good,), refused = read_purchases(source, SHELF)
    except RecommenderError as error:
        return str(error)
    assert good.next.id == "soccer-jersey" and not refused
    return ""


def table_in_inventory(sent: Table, shared: Shared) -> str:
    source = shared.folder / "in.csv"
    item = SHELF["soccer-ball"]
    source.write_bytes(sent.write(COLUMNS, (item.id, item.sport, item.kind, item.emoji, *item.names.values())))
    try:
        (read,) = Catalog.load(source)
    except RecommenderError as error:
        return str(error)
    assert read == item and read.names == item.names
    return ""


def table_in_upload(sent: Table, shared: Shared) -> str:
    shop = read_shop(sent.write(("en", "sport"), ("Yoga Mat", "yoga")))
    assert shop.problem or shop.bad or [(row.name, row.sport) for row in shop.rows] == [("Yoga Mat", "yoga")]
    return views.render_shop_notice(shop, strings("en")) if shop.problem or shop.bad else ""


@pytest.mark.parametrize("door", [table_in_batch, table_in_training, table_in_inventory, table_in_upload])
@pytest.mark.parametrize("sent", TABLES, ids=lambda sent: f"{sent.kind} {sent.name}")
def test_a_table_is_read_or_refused_in_a_sentence_that_names_the_place(sent: Table, door, shared: Shared) -> None:
    refusal = door(sent, shared)

    assert sent.says in refusal.lower() if sent.says else refusal == ""
