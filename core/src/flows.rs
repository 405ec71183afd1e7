//! The connections of one shard: bounded in number and age.

mod eviction;
#[cfg(feature = "http")]
mod exchanges;
mod flow;
#[cfg(not(feature = "http"))]
mod p0f_interest;

use crate::compat::CompatRules;
#[cfg(feature = "tls")]
use crate::database::IdMap;
use crate::endpoint::Side;
#[cfg(feature = "http")]
use crate::http::{Message, P0fExchange};
use crate::state::{Keys, Table, is_older};
#[cfg(feature = "tls")]
use crate::stream::{GiveUp, Outcome, Payload, Reading, Streams};
#[cfg(feature = "http")]
use exchanges::Exchanges;
pub(crate) use flow::{Flow, FlowEnds};
#[cfg(feature = "tls")]
pub(crate) use flow::{Matched, layer};
#[cfg(not(feature = "http"))]
use p0f_interest::Interest;

/// The number of a flow in its shard, until it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FlowId(u32);

/// The flows of a shard.
#[derive(Debug)]
pub(crate) struct Flows {
    limit: u32,
    /// How long a flow is kept, in seconds.
    seconds: u32,
    rules: &'static CompatRules,
    table: Table<Flow>,
    p0f: P0fState,
    /// What is held of undecided streams.
    #[cfg(feature = "tls")]
    streams: Streams,
    #[cfg(feature = "http")]
    exchanges: Exchanges,
    last_expiry_s: u64,
    evicted: u64,
}

/// What only p0f's rules need.
#[derive(Debug, Default)]
struct P0fState {
    /// How long p0f's HTTP reader would keep each flow, by number.
    #[cfg(not(feature = "http"))]
    interests: Vec<Interest>,
    /// What p0f's HTTP reader made of each flow, by number.
    #[cfg(feature = "http")]
    exchanges: Vec<P0fExchange>,
    /// Flows that were removed, whose hosts have not been told.
    removed: Vec<FlowEnds>,
}

