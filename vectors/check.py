#!/usr/bin/env python3
"""Recomputes every byte-exact vector from the text of the specification.

The builder that made the vectors stands on other implementations of the ciphers, so that a fault
in one of them shows here. Nothing but AES, AES-GCM and SHA-2 is taken from outside: HKDF-Expand,
XAES-256-GCM, chunked encryption and every layout are written out below from encryption-context.md,
data-key.md and sealed-object.md.

usage: check.py [DIR]    DIR is a folder laid out as data/ (default: the one beside this file)
Exit code 1 and one line `path#id: message` for each mismatch.
"""

import hashlib
import hmac
import json
import re
import struct
import sys
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

try:  # Since version 50; the same bytes from hands that never saw this repository.
    from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
except ImportError:
    Cobblestone256Decryptor = Cobblestone256Encryptor = None

CHUNK = 16384
RECORD = 1048576


class Refused(Exception):
    """The operation ends in a refusal of this class."""


INVALID, INTEGRITY, RANGE = "invalid-argument", "integrity", "invalid-range"


def demand(condition, refusal):
    if not condition:
        raise Refused(refusal)


# --- primitives -----------------------------------------------------------------------------------


def expand(key, info, length):
    """HKDF-Expand of RFC 5869 with SHA-512."""
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.new(key, block + info + bytes([counter]), hashlib.sha512).digest()
        out, counter = out + block, counter + 1
    return out[:length]


def gcm_open(key, nonce, aad, sealed):
    try:
        return AESGCM(key).decrypt(nonce, sealed, aad)
    except InvalidTag:
        raise Refused(INTEGRITY) from None


def xaes_key(key, nonce):
    """Steps 1 to 5 of C2SP XAES-256-GCM: the key for the nonce's last 12 bytes."""

    def aes(block):
        encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
        return encryptor.update(block) + encryptor.finalize()

    mask = int.from_bytes(aes(bytes(16)), "big")
    mask = ((mask << 1) & (1 << 128) - 1) ^ (0b10000111 if mask >> 127 else 0)

    def half(counter):
        block = int.from_bytes(bytes([0, counter]) + b"X\0" + nonce[:12], "big")
        return aes((block ^ mask).to_bytes(16, "big"))

    return half(1) + half(2)


def xaes_seal(key, nonce, aad, plain):
    return AESGCM(xaes_key(key, nonce)).encrypt(nonce[12:], plain, aad)


def xaes_open(key, nonce, aad, sealed):
    return gcm_open(xaes_key(key, nonce), nonce[12:], aad, sealed)


# --- layouts --------------------------------------------------------------------------------------


def lp16(data):
    demand(len(data) <= 0xFFFF, INVALID)
    return struct.pack(">H", len(data)) + data


def identity(bucket, key):
    return lp16(bucket.encode()) + lp16(key.encode())


