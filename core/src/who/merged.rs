//! Hosts by the rows of records, in whatever order these come: for processes that share the work.

use std::collections::HashMap;

use super::host::{Host, Key};
use super::lru::Lru;
use super::row::HostRow;
use super::row_evidence::{BadRecordRow, Head, Telling};
use super::state::HostState;
use super::values::Values;
use crate::endpoint::Side;
use crate::record::RecordRow;
use crate::state::Scope;

/// How merged hosts are kept; [`MergedHosts`] has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergeSettings {
    /// Memory for all hosts, in bytes; the one unused for longest is evicted for a new one.
    pub evidence_memory: usize,
    /// How long an idle host is kept, in seconds of the clock by which records arrive.
    pub idle_seconds: u64,
    /// Whether an address is one host in all networks.
    pub merge_paths: bool,
}

/// The hosts of all rows of records that were taken, with their evidence.
///
/// As [`Hosts`](super::Hosts), but for records that others have written, and that arrive in any
/// order: what a host's row says depends on the times in the records, not on their order, as long as
/// no more evidence comes of a layer than is kept. Each host has a state, with which another process
/// continues; a record that is taken again, by its place, changes nothing.
///
/// The systems that have a TLS library are not in records: they are told beside them.
///
/// ```
/// use stackprint::RecordRow;
/// use stackprint::who::{MergeSettings, MergedHosts};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let settings = MergeSettings { evidence_memory: 1 << 20, idle_seconds: 7200, merge_paths: false };
/// let record = r#"{"schema":"stackprint.record.v1","time":"2026-11-18T11:06:40Z","kind":"uptime",
///     "client":{"ip":"192.0.2.30","port":40000},"server":{"ip":"192.0.2.80","port":443},
///     "subject":"client","signature":null,"os":null,"ttl":null,"notes":[],"mtu":null,"change":null,
///     "uptime":{"seconds":600,"frequency_hz":1000,"raw_frequency_hz":1000.0,"modulo_days":49,
///         "watched_ms":5000,"reliable":false,"why":"one_peer"}}"#;
/// let record: RecordRow<'_> = serde_json::from_str(record)?;
/// let mut hosts = MergedHosts::new(settings);
/// hosts.take(&record, &[], 0, 0, &mut |_| {})?;
///
/// // Another process continues with the state, and is told of the same record again.
/// let mut others = MergedHosts::new(settings);
/// hosts.write_changed(&mut |_, state| assert!(others.restore(state)));
/// others.take(&record, &[], 0, 0, &mut |_| {})?;
/// assert!(others.rows().eq(hosts.rows()));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MergedHosts {
    settings: MergeSettings,
    values: Values,
    index: HashMap<Key, u32>,
    hosts: Lru<Kept>,
    /// Hosts that have changed since their rows were written.
    changed: Vec<Key>,
    heap_bytes: usize,
    evicted: u64,
}

#[derive(Debug)]
struct Kept {
    host: Host,
    /// The place after the last record that was taken.
    next: u64,
    /// When that was, in seconds.
    arrived: u64,
    is_changed: bool,
}

/// Of a host, besides its evidence: its place, its entry in the index, which is at most half empty,
/// and among those that have changed.
const HOST_BYTES: usize = Lru::<Kept>::VALUE_BYTES + 2 * size_of::<(Key, u32)>() + size_of::<Key>();

impl MergedHosts {
    /// Without hosts.
    #[must_use]
    pub fn new(settings: MergeSettings) -> MergedHosts {
        MergedHosts {
            settings,
            values: Values::default(),
            index: HashMap::new(),
            hosts: Lru::default(),
            changed: Vec::new(),
            heap_bytes: 0,
            evicted: 0,
        }
    }

