//! The flow stage: which flow a segment belongs to, and what it says by itself and by its flow.
//!
//! It needs only the packets of one flow, in order, and knows nothing of hosts.

mod ack;

use super::event::{Event, Question};
use super::packet::{Kind, Packet};
use super::recent::{Known, Recent};
#[cfg(feature = "tls")]
use super::tls_settings::{self, TlsSettings};
use crate::clock::Pace;
use crate::compat::{Compat, CompatRules};
use crate::database::{Database, IdMap};
use crate::endpoint::{Direction, Side};
use crate::flows::{Flow, FlowId, Flows};
use crate::hosts::HostKey;
#[cfg(feature = "http")]
use crate::record::RecentHeads;
#[cfg(feature = "tls")]
use crate::record::RecentHellos;
use crate::record::{Fingerprint, Record, RecordKind};
use crate::state::{Key, Limits, Scope, ShardNumbers, Shards};
use crate::tcp::observation::{Headers, SENDSYN_MSS, SENDSYN_WINDOW};
use crate::uptime::{Reading, Uptime};
use crate::wire::{Path, TcpOptions};
pub(super) use ack::Noted;

/// The flows, in shards.
#[derive(Debug)]
pub(super) struct FlowStage {
    context: Context,
    shards: Shards<Flows>,
    recent: Recent,
    #[cfg(feature = "tls")]
    hellos: RecentHellos,
    #[cfg(feature = "http")]
    heads: RecentHeads,
    wanted: Option<Wanted>,
}

/// What does not change while packets are taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context {
    compat: Compat,
    rules: &'static CompatRules,
    settings: FlowSettings,
}

/// What an event is about.
pub(super) struct About {
    pub(super) flow: FlowId,
    pub(super) sender: Side,
    /// Whose record it is: mostly the sender's.
    pub(super) subject: Side,
    pub(super) kind: RecordKind,
    /// Whether a flow begins with it.
    pub(super) is_first: bool,
}

impl About {
    /// A later segment, about its sender.
    pub(super) const fn sender(flow: FlowId, sender: Side, kind: RecordKind) -> About {
        About { flow, sender, subject: sender, kind, is_first: false }
    }
}

/// A segment whose payload is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) id: FlowId,
    /// The sender.
    pub(super) side: Side,
    /// Whether the flow ends with it.
    pub(super) closes: bool,
}

/// What an [`AnalyzerBuilder`](super::AnalyzerBuilder) sets of the flow stage.
#[derive(Debug, Clone, Copy)]
pub(super) struct FlowSettings {
    pub(super) limits: Limits,
    pub(super) seed: u64,
    pub(super) merge_paths: bool,
    /// Whether records without a match name the closest signatures.
    pub(super) closest: bool,
    #[cfg(feature = "tls")]
    pub(super) tls: TlsSettings,
    /// Whether HTTP is read.
    #[cfg(feature = "http")]
    pub(super) http: bool,
}

/// How a SYN or SYN+ACK came by its flow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Usual,
    /// p0f-sendsyn made the SYN.
    Probe,
    /// A SYN+ACK without its SYN, or to none that is known.
    SynUnseen,
}

impl FlowStage {
    pub(super) fn new(compat: Compat, settings: FlowSettings) -> FlowStage {
        let FlowSettings { limits, seed, .. } = settings;
        let rules = compat.rules();
        let shard = |limit| Flows::new(limit, limits.flow_seconds, rules, seed);
        let shards = match rules.flows_keep_their_hosts {
            true => Shards::one(shard(limits.flows)),
            false => Shards::new(limits.flows, shard),
        };
        #[cfg(feature = "tls")]
        let shards = tls_settings::with_memory(shards, settings.tls);
        let context = Context { compat, rules, settings };
        FlowStage {
            context,
            shards,
            recent: Recent::new(),
            #[cfg(feature = "tls")]
            hellos: RecentHellos::new(seed),
            #[cfg(feature = "http")]
            heads: RecentHeads::new(seed),
            wanted: None,
        }
    }

