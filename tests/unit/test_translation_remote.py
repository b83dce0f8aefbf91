"""Google and LibreTranslate, against loopback servers that speak their protocols."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from recommender import TranslationError, translation
from recommender.translation import remote
from recommender.translation.base import TranslationUnavailable
from recommender.translation.cache import Cache
from recommender.translation.google import RobustGoogle
from recommender.translation.libre import Libre
from recommender.translation.phrasebook import Phrasebook
from recommender.translation.remote import DEADLINE, Failure, TextFailure, WithFallback, check_text
from tests.support.servers import serving

NAMES = ["قميص كرة القدم", "كرة سلة", "Arm sleeve"]
UPPER = tuple(name.upper() for name in NAMES)
BROKEN = ("hang", "429", "500", "error text", "garbage")
REFUSED = "http://127.0.0.1:9"


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "translations.sqlite")


@pytest.mark.parametrize("kind", [RobustGoogle, Libre])
@pytest.mark.parametrize("mode", ["ok", "slow"])
def test_a_list_is_translated_in_order_by_one_request_and_then_remembered(kind, mode, cache):
    with serving(mode) as service:
        translator = kind(service.url, cache=cache)
        assert translator.translate(NAMES, "ar", "en").texts == UPPER
        assert translator.translate(NAMES, "ar", "en").texts == UPPER
        assert len(service.asked) == 1


def test_google_is_asked_name_by_name_where_lines_get_lost(cache):
    with serving("lines") as service:
        assert RobustGoogle(service.url, cache=cache).translate(NAMES, "ar", "en").texts == UPPER
        assert service.asked == ["\n".join(NAMES), *NAMES]


def test_libre_with_a_line_missing_is_an_error_and_not_a_shifted_list(cache):
    with serving("lines") as service, pytest.raises(TranslationError, match="no translation"):
        Libre(service.url, cache=cache).translate(NAMES, "ar", "en")


@pytest.mark.parametrize("kind", [RobustGoogle, Libre])
@pytest.mark.parametrize("mode", BROKEN)
def test_every_failure_is_a_typed_error_in_time_and_the_next_call_does_not_wait(kind, mode, cache):
    with serving(mode) as service:
        translator = kind(service.url, deadline=1, cache=cache)
        with pytest.raises(TranslationUnavailable):
            translator.translate(NAMES, "ar", "en")  # a service that hangs does so until the end of the test
        asked = len(service.asked)
        with pytest.raises(TranslationUnavailable, match="asked again"):
            translator.translate(NAMES, "ar", "en")
        assert len(service.asked) == asked <= 2


@pytest.mark.parametrize("kind", [RobustGoogle, Libre])
@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ("empty", "Ball"),
        ("400", "Ball"),
        ("413", "Ball"),
        ("414", "Ball"),
        ("error", "Fehler 500 Hemd"),
        ("error", "x!"),
    ],
)
def test_a_text_that_cannot_be_translated_keeps_nobody_else_from_asking(kind, mode, name, cache):
    with serving("error text" if mode == "error" else mode) as service:
        translator = kind(service.url, cache=cache)
        if name == "Fehler 500 Hemd":
            service.spoken = {name: "Error 404 shirt"}.__getitem__
        with pytest.raises(TranslationError) as failed:
            translator.translate([name], "de", "en")
        assert not isinstance(failed.value, TranslationUnavailable)
        service.mode = "ok"
        service.spoken = str.upper
        assert translator.translate(["Tennisball"], "de", "en").texts == ("TENNISBALL",)


@pytest.mark.parametrize("kind", [RobustGoogle, Libre])
def test_a_name_with_the_number_of_an_error_is_translated(kind, cache):
    with serving("ok") as service:
        service.spoken = {"Fehler 404 Hemd": "Error 404 shirt", "خطأ ٥٠٠": "Error 500"}.__getitem__
        for sent, found in (("Fehler 404 Hemd", "Error 404 shirt"), ("خطأ ٥٠٠", "Error 500")):
            assert kind(service.url, cache=cache).translate([sent], "de", "en").texts == (found,)


@pytest.mark.parametrize("kind", [RobustGoogle, Libre])
def test_a_refused_connection_is_a_typed_error(kind, cache):
    with pytest.raises(TranslationError, match="cannot be reached"):
        kind(REFUSED, cache=cache).translate(NAMES, "ar", "en")


def test_a_route_there_and_back_waits_for_one_deadline_while_google_hangs(cache):
    with serving("hang") as service:
        auto = WithFallback(RobustGoogle(service.url, deadline=1, cache=cache), Phrasebook(), TranslationError)
        there = auto.translate(["قميص كرة القدم"], "ar", "en")
        back = auto.translate(["Football"], "en", "ar")
        asked = len(service.asked)
    assert DEADLINE < 12 and asked == 1  # the page has to answer within 12 seconds
    assert (there.texts, there.by, back.texts) == (("Football Jersey",), "phrasebook", ("كرة القدم",))
    assert "Google Translate did not answer" in there.note


def test_auto_in_a_language_the_phrasebook_lacks_says_why_both_failed(cache):
    with pytest.raises(TranslationError, match=r"cannot be reached.*phrasebook"):
        auto = WithFallback(RobustGoogle(REFUSED, cache=cache), Phrasebook(), TranslationError)
        auto.translate(["ボール"], "ja", "en")


def test_what_no_translator_knows_is_told_from_what_may_be_translated_later(cache):
    auto = WithFallback(RobustGoogle(REFUSED, cache=cache), Phrasebook(), TranslationError)
    with pytest.raises(TranslationUnavailable):
        auto.translate(["ボール"], "ja", "en")
    with pytest.raises(TranslationError) as refused:
        auto.translate(["ball"], "en", "xx")
    assert not isinstance(refused.value, TranslationUnavailable)


def test_hebrew_and_chinese_go_by_googles_own_codes_and_an_unknown_language_is_named(cache):
    with serving("ok") as service:
        google = RobustGoogle(service.url, cache=cache)
        assert google.translate(["kadur"], "he", "en").texts == ("KADUR",)
        assert google.translate(["qiu"], "zh", "en").texts == ("QIU",)
        with pytest.raises(TranslationError, match="klingon"):
            google.translate(["x"], "klingon", "en")


@pytest.mark.parametrize(
    ("tag", "code"), [("pt-BR", "pt"), ("zh-TW", "zh-TW"), ("zh-Hant-HK", "zh-TW"), ("zh-Hans", "zh-CN"), ("nb", "no")]
)
def test_google_is_asked_for_as_much_of_a_language_tag_as_it_knows(tag, code, cache):
    with serving("ok") as service:
        google = RobustGoogle(service.url, cache=cache)
        google.translate(["ball"], "en", tag)
        assert google.translate(["ball"], "en", code).texts == ("BALL",) and len(service.asked) == 1  # remembered


def test_libre_is_asked_again_without_regions_if_it_knows_none(cache):
    with serving("no regions") as service:
        assert Libre(service.url, cache=cache).translate(["ball"], "en", "pt-BR").texts == ("BALL",)
        assert len(service.asked) == 2


def test_the_operators_key_is_sent_to_libre_and_none_where_none_is_set(cache, monkeypatch):
    with serving("ok") as service:
        libre = Libre(service.url, cache=cache)
        for name, key in (("ball", None), ("bat", ""), ("cap", "secret")):
            if key is not None:
                monkeypatch.setenv("RECOMMENDER_LIBRE_KEY", key)
            assert libre.translate([name], "en", "fr").texts == (name.upper(),)
        assert [body.get("api_key", "none") for body in service.sent] == ["none", "none", "secret"]


def test_only_the_language_that_is_not_known_is_named(cache):
    for translator in (RobustGoogle(REFUSED, cache=cache), Phrasebook()):
        with pytest.raises(TranslationError, match='"xx-YY"') as refused:
            translator.translate(["ball"], "en", "xx-YY")
        assert '"en"' not in str(refused.value)


def test_a_long_list_goes_to_google_in_few_texts(cache):
    names = [f"the name of product number {n}" for n in range(400)]
    with serving("ok") as service:
        assert RobustGoogle(service.url, cache=cache).translate(names, "en", "fr").texts == tuple(map(str.upper, names))
        assert len(service.asked) == 3 and "\n".join(service.asked).split("\n") == names
        assert all(len(text) < 5000 for text in service.asked)


def test_a_list_that_takes_too_long_goes_on_where_it_stopped_and_the_service_is_not_rested(cache, monkeypatch):
    asked, now = [], [time.monotonic()]
    monkeypatch.setattr(remote, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=time.sleep))

    def attempt(_, texts, *__):
        asked.append(list(texts))
        yield {texts[0]: texts[0].upper()}
        if len(texts) > 1:
            now[0] += DEADLINE
            raise Failure("did not answer in time", again=False)

    monkeypatch.setattr(Libre, "attempt", attempt)
    libre = Libre(REFUSED, cache=cache)
    with pytest.raises(TranslationError, match="has translated 1 of 2 names so far; ask again"):
        libre.translate(["ball", "bat"], "en", "fr")
    assert libre.translate(["ball", "bat"], "en", "fr").texts == ("BALL", "BAT")
    assert asked == [["ball", "bat"], ["bat"]]


def test_a_second_attempt_sends_what_the_first_one_did_not_get(cache, monkeypatch):
    asked = []

    def attempt(_, texts, *__):
        asked.append(list(texts))
        yield {texts[0]: texts[0].upper()}
        if len(asked) == 1:
            raise Failure("answered 500")

    monkeypatch.setattr(Libre, "attempt", attempt)
    monkeypatch.setattr(remote, "RETRY_DELAY", (0.0, 0.0))
    assert Libre(REFUSED, cache=cache).translate(["ball", "bat"], "en", "fr").texts == ("BALL", "BAT")
    assert asked == [["ball", "bat"], ["bat"]]


def test_a_product_whose_name_is_that_of_an_error_can_be_translated():
    assert check_text("Error 404 T-Shirt", "Error 404 T-Shirt") == "Error 404 T-Shirt"
    for sent in ("Cap", "Error 404 T-Shirt"):
        with pytest.raises(Failure, match="answered Error 500"):
            check_text("Error 500 (Server Error)!!1500.", sent)


def test_google_is_not_asked_any_more_when_nobody_waits_for_the_answer(cache):
    with serving("lines") as service:
        google = RobustGoogle(service.url, cache=cache)
        with pytest.raises(Failure, match="in time"):
            list(google.attempt(NAMES, "ar", "en", until=time.monotonic() - 1))
        assert service.asked == []


def test_a_language_that_libre_does_not_know_keeps_nobody_else_from_asking(cache):
    with serving("no regions") as service:
        libre = Libre(service.url, cache=cache)
        with pytest.raises(TranslationError, match='"xx"'):
            libre.translate(["ball"], "en", "xx")
        assert libre.translate(["ball"], "en", "fr").texts == ("BALL",)


def test_sixteen_threads_get_their_own_answers(cache):
    with serving("ok") as service, ThreadPoolExecutor(16) as pool:
        google = RobustGoogle(service.url, cache=cache)
        names = [f"name {i}" for i in range(64)]
        found = list(pool.map(lambda name: google.translate([name], "fr", "en").texts[0], names))
    assert found == [name.upper() for name in names]


def test_a_cache_that_cannot_be_written_stores_nothing(tmp_path):
    with serving("ok") as service:
        google = RobustGoogle(service.url, cache=Cache(tmp_path / "missing" / "x.sqlite"))
        assert google.translate(NAMES, "ar", "en").texts == UPPER


def test_the_cache_drops_its_oldest_rows(tmp_path):
    cache = Cache(tmp_path / "x.sqlite", max_rows=2)
    for name in "abc":
        cache.write("s", "fr", "en", {name: name.upper()})
    assert cache.read("s", "fr", "en", "abc") == {"b": "B", "c": "C"}


def test_what_may_not_be_stored_is_remembered_but_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr("recommender.translation.cache.MAX_IN_MEMORY", 2)
    cache = Cache(tmp_path / "x.sqlite")
    with serving("ok") as service:
        google = RobustGoogle(service.url, cache=cache)
        asked = []

        def may_store(text, language):
            asked.append((text, language))
            return text == "Ball"

        for name in ("Ball", "Mine", "Ball"):
            assert google.translate([name], "de", "en", may_store=may_store).texts == (name.upper(),)
        assert google.translate(["Mine"], "de", "en").texts == ("MINE",)
        assert service.asked == ["Ball", "Mine"] and asked == [("Ball", "de"), ("Mine", "de")]
        assert Cache(cache.path).read(f"google {google.url}", "de", "en", ["Ball", "Mine"]) == {"Ball": "BALL"}
        google.translate(["Yours", "Theirs"], "de", "en", may_store=may_store)
        assert cache.read(f"google {google.url}", "de", "en", ["Mine", "Yours"]) == {"Yours": "YOURS"}


def test_calls_share_googles_breaker_and_libre_needs_an_address(monkeypatch):
    monkeypatch.setenv(translation.GOOGLE_URL, REFUSED)
    monkeypatch.delenv(translation.LIBRE_URL, raising=False)
    assert translation.get_translator("google") is translation.get_translator("google")
    with pytest.raises(TranslationError, match="RECOMMENDER_LIBRE_URL"):
        translation.get_translator("libre")


@pytest.mark.parametrize("fault", [SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_a_service_that_raises_system_exit_counts_as_failed(fault, cache, monkeypatch):
    def end(*_):
        raise fault

    monkeypatch.setattr(Libre, "attempt", end)
    translator = Libre(REFUSED, cache=cache)

    with pytest.raises(TranslationError, match="stopped by"):
        translator.translate(NAMES, "ar", "en")
    assert WithFallback(translator, Phrasebook(), TranslationError).translate(NAMES, "ar", "en").by == "phrasebook"


def test_a_fault_of_our_own_reaches_the_caller(cache, monkeypatch):
    def overflow(*_):
        raise MemoryError("full")

    monkeypatch.setattr(Libre, "attempt", overflow)

    with pytest.raises(MemoryError, match="full"):
        Libre(REFUSED, cache=cache).translate(NAMES, "ar", "en")


def test_a_service_that_failed_is_asked_again_after_its_rest(cache, monkeypatch):
    with serving("429") as service:
        libre = Libre(service.url, cache=cache)
        with pytest.raises(TranslationError):
            libre.translate(["ball"], "en", "fr")
        service.mode = "ok"
        later = time.monotonic() + remote.REST + 1
        monkeypatch.setattr(remote, "time", SimpleNamespace(monotonic=lambda: later, sleep=time.sleep))
        assert libre.translate(["ball"], "en", "fr").texts == ("BALL",)


def test_a_passing_fault_is_tried_once_more(cache, monkeypatch):
    answers = [Failure("answered 500"), [{"ball": "BALL"}]]

    def attempt(*_):
        found = answers.pop(0)
        if isinstance(found, Failure):
            raise found
        return found

    monkeypatch.setattr(Libre, "attempt", attempt)
    monkeypatch.setattr(remote, "RETRY_DELAY", (0.0, 0.0))
    assert Libre("http://127.0.0.1:9", cache=cache).translate(["ball"], "en", "fr").texts == ("BALL",)


def test_an_answer_that_is_no_translation_is_asked_for_once_more(cache, monkeypatch):
    monkeypatch.setattr(remote, "RETRY_DELAY", (0.0, 0.0))
    with serving("garbage") as service:
        with pytest.raises(TranslationUnavailable):
            Libre(service.url, cache=cache).translate(["ball"], "en", "fr")
        assert len(service.asked) == 2


@pytest.mark.parametrize("nothing", ["—", "\u3164", "\u200b", "{, }", "\x00\x07", "&nbsp;", "!?", " \n "])
def test_what_names_nothing_is_no_translation(nothing):
    with pytest.raises(TextFailure, match="gave an empty answer"):
        check_text(nothing, "Ball")


def test_half_a_character_is_no_translation():
    with pytest.raises(TextFailure, match="half a character"):
        check_text("Tennis\ud800", "Ball")


@pytest.mark.parametrize(
    "body",
    [
        '{"translatedText": ["Tennis\\ud800"]}',
        '{"translatedText": ["\\u2014"]}',
        '{"translatedText": ["\\u3164"]}',
        '{"translatedText": ' + "[" * 100_000,
        '{"translatedText": ' + "1" * 5_000 + "}",
        '{"translatedText": [["Tennis"]]}',
    ],
    ids=["surrogate", "dash", "blank letter", "deep", "long number", "list in a list"],
)
def test_an_answer_that_cannot_be_read_is_a_typed_error_and_the_phrasebook_answers(body, cache, monkeypatch):
    monkeypatch.setattr(remote, "RETRY_DELAY", (0.0, 0.0))
    with serving("ok") as service:
        service.body = body
        with pytest.raises(TranslationError, match="LibreTranslate gave an"):
            Libre(service.url, cache=cache).translate(["Soccer Ball"], "en", "fr")
        fallback = WithFallback(Libre(service.url, cache=cache), Phrasebook(), TranslationError)
        assert fallback.translate(["Soccer Ball"], "en", "fr").by == "phrasebook"
    assert cache.read(f"libre {service.url}", "en", "fr", ["Soccer Ball"]) == {}


def test_a_service_whose_answers_cannot_be_read_is_not_asked_for_a_while(cache, monkeypatch):
    monkeypatch.setattr(remote, "RETRY_DELAY", (0.0, 0.0))
    with serving("ok") as service:
        service.body = "[" * 100_000
        libre = Libre(service.url, cache=cache)
        for _ in range(2):
            with pytest.raises(TranslationUnavailable):
                libre.translate(["Ball"], "en", "fr")
        assert len(service.asked) == 2  # the second attempt of the first call is the last one


def test_a_translation_is_one_line():
    assert check_text(" Soccer\n Ball ", "x") == "Soccer Ball"


def test_an_error_page_is_no_translation_also_of_a_name_with_its_number_and_a_mark():
    with pytest.raises(Failure, match="answered Error 500"):
        check_text("Error 500 (Server Error)!!1500.", "Error 500 Shirt!")
