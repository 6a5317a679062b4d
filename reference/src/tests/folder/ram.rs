//! Files in memory that keep a log of what was written, lose what was not made durable, and fail
//! when they are told to.

use crate::disk::folder::files::{Durable, Files, ReadAt};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The number of a file or folder; 0 is the folder of all.
type Id = usize;

#[derive(Clone, Debug)]
enum Node {
    File(Arc<Vec<u8>>),
    Folder(BTreeMap<String, Id>),
}

/// One thing that was written, or made durable.
#[derive(Clone, Debug)]
enum Event {
    Link { folder: Id, name: String, node: Id, made: Node },
    Unlink { folder: Id, name: String },
    Move { from: (Id, String), to: (Id, String), node: Id },
    Write { file: Id, offset: usize, bytes: Arc<Vec<u8>> },
    Sync(Id),
}

/// What a power cut takes of what was not durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    All,
    Nothing,
    Bytes,
    Names,
    /// Some of it, in any order, and of some writes a part.
    AtRandom(u64),
}

/// Which calls fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// The call after so many.
    Call(usize),
    /// The call after so many, although it was done; of a write a part.
    DoneCall(usize),
    /// After so many calls, whatever needs room.
    Full(usize),
    /// Whatever changes anything.
    ReadOnly,
}

/// What a call is to a fault.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Reads,
    NeedsRoom,
    Changes,
}

struct State {
    nodes: BTreeMap<Id, Node>,
    next: Id,
    log: Option<Vec<Event>>,
    fault: Fault,
    calls: usize,
}

/// Files in memory; a clone shows the same files.
#[derive(Clone)]
pub(super) struct Ram(Arc<Mutex<State>>);

impl Default for Ram {
    fn default() -> Self {
        Self::of(BTreeMap::from([(0, Node::Folder(BTreeMap::new()))]), 1)
    }
}

