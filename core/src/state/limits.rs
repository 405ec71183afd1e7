//! How much is remembered.

/// How much is remembered, and for how long.
///
/// ```
/// use stackprint::{Analyzer, Database, Limits};
///
/// let limits = Limits { hosts: 1000, ..Limits::default() };
/// let analyzer = Analyzer::builder(&Database::builtin()).limits(limits).build();
/// assert_eq!(analyzer.remembered(), (0, 0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Hosts (addresses) remembered at once; the one unused for longest is evicted for a new one.
    /// From 8192 on, hosts are divided into shards of at least 4096, each of which evicts by itself:
    /// the first hosts are evicted a little before the limit. Flows are divided in the same way.
    /// 64 bytes each and 10 to 24 in the index; 112 more for each role, client or server, in which
    /// a host has several connections, and 64 more for those that look changed.
    pub hosts: u32,
    /// Flows (connections) remembered at once; the oldest are evicted for new ones. 96
    /// bytes each and 10 to 24 in the index.
    pub flows: u32,
    /// How long a flow is remembered after its SYN, in seconds of capture time.
    pub flow_seconds: u32,
    /// How long an idle host is remembered, in seconds of capture time.
    pub host_idle_seconds: u32,
}

impl Limits {
    /// p0f's own limits.
    pub const P0F: Limits =
        Limits { hosts: 10_000, flows: 1000, flow_seconds: 30, host_idle_seconds: 7200 };
}

impl Default for Limits {
    /// 200,000 hosts and 100,000 flows, with p0f's lifetimes.
    fn default() -> Limits {
        Limits { hosts: 200_000, flows: 100_000, ..Limits::P0F }
    }
}
