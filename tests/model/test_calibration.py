import pytest

from recommender.cli.train import CALIBRATION_CASES
from recommender.shop.catalog import Catalog
from recommender.t5.scorer import Checkpoint
from recommender.training.calibration import calibrate
from recommender.training.validation import validation_cases

pytestmark = pytest.mark.slow

SHOP = Catalog.load()
PROMPTS = [
    case.prompt(SHOP, group.language) for group in validation_cases(SHOP, 2).values() for case in group.cases[:2]
]


@pytest.fixture
def checkpoint():
    return Checkpoint.load()


def calibrated(checkpoint, count):
    return calibrate(checkpoint.model, checkpoint.tokenizer, SHOP, validation_cases(SHOP, count).values())


def test_the_bundled_t5_is_calibrated_as_its_training_leaves_it(checkpoint):
    assert calibrated(checkpoint, CALIBRATION_CASES) == pytest.approx(1, abs=0.011)


@pytest.mark.parametrize("sharpened", [0.6, 1.6])
def test_a_t5_that_doubts_too_much_or_too_little_is_mended_and_writes_the_same(checkpoint, sharpened):
    calibrated(checkpoint, 5)  # a few cases of its own
    written = checkpoint.generate(PROMPTS)
    checkpoint.model.decoder.final_layer_norm.weight.data *= sharpened
    assert calibrated(checkpoint, 5) == pytest.approx(sharpened, rel=0.015)
    assert calibrated(checkpoint, 5) == pytest.approx(1, abs=0.011)
    assert checkpoint.generate(PROMPTS) == written
