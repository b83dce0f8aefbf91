"""CSV files as people and spreadsheets write them: each row whole or refused by its line."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.shop.csv_file import MAX_CELL, CsvError, CsvProblem, open_csv

UNMARKED = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
PLAIN = [(2, {"shopper": "A", "purchased": "Ball; Cap"})]


def read(content: str | bytes) -> list[tuple[int, dict[str, str] | str]]:
    """Each row's line, and its cells or why it is refused."""
    with open_csv(content if isinstance(content, bytes) else content.encode()) as table:
        return [(row.line, row.problem or row.cells) for row in table.rows]


@pytest.mark.parametrize(
    "content",
    [
        "shopper,purchased\nA,Ball; Cap\n",
        "\ufeffshopper,purchased\r\nA,Ball; Cap\r\n",
        "shopper,purchased\rA,Ball; Cap\r",
        "shopper,purchased\nA,Ball; Cap",
        'shopper;purchased\nA;"Ball; Cap"\n',
        "shopper\tpurchased\nA\tBall; Cap\n",
        " Shopper , PURCHASED\nA,Ball; Cap\n",
        'shopper, "purchased"\nA, "Ball; Cap"\n',
        '"shopper","purchased"\n"A","Ball; Cap"\n',
        "shopper,purchased,,\nA,Ball; Cap,,\n",
        "shopper,purchased\nA,Ball; Cap, ,\n",
        "shopper,purchased\nA,Ball; Cap\n".encode("utf-16"),
        "\ufeffshopper\tpurchased\r\nA\tBall; Cap\r\n".encode("utf-16-be"),
    ],
)
def test_what_spreadsheets_write_is_one_table(content):
    assert read(content) == PLAIN


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("\n\r\na;b\n1;2\n", [(4, {"a": "1", "b": "2"})]),
        ("sep=;\na;b\n1;2\n", [(3, {"a": "1", "b": "2"})]),
        ('"sep=|"\r\na|b,c\r\n1|2\r\n', [(3, {"a": "1", "b,c": "2"})]),
        ("sep=;,,,,\na,b\n1,2\n", [(3, {"a": "1", "b": "2"})]),  # as Google Sheets saves it
        ("sep=;;;;\na;b\n1;2\n", [(3, {"a": "1", "b": "2"})]),
        ('"a\nb";c\n1;2\n', [(3, {"a b": "1", "c": "2"})]),
        ('a;"b\n, c\n, d, e";f\n1;2;3\n', [(4, {"a": "1", "b , c , d, e": "2", "f": "3"})]),
        (
            '="a";b\n="00123";2\n"=""01""";="x ""y"" z"\n',
            [(2, {"a": "00123", "b": "2"}), (3, {"a": "01", "b": 'x "y" z'})],
        ),
        ('a,b\n=1+1,"=""1""&A1"\n', [(2, {"a": "=1+1", "b": '="1"&A1'})]),
        ('a,b\n"x\ny",1\nz,2\n', [(2, {"a": "x\ny", "b": "1"}), (4, {"a": "z", "b": "2"})]),
        ('a, b\n"x, y", "1, ""2"""\n', [(2, {"a": "x, y", "b": '1, "2"'})]),
        (
            'a,b,c\n1, "x\ny", z\n2, x,y\n',
            [(2, {"a": "1", "b": "x\ny", "c": "z"}), (4, {"a": "2", "b": " x", "c": "y"})],
        ),
        ("a,b\nx\u2028y,1\n", [(2, {"a": "x\u2028y", "b": "1"})]),
        ("a,b\n" + "x" * 200_000 + ",1\n", [(2, {"a": "x" * 200_000, "b": "1"})]),
        ("a,b\n\n1\n\n", [(3, {"a": "1", "b": ""})]),
        (",b\n0,1\n", [(2, {"": "0", "b": "1"})]),  # the index that pandas writes
        ("a,,b,,c\n1,2,3,4,5\n", [(2, {"a": "1", " ": "2", "b": "3", "   ": "4", "c": "5"})]),
        (",,\n ,\na,b,\n,,\n1,2\n,,,,\n", [(5, {"a": "1", "b": "2"})]),  # padded, as Excel does it
        (';;\na;b\n"";" "\n1;2\n', [(4, {"a": "1", "b": "2"})]),
        ("a\n", []),
        ("a;b (x, y, z);c\n1;2;3\n", [(2, {"a": "1", "b (x, y, z)": "2", "c": "3"})]),  # as many commas as semicolons
        ("a\nBall; Cap\nSaw, Rake\n", [(2, {"a": "Ball; Cap"}), (3, "the row has 2 cells, the header 1.")]),
    ],
)
def test_rows_survive_whole_with_the_line_on_which_they_begin(content, rows):
    assert read(content) == rows


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        (
            ['1|"LED, 24|x', "2|Saw|y", '3|Monitor 24"|z'],
            [["1", '"LED, 24', "x"], ["2", "Saw", "y"], ["3", 'Monitor 24"', "z"]],
        ),
        (['"LED|1|x', 'Saw 24"|2|y'], [['"LED', "1", "x"], ['Saw 24"', "2", "y"]]),
        (['1|x|"LED', '2|y|Saw 24"'], [["1", "x", '"LED'], ["2", "y", 'Saw 24"']]),
        (['1|"LED|Saw 24"', "2|Saw|y"], [["1", '"LED', 'Saw 24"'], ["2", "Saw", "y"]]),
        (['1|"LED|x', "2|Saw|y"], [["1", '"LED', "x"], ["2", "Saw", "y"]]),
        (['1|"LED', '2|Saw 24"|y'], [["1", '"LED', ""], ["2", 'Saw 24"', "y"]]),
        (['1|"Quick" Saw|x', '2| "Quick" Saw|y'], [["1", '"Quick" Saw', "x"], ["2", ' "Quick" Saw', "y"]]),
        (['1|"LED" 24"|="007"'], [["1", '"LED" 24"', "007"]]),
        (['1|"Saw, 17"" wide"|x'], [["1", 'Saw, 17" wide', "x"]]),  # as Excel and pandas quote
        (['1|"Saw', 'for ""wood"""|x', "2|Rake|y"], [["1", 'Saw\nfor "wood"', "x"], ["2", "Rake", "y"]]),
        (['"Saw', 'for wood"|1|x'], [["Saw\nfor wood", "1", "x"]]),
        (['1|x|"Saw', "", 'for wood"', "2|y|Rake"], [["1", "x", "Saw\n\nfor wood"], ["2", "y", "Rake"]]),
        (['1|"Saw|big"|x'], [["1", "Saw\tbig", "x"]]),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_between_tabs_a_quotation_mark_may_be_part_of_the_text(lines, rows, end):
    content = "".join(f"{line}{end}".replace("|", "\t") for line in ["a|b|c", *lines])
    read_cells = [[*cells.values()] for _, cells in read(content)]
    assert [[cell.replace("\r\n", "\n") for cell in cells] for cells in read_cells] == rows


