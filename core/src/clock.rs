//! The model of one timestamp clock: a host's, in one direction, over all of its connections.
//!
//! A stack's clock is a line: ticks over time. Which line a reading is on, what its frequency is,
//! and whether readings for several peers share one, decides what an uptime is worth. Linux adds an
//! offset to the clock for each connection (4.10 to 4.12, and releases of 2026) or each peer, with
//! `tcp_timestamps=2` none; Windows since 10 and macOS since 10.12 add one for each connection.
//!
//! Pure: time is an argument.

use crate::uptime::{Reading, UptimeTrust};

/// Frequencies of real stacks, in Hz.
const REAL_HZ: [u16; 10] = [1, 2, 10, 100, 200, 250, 300, 500, 512, 1000];
/// Delay in the network and the capture that a measurement allows for, in milliseconds: a frequency
/// that is the only one with so much delay is settled …
const SETTLED_DELAY_MS: i64 = 250;
/// … and with so much is likely.
const LIKELY_DELAY_MS: i64 = 40;
/// Fewer ticks tell no frequency.
const MIN_TICKS: i64 = 3;
/// A clock may be off by one part in this many.
const DRIFT_PARTS: i64 = 128;
/// Delay that is allowed for where it is only asked whether a reading is on a known line: capture
/// clocks are set, too. A random offset is on a line of 1000 Hz by one chance in two million.
const ON_LINE_DELAY_MS: i64 = 1000;
/// Known lines are followed from reading to reading, so a clock may be off by less.
const ON_LINE_DRIFT_PARTS: i64 = 256;
/// After so many jumps without a single reading that was on a line, readings are not followed.
const HOPELESS_JUMPS: u8 = 8;
/// Two lines are two clocks when each went on so often …
const LINE_HITS: u8 = 2;
/// … and readings went from one to the other and back so often.
const LINE_SWITCHES: u8 = 3;

/// What two readings of one clock say of its frequency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// No real stack ticks like this.
    Unreal,
    /// Several frequencies fit: the readings are too close together.
    Open,
    /// One fits, unless the network held back a packet.
    Likely(u16),
    /// One fits, even if it did.
    Settled(u16),
}

impl Pace {
    /// Compares two readings of what may be one clock.
    pub(crate) fn between(earlier: Reading, later: Reading) -> Pace {
        let span = Span::between(earlier, later);
        // Faster than any clock: most readings of other clocks end here.
        if span.ticks.abs() > (span.ms.abs() + SETTLED_DELAY_MS) * 2 {
            return Pace::Unreal;
        }
        if span.ticks.abs() < MIN_TICKS {
            // The slowest clock would have shown more by then; faster ones are not told apart.
            let [slowest, ..] = REAL_HZ;
            let longest_ms = (span.ticks + 1) * 1000 / i64::from(slowest) + SETTLED_DELAY_MS;
            let is_real = (-SETTLED_DELAY_MS..=longest_ms).contains(&span.ms);
            return if is_real { Pace::Open } else { Pace::Unreal };
        }
        let fitting = |delay_ms| {
            let mut fitting = REAL_HZ.iter().filter(|&&hz| span.fits(hz, delay_ms, DRIFT_PARTS));
            (fitting.next().copied(), fitting.next().is_none())
        };
        match fitting(SETTLED_DELAY_MS) {
            (None, _) => Pace::Unreal,
            (Some(hz), true) => Pace::Settled(hz),
            (Some(_), false) => match fitting(LIKELY_DELAY_MS) {
                (Some(hz), true) => Pace::Likely(hz),
                _ => Pace::Open,
            },
        }
    }
}

/// Time and ticks between two readings.
#[derive(Debug, Clone, Copy)]
struct Span {
    ms: i64,
    ticks: i64,
}

impl Span {
    fn between(earlier: Reading, later: Reading) -> Span {
        Span {
            ms: later.time_ms.wrapping_sub(earlier.time_ms).cast_signed(),
            // More than half of the clock's range forward is a step back.
            ticks: i64::from(later.ticks.wrapping_sub(earlier.ticks).cast_signed()),
        }
    }

    /// Whether a clock of `hz` may show both readings.
    fn fits(self, hz: u16, delay_ms: i64, drift_parts: i64) -> bool {
        const ONE_TICK: i64 = 1000;
        let hz = i64::from(hz);
        let Some(elapsed) = self.ms.checked_mul(hz) else { return false };
        let off = (self.ticks * 1000 - elapsed).abs();
        off <= delay_ms * hz + ONE_TICK + elapsed.abs() / drift_parts
    }
}

