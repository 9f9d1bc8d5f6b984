"""Fetching as a welcome guest: requests in, responses out, each failure a response of its own.

fetcher     the public, synchronous face: one event loop in its own thread
session     one request: robots.txt, pacing, redirects, retries, decoding
client      the only user of httpx: one exchange on the wire, bounded
doors       whom this run asks no more
pacing      how often and how widely a host is asked
robots      what a host allows
ratelimits  when a site wants to be asked again
retrying    what may succeed on a second try, and when
"""

from scholar_etl.fetch.client import host_of
from scholar_etl.fetch.fetcher import Fetcher
from scholar_etl.fetch.pacing import Gate

__all__ = ["Fetcher", "Gate", "host_of"]
