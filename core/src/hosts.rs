//! The hosts of one shard: bounded in number and age, with what is remembered of each.

mod eviction;
mod host;
mod watch;

use crate::change::Seen;
use crate::compat::CompatRules;
use crate::database::IdMap;
use crate::endpoint::{Direction, Side};
use crate::state::{Address, Limits, Scope, Table, is_older, scoped_hash};
#[cfg(feature = "quic")]
use crate::tcp::signature::SignatureId;
use host::Extra;
pub(crate) use host::{ClockEvidence, Host, Scores};
#[cfg(feature = "http")]
pub(crate) use host::{HttpPast, PastResponse};
pub(crate) use watch::{Doubt, Watch};
use watch::{NONE, Slab};

/// The number of a host in its shard, until it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HostId(u32);

/// What a host is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HostKey {
    pub(crate) address: Address,
    pub(crate) is_v6: bool,
    pub(crate) scope: Scope,
    /// Of all of it.
    pub(crate) hash: u32,
    /// The same in each run: chooses the shard.
    pub(crate) mark: u32,
}

impl HostKey {
    /// `address_hash` is the address's own.
    #[inline]
    pub(crate) fn new(
        address: Address,
        is_v6: bool,
        scope: Scope,
        address_hash: u64,
        seed: u64,
    ) -> HostKey {
        HostKey {
            address,
            is_v6,
            scope,
            hash: scoped_hash(address_hash, scope, seed),
            mark: host_mark(address, scope),
        }
    }
}

/// Chooses the shard of a host.
#[inline]
pub(crate) fn host_mark(address: Address, scope: Scope) -> u32 {
    let word = scope.word();
    address.mark() ^ ((word >> 32) as u32 ^ word as u32).wrapping_mul(0x85eb_ca6b)
}

/// The hosts of a shard.
#[derive(Debug)]
pub(crate) struct Hosts {
    limit: u32,
    /// How long an idle host is kept, in seconds.
    idle_seconds: u32,
    rules: &'static CompatRules,
    table: Table<Host>,
    /// What does not fit into the hosts' entries.
    watches: Slab<Watch>,
    doubts: Slab<Doubt>,
    /// The same by p0f's rules.
    extras: Slab<Extra>,
    /// By p0f's rules, how many flows refer to each host, by number: it cannot go before them.
    uses: Vec<u32>,
    last_expiry_s: u64,
    evicted: u64,
}

