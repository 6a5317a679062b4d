"""The obligations on the envelope. Each yields triples (case, assumption, claim) for one
vocabulary; the driver adds the invariant of the state before to every assumption."""
import envelope as e
from envelope import ACTIONS, OBJECT, STATE, SSE_KMS, SSE_S3, TRAIL


class Scene:
    """A state, an action's parameters, and the state after each action."""

    def __init__(self, L, mutant=None):
        self.L, self.m = L, mutant
        self.s = {name: L.fresh(name, shape) for name, shape in STATE.items()}
        self.a = {name: L.fresh("a_" + name, sort) for name, sort in e.PARAMETERS.items()}
        self.o, self.p = L.fresh("o", "Path"), L.fresh("p", "Principal")
        self.k = L.fresh("k", "Key")

    def after(self, action):
        return ACTIONS[action](self.L, self.s, self.a, self.m)

    def at(self, state, name, index):
        return self.L.get(state[name], index)

    def implied(self, assumption, claim):
        return self.L.any(self.L.no(assumption), claim)

    def readable(self, state):
        return e.readable(self.L, state, self.p, self.o, self.m)

    def same(self, one, two, names):
        return self.L.all(*[self.L.eq(one[n], two[n]) for n in names])


def inductive(part):
    def build(c):
        for action in ACTIONS:
            _, after = c.after(action)
            yield action, True, e.INVARIANT[part](c.L, after)
    return build


def refused_changes_nothing(c):
    for action in ACTIONS:
        if action in e.NEVER_REFUSED:
            continue
        accepted, after = c.after(action)
        names = [n for n in STATE if n not in TRAIL]
        yield action, c.L.no(accepted), c.same(c.s, after, names)


def readable_spelled_out(c):
    yield "readable", True, c.L.eq(
        c.readable(c.s), e.readable_as_specified(c.L, c.s, c.p, c.o))
    accepted, _ = c.after("get")
    yield "get", True, c.L.eq(accepted, e.readable_as_specified(
        c.L, c.s, c.a["who"], c.a["path"]))


def moved_wrap_refused(c):
    other = c.a["path"]
    moved = c.L.all(c.at(c.s, "present", c.o), c.L.no(c.L.eq(c.o, other)))
    opened = e.unwraps(c.L, c.s, "", c.o, other, c.p, c.m)
    yield "the wrap of one path read as another", moved, c.L.no(opened)


def stays_readable(*actions):
    def build(c):
        for action in actions:
            _, after = c.after(action)
            yield action, c.readable(c.s), c.readable(after)
    return build


def disable_then_enable(c):
    first, middle = c.after("disable-key")
    second, last = e.enable(c.L, middle, c.a, c.m)
    yield "both", c.L.all(first, second, c.readable(c.s)), c.readable(last)


def cancelled_then_enabled(c):
    one, s1 = c.after("schedule-deletion")
    two, s2 = e.cancel(c.L, s1, c.a, c.m)
    three, s3 = e.enable(c.L, s2, c.a, c.m)
    was = c.L.all(one, two, three, c.readable(c.s))
    yield "schedule, cancel, enable", was, c.readable(s3)


def disabled_refuses(c):
    L = c.L
    for action, last in (("disable-key", e.DISABLED), ("schedule-deletion", e.PENDING)):
        done, after = c.after(action)
        key = c.a["key"]
        under = L.all(done, L.eq(c.at(c.s, "mode", c.o), SSE_KMS),
                      L.eq(c.at(c.s, "key", c.o), key))
        yield action + " read", under, L.no(c.readable(after))
        accepted, _ = e.put(L, after, c.a, c.m)
        yield action + " put", L.all(done, L.eq(c.a["mode"], SSE_KMS)), L.no(accepted)
        yield action + " state", done, L.eq(c.at(after, "state", key), last)


def only_enabled_wraps(c):
    L, key = c.L, c.a["key"]
    for action in ("put", "copy", "create-upload"):
        accepted, _ = c.after(action)
        granted = L.all(c.s["up"], L.get(c.at(c.s, "generate", c.a["who"]), key),
                        L.eq(c.at(c.s, "state", key), e.ENABLED))
        yield action, L.all(accepted, L.eq(c.a["mode"], SSE_KMS)), granted


def completion_needs_decrypt(c):
    L, key = c.L, c.at(c.s, "ukey", c.a["upload"])
    for action in ("upload-part", "complete-upload"):
        accepted, _ = c.after(action)
        granted = L.all(c.s["up"], L.get(c.at(c.s, "decrypt", c.a["who"]), key),
                        L.eq(c.at(c.s, "state", key), e.ENABLED))
        kms = L.eq(c.at(c.s, "umode", c.a["upload"]), SSE_KMS)
        yield action, L.all(accepted, kms), granted


WRITES = (("put", "", "path"), ("copy", "", "path"), ("create-upload", "u", "upload"))


