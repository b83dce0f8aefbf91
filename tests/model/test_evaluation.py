"""The evaluation: fair baskets, figures that can be recomputed, a report that can be reproduced."""

import html
import json
import re
import sys
from dataclasses import fields, replace
from functools import cache
from zlib import crc32

import pytest
import torch

from recommender import Catalog, Recommender, Shop, newcomers
from recommender.__main__ import main
from recommender.evaluation import baselines, measures, plots
from recommender.evaluation import evaluate as evaluation
from recommender.evaluation.answers import CachedScorer
from recommender.evaluation.baselines import Trigrams, TrigramsOfAnyLanguage
from recommender.evaluation.evaluate import LIMITS, Baselines, evaluate, hash_data, list_limits
from recommender.evaluation.measures import NEW, Measures
from recommender.evaluation.metrics import kl_divergence
from recommender.evaluation.plots import draw_plots
from recommender.evaluation.report import render_report, render_tables
from recommender.evaluation.samples import (
    Samples,
    draw_samples,
    find_kit,
    get_cluster,
    get_true_drops,
    get_truth,
    is_related,
    list_languages,
)
from recommender.evaluation.schema import COMPARED, Estimate, Evaluation, Look, MeasureRow
from recommender.explain import NOISE
from recommender.routes import Route
from recommender.shop.item import Item
from recommender.shop.language import LANGUAGES
from recommender.t5.scorer import Checkpoint, hash_weights
from recommender.training.cases import Case
from recommender.training.shoppers import split_of_basket
from recommender.training.world import gear, new_sports, product_name, shop_sports, split_of_pair
from recommender.ui.results import Results, build_report, name_baseline
from recommender.ui.state import PageState
from recommender.ui.strings import Strings, strings
from recommender.ui.views import render_results
from tests.conftest import ROOT
from tests.support.bundled import bundled
from tests.support.hub import write_t5
from tests.support.reference import read_prompt

BASKETS = 3
EVALUATION = Shop().evaluation
PICTURES = ("hit-rate", "probabilities", "fidelity")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def quick():
    """Train the baselines on few shoppers, and ask less: no test here depends on the quality of the figures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(baselines.draw_purchases, "__defaults__", (500,))
        patch.setattr(newcomers, "BASKETS", 2)
        patch.setattr(measures, "GENERATED", BASKETS)
        patch.setattr(measures, "SHUFFLED", BASKETS)
        shared: dict[str, CachedScorer] = {}
        patch.setattr(
            "recommender.evaluation.evaluate.CachedScorer",
            lambda scorer: shared.setdefault(hash_weights(scorer), CachedScorer(scorer)),
        )
        yield


SHOP = Catalog.load()


@cache
def samples() -> Samples:
    return draw_samples(SHOP, baskets=60, seed=0)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The files of one small run of the command: the JSON document and the report."""
    folder = tmp_path_factory.mktemp("evaluation")
    files = folder / "evaluation.json", folder / "docs" / "evaluation.md"
    assert main(["evaluate", "--baskets", str(BASKETS), "--output", str(files[0]), "--report", str(files[1])]) == 0
    return files


@pytest.fixture
def results(written):
    return Evaluation.read(written[0])


# --- the baskets


@pytest.mark.parametrize("sample", ["one_habit", "mixed", "scattered", "large", "stray"])
def test_every_basket_of_a_sample_without_newcomers_belongs_to_the_test_part(sample):
    cases = getattr(samples(), sample)
    assert len(cases) == 60
    assert {split_of_basket(case.basket) for case in cases} == {"test"}


def test_scattered_items_share_nothing_and_large_baskets_are_large():
    for case in samples().scattered:
        assert len({i.sport for i in case.basket}) == len({i.kind for i in case.basket}) == len(case.basket) >= 3
    assert {5, 20} <= {len(case.basket) for case in samples().large}


def test_a_newcomer_joins_a_sport_and_a_word_that_training_never_joined():
    pairs = {product_name(s, w, "en"): split_of_pair(s, w) for s in shop_sports(SHOP) for w in gear()}
    for case in samples().new_tidy:
        assert pairs[case.added[0].name("en")] == "test"
    assert {case.added[0].kind for case in samples().new_everyday} <= {word.kind for word in gear("test")}


