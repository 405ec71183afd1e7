//! Numbered entries in the order of their age.
#![warn(clippy::indexing_slicing)]

/// The neighbours of an entry in its queue.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Links {
    older: Option<u32>,
    newer: Option<u32>,
}

/// What has neighbours.
pub(super) trait Linked {
    fn links(&mut self) -> &mut Links;
}

/// The ends of a queue.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Queue {
    oldest: Option<u32>,
    newest: Option<u32>,
}

impl Queue {
    /// The number of the oldest entry.
    pub(super) const fn oldest(&self) -> Option<u32> {
        self.oldest
    }

    /// Appends an entry that is in no queue.
    pub(super) fn push<T: Linked>(&mut self, entries: &mut [T], number: u32) {
        let older = self.newest.replace(number);
        if let Some(entry) = entries.get_mut(number as usize) {
            *entry.links() = Links { older, newer: None };
        }
        match older.and_then(|older| entries.get_mut(older as usize)) {
            Some(older) => older.links().newer = Some(number),
            None => self.oldest = Some(number),
        }
    }

    /// Takes out an entry of this queue.
    pub(super) fn remove<T: Linked>(&mut self, entries: &mut [T], number: u32) {
        let Some(entry) = entries.get_mut(number as usize) else { return };
        let Links { older, newer } = std::mem::take(entry.links());
        match older.and_then(|older| entries.get_mut(older as usize)) {
            Some(older) => older.links().newer = newer,
            None => self.oldest = newer,
        }
        match newer.and_then(|newer| entries.get_mut(newer as usize)) {
            Some(newer) => newer.links().older = older,
            None => self.newest = older,
        }
    }
}
