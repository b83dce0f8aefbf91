"""Basket in, recommendation out: find the items, ask the T5 by a route, rank the candidates, explain the pick."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from . import explain as explanation
from . import routes, translation
from .errors import CatalogError, RecommenderError
from .newcomers import combine_shelves, correct_newcomers
from .recommendation import TOP, Ranked, RawGeneration, Recommendation
from .shop.catalog import Catalog
from .shop.item import Item
from .shop.language import LANGUAGES, read_language
from .shop.lookup import find_basket, find_by_id_or_name, find_known, find_unknown, list_ambiguities
from .shop.text import clean
from .translated_names import label_catalog

if TYPE_CHECKING:
    import torch

    from .t5.fusion import Fusion
    from .t5.prompt import PromptFormat
    from .t5.scorer import Scorer

T = TypeVar("T")


class EmptyBasket(CatalogError):
    """Nothing is owned, so there is nothing to base a recommendation on."""

    def __init__(self) -> None:
        super().__init__("The basket is empty: name at least one item that is already owned.")


class NothingLeft(CatalogError):
    """Everything in stock is owned."""

    def __init__(self) -> None:
        super().__init__("Everything in stock is already owned: there is nothing left to recommend.")


class NotACandidate(CatalogError):
    """A product that cannot be the pick, so that "why not?" has no answer."""

    def __init__(self, name: str, *, owned: bool) -> None:
        reason = "owned already" if owned else "not ranked: of this shop, only the products nearest to the basket are"
        super().__init__(f'"{name}" is {reason}.')


@dataclass(frozen=True)
class _Call:
    """The catalog and the settings that all baskets of one call share.

    :ivar language: the shopper's.
    :ivar translator: None unless the route is ``translate``.
    """

    catalog: Catalog
    language: str
    route: str
    translator: translation.Translator | None
    prompt_format: PromptFormat
    skip_unknown: bool

    def find_basket(self, purchased: Iterable[str]) -> tuple[tuple[Item, ...], dict[str, Any]]:
        """Return the items owned, and the fields of the answer that tell how the texts were read.

        The errors are those of :meth:`Recommender.recommend`.
        """
        skipped: tuple[str, ...] = ()
        texts = [purchased] if isinstance(purchased, str) else list(purchased)
        if self.skip_unknown:
            basket, skipped = find_known(texts, self.catalog, self.language)
        else:
            basket = find_basket(texts, self.catalog, self.language)
        if not basket:
            raise find_unknown(skipped, self.catalog, self.language) if skipped else EmptyBasket
        if len(basket) == len(self.catalog):
            raise NothingLeft
        found = list_ambiguities(texts, self.catalog, self.language)
        ambiguous = tuple(f'{error} ("{error.text}" was taken as an id.)' for error in found)
        return basket, {"skipped": skipped, "ambiguous": ambiguous}

    def build_question(self, basket: tuple[Item, ...]) -> routes.Question:
        """Build the question for a basket; see :func:`routes.build_question`."""
        return routes.build_question(
            self.route, basket, self.catalog, self.language, self.translator, self.prompt_format
        )


class Recommender:
    """Recommends products of a catalog by the scores of a T5; keeps no state between calls.

    :param translators: returns a translator by name; by default :func:`translation.get_translator`.
    :param fusion: combines the T5's scores with a shop's purchases; by default the T5 alone decides.
    """

    def __init__(
        self,
        catalog: Catalog,
        scorer: Scorer,
        translators: Callable[[str], translation.Translator] | None = None,
        fusion: Fusion | None = None,
    ):
        self.catalog, self.scorer, self.fusion = catalog, scorer, fusion
        self.translators = translators or translation.get_translator

    def recommend(
        self,
        purchased: Iterable[str],
        *,
        language: str = "en",
        route: str | None = None,
        translator: str = "auto",
        top: int = TOP,
        add_items: Sequence[str] = (),
        explain: bool = False,
        generate: bool = True,
        why_not: str | None = None,
        skip_unknown: bool = False,
    ) -> Recommendation:
        """Recommend what to buy next.

        :param purchased: ids, names in any catalog language, or everyday words for them; a text may list several. One
            text alone will do.
        :param language: the shopper's: en, ar, fr, es or de, or a tag of one, such as ar-EG; on the route
            ``translate``, any that the translator knows.
        :param route: direct, native, translate or glossary; by default see :func:`routes.choose_route`.
        :param translator: for ``translate``, one of ``translation.TRANSLATORS``.
        :param top: number of recommendations, at least 1.
        :param add_items: names of products that join the shelf for this call (cold start).
        :param explain: whether to fill ``because``, in the same call of the T5 as the ranking.
        :param generate: whether to fill ``raw_generation``, which doubles the time.
        :param why_not: the product that ``why_not`` is about; it must not be owned.
        :param skip_unknown: whether to skip purchases that are unknown, such as products that are no longer sold.
        :raises CatalogError: for an empty basket, an unknown or ambiguous item or a bad name, or if nothing is left.
        :raises RouteError: for a route or language that cannot be served.
        :raises TranslationError: if the translator has no answer.
        :raises CheckpointError: if the T5 computes NaN or infinity.
        :raises RecommenderError: if ``top`` is below 1.
        """
        call = self._prepare(language, route, translator, top, add_items, skip_unknown)
        basket, reading = call.find_basket(purchased)
        question = call.build_question(basket)
        other = _find_candidate(why_not, question, call.language) if why_not and clean(why_not) else None
        scores = self.scorer.log_likelihoods(_build_prompts(question, explain), question.candidate_names)
        answer = replace(self._answer(call, question, scores, top, explain), **reading)
        if generate:
            answer = replace(answer, raw_generation=self.generate_freely(question))
        if other:
            ranking = [ranked.item for ranked in answer.ranking]
            answer = replace(answer, why_not=explanation.why_not(self.score, question, ranking, other.id))
        return answer

    def recommend_many(
        self,
        baskets: Iterable[Iterable[str]],
        *,
        language: str = "en",
        route: str | None = None,
        translator: str = "auto",
        top: int = TOP,
        add_items: Sequence[str] = (),
        explain: bool = False,
        skip_unknown: bool = False,
    ) -> list[Recommendation | RecommenderError]:
        """Recommend for many shoppers at once: each distinct basket is ranked once, similar ones in one batch.

        :param baskets: each as ``purchased`` of :meth:`recommend`, which explains the other parameters, too.
        :return: for each basket the answer of :meth:`recommend` without ``raw_generation``, or the error that it would
            raise; log-likelihoods may differ by the rounding of float32.
        :raises RecommenderError: for an error that concerns all baskets, such as a bad name to be added or a route that
            cannot be served, even if there are none.
        """
        from .t5.batching import Job, score_jobs  # torch takes seconds to import

        call = self._prepare(language, route, translator, top, add_items, skip_unknown)
        found = [_try(call.find_basket, purchased) for purchased in baskets]  # (basket, reading) each, or the error
        questions: dict[tuple[Item, ...], routes.Question] = {}
        answers: dict[tuple[Item, ...], Recommendation | RecommenderError] = {}
        for basket in dict.fromkeys(each[0] for each in found if not isinstance(each, RecommenderError)):
            question = _try(call.build_question, basket)
            if isinstance(question, RecommenderError):
                answers[basket] = question
            else:
                questions[basket] = question
        jobs = [Job(tuple(_build_prompts(q, explain)), q.candidate_names) for q in questions.values()]
        for (basket, question), scores in zip(questions.items(), score_jobs(self.scorer, jobs), strict=True):
            answers[basket] = _try(self._answer, call, question, scores, top, explain)
        results: list[Recommendation | RecommenderError] = []
        for each in found:
            if isinstance(each, RecommenderError):
                results.append(each)
                continue
            basket, reading = each
            answer = answers[basket]
            results.append(replace(answer, **reading) if isinstance(answer, Recommendation) else answer)
        return results

    def _prepare(
        self,
        language: str,
        route: str | None,
        translator: str,
        top: int,
        add_items: Sequence[str],
        skip_unknown: bool,
    ) -> _Call:
        """Prepare what does not depend on the basket; the parameters and errors are those of :meth:`recommend`."""
        if top < 1:
            raise RecommenderError(f"top is {top}; at least 1 is needed.")
        language = read_language(language)
        prompt_format = self.scorer.prompt_format
        chosen = route or routes.choose_route(language, prompt_format.languages)
        routes.check_route(chosen, language, prompt_format)
        if translator not in translation.TRANSLATORS:
            self.translators(translator)  # refuses the name, although the route may need no translator
        names = [add_items] if isinstance(add_items, str) else add_items
        catalog = self.catalog.extended(names) if names else self.catalog
        machine = self.translators(translator) if chosen == routes.Route.TRANSLATE else None
        if machine and language not in LANGUAGES:
            catalog = label_catalog(catalog, language, machine)
        return _Call(catalog, language, chosen, machine, prompt_format, skip_unknown)

    def _answer(
        self, call: _Call, question: routes.Question, scores: torch.Tensor, top: int, explain: bool
    ) -> Recommendation:
        """Rank and explain by the T5's scores, and translate the pick for the shopper.

        :param scores: log-likelihoods after the prompts of :func:`_build_prompts`, shape (prompts, candidates).
        """
        scores = self._correct(question, scores)
        baskets = [question.basket, *(explanation.baskets_without(question) if explain else ())]
        fused, probabilities = self._fuse(question, scores, baskets)
        ranking = _rank(question.candidates, fused[0], probabilities[0], scores[0], call.language)
        outbound = routes.translate_out(call.route, [ranking[0].item], call.catalog, call.language, call.translator)
        hops = [hop for hop in (question.inbound, outbound) if hop]
        return Recommendation(
            language=call.language,
            route=routes.Route(call.route),
            checkpoint=self.scorer.name,
            translator=hops[0].by if hops and call.translator else None,
            purchased=question.basket,
            ranking=ranking,
            unowned=len(call.catalog) - len(question.basket),
            top=top,
            raw_generation=None,
            question=question,
            outbound=outbound,
            because=explanation.explain(question, fused, probabilities) if explain else (),
        )

    def _fuse(
        self, question: routes.Question, likelihoods: torch.Tensor, baskets: Sequence[Sequence[Item]]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the scores by which candidates are ranked, in nats, and their probabilities.

        The scores are log-likelihoods or, with purchases, logarithms of the probabilities.

        :param likelihoods: the T5's log-likelihoods, shape (baskets, candidates), which is also that of the results.
        """
        if self.fusion is None or question.catalog.item_knn is None:
            return likelihoods, likelihoods.softmax(-1)
        bought = [question.catalog.score_bought(basket, question.candidates) for basket in baskets]
        unowned = len(question.catalog) - len(question.basket)
        logarithms = self.fusion.log_probabilities(self.fusion.log_odds(likelihoods, bought, unowned))
        return logarithms, logarithms.exp()

    def score(self, questions: Sequence[routes.Question]) -> list[torch.Tensor]:
        """Return the scores of each question's candidates, of shape (candidates,), similar ones in one batch."""
        from .t5.batching import Job, score_jobs  # torch takes seconds to import

        jobs = [Job(tuple(_build_prompts(question, explain=False)), question.candidate_names) for question in questions]
        scored = zip(questions, score_jobs(self.scorer, jobs), strict=True)
        return [self._fuse(q, self._correct(q, scores), [q.basket])[0][0] for q, scores in scored]

    def _correct(self, question: routes.Question, scores: torch.Tensor) -> torch.Tensor:
        """Return the log-likelihoods of the candidates, with those of newcomers corrected.

        :param scores: log-likelihoods after the prompts of :func:`_build_prompts`, shape (prompts, candidates).
        """
        likelihoods = combine_shelves(question, scores)
        weights = self.fusion if question.catalog.item_knn else None  # fitted for a shop with purchases
        if weights and not weights.t5:
            return likelihoods  # the T5 has no weight in this shop
        return correct_newcomers(question, likelihoods, self.scorer, weights.corrections if weights else {})

    def generate_freely(self, question: routes.Question) -> RawGeneration:
        """Let the T5 write an answer to the question without constraints."""
        text = self.scorer.generate([question.prompt])[0]
        named = question.find_named(text)
        return RawGeneration(text, named is not None, named in question.basket)