def test_a_product_of_a_new_sport_is_added_with_another_one_that_is_owned_and_training_has_neither() -> None:
    trained = {sport.id for sport in (*shop_sports(SHOP), *new_sports(SHOP, "train"))}
    assert len(samples().new_sport) == 60
    for case in samples().new_sport:
        newcomer, owned = case.added
        assert case.basket == (owned,) and owned.sport == newcomer.sport not in trained
        assert newcomer in case.candidates(SHOP) and owned not in case.candidates(SHOP)


def test_a_newcomers_shopper_owns_one_two_or_all_items_of_its_sport():
    new = samples()
    for case in new.new_tidy + new.new_everyday + new.new_written + new.new_variant + new.new_foreign:
        sport = case.added[0].sport
        assert {item.sport for item in case.basket} == {sport}
        others = sum(item.sport == sport for item in SHOP) - (case in new.new_variant)  # not the product itself
        assert len(case.basket) in (1, 2, others)


def test_names_that_a_person_wrote_are_asked_in_their_language_alone():
    asked = [list_languages(case) for case in samples().new_written]
    assert {len(languages) for languages in asked} == {1}
    assert {language for (language,) in asked} == set(LANGUAGES)
    assert len(asked) > 200


def test_cases_of_one_name_are_resampled_together_and_others_by_their_basket():
    names = {get_cluster(case) for case in samples().new_written}
    assert len(names) == len(samples().new_written) / 3
    assert {get_cluster(case) for case in samples().mixed} == {case.basket for case in samples().mixed}
    assert {get_cluster(case) for case in samples().new_sport} == {case.added[0].sport for case in samples().new_sport}


def test_the_product_added_in_the_sample_new_stranger_shares_nothing_with_the_basket():
    for case in samples().new_stranger:
        assert not is_related(case, case.added[0])


def test_the_stray_item_shares_nothing_with_the_rest_of_its_basket():
    for case in samples().stray:
        (stray,) = (i for i in case.basket if sum(i.sport == other.sport for other in case.basket) == 1)
        assert all(stray.kind != other.kind for other in case.basket if other is not stray)


def test_in_most_pairs_a_purchase_truly_matters_and_a_stray_item_never_does():
    sizes, of_pairs = set(), []
    for case in samples().stray:
        kit, drops = find_kit(case), get_true_drops(case, SHOP)
        sizes.add(len(kit))
        assert len(kit) == len(case.basket) - 1
        assert all(drop < NOISE for id_, drop in drops.items() if id_ not in kit)
        if len(kit) == 2:
            of_pairs.append(max(drops[id_] for id_ in kit) >= NOISE)
    assert sizes == {2, 3, 4} and of_pairs.count(True) > 0.8 * len(of_pairs) > 0


def test_the_same_seed_draws_the_same_baskets_and_another_one_others():
    assert draw_samples(SHOP, 20, seed=1) == draw_samples(SHOP, 20, seed=1) != draw_samples(SHOP, 20, seed=2)


# --- the figures


def test_caching_scores_changes_no_answer():
    asked = {"purchased": ["Soccer Ball", "Tennis Racket"], "language": "ar"}
    remembering = Recommender(bundled().catalog, CachedScorer(bundled().scorer))
    first, again = remembering.recommend(**asked), remembering.recommend(**asked)
    assert first == again == bundled().recommend(**asked)


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_hit_rate_is_what_a_shopper_would_count(results, language):
    cases = draw_samples(SHOP, BASKETS, seed=0).one_habit
    hits = [
        bundled().recommend([i.id for i in case.basket], language=language).pick.item.id
        in get_truth(case, SHOP).likeliest
        for case in cases
    ]
    measure = "HR@1 of the likeliest purchase: two or more items of one sport or kind"
    assert row(results, measure, language).value == pytest.approx(sum(hits) / BASKETS, abs=1e-4)


def row(results, measure, language):
    rows = [r for section in results.checkpoints[0].sections for r in section.rows]
    (found,) = (r for r in rows if r.measure == measure and r.language == language)
    return found


def test_a_threshold_is_met_where_the_value_reaches_it(written):
    for section in json.loads(written[0].read_text(encoding="utf-8"))["checkpoints"][0]["sections"]:
        for one in section["rows"]:
            if one["threshold"] is None:
                assert one["passed"] is None
            else:
                value, threshold = one["value"], one["threshold"]
                assert one["passed"] == (value <= threshold if one["lower_is_better"] else value >= threshold)


