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
    title = normal_form(paper.title)
    return Paper(  # all of it, since `replace` takes thrice the time
        position=paper.position,
        title=title,
        category=paper.category,
        published_on=paper.published_on,
        has_code=paper.has_code,
        authors=tuple(map(normal_form, paper.authors)),
        et_al=paper.et_al,
        affiliation=normal_form(paper.affiliation) if paper.affiliation else None,
        abstract=normal_form(paper.abstract) if paper.abstract else None,
        arxiv_id=paper.arxiv_id,
        arxiv_category=full_category(paper.category),
        paper_id=paper_key(title, paper.arxiv_id),
    )
