"""A ZeroGPU Space: some function asks for the GPU, big checkpoints use it, and the bundled T5 does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from recommender.t5.gpu import GpuScorer, run_on_gpu, use_gpu
from recommender.t5.prompt import build_prompt
from recommender.t5.scorer import Checkpoint
from tests.conftest import ROOT

# What the real package does at the least: it knows what was decorated, and what was run.
SPACES = """
decorated, ran = [], []

def GPU(function):
    decorated.append(function.__name__)
    def lent(*arguments):
        ran.append(function.__name__)
        return function(*arguments)
    return lent
"""
PROMPT = build_prompt(["Soccer Ball"], ["Soccer Jersey", "Tennis Ball"])
NAMES = ["Soccer Jersey", "Tennis Ball"]


@pytest.fixture
def spaces(tmp_path, monkeypatch):
    (tmp_path / "spaces.py").write_text(SPACES)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.delitem(sys.modules, "spaces", raising=False)
    yield tmp_path
    sys.modules.pop("spaces", None)


def printed(program: str) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True).stdout.strip()


@pytest.mark.slow
def test_when_the_page_is_built_a_function_has_asked_for_the_gpu_and_torch_is_not_there_yet(spaces) -> None:
    program = "import sys, app, spaces; print(spaces.decorated, 'torch' in sys.modules)"

    assert printed(program) == "['nothing'] False"


def test_the_bundled_t5_stays_on_the_cpu(spaces) -> None:
    checkpoint = Checkpoint.load()

    assert use_gpu(checkpoint) is checkpoint


def test_a_big_checkpoint_answers_the_same_through_the_gpu(spaces) -> None:
    checkpoint = Checkpoint.load()

    big = use_gpu(checkpoint, large=1)

    assert torch.equal(big.log_likelihoods([PROMPT], NAMES), checkpoint.log_likelihoods([PROMPT], NAMES))
    assert big.generate([PROMPT]) == checkpoint.generate([PROMPT])
    assert sys.modules["spaces"].ran == ["score", "write"]
    assert (big.name, big.prompt_format) == (checkpoint.name, checkpoint.prompt_format)


def test_prompts_and_weights_meet_on_the_device() -> None:
    checkpoint = Checkpoint.load()
    elsewhere = GpuScorer(checkpoint, lambda function: function, device="meta")  # a device that computes nothing
    seen = []
    encoder = checkpoint.model.get_encoder()
    encoder.register_forward_pre_hook(
        lambda module, _, given: seen.extend([given["input_ids"].device.type, module.device.type]), with_kwargs=True
    )

    with pytest.raises((RuntimeError, NotImplementedError), match="meta"):
        elsewhere.log_likelihoods([PROMPT], NAMES)

    assert seen == ["meta", "meta"]


def test_without_the_package_nothing_changes() -> None:
    assert run_on_gpu(len) is len


def test_one_module_alone_knows_of_the_package() -> None:
    sources = [*Path(ROOT / "recommender").rglob("*.py"), ROOT / "app.py"]

    knowing = [p.name for p in sources if '"spaces"' in p.read_text() or "import spaces" in p.read_text()]
    assert knowing == ["gpu.py"]
