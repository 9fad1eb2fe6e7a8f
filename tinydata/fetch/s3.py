"""Files of S3, by `s3://bucket/key`: obstore finds who asks and signs, and the signed addresses are read as those of any web server.

obstore would read too, but then each fault would be met twice, here and there, in two ways: its waits take no Retry-After, and a
source that changes under it goes unseen.
"""

from __future__ import annotations

import os
from datetime import timedelta
from email.message import Message
from typing import Any

from tinydata.errors import AccessDenied, BadAddress, NoAnswer, NoSuchAddress
from tinydata.extras import need
from tinydata.fetch import http, patience
from tinydata.fetch.http import Connections
from tinydata.fetch.remote import Passing
from tinydata.fetch.web import WebOrigin

_VALID = timedelta(hours=1)
_OWN = (
    "ACCESS_KEY_ID",
    "WEB_IDENTITY_TOKEN_FILE",
    "CONTAINER_CREDENTIALS_RELATIVE_URI",
    "CONTAINER_CREDENTIALS_FULL_URI",
)


class Bucket:
    """A bucket, as who the environment says: AWS_ACCESS_KEY_ID and its like, else what boto3 finds if it is there, else a stranger.

    Args:
        address: `s3://bucket/...`.
        connections: What to ask through.

    Attributes:
        name: Its own.
        key: What the address names in it.

    Raises:
        BadAddress: It names no bucket.
        MissingExtra: obstore is not installed.
    """

    def __init__(self, address: str, connections: Connections) -> None:
        self.name, _, self.key = address.partition("://")[2].partition("/")
        if not self.name:
            raise BadAddress(address, "not as in s3://bucket/key")
        self._connections, self._obstore = connections, need("obstore", extra="s3")
        self._region: str | None = None
        self._login = _login()
        self._store = self._signing_store()

    def origin(self, key: str, name: str) -> WebOrigin:
        """A file of it; `name` is what to call it."""
        return WebOrigin(self._connections, name, lambda: self._signed(key), refusal=self._refusal)

    def keys(self, start: str) -> list[str]:
        """The keys that begin so.

        Raises:
            RemoteError: They could not be had.
        """
        where = f"s3://{self.name}/{start}"
        try:
            store = self._new_store({"skip_signature": True}) if self._login is None else self._store
            return [entry["path"] for page in self._obstore.list(store, start or None) for entry in page]
        except self._obstore.exceptions.BaseError as error:  # of one class for all that may go wrong
            said = str(error).splitlines()[0]
            if "NoSuchBucket" in str(error):
                raise NoSuchAddress(where, "no such bucket") from error
            if "status code: 401" in said or "status code: 403" in said:
                raise AccessDenied(where, "its files may not be listed") from error
            raise NoAnswer(where, f"no answer: {said}") from error

    def _signed(self, key: str) -> str:
        try:
            signed = str(self._obstore.sign(self._store, "GET", key, _VALID))
        except self._obstore.exceptions.BaseError as error:
            problem = f"no credentials: {str(error).splitlines()[0]}"
            raise AccessDenied(f"s3://{self.name}/{key}", problem) from error
        return signed.split("?")[0] if self._login is None else signed

    def _signing_store(self) -> Any:
        # A stranger's address is one that was signed, without its signature.
        stranger = {"access_key_id": "-", "secret_access_key": "-"}
        return self._new_store(stranger if self._login is None else self._login)

    def _new_store(self, login: dict[str, Any]) -> Any:
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
        region = {"region": self._region} if self._region else {}
        options = {"allow_http": endpoint.startswith("http://"), "timeout": timedelta(seconds=http.TIMEOUT_SECONDS)}
        retries = {"retry_timeout": timedelta(seconds=patience.PATIENCE_SECONDS)}  # its own are three minutes
        return self._obstore.store.S3Store(self.name, client_options=options, retry_config=retries, **login, **region)

    def _refusal(self, status: int, headers: Message) -> Passing | None:
        """A bucket of another region says of which, and is asked there."""
        region = headers.get("x-amz-bucket-region")
        if status in (301, 307, 400) and region and region != self._region:
            self._region = region
            self._store = self._signing_store()
            return Passing(NoAnswer(f"s3://{self.name}", f"it lies in {region}"), after=0)
        return None


def _login() -> dict[str, Any] | None:
    """What makes a store sign; None for a stranger."""
    if os.environ.get("AWS_SKIP_SIGNATURE", "").lower() in ("1", "true", "yes", "on"):
        return None
    if any(os.environ.get(f"AWS_{name}") for name in _OWN):
        return {}
    try:
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ModuleNotFoundError:
        return None
    try:
        return {"credential_provider": Boto3CredentialProvider()}
    except ValueError:  # boto3 finds none
        return None
