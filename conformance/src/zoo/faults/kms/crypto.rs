//! Faults in cryptographic requests, their permissions and their counts (spec/kms.md, spec/kms/).

use crate::zoo::faults::{Fault, bent};
use crate::zoo::kms::KmsSwitch;
use crate::zoo::switch::Switch;
use sse_vectors::oracle::bend::{Bend, Count, Life, Rule};

const fn life(life: Life) -> Switch {
    Switch::Oracle(Bend::Life(life))
}

const fn kms(switch: KmsSwitch) -> Switch {
    Switch::Kms(switch)
}

pub(in crate::zoo::faults) const FAULTS: &[Fault] = &[
    bent!(
        "tag-unchecked",
        kms(KmsSwitch::TagUnchecked),
        "CVE-2020-8911",
        "a blob opens whatever its tag",
        ["kms.decrypt.damaged-blob", "kms.decrypt.damaged-blob-no-plaintext"]
    ),
    bent!(
        "no-blob-echoed",
        kms(KmsSwitch::NoBlobEchoed),
        "faiscadev/fakecloud#742",
        "bytes that are no blob decrypt to themselves",
        ["kms.decrypt.no-blob", "kms.decrypt.damaged-blob-no-plaintext"]
    ),
    bent!(
        "plaintext-cut",
        kms(KmsSwitch::PlaintextCut),
        "",
        "Decrypt returns at most 32 bytes",
        ["kms.encrypt.round-trip", "kms.decrypt.round-trip"]
    ),
    bent!(
        "convergent-encryption",
        kms(KmsSwitch::Convergent),
        "rustfs/rustfs#3520",
        "the nonce of a blob is made of the plaintext",
        ["kms.encrypt.fresh", "kms.re-encrypt.fresh", "data-key.wrap.nonce"]
    ),
    bent!(
        "other-key-sealed",
        kms(KmsSwitch::OtherKeySealed),
        "",
        "the blob of GenerateDataKey holds another key than the reply",
        ["kms.generate-data-key.both-forms", "kms.decrypt.round-trip"]
    ),
    bent!(
        "short-key-long",
        kms(KmsSwitch::ShortSpecLong),
        "",
        "`AES_128` gives 32 bytes",
        ["kms.generate-data-key.length"]
    ),
    bent!(
        "re-encrypt-inherits-context",
        kms(KmsSwitch::ContextInherited),
        "",
        "ReEncrypt binds the source context where no other is given",
        ["kms.re-encrypt.context-not-inherited"]
    ),
    bent!(
        "re-encrypt-unbound",
        kms(KmsSwitch::DestinationUnbound),
        "",
        "ReEncrypt does not bind the destination context",
        ["kms.re-encrypt.destination-context", "kms.re-encrypt.round-trip"]
    ),
    bent!(
        "re-encrypt-names-swapped",
        kms(KmsSwitch::ReEncryptSwaps),
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
        kms(KmsSwitch::BothParameters),
        "",
        "a data key may have both a specification and a length, or neither",
        ["kms.generate-data-key.key-spec", "kms.generate-data-key-without-plaintext.parameters"]
    ),
    bent!(
        "length-clamped",
        kms(KmsSwitch::LengthClamped),
        "",
        "a number of bytes outside of the limits is brought within them",
        [
            "kms.generate-data-key.number-of-bytes",
            "kms.generate-data-key-without-plaintext.parameters"
        ]
    ),
    bent!(
        "reply-names-key-id",
        kms(KmsSwitch::ReplyNamesId),
        "",
        "replies name the key by its id, not by its ARN",
        [
            "kms.generate-data-key.key-named-in-reply",
            "kms.generate-data-key-without-plaintext.key-named-in-reply",
            "kms.encrypt.key-named-in-reply",
            "kms.decrypt.key-named-in-reply",
            "key.schedule-deletion.arn-in-reply",
            "rotation.on-demand.arn-in-reply"
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
        ["kms.authorization.root-permitted"]
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
        kms(KmsSwitch::HeadCounts),
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
        kms(KmsSwitch::CountsForgotten),
        "",
        "a Restart forgets the counts",
        ["kms.usage.survives-restart"]
    ),
    bent!(
        "sister-length",
        kms(KmsSwitch::SisterLength),
        "",
        "GenerateDataKeyWithoutPlaintext always makes 32 bytes",
        ["kms.generate-data-key-without-plaintext.opens"]
    ),
    bent!(
        "sister-repeats",
        kms(KmsSwitch::SisterRepeats),
        "",
        "GenerateDataKeyWithoutPlaintext makes the same data key again and again",
        ["kms.generate-data-key-without-plaintext.random"]
    ),
    bent!(
        "sister-unbound",
        kms(KmsSwitch::SisterUnbound),
        "",
        "GenerateDataKeyWithoutPlaintext does not bind the encryption context",
        ["kms.decrypt.context-match"]
    ),
    bent!(
        "re-encrypt-source-key-ignored",
        kms(KmsSwitch::SourceKeyIgnored),
        "",
        "ReEncrypt does not compare the source key that it is given with the blob's",
        ["kms.re-encrypt.incorrect-key"]
    ),
    bent!(
        "re-encrypt-source-unbound",
        kms(KmsSwitch::SourceUnbound),
        "",
        "ReEncrypt opens a blob under any source context",
        ["kms.re-encrypt.source-context"]
    ),
    bent!(
        "re-encrypt-materials-swapped",
        kms(KmsSwitch::MaterialsSwapped),
        "",
        "the reply to a ReEncrypt shows the two materials the wrong way round",
        ["kms.re-encrypt.current-material"]
    ),
    bent!(
        "cipher-shown",
        kms(KmsSwitch::CipherShown),
        "",
        "Encrypt and Decrypt show the cipher in place of the algorithm",
        ["kms.encrypt.algorithm"]
    ),
    bent!(
        "plaintext-truncated",
        kms(KmsSwitch::PlaintextTruncated),
        "",
        "Encrypt cuts a plaintext after 4096 bytes",
        ["kms.encrypt.length"]
    ),
    bent!(
        "alias-manages",
        kms(KmsSwitch::AliasManages),
        "",
        "operations that manage a key take its alias",
        ["kms.key-id.management-forms"]
    ),
    bent!(
        "foreign-id-found",
        kms(KmsSwitch::ForeignId),
        "",
        "a bare key id is looked up in every account",
        ["kms.key-id.other-account"]
    ),
    bent!(
        "existence-stuck",
        kms(KmsSwitch::ExistenceStuck),
        "",
        "GetKeyUsage shows no time of existence",
        ["kms.usage.existence-time"]
    ),
    bent!(
        "deleted-key-uncounted",
        kms(KmsSwitch::DeletedUncounted),
        "",
        "GetKeyUsage leaves the counts of deleted keys out",
        ["kms.usage.existence-end"]
    ),
];
