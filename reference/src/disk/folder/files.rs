//! What a folder store needs of a file system, and the real one on `std::fs`.

use super::FolderError;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The files of one folder. A path is relative to it, of names joined by `/`; the folder itself is
/// the empty path.
///
/// Nothing is durable before it is synchronised: the bytes of a file with [`Sync::sync`], its name
/// with [`Files::sync_folder`]. A rename leaves the file under its old name, its new one or both,
/// but never under none.
pub trait Files: Send + Sync {
    /// A file that is being written.
    type Writer: Write + Durable + Send;
    /// A file that can be read at any position.
    type Reader: ReadAt + Send + 'static;

    /// Makes a file, where there is none.
    ///
    /// # Errors
    /// Where the file system fails; so everywhere in this trait.
    fn create(&self, path: &str) -> io::Result<Self::Writer>;

    /// Opens a file for reading.
    ///
    /// # Errors
    /// As [`Files::create`]; `NotFound` where there is none.
    fn open(&self, path: &str) -> io::Result<Self::Reader>;

    /// Moves a file, in the stead of what lay there.
    ///
    /// # Errors
    /// As [`Files::create`].
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// As [`Files::create`]; `NotFound` where there is none.
    fn remove(&self, path: &str) -> io::Result<()>;

    /// The names in a folder, in any order.
    ///
    /// # Errors
    /// As [`Files::create`]; `NotFound` where the folder is none.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Makes a folder.
    ///
    /// # Errors
    /// As [`Files::create`]; `AlreadyExists` where there is one.
    fn create_folder(&self, folder: &str) -> io::Result<()>;

    /// Removes an empty folder.
    ///
    /// # Errors
    /// As [`Files::create`], and where it is not empty.
    fn remove_folder(&self, folder: &str) -> io::Result<()>;

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// As [`Files::create`]; `NotFound` where the folder is none.
    fn sync_folder(&self, folder: &str) -> io::Result<()>;

    /// The path as a person would name it.
    fn show(&self, path: &str) -> PathBuf;
}

/// A file whose bytes can be made durable.
pub trait Durable {
    /// Makes durable what was written.
    ///
    /// # Errors
    /// Where the file system fails; the bytes written may then be lost.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file that can be read at any position.
pub trait ReadAt {
    /// Its length in bytes.
    fn length(&self) -> u64;

    /// Reads bytes from a position; 0 at the end.
    ///
    /// # Errors
    /// Where the file system fails.
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize>;
}

/// A folder of the operating system, held by this process alone.
#[derive(Debug)]
pub struct System {
    root: PathBuf,
    /// Holds the lock as long as it is open.
    lock: Option<File>,
}

impl System {
    /// The name of the file that is locked.
    pub(super) const LOCK: &str = "lock";

    /// A folder that is not locked yet.
    pub(super) fn at(root: &Path) -> Self {
        Self { root: root.to_owned(), lock: None }
    }

    /// Keeps every other process out of the folder.
    pub(super) fn lock(&mut self) -> Result<(), FolderError> {
        let path = self.root.join(Self::LOCK);
        let failed = |error| FolderError::Failed { path: path.clone(), error };
        let mut options = OpenOptions::new();
        let lock = options.write(true).create(true).truncate(false).mode(0o600);
        let lock = lock.open(&path).map_err(failed)?;
        // r[sse.durability.one-process]
        match lock.try_lock() {
            Ok(()) => self.lock = Some(lock),
            Err(TryLockError::WouldBlock) => return Err(FolderError::InUse(self.root.clone())),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        Ok(())
    }
}

impl Files for System {
    type Writer = File;
    type Reader = SystemReader;

    fn create(&self, path: &str) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.show(path))
    }

    fn open(&self, path: &str) -> io::Result<SystemReader> {
        let file = File::open(self.show(path))?;
        let length = file.metadata()?.len();
        Ok(SystemReader { file, length })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.show(from), self.show(to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        fs::remove_file(self.show(path))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let name =
            |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
        fs::read_dir(self.show(folder))?.map(name).collect()
    }

    fn create_folder(&self, folder: &str) -> io::Result<()> {
        fs::create_dir(self.show(folder))
    }

    fn remove_folder(&self, folder: &str) -> io::Result<()> {
        fs::remove_dir(self.show(folder))
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        sync_folder(&self.show(folder))
    }

    fn show(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.root.clone() } else { self.root.join(path) }
    }
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

impl Durable for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// A file of the operating system.
#[derive(Debug)]
pub struct SystemReader {
    file: File,
    length: u64,
}

impl ReadAt for SystemReader {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.file.read_at(buffer, position)
    }
}
