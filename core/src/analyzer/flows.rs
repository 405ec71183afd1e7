//! What becomes of each kind of segment: which flow it belongs to, and what is said of it.

use super::Packet;
use super::recent::{Place, Recent};
use crate::change::{Change, NO_SCALE, Seen};
use crate::database::{Database, Match};
use crate::hosts::{FlowId, HostId, Hosts, Side};
use crate::observation::{Compat, Direction, Headers, Observation, SENDSYN_MSS, SENDSYN_WINDOW};
use crate::record::{Fingerprint, Mtu, Record, RecordKind};
use crate::uptime::{Reading, Uptime};
use crate::wire::TcpOptions;

/// The rules of the conversation, over the memory of hosts and flows.
#[derive(Debug)]
pub(super) struct FlowRules {
    pub(super) compat: Compat,
    pub(super) hosts: Hosts,
    pub(super) recent: Recent,
    /// Whether records without a match name the closest signatures.
    pub(super) closest: bool,
}

/// Segments this far (octets) from the expected sequence number still belong to their flow.
const SEQUENCE_TOLERANCE: u32 = 1 << 20;

/// How a SYN or SYN+ACK came by its flow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Usual,
    /// p0f-sendsyn made the SYN.
    Probe,
    /// A SYN+ACK without its SYN, or to none that is known.
    SynUnseen,
}

