"""CSV files that are written: complete or untouched, gone on with after an interruption, and read again."""

import errno
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.shop.csv_file import open_csv
from recommender.shop.csv_output import BOM, MissingFolder, ResumeError, create_csv, escape_formula, unescape_formula
from recommender.shop.lock import OutputInUse, lock_folder

INPUT = {"--input": "1", "--top": "5"}


def write(path: Path, rows, *, resume: bool = False, fail: bool = False) -> None:
    with create_csv(path, INPUT, resume=resume) as output:
        output.write(rows)
        if fail:
            raise KeyboardInterrupt


def test_an_output_file_is_replaced_only_when_it_is_complete(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("yesterday's")
    with pytest.raises(KeyboardInterrupt):
        write(path, [["=1+1"]], fail=True)
    assert path.read_text() == "yesterday's"
    write(path, [["=1+1", -1.5, "-1.5"]])
    assert path.read_bytes().decode() == BOM + "'=1+1,-1.5,-1.5\r\n"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "number",
    [
        "-1.5",
        "-1,5",
        "+2",
        "-.5",
        "-,5",
        "-5.",
        "-1.234,56",
        "-1,234.56",
        "-1 234,56",
        "-1\u202f234,5",
        "-1e-5",
        "-5%",
        "-5\xa0%",
        "-",
    ],
)
def test_a_number_of_any_country_and_a_dash_are_no_formulas(number):
    assert escape_formula(number) == number


@pytest.mark.parametrize(
    "formula",
    ["=1", "-1+2", "-1-2", "+A1", "-5%+1", "-cmd|' /C calc'!A0", "@SUM(1)", "-(1)", "--", "-1,5\n", "+", "-e5", "-1*2"],
)
def test_a_formula_gets_an_apostrophe_which_is_taken_off_again(formula):
    assert escape_formula(formula) == f"'{formula}" and unescape_formula(f"'{formula}") == formula


def test_nothing_is_kept_of_what_cannot_be_resumed(tmp_path):
    with pytest.raises(ValueError), create_csv(tmp_path / "out.csv", None) as output:
        output.write(["a"])
        raise ValueError
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError), create_csv(tmp_path / "out.csv", INPUT) as output:
        raise ValueError  # before the first row
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named_with_the_file_and_leaves_nothing(tmp_path, monkeypatch):
    def fill(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    for written, module in (("out.csv.part.json", "json.dumps"), ("out.csv.part", "escape_formula")):
        with monkeypatch.context() as patch, pytest.raises(OSError) as error:
            patch.setattr(f"recommender.shop.csv_output.{module}", fill)
            with create_csv(tmp_path / "out.csv", None) as output:
                output.write(["ab"])
        assert error.value.filename == str(tmp_path / written)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "made_from", [{**INPUT, "--top": "6"}, {"--input": "1"}, {**INPUT, "--top": "6", "--route": "x"}]
)
def test_a_partial_file_of_another_input_is_refused_and_kept(tmp_path, made_from):
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "out.csv", ["ab"], fail=True)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ResumeError, match="another --top"), create_csv(tmp_path / "out.csv", made_from, resume=True):
        pass
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_without_a_part_a_file_is_begun_anew(tmp_path):
    write(tmp_path / "out.csv", ["ab"], resume=True)
    assert (tmp_path / "out.csv").read_bytes().decode() == f"{BOM}a,b\r\n"


@pytest.mark.parametrize(("output", "made_from"), [("/dev/null", INPUT), ("out.csv", None)])
def test_only_a_run_from_a_file_to_a_file_can_be_resumed(tmp_path, output, made_from):
    with pytest.raises(ResumeError, match="file"), create_csv(tmp_path / output, made_from, resume=True):
        pass


@pytest.mark.parametrize("resume", [False, True])
def test_a_file_that_another_run_is_writing_is_refused_and_comes_out_whole(tmp_path, resume):
    path = tmp_path / "out.csv"
    with create_csv(path, INPUT) as output:
        output.write([["a"], ["1"]])
        with pytest.raises(OutputInUse, match=f"Another run is writing {path}"):
            write(path, [["b"]], resume=resume)
        output.write([["2"]])
    assert path.read_bytes().decode() == f"{BOM}a\r\n1\r\n2\r\n"
    assert list(tmp_path.iterdir()) == [path]
    write(path, [["b"]], resume=resume)
    assert path.read_bytes().decode() == f"{BOM}b\r\n"


def test_a_folder_that_another_run_is_writing_is_refused_even_before_it_is_there(tmp_path):
    folder = tmp_path / "runs" / "model"
    for _ in range(2):
        with lock_folder(folder):
            with pytest.raises(OutputInUse, match=f"Another run is writing {folder}"), lock_folder(folder):
                pass
            with lock_folder(tmp_path / "runs" / "other"):
                pass
    assert list(folder.parent.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MissingFolder, match=f"no folder {tmp_path / 'missing'}"):
        write(tmp_path / "missing" / "out.csv", ["ab"])


@pytest.mark.parametrize("record", ["null", "{"])  # of a pipe, or cut off, as a run leaves it that was killed
def test_a_part_of_unknown_inputs_cannot_be_gone_on_with(tmp_path, record):
    (tmp_path / "out.csv.part").write_text("a\r\n")
    (tmp_path / "out.csv.part.json").write_text(record)
    with pytest.raises(ResumeError, match="not made from a file"), create_csv(tmp_path / "out.csv", INPUT, resume=True):
        pass


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5) | st.sampled_from(['"', "\r\n", '"\r\n', ","])
ROWS = st.lists(st.tuples(CELLS, CELLS).filter(lambda cells: "".join(cells).strip()), min_size=1, max_size=5)


@settings(max_examples=200, deadline=None)
@given(ROWS, st.data())
@pytest.mark.slow
def test_wherever_a_run_was_interrupted_it_goes_on_after_the_last_complete_row(tmp_path_factory, rows, data):
    path = tmp_path_factory.mktemp("out") / "out.csv"
    rows = [("a", "b"), *rows]
    with pytest.raises(KeyboardInterrupt):
        write(path, rows, fail=True)
    part = path.with_name("out.csv.part")
    whole = part.read_bytes()
    part.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])

    with create_csv(path, INPUT, resume=True) as output:
        kept = [tuple(row.values()) for row in output.read_kept()]
        assert kept == [tuple(map(escape_formula, row)) for row in rows[1 : 1 + len(kept)]]
        output.write(rows[1 + len(kept) if output.resumed else 0 :])

    assert path.read_bytes() == whole


@settings(max_examples=100, deadline=None)
@given(ROWS)
@pytest.mark.slow
def test_what_was_written_can_be_read_and_written_again(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("out") / "out.csv"
    write(path, [("a", "b"), *rows])
    with open_csv(path) as table:
        read = [tuple(row.cells.values()) for row in table.rows]
    assert read == [tuple(map(escape_formula, row)) for row in rows]
    first = path.read_bytes()
    write(path, [("a", "b"), *read])
    assert path.read_bytes() == first