def test_baselines_are_measured_where_they_apply(results):
    assert {r.sample for r in results.checkpoints[0].comparison} == set(COMPARED)
    found = {}
    for r in results.baselines.rows:
        found.setdefault(r.recommender, set()).add(r.sample)
    known = {sample for sample in COMPARED if not sample.startswith("new")}
    on_ids = ("true probabilities", "rule on sport and kind", "MLP on ids", "EASE", "item-kNN", "popularity", "random")
    assert found == {
        **dict.fromkeys(on_ids, known),
        "character trigrams": set(COMPARED),
        "character trigrams, any language": set(NEW),
        "word overlap": set(COMPARED),
    }


def test_no_ranking_beats_the_true_probabilities(results):
    rows = {(r.recommender, r.sample): r.metrics for r in results.baselines.rows}
    for (name, sample), metrics in rows.items():
        if ("true probabilities", sample) in rows:
            best = rows["true probabilities", sample]
            assert all(metrics[of].value <= best[of].value == 1 for of in ("HR@1", "HR@3", "NDCG@5")), name


def test_every_win_of_a_baseline_is_reported(results):
    ours = {r.sample: r.metrics for r in results.checkpoints[0].comparison}
    better = {
        (r.recommender, r.sample, metric)
        for r in results.baselines.rows
        if r.recommender != "true probabilities"
        for metric, found in r.metrics.items()
        if found.value > ours[r.sample][metric].value
    }
    assert {(w.baseline, w.sample, w.metric) for w in results.checkpoints[0].baseline_wins} == better


def test_another_run_with_the_same_seed_gives_the_same_figures_and_is_added_to_the_earlier_looks(results, tmp_path):
    output, report = tmp_path / "evaluation.json", tmp_path / "evaluation.md"
    earlier = Look(date="2020-02-20", weights=("0ld",), seed=7, baskets=9)
    results.model_copy(update={"looks": (earlier,)}).write(output)
    assert main(["evaluate", "--baskets", str(BASKETS), "--output", str(output), "--report", str(report)]) == 0
    again, unlike = Evaluation.read(output), {"date", "seconds", "looks"}
    assert again.model_dump(exclude=unlike) == results.model_dump(exclude=unlike)
    first, second = again.looks
    assert first == earlier and (second.weights, second.baskets) == (results.looks[0].weights, BASKETS)
    assert all(look.weights[0] in report.read_text(encoding="utf-8") for look in again.looks)


class ScorerBy:
    """Stands in for a T5: the log-likelihoods are those of a function of the prompt and the names."""

    name, prompt_format, count_tokens = "stand-in", bundled().scorer.prompt_format, len

    def __init__(self, score):
        self.score = score

    def log_likelihoods(self, prompts, candidates):
        return torch.stack([self.score(prompt, candidates) for prompt in prompts])

    def generate(self, prompts):
        """Write the name of what is owned."""
        return [read_prompt(prompt)[1][0] for prompt in prompts]


def score_at_random(prompt, names):
    return torch.randn(len(names), generator=torch.Generator().manual_seed(crc32(prompt.encode())))


def score_unknown_names_last(prompt, names):
    known = {item.name(language) for item in SHOP for language in LANGUAGES}
    return torch.tensor([-float(n) if name in known else -1e6 for n, name in enumerate(names)])


def draw_only(*names: str, baskets: int) -> Samples:
    """Return samples of which only some have cases."""
    drawn = draw_samples(SHOP, baskets, seed=0)
    return replace(drawn, **{field.name: () for field in fields(Samples) if field.name not in names})


def measure(score, drawn: Samples, baselines=None) -> Measures:
    return Measures(Recommender(SHOP, ScorerBy(score)), drawn, seed=0, baselines=baselines or {})


def test_every_added_product_that_ranks_last_is_listed_with_one_above_it_that_shares_nothing(monkeypatch):
    monkeypatch.setattr("recommender.recommender.correct_newcomers", lambda question, likelihoods, *_: likelihoods)
    drawn = draw_only(*NEW, baskets=2)
    found = measure(score_unknown_names_last, drawn).misplaced()
    asked = [(case, language) for language in LANGUAGES for name in NEW for case in getattr(drawn, name)]
    asked = [(case, language) for case, language in asked if language in list_languages(case)]
    for listed, (case, language) in zip(found, asked, strict=True):
        owned = tuple(item.name(language) for item in case.basket)
        assert (listed.language, listed.name, listed.owned) == (language, case.added[0].name(language), owned)
        assert listed.place == len(case.candidates(SHOP))
        assert listed.above in {SHOP[id_].name(language) for id_ in get_truth(case, SHOP).unrelated}


