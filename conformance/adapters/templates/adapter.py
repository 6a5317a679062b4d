"""An adapter to begin with: JSON lines on standard input and output, see ../../PROTOCOL.md.

Copy it, replace `World` by calls to your implementation, and add operations as you go:
    sse-conformance smoke --command 'python3 adapter.py'
"""
import json
import secrets
import sys

DESCRIPTION = {
    "name": "my-store",
    "version": "0.1.0",
    "role": "store",  # store, kms or store+kms
    "capabilities": [],  # see ../../../spec/operations.md, Description
    "account": "111122223333",
    "region": "us-east-1",
}
INLINE = 1 << 20  # the most bytes that stand in one message


class Refused(Exception):
    """A request that your implementation refuses, with a class of ../../../spec/refusal.md."""


def find(among, name, refusal):
    if name not in among:
        raise Refused(refusal)
    return among[name]


class World:
    """One world: it shares nothing with any other. This one keeps bodies in clear: replace it."""

    def __init__(self):
        self.buckets = {}

    def bucket(self, request):
        return find(self.buckets, request["bucket"], "no-such-bucket")

    def CreateBucket(self, caller, request, body):
        self.buckets.setdefault(request["bucket"], {})
        return {}

    def PutObject(self, caller, request, body):
        shown = {"etag": secrets.token_hex(16), "sse": {"algorithm": "AES256"}}
        self.bucket(request)[request["key"]] = (body, request.get("metadata", {}), shown)
        return shown

    def GetObject(self, caller, request, body):
        body, metadata, shown = find(self.bucket(request), request["key"], "no-such-key")
        return {"delivery": {"complete": body}, "size": len(body), "metadata": metadata, **shown}


def read_body(body):
    """The body of a write; chunks follow their request in messages of their own."""
    if "inline" in body:
        return bytes.fromhex(body["inline"])
    chunks = []
    while "end" not in (message := json.loads(sys.stdin.readline())):
        if "gone" in message:
            raise Refused("invalid-request")
        chunks.append(bytes.fromhex(message["chunk"]))
    return b"".join(chunks)


def perform(world, message, head):
    [(name, request)] = message["perform"].items()
    try:
        body = read_body(request.get("body", {"inline": ""}))
        if not hasattr(World, name):
            return {"skipped": {"reason": f"{name} is not offered yet"}}
        reply = getattr(world, name)(message["caller"], request, body)
    except Refused as refused:
        return {"refused": {"class": str(refused)}}
    except Exception as error:  # the case fails with this text, the next one goes on
        return {"errored": {"message": repr(error)}}
    if name == "GetObject":  # what is longer than a message goes ahead of it
        data = reply["delivery"]["complete"]
        while len(data) > INLINE:
            print(json.dumps({**head, "chunk": data[:INLINE].hex()}), flush=True)
            data = data[INLINE:]
        reply["delivery"] = {"complete": data.hex()}
    return {"reply": {name: reply}}


worlds = {}
while "shutdown" not in (message := json.loads(sys.stdin.readline())):
    head = {name: message[name] for name in ("seq", "world") if name in message}
    if "start" in message:
        answer = {"started": {"protocol": 1, "description": DESCRIPTION}}
    elif "open" in message:
        worlds[message["world"]] = World()
        answer = {"opened": {}}
    elif "close" in message:
        del worlds[message["world"]]
        answer = {"closed": {}}
    else:
        answer = perform(worlds[message["world"]], message, head)
    print(json.dumps({**head, **answer}), flush=True)
