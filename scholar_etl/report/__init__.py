"""A static site that shows what the published warehouse knows: pages to look at without a server and without a network.

A report is a function of the published file, of the time that it looks back over, and of this package.
"""

from scholar_etl.report.build import Built, build_report

__all__ = ["Built", "build_report"]
