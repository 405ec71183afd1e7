//! What a flow says by its HTTP heads.

use super::event::{Event, Question};
use super::flow_stage::{About, FlowStage, Wanted};
use super::packet::Packet;
use crate::compat::Compat;
use crate::database::{Database, Match};
use crate::endpoint::Side;
use crate::flows::{FlowId, layer};
use crate::http::{self, Kind};
use crate::record::{Http, HttpMessage, Record, RecordKind};
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
        sink: &mut impl FnMut(Event, Record<'d>),
    ) {
        let flows = self.shard(packet);
        let Some(flow) = flows.flow(id).filter(|flow| flow.is_read_by(layer::HTTP, side)) else {
            return;
        };
        let client = flow.matched[0];
        let mut found = Vec::new();
        flows.read_http(id, side, payload, |message| {
            found.push(Box::new(Http::of(&message, database, Compat::Fixed)));
        });
        for mut http in found {
            http.tcp =
                client.and_then(|(id, fuzzy)| -> Option<Match<'d>> { database.get(id, fuzzy) });
            let kind = match http.message {
                HttpMessage::Request { .. } | HttpMessage::Http2(_) => RecordKind::HttpRequest,
                HttpMessage::Response { .. } => RecordKind::HttpResponse,
            };
            let context = *self.context();
            let Some(flow) = self.shard(packet).flow(id) else { return };
            let (of, mut record) = (About::sender(id, side, kind), None);
            let event = context.event(packet, flow, &of, None, Question::Nothing, &mut record);
            if let Some(mut record) = record {
                record.http = Some(http);
                sink(event, record);
            }
        }
    }
}
