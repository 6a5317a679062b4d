"""Checks one edge of a state graph against the transitions of envelope.py.

check_edge(before, action, after) -> list of differences; empty means that the edge is one
of the model's. States and actions are JSON values; README.md describes their form.
"""
import json
import os
import sys

import envelope as e
import logic

STATES = {"Enabled": e.ENABLED, "Disabled": e.DISABLED, "PendingDeletion": e.PENDING,
          "Deleted": e.DELETED}
STATE_NAMES = {number: name for name, number in STATES.items()}
MODES = {"SSE-S3": e.SSE_S3, "SSE-KMS": e.SSE_KMS}
MODE_NAMES = {number: name for name, number in MODES.items()}
PERMISSIONS = ("s3", "generate", "decrypt")


def wrapped(record, prefix):
    """The fields of an object or an upload, with the names of the model."""
    return {prefix + "mode": MODES[record["mode"]], prefix + "dek": record["dek"],
            prefix + "key": record.get("key"), prefix + "material": record["material"],
            prefix + "context": record["context"]}


def empty():
    maps = {name: logic.Default(False if shape[1] == "Bool" else 0)
            for name, shape in e.STATE.items() if isinstance(shape, tuple)}
    maps["held"] = logic.Default(logic.Default(False))
    for name in ("key", "ukey", "context", "ucontext", "upath"):
        maps[name] = logic.Default(None)
    for name in PERMISSIONS:
        maps[name] = logic.Default(logic.Default(False))
    return dict(maps, service=1, next=0, up=True)


def load(state):
    """The concrete state that a JSON value describes."""
    s = empty()
    s.update(service=state.get("service", 1), next=state.get("next", 0),
             up=state.get("up", True))
    for key, record in state.get("keys", {}).items():
        s["state"][key] = STATES[record["state"]]
        s["current"][key] = record["current"]
        s["held"][key] = logic.Default(False, {m: True for m in record["held"]})
        for name in e.TRAIL:
            s[name][key] = record.get("entries", 0)
    for path, record in state.get("objects", {}).items():
        s["present"][path] = True
        for name, value in wrapped(record, "").items():
            s[name][path] = value
    for upload, record in state.get("uploads", {}).items():
        s["open"][upload], s["upath"][upload] = True, record["path"]
        for name, value in wrapped(record, "u").items():
            s[name][upload] = value
    for name in PERMISSIONS:
        for who, granted in state.get(name, {}).items():
            s[name][who] = logic.Default(False, {x: True for x in granted})
    return s


def record(s, prefix, at):
    found = {"mode": MODE_NAMES[s[prefix + "mode"][at]], "dek": s[prefix + "dek"][at],
             "material": s[prefix + "material"][at], "context": s[prefix + "context"][at]}
    if found["mode"] == "SSE-KMS":
        found["key"] = s[prefix + "key"][at]
    return found


def stated(mapping):
    return sorted(key for key, value in mapping.items() if value)


def dump(s):
    """The JSON value of a concrete state, in one form only."""
    keys = {k: {"state": STATE_NAMES[n], "current": s["current"][k],
                "held": stated(s["held"][k]), "entries": s["entries"][k]}
            for k, n in s["state"].items() if n != e.NONE}
    uploads = {u: dict(record(s, "u", u), path=s["upath"][u]) for u in stated(s["open"])}
    found = {"keys": keys, "service": s["service"], "next": s["next"], "up": s["up"],
             "objects": {o: record(s, "", o) for o in stated(s["present"])},
             "uploads": uploads}
    for name in PERMISSIONS:
        found[name] = {p: stated(row) for p, row in s[name].items() if stated(row)}
    return found


def step(before, action):
    """(accepted, JSON value of the state after) of a JSON state and a JSON action."""
    values = {name: None for name in e.PARAMETERS}
    values.update({n: v for n, v in action.items() if n in e.PARAMETERS})
    values["mode"] = MODES.get(values["mode"], 0)
    accepted, after = e.ACTIONS[action["name"]](logic.Values(), load(before), values)
    return accepted, dump(after)


def differences(wanted, found, place=""):
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [text for name in sorted(set(wanted) | set(found), key=str)
                for text in differences(wanted.get(name), found.get(name),
                                        "%s/%s" % (place, name))]
    return [] if wanted == found else [
        "%s: model %s, edge %s" % (place or "/", json.dumps(wanted), json.dumps(found))]


def check_edge(before, action, after):
    """The differences between what the model does and what the edge says."""
    accepted, wanted = step(before, action)
    found = differences(wanted, dump(load(after)))
    if "accepted" in action and action["accepted"] != accepted:
        found.append("accepted: model %s, edge %s" % (accepted, action["accepted"]))
    return found


def check_invariant(state):
    """The names of the parts of the invariant that a JSON state lacks."""
    s = load(state)
    domains = {"Key": sorted(set(s["state"])), "Path": sorted(s["present"]),
               "Upload": sorted(s["open"]), "Principal": []}
    most = max([1] + list(s["current"].values())) + 2
    L = logic.Values(domains, most)
    return [name for name, part in e.INVARIANT.items() if not part(L, s)]


def self_test():
    """(name of a hand-written edge, whether it was judged as it says)"""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "edges-test.json")
    with open(path, encoding="utf-8") as file:
        cases = json.load(file)
    for case in cases:
        found = check_edge(case["before"], case["action"], case["after"])
        sound = not check_invariant(case["before"])
        yield case["name"], sound and (not found) == case["good"]


def main():
    """Reads edges, one JSON object {"before", "action", "after"} a line."""
    bad = 0
    for number, line in enumerate(sys.stdin, 1):
        edge = json.loads(line)
        for text in check_edge(edge["before"], edge["action"], edge["after"]):
            bad += 1
            print("edge %d, %s: %s" % (number, edge["action"]["name"], text))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
