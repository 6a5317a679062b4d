//! Faults in conditions (spec/policy/condition.md).

use crate::zoo::faults::{Fault, bent};
use crate::zoo::switch::Switch;
use sse_vectors::oracle::bend::{Bend, Test};

const fn test(test: Test) -> Switch {
    Switch::Oracle(Bend::Test(test))
}

pub(in crate::zoo::faults) const FAULTS: &[Fault] = &[
    bent!(
        "conditions-ignored",
        test(Test::Ignored),
        "",
        "conditions do not count",
        ["policy.condition.differing", "policy.condition.absent"]
    ),
    bent!(
        "absent-key-holds",
        test(Test::AbsentHolds),
        "",
        "a condition holds where its key is absent",
        ["policy.condition.absent"]
    ),
    bent!(
        "negated-absent-fails",
        test(Test::NegatedAbsentFails),
        "",
        "`StringNotEquals` fails where its key is absent",
        ["policy.condition.negated-absent"]
    ),
    bent!(
        "negated-any-value",
        test(Test::NegatedAny),
        "",
        "`StringNotEquals` holds where one of its values differs",
        ["policy.condition.negated-values"]
    ),
    bent!(
        "if-exists-forgotten",
        test(Test::IfExistsForgotten),
        "",
        "`IfExists` does not count",
        ["policy.condition.if-exists"]
    ),
    bent!(
        "one-condition-enough",
        test(Test::OneOfAll),
        "",
        "one condition of several is enough",
        ["policy.condition.all-keys"]
    ),
    bent!(
        "first-value-only",
        test(Test::FirstValue),
        "",
        "only the first value of a condition counts",
        [
            "policy.condition.present",
            "policy.condition.negated-values",
            "policy.condition.for-any-value",
            "policy.condition.for-all-values"
        ]
    ),
    bent!(
        "value-case-folded",
        test(Test::CaseFolded),
        "",
        "`StringEquals` does not look at case",
        ["policy.condition.differing", "policy.decision.reference"]
    ),
    bent!(
        "null-forgotten",
        test(Test::NullForgotten),
        "",
        "`Null` with `false` always holds",
        ["policy.condition.null"]
    ),
    bent!(
        "all-values-as-any",
        test(Test::AllAsAny),
        "",
        "`ForAllValues` is read as `ForAnyValue`",
        ["policy.condition.for-all-values"]
    ),
    bent!(
        "any-value-as-all",
        test(Test::AnyAsAll),
        "",
        "`ForAnyValue` is read as `ForAllValues`",
        ["policy.condition.for-any-value"]
    ),
    bent!(
        "context-name-case",
        test(Test::PairCase),
        "",
        "names of the encryption context are compared with their case",
        ["policy.condition.context-name-case"]
    ),
    bent!(
        "via-service-unseen",
        test(Test::ViaServiceUnseen),
        "",
        "`kms:ViaService` is never there",
        ["policy.condition.via-service"]
    ),
    bent!(
        "via-service-always",
        test(Test::ViaServiceAlways),
        "",
        "every request seems to come through the store",
        [
            "policy.condition.via-service",
            "key.aws-managed.not-usable-directly",
            "key.aws-managed.no-direct-cryptography"
        ]
    ),
    bent!(
        "caller-account-unseen",
        test(Test::CallerAccountUnseen),
        "",
        "`kms:CallerAccount` is never there",
        ["policy.condition.caller-account"]
    ),
    bent!(
        "request-alias-unseen",
        test(Test::RequestAliasUnseen),
        "",
        "`kms:RequestAlias` is never there",
        ["policy.condition.request-alias"]
    ),
    bent!(
        "transport-trusted",
        test(Test::TransportTrusted),
        "",
        "every transport counts as secure",
        ["policy.condition.secure-transport"]
    ),
    bent!(
        "default-algorithm-seen",
        test(Test::HeaderDefaultSeen),
        "",
        "a bucket policy sees the default algorithm where none was sent",
        ["policy.header.default-not-seen"]
    ),
    bent!(
        "key-header-unseen",
        test(Test::HeaderKeyUnseen),
        "",
        "a bucket policy does not see the key of a put",
        ["policy.header.key-id-effective"]
    ),
    bent!(
        "arn-as-text",
        test(Test::ArnAsText),
        "",
        "a wildcard under `ArnLike` reaches beyond the colon",
        ["policy.decision.reference"]
    ),
    bent!(
        "arn-literal",
        test(Test::ArnLiteral),
        "",
        "a wildcard under `ArnLike` is a letter",
        ["policy.condition.principal-arn"]
    ),
    bent!(
        "key-header-of-default",
        test(Test::HeaderKeyOfDefault),
        "",
        "a bucket policy sees the key of the bucket's default in place of that of the put",
        ["policy.header.key-id"]
    ),
];
