//! What a flow says by its payload: the flow stage's streams, and the layers that read them.

use super::event::{Question, Sink};
use super::flow_stage::{About, Context, FlowStage, Wanted};
use super::packet::Packet;
use super::recent::Known;
use crate::database::{Database, Match};
use crate::endpoint::Side;
use crate::flows::{Flow, FlowId, Flows, layer};
use crate::record::{RecordKind, Tls, TlsHello};
use crate::stream::{GiveUp, Payload, Stream};
use crate::tls;

impl Context {
    /// Begins the stream after a SYN or SYN+ACK, and keeps what that matched.
    #[inline]
    pub(super) fn begin_stream(
        &self,
        packet: &Packet<'_, '_>,
        (flow, side): (&mut Flow, Side),
        known: &Known,
    ) {
        let layers = self.layers();
        if layers != 0 {
            flow.begin_stream_after_syn(side, packet.segment.tcp.sequence_number(), layers);
            flow.matched[side.index()] = known.matched();
        }
    }

    /// The layers that read streams.
    #[inline]
    fn layers(&self) -> u8 {
        let tls = if self.tls().enabled { layer::TLS } else { 0 };
        let http = if self.reads_http() { layer::HTTP } else { 0 };
        tls | http
    }
}

impl FlowStage {
    /// A segment of no flow: where it begins like a hello, or like the head of a request or response, a
    /// flow begins with it.
    #[cold]
    pub(super) fn midway(&mut self, packet: &Packet<'_, '_>) -> Option<Wanted> {
        #[cfg(feature = "http")]
        if self.context().reads_http()
            && let Some(wanted) = self.http_midway(packet)
        {
            return Some(wanted);
        }
        if !self.tls().enabled {
            return None;
        }
        let side = match tls::hello_at_start(packet.segment.payload)? {
            tls::HelloKind::Client => Side::Client,
            tls::HelloKind::Server => Side::Server,
        };
        let now_ms = packet.time.as_millis();
        let flows = self.shard(packet);
        let id = flows.open(&packet.keys, side, now_ms);
        flows.flow(id)?.begin_stream(side, Stream::midway(), layer::TLS);
        Some(Wanted { id, side, closes: false })
    }

    /// Takes the payload that is wanted, and says what it completed.
    #[inline(never)]
    pub(super) fn take_payload<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
        sink: &mut impl Sink<'d>,
    ) {
        let Some(Wanted { id, side, closes }) = self.take_wanted() else { return };
        let segment = packet.segment;
        let tcp = &segment.tcp;
        let payload = Payload {
            // RFC 9293 section 3.4: SYN takes a sequence number, before the payload.
            seq: tcp.sequence_number().wrapping_add(u32::from(tcp.syn())),
            bytes: segment.payload,
            cut: segment.payload_len > segment.payload.len(),
            fin: tcp.fin(),
        };
        self.tls_payload(database, packet, (id, side), &payload, sink);
        #[cfg(feature = "http")]
        self.http_payload(database, packet, (id, side), &payload, sink);
        let flows = self.shard(packet);
        if closes {
            flows.close(id);
        } else {
            flows.renew(id, packet.time.as_millis());
        }
    }

    fn tls_payload<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
        (id, side): (FlowId, Side),
        payload: &Payload<'_>,
        sink: &mut impl Sink<'d>,
    ) {
        let context = *self.context();
        let raw = context.tls().raw;
        let (flows, recent) = self.shard_and_hellos(packet);
        let Some(flow) = flows.flow(id).filter(|flow| flow.is_read_by(layer::TLS, side)) else {
            return;
        };
        let client = flow.matched[0];
        let read = flows.read_stream(id, side, payload, |reading| match side {
            Side::Client => recent.of_client(reading, database.libraries(), raw),
            Side::Server => Tls::of_server(reading),
        });
        let Some(Some(tls)) = read else { return };
        let mut tls: Box<Tls<'d>> = tls;
        tls.tcp = client.and_then(|(id, fuzzy)| -> Option<Match<'d>> { database.get(id, fuzzy) });
        let kind = match tls.hello {
            TlsHello::Client(_) => RecordKind::TlsClient,
            TlsHello::Server(_) => RecordKind::TlsServer,
        };
        let Some(flow) = flows.flow(id) else { return };
        let of = About::sender(id, side, kind);
        sink.put(|record| {
            let event = context.event(packet, flow, &of, None, Question::Nothing, record);
            if let Some(record) = record {
                record.tls = Some(tls);
            }
            event
        });
    }

    /// How many streams were given up for a reason.
    pub(super) fn streams_given_up(&self, reason: GiveUp) -> u64 {
        self.shards().iter().map(|flows| flows.streams_given_up(reason)).sum()
    }

    /// Bytes allocated for undecided streams.
    pub(super) fn stream_memory(&self) -> usize {
        self.shards().iter().map(Flows::stream_memory).sum()
    }
}
