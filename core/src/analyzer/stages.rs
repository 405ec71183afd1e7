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

impl Stages {
    pub(super) fn new(rules: &'static CompatRules, flows: FlowStage, hosts: HostStage) -> Stages {
        Stages { rules, flows, hosts, p0f_packets: 0 }
    }
}
