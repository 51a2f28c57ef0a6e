"""A server that speaks S3, with a bucket in it."""

import logging
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from common.settings import Settings

_KEY, _SECRET, _REGION = "tests", "a secret of the tests", "eu-central-1"


class S3Server:
    """A running server; `bucket_settings` make the system keep its files there, `client` looks into the bucket."""

    def __init__(self, endpoint: str) -> None:
        # The library keeps one set of buckets for the whole process, however many servers run in it.
        self._bucket = f"branchwise-tests-{secrets.token_hex(4)}"
        self.bucket_settings: dict[str, Any] = {
            "s3_bucket": self._bucket,
            "s3_region": _REGION,
            "s3_endpoint": endpoint,
            "s3_access_key_id": _KEY,
            "s3_secret_access_key": _SECRET,
        }
        self._client: Any = boto3.client(
            "s3", endpoint_url=endpoint, region_name=_REGION, aws_access_key_id=_KEY, aws_secret_access_key=_SECRET
        )
        self._client.create_bucket(Bucket=self._bucket, CreateBucketConfiguration={"LocationConstraint": _REGION})

    def settings(self, settings: Settings) -> Settings:
        """The same settings with files in the bucket."""
        return Settings.model_validate(settings.model_dump() | self.bucket_settings)

    def names(self) -> set[str]:
        """Every object's name."""
        return {one["Key"] for one in self._client.list_objects_v2(Bucket=self._bucket).get("Contents", [])}


@contextmanager
def s3_server() -> Generator[S3Server]:
    """A server of its own for as long as this lasts."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield S3Server(f"http://{host}:{port}")
    finally:
        server.stop()
