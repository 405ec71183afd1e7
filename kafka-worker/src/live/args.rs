//! The command line of `stackprint live`, and what it shares with `stackprint publish -i`.

use std::ops::RangeInclusive;

use clap::builder::BoolishValueParser;
use rustix::thread::CpuSet;

use super::bpf::{CaptureFilter, WHOLE};
use crate::args::{RecordArgs, at_least_one, threads};
use crate::query::QueryArgs;

/// Listen on network interfaces, and write a record for each packet that says something.
///
/// The kernel copies only what may matter (--bpf): in most networks one packet in a hundred. Records
/// are written as soon as nothing more is waiting. Ends by SIGINT (Ctrl-C) or SIGTERM, with all that
/// was captured written, and exit status 0; with status 1 once all interfaces have gone.
///
/// Needs the capability CAP_NET_RAW, or root, to open the interfaces; gives up all capabilities
/// then.
#[derive(Debug, clap::Args)]
pub(crate) struct LiveArgs {
    /// An interface, as often as needed; `any` for all that are up.
    #[arg(
        short,
        long = "interface",
        value_name = "IFACE",
        required = true,
        env = "STACKPRINT_INTERFACE"
    )]
    pub(crate) interfaces: Vec<String>,

    #[command(flatten)]
    pub(crate) capture: CaptureArgs,

    /// How many threads capture, each with a ring of its own for each interface; 0 for as many as
    /// there are cores. The kernel spreads connections over them. Not with --p0f-exact.
    #[arg(long, value_name = "N", default_value_t = 1, env = "STACKPRINT_THREADS", value_parser = threads::parser())]
    pub(crate) threads: u32,

    /// Processors by number, as `0,2-5`: each thread of --threads is kept on one of them, in turn.
    #[arg(long, value_name = "LIST", env = "STACKPRINT_CPUS", value_delimiter = ',', value_parser = processors)]
    pub(crate) cpus: Vec<Processors>,

    /// Say every so many seconds how much was captured, and dropped by the kernel, on standard
    /// error.
    #[arg(long, value_name = "S", env = "STACKPRINT_STATISTICS", value_parser = at_least_one())]
    pub(crate) statistics: Option<u32>,

    #[command(flatten)]
    pub(crate) query: QueryArgs,

    #[command(flatten)]
    pub(crate) records: RecordArgs,
}

impl LiveArgs {
    /// How many threads capture.
    pub(super) fn threads(&self) -> usize {
        threads::count(self.threads)
    }

    /// The processors, one by one.
    pub(super) fn cpus(&self) -> Vec<usize> {
        self.cpus.iter().flat_map(|cpus| cpus.0.clone()).collect()
    }
}

/// One processor, or a range of them.
#[derive(Debug, Clone)]
pub(crate) struct Processors(RangeInclusive<usize>);

/// Reads `3` or `2-5`.
fn processors(text: &str) -> Result<Processors, String> {
    let number = |text: &str| {
        let number = text.parse().ok().filter(|&number| number < CpuSet::MAX_CPU);
        number.ok_or_else(|| format!("not a processor's number below {}", CpuSet::MAX_CPU))
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (number(first)?, number(last)?);
    if first > last {
        return Err("the first comes after the last".to_owned());
    }
    Ok(Processors(first..=last))
}

/// How interfaces are listened on.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Capture")]
pub(crate) struct CaptureArgs {
    /// What the kernel copies [default: openings; with --layers tcp handshakes, with --p0f-exact tcp].
    #[arg(long, value_enum, value_name = "WHAT", env = "STACKPRINT_BPF")]
    pub(crate) bpf: Option<CaptureFilter>,

    /// Do not copy frames of tunnels (GRE, VXLAN, MPLS, PPPoE and others). Else all of them are
    /// copied: the kernel's filter does not look inside.
    #[arg(long, env = "STACKPRINT_NO_TUNNELS", value_parser = BoolishValueParser::new())]
    pub(crate) no_tunnels: bool,

    /// Also capture what is meant for other machines, where the network shows it.
    #[arg(long, env = "STACKPRINT_PROMISCUOUS", value_parser = BoolishValueParser::new())]
    pub(crate) promiscuous: bool,

    /// Bytes of each frame that are copied, but for the payload of openings, which is copied whole:
    /// headers need up to 300 where there are tunnels [default: 512; with --bpf openings, tcp and all
    /// whole frames, unless only TCP is read].
    #[arg(long, value_name = "BYTES", env = "STACKPRINT_SNAP_LENGTH", value_parser = clap::value_parser!(u32).range(64..=65535))]
    pub(crate) snap_length: Option<u32>,

    /// Memory for packets that wait to be read, for each interface: 1 MiB takes some 6500 SYNs.
    #[arg(long, value_name = "MIB", default_value_t = 16, env = "STACKPRINT_BUFFER", value_parser = clap::value_parser!(u32).range(1..=2047))]
    pub(crate) buffer: u32,

    /// Become this user once the interfaces are open.
    #[arg(long, value_name = "NAME", env = "STACKPRINT_USER")]
    pub(crate) user: Option<String>,
}

/// What is captured if the command line does not say it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UsualCapture {
    pub(crate) copied: CaptureFilter,
    /// Whether payload is of use.
    pub(crate) payload: bool,
}

impl CaptureArgs {
    /// What the kernel copies.
    pub(super) fn copied(&self, usual: UsualCapture) -> CaptureFilter {
        self.bpf.unwrap_or(usual.copied)
    }

    /// How many bytes of a frame.
    pub(super) fn snap_length(&self, usual: UsualCapture) -> u32 {
        const HEADERS: u32 = 512;
        self.snap_length.unwrap_or(match self.copied(usual) {
            CaptureFilter::Handshakes | CaptureFilter::Uptimes => HEADERS,
            _ if !usual.payload => HEADERS,
            CaptureFilter::Openings | CaptureFilter::Tcp | CaptureFilter::All => WHOLE,
        })
    }
}
