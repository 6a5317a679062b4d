//! Cross-decryption: what one implementation of the format wraps and seals, another one opens.

mod inputs;

use crate::case::{Area, Breadth, Case, Ending, Group, Needs, Step, ending};
use crate::property;
use crate::session::{Arena, START, Session, unexpected};
use crate::target::{Broken, Failure, Target, World, WorldConfig};
use inputs::{Sealing, Wrapping, contexts, sealings, wrappings};
use proptest::strategy::Strategy;
use sse_spec::{Caller, Capability, EncodeContext, Operation, Profile, Refusal, Reply};
use sse_vectors::builder;
use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

/// The other implementation of the format operations.
trait Peer: Send + Sync {
    /// Its word in the ids of cases: lower-case letters, digits and hyphens.
    fn word(&self) -> &str;

    /// Performs a format operation.
    ///
    /// # Errors
    /// As [`World::perform`].
    fn perform(&self, operation: &Operation) -> Result<Reply, Failure>;
}

/// The suite's own builder of bytes.
struct Builder;

impl Peer for Builder {
    fn word(&self) -> &'static str {
        "builder"
    }

    fn perform(&self, operation: &Operation) -> Result<Reply, Failure> {
        builder::perform(operation).map_err(|error| {
            let class = error.class();
            let message = "the builder refuses".to_owned();
            Failure::Refused(Refusal { class, code: String::new(), status: 0, message })
        })
    }
}

/// A target with the capability `format`, in a world of its own.
struct OtherTarget {
    word: String,
    caller: Caller,
    world: Mutex<Box<dyn World>>,
}

impl Peer for OtherTarget {
    fn word(&self) -> &str {
        &self.word
    }

    fn perform(&self, operation: &Operation) -> Result<Reply, Failure> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.perform(&self.caller, operation)
    }
}

/// The cases in which `other` is the second implementation; `word` stands in their ids.
///
/// # Errors
/// [`Broken`] where `other` does not offer the format operations or does not open.
pub fn cross_cases(word: &str, other: &dyn Target) -> Result<Vec<Case>, Broken> {
    let description = other.describe();
    if !description.offers(Capability::Format) {
        return Err(Broken(format!("the peer `{word}` does not declare `format`")));
    }
    let id = format!("peer-{word}");
    let world = other.open(&WorldConfig { id, start: START, kms: None })?;
    let caller = Caller::new(format!("arn:aws:iam::{}:root", description.account));
    Ok(with(&(Arc::new(OtherTarget { word: word.into(), caller, world: Mutex::new(world) }) as _)))
}

/// The cases of every run: the second implementation is the builder.
pub(super) fn cases() -> Vec<Case> {
    with(&(Arc::new(Builder) as Arc<dyn Peer>))
}

fn with(peer: &Arc<dyn Peer>) -> Vec<Case> {
    vec![
        case(
            peer,
            "contexts",
            "Both write one context in the same bytes.",
            &["encryption-context.encode.layout", "encryption-context.encode.order"],
            contexts(),
            same_context,
        ),
        case(
            peer,
            "wraps",
            "Each unwraps what the other wrapped, for KMS and for the service key.",
            &["data-key.kms-wrap.layout", "data-key.service-wrap.layout"],
            wrappings(),
            wraps_open,
        ),
        case(
            peer,
            "objects",
            "Each opens what the other sealed, whole, in parts and in ranges.",
            &["sealed-object.body.cipher", "sealed-object.record.layout"],
            sealings(),
            objects_open,
        ),
    ]
}

fn case<S: Strategy + Send + Sync + 'static>(
    peer: &Arc<dyn Peer>,
    name: &str,
    comment: &str,
    requirements: &[&str],
    inputs: S,
    check: fn(&mut Pair<'_, '_>, S::Value) -> Step<()>,
) -> Case {
    let peer = Arc::clone(peer);
    Case {
        id: format!("cross/{name}-{}", peer.word()),
        comment: comment.into(),
        requirements: requirements.iter().map(|id| (*id).to_owned()).collect(),
        profile: Profile::Format,
        area: Area::Format,
        group: Group::KmsCrypto,
        breadth: Breadth::Focused,
        family: "cross".into(),
        twin: None,
        needs: Needs { capabilities: vec![Capability::Format], ..Needs::default() },
        run: Box::new(move |arena| ending(run(arena, peer.as_ref(), &inputs, check))),
    }
}

fn run<S: Strategy>(
    arena: &Arena<'_>,
    peer: &dyn Peer,
    inputs: &S,
    check: fn(&mut Pair<'_, '_>, S::Value) -> Step<()>,
) -> Step<()> {
    let session = arena.open("cross")?;
    let pair = RefCell::new(Pair { session, peer });
    property::check(arena, inputs, |input| check(&mut pair.borrow_mut(), input))
}

/// The two implementations.
struct Pair<'s, 'a> {
    session: Session<'s, 'a>,
    peer: &'s dyn Peer,
}

impl Pair<'_, '_> {
    /// Performs an operation on both; the target's reply first.
    fn both(&mut self, operation: &Operation) -> Step<(Reply, Reply)> {
        Ok((self.session.must(operation.clone())?, self.there(operation)?))
    }

    /// Performs an operation on the peer alone.
    fn there(&self, operation: &Operation) -> Step<Reply> {
        self.peer.perform(operation).map_err(|failure| {
            let Ending::Failed(reason) = unexpected(operation.name(), &failure) else {
                return Ending::Failed("the peer failed".into());
            };
            Ending::Failed(format!("the peer `{}`: {reason}", self.peer.word()))
        })
    }
}

fn same_context(pair: &mut Pair<'_, '_>, pairs: Vec<(String, String)>) -> Step<()> {
    match pair.both(&EncodeContext { pairs }.into())? {
        (Reply::EncodeContext(here), Reply::EncodeContext(there)) if here == there => Ok(()),
        _ => Err(Ending::Failed("the two write the context in other bytes".into())),
    }
}

fn wraps_open(pair: &mut Pair<'_, '_>, input: Wrapping) -> Step<()> {
    // Either's bytes are opened by both, also where they are the same by nonce and layout.
    let blobs = pair.both(&input.wrap().into())?;
    for reply in [blobs.0, blobs.1] {
        let Reply::WrapDataKey(wrapped) = reply else {
            return Err(Ending::Failed("`WrapDataKey` was answered with another reply".into()));
        };
        let (here, there) = pair.both(&input.unwrap(wrapped.blob).into())?;
        for opened in [here, there] {
            let Reply::UnwrapDataKey(opened) = opened else {
                return Err(Ending::Failed("`UnwrapDataKey` was answered otherwise".into()));
            };
            if opened.data_key != input.data_key() {
                return Err(Ending::Failed("another data key came out than went in".into()));
            }
        }
    }
    Ok(())
}

fn objects_open(pair: &mut Pair<'_, '_>, input: Sealing) -> Step<()> {
    let body = input.body().map_err(Ending::Unusable)?;
    let items = pair.both(&input.seal().into())?;
    for reply in [items.0, items.1] {
        let Reply::SealObject(sealed) = reply else {
            return Err(Ending::Failed("`SealObject` was answered with another reply".into()));
        };
        for range in [None, input.range()] {
            let open = input.open(sealed.item.clone(), range).into();
            let (here, there) = pair.both(&open)?;
            let expected = input.expected(&body, range);
            for opened in [here, there] {
                let Reply::OpenObject(opened) = opened else {
                    return Err(Ending::Failed("`OpenObject` was answered otherwise".into()));
                };
                input.compare(&opened, expected).map_err(Ending::Failed)?;
            }
        }
    }
    Ok(())
}
