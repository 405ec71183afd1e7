//! What is kept of one host.

use core::net::IpAddr;

use super::entry::{Entry, Layer};
use crate::endpoint::Side;
use crate::frame::Timestamp;
use crate::state::Scope;
use crate::uptime::Uptime;

/// What a host is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) ip: IpAddr,
    pub(super) scope: Scope,
}

/// Hops from the host, by its SYNs and SYN+ACKs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Distance {
    /// When `last` was seen.
    pub(super) time: Timestamp,
    pub(super) last: u8,
    pub(super) least: u8,
    pub(super) most: u8,
    pub(super) is_guessed: bool,
}

/// An uptime, and when it was told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Uptimes {
    pub(super) time: Timestamp,
    pub(super) uptime: Uptime,
}

/// A host with its evidence.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) key: Key,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    /// In the order in which they were first seen.
    pub(super) entries: Vec<Entry>,
    pub(super) uptime: Option<Box<Uptimes>>,
    pub(super) distance: Option<Distance>,
    /// Connections whose SYN or SYN+ACK was seen, as client and as server.
    pub(super) connections: [u32; 2],
    /// Whether it was seen as client and as server.
    pub(super) roles: [bool; 2],
    /// How many pieces of evidence were replaced by later ones.
    pub(super) replaced: u32,
}

impl Host {
    pub(super) fn new(key: Key, time: Timestamp) -> Host {
        Host {
            key,
            first: time,
            last: time,
            entries: Vec::new(),
            uptime: None,
            distance: None,
            connections: [0; 2],
            roles: [false; 2],
            replaced: 0,
        }
    }

    /// Adds a piece of evidence, or counts it; whether it is new.
    pub(super) fn see(&mut self, layer: Layer, value: u32, tcp: u32, time: Timestamp) -> bool {
        let is_it = |it: &&mut Entry| it.layer == layer && it.value == value && it.tcp == tcp;
        if let Some(entry) = self.entries.iter_mut().find(is_it) {
            entry.count = entry.count.saturating_add(1);
            let is_earlier = time < entry.first;
            entry.first = entry.first.min(time);
            entry.last = entry.last.max(time);
            if is_earlier {
                self.sort();
            }
            return false;
        }
        let entry = Entry { layer, value, tcp, count: 1, first: time, last: time };
        if self.of(layer).count() < layer.most() {
            // Most hosts have few: a list that doubles would hold as many unused places.
            self.entries.reserve_exact(1);
            let is_last = self.entries.last().is_none_or(|last| last.first <= time);
            self.entries.push(entry);
            if !is_last {
                self.sort();
            }
            return true;
        }
        let of_layer = self.entries.iter_mut().filter(|it| it.layer == layer);
        if let Some(oldest) = of_layer.min_by_key(|it| it.last) {
            *oldest = entry;
            self.replaced = self.replaced.saturating_add(1);
            self.sort();
        }
        true
    }

    /// A port counts by its SYN+ACKs: this one is known by a hello, and counts once if there is none.
    #[cfg(feature = "tls")]
    pub(super) fn uncount_port(&mut self, port: u16) {
        let is_it = |it: &&mut Entry| it.layer == Layer::Port && it.value == u32::from(port);
        if let Some(entry) = self.entries.iter_mut().find(is_it) {
            entry.count = 0;
        }
    }

    /// In the order in which they were first seen, whatever order they were told in.
    fn sort(&mut self) {
        self.entries.sort_by_key(|it| it.first);
    }

    /// Evidence of one layer.
    pub(super) fn of(&self, layer: Layer) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |it| it.layer == layer)
    }

    /// Takes the distance of a SYN or SYN+ACK; whether the last one is another than before.
    pub(super) fn see_distance(&mut self, hops: u8, is_guessed: bool, time: Timestamp) -> bool {
        let new = Distance { time, last: hops, least: hops, most: hops, is_guessed };
        let Some(old) = self.distance else {
            self.distance = Some(new);
            return true;
        };
        let last = if time < old.time { old } else { new };
        let (least, most) = (old.least.min(hops), old.most.max(hops));
        self.distance = Some(Distance { least, most, ..last });
        old.last != last.last
    }

    /// Takes an uptime; whether it says something new: the first one, or another trust.
    pub(super) fn see_uptime(&mut self, time: Timestamp, uptime: Uptime) -> bool {
        if self.uptime.as_ref().is_some_and(|old| time < old.time) {
            return false;
        }
        let old = self.uptime.as_ref().map(|it| it.uptime.trust);
        let is_new = old != Some(uptime.trust);
        self.uptime = Some(Box::new(Uptimes { time, uptime }));
        is_new
    }

    /// Takes a role; whether it is new.
    pub(super) fn see_role(&mut self, side: Side) -> bool {
        let [client, server] = &mut self.roles;
        let role = match side {
            Side::Client => client,
            Side::Server => server,
        };
        !core::mem::replace(role, true)
    }

    /// Memory on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        let uptime = if self.uptime.is_some() { size_of::<Uptimes>() } else { 0 };
        self.entries.capacity() * size_of::<Entry>() + uptime
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_of_a_layer_is_bounded() {
        let key = Key { ip: [10, 0, 0, 1].into(), scope: Scope::NONE };
        let mut host = Host::new(key, Timestamp::EPOCH);
        for port in 0..1000 {
            let time = Timestamp::from_nanos(port.into());
            assert!(host.see(Layer::Port, port, Entry::NONE, time));
        }
        assert!(!host.see(Layer::Port, 999, Entry::NONE, Timestamp::EPOCH));
        assert_eq!(host.of(Layer::Port).count(), Layer::Port.most());
        assert_eq!(host.replaced as usize, 1000 - Layer::Port.most());
        assert!(host.of(Layer::Port).all(|it| it.value >= 1000 - Layer::Port.most() as u32));
    }
}
