//! A timestamp clock from two readings: its frequency, and since when it runs.
//!
//! Time is an argument. The bounds and the rounding are p0f's.

/// A reading of a stack's timestamp clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    /// When it was captured, in milliseconds.
    pub(crate) time_ms: u64,
    /// The TSval, in ticks.
    pub(crate) ticks: u32,
}

/// What two readings of a clock say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Clock {
    /// Too close together, too far apart, or a small step back: another pair may do.
    Undecided,
    /// No clock runs like this: at less than 0.7 Hz, above 1500 Hz, or backwards.
    Implausible,
    /// It runs at this many ticks a second.
    Runs {
        /// As measured.
        raw_hz: f64,
    },
}

/// The least and the most between two readings, in milliseconds.
const SPAN_MS: core::ops::RangeInclusive<u64> = 25..=600_000;
/// The least number of ticks between two readings.
const MIN_TICKS: u32 = 5;
/// Within this time of each other, packets may have overtaken each other …
const REORDER_MS: u64 = 100;
/// … which shows as a step back by less than this many thousand ticks.
const REORDER_KILOTICKS: u32 = 15;
/// Frequencies that a stack may use, in Hz.
const PLAUSIBLE_HZ: core::ops::RangeInclusive<f64> = 0.7..=1500.0;

/// Compares two readings of what may be one clock.
pub(crate) fn measure(earlier: Reading, later: Reading) -> Clock {
    // A capture's clock may step back: that leaves a huge difference, far outside the span.
    let span_ms = later.time_ms.wrapping_sub(earlier.time_ms);
    let ticks = later.ticks.wrapping_sub(earlier.ticks);
    if !SPAN_MS.contains(&span_ms) || ticks < MIN_TICKS {
        return Clock::Undecided;
    }
    if span_ms < REORDER_MS && (u32::MAX - ticks) / 1000 < REORDER_KILOTICKS {
        return Clock::Undecided;
    }
    // More than half of the clock's range forward is a step back.
    let raw_hz = f64::from(ticks.cast_signed()) * 1000.0 / span_ms as f64;
    if PLAUSIBLE_HZ.contains(&raw_hz) { Clock::Runs { raw_hz } } else { Clock::Implausible }
}

/// Since when a stack's timestamp clock runs, if it began at 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Uptime {
    /// Time since the clock was at 0, in seconds; right modulo [`Uptime::modulo_days`].
    pub seconds: u32,
    /// The frequency that stacks of this kind use, in Hz: the measured one, rounded.
    pub frequency_hz: u32,
    /// The frequency as measured, in Hz.
    pub raw_frequency_hz: f64,
    /// After how many days the clock begins anew.
    pub modulo_days: u32,
    /// Whether the clock can be taken for the time since boot.
    pub trust: UptimeTrust,
}

/// Whether an uptime can be relied on. Stacks of today add a random offset to their clock for each
/// connection or each peer (Linux since 4.10, Windows since 10, macOS since 10.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UptimeTrust {
    /// The clock ran steadily across connections with different peers: no random offset.
    SteadyAcrossPeers,
    /// The clock was seen with one peer only, where a random offset does not show.
    OnePeer,
    /// The clock jumped between connections: the offset is random, the uptime means nothing.
    OffsetJumps,
}

impl UptimeTrust {
    /// Whether the uptime is the time since boot, as far as can be seen.
    #[must_use]
    pub const fn is_reliable(self) -> bool {
        matches!(self, UptimeTrust::SteadyAcrossPeers)
    }

    /// The word used in records.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            UptimeTrust::SteadyAcrossPeers => "steady_across_peers",
            UptimeTrust::OnePeer => "one_peer",
            UptimeTrust::OffsetJumps => "offset_jumps",
        }
    }
}

impl Uptime {
    pub(crate) fn new(ticks: u32, raw_hz: f64, trust: UptimeTrust) -> Uptime {
        const SECONDS_PER_DAY: u32 = 86_400;
        let frequency_hz = usual_hz(raw_hz);
        Uptime {
            seconds: ticks / frequency_hz,
            frequency_hz,
            raw_frequency_hz: raw_hz,
            modulo_days: u32::MAX / (frequency_hz * SECONDS_PER_DAY),
            trust,
        }
    }
}

/// The frequency that a measured one stands for: stacks tick at round numbers.
fn usual_hz(raw_hz: f64) -> u32 {
    // In range: a plausible frequency is at most 1500 Hz.
    let hz = raw_hz as u32;
    match hz {
        0 => 1,
        1..=10 => hz,
        11..=50 => (hz + 3) / 5 * 5,
        51..=100 => (hz + 7) / 10 * 10,
        101..=500 => (hz + 33) / 50 * 50,
        _ => (hz + 67) / 100 * 100,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(span_ms: u64, ticks: u32) -> Clock {
        let earlier = Reading { time_ms: 1_000_000, ticks: 4_000_000_000 };
        let later = Reading {
            time_ms: earlier.time_ms + span_ms,
            ticks: earlier.ticks.wrapping_add(ticks),
        };
        measure(earlier, later)
    }

    #[test]
    fn bounds_of_the_span_and_the_ticks() {
        assert_eq!(clock(24, 24), Clock::Undecided);
        assert_eq!(clock(25, 25), Clock::Runs { raw_hz: 1000.0 });
        assert_eq!(clock(25, 4), Clock::Undecided);
        assert_eq!(clock(600_000, 600_000), Clock::Runs { raw_hz: 1000.0 });
        assert_eq!(clock(600_001, 600_000), Clock::Undecided);
    }

    #[test]
    fn steps_back() {
        assert_eq!(clock(60, 0u32.wrapping_sub(40)), Clock::Undecided);
        assert_eq!(clock(100, 0u32.wrapping_sub(40)), Clock::Implausible);
        assert_eq!(clock(60, 0u32.wrapping_sub(15_002)), Clock::Implausible);
    }

    #[test]
    fn frequencies_round_to_usual_ones() {
        // The ranges that p0f's description gives.
        for (raw, usual) in [
            (0.7, 1),
            (9.9, 9),
            (10.5, 10),
            (49.0, 50),
            (99.2, 100),
            (217.0, 250),
            (266.9, 250),
            (999.0, 1000),
            (1000.0, 1000),
            (1032.0, 1000),
            (1033.0, 1100),
        ] {
            assert_eq!(usual_hz(raw), usual, "{raw}");
        }
    }

    #[test]
    fn the_clock_begins_anew() {
        let modulo = |hz| Uptime::new(0, hz, UptimeTrust::OnePeer).modulo_days;
        assert_eq!([1000.0, 250.0, 100.0, 1.0].map(modulo), [49, 198, 497, 49_710]);
    }
}
