"""The answer on the page: its calls of the T5, and how it is rendered."""

from __future__ import annotations

from collections import Counter

import pytest

from recommender import Catalog
from recommender.shop.catalog import LANGUAGES
from recommender.ui.answer_view import AnswerView, render_answer
from recommender.ui.models import ModelRegistry
from recommender.ui.state import PageState
from recommender.ui.suggestion import PLACE, suggest_product

INVENTORY = Catalog.load()
BASKET = {"items": ["soccer-ball", "soccer-jersey", "soccer-cleats"]}


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    return ModelRegistry()


@pytest.fixture
def calls(registry, monkeypatch) -> Counter[str]:
    """Count the calls of the T5 by method."""
    counted: Counter[str] = Counter()
    scorer = registry.get_scorer()

    def counting(method: str):
        inner = getattr(scorer, method)

        def call(*values):
            counted[method] += 1
            return inner(*values)

        return call

    for method in ("log_likelihoods", "generate"):
        monkeypatch.setattr(scorer, method, counting(method))
    return counted


def answer(registry: ModelRegistry, *, explain: bool = True, **raw: object) -> AnswerView:
    state = PageState.parse({**BASKET, **raw}, INVENTORY)
    return render_answer(state, registry, "http://127.0.0.1:7860", explain=explain)


def test_an_answer_asks_the_t5_once_and_the_closed_fold_is_empty(registry, calls) -> None:
    view = answer(registry)

    assert calls == {"log_likelihoods": 1}
    assert "because" in view.card and "<code>" not in view.hood


def test_the_pick_does_not_wait_for_its_reasons(registry, monkeypatch) -> None:
    prompts: list[int] = []
    scorer = registry.get_scorer()
    inner = scorer.log_likelihoods
    monkeypatch.setattr(
        scorer, "log_likelihoods", lambda asked, names: prompts.append(len(asked)) or inner(asked, names)
    )

    quick = answer(registry, explain=False, why_not="tennis-ball", hood_open=True)
    whole = answer(registry)

    assert prompts == [1, 1 + len(BASKET["items"])]
    assert quick.card.count('class="chip') == 1 and whole.card.count('class="chip') > 1  # "…"
    assert quick.pieces.keys() == {"card", "newcomers", "trace"}  # the others stay as they are
    assert answer(registry, explain=False).pieces["why-not"] == whole.pieces["why-not"]
    assert quick.announcement == whole.announcement


def test_free_generation_is_computed_only_while_the_fold_is_open(registry, calls) -> None:
    view = answer(registry, hood_open=True)

    assert calls == {"log_likelihoods": 1, "generate": 1}
    assert 'class="raw"' in view.hood and "curl -s http://127.0.0.1:7860/" in view.hood


def test_a_question_why_not_asks_the_t5_once_more(registry, calls) -> None:
    view = answer(registry, why_not="tennis-ball")

    assert calls == {"log_likelihoods": 2}
    assert "Tennis Ball is number " in view.why_not


def test_an_answer_to_why_not_is_announced(registry) -> None:
    for asked in ("", "tennis-ball"):  # a live region has to be there before its text
        assert '<div class="why-not-answer" aria-live="polite">' in answer(registry, why_not=asked).why_not


def test_an_unhandled_error_is_a_friendly_message_and_a_log_line(registry, monkeypatch, caplog) -> None:
    monkeypatch.setattr(registry, "build_recommender", lambda *_: 1 / 0)

    assert "🐛" in answer(registry).card
    assert "Unhandled error while answering a page request" in caplog.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("items", [["soccer-ball"], ["tennis-racket", "tennis-ball"], ["hockey-puck", "hockey-stick"]])
def test_the_product_to_try_is_new_and_lands_high_with_the_basket_on_show(registry, items, language) -> None:
    asked = PageState.parse({"items": items, "language": language}, INVENTORY)
    example = suggest_product(asked, registry)

    assert example
    state = PageState.parse({"items": items, "added": [example], "language": language}, INVENTORY)
    assert state.added == (example,)  # it is not on the shelf
    found = registry.build_recommender(state.shelf, "bundled").recommend(items, language=language, generate=False)
    assert example in [ranked.name for ranked in found.ranking[:PLACE]]


def test_no_product_is_offered_to_try_where_the_visitor_has_added_one_or_no_known_sport(registry) -> None:
    shop = [{"name": name} for name in ("Hammer", "Nails", "Saw")]

    for raw in ({**BASKET, "added": ["Soccer Socks"]}, {"shop": shop, "items": ["hammer"]}, {}):
        assert not suggest_product(PageState.parse(raw, INVENTORY), registry)
