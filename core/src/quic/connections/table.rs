//! Connections by their ends.
#![warn(clippy::indexing_slicing)]

use std::collections::HashMap;

use crate::Timestamp;
use crate::quic::crypto::Crypto;
use crate::quic::datagram::{Datagram, Ends};
use crate::quic::header::{ConnectionId, Packet, Version};
use crate::quic::keys::Keys;
use crate::quic::prefilter::Protocol;
use crate::quic::queue::{Linked, Links, Queue};
use crate::tls::dtls::Joiner;

/// A connection whose hello does not become whole in this time is given up, in nanoseconds.
const MAX_WAIT_NS: u64 = 10_000_000_000;
/// A connection that was decided is remembered until nothing came for this time, in nanoseconds.
const MAX_IDLE_NS: u64 = 30_000_000_000;
/// Bytes of the index for each connection that it has room for: a key, a number, and a byte that
/// tells whether the place is taken, with an eighth of the places free.
const INDEX_LEN: usize = (size_of::<(Key, u32)>() + 1) * 8 / 7;

/// A connection has a protocol and ends.
type Key = (Protocol, Ends);

/// A connection that is remembered.
#[derive(Debug)]
pub(super) struct Entry {
    key: Key,
    /// When it began if it waits, when something came last if it was decided.
    time: Timestamp,
    /// What the client calls itself, in QUIC.
    pub(super) source_id: ConnectionId,
    /// None once it was decided.
    pub(super) pending: Option<Pending>,
    /// Bytes that are counted for `pending`.
    held: usize,
    links: Links,
}

/// What is held for a connection whose hello is not whole.
#[derive(Debug)]
pub(super) enum Pending {
    Quic(Box<PendingQuic>),
    Dtls(Box<PendingDtls>),
}

pub(super) struct PendingQuic {
    pub(super) keys: Keys,
    /// What the keys follow from.
    key_id: ConnectionId,
    /// Whether one of its packets had a token: as after a Retry.
    has_token: bool,
    pub(super) version: Version,
    pub(super) datagram_len: usize,
    pub(super) crypto: Crypto,
}

impl core::fmt::Debug for PendingQuic {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PendingQuic")
            .field("version", &self.version)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(super) struct PendingDtls {
    pub(super) joiner: Joiner,
    pub(super) datagram_len: usize,
}

impl Pending {
    pub(super) fn quic(
        keys: Keys,
        packet: &Packet<'_>,
        crypto: Crypto,
        datagram_len: usize,
    ) -> Pending {
        Pending::Quic(Box::new(PendingQuic {
            keys,
            key_id: packet.destination_id,
            has_token: !packet.token.is_empty(),
            version: packet.version,
            datagram_len,
            crypto,
        }))
    }

    pub(super) fn dtls(joiner: Joiner, datagram_len: usize) -> Pending {
        Pending::Dtls(Box::new(PendingDtls { joiner, datagram_len }))
    }

    fn memory(&self) -> usize {
        match self {
            Pending::Quic(waiting) => size_of::<PendingQuic>() + waiting.crypto.memory(),
            Pending::Dtls(waiting) => size_of::<PendingDtls>() + waiting.joiner.memory(),
        }
    }
}

impl PendingQuic {
    /// Whether the keys that follow from a packet's header are those that are there.
    pub(super) fn is_keyed_by(&self, packet: &Packet<'_>) -> bool {
        (self.version, self.key_id) == (packet.version, packet.destination_id)
    }

    /// Whether a packet with other keys is of the same connection: after a Retry, the client sends
    /// a token, and the same hello again (RFC 9000 section 17.2.5.3).
    pub(super) fn goes_on_with(&self, packet: &Packet<'_>) -> bool {
        self.version == packet.version && (self.has_token || !packet.token.is_empty())
    }

    pub(super) fn set_keys(&mut self, keys: Keys, packet: &Packet<'_>) {
        self.keys = keys;
        self.key_id = packet.destination_id;
        self.has_token |= !packet.token.is_empty();
    }
}

impl Linked for Entry {
    fn links(&mut self) -> &mut Links {
        &mut self.links
    }
}

/// All connections that are remembered, within a number of bytes.
#[derive(Debug)]
pub(super) struct Table {
    /// With free ones among them.
    entries: Vec<Entry>,
    index: HashMap<Key, u32>,
    free: Vec<u32>,
    /// Those that wait, by when they began.
    waiting: Queue,
    /// Those that were decided, by when something came last.
    decided: Queue,
    /// Bytes that are held for those that wait.
    held: usize,
    max_memory: usize,
}

impl Table {
    pub(super) fn new(max_memory: usize) -> Table {
        Table {
            entries: Vec::new(),
            index: HashMap::new(),
            free: Vec::new(),
            waiting: Queue::default(),
            decided: Queue::default(),
            held: 0,
            max_memory,
        }
    }

    /// Those that wait.
    pub(super) fn waiting(&self) -> usize {
        self.entries.iter().filter(|entry| entry.pending.is_some()).count()
    }

    /// Bytes that are allocated.
    pub(super) fn memory(&self) -> usize {
        self.held
            + self.entries.capacity() * size_of::<Entry>()
            + self.free.capacity() * size_of::<u32>()
            + self.index.capacity() * INDEX_LEN
    }

    /// How many connections there may be: their places stay allocated, so they get a quarter of the
    /// memory.
    fn max_entries(&self) -> usize {
        (self.max_memory / 4 / (size_of::<Entry>() + size_of::<u32>() + 2 * INDEX_LEN)).max(1)
    }

