//! Where items lie at rest: the trait of a disk, the places of items, and a disk in memory
//! (spec/sealed-object.md leaves names and folders to the implementation).

use crate::data_key::Identity;
use crate::refusal::{Refused, Result};
use crate::sealed_object::Item;
use sse_spec::{Class, Tag};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard};

/// Where an item lies, which also says what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// An object: its body and its record in one item.
    Object(Identity),
    /// The settings of a bucket.
    Bucket(String),
    /// What an open upload was created with, by upload id.
    Upload(String),
    /// A part of an open upload: its body and its record in one item.
    Part {
        /// The id of the upload.
        upload: String,
        /// The number of the part.
        number: u16,
    },
    /// A KMS key with its material, by key id.
    Key(String),
    /// The identity policies of a principal, by ARN.
    Principal(String),
    /// One version of the service key.
    Service(u32),
    /// One entry of the audit trail, by its number.
    Trail(u64),
}

impl Place {
    /// The kind of the item.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Object(_) => "object",
            Self::Bucket(_) => "bucket",
            Self::Upload(_) => "upload",
            Self::Part { .. } => "part",
            Self::Key(_) => "key",
            Self::Principal(_) => "policy",
            Self::Service(_) => "service",
            Self::Trail(_) => "trail",
        }
    }

    /// What the item belongs to, in the vocabulary.
    #[must_use]
    pub fn tag(&self) -> Tag {
        match self {
            Self::Object(identity) => {
                Tag::Object { bucket: identity.bucket().to_owned(), key: identity.key().to_owned() }
            }
            Self::Bucket(_) => Tag::Bucket,
            Self::Upload(_) | Self::Part { .. } => Tag::Upload,
            Self::Key(_) => Tag::Key,
            Self::Principal(_) => Tag::Policy,
            Self::Service(_) => Tag::Service,
            Self::Trail(_) => Tag::Trail,
        }
    }

    /// The name of the item among those of its kind.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Object(identity) => format!("{}/{}", identity.bucket(), identity.key()),
            Self::Bucket(name) | Self::Upload(name) | Self::Key(name) | Self::Principal(name) => {
                name.clone()
            }
            Self::Part { upload, number } => format!("{upload}/{number:05}"),
            Self::Service(version) => version.to_string(),
            Self::Trail(number) => format!("{number:012}"),
        }
    }

    /// Kind and name as one text, which [`Place::parse`] reads.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.kind(), self.name())
    }

    /// The place of an id; `None` where no item can lie.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        let (kind, name) = id.split_once('/')?;
        let place = match kind {
            "object" => {
                // The name of a bucket holds no slash.
                let (bucket, key) = name.split_once('/')?;
                Self::Object(Identity::new(bucket, key).ok()?)
            }
            "bucket" => Self::Bucket(name.to_owned()),
            "upload" => Self::Upload(name.to_owned()),
            "part" => {
                let (upload, number) = name.split_once('/')?;
                Self::Part { upload: upload.to_owned(), number: number.parse().ok()? }
            }
            "key" => Self::Key(name.to_owned()),
            "policy" => Self::Principal(name.to_owned()),
            "service" => Self::Service(name.parse().ok()?),
            "trail" => Self::Trail(name.parse().ok()?),
            _ => return None,
        };
        (place.id() == id).then_some(place)
    }
}

/// One change of the items at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The item has these bytes afterwards.
    Write(Place, Vec<u8>),
    /// The item is gone afterwards.
    Remove(Place),
}

/// A disk. What [`Disk::commit`] and [`Draft::commit`] acknowledged survives a crash.
pub trait Disk: Send + Sync {
    /// The places of all items, ascending.
    ///
    /// # Errors
    /// Where the disk fails; so everywhere in this trait.
    fn list(&self) -> io::Result<Vec<Place>>;

    /// Opens an item for reading; `None` where there is none.
    ///
    /// # Errors
    /// As [`Disk::list`].
    fn open(&self, place: &Place) -> io::Result<Option<Box<dyn Item>>>;

    /// Begins an item whose bytes are streamed. Nothing lies at the place before it is committed.
    ///
    /// # Errors
    /// As [`Disk::list`].
    fn create(&self, place: &Place) -> io::Result<Box<dyn Draft + '_>>;

    /// Makes all changes, or after a crash none of them.
    ///
    /// # Errors
    /// As [`Disk::list`].
    fn commit(&self, changes: Vec<Change>) -> io::Result<()>;
}

/// An item that is being written. Dropping it leaves nothing behind.
pub trait Draft: Write {
    /// Puts the item at its place, in the stead of what lay there, and makes all other changes with
    /// it; after a crash, all of that or nothing.
    ///
    /// # Errors
    /// Where the disk fails.
    fn commit(self: Box<Self>, changes: Vec<Change>) -> io::Result<()>;
}

/// Reads an item whole.
///
/// # Errors
/// `unavailable` where the disk fails.
pub fn read_whole(item: &dyn Item) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    item.read(0, item.length())?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A disk in memory. It outlives the store that writes to it, as a disk outlives a process.
#[derive(Default)]
pub struct Memory(Mutex<BTreeMap<Place, Arc<Vec<u8>>>>);

impl Memory {
    fn items(&self) -> MutexGuard<'_, BTreeMap<Place, Arc<Vec<u8>>>> {
        // A thread that panicked cannot have left half a change: nothing in a change panics.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.items().keys().map(Place::id)).finish()
    }
}

impl Disk for Memory {
    fn list(&self) -> io::Result<Vec<Place>> {
        Ok(self.items().keys().cloned().collect())
    }

    fn open(&self, place: &Place) -> io::Result<Option<Box<dyn Item>>> {
        let item = self.items().get(place).map(Arc::clone);
        Ok(item.map(|bytes| Box::new(MemoryItem(bytes)) as Box<dyn Item>))
    }

    fn create(&self, place: &Place) -> io::Result<Box<dyn Draft + '_>> {
        Ok(Box::new(MemoryDraft { disk: self, place: place.clone(), bytes: Vec::new() }))
    }

    fn commit(&self, changes: Vec<Change>) -> io::Result<()> {
        let mut items = self.items();
        for change in changes {
            match change {
                Change::Write(place, bytes) => items.insert(place, Arc::new(bytes)),
                Change::Remove(place) => items.remove(&place),
            };
        }
        Ok(())
    }
}

struct MemoryItem(Arc<Vec<u8>>);

impl Item for MemoryItem {
    fn length(&self) -> u64 {
        self.0.as_slice().length()
    }

    fn read(&self, from: u64, to: u64) -> Result<Box<dyn Read + '_>> {
        let bounds = usize::try_from(from).ok().zip(usize::try_from(to).ok());
        let part = bounds.and_then(|(from, to)| self.0.get(from..to));
        Ok(Box::new(part.ok_or(Refused(Class::Integrity))?))
    }
}

struct MemoryDraft<'a> {
    disk: &'a Memory,
    place: Place,
    bytes: Vec<u8>,
}

impl Write for MemoryDraft<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Draft for MemoryDraft<'_> {
    fn commit(self: Box<Self>, mut changes: Vec<Change>) -> io::Result<()> {
        changes.push(Change::Write(self.place, self.bytes));
        self.disk.commit(changes)
    }
}
