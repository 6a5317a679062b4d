//! What lies at rest: items in their container, control items sealed, and the way back from items
//! to a world (spec/sealed-object.md, spec/operations.md, laboratory).

use super::super::bytes::ByteSwitch;
use super::super::malleable::Container;
use super::super::switch::Switch;
use super::super::vault::Opened;
use super::points::Points;
use super::uploads::Held;
use super::{MalleableWorld, Memory, s3};
use crate::target::Failure;
use serde::{Deserialize, Serialize};
use sse_spec::{
    AuditEntry, Bytes, Class, Edit, Item, KeyState, Metadata, ObjectName, ReadAtRestReply, Tag,
    WriteAtRest, WriteAtRestReply,
};
use sse_vectors::builder::bytes::Reader;
use sse_vectors::builder::open_control;
use sse_vectors::oracle::{Bucket, Deleted, Key, Oracle, State, Stored, Upload};
use std::collections::{BTreeMap, BTreeSet};

/// Prefixes of the second copy and of the first.
const COPIES: [&str; 2] = ["one/", "two/"];
const BLOCK: usize = 64;

/// Contents of a key's control item.
#[derive(Serialize, Deserialize)]
struct KeyRecord {
    key: Key,
    /// The bytes of each material in hexadecimal, by its id.
    materials: BTreeMap<String, String>,
}

/// Contents of an open upload's control item.
#[derive(Serialize, Deserialize)]
struct UploadRecord {
    upload: Upload,
    /// The wrapped data key in hexadecimal.
    blob: String,
    /// Salt and commitment of each part in hexadecimal, by number.
    headers: BTreeMap<u32, String>,
}

impl MalleableWorld {
    pub(super) fn read_at_rest(&self) -> ReadAtRestReply {
        let hidden = self.options.hidden;
        let items = if hidden { Vec::new() } else { self.durable.disk.values().cloned().collect() };
        ReadAtRestReply { items }
    }

    pub(super) fn write_at_rest(
        &mut self,
        request: &WriteAtRest,
    ) -> Result<WriteAtRestReply, Failure> {
        let mut disk = self.durable.disk.clone();
        for edit in &request.edits {
            match edit {
                Edit::Replace { id, bytes } => match disk.get_mut(id) {
                    Some(item) => item.bytes = bytes.clone(),
                    None => return Err(s3(Class::InvalidArgument)),
                },
                Edit::Remove { id } => {
                    if disk.remove(id).is_none() {
                        return Err(s3(Class::InvalidArgument));
                    }
                }
                Edit::Insert { item } => {
                    if disk.insert(item.id.clone(), item.clone()).is_some() {
                        return Err(s3(Class::InvalidArgument));
                    }
                }
            }
        }
        // Every honest check is keyed, so that a fix-up has nothing to recompute.
        self.durable.disk = disk;
        if request.fixup {
            self.fix_up(&request.edits);
        }
        self.restart().map(|()| WriteAtRestReply {})
    }

    /// Loses all memory and opens again from the items.
    pub(super) fn restart(&mut self) -> Result<(), Failure> {
        self.memory = Memory::default();
        self.points = Points::default();
        self.durable.written = BTreeMap::new();
        self.unhide();
        let rebuilt = self.rebuild();
        self.damaged = rebuilt.is_none();
        let Some(state) = rebuilt else { return Err(s3(Class::DamagedStore)) };
        self.durable.oracle = Oracle::resume(self.options.setting(), state);
        self.forget_store();
        self.bend_oracle();
        self.forget_kms();
        let disabled = |key: &Key| key.state == KeyState::Disabled;
        let some = self.durable.oracle.state.keys.values().any(disabled);
        if some && self.bent(Switch::StateForgotten) {
            for key in self.durable.oracle.state.keys.values_mut() {
                key.state = KeyState::Enabled;
            }
        }
        self.persist()
    }