    /// The number of a connection. One that was decided and was idle for too long is forgotten.
    pub(super) fn find(&mut self, protocol: Protocol, ends: &Ends, now: Timestamp) -> Option<u32> {
        let number = *self.index.get(&(protocol, *ends))?;
        let entry = self.entries.get_mut(number as usize)?;
        if entry.pending.is_none() {
            if since(entry.time, now) > MAX_IDLE_NS {
                self.forget(number);
                return None;
            }
            entry.time = entry.time.max(now);
            self.decided.remove(&mut self.entries, number);
            self.decided.push(&mut self.entries, number);
        }
        Some(number)
    }

    /// A connection that was found. What changes what it holds is told by [`keep_bound`]
    /// (Self::keep_bound) or [`decide`](Self::decide).
    pub(super) fn entry(&mut self, number: u32) -> Option<&mut Entry> {
        self.entries.get_mut(number as usize)
    }

    /// Remembers a connection that was not found. Returns how many were evicted for it.
    pub(super) fn insert(
        &mut self,
        protocol: Protocol,
        datagram: &Datagram<'_>,
        source_id: ConnectionId,
        pending: Option<Pending>,
    ) -> u64 {
        let Datagram { ends, time, .. } = *datagram;
        let evicted = self.make_room();
        let is_waiting = pending.is_some();
        let links = Links::default();
        let key = (protocol, ends);
        let entry = Entry { key, time, source_id, pending, held: 0, links };
        let number = match self.free.pop() {
            Some(number) => {
                if let Some(place) = self.entries.get_mut(number as usize) {
                    *place = entry;
                }
                number
            }
            None => {
                self.entries.push(entry);
                (self.entries.len() - 1) as u32
            }
        };
        self.index.insert(key, number);
        let queue = if is_waiting { &mut self.waiting } else { &mut self.decided };
        queue.push(&mut self.entries, number);
        evicted + if is_waiting { self.keep_bound(number) } else { 0 }
    }

    /// Frees a place if all are taken. Returns how many of those that wait were evicted for it.
    fn make_room(&mut self) -> u64 {
        let (len, max) = (self.entries.len(), self.max_entries());
        if self.free.is_empty() && len >= max {
            let oldest = self.decided.oldest().or(self.waiting.oldest());
            return oldest.map_or(0, |oldest| u64::from(self.forget(oldest)));
        }
        if self.free.is_empty() && len == self.entries.capacity() {
            const FIRST: usize = 16;
            self.entries.reserve_exact(len.max(FIRST).min(max - len));
            // So that forgetting does not allocate.
            self.free.reserve_exact(self.entries.capacity());
        }
        0
    }

    /// Counts what a connection that waits holds by now, and evicts the oldest while all together
    /// hold too much. Returns how many were evicted.
    pub(super) fn keep_bound(&mut self, number: u32) -> u64 {
        if let Some(entry) = self.entries.get_mut(number as usize) {
            let held = entry.pending.as_ref().map_or(0, Pending::memory);
            self.held = self.held - entry.held + held;
            entry.held = held;
        }
        let mut evicted = 0;
        while self.memory() > self.max_memory && self.forget_waiting() {
            evicted += 1;
        }
        evicted
    }

    /// Frees what a connection holds that waits no longer.
    pub(super) fn decide(&mut self, number: u32, now: Timestamp) {
        if let Some(entry) = self.entries.get_mut(number as usize)
            && entry.pending.take().is_some()
        {
            self.held -= std::mem::take(&mut entry.held);
            entry.time = entry.time.max(now);
            self.waiting.remove(&mut self.entries, number);
            self.decided.push(&mut self.entries, number);
        }
    }

    /// Forgets a connection. Returns whether it waited.
    pub(super) fn forget(&mut self, number: u32) -> bool {
        let Some(entry) = self.entries.get_mut(number as usize) else { return false };
        if self.index.remove(&entry.key).is_none() {
            return false;
        }
        let has_waited = entry.pending.take().is_some();
        self.held -= std::mem::take(&mut entry.held);
        let queue = if has_waited { &mut self.waiting } else { &mut self.decided };
        queue.remove(&mut self.entries, number);
        self.free.push(number);
        has_waited
    }

    /// Forgets the one that waits for the longest. Returns false if none waits.
    pub(super) fn forget_waiting(&mut self) -> bool {
        self.waiting.oldest().is_some_and(|oldest| self.forget(oldest))
    }

    /// The same, if it has waited for too long.
    pub(super) fn forget_if_late(&mut self, now: Timestamp) -> bool {
        let oldest = self.waiting.oldest().and_then(|oldest| self.entries.get(oldest as usize));
        oldest.is_some_and(|entry| since(entry.time, now) > MAX_WAIT_NS) && self.forget_waiting()
    }

    #[cfg(test)]
    pub(super) fn check(&self) {
        let waiting = self.entries.iter().filter_map(|entry| entry.pending.as_ref());
        assert_eq!(self.held, waiting.map(Pending::memory).sum::<usize>());
        assert_eq!(self.index.len() + self.free.len(), self.entries.len());
        assert!(self.memory() <= self.max_memory, "{} bytes", self.memory());
    }
}

/// Nanoseconds from one time to a later one; 0 if it is earlier.
fn since(then: Timestamp, now: Timestamp) -> u64 {
    now.as_nanos().saturating_sub(then.as_nanos())
}
