//! Faults in cryptographic requests, their permissions and their counts (spec/kms.md, spec/kms/).

use crate::zoo::faults::{Fault, bent};
use crate::zoo::kms::KmsSwitch;
use crate::zoo::switch::Switch;
use sse_vectors::oracle::bend::{Bend, Count, Life, Rule};

const fn life(life: Life) -> Switch {
    Switch::Oracle(Bend::Life(life))
}

pub(in crate::zoo::faults) const FAULTS: &[Fault] = &[
    bent!(
        "tag-unchecked",
        Switch::Kms(KmsSwitch::TagUnchecked),
        "CVE-2020-8911",
        "a blob opens whatever its tag",
        ["kms.decrypt.damaged-blob", "kms.decrypt.damaged-blob-no-plaintext"]
    ),
    bent!(
        "no-blob-echoed",
        Switch::Kms(KmsSwitch::NoBlobEchoed),
        "faiscadev/fakecloud#742",
        "bytes that are no blob decrypt to themselves",
        ["kms.decrypt.no-blob", "kms.decrypt.damaged-blob-no-plaintext"]
    ),
    bent!(
        "plaintext-cut",
        Switch::Kms(KmsSwitch::PlaintextCut),
        "",
        "Decrypt returns at most 32 bytes",
        ["kms.encrypt.round-trip", "kms.decrypt.round-trip"]
    ),
    bent!(
        "convergent-encryption",
        Switch::Kms(KmsSwitch::Convergent),
        "rustfs/rustfs#3520",
        "the nonce of a blob is made of the plaintext",
        ["kms.encrypt.fresh", "kms.re-encrypt.fresh", "data-key.wrap.nonce"]
    ),
    bent!(
        "other-key-sealed",
        Switch::Kms(KmsSwitch::OtherKeySealed),
        "",
        "the blob of GenerateDataKey holds another key than the reply",
        ["kms.generate-data-key.both-forms", "kms.decrypt.round-trip"]
    ),
    bent!(
        "short-key-long",
        Switch::Kms(KmsSwitch::ShortSpecLong),
        "",
        "`AES_128` gives 32 bytes",
        ["kms.generate-data-key.length"]
    ),
    bent!(
        "re-encrypt-inherits-context",
        Switch::Kms(KmsSwitch::ContextInherited),
        "",
        "ReEncrypt binds the source context where no other is given",
        ["kms.re-encrypt.context-not-inherited"]
    ),
    bent!(
        "re-encrypt-unbound",
        Switch::Kms(KmsSwitch::DestinationUnbound),
        "",
        "ReEncrypt does not bind the destination context",
        ["kms.re-encrypt.destination-context", "kms.re-encrypt.round-trip"]
    ),
    bent!(
        "re-encrypt-names-swapped",
        Switch::Kms(KmsSwitch::ReEncryptSwaps),
        "",
        "the reply to a ReEncrypt names source and destination the wrong way round",
        ["kms.re-encrypt.source-key", "kms.re-encrypt.destination-key"]
    ),
    bent!(
        "re-encrypt-from-free",
        Switch::Oracle(Bend::Rule(Rule::FromFree)),
        "",
        "ReEncrypt demands no permission on the source key",
        ["kms.re-encrypt.from-permission"]
    ),
    bent!(
        "re-encrypt-to-free",
        Switch::Oracle(Bend::Rule(Rule::ToFree)),
        "",
        "ReEncrypt demands no permission on the destination key",
        ["kms.re-encrypt.to-permission"]
    ),
    bent!(
        "sister-permission",
        Switch::Oracle(Bend::Rule(Rule::SisterAction)),
        "",
        "`kms:GenerateDataKey` is enough for GenerateDataKeyWithoutPlaintext",
        ["kms.generate-data-key-without-plaintext.own-permission"]
    ),
    bent!(
        "both-parameters",
        Switch::Kms(KmsSwitch::BothParameters),
        "",
        "a data key may have both a specification and a length, or neither",
        ["kms.generate-data-key.key-spec", "kms.generate-data-key-without-plaintext.parameters"]
    ),
    bent!(
        "length-clamped",
        Switch::Kms(KmsSwitch::LengthClamped),
        "",
        "a number of bytes outside of the limits is brought within them",
        [
            "kms.generate-data-key.number-of-bytes",
            "kms.generate-data-key-without-plaintext.parameters"
        ]
    ),
    bent!(
        "reply-names-key-id",
        Switch::Kms(KmsSwitch::ReplyNamesId),
        "",
        "replies name the key by its id, not by its ARN",
        [
            "kms.generate-data-key.key-named-in-reply",
            "kms.generate-data-key-without-plaintext.key-named-in-reply",
            "kms.encrypt.key-named-in-reply",
            "kms.decrypt.key-named-in-reply"
        ]
    ),
    bent!(
        "decrypt-demands-key",
        life(Life::KeyDemanded),
        "",
        "Decrypt refuses a request that names no key",
        ["kms.decrypt.key-optional"]
    ),
    bent!(
        "alias-of-anyone",
        life(Life::AliasOfAnyone),
        "",
        "an alias is looked up in every account",
        ["kms.key-id.alias-of-caller"]
    ),
    bent!(
        "alias-arn-not-found",
        life(Life::AliasArnUnknown),
        "",
        "an alias is not found by its ARN",
        ["kms.key-id.four-forms"]
    ),
    bent!(
        "default-allow",
        Switch::Oracle(Bend::Rule(Rule::DefaultAllow)),
        "",
        "what no policy speaks of is allowed within the account",
        ["kms.authorization.default-deny", "policy.key.neither"]
    ),
    bent!(
        "root-refused",
        Switch::Oracle(Bend::Rule(Rule::RootRefused)),
        "",
        "the root principal may not decrypt under the default key policy",
        ["kms.authorization.root-permitted", "policy.document.default-key-policy"]
    ),
    bent!(
        "store-trusted",
        Switch::Oracle(Bend::Rule(Rule::StoreTrusted)),
        "",
        "KMS does what the store asks, whoever asked the store",
        ["kms.authorization.through-store", "refusal.code.denied-through-store"]
    ),
    bent!(
        "counts-every-key",
        Switch::Oracle(Bend::Count(Count::EveryKey)),
        "",
        "a request counts as a use of every key",
        ["kms.usage.by-key"]
    ),
    bent!(
        "counts-refusals",
        Switch::Oracle(Bend::Count(Count::Refused)),
        "",
        "a refused request counts",
        ["kms.usage.refused", "kms.usage.by-operation"]
    ),
    bent!(
        "counts-management",
        Switch::Oracle(Bend::Count(Count::Management)),
        "",
        "management requests count",
        ["kms.usage.management-free", "kms.usage.no-management"]
    ),
    bent!(
        "counts-heads",
        Switch::Kms(KmsSwitch::HeadCounts),
        "",
        "a head counts as a Decrypt",
        ["kms.usage.by-operation", "sse.head.no-kms-request"]
    ),
    bent!(
        "counts-store-only",
        Switch::Oracle(Bend::Count(Count::StoreOnly)),
        "",
        "Decrypt counts only where it comes through the store",
        ["kms.usage.by-operation"]
    ),
    bent!(
        "existence-of-disabled-unlisted",
        Switch::Oracle(Bend::Count(Count::DisabledUnlisted)),
        "",
        "GetKeyUsage does not list Disabled keys",
        ["kms.usage.existence-listed"]
    ),
    bent!(
        "counts-forgotten",
        Switch::Kms(KmsSwitch::CountsForgotten),
        "",
        "a Restart forgets the counts",
        ["kms.usage.survives-restart"]
    ),
];
