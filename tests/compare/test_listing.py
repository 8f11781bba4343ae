"""A validation as a notebook and Fiji show it: short, readable, from the engine's own name to the reason."""

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import coloc_bridge as cb
from coloc_bridge import twins
from coloc_bridge.compare import Verdict, validate_set
from coloc_bridge.compare.listing import COLUMNS, listed, summary


@pytest.fixture(scope="module")
def recorded():
    return validate_set(cases=["sparse-8bit"])


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COLOC_BRIDGE_FIJI", raising=False)
        a, b = np.random.default_rng(2).integers(0, 200, (2, 30, 40)).astype(np.uint8)
        return cb.validate(
            a,
            b,
            engines=["coloc2", "jacop"],
            fiji=str(tmp_path_factory.mktemp("no fiji")),
            name="<script>alert(1)</script>",
        )


def test_a_row_reads_from_the_engines_name_to_the_reason(recorded) -> None:
    rows = listed(recorded)
    assert all(tuple(row) == COLUMNS for row in rows)
    assert COLUMNS[:5] == ("number", "value", "standard", "verdict", "why")
    [case] = recorded.cases
    for row, comparison in zip(rows, case.comparisons, strict=True):
        if comparison.quantity in twins.columns(comparison.engine):
            assert row["number"] == twins.columns(comparison.engine)[comparison.quantity].strip()
        if isinstance(comparison.recorded.value, float):
            assert row["value"] == comparison.recorded.value
        assert row["verdict"] == comparison.verdict.value
        assert all(reason in row["why"] for reason in comparison.reasons)


def test_the_reason_is_a_sentence_with_the_id_of_its_entry(recorded) -> None:
    titles = {entry.id: entry.title for entry in recorded.differences}
    [case] = recorded.cases
    explained = [(row, c.reasons) for row, c in zip(listed(recorded), case.comparisons, strict=True) if c.reasons]
    assert len(explained) >= 23
    for row, reasons in explained:
        assert all(f"{titles[reason]} ({reason})" in row["why"] for reason in reasons)


def test_the_summary_counts_what_is_below(recorded) -> None:
    rows, above = listed(recorded), summary(recorded)
    assert above["number"] == f"all {len(rows)} numbers: all accounted for"
    assert above["verdict"] == "all accounted for"
    for part in above["why"].split(", "):
        count, verdict = part.split(" ", 1)
        assert int(count) == sum(row["verdict"] == verdict for row in rows)


def test_where_no_engine_ran_the_twin_stands_and_is_called_so(own) -> None:
    rows = listed(own)
    assert summary(own)["verdict"] == "no engine ran"
    assert {row["engine"].endswith(" (twin)") for row in rows} == {True}
    assert [str(row["value"]) for row in rows] == [str(row["twin"]) for row in rows]  # some are NaN


def test_the_repr_is_one_line(recorded, own) -> None:
    for result in (recorded, own, recorded.cases[0]):
        assert len(repr(result)) < 300
        assert "\n" not in repr(result)
    assert "all accounted for" in repr(recorded)


def test_a_frame_has_every_row_of_every_case() -> None:
    result = validate_set(cases=["sparse-8bit", "few-levels-8bit"], engines=["coloc2"])
    frame = result.to_frame()
    assert len(frame) == len(result.comparisons)
    assert frame["case"].unique().tolist() == ["sparse-8bit", "few-levels-8bit"]
    assert f"{len(frame)} rows are not shown" in result._repr_html_()


class Reader(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.data = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.data.append(data)


def test_the_html_shows_every_row_of_one_case_and_no_markup_of_names(recorded, own) -> None:
    page = Reader(recorded._repr_html_())
    assert page.tags.count("tr") == 2 + len(recorded.counts()) + len(recorded.comparisons)
    assert "Manders' tM1 (Above autothreshold of Ch2)" in page.data
    assert "script" not in Reader(own._repr_html_()).tags


def test_what_is_not_accounted_for_stands_first(recorded) -> None:
    [case] = recorded.cases
    wrong = (*case.comparisons[:-1], replace(case.comparisons[-1], verdict=Verdict.DISAGREES))
    broken = replace(recorded, cases=(replace(case, comparisons=wrong),))
    assert repr(broken).startswith(
        f"<Validation of 1 image pair, all {len(wrong)} numbers: 1 not accounted for: 1 DISAGREES"
    )
    html = broken._repr_html_()
    first = html.split("<tbody>")[2].split("</tr>")[0]
    assert "DISAGREES" in first