def test_a_random_ranker_that_writes_what_is_owned_meets_no_threshold_but_those_of_variety_and_modesty():
    strays = draw_samples(SHOP, 100, seed=0).stray  # of few, one purchase truly matters
    drawn = replace(draw_samples(SHOP, 15, seed=0), stray=strays)
    sections = measure(score_at_random, drawn).sections()
    judged = [one for section in sections for one in section.rows if one.passed is not None]
    assert len(judged) == 102
    assert {one.measure for one in judged if one.passed} == {
        "one item: distinct picks",
        "three or four items that share nothing: probability of the pick",
    }


def test_a_purchase_and_a_pick_are_lost_where_the_translation_means_something_else():
    def like_football(prompt, names):
        return torch.tensor([float(name == "Football") + (name == "Hockey Stick") / 2 for name in names])

    # كرة قدم أمريكية is read as a sport, كرة قدم as the other ball, قرص هوكي as no product; مضرب الهوكي is understood
    baskets = (["hockey-puck", "hockey-stick"], ["football", "soccer-ball"])
    drawn = replace(draw_only(baskets=1), one_habit=tuple(Case(SHOP.select(basket)) for basket in baskets))
    rows = measure(like_football, drawn).routes()
    (found,) = (one for one in rows if (one.language, one.route) == ("ar", "translate"))
    assert found.lost_in == 3 / 4
    assert found.lost_out == 1 / 2  # "Football" comes back as كرة القدم, and "Hockey Stick" as it was


def test_a_newcomers_threshold_is_what_the_better_trigrams_reach_in_its_language():
    (new,) = draw_only("new_everyday", baskets=1).new_everyday
    first, last = (sorted([item.id for item in new.candidates(SHOP)], key="new".__eq__, reverse=up) for up in (1, 0))
    ranked = {
        ("new_everyday", Trigrams.name, "de"): [(new, first)],
        ("new_everyday", Trigrams.name, "ar"): [(new, last)],
        ("new_everyday", Trigrams.name, "es"): [(new, last)],
        ("new_everyday", TrigramsOfAnyLanguage.name, "de"): [(new, last)],
        ("new_everyday", TrigramsOfAnyLanguage.name, "ar"): [(new, last)],
        ("new_everyday", TrigramsOfAnyLanguage.name, "es"): [(new, first)],
    }
    trigrams = Baselines(SHOP, 0, ranked)
    assert trigrams.place_by_trigrams() == {
        ("new_everyday", "de"): 1.0,
        ("new_everyday", "ar"): 0.0,
        ("new_everyday", "es"): 1.0,
    }
    by_languages = [trigrams.compare(languages)[0].metrics["placed"].value for languages in (["de"], ["de", "ar"])]
    assert by_languages == [1.0, 0.5]  # a mean over the languages that are measured

    measured = measure(score_at_random, draw_only("new_everyday", baskets=1), trigrams.place_by_trigrams())
    (rows,) = (section.rows for section in measured.sections() if section.id == "cold start")
    assert {one.language: one.threshold for one in rows} == {**dict.fromkeys(LANGUAGES, 0.85), "de": 1.0, "es": 1.0}


def test_the_divergence_with_a_newcomer_on_the_shelf_is_that_of_its_answers_where_its_kind_is_known():
    measured = measure(score_at_random, draw_only("new_tidy", "new_written", baskets=2))
    (rows,) = (section.rows for section in measured.sections() if section.id == "probabilities")
    (found,) = (one for one in rows if one.language == "en")
    assert found.measure == "KL(true ‖ T5), a newcomer on the shelf"
    divergences = [
        kl_divergence(get_truth(case, SHOP).probabilities, answer.probabilities)
        for case, answer in measured.answers["new_tidy", "en"]
    ]
    assert found.value == pytest.approx(sum(divergences) / 2, abs=1e-4) and found.threshold is None


def test_all_routes_of_every_language_are_measured(results):
    routes = {(r.language, r.route) for r in results.checkpoints[0].routes}
    assert routes == {(language, route) for language in LANGUAGES[1:] for route in Route}


