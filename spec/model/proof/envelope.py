"""The envelope model: its state, its invariant and its transitions, each written once.

Every function takes `L`, a vocabulary of logic.py, so that the same text is proved by z3
and run on concrete states. A transition is a function (L, s, a, m) -> (accepted, after):
`s` the state, `a` the action's parameters, `m` the name of a deliberate fault or None.
`after` is the whole state afterwards, whether the request was accepted or refused.
"""

NONE, ENABLED, DISABLED, PENDING, DELETED = range(5)
SSE_S3, SSE_KMS = 1, 2

# The state: name -> shape. (A, B) is a map from A to B.
STATE = {
    # keys
    "state": ("Key", "Int"),            # NONE .. DELETED
    "current": ("Key", "Int"),          # number of the current material, from 1
    "held": ("Key", ("Int", "Bool")),   # which materials the KMS still has
    "service": "Int",                   # newest version of the service key of SSE-S3
    # the object that lies at a path
    "present": ("Path", "Bool"),
    "mode": ("Path", "Int"),
    "dek": ("Path", "Int"),
    "key": ("Path", "Key"),             # SSE-KMS only
    "material": ("Path", "Int"),        # material of the key, or version of the service key
    "context": ("Path", "Path"),        # the path that its wrap binds
    # open multipart uploads
    "open": ("Upload", "Bool"),
    "upath": ("Upload", "Path"),
    "umode": ("Upload", "Int"),
    "udek": ("Upload", "Int"),
    "ukey": ("Upload", "Key"),
    "umaterial": ("Upload", "Int"),
    "ucontext": ("Upload", "Path"),
    # permissions, as the decision of decision.py gives them
    "s3": ("Principal", ("Path", "Bool")),
    "generate": ("Principal", ("Key", "Bool")),
    "decrypt": ("Principal", ("Key", "Bool")),
    # the rest
    "next": "Int",                      # the next DEK that the random source gives
    "up": "Bool",                       # the KMS answers
    "requests": ("Key", "Int"),         # KMS requests that resolved to the key (observed)
    "entries": ("Key", "Int"),          # their entries in the trail
}
OBJECT = ("present", "mode", "dek", "key", "material", "context")
UPLOAD = ("open", "upath", "umode", "udek", "ukey", "umaterial", "ucontext")
KEYS = ("state", "current", "held", "service")
TRAIL = ("requests", "entries")

# Parameters of an action: name -> sort. Each action uses some of them.
PARAMETERS = {"who": "Principal", "path": "Path", "source": "Path", "mode": "Int",
              "key": "Key", "upload": "Upload", "value": "Bool"}


# --- what a request asks ----------------------------------------------------------------

def exists(L, s, key):
    state = L.get(s["state"], key)
    return L.all(state >= ENABLED, state <= PENDING)


def usable(L, s, who, key, permission):
    """Whether the KMS grants a cryptographic request: outage, permission, state."""
    return L.all(s["up"], L.get(L.get(s[permission], who), key),
                 L.eq(L.get(s["state"], key), ENABLED))


def asked(L, s, key, when, m=None, entries=1):
    """Counts one KMS request on `key` where `when` holds and the request resolves."""
    counts = L.all(when, s["up"], exists(L, s, key))
    after = dict(s)
    for name, by in (("requests", 1), ("entries", entries)):
        old = L.get(s[name], key)
        after[name] = L.put(s[name], key, L.pick(counts, old + by, old))
    return after


def unwraps(L, s, place, at, path, who, m=None):
    """Whether the object or upload `at` gives its DEK for `path`; place says which."""
    mode, key = L.get(s[place + "mode"], at), L.get(s[place + "key"], at)
    material = L.get(s[place + "material"], at)
    bound = L.eq(L.get(s[place + "context"], at), path)
    if m == "binding-unchecked":
        bound = L.eq(path, path)
    service = L.all(L.eq(mode, SSE_S3), material >= 1, material <= s["service"])
    allowed = usable(L, s, who, key, "decrypt")
    if m == "read-needs-no-permission":
        allowed = L.all(s["up"], L.eq(L.get(s["state"], key), ENABLED))
    if m == "disabled-key-decrypts":
        allowed = L.all(s["up"], L.get(L.get(s["decrypt"], who), key), exists(L, s, key))
    kms = L.all(L.eq(mode, SSE_KMS), allowed, L.get(L.get(s["held"], key), material))
    return L.all(bound, L.any(service, kms))


