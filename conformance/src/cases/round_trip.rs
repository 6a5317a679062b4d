//! The round-trip property: any body, name, metadata and context comes back, whole and in ranges.

use crate::case::{Area, Breadth, Case, Ending, Group, Needs, Step, ending};
use crate::property;
use crate::session::{Arena, Session, complete, pattern, unexpected};
use proptest::collection::btree_map;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;
use sse_spec::{
    Body, ContextArgument, EncryptionContext, GetObject, Metadata, Profile, PutObject, Range,
    Reply, SseHeaders,
};
use std::cell::RefCell;

pub(super) fn cases() -> Vec<Case> {
    [("sse-s3", Group::SseS3, false), ("sse-kms", Group::SseKms, true)]
        .into_iter()
        .map(|(word, group, kms)| Case {
            id: format!("property/round-trip-{word}"),
            comment: "Any body, name, metadata and context comes back, whole and in ranges.".into(),
            requirements: vec!["sse.get.round-trip".into(), "sse.get.range".into()],
            profile: Profile::Core,
            area: Area::Api,
            group,
            breadth: Breadth::Broad,
            family: "property".into(),
            twin: None,
            needs: Needs { store: true, ..Needs::default() },
            run: Box::new(move |arena| ending(round_trip(arena, kms))),
        })
        .collect()
}

#[derive(Clone, Debug)]
struct Input {
    seed: u64,
    len: u64,
    key: String,
    metadata: Metadata,
    context: EncryptionContext,
    first: u64,
    span: u64,
}

fn inputs() -> impl Strategy<Value = Input> {
    let len =
        prop_oneof![Just(0), 0..40_u64, 16_370..16_400_u64, 32_760..32_780_u64, 0..70_000_u64];
    let metadata = btree_map("[a-z][a-z0-9-]{0,12}", "[!-~]{0,30}", 0..4_usize);
    let context = btree_map("[A-Za-z][A-Za-z0-9 _.:/-]{0,20}", "[ -~]{1,30}", 0..4_usize);
    let parts = (any::<u64>(), len, "[!-~\u{e0}-\u{17f}]{1,40}", metadata, context);
    (parts, any::<u64>(), 1..20_000_u64).prop_map(
        |((seed, len, key, metadata, context), first, span)| Input {
            seed,
            len,
            key,
            metadata,
            context,
            first,
            span,
        },
    )
}

fn round_trip(arena: &Arena<'_>, kms: bool) -> Step<()> {
    let mut session = arena.open("property")?;
    let bucket = session.bucket()?;
    let session = RefCell::new(session);
    property::check(arena, &inputs(), |input| one(&mut session.borrow_mut(), &bucket, &input, kms))
}

fn one(session: &mut Session<'_, '_>, bucket: &str, input: &Input, kms: bool) -> Step<()> {
    let body = pattern(input.seed, input.len)?;
    let context = ContextArgument::Pairs(input.context.clone());
    let sse = SseHeaders {
        algorithm: Some(if kms { "aws:kms" } else { "AES256" }.into()),
        kms_key_id: None,
        context: kms.then_some(context),
    };
    session.put(&PutObject {
        bucket: bucket.into(),
        key: input.key.clone(),
        body: Body::Inline(body.clone().into()),
        sse,
        metadata: input.metadata.clone(),
    })?;
    let whole = session.get(bucket, &input.key).map_err(|f| unexpected("GetObject", &f))?;
    let Some(bytes) = complete(&whole) else {
        return Err(Ending::Failed("an intact object was aborted".into()));
    };
    sse_vectors::body::compare(&body, &bytes.0)
        .map_err(|difference| Ending::Failed(format!("the body differs: {difference}")))?;
    if whole.metadata != input.metadata || whole.size != input.len {
        return Err(Ending::Failed("metadata or size differ from those of the put".into()));
    }
    if input.len == 0 {
        return Ok(());
    }
    let first = input.first % input.len;
    let last = first.saturating_add(input.span);
    let request = GetObject {
        bucket: bucket.into(),
        key: input.key.clone(),
        range: Some(Range::FromTo { first, last }),
        sse: SseHeaders::default(),
    };
    let Reply::GetObject(ranged) = session.must(request)? else {
        return Err(Ending::Failed("GetObject was answered with another reply".into()));
    };
    let from = usize::try_from(first).unwrap_or(usize::MAX);
    let to = usize::try_from(last).unwrap_or(usize::MAX).saturating_add(1).min(body.len());
    let expected = body.get(from..to).unwrap_or_default();
    match complete(&ranged) {
        Some(bytes) if bytes.0 == expected => Ok(()),
        Some(bytes) => Err(Ending::Failed(format!(
            "range {first}-{last} of {} bytes gave {} bytes that are not the range",
            body.len(),
            bytes.0.len()
        ))),
        None => Err(Ending::Failed("a range of an intact object was aborted".into())),
    }
}
