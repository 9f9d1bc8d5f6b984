"""Make facts comparable, and guess nothing: Unicode NFC, folded white space, canonical categories and keys."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from hashlib import blake2b

from scholar_etl.arxiv import full_category
from scholar_etl.model import Paper, Profile
from scholar_etl.text import composed, fold, normal_form

_NOT_KEPT = re.compile(r"[^a-z0-9]+")  # of ASCII, case-folded


def normalise_profile(profile: Profile) -> Profile:
    """Return the profile with every text in normal form, and each paper with its key and arXiv category.

    A paper that has its key was made by `normal_paper`, and stays as it is.
    """
    return replace(
        profile,
        name=normal_form(profile.name),
        papers=tuple([paper if paper.paper_id else _normalised(paper) for paper in profile.papers]),
    )


def normal_paper(
    position: int,
    title: str,
    category: str | None,
    published_on: date | None,
    has_code: bool,
    authors: Iterable[str],
    et_al: bool,
    affiliation: str | None,
    abstract: str | None,
    arxiv_id: str | None,
) -> Paper:
    """Return a paper in normal form, with its key and arXiv category, given its texts folded; None is not shown."""
    title = composed(title)
    return Paper(
        position=position,
        title=title,
        category=category,
        published_on=published_on,
        has_code=has_code,
        authors=tuple(map(composed, authors)),
        et_al=et_al,
        affiliation=composed(affiliation) if affiliation else None,
        abstract=composed(abstract) if abstract else None,
        arxiv_id=arxiv_id,
        arxiv_category=full_category(category),
        paper_id=paper_key(title, arxiv_id),
    )


def paper_key(title: str, arxiv_id: str | None) -> str:
    """Return a paper's id: `arxiv:<id without version>` where one is linked, else `title:<hash>`.

    The hash is BLAKE2b, 128 bit, hexadecimal, of the title in NFKC and case-folded, letters and digits only: the same
    paper under another spacing, dash or quotation mark keeps its key.
    """
    if arxiv_id:
        return f"arxiv:{arxiv_id}"
    folded = (title if title.isascii() else unicodedata.normalize("NFKC", title)).casefold()
    if folded.isascii():
        kept = folded.replace(" ", "")
        if not kept.isalnum():
            kept = _NOT_KEPT.sub("", kept)
    else:
        # Marks (category M) belong to the letters of many scripts.
        kept = "".join([c for c in folded if c.isalnum() or unicodedata.category(c)[0] == "M"])
    return f"title:{blake2b((kept or folded).encode(), digest_size=16).hexdigest()}"


def _normalised(paper: Paper) -> Paper:
    return normal_paper(
        position=paper.position,
        title=fold(paper.title),
        category=paper.category,
        published_on=paper.published_on,
        has_code=paper.has_code,
        authors=map(fold, paper.authors),
        et_al=paper.et_al,
        affiliation=fold(paper.affiliation) if paper.affiliation else None,
        abstract=fold(paper.abstract) if paper.abstract else None,
        arxiv_id=paper.arxiv_id,
    )
