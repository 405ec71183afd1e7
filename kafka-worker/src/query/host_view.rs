//! What is known of hosts at the moment, by their addresses; bounded in number and age.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use stackprint::{Class, Compat, Database, Label, Limits, Rank, Verdict};

use super::batch::Batch;
use super::http_sighting::HttpSighting;
use super::sighting::{LabelKey, Sighting};

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
    /// The MTU that was looked up last, and its link.
    last_link: (u32, Option<Rc<str>>),
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
    pub(super) uptime: Option<LastUptime>,
    pub(super) distance: Option<u8>,
    /// The system whose signature fitted last, and whether with tolerances.
    pub(super) system: Option<(Rc<System>, bool)>,
    /// The last MTU, 0 for none.
    pub(super) mtu: u32,
    /// The last MTU that is that of a known kind of link.
    pub(super) link: Option<Rc<str>>,
    /// The program whose signature of HTTP fitted last.
    pub(super) http: Option<Rc<System>>,
    /// Whether what the host says of its software is so.
    pub(super) software: Software,
    /// The language that was asked for last.
    pub(super) language: Option<&'static str>,
    turn: u64,
}

/// Whether what a host says of its software is so, as p0f's API has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Software {
    /// Nothing speaks against it.
    #[default]
    Honest = 0,
    /// User-Agent names another system than that of the stack.
    OtherSystem = 1,
    /// It is not that of the signature.
    OtherProgram = 2,
}

/// The last uptime that a host gave away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LastUptime {
    pub(super) minutes: u32,
    pub(super) modulo_days: u16,
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

/// The class of programs.
const USERLAND: &str = "userland";

impl System {
    fn of(label: &Label) -> System {
        let class = match label.class() {
            Class::System(class) => class,
            Class::Userland => USERLAND,
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
            last_link: (0, None),
            evicted: 0,
        };
        view.set_database(database);
        view
    }

