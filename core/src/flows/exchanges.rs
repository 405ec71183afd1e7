//! The connections of a shard that speak HTTP.

use core::num::NonZeroU32;

use super::flow::{Flow, layer};
use crate::endpoint::Side;
use crate::http::{Counts, Exchange, Kind, Message, may_resume};
use crate::stream::{Payload, Streams};

/// Exchanges by number, in places that are used again.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    places: Vec<Exchange>,
    /// Numbers of places that nobody uses.
    free: Vec<NonZeroU32>,
    counts: Counts,
}

impl Exchanges {
    /// A place for a new exchange.
    fn add(&mut self, exchange: Exchange) -> Option<NonZeroU32> {
        if let Some(number) = self.free.pop() {
            *self.get(number)? = exchange;
            return Some(number);
        }
        self.places.push(exchange);
        u32::try_from(self.places.len()).ok().and_then(NonZeroU32::new)
    }

    fn get(&mut self, number: NonZeroU32) -> Option<&mut Exchange> {
        self.places.get_mut(number.get() as usize - 1)
    }

    /// HTTP is no longer read of a flow.
    pub(super) fn end(&mut self, flow: &mut Flow, streams: &mut Streams) {
        for side in [Side::Client, Side::Server] {
            flow.end_stream(layer::HTTP, side);
        }
        let Some(number) = flow.http.exchange.take() else { return };
        if let Some(exchange) = self.get(number) {
            exchange.abandon(streams);
        }
        self.free.push(number);
    }

    /// Takes a payload of a flow; `sink` gets what it completes.
    pub(super) fn read(
        &mut self,
        flow: &mut Flow,
        side: Side,
        payload: &Payload<'_>,
        streams: &mut Streams,
        sink: impl FnMut(Message<'_>),
    ) {
        if payload.bytes.is_empty() && flow.http.exchange.is_none() {
            return;
        }
        let number = match self.of_flow(flow, side, payload) {
            Found::Here(number) => number,
            Found::NotYet => return,
            // A server of HTTP/2 may speak first.
            Found::OtherProtocol if side == Side::Server => {
                return flow.end_stream(layer::HTTP, side);
            }
            Found::OtherProtocol => return self.end(flow, streams),
        };
        let Exchanges { places, counts, .. } = self;
        let Some(exchange) = places.get_mut(number.get() as usize - 1) else { return };
        let kind = Kind::from(side);
        exchange.push(kind, payload, streams, counts, sink);
        if exchange.is_over() {
            return self.end(flow, streams);
        }
        let end = payload.seq.wrapping_add(payload.bytes.len() as u32);
        match exchange.quiet_until(kind, end) {
            Some(until) => flow.set_quiet_until(side, until),
            None => flow.end_stream(layer::HTTP, side),
        }
    }

    /// The exchange of a flow, which begins with the first payload that may be HTTP.
    fn of_flow(&mut self, flow: &mut Flow, side: Side, payload: &Payload<'_>) -> Found {
        if let Some(number) = flow.http.exchange {
            return Found::Here(number);
        }
        match flow.stream_start(side) {
            Some(start) if payload.seq == start => {
                if !Kind::from(side).may_begin(payload.bytes) {
                    return Found::OtherProtocol;
                }
            }
            // Behind a segment that comes late: what that is will show.
            Some(start) if payload.seq.wrapping_sub(start).cast_signed() > 0 => {}
            Some(_) => return Found::NotYet,
            None if may_resume(payload.bytes) => {}
            None => return Found::NotYet,
        }
        let mut exchange = Exchange::midway();
        for side in [Side::Client, Side::Server] {
            if let Some(start) = flow.stream_start(side) {
                exchange.start(side.into(), start.wrapping_sub(1));
            }
        }
        let Some(number) = self.add(exchange) else { return Found::OtherProtocol };
        flow.http.exchange = Some(number);
        Found::Here(number)
    }
}

/// The exchange of a flow.
enum Found {
    Here(NonZeroU32),
    /// Nothing that begins like HTTP has come.
    NotYet,
    /// The flow began with something else.
    OtherProtocol,
}