impl FlowRules {
    // Not inlined, so that the record is written where the caller wants it, and not copied there.
    #[inline(never)]
    pub(super) fn syn<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
    ) -> Option<Record<'d>> {
        let scope = packet.scope(&self.hosts);
        self.hosts.warm(&packet.keys, scope);
        let client_next = packet.segment.tcp.sequence_number().wrapping_add(1);
        if let Some((id, side)) = self.hosts.find_flow(&packet.keys, packet.now_s()) {
            let expected = self.hosts.flow(id).map(|flow| flow.client_next);
            if side == Side::Client && expected == Some(client_next) {
                // A retransmission.
                return None;
            }
            self.hosts.close_flow(id);
        }
        let headers = Headers::of(packet.segment, Direction::Syn, None, self.compat);
        let place = self.recent.look_up(database, headers);
        let mss = self.recent.known(&place)?.mss();
        let now_ms = packet.time.as_millis();
        let (id, [client, _]) = self.hosts.open_flow(&packet.keys, scope, Side::Client, now_ms);
        let window = packet.segment.tcp.window_size();
        let is_probe = mss == Some(SENDSYN_MSS) && window == SENDSYN_WINDOW;
        let flow = self.hosts.flow(id)?;
        flow.client_next = client_next;
        flow.behind_syn = client_next;
        flow.syn_payload_len = packet.segment.payload_len.min(usize::from(u16::MAX)) as u16;
        flow.client_mss = mss.unwrap_or(0);
        flow.is_probe = is_probe;
        let origin = if is_probe { Origin::Probe } else { Origin::Usual };
        self.fingerprint(database, packet, id, client, &place, origin)
    }

    // As above.
    #[inline(never)]
    pub(super) fn syn_ack<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
    ) -> Option<Record<'d>> {
        let Some((id, side)) = self.hosts.find_flow(&packet.keys, packet.now_s()) else {
            return self.lone_syn_ack(database, packet);
        };
        let tcp = &packet.segment.tcp;
        let compat = self.compat;
        let flow = self.hosts.flow(id)?;
        if !flow.is_probe && (side == Side::Client || flow.server_next.is_some()) {
            // A simultaneous open, or a retransmission.
            return None;
        }
        let mut peer_mss = Some(flow.client_mss).filter(|&mss| mss != 0);
        let origin = if flow.is_probe {
            Origin::Probe
        } else if compat == Compat::Fixed && !flow.is_acknowledged_by(tcp.acknowledgment_number()) {
            // An answer to another SYN: what it says of the server holds, the peer's MSS does not.
            peer_mss = None;
            Origin::SynUnseen
        } else {
            flow.server_next = Some(tcp.sequence_number().wrapping_add(1));
            Origin::Usual
        };
        let scope = packet.scope(&self.hosts);
        let host = self.hosts.host_of(id, Side::Server, scope, packet.now_s())?;
        let headers = Headers::of(packet.segment, Direction::SynAck, peer_mss, compat);
        let place = self.recent.look_up(database, headers);
        let record = self.fingerprint(database, packet, id, host, &place, origin);
        if origin == Origin::Probe {
            self.hosts.close_flow(id);
        }
        record
    }

    /// A SYN+ACK whose SYN was not seen: p0f passes it over, but a one-sided tap has no other.
    fn lone_syn_ack<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
    ) -> Option<Record<'d>> {
        if self.compat == Compat::P0fExact {
            return None;
        }
        let tcp = &packet.segment.tcp;
        let now_ms = packet.time.as_millis();
        let scope = packet.scope(&self.hosts);
        let (id, [_, host]) = self.hosts.open_flow(&packet.keys, scope, Side::Server, now_ms);
        let flow = self.hosts.flow(id)?;
        flow.client_next = tcp.acknowledgment_number();
        flow.server_next = Some(tcp.sequence_number().wrapping_add(1));
        let headers = Headers::of(packet.segment, Direction::SynAck, None, self.compat);
        let place = self.recent.look_up(database, headers);
        self.fingerprint(database, packet, id, host, &place, Origin::SynUnseen)
    }

    /// What a SYN or SYN+ACK says of its sender, and of what became of that host.
    fn fingerprint<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
        id: FlowId,
        host: HostId,
        place: &Place<'_>,
        origin: Origin,
    ) -> Option<Record<'d>> {
        let known = self.recent.known(place)?;
        let observation = known.observation(&place.headers);
        let (distance, layout_hash) = (known.distance, known.layout_hash);
        let found = known.found(database);
        let (side, kind) = match observation.direction {
            Direction::Syn => (Side::Client, RecordKind::Syn),
            Direction::SynAck => (Side::Server, RecordKind::SynAck),
        };
        let flow = self.hosts.flow(id)?;
        let (client, server) = (flow.end(Side::Client), flow.end(Side::Server));
        let mut fingerprint = Fingerprint {
            observation,
            found,
            closest_in: self.closest.then_some(database),
            distance,
            mtu: None,
            change: None,
            is_probe: origin == Origin::Probe,
            syn_unseen: origin == Origin::SynUnseen,
        };
        let mut uptime = None;
        if fingerprint.is_probe {
            // p0f's own probes say nothing of the host.
        } else if let Some(tool) = found.filter(|found| found.label.is_userland()) {
            fingerprint.change = match self.compat {
                Compat::Fixed => self.score_tool(database, host, tool),
                Compat::P0fExact => self.score_tool_like_p0f(database, host, side, tool),
            };
            if self.compat == Compat::P0fExact {
                self.hosts.close_flow(id);
            }
        } else {
            fingerprint.mtu =
                observation.mtu().map(|value| Mtu { value, link: database.link(value) });
            let seen = seen(packet, &observation, layout_hash, found);
            if self.compat == Compat::P0fExact {
                let ids = (id, host, side);
                (fingerprint.change, uptime) =
                    self.look_at_host_like_p0f(database, ids, &seen, distance, client.port);
            } else if self.has_past(id, host, side, &seen) {
                (fingerprint.change, uptime) =
                    self.compare(database, packet, (id, host, side), &seen);
            }
        }
        Some(Record {
            time: packet.time,
            kind,
            client,
            server,
            subject: side,
            fingerprint: Some(fingerprint),
            uptime,
            path: packet.segment.path,
        })
    }

    /// Remembers a SYN or SYN+ACK; whether its host has a past with which it is to be compared.
    #[inline]
    fn has_past(&mut self, id: FlowId, host: HostId, side: Side, seen: &Seen) -> bool {
        if let (Some(reading), Some(flow)) = (seen.reading(), self.hosts.flow(id)) {
            flow.set_first_reading(side, reading);
        }
        !self.hosts.keep_first(host, side.direction(), seen)
    }

    fn look_at_host_like_p0f<'d>(
        &mut self,
        database: &'d Database,
        (id, host, side): (FlowId, HostId, Side),
        seen: &Seen,
        distance: u8,
        client_port: u16,
    ) -> (Option<Change<'d>>, Option<Uptime>) {
        let change = self.score_like_p0f(database, host, side, *seen, distance, client_port);
        let uptime = self.uptime_of_handshake_like_p0f(id, host, side, seen);
        self.hosts.set_last(host, side.direction(), seen);
        (change, uptime)
    }

    /// Takes note of a segment in the midst of a flow: the flow and its sender, if more may be
    /// said.
    #[inline]
    pub(super) fn ack(&mut self, packet: &Packet<'_, '_>) -> Option<(FlowId, Side)> {
        let (id, side) = self.hosts.find_flow(&packet.keys, packet.now_s())?;
        let compat = self.compat;
        let flow = self.hosts.flow(id)?;
        if compat == Compat::P0fExact && (flow.is_probe || flow.server_next.is_none()) {
            self.hosts.close_flow(id);
            return None;
        }
        let sequence = packet.segment.tcp.sequence_number();
        let expected = match side {
            Side::Client => flow.client_next,
            Side::Server => flow.server_next.unwrap_or(sequence),
        };
        let belongs = match compat {
            Compat::P0fExact => sequence == expected,
            Compat::Fixed => {
                let tolerance = SEQUENCE_TOLERANCE;
                sequence.wrapping_sub(expected).wrapping_add(tolerance) <= 2 * tolerance
            }
        };
        if !belongs {
            return None;
        }
        let next = sequence.wrapping_add(packet.segment.payload_len as u32);
        match side {
            Side::Client => flow.client_next = next,
            Side::Server => flow.server_next = Some(next),
        }
        let is_of_interest = match compat {
            Compat::P0fExact => true,
            Compat::Fixed => flow.clock_is_due(side, packet.time.as_millis()),
        };
        is_of_interest.then_some((id, side))
    }

    /// What is said after [`ack`](FlowRules::ack).
    #[inline(never)]
    pub(super) fn after_ack<'d>(
        &mut self,
        database: &Database,
        packet: &Packet<'_, '_>,
        id: FlowId,
        side: Side,
    ) -> Option<Record<'d>> {
        let record = self.uptime_record(database, packet, (id, side), false);
        let payload = packet.segment.payload;
        if self.compat == Compat::P0fExact && !self.hosts.p0f_keeps(id, side, payload) {
            self.hosts.close_flow(id);
        }
        record
    }

    pub(super) fn end<'d>(
        &mut self,
        database: &Database,
        packet: &Packet<'_, '_>,
    ) -> Option<Record<'d>> {
        let (id, side) = self.hosts.find_flow(&packet.keys, packet.now_s())?;
        let record = self.uptime_record(database, packet, (id, side), true);
        self.hosts.close_flow(id);
        record
    }

    /// A record, if a segment of the flow gives away its sender's uptime.
    fn uptime_record<'d>(
        &mut self,
        database: &Database,
        packet: &Packet<'_, '_>,
        (id, side): (FlowId, Side),
        is_last: bool,
    ) -> Option<Record<'d>> {
        let flow = self.hosts.flow(id)?;
        if flow.is_probe || flow.clock_is_done(side) {
            return None;
        }
        let ticks = TcpOptions::parse(packet.segment.tcp.options()).timestamps?.tsval;
        let reading = Reading { time_ms: packet.time.as_millis(), ticks };
        let uptime = match self.compat {
            Compat::Fixed => {
                self.uptime_within_flow(database, packet, id, side, (reading, is_last))?
            }
            Compat::P0fExact => self.uptime_within_flow_like_p0f(packet, id, side, reading)?,
        };
        let flow = self.hosts.flow(id)?;
        let (client, server) = (flow.end(Side::Client), flow.end(Side::Server));
        Some(Record {
            time: packet.time,
            kind: RecordKind::Uptime,
            client,
            server,
            subject: side,
            fingerprint: None,
            uptime: Some(uptime),
            path: packet.segment.path,
        })
    }
}

/// What is kept of a SYN or SYN+ACK.
fn seen(
    packet: &Packet<'_, '_>,
    observation: &Observation,
    layout_hash: u32,
    found: Option<Match<'_>>,
) -> Seen {
    Seen {
        time_ms: packet.time.as_millis(),
        own_timestamp: observation.timestamps.map_or(0, |timestamps| timestamps.tsval),
        quirks: observation.quirks,
        layout_hash,
        window: observation.window,
        window_scale: observation.window_scale.map_or(NO_SCALE, |scale| scale.min(NO_SCALE - 1)),
        mss: observation.mss.unwrap_or(0),
        matched: found.map(|found| found.id),
        peer_tag: packet.keys.destination().tag(),
        ttl: observation.ttl,
        fuzzy: found.is_some_and(|found| found.fuzzy),
    }
}