    fn rebuild(&mut self) -> Option<State> {
        let mut state = State::default();
        let mut ids: BTreeSet<String> = BTreeSet::new();
        ids.extend(self.durable.disk.keys().map(|id| self.logical(id).to_owned()));
        self.durable.vault.materials.clear();
        self.durable.vault.service.clear();
        self.durable.uploads.clear();
        let mut principals = false;
        for id in ids {
            let Some((kind, name)) = id.split_once('/') else { continue };
            match kind {
                "object" => {
                    let Some(name) = object_name(name) else { continue };
                    let stored = match self.find(&name) {
                        Some(opened) => Stored::Sound(opened.describe()),
                        None => Stored::Damaged,
                    };
                    state.objects.insert((name.bucket, name.key), stored);
                }
                "bucket" => {
                    let bucket: Bucket = self.control(kind, name)?;
                    state.buckets.insert(name.to_owned(), bucket);
                }
                "key" => {
                    let key = self.read_key(name)?;
                    state.keys.insert(name.to_owned(), key);
                }
                "deleted-key" => {
                    let deleted: Deleted = self.control(kind, name)?;
                    state.deleted.insert(name.to_owned(), deleted);
                }
                "upload" => {
                    let upload = self.read_upload(name)?;
                    state.uploads.insert(name.to_owned(), upload);
                }
                "policy" => {
                    state.principals = self.control(kind, name)?;
                    principals = true;
                }
                "trail" if !self.bent(Switch::TrailForgotten) => {
                    let entry: AuditEntry = self.control(kind, name)?;
                    state.trail.push(entry);
                }
                "service" => {
                    let keys: BTreeMap<u32, String> = self.control(kind, name)?;
                    for (version, key) in keys {
                        let key = hex::decode(key).ok()?.try_into().ok()?;
                        self.durable.vault.service.insert(version, key);
                    }
                }
                _ => {}
            }
        }
        // Without its service key or its principals' policies a store has not begun; that is
        // damage, never a new beginning, in which a Deny would be gone.
        state.service_version = *self.durable.vault.service.keys().last()?;
        principals.then_some(state)
    }

    fn read_key(&mut self, name: &str) -> Option<Key> {
        let record: KeyRecord = self.control("key", name)?;
        for (id, material) in record.materials {
            self.durable.vault.materials.insert(id, hex::decode(material).ok()?.try_into().ok()?);
        }
        Some(record.key)
    }

    fn read_upload(&mut self, name: &str) -> Option<Upload> {
        let record: UploadRecord = self.control("upload", name)?;
        let headers = record.headers.into_iter();
        let headers = headers.map(|(number, header)| Some((number, hex::decode(header).ok()?)));
        let held =
            Held { blob: hex::decode(record.blob).ok()?, headers: headers.collect::<Option<_>>()? };
        self.durable.uploads.insert(name.to_owned(), held);
        Some(record.upload)
    }

    fn control<T: for<'a> Deserialize<'a>>(&mut self, kind: &str, name: &str) -> Option<T> {
        let id = format!("{kind}/{name}");
        let opened = self.copies(&id).into_iter().find_map(|bytes| match self.unsealed(kind) {
            true => Some(bytes),
            false => open_control(&self.durable.vault.root, kind, name, &bytes),
        })?;
        let contents = serde_json::from_slice(&opened).ok();
        // What was just read need not be written again.
        self.durable.written.insert(id, opened);
        contents
    }

    /// Writes every control item whose contents changed, and removes those that are gone.
    pub(super) fn persist(&mut self) -> Result<(), Failure> {
        self.renew_secrets();
        let contents = self.contents().map_err(|error| Failure::Broken(error.to_string()))?;
        let gone: Vec<String> =
            self.durable.written.keys().filter(|id| !contents.contains_key(*id)).cloned().collect();
        for id in gone {
            self.take(&id);
            self.durable.written.remove(&id);
        }
        for (id, bytes) in contents {
            if self.durable.written.get(&id) == Some(&bytes) {
                continue;
            }
            let (kind, name) = id.split_once('/').unwrap_or((&id, ""));
            let nonce = self.random.array();
            let sealed = match self.unsealed(kind) {
                true => Some(bytes.clone()),
                false => self.durable.vault.seal_control(kind, name, &nonce, &bytes),
            };
            let sealed = sealed.ok_or_else(|| s3(Class::LimitExceeded))?;
            let tag = match kind {
                "bucket" => Tag::Bucket,
                "key" | "deleted-key" => Tag::Key,
                "upload" => Tag::Upload,
                "policy" => Tag::Policy,
                "trail" => Tag::Trail,
                _ => Tag::Service,
            };
            self.keep(&id, &tag, sealed);
            self.durable.written.insert(id, bytes);
        }
        Ok(())
    }

