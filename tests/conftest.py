"""What tests of every part share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# No test is judged by the clock; on CI hypothesis also stops choosing at random, and that stays.
settings.register_profile("suite", parent=settings(), deadline=None)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of reference files beside the project; skip where there is none, unless CI requires it."""
    folder = Path(os.environ.get("SCHOLAR_ETL_SHARED") or Path(__file__).parents[2] / "shared")
    if not folder.is_dir():
        if os.environ.get("SCHOLAR_ETL_REQUIRE_SHARED") == "1":
            pytest.fail(f"no reference files at {folder}: set SCHOLAR_ETL_SHARED to their folder")
        pytest.skip(f"no reference files at {folder}")
    return folder
