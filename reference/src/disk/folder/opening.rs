//! Making a folder store, and opening one: whose it is, what a crash has left, and whether every
//! control item lies under its name (spec/sse/durability.md, opening).

use super::files::{Files, System, sync_folder};
use super::journal::{self, Step};
use super::names::{self, Names};
use super::root_key::parent;
use super::{Folder, FolderError, STAGED, Span, absent_is_fine};
use crate::cipher;
use crate::random::Random;
use crate::refusal::Refused;
use crate::secret::RootKey;
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64};

/// The file that says what the folder is, and checks the root key.
const FORMAT: &str = "format";
const MAGIC: &str = "sse-folder ";
const VERSION: u32 = 1;

impl Folder {
    /// Makes an empty store in a folder that is empty or not there, and a root key for it in a file
    /// outside of it.
    ///
    /// # Errors
    /// As [`Folder::create`] and [`RootKey::create_file`]; [`FolderError::KeyInside`].
    pub fn init(
        path: &Path,
        key_file: &Path,
        random: &mut dyn Random,
    ) -> Result<(Self, RootKey), FolderError> {
        make_root(path)?;
        survey(&System::at(path), Found::Nothing)?;
        let failed = |error| FolderError::Failed { path: key_file.to_owned(), error };
        let outside = fs::canonicalize(parent(key_file)).map_err(failed)?;
        // r[sealed-object.root.outside]
        if outside.starts_with(fs::canonicalize(path).map_err(failed)?) {
            return Err(FolderError::KeyInside(key_file.to_owned()));
        }
        let root = RootKey::create_file(key_file, random)?;
        Ok((Self::create(path, &root)?, root))
    }

    /// Makes an empty store in a folder that is empty or not there.
    ///
    /// # Errors
    /// [`FolderError::Exists`], [`FolderError::Foreign`], [`FolderError::InUse`],
    /// [`FolderError::Failed`]; [`FolderError::KeyZero`], which names the folder.
    pub fn create(path: &Path, root: &RootKey) -> Result<Self, FolderError> {
        make_root(path)?;
        let mut files = System::at(path);
        survey(&files, Found::Nothing)?;
        files.lock()?;
        Self::create_on(files, root)
    }

    /// Opens a store, and redoes or removes what a crash has left of a change.
    ///
    /// # Errors
    /// [`FolderError::Missing`], [`FolderError::Foreign`], [`FolderError::Newer`],
    /// [`FolderError::InUse`], [`FolderError::KeyWrong`], [`FolderError::Damaged`],
    /// [`FolderError::Failed`]; [`FolderError::KeyZero`], which names the folder.
    pub fn open(path: &Path, root: &RootKey) -> Result<Self, FolderError> {
        let mut files = System::at(path);
        survey(&files, Found::Store)?;
        files.lock()?;
        Self::open_on(files, root)
    }
}

impl<F: Files> Folder<F> {
    /// [`Folder::create`] on files of any kind, which hold nothing.
    pub(crate) fn create_on(files: F, root: &RootKey) -> Result<Self, FolderError> {
        let folder = Self::on(files, root)?;
        // Another process may have been here before the lock was taken.
        survey(&folder.files, Found::Nothing)?;
        folder.naming("", folder.lay_out())?;
        Ok(folder)
    }

    /// [`Folder::open`] on files of any kind.
    pub(crate) fn open_on(files: F, root: &RootKey) -> Result<Self, FolderError> {
        let folder = Self::on(files, root)?;
        folder.check_format()?;
        folder.recover()?;
        // r[sse.durability.damage-named]
        for kind in names::CONTROL {
            for path in folder.naming(kind, folder.paths(kind))? {
                folder.naming(&path, folder.place(&path))?;
            }
        }
        Ok(folder)
    }

    fn on(files: F, root: &RootKey) -> Result<Self, FolderError> {
        // r[sealed-object.root.zero]
        let names = Names::from_root(root).map_err(|_| FolderError::KeyZero(files.show("")))?;
        let (next, changing, closed) = (AtomicU64::new(0), Mutex::new(()), AtomicBool::new(false));
        Ok(Self { files, names, next, changing, closed })
    }

    /// Makes the folders, and last of all the file that says that they are a store.
    fn lay_out(&self) -> io::Result<()> {
        for folder in [STAGED].iter().chain(&names::CONTROL).chain(&names::NESTED) {
            match self.files.create_folder(folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => made?,
            }
        }
        self.sync("")?;
        self.clear_staged()?;
        let (staged, path) = (self.staged(), FORMAT.to_owned());
        self.write(&staged, self.format()?.as_bytes())?;
        self.make(&Step::Put { staged, path })
    }

    /// What stands in the file of the format: name and version, a check of the root key, and a
    /// checksum by which a wrong key and a damaged file are told apart.
    fn format(&self) -> io::Result<String> {
        let check = hex::encode(self.names.seal(FORMAT, b"")?);
        let text = format!("{MAGIC}{VERSION}\n{check}\n");
        let sum = hex::encode(cipher::checksum(text.as_bytes()));
        Ok(text + &sum + "\n")
    }

