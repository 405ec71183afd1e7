//! Segments in the midst of a flow: nearly all of most traffic, and nearly all of them say nothing.

use super::{FlowStage, Wanted};
use crate::analyzer::event::Event;
#[cfg(feature = "tls")]
use crate::analyzer::midway::may_begin_midway;
use crate::analyzer::packet::Packet;
use crate::compat::CompatRules;
use crate::endpoint::Side;
use crate::flows::FlowId;
use crate::record::Record;

/// What is to be done about a segment in the midst of a flow.
#[derive(Debug, Clone, Copy)]
pub(in crate::analyzer) enum Noted {
    /// Nothing, as of most.
    Nothing,
    /// It is of no flow, and may begin one by what it carries.
    #[cfg(feature = "tls")]
    Midway,
    /// More may be said.
    More {
        id: FlowId,
        /// The sender.
        side: Side,
        /// Its sender's clock is due.
        clock: bool,
        /// Its payload is wanted.
        payload: bool,
    },
}

impl FlowStage {
    /// Takes note of a segment in the midst of a flow.
    ///
    /// `rules` are those in force: where they are known, asking for one costs nothing.
    // Hands on no reference to the packet: so it can stay in registers.
    #[inline(always)]
    pub(in crate::analyzer) fn ack(
        &mut self,
        packet: &Packet<'_, '_>,
        rules: &CompatRules,
    ) -> Noted {
        let flows = self.shards.of(packet.keys.flow_mark);
        if !rules.expiry_waits_for_packets {
            flows.expire(packet.now_s());
        }
        let Some((id, side)) = flows.find(&packet.keys, packet.now_s()) else {
            #[cfg(feature = "tls")]
            if may_begin_midway(packet.segment.payload) {
                return Noted::Midway;
            }
            return Noted::Nothing;
        };
        let Some(flow) = flows.flow(id) else { return Noted::Nothing };
        if rules.early_ack_ends_flow && (flow.is_probe || flow.server_next.is_none()) {
            flows.close(id);
            return Noted::Nothing;
        }
        let sequence = packet.segment.tcp.sequence_number();
        let expected = match side {
            Side::Client => flow.client_next,
            Side::Server => flow.server_next.unwrap_or(sequence),
        };
        let tolerance = rules.sequence_tolerance;
        if sequence.wrapping_sub(expected).wrapping_add(tolerance) > 2 * tolerance {
            return Noted::Nothing;
        }
        let next = sequence.wrapping_add(packet.segment.payload_len as u32);
        match side {
            Side::Client => flow.client_next = next,
            Side::Server => flow.server_next = Some(next),
        }
        let now_ms = packet.time.as_millis();
        let clock = rules.clock_is_of_the_flow || flow.clock_is_due(side, now_ms);
        let payload = packet.segment.payload_len > 0 && flow.wants_payload(side, next, now_ms);
        if clock || payload { Noted::More { id, side, clock, payload } } else { Noted::Nothing }
    }

    /// What a segment says of which [`ack`](FlowStage::ack) took note.
    pub(in crate::analyzer) fn after_ack<'d>(
        &mut self,
        packet: &Packet<'_, '_>,
        noted: Noted,
        record: &mut Option<Record<'d>>,
    ) -> Option<Event> {
        let (id, side, clock, payload) = match noted {
            Noted::Nothing => return None,
            #[cfg(feature = "tls")]
            Noted::Midway => {
                self.wanted = self.midway(packet);
                return None;
            }
            Noted::More { id, side, clock, payload } => (id, side, clock, payload),
        };
        let is_p0f_wanted =
            self.context.rules.http_reader_ends_flows && !packet.segment.payload.is_empty();
        if payload || is_p0f_wanted {
            self.wanted = Some(Wanted { id, side, closes: false });
        }
        if clock { self.clock(packet, (id, side), false, record) } else { None }
    }
}
