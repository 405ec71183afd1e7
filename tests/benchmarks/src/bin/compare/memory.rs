//! Frames in memory: stackprint and huginn-net in one process, on the same octets.

use std::hint::black_box;
use std::sync::Arc;

use huginn_net_tcp::matcher_api::TcpMatcher;
use stackprint::{Analyzer, Database, Limits};
use stackprint_benchmarks::inputs::Frames;
use stackprint_benchmarks::ours::{self, Counts};

use crate::huginn;
use crate::measure::{Cost, Spread, here, in_turn, ratio};

/// A round that takes less is repeated until it takes as much, in seconds.
const ROUND_S: f64 = 0.02;

/// What both say of the frames has to be this before anything is timed.
pub(crate) struct Expected {
    /// stackprint's answer, which was compared with p0f's on the same frames.
    pub(crate) ours: Counts,
}

fn analyzer(limits: Limits) -> Analyzer {
    let database: Arc<Database> = Database::builtin();
    Analyzer::builder(&database).limits(limits).build()
}

/// As many hosts and flows as huginn-net remembers.
const HUGINN_LIMITS: Limits =
    Limits { hosts: huginn::CONNECTIONS as u32, flows: huginn::CONNECTIONS as u32, ..Limits::P0F };

/// Runs work as often as makes a round long enough; its cost once.
fn repeated(times: usize, mut work: impl FnMut()) -> Cost {
    let ((), cost) = here(|| (0..times).for_each(|_| work()));
    Cost { cpu_s: cost.cpu_s / times as f64, wall_s: cost.wall_s / times as f64 }
}

fn times(work: impl FnOnce()) -> usize {
    let ((), once) = here(work);
    (ROUND_S / once.cpu_s.max(1e-6)).ceil() as usize
}

/// A line of each table.
pub(crate) struct Lines {
    pub(crate) analysis: String,
    pub(crate) detection: String,
}

/// Times one class.
pub(crate) fn compare(name: &str, frames: &Frames, rounds: usize, expected: &Expected) -> Lines {
    let matcher = huginn::matcher();
    let matcher: &dyn TcpMatcher = &*matcher;
    let seen = ours::analyze(&mut analyzer(Limits::default()), frames);
    assert_eq!(seen, expected.ours, "{name}: not what was seen when it was checked");
    Lines {
        analysis: analysis(name, frames, rounds, matcher),
        detection: detection(name, frames, rounds),
    }
}

fn analysis(name: &str, frames: &Frames, rounds: usize, matcher: &dyn TcpMatcher) -> String {
    let ours = |limits| {
        move || {
            let mut analyzer = analyzer(limits);
            here(|| ours::analyze(&mut analyzer, frames)).1
        }
    };
    let (mut usual, mut small) = (ours(Limits::default()), ours(HUGINN_LIMITS));
    let mut theirs = || here(|| huginn::analyze(matcher, frames)).1;
    let costs = in_turn(rounds, &mut [&mut usual, &mut small, &mut theirs]);
    let [usual, small, theirs] = costs.as_slice() else { unreachable!("three ways") };
    let nanos = |costs: &[Cost]| per_packet(costs, frames);
    format!(
        "| {name} | {} | {:.1} | {} | {} | {} | {} |",
        nanos(usual),
        1e3 / nanos(usual).median,
        nanos(small),
        nanos(theirs),
        ratio(usual, theirs),
        ratio(small, theirs),
    )
}

/// Reads the two octets of each frame that say whether it is a TCP handshake where nothing unusual
/// is in it: what memory alone costs.
fn touch(frames: &Frames) -> u64 {
    const ETHER_TYPE: usize = 12;
    const TCP_FLAGS: usize = 47;
    let octet = |frame: &[u8], at: usize| frame.get(at).copied().map_or(0, u64::from);
    let both = |frame: &[u8]| octet(frame, ETHER_TYPE) + octet(frame, TCP_FLAGS);
    frames.iter().map(|frame| both(frame.data)).sum()
}

fn detection(name: &str, frames: &Frames, rounds: usize) -> String {
    let look = || assert!(ours::look(frames) <= frames.len() as u64);
    let detect = || assert!(huginn::detect(frames) <= frames.len() as u64);
    let touch = || assert!(black_box(touch(frames)) < u64::MAX);
    let [look_times, detect_times, touch_times] = [times(look), times(detect), times(touch)];
    let mut ours = || repeated(look_times, look);
    let mut theirs = || repeated(detect_times, detect);
    let mut least = || repeated(touch_times, touch);
    let costs = in_turn(rounds, &mut [&mut ours, &mut theirs, &mut least]);
    let [ours, theirs, least] = costs.as_slice() else { unreachable!("three ways") };
    let (nanos, their_nanos) = (per_packet(ours, frames), per_packet(theirs, frames));
    format!(
        "| {name} | {nanos} | {:.0} | {their_nanos} | {} | {} | {} |",
        1e3 / nanos.median,
        ratio(ours, theirs),
        per_packet(least, frames),
        ratio(ours, least),
    )
}

/// Nanoseconds of CPU a packet.
fn per_packet(costs: &[Cost], frames: &Frames) -> Spread {
    Spread::of(costs.iter().map(|cost| cost.cpu_s * 1e9 / frames.len() as f64))
}
