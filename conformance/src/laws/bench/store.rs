//! What the store keeps and how it seals: pieces of ciphertext, and a record over them.

use super::containers::{Container, TRAIL, compress, contain, decompress, fix_up, read_out};
use super::{Bench, Fault};
use crate::session::pattern;
use sha2::{Digest as _, Sha256};
use sse_spec::{
    Body, Bytes, Class, CompletedPart, DataKeyRecord, Edit, EncryptionContext, Item, Metadata,
    SecretBytes, Tag,
};
use std::collections::BTreeMap;

/// Bucket and key.
pub(super) type Name = (String, String);

/// Numbers and sealed bytes of an object's parts.
pub(super) type Pieces = Vec<(u32, Vec<u8>)>;

/// What is known of an object beside its body; it lies in the record.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) etag: String,
    pub(super) size: u64,
    pub(super) key_arn: Option<String>,
    pub(super) metadata: Metadata,
}

/// An upload that is open.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    pub(super) name: Name,
    pub(super) key_arn: Option<String>,
    pub(super) metadata: Metadata,
    /// Number and entity tag; the bytes lie in the items.
    pub(super) etags: BTreeMap<u32, String>,
    pub(super) clear: bool,
}

/// A KMS key.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) enabled: bool,
    pub(super) material: u64,
}

#[derive(Debug)]
pub(super) struct Store {
    pub(super) options: Bench,
    label: String,
    drawn: u64,
    /// Keystreams since the last Restart.
    pub(super) counted: u64,
    pub(super) buckets: BTreeMap<String, Option<Option<String>>>,
    pub(super) items: BTreeMap<String, Item>,
    pub(super) uploads: BTreeMap<String, Upload>,
    pub(super) keys: BTreeMap<String, Key>,
    pub(super) trail: Vec<(String, String)>,
    pub(super) data_keys: Vec<DataKeyRecord>,
    /// The body that a name held before; only a faulty store looks at it.
    pub(super) previous: BTreeMap<Name, Vec<u8>>,
    journal: Vec<Item>,
    /// The items as they lie since they were edited, until the next write.
    pub(super) edited: Option<BTreeMap<String, Item>>,
}

/// Hides the seed of a keystream in its piece, as a wrap would.
pub(super) const MASK: u64 = 0x9e37_79b9_7f4a_7c15;

fn xor(bytes: &[u8], stream: &[u8]) -> Vec<u8> {
    bytes.iter().zip(stream.iter().cycle()).map(|(byte, key)| byte ^ key).collect()
}