def readable(L, s, who, path, m=None):
    """What a get does: every check of the mechanism, also the ones that cannot fail."""
    permitted = L.get(L.get(s["s3"], who), path)
    return L.all(permitted, L.get(s["present"], path), unwraps(L, s, "", path, path, who, m))


def readable_as_specified(L, s, who, path):
    """When a get has to succeed, spelled out without material, context or DEK."""
    key = L.get(s["key"], path)
    kms = L.all(s["up"], L.get(L.get(s["decrypt"], who), key),
                L.eq(L.get(s["state"], key), ENABLED))
    return L.all(L.get(s["present"], path), L.get(L.get(s["s3"], who), path),
                 L.any(L.eq(L.get(s["mode"], path), SSE_S3), kms))


# --- writing ----------------------------------------------------------------------------

def choose(L, accepted, yes, other):
    return {name: L.pick(accepted, yes[name], other[name]) for name in STATE}


def wrap(L, s, a, m=None):
    """The fields of a fresh wrap: DEK, and the material that wraps it."""
    current = L.get(s["current"], a["key"])
    if m == "first-material-wraps":
        current = 1
    return s["next"], L.pick(L.eq(a["mode"], SSE_KMS), current, s["service"])


def grants(L, s, a, m=None):
    """The store's part of a write: a mode, and under SSE-KMS a key that may be used."""
    kms = usable(L, s, a["who"], a["key"], "generate")
    if m == "disabled-key-encrypts":
        kms = L.all(s["up"], L.get(L.get(s["generate"], a["who"]), a["key"]),
                    exists(L, s, a["key"]))
    return L.any(L.eq(a["mode"], SSE_S3), L.all(L.eq(a["mode"], SSE_KMS), kms))


def written(L, s, a, m=None):
    """The state after an object was written to a["path"] under a fresh DEK."""
    dek, material = wrap(L, s, a, m)
    values = {"present": True, "mode": a["mode"], "dek": dek, "key": a["key"],
              "material": material, "context": a["path"]}
    if m == "binding-dropped":
        values["context"] = a["source"]
    after = dict(s)
    for name in OBJECT:
        after[name] = L.put(s[name], a["path"], values[name])
    after["next"] = s["next"] if m == "dek-reused" else s["next"] + 1
    return after


def put(L, s, a, m=None):
    permitted = L.get(L.get(s["s3"], a["who"]), a["path"])
    kms = L.eq(a["mode"], SSE_KMS)
    if m == "sse-s3-asks-kms":
        kms = L.eq(a["mode"], a["mode"])
    entries = {"put-unrecorded": 0, "put-recorded-twice": 2}.get(m, 1)
    seen = asked(L, s, a["key"], L.all(permitted, kms), m, entries)
    accepted = L.all(permitted, grants(L, s, a, m))
    refused = dict(seen)
    if m == "refused-put-deletes":
        refused["present"] = L.put(seen["present"], a["path"], False)
    return accepted, choose(L, accepted, written(L, seen, a, m), refused)


def copy(L, s, a, m=None):
    """CopyObject from a["source"] to a["path"], under a["mode"] and a["key"]."""
    source, permission = a["source"], L.get(s["s3"], a["who"])
    permitted = L.all(L.get(permission, source), L.get(permission, a["path"]),
                      L.get(s["present"], source))
    kms_source = L.eq(L.get(s["mode"], source), SSE_KMS)
    seen = asked(L, s, L.get(s["key"], source), L.all(permitted, kms_source), m)
    opened = L.all(permitted, unwraps(L, s, "", source, source, a["who"], m))
    seen = asked(L, seen, a["key"], L.all(opened, L.eq(a["mode"], SSE_KMS)), m)
    accepted = L.all(opened, grants(L, s, a, m))
    after = written(L, seen, a, m)
    if m == "copy-keeps-dek":
        after["dek"] = L.put(s["dek"], a["path"], L.get(s["dek"], source))
    if m == "copy-keeps-context":
        after["context"] = L.put(s["context"], a["path"], L.get(s["context"], source))
    return accepted, choose(L, accepted, after, seen)