    /// Deals the shards out to so many stages, of which this one is the first, each for a thread. The
    /// others are returned.
    pub(super) fn deal(&mut self, stages: usize) -> Vec<FlowStage> {
        let (context, seed) = (self.context, self.seed());
        let of_shards = |shards| FlowStage {
            context,
            shards,
            recent: Recent::new(),
            #[cfg(feature = "tls")]
            hellos: RecentHellos::new(seed),
            #[cfg(feature = "http")]
            heads: RecentHeads::new(seed),
            wanted: None,
        };
        let vacant = || Flows::new(0, context.settings.limits.flow_seconds, context.rules, seed);
        self.shards.deal(stages, vacant).into_iter().map(of_shards).collect()
    }

    /// Takes back the shards of this one of so many stages.
    pub(super) fn take_back(&mut self, from: FlowStage, place: (usize, usize)) {
        self.shards.take_back(from.shards, place);
    }

    /// Which shard a mark belongs to.
    pub(super) fn shard_numbers(&self) -> ShardNumbers {
        self.shards.numbers()
    }

    /// With the same settings and nothing remembered, for other rules.
    pub(super) fn forgotten(&self, compat: Compat) -> FlowStage {
        FlowStage::new(compat, self.context.settings)
    }

    /// Translates what was found in a database that is replaced.
    pub(super) fn remap_signatures(&mut self, id_map: &IdMap) {
        self.recent.clear();
        #[cfg(feature = "tls")]
        self.hellos.clear();
        #[cfg(feature = "http")]
        self.heads.clear();
        #[cfg(feature = "tls")]
        self.shards.iter_mut().for_each(|flows| flows.remap_signatures(id_map));
        #[cfg(not(feature = "tls"))]
        let _ = id_map;
    }

    pub(super) fn flow_count(&self) -> usize {
        self.shards.iter().map(Flows::len).sum()
    }

    pub(super) fn evicted(&self) -> u64 {
        self.shards.iter().map(Flows::evicted).sum()
    }

    /// Drops flows that are too old.
    #[inline]
    pub(super) fn expire(&mut self, now_s: u64) {
        self.shards.iter_mut().for_each(|flows| flows.expire(now_s));
    }

    #[inline]
    pub(super) fn seed(&self) -> u64 {
        self.context.settings.seed
    }

    #[inline]
    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    /// The shard of a packet's flow.
    #[inline]
    pub(super) fn shard(&mut self, packet: &Packet<'_, '_>) -> &mut Flows {
        self.shards.of(packet.keys.flow_mark)
    }

    /// The shard of a packet's flow, and the hellos of late.
    #[cfg(feature = "tls")]
    pub(super) fn shard_and_hellos(
        &mut self,
        packet: &Packet<'_, '_>,
    ) -> (&mut Flows, &mut RecentHellos) {
        (self.shards.of(packet.keys.flow_mark), &mut self.hellos)
    }

    /// The shard of a packet's flow, and the HTTP heads of late.
    #[cfg(feature = "http")]
    pub(super) fn shard_and_heads(
        &mut self,
        packet: &Packet<'_, '_>,
    ) -> (&mut Flows, &mut RecentHeads) {
        (self.shards.of(packet.keys.flow_mark), &mut self.heads)
    }

    #[cfg(feature = "tls")]
    pub(super) fn shards(&self) -> &Shards<Flows> {
        &self.shards
    }

    #[cfg(feature = "tls")]
    pub(super) fn tls(&self) -> &TlsSettings {
        &self.context.settings.tls
    }

    /// Whether p0f's HTTP reader says what it reads: it ends flows all the same.
    #[cfg(feature = "http")]
    pub(super) fn writes_http(&self) -> bool {
        self.context.settings.http
    }

    /// The only shard, by p0f's rules.
    pub(super) fn flows_like_p0f(&mut self) -> &mut Flows {
        self.shards.of(0)
    }

    /// Fetches the cache lines at which a SYN's flow will be looked for.
    #[inline]
    pub(super) fn prefetch(&mut self, packet: &Packet<'_, '_>) {
        self.shards.of(packet.keys.flow_mark).prefetch(&packet.keys);
    }

