//! Which fields a pattern need not list: `sse_spec::OPEN_FIELDS`, and the closed list of open
//! fields of an entry of the trail (spec/operations.md, open fields).

use sse_spec::OPEN_FIELDS;

/// Fields of an entry of the trail that a pattern may leave out, as JSON pointers into the entry.
///
/// `eventName`, `resources`, `userIdentity` with its `arn`, and `errorCode` are not open: they say
/// what was done with which key, by whom and how it ended, and no expectation is silent on them.
const OPEN_EVENT_FIELDS: &[&str] = &[
    "/eventID",
    "/eventTime",
    "/eventSource",
    "/awsRegion",
    "/readOnly",
    "/requestParameters",
    "/responseElements",
    "/errorMessage",
    "/userIdentity/accountId",
    "/userIdentity/invokedBy",
];

/// The same for one element of the reply to `ListKeyRotations`.
const OPEN_ROTATION_FIELDS: &[&str] = &["/key_material_id", "/key_material_state"];

/// What the trail may not add to the parameters of a request: an encryption context is what the
/// request was bound to, and the others are secrets (audit.entry.no-secrets).
const CLOSED_PARAMETERS: &[&str] = &[
    "encryptionContext",
    "sourceEncryptionContext",
    "destinationEncryptionContext",
    "ciphertextBlob",
    "plaintext",
];

/// Whether an entry may hold the parameter `name` although no pattern lists it: trails differ in
/// how much of a request they repeat.
#[must_use]
pub fn is_open_parameter(name: &str) -> bool {
    !CLOSED_PARAMETERS.iter().any(|closed| closed.eq_ignore_ascii_case(name))
}

/// Whether a reply to `operation` may hold the field at `pointer` although no pattern lists it.
pub(super) fn is_open(operation: &str, pointer: &str) -> bool {
    if operation == "LookupEvents" {
        return inside("/events/", pointer).is_some_and(|field| is_open_in_event(&field));
    }
    if operation == "ListKeyRotations" {
        return inside("/rotations/", pointer)
            .is_some_and(|field| OPEN_ROTATION_FIELDS.contains(&field.as_str()));
    }
    if let Some((inner, pointer)) = faulted(operation, pointer) {
        return is_open(inner, pointer);
    }
    OPEN_FIELDS.contains(&(operation, pointer))
}

/// The same inside one entry of the trail, where `field` is as in [`OPEN_EVENT_FIELDS`].
fn is_open_in_event(field: &str) -> bool {
    match field.strip_prefix("/requestParameters/") {
        Some(parameter) => is_open_parameter(parameter.split('/').next().unwrap_or_default()),
        None => OPEN_EVENT_FIELDS.contains(&field),
    }
}

/// The pointer inside one element of the list at `list`: `/events/3/eventID` is `/eventID`.
fn inside(list: &str, pointer: &str) -> Option<String> {
    let (index, rest) = pointer.strip_prefix(list)?.split_once('/')?;
    index.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("/{rest}"))
}

/// The operation that a fault was injected into, and the pointer inside its own reply.
fn faulted<'a>(operation: &str, pointer: &'a str) -> Option<(&'a str, &'a str)> {
    const REPLIED: &str = "/outcome/replied/";
    let inner = pointer.strip_prefix(REPLIED).filter(|_| operation == "InjectFault")?;
    let at = inner.find('/')?;
    Some((inner.get(..at)?, inner.get(at..)?))
}
