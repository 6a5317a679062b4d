//! The file of the root key, which lies outside the folder that it protects
//! (spec/sse/durability.md, opening).

use super::FolderError;
use super::files::{Durable, sync_folder};
use crate::cipher;
use crate::random::Random;
use crate::secret::{KEY_LENGTH, RootKey, SecretBuffer};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

impl RootKey {
    /// Reads a root key from a file of exactly 32 bytes.
    ///
    /// # Errors
    /// [`FolderError::KeyMissing`], [`FolderError::KeyLength`], [`FolderError::KeyZero`],
    /// [`FolderError::Failed`].
    // r[sse.durability.root-key-file]
    pub fn from_file(path: &Path) -> Result<Self, FolderError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => FolderError::KeyMissing(path.to_owned()),
            _ => FolderError::Failed { path: path.to_owned(), error },
        };
        let mut file = File::open(path).map_err(failed)?;
        // One byte more than a key has: a longer file is not read to its end.
        let mut buffer = SecretBuffer::zeroed(KEY_LENGTH + 1);
        let mut length = 0;
        while let Some(rest) = buffer.expose_mut().get_mut(length..).filter(|r| !r.is_empty()) {
            match file.read(rest).map_err(failed)? {
                0 => break,
                count => length += count,
            }
        }
        let key = buffer.expose().get(..length).unwrap_or_default();
        let key = Self::from_slice(key).map_err(|_| FolderError::KeyLength(path.to_owned()))?;
        if cipher::equal(key.expose(), &[0; KEY_LENGTH]) {
            return Err(FolderError::KeyZero(path.to_owned()));
        }
        Ok(key)
    }

    /// Draws a root key and writes it to a new file, which its owner alone may read and write.
    ///
    /// # Errors
    /// [`FolderError::KeyExists`]: a file that is there is never written over;
    /// [`FolderError::Failed`], also where the random source fails.
    pub fn create_file(path: &Path, random: &mut dyn Random) -> Result<Self, FolderError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => FolderError::KeyExists(path.to_owned()),
            _ => FolderError::Failed { path: path.to_owned(), error },
        };
        let key = Self::draw(random).map_err(|refused| failed(refused.into()))?;
        // r[sse.durability.root-key-kept]
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(path);
        let mut file = file.map_err(failed)?;
        file.write_all(key.expose()).and_then(|()| file.sync()).map_err(failed)?;
        sync_folder(&parent(path)).map_err(failed)?;
        Ok(key)
    }
}

/// The folder in which a path lies.
pub(super) fn parent(path: &Path) -> std::path::PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => ".".into(),
    }
}