    /// What a segment says of TCP: `record` is set if it says something. Whether its payload is wanted,
    /// too, [`wants_payload`](FlowStage::wants_payload) tells.
    #[inline]
    pub(super) fn take<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
        kind: Kind,
        record: &mut Option<Record<'d>>,
    ) -> Option<Event> {
        match kind {
            Kind::Ack => {
                let noted = self.ack(packet, self.context.rules);
                self.after_ack(packet, noted, record)
            }
            Kind::Syn => self.syn(database, packet, record),
            Kind::SynAck => self.syn_ack(database, packet, record),
            Kind::End => self.end(packet, record),
        }
    }

    /// Whether the payload of the last segment is wanted.
    #[inline]
    pub(super) fn wants_payload(&self) -> bool {
        self.wanted.is_some()
    }

    /// The flow whose payload is wanted, once.
    pub(super) fn take_wanted(&mut self) -> Option<Wanted> {
        self.wanted.take()
    }

    #[inline(never)]
    fn syn<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
        record: &mut Option<Record<'d>>,
    ) -> Option<Event> {
        let client_next = packet.segment.tcp.sequence_number().wrapping_add(1);
        let flows = self.shards.of(packet.keys.flow_mark);
        if let Some((id, side)) = flows.find(&packet.keys, packet.now_s()) {
            let expected = flows.flow(id).map(|flow| flow.client_next);
            if side == Side::Client && expected == Some(client_next) {
                // A retransmission.
                return None;
            }
            flows.close(id);
        }
        let headers = Headers::of(packet.segment, Direction::Syn, None, self.context.compat);
        let known = self.recent.look_up(database, &headers)?;
        let mss = known.mss();
        let id = flows.open(&packet.keys, Side::Client, packet.time.as_millis());
        let window = packet.segment.tcp.window_size();
        let is_probe = mss == Some(SENDSYN_MSS) && window == SENDSYN_WINDOW;
        let flow = flows.flow(id)?;
        flow.client_next = client_next;
        flow.syn_end = client_next;
        flow.syn_payload_len = packet.segment.payload_len.min(usize::from(u16::MAX)) as u16;
        flow.client_mss = mss.unwrap_or(0);
        flow.is_probe = is_probe;
        #[cfg(feature = "tls")]
        self.context.begin_stream(packet, (flow, Side::Client), known);
        if wants_payload_of_handshake(packet, flow, Side::Client) {
            self.wanted = Some(Wanted { id, side: Side::Client, closes: false });
        }
        let origin = if is_probe { Origin::Probe } else { Origin::Usual };
        let sender = (id, Side::Client, true);
        let known = (known, &headers);
        Some(self.context.fingerprint(database, packet, flow, sender, known, origin, record))
    }

    #[inline(never)]
    fn syn_ack<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
        record: &mut Option<Record<'d>>,
    ) -> Option<Event> {
        let flows = self.shards.of(packet.keys.flow_mark);
        let Some((id, side)) = flows.find(&packet.keys, packet.now_s()) else {
            return self.lone_syn_ack(database, packet, record);
        };
        let tcp = &packet.segment.tcp;
        let Context { compat, rules, .. } = self.context;
        let flow = flows.flow(id)?;
        if !flow.is_probe && (side == Side::Client || flow.server_next.is_some()) {
            // A simultaneous open, or a retransmission.
            return None;
        }
        let mut peer_mss = Some(flow.client_mss).filter(|&mss| mss != 0);
        let origin = if flow.is_probe {
            Origin::Probe
        } else if !rules.any_syn_ack_answers
            && !flow.is_acknowledged_by(tcp.acknowledgment_number())
        {
            // An answer to another SYN: what it says of the server holds, the peer's MSS does not.
            peer_mss = None;
            Origin::SynUnseen
        } else {
            flow.server_next = Some(tcp.sequence_number().wrapping_add(1));
            Origin::Usual
        };
        let headers = Headers::of(packet.segment, Direction::SynAck, peer_mss, compat);
        let known = self.recent.look_up(database, &headers)?;
        #[cfg(feature = "tls")]
        if origin == Origin::Usual {
            self.context.begin_stream(packet, (flow, Side::Server), known);
        }
        if wants_payload_of_handshake(packet, flow, Side::Server) && origin != Origin::Probe {
            self.wanted = Some(Wanted { id, side: Side::Server, closes: false });
        }
        let sender = (id, side, false);
        let known = (known, &headers);
        let event = self.context.fingerprint(database, packet, flow, sender, known, origin, record);
        if origin == Origin::Probe {
            flows.close(id);
        }
        Some(event)
    }

    /// A SYN+ACK whose SYN was not seen: p0f passes it over, but a one-sided tap has no other.
    fn lone_syn_ack<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
        record: &mut Option<Record<'d>>,
    ) -> Option<Event> {
        if self.context.rules.lone_syn_acks_are_ignored {
            return None;
        }
        let tcp = &packet.segment.tcp;
        let flows = self.shards.of(packet.keys.flow_mark);
        let id = flows.open(&packet.keys, Side::Server, packet.time.as_millis());
        let flow = flows.flow(id)?;
        flow.client_next = tcp.acknowledgment_number();
        flow.server_next = Some(tcp.sequence_number().wrapping_add(1));
        let headers = Headers::of(packet.segment, Direction::SynAck, None, self.context.compat);
        let known = self.recent.look_up(database, &headers)?;
        #[cfg(feature = "tls")]
        self.context.begin_stream(packet, (flow, Side::Server), known);
        if wants_payload_of_handshake(packet, flow, Side::Server) {
            self.wanted = Some(Wanted { id, side: Side::Server, closes: false });
        }
        let sender = (id, Side::Server, true);
        let known = (known, &headers);
        Some(self.context.fingerprint(
            database,
            packet,
            flow,
            sender,
            known,
            Origin::SynUnseen,
            record,
        ))
    }

    #[inline(never)]
    fn end<'d>(
        &mut self,
        packet: &Packet<'_, '_>,
        record: &mut Option<Record<'d>>,
    ) -> Option<Event> {
        let flows = self.shards.of(packet.keys.flow_mark);
        let (id, side) = flows.find(&packet.keys, packet.now_s())?;
        let event = self.clock(packet, (id, side), true, record);
        let flows = self.shards.of(packet.keys.flow_mark);
        let (end, now_ms) = (packet.payload_end(), packet.time.as_millis());
        if flows.flow(id).is_some_and(|flow| flow.wants_payload(side, end, now_ms)) {
            self.wanted = Some(Wanted { id, side, closes: true });
        } else {
            flows.close(id);
        }
        event
    }

    /// What a segment of the flow says of its sender's clock. The last segment is the last that may
    /// say something.
    fn clock<'d>(
        &mut self,
        packet: &Packet<'_, '_>,
        (id, side): (FlowId, Side),
        is_last: bool,
        record: &mut Option<Record<'d>>,
    ) -> Option<Event> {
        let flow = self.shards.of(packet.keys.flow_mark).flow(id)?;
        if flow.is_probe || flow.clock_is_done(side) {
            return None;
        }
        let ticks = TcpOptions::parse(packet.segment.tcp.options()).timestamps?.tsval;
        let last = Reading { time_ms: packet.time.as_millis(), ticks };
        if ticks == 0 {
            return None;
        }
        let question = if self.context.rules.clock_is_of_the_flow {
            Question::P0fClock { reading: last }
        } else {
            let first = flow.first_reading(side)?;
            let pace = Pace::between(first, last);
            match pace {
                Pace::Settled(_) => flow.end_clock(side),
                Pace::Likely(_) if is_last => {}
                Pace::Likely(_) | Pace::Open | Pace::Unreal => {
                    flow.note_look(side);
                    return None;
                }
            }
            Question::Clock { first, last, pace }
        };
        let of = About::sender(id, side, RecordKind::Uptime);
        Some(self.context.event(packet, flow, &of, None, question, record))
    }
}

