"""A project folder on the bundled site."""

from testbed import bench, clean, refreshed, running_site, site

__all__ = ["bench", "clean", "refreshed", "running_site", "site"]
