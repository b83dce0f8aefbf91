"""The bundled T5 is as good as its report says.

The thresholds are aims. No test fails because the T5 misses one; README has to say how many it misses.
"""

import pytest

from recommender import Catalog, Recommender, Shop
from recommender.evaluation.answers import CachedScorer
from recommender.evaluation.measures import KNOWN, Measures
from recommender.evaluation.samples import draw_samples
from recommender.evaluation.schema import Evaluation
from recommender.shop.language import LANGUAGES
from tests.conftest import ROOT
from tests.support.bundled import bundled, english_only
from tests.support.stand_ins import draw_only

BASKETS = 5  # of each sort
REPORT = Evaluation.read(Shop().evaluation)
MEASURES = [
    (row.measure, row.language)
    for section in REPORT.checkpoints[0].sections
    for row in section.rows
    if row.threshold is not None
]
pytestmark = pytest.mark.usefixtures("few_shuffles")


@pytest.fixture(scope="module")
def report():
    """What the report says of the bundled T5."""
    return REPORT.checkpoints[0]


@pytest.fixture(scope="module")
def published(report):
    """Every measure in the report, by its name and language."""
    return {(row.measure, row.language): row for section in report.sections for row in section.rows}


@pytest.fixture(scope="module")
def measured():
    """The bundled T5's answers to a few baskets of each sort, and to all products as the only purchase."""
    recommender = Recommender(bundled().catalog, CachedScorer(bundled().scorer))
    return Measures(recommender, draw_samples(recommender.catalog, BASKETS, seed=1), seed=1, baselines={})


@pytest.fixture(scope="module")
def rows(measured, few_shuffles):
    """Every measure of the bundled T5, by its name and language."""
    return {(row.measure, row.language): row for section in measured.sections() for row in section.rows}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "language"), MEASURES)
def test_the_bundled_t5_is_hardly_worse_than_the_report_says_on_a_few_other_baskets(rows, published, name, language):
    row, before = rows[name, language], published[name, language]
    if row.unit == "items":  # of all 35 products, as the report has them
        assert row.value == before.value
        return
    # These are fewer baskets, on which a T5 may well be better. Worse by more than chance is where the 95 % intervals
    # do not even overlap. A smaller loss, or an inflated measure, is seen on the report's own baskets and by stand-ins.
    sign = -1 if row.lower_is_better else 1
    here, reported = ((found.low, found.value, found.high) for found in (row, before))
    assert max(sign * end for end in here) >= min(sign * end for end in reported), f"{here}, published {reported}"


@pytest.mark.slow
def test_the_figures_of_the_report_are_those_of_the_bundled_t5_on_the_baskets_of_the_report(published):
    # in English and without newcomers, which takes half a minute
    drawn = draw_samples(Catalog.load(), REPORT.baskets, REPORT.seed)
    known = draw_only(**{name: getattr(drawn, name) for name in (*KNOWN, "complete")})
    sections = {section.id: section for section in Measures(english_only(), known, REPORT.seed, {}).sections()}
    for row in [row for id_ in ("first tick", "accuracy", "probabilities") for row in sections[id_].rows]:
        before = published[row.measure, "en"]
        assert (row.draws, row.distinct) == (before.draws, before.distinct)
        # a few nearly equal products may change places on another processor
        tolerance = {"items": 0, "share": 0.01}.get(row.unit, 0.002)
        assert row.value == pytest.approx(before.value, abs=tolerance), row.measure


@pytest.mark.slow
def test_the_answers_to_every_product_as_the_only_purchase_are_those_of_the_report(report, measured):
    here, reported = (
        next(row for row in rows if (row.recommender, row.sample) == (report.name, "one_item")).metrics
        for rows in (measured.comparison(), report.comparison)
    )
    flip = 1 / len(measured.shop) / len(LANGUAGES)  # one answer of another order of nearly equal products
    for metric, found in here.items():
        assert found.value == pytest.approx(reported[metric].value, abs=flip + 1e-4), metric


@pytest.mark.slow
def test_the_newcomers_that_the_report_calls_misplaced_are_where_it_says(report):
    elsewhere = []
    for found in report.misplaced:
        catalog = bundled().catalog
        added = [found.name, *(name for name in found.owned if not catalog.get_by_name(name, found.language))]
        answer = bundled().recommend(found.owned, language=found.language, add_items=added, generate=False)
        (place,) = (ranked.rank for ranked in answer.ranking if ranked.item.id not in catalog)
        (above,) = (ranked.rank for ranked in answer.ranking if ranked.name == found.above)
        if not above < place == found.place:
            elsewhere.append((found, place, above))
    assert len(elsewhere) <= 2, elsewhere  # nearly equal products may change places on another processor


def test_the_readme_names_how_many_thresholds_are_missed(published):
    missed = sum(row.passed is False for row in published.values())
    judged = sum(row.passed is not None for row in published.values())
    assert f"{judged - missed} of {judged} thresholds" in (ROOT / "README.md").read_text(encoding="utf-8")
