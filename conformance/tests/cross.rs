//! Cross-decryption accuses nobody who keeps to the format, and whoever does not.
#![cfg(feature = "cli")]

use sse_conformance::case::{Case, Ending};
use sse_conformance::cases::{catalogue, cross_cases};
use sse_conformance::runner::{Options, run};
use sse_conformance::session::Budget;
use sse_conformance::target::{Broken, Failure, Target, World, WorldConfig, reference};
use sse_conformance::zoo;
use sse_spec::{Caller, Description, Operation, Reply};

/// What is done to a reply.
type Bend = fn(&mut Reply);

/// The reference, of which one format operation is bent.
struct Bent(Bend);

struct BentWorld(Box<dyn World>, Bend);

impl Target for Bent {
    fn describe(&self) -> Description {
        reference::target().describe()
    }

    fn open(&self, config: &WorldConfig) -> Result<Box<dyn World>, Broken> {
        Ok(Box::new(BentWorld(reference::target().open(config)?, self.0)))
    }
}

impl World for BentWorld {
    fn perform(&mut self, caller: &Caller, operation: &Operation) -> Result<Reply, Failure> {
        let mut reply = self.0.perform(caller, operation)?;
        (self.1)(&mut reply);
        Ok(reply)
    }
}

fn ending(target: &dyn Target, cases: &[Case], id: &str) -> Ending {
    let options = Options { budget: Budget::MATRIX, ..Options::default() };
    let case: Vec<&Case> = cases.iter().filter(|case| case.id == id).collect();
    let mut results = run(target, &case, options, &|_| {});
    results.pop().map_or(Ending::Skipped(format!("no case `{id}`")), |result| result.ending)
}

fn flip(bytes: &mut [u8]) {
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
}

#[test]
fn the_embedded_implementations_open_each_others_bytes() -> Result<(), Broken> {
    let peers = cross_cases("malleable", &zoo::Malleable::new())?;
    assert_eq!(peers.len(), 3);
    for case in &peers {
        assert_eq!(ending(&reference::target(), &peers, &case.id), Ending::Passed, "{}", case.id);
    }
    Ok(())
}

/// What the bent one makes does not open elsewhere, or is not what the other one makes.
#[test]
fn bytes_of_another_layout_are_found_out() -> Result<(), String> {
    let bends: [(&str, Bend); 5] = [
        ("cross/contexts-builder", |reply| {
            if let Reply::EncodeContext(reply) = reply {
                flip(&mut reply.bytes.0);
            }
        }),
        ("cross/wraps-builder", |reply| {
            if let Reply::WrapDataKey(reply) = reply {
                flip(&mut reply.blob.0);
            }
        }),
        ("cross/objects-builder", |reply| {
            if let Reply::SealObject(reply) = reply {
                reply.item.0.push(0);
            }
        }),
        ("cross/objects-builder", |reply| {
            if let Reply::OpenObject(reply) = reply {
                flip(&mut reply.body.0);
            }
        }),
        ("cross/objects-builder", |reply| {
            if let Reply::OpenObject(reply) = reply {
                reply.metadata.clear();
            }
        }),
    ];
    let cases = catalogue()?;
    for (place, (id, bend)) in bends.into_iter().enumerate() {
        assert_eq!(ending(&reference::target(), &cases, id), Ending::Passed, "{id}");
        let ending = ending(&Bent(bend), &cases, id);
        assert!(matches!(ending, Ending::Failed(_)), "bend {place} of {id}: {ending:?}");
    }
    Ok(())
}
