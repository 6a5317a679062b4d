//! Twins: a scenario that is refused and the one that succeeds differ in one place, checked
//! mechanically (spec/decisions/vocabulary.md, twins).

use super::{Scenario, Step};
use serde_json::Value;

/// The one place in which two scenarios differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// One value of one step's input.
    Pointer {
        /// Index of the step.
        step: usize,
        /// JSON pointer into the step's input: `/caller`, `/secure_transport` or `/perform/..`.
        pointer: String,
    },
    /// One step performs another operation.
    Replaced {
        /// Index of the step.
        step: usize,
    },
    /// One of the two has one step more.
    Added {
        /// Index of the step in the longer one.
        step: usize,
    },
}

/// The one place in which the inputs of `a` and `b` differ.
///
/// An input is who performs what. Expectations may differ from that place on, not before it; ids,
/// comments, flags, requirements, bindings and settle times are not counted.
///
/// # Errors
/// A text for people where they differ in no place or in more than one.
pub fn twin_difference(a: &Scenario, b: &Scenario) -> Result<Difference, String> {
    let difference = if a.steps.len() == b.steps.len() {
        same_length(&a.steps, &b.steps)?
    } else if a.steps.len() > b.steps.len() {
        Difference::Added { step: added(&a.steps, &b.steps)? }
    } else {
        Difference::Added { step: added(&b.steps, &a.steps)? }
    };
    let first = match &difference {
        Difference::Pointer { step, .. }
        | Difference::Replaced { step }
        | Difference::Added { step } => *step,
    };
    let before = a.steps.iter().zip(&b.steps).take(first);
    for (index, (left, right)) in before.enumerate() {
        if left.expect != right.expect {
            return Err(format!("step {index} expects another end before they differ"));
        }
    }
    Ok(difference)
}

fn same_length(a: &[Step], b: &[Step]) -> Result<Difference, String> {
    let mut pairs = a.iter().zip(b).enumerate().filter(|(_, (a, b))| input(a) != input(b));
    let Some((step, (left, right))) = pairs.next() else {
        return Err("they do the same".to_owned());
    };
    if let Some((second, _)) = pairs.next() {
        return Err(format!("steps {step} and {second} differ"));
    }
    if left.operation() != right.operation() {
        return Ok(Difference::Replaced { step });
    }
    let mut pointers = Vec::new();
    differences(&input(left), &input(right), String::new(), &mut pointers);
    match pointers.as_slice() {
        [pointer] => Ok(Difference::Pointer { step, pointer: pointer.clone() }),
        several => Err(format!("step {step} differs at {}", several.join(", "))),
    }
}

fn added(longer: &[Step], shorter: &[Step]) -> Result<usize, String> {
    let at =
        longer.iter().zip(shorter).position(|(a, b)| input(a) != input(b)).unwrap_or(shorter.len());
    let rest = longer.iter().skip(at + 1).map(input);
    if rest.eq(shorter.iter().skip(at).map(input)) {
        Ok(at)
    } else {
        Err("they differ in more than one step".to_owned())
    }
}

fn input(step: &Step) -> Value {
    serde_json::json!({
        "caller": step.caller,
        "secure_transport": step.secure_transport,
        "perform": step.perform,
    })
}

/// Collects the pointers of the smallest values that differ; a field on one side only is one, and
/// so is a field that has another name on the other side.
fn differences(a: &Value, b: &Value, at: String, out: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(left), Value::Object(right)) => {
            let only_left: Vec<_> =
                left.iter().filter(|(name, _)| !right.contains_key(*name)).collect();
            let mut only_right: Vec<_> =
                right.iter().filter(|(name, _)| !left.contains_key(*name)).collect();
            if let ([(_, before)], [(_, after)]) = (only_left.as_slice(), only_right.as_slice())
                && before == after
            {
                only_right.clear();
            }
            for (name, value) in left {
                let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                match right.get(name) {
                    Some(other) => differences(value, other, at, out),
                    None => out.push(at),
                }
            }
            out.extend(only_right.iter().map(|(name, _)| format!("{at}/{name}")));
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (a, b)) in left.iter().zip(right).enumerate() {
                differences(a, b, format!("{at}/{index}"), out);
            }
        }
        _ if a != b => out.push(at),
        _ => {}
    }
}
