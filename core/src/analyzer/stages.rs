//! Both stages, for one thread.

#[cfg(feature = "quic")]
use super::datagram::DatagramStage;
use super::flow_stage::FlowStage;
use super::host_stage::HostStage;
use crate::compat::CompatRules;

/// Both stages, one after the other.
#[derive(Debug)]
pub(super) struct Stages {
    pub(super) rules: &'static CompatRules,
    pub(super) flows: FlowStage,
    pub(super) hosts: HostStage,
    /// By p0f's rules, packets since expired entries were last looked for.
    pub(super) p0f_packets: u32,
}

/// Some of the shards of the flow stage, for a thread.
#[derive(Debug)]
pub(super) struct FlowShare {
    pub(super) flows: FlowStage,
    #[cfg(feature = "quic")]
    pub(super) datagrams: DatagramStage,
}

/// Shares that were dealt out, in order; on WebAssembly, which has no threads, there are none, and no
/// code for them.
#[derive(Debug, Default)]
pub(super) struct Dealt(#[cfg(not(target_family = "wasm"))] Vec<FlowShare>);

#[cfg(not(target_family = "wasm"))]
impl Dealt {
    pub(super) fn of(shares: impl Iterator<Item = FlowShare>) -> Dealt {
        Dealt(shares.collect())
    }

    pub(super) fn shares(&self) -> &[FlowShare] {
        &self.0
    }

    pub(super) fn shares_mut(&mut self) -> &mut [FlowShare] {
        &mut self.0
    }

    pub(super) fn take(&mut self) -> Vec<FlowShare> {
        core::mem::take(&mut self.0)
    }
}

#[cfg(target_family = "wasm")]
impl Dealt {
    pub(super) fn of(_: impl Iterator<Item = FlowShare>) -> Dealt {
        Dealt()
    }

    pub(super) fn shares(&self) -> &[FlowShare] {
        &[]
    }

    pub(super) fn shares_mut(&mut self) -> &mut [FlowShare] {
        &mut []
    }

    pub(super) fn take(&mut self) -> Vec<FlowShare> {
        Vec::new()
    }
}

impl Stages {
    pub(super) fn new(rules: &'static CompatRules, flows: FlowStage, hosts: HostStage) -> Stages {
        Stages { rules, flows, hosts, p0f_packets: 0 }
    }
}