/// What is known of a clock: a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Facts(u8);

impl Facts {
    /// The frequency is settled.
    const SETTLED: Facts = Facts(1);
    /// Readings for several peers were on the main line.
    const ACROSS_PEERS: Facts = Facts(1 << 1);
    /// The same for the other line.
    const OTHER_ACROSS_PEERS: Facts = Facts(1 << 2);
    /// A reading was on no line.
    const JUMPED: Facts = Facts(1 << 3);
    /// A second peer's line continues beside that of the first.
    const OFFSET_PER_PEER: Facts = Facts(1 << 4);
    /// Two clocks run behind the address.
    const TWO_CLOCKS: Facts = Facts(1 << 5);
    /// The last reading was on the other line.
    const ON_OTHER: Facts = Facts(1 << 6);
    /// The offset of the clock's start was decided on; the last bit says how.
    const START_KNOWN: Facts = Facts(1 << 7);

    fn has(self, fact: Facts) -> bool {
        self.0 & fact.0 != 0
    }

    fn add(&mut self, fact: Facts) {
        self.0 |= fact.0;
    }

    fn remove(&mut self, fact: Facts) {
        self.0 &= !fact.0;
    }
}

/// How a reading goes with those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// There is nothing to compare it with.
    First,
    /// It is on the line of the last one.
    GoesOn,
    /// It is on the other line that is known.
    ToOtherLine,
    /// It is on no line.
    Jumps,
}

/// A host's clock in one direction, packed. Times are kept as milliseconds in 32 bits,
/// which last for 49 days between two readings.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HostClock {
    /// The first reading on the main line, and the last one; with ticks 0 there is none.
    start: Point,
    last: Point,
    /// The last reading on the other line.
    other: Point,
    /// Tags of the peers for whom the lines began.
    peer: u16,
    other_peer: u16,
    /// 0 where it is not known.
    hz: u16,
    facts: Facts,
    /// How often each line went on.
    hits: u8,
    other_hits: u8,
    /// How often readings went from one line to the other; before any line went on, how often they
    /// jumped.
    switches: u8,
    /// Whether the clock began at -300 seconds, once that is decided on.
    began_before_zero: bool,
    /// Where the next one of `told` goes.
    next_told: u8,
    /// The handshakes that told the uptime last: their times in milliseconds, in part; 0 for none.
    told: [u16; TOLD],
}

/// Number of handshakes with a reported uptime that are remembered: those of connections that a host
/// has at once. A flow does not report again what its handshake reported.
const TOLD: usize = 8;

const _: () = assert!(size_of::<HostClock>() == 52, "one for each role of a host with connections");

/// A reading in eight bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Point {
    time_ms: u32,
    ticks: u32,
}

impl Point {
    fn of(reading: Reading) -> Point {
        Point { time_ms: reading.time_ms as u32, ticks: reading.ticks }
    }

    /// With all of the time again: within 24 days of `now`.
    fn near(self, now: Reading) -> Reading {
        let before = (now.time_ms as u32).wrapping_sub(self.time_ms).cast_signed();
        Reading {
            time_ms: now.time_ms.wrapping_sub(i64::from(before).cast_unsigned()),
            ticks: self.ticks,
        }
    }
}

/// A flow lives for less than the 65 seconds after which a mark comes again.
fn told_mark(reading: Reading) -> u16 {
    (reading.time_ms as u16).max(1)
}

impl HostClock {
    /// Takes in the clock of a SYN or SYN+ACK, sent to the peer of that tag.
    pub(crate) fn take(&mut self, reading: Reading, peer: u16) -> Step {
        if self.start.ticks == 0 {
            (self.start, self.last, self.peer) = (Point::of(reading), Point::of(reading), peer);
            return Step::First;
        }
        if self.is_hopeless() {
            return Step::Jumps;
        }
        if self.is_on_line(self.last, self.start, reading) {
            self.go_on(reading, peer);
            if !self.facts.has(Facts::ON_OTHER) {
                return Step::GoesOn;
            }
            self.facts.remove(Facts::ON_OTHER);
            return self.switch();
        }
        if self.other.ticks != 0 && self.is_on_line(self.other, self.other, reading) {
            self.other = Point::of(reading);
            self.other_hits = self.other_hits.saturating_add(1);
            if peer != self.other_peer {
                self.facts.add(Facts::OTHER_ACROSS_PEERS);
            } else if peer != self.peer {
                self.facts.add(Facts::OFFSET_PER_PEER);
            }
            if self.facts.has(Facts::ON_OTHER) {
                return Step::GoesOn;
            }
            self.facts.add(Facts::ON_OTHER);
            return self.switch();
        }
        self.jump(reading, peer);
        Step::Jumps
    }