def test_the_limits_of_the_bundled_t5_are_told_with_its_results_alone(tmp_path, monkeypatch):
    assert list_limits(["runs/t5"]) == LIMITS and "bundled" not in " ".join(LIMITS)
    monkeypatch.setattr(evaluation, "BUNDLED", tmp_path)
    grown, new = {"base": "the T5 that was bundled before", "all_prompts": 1_234_567}, {"base": "nothing"}
    for summary, words, count in ((grown, "more: about 1,200,000 prompts,", 2), (new, "more: prompts,", 1)):
        (tmp_path / "training.json").write_text(json.dumps(summary))
        of_bundled = list_limits(["runs/t5", "bundled"])[len(LIMITS) :]
        assert words in of_bundled[0] and len(of_bundled) == count
        assert all(limit.startswith("The bundled T5 ") for limit in of_bundled)


def test_a_t5_without_arabic_is_measured_without_the_native_route(tmp_path):
    write_t5(tmp_path, 32).save_pretrained(tmp_path)
    english_only = Recommender(SHOP, CachedScorer(Checkpoint.load(tmp_path)))
    measures = Measures(english_only, draw_samples(SHOP, baskets=2, seed=0), seed=0, baselines={})
    assert {row.route for row in measures.routes() if row.language == "ar"} == {"direct", "translate", "glossary"}


def test_nothing_is_lost_by_the_glossary(results):
    for r in results.checkpoints[0].routes:
        if r.route == "glossary":
            assert (r.lost_in, r.lost_out, r.same_pick.value) == (0, 0, 1)


def test_every_item_is_sent_there_and_back_by_every_route_and_each_loss_is_named(results):
    assert {f.language for f in results.fidelity} == {"en", "ar", "fr", "es", "de"}
    for f in results.fidelity:
        assert f.total - f.kept == len({loss.item for loss in f.losses})
        if f.route != "translate":
            assert f.kept == f.total == len(SHOP)


SMALL_SHOP = Catalog(
    Item(f"{sport}-{kind}".lower(), sport, kind, "x", dict.fromkeys(LANGUAGES, f"{sport} {kind}"))
    for sport, kinds in (("Chess", ("Board", "Clock")), ("Go", ("Board", "Stones")), ("Bridge", ("Cards", "Table")))
    for kind in kinds
)


@pytest.mark.filterwarnings("error")
def test_measures_for_which_a_small_shop_has_no_baskets_are_left_out(tmp_path):
    measured = evaluate([bundled().scorer], SMALL_SHOP, baskets=2, seed=0, command="")
    drawn = {sample for sample, size in measured.samples.items() if size.draws}
    assert drawn and not set(COMPARED) <= drawn
    assert {row.sample for row in measured.checkpoints[0].comparison} == set(COMPARED) & drawn
    assert {row.sample for row in measured.baselines.rows} == set(COMPARED) & drawn
    assert all(row.draws for section in measured.checkpoints[0].sections for row in section.rows)
    measured.write(tmp_path / "evaluation.json")
    assert Evaluation.read(tmp_path / "evaluation.json") == measured
    assert render_report(measured, []) and render_tables(measured) and draw_plots(measured, tmp_path)
    assert build_report(measured, strings("en")).tables


def test_two_checkpoints_are_measured_side_by_side_on_the_languages_that_each_reads(tmp_path):
    write_t5(tmp_path, 32).save_pretrained(tmp_path)
    checkpoints = [bundled().scorer, Checkpoint.load(tmp_path)]
    measured = evaluate(checkpoints, SMALL_SHOP, baskets=2, seed=0, command="")
    first, second = measured.checkpoints
    assert measured.looks[-1].weights == tuple(map(hash_weights, checkpoints))
    assert {row.language for s in first.sections for row in s.rows} == set(LANGUAGES)
    assert {row.language for s in second.sections for row in s.rows} == {"en"}
    side_by_side = render_report(measured, []).partition("side by side")[2].partition("\n## ")[0]
    table = [line.split("|")[1:-1] for line in side_by_side.splitlines() if line.startswith("|")][2:]
    assert len(table) == sum(len(section.rows) for section in first.sections)
    assert all((cells[3].strip() == "–") == (cells[1].strip() != "en") for cells in table)
    details = build_report(measured, strings("en")).details
    assert {len(cells) for _, rows in details for cells in rows} == {7}


# --- the document


