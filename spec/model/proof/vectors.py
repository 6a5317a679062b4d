"""Runs every vector of vectors/data/policy through decision.py.

A small world (principals, keys, buckets, objects) is kept by the steps of a scenario; each
step is broken into the decisions that the tables of spec/policy.md demand of it."""
import glob
import json
import os
import re

import z3

import decision
import reader

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "eu-central-1"
ROOT, OTHER_ROOT = ("arn:aws:iam::%s:root" % a for a in (ACCOUNT, OTHER))
CRYPTO = ("GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "Encrypt", "Decrypt")
FIXTURES = ("CreatePrincipal", "PutIdentityPolicy", "DeleteIdentityPolicy", "Restart")
PUTS_DOCUMENT = ("CreateKey", "PutKeyPolicy", "PutBucketPolicy", "PutIdentityPolicy")
S3_ACTION = {
    "CopyObject": "PutObject", "HeadObject": "GetObject", "ListObjects": "ListBucket",
    "PutBucketEncryption": "PutEncryptionConfiguration", "CreateMultipartUpload": "PutObject",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration"}
ON_OBJECT = ("PutObject", "GetObject", "DeleteObject")
MANAGED = """{"Statement": [
 {"Effect": "Allow", "Principal": {"AWS": "*"}, "Resource": "*",
  "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*",
             "kms:DescribeKey"],
  "Condition": {"StringEquals": {"kms:CallerAccount": "ACCOUNT",
                                 "kms:ViaService": "s3.REGION.amazonaws.com"}}},
 {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::ACCOUNT:root"}, "Resource": "*",
  "Action": ["kms:Describe*", "kms:Get*", "kms:List*"]}]}"""


class Missing(Exception):
    """A key, object or bucket that the request names does not exist."""


def default_policy(account):
    return json.dumps({"Statement": {
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::%s:root" % account},
        "Action": "kms:*", "Resource": "*"}})


class World:
    def __init__(self):
        self.vars = {"account": ACCOUNT, "other_account": OTHER, "region": REGION,
                     "root": ROOT, "other_root": OTHER_ROOT}
        self.identity, self.keys, self.aliases = {}, {}, {}
        self.buckets, self.serial, self.secure, self.decisions = {}, 0, True, 0

    # --- names -------------------------------------------------------------------------

    def fill(self, value):
        if isinstance(value, dict):
            return {self.fill(k): self.fill(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.fill(v) for v in value]
        if not isinstance(value, str):
            return value
        return re.sub(r"\$\{([^}]*)\}", self.variable, value)

    def variable(self, match):
        name = match.group(1)
        if name.startswith("bucket:"):
            return "bucket-" + name[7:]
        return self.vars[name] if name in self.vars else match.group(0)

    def make_key(self, account, policy):
        self.serial += 1
        arn = "arn:aws:kms:%s:%s:key/%08d-0000-4000-8000-000000000000" % (
            REGION, account, self.serial)
        self.keys[arn] = policy or default_policy(account)
        return arn

    def key(self, name, account):
        """(ARN of the key, alias that the request named or None)"""
        prefix = "arn:aws:kms:%s:" % REGION
        full = name if name.startswith("arn:") else prefix + account + ":" + (
            name if name.startswith("alias/") else "key/" + name)
        arn = self.aliases.get(full, full)
        if arn not in self.keys:
            raise Missing(name)
        alias = full.split(":", 5)[5] if full in self.aliases else None
        return arn, alias

    def managed(self, account, make):
        alias = "arn:aws:kms:%s:%s:alias/aws/s3" % (REGION, account)
        if alias not in self.aliases and make:
            text = MANAGED.replace("ACCOUNT", account).replace("REGION", REGION)
            self.aliases[alias] = self.make_key(account, text)
        return self.aliases.get(alias)

    # --- decisions ---------------------------------------------------------------------

    def request(self, caller, action, resource, more):
        context = {"aws:PrincipalArn": [caller],
                   "aws:SecureTransport": ["true" if self.secure else "false"]}
        account = caller.split(":")[4]
        if action.startswith("kms:"):
            context["kms:CallerAccount"] = [account]
        context.update(more)
        return reader.Request(caller, action, resource, context)

    def decide(self, request, policy, same, kind):
        self.decisions += 1
        own = [s for text in self.identity.get(request.caller, {}).values()
               for s in reader.read(text, request)]
        on_resource = reader.read(policy, request) if policy else []
        some = decision.concrete_some(on_resource, own)
        facts = decision.Facts(some, same, request.root,
                               request.action in decision.CROSSABLE,
                               request.action in decision.OWNER_ACTIONS)
        rule = getattr(decision, kind + "_decision")
        result = rule(facts)
        self.same_as_term(facts, rule, result)
        return request.known and (result[0] if kind != "identity" else result)

    def same_as_term(self, facts, rule, result):
        """The z3 term over the same facts simplifies to the same answer."""
        term = object.__new__(decision.Facts)
        for name, value in vars(facts).items():
            setattr(term, name, z3.BoolVal(bool(value)))
        allowed = rule(term)
        allowed = allowed[0] if isinstance(allowed, tuple) else allowed
        wanted = result[0] if isinstance(result, tuple) else result
        if z3.is_true(z3.simplify(allowed)) != bool(wanted):
            raise AssertionError("term and value of the decision differ")

    def on_key(self, caller, action, arn, alias=None, pairs=None, via=False, policy=None):
        more = {"kms:RequestAlias": [alias]} if alias else {}
        if pairs:
            more.update({"pairs": pairs, "kms:EncryptionContextKeys": list(pairs)})
        if via:
            more["kms:ViaService"] = ["s3.%s.amazonaws.com" % REGION]
        request = self.request(caller, action, arn, more)
        same = arn.split(":")[4] == request.account
        return self.decide(request, policy or self.keys[arn], same, "key")

    def alone(self, caller, action, resource):
        return self.decide(self.request(caller, action, resource, {}), None, True, "identity")

    def on_bucket(self, caller, action, bucket, key=None, more=None):
        if bucket not in self.buckets:
            raise Missing(bucket)
        arn = "arn:aws:s3:::" + bucket + ("" if key is None else "/" + key)
        place = self.buckets[bucket]
        request = self.request(caller, "s3:" + action, arn, more or {})
        return self.decide(request, place["policy"], place["account"] == request.account,
                           "bucket")

    # --- operations: each yields its decisions and then takes effect ---------------------

    def perform(self, caller, op, p):
        """None if allowed, "denied", or "missing"; and the values to bind."""
        account = caller.split(":")[4]
        try:
            if op in FIXTURES:
                return None, self.fixture(op, p)
            if "bucket" in p:
                return self.store(caller, account, op, p)
            return self.kms(caller, account, op, p)
        except Missing:
            return "missing", {}

    def fixture(self, op, p):
        if op == "CreatePrincipal":
            arn = "arn:aws:iam::%s:user/%s" % (p.get("account", ACCOUNT), p["name"])
            self.identity[arn] = {}
            return {"/arn": arn}
        if op == "PutIdentityPolicy":
            self.identity[p["principal"]][p["name"]] = p["policy"]
        if op == "DeleteIdentityPolicy":
            self.identity[p["principal"]].pop(p["name"], None)
        return {}

    def kms(self, caller, account, op, p):
        if op in ("CreateKey", "ListKeys", "ListAliases"):
            return self.create_or_list(caller, account, op, p)
        if op == "CreateAlias":
            return self.create_alias(caller, account, p)
        if op == "ReEncrypt":
            return self.re_encrypt(caller, account, p)
        name = p.get("key_id") or p["ciphertext_blob"].split("|")[1]
        arn, alias = self.key(name, account)
        pairs = p.get("encryption_context") if op in CRYPTO else None
        if not self.on_key(caller, "kms:" + op, arn, alias, pairs):
            return "denied", {}
        if op == "PutKeyPolicy":
            if self.locked_out(caller, arn, p):
                return "locked-out", {}
            self.keys[arn] = p["policy"]
        return None, {"/plaintext": "00", "/ciphertext_blob": "blob|" + arn}

    def locked_out(self, caller, arn, p):
        return not p.get("bypass_policy_lockout_safety_check") and not self.on_key(
            caller, "kms:PutKeyPolicy", arn, policy=p["policy"])

    def create_or_list(self, caller, account, op, p):
        if not self.alone(caller, "kms:" + op, "*"):
            return "denied", {}
        if op != "CreateKey":
            return None, {}
        arn = self.make_key(account, p.get("policy"))
        if p.get("policy") and self.locked_out(caller, arn, p):
            return "locked-out", {}
        return None, {"/key_metadata/arn": arn, "/key_metadata/key_id": arn.split("/")[1],
                      "/key_metadata/description": p.get("description", "")}

    def create_alias(self, caller, account, p):
        arn, _ = self.key(p["target_key_id"], account)
        alias = "arn:aws:kms:%s:%s:%s" % (REGION, account, p["alias_name"])
        if not (self.alone(caller, "kms:CreateAlias", alias)
                and self.on_key(caller, "kms:CreateAlias", arn)):
            return "denied", {}
        self.aliases[alias] = arn
        return None, {}

    def re_encrypt(self, caller, account, p):
        source, named = p["ciphertext_blob"].split("|")[1], None
        if "source_key_id" in p:
            source, named = self.key(p["source_key_id"], account)
        target, alias = self.key(p["destination_key_id"], account)
        allowed = (self.on_key(caller, "kms:ReEncryptFrom", source, named,
                               p.get("source_encryption_context"))
                   and self.on_key(caller, "kms:ReEncryptTo", target, alias,
                                   p.get("destination_encryption_context")))
        return (None if allowed else "denied"), {"/ciphertext_blob": "blob|" + target}

    # --- the store -----------------------------------------------------------------------

    def store(self, caller, account, op, p):
        if op == "CreateBucket":
            if not self.alone(caller, "s3:CreateBucket", "arn:aws:s3:::" + p["bucket"]):
                return "denied", {}
            self.buckets[p["bucket"]] = {"account": account, "policy": None, "rule": None,
                                         "objects": {}}
            return None, {}
        if op in ("PutObject", "CopyObject", "CreateMultipartUpload"):
            return self.write(caller, account, op, p)
        action, key = S3_ACTION.get(op, op), p.get("key")
        if not self.on_bucket(caller, action, p["bucket"], key):
            return "denied", {}
        place = self.buckets[p["bucket"]]
        if op in ("PutBucketPolicy", "DeleteBucketPolicy"):
            place["policy"] = p.get("policy")
        if op in ("PutBucketEncryption", "DeleteBucketEncryption"):
            place["rule"] = p["rules"][0] if "rules" in p else None
        if op in ("GetObject", "HeadObject"):
            return self.read_object(caller, p, op == "GetObject"), {}
        if op == "DeleteObject":
            place["objects"].pop(key, None)
        return None, {}

    def read_object(self, caller, p, decrypts):
        found = self.buckets[p["bucket"]]["objects"].get(p["key"])
        if found is None:
            raise Missing(p["key"])
        if not decrypts or found["key"] is None:
            return None
        allowed = self.on_key(caller, "kms:Decrypt", found["key"], None, found["pairs"], True)
        return None if allowed else "denied"

    def chosen_key(self, account, sent, rule):
        """(algorithm, identifier, ARN if it exists, alias in the request)"""
        chosen = sent if "algorithm" in sent else (rule or {"algorithm": "AES256"})
        if chosen["algorithm"] != "aws:kms":
            return chosen["algorithm"], None, None, None
        name = chosen.get("kms_key_id")
        if name in (None, "alias/aws/s3"):
            return "aws:kms", None, self.managed(account, False), name
        try:
            return ("aws:kms", name) + self.key(name, account)
        except Missing:
            return "aws:kms", name, None, None

    def write(self, caller, account, op, p):
        sent = p.get("sse") or {}
        rule = self.buckets[p["bucket"]]["rule"] if p["bucket"] in self.buckets else None
        mode, name, arn, alias = self.chosen_key(account, sent, rule)
        more = {}
        if "algorithm" in sent:
            more["s3:x-amz-server-side-encryption"] = [sent["algorithm"]]
        if arn or name:
            more["s3:x-amz-server-side-encryption-aws-kms-key-id"] = [arn or name]
        if op == "CopyObject":
            source = dict(p["source"])
            if not self.on_bucket(caller, "GetObject", source["bucket"], source["key"]):
                return "denied", {}
        if not self.on_bucket(caller, "PutObject", p["bucket"], p["key"], more):
            return "denied", {}
        if op == "CopyObject" and self.read_object(caller, source, True):
            return "denied", {}
        return self.encrypt(caller, account, op, p, (mode, name, arn, alias, sent))

    def encrypt(self, caller, account, op, p, choice):
        mode, name, arn, alias, sent = choice
        pairs = dict(sent.get("encryption_context", {}))
        pairs["aws:s3:arn"] = "arn:aws:s3:::%s/%s" % (p["bucket"], p["key"])
        if mode == "aws:kms":
            arn = arn or (self.managed(account, True) if name is None else None)
            if arn is None:
                raise Missing(name)
            if not self.on_key(caller, "kms:GenerateDataKey", arn, alias, pairs, True):
                return "denied", {}
        if op != "CreateMultipartUpload":
            self.buckets[p["bucket"]]["objects"][p["key"]] = {"key": arn, "pairs": pairs}
        return None, {"/sse/kms_key_id": arn or "", "/upload_id": "upload"}


def document_refusal(op, refused):
    return op in PUTS_DOCUMENT and bool(
        set(refused.get("kinds", ())) & {"invalid", "limit"})


def judge(outcome, refused):
    """Whether the outcome of the decision agrees with the expectation of a step."""
    kinds = refused.get("kinds", []) if refused else []
    if outcome is None:
        return kinds != ["denied"]
    wanted = {"denied": "denied", "missing": "not-found", "locked-out": "invalid"}[outcome]
    return wanted in kinds


def run_scenario(scenario):
    """("decision", "document" or "fixture"; number of decisions; list of disagreements)"""
    world, kind, bad = World(), "fixture", []
    for number, step in enumerate(scenario["steps"]):
        (op, raw), = step["perform"].items()
        refused = step["expect"].get("refused")
        lockout = "policy.document.lockout" in scenario["requirements"]
        if refused and document_refusal(op, refused) and not lockout:
            kind = "document"
            continue
        world.secure = step.get("secure_transport", True)
        caller, params = world.fill(step.get("caller", ROOT)), world.fill(raw)
        before = world.decisions
        outcome, values = world.perform(caller, op, params)
        agrees = judge(outcome, refused)
        if refused and document_refusal(op, refused):
            agrees = outcome == "locked-out"
        if not agrees:
            bad.append("step %d %s: %s, expected %s" % (
                number, op, outcome or "allowed", refused or "a reply"))
        decided = world.decisions > before and op not in ("CreateBucket", "CreateKey")
        if kind == "fixture" and (decided or lockout):
            kind = "decision"
        for name, pointer in step.get("bind", {}).items():
            world.vars[name] = values.get(pointer, "")
    return kind, world.decisions, bad


def run_all(folder):
    count, decisions, bad = {"decision": 0, "document": 0, "fixture": 0}, 0, []
    for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
        with open(path, encoding="utf-8") as file:
            scenarios = json.load(file)["scenarios"]
        for scenario in scenarios:
            try:
                kind, made, wrong = run_scenario(scenario)
            except Exception as error:  # a vector that cannot be evaluated has to be named
                kind, made, wrong = "decision", 0, ["cannot be evaluated: %r" % error]
            count[kind] += 1
            decisions += made
            bad += ["%s: %s" % (scenario["id"], text) for text in wrong]
    return count, decisions, bad


if __name__ == "__main__":
    print(*run_all("../../../vectors/data/policy"), sep="\n")