fn tag(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(b"authenticator");
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

pub(super) fn object_id(name: &Name) -> String {
    format!("objects/{}/{}", name.0, name.1)
}

pub(super) fn part_id(upload: &str, number: u32) -> String {
    format!("uploads/{upload}/{number}")
}

impl Store {
    pub(super) fn new(options: Bench, label: &str) -> Self {
        Self {
            options,
            label: label.to_owned(),
            drawn: 0,
            counted: 0,
            buckets: BTreeMap::new(),
            items: BTreeMap::new(),
            uploads: BTreeMap::new(),
            keys: BTreeMap::new(),
            trail: Vec::new(),
            data_keys: Vec::new(),
            previous: BTreeMap::new(),
            journal: Vec::new(),
            edited: None,
        }
    }

    pub(super) fn is(&self, fault: Fault) -> bool {
        self.options.fault == fault
    }

    /// A number that was never drawn before in any world.
    pub(super) fn draw(&mut self) -> u64 {
        self.drawn += 1;
        let text = format!("{} {}", self.label, self.drawn);
        let digest = Sha256::digest(text.as_bytes());
        u64::from_be_bytes(*digest.first_chunk().unwrap())
    }

    /// The seed of a keystream; `what` is what a faulty store derives it from.
    pub(super) fn seed(&mut self, what: &str) -> u64 {
        let drawn = self.draw();
        let fixed = |text: &str| {
            let digest = Sha256::digest(format!("{} {text}", self.label).as_bytes());
            u64::from_be_bytes(*digest.first_chunk().unwrap())
        };
        let mut words = what.split(' ');
        let (kind, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        match self.options.fault {
            Fault::OneStream => fixed("all"),
            Fault::StreamPerName if kind == "name" => fixed(name),
            Fault::StreamPerPart if kind == "part" => fixed(what),
            Fault::StreamPerUpload if kind == "part" => fixed(name),
            Fault::Rewound => {
                self.counted += 1;
                fixed(&self.counted.to_string())
            }
            Fault::CopyStream if kind == "copy" => fixed(name),
            _ => drawn,
        }
    }

    pub(super) fn write(&mut self, id: &str, tag: Tag, bytes: Vec<u8>) {
        let item = Item { id: id.to_owned(), tag, bytes: bytes.into() };
        self.journal.push(item.clone());
        self.items.insert(id.to_owned(), item);
    }

    pub(super) fn at_rest(&self) -> Vec<Item> {
        if let Some(lying) = &self.edited {
            return lying.values().cloned().collect();
        }
        let items = self.items.values().cloned().collect();
        let mut items = contain(self.options.container, items, &self.journal);
        // A trail that names the same things again and again, as trails do.
        let trail: String = self
            .trail
            .iter()
            .map(|(name, key)| {
                format!("{{\"at\":\"2026-01-01T00:00:00Z\",\"{name}\":\"{key}\"}}\n")
            })
            .collect();
        items.push(Item { id: TRAIL.into(), tag: Tag::Trail, bytes: trail.into_bytes().into() });
        items
    }

    /// Edits the items as they lie, and reads them out of their container again.
    pub(super) fn edit(&mut self, edits: &[Edit], fixup: bool) {
        let lying = self.at_rest().into_iter().map(|item| (item.id.clone(), item));
        let mut lying: BTreeMap<String, Item> = lying.collect();
        for edit in edits {
            match edit {
                Edit::Replace { id, bytes } => {
                    if let Some(item) = lying.get_mut(id) {
                        item.bytes = bytes.clone();
                    }
                }
                Edit::Remove { id } => {
                    lying.remove(id);
                }
                Edit::Insert { item } => {
                    lying.insert(item.id.clone(), item.clone());
                }
            }
        }
        if fixup {
            fix_up(self.options.container, &mut lying);
        }
        self.items = read_out(self.options.container, &lying, &self.items);
        self.edited = Some(lying);
    }

    /// A piece: masked seed, ciphertext, authenticator over number and name.
    pub(super) fn seal(
        &mut self,
        name: &Name,
        number: u32,
        seed: u64,
        body: &[u8],
        clear: bool,
    ) -> Vec<u8> {
        let squeezed = self.options.container == Container::CompressedFirst;
        let body = if squeezed { compress(body) } else { body.to_vec() };
        let data_key = Sha256::digest(seed.to_be_bytes()).to_vec();
        self.data_keys.push(DataKeyRecord {
            ciphertext_blob: Bytes((seed ^ MASK).to_be_bytes().to_vec()),
            encryption_context: EncryptionContext::new(),
            plaintext: SecretBytes::new(data_key.clone()),
        });
        let stream = self.stream(seed, body.len());
        let ciphertext = if clear { body } else { xor(&body, &stream) };
        let number = if self.is(Fault::PartsUnbound) { 0 } else { number };
        let masked = (seed ^ MASK).to_be_bytes();
        let number = number.to_be_bytes();
        let tag = tag(&[name.0.as_bytes(), name.1.as_bytes(), &number, &masked, &ciphertext]);
        let beside = if self.is(Fault::KeyBeside) { data_key } else { Vec::new() };
        [
            &masked[..],
            &[u8::from(clear), u8::try_from(beside.len()).unwrap()],
            &beside,
            &ciphertext,
            &tag,
        ]
        .concat()
    }

    fn stream(&self, seed: u64, len: usize) -> Vec<u8> {
        let period = match self.options.fault {
            Fault::ChunksAlike => 4096,
            Fault::BlocksAlike => 16,
            _ => len.max(1),
        };
        pattern(seed, period as u64).unwrap()
    }

    pub(super) fn open(
        &self,
        name: &Name,
        number: u32,
        piece: &[u8],
        checked: bool,
    ) -> Result<Vec<u8>, Class> {
        let (seed, rest) = piece.split_first_chunk::<8>().ok_or(Class::Integrity)?;
        let (flags, rest) = rest.split_first_chunk::<2>().ok_or(Class::Integrity)?;
        let (rest, stored) = rest.split_last_chunk::<32>().ok_or(Class::Integrity)?;
        let ciphertext = rest.get(usize::from(flags[1])..).ok_or(Class::Integrity)?;
        let number = if self.is(Fault::PartsUnbound) { 0 } else { number };
        let number = number.to_be_bytes();
        let tag = tag(&[name.0.as_bytes(), name.1.as_bytes(), &number, seed, ciphertext]);
        // The flags are the fault's own.
        if checked && (tag != *stored || (self.is(Fault::None) && *flags != [0, 0])) {
            return Err(Class::Integrity);
        }
        let clear = flags[0] == 1;
        let seed = u64::from_be_bytes(*seed) ^ MASK;
        let body = if clear {
            ciphertext.to_vec()
        } else {
            xor(ciphertext, &self.stream(seed, ciphertext.len()))
        };
        if self.options.container == Container::CompressedFirst {
            return decompress(&body).ok_or(Class::Integrity);
        }
        Ok(body)
    }

    /// The item of an object: its pieces, each behind number and length, and the record.
    pub(super) fn store_object(&mut self, name: &Name, pieces: &[(u32, Vec<u8>)], record: &Record) {
        let mut bytes = Vec::new();
        for (number, piece) in pieces {
            bytes.extend(number.to_be_bytes());
            bytes.extend(u32::try_from(piece.len()).unwrap().to_be_bytes());
            bytes.extend(piece);
        }
        let lax = [Fault::PartsUnbound, Fault::PartsUnchecked, Fault::CopyUnchecked];
        let bound =
            if lax.contains(&self.options.fault) { Vec::new() } else { tag(&[&bytes]).to_vec() };
        // The entity tag and the key stand there twice, as in a record and its index.
        let text = serde_json::json!({
            "etag": record.etag, "size": record.size, "key": record.key_arn,
            "metadata": record.metadata, "bound": hex::encode(bound),
            "index": [record.etag, record.key_arn],
        })
        .to_string();
        let seal = tag(&[name.0.as_bytes(), name.1.as_bytes(), text.as_bytes()]);
        let len = u32::try_from(text.len()).unwrap().to_be_bytes();
        bytes.extend([text.as_bytes(), &seal, &len].concat());
        let (bucket, key) = name.clone();
        self.write(&object_id(name), Tag::Object { bucket, key }, bytes);
    }

    /// The pieces and the record of an object.
    pub(super) fn load(&self, name: &Name) -> Result<(Pieces, Record), Class> {
        let item = self.items.get(&object_id(name)).ok_or(Class::NoSuchKey)?;
        let (rest, len) = item.bytes.0.split_last_chunk::<4>().ok_or(Class::Integrity)?;
        let (rest, seal) = rest.split_last_chunk::<32>().ok_or(Class::Integrity)?;
        let start = rest.len().checked_sub(u32::from_be_bytes(*len) as usize);
        let (mut rest, text) = rest.split_at(start.ok_or(Class::Integrity)?);
        if tag(&[name.0.as_bytes(), name.1.as_bytes(), text]) != *seal {
            return Err(Class::Integrity);
        }
        let json: serde_json::Value = serde_json::from_slice(text).map_err(|_| Class::Integrity)?;
        let bound = json["bound"].as_str().unwrap_or_default();
        if !bound.is_empty() && bound != hex::encode(tag(&[rest])) {
            return Err(Class::Integrity);
        }
        let mut pieces = Vec::new();
        while !rest.is_empty() {
            let (number, tail) = rest.split_first_chunk::<4>().ok_or(Class::Integrity)?;
            let (len, tail) = tail.split_first_chunk::<4>().ok_or(Class::Integrity)?;
            let len = u32::from_be_bytes(*len) as usize;
            let piece = tail.get(..len).ok_or(Class::Integrity)?;
            pieces.push((u32::from_be_bytes(*number), piece.to_vec()));
            rest = &tail[len..];
        }
        let record = Record {
            etag: json["etag"].as_str().unwrap_or_default().to_owned(),
            size: json["size"].as_u64().unwrap_or_default(),
            key_arn: json["key"].as_str().map(str::to_owned),
            metadata: serde_json::from_value(json["metadata"].clone()).unwrap_or_default(),
        };
        Ok((pieces, record))
    }

    pub(super) fn body(&self, name: &Name, checked: bool) -> Result<Vec<u8>, Class> {
        let (pieces, _) = self.load(name)?;
        let mut body = Vec::new();
        for (number, piece) in pieces {
            body.extend(self.open(name, number, &piece, checked)?);
        }
        Ok(body)
    }

    /// The parts that a completion lists, opened.
    pub(super) fn listed(
        &self,
        id: &str,
        upload: &Upload,
        parts: &[CompletedPart],
    ) -> Result<Pieces, Class> {
        let mut pieces = Vec::new();
        for part in parts {
            if upload.etags.get(&part.part_number) != Some(&part.etag) {
                return Err(Class::InvalidPart);
            }
            let item = self.items.get(&part_id(id, part.part_number)).ok_or(Class::InvalidPart)?;
            let checked = !self.is(Fault::OpenUnchecked);
            let body = self.open(&upload.name, part.part_number, &item.bytes.0, checked)?;
            pieces.push((part.part_number, body));
        }
        Ok(pieces)
    }
}

/// The bytes of a request's body.
pub(super) fn expand(body: &Body) -> Vec<u8> {
    sse_vectors::body::expand(body).unwrap()
}
