//! Both stages by p0f's rules: its flows keep their hosts, and its hosts evict flows.

use super::event::{Event, Question};
#[cfg(not(feature = "http"))]
use super::flow_stage::Wanted;
use super::packet::{Kind, Packet};
use super::stages::Stages;
use crate::database::Database;
use crate::hosts::HostKey;
use crate::record::Record;
use crate::state::Scope;

/// p0f looks for expired entries when it has counted this many packets.
const EXPIRY_PACKETS: u32 = 50;

impl Stages {
    /// What a segment says by p0f's rules, if it says something.
    pub(super) fn take_like_p0f<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
        kind: Kind,
        more: &mut Vec<Record<'d>>,
    ) -> Option<Record<'d>> {
        let mut record = None;
        let event = self.flows.take(database, packet, kind, &mut record);
        // Of flows that were closed before.
        self.release_hosts();
        let first = event.and_then(|event| {
            let mut record = record?;
            self.complete_like_p0f(database, packet, &event, &mut record).then_some(record)
        });
        let Some(of_payload) = self.take_payload_like_p0f(database, packet) else { return first };
        if first.is_some() {
            more.push(of_payload);
            return first;
        }
        Some(of_payload)
    }

    /// What the payload of the segment says to p0f's HTTP reader, which may end the flow.
    #[cfg(feature = "http")]
    fn take_payload_like_p0f<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
    ) -> Option<Record<'d>> {
        let (event, mut record) = self.flows.http_like_p0f(database, packet)?;
        self.hosts.complete(database, &event, &mut record).then_some(record)
    }

    #[cfg(not(feature = "http"))]
    fn take_payload_like_p0f<'d>(
        &mut self,
        _database: &'d Database,
        packet: &Packet<'_, '_>,
    ) -> Option<Record<'d>> {
        let Wanted { id, side, .. } = self.flows.take_wanted()?;
        let flows = self.flows.flows_like_p0f();
        flows.flow(id)?;
        if !flows.p0f_keeps(id, side, packet.segment.payload) {
            flows.close(id);
        }
        None
    }

    /// Completes the record of an event. Returns false if it says nothing.
    fn complete_like_p0f<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
        event: &Event,
        record: &mut Record<'d>,
    ) -> bool {
        if event.is_first {
            let now_s = packet.now_s();
            for key in &event.hosts {
                let hosts = self.hosts.hosts_like_p0f();
                if !hosts.knows(key) && hosts.is_over_limit() {
                    self.flows.flows_like_p0f().prune_like_p0f();
                    self.release_hosts();
                }
                let hosts = self.hosts.hosts_like_p0f();
                let host = hosts.see(key, now_s);
                hosts.hold(host);
            }
        }
        let (id, side) = (event.flow, event.subject);
        let ends_flow = self.rules.tools_end_their_flow && matches!(event.question, Question::Tool);
        let said = self.hosts.complete(database, event, record);
        let flows = self.flows.flows_like_p0f();
        if ends_flow {
            flows.close(id);
        } else if self.hosts.p0f_clock_is_done()
            && let Some(flow) = flows.flow(id)
        {
            flow.end_clock(side);
        }
        said
    }

    /// Counts a packet that p0f's filter lets through, and expires entries as p0f does.
    pub(super) fn count_like_p0f(&mut self, now_s: u64) {
        self.p0f_packets += 1;
        if self.p0f_packets < EXPIRY_PACKETS {
            return;
        }
        self.p0f_packets = 0;
        self.flows.expire(now_s);
        self.release_hosts();
        self.hosts.expire(now_s);
    }

    /// Flows that were removed no longer keep their hosts.
    fn release_hosts(&mut self) {
        let seed = self.flows.seed();
        let hosts = self.hosts.hosts_like_p0f();
        for ends in self.flows.flows_like_p0f().take_removed() {
            for address in ends.addresses {
                let hash = address.hash(ends.is_v6, seed);
                hosts.release(&HostKey::new(address, ends.is_v6, Scope::NONE, hash, seed));
            }
        }
    }
}
