//! What a bend makes of a request on the store before it is decided.

use super::super::malleable::{Malleable, PART_BYTES};
use super::super::switch::Switch;
use super::{bent, kms_default, object, word};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sse_spec::{
    CompleteMultipartUpload, ContextArgument, CopyObject, EncryptionContext, EncryptionRule,
    KeyManager, KeyState, Operation, PutBucketEncryption, Range, SseHeaders, UploadPart,
};
use sse_vectors::oracle::State;

/// Which way to write.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Put,
    Copy,
    Upload,
}

/// Bends a request.
pub(in crate::zoo) fn request(options: &Malleable, operation: &mut Operation, state: &State) {
    match operation {
        Operation::PutObject(request) => {
            let lowered = |value: &String| value.to_lowercase();
            let folded = request.metadata.values().any(|value| lowered(value) != *value);
            if folded && bent(options, Switch::MetadataFolded) {
                request.metadata.values_mut().for_each(|value| *value = lowered(value));
            }
            broken_context(options, &mut request.sse);
            owners_key(options, &request.bucket, &mut request.sse, state);
            if let Some(named) = &mut request.sse.kms_key_id
                && (named.contains(":alias/") && bent(options, Switch::AliasArnUnknown)
                    || named == "alias/aws/s3" && bent(options, Switch::ManagedAliasUnknown))
            {
                named.push_str("-unknown");
            }
            if request.sse.is_empty()
                && kms_default(state, &request.bucket).is_none()
                && bent(options, Switch::KmsByDefault)
            {
                request.sse.algorithm = Some("aws:kms".to_owned());
            }
            headers(options, Way::Put, &request.bucket, &mut request.sse, state);
        }
        Operation::CreateMultipartUpload(request) => {
            if !request.sse.is_empty() && bent(options, Switch::UploadHeaderIgnored) {
                request.sse = SseHeaders::default();
            }
            if !request.metadata.is_empty() && bent(options, Switch::UploadMetadataForgotten) {
                request.metadata.clear();
            }
            headers(options, Way::Upload, &request.bucket, &mut request.sse, state);
        }
        Operation::CopyObject(request) => {
            headers(options, Way::Copy, &request.bucket, &mut request.sse, state);
            copy(options, request, state);
            copied_metadata(options, request, state);
        }
        Operation::PutBucketEncryption(request) => rules(options, request, state),
        Operation::UploadPart(request) => part(options, request, state),
        Operation::CompleteMultipartUpload(request) => completion(options, request, state),
        Operation::GetObject(request) => {
            let size = object(state, &request.bucket, &request.key).map_or(0, |it| it.size);
            let beyond = matches!(request.range,
                Some(Range::From { first } | Range::FromTo { first, .. }) if first >= size);
            if beyond && bent(options, Switch::RangeForgiven) {
                request.range = None;
            }
        }
        _ => {}
    }
}

/// A context that does not read is taken for none.
fn broken_context(options: &Malleable, sse: &mut SseHeaders) {
    let Some(ContextArgument::Raw(text)) = &sse.context else { return };
    let read = STANDARD.decode(text).ok();
    let read = read.and_then(|json| serde_json::from_slice::<EncryptionContext>(&json).ok());
    if read.is_none() && bent(options, Switch::BrokenContextDropped) {
        sse.context = None;
    }
}

/// The key of S3 in the account of the bucket's owner.
fn owners_key(options: &Malleable, bucket: &str, sse: &mut SseHeaders, state: &State) {
    let Some(bucket) = state.buckets.get(bucket) else { return };
    let mut keys = state.keys.values().filter(|key| key.manager == KeyManager::Aws);
    if let Some(key) = keys.find(|key| key.account == bucket.account)
        && sse.algorithm.as_deref() == Some("aws:kms")
        && sse.kms_key_id.is_none()
        && bent(options, Switch::ManagedOfOwner)
    {
        sse.kms_key_id = Some(key.arn());
    }
}

