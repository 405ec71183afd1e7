//! How much is remembered of hosts and flows.

use clap::builder::BoolishValueParser;
use stackprint::{Compat, Limits};

/// How many hosts and flows are tracked.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct LimitArgs {
    /// How many hosts are remembered at once, by `kafka` for each partition [default: 200000, with
    /// --p0f-exact 10000].
    #[arg(long, value_name = "N", env = "STACKPRINT_HOSTS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) hosts: Option<u32>,

    /// How many flows are remembered at once, by `kafka` for each partition [default: 100000, with
    /// --p0f-exact 1000].
    #[arg(long, value_name = "N", env = "STACKPRINT_FLOWS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) flows: Option<u32>,

    /// Take an address for one host in all VLANs, VXLAN or GENEVE networks and GTP tunnels; without
    /// this, it is a host of its own in each, the innermost around a packet. With --p0f-exact, it
    /// always is one.
    #[arg(long, env = "STACKPRINT_MERGE_PATHS", value_parser = BoolishValueParser::new())]
    pub(crate) merge_paths: bool,
}

impl LimitArgs {
    /// Returns how much is tracked: what was asked for, else the default of the compatibility.
    pub(crate) fn limits(self, compat: Compat) -> Limits {
        let usual = match compat {
            Compat::Fixed => Limits::default(),
            Compat::P0fExact => Limits::P0F,
        };
        let hosts = self.hosts.unwrap_or(usual.hosts);
        let flows = self.flows.unwrap_or(usual.flows);
        Limits { hosts, flows, ..usual }
    }
}
