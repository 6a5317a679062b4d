"""The subprocess protocol: JSON lines on standard input and output (PROTOCOL.md).

Owns the framing, the worlds by name, bodies in chunks in both directions, and the description.
"""

from __future__ import annotations

import json
import traceback
from typing import IO

from .multipart import SMALLEST_PART
from .perform import is_known, perform
from .shapes import Streamed
from .words import Caller, Json, Refusal
from .world import World

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
REGION = "us-east-1"
PROTOCOL = 1
MAX_REPLY = 1 << 20
"""The bytes of a body that stand in a reply or in a chunk."""

DESCRIPTION: Json = {
    "name": "python-from-the-text",
    "version": "0.1.0",
    "role": "store+kms",
    "capabilities": [
        "principals",
        "audit",
        "usage",
        "format",
        "read-at-rest",
        "write-at-rest",
        "fixup",
        "clock",
        "inject-fault",
        "rotate-service-key",
        "restart",
        "list-data-keys",
    ],
    "account": ACCOUNT,
    "other_account": OTHER_ACCOUNT,
    "region": REGION,
    "limits": {"object_bytes": 0, "part_bytes": SMALLEST_PART, "jobs": 0},
    "settle": {"policy": 0, "key_state": 0, "rotation": 0, "bucket": 0, "audit": 0},
}


class ProtocolError(Exception):
    """A message that is none of the protocol's."""


class Child:
    """One process that answers the suite."""

    def __init__(self, requests: IO[bytes], answers: IO[bytes]) -> None:
        self._requests = requests
        self._answers = answers
        self._worlds: dict[str, World] = {}

    def run(self) -> int:
        """Answers until the shutdown, and gives the exit status."""
        while line := self._requests.readline():
            message = json.loads(line)
            if "shutdown" in message:
                return 0
            self._answer(message)
        return 0

    def _answer(self, message: Json) -> None:
        head: Json = {"seq": message.get("seq")}
        if "world" in message:
            head["world"] = message["world"]
        try:
            answer = self._dispatch(message, head)
        except Refusal as refused:
            answer = {"refused": refused.to_json()}
        except Exception as error:  # noqa: BLE001 whatever broke is answered, not the end of all
            answer = {"errored": {"message": repr(error), "detail": traceback.format_exc()}}
        self._send({**head, **answer})

    def _send(self, message: Json) -> None:
        self._write(message)
        self._answers.flush()

    def _write(self, message: Json) -> None:
        self._answers.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    def _dispatch(self, message: Json, head: Json) -> Json:
        if "perform" in message:
            return self._perform(message, head)
        if "start" in message:
            if PROTOCOL not in message["start"].get("protocols", []):
                raise ProtocolError("protocol 1 is not offered")
            return {"started": {"protocol": PROTOCOL, "description": DESCRIPTION}}
        if "open" in message:
            accounts = [ACCOUNT, OTHER_ACCOUNT]
            self._worlds[message["world"]] = World(accounts, REGION, message["open"]["start"])
            return {"opened": {}}
        if "close" in message:
            self._worlds.pop(message["world"], None)
            return {"closed": {}}
        raise ProtocolError("a message of no known kind")

    # --- perform

    def _perform(self, message: Json, head: Json) -> Json:
        ((name, request),) = message["perform"].items()
        if isinstance(request, dict):
            body = request.get("body")
            if isinstance(body, dict) and "chunks" in body:
                request["body"] = self._receive()
        world = self._worlds.get(message["world"])
        if world is None:
            raise ProtocolError("no such world is open")
        if not is_known(name):
            return {"skipped": {"reason": f"no operation {name}"}}
        said = message["caller"]
        caller = Caller(said["principal"], said.get("secure_transport", True) is not False)
        reply = perform(world, caller, name, request)
        if name == "GetObject":
            self._shorten(reply, head)
        return {"reply": {name: reply}}

    def _receive(self) -> Streamed:
        """The body that follows its request in chunks."""
        pieces: list[bytes] = []
        while line := self._requests.readline():
            message = json.loads(line)
            if "chunk" not in message:
                return Streamed(b"".join(pieces), "end" not in message)
            pieces.append(bytes.fromhex(message["chunk"]))
        return Streamed(b"", gone=True)

    def _shorten(self, reply: Json, head: Json) -> None:
        """Sends ahead what is too long for a reply."""
        digits: str = reply["delivery"]["complete"]
        step = 2 * MAX_REPLY
        if len(digits) <= step:
            return
        last = (len(digits) - 1) // step * step
        for at in range(0, last, step):
            self._write({**head, "chunk": digits[at : at + step]})
        reply["delivery"]["complete"] = digits[last:]
