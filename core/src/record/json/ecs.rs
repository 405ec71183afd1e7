//! The record as an event of the Elastic Common Schema, a line of JSON.
//!
//! What others know goes to the schema's fields. What was found stays under `stackprint`, as the
//! record has it: the schema gives a remote host no field for its system.

use core::net::IpAddr;

use super::out::Json;
use crate::endpoint::Side;
use crate::record::{Origin, Record, RecordKind, SCHEMA};
use crate::wire::Encapsulation;
use crate::wire::numbers::protocol;

/// The version of the Elastic Common Schema that events of [`Record::write_ecs`] conform to.
pub const ECS_VERSION: &str = "9.4.0";

impl Record<'_> {
    /// Appends the record as an event of the Elastic Common Schema ([`ECS_VERSION`]), without line
    /// feed: `source` sent the packet, `client` opened the connection, and all findings are under
    /// `stackprint`.
    pub fn write_ecs(&self, origin: Option<&Origin<'_>>, to: &mut Vec<u8>) {
        let mut json = Json::at_end_of(to);
        self.ecs(origin, &mut json);
    }

    pub(super) fn ecs(&self, origin: Option<&Origin<'_>>, to: &mut Json<'_>) {
        to.raw("{\"@timestamp\":\"");
        to.time(self.time);
        to.raw("\",\"ecs\":{\"version\":\"");
        to.raw(ECS_VERSION);
        to.raw("\"},\"event\":{\"kind\":\"event\",\"category\":[\"network\"],\"type\":");
        to.raw(match self.kind {
            RecordKind::Syn => "[\"connection\",\"start\",\"info\"]",
            RecordKind::SynAck => "[\"connection\",\"info\"]",
            RecordKind::Uptime => "[\"info\"]",
            #[cfg(feature = "tls")]
            RecordKind::TlsClient | RecordKind::TlsServer => "[\"protocol\",\"info\"]",
            #[cfg(feature = "http")]
            RecordKind::HttpRequest | RecordKind::HttpResponse => "[\"protocol\",\"info\"]",
            #[cfg(feature = "quic")]
            RecordKind::QuicClient => "[\"protocol\",\"info\"]",
        });
        to.raw(",\"module\":\"stackprint\",\"dataset\":\"stackprint.");
        to.raw(self.kind.as_str());
        to.raw("\"}");
        self.ecs_ends(to);
        self.ecs_network(to);
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            to.ecs_tls(tls);
        }
        #[cfg(feature = "http")]
        if let Some(http) = &self.http {
            to.ecs_http(http);
        }
        to.raw(",\"observer\":{\"type\":\"sensor\",\"product\":\"stackprint\",\"version\":\"");
        to.raw(env!("CARGO_PKG_VERSION"));
        to.raw("\"");
        if let Some(sensor) = origin.and_then(|origin| origin.sensor.as_ref()) {
            to.raw(",\"name\":");
            to.string(sensor);
        }
        if let Some(interface) = origin.and_then(|origin| origin.interface.as_ref()) {
            to.raw(",\"ingress\":{\"interface\":{\"name\":");
            to.string(interface);
            to.raw("}}");
        }
        to.raw("},\"stackprint\":{\"schema\":\"");
        to.raw(SCHEMA);
        to.raw("\",\"kind\":\"");
        to.raw(self.kind.as_str());
        to.raw("\"");
        self.findings(origin, to);
        to.raw("}");
    }

    fn ecs_ends(&self, to: &mut Json<'_>) {
        let (source, destination) = match self.subject {
            Side::Client => (self.client, self.server),
            Side::Server => (self.server, self.client),
        };
        for (name, end) in [
            (",\"source\":", source),
            (",\"destination\":", destination),
            (",\"client\":", self.client),
            (",\"server\":", self.server),
        ] {
            to.raw(name);
            to.endpoint(end);
        }
        to.raw(",\"related\":{\"ip\":[\"");
        to.display(self.client.ip);
        if self.server.ip != self.client.ip {
            to.raw("\",\"");
            to.display(self.server.ip);
        }
        to.raw("\"]");
        #[cfg(feature = "tls")]
        if let Some(name) = self.tls.as_ref().and_then(|tls| tls.server_name()) {
            to.raw(",\"hosts\":[");
            to.string(name);
            to.raw("]");
        }
        to.raw("}");
    }

    fn ecs_network(&self, to: &mut Json<'_>) {
        to.raw(",\"network\":{\"type\":\"");
        to.raw(match self.client.ip {
            IpAddr::V4(_) => "ipv4",
            IpAddr::V6(_) => "ipv6",
        });
        to.raw(match self.ip_protocol() {
            protocol::UDP => "\",\"transport\":\"udp\",\"iana_number\":\"17\"",
            _ => "\",\"transport\":\"tcp\",\"iana_number\":\"6\"",
        });
        if self.with_flow {
            to.raw(",\"community_id\":\"");
            to.flow(self);
            to.raw("\"");
        }
        self.ecs_vlan(to);
        to.raw("}");
    }

    /// The outer tag, and the innermost where there are several, as the schema asks.
    fn ecs_vlan(&self, to: &mut Json<'_>) {
        let mut tags = self.path.as_slice().iter().filter_map(|hop| match hop {
            Encapsulation::Vlan(id) => Some(id),
            _ => None,
        });
        if let Some(outer) = tags.next() {
            to.display(format_args!(",\"vlan\":{{\"id\":\"{outer}\"}}"));
        }
        if let Some(inner) = tags.next_back() {
            to.display(format_args!(",\"inner\":{{\"vlan\":{{\"id\":\"{inner}\"}}}}"));
        }
    }
}