def get_object(L, s, a, m=None):
    asks = L.all(L.get(L.get(s["s3"], a["who"]), a["path"]), L.get(s["present"], a["path"]),
                 L.eq(L.get(s["mode"], a["path"]), SSE_KMS))
    seen = asked(L, s, L.get(s["key"], a["path"]), asks, m, 0 if m == "get-unrecorded" else 1)
    return readable(L, s, a["who"], a["path"], m), seen


def delete_object(L, s, a, m=None):
    accepted = L.get(L.get(s["s3"], a["who"]), a["path"])
    gone = dict(s, present=L.put(s["present"], a["path"], False))
    return accepted, choose(L, accepted, gone, s)


def create_upload(L, s, a, m=None):
    permitted = L.all(L.get(L.get(s["s3"], a["who"]), a["path"]),
                      L.no(L.get(s["open"], a["upload"])))
    seen = asked(L, s, a["key"], L.all(permitted, L.eq(a["mode"], SSE_KMS)), m)
    accepted = L.all(permitted, grants(L, s, a, m))
    dek, material = wrap(L, s, a, m)
    values = {"open": True, "upath": a["path"], "umode": a["mode"], "udek": dek,
              "ukey": a["key"], "umaterial": material, "ucontext": a["path"]}
    after = dict(seen, next=s["next"] + 1)
    for name in UPLOAD:
        after[name] = L.put(seen[name], a["upload"], values[name])
    return accepted, choose(L, accepted, after, seen)


def asked_for_upload(L, s, a, m=None):
    """(whether the upload's DEK is to be had, the state with the request counted)"""
    upload, path = a["upload"], L.get(s["upath"], a["upload"])
    permitted = L.all(L.get(s["open"], upload), L.get(L.get(s["s3"], a["who"]), path))
    kms = L.eq(L.get(s["umode"], upload), SSE_KMS)
    seen = asked(L, s, L.get(s["ukey"], upload), L.all(permitted, kms), m)
    return L.all(permitted, unwraps(L, s, "u", upload, path, a["who"], m)), seen


def upload_part(L, s, a, m=None):
    return asked_for_upload(L, s, a, m)


def complete_upload(L, s, a, m=None):
    accepted, seen = asked_for_upload(L, s, a, m)
    if m == "completion-skips-decrypt":
        accepted = L.all(L.get(s["open"], a["upload"]),
                         L.get(L.get(s["s3"], a["who"]), L.get(s["upath"], a["upload"])))
    path, after = L.get(s["upath"], a["upload"]), dict(seen)
    for name in OBJECT[1:]:
        after[name] = L.put(seen[name], path, L.get(s["u" + name], a["upload"]))
    after["present"] = L.put(seen["present"], path, True)
    if m != "completion-leaves-upload":
        after["open"] = L.put(seen["open"], a["upload"], False)
    return accepted, choose(L, accepted, after, seen)


def abort_upload(L, s, a, m=None):
    path = L.get(s["upath"], a["upload"])
    accepted = L.all(L.get(s["open"], a["upload"]), L.get(L.get(s["s3"], a["who"]), path))
    return accepted, choose(L, accepted, dict(s, open=L.put(s["open"], a["upload"], False)), s)


# --- keys -------------------------------------------------------------------------------

def create_key(L, s, a, m=None):
    """A request that makes a key is an entry on it; a key id is never used again."""
    key, accepted = a["key"], L.all(s["up"], L.eq(L.get(s["state"], a["key"]), NONE))
    made = dict(s, state=L.put(s["state"], key, ENABLED), current=L.put(s["current"], key, 1))
    made["held"] = L.put(s["held"], key, L.put(L.none_held(), 1, True))
    return accepted, choose(L, accepted, asked(L, made, key, accepted, m), s)


def manage(allowed_states, becomes, faulty=None):
    """A management request: allowed in some states, leads to one; permission is granted."""
    def transition(L, s, a, m=None):
        key, seen = a["key"], asked(L, s, a["key"], s["up"], m)
        state, to = L.get(s["state"], key), becomes
        if faulty and m == faulty[0]:
            to = faulty[1]
        accepted = L.all(s["up"], L.any(*[L.eq(state, x) for x in allowed_states]))
        after = dict(seen, state=L.put(s["state"], key, to))
        if m == "disabling-erases-material" and becomes == DISABLED:
            after["held"] = L.put(s["held"], key, L.none_held())
        return accepted, choose(L, accepted, after, seen)
    return transition


