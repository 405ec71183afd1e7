//! The only state: which hosts and flows were seen, bounded in number and age.

mod p0f_interest;
mod table;

use core::net::IpAddr;

use crate::change::{History, Seen};
use crate::database::SignatureId;
use crate::observation::{Compat, Direction};
use crate::uptime::Reading;
use p0f_interest::Interest;
use table::Table;

/// How much is remembered, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Hosts (addresses) remembered at once; the one unused for longest makes place for a new one.
    /// About 100 octets each.
    pub hosts: u32,
    /// Flows (connections) remembered at once; the oldest make place for new ones. About 60 octets
    /// each.
    pub flows: u32,
    /// How long a flow is remembered after its SYN, in seconds of capture time.
    pub flow_seconds: u32,
    /// How long an idle host is remembered, in seconds of capture time.
    pub host_idle_seconds: u32,
}

impl Limits {
    /// p0f's own limits.
    pub const P0F: Limits =
        Limits { hosts: 10_000, flows: 1000, flow_seconds: 30, host_idle_seconds: 7200 };
}

impl Default for Limits {
    /// 200,000 hosts and 100,000 flows, with p0f's lifetimes.
    fn default() -> Limits {
        Limits { hosts: 200_000, flows: 100_000, ..Limits::P0F }
    }
}

/// An address and port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Address.
    pub ip: IpAddr,
    /// TCP port.
    pub port: u16,
}

/// Who is who in a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) source: Endpoint,
    pub(crate) destination: Endpoint,
}

/// The side of a flow that sent a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The one that opened the connection.
    Client,
    /// The one that answers.
    Server,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct FlowId(u32);

#[derive(Debug, Clone, Copy)]
pub(crate) struct HostId(u32);

/// One address.
#[derive(Debug)]
pub(crate) struct Host {
    address: IpAddr,
    last_seen_s: u64,
    /// Flows that refer to this host: it cannot go before them.
    flows: u32,
    /// The last signature that named its system.
    pub(crate) system: Option<SignatureId>,
    pub(crate) last_client_port: Option<u16>,
    pub(crate) clock: ClockEvidence,
    pub(crate) last_syn: Option<Seen>,
    pub(crate) last_syn_ack: Option<Seen>,
    /// Only for hosts that ever scored.
    pub(crate) scores: Option<Box<Scores>>,
}

impl Host {
    pub(crate) fn last(&mut self, direction: Direction) -> &mut Option<Seen> {
        match direction {
            Direction::Syn => &mut self.last_syn,
            Direction::SynAck => &mut self.last_syn_ack,
        }
    }
}

/// Signs of change gathered for a host.
#[derive(Debug, Default)]
pub(crate) struct Scores {
    pub(crate) as_client: History,
    pub(crate) as_server: History,
    pub(crate) reasons: crate::change::ChangeReasons,
}

/// What was seen of a host's timestamp clock across connections.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ClockEvidence {
    /// It ran on from a connection with one peer to one with another.
    pub(crate) steady_across_peers: bool,
    /// It jumped.
    pub(crate) jumps: bool,
}

/// One connection, from its SYN on.
#[derive(Debug)]
pub(crate) struct Flow {
    client: u32,
    server: u32,
    client_port: u16,
    server_port: u16,
    created_s: u64,
    /// The sequence number behind the SYN, and how much payload the SYN brought, in octets: the
    /// server acknowledges the one, or up to the other.
    pub(crate) behind_syn: u32,
    pub(crate) syn_payload_len: u32,
    /// The client's next sequence number.
    pub(crate) client_next: u32,
    /// The server's next sequence number, once its SYN+ACK was seen.
    pub(crate) server_next: Option<u32>,
    /// MSS of the SYN, if it announced one.
    pub(crate) client_mss: Option<u16>,
    /// Made by p0f-sendsyn.
    pub(crate) is_probe: bool,
    /// Uptime was found, or given up, for each side.
    pub(crate) client_clock_done: bool,
    pub(crate) server_clock_done: bool,
    /// The clocks of both sides as their SYN and SYN+ACK showed them.
    client_reading: Option<Reading>,
    server_reading: Option<Reading>,
    /// How long p0f would keep the flow; idle otherwise.
    pub(crate) interest: Interest,
}