impl Ram {
    fn of(nodes: BTreeMap<Id, Node>, next: Id) -> Self {
        let (log, fault, calls) = (None, Fault::None, 0);
        Self(Arc::new(Mutex::new(State { nodes, next, log, fault, calls })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A copy that goes its own way.
    pub(super) fn fork(&self) -> Self {
        let state = self.state();
        Self::of(state.nodes.clone(), state.next)
    }

    /// Whether the call that was to fail was made.
    pub(super) fn has_failed(&self) -> bool {
        let state = self.state();
        match state.fault {
            Fault::Call(at) | Fault::DoneCall(at) | Fault::Full(at) => state.calls > at,
            Fault::None | Fault::ReadOnly => state.fault == Fault::ReadOnly,
        }
    }

    /// Takes what is there as durable, and logs from now on.
    pub(super) fn record(&self) -> Recording {
        let mut state = self.state();
        state.log = Some(Vec::new());
        Recording { ram: self.clone(), before: state.nodes.clone(), next: state.next }
    }

    /// How much was logged.
    pub(super) fn logged(&self) -> usize {
        self.state().log.as_ref().map_or(0, Vec::len)
    }

    /// Lets calls fail, counted from now.
    pub(super) fn fail(&self, fault: Fault) {
        let mut state = self.state();
        (state.fault, state.calls) = (fault, 0);
    }

    /// Turns a bit of a file's byte, or cuts the file before it. Beyond the end is the last byte.
    pub(super) fn damage(&self, path: &str, byte: usize, cut: bool) {
        let mut state = self.state();
        let id = state.find(path).unwrap();
        let Some(Node::File(bytes)) = state.nodes.get_mut(&id) else { panic!("{path}") };
        let bytes = Arc::make_mut(bytes);
        let byte = byte.min(bytes.len() - 1);
        if cut { bytes.truncate(byte) } else { bytes[byte] ^= 1 }
    }

    /// Length in bytes of a file, where there is one.
    pub(super) fn length(&self, path: &str) -> Option<usize> {
        let state = self.state();
        match &state.nodes[&state.find(path).ok()?] {
            Node::File(bytes) => Some(bytes.len()),
            Node::Folder(_) => None,
        }
    }

    /// Every file, and every folder that is empty.
    pub(super) fn paths(&self) -> Vec<String> {
        let (state, mut paths) = (self.state(), Vec::new());
        let mut rest = vec![(String::new(), 0)];
        while let Some((path, id)) = rest.pop() {
            match &state.nodes[&id] {
                Node::Folder(names) if !names.is_empty() => {
                    rest.extend(names.iter().map(|(name, id)| (format!("{path}/{name}"), *id)));
                }
                _ => paths.push(path.trim_start_matches('/').to_owned()),
            }
        }
        paths.sort();
        paths
    }

    /// Every byte of every file.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let state = self.state();
        let files = state.nodes.values().filter_map(|node| match node {
            Node::File(bytes) => Some(bytes.to_vec()),
            Node::Folder(_) => None,
        });
        files.collect::<Vec<_>>().concat()
    }
}

/// A log, with what lay there before it.
pub(super) struct Recording {
    ram: Ram,
    before: BTreeMap<Id, Node>,
    next: Id,
}

impl Recording {
    /// The files that are recorded.
    pub(super) fn files(&self) -> &Ram {
        &self.ram
    }

    /// A recording of files of their own that goes on after so many events.
    pub(super) fn resume(&self, after: usize) -> Self {
        let ram = self.cut(after, Cut::Nothing);
        let log = self.ram.state().log.as_ref().unwrap()[..after].to_vec();
        ram.state().log = Some(log);
        Self { ram, before: self.before.clone(), next: self.next }
    }

    /// What is left where the power was cut after so many events.
    pub(super) fn cut(&self, after: usize, cut: Cut) -> Ram {
        let state = self.ram.state();
        let log = &state.log.as_ref().unwrap()[..after];
        let mut durable = BTreeSet::new();
        // Whether the two halves of each event are kept: its bytes or new name, and its old name.
        let mut kept = Vec::with_capacity(log.len());
        let seed = if let Cut::AtRandom(seed) = cut { seed } else { 0 };
        let mut random = ChaCha8Rng::seed_from_u64(seed ^ (after as u64) << 8);
        let mut survives = |durable: bool, names: bool| {
            durable
                || match cut {
                    Cut::All => false,
                    Cut::Nothing => true,
                    Cut::Bytes => names,
                    Cut::Names => !names,
                    Cut::AtRandom(_) => random.random(),
                }
        };
        for event in log.iter().rev() {
            kept.push(match event {
                Event::Sync(id) => {
                    durable.insert(*id);
                    (true, true)
                }
                Event::Write { file, .. } => (survives(durable.contains(file), false), true),
                Event::Link { folder, .. } => (survives(durable.contains(folder), true), true),
                Event::Unlink { folder, .. } => (true, survives(durable.contains(folder), true)),
                Event::Move { from, to, .. } => {
                    let new = survives(durable.contains(&to.0), true);
                    // A rename never loses the file.
                    (new, new && survives(durable.contains(&from.0), true))
                }
            });
        }
        kept.reverse();
        let mut nodes = self.before.clone();
        for (event, (new, old)) in log.iter().zip(kept) {
            let torn = matches!(cut, Cut::AtRandom(_)).then_some(&mut random);
            replay(&mut nodes, event, (new, old), torn);
        }
        Ram::of(nodes, state.next.max(self.next))
    }
}

/// Does again what is kept of an event: of its bytes or new name, and of its old name; of a write
/// that is lost maybe a part.
fn replay(
    nodes: &mut BTreeMap<Id, Node>,
    event: &Event,
    (new, old): (bool, bool),
    torn: Option<&mut ChaCha8Rng>,
) {
    match event {
        Event::Sync(_) => {}
        Event::Link { folder, name, node, made } => {
            nodes.insert(*node, made.clone());
            set_name(nodes, *folder, name, new.then_some(Some(*node)));
        }
        Event::Unlink { folder, name } => set_name(nodes, *folder, name, old.then_some(None)),
        Event::Move { from, to, node } => {
            set_name(nodes, to.0, &to.1, new.then_some(Some(*node)));
            set_name(nodes, from.0, &from.1, old.then_some(None));
        }
        Event::Write { file, offset, bytes } => {
            let length = match torn {
                _ if new => bytes.len(),
                Some(random) => random.random_range(0..=bytes.len()),
                None => 0,
            };
            let Some(Node::File(file)) = nodes.get_mut(file) else { return };
            if length > 0 {
                let file = Arc::make_mut(file);
                file.resize(file.len().max(offset + length), 0);
                file[*offset..offset + length].copy_from_slice(&bytes[..length]);
            }
        }
    }
}

/// Sets or takes away a name, where the change is kept.
fn set_name(nodes: &mut BTreeMap<Id, Node>, folder: Id, name: &str, change: Option<Option<Id>>) {
    let Some(Node::Folder(names)) = nodes.get_mut(&folder) else { return };
    match change {
        Some(Some(node)) => names.insert(name.to_owned(), node),
        Some(None) => names.remove(name),
        None => None,
    };
}

impl State {
    fn find(&self, path: &str) -> io::Result<Id> {
        path.split('/').filter(|name| !name.is_empty()).try_fold(0, |id, name| {
            match &self.nodes[&id] {
                Node::Folder(names) => {
                    names.get(name).copied().ok_or(io::ErrorKind::NotFound.into())
                }
                Node::File(_) => Err(io::ErrorKind::NotADirectory.into()),
            }
        })
    }

    /// The folder of a path, and the name in it.
    fn split(&self, path: &str) -> io::Result<(Id, String)> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        Ok((self.find(folder)?, name.to_owned()))
    }

    /// Counts a call: whether it fails before it is done, and whether after it.
    fn call(&mut self, kind: Kind) -> (bool, bool) {
        let call = self.calls;
        self.calls += 1;
        match self.fault {
            Fault::None => (false, false),
            Fault::Call(at) => (call == at, false),
            Fault::DoneCall(at) => (false, call == at),
            Fault::Full(at) => (call >= at && kind == Kind::NeedsRoom, false),
            Fault::ReadOnly => (kind != Kind::Reads, false),
        }
    }

    fn event(&mut self, event: Event) {
        replay(&mut self.nodes, &event, (true, true), None);
        self.log.iter_mut().for_each(|log| log.push(event.clone()));
    }

    fn link(&mut self, path: &str, made: Node) -> io::Result<Id> {
        let (folder, name) = self.split(path)?;
        if self.find(path).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let node = self.next;
        self.next += 1;
        self.event(Event::Link { folder, name, node, made });
        Ok(node)
    }

    fn unlink(&mut self, path: &str) -> io::Result<()> {
        self.find(path)?;
        let (folder, name) = self.split(path)?;
        self.event(Event::Unlink { folder, name });
        Ok(())
    }
}

impl Ram {
    fn call<T>(&self, kind: Kind, work: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.state();
        let failed = || Err(io::Error::new(io::ErrorKind::StorageFull, "injected"));
        let (before, after) = state.call(kind);
        if before {
            return failed();
        }
        let done = work(&mut state)?;
        if after { failed() } else { Ok(done) }
    }
}

impl Files for Ram {
    type Writer = RamFile;
    type Reader = Arc<RamReader>;