/// Whether the payload of a SYN or SYN+ACK is wanted (RFC 7413), which is rare.
#[inline]
fn wants_payload_of_handshake(packet: &Packet<'_, '_>, flow: &Flow, side: Side) -> bool {
    packet.segment.payload_len > 0
        && flow.wants_payload(side, packet.payload_end(), packet.time.as_millis())
}

impl Context {
    /// The network in which the ends of a packet are hosts. Flows do not depend on it: the two
    /// directions of a connection may be seen in two networks, such as the tunnels of GTP.
    #[inline]
    pub(super) fn scope(&self, path: &Path) -> Scope {
        let is_one = path.is_empty() || self.settings.merge_paths || self.rules.address_is_one_host;
        if is_one { Scope::NONE } else { Scope::of(path) }
    }

    #[cfg(feature = "tls")]
    pub(super) fn tls(&self) -> &TlsSettings {
        &self.settings.tls
    }

    /// Whether HTTP is read, in the way of this library.
    #[cfg(feature = "tls")]
    pub(super) fn reads_http(&self) -> bool {
        #[cfg(feature = "http")]
        return self.settings.http && self.compat == Compat::Fixed;
        #[cfg(not(feature = "http"))]
        false
    }

    /// What a SYN or SYN+ACK says of its sender.
    #[inline(always)]
    #[allow(clippy::too_many_arguments, reason = "inlined")]
    fn fingerprint<'d>(
        &self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
        flow: &mut Flow,
        (id, sender, is_first): (FlowId, Side, bool),
        (known, headers): (&Known, &Headers<'_>),
        origin: Origin,
        record: &mut Option<Record<'d>>,
    ) -> Event {
        let observation = known.observation(headers);
        let found = known.found(database);
        let (side, kind) = match headers.direction() {
            Direction::Syn => (Side::Client, RecordKind::Syn),
            Direction::SynAck => (Side::Server, RecordKind::SynAck),
        };
        let is_probe = origin == Origin::Probe;
        let is_tool = found.is_some_and(|found| found.label.is_userland());
        let question = match (is_probe, is_tool) {
            // p0f's own probes say nothing of the host.
            (true, _) => Question::OnlySeen,
            (false, true) => Question::Tool,
            (false, false) => Question::Stack { layout_hash: known.layout_hash },
        };
        let is_stack = matches!(question, Question::Stack { .. });
        if !self.rules.clock_is_of_the_flow
            && is_stack
            && let Some(ticks) = observation.timestamps.map(|clock| clock.tsval)
            && ticks != 0
        {
            flow.set_first_reading(side, Reading { time_ms: packet.time.as_millis(), ticks });
        }
        let fingerprint = Fingerprint {
            observation,
            found,
            closest_in: self.settings.closest.then_some(database),
            distance: known.distance,
            mtu: if is_stack { known.mtu(database) } else { None },
            change: None,
            is_probe,
            syn_unseen: origin == Origin::SynUnseen,
        };
        let of = About { flow: id, sender, subject: side, kind, is_first };
        self.event(packet, flow, &of, Some(fingerprint), question, record)
    }

