"""The service key of SSE-S3: wrapping, unwrapping and rotation (data-key.md, rotation.md)."""

from __future__ import annotations

from .data_key import generate, service_version, unwrap_service, wrap_service
from .words import Refusal
from .world import World
from .xaes import NONCE_BYTES


def new_data_key(world: World, bucket: str, key: str) -> tuple[bytes, bytes]:
    """A data key and its wrapped form under the newest version of the service key."""
    # r[sse.put.fresh-data-key]
    # r[sse.put.sse-s3-no-kms-request]
    data_key = generate(world.random)
    version = max(world.service_keys)
    # r[data-key.wrap.nonce]
    # r[rotation.service-key.new-puts]
    nonce = world.random(NONCE_BYTES)
    blob = wrap_service(world.service_keys[version], nonce, data_key, version, bucket, key)
    world.ledger.made_by_store(blob, bucket, key)
    return data_key, blob


def open_data_key(world: World, blob: bytes, bucket: str, key: str) -> bytes:
    """The data key of a service blob, for the object of the request."""
    # r[rotation.service-key.old-objects] every version is kept
    # r[data-key.unwrap.service-version]
    service_key = world.service_keys.get(service_version(blob))
    if service_key is None:
        raise Refusal("integrity", "the wrapped data key is not authentic")
    return unwrap_service(service_key, blob, bucket, key)
