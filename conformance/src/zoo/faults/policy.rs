//! Faults in who may do what (spec/policy.md).

pub(super) mod condition;

use super::{Fault, bent};
use crate::zoo::kms::KmsSwitch;
use crate::zoo::switch::Switch;
use sse_vectors::oracle::bend::{Bend, Life, Rule};

const fn rule(rule: Rule) -> Switch {
    Switch::Oracle(Bend::Rule(rule))
}

const fn life(life: Life) -> Switch {
    Switch::Oracle(Bend::Life(life))
}

pub(in crate::zoo::faults) const FAULTS: &[Fault] = &[
    bent!(
        "deny-in-key-policy-ignored",
        rule(Rule::KeyDenyIgnored),
        "",
        "a Deny in a key policy does not count",
        ["policy.key.deny-in-key-policy"]
    ),
    bent!(
        "deny-in-identity-policy-ignored",
        rule(Rule::IdentityDenyIgnored),
        "",
        "a Deny in an identity policy does not count for keys",
        ["policy.key.deny-in-identity-policy"]
    ),
    bent!(
        "deny-in-bucket-policy-ignored",
        rule(Rule::BucketDenyIgnored),
        "",
        "a Deny in a bucket policy does not count",
        ["policy.bucket.deny"]
    ),
    bent!(
        "allow-beats-deny",
        rule(Rule::AllowBeatsDeny),
        "",
        "a Deny does not count where the key policy allows the caller himself",
        ["policy.key.deny-in-identity-policy", "policy.key.deny-in-key-policy"]
    ),
    bent!(
        "deny-across-accounts-ignored",
        rule(Rule::CrossDenyIgnored),
        "",
        "a Deny does not count for callers of another account",
        [
            "policy.key.deny-in-key-policy",
            "policy.key.deny-in-identity-policy",
            "policy.decision.reference"
        ]
    ),
    bent!(
        "delegation-grants",
        rule(Rule::DelegationGrants),
        "",
        "a key policy that trusts the account allows each of its principals",
        ["policy.key.delegation-no-grant", "policy.key.delegation-without-iam"]
    ),
    bent!(
        "iam-alone",
        rule(Rule::IdentityAlone),
        "",
        "an identity policy is enough, whatever the key policy says",
        ["policy.key.iam-without-delegation"]
    ),
    bent!(
        "delegation-off",
        rule(Rule::DelegationOff),
        "",
        "a key policy that trusts the account means its root alone",
        ["policy.key.delegation-with-iam"]
    ),
    bent!(
        "cross-account-never",
        rule(Rule::CrossNever),
        "",
        "no principal of another account is ever allowed",
        ["policy.cross-account.both"]
    ),
    bent!(
        "cross-account-key-policy-alone",
        rule(Rule::CrossKeyAlone),
        "",
        "the key policy is enough for callers of another account",
        ["policy.cross-account.key-policy-only"]
    ),
    bent!(
        "cross-account-iam-alone",
        rule(Rule::CrossIdentityAlone),
        "",
        "an identity policy is enough for the key of another account",
        ["policy.cross-account.iam-only"]
    ),
    bent!(
        "reads-need-no-permission",
        rule(Rule::ReadsFree),
        "",
        "a get needs the permission of KMS alone",
        ["policy.permission.s3-needed"]
    ),
    bent!(
        "bucket-policy-alone-across-accounts",
        rule(Rule::BucketPolicyCross),
        "",
        "a bucket policy is enough for callers of another account",
        ["policy.bucket.one-side"]
    ),
    bent!(
        "identity-alone-on-foreign-bucket",
        rule(Rule::BucketIdentityCross),
        "",
        "an identity policy is enough for the bucket of another account",
        ["policy.bucket.one-side"]
    ),
    bent!(
        "identity-not-enough-for-bucket",
        rule(Rule::BucketIdentityShort),
        "",
        "an identity policy alone allows nothing on a bucket",
        ["policy.bucket.identity-allow"]
    ),
    bent!(
        "action-prefix",
        rule(Rule::ActionPrefix),
        "",
        "an action without a wildcard stands for those that it begins",
        [
            "policy.statement.action-wildcard",
            "kms.generate-data-key-without-plaintext.own-permission",
            "policy.decision.reference"
        ]
    ),
    bent!(
        "action-wildcard-literal",
        rule(Rule::ActionLiteral),
        "",
        "a wildcard inside of an action is a letter",
        ["policy.statement.action-wildcard"]
    ),
    bent!(
        "not-action-as-action",
        rule(Rule::NotActionForgotten),
        "",
        "`NotAction` is read as `Action`",
        ["policy.statement.not-action"]
    ),
    bent!(
        "resource-ignored",
        rule(Rule::ResourceIgnored),
        "",
        "the resources of a statement do not count",
        ["policy.statement.resource-pattern"]
    ),
    bent!(
        "policy-stale",
        life(Life::PolicyStale),
        "",
        "PutKeyPolicy is acknowledged and the old policy decides",
        ["policy.document.latest"]
    ),
    bent!(
        "policy-malformed-taken",
        life(Life::MalformedTaken),
        "",
        "a policy that is malformed is acknowledged and changes nothing",
        ["policy.document.malformed", "policy.document.unknown-refused"]
    ),
    bent!(
        "lockout-unchecked",
        life(Life::LockoutUnchecked),
        "",
        "a key policy may lock out whoever puts it",
        ["policy.document.lockout"]
    ),
    bent!(
        "key-policies-forgotten",
        Switch::Kms(KmsSwitch::PoliciesForgotten),
        "",
        "a Restart gives every key its default policy",
        ["policy.document.survives-restart"]
    ),
    bent!(
        "identity-policies-forgotten",
        Switch::Kms(KmsSwitch::IdentitiesForgotten),
        "",
        "a Restart forgets identity policies",
        ["policy.document.survives-restart"]
    ),
    bent!(
        "first-principal-only",
        rule(Rule::FirstPrincipal),
        "",
        "only the first principal of a list counts",
        ["policy.key.deny-in-key-policy", "policy.key.direct-allow"]
    ),
    bent!(
        "direct-allow-not-enough",
        rule(Rule::DirectNeedsIdentity),
        "",
        "a key policy that names a principal needs an identity policy as well",
        ["policy.key.direct-allow"]
    ),
    bent!(
        "root-always-allowed",
        rule(Rule::RootAlways),
        "",
        "the root principal of a key's account is allowed whatever the key policy says",
        ["policy.key.root-not-named"]
    ),
    bent!(
        "cross-account-management",
        rule(Rule::CrossAnything),
        "",
        "a key policy and an identity policy allow the management of another account's key",
        ["policy.cross-account.operations"]
    ),
    bent!(
        "bucket-owner-bound",
        rule(Rule::OwnerBound),
        "",
        "a bucket policy can keep the owner's root principal from changing it",
        ["policy.bucket.owner-root"]
    ),
    bent!(
        "default-policy-open",
        life(Life::BornOpen),
        "",
        "the default key policy allows everybody",
        ["policy.document.default-key-policy"]
    ),
    bent!(
        "no-policy-as-denied",
        Switch::NoPolicyAsDenied,
        "",
        "GetBucketPolicy of a bucket without a policy is denied",
        ["policy.document.no-bucket-policy"]
    ),
    bent!(
        "policy-reformed",
        Switch::Kms(KmsSwitch::PolicyReformed),
        "",
        "a policy is returned in another form than it was put",
        ["policy.document.text-kept"]
    ),
    bent!(
        "policy-names-strangers",
        life(Life::StrangersNamed),
        "",
        "a key policy may name principals that do not exist",
        ["policy.document.unknown-principal"]
    ),
    bent!(
        "long-policy-as-malformed",
        Switch::Kms(KmsSwitch::LongPolicyAsMalformed),
        "",
        "a key policy that is too long is refused as malformed",
        ["policy.document.limits"]
    ),
];
