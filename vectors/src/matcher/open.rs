//! Which fields a pattern need not list: `sse_spec::OPEN_FIELDS`, and the closed list of open
//! fields of an entry of the trail (spec/operations.md, open fields).

use sse_spec::OPEN_FIELDS;

/// Fields of an entry of the trail that a pattern may leave out, as JSON pointers into the entry.
///
/// `eventName`, `resources`, `userIdentity` with its `arn`, and `errorCode` are not open: they say
/// what was done with which key, by whom and how it ended, and no expectation is silent on them.
pub const OPEN_EVENT_FIELDS: &[&str] = &[
    "/eventID",
    "/eventTime",
    "/eventSource",
    "/awsRegion",
    "/readOnly",
    "/requestParameters",
    "/requestParameters/keyId",
    "/requestParameters/keySpec",
    "/requestParameters/numberOfBytes",
    "/requestParameters/encryptionAlgorithm",
    "/responseElements",
    "/errorMessage",
    "/userIdentity/accountId",
    "/userIdentity/invokedBy",
];

/// Whether a reply to `operation` may hold the field at `pointer` although no pattern lists it.
pub(super) fn is_open(operation: &str, pointer: &str) -> bool {
    if operation == "LookupEvents" {
        return inside_event(pointer)
            .is_some_and(|pointer| OPEN_EVENT_FIELDS.contains(&pointer.as_str()));
    }
    if operation == "ListKeyRotations" {
        return inside("/rotations/", pointer).is_some_and(|field| field == "/key_material_state");
    }
    if let Some((inner, pointer)) = faulted(operation, pointer) {
        return is_open(inner, pointer);
    }
    OPEN_FIELDS.contains(&(operation, pointer))
}

/// The pointer inside one entry: `/events/3/eventID` is `/eventID`.
fn inside_event(pointer: &str) -> Option<String> {
    inside("/events/", pointer)
}

/// The pointer inside one element of the list at `list`.
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
