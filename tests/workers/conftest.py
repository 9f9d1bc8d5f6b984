"""An S3 server, and a project folder on the bundled site."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from testbed import bench, clean, running_site, site

__all__ = ["bench", "bucket", "clean", "running_site", "s3_url", "site"]


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """Start an S3 server in a process of its own; return its address."""
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        try:
            line = next(line for line in server.stderr if "Running on" in line)
            yield line.split()[-1]
        finally:
            server.kill()


@pytest.fixture
def bucket(s3_url: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """Return the address of a fresh bucket; the environment says where it is, and with which credentials."""
    import boto3

    for name, value in {
        "AWS_ENDPOINT_URL": s3_url,
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "no_proxy": "127.0.0.1,localhost",
    }.items():
        monkeypatch.setenv(name, value)
    name = "".join(c if c.isalnum() else "-" for c in request.node.name.lower())[:50].strip("-")
    boto3.client("s3").create_bucket(Bucket=name)
    return f"s3://{name}/captures"
