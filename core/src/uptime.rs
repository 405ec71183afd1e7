//! A timestamp clock from two readings: its frequency, and since when it runs.
//!
//! Time is an argument. The bounds and the rounding are p0f's, and for its rules alone; by default,
//! `clock.rs` keeps a model of each host's clock.

use core::time::Duration;

use crate::word_enum::from_word;

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
///
/// ```
/// use std::time::Duration;
///
/// use stackprint::{Analyzer, Database, Frame, LinkType, Timestamp};
///
/// # let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
/// #     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
/// #     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
/// // 10 s later an ACK; the timestamp clock has advanced by 10,000.
/// let mut ack = *syn;
/// (ack[33], ack[55], ack[50], ack[51]) = (0x10, 1, 0x27, 0x11);
/// let mut analyzer = Analyzer::new(&Database::builtin());
/// analyzer.analyze(&Frame::new(LinkType::RAW, syn).at(Timestamp::new(100, 0)))?;
/// let record = analyzer.analyze(&Frame::new(LinkType::RAW, &ack).at(Timestamp::new(110, 0)))?;
/// let uptime = record.and_then(|record| record.uptime).expect("the clock runs");
/// assert_eq!(uptime.frequency_hz, 1000);
/// assert_eq!(uptime.duration(), Duration::from_secs(10));
/// # Ok::<(), stackprint::Skip>(())
/// ```
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
    /// For how long the clock was watched, in milliseconds: over all connections of the host if it
    /// is one clock for them, else within this one.
    pub watched_ms: u32,
    /// Whether the clock can be taken for the time since boot.
    pub trust: UptimeTrust,
}

/// Whether an uptime can be relied on. Stacks of today add a random offset to their clock for each
/// connection or each peer (Linux since 4.10, Windows since 10, macOS since 10.12).
///
/// It is a part of [`Uptime`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum UptimeTrust {
    /// The clock ran steadily across connections with different peers: no random offset.
    SteadyAcrossPeers,
    /// The clock was seen with one peer only, where a random offset does not show.
    OnePeer,
    /// The clock jumped between connections: the offset is random, the uptime means nothing.
    OffsetJumps,
    /// Each peer has an offset of its own: the uptime means nothing.
    OffsetPerPeer,
    /// Two clocks run behind the address, by turns.
    SeveralClocks,
    /// The clock ran steadily across peers, but not long enough to be sure of its frequency.
    ShortSpan,
}

impl UptimeTrust {
    /// Whether the uptime is the time since boot, as far as can be seen.
    #[must_use]
    pub const fn is_reliable(self) -> bool {
        matches!(self, UptimeTrust::SteadyAcrossPeers)
    }

    /// The word used in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            UptimeTrust::SteadyAcrossPeers => "steady_across_peers",
            UptimeTrust::OnePeer => "one_peer",
            UptimeTrust::OffsetJumps => "offset_jumps",
            UptimeTrust::OffsetPerPeer => "offset_per_peer",
            UptimeTrust::SeveralClocks => "several_clocks",
            UptimeTrust::ShortSpan => "short_span",
        }
    }
}

