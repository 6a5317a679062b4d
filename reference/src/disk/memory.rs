//! A disk in memory (spec/sealed-object.md leaves names and folders to the implementation).

use super::{Change, Disk, Draft, Place, Scope};
use crate::refusal::{Refused, Result};
use crate::sealed_object::Item;
use sse_spec::Class;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, Write};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};

/// A disk in memory. It outlives the store that writes to it, as a disk outlives a process.
#[derive(Default)]
pub struct Memory(Mutex<Held>);

#[derive(Default)]
struct Held {
    items: BTreeMap<Place, Arc<Vec<u8>>>,
    /// The memory of the largest item that went, lent to the next draft: memory that the system
    /// has not handed out before costs a quarter of what sealing into it does.
    spare: Vec<u8>,
}

impl Memory {
    fn held(&self) -> MutexGuard<'_, Held> {
        // A thread that panicked cannot have left half a change: nothing in a change panics.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.held().items.keys().map(Place::id)).finish()
    }
}

impl Disk for Memory {
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.held().items.is_empty())
    }

    fn list(&self, scope: Scope<'_>) -> io::Result<Vec<Place>> {
        Ok(self.held().items.keys().filter(|place| scope.holds(place)).cloned().collect())
    }

    fn open(&self, place: &Place) -> io::Result<Option<Box<dyn Item>>> {
        let item = self.held().items.get(place).map(Arc::clone);
        Ok(item.map(|bytes| Box::new(MemoryItem(bytes)) as Box<dyn Item>))
    }

    fn create(&self, place: &Place) -> io::Result<Box<dyn Draft + '_>> {
        let mut bytes = mem::take(&mut self.held().spare);
        bytes.clear();
        Ok(Box::new(MemoryDraft { disk: self, place: place.clone(), bytes }))
    }

    fn commit(&self, changes: Vec<Change>) -> io::Result<()> {
        let mut held = self.held();
        for change in changes {
            let gone = match change {
                Change::Write(place, bytes) => held.items.insert(place, Arc::new(bytes)),
                Change::Remove(place) => held.items.remove(&place),
            };
            // Not where a reader still holds it.
            if let Some(bytes) = gone.and_then(Arc::into_inner)
                && bytes.capacity() > held.spare.capacity()
            {
                held.spare = bytes;
            }
        }
        Ok(())
    }
}

struct MemoryItem(Arc<Vec<u8>>);

impl Item for MemoryItem {
    fn length(&self) -> u64 {
        self.0.as_slice().length()
    }

    fn read(&self, from: u64, to: u64) -> Result<Box<dyn BufRead + '_>> {
        let bounds = usize::try_from(from).ok().zip(usize::try_from(to).ok());
        let part = bounds.and_then(|(from, to)| self.0.get(from..to));
        Ok(Box::new(part.ok_or(Refused(Class::Integrity))?))
    }
}

struct MemoryDraft<'a> {
    disk: &'a Memory,
    place: Place,
    bytes: Vec<u8>,
}

impl Write for MemoryDraft<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Draft for MemoryDraft<'_> {
    fn commit(self: Box<Self>, mut changes: Vec<Change>) -> io::Result<()> {
        changes.push(Change::Write(self.place, self.bytes));
        self.disk.commit(changes)
    }
}
