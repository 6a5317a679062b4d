//! Where the items of a world lie: in memory, or as the files of a folder of its own.

use sse_reference::disk::folder::{Folder, FolderError};
use sse_reference::disk::{Change, Disk, Memory, Place, Scope, read_whole};
use sse_reference::refusal::{Refused, Result};
use sse_reference::secret::RootKey;
use sse_spec::{Class, Edit, Item, Tag};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// Where the items of one world lie. It outlives the store, as a disk outlives a process.
pub(super) enum Rest {
    Memory(Arc<Memory>),
    Folder(InFolder),
}

impl Rest {
    /// Opens the disk anew, as the next process would.
    pub(super) fn open(&mut self, root: &RootKey) -> Result<Arc<dyn Disk>> {
        match self {
            Self::Memory(disk) => Ok(disk.clone()),
            Self::Folder(folder) => folder.open(root).map_err(refused),
        }
    }

    /// The disk as it is open.
    pub(super) fn disk(&self) -> Result<Arc<dyn Disk>> {
        match self {
            Self::Memory(disk) => Ok(disk.clone()),
            Self::Folder(folder) => match &folder.open {
                Some(disk) => Ok(disk.clone()),
                None => Err(Refused(Class::DamagedStore)),
            },
        }
    }

    /// Every item, ascending by id.
    pub(super) fn items(&mut self) -> Result<Vec<Item>> {
        match self {
            Self::Memory(disk) => {
                let places = disk.list(Scope::All)?.into_iter();
                let item = |place: Place| {
                    let item = disk.open(&place)?.ok_or(Refused(Class::Unavailable))?;
                    let bytes = read_whole(&*item)?.into();
                    Ok(Item { id: place.id(), tag: place.tag(), bytes })
                };
                let mut items = places.map(item).collect::<Result<Vec<_>>>()?;
                items.sort_by(|left, right| left.id.cmp(&right.id));
                Ok(items)
            }
            Self::Folder(folder) => Ok(folder.items()?),
        }
    }

    /// Makes all edits, or none where one of them makes no sense. The store is closed.
    pub(super) fn edit(&mut self, edits: &[Edit]) -> Result<()> {
        match self {
            Self::Memory(disk) => {
                let changes: Result<Vec<_>> = edits.iter().map(change).collect();
                Ok(disk.commit(changes?)?)
            }
            Self::Folder(folder) => folder.edit(edits),
        }
    }
}

/// What an edit does to a disk in memory.
fn change(edit: &Edit) -> Result<Change> {
    let invalid = Refused(Class::InvalidArgument);
    let place = |id: &str| Place::parse(id).ok_or(invalid);
    match edit {
        Edit::Replace { id, bytes } => Ok(Change::Write(place(id)?, bytes.0.clone())),
        Edit::Remove { id } => place(id).map(Change::Remove),
        Edit::Insert { item } => {
            let place = place(&item.id)?;
            if place.tag() != item.tag {
                return Err(invalid);
            }
            Ok(Change::Write(place, item.bytes.0.clone()))
        }
    }
}

/// What a folder that does not open means to whoever asked for a restart.
fn refused(error: FolderError) -> Refused {
    match error {
        FolderError::Failed { .. } => Refused(Class::Unavailable),
        _ => Refused(Class::DamagedStore),
    }
}

/// A store in a folder, with every file of it as an item.
pub(super) struct InFolder {
    /// It is removed with the world.
    home: TempDir,
    open: Option<Arc<Folder>>,
    /// What each file of an object belongs to. It shows in no name, so it is noted while the store
    /// is open; a file that was damaged keeps what it had.
    objects: BTreeMap<String, Tag>,
}

impl InFolder {
    pub(super) fn new() -> io::Result<Self> {
        let home = TempDir::with_prefix("sse-reference-")?;
        Ok(Self { home, open: None, objects: BTreeMap::new() })
    }

    fn path(&self) -> PathBuf {
        self.home.path().join("store")
    }

    fn open(&mut self, root: &RootKey) -> Result<Arc<dyn Disk>, FolderError> {
        // The lock of the old one goes first.
        self.open = None;
        let path = self.path();
        let open =
            if path.exists() { Folder::open(&path, root) } else { Folder::create(&path, root) };
        let open = Arc::new(open?);
        self.open = Some(open.clone());
        Ok(open)
    }

    fn items(&mut self) -> io::Result<Vec<Item>> {
        self.note_objects();
        let (root, mut files) = (self.path(), Vec::new());
        collect(&root, &root, &mut files)?;
        files.sort();
        let item = |id: String| {
            let bytes = fs::read(root.join(&id))?.into();
            Ok(Item { tag: self.tag(&id), bytes, id })
        };
        // The lock says nothing and is needed by nobody after a crash.
        files.into_iter().filter(|id| id != "lock").map(item).collect()
    }

    /// Notes what the files of objects belong to, as far as they can be listed.
    fn note_objects(&mut self) {
        let Some(folder) = &self.open else { return };
        for bucket in folder.list(Scope::Buckets).unwrap_or_default() {
            let Place::Bucket(bucket) = bucket else { continue };
            for place in folder.list(Scope::Objects(&bucket)).unwrap_or_default() {
                if let Ok(path) = folder.file(&place)
                    && let Some(id) = id(&self.path(), &path)
                {
                    self.objects.insert(id, place.tag());
                }
            }
        }
    }

    fn tag(&self, id: &str) -> Tag {
        match id.split('/').next() {
            Some("object") => self.objects.get(id).cloned().unwrap_or(Tag::Unknown),
            Some("bucket") => Tag::Bucket,
            Some("upload" | "part") => Tag::Upload,
            Some("key") => Tag::Key,
            Some("policy") => Tag::Policy,
            Some("service") => Tag::Service,
            Some("trail") => Tag::Trail,
            _ => Tag::Unknown,
        }
    }

    fn edit(&mut self, edits: &[Edit]) -> Result<()> {
        // Looked at before the first is made.
        let file = |id: &str| self.inside(id).ok_or(Refused(Class::InvalidArgument));
        for edit in edits {
            match edit {
                Edit::Replace { id, .. } | Edit::Remove { id } => file(id).map(|_| ())?,
                Edit::Insert { item } => file(&item.id).map(|_| ())?,
            }
        }
        self.note_objects();
        self.open = None;
        for edit in edits {
            match edit {
                Edit::Replace { id, bytes } => self.write(id, &bytes.0)?,
                Edit::Remove { id } => fs::remove_file(self.path().join(id))?,
                Edit::Insert { item } => {
                    self.objects.insert(item.id.clone(), item.tag.clone());
                    self.write(&item.id, &item.bytes.0)?;
                }
            }
        }
        Ok(())
    }

    fn write(&self, id: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path().join(id);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, bytes)
    }

    /// A path that stays in the folder.
    fn inside(&self, id: &str) -> Option<PathBuf> {
        let normal = |part: Component<'_>| matches!(part, Component::Normal(_));
        let inside = !id.is_empty() && Path::new(id).components().all(normal);
        inside.then(|| self.path().join(id))
    }
}

/// Every file below a folder, by its path from the root.
fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else {
            files.extend(id(root, &path));
        }
    }
    Ok(())
}

fn id(root: &Path, path: &Path) -> Option<String> {
    path.strip_prefix(root).ok()?.to_str().map(str::to_owned)
}
