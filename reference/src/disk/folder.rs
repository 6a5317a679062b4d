//! A disk in a folder: one file for each item, and changes that a crash leaves done or not done
//! (spec/sse/durability.md).

mod error;
pub mod files;
mod journal;
mod names;
mod opening;
mod root_key;

pub use error::FolderError;

use super::{Change, Disk, Draft, Place, Scope};
use crate::refusal::{Refused, Result};
use crate::sealed_object::Item;
use crate::sealed_object::body::SEALED_CHUNK_LENGTH;
use files::{Durable, Files, ReadAt, System};
use journal::Step;
use names::Names;
use sse_spec::Class;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The folder of files that are not yet where they belong.
const STAGED: &str = "staged";
/// Length in bytes of what is collected before it is written.
const BUFFER: usize = 65_536;

/// A folder in which items lie, one file each. It belongs to one process as long as it is open.
///
/// Whatever it acknowledged is on the disk. A change that fails is not made; where the file system
/// leaves open whether it is, the folder closes: every later call fails, until it is opened anew.
pub struct Folder<F: Files = System> {
    files: F,
    names: Names,
    /// The number of the next staged file.
    next: AtomicU64,
    /// Held by the one change that is under way.
    changing: Mutex<()>,
    closed: AtomicBool,
}

impl<F: Files> Folder<F> {
    /// The file of an item, as a person would name it.
    ///
    /// # Errors
    /// `invalid-argument` for a place whose id is longer than 64 KiB.
    // r[sse.durability.damage-named]
    pub fn file(&self, place: &Place) -> Result<PathBuf> {
        Ok(self.files.show(&self.names.path(place)?))
    }

    fn check_open(&self) -> io::Result<()> {
        let closed = self.closed.load(Ordering::SeqCst);
        if closed { Err(io::Error::other("the folder is closed")) } else { Ok(()) }
    }

    /// Closes the folder after a call that leaves open what is on the disk: the file system may
    /// show what it has lost, so that only another opening tells.
    // r[sse.durability.closed]
    fn close<T>(&self, outcome: io::Result<T>) -> io::Result<T> {
        outcome.inspect_err(|_| self.closed.store(true, Ordering::SeqCst))
    }

    /// A name for a file that is not yet where it belongs.
    fn staged(&self) -> String {
        format!("{STAGED}/{}", self.next.fetch_add(1, Ordering::SeqCst))
    }

