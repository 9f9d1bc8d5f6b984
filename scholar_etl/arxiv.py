"""arXiv's category taxonomy (arxiv.org/category_taxonomy, 2026): which full category a short code can mean."""

from __future__ import annotations

_TAXONOMY = {
    "astro-ph": "CO EP GA HE IM SR",
    "cond-mat": "dis-nn mes-hall mtrl-sci other quant-gas soft stat-mech str-el supr-con",
    "cs": "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE NI OH OS PF PL "
    "RO SC SD SE SI SY",
    "econ": "EM GN TH",
    "eess": "AS IV SP SY",
    "math": "AC AG AP AT CA CO CT CV DG DS FA GM GN GR GT HO IT KT LO MG MP NA NT OA OC PR QA RA RT SG SP ST",
    "nlin": "AO CD CG PS SI",
    "physics": "acc-ph ao-ph app-ph atm-clus atom-ph bio-ph chem-ph class-ph comp-ph data-an ed-ph flu-dyn gen-ph "
    "geo-ph hist-ph ins-det med-ph optics plasm-ph pop-ph soc-ph space-ph",
    "q-bio": "BM CB GN MN NC OT PE QM SC TO",
    "q-fin": "CP EC GN MF PM PR RM ST TR",
    "stat": "AP CO ME ML OT TH",
}
_WITHOUT_CODE = (
    "gr-qc",
    "hep-ex",
    "hep-lat",
    "hep-ph",
    "hep-th",
    "math-ph",
    "nucl-ex",
    "nucl-th",
    "quant-ph",
)

# What papers of the first years are still filed under: archives from before they had codes, and ones taken into others.
_RETIRED = (
    "acc-phys adap-org alg-geom ao-sci astro-ph bayes-an chao-dyn cmp-lg comp-gas cond-mat dg-ga funct-an mtrl-th "
    "patt-sol q-alg q-bio solv-int"
)

# Sites use ML for machine learning at large (stat.ML and what is filed under cs.LG), so the code alone tells nothing.
_LOOSE_CODES = frozenset(("ML",))


def _by_code() -> dict[str, str | None]:
    meanings: dict[str, str | None] = dict.fromkeys(_LOOSE_CODES)
    for archive, codes in _TAXONOMY.items():
        for code in codes.split():
            full = f"{archive}.{code}"
            meanings[code] = None if code in meanings else full
            meanings[full] = full
    meanings.update((name, name) for name in (*_WITHOUT_CODE, *_RETIRED.split()))
    return meanings


_MEANINGS = _by_code()


def is_known_code(text: str) -> bool:
    """Tell whether a text is a category (`eess.AS`) or the part of one after the dot (`AS`)."""
    return text in _MEANINGS


def full_category(code: str | None) -> str | None:
    """Return the full category of a code where only one fits, else None: AS is eess.AS; IT is cs or math."""
    return _MEANINGS.get(code) if code is not None else None
