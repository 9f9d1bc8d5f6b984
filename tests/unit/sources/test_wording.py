"""The words of a paper's block."""

from __future__ import annotations

from datetime import date

import pytest

from scholar_etl.sources.wording import is_furniture, label_ahead, read_date, without_label


@pytest.mark.parametrize(
    "category", ["AS", "cs.LG", "stat.ML", "quant-ph", "str-el", "physics.optics", "physics.ao-ph", "cond-mat.soft"]
)
def test_a_date_line_has_any_category(category: str) -> None:
    """Whatever arXiv calls a category, a line that gives it beside the date is read."""
    line = read_date(f"{category} · May 30, 2022 · Code")
    assert line is not None
    assert (line.category, line.day, line.has_badge) == (category, date(2022, 5, 30), True)


def test_what_is_no_category_makes_no_date_line() -> None:
    """A word beside a date tells that the text is prose."""
    assert read_date("until-when · May 30, 2022") is None
    assert read_date("in May 30, 2022") is None


@pytest.mark.parametrize("text", ["Published May 30, 2022", "Published on 30 May 2022", "Date: May 30, 2022"])
def test_a_date_may_be_labelled(text: str) -> None:
    """The word that says what the date is of may stand before it, unless it is of something else."""
    line = read_date(text)
    assert line is not None
    assert line.day == date(2022, 5, 30)
    assert read_date(text.replace("Published", "Updated").replace("Date", "Updated")) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Abstract: We show", ("Abstract", "We show")),
        ("Abstract. We show", ("Abstract", "We show")),
        ("Abstract—We show", ("Abstract", "We show")),
        ("Summary – We show", ("Summary", "We show")),
        ("Published on: May", ("Published on", "May")),
        ("Code. Data. Both are there", None),
        ("Abstract-syntax trees", None),
        ("Abstract thought is", None),
        ("We show: it", None),
    ],
)
def test_labels_ahead(text: str, expected: tuple[str, str] | None) -> None:
    """The label of an abstract is told from its first word; of other fields, only a colon makes a label."""
    assert label_ahead(text) == expected


def test_an_identifier_is_furniture() -> None:
    """The arXiv id is read from the title's link; printed in a block it is no field."""
    assert is_furniture("arXiv:2205.14807v1")
    assert not is_furniture("arXiv:2205.14807 and more")


def test_a_label_of_another_field_stays() -> None:
    """Only the label that is asked for is taken off."""
    assert without_label("Category: CL", "date") == "Category: CL"