enable = manage((ENABLED, DISABLED), ENABLED)
disable = manage((ENABLED, DISABLED), DISABLED, ("disable-does-nothing", ENABLED))
schedule = manage((ENABLED, DISABLED), PENDING, ("schedule-disables", DISABLED))
cancel = manage((PENDING,), DISABLED, ("cancel-enables", ENABLED))


def deletion_happens(L, s, a, m=None):
    """The end of the waiting period: no request, so no entry of one."""
    key = a["key"]
    accepted = L.eq(L.get(s["state"], key), PENDING)
    if m == "deletion-without-waiting":
        accepted = exists(L, s, key)
    after = dict(s, state=L.put(s["state"], key, DELETED))
    if m != "deletion-keeps-material":
        after["held"] = L.put(s["held"], key, L.none_held())
    return accepted, choose(L, accepted, after, s)


def rotate(L, s, a, m=None):
    """RotateKeyOnDemand of an Enabled key; permission is granted."""
    key, seen = a["key"], asked(L, s, a["key"], s["up"], m)
    accepted = L.all(s["up"], L.eq(L.get(s["state"], key), ENABLED))
    return accepted, choose(L, accepted, rotated(L, seen, key, m), seen)


def rotate_automatically(L, s, a, m=None):
    """The next rotation date of an Enabled key: no request."""
    accepted = L.eq(L.get(s["state"], a["key"]), ENABLED)
    return accepted, choose(L, accepted, rotated(L, s, a["key"], m), s)


def rotated(L, s, key, m=None):
    new = L.get(s["current"], key) + 1
    kept = L.get(s["held"], key)
    if m == "rotation-forgets":
        kept = L.put(kept, new - 1, False)
    return dict(s, current=L.put(s["current"], key, new),
                held=L.put(s["held"], key, L.put(kept, new, True)))


def rotate_service_key(L, s, a, m=None):
    return L.eq(s["service"], s["service"]), dict(s, service=s["service"] + 1)


# --- policies, outage, restart ----------------------------------------------------------

def policy_change(name, target):
    def transition(L, s, a, m=None):
        row = L.put(L.get(s[name], a["who"]), a[target], a["value"])
        return L.eq(a["who"], a["who"]), dict(s, **{name: L.put(s[name], a["who"], row)})
    return transition


def outage(L, s, a, m=None):
    return s["up"], dict(s, up=L.all(s["up"], L.no(s["up"])))


def restart(L, s, a, m=None):
    """What was acknowledged is durable; the KMS answers again."""
    after = dict(s, up=L.any(s["up"], L.no(s["up"])))
    if m == "restart-repeats-deks":
        after["next"] = s["next"] * 0
    return L.eq(s["next"], s["next"]), after


ACTIONS = {
    "put": put, "copy": copy, "get": get_object, "delete": delete_object,
    "create-upload": create_upload, "upload-part": upload_part,
    "complete-upload": complete_upload, "abort-upload": abort_upload,
    "create-key": create_key, "enable-key": enable, "disable-key": disable,
    "schedule-deletion": schedule, "cancel-deletion": cancel,
    "deletion-happens": deletion_happens, "rotate-key": rotate,
    "rotate-automatically": rotate_automatically, "rotate-service-key": rotate_service_key,
    "s3-policy": policy_change("s3", "path"),
    "generate-policy": policy_change("generate", "key"),
    "decrypt-policy": policy_change("decrypt", "key"),
    "outage": outage, "restart": restart,
}
NEVER_REFUSED = frozenset(("rotate-service-key", "s3-policy", "generate-policy",
                           "decrypt-policy", "restart"))


# --- the invariant ----------------------------------------------------------------------

def key_sound(L, s, k):
    """A key that is there holds exactly its materials 1 to current; no other holds any."""
    state, current = L.get(s["state"], k), L.get(s["current"], k)
    materials = L.each("Int", lambda n: L.eq(
        L.get(L.get(s["held"], k), n), L.all(exists(L, s, k), n >= 1, n <= current)))
    return L.all(state >= NONE, state <= DELETED, materials,
                 L.any(L.eq(state, NONE), current >= 1))


