"""The thresholds that the bundled T5 has to meet, on fewer baskets than `evaluate` takes but drawn the same way."""

import pytest

from recommender import Recommender, load
from recommender.evaluation import measures
from recommender.evaluation.answers import CachedScorer
from recommender.evaluation.samples import Samples, draw
from recommender.evaluation.schema import Evaluation
from recommender.ui.results import EVALUATION

pytestmark = pytest.mark.slow

BASKETS = 300  # of one habit
FEWER = 200  # of the samples that repeat no basket, to stay under a minute
THRESHOLDS = {
    "HR@1, baskets of one habit": 0.97,
    "HR@3, baskets of one habit": 0.995,
    "one-item baskets: pick has the same sport or kind": 35,
    "one-item baskets: top three hold the same sport and a counterpart": 30,
    "one-item baskets: distinct picks": 22,
    "mixed baskets: pick shares a sport or a kind": 0.98,
    "same pick under 20 shuffles": 1,
    "raw generation valid and not owned": 0.99,
    "one product added: HR@3": 0.95,
    "a new sport added: pick is of that sport": 0.8,
    "expected calibration error, baskets of one habit": 0.05,
}


@pytest.fixture(scope="module")
def rows():
    """Every measure of the bundled T5, by its name and language."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measures, "SENSITIVITY_BASKETS", 2)  # slow, and no threshold hangs on it
        bundled = load()
        recommender = Recommender(bundled.catalog, CachedScorer(bundled.scorer))
        drawn = vars(draw(bundled.catalog, BASKETS, seed=1))
        samples = Samples(**{name: c if name == "one_habit" else c[:FEWER] for name, c in drawn.items()})
        measured = measures.Measures(recommender, samples, seed=1)
        return {(row.measure, row.language): row for section in measured.sections() for row in section.rows}


def test_the_thresholds_are_the_ones_that_were_set(rows):
    assert {(key, row.threshold) for key, row in rows.items() if row.threshold is not None} == {
        *(((measure, language), threshold) for measure, threshold in THRESHOLDS.items() for language in ("en", "ar")),
        (("Arabic pick = English pick", "en-ar"), 0.99),
    }


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("measure", THRESHOLDS)
def test_the_bundled_t5_meets_the_threshold(rows, measure, language):
    row = rows[measure, language]
    assert row.passed, f"{measure}, {language}: {row.value:.3f}, threshold {row.threshold}"


def test_arabic_is_answered_like_english(rows):
    row = rows["Arabic pick = English pick", "en-ar"]
    assert row.passed, f"{row.value:.3f}, threshold {row.threshold}"


def test_the_report_shows_every_threshold_met():
    (bundled,) = Evaluation.read(EVALUATION).checkpoints
    met = [row.passed for section in bundled.sections for row in section.rows if row.threshold is not None]
    assert met == [True] * (2 * len(THRESHOLDS) + 1)