impl Flows {
    pub(crate) fn new(limit: u32, seconds: u32, rules: &'static CompatRules, seed: u64) -> Flows {
        Flows {
            limit,
            seconds,
            rules,
            table: Table::new(seed, limit),
            p0f: P0fState::default(),
            #[cfg(feature = "tls")]
            streams: Streams::new(Streams::DEFAULT_MEMORY, crate::tls::may_begin),
            #[cfg(feature = "http")]
            exchanges: Exchanges::default(),
            last_expiry_s: 0,
            evicted: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// How many were evicted because the table was full.
    pub(crate) fn evicted(&self) -> u64 {
        self.evicted
    }

    pub(crate) fn flow(&mut self, id: FlowId) -> Option<&mut Flow> {
        self.table.get_mut(id.0)
    }

    /// Fetches the cache lines at which [`find`](Flows::find) will look.
    #[inline]
    pub(crate) fn prefetch(&self, keys: &Keys) {
        self.table.prefetch(keys.flow_hash);
    }

    /// The flow to which a packet belongs, and the side that sent the packet.
    #[inline]
    pub(crate) fn find(&mut self, keys: &Keys, now_s: u64) -> Option<(FlowId, Side)> {
        let mut found = None;
        let number = self.table.find(keys.flow_hash, |flow| {
            found = flow.sender(keys).map(|side| (side, flow.age_from_s()));
            found.is_some()
        })?;
        let (side, since_s) = found?;
        if !self.rules.expiry_waits_for_packets && self.is_old(since_s, now_s) {
            self.remove(number);
            return None;
        }
        Some((FlowId(number), side))
    }

    /// Adds a flow; `sender` is the side that sent the packet.
    #[inline]
    pub(crate) fn open(&mut self, keys: &Keys, sender: Side, now_ms: u64) -> FlowId {
        self.evict_for_new();
        let number = self.table.insert(keys.flow_hash, Flow::new(keys, sender, now_ms));
        if self.rules.http_reader_ends_flows {
            #[cfg(not(feature = "http"))]
            {
                *self.interest(number) = Interest::default();
            }
            #[cfg(feature = "http")]
            {
                *self.p0f_exchange(FlowId(number)) = P0fExchange::new();
            }
        }
        FlowId(number)
    }

    pub(crate) fn close(&mut self, flow: FlowId) {
        self.remove(flow.0);
    }

    fn remove(&mut self, number: u32) {
        // A flow can be closed for more than one reason.
        if self.rules.flows_keep_their_hosts
            && self.table.holds(number)
            && let Some(flow) = self.table.get(number)
        {
            self.p0f.removed.push(flow.ends());
        }
        #[cfg(feature = "http")]
        if let Some(exchange) = self.p0f.exchanges.get_mut(number as usize) {
            // Its buffers are freed.
            *exchange = P0fExchange::new();
        }
        #[cfg(feature = "tls")]
        if let Some(flow) = self.table.get_mut(number) {
            for side in [Side::Client, Side::Server] {
                if flow.is_read_by(layer::TLS, side) {
                    flow.end_stream(layer::TLS, side);
                    self.streams.abandon(&mut flow.streams[side.index()]);
                }
            }
            #[cfg(feature = "http")]
            self.exchanges.end(flow, &mut self.streams);
        }
        self.table.remove(number);
    }

    /// Lets the age of a flow begin anew whose streams are read, if it is time.
    #[cfg(feature = "tls")]
    pub(crate) fn renew(&mut self, id: FlowId, now_ms: u64) {
        if let Some(flow) = self.table.get_mut(id.0)
            && flow.needs_renewal(now_ms)
        {
            flow.renew(now_ms);
            self.table.renew(id.0);
        }
    }

    /// Bounds the memory of undecided streams, in bytes.
    #[cfg(feature = "tls")]
    pub(crate) fn limit_streams(&mut self, max_memory: usize) {
        self.streams = Streams::new(max_memory, crate::tls::may_begin);
    }

    /// Takes a payload of a side's stream. `read` gets the bytes so far; what it returns decides the
    /// stream, and is returned.
    #[cfg(feature = "tls")]
    pub(crate) fn read_stream<T>(
        &mut self,
        id: FlowId,
        side: Side,
        payload: &Payload<'_>,
        read: impl FnOnce(Reading<'_>) -> Option<T>,
    ) -> Option<T> {
        let flow = self.table.get_mut(id.0)?;
        match self.streams.push(&mut flow.streams[side.index()], payload, read) {
            Outcome::Undecided => None,
            Outcome::Decided(found) => {
                flow.end_stream(layer::TLS, side);
                Some(found)
            }
            Outcome::GivenUp(_) | Outcome::Over => {
                flow.end_stream(layer::TLS, side);
                None
            }
        }
    }

    /// Takes a payload of a flow for HTTP; `sink` gets what it completes.
    #[cfg(feature = "http")]
    pub(crate) fn read_http(
        &mut self,
        id: FlowId,
        side: Side,
        payload: &Payload<'_>,
        sink: impl FnMut(Message<'_>),
    ) {
        if let Some(flow) = self.table.get_mut(id.0) {
            self.exchanges.read(flow, side, payload, &mut self.streams, sink);
        }
    }

    /// How many streams were given up for a reason.
    #[cfg(feature = "tls")]
    pub(crate) fn streams_given_up(&self, reason: GiveUp) -> u64 {
        self.streams.given_up(reason)
    }

    /// Bytes allocated for undecided streams.
    #[cfg(feature = "tls")]
    pub(crate) fn stream_memory(&self) -> usize {
        self.streams.memory()
    }

    /// Translates what flows matched into the numbers of another database.
    #[cfg(feature = "tls")]
    pub(crate) fn remap_signatures(&mut self, id_map: &IdMap) {
        for flow in self.table.entries_mut() {
            for matched in &mut flow.matched {
                *matched = matched.and_then(|(id, fuzzy)| Some((id_map.signature(id)?, fuzzy)));
            }
        }
    }

    /// Flows that were removed since the last call, by p0f's rules: they no longer keep their hosts.
    pub(crate) fn take_removed(&mut self) -> impl Iterator<Item = FlowEnds> {
        self.p0f.removed.drain(..)
    }

    /// What p0f's HTTP reader made of a flow.
    #[cfg(feature = "http")]
    pub(crate) fn p0f_exchange(&mut self, flow: FlowId) -> &mut P0fExchange {
        let (at, exchanges) = (flow.0 as usize, &mut self.p0f.exchanges);
        if exchanges.len() <= at {
            exchanges.resize(at + 1, P0fExchange::new());
        }
        &mut exchanges[at]
    }

    /// Whether p0f's HTTP reader would still keep the flow, after this payload.
    #[cfg(not(feature = "http"))]
    pub(crate) fn p0f_keeps(&mut self, flow: FlowId, side: Side, payload: &[u8]) -> bool {
        self.interest(flow.0).take(side, payload)
    }

    #[cfg(not(feature = "http"))]
    fn interest(&mut self, number: u32) -> &mut Interest {
        let (at, interests) = (number as usize, &mut self.p0f.interests);
        if interests.len() <= at {
            interests.resize(at + 1, Interest::default());
        }
        &mut interests[at]
    }

    fn is_old(&self, since_s: u64, now_s: u64) -> bool {
        is_older(since_s, now_s, self.seconds, self.rules)
    }
}
