//! What a bend makes of the entries that one request left.

use super::super::malleable::Malleable;
use super::super::switch::Switch;
use super::bent;
use sse_spec::{AuditEntry, Operation};

/// Bends the entries from index `from` on.
pub(in crate::zoo) fn trail(
    options: &Malleable,
    trail: &mut Vec<AuditEntry>,
    from: usize,
    operation: &Operation,
) {
    let first = trail.first().map(|entry| entry.user_identity.clone());
    let fresh = trail.split_off(from.min(trail.len()));
    for mut entry in fresh {
        if dropped(options, &entry, operation) {
            continue;
        }
        edit(options, &mut entry, operation);
        if let Some(first) = &first
            && first.arn != entry.user_identity.arn
            && bent(options, Switch::FirstCallerNamed)
        {
            entry.user_identity.arn.clone_from(&first.arn);
        }
        trail.push(entry);
    }
}

fn dropped(options: &Malleable, entry: &AuditEntry, operation: &Operation) -> bool {
    let copied = matches!(operation, Operation::CopyObject(_));
    let user = !entry.user_identity.arn.ends_with(":root");
    let part = matches!(operation, Operation::UploadPart(_));
    match entry.event_name.as_str() {
        _ if user && bent(options, Switch::UsersUnrecorded) => true,
        "Decrypt" if copied => bent(options, Switch::CopyReadUnrecorded),
        "Decrypt" if part => bent(options, Switch::PartReadUnrecorded),
        "GenerateDataKey" if copied => bent(options, Switch::CopyWriteUnrecorded),
        "CreateKey" | "EnableKey" | "DisableKey" => bent(options, Switch::StateUnrecorded),
        _ => false,
    }
}

fn edit(options: &Malleable, entry: &mut AuditEntry, operation: &Operation) {
    let stored = entry.user_identity.invoked_by.is_some();
    if stored && entry.event_name == "GenerateDataKey" && bent(options, Switch::EventRenamed) {
        "Encrypt".clone_into(&mut entry.event_name);
    }
    if entry.error_code.is_some() && bent(options, Switch::ErrorUncoded) {
        entry.error_code = None;
        entry.error_message = None;
    }
    if stored && bent(options, Switch::KeyUnnamed) {
        entry.resources.clear();
    }
    if stored && bent(options, Switch::SourceOfStore) {
        "s3.amazonaws.com".clone_into(&mut entry.event_source);
    }
    if entry.read_only && bent(options, Switch::NothingReadOnly) {
        entry.read_only = false;
    }
    let Some(parameters) = entry.request_parameters.as_object_mut() else { return };
    if let Operation::Decrypt(request) = operation
        && bent(options, Switch::BlobRecorded)
    {
        let blob = hex::encode(&request.ciphertext_blob.0);
        parameters.insert("ciphertextBlob".to_owned(), blob.into());
    }
    if let (Operation::CopyObject(request), "GenerateDataKey") =
        (operation, entry.event_name.as_str())
        && let Some(context) = parameters.get_mut("encryptionContext")
        && let Some(context) = context.as_object_mut()
        && bent(options, Switch::CopyRecordsSource)
    {
        let arn = format!("arn:aws:s3:::{}/{}", request.source.bucket, request.source.key);
        context.insert("aws:s3:arn".to_owned(), arn.into());
    }
}
