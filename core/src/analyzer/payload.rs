//! What a flow says by its payload: the flow stage's streams, and the layers that read them.

use super::event::{Event, Question};
use super::flow_stage::{FlowStage, Wanted};
use super::packet::Packet;
use super::recent::Place;
use crate::database::{Database, Match};
use crate::endpoint::Side;
use crate::flows::{FlowId, Flows};
use crate::record::{RecordKind, Tls, TlsHello};
use crate::stream::{GiveUp, Payload, Stream};
use crate::tls::{self, Libraries};

impl FlowStage {
    /// Begins the stream after a SYN or SYN+ACK, and keeps what that matched.
    pub(super) fn begin_stream(
        &mut self,
        packet: &Packet<'_, '_>,
        (id, side): (FlowId, Side),
        place: &Place<'_>,
    ) {
        if !self.reads_streams() {
            return;
        }
        let matched = self.recent().known(place).and_then(super::recent::Known::matched);
        if let Some(flow) = self.shard(packet).flow(id) {
            flow.begin_stream(side, Stream::after_syn(packet.segment.tcp.sequence_number()));
            flow.matched[side.index()] = matched;
        }
    }

    /// A segment of no flow: where it begins like a hello, a flow begins with it.
    #[cold]
    pub(super) fn midway(&mut self, packet: &Packet<'_, '_>) -> Option<Wanted> {
        if !self.reads_streams() {
            return None;
        }
        let side = match tls::hello_at_start(packet.segment.payload)? {
            tls::HelloKind::Client => Side::Client,
            tls::HelloKind::Server => Side::Server,
        };
        let now_ms = packet.time.as_millis();
        let flows = self.shard(packet);
        let id = flows.open(&packet.keys, side, now_ms);
        flows.flow(id)?.begin_stream(side, Stream::midway());
        Some(Wanted { id, side, closes: false })
    }

    /// Takes the payload that is wanted, and says what it completed.
    #[inline(never)]
    pub(super) fn take_payload<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
    ) -> Option<Event<'d>> {
        let Wanted { id, side, closes } = self.take_wanted()?;
        let event = self.payload(database, packet, (id, side));
        if closes {
            self.shard(packet).close(id);
        }
        event
    }

    fn payload<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
        (id, side): (FlowId, Side),
    ) -> Option<Event<'d>> {
        let (segment, raw) = (packet.segment, self.tls().raw);
        let tcp = &segment.tcp;
        let payload = Payload {
            // RFC 9293 section 3.4: SYN takes a sequence number, before the payload.
            seq: tcp.sequence_number().wrapping_add(u32::from(tcp.syn())),
            bytes: segment.payload,
            cut: segment.payload_len > segment.payload.len(),
            fin: tcp.fin(),
        };
        let flows = self.shard(packet);
        let client = flows.flow(id).filter(|flow| flow.wants_stream(side))?.matched[0];
        let hello = flows.read_stream(id, side, &payload, |reading| match side {
            Side::Client => Tls::of_client(reading, Libraries::builtin(), raw),
            Side::Server => Tls::of_server(reading),
        })??;
        let matched =
            client.and_then(|(id, fuzzy)| -> Option<Match<'d>> { database.get(id, fuzzy) });
        let kind = match hello.hello {
            TlsHello::Client(_) => RecordKind::TlsClient,
            TlsHello::Server(_) => RecordKind::TlsServer,
        };
        let mut event =
            self.event(packet, (id, side, side, kind), false, None, Question::Nothing)?;
        event.record.tls = Some(Box::new(Tls { tcp: matched, ..hello }));
        Some(event)
    }

    /// How many streams were given up for a reason.
    pub(super) fn streams_given_up(&self, reason: GiveUp) -> u64 {
        self.shards().iter().map(|flows| flows.streams_given_up(reason)).sum()
    }

    /// Bytes allocated for undecided streams.
    pub(super) fn stream_memory(&self) -> usize {
        self.shards().iter().map(Flows::stream_memory).sum()
    }

    fn reads_streams(&self) -> bool {
        self.tls().enabled
    }
}