/// What the default of the bucket makes of the headers of a write.
fn headers(options: &Malleable, way: Way, bucket: &str, sse: &mut SseHeaders, state: &State) {
    let Some(rule) = kms_default(state, bucket) else { return };
    let (ignored, beats) = match way {
        Way::Put => (Switch::DefaultIgnoredOnPut, Switch::DefaultBeatsHeader),
        Way::Copy => (Switch::DefaultIgnoredOnCopy, Switch::DefaultBeatsCopyHeader),
        Way::Upload => (Switch::DefaultIgnoredOnUpload, Switch::DefaultBeatsUploadHeader),
    };
    match sse.algorithm.as_deref() {
        None if sse.is_empty() => {
            let policy = state.buckets.get(bucket).is_some_and(|bucket| bucket.policy.is_some());
            if bent(options, ignored)
                || disabled(state, rule) && bent(options, Switch::DefaultFallsBack)
            {
                sse.algorithm = Some("AES256".to_owned());
            } else if policy && bent(options, Switch::PolicySeesDefault) {
                sse.algorithm = Some(rule.algorithm.clone());
                sse.kms_key_id.clone_from(&rule.kms_key_id);
            }
        }
        Some("AES256") if sse.kms_key_id.is_none() => {
            if rule.kms_key_id.is_some() && bent(options, Switch::DefaultKeyInherited) {
                sse.kms_key_id.clone_from(&rule.kms_key_id);
            } else if bent(options, beats)
                || way == Way::Put && bent(options, Switch::DefaultBeatsAes256)
            {
                *sse = SseHeaders::default();
            }
        }
        Some("aws:kms") => {
            let bare = sse.kms_key_id.is_none() && rule.kms_key_id.is_some();
            if bare && bent(options, Switch::BareTakesDefaultKey)
                || !bare && sse.kms_key_id != rule.kms_key_id && bent(options, beats)
            {
                sse.kms_key_id.clone_from(&rule.kms_key_id);
            }
        }
        _ => {}
    }
}

fn disabled(state: &State, rule: &EncryptionRule) -> bool {
    let Some(named) = &rule.kms_key_id else { return false };
    let mut keys = state.keys.values();
    keys.any(|key| named.ends_with(&key.id) && key.state == KeyState::Disabled)
}

/// Where a copy takes its mode and its key from.
fn copy(options: &Malleable, request: &mut CopyObject, state: &State) {
    let onto_itself =
        (&request.source.bucket, &request.source.key) == (&request.bucket, &request.key);
    let Some(source) = object(state, &request.source.bucket, &request.source.key) else { return };
    let own = SseHeaders {
        algorithm: Some(word(source.algorithm).to_owned()),
        kms_key_id: source.kms_key_id.clone(),
        context: None,
    };
    let default = |bucket: &str| {
        let rule = kms_default(state, bucket);
        (rule.map_or("AES256", |_| "aws:kms"), rule.and_then(|rule| rule.kms_key_id.clone()))
    };
    if !request.sse.is_empty() {
        let other = request.sse.algorithm != own.algorithm
            || request.sse.kms_key_id.is_some() && request.sse.kms_key_id != own.kms_key_id;
        if onto_itself && other && bent(options, Switch::SelfCopyKeepsMode) {
            request.sse = own;
        } else if !onto_itself && bent(options, Switch::CopyHeaderIgnored) {
            request.sse = SseHeaders::default();
        }
        return;
    }
    let here = default(&request.bucket);
    let there = default(&request.source.bucket);
    if onto_itself && request.replace_metadata.is_none() {
        if bent(options, Switch::SelfCopyAccepted) {
            request.replace_metadata = Some(source.metadata.clone());
        }
    } else if (word(source.algorithm), &source.kms_key_id) != (here.0, &here.1)
        && bent(options, Switch::CopyKeepsMode)
    {
        request.sse = own;
    } else if here != there && bent(options, Switch::CopyDefaultOfSource) {
        request.sse.algorithm = Some(there.0.to_owned());
        request.sse.kms_key_id = there.1;
    }
}

