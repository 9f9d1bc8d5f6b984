"""A block of the listing while it is read: what is told of it so far, and what is not yet explained."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from scholar_etl.sources.blocks import Block, Cell
from scholar_etl.sources.names import Names
from scholar_etl.sources.selectors import AmbiguousOnPageError


@dataclass(slots=True)
class Row:
    """A block as it is read. `rest` are the cells that are not yet explained; `labelled` those with a label.

    `is_linked` tells that the page links the title to the paper, `is_marked` that, or that it makes a heading of it.
    `authors` and `affiliated` are the cells that gave the names and the affiliation, where each has its own.
    """

    block: Block
    position: int
    rest: list[Cell]
    published_on: date
    labelled: dict[str, list[Cell]] = field(default_factory=dict)
    has_labels: bool = False
    is_linked: bool = False
    is_marked: bool = False
    category: str | None = None
    has_code: bool = False
    title: Cell | None = None
    authors: Cell | None = None
    names: Names | None = None
    affiliated: Cell | None = None
    affiliation: str | None = None
    abstract: list[Cell] = field(default_factory=list)
    arxiv_id: str | None = None

    def unclear(self, rule: str, what: str) -> AmbiguousOnPageError:
        """Return the error that names this paper."""
        title = f" ({self.title.text[:60]!r})" if self.title else ""
        return AmbiguousOnPageError(rule, f"paper {self.position}{title}: {what}")