    /// Takes what a row says of its subject; `systems` are those of
    /// [`Library::systems`](crate::tls::Library::systems), if it is of a TLS hello. It comes from this place of its input, at this time in
    /// seconds: both increase. Of a host that was told of this place before, nothing is taken. Gives
    /// the last rows of hosts that are evicted.
    ///
    /// # Errors
    ///
    /// If a field has a value that no record has; nothing of the row is taken then.
    pub fn take(
        &mut self,
        row: &RecordRow<'_>,
        systems: &[&str],
        place: u64,
        now: u64,
        evicted: &mut impl FnMut(&HostRow<'_>),
    ) -> Result<(), BadRecordRow> {
        let head = Head::of(row)?;
        let end = match head.subject {
            Side::Client => row.client,
            Side::Server => row.server,
        };
        let path = row.path.iter().map(|word| &**word);
        let scope = if self.settings.merge_paths { Scope::NONE } else { Scope::of_words(path) };
        let key = Key { ip: end.ip, scope };
        let number = match self.index.get(&key) {
            Some(number) => *number,
            None => {
                self.make_room(HOST_BYTES, evicted);
                self.add(Kept {
                    host: Host::new(key, head.time),
                    next: 0,
                    arrived: now,
                    is_changed: false,
                })
            }
        };
        let Some(kept) = self.hosts.get_mut(number) else { return Ok(()) };
        if place < kept.next {
            return Ok(());
        }
        let before = kept.host.heap_bytes();
        let time = head.time;
        let mut telling = Telling { host: &mut kept.host, values: &mut self.values, systems, time };
        telling.take(&head, row);
        (kept.next, kept.arrived) = (place + 1, now);
        self.heap_bytes += kept.host.heap_bytes() - before;
        if !core::mem::replace(&mut kept.is_changed, true) {
            self.changed.push(key);
        }
        self.hosts.touch(number);
        self.make_room(0, evicted);
        Ok(())
    }

    /// Restores a host that another process has left. Returns `false` if the state is of another
    /// version, or damaged: the host begins anew. To be called before the first row is taken, in the
    /// order in which the states were written, once for each host.
    pub fn restore(&mut self, state: &HostState<'_>) -> bool {
        let Some(host) = state.host(&mut self.values) else { return false };
        if self.index.contains_key(&host.key) {
            return false;
        }
        self.heap_bytes += host.heap_bytes();
        let (next, arrived) = (state.next, state.arrived);
        self.add(Kept { host, next, arrived, is_changed: false });
        self.make_room(0, &mut |_| {});
        true
    }

    /// Gives the row and the state of each host that has changed since the last call.
    pub fn write_changed(&mut self, each: &mut impl FnMut(&HostRow<'_>, &HostState<'_>)) {
        for key in core::mem::take(&mut self.changed) {
            let Some(kept) = self.index.get(&key).and_then(|it| self.hosts.get_mut(*it)) else {
                continue;
            };
            if core::mem::replace(&mut kept.is_changed, false) {
                let state = HostState::new(&kept.host, &self.values, kept.next, kept.arrived);
                each(&kept.host.row(&self.values, true, false), &state);
            }
        }
    }

    /// Forgets the hosts of which no record has come for too long, and gives their last rows.
    pub fn expire(&mut self, now: u64, expired: &mut impl FnMut(&HostRow<'_>)) {
        while let Some(oldest) = self.oldest_if_idle(now) {
            self.remove(oldest, true, expired);
        }
    }

    /// Whether a host has expired.
    #[must_use]
    pub fn is_any_idle(&self, now: u64) -> bool {
        self.oldest_if_idle(now).is_some()
    }

    /// The rows of all hosts as they are now, in no order.
    pub fn rows(&self) -> impl Iterator<Item = HostRow<'_>> {
        self.hosts.iter().map(|kept| kept.host.row(&self.values, true, false))
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
        self.index.len() * HOST_BYTES + self.heap_bytes + self.values.bytes()
    }

    fn oldest_if_idle(&self, now: u64) -> Option<u32> {
        let oldest = self.hosts.oldest()?;
        let arrived = self.hosts.get(oldest)?.arrived;
        (arrived.saturating_add(self.settings.idle_seconds) < now).then_some(oldest)
    }

    fn add(&mut self, kept: Kept) -> u32 {
        let key = kept.host.key;
        let number = self.hosts.push(kept);
        self.index.insert(key, number);
        number
    }

    /// Evicts hosts until there is room for so many bytes.
    fn make_room(&mut self, bytes: usize, evicted: &mut impl FnMut(&HostRow<'_>)) {
        while self.memory() + bytes > self.settings.evidence_memory {
            let Some(oldest) = self.hosts.oldest() else { break };
            self.evicted += 1;
            self.remove(oldest, false, evicted);
        }
    }

    /// Removes a host, with its last row.
    fn remove(&mut self, number: u32, is_complete: bool, last: &mut impl FnMut(&HostRow<'_>)) {
        let Some(Kept { host, .. }) = self.hosts.remove(number) else { return };
        self.index.remove(&host.key);
        self.heap_bytes -= host.heap_bytes();
        last(&host.row(&self.values, is_complete, true));
    }
}