    /// A later reading of a connection whose first one was taken in: it is on the main line, or on
    /// another one of which nothing more is kept.
    pub(crate) fn follow(&mut self, reading: Reading) {
        if self.start.ticks != 0 && self.hz != 0 && self.is_on_line(self.last, self.start, reading)
        {
            self.last = Point::of(reading);
            self.settle(reading);
        }
    }

    /// Notes a frequency that was measured within a connection, where offsets do not matter.
    pub(crate) fn note_pace(&mut self, pace: Pace) {
        let is_settled = self.facts.has(Facts::SETTLED);
        match pace {
            Pace::Settled(hz) if is_settled && hz != self.hz => self.facts.add(Facts::JUMPED),
            Pace::Settled(hz) => {
                self.hz = hz;
                self.facts.add(Facts::SETTLED);
            }
            Pace::Likely(hz) if self.hz == 0 => self.hz = hz,
            Pace::Likely(_) | Pace::Open | Pace::Unreal => {}
        }
    }

    fn go_on(&mut self, reading: Reading, peer: u16) {
        if peer != self.peer {
            self.facts.add(Facts::ACROSS_PEERS);
        }
        self.hits = self.hits.saturating_add(1);
        self.last = Point::of(reading);
        self.settle(reading);
        // Half of what 32 bits hold: the line is followed anew from here.
        if self.last.time_ms.wrapping_sub(self.start.time_ms).cast_signed() < 0 {
            self.start = self.last;
        }
    }

    /// Measures the frequency over all of the main line, until it is settled.
    fn settle(&mut self, reading: Reading) {
        if !self.facts.has(Facts::SETTLED) {
            match Pace::between(self.start.near(reading), reading) {
                Pace::Settled(hz) => {
                    self.hz = hz;
                    self.facts.add(Facts::SETTLED);
                }
                Pace::Likely(hz) => self.hz = hz,
                Pace::Open | Pace::Unreal => self.hz = 0,
            }
        }
    }

    /// Notes that a handshake with this reading told the uptime.
    pub(crate) fn note_told(&mut self, reading: Reading) {
        self.told[usize::from(self.next_told)] = told_mark(reading);
        self.next_told = (self.next_told + 1) % TOLD as u8;
    }

    /// Whether a handshake with this reading told the uptime: one of the last ones that did.
    pub(crate) fn was_told(&self, reading: Reading) -> bool {
        self.told.contains(&told_mark(reading))
    }

    fn jump(&mut self, reading: Reading, peer: u16) {
        self.facts.add(Facts::JUMPED);
        if self.hits == 0 && self.other_hits == 0 {
            self.switches = self.switches.saturating_add(1);
        } else if self.other_hits == 0 {
            self.switches = 0;
        }
        // The line that went on less gives way.
        if self.other_hits > self.hits {
            (self.start, self.last, self.peer) = (Point::of(reading), Point::of(reading), peer);
            self.hits = 0;
            self.facts.remove(Facts::ACROSS_PEERS);
            self.facts.remove(Facts::ON_OTHER);
        } else {
            (self.other, self.other_peer) = (Point::of(reading), peer);
            self.other_hits = 0;
            self.facts.remove(Facts::OTHER_ACROSS_PEERS);
            self.facts.add(Facts::ON_OTHER);
        }
    }

    fn switch(&mut self) -> Step {
        if self.hits.max(self.other_hits) == 1 && self.hits.min(self.other_hits) == 0 {
            // Until now, jumps were counted here.
            self.switches = 0;
        }
        self.switches = self.switches.saturating_add(1);
        // An offset for each peer makes lines, too: one for each.
        let not_of_peers = self.peer == self.other_peer
            || self.facts.has(Facts::ACROSS_PEERS)
            || self.facts.has(Facts::OTHER_ACROSS_PEERS);
        if not_of_peers
            && self.hits.min(self.other_hits) >= LINE_HITS
            && self.switches >= LINE_SWITCHES
        {
            self.facts.add(Facts::TWO_CLOCKS);
        }
        Step::ToOtherLine
    }

