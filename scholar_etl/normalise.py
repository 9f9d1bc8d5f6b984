"""Make facts comparable, and guess nothing: Unicode NFC, folded white space, canonical categories and keys."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from hashlib import blake2b

from scholar_etl.arxiv import full_category
from scholar_etl.model import Paper, Profile
from scholar_etl.text import normal_form

_NOT_KEPT = re.compile(r"[^a-z0-9]+")  # of ASCII, case-folded


def normalise_profile(profile: Profile) -> Profile:
    """Return the profile with every text in normal form, and each paper with its key and arXiv category."""
    return replace(
        profile,
        name=normal_form(profile.name),
        papers=tuple(_paper(paper) for paper in profile.papers),
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
        kept = _NOT_KEPT.sub("", folded)
    else:
        # Marks (category M) belong to the letters of many scripts.
        kept = "".join([c for c in folded if c.isalnum() or unicodedata.category(c)[0] == "M"])
    return f"title:{blake2b((kept or folded).encode(), digest_size=16).hexdigest()}"


def _paper(paper: Paper) -> Paper:
    title, authors, affiliation, abstract = _normal_texts(paper)
    return Paper(  # all of it, since `replace` takes thrice the time
        position=paper.position,
        title=title,
        category=paper.category,
        published_on=paper.published_on,
        has_code=paper.has_code,
        authors=authors,
        et_al=paper.et_al,
        affiliation=affiliation,
        abstract=abstract,
        arxiv_id=paper.arxiv_id,
        arxiv_category=full_category(paper.category),
        paper_id=paper_key(title, paper.arxiv_id),
    )


def _normal_texts(paper: Paper) -> tuple[str, tuple[str, ...], str | None, str | None]:
    """Return title, authors, affiliation and abstract in normal form, None where the page shows none."""
    title, authors, affiliation, abstract = paper.title, paper.authors, paper.affiliation, paper.abstract
    printed = " ".join([title, *authors, affiliation or "-", abstract or "-"])
    if printed.isascii() and normal_form(printed) == printed:  # one look at all of them, as nearly always
        return title, authors, affiliation or None, abstract or None
    return (
        normal_form(title),
        tuple(map(normal_form, authors)),
        normal_form(affiliation) if affiliation else None,
        normal_form(abstract) if abstract else None,
    )