def _build_prompts(question: routes.Question, explain: bool) -> list[str]:
    """Return the question's prompt, followed by those that an explanation needs.

    With added products among the candidates, the same prompts without these follow, for :func:`.combine_shelves`.
    """
    shelves = filter(None, (question, question.without_added()))
    return [prompt for q in shelves for prompt in (q.prompt, *(explanation.leave_one_out(q) if explain else ()))]


def _find_candidate(text: str, question: routes.Question, language: str) -> Item:
    """Return the candidate that ``text`` names.

    :raises CatalogError: for an unknown or ambiguous item, or one that is not a candidate.
    """
    item = find_by_id_or_name(text, question.catalog, language)
    if item not in question.candidates:
        raise NotACandidate(item.name(language), owned=item in question.basket)
    return item


def _try(call: Callable[..., T], *arguments: object) -> T | RecommenderError:
    """Return what a call returns, or the error that it raises."""
    try:
        return call(*arguments)
    except RecommenderError as error:
        return error


def _rank(
    candidates: Sequence[Item],
    scores: torch.Tensor,
    probabilities: torch.Tensor,
    likelihoods: torch.Tensor,
    language: str,
) -> tuple[Ranked, ...]:
    """Sort the candidates by score, keeping the order of equal ones; each tensor has shape (candidates,)."""
    order = scores.argsort(descending=True, stable=True).tolist()
    return tuple(
        Ranked(rank, candidates[i], candidates[i].name(language), float(probabilities[i]), float(likelihoods[i]))
        for rank, i in enumerate(order, start=1)
    )
