//! The children of a target: each behind a lock, the next world on the one that has the fewest.

use super::line::{Line, Trouble};
use super::rule::Break;
use crate::target::Failure;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// After so many broken children no further one is started.
pub(super) const ENOUGH: usize = 5;

/// How often the children of a target broke a rule.
#[derive(Debug, Default)]
pub(super) struct Breaks(Mutex<(usize, Option<Break>)>);

impl Breaks {
    /// Counts a break; the first is remembered.
    pub(super) fn note(&self, broken: &Break) {
        let mut breaks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        breaks.0 += 1;
        breaks.1.get_or_insert_with(|| broken.clone());
    }

    /// How many there were, and the first.
    pub(super) fn seen(&self) -> (usize, Option<Break>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A child, alive or not.
#[derive(Debug)]
pub(super) struct Child {
    state: Mutex<State>,
    /// Whether it was ended; known without waiting for whoever speaks with it.
    ended: AtomicBool,
    worlds: AtomicUsize,
    breaks: Arc<Breaks>,
}

#[derive(Debug)]
enum State {
    Alive(Box<Line>),
    /// It was ended, for this reason.
    Ended(String),
}

impl Child {
    pub(super) fn new(line: Line, breaks: Arc<Breaks>) -> Self {
        let state = Mutex::new(State::Alive(Box::new(line)));
        Self { state, ended: AtomicBool::new(false), worlds: AtomicUsize::new(0), breaks }
    }

    /// Speaks with the child; one that breaks a rule is ended.
    pub(super) fn with<T>(
        &self,
        speak: impl FnOnce(&mut Line) -> Result<T, Trouble>,
    ) -> Result<T, Failure> {
        let mut state = self.lock();
        let line = match &mut *state {
            State::Alive(line) => line,
            State::Ended(why) => {
                return Err(Failure::Broken(format!("the world's child was ended before: {why}")));
            }
        };
        match speak(line) {
            Ok(value) => Ok(value),
            Err(Trouble::Failed(failure)) => Err(failure),
            Err(Trouble::Broke(broken)) => {
                self.breaks.note(&broken);
                self.end(&mut state, broken.cause());
                Err(Failure::Broken(broken.to_string()))
            }
        }
    }

    /// Lets the child end by itself.
    pub(super) fn shutdown(&self) {
        let alive = self.with(Line::shutdown).is_ok();
        if alive {
            self.end(&mut self.lock(), "the run is over".into());
        }
    }

    /// Dropping the line ends the process.
    fn end(&self, state: &mut State, why: String) {
        *state = State::Ended(why);
        self.ended.store(true, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| {
            // Whoever panicked may have left half a message behind.
            let mut state = poisoned.into_inner();
            self.end(&mut state, "a case panicked in the middle of an exchange".into());
            self.state.clear_poison();
            state
        })
    }
}

/// A world's place on a child.
#[derive(Debug)]
pub(super) struct Place(Arc<Child>);

impl Place {
    pub(super) fn new(child: &Arc<Child>) -> Self {
        child.worlds.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(child))
    }

    /// The child.
    pub(super) fn child(&self) -> &Child {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.worlds.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The children of a target.
#[derive(Debug)]
pub(super) struct Pool {
    children: Mutex<Vec<Arc<Child>>>,
    most: usize,
}

impl Pool {
    pub(super) fn new(most: usize) -> Self {
        Self { children: Mutex::new(Vec::new()), most: most.max(1) }
    }

    /// A place on the child with the fewest worlds; a new child where all are taken and there may
    /// be one more.
    pub(super) fn place(
        &self,
        start: impl FnOnce() -> Result<Arc<Child>, Break>,
    ) -> Result<Place, Break> {
        let mut children = self.children.lock().unwrap_or_else(PoisonError::into_inner);
        children.retain(|child| !child.ended.load(Ordering::Relaxed));
        let worlds = |child: &Arc<Child>| child.worlds.load(Ordering::Relaxed);
        let freest = children.iter().min_by_key(|child| worlds(child));
        match freest {
            Some(child) if worlds(child) == 0 || children.len() >= self.most => {
                Ok(Place::new(child))
            }
            _ => {
                let child = start()?;
                let place = Place::new(&child);
                children.push(child);
                Ok(place)
            }
        }
    }

    /// Adds a child that runs already.
    pub(super) fn add(&self, child: Arc<Child>) {
        self.children.lock().unwrap_or_else(PoisonError::into_inner).push(child);
    }

    /// Takes every child out.
    pub(super) fn empty(&self) -> Vec<Arc<Child>> {
        std::mem::take(&mut *self.children.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
