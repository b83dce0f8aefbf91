"""The command line: what it prints and where, and its exit status."""

import codecs
import csv
import json
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from recommender import Catalog, Recommender
from recommender.__main__ import COMMANDS, main
from recommender.cli import batch
from recommender.explain import select_decisive
from recommender.translation import GOOGLE_URL
from tests.support.bundled import bundled

Call = Callable[..., CompletedProcess[str]]
CATALOG = Catalog.load()


@pytest.fixture
def call(capsys) -> Call:
    """Run a command in this process, and return its status and output."""

    def run(*arguments: str) -> CompletedProcess[str]:
        capsys.readouterr()
        try:
            status = main(arguments)
        except SystemExit as end:
            status = end.code
        return CompletedProcess(arguments, status, *capsys.readouterr())

    return run


def answer(call: Call, *arguments: str) -> dict:
    done = call("recommend", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_one_shopper_is_answered_alike_in_english_and_arabic(call):
    english = answer(call, "--purchased", "Soccer Shin Guards")["recommendations"][0]
    arabic = answer(call, "--purchased", "Soccer Shin Guards", "--language", "ar", "--route", "native")

    pick = CATALOG[english["id"]]
    assert pick.sport == "soccer" or pick.kind == "protection"
    assert arabic["recommendations"][0]["id"] == pick.id
    assert arabic["recommendations"][0]["name"] == pick.name("ar")


def test_the_json_has_the_agreed_fields(call):
    got = answer(call, "--purchased", "soccer-jersey; حذاء كرة القدم", "--language", "ar", "--route", "translate",
                 "--translator", "phrasebook", "--top", "3", "--explain")  # fmt: skip
    assert got["language"] == "ar" and got["route"] == "translate" and got["translator"] == "phrasebook"
    assert got["checkpoint"] == "bundled"
    assert got["purchased"] == [
        {"id": "soccer-jersey", "name": "قميص كرة القدم"},
        {"id": "soccer-cleats", "name": "حذاء كرة القدم"},
    ]
    assert [r["rank"] for r in got["recommendations"]] == [1, 2, 3]
    assert set(got["recommendations"][0]) == {"rank", "id", "name", "probability", "log_likelihood"}
    assert set(got["raw_generation"]) == {"text", "valid", "owned"}
    assert [step["step"] for step in got["trace"]] == ["in", "prompt", "out"]
    assert {reason["id"] for reason in got["because"]} == {"soccer-jersey", "soccer-cleats"}
    assert "why_not" not in got


def test_another_product_can_be_asked_about_as_text_and_as_json(call):
    arguments = ["--purchased", "Soccer Ball", "--why-not", "قميص كرة القدم"]
    told = answer(call, *arguments)["why_not"]
    assert set(told) == {"rank", "id", "name", "probability", "log_likelihood", "enough", "closest"}
    assert told["id"] == "soccer-jersey" and told["rank"] > 1 and told["enough"]
    done = call("recommend", *arguments)
    assert f"Soccer Jersey: number {told['rank']}. It would be first if you also had any one of these:" in done.stdout
    assert all(CATALOG[i].name("en") in done.stdout for i in told["enough"])


@pytest.mark.parametrize("text", ["Football", "foot", "كرة القدم"])
def test_an_ambiguous_word_is_refused_with_both_names(call, text):
    language = "ar" if text == "كرة القدم" else "fr"
    done = call("recommend", "--purchased", text, "--language", language)
    assert done.returncode == 2
    assert all(name in done.stderr for name in (CATALOG[i].name(language) for i in ("soccer-ball", "football")))


def test_an_id_that_is_also_an_ambiguous_word_means_its_item_with_a_warning(call):
    done = call("recommend", "--purchased", "football", "--language", "fr", "--json")
    assert json.loads(done.stdout)["purchased"][0]["id"] == "football"
    assert "Ballon de football ou" in done.stderr and "taken as an id" in done.stderr
    assert call("recommend", "--purchased", "Football", "--json").stderr == ""


def test_no_translator_is_named_where_none_was_used(call):
    assert answer(call, "--purchased", "Football", "--add-item", "Football Socks")["translator"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--purchased", "Socer Jersy"], "Soccer Jersey"),
        (["--purchased", " ; "], "empty"),
        (["--purchased", "Football", "--language", "klingon"], "Choose one of en, ar, fr, es, de"),
        (["--purchased", "Football", "--top", "0"], "at least 1"),
        (["--purchased", "Football", "--why-not", "Football"], "owned already"),
        (["--purchased", "Football", "--add-item", "x" * 1000], "60 are allowed"),
        (["--purchased", "Football", "--checkpoint", "/nowhere"], "cannot be loaded"),
        ([], "--purchased"),
    ],
)
def test_bad_input_ends_with_status_2_and_one_sentence(call, arguments, words):
    done = call("recommend", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 and "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_every_command_explains_itself(call, command):
    done = call(*command, "--help")
    assert done.returncode == 0 and "usage:" in done.stdout


def test_a_batch_keeps_its_columns_and_refuses_bad_rows_one_by_one(call, tmp_path):
    source, target = tmp_path / "baskets.csv", tmp_path / "picks.csv"
    source.write_text(
        "shopper,purchased\nAna,Soccer Ball; Soccer Jersey\nBo,Quidditch Broom\nCy,\nدينا,كرة سلة\n",
        encoding="utf-8-sig",
    )
    done = call("batch", "--input", str(source), "--output", str(target))
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(target.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["shopper"] for row in rows] == ["Ana", "Bo", "Cy", "دينا"]
    assert [bool(row["error"]) for row in rows] == [False, True, True, False]
    assert "Quidditch" in rows[1]["error"] and rows[1]["recommendation_id"] == ""
    recommender = bundled()
    for row in (rows[0], rows[3]):
        expected = recommender.recommend(row["purchased"].split(";"))
        assert row["recommendation_id"] == expected.pick.item.id
        assert row["recommendation"] == expected.pick.name
        assert float(row["probability"]) == pytest.approx(expected.pick.probability, abs=1e-5)
        assert row["top5_ids"].split(";") == [r.item.id for r in expected.recommendations]
    assert "2 of them refused" in done.stdout
    assert list(rows[0]) == [
        "shopper",
        "purchased",
        "recommendation_id",
        "recommendation",
        "probability",
        "top5_ids",
        "error",
    ]


def test_a_batch_keeps_columns_without_names_and_skips_blank_rows(call, tmp_path):
    source, target = tmp_path / "baskets.csv", tmp_path / "picks.csv"
    source.write_text(",purchased,,shop,,x\n1,Soccer Ball,2,A,3,4\n,,,,,\n,,,,,\n", encoding="utf-8")
    assert call("batch", "--input", str(source), "--output", str(target)).returncode == 0
    header, row = csv.reader(target.read_text(encoding="utf-8-sig").splitlines())
    assert header[:6] == ["", "purchased", "", "shop", "", "x"] and row[:6] == ["1", "Soccer Ball", "2", "A", "3", "4"]


@pytest.mark.parametrize(("rows", "status"), [("", 0), ("Broom\n", 2)])
def test_a_batch_of_refused_rows_alone_fails_and_one_without_rows_does_not(call, tmp_path, rows, status):
    source, target = tmp_path / "baskets.csv", tmp_path / "picks.csv"
    source.write_text(f"purchased\n{rows}")
    assert call("batch", "--input", str(source), "--output", str(target)).returncode == status
    assert len(target.read_text().splitlines()) == 1 + bool(rows)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_batch_into_a_pipe_keeps_its_summary_apart(call, tmp_path, options):
    source = tmp_path / "baskets.csv"
    source.write_text("purchased\nSoccer Ball\n")
    done = call("batch", "--input", str(source), "--output", "/dev/null", *options)  # as /dev/stdout before a "|"
    assert done.returncode == 0 and done.stdout == ""
    assert ("Rows written to /dev/null: 1;" if not options else '"output": "/dev/null"') in done.stderr


def test_a_batch_adds_the_best_n_and_the_reasons_if_asked(call, tmp_path):
    source, target = tmp_path / "baskets.csv", tmp_path / "picks.csv"
    source.write_text("purchased,because\nSoccer Ball; Soccer Jersey; Tennis Racket,theirs\nNothing,theirs\n")
    done = call("batch", "--input", str(source), "--output", str(target), "--top", "7", "--explain")
    assert done.returncode == 0, done.stderr
    good, bad = csv.DictReader(target.read_text(encoding="utf-8-sig").splitlines())
    expected = bundled().recommend(good["purchased"].split(";"), top=7, explain=True, generate=False)
    assert good["top_ids"].split(";") == [r.item.id for r in expected.recommendations]
    assert good["top5_ids"].split(";") == [r.item.id for r in expected.recommendations[:5]]
    assert good["because"].split(";") == [r.item.id for r in select_decisive(expected.because)] != [""]
    assert (bad["top_ids"], bad["because"]) == ("", "") and bad["error"]


def test_a_batch_in_another_language_says_which_ids_are_ambiguous_words(call, tmp_path):
    source, target = tmp_path / "baskets.csv", tmp_path / "picks.csv"
    source.write_text("purchased\nfootball; tennis-racket\ntennis-racket\nFootball\n", encoding="utf-8")
    assert call("batch", "--input", str(source), "--output", str(target), "--language", "fr").returncode == 0
    taken, clear, refused = csv.DictReader(target.read_text(encoding="utf-8-sig").splitlines())
    assert "Ballon de football ou" in taken["ambiguous"] and '"football" was taken as an id' in taken["ambiguous"]
    assert clear["ambiguous"] == refused["ambiguous"] == "" and not taken["error"] and refused["error"]


def test_a_batch_refuses_a_row_wider_than_its_header_by_line_and_reads_what_excel_writes(call, tmp_path):
    source, target = tmp_path / "baskets.csv", tmp_path / "picks.csv"
    source.write_bytes('Shopper; PURCHASED\r\nA;"Soccer Ball; Cap"\r\nB;Soccer Ball;Soccer Jersey\r\n'.encode("utf-16"))
    assert call("batch", "--input", str(source), "--output", str(target)).returncode == 0
    header, ana, bo = csv.reader(target.read_text(encoding="utf-8-sig").splitlines())
    assert header[:2] == ["Shopper", "PURCHASED"]
    assert ana[:2] == ["A", "Soccer Ball; Cap"] and ana[2] and not ana[-1]
    assert bo == ["B", "Soccer Ball", "", "", "", "", "Line 3: the row has 3 cells, the header 2."]


def test_a_batch_that_fails_leaves_the_output_of_yesterday(call, tmp_path):
    source, target = tmp_path / "baskets.csv", tmp_path / "picks.csv"
    source.write_bytes(b"purchased\n" + b"Soccer Ball\n" * 20 + b"Soccer Ball\xe9\n")
    target.write_text("yesterday's")
    done = call("batch", "--input", str(source), "--output", str(target))
    assert done.returncode == 2 and "line 22, is not UTF-8" in done.stderr
    assert target.read_text() == "yesterday's" and sorted(tmp_path.iterdir()) == [source, target]


@pytest.mark.parametrize(
    ("options", "says"), [(["--language", "it"], 'no names in "it"'), (["--add-item", "A;B"], "separate names")]
)
def test_an_error_that_concerns_all_rows_leaves_the_output_of_yesterday(call, tmp_path, options, says):
    source, target = tmp_path / "baskets.csv", tmp_path / "picks.csv"
    source.write_text("purchased\nSoccer Ball\n")
    target.write_text("yesterday's")
    done = call("batch", "--input", str(source), "--output", str(target), *options)
    assert done.returncode == 2 and says in done.stderr
    assert target.read_text() == "yesterday's" and sorted(tmp_path.iterdir()) == [source, target]


def test_a_batch_names_the_folder_of_its_output_that_is_not_there(call, tmp_path):
    source = tmp_path / "baskets.csv"
    source.write_text("purchased\nSoccer Ball\n")
    done = call("batch", "--input", str(source), "--output", str(tmp_path / "missing" / "picks.csv"))
    assert done.returncode == 2 and f"there is no folder {tmp_path / 'missing'}" in done.stderr


def test_a_batch_does_not_overwrite_what_it_reads_by_another_name(call, tmp_path):
    source, same = tmp_path / "baskets.csv", tmp_path / "Baskets.csv"
    source.write_text("purchased\nSoccer Ball\n")
    same.hardlink_to(source)  # macOS finds a file by its name in any letter case
    done = call("batch", "--input", str(source), "--output", str(same))
    assert done.returncode == 2 and "would be overwritten while it is read" in done.stderr
    assert source.read_text() == "purchased\nSoccer Ball\n"


def test_an_interrupted_batch_goes_on_where_it_stopped(call, tmp_path, monkeypatch):
    source, target = tmp_path / "baskets.csv", tmp_path / "picks.csv"
    ids = [item.id for item in CATALOG]
    baskets = [f"{ids[n % 7]}; {ids[n % 5]}" for n in range(41)]
    baskets[3] = "Broom"
    source.write_text("n,purchased\n" + "".join(f"{n},{basket}\n" for n, basket in enumerate(baskets)))
    arguments = ("batch", "--input", str(source), "--output", str(target))
    assert call(*arguments).returncode == 0
    whole = target.read_bytes()
    target.write_text("yesterday's")
    monkeypatch.setattr(batch, "CHUNK", 8)
    chunks = []

    def interrupt(*given, **options):
        chunks.append(given)
        if len(chunks) == 4:  # the first one checks the options
            raise KeyboardInterrupt
        return recommend_many(*given, **options)

    recommend_many = Recommender.recommend_many
    monkeypatch.setattr(Recommender, "recommend_many", interrupt)
    done = call(*arguments)
    assert done.returncode == 130 and "--resume" in done.stderr
    assert target.read_text() == "yesterday's"
    assert len((tmp_path / "picks.csv.part").read_text().splitlines()) == 1 + 16

    other = call(*arguments, "--resume", "--language", "ar")
    assert other.returncode == 2 and "another --language" in other.stderr
    chunks.extend("go on")
    done = call(*arguments, "--resume", "--json")  # the output does not depend on it
    assert json.loads(done.stdout) == {"rows": 41, "refused": 1, "output": str(target)}
    assert target.read_bytes() == whole and sorted(tmp_path.iterdir()) == [source, target]
    done = call(*arguments, "--resume")  # as a cron job does, which cannot know
    assert done.returncode == 0 and "nothing to resume" in done.stderr and target.read_bytes() == whole


def test_a_basket_that_occurs_twice_in_a_batch_is_ranked_once(call, tmp_path, monkeypatch):
    source, target = tmp_path / "baskets.csv", tmp_path / "picks.csv"
    rows = "Soccer Ball; Soccer Jersey\nSoccer Jersey ;Soccer Ball\nTennis Ball\n"
    source.write_text(f"purchased\n{rows * 3}")
    asked = []

    def count(recommender, baskets, **options):
        asked.extend(baskets := list(baskets))
        return recommend_many(recommender, baskets, **options)

    recommend_many = Recommender.recommend_many
    monkeypatch.setattr(batch, "CHUNK", 2)
    monkeypatch.setattr(Recommender, "recommend_many", count)

    assert call("batch", "--input", str(source), "--output", str(target)).returncode == 0

    assert len(asked) == 3  # the first two came in one chunk: named differently, they are ranked as one
    assert len({row["top5_ids"] for row in csv.DictReader(target.read_text("utf-8-sig").splitlines())}) == 2


def test_a_batch_reads_its_own_output(call, tmp_path):
    source, first, second = (tmp_path / name for name in ("in.csv", "first.csv", "second.csv"))
    source.write_text('who,purchased\n=1+1,كرة سلة\n"a\nb",\'=Foo\n')
    assert call("batch", "--input", str(source), "--output", str(first)).returncode == 0
    assert 'Unknown item ""=Foo"".' in first.read_text("utf-8")  # as a CSV file spells its quotation marks
    assert call("batch", "--input", str(first), "--output", str(second)).returncode == 0
    assert first.read_bytes() == second.read_bytes() and first.read_bytes().startswith(codecs.BOM_UTF8)


def test_a_batch_leaves_no_column_of_an_earlier_run_beside_its_own_picks(call, tmp_path):
    source, first, second, plain = (tmp_path / name for name in ("in.csv", "first.csv", "second.csv", "plain.csv"))
    source.write_text("purchased\nfootball\n", encoding="utf-8")
    options = ("--top", "2", "--explain", "--skip-unknown", "--language", "fr")
    assert call("batch", "--input", str(source), "--output", str(first), *options).returncode == 0
    assert {"top_ids", "because", "skipped", "ambiguous"} < set(first.read_text("utf-8-sig").split("\n")[0].split(","))
    assert call("batch", "--input", str(first), "--output", str(second)).returncode == 0
    assert call("batch", "--input", str(source), "--output", str(plain)).returncode == 0
    assert second.read_bytes() == plain.read_bytes()


def test_a_basket_may_be_given_in_several_options(call):
    done = call("recommend", "--purchased", "Soccer Ball", "--purchased", "Tennis Ball; football", "--json")
    assert [item["id"] for item in json.loads(done.stdout)["purchased"]] == ["soccer-ball", "football", "tennis-ball"]
    done = call("compare", "--purchased", "Soccer Ball", "--purchased", "Broom")
    assert done.returncode == 2 and 'Unknown item "Broom"' in done.stderr


def test_a_batch_finds_the_skus_of_its_own_output(call, tmp_path):
    (tmp_path / "inventory.csv").write_text("name,sku\nSaw,+A1\nRake,-B2\nHoe,=C3\n", encoding="utf-8")
    source, first, second = (tmp_path / name for name in ("in.csv", "first.csv", "second.csv"))
    source.write_text('purchased,change\n+A1,-1\n\'-B2,"-1,5"\n=C3,-\n', encoding="utf-8")
    options = ("--shop", str(tmp_path))
    assert call("batch", "--input", str(source), "--output", str(first), *options).returncode == 0
    assert call("batch", "--input", str(first), "--output", str(second), *options).returncode == 0
    rows = list(csv.DictReader(first.read_text("utf-8-sig").splitlines()))
    assert [(row["purchased"], row["change"], row["error"]) for row in rows] == [
        ("'+A1", "-1", ""),
        ("'-B2", "-1,5", ""),
        ("'=C3", "-", ""),
    ]
    assert first.read_bytes() == second.read_bytes()


def test_a_batch_names_the_columns_of_its_input_that_its_results_replace(call, tmp_path):
    source, first, second = (tmp_path / name for name in ("in.csv", "first.csv", "second.csv"))
    source.write_text("Error,purchased,Probability,because\nE7,Soccer Ball,high,theirs\n", encoding="utf-8")
    done = call("batch", "--input", str(source), "--output", str(first))
    assert "Columns of the input replaced by results: Error, Probability, because.\n" in done.stderr
    header, row = csv.reader(first.read_text("utf-8-sig").splitlines())
    assert header == ["purchased", "recommendation_id", "recommendation", "probability", "top5_ids", "error"]
    assert row[0] == "Soccer Ball" and 0 < float(row[3]) < 1 and row[5] == ""
    done = call("batch", "--input", str(first), "--output", str(second))
    assert "recommendation_id, recommendation, probability, top5_ids, error.\n" in done.stderr
    assert first.read_bytes() == second.read_bytes()
    source.write_text("purchased,note\nSoccer Ball,theirs\n", encoding="utf-8")
    assert "replaced" not in call("batch", "--input", str(source), "--output", str(first)).stderr


def test_a_batch_never_overwrites_its_input(call, tmp_path):
    source = tmp_path / "in.csv"
    source.write_text("purchased\nFootball\n")
    assert call("batch", "--input", str(source), "--output", str(source)).returncode == 2
    assert source.read_text() == "purchased\nFootball\n"
    assert call("batch", "--input", str(tmp_path / "none.csv"), "--output", str(source)).returncode == 2


def test_a_title_with_a_comma_is_no_other_basket_in_a_batch(call, tmp_path, monkeypatch):
    (tmp_path / "inventory.csv").write_text('name\n"Nails, Screws"\nNails\nScrews\nSaw\nRake\n', encoding="utf-8")
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text('purchased\n"Nails, Screws"\nNails; Screws\n', encoding="utf-8")
    monkeypatch.setattr(batch, "CHUNK", 1)
    arguments = ("batch", "--shop", tmp_path, "--input", source, "--output", target, "--top", "9")
    assert call(*map(str, arguments)).returncode == 0
    rows = csv.DictReader(target.read_text("utf-8-sig").splitlines())
    assert [set(row["top_ids"].split(";")) for row in rows] == [
        {"nails", "screws", "saw", "rake"},
        {"nails-screws", "saw", "rake"},
    ]


def test_four_routes_are_compared_as_text_and_as_json(call):
    asked = ("compare", "--purchased", "Soccer Shin Guards", "--language", "ar", "--translator", "phrasebook")
    printed, found = call(*asked).stdout, json.loads(call(*asked, "--json").stdout)
    assert [told["route"] for told in found["routes"]] == ["direct", "native", "translate", "glossary"]
    for told in found["routes"]:
        assert told["route"] in printed and told["pick"]["name"] in printed


def test_the_text_says_what_was_skipped_and_why_it_is_recommended(call):
    printed = call("recommend", "--purchased", "Soccer Ball; SKU-4711", "--explain", "--skip-unknown").stdout
    assert "Not in the inventory: SKU-4711" in printed and "Because you have" in printed


def test_purchases_that_do_not_decide_stand_under_a_heading_of_their_own(call):
    asked = ("recommend", "--purchased", "Soccer Ball; Soccer Jersey; Tennis Racket", "--explain")
    printed = call(*asked).stdout.splitlines()
    first = next(n for n, line in enumerate(printed) if line.startswith("Because you have"))
    second = printed.index("The others changed it by:")
    expected = bundled().recommend(["Soccer Ball", "Soccer Jersey", "Tennis Racket"], explain=True).because
    names = [f"{reason.drop:+.2f}  {reason.item.name('en')}" for reason in select_decisive(expected)]
    assert [line.strip().partition(", then")[0] for line in printed[first + 1 : second]] == names
    assert "Tennis Racket" in printed[second + 1]


def test_the_text_shows_what_each_name_means_after_a_translation(call, monkeypatch, tmp_path):
    asked = ("--purchased", "Soccer Ball; Tennis Racket; Tennis Ball", "--language", "ar", "--route", "translate")
    printed = call("recommend", *asked, "--translator", "phrasebook").stdout.splitlines()
    first = printed.index("ar → en by phrasebook:")
    assert printed[first + 1 : first + 4] == [
        "  كرة قدم → Football  [changed: now football]",
        "  كرة تنس → Tennis Ball  [kept]",
        "  مضرب التنس → Tennis Bat  [outside the inventory]",
    ]
    assert "en → ar by phrasebook:" in printed
    monkeypatch.setenv(GOOGLE_URL, "http://127.0.0.1:9")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "ar → en by phrasebook (Google Translate cannot be reached" in call("recommend", *asked).stdout