def test_a_row_is_refused_by_its_own_line_below_literal_quotation_marks():
    assert read('a\tb\n1\t"x\n2\t"y" z\n3\t"p\nq"\n1\t2\t3\n') == [
        (2, {"a": "1", "b": '"x'}),
        (3, {"a": "2", "b": '"y" z'}),
        (4, {"a": "3", "b": "p\nq"}),
        (6, "the row has 3 cells, the header 2."),
    ]
    assert read('a 1"\tb\n"x\t2\ny"\t3\n') == [(2, {'a 1"': '"x', "b": "2"}), (3, {'a 1"': 'y"', "b": "3"})]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("a,b\n1,2\n1,2,3\n4,5\n", 3, "the row has 3 cells, the header 2."),
        ('a,b\n1,2\n"x"y,2\n4,5\n', 3, "a quotation mark stands inside of a cell."),
        ('a,b\n1,2\n"x,2\n"y",3\n4,5\n', 3, "a quotation mark stands inside of a cell (it goes on to line 4)."),
    ],
)
def test_a_bad_row_is_refused_by_its_line_and_the_others_go_through(content, line, reason):
    rows = read(content)
    assert rows[0] == (2, {"a": "1", "b": "2"}) and rows[-1][1] == {"a": "4", "b": "5"}
    assert rows[1] == (line, reason)


