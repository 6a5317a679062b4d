//! Why a folder store is not opened or made (spec/sse/durability.md, opening).

use std::path::{Path, PathBuf};
use std::{error, fmt, io};

/// Why a folder store is not opened or made. Each names the file or folder that it is about.
#[derive(Debug)]
pub enum FolderError {
    /// There is no root key file.
    KeyMissing(PathBuf),
    /// A root key file is there already, and is not written over.
    KeyExists(PathBuf),
    /// A root key file would lie inside the folder that it protects.
    KeyInside(PathBuf),
    /// The root key file does not hold exactly 32 bytes.
    KeyLength(PathBuf),
    /// The root key is 32 bytes of zero.
    KeyZero(PathBuf),
    /// The folder was made with another root key.
    KeyWrong(PathBuf),
    /// There is no folder, or nothing in it.
    Missing(PathBuf),
    /// A store is there already.
    Exists(PathBuf),
    /// The folder holds something else than a store.
    Foreign(PathBuf),
    /// The folder was made by a later version of this program.
    Newer {
        /// The folder.
        path: PathBuf,
        /// The version of its format.
        version: u32,
    },
    /// Another process holds the folder, or this one a second time.
    InUse(PathBuf),
    /// The file is not what was written under its name.
    Damaged(PathBuf),
    /// The file system failed.
    Failed {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
}

impl FolderError {
    /// The file or folder that it is about.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::KeyMissing(path)
            | Self::KeyExists(path)
            | Self::KeyInside(path)
            | Self::KeyLength(path)
            | Self::KeyZero(path)
            | Self::KeyWrong(path)
            | Self::Missing(path)
            | Self::Exists(path)
            | Self::Foreign(path)
            | Self::Newer { path, .. }
            | Self::InUse(path)
            | Self::Damaged(path)
            | Self::Failed { path, .. } => path,
        }
    }
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path().display();
        match self {
            Self::KeyMissing(_) => write!(f, "no root key file `{path}`"),
            Self::KeyExists(_) => write!(f, "root key file `{path}` exists and is kept"),
            Self::KeyInside(_) => write!(f, "root key file `{path}` would lie inside the store"),
            Self::KeyLength(_) => write!(f, "root key file `{path}` does not hold 32 bytes"),
            Self::KeyZero(_) => write!(f, "the root key in `{path}` is all zero"),
            Self::KeyWrong(_) => write!(f, "store `{path}` was made with another root key"),
            Self::Missing(_) => write!(f, "no store in `{path}`"),
            Self::Exists(_) => write!(f, "a store is in `{path}` already"),
            Self::Foreign(_) => write!(f, "`{path}` holds something else than a store"),
            Self::Newer { version, .. } => {
                write!(f, "store `{path}` has format {version}, which this program does not know")
            }
            Self::InUse(_) => write!(f, "store `{path}` is in use"),
            Self::Damaged(_) => write!(f, "file `{path}` is damaged"),
            Self::Failed { error, .. } => write!(f, "`{path}`: {error}"),
        }
    }
}

impl error::Error for FolderError {}