def wrap_sound(L, s, place, at):
    """Mode, DEK and wrapping material of an object ("") or an upload ("u")."""
    mode, material = L.get(s[place + "mode"], at), L.get(s[place + "material"], at)
    key, dek = L.get(s[place + "key"], at), L.get(s[place + "dek"], at)
    service = L.all(L.eq(mode, SSE_S3), material <= s["service"])
    kms = L.all(L.eq(mode, SSE_KMS), L.no(L.eq(L.get(s["state"], key), NONE)),
                material <= L.get(s["current"], key))
    return L.all(dek >= 0, dek < s["next"], material >= 1, L.any(service, kms))


def unless(L, absent, holds):
    return L.any(absent, holds)


def keys_sound(L, s):
    return L.all(s["service"] >= 1, s["next"] >= 0,
                 L.each("Key", lambda k: key_sound(L, s, k)))


def wraps_sound(L, s):
    return L.all(
        L.each("Path", lambda o: unless(
            L, L.no(L.get(s["present"], o)), wrap_sound(L, s, "", o))),
        L.each("Upload", lambda u: unless(
            L, L.no(L.get(s["open"], u)), wrap_sound(L, s, "u", u))))


def material_kept(L, s):
    """The wrapping material is still there, unless the key was deleted."""
    def kept(there, place, at):
        key = L.get(s[place + "key"], at)
        held = L.get(L.get(s["held"], key), L.get(s[place + "material"], at))
        return L.any(L.no(L.get(s[there], at)), L.eq(L.get(s[place + "mode"], at), SSE_S3),
                     L.eq(L.get(s["state"], key), DELETED), held)
    return L.all(L.each("Path", lambda o: kept("present", "", o)),
                 L.each("Upload", lambda u: kept("open", "u", u)))


def context_own(L, s):
    """What a wrap binds is the path that it lies at, or that its upload is for."""
    return L.all(
        L.each("Path", lambda o: unless(
            L, L.no(L.get(s["present"], o)), L.eq(L.get(s["context"], o), o))),
        L.each("Upload", lambda u: unless(
            L, L.no(L.get(s["open"], u)),
            L.eq(L.get(s["ucontext"], u), L.get(s["upath"], u)))))


def deks_distinct(L, s):
    """No two objects or open uploads share a DEK."""
    def apart(one, two, p, q, a, b):
        shared = L.eq(L.get(s[p + "dek"], a), L.get(s[q + "dek"], b))
        there = L.all(L.get(s[one], a), L.get(s[two], b))
        return L.no(L.all(there, shared))
    def among(there, place, sort):
        return L.each(sort, lambda a: L.each(sort, lambda b: L.any(
            L.eq(a, b), apart(there, there, place, place, a, b))))
    return L.all(among("present", "", "Path"), among("open", "u", "Upload"),
                 L.each("Path", lambda o: L.each("Upload", lambda u: apart(
                     "present", "open", "", "u", o, u))))


def trail_complete(L, s):
    """Exactly one entry for every request that resolved to a key."""
    return L.each("Key", lambda k: L.eq(L.get(s["requests"], k), L.get(s["entries"], k)))


INVARIANT = {"keys-sound": keys_sound, "wraps-sound": wraps_sound,
             "material-kept": material_kept, "context-own": context_own,
             "deks-distinct": deks_distinct, "trail-complete": trail_complete}


def invariant(L, s):
    return L.all(*[part(L, s) for part in INVARIANT.values()])


def initial(L, s):
    """No keys, no objects, no uploads, an empty trail; permissions are arbitrary."""
    return L.all(
        L.eq(s["service"], 1), L.eq(s["next"], 0), s["up"],
        L.each("Path", lambda o: L.no(L.get(s["present"], o))),
        L.each("Upload", lambda u: L.no(L.get(s["open"], u))),
        L.each("Key", lambda k: L.all(
            L.eq(L.get(s["state"], k), NONE), L.eq(L.get(s["requests"], k), 0),
            L.eq(L.get(s["entries"], k), 0),
            L.each("Int", lambda n: L.no(L.get(L.get(s["held"], k), n))))))
