//! A host as JSON.

use std::net::IpAddr;

use serde::Serialize;

use super::host_view::{Host, Software};

/// What `GET /hosts/ADDRESS` answers. Times are in seconds since 1970.
#[derive(Debug, Serialize)]
pub(super) struct HostJson<'h> {
    ip: IpAddr,
    first_seen: u32,
    last_seen: u32,
    connections: u32,
    os: Option<OsJson<'h>>,
    distance: Option<u8>,
    mtu: Option<MtuJson<'h>>,
    uptime: Option<UptimeJson>,
    http: Option<HttpJson<'h>>,
    /// When the address was last found to be shared.
    last_shared: Option<u32>,
    /// When the system was last found to be another one.
    last_changed: Option<u32>,
}

/// The names of `os` in records.
#[derive(Debug, Serialize)]
struct OsJson<'h> {
    label: &'h str,
    name: &'h str,
    flavor: &'h str,
    class: &'h str,
    rank: &'static str,
    #[serde(rename = "match")]
    matched: &'static str,
}

#[derive(Debug, Serialize)]
struct MtuJson<'h> {
    value: u32,
    /// The last kind of link that was known by its MTU.
    link: Option<&'h str>,
}

/// What requests or responses say.
#[derive(Debug, Serialize)]
struct HttpJson<'h> {
    label: Option<&'h str>,
    name: Option<&'h str>,
    flavor: Option<&'h str>,
    /// Whether the software that the host names is not that of the signature.
    dishonest: bool,
    /// Whether User-Agent names another system than that of the stack.
    other_system: bool,
    language: Option<&'h str>,
}

#[derive(Debug, Serialize)]
struct UptimeJson {
    minutes: u32,
    modulo_days: u16,
}

impl Host {
    pub(super) fn json(&self, ip: IpAddr) -> HostJson<'_> {
        HostJson {
            ip,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            connections: self.connections,
            os: self.system.as_ref().map(|(system, fuzzy)| OsJson {
                label: &system.label,
                name: &system.name,
                flavor: &system.flavor,
                class: &system.class,
                rank: if system.is_generic { "generic" } else { "specific" },
                matched: if *fuzzy { "fuzzy" } else { "exact" },
            }),
            distance: self.distance,
            mtu: (self.mtu != 0).then_some(MtuJson { value: self.mtu, link: self.link.as_deref() }),
            uptime: self.uptime.map(|uptime| UptimeJson {
                minutes: uptime.minutes,
                modulo_days: uptime.modulo_days,
            }),
            http: self.http_json(),
            last_shared: (self.last_shared != 0).then_some(self.last_shared),
            last_changed: (self.last_changed != 0).then_some(self.last_changed),
        }
    }
}

impl Host {
    fn http_json(&self) -> Option<HttpJson<'_>> {
        let program = self.http.as_ref();
        let is_known =
            program.is_some() || self.language.is_some() || self.software != Software::Honest;
        is_known.then(|| HttpJson {
            label: program.map(|it| &*it.label),
            name: program.map(|it| &*it.name),
            flavor: program.map(|it| &*it.flavor),
            dishonest: self.software == Software::OtherProgram,
            other_system: self.software == Software::OtherSystem,
            language: self.language,
        })
    }
}

/// What is wrong with a request.
#[derive(Debug, Serialize)]
pub(super) struct ErrorJson<'e> {
    pub(super) error: &'e str,
}