def fresh_dek(c):
    """What the source gives was never given before, and is never given again."""
    for action, place, at in WRITES:
        accepted, after = c.after(action)
        dek = c.at(after, place + "dek", c.a[at])
        yield action, accepted, c.L.all(dek >= c.s["next"], dek < after["next"])
    for action in ACTIONS:
        _, after = c.after(action)
        yield action + " never goes back", True, after["next"] >= c.s["next"]


def current_material_wraps(c):
    L = c.L
    for action, place, at in WRITES:
        accepted, after = c.after(action)
        made = c.at(after, place + "material", c.a[at])
        kms = L.eq(c.a["mode"], SSE_KMS)
        wanted = L.pick(kms, c.at(c.s, "current", c.a["key"]), c.s["service"])
        yield action, accepted, L.eq(made, wanted)


def completion_takes_the_uploads_wrap(c):
    accepted, after = c.after("complete-upload")
    u = c.a["upload"]
    path = c.at(c.s, "upath", u)
    same = [c.L.eq(c.at(after, n, path), c.at(c.s, "u" + n, u)) for n in OBJECT[1:]]
    yield "complete-upload", accepted, c.L.all(c.L.no(c.at(after, "open", u)), *same)


def others_untouched(c):
    for action in ACTIONS:
        _, after = c.after(action)
        target = c.a["path"]
        if action == "complete-upload":
            target = c.at(c.s, "upath", c.a["upload"])
        fields = [c.L.eq(c.at(c.s, n, c.o), c.at(after, n, c.o)) for n in OBJECT]
        yield action, c.L.no(c.L.eq(c.o, target)), c.L.all(*fields)


def sse_s3_leaves_no_entry(c):
    L, s, a = c.L, c.s, c.a
    asks_s3 = L.eq(a["mode"], SSE_S3)
    is_s3 = lambda name, at: L.eq(c.at(s, name, at), SSE_S3)
    cases = {"put": asks_s3, "create-upload": asks_s3, "get": is_s3("mode", a["path"]),
             "copy": L.all(asks_s3, is_s3("mode", a["source"])),
             "upload-part": is_s3("umode", a["upload"]),
             "complete-upload": is_s3("umode", a["upload"]),
             "delete": True, "abort-upload": True, "rotate-service-key": True}
    for action, sse_s3 in cases.items():
        _, after = c.after(action)
        yield action, sse_s3, c.same(s, after, TRAIL)


def entries_of_a_use(c):
    """Exactly the entries that the table of audit.md gives an acknowledged operation."""
    L, s, a = c.L, c.s, c.a
    one = lambda test: L.pick(test, 1, 0 * s["next"])
    asks = L.eq(a["mode"], SSE_KMS)
    put_key = L.all(asks, L.eq(c.k, a["key"]))
    uses = lambda place, at: L.all(L.eq(c.at(s, place + "mode", at), SSE_KMS),
                                   L.eq(c.at(s, place + "key", at), c.k))
    cases = {"put": one(put_key), "create-upload": one(put_key),
             "get": one(uses("", a["path"])),
             "copy": one(put_key) + one(uses("", a["source"])),
             "upload-part": one(uses("u", a["upload"])),
             "complete-upload": one(uses("u", a["upload"]))}
    for action, number in cases.items():
        accepted, after = c.after(action)
        grown = L.eq(c.at(after, "entries", c.k), c.at(s, "entries", c.k) + number)
        yield action, accepted, grown


def key_states(c):
    """The table of key.md, spelled out: from, to; and no other action changes a state."""
    L, key = c.L, c.a["key"]
    table = {"create-key": ((e.NONE,), e.ENABLED), "enable-key": ((1, 2), e.ENABLED),
             "disable-key": ((1, 2), e.DISABLED), "schedule-deletion": ((1, 2), e.PENDING),
             "cancel-deletion": ((e.PENDING,), e.DISABLED),
             "deletion-happens": ((e.PENDING,), e.DELETED)}
    for action in ACTIONS:
        accepted, after = c.after(action)
        old, new = c.at(c.s, "state", c.k), c.at(after, "state", c.k)
        if action not in table:
            yield action, True, L.eq(old, new)
            continue
        sources, to = table[action]
        mine = L.eq(c.k, key)
        fits = L.any(*[L.eq(old, x) for x in sources])
        yield action, L.all(accepted, mine), L.all(fits, L.eq(new, to))
        yield action + " others", L.no(mine), L.eq(old, new)


def deleted_stays_deleted(c):
    for action in ACTIONS:
        _, after = c.after(action)
        was = c.L.all(c.L.eq(c.at(c.s, "state", c.k), e.DELETED), c.at(c.s, "present", c.o))
        still = c.L.all(c.L.eq(c.at(after, "state", c.k), e.DELETED), c.L.no(
            c.L.get(c.at(after, "held", c.k), c.at(c.s, "material", c.o))))
        yield action, was, still