    /// Whether a reading is on the line through `last`; before the frequency is settled, on any
    /// line of a real frequency through `start`.
    fn is_on_line(&self, last: Point, start: Point, reading: Reading) -> bool {
        if self.facts.has(Facts::SETTLED) {
            let span = Span::between(last.near(reading), reading);
            return span.fits(self.hz, ON_LINE_DELAY_MS, ON_LINE_DRIFT_PARTS);
        }
        Pace::between(start.near(reading), reading) != Pace::Unreal
    }

    /// Whether all that was seen were jumps.
    fn is_hopeless(&self) -> bool {
        self.hits == 0 && self.other_hits == 0 && self.switches >= HOPELESS_JUMPS
    }

    /// The frequency in Hz, once it is known.
    pub(crate) fn hz(&self) -> Option<u16> {
        (self.hz != 0).then_some(self.hz)
    }

    /// Whether the frequency is beyond doubt.
    pub(crate) fn is_settled(&self) -> bool {
        self.facts.has(Facts::SETTLED)
    }

    /// Whether one clock served several peers all the time.
    pub(crate) fn is_steady(&self) -> bool {
        self.trust() == UptimeTrust::SteadyAcrossPeers
    }

    /// Whether the main line went on more than once.
    pub(crate) fn is_proven(&self) -> bool {
        self.hits >= LINE_HITS
    }

    /// Whether two clocks run behind the address.
    pub(crate) fn is_two(&self) -> bool {
        self.facts.has(Facts::TWO_CLOCKS)
    }

    /// Whether a reading of the same host in its other direction is on the main line, too.
    pub(crate) fn agrees_with(&self, reading: Reading) -> bool {
        self.is_on_line(self.last, self.start, reading)
    }

    /// Doubts the clock for good.
    pub(crate) fn doubt(&mut self) {
        self.facts.add(Facts::JUMPED);
    }

    /// What an uptime by this clock is worth.
    pub(crate) fn trust(&self) -> UptimeTrust {
        if self.is_two() {
            UptimeTrust::SeveralClocks
        } else if self.facts.has(Facts::OFFSET_PER_PEER) {
            UptimeTrust::OffsetPerPeer
        } else if self.facts.has(Facts::JUMPED) {
            UptimeTrust::OffsetJumps
        } else if !self.facts.has(Facts::ACROSS_PEERS) {
            UptimeTrust::OnePeer
        } else if self.is_settled() {
            UptimeTrust::SteadyAcrossPeers
        } else {
            UptimeTrust::ShortSpan
        }
    }

    /// The first reading on the main line, if `reading` is on it.
    pub(crate) fn watched_since(&self, reading: Reading) -> Option<Reading> {
        let is_on_it = self.start.ticks != 0
            && !self.is_hopeless()
            && self.is_on_line(self.last, self.start, reading);
        is_on_it.then(|| self.start.near(reading))
    }

    /// Whether the clock began at -300 seconds, if that is decided on.
    pub(crate) fn began_before_zero(&self) -> Option<bool> {
        self.facts.has(Facts::START_KNOWN).then_some(self.began_before_zero)
    }

