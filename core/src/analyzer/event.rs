//! What the flow stage hands to the host stage.

use crate::clock::Pace;
use crate::endpoint::Side;
use crate::flows::FlowId;
use crate::hosts::HostKey;
use crate::record::Record;
use crate::state::Address;
use crate::uptime::Reading;

/// What one packet said by itself and by its flow, beside its record; the history of its hosts says
/// the rest. The record is large, so it is written once, to where the caller wants it.
///
/// A plain value: with its record, it may be handed to another thread. Events of one host are to be
/// taken in the order of their packets.
#[derive(Debug)]
pub(crate) struct Event {
    /// The hosts of the flow: of the client and of the server.
    pub(crate) hosts: [HostKey; 2],
    /// The side that the record is about.
    pub(crate) subject: Side,
    /// Whether both hosts count as seen now: a flow began.
    pub(crate) is_first: bool,
    pub(crate) question: Question,
    /// The flow in its shard, for p0f's rules.
    pub(crate) flow: FlowId,
}

/// Where the events of a payload go.
pub(super) trait Sink<'d> {
    /// Takes an event. `make` gets the place where its record is wanted, so that it is not moved.
    #[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "nothing reads payloads"))]
    fn put(&mut self, make: impl FnOnce(&mut Option<Record<'d>>) -> Event);
}

/// What p0f remembers of an HTTP head, besides what its record has.
#[cfg(feature = "http")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct HttpSigns {
    /// The system that User-Agent names: the number of its name.
    pub(crate) user_agent_system: Option<u16>,
    /// The server's clock in seconds, 0 if it has none.
    pub(crate) date: i64,
}

/// What the host stage is asked about a packet.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Question {
    /// Nothing: the packet says nothing of the host, which is remembered all the same.
    OnlySeen,
    /// Nothing, and no host is needed: the record is complete.
    #[cfg(feature = "tls")]
    Nothing,
    /// By p0f's rules: whether an HTTP head is like those seen before.
    #[cfg(feature = "http")]
    P0fHttp(HttpSigns),
    /// Whether a tool runs on a system on which it cannot.
    Tool,
    /// Whether the stack is the one seen before, and what its clock says. With the layout's kinds as
    /// they are remembered.
    Stack { layout_hash: u32 },
    /// What the host's clock says, which ran at this pace since the flow's handshake.
    Clock { first: Reading, last: Reading, pace: Pace },
    /// By p0f's rules: what a later segment says of the clock.
    P0fClock { reading: Reading },
}

impl Event {
    /// The host that the record is about.
    #[inline]
    pub(crate) fn subject(&self) -> &HostKey {
        let [client, server] = &self.hosts;
        match self.subject {
            Side::Client => client,
            Side::Server => server,
        }
    }

    /// The address to which the subject sent the packet.
    #[inline]
    pub(crate) fn destination(&self) -> Address {
        let [client, server] = &self.hosts;
        match self.subject {
            Side::Client => server.address,
            Side::Server => client.address,
        }
    }

    /// The subject's port and the other one.
    pub(crate) fn ports(&self, record: &Record<'_>) -> [u16; 2] {
        let (client, server) = (record.client.port, record.server.port);
        match self.subject {
            Side::Client => [client, server],
            Side::Server => [server, client],
        }
    }
}