    fn create(&self, path: &str) -> io::Result<RamFile> {
        self.call(Kind::NeedsRoom, |state| {
            let id = state.link(path, Node::File(Arc::default()))?;
            Ok(RamFile { ram: self.clone(), id, offset: 0 })
        })
    }

    fn open(&self, path: &str) -> io::Result<Arc<RamReader>> {
        self.call(Kind::Reads, |state| match &state.nodes[&state.find(path)?] {
            Node::File(bytes) => {
                Ok(Arc::new(RamReader { ram: self.clone(), bytes: Arc::clone(bytes) }))
            }
            Node::Folder(_) => Err(io::ErrorKind::IsADirectory.into()),
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.call(Kind::NeedsRoom, |state| {
            let node = state.find(from)?;
            let (from, to) = (state.split(from)?, state.split(to)?);
            state.event(Event::Move { from, to, node });
            Ok(())
        })
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.call(Kind::Changes, |state| match state.nodes[&state.find(path)?] {
            Node::File(_) => state.unlink(path),
            Node::Folder(_) => Err(io::ErrorKind::IsADirectory.into()),
        })
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.call(Kind::Reads, |state| match &state.nodes[&state.find(folder)?] {
            Node::Folder(names) => Ok(names.keys().cloned().collect()),
            Node::File(_) => Err(io::ErrorKind::NotADirectory.into()),
        })
    }

    fn create_folder(&self, folder: &str) -> io::Result<()> {
        self.call(Kind::NeedsRoom, |state| {
            state.link(folder, Node::Folder(BTreeMap::new())).map(drop)
        })
    }

    fn remove_folder(&self, folder: &str) -> io::Result<()> {
        self.call(Kind::Changes, |state| match &state.nodes[&state.find(folder)?] {
            Node::Folder(names) if names.is_empty() => state.unlink(folder),
            _ => Err(io::ErrorKind::DirectoryNotEmpty.into()),
        })
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        self.call(Kind::Changes, |state| {
            let id = state.find(folder)?;
            state.event(Event::Sync(id));
            Ok(())
        })
    }

    fn show(&self, path: &str) -> PathBuf {
        path.into()
    }
}

/// A file that is being written.
pub(super) struct RamFile {
    ram: Ram,
    id: Id,
    offset: usize,
}

impl Write for RamFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (file, offset) = (self.id, self.offset);
        // A write that fails although it was done was done in part.
        let part = match self.ram.state() {
            state if state.fault == Fault::DoneCall(state.calls) => bytes.len() / 2,
            _ => bytes.len(),
        };
        self.ram.call(Kind::NeedsRoom, |state| {
            let bytes = Arc::new(bytes[..part].to_vec());
            state.event(Event::Write { file, offset, bytes });
            Ok(())
        })?;
        self.offset += part;
        Ok(part)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Durable for RamFile {
    fn sync(&mut self) -> io::Result<()> {
        let file = self.id;
        self.ram.call(Kind::Changes, |state| {
            state.event(Event::Sync(file));
            Ok(())
        })
    }
}

/// A file as it was when it was opened.
pub(super) struct RamReader {
    ram: Ram,
    bytes: Arc<Vec<u8>>,
}

impl ReadAt for Arc<RamReader> {
    fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.ram.call(Kind::Reads, |_| {
            let rest = &self.bytes[usize::try_from(position).unwrap()..];
            io::Read::read(&mut &*rest, buffer)
        })
    }
}
