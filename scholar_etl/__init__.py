"""scholar-etl: the system of record for how researchers' public metrics change over time.

The public names (see `docs/python.md`): `extract_page`, `Warehouse`, `connect` and the plain data they exchange.
They are imported when first used, so that `import scholar_etl` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scholar_etl.version import __version__

if TYPE_CHECKING:
    from scholar_etl.errors import ScholarEtlError
    from scholar_etl.extract import extract_page, observe
    from scholar_etl.model import Extraction, Metrics, Observation, Outcome, Paper, Problem, Profile
    from scholar_etl.store import Warehouse, connect

__all__ = [
    "Extraction",
    "Metrics",
    "Observation",
    "Outcome",
    "Paper",
    "Problem",
    "Profile",
    "ScholarEtlError",
    "Warehouse",
    "__version__",
    "connect",
    "extract_page",
    "observe",
]

_HOME = {
    "ScholarEtlError": "errors",
    "extract_page": "extract",
    "observe": "extract",
    "Warehouse": "store",
    "connect": "store",
}

# In a checkout flows/ and warehouse/ lie beside the package; once installed they are inside it.
if (Path(__file__).parents[1] / "warehouse" / "migrations").is_dir():
    __path__.append(str(Path(__file__).parents[1]))


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME.get(name, 'model')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
