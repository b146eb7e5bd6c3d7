//! The interfaces that the present section of a file describes, in the order of
//! their numbers there.

use super::Statistics;
use crate::capture::InterfaceInfo;
use std::collections::HashMap;

/// Real captures have a handful. Behind so many, a section begins anew, so
/// that neither memory nor the head of a rotated file grows without bound.
pub(super) const MOST_INTERFACES: usize = 1_000;

/// An interface as the reader numbers it: the file, and the number in it.
pub(super) type Key = (u32, u32);

/// An interface that the section describes.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) key: Key,
    pub(super) info: InterfaceInfo,
    /// The latest that was told of it.
    pub(super) statistics: Option<Statistics>,
    /// What the files before have of that.
    pub(super) told: Statistics,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) interfaces: Vec<Described>,
    numbers: HashMap<Key, u32>,
}

impl Section {
    /// An interface's number, if it is described.
    pub(super) fn number(&self, key: Key) -> Option<u32> {
        match self.interfaces.first() {
            // Nearly always there is one.
            Some(first) if first.key == key => Some(0),
            _ => self.numbers.get(&key).copied(),
        }
    }

    /// Adds one that is not described yet.
    pub(super) fn add(&mut self, key: Key, info: InterfaceInfo) {
        self.numbers.insert(key, self.interfaces.len() as u32);
        self.interfaces.push(Described {
            key,
            info,
            statistics: None,
            told: Statistics::default(),
        });
    }

    /// An interface by the reader's number.
    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut Described> {
        let number = self.number(key)?;
        self.interfaces.get_mut(number as usize)
    }

    /// Whether no other fits.
    pub(super) fn is_full(&self) -> bool {
        self.interfaces.len() >= MOST_INTERFACES
    }

    /// Forgets all but the first so many.
    pub(super) fn truncate(&mut self, count: usize) {
        self.interfaces.truncate(count);
        self.numbers.retain(|_, number| (*number as usize) < count);
    }
}