    /// Writes a file and makes its bytes durable.
    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.files.create(path)?;
        file.write_all(bytes)?;
        file.sync()
    }

    /// Stages a change, so that one step makes it.
    fn stage(&self, change: Change, steps: &mut Vec<Step>) -> io::Result<()> {
        match change {
            Change::Remove(place) => steps.push(Step::Remove { path: self.names.path(&place)? }),
            Change::Write(place, bytes) => {
                let (staged, path) = (self.staged(), self.names.path(&place)?);
                // Listed first: a file that breaks off is removed with the others.
                steps.push(Step::Put { staged: staged.clone(), path });
                self.write(&staged, &[self.names.header(&place)?, bytes].concat())?;
            }
        }
        Ok(())
    }

    /// Stages changes, and makes them together with the steps that are staged already.
    fn finish(&self, mut steps: Vec<Step>, changes: Vec<Change>) -> io::Result<()> {
        let staged = changes.into_iter().try_for_each(|change| self.stage(change, &mut steps));
        let outcome = staged.and_then(|()| self.change(&steps));
        if outcome.is_err() && self.check_open().is_ok() {
            // Nothing of the change was begun, and nothing of it stays.
            // r[sse.durability.refused-leaves-nothing]
            for step in &steps {
                if let Step::Put { staged, .. } = step {
                    drop(self.files.remove(staged));
                }
            }
        }
        outcome
    }

    /// Makes a change whose files are staged. It is acknowledged once it survives any crash.
    // r[sse.durability.acknowledged]
    // r[sse.durability.old-or-new]
    fn change(&self, steps: &[Step]) -> io::Result<()> {
        // A thread that panicked has left nothing here: the lock only keeps changes apart.
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.check_open()?;
        for step in steps {
            self.make_folder(step)?;
        }
        match steps {
            [] => Ok(()),
            [step] => self.make(step),
            _ => self.make_together(steps),
        }
    }

    /// Makes one step, which the file system does or does not do. What it puts is durable already.
    // r[sse.durability.half-unseen]
    fn make(&self, step: &Step) -> io::Result<()> {
        if let Err(error) = self.apply(step) {
            let not_begun = match step {
                // A staged file that can still be removed was not moved.
                Step::Put { staged, .. } => self.files.remove(staged).is_ok(),
                Step::Remove { path } => self.files.open(path).is_ok(),
            };
            return if not_begun { Err(error) } else { self.close(Err(error)) };
        }
        self.close(self.sync(parent(step.path())))
    }

    /// Makes several steps: once the journal is durable all of them will be, also by an opening
    /// after a crash; before that none is.
    // r[sse.durability.all-or-nothing]
    fn make_together(&self, steps: &[Step]) -> io::Result<()> {
        let staged = self.staged();
        let outcome = self
            .write(&staged, &journal::write(&self.names, steps)?)
            // The journal relies on every staged file.
            .and_then(|()| self.close(self.sync(STAGED)));
        if let Err(error) = outcome {
            drop(self.files.remove(&staged));
            return Err(error);
        }
        self.make(&Step::Put { staged, path: journal::PATH.to_owned() })?;
        let applied = steps.iter().try_for_each(|step| self.apply(step));
        self.close(applied.and_then(|()| self.end_journal(steps)))
    }

    /// Makes durable what the steps of the journal made, and removes it.
    fn end_journal(&self, steps: &[Step]) -> io::Result<()> {
        let folders: BTreeSet<_> = steps.iter().map(|step| parent(step.path())).collect();
        for folder in &folders {
            self.sync(folder)?;
        }
        // An old journal would undo what comes after it, so it is gone before that.
        self.files.remove(journal::PATH)?;
        self.sync("")?;
        for folder in folders {
            // The folder of an upload goes with its last part, now or at the next opening.
            if folder.starts_with("part/") {
                drop(self.files.remove_folder(folder));
            }
        }
        Ok(())
    }

    fn apply(&self, step: &Step) -> io::Result<()> {
        match step {
            Step::Put { staged, path } => self.files.rename(staged, path),
            Step::Remove { path } => absent_is_fine(self.files.remove(path)),
        }
    }

    /// Makes the folder in which a step puts a file, and its name durable.
    fn make_folder(&self, step: &Step) -> io::Result<()> {
        let (Step::Put { path, .. }, folder) = (step, parent(step.path())) else { return Ok(()) };
        if !names::NESTED.iter().any(|kind| path.starts_with(kind)) {
            return Ok(());
        }
        match self.files.create_folder(folder) {
            Ok(()) => self.close(self.sync(parent(folder))),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            // A folder that is there after all would be taken for a durable one.
            Err(error) if absent_is_fine(self.files.remove_folder(folder)).is_ok() => Err(error),
            failed => self.close(failed),
        }
    }

    /// Makes the names in a folder durable; one that is not there has none.
    fn sync(&self, folder: &str) -> io::Result<()> {
        absent_is_fine(self.files.sync_folder(folder))
    }

    /// The folders in which the items of a scope lie.
    fn folders(&self, scope: Scope<'_>) -> io::Result<Vec<String>> {
        if scope != Scope::All {
            return Ok(vec![self.names.folder(scope)?]);
        }
        let mut folders = names::CONTROL.map(str::to_owned).to_vec();
        for kind in names::NESTED {
            folders.extend(self.paths(kind)?);
        }
        Ok(folders)
    }

    /// The paths of what lies in a folder.
    fn paths(&self, folder: &str) -> io::Result<Vec<String>> {
        match self.files.list(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            names => Ok(names?.into_iter().map(|name| format!("{folder}/{name}")).collect()),
        }
    }

    /// The place of the item at a path, which its header tells and its name confirms.
    fn place(&self, path: &str) -> io::Result<Place> {
        let file = self.files.open(path)?;
        let mut length = [0; 2];
        Span::new(&file, 0, 2)?.read_exact(&mut length)?;
        let end = 2 + u64::from(u16::from_be_bytes(length));
        let mut header = Vec::new();
        Span::new(&file, 2, end)?.read_to_end(&mut header)?;
        Ok(self.names.place(path, &header)?)
    }
}

