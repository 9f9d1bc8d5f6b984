"""A site for the tests that share one."""

from testbed import clean, running_site, site

__all__ = ["clean", "running_site", "site"]