def test_the_published_document_is_written_again_as_it_is(tmp_path):
    Evaluation.read(EVALUATION).write(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == EVALUATION.read_bytes()


def test_a_figure_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="finite"):
        MeasureRow(measure="HR@1", language="en", value=float("nan"), threshold=None, draws=0, distinct=0)


@pytest.mark.parametrize("text", ["{not json", "[]", "{}", '{"version": 0}', "\xff"])
def test_the_page_shows_no_report_where_the_file_cannot_be_read_or_is_of_another_version(tmp_path, text):
    shop = Shop(tmp_path)
    assert Results.read(SHOP, shop) == Results()
    shop.evaluation.write_bytes(text.encode("latin-1"))
    assert Results.read(SHOP, shop) == Results()


def test_what_was_measured_in_one_shop_is_not_shown_in_another():
    assert Results.read(SHOP, Shop()).evaluation is not None
    assert Results.read(SMALL_SHOP, Shop()).evaluation is None


# --- the report


def test_a_signature_stands_under_every_table(results, written):
    report = written[1].read_text(encoding="utf-8")
    tables = [block for block in report.split("\n\n") if block.startswith("|")]
    signatures = {f"`{results.signature}`", f"`{results.checkpoints[0].signature}`"}
    assert len(tables) > 10
    for table in tables:
        assert report.split(table, 1)[1].lstrip().partition("\n")[0] in signatures


def test_the_pictures_of_the_report_exist_and_are_small(written):
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", written[1].read_text(encoding="utf-8"))
    assert pictures == [f"evaluation/{name}.png" for name in PICTURES]
    for picture in pictures:
        assert 1_000 < (written[1].parent / picture).stat().st_size < 150_000


def test_a_fifth_route_has_a_bar_of_another_colour():
    fidelity = Evaluation.read(EVALUATION).fidelity
    fifth = [row.model_copy(update={"route": "fifth"}) for row in fidelity if row.route is Route.DIRECT]
    plots._draw_fidelity([*fidelity, *fifth])
    legend = plots.plt.gca().get_legend()
    plots.plt.close("all")
    assert [text.get_text() for text in legend.get_texts()] == [*Route, "fifth"]
    assert len({bar.get_facecolor() for bar in legend.get_patches()}) == 5


# --- what can go wrong


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", *arguments])
    assert stopped.value.code == 2
    message = capsys.readouterr().err
    assert "Traceback" not in message
    return message


def test_no_baskets_are_refused(capsys):
    assert "at least 1" in refused(capsys, "--baskets", "0")


