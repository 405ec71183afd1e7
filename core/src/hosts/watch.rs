//! What is kept of hosts with several connections, apart from their entries.

use crate::change::{ChangeReasons, History, Ports, Seen};
use crate::clock::HostClock;
use crate::database::IdMap;
use crate::state::RESERVED;

/// No number.
pub(super) const NONE: u32 = u32::MAX;

/// A host in one role, from its second SYN or SYN+ACK on. Only for the default rules.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) last: Seen,
    pub(crate) clock: HostClock,
    pub(crate) ports: Ports,
    /// The number of its [`Doubt`], or [`NONE`].
    pub(super) doubt: u32,
}

const _: () = assert!(size_of::<Watch>() <= 112, "a million of them, and their hosts: 200 MiB");

impl Watch {
    pub(super) fn new(last: &Seen) -> Watch {
        let mut clock = HostClock::default();
        if let Some(reading) = last.reading() {
            clock.take(reading, last.peer_tag);
        }
        Watch { last: *last, clock, ports: Ports::default(), doubt: NONE }
    }

    pub(super) fn remap_signatures(&mut self, id_map: &IdMap) {
        self.last.matched = Some(id_map.matched(self.last.matched));
    }
}

/// Signs of change that were gathered for a host in one role.
#[derive(Debug, Default)]
pub(crate) struct Doubt {
    /// What it looked like before it looked as it does.
    pub(crate) other: Option<Seen>,
    pub(crate) history: History,
    /// How often it came back to the other look.
    pub(crate) returns: u8,
    /// The reasons that made the looks differ.
    pub(crate) gathered: ChangeReasons,
    /// Whether the address was called shared.
    pub(crate) is_shared: bool,
}

const _: () = assert!(size_of::<Doubt>() <= 64, "for each host that ever looked changed");

impl Doubt {
    pub(super) fn remap_signatures(&mut self, id_map: &IdMap) {
        if let Some(other) = &mut self.other {
            other.matched = Some(id_map.matched(other.matched));
        }
    }
}

/// Entries by number; numbers of removed ones are given out again.
#[derive(Debug)]
pub(super) struct Slab<T> {
    entries: Vec<T>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    pub(super) const fn new() -> Slab<T> {
        Slab { entries: Vec::new(), free: Vec::new() }
    }

    /// With address space for so many entries, as a table of hosts has it.
    pub(super) fn with_room(entries: usize) -> Slab<T> {
        Slab { entries: Vec::with_capacity(entries.min(RESERVED)), free: Vec::new() }
    }

    pub(super) fn add(&mut self, entry: T) -> u32 {
        let Some(number) = self.free.pop() else {
            self.entries.push(entry);
            return (self.entries.len() - 1) as u32;
        };
        if let Some(place) = self.entries.get_mut(number as usize) {
            *place = entry;
        }
        number
    }

    pub(super) fn remove(&mut self, number: u32) {
        self.free.push(number);
    }

    pub(super) fn get(&self, number: u32) -> Option<&T> {
        self.entries.get(number as usize)
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.entries.get_mut(number as usize)
    }

    /// Every entry, removed ones included.
    pub(super) fn entries_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.iter_mut()
    }
}
