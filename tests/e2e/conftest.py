"""A project folder on the bundled site."""

from testbed import bench, clean, refreshed, running_site, settled, site

__all__ = ["bench", "clean", "refreshed", "running_site", "settled", "site"]
