//! What a row of the output is about.

use clap::ValueEnum;

/// A record for each packet that says something, or a row for each host or connection.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct PerArgs {
    /// What is written: a record for each packet that says something, or a row for each host or
    /// connection with all that is known of it (docs/consistency.md). As text, rows are a table.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_PER")]
    pub(crate) per: Per,

    /// With --per host: the least time between two rows of one host, in seconds of capture time. A
    /// host has a row when something new is known of it, and a last one.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, env = "STACKPRINT_ROW_INTERVAL", value_parser = super::at_least_one())]
    pub(crate) row_interval: u32,

    /// Memory for what --per gathers, in MiB; when it is full, what was unused for longest is written
    /// with `complete` false, and evicted.
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = 256,
        env = "STACKPRINT_EVIDENCE_MEMORY",
        value_parser = clap::value_parser!(u32).range(1..=1_048_576)
    )]
    pub(crate) evidence_memory: u32,
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Per {
    /// A packet that says something.
    #[default]
    Packet,
    /// A connection, when it has ended: when nothing was said of it for 30 s of capture time.
    Connection,
    /// A host.
    Host,
}
