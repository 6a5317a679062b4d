//! Acts on keys, aliases, permissions and blobs.

use super::super::act::{How, Manage, Named};
use super::super::documents;
use super::{Author, Blob, Extra, Key};
use serde_json::{Value, json};

/// What Encrypt encrypts, in hexadecimal.
const PLAINTEXT: &str = "7468652070656e6775696e206f7065726174696f6e";
/// Contexts of cryptographic requests.
pub(super) const CONTEXTS: u8 = 3;

/// An encryption context by its index.
pub(super) fn context(index: u8) -> Value {
    match index % CONTEXTS {
        0 => json!({}),
        1 => json!({ "dept": "b" }),
        _ => json!({ "Dept": "B" }),
    }
}

impl Author<'_> {
    /// The key of a slot, made at its first use; the third belongs to the other account.
    pub(super) fn key(&mut self, slot: u8) -> Option<Key> {
        if let Some(key) = self.keys.get(&slot) {
            return Some(key.clone());
        }
        let other = slot == 2 && self.target.other_account.is_some();
        self.new_key(if other { "${other_root}" } else { "${root}" }, slot);
        self.keys.get(&slot).cloned()
    }

    /// Puts a new key into a slot, if the caller may make one.
    pub(super) fn new_key(&mut self, caller: &str, slot: u8) {
        let name = self.next("k");
        let id = format!("{name}id");
        let extra = Extra::bind(&[(&id, "/key_metadata/key_id"), (&name, "/key_metadata/arn")]);
        let mut extra = extra;
        let account = if caller.contains("other") || caller == "${u2}" {
            "${other_account}"
        } else {
            "${account}"
        };
        extra.replaced.push((
            "key_metadata",
            json!({
                "key_id": { "$any": "key-id" },
                "arn": { "$any": "key-arn" },
                "account_id": account,
                "key_manager": "CUSTOMER",
                "key_state": "Enabled",
                "enabled": true,
                "key_spec": "SYMMETRIC_DEFAULT",
                "key_usage": "ENCRYPT_DECRYPT",
                "origin": "AWS_KMS",
                "creation_date": { "$any": "timestamp" },
                "description": ""
            }),
        ));
        let Some(reply) = self.step(caller, json!({ "CreateKey": {} }), extra) else { return };
        let (arn, key_id) = (format!("${{{name}}}"), format!("${{{id}}}"));
        for (at, symbol) in [("/key_metadata/arn", &arn), ("/key_metadata/key_id", &key_id)] {
            if let Some(concrete) = reply.pointer(at).and_then(Value::as_str) {
                let concrete = concrete.to_owned();
                self.name(&concrete, symbol);
            }
        }
        self.keys.insert(slot, Key { arn, id: key_id });
    }

    /// The text that names a key in a request.
    pub(super) fn named(&mut self, named: Named) -> Option<String> {
        match named {
            0..=2 => Some(self.key(named)?.arn),
            3..=5 => Some(self.key(named - 3)?.id),
            _ => Some(alias(named - 6)),
        }
    }

    pub(super) fn manage(&mut self, caller: &str, slot: u8, what: Manage) {
        let Some(key) = self.key(slot) else { return };
        let request = json!({ "key_id": key.arn });
        let perform = match what {
            Manage::Disable => json!({ "DisableKey": request }),
            Manage::Enable => json!({ "EnableKey": request }),
            Manage::GetKeyPolicy => json!({ "GetKeyPolicy": request }),
            Manage::RotationStatus => json!({ "GetKeyRotationStatus": request }),
            Manage::Cancel => json!({ "CancelKeyDeletion": request }),
            Manage::Rotate => json!({ "RotateKeyOnDemand": request }),
            Manage::ScheduleWeek => json!({
                "ScheduleKeyDeletion": { "key_id": key.arn, "pending_window_in_days": 7 }
            }),
            Manage::ScheduleMonth => json!({
                "ScheduleKeyDeletion": { "key_id": key.arn, "pending_window_in_days": 30 }
            }),
        };
        self.step(caller, perform, Extra::default());
    }

    pub(super) fn describe(&mut self, caller: &str, named: Named) {
        let Some(key_id) = self.named(named) else { return };
        self.step(caller, json!({ "DescribeKey": { "key_id": key_id } }), Extra::default());
    }

    pub(super) fn key_policy(&mut self, caller: &str, slot: u8, policy: u8) {
        let Some(key) = self.key(slot) else { return };
        let other = self.target.other_account.is_some();
        let (root, other) = match (slot, other) {
            (2, true) => ("${other_root}", Some("${root}")),
            (_, true) => ("${root}", Some("${other_root}")),
            _ => ("${root}", None),
        };
        let policy = documents::key_policy(policy, root, other);
        let request = json!({ "PutKeyPolicy": { "key_id": key.arn, "policy": policy } });
        self.step(caller, request, Extra::default());
    }

    pub(super) fn alias_to(&mut self, operation: &str, caller: &str, index: u8, slot: u8) {
        let Some(key) = self.key(slot) else { return };
        let request = json!({ "alias_name": alias(index), "target_key_id": key.id });
        self.step(caller, json!({ operation: request }), Extra::default());
    }

    pub(super) fn delete_alias(&mut self, caller: &str, index: u8) {
        let request = json!({ "DeleteAlias": { "alias_name": alias(index) } });
        self.step(caller, request, Extra::default());
    }

    pub(super) fn generate(&mut self, caller: &str, named: Named, index: u8, plain: bool) {
        let Some(key_id) = self.named(named) else { return };
        let request = json!({
            "key_id": key_id, "key_spec": "AES_256", "encryption_context": context(index)
        });
        let (blob, clear) = (self.next("c"), self.next("p"));
        let extra = match plain {
            true => Extra::bind(&[(&blob, "/ciphertext_blob"), (&clear, "/plaintext")]),
            false => Extra::bind(&[(&blob, "/ciphertext_blob")]),
        };
        let operation = if plain { "GenerateDataKey" } else { "GenerateDataKeyWithoutPlaintext" };
        let reply = self.step(caller, json!({ operation: request }), extra);
        let clear = plain.then(|| Value::String(format!("${{{clear}}}")));
        self.blob(reply.as_ref(), &blob, index, clear);
    }

    pub(super) fn encrypt(&mut self, caller: &str, named: Named, index: u8) {
        let Some(key_id) = self.named(named) else { return };
        let request = json!({ "Encrypt": {
            "key_id": key_id, "plaintext": PLAINTEXT, "encryption_context": context(index)
        } });
        let blob = self.next("c");
        let reply = self.step(caller, request, Extra::bind(&[(&blob, "/ciphertext_blob")]));
        self.blob(reply.as_ref(), &blob, index, Some(json!(PLAINTEXT)));
    }

    /// Keeps the blob that a reply brought, by the symbol it was bound to.
    fn blob(&mut self, reply: Option<&Value>, symbol: &str, context: u8, plain: Option<Value>) {
        let Some(key) = reply.and_then(|reply| reply.get("key_id")).and_then(Value::as_str) else {
            return;
        };
        let key = self.renamed_text(key);
        let symbol = format!("${{{symbol}}}");
        self.blobs.push(Blob { symbol, context, key, plain });
    }

    /// A blob with the key and the context to name, and whether nothing is wrong with them.
    fn sent(&mut self, blob: u8, how: How) -> Option<(usize, Blob, Option<String>, Value)> {
        let index = usize::from(blob).checked_rem(self.blobs.len())?;
        let blob = self.blobs.get(index)?.clone();
        let key = match how {
            How::Right | How::WrongContext => None,
            How::KeyNamed => Some(blob.key.clone()),
            How::WrongKey => {
                let first = self.key(0)?.arn;
                Some(if first == blob.key { self.key(1)?.arn } else { first })
            }
        };
        let wrong = u8::from(how == How::WrongContext);
        let context = context(blob.context + wrong);
        Some((index, blob, key, context))
    }

    pub(super) fn decrypt(&mut self, caller: &str, blob: u8, how: How) {
        let Some((index, blob, key, context)) = self.sent(blob, how) else { return };
        let mut request = json!({ "ciphertext_blob": blob.symbol, "encryption_context": context });
        if let (Some(fields), Some(key)) = (request.as_object_mut(), key) {
            fields.insert("key_id".to_owned(), json!(key));
        }
        let mut extra = Extra::default();
        let clear = match &blob.plain {
            Some(plain) => {
                extra.replaced.push(("plaintext", plain.clone()));
                None
            }
            None => {
                let name = self.next("p");
                extra.bind.insert(name.clone(), "/plaintext".to_owned());
                Some(json!(format!("${{{name}}}")))
            }
        };
        let opened = self.step(caller, json!({ "Decrypt": request }), extra).is_some();
        if let (true, Some(clear), Some(kept)) = (opened, clear, self.blobs.get_mut(index)) {
            kept.plain = Some(clear);
        }
    }

    pub(super) fn re_encrypt(&mut self, caller: &str, blob: (u8, How), to: Named, index: u8) {
        let Some(destination) = self.named(to) else { return };
        let Some((_, blob, key, source)) = self.sent(blob.0, blob.1) else { return };
        let mut request = json!({
            "ciphertext_blob": blob.symbol,
            "source_encryption_context": source,
            "destination_key_id": destination,
            "destination_encryption_context": context(index),
        });
        if let (Some(fields), Some(key)) = (request.as_object_mut(), key) {
            fields.insert("source_key_id".to_owned(), json!(key));
        }
        let made = self.next("c");
        let extra = Extra::bind(&[(&made, "/ciphertext_blob")]);
        let reply = self.step(caller, json!({ "ReEncrypt": request }), extra);
        self.blob(reply.as_ref(), &made, index, blob.plain);
    }
}

fn alias(index: u8) -> String {
    format!("alias/a{index}")
}
