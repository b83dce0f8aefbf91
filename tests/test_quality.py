"""The bars that the bundled T5 has to clear, on fewer baskets than `evaluate` takes but drawn the same way."""

import pytest

from recommender import Recommender, load
from recommender.evaluation import quality
from recommender.evaluation.answers import RememberingCheckpoint
from recommender.evaluation.samples import Samples, draw

BASKETS = 300  # of one habit
FEWER = 40  # of the samples that repeat no basket, to stay well under a minute
BARS = {
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
# Not cleared yet, with what 1,000 baskets gave (docs/evaluation.md). Strict: a bar that is cleared must leave the list.
MISSED = {
    ("HR@1, baskets of one habit", "en"): "0.68; each distinct basket once 0.94",
    ("HR@1, baskets of one habit", "ar"): "0.72; each distinct basket once 0.97",
    ("HR@3, baskets of one habit", "en"): "0.89",
    ("raw generation valid and not owned", "en"): "0.97",
    ("raw generation valid and not owned", "ar"): "0.86",
    ("one product added: HR@3", "en"): "0.66",
    ("one product added: HR@3", "ar"): "0.65",
    ("a new sport added: pick is of that sport", "en"): "0.05",
    ("a new sport added: pick is of that sport", "ar"): "0.01",
    ("expected calibration error, baskets of one habit", "en"): "0.17",
    ("expected calibration error, baskets of one habit", "ar"): "0.25",
}


def bars():
    """Every bar in both languages, those not cleared yet marked."""
    for key in ((measure, language) for measure in BARS for language in ("en", "ar")):
        marks = [pytest.mark.xfail(reason=MISSED[key], strict=True)] if key in MISSED else []
        yield pytest.param(*key, marks=marks)


@pytest.fixture(scope="module")
def rows():
    """Every measure of the bundled T5, by its name and language."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quality, "SENSITIVITY_BASKETS", 2)  # slow, and no bar hangs on it
        bundled = load()
        recommender = Recommender(bundled.catalog, RememberingCheckpoint(bundled.checkpoint))
        drawn = vars(draw(bundled.catalog, BASKETS, seed=1))
        samples = Samples(**{name: c if name == "one_habit" else c[:FEWER] for name, c in drawn.items()})
        measured = quality.Quality(recommender, samples, seed=1)
        return {(row.measure, row.language): row for section in measured.sections() for row in section.rows}


@pytest.mark.parametrize(("measure", "language"), bars())
def test_the_bundled_t5_clears_the_bar(rows, measure, language):
    row = rows[measure, language]
    assert row.bar == BARS[measure]
    assert row.passed, f"{measure}, {language}: {row.value:.3f}, bar {row.bar}"


@pytest.mark.xfail(reason="0.70", strict=True)
def test_arabic_gets_the_english_pick(rows):
    row = rows["Arabic pick = English pick", "en-ar"]
    assert row.bar == 0.99
    assert row.passed, f"{row.value:.3f}"
