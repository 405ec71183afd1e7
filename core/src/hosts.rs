//! The only state: which hosts and flows were seen, bounded in number and age.

mod address;
mod flow;
mod host;
mod index;
mod keys;
mod limits;
mod p0f_interest;
mod room;
mod scope;
mod table;
mod watch;

use crate::change::Seen;
use crate::database::IdMap;
pub(crate) use crate::endpoint::{Endpoint, Side};
use crate::observation::{Compat, Direction};
use crate::wire::Path;
use address::{Address, flow_hash, scoped_hash};
pub(crate) use flow::Flow;
use host::Extra;
pub(crate) use host::{ClockEvidence, Host, Scores};
pub(crate) use keys::{Key, Keys};
pub use limits::Limits;
use p0f_interest::Interest;
pub(crate) use scope::Scope;
use table::Table;
pub(crate) use watch::{Doubt, Watch};
use watch::{NONE, Slab};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FlowId(u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HostId(u32);

#[derive(Debug)]
pub(crate) struct Hosts {
    limits: Limits,
    compat: Compat,
    /// Keys the hash, so that nobody can choose addresses that meet in one place.
    seed: u64,
    /// Whether an address is one host in all networks.
    merge_paths: bool,
    hosts: Table<Host>,
    /// What does not fit into the hosts' entries.
    watches: Slab<Watch>,
    doubts: Slab<Doubt>,
    /// The same by p0f's rules.
    extras: Slab<Extra>,
    flows: Table<Flow>,
    /// Only for p0f's rules.
    p0f: P0fState,
    last_expiry_s: u64,
    /// Hosts and flows that had to make place.
    evicted_hosts: u64,
    evicted_flows: u64,
}

/// What only p0f's rules need to remember.
#[derive(Debug, Default)]
struct P0fState {
    /// Packets since expired entries were last looked for.
    packets: u32,
    /// How many flows refer to each host, by number: it cannot go before them.
    uses: Vec<u32>,
    /// How long p0f's HTTP reader would keep each flow, by number.
    interests: Vec<Interest>,
}

impl Hosts {
    pub(crate) fn new(limits: Limits, compat: Compat, seed: u64) -> Hosts {
        Hosts {
            limits,
            compat,
            seed,
            merge_paths: false,
            hosts: Table::new(seed, limits.hosts),
            watches: match compat {
                Compat::Fixed => Slab::with_room(limits.hosts as usize),
                Compat::P0fExact => Slab::new(),
            },
            doubts: Slab::new(),
            extras: Slab::new(),
            flows: Table::new(seed, limits.flows),
            p0f: P0fState::default(),
            last_expiry_s: 0,
            evicted_hosts: 0,
            evicted_flows: 0,
        }
    }

    /// An address is one host, whatever network it is seen in.
    pub(crate) fn merge_paths(self, merge_paths: bool) -> Hosts {
        Hosts { merge_paths, ..self }
    }

    pub(crate) fn host_count(&self) -> usize {
        self.hosts.len()
    }

    pub(crate) fn flow_count(&self) -> usize {
        self.flows.len()
    }

    pub(crate) fn evicted(&self) -> (u64, u64) {
        (self.evicted_hosts, self.evicted_flows)
    }

    /// The database is another: what is remembered of systems is put in its terms.
    pub(crate) fn remap_signatures(&mut self, id_map: &IdMap) {
        self.hosts.entries_mut().for_each(|host| host.remap_signatures(id_map));
        self.extras.entries_mut().for_each(|extra| extra.remap_signatures(id_map));
        self.watches.entries_mut().for_each(|watch| watch.remap_signatures(id_map));
        self.doubts.entries_mut().for_each(|doubt| doubt.remap_signatures(id_map));
    }

    /// With the same settings, and nothing remembered, for other rules.
    pub(crate) fn forgotten(&self, compat: Compat) -> Hosts {
        Hosts::new(self.limits, compat, self.seed).merge_paths(self.merge_paths)
    }

    pub(crate) fn flow(&mut self, id: FlowId) -> Option<&mut Flow> {
        self.flows.get_mut(id.0)
    }

    pub(crate) fn host(&mut self, id: HostId) -> Option<&mut Host> {
        self.hosts.get_mut(id.0)
    }

    /// What the hosts and the flow of a packet are found by.
    #[inline]
    pub(crate) fn keys(&self, source: Endpoint, destination: Endpoint) -> Keys {
        let is_v6 = source.ip.is_ipv6();
        let key = |Endpoint { ip, port }: Endpoint| {
            let address = Address::of(ip);
            Key { address, hash: address.hash(is_v6, self.seed), port }
        };
        let (source, destination) = (key(source), key(destination));
        let flow_hash = flow_hash([source, destination].map(|key| (key.hash, key.port)));
        Keys { source, destination, is_v6, flow_hash }
    }

    /// The network in which the ends of a packet are hosts. Flows do not depend on it: the two
    /// directions of a connection may be seen in two networks, such as the tunnels of GTP.
    #[inline]
    pub(crate) fn scope(&self, path: &Path) -> Scope {
        let is_one = path.is_empty() || self.merge_paths || self.compat == Compat::P0fExact;
        if is_one { Scope::NONE } else { Scope::of(path) }
    }

    /// Asks for what [`open_flow`](Hosts::open_flow) will look at: with many hosts, none of it is
    /// near, and one wait is shorter than three. With fewer, asking costs more than waiting.
    #[inline]
    pub(crate) fn warm(&self, keys: &Keys, scope: Scope) {
        const MANY_HOSTS: usize = 1 << 18;
        if self.hosts.len() < MANY_HOSTS {
            return;
        }
        self.flows.warm(keys.flow_hash);
        self.hosts.warm(scoped_hash(keys.source.hash, scope, self.seed));
        self.hosts.warm(scoped_hash(keys.destination.hash, scope, self.seed));
    }

    /// The flow to which a packet belongs, and which side of it sent the packet.
    #[inline]
    pub(crate) fn find_flow(&mut self, keys: &Keys, now_s: u64) -> Option<(FlowId, Side)> {
        let mut found = None;
        let number = self.flows.find(keys.flow_hash, |flow| {
            found = flow.sender(keys).map(|side| (side, flow.created_s()));
            found.is_some()
        })?;
        let (side, created_s) = found?;
        if self.compat == Compat::Fixed && self.is_old(created_s, now_s, self.limits.flow_seconds) {
            self.remove_flow(number);
            return None;
        }
        Some((FlowId(number), side))
    }

    /// Makes a flow, and its hosts where they are new; both count as seen now. `sender` is who sent
    /// the packet. The flow's number and those of client and server.
    #[inline]
    pub(crate) fn open_flow(
        &mut self,
        keys: &Keys,
        scope: Scope,
        sender: Side,
        now_ms: u64,
    ) -> (FlowId, [HostId; 2]) {
        self.make_place_for_flow();
        let hosts = [Side::Client, Side::Server].map(|side| {
            let number = self.see_host(keys.of(side, sender), keys.is_v6, scope, now_ms / 1000);
            if self.compat == Compat::P0fExact {
                *place(&mut self.p0f.uses, number) += 1;
            }
            HostId(number)
        });
        let number = self.flows.insert(keys.flow_hash, Flow::new(keys, sender, now_ms));
        if self.compat == Compat::P0fExact {
            *place(&mut self.p0f.interests, number) = Interest::default();
        }
        (FlowId(number), hosts)
    }

    pub(crate) fn close_flow(&mut self, flow: FlowId) {
        self.remove_flow(flow.0);
    }

    fn remove_flow(&mut self, number: u32) {
        if self.compat == Compat::P0fExact {
            self.release_hosts_of(number);
        }
        self.flows.remove(number);
    }

    /// A flow no longer keeps its hosts from going.
    fn release_hosts_of(&mut self, number: u32) {
        // Closed before, perhaps, as a flow can be for more than one reason.
        let Some(flow) = self.flows.get(number).filter(|_| self.flows.holds(number)) else {
            return;
        };
        let ends = [Side::Client, Side::Server].map(|side| flow.address(side));
        for (address, is_v6) in ends {
            let hash = address.hash(is_v6, self.seed);
            if let Some(host) = self.find_host(address, is_v6, Scope::NONE, hash) {
                *place(&mut self.p0f.uses, host) -= 1;
            }
        }
    }

    /// Whether p0f's HTTP reader would still keep the flow, after this payload.
    pub(crate) fn p0f_keeps(&mut self, flow: FlowId, side: Side, payload: &[u8]) -> bool {
        place(&mut self.p0f.interests, flow.0).take(side, payload)
    }

    #[inline]
    fn find_host(&self, address: Address, is_v6: bool, scope: Scope, hash: u64) -> Option<u32> {
        let hash = scoped_hash(hash, scope, self.seed);
        self.hosts.find(hash, |host| host.is(address, is_v6, scope))
    }

    /// The host at one end of a flow, in a network. A host that had to
    /// make place meanwhile comes back, empty.
    pub(crate) fn host_of(
        &mut self,
        flow: FlowId,
        side: Side,
        scope: Scope,
        now_s: u64,
    ) -> Option<HostId> {
        let (address, is_v6) = self.flows.get(flow.0)?.address(side);
        let hash = address.hash(is_v6, self.seed);
        let found = self.find_host(address, is_v6, scope, hash);
        let key = Key { address, hash, port: 0 };
        Some(HostId(found.unwrap_or_else(|| self.see_host(&key, is_v6, scope, now_s))))
    }

    /// Finds or makes a host, and makes it the one seen last.
    #[inline]
    fn see_host(&mut self, key: &Key, is_v6: bool, scope: Scope, now_s: u64) -> u32 {
        let Some(number) = self.find_host(key.address, is_v6, scope, key.hash) else {
            self.make_place_for_host();
            let mut host = Host::new(key.address, is_v6, scope);
            host.last_seen_s = now_s as u32;
            return self.hosts.insert(scoped_hash(key.hash, scope, self.seed), host);
        };
        let last_seen_s = self.hosts.get(number).map_or(0, |host| host.last_seen_s);
        if self.compat == Compat::Fixed
            && self.is_old(u64::from(last_seen_s), now_s, self.limits.host_idle_seconds)
        {
            self.forget_extra(number);
            if let Some(host) = self.hosts.get_mut(number) {
                *host = Host::new(key.address, is_v6, scope);
            }
        }
        if let Some(host) = self.hosts.get_mut(number) {
            host.last_seen_s = now_s as u32;
        }
        self.hosts.renew(number);
        number
    }

    /// The host's last SYN, as a client, or SYN+ACK, as a server, where it has no watch. By p0f's
    /// rules, wherever it is.
    #[inline]
    pub(crate) fn last(&self, id: HostId, direction: Direction) -> Option<Seen> {
        let host = self.hosts.get(id.0)?;
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
        let Some(host) = self.hosts.get_mut(id.0) else { return };
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
        let Some(host) = self.hosts.get_mut(id.0) else { return true };
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
        let host = self.hosts.get_mut(id.0)?;
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
        let host = self.hosts.get(id.0);
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
        let extra = self.hosts.get(id.0)?.extra()?;
        self.extras.get_mut(extra).map(|extra| &mut extra.scores)
    }

    /// The host's history of scores, begun if there is none.
    pub(crate) fn begin_scores(&mut self, id: HostId) -> Option<&mut Scores> {
        self.extra(id).map(|extra| &mut extra.scores)
    }

    /// What does not fit into the host's entry, by p0f's rules; made if there is none.
    fn extra(&mut self, id: HostId) -> Option<&mut Extra> {
        let host = self.hosts.get_mut(id.0)?;
        let number = host.extra().unwrap_or_else(|| {
            let number = self.extras.add(host.take_extra());
            host.set_extra(number);
            number
        });
        self.extras.get_mut(number)
    }

    fn forget_extra(&mut self, host: u32) {
        let Some(host) = self.hosts.get(host) else { return };
        if self.compat == Compat::P0fExact {
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

    fn remove_host(&mut self, number: u32) {
        self.forget_extra(number);
        self.hosts.remove(number);
    }

    /// Whether more than `limit_s` seconds have passed. Times are compared in 32 bits, as the hosts
    /// keep them.
    fn is_old(&self, since_s: u64, now_s: u64, limit_s: u32) -> bool {
        let age = (now_s as u32).wrapping_sub(since_s as u32);
        match self.compat {
            // A capture's clock that steps back ages nothing.
            Compat::Fixed => age.cast_signed() > limit_s.cast_signed(),
            // p0f has no sign: a clock that steps back expires everything.
            Compat::P0fExact => age > limit_s,
        }
    }
}

/// The place of a number in a list that grows as needed.
fn place<T: Default + Clone>(list: &mut Vec<T>, number: u32) -> &mut T {
    let at = number as usize;
    if list.len() <= at {
        list.resize(at + 1, T::default());
    }
    &mut list[at]
}