impl<F: Files> Disk for Folder<F> {
    fn is_empty(&self) -> io::Result<bool> {
        self.check_open()?;
        for folder in self.folders(Scope::All)? {
            if !self.paths(&folder)?.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn list(&self, scope: Scope<'_>) -> io::Result<Vec<Place>> {
        self.check_open()?;
        let mut places = BTreeSet::new();
        for folder in self.folders(scope)? {
            for path in self.paths(&folder)? {
                // r[sse.durability.damage-contained]
                places.insert(self.place(&path)?);
            }
        }
        Ok(places.into_iter().collect())
    }

    fn open(&self, place: &Place) -> io::Result<Option<Box<dyn Item>>> {
        self.check_open()?;
        let (path, header) = (self.names.path(place)?, self.names.header(place)?);
        let file = match self.files.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let start = u64::try_from(header.len()).map_err(io::Error::other)?;
        let mut found = Vec::with_capacity(header.len());
        Span::new(&file, 0, start)?.read_to_end(&mut found)?;
        // The header is known from the request: nothing in it is believed.
        if found == header {
            Ok(Some(Box::new(FolderItem { file, start })))
        } else {
            Err(Refused(Class::Integrity).into())
        }
    }

    fn create(&self, place: &Place) -> io::Result<Box<dyn Draft + '_>> {
        self.check_open()?;
        let (staged, path) = (self.staged(), self.names.path(place)?);
        let file = self.files.create(&staged).inspect_err(|_| drop(self.files.remove(&staged)))?;
        let out = BufWriter::with_capacity(BUFFER, file);
        let mut draft = FolderDraft { folder: self, staged, path, finished: false, out };
        draft.write_all(&self.names.header(place)?)?;
        Ok(Box::new(draft))
    }

    fn commit(&self, changes: Vec<Change>) -> io::Result<()> {
        self.check_open()?;
        self.finish(Vec::new(), changes)
    }
}

/// An item behind its header.
struct FolderItem<R> {
    file: R,
    start: u64,
}

impl<R: ReadAt> Item for FolderItem<R> {
    fn length(&self) -> u64 {
        self.file.length().saturating_sub(self.start)
    }

    fn read(&self, from: u64, to: u64) -> Result<Box<dyn BufRead + '_>> {
        // A chunk at once, so that each can be lent and none is read that is not asked for.
        let length = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
        let (from, to) = (from.saturating_add(self.start), to.saturating_add(self.start));
        let span = Span::new(&self.file, from, to)?;
        Ok(Box::new(BufReader::with_capacity(length.min(SEALED_CHUNK_LENGTH), span)))
    }
}

/// Some bytes of a file. They are read when they are asked for, and no others.
// r[sse.durability.streamed]
struct Span<'a, R> {
    file: &'a R,
    position: u64,
    end: u64,
}

impl<'a, R: ReadAt> Span<'a, R> {
    fn new(file: &'a R, position: u64, end: u64) -> Result<Self> {
        let inside = position <= end && end <= file.length();
        if inside { Ok(Self { file, position, end }) } else { Err(Refused(Class::Integrity)) }
    }

    fn whole(file: &'a R) -> Self {
        Self { file, position: 0, end: file.length() }
    }
}

impl<R: ReadAt> Read for Span<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.position).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        let count =
            self.file.read_at(buffer.get_mut(..length).unwrap_or_default(), self.position)?;
        self.position += u64::try_from(count).map_err(io::Error::other)?;
        Ok(count)
    }
}

/// An item that is being written to a staged file.
struct FolderDraft<'a, F: Files> {
    folder: &'a Folder<F>,
    staged: String,
    path: String,
    /// Whether the file is no longer the draft's.
    finished: bool,
    out: BufWriter<F::Writer>,
}

impl<F: Files> Write for FolderDraft<'_, F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<F: Files> Draft for FolderDraft<'_, F> {
    fn commit(mut self: Box<Self>, changes: Vec<Change>) -> io::Result<()> {
        self.folder.check_open()?;
        self.out.flush()?;
        self.out.get_mut().sync()?;
        self.finished = true;
        let put = Step::Put { staged: self.staged.clone(), path: self.path.clone() };
        self.folder.finish(vec![put], changes)
    }
}

impl<F: Files> Drop for FolderDraft<'_, F> {
    fn drop(&mut self) {
        if !self.finished {
            // r[sse.durability.refused-leaves-nothing]
            drop(self.folder.files.remove(&self.staged));
        }
    }
}

/// The folder of a path.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn absent_is_fine(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

impl<F: Files> fmt::Debug for Folder<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Folder").field(&self.files.show("")).finish()
    }
}
