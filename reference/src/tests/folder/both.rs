//! The disk of most tests: a folder whose files lie in memory, and beside it a disk in memory that
//! is told the same and has to show the same.

use super::Ram;
use crate::disk::{Change, Disk, Draft, Folder, Memory, Place, Scope, read_whole};
use crate::sealed_object::Item;
use crate::secret::RootKey;
use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;

/// Every item with its bytes.
pub(in crate::tests) type Items = BTreeMap<Place, Vec<u8>>;

/// What was acknowledged: after so many events of the files' log, these items.
pub(super) type History = Vec<(usize, Items)>;

pub(in crate::tests) struct Both {
    memory: Memory,
    folder: Folder<Ram>,
    files: Ram,
    history: Mutex<Option<History>>,
    /// What there would be after the last change, whether it was acknowledged or not.
    attempted: Mutex<Items>,
}

impl Both {
    pub(in crate::tests) fn new(root: &RootKey) -> Self {
        let files = Ram::default();
        let folder = Folder::create_on(files.clone(), root).unwrap();
        Self::of(folder, files)
    }

    /// A copy that goes its own way.
    pub(super) fn fork(&self, root: &RootKey) -> Self {
        let files = self.files.fork();
        Self::of(Folder::open_on(files.clone(), root).unwrap(), files)
    }

    fn of(folder: Folder<Ram>, files: Ram) -> Self {
        let (memory, items) = (Memory::default(), items(&folder));
        let write =
            |(place, bytes): (&Place, &Vec<u8>)| Change::Write(place.clone(), bytes.clone());
        memory.commit(items.iter().map(write).collect()).unwrap();
        Self { memory, folder, files, history: Mutex::new(None), attempted: Mutex::new(items) }
    }

    /// Opens the folder anew, and demands that it shows what the memory shows.
    pub(in crate::tests) fn check(&self, root: &RootKey) {
        let folder = Folder::open_on(self.files.clone(), root).unwrap();
        assert!(items(&folder) == items(&self.memory));
    }

    pub(super) fn files(&self) -> &Ram {
        &self.files
    }

    pub(super) fn keep_history(&self) {
        *self.history.lock().unwrap() = Some(vec![(self.files.logged(), items(&self.memory))]);
    }

    pub(super) fn history(&self) -> History {
        self.history.lock().unwrap().clone().unwrap()
    }

    /// What was acknowledged, and what would be there after the change that was tried last.
    pub(super) fn due(&self) -> [Items; 2] {
        [items(&self.memory), self.attempted.lock().unwrap().clone()]
    }

    /// Makes a change on both disks, first on the one that may fail.
    fn make(&self, changes: Vec<Change>, make: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let mut attempted = items(&self.memory);
        for change in &changes {
            match change.clone() {
                Change::Write(place, bytes) => attempted.insert(place, bytes),
                Change::Remove(place) => attempted.remove(&place),
            };
        }
        *self.attempted.lock().unwrap() = attempted;
        make()?;
        self.memory.commit(changes)?;
        if let Some(history) = &mut *self.history.lock().unwrap() {
            history.push((self.files.logged(), items(&self.memory)));
        }
        Ok(())
    }
}

/// Every item of a disk.
pub(in crate::tests) fn items(disk: &dyn Disk) -> Items {
    let read = |place: Place| {
        let bytes = read_whole(&*disk.open(&place).unwrap().unwrap()).unwrap();
        (place, bytes)
    };
    disk.list(Scope::All).unwrap().into_iter().map(read).collect()
}

impl Disk for Both {
    fn is_empty(&self) -> io::Result<bool> {
        let empty = self.folder.is_empty()?;
        assert_eq!(empty, self.memory.is_empty()?);
        Ok(empty)
    }

    fn list(&self, scope: Scope<'_>) -> io::Result<Vec<Place>> {
        let places = self.folder.list(scope)?;
        assert_eq!(places, self.memory.list(scope)?);
        Ok(places)
    }

    fn open(&self, place: &Place) -> io::Result<Option<Box<dyn Item>>> {
        let item = self.folder.open(place)?;
        let length = |item: &Option<Box<dyn Item>>| item.as_ref().map(|item| item.length());
        assert_eq!(length(&item), length(&self.memory.open(place)?));
        Ok(item)
    }

    fn create(&self, place: &Place) -> io::Result<Box<dyn Draft + '_>> {
        let (place, folder) = (place.clone(), self.folder.create(place)?);
        Ok(Box::new(BothDraft { disk: self, place, bytes: Vec::new(), folder }))
    }

    fn commit(&self, changes: Vec<Change>) -> io::Result<()> {
        self.make(changes.clone(), || self.folder.commit(changes))
    }
}

struct BothDraft<'a> {
    disk: &'a Both,
    place: Place,
    bytes: Vec<u8>,
    folder: Box<dyn Draft + 'a>,
}

impl io::Write for BothDraft<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.folder.write_all(bytes)?;
        self.bytes.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.folder.flush()
    }
}

impl Draft for BothDraft<'_> {
    fn commit(self: Box<Self>, changes: Vec<Change>) -> io::Result<()> {
        let Self { disk, place, bytes, folder } = *self;
        let written = Change::Write(place, bytes);
        let all = changes.iter().cloned().chain([written]).collect();
        disk.make(all, || folder.commit(changes))
    }
}