/// The word used in records.
impl core::fmt::Display for UptimeTrust {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

from_word!(UptimeTrust {
    SteadyAcrossPeers = "steady_across_peers",
    OnePeer = "one_peer",
    OffsetJumps = "offset_jumps",
    OffsetPerPeer = "offset_per_peer",
    SeveralClocks = "several_clocks",
    ShortSpan = "short_span",
});

const SECONDS_PER_DAY: u32 = 86_400;

impl Uptime {
    /// Time since the clock was at 0; right modulo [`Uptime::modulo_days`].
    #[must_use]
    pub const fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds as u64)
    }

    /// For how long the clock was watched.
    #[must_use]
    pub const fn watched(&self) -> Duration {
        Duration::from_millis(self.watched_ms as u64)
    }

    /// By p0f's rules: a reading, and the frequency that was measured up to it.
    pub(crate) fn like_p0f(
        earlier: Reading,
        reading: Reading,
        raw_hz: f64,
        trust: UptimeTrust,
    ) -> Uptime {
        let frequency_hz = usual_hz(raw_hz);
        Uptime {
            seconds: reading.ticks / frequency_hz,
            frequency_hz,
            raw_frequency_hz: raw_hz,
            modulo_days: u32::MAX / (frequency_hz * SECONDS_PER_DAY),
            watched_ms: span_ms(earlier, reading),
            trust,
        }
    }

    /// By a clock of that frequency that showed `start` and then `now`. Linux' jiffies begin at -300
    /// seconds (`INITIAL_JIFFIES` in include/linux/jiffies.h). Whoever watched the clock begin anew
    /// knows of it.
    pub(crate) fn of_clock(
        [start, now]: [Reading; 2],
        hz: u16,
        began_before_zero: bool,
        trust: UptimeTrust,
    ) -> Uptime {
        const SECONDS_BEFORE_ZERO: u32 = 300;
        let frequency_hz = u32::from(hz);
        let before_zero = if began_before_zero { SECONDS_BEFORE_ZERO * frequency_hz } else { 0 };
        let since_begin = |reading: Reading| u64::from(reading.ticks.wrapping_add(before_zero));
        let watched_ms = span_ms(start, now);
        let expected = since_begin(start) + u64::from(watched_ms) * u64::from(hz) / 1000;
        // To the nearest: the clock is not at its expected place to the tick.
        let rounds = (expected + (1 << 31)).saturating_sub(since_begin(now)) >> u32::BITS;
        let ticks = (rounds << u32::BITS) + since_begin(now);
        let seen = now.ticks.wrapping_sub(start.ticks).cast_signed();
        Uptime {
            seconds: (ticks / u64::from(hz)).min(u64::from(u32::MAX)) as u32,
            frequency_hz,
            raw_frequency_hz: match watched_ms {
                0 => f64::from(hz),
                span_ms => f64::from(seen) * 1000.0 / f64::from(span_ms),
            },
            modulo_days: u32::MAX / (frequency_hz * SECONDS_PER_DAY),
            watched_ms,
            trust,
        }
    }

    /// [`Uptime::raw_frequency_hz`] to a millionth of a hertz, as records have it. So few digits survive
    /// programs that print numbers with fewer than the seventeen that a quotient may need, as Fluent Bit
    /// does.
    #[must_use]
    pub fn recorded_frequency_hz(&self) -> f64 {
        const PER_HERTZ: f64 = 1e6;
        let scaled = self.raw_frequency_hz * PER_HERTZ;
        // Rounded; ticks in a millisecond are far from the end of an i64.
        (scaled + 0.5f64.copysign(scaled)) as i64 as f64 / PER_HERTZ
    }
}

fn span_ms(earlier: Reading, later: Reading) -> u32 {
    later.time_ms.saturating_sub(earlier.time_ms).min(u64::from(u32::MAX)) as u32
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
    fn frequencies_of_records_have_few_digits() {
        for (ticks, span_ms) in
            [(1_u32, 3_u32), (1000, 701), (2, 3), (1_499_999, 1_000_001), (250, 250)]
        {
            let raw_hz = f64::from(ticks) * 1000.0 / f64::from(span_ms);
            let uptime = Uptime {
                seconds: 1,
                frequency_hz: 1,
                raw_frequency_hz: raw_hz,
                modulo_days: 49,
                watched_ms: span_ms,
                trust: UptimeTrust::OnePeer,
            };
            let recorded = uptime.recorded_frequency_hz();
            assert!((recorded - raw_hz).abs() < 1e-6, "{recorded} {raw_hz}");
            let digits = format!("{recorded:?}").bytes().filter(u8::is_ascii_digit).count();
            assert!(digits <= 10, "{recorded:?}");
        }
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
        let reading = Reading { time_ms: 0, ticks: 0 };
        let modulo = |hz| Uptime::like_p0f(reading, reading, hz, UptimeTrust::OnePeer).modulo_days;
        assert_eq!([1000.0, 250.0, 100.0, 1.0].map(modulo), [49, 198, 497, 49_710]);
    }

    #[test]
    fn linux_begins_before_zero() {
        let at = |time_ms, ticks| Reading { time_ms, ticks };
        let uptime = |from, to, before_zero| {
            Uptime::of_clock([from, to], 250, before_zero, UptimeTrust::OnePeer).seconds
        };
        // 53 seconds before the counter is at 0: the phone of googledns_android10.
        let young = at(0, 17_179_816_u32.wrapping_mul(250));
        assert_eq!(uptime(young, young, true), 246);
        assert_eq!(uptime(young, young, false), 17_179_816);
        // A minute later, past 0.
        let later = at(60_000, young.ticks.wrapping_add(15_000));
        assert_eq!(uptime(young, later, true), 306);
        // Another stack was watched as it began anew.
        assert_eq!(uptime(young, later, false), 17_179_876);
    }
}