@pytest.mark.parametrize(
    ("content", "problem", "line"),
    [
        (b"a,b\n1,2\ncaf\xe9,3\n", CsvProblem.ENCODING, 3),
        (b"a\n" + b"1\n" * 30_000 + b"\xff\n", CsvProblem.ENCODING, 30_002),
        (b"caf\xe9\n1\n", CsvProblem.ENCODING, 1),
        ("a\n1\n".encode("utf-16") + b"\0", CsvProblem.ENCODING, 3),
        ("a,b\n1,\ud800\n".encode("utf-32", "surrogatepass"), CsvProblem.ENCODING, 2),
        *(
            (content.encode(coding), CsvProblem.ENCODING, 1)
            for content in ("a,b\n1,2\n", "sep=;\na;b\n")
            for coding in UNMARKED
        ),
        ("\n\na\n".encode("utf-16-le"), CsvProblem.ENCODING, 2),
        (b'a\n1\n"never closed\n2\n', CsvProblem.CSV, 3),
        (b'a,"never closed\n2\n', CsvProblem.CSV, 1),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", CsvProblem.WORKBOOK, 0),
        (b"PK\x03\x04\x14\0", CsvProblem.WORKBOOK, 0),
        (b"a,b,A \n1,2,3\n", CsvProblem.HEADER, 1),
        (b'"a"b,c\n1,2\n', CsvProblem.HEADER, 1),
    ],
)
def test_a_file_that_cannot_be_told_apart_is_refused_with_its_line(content, problem, line):
    with pytest.raises(CsvError) as refused:
        read(content)
    assert (refused.value.problem, refused.value.line) == (problem, line)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("named", ["cp1252", "utf-8", "utf-16-le", None])
def test_the_mark_of_a_file_wins_over_the_encoding_that_is_named(encoding, named):
    with open_csv("Säge\nDübel\n".encode(encoding), named) as table:
        assert [row.cells for row in table.rows] == [{"säge": "Dübel"}]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_an_encoding_whose_mark_is_missing_is_refused_by_its_name(encoding):
    with (
        pytest.raises(CsvError, match=f"line 1, is not {encoding.upper()} text") as refused,
        open_csv(b"a,b\n1,2\n3,4\n", encoding),
    ):
        pass
    assert refused.value.problem == CsvProblem.ENCODING


def test_a_cell_without_end_is_refused():
    for content in (b"x" * (MAX_CELL + 2), b"a\n" + b"x" * (MAX_CELL + 2)):
        with pytest.raises(CsvError, match="over 16,777,216 characters"):
            read(content)


def test_a_missing_column_and_a_missing_file_are_named(tmp_path):
    with open_csv(b"a,B\n") as table, pytest.raises(CsvError, match=r"lacks c, d; it has a, B\."):
        table.require("b", "c", "d")
    with pytest.raises(CsvError, match="cannot be read"), open_csv(tmp_path / "none.csv"):
        pass


def test_of_many_columns_the_first_ten_are_named_and_of_each_the_printable_beginning():
    names = ["\x1b[31ma", "b" * 61, *(f"c{n}" for n in range(20_000))]
    with open_csv(",".join(names).encode()) as table, pytest.raises(CsvError) as refused:
        table.require("purchased")
    listed = f"[31ma, {'b' * 59}…, {', '.join(names[2:10])}, …"
    assert str(refused.value) == f"The file: the header lacks purchased; it has {listed}."
    with (
        pytest.raises(CsvError, match=f'names the column "{"b" * 59}…" twice'),
        open_csv(f"{names[1]},{names[1]}".encode()),
    ):
        pass


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ['"', ",;\t", "\r\n", "\u2028"]
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@pytest.mark.slow
def test_any_row_survives_whole_or_is_refused_by_its_line(rows, delimiter, end, encoding):
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow("abc")
    expected = []
    for cells in rows:
        written = text.getvalue().replace("\r\n", "\n").replace("\r", "\n")
        line = written.count("\n") + 1
        writer.writerow(cells)
        whole = dict(zip("abc", [*cells, "", "", ""], strict=False))
        if "".join(cells).strip():  # a blank row is skipped
            expected.append((line, "the row has 4 cells, the header 3." if "".join(cells[3:]).strip() else whole))

    assert read(text.getvalue().encode(encoding)) == expected
