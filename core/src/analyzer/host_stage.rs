//! The host stage: what an event says in the light of its hosts' history.
//!
//! It needs only the events of one host, in order, and knows nothing of flows.

#[cfg(feature = "quic")]
use core::net::IpAddr;

use super::event::{Event, Question};
use super::flow_stage::FlowStage;
use super::front::Completion;
use super::packet::Packet;
use crate::change::{Change, NO_SCALE, Seen};
use crate::compat::CompatRules;
use crate::database::{Database, IdMap};
use crate::endpoint::Side;
use crate::hosts::{HostId, HostKey, Hosts, host_mark};
use crate::record::Record;
#[cfg(feature = "quic")]
use crate::state::{Address, Scope};
use crate::state::{Limits, Shards, scoped_hash};
#[cfg(feature = "quic")]
use crate::tcp::signature::SignatureId;
use crate::uptime::Uptime;

/// The hosts, in shards.
#[derive(Debug)]
pub(super) struct HostStage {
    rules: &'static CompatRules,
    seed: u64,
    limits: Limits,
    shards: Shards<Hosts>,
    /// By p0f's rules, whether the clock of the last event's flow needs no further segment.
    p0f_clock_is_done: bool,
    /// Hosts, as of this second.
    counted_s: u64,
    host_count: usize,
}

/// The rules for one host of a shard.
pub(super) struct HostRules<'h> {
    pub(super) hosts: &'h mut Hosts,
}

/// What a packet says in the light of its host's history.
type Said<'d> = (Option<Change<'d>>, Option<Uptime>);

impl HostStage {
    pub(super) fn new(limits: Limits, rules: &'static CompatRules, seed: u64) -> HostStage {
        let shard = |limit| Hosts::new(limit, &limits, rules, seed);
        let shards = match rules.flows_keep_their_hosts {
            true => Shards::one(shard(limits.hosts)),
            false => Shards::new(limits.hosts, shard),
        };
        HostStage {
            rules,
            seed,
            limits,
            shards,
            p0f_clock_is_done: false,
            counted_s: 0,
            host_count: 0,
        }
    }

    /// With the same settings and nothing remembered, for other rules.
    pub(super) fn forgotten(&self, rules: &'static CompatRules) -> HostStage {
        HostStage::new(self.limits, rules, self.seed)
    }

    /// Translates what is remembered of systems into the numbers of another database.
    pub(super) fn remap_signatures(&mut self, id_map: &IdMap) {
        self.shards.iter_mut().for_each(|hosts| hosts.remap_signatures(id_map));
    }

    pub(super) fn host_count(&self) -> usize {
        self.shards.iter().map(Hosts::len).sum()
    }

    pub(super) fn evicted(&self) -> u64 {
        self.shards.iter().map(Hosts::evicted).sum()
    }

    /// What system a host was taken for last, if it is remembered. Changes nothing.
    #[cfg(feature = "quic")]
    pub(super) fn system(&mut self, ip: IpAddr, scope: Scope) -> Option<SignatureId> {
        let (address, is_v6) = (Address::of(ip), ip.is_ipv6());
        let hash = address.hash(is_v6, self.seed);
        let key = HostKey::new(address, is_v6, scope, hash, self.seed);
        self.shards.of(key.mark).system(&key)
    }

    /// Drops hosts that are too old.
    #[inline]
    pub(super) fn expire(&mut self, now_s: u64) {
        self.shards.iter_mut().for_each(|hosts| hosts.expire(now_s));
    }

    /// The only shard, by p0f's rules.
    pub(super) fn hosts_like_p0f(&mut self) -> &mut Hosts {
        self.shards.of(0)
    }

    /// By p0f's rules, whether the clock of the last event's flow needs no further segment.
    pub(super) fn p0f_clock_is_done(&self) -> bool {
        self.p0f_clock_is_done
    }

    /// Finds or adds a host of a flow that begins.
    #[inline]
    fn see(&mut self, key: &HostKey, now_s: u64) -> HostId {
        let hosts = self.shards.of(key.mark);
        hosts.expire(now_s);
        hosts.see(key, now_s)
    }