class Reader:
    """Takes fields from the front; a short rest is a refusal."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        demand(count <= len(self.data) - self.at, INTEGRITY)
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, count):
        return int.from_bytes(self.take(count), "big")

    def prefixed(self, width, most):
        length = self.number(width)
        demand(length <= most, INTEGRITY)
        return self.take(length)

    def rest(self):
        return self.take(len(self.data) - self.at)

    def end(self):
        demand(self.at == len(self.data), INTEGRITY)


def text(data):
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Refused(INTEGRITY) from None


def encode_pairs(pairs):
    pairs = sorted((key.encode(), value.encode()) for key, value in pairs)
    demand(len({key for key, _ in pairs}) == len(pairs), INVALID)
    demand(len(pairs) <= 64 and all(key for key, _ in pairs), INVALID)
    out = struct.pack(">H", len(pairs))
    for key, value in pairs:
        out += lp16(key) + lp16(value)
    demand(len(out) <= 8192, INVALID)
    return out


def decode_pairs(data):
    """Decodes, and refuses what would not be encoded to the same bytes."""
    reader = Reader(data)
    count = reader.number(2)
    pairs = [
        (text(reader.prefixed(2, 8192)), text(reader.prefixed(2, 8192))) for _ in range(count)
    ]
    reader.end()
    try:
        demand(encode_pairs(pairs) == data, INTEGRITY)
    except Refused:
        raise Refused(INTEGRITY) from None
    return dict(pairs)


# --- format operations: each gives the reply and the values on the way


def given(data, field, length):
    value = bytes.fromhex(data[field])
    demand(len(value) == length, INVALID)
    return value


# r[verify encryption-context.encode.layout]
# r[verify encryption-context.encode.order]
def encode_context(data):
    return {"bytes": encode_pairs(data["pairs"]).hex()}, {}


def kms_aad(header, context):
    return b"sse-kms-wrap/1\0" + header + context


def service_aad(header, names):
    return b"sse-s3-wrap/1\0" + header + names


# r[verify data-key.kms-wrap.layout]
# r[verify data-key.service-wrap.layout]
def wrap_data_key(data):
    key, nonce = given(data, "wrapping_key", 32), given(data, "nonce", 24)
    plain = bytes.fromhex(data["data_key"])
    if "kms" in data["binding"]:
        binding = data["binding"]["kms"]
        header = b"SKB\x01" + bytes.fromhex(binding["key_id"].replace("-", ""))
        header += given(binding, "key_material_id", 32)
        demand(len(header) == 52 and 1 <= len(plain) <= 4096, INVALID)
        context = encode_pairs(binding["context"].items())
        aad, values = kms_aad(header, context), {"context": context}
    else:
        binding = data["binding"]["service"]
        demand(binding["version"] >= 1 and len(plain) == 32, INVALID)
        header = b"SSB\x01" + struct.pack(">I", binding["version"])
        names = identity(binding["bucket"], binding["key"])
        aad, values = service_aad(header, names), {"identity": names}
    blob = header + nonce + xaes_seal(key, nonce, aad, plain)
    return {"blob": blob.hex()}, {**values, "aad": aad, "derived_key": xaes_key(key, nonce)}


# r[verify data-key.unwrap.strict]
# r[verify data-key.unwrap.authentic]
def unwrap_data_key(data):
    key, reader = given(data, "wrapping_key", 32), Reader(bytes.fromhex(data["blob"]))
    if "kms" in data["binding"]:
        context = encode_pairs(data["binding"]["kms"]["context"].items())
        header = reader.take(52)
        demand(header[:4] == b"SKB\x01", INTEGRITY)
        aad, values, limits = kms_aad(header, context), {"context": context}, (1, 4096)
    else:
        binding = data["binding"]["service"]
        names = identity(binding["bucket"], binding["key"])
        header = reader.take(8)
        demand(header[:4] == b"SSB\x01" and header[4:] != bytes(4), INTEGRITY)
        aad, values, limits = service_aad(header, names), {"identity": names}, (32, 32)
    nonce, sealed = reader.take(24), reader.rest()
    demand(limits[0] <= len(sealed) - 16 <= limits[1], INTEGRITY)
    plain = xaes_open(key, nonce, aad, sealed)
    return {"data_key": plain.hex()}, {**values, "aad": aad, "derived_key": xaes_key(key, nonce)}


LABEL = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"


class Body:
    """Keys of the Cobblestone-256 message of one part of an object."""

    def __init__(self, dek, salt, number, bucket, key):
        self.dek, self.number = dek, number
        self.context = b"sse-body/1\0" + struct.pack(">H", number) + identity(bucket, key)
        self.info = LABEL + salt + self.context
        derived = expand(dek, self.info, 76)
        self.key, self.base, self.commitment = derived[:32], derived[32:44], derived[44:]
        self.head = salt + self.commitment

    def nonce(self, index):
        return (int.from_bytes(self.base, "big") ^ index).to_bytes(12, "big")

    # r[verify sealed-object.body.cipher]
    def seal(self, plain):
        chunks = [plain[at : at + CHUNK] for at in range(0, len(plain) + 1, CHUNK)]
        seal = AESGCM(self.key).encrypt
        return self.head + b"".join(
            seal(self.nonce(index), chunk, b"") for index, chunk in enumerate(chunks)
        )

    # r[verify sealed-object.open.chunk]
    # r[verify sealed-object.open.range]
    def open(self, message, start, end):
        """Opens the chunks that hold a byte of start..end; every chunk, where end is None."""
        first, last = start // CHUNK, (len(message) - 56) // (CHUNK + 16)
        if end is not None:
            last = (end - 1) // CHUNK
        out = b""
        for index in range(first, last + 1):
            at = 56 + index * (CHUNK + 16)
            out += gcm_open(self.key, self.nonce(index), b"", message[at : at + CHUNK + 16])
        return out[start - first * CHUNK : None if end is None else end - first * CHUNK]

    def values(self):
        values = {
            "base_nonce": self.base,
            "body_context": self.context,
            "body_info": self.info,
            "body_key": self.key,
            "commitment": self.commitment,
        }
        return {f"part_{self.number}.{name}": value for name, value in values.items()}


def sealed_length(length):
    return 56 + length + 16 * (length // CHUNK + 1)


# r[verify sealed-object.parts.numbers]
# r[verify sealed-object.seal.parts]
def check_table(entries, refusal):
    """What a part table may hold; entries begin with number and length."""
    numbers = [entry[0] for entry in entries]
    if numbers != [0]:
        demand(1 <= len(numbers) <= 10000, refusal)
        demand(all(1 <= number <= 10000 for number in numbers), refusal)
        demand(all(low < high for low, high in zip(numbers, numbers[1:])), refusal)
    demand(sum(entry[1] for entry in entries) <= (1 << 52) - 1, refusal)


def record_values(root, names, clear, nonce, part, record):
    key = expand(root, b"sse-root/1\0record", 32)
    return {
        "record": record,
        "record_aad": b"sse-record/1\0" + names + clear,
        "record_clear": clear,
        "record_derived_key": xaes_key(key, nonce),
        "record_key": key,
        "sealed_part": part,
    }


def plaintext(body):
    if "inline" in body:
        return bytes.fromhex(body["inline"])
    seed, length = body["pattern"]["seed"], body["pattern"]["len"]
    blocks = (
        hashlib.sha256(b"sse-pattern/1\0" + struct.pack(">QQ", seed, block)).digest()
        for block in range(length // 32 + 1)
    )
    return b"".join(blocks)[:length]


# r[verify sealed-object.record.layout]
# r[verify sealed-object.record.additional-data]
# r[verify sealed-object.record.key]
# r[verify sealed-object.parts.table]
# r[verify sealed-object.body.order]
# r[verify sealed-object.seal.mode-fields]
# r[verify sealed-object.seal.lengths]
def seal_object(data):
    dek = given(data, "data_key", 32)
    root, nonce = given(data, "root_key", 32), given(data, "record_nonce", 24)
    arn, context = data.get("kms_key_id", "").encode(), data.get("context", {})
    blob, etag = bytes.fromhex(data["blob"]), data["etag"].encode()
    mode = {"AES256": 1, "aws:kms": 2}[data["algorithm"]]
    demand(arn if mode == 2 else not (arn or context), INVALID)
    demand(len(arn) <= 2048 and 1 <= len(blob) <= 6144 and 1 <= len(etag) <= 64, INVALID)
    parts = [
        (part["part_number"], given(part, "salt", 24), plaintext(part["body"]))
        for part in data["parts"]
    ]
    check_table([(number, len(plain)) for number, _, plain in parts], INVALID)
    names = identity(data["bucket"], data["key"])
    message, values = b"", {}
    table = struct.pack(">H", len(parts))
    for number, salt, plain in parts:
        body = Body(dek, salt, number, data["bucket"], data["key"])
        table += struct.pack(">HQ", number, len(plain)) + body.head
        one = body.seal(plain)
        if Cobblestone256Decryptor:
            other = Cobblestone256Decryptor(dek, body.context)
            if other.update(one) + other.finalize() != plain:
                raise AssertionError("another implementation of Cobblestone-256 disagrees")
        message += one
        values |= body.values()
    clear = b"SSEO\x01" + bytes([mode]) + lp16(arn) + lp16(encode_pairs(context.items()))
    clear += lp16(blob) + lp16(encode_pairs(data.get("metadata", {}).items()))
    part = lp16(etag) + table
    key = expand(root, b"sse-root/1\0record", 32)
    sealed = xaes_seal(key, nonce, b"sse-record/1\0" + names + clear, part)
    record = clear + nonce + struct.pack(">I", len(part)) + sealed
    demand(len(record) <= RECORD, INVALID)
    item = message + record + struct.pack(">I", len(record))
    values |= record_values(root, names, clear, nonce, part, record)
    return {"item": item.hex()}, values


def split_item(item):
    demand(len(item) >= 4, INTEGRITY)
    length = int.from_bytes(item[-4:], "big")
    demand(1 <= length <= RECORD and length <= len(item) - 4, INTEGRITY)
    return item[: -4 - length], item[-4 - length : -4]


def parse_record(record):
    """Fields 1 to 10 of a record; nothing of them is authentic yet."""
    reader = Reader(record)
    demand(reader.take(5) == b"SSEO\x01", INTEGRITY)
    mode, arn = reader.number(1), text(reader.prefixed(2, 2048))
    context = decode_pairs(reader.prefixed(2, 8192))
    blob = reader.prefixed(2, 6144)
    metadata = decode_pairs(reader.prefixed(2, 8192))
    clear = record[: reader.at]
    nonce, sealed = reader.take(24), reader.prefixed(4, RECORD) + reader.take(16)
    reader.end()
    demand(mode in (1, 2) and blob, INTEGRITY)
    demand(not (arn or context) if mode == 1 else arn, INTEGRITY)
    reply = {
        "algorithm": "AES256" if mode == 1 else "aws:kms",
        "context": context,
        "blob": blob.hex(),
        "metadata": metadata,
    }
    return clear, nonce, sealed, reply | ({"kms_key_id": arn} if mode == 2 else {})


def resolve(asked, size):
    if asked is None:
        return 0, size
    if "from_to" in asked:
        start, end = asked["from_to"]["first"], min(asked["from_to"]["last"] + 1, size)
    elif "from" in asked:
        start, end = asked["from"]["first"], size
    else:
        start, end = max(size - asked["last"]["length"], 0), size
    demand(start < end, RANGE)
    return start, end


def parse_sealed_part(part):
    """Etag and part table: number, length, salt and commitment of every part."""
    reader = Reader(part)
    etag, entries = text(reader.prefixed(2, 64)), []
    for _ in range(reader.number(2)):
        entries.append((reader.number(2), reader.number(8), reader.take(24), reader.take(32)))
    reader.end()
    demand(etag, INTEGRITY)
    check_table(entries, INTEGRITY)
    return etag, entries


# r[verify sealed-object.open.identity]
# r[verify sealed-object.open.strict]
# r[verify sealed-object.open.record-first]
# r[verify sealed-object.open.commitment]
# r[verify sealed-object.open.truncation]
# r[verify sealed-object.open.part-moved]
def open_object(data):
    root, dek = given(data, "root_key", 32), given(data, "data_key", 32)
    messages, record = split_item(bytes.fromhex(data["item"]))
    clear, nonce, sealed, reply = parse_record(record)
    names = identity(data["bucket"], data["key"])
    key = expand(root, b"sse-root/1\0record", 32)
    part = xaes_open(key, nonce, b"sse-record/1\0" + names + clear, sealed)
    etag, entries = parse_sealed_part(part)
    demand(len(messages) == sum(sealed_length(entry[1]) for entry in entries), INTEGRITY)
    size = sum(entry[1] for entry in entries)
    start, end = resolve(data.get("range"), size)
    plain, values, base, reader = b"", {}, 0, Reader(messages)
    for number, length, salt, commitment in entries:
        message = reader.take(sealed_length(length))
        low, high = max(start - base, 0), min(end - base, length)
        base += length
        if "range" in data and low >= high:
            continue
        demand(message[:56] == salt + commitment, INTEGRITY)
        body = Body(dek, salt, number, data["bucket"], data["key"])
        demand(hmac.compare_digest(body.commitment, commitment), INTEGRITY)
        plain += body.open(message, low, high if "range" in data else None)
        values |= body.values()
    reply |= {"etag": etag, "size": size, "body": plain.hex()}
    values |= record_values(root, names, clear, nonce, part, record)
    return reply, values


OPERATIONS = {
    "EncodeContext": encode_context,
    "WrapDataKey": wrap_data_key,
    "UnwrapDataKey": unwrap_data_key,
    "SealObject": seal_object,
    "OpenObject": open_object,
}


# --- accumulated contexts -------------------------------------------------------------------------

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:\u00e9"


def drawn_pairs(label, index):
    """The pairs of one context, as the rule in the file says."""

    def stream():
        block = 0
        while True:
            counters = struct.pack(">II", index, block)
            yield from hashlib.sha256(label.encode() + b"\0" + counters).digest()
            block += 1

    draw = stream()
    pairs = {}
    for _ in range(next(draw) % 5):
        key = "".join(ALPHABET[next(draw) % 64] for _ in range(1 + next(draw) % 16))
        value = "".join(ALPHABET[next(draw) % 64] for _ in range(next(draw) % 32))
        pairs.setdefault(key, value)
    return list(pairs.items())


def check_accumulated(vector):
    digest = hashlib.sha256()
    for index in range(vector["count"]):
        digest.update(encode_pairs(drawn_pairs(vector["label"], index)))
    return [] if digest.hexdigest() == vector["sha256"] else ["the digest differs"]


# --- judging --------------------------------------------------------------------------------------


def check_draws(vector):
    """The keys and nonces of a valid vector are what its label says."""
    fields = {"wrapping_key": 32, "nonce": 24, "record_nonce": 24}
    label = re.search(r"Label `([^`]+)`", vector["comment"])
    if vector["expect"]["result"] != "valid" or not label:
        return

    def differs(name, length, value):
        seed = b"sse-vectors/1\0" + label[1].encode() + b"\0" + name.encode()
        return hashlib.sha256(seed).digest()[:length].hex() != value

    for name, length in fields.items():
        if name in vector["input"] and differs(name, length, vector["input"][name]):
            yield f"input/{name} is not drawn from its label"
    for index, part in enumerate(vector["input"].get("parts", [])):
        if differs(f"salt-{part['part_number']}", 24, part["salt"]):
            yield f"input/parts/{index}/salt is not drawn from its label"


def check_vector(operation, vector):
    expect = vector["expect"]
    try:
        reply, values = OPERATIONS[operation](vector["input"])
    except Refused as refused:
        if expect["result"] == "valid":
            return [f"refused with {refused} instead of a reply"]
        if str(refused) != expect["refusal"]:
            return [f"refused with {refused} instead of {expect['refusal']}"]
        return []
    if expect["result"] != "valid":
        return [f"accepted instead of refused with {expect['refusal']}"]
    wrong = list(check_draws(vector))
    for name in sorted(set(reply) | set(expect["reply"])):
        if reply.get(name) != expect["reply"].get(name):
            wrong.append(f"reply/{name} differs")
    for name, value in vector.get("intermediate", {}).items():
        if name not in values or values[name].hex() != value:
            wrong.append(f"intermediate/{name} differs")
    return wrong


def check_primitives():
    """The published vectors of C2SP XAES-256-GCM."""
    nonce, plain = b"ABCDEFGHIJKLMNOPQRSTUVWX", b"XAES-256-GCM"
    for byte, aad, sealed in (
        (1, b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
        (3, b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
    ):
        if xaes_seal(bytes([byte]) * 32, nonce, aad, plain).hex() != sealed:
            yield f"XAES-256-GCM differs from its published vector with key {byte:02x}"
    if Cobblestone256Encryptor:
        dek = bytes(range(32))
        other = Cobblestone256Encryptor(dek, Body(dek, bytes(24), 0, "b", "k").context)
        message = other.update(bytes(CHUNK)) + other.finalize()
        ours = Body(dek, message[:24], 0, "b", "k")
        if ours.seal(bytes(CHUNK)) != message:
            yield "Cobblestone-256 differs from the implementation of the package cryptography"


def main(arguments):
    folder = Path(arguments[0]) if arguments else Path(__file__).parent / "data"
    wrong = [f"check.py: {message}" for message in check_primitives()]
    total = {"valid": 0, "invalid": 0, "accumulated": 0}
    for path in sorted(folder.rglob("*.json")):
        file = json.loads(path.read_text(encoding="utf-8"))
        form = file.get("schema", "")
        if not form.startswith(("byte-exact/", "accumulated/")):
            continue
        name = path.relative_to(folder).as_posix()
        for vector in file["vectors"]:
            if form == "accumulated/1":
                messages, kind = check_accumulated(vector), "accumulated"
            elif form == "byte-exact/1":
                messages = check_vector(file["operation"], vector)
                kind = vector["expect"]["result"]
            else:
                messages, kind = [f"unknown schema {form}"], "invalid"
            total[kind] += 1
            wrong += [f"{name}#{vector['id']}: {message}" for message in messages]
        print(f"{name}: {len(file['vectors'])}")
    print(", ".join(f"{count} {kind}" for kind, count in total.items()) + f", {len(wrong)} wrong")
    print("Cobblestone-256 cross-checked: " + ("yes" if Cobblestone256Encryptor else "no"))
    for message in wrong:
        print(message, file=sys.stderr)
    return 1 if wrong or not total["valid"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
