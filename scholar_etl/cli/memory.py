"""A bound on the memory of this process while DuckDB works.

DuckDB's own limit leaves out what a function makes inside one value: with a limit of 200 MB, `len(range(200_000_000))`
took 14 GB.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from types import TracebackType

_STATM_DATA = 5  # the field of /proc/self/statm that RLIMIT_DATA is held against, in pages


class MemoryBound:
    """Context manager: within it this process may take `more_mb` MB more than it had when the bound was made.

    MB are 1,000,000 bytes. It may be entered again and again. Beyond it an allocation fails; so not much of Python
    should run within, whose threads do not bear that. Where the system keeps to no such bound (it is not Linux), it is
    none.
    """

    def __init__(self, more_mb: float) -> None:
        self._before = resource.getrlimit(resource.RLIMIT_DATA)
        soft, hard = self._before
        bounds = {soft, hard} - {resource.RLIM_INFINITY}
        if sys.platform == "linux":
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[_STATM_DATA])
            bounds.add(pages * resource.getpagesize() + round(more_mb * 1e6))
        self._within = (min(bounds, default=soft), hard)

    def __enter__(self) -> None:
        resource.setrlimit(resource.RLIMIT_DATA, self._within)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        resource.setrlimit(resource.RLIMIT_DATA, self._before)
