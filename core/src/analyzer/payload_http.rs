//! What a flow says by its HTTP heads.

use super::event::{Question, Sink};
use super::flow_stage::{About, FlowStage, Wanted};
use super::packet::Packet;
use crate::database::{Database, Match};
use crate::endpoint::Side;
use crate::flows::{FlowId, layer};
use crate::http::{self, Kind};
use crate::record::{Http, HttpMessage, RecordKind};
use crate::stream::Payload;

impl FlowStage {
    /// A segment of no flow that begins with a method or `HTTP/1.`: a flow begins with it.
    pub(super) fn http_midway(&mut self, packet: &Packet<'_, '_>) -> Option<Wanted> {
        let payload = packet.segment.payload;
        if !http::may_resume(payload) {
            return None;
        }
        let is_response = Kind::Response.may_begin(payload);
        let side = if is_response { Side::Server } else { Side::Client };
        let flows = self.shard(packet);
        let id = flows.open(&packet.keys, side, packet.time.as_millis());
        flows.flow(id)?.open_for(layer::HTTP);
        Some(Wanted { id, side, closes: false })
    }

    /// Takes a payload for HTTP. `sink` gets an event for each head that it completes.
    pub(super) fn http_payload<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
        (id, side): (FlowId, Side),
        payload: &Payload<'_>,
        sink: &mut impl Sink<'d>,
    ) {
        let context = *self.context();
        let (flows, recent) = self.shard_and_heads(packet);
        let Some(flow) = flows.flow(id).filter(|flow| flow.is_read_by(layer::HTTP, side)) else {
            return;
        };
        let client = flow.matched[0];
        // Nearly always one.
        let (mut first, mut others) = (None, Vec::new());
        flows.read_http(id, side, payload, |message| {
            let http: Box<Http<'d>> = recent.read(&message, database);
            match first {
                None => first = Some(http),
                Some(_) => others.push(http),
            }
        });
        for mut http in first.into_iter().chain(others) {
            http.tcp =
                client.and_then(|(id, fuzzy)| -> Option<Match<'d>> { database.get(id, fuzzy) });
            let kind = match http.message {
                HttpMessage::Request { .. } | HttpMessage::Http2(_) => RecordKind::HttpRequest,
                HttpMessage::Response { .. } => RecordKind::HttpResponse,
            };
            let Some(flow) = flows.flow(id) else { return };
            let of = About::sender(id, side, kind);
            sink.put(|record| {
                let event = context.event(packet, flow, &of, None, Question::Nothing, record);
                if let Some(record) = record {
                    record.http = Some(http);
                }
                event
            });
        }
    }
}
