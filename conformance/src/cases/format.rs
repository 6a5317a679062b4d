//! Byte-exact vectors as cases: one format operation, one exact reply or one class of refusal.

use crate::case::{Area, Breadth, Case, Ending, Group, Needs, Step, ending};
use crate::session::{Arena, json_line};
use crate::target::Failure;
use serde_json::{Value, json};
use sse_spec::{Capability, Operation, Profile};
use sse_vectors::byte_exact::{Expect, Vector, VectorFile};

pub(super) fn cases(path: &str, file: VectorFile) -> Vec<Case> {
    let family = path.trim_start_matches("data/").trim_end_matches(".json").to_owned();
    let operation = file.operation;
    file.vectors
        .into_iter()
        .map(|vector| Case {
            id: vector.id.clone(),
            comment: vector.comment.clone(),
            requirements: vector.requirements.clone(),
            profile: Profile::Format,
            area: Area::Format,
            group: Group::KmsCrypto,
            breadth: Breadth::Focused,
            family: family.clone(),
            twin: vector.twin.clone(),
            needs: Needs { capabilities: vec![Capability::Format], ..Needs::default() },
            run: run(operation.clone(), vector),
        })
        .collect()
}

type Run = Box<dyn Fn(&Arena<'_>) -> Ending + Send + Sync>;

fn run(operation: String, vector: Vector) -> Run {
    Box::new(move |arena| ending(check(arena, &operation, &vector)))
}

fn check(arena: &Arena<'_>, operation: &str, vector: &Vector) -> Step<()> {
    let unusable = |error: serde_json::Error| Ending::Unusable(format!("{}: {error}", vector.id));
    let request: Operation =
        serde_json::from_value(json!({ operation: vector.input })).map_err(unusable)?;
    let mut session = arena.open("format")?;
    let caller = session.caller.clone();
    let result = session.perform(&caller, &request);
    match (&vector.expect, result) {
        (Expect::Valid { reply }, Ok(got)) => {
            let got = serde_json::to_value(&got).map_err(unusable)?;
            let got = got.get(operation).cloned().unwrap_or(Value::Null);
            if got == *reply {
                return Ok(());
            }
            let pointer = first_difference(reply, &got);
            Err(Ending::Failed(format!("the reply differs from the vector's at `{pointer}`")))
        }
        (Expect::Valid { .. }, Err(failure)) => {
            Err(crate::session::unexpected(operation, &failure))
        }
        (Expect::Invalid { refusal }, Err(Failure::Refused(got))) => {
            if got.class.kind() == refusal.kind() {
                return Ok(());
            }
            Err(Ending::Failed(format!(
                "refused as {:?} instead of {:?}: {}",
                got.class.kind(),
                refusal.kind(),
                json_line(&got)
            )))
        }
        (Expect::Invalid { refusal }, Ok(_)) => Err(Ending::Failed(format!(
            "accepted, although it has to be refused as {:?}",
            refusal.kind()
        ))),
        (Expect::Invalid { .. }, Err(failure)) => {
            Err(crate::session::unexpected(operation, &failure))
        }
    }
}

/// JSON pointer of the first member that differs.
fn first_difference(expected: &Value, got: &Value) -> String {
    let (Value::Object(expected), Value::Object(got)) = (expected, got) else {
        return String::new();
    };
    let differs = |key: &&String| expected.get(*key) != got.get(*key);
    expected.keys().chain(got.keys()).find(differs).map_or(String::new(), |key| format!("/{key}"))
}
