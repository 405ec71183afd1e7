//! What UDP datagrams say: the hellos of QUIC and DTLS clients.
//!
//! Needs only the datagrams of one flow, in any order, and knows nothing of TCP.

use crate::endpoint::Side;
use crate::frame::{Frame, Timestamp};
use crate::quic::{self, Connections, Fault, GiveUp, Outcome, Protocol, may_open};
use crate::record::{Quic, Record, RecordKind, Tls};
use crate::skip::Skip;
use crate::state::{Keys, Limits, Shards};
use crate::tls::Libraries;
use crate::wire;

/// How datagrams are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct DatagramSettings {
    pub(super) quic: bool,
    pub(super) dtls: bool,
    /// Whether records have the lists behind fingerprints.
    pub(super) raw: bool,
    /// Bytes that connections may hold together.
    pub(super) memory: usize,
}

impl DatagramSettings {
    /// See [`DatagramStage::wants`].
    #[inline]
    pub(super) fn wants(&self, frame: &Frame<'_>, skip: &Skip) -> bool {
        quic::may_open_connection(frame, skip).is_some_and(|protocol| self.reads(protocol))
    }

    fn reads(&self, protocol: Protocol) -> bool {
        match protocol {
            Protocol::Quic => self.quic,
            Protocol::Dtls => self.dtls,
        }
    }
}

/// The connections that UDP datagrams open, in shards.
#[derive(Debug)]
pub(super) struct DatagramStage {
    settings: DatagramSettings,
    limits: Limits,
    seed: u64,
    shards: Shards<Connections>,
}

/// What a datagram says.
#[expect(clippy::large_enum_variant, reason = "it is taken apart where it is made")]
pub(super) enum Said<'d> {
    /// Nothing: it is other UDP, or could not be read.
    Nothing,
    /// It belongs to a connection that is read, and completes nothing.
    Part,
    /// It completed a hello.
    Hello(Record<'d>),
}

impl DatagramStage {
    /// Packets that are decrypted at most in a second of capture time, by each shard: anyone can send
    /// what looks like an Initial, and this is 3 ms.
    const DECRYPTIONS: u32 = 1000;

    pub(super) fn new(limits: Limits, seed: u64, settings: DatagramSettings) -> DatagramStage {
        // As many as there are of flows; what each may hold is known once they are counted.
        let count = Shards::new(limits.flows, |_| ()).iter().count();
        let memory = settings.memory / count;
        let shards = Shards::new(limits.flows, |_| {
            Connections::new(memory).decryptions_per_second(Self::DECRYPTIONS)
        });
        DatagramStage { settings, limits, seed, shards }
    }

    /// Deals the shards out to so many stages, as [`FlowStage::deal`](super::FlowStage::deal).
    pub(super) fn deal(&mut self, stages: usize) -> Vec<DatagramStage> {
        let (settings, limits, seed) = (self.settings, self.limits, self.seed);
        let of_shards = |shards| DatagramStage { settings, limits, seed, shards };
        self.shards.deal(stages, || Connections::new(0)).into_iter().map(of_shards).collect()
    }

    /// Takes back the shards of this one of so many stages.
    pub(super) fn take_back(&mut self, from: DatagramStage, place: (usize, usize)) {
        self.shards.take_back(from.shards, place);
    }

    pub(super) const fn settings(&self) -> DatagramSettings {
        self.settings
    }

    /// With the same settings and nothing remembered.
    pub(super) fn forgotten(&self) -> DatagramStage {
        DatagramStage::new(self.limits, self.seed, self.settings)
    }

    /// Whether a frame without TCP may hold a datagram that opens a connection. All other UDP ends
    /// here: where the walk stopped at its header, by its length and three bytes.
    #[inline]
    pub(super) fn wants(&self, frame: &Frame<'_>, skip: &Skip) -> bool {
        self.settings.wants(frame, skip)
    }

    /// Takes a datagram, and says what it completed.
    pub(super) fn take<'d>(
        &mut self,
        libraries: &'d Libraries,
        found: &wire::Datagram<'_>,
        time: Timestamp,
    ) -> Said<'d> {
        let protocol = may_open(found.payload, found.payload_len);
        if !protocol.is_some_and(|protocol| self.settings.reads(protocol)) {
            return Said::Nothing;
        }
        let (client, server) = found.ends();
        let mark = Keys::new(client, server, self.seed).flow_mark;
        let raw = self.settings.raw;
        let opening = match self.shards.of(mark).push(&quic::Datagram::new(found, time)) {
            Outcome::Opened(opening) => opening,
            Outcome::Undecided | Outcome::GivenUp(_) | Outcome::Over => return Said::Part,
            Outcome::Unread(_) | Outcome::Other => return Said::Nothing,
        };
        let tls = Tls {
            library: libraries.find(&opening.hello),
            ..Tls::client(&opening.hello, opening.transport(), raw)
        };
        let quic = Quic::of(&opening, found.ip.ttl());
        Said::Hello(Record {
            time,
            kind: if quic.is_some() { RecordKind::QuicClient } else { RecordKind::TlsClient },
            client,
            server,
            subject: Side::Client,
            fingerprint: None,
            uptime: None,
            path: found.path,
            part: 0,
            with_flow: true,
            tls: Some(Box::new(tls)),
            #[cfg(feature = "http")]
            http: None,
            quic: quic.map(Box::new),
        })
    }

    pub(super) fn faults(&self, fault: Fault) -> u64 {
        self.shards.iter().map(|connections| connections.faults(fault)).sum()
    }

    pub(super) fn given_up(&self, reason: GiveUp) -> u64 {
        self.shards.iter().map(|connections| connections.given_up(reason)).sum()
    }

    /// Connections whose hello is not whole yet.
    pub(super) fn undecided(&self) -> usize {
        self.shards.iter().map(Connections::undecided).sum()
    }

    /// Bytes allocated for connections.
    pub(super) fn memory(&self) -> usize {
        self.shards.iter().map(Connections::memory).sum()
    }
}