def test_an_unknown_checkpoint_is_refused_before_anything_is_measured(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("recommender.evaluation.evaluate.evaluate", None)
    files = ["--output", str(tmp_path / "e.json"), "--report", str(tmp_path / "e.md")]
    assert "no-such-folder" in refused(capsys, "--checkpoint", str(tmp_path / "no-such-folder"), *files)


@pytest.mark.parametrize("text", ["{not json", "[]", "{}"])
def test_a_file_that_is_no_evaluation_is_not_overwritten(capsys, tmp_path, text):
    output = tmp_path / "e.json"
    output.write_text(text)
    assert "e.json" in refused(capsys, "--output", str(output), "--report", str(tmp_path / "e.md"))
    assert output.read_text() == text


def test_a_missing_package_is_named_with_the_command_that_installs_it(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "recommender.evaluation.plots", raising=False)
    assert 'pip install -e ".[evaluate]"' in refused(capsys)


def test_the_published_report_is_that_of_the_bundled_t5():
    published = Evaluation.read(EVALUATION)
    assert f"weights:{hash_weights(bundled().scorer)}" in published.checkpoints[0].signature
    assert published.looks[-1].weights == (hash_weights(bundled().scorer),)


def test_the_published_report_is_of_the_baskets_and_the_shoppers_that_the_code_draws():
    published = Evaluation.read(EVALUATION)
    samples = draw_samples(SHOP, published.baskets, published.seed)
    assert f"data:{hash_data(samples, SHOP)}|" in published.signature
    assert all(published.signature in checkpoint.signature for checkpoint in published.checkpoints)


def test_what_is_published_as_text_is_what_was_measured():
    published = Evaluation.read(EVALUATION)
    pictures = [f"evaluation/{name}.png" for name in PICTURES]
    assert {path.stem for path in (ROOT / "docs" / "evaluation").iterdir()} == set(PICTURES)
    assert (ROOT / "docs" / "evaluation.md").read_text("utf-8") == render_report(published, pictures)
    told = {
        tuple(cell.strip() for cell in line.split("|")[1:7])
        for line in (ROOT / "README.md").read_text("utf-8").splitlines()
        if line.count("|") == 8
    }
    rows = [row for section in published.checkpoints[0].sections for row in section.rows if row.threshold is not None]
    for measure in dict.fromkeys(row.measure for row in rows):
        of_language = {row.language: row for row in rows if row.measure == measure}
        assert (measure, *(format_value(of_language.get(language)) for language in LANGUAGES)) in told


@pytest.mark.parametrize(
    ("measure", "told"),
    [
        ("KL(true ‖ T5), a newcomer on the shelf", r"with a newcomer on the shelf \(KL (\S+) to (\S+)\)"),
        ("KL(true ‖ T5), all items of one sport or kind", r"after all items of a sport or kind[^.]*\((\S+) to (\S+)\)"),
    ],
)
def test_the_divergences_that_the_readme_calls_less_exact_are_what_was_measured(measure, told):
    first = Evaluation.read(EVALUATION).checkpoints[0]
    rows = [row for section in first.sections for row in section.rows]
    found = {row.language: row.value for row in rows if row.measure == measure}
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert found.keys() == set(LANGUAGES)
    assert re.findall(told, readme) == [tuple(f"{value:.2f}" for value in (min(found.values()), max(found.values())))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_published_figure_is_on_the_page(language):
    published, t = Evaluation.read(EVALUATION), strings(language)
    page = render_results(PageState(SHOP, language=language), Results(published))
    first = published.checkpoints[0]

    rows = {(cells[0], cells[1]): cells[2:5] for cells in read_cells(page, "details")}
    assert first.sections
    for row in [row for section in first.sections for row in section.rows]:
        value = f"{row.value} of {row.draws}" if row.unit == "items" else f"{row.value:.3f}"
        between = "" if row.low is None else f"{row.low:.3f} to {row.high:.3f}"
        threshold = "" if row.threshold is None else f"{'≤' if row.lower_is_better else '≥'} {row.threshold:g}"
        assert rows[row.measure, row.language] == [value, between, threshold]

    assert {row.sample for row in first.comparison} == {*COMPARED}
    for row in (*first.comparison, *published.baselines.rows):
        name = t("results.t5") if row in first.comparison else name_baseline(t, row.recommender)
        (figures,) = (cells[1:] for cells in read_cells(page, f"table-{row.sample}") if cells[0] == name)
        figures = [figure.removesuffix(f" ({t('results.best')})") for figure in figures]
        assert figures == [format_estimate(found, t) for found in row.metrics.values()]

    others = read_cells(page)
    for row in first.routes:
        shares = (t.percent(share) for share in (row.same_pick.value, row.lost_in, row.lost_out))
        names = t(f"language.{row.language}"), t(f"route.{row.route}")
        assert [*names, t.decimal(row.metrics["HR@1"].value, 3), *shares] in others
    for win in first.baseline_wins:
        names = (
            name_baseline(t, win.baseline),
            t(f"results.sample.{win.sample}"),
            t(f"results.metric.{win.metric}"),
        )
        assert [*names, t.decimal(win.value, 3), t.decimal(win.t5, 3)] in others


def format_estimate(found: Estimate, t: Strings) -> str:
    """Return a mean as the page writes it, with its interval if it has one."""
    value, *ends = (t.decimal(number, 3) for number in (found.value, found.low, found.high) if number is not None)
    return f"{value} {'–'.join(ends)}" if ends else value


def read_cells(page: str, fold: str = "") -> list[list[str]]:
    """Return the rows of all tables, or of those in one part that can be unfolded, as texts of their cells."""
    (part,) = re.findall(rf'<details [^>]*data-fold="{fold}".*?</details>', page, re.DOTALL) if fold else [page]
    return [
        [html.unescape(re.sub("<[^>]*>", "", cell)) for cell in re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall("<tr>(.*?)</tr>", part)
    ]


def format_value(row: MeasureRow | None) -> str:
    """Return a cell of README's table, in italics if the value misses its threshold."""
    if row is None:
        return ""
    text = {"items": f"{row.value}", "nats": f"{row.value:.3f}"}.get(row.unit, f"{row.value:.2f}")
    return text if row.passed else f"*{text}*"
