//! All hosts with evidence: bounded in memory, rows when something changed.

use core::net::IpAddr;
use std::collections::{HashMap, VecDeque};

use super::consistency::Verdict;
use super::entry::{Entry, Layer};
use super::host::{Host, Key};
use super::lru::Lru;
use super::row::HostRow;
use super::sighting::{Claim, Sighting};
use super::system::System;
use super::values::Values;
use crate::endpoint::{Endpoint, Side};
use crate::frame::Timestamp;
use crate::record::{Fingerprint, Record, RecordKind};
use crate::state::Scope;
#[cfg(feature = "tls")]
use crate::tls::Transport;
use crate::wire::{Encapsulation, Path};

/// How hosts are kept.
///
/// The [module](super) has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Memory for all hosts, in bytes; the one unused for longest is evicted for a new one.
    pub evidence_memory: usize,
    /// Least time between two rows of one host, in nanoseconds of capture time; also how long a new
    /// host waits for its first row.
    pub row_interval_nanos: u64,
    /// How long an idle host is kept, in seconds of capture time.
    pub idle_seconds: u32,
    /// Whether an address is one host in all networks.
    pub merge_paths: bool,
}

/// 256 MiB, 10 seconds, two hours.
impl Default for Settings {
    fn default() -> Settings {
        Settings {
            evidence_memory: 256 << 20,
            row_interval_nanos: 10_000_000_000,
            idle_seconds: 7200,
            merge_paths: false,
        }
    }
}

/// The hosts of all records that were taken, with their evidence.
///
/// The [module](super) has an example of rows as they become due, and [`HostRow`] one of what a row says.
#[derive(Debug)]
pub struct Hosts {
    settings: Settings,
    values: Values,
    index: HashMap<Key, u32>,
    hosts: Lru<Kept>,
    /// Hosts with a row to write, and when; each at most once, and some that were removed since. The
    /// interval is the same for all, so that they are in the order of their times.
    due: VecDeque<Due>,
    heap_bytes: usize,
    now: Timestamp,
    evicted: u64,
}

/// A host, and what was written of it.
#[derive(Debug)]
struct Kept {
    host: Host,
    written: Option<Written>,
    /// Whether there is new evidence since.
    is_changed: bool,
    is_due: bool,
}

/// What a row said in short: it is written again if this changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Written {
    system: Option<System>,
    label: u32,
    verdict: Verdict,
}

#[derive(Debug, Clone, Copy)]
struct Due {
    time: Timestamp,
    host: u32,
    generation: u32,
}

/// Of a host, besides its evidence: its place, its entry in the index, which is at most half empty.
const HOST_BYTES: usize = Lru::<Kept>::VALUE_BYTES + 2 * size_of::<(Key, u32)>();
/// A piece of evidence may change what a host is when it was seen this often.
const DECISIVE_COUNTS: std::ops::RangeInclusive<u32> = 2..=8;

impl Hosts {
    /// Without hosts.
    #[must_use]
    pub fn new(settings: Settings) -> Hosts {
        Hosts {
            settings,
            values: Values::default(),
            index: HashMap::new(),
            hosts: Lru::default(),
            due: VecDeque::new(),
            heap_bytes: 0,
            now: Timestamp::EPOCH,
            evicted: 0,
        }
    }