    /// Labels of later sightings are those of this database.
    pub(super) fn set_database(&mut self, database: &Arc<Database>) {
        self.database = Arc::clone(database);
        let system = |label| Some((LabelKey::of(label)?, Rc::new(System::of(label))));
        let labels = database.labels().chain(database.http_labels());
        self.systems = labels.filter_map(system).collect();
        self.last_link = (0, None);
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
    pub(super) fn take(&mut self, batch: &Batch) {
        for sighting in &batch.sightings {
            self.now_s = self.now_s.max(sighting.time_s);
            if sighting.opens || !self.by_connections {
                self.touch(sighting.client, sighting);
                self.touch(sighting.server, sighting);
            }
            self.note(sighting);
            if let Some(http) = batch.http_of(sighting) {
                self.note_http(sighting, http);
            }
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
        if let Some(system) = sighting.system.and_then(|label| self.systems.get(&label)) {
            host.system = Some((Rc::clone(system), sighting.fuzzy));
        }
        host.distance = sighting.distance.or(host.distance);
        if sighting.uptime_modulo_days != 0 {
            let (minutes, modulo_days) = (sighting.uptime_minutes, sighting.uptime_modulo_days);
            host.uptime = Some(LastUptime { minutes, modulo_days });
        }
        match sighting.verdict {
            Some(Verdict::IpSharing) => host.last_shared = sighting.time_s,
            Some(Verdict::HostChange) => host.last_changed = sighting.time_s,
            Some(_) | None => {}
        }
        if sighting.mtu != 0 && sighting.mtu != host.mtu {
            host.mtu = sighting.mtu;
            // Most links have one of a few.
            if self.last_link.0 != sighting.mtu {
                self.last_link = (sighting.mtu, self.database.link(sighting.mtu).map(Rc::from));
            }
            host.link = self.last_link.1.clone().or(host.link.take());
        }
    }

    /// What the record says of the program behind its subject, by p0f's rules.
    fn note_http(&mut self, sighting: &Sighting, http: &HttpSighting) {
        let Some(host) = self.hosts.get_mut(&sighting.subject_ip()) else { return };
        if http.is_shared {
            host.last_shared = sighting.time_s;
        }
        if http.is_changed {
            host.last_changed = sighting.time_s;
        }
        host.language = http.language.or(host.language);
        let claimed = http.user_agent.as_ref();
        if let Some(claimed) =
            claimed.and_then(|it| self.database.http().system_name(it.as_bytes()))
        {
            let system = host.system.as_ref().map(|(system, _)| &*system.name);
            host.software = match system {
                Some(system) if system.eq_ignore_ascii_case(claimed) => Software::Honest,
                // For p0f, a system that is not known is another one.
                None if !self.by_connections => host.software,
                _ if host.software == Software::Honest => Software::OtherSystem,
                _ => host.software,
            };
        }
        let Some(label) = http.app.and_then(|label| self.systems.get(&label)) else { return };
        if &*label.class == USERLAND {
            host.http = Some(Rc::clone(label));
        } else if self.by_connections {
            // What names a system is no more than a claim, but p0f believes it.
            host.system = Some((Rc::clone(label), false));
        }
        if http.is_dishonest {
            host.software = Software::OtherProgram;
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
            http: None,
            software: Software::default(),
            language: None,
            turn,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use stackprint::Side;

    use super::*;

    fn ip(number: u32) -> IpAddr {
        Ipv4Addr::from(0x0a00_0000 + number).into()
    }

    /// A connection of `client` to host 0.
    fn syn(client: u32, time_s: u32) -> Sighting {
        Sighting {
            time_s,
            client: ip(client),
            server: ip(0),
            subject: Side::Client,
            opens: true,
            system: None,
            fuzzy: false,
            distance: None,
            mtu: 0,
            verdict: None,
            uptime_minutes: 0,
            uptime_modulo_days: 0,
            http: 0,
        }
    }

    fn batch<const N: usize>(sightings: [Sighting; N]) -> Batch {
        Batch { sightings: sightings.into(), http: Vec::new() }
    }

    fn view(hosts: u32) -> HostView {
        let limits = Limits { hosts, host_idle_seconds: 100, ..Limits::default() };
        HostView::new(limits, &Database::builtin())
    }

    #[test]
    fn connections_count_at_both_ends() {
        let mut view = view(10);
        view.take(&batch([syn(1, 50), syn(2, 51), Sighting { opens: false, ..syn(1, 60) }]));
        let host = |number| view.get(ip(number)).unwrap();
        assert_eq!((host(0).connections, host(1).connections), (2, 1));
        assert_eq!((host(1).first_seen, host(1).last_seen), (50, 60));
        let newest: Vec<IpAddr> = view.newest_first().collect();
        assert_eq!(newest, [ip(0), ip(1), ip(2)]);
    }

    #[test]
    fn the_host_not_seen_for_longest_makes_room() {
        let mut view = view(3);
        view.take(&batch([syn(1, 50), syn(2, 51), syn(1, 52), syn(3, 53)]));
        assert_eq!((view.len(), view.evicted()), (3, 1));
        assert!(view.get(ip(2)).is_none() && view.get(ip(1)).is_some());
        // Never more, however many come.
        let many: Vec<Sighting> = (0..1000).map(|number| syn(number, 54)).collect();
        view.take(&Batch { sightings: many, http: Vec::new() });
        assert_eq!((view.hosts.len(), view.by_age.len()), (3, 3));
    }

    #[test]
    fn idle_hosts_are_forgotten() {
        let mut view = view(10);
        view.take(&batch([syn(1, 50), syn(2, 120)]));
        assert!(view.get(ip(1)).is_some());
        // A packet that is late makes nobody young again, or old.
        view.take(&batch([syn(3, 151), syn(4, 20)]));
        assert!(view.get(ip(1)).is_none() && view.get(ip(2)).is_some());
        assert!(view.get(ip(0)).is_some());
        assert_eq!(view.hosts.len(), view.by_age.len());
    }

    /// What is known of a host outlives the database by whose labels it was learned.
    #[test]
    fn another_database_leaves_what_is_known() {
        let label = |database: &Database| LabelKey::of(database.labels().next().unwrap());
        let (mut view, first) = (view(10), Database::builtin());
        view.set_database(&first);
        view.take(&batch([Sighting { system: label(&first), mtu: 1492, ..syn(1, 50) }]));
        let name = first.labels().next().unwrap().name();
        let told = |view: &HostView| view.get(ip(1)).unwrap().system.clone().unwrap().0;
        assert_eq!(&*told(&view).name, name);
        assert!(view.get(ip(1)).unwrap().link.is_some());
        let empty = Arc::new(Database::empty());
        view.set_database(&empty);
        // A label that nobody knows any more is none.
        view.take(&batch([Sighting { system: label(&first), ..syn(2, 51) }]));
        assert_eq!(&*told(&view).name, name);
        assert!(view.get(ip(2)).unwrap().system.is_none());
    }

    #[test]
    fn requests_tell_of_programs_and_contradict_stacks() {
        let (mut view, database) = (view(10), Database::builtin());
        view.set_database(&database);
        let program = database.http_labels().find(|label| label.is_userland()).unwrap();
        let linux = LabelKey::of(database.labels().find(|it| it.name() == "Linux").unwrap());
        let mut software_after = |user_agent: &str, is_dishonest, system| {
            let http = HttpSighting {
                app: LabelKey::of(program),
                is_dishonest,
                user_agent: Some(user_agent.into()),
                language: Some("German"),
                is_shared: false,
                is_changed: false,
            };
            let sighting = Sighting { http: 1, system, ..syn(1, 50) };
            view.take(&Batch { sightings: vec![sighting], http: vec![http] });
            let host = view.get(ip(1)).unwrap();
            assert_eq!(&*host.http.as_ref().unwrap().name, program.name());
            assert_eq!(host.language, Some("German"));
            host.software
        };
        // Nothing is known of the stack yet.
        assert_eq!(software_after("Windows NT 10.0", false, None), Software::Honest);
        assert_eq!(software_after("Windows NT 10.0", false, linux), Software::OtherSystem);
        assert_eq!(software_after("X11; Linux", false, linux), Software::Honest);
        assert_eq!(software_after("", true, linux), Software::OtherProgram);
    }

    #[test]
    fn what_is_not_said_leaves_what_was() {
        let mut view = view(10);
        let told = Sighting {
            distance: Some(3),
            mtu: 1492,
            uptime_minutes: 5,
            uptime_modulo_days: 49,
            verdict: Some(Verdict::IpSharing),
            ..syn(1, 50)
        };
        view.take(&batch([told, Sighting { mtu: 1501, ..syn(1, 60) }]));
        let host = view.get(ip(1)).unwrap();
        assert_eq!((host.distance, host.mtu, host.last_shared), (Some(3), 1501, 50));
        assert_eq!(host.link.as_deref(), Database::builtin().link(1492));
        assert_eq!(host.uptime.unwrap().minutes, 5);
        assert_eq!(host.last_changed, 0);
    }
}
