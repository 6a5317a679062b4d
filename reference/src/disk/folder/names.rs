//! Under which name an item lies in its folder, and the header in front of it: neither shows what
//! the item belongs to (spec/sse/durability.md, structure).

use crate::cipher::{self, WRAP_NONCE_LENGTH};
use crate::disk::{Place, Scope};
use crate::refusal::{Refused, Result};
use crate::sealed_object::{control, derive};
use crate::secret::{RootKey, SecretBuffer, WrappingKey};
use sse_spec::Class;

/// The folders of the kinds of control items.
pub(super) const CONTROL: [&str; 6] = ["bucket", "upload", "key", "policy", "service", "trail"];
/// The folders of the kinds whose items lie in a folder for each bucket or upload.
pub(super) const NESTED: [&str; 2] = ["object", "part"];

const LABEL: &[u8] = b"sse-folder/1\0";

/// The two keys of a folder, derived from the root key.
#[derive(Debug)]
pub(super) struct Names {
    name: WrappingKey,
    seal: WrappingKey,
}

impl Names {
    pub(super) fn from_root(root: &RootKey) -> Result<Self> {
        Ok(Self { name: derive(root, b"folder-name")?, seal: derive(root, b"folder-header")? })
    }

    /// The path of an item: the folder of its kind, for objects and parts that of its bucket or
    /// upload, and its name. An object's key never becomes a part of a path.
    // r[sse.durability.names-hidden]
    pub(super) fn path(&self, place: &Place) -> Result<String> {
        let folder = match place {
            Place::Object(identity) => self.folder(Scope::Objects(identity.bucket()))?,
            Place::Part { upload, .. } => self.folder(Scope::Parts(upload))?,
            _ => place.kind().to_owned(),
        };
        Ok(format!("{folder}/{}", self.hide(&place.id())?))
    }

    /// The folder in which the items of a scope lie; empty for all.
    pub(super) fn folder(&self, scope: Scope<'_>) -> Result<String> {
        Ok(match scope {
            Scope::All => String::new(),
            Scope::Objects(bucket) => format!("object/{}", self.hide(&format!("object/{bucket}"))?),
            Scope::Parts(upload) => format!("part/{}", self.hide(&format!("part/{upload}"))?),
            Scope::Buckets => "bucket".to_owned(),
            Scope::Uploads => "upload".to_owned(),
            Scope::Keys => "key".to_owned(),
            Scope::Principals => "policy".to_owned(),
            Scope::Service => "service".to_owned(),
            Scope::Trail => "trail".to_owned(),
        })
    }

    /// What stands in front of an item: u16 length, then the item's id, sealed for its path.
    pub(super) fn header(&self, place: &Place) -> Result<Vec<u8>> {
        let sealed = self.seal(&self.path(place)?, place.id().as_bytes())?;
        let length = u16::try_from(sealed.len()).map_err(|_| Refused(Class::InvalidArgument))?;
        Ok([&length.to_be_bytes(), &*sealed].concat())
    }

    /// The place whose header, without its length, stands at a path.
    ///
    /// # Errors
    /// `integrity` where no item was written so.
    pub(super) fn place(&self, path: &str, header: &[u8]) -> Result<Place> {
        let damaged = Refused(Class::Integrity);
        let id = self.open(path, header)?;
        let id = std::str::from_utf8(id.expose()).map_err(|_| damaged)?;
        let place = Place::parse(id).ok_or(damaged)?;
        if self.path(&place)? == path { Ok(place) } else { Err(damaged) }
    }

    /// Seals a text for a path, always to the same bytes.
    ///
    /// The nonce cannot repeat for another text: it is derived from both under a key of its own,
    /// and two of its 192 bits' values meet as rarely as two random ones.
    pub(super) fn seal(&self, path: &str, text: &[u8]) -> Result<Vec<u8>> {
        let nonce = self.derive(&[b"nonce", &[0], path.as_bytes(), &[0], text])?;
        let (nonce, _) =
            nonce.split_first_chunk::<WRAP_NONCE_LENGTH>().ok_or(Refused(Class::Integrity))?;
        control::seal(&self.seal, ("file", path), nonce, text)
    }

    /// Opens what [`Names::seal`] sealed.
    pub(super) fn open(&self, path: &str, bytes: &[u8]) -> Result<SecretBuffer> {
        control::open(&self.seal, ("file", path), bytes)
    }

    fn hide(&self, id: &str) -> Result<String> {
        Ok(hex::encode(self.derive(&[b"name", &[0], id.as_bytes()])?))
    }

    fn derive(&self, text: &[&[u8]]) -> Result<[u8; 32]> {
        let text = [&[LABEL], text].concat();
        let derived = cipher::expand(self.name.expose(), &text, 32)?;
        derived.expose().try_into().map_err(|_| Refused(Class::Integrity))
    }
}