    /// Takes what a record says of its subject, and gives the rows that are due by its time.
    pub fn take(&mut self, record: &Record<'_>, rows: &mut impl FnMut(HostRow<'_>)) {
        self.advance(record.time, rows);
        let end = match record.subject {
            Side::Client => record.client,
            Side::Server => record.server,
        };
        let place = self.find_or_add(self.key(end.ip, &record.path), record.time, rows);
        let is_new = self.see_record(place, record, end);
        self.touch(place, record.time, is_new);
        self.make_room(0, rows);
    }

    /// Takes a claim of a host that no record has: what a log or another program says. `network` is
    /// the VLAN, VXLAN, GENEVE or GTP tunnel in which the address is this host.
    pub fn take_claim(
        &mut self,
        time: Timestamp,
        ip: IpAddr,
        network: Option<Encapsulation>,
        claim: &Claim<'_>,
        rows: &mut impl FnMut(HostRow<'_>),
    ) {
        self.advance(time, rows);
        let scope = network.filter(|_| !self.settings.merge_paths).map(Scope::of_one);
        let key = Key { ip, scope: scope.unwrap_or_default() };
        let place = self.find_or_add(key, time, rows);
        let value = self.values.number(&Sighting::claim(claim));
        let is_new = self.see(place, claim.layer, value, Entry::NONE, time);
        self.touch(place, time, is_new);
        self.make_room(0, rows);
    }

    /// Gives the rows that are due at this time, and of hosts that are idle for too long. A time
    /// before one that was told changes nothing.
    pub fn advance(&mut self, now: Timestamp, rows: &mut impl FnMut(HostRow<'_>)) {
        self.now = self.now.max(now);
        while let Some(due) = self.due.front().copied().filter(|it| it.time <= self.now) {
            self.due.pop_front();
            if self.hosts.generation(due.host) == due.generation {
                self.write_if_changed(due.host, rows);
            }
        }
        let idle_nanos = u64::from(self.settings.idle_seconds) * 1_000_000_000;
        while let Some(oldest) = self.hosts.oldest() {
            let last = self.host(oldest).map_or(self.now, |host| host.last);
            if last.as_nanos().saturating_add(idle_nanos) >= self.now.as_nanos() {
                break;
            }
            self.remove(oldest, true, rows);
        }
    }

    /// Gives the last row of each host, in the order of their addresses, and forgets them all.
    pub fn finish(&mut self, rows: &mut impl FnMut(HostRow<'_>)) {
        let mut hosts: Vec<(Key, u32)> = self.index.drain().collect();
        hosts.sort_unstable_by_key(|(key, _)| (key.ip, key.scope.word()));
        for (_, place) in hosts {
            if let Some(host) = self.host(place) {
                rows(host.row(&self.values, true, true));
            }
        }
        let (settings, now, evicted) = (self.settings, self.now, self.evicted);
        *self = Hosts { now, evicted, ..Hosts::new(settings) };
    }

    /// The row of an address outside of all networks as it is now; if it is no host there, of each
    /// network in which it is one, which takes a look at all hosts.
    pub fn find(&self, ip: IpAddr) -> impl Iterator<Item = HostRow<'_>> {
        let is_it = move |host: &&Host| host.key.ip == ip;
        // The look-up that is quick comes first.
        let plain = Key { ip, scope: Scope::NONE };
        let plain = self.index.get(&plain).and_then(|place| self.host(*place));
        let others = plain.is_none().then(|| self.all().filter(is_it));
        plain
            .into_iter()
            .chain(others.into_iter().flatten())
            .map(|it| it.row(&self.values, true, false))
    }

    /// The rows of all hosts as they are now, in no order.
    pub fn rows(&self) -> impl Iterator<Item = HostRow<'_>> {
        self.all().map(|it| it.row(&self.values, true, false))
    }

    /// How many hosts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// How many were evicted because memory was full.
    #[must_use]
    pub const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Memory of all hosts and what is known of them, in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let places = self.index.len() * HOST_BYTES;
        places + self.heap_bytes + self.values.bytes() + self.due.len() * size_of::<Due>()
    }

    fn all(&self) -> impl Iterator<Item = &Host> {
        self.hosts.iter().map(|kept| &kept.host)
    }

    fn key(&self, ip: IpAddr, path: &Path) -> Key {
        let scope = if self.settings.merge_paths { Scope::NONE } else { Scope::of(path) };
        Key { ip, scope }
    }

    fn host(&self, place: u32) -> Option<&Host> {
        Some(&self.hosts.get(place)?.host)
    }

    fn host_mut(&mut self, place: u32) -> Option<&mut Host> {
        Some(&mut self.hosts.get_mut(place)?.host)
    }

    /// Sees all that a record says; whether any of it is new.
    fn see_record(&mut self, place: u32, record: &Record<'_>, end: Endpoint) -> bool {
        let side = record.subject;
        let mut is_new = self.host_mut(place).is_some_and(|host| host.see_role(side));
        if let Some(fingerprint) = &record.fingerprint {
            is_new |= self.see_fingerprint(place, record, fingerprint, end.port);
        }
        if let (Some(uptime), Some(host)) = (record.uptime, self.host_mut(place)) {
            let had_one = host.uptime.is_some();
            is_new |= host.see_uptime(record.time, uptime);
            self.heap_bytes += if had_one { 0 } else { size_of::<super::host::Uptimes>() };
        }
        #[cfg(feature = "tls")]
        if let Some(tls) = &record.tls {
            is_new |= self.see_tls(place, record, tls, end.port);
        }
        #[cfg(feature = "http")]
        if let Some(http) = &record.http {
            is_new |= self.see_http(place, record, http);
        }
        is_new
    }

    #[cfg(feature = "http")]
    fn see_http(
        &mut self,
        place: u32,
        record: &Record<'_>,
        http: &crate::record::Http<'_>,
    ) -> bool {
        let tcp = http.tcp.as_ref().map(|found| Sighting::stack(Layer::Syn, found));
        let tcp = tcp.filter(|_| http.is_request());
        let tcp = tcp.map_or(Entry::NONE, |sighting| self.values.number(&sighting));
        let forwarded = (http.via && http.is_request()).then(Sighting::forwarded);
        let mut is_new = false;
        for sighting in [Sighting::http(http), forwarded].into_iter().flatten() {
            let value = self.values.number(&sighting);
            is_new |= self.see(place, sighting.layer, value, tcp, record.time);
        }
        is_new
    }

    fn see_fingerprint(
        &mut self,
        place: u32,
        record: &Record<'_>,
        fingerprint: &Fingerprint<'_>,
        port: u16,
    ) -> bool {
        let time = record.time;
        let (side, layer) = match record.kind {
            RecordKind::SynAck => (Side::Server, Layer::SynAck),
            _ => (Side::Client, Layer::Syn),
        };
        let stack = match &fingerprint.found {
            Some(found) => Sighting::stack(layer, found),
            None => Sighting::unknown_stack(layer),
        };
        let ttl =
            fingerprint.found.is_none().then(|| Sighting::ttl(fingerprint.initial_ttl())).flatten();
        let link = fingerprint.mtu.as_ref().map(Sighting::link);
        let change = fingerprint.change.as_ref().map(Sighting::change);
        let mut is_new = false;
        for sighting in [Some(stack), ttl, link, change].into_iter().flatten() {
            let value = self.values.number(&sighting);
            is_new |= self.see(place, sighting.layer, value, Entry::NONE, time);
        }
        if side == Side::Server {
            is_new |= self.see(place, Layer::Port, port.into(), Entry::NONE, time);
        }
        if let Some(host) = self.host_mut(place) {
            let is_guessed = fingerprint.distance_is_guessed();
            is_new |= host.see_distance(fingerprint.distance, is_guessed, time);
            if let Some(count) = host.connections.get_mut(side.index()) {
                *count = count.saturating_add(1);
            }
        }
        is_new
    }

    #[cfg(feature = "tls")]
    fn see_tls(
        &mut self,
        place: u32,
        record: &Record<'_>,
        tls: &crate::record::Tls<'_>,
        port: u16,
    ) -> bool {
        if record.subject == Side::Server {
            // Its SYN+ACK has been counted, if it was seen.
            let knows = |host: &Host| host.of(Layer::Port).any(|it| it.value == u32::from(port));
            let is_known = self.host(place).is_some_and(knows);
            if is_known {
                return false;
            }
            let is_new = self.see(place, Layer::Port, port.into(), Entry::NONE, record.time);
            if let Some(host) = self.host_mut(place) {
                host.uncount_port(port);
            }
            return is_new;
        }
        let layer = match tls.transport {
            Transport::Quic => Layer::Quic,
            _ => Layer::Tls,
        };
        // Over UDP, it is the stack of another connection.
        let tcp = tls.tcp.as_ref().filter(|_| tls.transport == Transport::Tcp);
        let tcp = tcp.map(|found| Sighting::stack(Layer::Syn, found));
        let tcp = tcp.map_or(Entry::NONE, |sighting| self.values.number(&sighting));
        let value = self.values.number(&Sighting::library(layer, tls.library));
        self.see(place, layer, value, tcp, record.time)
    }

    /// Adds or counts a piece of evidence; whether a row may differ for it.
    fn see(&mut self, place: u32, layer: Layer, value: u32, tcp: u32, time: Timestamp) -> bool {
        let Some(host) = self.host_mut(place) else { return false };
        let before = host.heap_bytes();
        let is_new = host.see(layer, value, tcp, time);
        let after = host.heap_bytes();
        let same = |it: &&Entry| it.value == value && it.tcp == tcp;
        let count = host.of(layer).find(same).map_or(0, |it| it.count);
        self.heap_bytes += after - before;
        if !is_new && layer.weight() > 0.0 && DECISIVE_COUNTS.contains(&count) {
            self.plan(place);
        }
        is_new
    }

    /// A host is used now: it is the newest, and its row is written when it may be.
    fn touch(&mut self, place: u32, time: Timestamp, is_changed: bool) {
        if let Some(host) = self.host_mut(place) {
            host.first = host.first.min(time);
            host.last = host.last.max(time);
        }
        self.hosts.touch(place);
        if is_changed {
            if let Some(kept) = self.hosts.get_mut(place) {
                kept.is_changed = true;
            }
            self.plan(place);
        }
    }

    /// Has the row of a host written when it may be, if it differs then.
    fn plan(&mut self, number: u32) {
        let generation = self.hosts.generation(number);
        let Some(kept) = self.hosts.get_mut(number) else { return };
        if core::mem::replace(&mut kept.is_due, true) {
            return;
        }
        // From now on, even if the last row was long ago: those that are due are in order.
        let interval = self.settings.row_interval_nanos;
        let time = Timestamp::from_nanos(self.now.as_nanos().saturating_add(interval));
        self.due.push_back(Due { time, host: number, generation });
    }

    /// Writes the row of a host, if it says something else than the last one.
    fn write_if_changed(&mut self, number: u32, rows: &mut impl FnMut(HostRow<'_>)) {
        let Some(kept) = self.hosts.get_mut(number) else { return };
        kept.is_due = false;
        let summary = kept.host.summary(&self.values);
        let written = Written {
            system: summary.systems.map(|it| it.likeliest_system().0),
            label: summary.label,
            verdict: summary.consistency.verdict,
        };
        if kept.is_changed || kept.written != Some(written) {
            (kept.written, kept.is_changed) = (Some(written), false);
            rows(kept.host.row_of(&summary, &self.values, true, false));
        }
    }

    fn find_or_add(
        &mut self,
        key: Key,
        time: Timestamp,
        rows: &mut impl FnMut(HostRow<'_>),
    ) -> u32 {
        if let Some(place) = self.index.get(&key) {
            return *place;
        }
        self.make_room(HOST_BYTES, rows);
        let host = Host::new(key, time);
        let kept = Kept { host, written: None, is_changed: false, is_due: false };
        let number = self.hosts.push(kept);
        self.index.insert(key, number);
        number
    }

    /// Evicts hosts until there is room for so many bytes.
    fn make_room(&mut self, bytes: usize, rows: &mut impl FnMut(HostRow<'_>)) {
        while self.memory() + bytes > self.settings.evidence_memory {
            let Some(oldest) = self.hosts.oldest() else { break };
            self.evicted += 1;
            self.remove(oldest, false, rows);
        }
    }

    /// Removes a host, with its last row.
    fn remove(&mut self, number: u32, is_complete: bool, rows: &mut impl FnMut(HostRow<'_>)) {
        let Some(Kept { host, .. }) = self.hosts.remove(number) else { return };
        self.index.remove(&host.key);
        self.heap_bytes -= host.heap_bytes();
        rows(host.row(&self.values, is_complete, true));
        // Where hosts come and go within an interval, most of those that wait are gone.
        if self.due.len() > 2 * self.index.len() {
            let hosts = &self.hosts;
            self.due.retain(|due| hosts.generation(due.host) == due.generation);
        }
    }
}