    /// Completes the record of an event. Returns false if it says nothing.
    #[inline]
    pub(super) fn complete<'d>(
        &mut self,
        database: &'d Database,
        event: &Event,
        record: &mut Record<'d>,
    ) -> bool {
        #[cfg(feature = "tls")]
        if matches!(event.question, Question::Nothing) {
            return true;
        }
        let now_s = record.time.as_seconds();
        let host = if event.is_first && !self.rules.flows_keep_their_hosts {
            let [client, server] = &event.hosts;
            let [client, server] = [self.see(client, now_s), self.see(server, now_s)];
            match event.subject {
                Side::Client => client,
                Side::Server => server,
            }
        } else {
            let hosts = self.shards.of(event.subject().mark);
            if !self.rules.expiry_waits_for_packets {
                hosts.expire(now_s);
            }
            hosts.find_or_add(event.subject(), now_s)
        };
        let hosts = self.shards.of(event.subject().mark);
        let mut rules = HostRules { hosts };
        #[cfg(feature = "http")]
        if let Question::P0fHttp(signs) = event.question {
            rules.judge_http_like_p0f(database, event.subject, record, host, signs);
            return true;
        }
        let (change, uptime) = if self.rules.changes_are_scored {
            let (said, is_done) = rules.judge_like_p0f(database, (event, record), host);
            self.p0f_clock_is_done = is_done;
            said
        } else {
            match rules.judge(database, event, record, host) {
                Some(said) => said,
                // The record is complete.
                None => return record.fingerprint.is_some(),
            }
        };
        let says_something = match &mut record.fingerprint {
            Some(fingerprint) => {
                fingerprint.change = change;
                true
            }
            None => uptime.is_some(),
        };
        record.uptime = uptime;
        says_something
    }
}

impl HostStage {
    /// Whether there are so many hosts that none of them is near in memory. Of fewer, prefetching them
    /// costs more than waiting.
    #[inline]
    fn has_many_hosts(&mut self, now_s: u64) -> bool {
        const MANY_HOSTS: usize = 1 << 18;
        if now_s != self.counted_s {
            self.counted_s = now_s;
            self.host_count = self.host_count();
        }
        self.host_count >= MANY_HOSTS
    }

    /// Prefetches the hosts of an event to come.
    #[inline]
    pub(super) fn prefetch_of(&mut self, event: &Event, now_s: u64) {
        if event.is_first && self.has_many_hosts(now_s) {
            event.hosts.iter().for_each(|key| self.shards.of(key.mark).prefetch(key.hash));
        }
    }
}

impl<'d> Completion<'d> for HostStage {
    /// Prefetches what a SYN needs: with many hosts, none of it is near, and one wait is shorter than
    /// three.
    #[inline]
    fn prefetch(&mut self, flows: &mut FlowStage, packet: &Packet<'_, '_>) {
        if self.has_many_hosts(packet.now_s()) {
            flows.prefetch(packet);
            let scope = flows.context().scope(&packet.segment.path);
            for key in [&packet.keys.source, &packet.keys.destination] {
                let hash = scoped_hash(key.hash, scope, self.seed);
                self.shards.of(host_mark(key.address, scope)).prefetch(hash);
            }
        }
    }

    #[inline]
    fn complete(&mut self, database: &'d Database, event: Event, record: &mut Option<Record<'d>>) {
        if let Some(to_complete) = record
            && !HostStage::complete(self, database, &event, to_complete)
        {
            *record = None;
        }
    }
}

impl HostRules<'_> {
    /// Returns None where there is nothing to say, as of most hosts.
    #[inline]
    fn judge<'d>(
        &mut self,
        database: &'d Database,
        event: &Event,
        record: &Record<'d>,
        host: HostId,
    ) -> Option<Said<'d>> {
        match event.question {
            Question::OnlySeen | Question::P0fClock { .. } => None,
            #[cfg(feature = "tls")]
            Question::Nothing => None,
            #[cfg(feature = "http")]
            Question::P0fHttp(_) => None,
            Question::Tool => Some((self.score_tool(database, host, record), None)),
            Question::Stack { layout_hash } => {
                let side = event.subject;
                let seen = seen(event, record, layout_hash)?;
                if self.hosts.keep_first(host, side.direction(), &seen) {
                    return None;
                }
                Some(self.compare(database, (event, record), (host, side), &seen))
            }
            Question::Clock { .. } => Some((None, self.uptime_within_flow(database, event, host))),
        }
    }
}

/// What is kept of a SYN or SYN+ACK.
#[inline]
pub(super) fn seen(event: &Event, record: &Record<'_>, layout_hash: u32) -> Option<Seen> {
    let fingerprint = record.fingerprint.as_ref()?;
    let (observation, found) = (&fingerprint.observation, fingerprint.found.as_ref());
    Some(Seen {
        time_ms: record.time.as_millis(),
        own_timestamp: observation.timestamps.map_or(0, |timestamps| timestamps.tsval),
        quirks: observation.quirks,
        layout_hash,
        window: observation.window,
        window_scale: observation.window_scale.map_or(NO_SCALE, |scale| scale.min(NO_SCALE - 1)),
        mss: observation.mss.unwrap_or(0),
        matched: found.map(|found| found.id),
        peer_tag: event.destination().tag(),
        ttl: observation.ttl,
        fuzzy: found.is_some_and(|found| found.fuzzy),
    })
}
