"""Step 5 of a cryptographic KMS request: making and opening ciphertext blobs (kms.md)."""

from __future__ import annotations

from .data_key import NONCE_BYTES, integrity, parse_kms, unwrap_kms, wrap_kms
from .effect import Effect, Service
from .key import Key
from .lookup import Call, Plan
from .parameters import KEY_SPECS
from .words import Json, Refusal

ALGORITHM = "SYMMETRIC_DEFAULT"


def _wrap(service: Service, key: Key, plaintext: bytes, context: dict[str, str]) -> bytes:
    # r[data-key.wrap.nonce]
    # r[kms.encrypt.fresh]
    # r[kms.re-encrypt.fresh]
    nonce, material = service.random(NONCE_BYTES), key.current
    return wrap_kms(material.secret, nonce, plaintext, key.id, material.id, context)


def _unwrap(key: Key, blob: bytes, context: dict[str, str]) -> tuple[bytes, str]:
    """The plaintext, and the id of the material; the first row of the table that holds decides."""
    # r[kms.decrypt.wrong-blob]
    header = parse_kms(blob)
    # r[kms.decrypt.incorrect-key]
    # r[kms.re-encrypt.incorrect-key]
    # r[kms.re-encrypt.like-decrypt]
    if header.key_id != key.id:
        raise Refusal("incorrect-key", "another key made the blob")
    material = key.material(header.material_id)
    if material is None:
        raise integrity()
    # r[kms.decrypt.context-match]
    # r[kms.decrypt.damaged-blob]
    # r[refusal.integrity.opaque]
    # r[rotation.effect.old-blobs]
    return unwrap_kms(material.secret, blob, context), material.id


def _context(call: Call, field: str = "encryption_context") -> dict[str, str]:
    context: dict[str, str] = call.fields.get(field, {})
    return context


def generate_data_key(service: Service, call: Call, plan: Plan) -> Effect:
    """GenerateDataKey and GenerateDataKeyWithoutPlaintext."""
    (key,) = plan.keys
    # r[kms.generate-data-key.length]
    spec = call.fields.get("key_spec")
    size = call.fields["number_of_bytes"] if spec is None else KEY_SPECS[spec]
    # r[kms.generate-data-key.random]
    # r[kms.generate-data-key-without-plaintext.random]
    # r[data-key.generate.random]
    data_key = service.random(size)
    blob = _wrap(service, key, data_key, _context(call))
    # r[kms.generate-data-key.key-named-in-reply]
    # r[kms.generate-data-key-without-plaintext.key-named-in-reply]
    reply: Json = {"ciphertext_blob": blob.hex(), "key_id": key.arn}
    # r[rotation.effect.new-material]
    # r[rotation.effect.material-shown]
    reply["key_material_id"] = key.current.id
    # r[kms.generate-data-key.both-forms]
    # r[kms.generate-data-key-without-plaintext.no-plaintext]
    # r[kms.generate-data-key-without-plaintext.opens]
    if call.name == "GenerateDataKey":
        reply["plaintext"] = data_key.hex()
    return Effect(reply, handed_out=(blob, _context(call), data_key))


def encrypt(service: Service, call: Call, plan: Plan) -> Effect:
    """Encrypt."""
    (key,) = plan.keys
    blob = _wrap(service, key, call.fields["plaintext"], _context(call))
    # r[kms.encrypt.key-named-in-reply]
    # r[kms.encrypt.algorithm]
    return Effect(
        {
            "ciphertext_blob": blob.hex(),
            "key_id": key.arn,
            "encryption_algorithm": ALGORITHM,
        }
    )


def decrypt(_service: Service, call: Call, plan: Plan) -> Effect:
    """Decrypt."""
    (key,), blob = plan.keys, call.fields["ciphertext_blob"]
    plaintext, material = _unwrap(key, blob, _context(call))
    # r[kms.decrypt.key-named-in-reply]
    # r[kms.decrypt.round-trip]
    # r[rotation.effect.old-material-shown]
    reply: Json = {
        "plaintext": plaintext.hex(),
        "key_id": key.arn,
        "encryption_algorithm": ALGORITHM,
        "key_material_id": material,
    }
    used = (blob, _context(call), plaintext) if call.through_store else None
    return Effect(reply, handed_out=used)


def re_encrypt(service: Service, call: Call, plan: Plan) -> Effect:
    """ReEncrypt."""
    source, destination = plan.keys
    blob = call.fields["ciphertext_blob"]
    # r[kms.re-encrypt.source-context]
    plaintext, material = _unwrap(source, blob, _context(call, "source_encryption_context"))
    # r[kms.re-encrypt.destination-context]
    # r[kms.re-encrypt.context-not-inherited]
    context = _context(call, "destination_encryption_context")
    # r[kms.re-encrypt.no-plaintext]
    # r[kms.re-encrypt.current-material]
    # r[kms.re-encrypt.source-key]
    # r[kms.re-encrypt.destination-key]
    return Effect(
        {
            "ciphertext_blob": _wrap(service, destination, plaintext, context).hex(),
            "source_key_id": source.arn,
            "key_id": destination.arn,
            "source_key_material_id": material,
            "destination_key_material_id": destination.current.id,
        }
    )