    fn check_format(&self) -> Result<(), FolderError> {
        let path = self.files.show("");
        let damaged = || FolderError::Damaged(self.files.show(FORMAT));
        let found = self.naming(FORMAT, self.read_whole(FORMAT))?;
        let Some(version) = found.strip_prefix(MAGIC.as_bytes()) else {
            return Err(FolderError::Foreign(path));
        };
        let found = std::str::from_utf8(&found).map_err(|_| damaged())?;
        let version = version.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let version = std::str::from_utf8(version).ok().and_then(|text| text.parse().ok());
        match version.ok_or_else(damaged)? {
            VERSION => {}
            0 => return Err(damaged()),
            // r[sse.durability.newer-format]
            version => return Err(FolderError::Newer { path, version }),
        }
        if found == self.naming(FORMAT, self.format())? {
            return Ok(());
        }
        let lines = found.strip_suffix('\n').and_then(|lines| lines.rsplit_once('\n'));
        let (text, sum) = lines.ok_or_else(damaged)?;
        let whole = hex::encode(cipher::checksum(format!("{text}\n").as_bytes())) == sum;
        // r[sse.durability.wrong-key]
        Err(if whole { FolderError::KeyWrong(path) } else { damaged() })
    }

    /// Redoes the change that a crash has broken off, or removes what was staged for it, and makes
    /// durable what is there: it may have been seen before the crash, and be seen from now on.
    fn recover(&self) -> Result<(), FolderError> {
        self.naming(journal::PATH, self.redo_journal())?;
        // r[sse.durability.refused-leaves-nothing]
        self.naming(STAGED, self.clear_staged())?;
        for folder in self.naming("part", self.paths("part"))? {
            // It stays where a part lies in it.
            drop(self.files.remove_folder(&folder));
        }
        let nested = names::NESTED.map(|kind| self.naming(kind, self.paths(kind)));
        let nested = nested.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
        let folders = ["", STAGED].iter().chain(&names::CONTROL).chain(&names::NESTED);
        for folder in folders.copied().chain(nested.iter().map(String::as_str)) {
            self.naming(folder, self.sync(folder))?;
        }
        Ok(())
    }

    fn redo_journal(&self) -> io::Result<()> {
        let bytes = match self.read_whole(journal::PATH) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            bytes => bytes?,
        };
        let steps = journal::read(&self.names, &bytes)?;
        // A staged file that is not there was moved: it was durable before the journal was.
        // r[sse.durability.all-or-nothing]
        steps.iter().try_for_each(|step| absent_is_fine(self.apply(step)))?;
        self.end_journal(&steps)
    }

    fn clear_staged(&self) -> io::Result<()> {
        self.paths(STAGED)?.iter().try_for_each(|path| self.files.remove(path))
    }

    fn read_whole(&self, path: &str) -> io::Result<Vec<u8>> {
        let (file, mut bytes) = (self.files.open(path)?, Vec::new());
        Span::whole(&file).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// What failed at a path; what was refused there is damage.
    fn naming<T>(&self, path: &str, outcome: io::Result<T>) -> Result<T, FolderError> {
        outcome.map_err(|error| match error.get_ref() {
            Some(refused) if refused.is::<Refused>() => FolderError::Damaged(self.files.show(path)),
            _ => FolderError::Failed { path: self.files.show(path), error },
        })
    }
}

/// What lies in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// Nothing, or what a making that broke off has left.
    Nothing,
    Store,
    Other,
}

/// Demands that a folder holds a store, or nothing.
fn survey<F: Files>(files: &F, expected: Found) -> Result<(), FolderError> {
    let path = files.show("");
    let found = match look(files) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Found::Nothing,
        Err(error) => return Err(FolderError::Failed { path, error }),
        Ok(found) => found,
    };
    // r[sse.durability.foreign]
    match found {
        found if found == expected => Ok(()),
        Found::Nothing => Err(FolderError::Missing(path)),
        Found::Store => Err(FolderError::Exists(path)),
        Found::Other => Err(FolderError::Foreign(path)),
    }
}

fn look<F: Files>(files: &F) -> io::Result<Found> {
    let found = files.list("")?;
    if found.iter().any(|name| name == FORMAT) {
        return Ok(Found::Store);
    }
    for name in
        found.iter().map(String::as_str).filter(|name| ![System::LOCK, STAGED].contains(name))
    {
        let ours = names::CONTROL.contains(&name) || names::NESTED.contains(&name);
        if !ours || !files.list(name)?.is_empty() {
            return Ok(Found::Other);
        }
    }
    Ok(Found::Nothing)
}

/// Makes the folder itself, where it is not there.
fn make_root(path: &Path) -> Result<(), FolderError> {
    let made = match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.and_then(|()| sync_folder(&parent(path))),
    };
    made.map_err(|error| FolderError::Failed { path: path.to_owned(), error })
}