impl Flow {
    /// Whether a SYN+ACK with this acknowledgement number answers the flow's SYN.
    pub(crate) fn is_acknowledged_by(&self, acknowledgment: u32) -> bool {
        acknowledgment.wrapping_sub(self.behind_syn) <= self.syn_payload_len
    }

    pub(crate) fn first_reading(&mut self, side: Side) -> &mut Option<Reading> {
        match side {
            Side::Client => &mut self.client_reading,
            Side::Server => &mut self.server_reading,
        }
    }

    pub(crate) fn clock_done(&mut self, side: Side) -> &mut bool {
        match side {
            Side::Client => &mut self.client_clock_done,
            Side::Server => &mut self.server_clock_done,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Hosts {
    limits: Limits,
    compat: Compat,
    /// Keys the hash, so that nobody can choose addresses that meet in one place.
    seed: u64,
    hosts: Table<Host>,
    flows: Table<Flow>,
    /// p0f counts packets and looks for expired entries at every 50th.
    packets: u32,
    last_expiry_s: u64,
    /// Hosts and flows that had to make place.
    evicted_hosts: u64,
    evicted_flows: u64,
}

/// p0f looks for expired entries when it has counted this many packets …
const P0F_EXPIRY_PACKETS: u32 = 50;
/// … and, when a table is full, drops this part of the flows.
const P0F_PRUNE_PERCENT: usize = 10;

impl Hosts {
    pub(crate) fn new(limits: Limits, compat: Compat, seed: u64) -> Hosts {
        Hosts {
            limits,
            compat,
            seed,
            hosts: Table::new(),
            flows: Table::new(),
            packets: 0,
            last_expiry_s: 0,
            evicted_hosts: 0,
            evicted_flows: 0,
        }
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

    pub(crate) fn flow(&mut self, id: FlowId) -> Option<&mut Flow> {
        self.flows.get_mut(id.0)
    }

    pub(crate) fn host(&mut self, id: HostId) -> Option<&mut Host> {
        self.hosts.get_mut(id.0)
    }

    /// The host on one side of a flow.
    pub(crate) fn host_of(&self, flow: FlowId, side: Side) -> Option<HostId> {
        let flow = self.flows.get(flow.0)?;
        Some(HostId(match side {
            Side::Client => flow.client,
            Side::Server => flow.server,
        }))
    }

    /// Both ends of a flow: client, server.
    pub(crate) fn ends_of(&self, flow: FlowId) -> Option<(Endpoint, Endpoint)> {
        let flow = self.flows.get(flow.0)?;
        let end = |host, port| self.hosts.get(host).map(|host| Endpoint { ip: host.address, port });
        Some((end(flow.client, flow.client_port)?, end(flow.server, flow.server_port)?))
    }

    /// The flow to which a packet belongs, and which side of it sent the packet.
    #[inline]
    pub(crate) fn find_flow(&mut self, ends: &Ends, now_s: u64) -> Option<(FlowId, Side)> {
        let (low, high) = ends.ordered();
        let number = self.flows.find(self.flow_hash(ends), |flow| {
            let (client, server) = (self.end(flow, Side::Client), self.end(flow, Side::Server));
            (client == Some(low) && server == Some(high))
                || (client == Some(high) && server == Some(low))
        })?;
        let flow = self.flows.get(number)?;
        if self.compat == Compat::Mended
            && self.is_old(flow.created_s, now_s, self.limits.flow_seconds)
        {
            self.remove_flow(number);
            return None;
        }
        let from_client = self.end(flow, Side::Client) == Some(ends.source);
        Some((FlowId(number), if from_client { Side::Client } else { Side::Server }))
    }

    fn end(&self, flow: &Flow, side: Side) -> Option<Endpoint> {
        let (host, port) = match side {
            Side::Client => (flow.client, flow.client_port),
            Side::Server => (flow.server, flow.server_port),
        };
        self.hosts.get(host).map(|host| Endpoint { ip: host.address, port })
    }

    /// Makes a flow, and its hosts where they are new; both count as seen now.
    pub(crate) fn open_flow(&mut self, client: Endpoint, server: Endpoint, now_s: u64) -> FlowId {
        self.make_place_for_flow();
        let client_host = self.see_host(client.ip, now_s);
        let server_host = self.see_host(server.ip, now_s);
        let hash = self.flow_hash(&Ends { source: client, destination: server });
        FlowId(self.flows.insert(
            hash,
            Flow {
                client: client_host,
                server: server_host,
                client_port: client.port,
                server_port: server.port,
                created_s: now_s,
                behind_syn: 0,
                syn_payload_len: 0,
                client_next: 0,
                server_next: None,
                client_mss: None,
                is_probe: false,
                client_clock_done: false,
                server_clock_done: false,
                client_reading: None,
                server_reading: None,
                interest: Interest::default(),
            },
        ))
    }

    pub(crate) fn close_flow(&mut self, flow: FlowId) {
        self.remove_flow(flow.0);
    }

    fn remove_flow(&mut self, number: u32) {
        let Some(flow) = self.flows.get(number) else { return };
        let ends = [flow.client, flow.server];
        if !self.flows.remove(number) {
            // Closed before, as a flow can be for more than one reason.
            return;
        }
        for host in ends {
            if let Some(host) = self.hosts.get_mut(host) {
                host.flows -= 1;
            }
        }
    }

    /// Finds or makes a host, for one more flow.
    fn see_host(&mut self, address: IpAddr, now_s: u64) -> u32 {
        let hash = self.host_hash(address);
        let known = self.hosts.find(hash, |host| host.address == address);
        if let Some(number) = known {
            let limit = self.limits.host_idle_seconds;
            let compat = self.compat;
            let is_old =
                |since| compat == Compat::Mended && Self::age(since, now_s) > u64::from(limit);
            if let Some(host) = self.hosts.get_mut(number) {
                if is_old(host.last_seen_s) && host.flows == 0 {
                    *host = Host::new(address);
                }
                host.last_seen_s = now_s;
                host.flows += 1;
            }
            self.hosts.renew(number);
            return number;
        }
        self.make_place_for_host();
        let host = Host { last_seen_s: now_s, flows: 1, ..Host::new(address) };
        self.hosts.insert(hash, host)
    }

    fn make_place_for_flow(&mut self) {
        let limit = self.limits.flows as usize;
        match self.compat {
            Compat::Mended if self.flows.len() >= limit.max(1) => self.evict_flows(1),
            Compat::P0fExact if self.flows.len() > limit => self.prune_like_p0f(),
            _ => {}
        }
    }

    fn make_place_for_host(&mut self) {
        let limit = self.limits.hosts as usize;
        match self.compat {
            Compat::Mended if self.hosts.len() >= limit.max(2) => self.evict_host(),
            Compat::P0fExact if self.hosts.len() > limit => {
                self.prune_like_p0f();
                if let Some(oldest) = self.hosts.oldest().filter(|&host| self.is_unused(host)) {
                    self.hosts.remove(oldest);
                    self.evicted_hosts += 1;
                }
            }
            _ => {}
        }
    }

    /// Drops the host unused for longest. Its flows, if any, are among the oldest: every flow of it
    /// was made when it was last seen or earlier.
    fn evict_host(&mut self) {
        let Some(oldest) = self.hosts.oldest() else { return };
        while !self.is_unused(oldest) && self.flows.len() > 0 {
            self.evict_flows(1);
        }
        self.hosts.remove(oldest);
        self.evicted_hosts += 1;
    }

    fn is_unused(&self, host: u32) -> bool {
        self.hosts.get(host).is_some_and(|host| host.flows == 0)
    }

    fn prune_like_p0f(&mut self) {
        self.evict_flows(1 + self.flows.len() * P0F_PRUNE_PERCENT / 100);
    }

    fn evict_flows(&mut self, count: usize) {
        for _ in 0..count {
            let Some(oldest) = self.flows.oldest() else { return };
            self.remove_flow(oldest);
            self.evicted_flows += 1;
        }
    }

    /// Counts a packet that p0f's filter lets through, and expires entries as p0f does.
    pub(crate) fn count_like_p0f(&mut self, now_s: u64) {
        self.packets += 1;
        if self.packets < P0F_EXPIRY_PACKETS {
            return;
        }
        self.packets = 0;
        self.expire(now_s);
    }

    /// Drops what is too old, at most once in a second of capture time.
    pub(crate) fn expire(&mut self, now_s: u64) {
        if now_s == self.last_expiry_s {
            return;
        }
        self.last_expiry_s = now_s;
        let flow_is_old = |hosts: &Hosts, number| {
            let flow: Option<&Flow> = hosts.flows.get(number);
            flow.is_some_and(|flow| hosts.is_old(flow.created_s, now_s, hosts.limits.flow_seconds))
        };
        while let Some(oldest) = self.flows.oldest().filter(|&number| flow_is_old(self, number)) {
            self.remove_flow(oldest);
        }
        let host_is_old = |hosts: &Hosts, number| {
            let host: Option<&Host> = hosts.hosts.get(number);
            host.is_some_and(|host| {
                host.flows == 0
                    && hosts.is_old(host.last_seen_s, now_s, hosts.limits.host_idle_seconds)
            })
        };
        while let Some(oldest) = self.hosts.oldest().filter(|&number| host_is_old(self, number)) {
            self.hosts.remove(oldest);
        }
    }

    fn is_old(&self, since_s: u64, now_s: u64, limit_s: u32) -> bool {
        let age = match self.compat {
            Compat::Mended => Self::age(since_s, now_s),
            // p0f counts in 32 bits without sign: a clock that steps back expires everything.
            Compat::P0fExact => u64::from((now_s as u32).wrapping_sub(since_s as u32)),
        };
        age > u64::from(limit_s)
    }

    /// Seconds since; none where the capture's clock stepped back.
    fn age(since_s: u64, now_s: u64) -> u64 {
        now_s.saturating_sub(since_s)
    }

    fn host_hash(&self, address: IpAddr) -> u32 {
        hash_words(self.seed, address_words(address), u64::from(address.is_ipv6()))
    }

    /// The same for both directions.
    fn flow_hash(&self, ends: &Ends) -> u32 {
        let (low, high) = ends.ordered();
        let ports = u64::from(low.port) << 16 | u64::from(high.port);
        let first = hash_words(self.seed, address_words(low.ip), ports);
        let seed = self.seed ^ u64::from(first);
        hash_words(seed, address_words(high.ip), ports << 1 | u64::from(low.ip.is_ipv6()))
    }
}

impl Host {
    fn new(address: IpAddr) -> Host {
        Host {
            address,
            last_seen_s: 0,
            flows: 0,
            system: None,
            last_client_port: None,
            clock: ClockEvidence::default(),
            last_syn: None,
            last_syn_ack: None,
            scores: None,
        }
    }
}

impl Ends {
    /// The same order for both directions.
    fn ordered(&self) -> (Endpoint, Endpoint) {
        let key = |end: &Endpoint| (end.ip, end.port);
        if key(&self.source) <= key(&self.destination) {
            (self.source, self.destination)
        } else {
            (self.destination, self.source)
        }
    }
}

fn address_words(address: IpAddr) -> [u64; 2] {
    match address {
        IpAddr::V4(ip) => [u64::from(u32::from(ip)), 0],
        IpAddr::V6(ip) => {
            let bits = u128::from(ip);
            [(bits >> 64) as u64, bits as u64]
        }
    }
}

/// A keyed hash: each word is multiplied to 128 bits with secret-dependent words, and folded.
fn hash_words(seed: u64, words: [u64; 2], extra: u64) -> u32 {
    const ODD_1: u64 = 0x9e37_79b9_7f4a_7c15;
    const ODD_2: u64 = 0xc2b2_ae3d_27d4_eb4f;
    let fold = |a: u64, b: u64| {
        let product = u128::from(a) * u128::from(b);
        (product as u64) ^ ((product >> 64) as u64)
    };
    let hash = fold(words[0] ^ seed, ODD_1 ^ seed.rotate_left(32));
    let hash = fold(hash ^ words[1], ODD_2 ^ seed);
    let hash = fold(hash ^ extra, ODD_1 ^ seed.rotate_left(16));
    (hash ^ (hash >> 32)) as u32
}

/// A small fingerprint of an address, to tell peers apart.
pub(crate) fn peer_tag(address: IpAddr) -> u16 {
    hash_words(0, address_words(address), 0) as u16
}