    /// What the oracle has named gets bytes, and what it has forgotten loses them.
    fn renew_secrets(&mut self) {
        let state = &self.durable.oracle.state;
        let named: BTreeSet<&String> =
            state.keys.values().flat_map(|key| &key.materials).map(|made| &made.id).collect();
        self.durable.vault.materials.retain(|id, _| named.contains(id));
        for id in named {
            if !self.durable.vault.materials.contains_key(id) {
                self.durable.vault.materials.insert(id.clone(), self.random.array());
            }
        }
        if !self.durable.vault.service.contains_key(&state.service_version) {
            self.durable.vault.service.insert(state.service_version, self.random.array());
        }
    }

    fn contents(&self) -> Result<BTreeMap<String, Vec<u8>>, serde_json::Error> {
        let mut contents = BTreeMap::new();
        let state = &self.durable.oracle.state;
        for (name, bucket) in &state.buckets {
            contents.insert(format!("bucket/{name}"), serde_json::to_vec(bucket)?);
        }
        for (id, key) in &state.keys {
            let bytes = |id: &String| self.durable.vault.materials.get(id).map(hex::encode);
            let materials = key.materials.iter();
            let materials = materials.filter_map(|made| Some((made.id.clone(), bytes(&made.id)?)));
            let record = KeyRecord { key: key.clone(), materials: materials.collect() };
            contents.insert(format!("key/{id}"), serde_json::to_vec(&record)?);
        }
        for (id, deleted) in &state.deleted {
            contents.insert(format!("deleted-key/{id}"), serde_json::to_vec(deleted)?);
        }
        for (id, upload) in &state.uploads {
            let Some(held) = self.durable.uploads.get(id) else { continue };
            let headers = held.headers.iter().map(|(n, header)| (*n, hex::encode(header)));
            let record = UploadRecord {
                upload: upload.clone(),
                blob: hex::encode(&held.blob),
                headers: headers.collect(),
            };
            contents.insert(format!("upload/{id}"), serde_json::to_vec(&record)?);
        }
        let principals = serde_json::to_vec(&state.principals)?;
        contents.insert("policy/principals".to_owned(), principals);
        for (index, entry) in state.trail.iter().enumerate() {
            contents.insert(format!("trail/{index:08}"), serde_json::to_vec(entry)?);
        }
        let service: BTreeMap<u32, String> =
            self.durable.vault.service.iter().map(|(v, key)| (*v, hex::encode(key))).collect();
        contents.insert("service/keys".to_owned(), serde_json::to_vec(&service)?);
        Ok(contents)
    }

    /// Puts an item on the disk, in its container.
    pub(super) fn keep(&mut self, id: &str, tag: &Tag, bytes: Vec<u8>) {
        if self.byte_switch() == Some(ByteSwitch::Hidden) && matches!(tag, Tag::Object { .. }) {
            let (tag, bytes) = (tag.clone(), Bytes(bytes.clone()));
            self.hidden.insert(id.to_owned(), Item { id: id.to_owned(), tag, bytes });
        }
        let mut put = |id: String, bytes: Vec<u8>| {
            let item = Item { id: id.clone(), tag: tag.clone(), bytes: Bytes(bytes) };
            self.durable.disk.insert(id, item);
        };
        match self.options.container {
            Container::Plain => put(id.to_owned(), bytes),
            Container::Replicas => {
                for copy in COPIES {
                    put(format!("{copy}{id}"), bytes.clone());
                }
            }
            Container::Padded => {
                let mut padded = bytes.len().to_be_bytes().to_vec();
                padded.extend(bytes);
                padded.resize(padded.len().next_multiple_of(BLOCK), 0);
                put(id.to_owned(), padded);
            }
        }
    }

    /// Takes an item off the disk.
    pub(super) fn take(&mut self, id: &str) {
        self.hidden.remove(id);
        for copy in COPIES {
            self.durable.disk.remove(&format!("{copy}{id}"));
        }
        self.durable.disk.remove(id);
    }

