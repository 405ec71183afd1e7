//! What is known of hosts at the moment, by their addresses; bounded in number and age.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use stackprint::{Class, Compat, Database, Label, Limits, Rank, Verdict};

use super::sighting::{LabelKey, SeenSystem, SeenUptime, Sighting};

/// Hosts, each of which is told of by the records that name it.
pub(super) struct HostView {
    hosts: HashMap<IpAddr, Host>,
    /// From the host that was not seen for longest to the one seen last.
    by_age: BTreeMap<u64, IpAddr>,
    /// The next place in `by_age`.
    next_turn: u64,
    limit: usize,
    idle_s: u32,
    /// The newest time of a packet.
    now_s: u32,
    /// Whether only a new connection counts as a sign of life, as for p0f.
    by_connections: bool,
    database: Arc<Database>,
    systems: HashMap<LabelKey, Rc<System>>,
    evicted: u64,
}

/// What is known of a host. Times are in seconds since 1970.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) first_seen: u32,
    pub(super) last_seen: u32,
    /// As client and as server.
    pub(super) connections: u32,
    /// When the address was last found to be shared, 0 for never.
    pub(super) last_shared: u32,
    /// When the system was last found to be another one, 0 for never.
    pub(super) last_changed: u32,
    pub(super) uptime: Option<SeenUptime>,
    pub(super) distance: Option<u8>,
    /// The system whose signature fitted last, and whether with tolerances.
    pub(super) system: Option<(Rc<System>, bool)>,
    /// The last MTU, 0 for none.
    pub(super) mtu: u32,
    /// The last MTU that is that of a known kind of link.
    pub(super) link: Option<Rc<str>>,
    turn: u64,
}

/// What a label says, kept when the database is another one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct System {
    pub(super) label: Box<str>,
    pub(super) name: Box<str>,
    pub(super) flavor: Box<str>,
    pub(super) class: Box<str>,
    pub(super) is_generic: bool,
}

impl System {
    fn of(label: &Label) -> System {
        let class = match label.class() {
            Class::System(class) => class,
            Class::Userland => "userland",
        };
        System {
            label: label.as_str().into(),
            name: label.name().into(),
            flavor: label.flavor().into(),
            class: class.into(),
            is_generic: label.rank() == Rank::Generic,
        }
    }
}

impl HostView {
    pub(super) fn new(limits: Limits, database: &Arc<Database>) -> HostView {
        let mut view = HostView {
            hosts: HashMap::new(),
            by_age: BTreeMap::new(),
            next_turn: 0,
            limit: limits.hosts as usize,
            idle_s: limits.host_idle_seconds,
            now_s: 0,
            by_connections: database.compat() == Compat::P0fExact,
            database: Arc::clone(database),
            systems: HashMap::new(),
            evicted: 0,
        };
        view.set_database(database);
        view
    }

    /// Labels of later sightings are those of this database.
    pub(super) fn set_database(&mut self, database: &Arc<Database>) {
        self.database = Arc::clone(database);
        let system = |label| (LabelKey::of(label), Rc::new(System::of(label)));
        self.systems = database.labels().map(system).collect();
    }

    pub(super) fn len(&self) -> usize {
        self.hosts.len()
    }

    /// How many hosts made room for others.
    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    pub(super) fn get(&self, ip: IpAddr) -> Option<&Host> {
        self.hosts.get(&ip)
    }

    /// Addresses, from the host seen last on.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = IpAddr> {
        self.by_age.values().rev().copied()
    }

    /// Takes in what records say.
    pub(super) fn take(&mut self, sightings: &[Sighting]) {
        for sighting in sightings {
            self.now_s = self.now_s.max(sighting.time_s);
            if sighting.opens || !self.by_connections {
                self.touch(sighting.client, sighting);
                self.touch(sighting.server, sighting);
            }
            self.note(sighting);
        }
        self.expire();
    }

    /// A sign of life.
    fn touch(&mut self, ip: IpAddr, sighting: &Sighting) {
        let (time_s, opens) = (sighting.time_s, sighting.opens);
        let is_new = !self.hosts.contains_key(&ip);
        if is_new && self.hosts.len() >= self.limit {
            self.evict();
        }
        let next_turn = self.next_turn;
        let host = self.hosts.entry(ip).or_insert_with(|| Host::new(time_s, next_turn));
        host.connections = host.connections.saturating_add(opens.into());
        // Turns are kept by the second: most hosts come several times within one.
        if is_new || host.last_seen < time_s {
            self.by_age.remove(&host.turn);
            (host.last_seen, host.turn) = (host.last_seen.max(time_s), next_turn);
            self.by_age.insert(next_turn, ip);
            self.next_turn += 1;
        }
    }

    /// What the record says of its subject.
    fn note(&mut self, sighting: &Sighting) {
        let Some(host) = self.hosts.get_mut(&sighting.subject_ip()) else { return };
        if let Some(SeenSystem { label, fuzzy }) = sighting.system
            && let Some(system) = self.systems.get(&label)
        {
            host.system = Some((Rc::clone(system), fuzzy));
        }
        host.distance = sighting.distance.or(host.distance);
        host.uptime = sighting.uptime.or(host.uptime);
        match sighting.verdict {
            Some(Verdict::IpSharing) => host.last_shared = sighting.time_s,
            Some(Verdict::HostChange) => host.last_changed = sighting.time_s,
            Some(_) | None => {}
        }
        if sighting.mtu != 0 && sighting.mtu != host.mtu {
            host.mtu = sighting.mtu;
            if let Some(link) = self.database.link(sighting.mtu) {
                host.link = Some(link.into());
            }
        }
    }

    fn evict(&mut self) {
        if let Some((_, ip)) = self.by_age.pop_first() {
            self.hosts.remove(&ip);
            self.evicted += 1;
        }
    }

    /// Forgets hosts that have been idle for too long.
    fn expire(&mut self) {
        while let Some(oldest) = self.by_age.first_entry() {
            let seen = self.hosts.get(oldest.get()).map_or(0, |host| host.last_seen);
            if self.now_s.saturating_sub(seen) <= self.idle_s {
                break;
            }
            self.hosts.remove(&oldest.remove());
        }
    }
}

impl Host {
    fn new(time_s: u32, turn: u64) -> Host {
        Host {
            first_seen: time_s,
            last_seen: time_s,
            connections: 0,
            last_shared: 0,
            last_changed: 0,
            uptime: None,
            distance: None,
            system: None,
            mtu: 0,
            link: None,
            turn,
        }
    }
}
