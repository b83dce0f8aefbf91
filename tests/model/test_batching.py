"""Many threads share one T5: each gets the same answer as alone, or its error."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import torch

from recommender.errors import PromptTooLong
from recommender.shop.catalog import Catalog
from recommender.t5 import batching
from recommender.t5.batching import MAX_COST, MAX_TOKENS, BatchedScorer, Job, Load, group
from recommender.t5.prompt import build_prompt
from recommender.t5.scorer import Checkpoint
from tests.support.bundled import bundled

CATALOG = Catalog.load()
ENGLISH = tuple(item.name("en") for item in CATALOG)
ARABIC = tuple(item.name("ar") for item in CATALOG)


class Counting(Checkpoint):
    """The bundled T5, which waits so that other callers queue up, and refuses one name."""

    def __init__(self) -> None:
        super().__init__(bundled().scorer.model, bundled().scorer.tokenizer, bundled().scorer.name)
        self.batches: list[int] = []
        self.open = threading.Event()

    def log_likelihoods(self, prompts, candidates):
        self.batches.append(len(prompts))
        self.open.wait(60)
        if "Poison" in candidates:
            raise ValueError("Poison")
        return super().log_likelihoods(prompts, candidates)

    def generate(self, prompts):
        self.batches.append(len(prompts))
        self.open.wait(60)
        return super().generate(prompts)


def questions(count: int):
    """One owned item each, alternately in English and Arabic."""
    for n in range(count):
        names, language = (ENGLISH, "en") if n % 2 == 0 else (ARABIC, "ar")
        left = names[: n + 1] + names[n + 2 :]
        yield build_prompt([names[n + 1]], left, language), left


def ask_at_once(inner: Counting, batched: BatchedScorer, calls) -> list:
    """Return the answers, in order, of calls that all wait before the first is answered."""
    with ThreadPoolExecutor(len(calls)) as threads:
        futures = [threads.submit(call) for call in calls]
        deadline = time.monotonic() + 30
        while sum(inner.batches) + len(batched._worker._waiting) < len(calls) and time.monotonic() < deadline:
            time.sleep(0.01)
        inner.open.set()
        return [future.exception() or future.result() for future in futures]


def test_callers_with_different_candidates_share_batches_and_get_the_answers_they_would_alone() -> None:
    inner = Counting()
    batched = BatchedScorer(inner)
    asked = list(questions(20))

    answers = ask_at_once(inner, batched, [lambda q=q: batched.log_likelihoods([q[0]], q[1]) for q in asked])

    for answer, (prompt, names) in zip(answers, asked, strict=True):
        torch.testing.assert_close(answer, bundled().scorer.log_likelihoods([prompt], names), atol=1e-4, rtol=0)
    assert sum(inner.batches) == 20 and len(inner.batches) <= 4  # the first alone, then two languages


def test_free_texts_are_written_in_batches_too() -> None:
    inner = Counting()
    batched = BatchedScorer(inner)
    prompts = [prompt for prompt, _ in questions(10)]

    answers = ask_at_once(inner, batched, [lambda p=p: batched.generate([p]) for p in prompts])

    assert answers == [bundled().scorer.generate([prompt]) for prompt in prompts]
    assert len(inner.batches) <= 3


def test_one_callers_error_reaches_no_other_caller() -> None:
    inner = Counting()
    batched = BatchedScorer(inner)
    prompt, names = next(questions(1))
    lists = [names, (*names, "Poison"), names]

    good, bad, other = ask_at_once(inner, batched, [lambda n=n: batched.log_likelihoods([prompt], n) for n in lists])

    assert isinstance(bad, ValueError)
    assert good.shape == other.shape == (1, 34)


def test_a_checkpoint_that_failed_goes_on_answering() -> None:
    inner = Counting()
    inner.open.set()
    batched = BatchedScorer(inner)

    with pytest.raises(ValueError, match="Poison"):
        batched.log_likelihoods(["x"], ["Poison"])

    assert batched.log_likelihoods(["x"], ["Ball"]).shape == (1, 1)


class Recording:
    """A scorer for which each character is a token; a prompt with "wait" in it is answered when the test allows it."""

    name, prompt_format, count_tokens = "recording", bundled().scorer.prompt_format, staticmethod(len)

    def __init__(self) -> None:
        self.batches: list[tuple[str, ...]] = []
        self.entered, self.go_on = threading.Event(), threading.Event()

    def log_likelihoods(self, prompts, candidates):
        self.batches.append(tuple(prompts))
        if "wait" in prompts[0]:
            self.entered.set()
            self.go_on.wait(30)
        return torch.tensor([[float(len(prompt))] * len(candidates) for prompt in prompts])

    def generate(self, prompts):
        self.batches.append(tuple(prompts))
        return [prompt[-1] for prompt in prompts]


@pytest.mark.parametrize(
    ("tokens", "names", "parts"), [(130, 136, 2), (130, 2_000, 17), (1_000, 136, 9), (2_000, 136, 25), (6_000, 9, 50)]
)
def test_a_large_question_is_asked_in_parts_whether_its_prompts_or_its_names_are_long(tokens, names, parts) -> None:
    recording = Recording()
    prompts = [f"{n:02}" + "x" * (tokens - 2) for n in range(50)]

    scores = BatchedScorer(recording).log_likelihoods(prompts, ["x" * (names - 1), "y"])

    assert scores.shape == (50, 2) and len(recording.batches) == parts
    assert [prompt for batch in recording.batches for prompt in batch] == prompts
    cost = Load(1, tokens, names).cost
    assert all(len(batch) == 1 or len(batch) * cost <= MAX_COST for batch in recording.batches)


def test_a_part_costs_what_its_own_prompts_do() -> None:
    parts = BatchedScorer(Recording())._split(["x" * 130] * 50, ("y" * 136,))

    assert [(len(job.prompts), job.load) for job in parts] == [(35, Load(35, 130, 136)), (15, Load(15, 130, 136))]


def test_an_explanation_in_the_demos_shop_is_one_batch() -> None:
    inner = Counting()
    inner.open.set()
    left = ENGLISH[20:]
    prompts = [build_prompt(ENGLISH[:n] + ENGLISH[n + 1 : 20], left, "en") for n in range(21)]

    BatchedScorer(inner).log_likelihoods(prompts, left)

    assert inner.batches == [21]


def test_letters_that_the_tokenizer_does_not_know_cost_as_many_tokens_as_they_are() -> None:
    inner = Counting()
    inner.open.set()
    names = [chr(0x16A0 + n) * 58 for n in range(4)]  # runes, of three tokens each
    prompts = [build_prompt([f"Ball {n}"], names, "en") for n in range(12)]

    BatchedScorer(inner).log_likelihoods(prompts, names)

    assert sum(inner.batches) == 12 and max(inner.batches) <= 6


def test_who_asks_much_lets_others_have_their_turn_in_between() -> None:
    recording = Recording()
    batched = BatchedScorer(recording)
    with ThreadPoolExecutor(2) as threads:
        large = threads.submit(batched.log_likelihoods, ["wait" + "x" * 1_996] * 9, ["Ball"])
        assert recording.entered.wait(10)
        small = threads.submit(batched.log_likelihoods, ["plain"], ["Cap"])
        while len(batched._worker._waiting) < 1:
            time.sleep(0.01)
        recording.go_on.set()
        assert small.result(10).shape == (1, 1) and large.result(10).shape == (9, 1)

    assert recording.batches.index(("plain",)) == 1 and len(recording.batches) > 3


@pytest.mark.parametrize(("prompt", "name"), [("wait" + "x" * 5_000, "Ball"), ("wait", "y" * 9_000)])
def test_one_prompt_that_takes_long_keeps_nobody_else_waiting(prompt, name) -> None:
    recording = Recording()
    batched = BatchedScorer(recording)
    with ThreadPoolExecutor(1) as threads:
        long = threads.submit(batched.log_likelihoods, [prompt], [name])
        assert recording.entered.wait(10)

        assert batched.log_likelihoods(["plain"], ["Ball"]).tolist() == [[5.0]]
        assert batched.generate(["plain"]) == ["n"]
        assert not long.done()
        recording.go_on.set()
        assert long.result(10).tolist() == [[float(len(prompt))]]


def test_a_prompt_that_takes_too_much_memory_is_refused_with_both_numbers() -> None:
    batched = BatchedScorer(Recording())

    for ask in (lambda prompt: batched.log_likelihoods([prompt], ["Ball"]), lambda prompt: batched.generate([prompt])):
        with pytest.raises(PromptTooLong, match=r"8,001 tokens together, and the T5 can read 8,000"):
            ask("x" * (MAX_TOKENS + 1))
        assert len(ask("x" * MAX_TOKENS)) == 1


def test_the_encoders_bias_by_distance_is_that_of_transformers_to_the_last_bit() -> None:
    attention = bundled().scorer.model.get_encoder().block[0].layer[0].SelfAttention
    for asked in ((1, 1, None, 0), (126, 126, None, 0), (300, 300, None, 0), (3, 9, None, 0), (4, 9, None, 5)):
        with torch.inference_mode():
            found, theirs = attention.compute_bias(*asked), type(attention).compute_bias(attention, *asked)
        assert torch.equal(found, theirs) and found.is_contiguous()
    assert attention.compute_bias(3, 3).requires_grad  # a T5 that is trained goes on to learn it


def test_a_batch_holds_what_waits_longest_and_costs_no_more_than_it_may() -> None:
    jobs = [Job(("x",), ENGLISH, Load(1, 1_500, 100)) for _ in range(9)]

    taken, rest = group(jobs)

    assert taken == jobs[:3] and rest == jobs[3:]


@pytest.mark.parametrize("long", [Load(1, 2_000, 10), Load(1, 100, 2_500)], ids=["prompts", "names"])
def test_a_batch_costs_as_much_as_its_longest_prompt_and_its_most_names_say(long) -> None:
    jobs = [Job(("x",), ENGLISH, load) for load in (Load(1, 100, 10), long, long, long)]

    taken, rest = group(jobs)

    assert taken == jobs[:2] and rest == jobs[2:]


@pytest.mark.parametrize("turn", [1, -1])
def test_a_job_with_few_names_shares_no_batch_with_one_that_has_many(turn) -> None:
    names = tuple(f"Ball {n}" for n in range(100))
    jobs = [Job(("x",), names), Job(("x",), names[:1])][::turn]

    assert group(jobs) == (jobs[:1], jobs[1:])


def test_the_batched_scorer_answers_as_the_wrapped_one() -> None:
    batched = BatchedScorer(bundled().scorer)

    assert (batched.name, batched.prompt_format) == (bundled().scorer.name, bundled().scorer.prompt_format)
    assert (
        batched.count_tokens("Ball")
        == bundled().scorer.count_tokens("Ball")
        == len(bundled().scorer.tokenizer("Ball")["input_ids"])
    )
    assert torch.equal(batched.log_likelihoods(["x"], ["Ball"]), bundled().scorer.log_likelihoods(["x"], ["Ball"]))


class Failing:
    """A scorer whose first call raises an error; later ones answer."""

    name = "failing"

    def __init__(self, error: BaseException) -> None:
        self.prompt_format, self.count_tokens = bundled().scorer.prompt_format, bundled().scorer.count_tokens
        self.error: BaseException | None = error

    def log_likelihoods(self, prompts, candidates):
        error, self.error = self.error, None
        if error:
            raise error
        return torch.zeros(len(prompts), len(candidates))

    def generate(self, prompts):
        return [""] * len(prompts)


def ask(batched: BatchedScorer) -> Future:
    """Ask in a daemon thread, so that the test can end without an answer."""
    future: Future = Future()

    def call() -> None:
        try:
            future.set_result(batched.log_likelihoods(["x"], ["Ball"]).shape)
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=call, daemon=True).start()
    return future


@pytest.mark.parametrize("error", [MemoryError("full"), SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_any_error_of_the_scorer_reaches_the_caller_and_the_next_call_is_answered(error) -> None:
    batched = BatchedScorer(Failing(error))

    told = ask(batched).exception(timeout=10)

    assert isinstance(told, Exception)  # a SystemExit would end the caller's thread, too
    assert error in (told, told.__cause__)
    assert ask(batched).result(timeout=10) == (1, 1)


def test_any_error_in_the_grouping_reaches_all_waiting_callers_and_the_next_call_is_answered(monkeypatch) -> None:
    def full(waiting):
        entered.set()
        go_on.wait(10)
        raise MemoryError("full")

    entered, go_on = threading.Event(), threading.Event()
    batched = BatchedScorer(bundled().scorer)
    with monkeypatch.context() as patch:
        patch.setattr(batching, "group", full)
        first = ask(batched)
        assert entered.wait(10)
        batched._worker._waiting.append(
            second := Job(("x",), ("Ball",))
        )  # the worker holds the lock that a caller would take
        go_on.set()

        for future in (first, second.answer):
            assert isinstance(future.exception(timeout=10), MemoryError)

    assert ask(batched).result(timeout=10) == (1, 1)


def test_a_thread_that_cannot_be_started_is_tried_again_by_the_next_caller(monkeypatch) -> None:
    def none_left(self) -> None:
        raise RuntimeError("can't start new thread")

    batched = BatchedScorer(bundled().scorer)
    with monkeypatch.context() as patch:
        patch.setattr(batching.threading.Thread, "start", none_left)
        with pytest.raises(RuntimeError, match="can't start"):
            batched.log_likelihoods(["x"], ["Ball"])

    assert ask(batched).result(timeout=10) == (1, 1)


def test_a_t5_that_was_idle_for_a_while_answers_again(monkeypatch) -> None:
    monkeypatch.setattr(batching, "IDLE", 0.01)
    batched, others = BatchedScorer(bundled().scorer), {*threading.enumerate()}

    for _ in range(2):
        assert ask(batched).result(timeout=10) == (1, 1)
        for thread in {*threading.enumerate()} - others:
            thread.join(10)  # the worker ends