INVARIANTS = [
    ("keys-sound", "rotation.effect.old-blobs key.deletion.material-erased"),
    ("wraps-sound", "sse.put.fresh-data-key rotation.effect.new-material"),
    ("material-kept", "rotation.effect.old-objects key.enable.restores"),
    ("context-own", "encryption-context.object-arn.added sse.copy.destination-arn"),
    ("deks-distinct", "sse.put.fresh-data-key sse.copy.fresh-data-key "
     "sse.multipart.one-data-key"),
    ("trail-complete", "audit.entry.one-per-request audit.entry.refused-recorded"),
]

STEPS = [
    ("readable exactly when the text says so", "sse.authorization.decrypt "
     "key.disable.refuses-cryptography sse.get.readable-again", readable_spelled_out),
    ("a wrap that was moved opens nowhere else", "data-key.unwrap.binding "
     "encryption-context.object-arn.from-request", moved_wrap_refused),
    ("a refused request changes nothing but the trail", "sse.put.refused-writes-nothing "
     "sse.copy.refused-writes-nothing sse.multipart.refused-writes-nothing key.state.table",
     refused_changes_nothing),
    ("rotation keeps readable what was readable", "rotation.effect.old-objects "
     "rotation.service-key.old-objects",
     stays_readable("rotate-key", "rotate-automatically", "rotate-service-key")),
    ("a restart keeps readable what was readable", "key.state.survives-restart "
     "rotation.effect.survives-restart", stays_readable("restart")),
    ("disable and enable restore", "key.enable.restores", disable_then_enable),
    ("schedule, cancel and enable restore", "key.cancel-deletion.restores",
     cancelled_then_enabled),
    ("a disabled or pending key neither reads nor writes", "key.disable.refuses-cryptography "
     "key.pending-deletion.refuses-cryptography sse.put.key-disabled-refused "
     "key.schedule-deletion.pending", disabled_refuses),
    ("only a permitted, Enabled key wraps", "sse.authorization.generate-data-key "
     "sse.put.key-disabled-refused", only_enabled_wraps),
    ("parts and completion need Decrypt", "sse.multipart.decrypt-permission",
     completion_needs_decrypt),
    ("a DEK is fresh, and never given twice", "sse.put.fresh-data-key "
     "sse.copy.fresh-data-key", fresh_dek),
    ("only the current material wraps", "rotation.effect.new-material "
     "rotation.effect.current-shown rotation.service-key.new-puts", current_material_wraps),
    ("completion makes the object under the upload's DEK", "sse.multipart.one-data-key "
     "sse.multipart.ended", completion_takes_the_uploads_wrap),
    ("no action touches another object", "rotation.effect.re-encrypts-nothing "
     "sse.multipart.invisible-until-complete", others_untouched),
    ("SSE-S3 leaves no entry", "audit.entry.none-for-sse-s3 sse.put.sse-s3-no-kms-request "
     "sse.delete.no-kms-request rotation.service-key.no-trace-in-kms",
     sse_s3_leaves_no_entry),
    ("each use has exactly its entries", "sse.put.generate-data-key-once "
     "sse.get.decrypt-once sse.copy.decrypt-once sse.copy.generate-data-key-once "
     "sse.multipart.reference-decrypts", entries_of_a_use),
    ("key states follow the table", "key.state.table key.cancel-deletion.disabled "
     "key.create.enabled", key_states),
    ("what is deleted stays deleted, without material", "key.deletion.material-erased "
     "key.deletion.blobs-lost", deleted_stays_deleted),
]

# mutant of the transitions -> the obligation that has to fail
MUTANTS = {
    "binding-dropped": "context-own", "copy-keeps-context": "context-own",
    "dek-reused": "wraps-sound", "copy-keeps-dek": "deks-distinct",
    "completion-leaves-upload": "deks-distinct", "restart-repeats-deks": "wraps-sound",
    "rotation-forgets": "material-kept", "disabling-erases-material": "material-kept",
    "deletion-keeps-material": "keys-sound", "put-unrecorded": "trail-complete",
    "put-recorded-twice": "trail-complete", "get-unrecorded": "trail-complete",
    "binding-unchecked": "a wrap that was moved opens nowhere else",
    "read-needs-no-permission": "readable exactly when the text says so",
    "disabled-key-decrypts": "readable exactly when the text says so",
    "refused-put-deletes": "a refused request changes nothing but the trail",
    "disabled-key-encrypts": "only a permitted, Enabled key wraps",
    "completion-skips-decrypt": "parts and completion need Decrypt",
    "first-material-wraps": "only the current material wraps",
    "sse-s3-asks-kms": "SSE-S3 leaves no entry",
    "cancel-enables": "key states follow the table",
    "schedule-disables": "key states follow the table",
    "disable-does-nothing": "a disabled or pending key neither reads nor writes",
    "deletion-without-waiting": "key states follow the table",
}
