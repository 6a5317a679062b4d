//! Where items lie at rest: the places of items, the trait of a disk, and two disks, one in memory
//! and one in a folder (spec/sealed-object.md leaves names and folders to the implementation).

pub mod folder;
mod memory;

pub use folder::Folder;
pub use memory::Memory;

use crate::data_key::Identity;
use crate::refusal::Result;
use crate::sealed_object::Item;
use sse_spec::Tag;
use std::io::{self, Read, Write};

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

/// Which items a listing shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// Every item.
    All,
    /// The objects of one bucket.
    Objects(&'a str),
    /// The settings of all buckets.
    Buckets,
    /// The open uploads, without their parts.
    Uploads,
    /// The parts of one upload.
    Parts(&'a str),
    /// The KMS keys.
    Keys,
    /// The identity policies of all principals.
    Principals,
    /// The versions of the service key.
    Service,
    /// The entries of the audit trail.
    Trail,
}

impl Scope<'_> {
    /// Whether the item at a place is shown.
    #[must_use]
    pub fn holds(self, place: &Place) -> bool {
        match (self, place) {
            (Self::All, _) => true,
            (Self::Objects(bucket), Place::Object(identity)) => identity.bucket() == bucket,
            (Self::Parts(id), Place::Part { upload, .. }) => upload == id,
            (Self::Buckets, Place::Bucket(_))
            | (Self::Uploads, Place::Upload(_))
            | (Self::Keys, Place::Key(_))
            | (Self::Principals, Place::Principal(_))
            | (Self::Service, Place::Service(_))
            | (Self::Trail, Place::Trail(_)) => true,
            _ => false,
        }
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
// r[sse.at-rest.survives-restart]
pub trait Disk: Send + Sync {
    /// Whether no item lies here.
    ///
    /// # Errors
    /// Where the disk fails; so everywhere in this trait. An item that is not what was put at its
    /// place gives an error that holds the refusal `integrity`.
    fn is_empty(&self) -> io::Result<bool>;

    /// The places of the items of a scope, ascending.
    ///
    /// # Errors
    /// As [`Disk::is_empty`].
    fn list(&self, scope: Scope<'_>) -> io::Result<Vec<Place>>;

    /// Opens an item for reading; `None` where there is none.
    ///
    /// # Errors
    /// As [`Disk::is_empty`].
    fn open(&self, place: &Place) -> io::Result<Option<Box<dyn Item>>>;

    /// Begins an item whose bytes are streamed. Nothing lies at the place before it is committed.
    ///
    /// # Errors
    /// As [`Disk::is_empty`].
    fn create(&self, place: &Place) -> io::Result<Box<dyn Draft + '_>>;

    /// Makes all changes, or after a crash none of them.
    ///
    /// # Errors
    /// As [`Disk::is_empty`].
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