    /// An event of a flow, about one of its sides, and its record.
    // Always inlined, so that both are made where they are wanted.
    #[inline(always)]
    pub(super) fn event<'d>(
        &self,
        packet: &Packet<'_, '_>,
        flow: &Flow,
        &About { flow: id, sender, subject: side, kind, is_first }: &About,
        fingerprint: Option<Fingerprint<'d>>,
        question: Question,
        record: &mut Option<Record<'d>>,
    ) -> Event {
        let scope = self.scope(&packet.segment.path);
        let (seed, is_v6) = (self.settings.seed, packet.keys.is_v6);
        let host = |key: &Key| HostKey::new(key.address, is_v6, scope, key.hash, seed);
        *record = Some(Record {
            time: packet.time,
            kind,
            client: flow.end(Side::Client),
            server: flow.end(Side::Server),
            subject: side,
            fingerprint,
            uptime: None::<Uptime>,
            path: packet.segment.path,
            part: 0,
            with_flow: true,
            #[cfg(feature = "tls")]
            tls: None,
            #[cfg(feature = "http")]
            http: None,
            #[cfg(feature = "quic")]
            quic: None,
        });
        let keys = &packet.keys;
        Event {
            hosts: [host(keys.of(Side::Client, sender)), host(keys.of(Side::Server, sender))],
            // Who answers a probe may be taken for its client.
            subject: side,
            is_first,
            question,
            flow: id,
        }
    }
}