impl Hosts {
    pub(crate) fn new(
        limit: u32,
        limits: &Limits,
        rules: &'static CompatRules,
        seed: u64,
    ) -> Hosts {
        Hosts {
            limit,
            idle_seconds: limits.host_idle_seconds,
            rules,
            table: Table::new(seed, limit),
            watches: if rules.changes_are_scored {
                Slab::new()
            } else {
                Slab::with_room(limit as usize)
            },
            doubts: Slab::new(),
            extras: Slab::new(),
            uses: Vec::new(),
            last_expiry_s: 0,
            evicted: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// How many were evicted because the table was full.
    pub(crate) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Translates what is remembered of systems into the numbers of another database.
    pub(crate) fn remap_signatures(&mut self, id_map: &IdMap) {
        self.table.entries_mut().for_each(|host| host.remap_signatures(id_map));
        self.extras.entries_mut().for_each(|extra| extra.remap_signatures(id_map));
        self.watches.entries_mut().for_each(|watch| watch.remap_signatures(id_map));
        self.doubts.entries_mut().for_each(|doubt| doubt.remap_signatures(id_map));
    }

    pub(crate) fn host(&mut self, id: HostId) -> Option<&mut Host> {
        self.table.get_mut(id.0)
    }

    /// Prefetches the cache lines at which [`see`](Hosts::see) will look.
    #[inline]
    pub(crate) fn prefetch(&self, hash: u32) {
        self.table.prefetch(hash);
    }

    /// By p0f's rules, one more flow refers to the host.
    pub(crate) fn hold(&mut self, id: HostId) {
        let at = id.0 as usize;
        if self.uses.len() <= at {
            self.uses.resize(at + 1, 0);
        }
        self.uses[at] += 1;
    }

    /// By p0f's rules, one flow less refers to the host.
    pub(crate) fn release(&mut self, key: &HostKey) {
        let found = self.find(key).and_then(|number| self.uses.get_mut(number as usize));
        if let Some(uses) = found {
            *uses -= 1;
        }
    }

    #[inline]
    fn find(&self, key: &HostKey) -> Option<u32> {
        self.table.find(key.hash, |host| host.is(key.address, key.is_v6, key.scope))
    }

    /// Whether the host is remembered.
    pub(crate) fn knows(&self, key: &HostKey) -> bool {
        self.find(key).is_some()
    }

    /// What system a host was taken for last, if it is remembered. Changes nothing.
    #[cfg(feature = "quic")]
    pub(crate) fn system(&self, key: &HostKey) -> Option<SignatureId> {
        self.table.get(self.find(key)?)?.system()
    }

    /// Finds a host. One that was evicted meanwhile comes back, empty.
    pub(crate) fn find_or_add(&mut self, key: &HostKey, now_s: u64) -> HostId {
        match self.find(key) {
            Some(number) => HostId(number),
            None => self.see(key, now_s),
        }
    }

    /// Finds or adds a host, and makes it the one seen last.
    #[inline]
    pub(crate) fn see(&mut self, key: &HostKey, now_s: u64) -> HostId {
        let Some(number) = self.find(key) else {
            self.evict_for_new();
            let mut host = Host::new(key.address, key.is_v6, key.scope);
            host.last_seen_s = now_s as u32;
            return HostId(self.table.insert(key.hash, host));
        };
        let last_seen_s = self.table.get(number).map_or(0, |host| host.last_seen_s);
        if !self.rules.expiry_waits_for_packets && self.is_old(u64::from(last_seen_s), now_s) {
            self.forget_extra(number);
            if let Some(host) = self.table.get_mut(number) {
                *host = Host::new(key.address, key.is_v6, key.scope);
            }
        }
        if let Some(host) = self.table.get_mut(number) {
            host.last_seen_s = now_s as u32;
        }
        self.table.renew(number);
        HostId(number)
    }

    /// The host's last SYN, as a client, or SYN+ACK, as a server, where it has no watch. By p0f's
    /// rules, wherever it is.
    #[inline]
    pub(crate) fn last(&self, id: HostId, direction: Direction) -> Option<Seen> {
        let host = self.table.get(id.0)?;
        let Some(extra) = host.extra() else {
            return host.unpack().filter(|&(of, _)| of == direction).map(|(_, seen)| seen);
        };
        let extra = self.extras.get(extra)?;
        match direction {
            Direction::Syn => extra.last_syn,
            Direction::SynAck => extra.last_syn_ack,
        }
    }

    /// Keeps a SYN or SYN+ACK in the host's entry, if it can lie there: the first one, or by p0f's
    /// rules the first direction. By p0f's rules, elsewhere if not.
    #[inline]
    pub(crate) fn set_last(&mut self, id: HostId, direction: Direction, seen: &Seen) {
        let Some(host) = self.table.get_mut(id.0) else { return };
        let fits = match host.unpack() {
            Some((of, _)) => of == direction,
            None => host.extra().is_none(),
        };
        if fits {
            host.pack(direction, seen);
        } else if let Some(extra) = self.extra(id) {
            match direction {
                Direction::Syn => extra.last_syn = Some(*seen),
                Direction::SynAck => extra.last_syn_ack = Some(*seen),
            }
        }
    }

    /// Notes what system a host is, and keeps its first SYN or SYN+ACK in its entry; `false` if there
    /// was one before.
    #[inline]
    pub(crate) fn keep_first(&mut self, id: HostId, direction: Direction, seen: &Seen) -> bool {
        let Some(host) = self.table.get_mut(id.0) else { return true };
        if let Some(system) = seen.matched {
            host.set_system(system);
        }
        let is_first = !host.has_past();
        if is_first {
            host.pack(direction, seen);
        }
        is_first
    }

    /// The watch of a host in a role. Made of what lies in its entry if there is none; where nothing
    /// of that role is known, it begins with `seen`, and that is all: `None`.
    pub(crate) fn watch(&mut self, id: HostId, side: Side, seen: &Seen) -> Option<u32> {
        let host = self.table.get_mut(id.0)?;
        if let Some((direction, first)) = host.unpack() {
            host.begin_watches();
            host.set_watch(Side::of(direction), self.watches.add(Watch::new(&first)));
        }
        let number = host.watch(side);
        if number.is_none() {
            host.set_watch(side, self.watches.add(Watch::new(seen)));
        }
        number
    }

    /// The watches of a host, if it has them: as client and as server.
    pub(crate) fn watch_numbers(&self, id: HostId) -> [Option<u32>; 2] {
        let host = self.table.get(id.0);
        [Side::Client, Side::Server].map(|side| host.and_then(|host| host.watch(side)))
    }

    pub(crate) fn watch_mut(&mut self, number: u32) -> Option<&mut Watch> {
        self.watches.get_mut(number)
    }

    /// The doubts about a host in one role, begun if there are none and `begin` says so.
    pub(crate) fn doubt(&mut self, watch: u32, begin: bool) -> Option<&mut Doubt> {
        let watch = self.watches.get_mut(watch)?;
        if watch.doubt == NONE && begin {
            watch.doubt = self.doubts.add(Doubt::default());
        }
        self.doubts.get_mut(watch.doubt)
    }

    /// The host's history of scores, if it ever scored.
    pub(crate) fn scores(&mut self, id: HostId) -> Option<&mut Scores> {
        let extra = self.table.get(id.0)?.extra()?;
        self.extras.get_mut(extra).map(|extra| &mut extra.scores)
    }

    /// The host's history of scores, begun if there is none.
    pub(crate) fn begin_scores(&mut self, id: HostId) -> Option<&mut Scores> {
        self.extra(id).map(|extra| &mut extra.scores)
    }

    /// What is remembered of the host's HTTP heads, by p0f's rules.
    #[cfg(feature = "http")]
    pub(crate) fn http_past(&mut self, id: HostId) -> Option<&mut HttpPast> {
        self.extra(id).map(|extra| &mut extra.http)
    }

    /// What does not fit into the host's entry, by p0f's rules; made if there is none.
    fn extra(&mut self, id: HostId) -> Option<&mut Extra> {
        let host = self.table.get_mut(id.0)?;
        let number = host.extra().unwrap_or_else(|| {
            let number = self.extras.add(host.take_extra());
            host.set_extra(number);
            number
        });
        self.extras.get_mut(number)
    }

    fn forget_extra(&mut self, host: u32) {
        let Some(host) = self.table.get(host) else { return };
        if self.rules.changes_are_scored {
            if let Some(extra) = host.extra() {
                self.extras.remove(extra);
            }
            return;
        }
        for number in [Side::Client, Side::Server].into_iter().filter_map(|side| host.watch(side)) {
            let doubt = self.watches.get(number).map_or(NONE, |watch| watch.doubt);
            if doubt != NONE {
                self.doubts.remove(doubt);
            }
            self.watches.remove(number);
        }
    }

    fn is_old(&self, since_s: u64, now_s: u64) -> bool {
        is_older(since_s, now_s, self.idle_seconds, self.rules)
    }
}