    /// Takes everything of one object off the disk.
    pub(super) fn erase(&mut self, bucket: &str, key: &str) {
        for kind in ["object", "body", "metadata", "data-key", "digest", "spool", "aside", "blob"] {
            self.take(&place(kind, bucket, key));
        }
    }

    /// Puts an item of an object beside its main item.
    pub(super) fn beside(&mut self, kind: &str, bucket: &str, key: &str, bytes: Vec<u8>) {
        let tag = Tag::Object { bucket: bucket.to_owned(), key: key.to_owned() };
        self.keep(&place(kind, bucket, key), &tag, bytes);
    }

    /// Every copy of an item, out of its container.
    pub(super) fn copies(&self, id: &str) -> Vec<Vec<u8>> {
        let raw = |id: &str| self.durable.disk.get(id).map(|item| item.bytes.0.clone());
        match self.container() {
            Container::Plain => raw(id).into_iter().collect(),
            Container::Replicas => {
                COPIES.iter().filter_map(|copy| raw(&format!("{copy}{id}"))).collect()
            }
            Container::Padded => raw(id).and_then(|bytes| unpad(&bytes)).into_iter().collect(),
        }
    }

    fn logical<'a>(&self, id: &'a str) -> &'a str {
        let replicas = self.container() == Container::Replicas;
        let stripped = COPIES.iter().find_map(|copy| id.strip_prefix(copy));
        stripped.filter(|_| replicas).unwrap_or(id)
    }

    /// The authentic item of an object, from whichever copy has one.
    pub(super) fn find(&self, name: &ObjectName) -> Option<Opened> {
        self.candidates(name).into_iter().next()
    }

    /// Every copy of an object whose record is authentic.
    pub(super) fn candidates(&self, name: &ObjectName) -> Vec<Opened> {
        let copies = self.copies(&place("object", &name.bucket, &name.key));
        copies.iter().filter_map(|item| self.open_item(name, item)).collect()
    }

    fn open_item(&self, name: &ObjectName, item: &[u8]) -> Option<Opened> {
        if self.set(Switch::CopyVerbatim) || self.bent(Switch::StoredIdentity) {
            let mut reader = Reader::new(item);
            let bucket = String::from_utf8(reader.lp16(1024)?.to_vec()).ok()?;
            let key = String::from_utf8(reader.lp16(1024)?.to_vec()).ok()?;
            let rest = reader.take(reader.left())?;
            return self.durable.vault.open(&ObjectName { bucket, key }, rest, true);
        }
        let mut opened = self.durable.vault.open(name, item, !self.body_is_bent())?;
        if self.set(Switch::ShortBody) {
            opened.body = self.copies(&place("body", &name.bucket, &name.key)).pop()?;
        }
        if self.set(Switch::MetadataBeside) {
            let beside = self.copies(&place("metadata", &name.bucket, &name.key)).pop()?;
            let metadata: Metadata = serde_json::from_slice(&beside).ok()?;
            opened.fields.metadata = metadata;
            self.witness().reach();
        }
        self.overlaid(name, opened)
    }

    /// Whether a switch gives the body another form than the record expects.
    fn body_is_bent(&self) -> bool {
        [
            Switch::BodyClear,
            Switch::BodyHex,
            Switch::BodyBase64,
            Switch::LargeBodyClear,
            Switch::ShortBody,
        ]
        .iter()
        .any(|switch| self.set(*switch))
            || self.some_in_clear()
            || self.unbound()
    }
}

/// Name of an item of an object; the key in hexadecimal, because it may hold anything.
pub(super) fn place(kind: &str, bucket: &str, key: &str) -> String {
    format!("{kind}/{bucket}/{}", hex::encode(key))
}

fn object_name(name: &str) -> Option<ObjectName> {
    let (bucket, key) = name.split_once('/')?;
    let key = String::from_utf8(hex::decode(key).ok()?).ok()?;
    Some(ObjectName { bucket: bucket.to_owned(), key })
}

fn unpad(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(bytes);
    let length = usize::try_from(reader.array().map(u64::from_be_bytes)?).ok()?;
    reader.take(length).map(<[u8]>::to_vec)
}
