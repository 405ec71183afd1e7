//! Both stages in line.

use super::flow_stage::FlowStage;
use super::host_stage::HostStage;
use super::packet::{Kind, Packet};
use crate::compat::CompatRules;
use crate::database::Database;
use crate::endpoint::Side;
use crate::flows::FlowId;
use crate::record::Record;

/// Both stages, one after the other.
#[derive(Debug)]
pub(super) struct Stages {
    pub(super) rules: &'static CompatRules,
    pub(super) flows: FlowStage,
    pub(super) hosts: HostStage,
    /// Hosts, as of this second.
    counted_s: u64,
    host_count: usize,
    /// By p0f's rules, packets since expired entries were last looked for.
    pub(super) p0f_packets: u32,
}

impl Stages {
    pub(super) fn new(rules: &'static CompatRules, flows: FlowStage, hosts: HostStage) -> Stages {
        Stages { rules, flows, hosts, counted_s: 0, host_count: 0, p0f_packets: 0 }
    }

    /// What a segment says of TCP, if it says something.
    #[inline]
    pub(super) fn take<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
        kind: Kind,
    ) -> Option<Record<'d>> {
        if kind == Kind::Syn {
            self.prefetch(packet);
        }
        let mut event = self.flows.take(database, packet, kind);
        let said = self.hosts.complete(database, event.as_mut()?);
        event.filter(|_| said).map(|event| event.record)
    }

    /// What is said after [`FlowStage::ack`].
    pub(super) fn after_ack<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
        (id, side): (FlowId, Side),
    ) -> Option<Record<'d>> {
        let mut event = self.flows.after_ack(packet, id, side);
        let said = self.hosts.complete(database, event.as_mut()?);
        event.filter(|_| said).map(|event| event.record)
    }

    /// What the payload of the segment completed that was taken last.
    #[cold]
    #[inline(never)]
    pub(super) fn take_payload<'d>(
        &mut self,
        database: &'d Database,
        packet: &Packet<'_, '_>,
        mut sink: impl FnMut(Record<'d>),
    ) {
        let Stages { flows, hosts, .. } = self;
        flows.take_payload(database, packet, &mut |mut event| {
            if hosts.complete(database, &mut event) {
                sink(event.record);
            }
        });
    }

    /// Prefetches what a SYN needs: with many hosts, none of it is near, and one wait is shorter than
    /// three. With fewer, prefetching costs more than waiting.
    #[inline]
    fn prefetch(&mut self, packet: &Packet<'_, '_>) {
        const MANY_HOSTS: usize = 1 << 18;
        if self.host_count >= MANY_HOSTS {
            self.flows.prefetch(packet);
            self.hosts.prefetch(&packet.keys, self.flows.scope(&packet.segment.path));
        }
    }

    /// Drops flows that are too old, at most once in a second of capture time: those of the packet's
    /// shard, so that shards do not depend on each other. A shard of hosts drops what is too old with
    /// each event.
    #[inline]
    pub(super) fn expire(&mut self, packet: &Packet<'_, '_>) {
        self.flows.shard(packet).expire(packet.now_s());
        if packet.now_s() != self.counted_s {
            self.counted_s = packet.now_s();
            self.host_count = self.hosts.host_count();
        }
    }
}