fn copied_metadata(options: &Malleable, request: &mut CopyObject, state: &State) {
    let Some(source) = object(state, &request.source.bucket, &request.source.key) else { return };
    match &request.replace_metadata {
        None if !source.metadata.is_empty()
            && (&request.source.bucket, &request.source.key) != (&request.bucket, &request.key)
            && bent(options, Switch::CopyDropsMetadata) =>
        {
            request.replace_metadata = Some(sse_spec::Metadata::new());
        }
        Some(new) if *new != source.metadata && bent(options, Switch::CopyKeepsMetadata) => {
            request.replace_metadata = Some(source.metadata.clone());
        }
        _ => {}
    }
}

/// What a PutBucketEncryption sets.
fn rules(options: &Malleable, request: &mut PutBucketEncryption, state: &State) {
    if request.rules.len() > 1 && bent(options, Switch::FirstRuleTaken) {
        request.rules.truncate(1);
    }
    let [rule] = request.rules.as_mut_slice() else { return };
    let published = ["AES256", "aws:kms", "aws:kms:dsse", "aws:fsx", "aws:backup"];
    if !published.contains(&rule.algorithm.as_str()) && bent(options, Switch::AnyRule) {
        "AES256".clone_into(&mut rule.algorithm);
        rule.kms_key_id = None;
    }
    let Some(named) = rule.kms_key_id.clone() else { return };
    if rule.algorithm == "AES256" && bent(options, Switch::RuleKeyDropped) {
        rule.kms_key_id = None;
    }
    let by_alias = |alias: &str| state.keys.values().find(|key| key.aliases.contains(alias));
    if let Some(key) = by_alias(&named) {
        if bent(options, Switch::DefaultResolvedEarly) {
            rule.kms_key_id = Some(key.arn());
        }
    } else if !state.keys.keys().any(|id| named.ends_with(id.as_str()))
        && bent(options, Switch::DefaultKeyChecked)
    {
        request.rules.clear();
    }
}

fn part(options: &Malleable, request: &mut UploadPart, state: &State) {
    if !(1..=10_000).contains(&request.part_number) && bent(options, Switch::PartNumberClamped) {
        request.part_number = request.part_number.clamp(1, 10_000);
    }
    if !request.sse.is_empty() && bent(options, Switch::PartHeaderIgnored) {
        request.sse = SseHeaders::default();
    }
    adopt(options, &request.upload_id, &mut request.bucket, &mut request.key, state);
}

/// An upload serves whichever object a request on it names.
fn adopt(options: &Malleable, id: &str, bucket: &mut String, key: &mut String, state: &State) {
    let Some(upload) = state.uploads.get(id) else { return };
    if (&upload.name.bucket, &upload.name.key) != (&*bucket, &*key)
        && bent(options, Switch::UploadOfAnyKey)
    {
        bucket.clone_from(&upload.name.bucket);
        key.clone_from(&upload.name.key);
    }
}

fn completion(options: &Malleable, request: &mut CompleteMultipartUpload, state: &State) {
    adopt(options, &request.upload_id, &mut request.bucket, &mut request.key, state);
    let Some(upload) = state.uploads.get(&request.upload_id) else { return };
    let parts = &mut request.parts;
    let ordered = parts.is_sorted_by(|one, two| one.part_number < two.part_number);
    if !ordered && bent(options, Switch::PartOrderIgnored) {
        parts.sort_by_key(|part| part.part_number);
        parts.dedup_by_key(|part| part.part_number);
    }
    let there = parts.iter().filter(|part| upload.parts.contains_key(&part.part_number)).count();
    if (1..parts.len()).contains(&there) && bent(options, Switch::MissingPartIgnored) {
        parts.retain(|part| upload.parts.contains_key(&part.part_number));
    }
    for part in parts.iter_mut() {
        if let Some(stored) = upload.parts.get(&part.part_number)
            && stored.etag != part.etag
            && bent(options, Switch::PartEtagIgnored)
        {
            part.etag.clone_from(&stored.etag);
        }
    }
    let before_last = parts.iter().take(parts.len().saturating_sub(1));
    let mut sizes = before_last.filter_map(|part| upload.parts.get(&part.part_number));
    if sizes.any(|part| part.size < PART_BYTES) {
        // The smallest part of such a world is one byte.
        bent(options, Switch::SmallPartTaken);
    }
}
