"""The tab with the results, for those who hear it: figures have headings, and what is seen is said."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from recommender import Catalog, Shop
from recommender.evaluation.schema import Estimate, Evaluation
from recommender.evaluation.shop_schema import KNN, T5, RealShoppersEvaluation, ShopEvaluation
from recommender.shop.language import LANGUAGES
from recommender.shop.paths import DATA
from recommender.ui import views
from recommender.ui.results import Results
from recommender.ui.state import PageState
from recommender.ui.strings import strings

INVENTORY = Catalog.load()
MEASURED = Evaluation.read(Shop().evaluation)
ON_ORDERS = ShopEvaluation(
    orders=10,
    rows=30,
    missed=0.1,
    confidence=0.25,
    hit_rates={KNN: (0.1, 0.3), T5: (0.2, 0.2)},
    differences=dict.fromkeys((1, 5), Estimate(value=0.1, low=None, high=None)),
)


def render(language: str, measured: Evaluation = MEASURED) -> ElementTree.Element:
    benchmark = RealShoppersEvaluation.read(DATA / "real-shoppers.json")
    page = PageState(INVENTORY, language=language)
    return ElementTree.fromstring(views.render_results(page, Results(measured, ON_ORDERS, benchmark)))


def read_text(element: ElementTree.Element) -> str:
    return "".join(element.itertext())


@pytest.mark.parametrize("checkpoints", [1, 2])
def test_every_cell_of_every_table_has_a_heading_above_it_and_one_beside_it(checkpoints) -> None:
    measured = MEASURED.model_copy(update={"checkpoints": MEASURED.checkpoints[:1] * checkpoints})
    tables = render("en", measured).findall(".//table")

    assert len(tables) > len(MEASURED.checkpoints[0].sections)
    for table in tables:
        above = table.findall("thead/tr/th[@scope='col']")
        assert all(read_text(heading) for heading in above)
        for row in table.findall("tbody/tr"):
            assert len(row) == len(above)
            assert row[0].tag == "th" and row[0].get("scope") == "row"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_in_bold_in_a_table_is_said_in_words(language) -> None:
    cells = render(language).findall(".//table/tbody/tr/td")
    bold = {read_text(cell) for cell in cells if cell.find(".//b") is not None}
    said = {read_text(cell) for cell in cells if read_text(cell).endswith(f" ({strings(language)('results.best')})")}

    assert bold and bold == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_probabilities_of_the_plot_are_in_a_table_too(language) -> None:
    t, page = strings(language), render(language)
    points = MEASURED.checkpoints[0].probabilities[language]
    (fold,) = page.findall(".//details[@data-fold='probabilities']")
    rows = [[read_text(cell) for cell in row] for row in fold.findall(".//tbody/tr")]

    assert len(rows) == len(page.findall(".//circle")) == len(points)
    assert rows == [[t.precise_percent(point.given), t.precise_percent(point.true)] for point in points]
