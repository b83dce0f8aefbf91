"""docs/tour.md: its code runs from top to bottom in one namespace."""

import re

from tests.conftest import ROOT

TOUR = ROOT / "docs" / "tour.md"


def test_the_code_of_the_tour_runs_and_its_claims_hold():
    text = TOUR.read_text("utf-8")
    namespace: dict[str, object] = {}
    for block in re.finditer(r"^```python\n(.*?)^```", text, flags=re.M | re.S):
        line = text.count("\n", 0, block.start(1))
        exec(compile("\n" * line + block[1], TOUR, "exec"), namespace)  # so that an error names the line in the tour
    assert "with_socks" in namespace  # the last block has run