    /// Decides where the clock began, for good.
    pub(crate) fn set_began_before_zero(&mut self, began_before_zero: bool) {
        self.facts.add(Facts::START_KNOWN);
        self.began_before_zero = began_before_zero;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START_MS: u64 = 1_700_000_000_000;

    fn at(ms: u64, ticks: u32) -> Reading {
        Reading { time_ms: START_MS + ms, ticks }
    }

    /// A clock of `hz` that shows `offset` at the start.
    fn clock(hz: u32, offset: u32) -> impl Fn(u64) -> Reading {
        move |ms| at(ms, offset.wrapping_add((ms * u64::from(hz) / 1000) as u32))
    }

    #[test]
    fn every_real_frequency_is_told_and_never_mistaken() {
        for hz in REAL_HZ {
            // Up to the end of the range, and past it.
            for offset in [1, 0x7fff_ff00, u32::MAX - 100] {
                let clock = clock(hz.into(), offset);
                for span in [25, 60, 100, 300, 1000, 3000, 10_000, 60_000, 600_000] {
                    // What the network holds back.
                    for delay in [0, 20, 35] {
                        let later = Reading { time_ms: clock(span).time_ms + delay, ..clock(span) };
                        let pace = Pace::between(clock(0), later);
                        let told = match pace {
                            Pace::Settled(told) | Pace::Likely(told) => Some(told),
                            Pace::Open | Pace::Unreal => None,
                        };
                        assert!(pace != Pace::Unreal, "{hz} Hz after {span} + {delay} ms");
                        assert!(told.is_none_or(|told| told == hz), "{hz} Hz: {pace:?}");
                        if span >= 20_000 {
                            assert_eq!(pace, Pace::Settled(hz), "after {span} ms");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_delayed_packet_settles_nothing_wrong() {
        for hz in REAL_HZ {
            let clock = clock(hz.into(), 77);
            for span in (10..5000).step_by(10) {
                for delay in [60, 120, 240] {
                    let later = Reading { time_ms: clock(span).time_ms + delay, ..clock(span) };
                    if let Pace::Settled(told) = Pace::between(clock(0), later) {
                        assert_eq!(told, hz, "after {span} + {delay} ms");
                    }
                }
            }
        }
    }

    #[test]
    fn what_no_stack_has_is_unreal() {
        for hz in [37, 61, 90, 450, 700, 900, 1100, 1500] {
            let clock = clock(hz, 5);
            assert_eq!(Pace::between(clock(0), clock(30_000)), Pace::Unreal, "{hz} Hz");
        }
        assert_eq!(Pace::between(at(0, 5000), at(5000, 1)), Pace::Unreal, "backwards");
        assert_eq!(Pace::between(at(0, 1), at(100, u32::MAX / 2)), Pace::Unreal, "an offset");
    }

    #[test]
    fn one_clock_for_all_peers_is_steady_through_its_wrap() {
        let mut host = HostClock::default();
        let clock = clock(1000, u32::MAX - 2500);
        assert_eq!(host.take(clock(0), 1), Step::First);
        assert_eq!(host.take(clock(30), 2), Step::GoesOn);
        assert_eq!((host.trust(), host.hz()), (UptimeTrust::ShortSpan, None));
        for second in 1..6 {
            assert_eq!(host.take(clock(second * 1000), second as u16 % 3), Step::GoesOn);
            assert_eq!(host.trust(), UptimeTrust::SteadyAcrossPeers);
        }
        assert_eq!(host.watched_since(clock(6000)), Some(clock(0)));
        // An hour later, with a crystal that is 100 ppm off.
        assert_eq!(
            host.take(Reading { time_ms: START_MS + 3_600_360, ..clock(3_600_000) }, 9),
            Step::GoesOn
        );
        assert!(host.is_steady());
        // The host starts anew.
        assert_eq!(host.take(at(3_700_000, 4000), 1), Step::Jumps);
        assert_eq!(host.trust(), UptimeTrust::OffsetJumps);
    }

    #[test]
    fn an_offset_for_each_peer_is_known_by_its_lines() {
        let mut host = HostClock::default();
        let clocks = [clock(1000, 1_978_052_550), clock(1000, 766_254_995)];
        for round in 0..5 {
            for (peer, clock) in (0..).zip(&clocks) {
                host.take(clock(round * 700 + u64::from(peer) * 50), peer);
            }
        }
        assert_eq!(host.trust(), UptimeTrust::OffsetPerPeer);
        assert!(!host.is_two());
    }

    #[test]
    fn an_offset_for_each_connection_is_given_up() {
        let mut host = HostClock::default();
        // Linux 6.18, 10.5.0.2 of cases/nat/ts2_many.pcap and others like it.
        for (number, ticks) in
            [754_004_723, 1_934_590_246, 365_034_971, 3_387_722_509, 1_009_481_446]
                .into_iter()
                .cycle()
                .take(50)
                .enumerate()
        {
            let step = host.take(at(number as u64 * 800, ticks ^ (number as u32) << 20), 1);
            assert_ne!(step, Step::GoesOn);
        }
        assert_eq!(host.trust(), UptimeTrust::OffsetJumps);
        assert!(host.is_hopeless() && !host.is_two());
    }

    #[test]
    fn two_clocks_in_turn_are_two_hosts() {
        let mut host = HostClock::default();
        let clocks = [clock(1000, 5_000_000), clock(1000, 900_000_000)];
        for round in 0..6 {
            for (number, clock) in (0..).zip(&clocks) {
                host.take(clock(round * 400 + number * 130), 7);
            }
        }
        assert!(host.is_two());
        assert_eq!(host.trust(), UptimeTrust::SeveralClocks);
    }
}
