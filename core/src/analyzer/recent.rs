//! What was found for packets of late: the same stacks come again and again, so options are seldom
//! read and the database is seldom asked, however many signatures it has.

use crate::database::{Database, Match};
use crate::record::Mtu;
use crate::tcp::matching::{self, Outcome};
use crate::tcp::observation::{HeaderPattern, Headers, Observation};
use crate::wire::OptionKinds;

/// Headers and what was found for them, each in one of the two places that their hash chooses; of
/// three that meet there, the one that came first goes.
#[derive(Debug)]
pub(super) struct Recent {
    /// For each place, the number of what is known and 1, or 0.
    places: Vec<u16>,
    known: Vec<Known>,
}

/// What is known of packets with such headers.
#[derive(Debug)]
pub(super) struct Known {
    headers: HeaderPattern,
    /// Of the packet that was seen first.
    observation: Observation,
    outcome: Outcome,
    /// Hops from the sender.
    pub(super) distance: u8,
    /// Of the layout's kinds: their hash by p0f's rules, else [`OptionKinds`].
    pub(super) layout_hash: u32,
    /// The MTU of the sender's link, and where the database has its name.
    mtu: Option<(u32, Option<usize>)>,
}

/// Stacks times distances, of which traffic has a few hundred: few of them meet.
const PLACES: usize = 2048;
const _: () = assert!(PLACES.is_power_of_two() && PLACES < u16::MAX as usize);

impl Recent {
    pub(super) fn new() -> Recent {
        // What is known has its address space at once, and memory as it comes: see hosts/table.rs.
        Recent { places: vec![0; PLACES], known: Vec::with_capacity(PLACES) }
    }

    /// Forgets all: the database is another.
    pub(super) fn clear(&mut self) {
        self.places.fill(0);
        self.known.clear();
    }

    /// Finds what is known of packets with such headers, or finds it out.
    #[inline]
    pub(super) fn look_up(&mut self, database: &Database, headers: &Headers<'_>) -> Option<&Known> {
        let at = headers.place(PLACES);
        let number = match self.number_at(at, headers).or_else(|| self.number_at(at ^ 1, headers)) {
            Some(number) => number,
            None => self.remember(database, headers, at),
        };
        self.known.get(number)
    }

    /// The number of what is known in a place, if it is of such headers.
    #[inline]
    fn number_at(&self, at: usize, headers: &Headers<'_>) -> Option<usize> {
        let number = usize::from(*self.places.get(at)?).wrapping_sub(1);
        self.known.get(number).is_some_and(|known| known.headers.fits(headers)).then_some(number)
    }

    /// Finds out what there is to know, and remembers it there. Its number.
    #[inline(never)]
    fn remember(&mut self, database: &Database, headers: &Headers<'_>, at: usize) -> usize {
        let observation = headers.observation();
        let outcome = database.outcome(&observation);
        let known = Known {
            headers: headers.pattern(),
            observation,
            outcome,
            distance: distance(database, &observation, outcome),
            layout_hash: match database.compat().rules().whole_layouts_are_compared {
                true => observation.layout.kinds_hash(),
                false => OptionKinds::of(&observation.layout).bits(),
            },
            mtu: observation.mtu().map(|mtu| (mtu, database.find_link(mtu))),
        };
        // What is there moves to the other place, and what is in that one goes.
        let goes = match self.places[at] {
            0 => 0,
            there => core::mem::replace(&mut self.places[at ^ 1], there),
        };
        let number = match usize::from(goes) {
            0 => {
                self.known.push(known);
                self.known.len()
            }
            number => {
                self.known[number - 1] = known;
                number
            }
        };
        self.places[at] = number as u16;
        number - 1
    }
}

impl Known {
    /// What a packet says by itself, whose headers led here.
    #[inline]
    pub(super) fn observation(&self, headers: &Headers<'_>) -> Observation {
        self.headers.observation(&self.observation, headers)
    }

    /// The MSS in bytes, if announced.
    #[inline]
    pub(super) fn mss(&self) -> Option<u16> {
        self.observation.mss
    }

    /// The MTU of the sender's link.
    #[inline]
    pub(super) fn mtu<'d>(&self, database: &'d Database) -> Option<Mtu<'d>> {
        let (value, link) = self.mtu?;
        Some(Mtu { value, link: link.and_then(|at| database.link_at(at)) })
    }

    /// The signature that fits, and whether with tolerances.
    #[cfg(feature = "tls")]
    pub(super) fn matched(&self) -> crate::flows::Matched {
        match self.outcome {
            Outcome::Found { id, fuzzy } => Some((id, fuzzy)),
            Outcome::FuzzyTool | Outcome::Nothing => None,
        }
    }

    /// The signature that fits.
    #[inline]
    pub(super) fn found<'d>(&self, database: &'d Database) -> Option<Match<'d>> {
        match self.outcome {
            Outcome::Found { id, fuzzy } => database.get(id, fuzzy),
            Outcome::FuzzyTool | Outcome::Nothing => None,
        }
    }
}

/// How far the packet travelled, in hops.
fn distance(database: &Database, observation: &Observation, outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Found { id, fuzzy } => {
            let rule = database.get(id, fuzzy).map(|found| found.signature.ttl);
            matching::distance(observation, rule, fuzzy)
        }
        Outcome::FuzzyTool => 0,
        Outcome::Nothing => observation.guessed_distance(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::tcp::observation::{Direction, headers_tests};
    use crate::wire::open;
    use crate::{Analyzer, Compat, Frame, LinkType};

    #[test]
    fn what_is_remembered_is_what_would_be_found() {
        let database = Database::builtin();
        let mut recent = Recent::new();
        let mut found = 0;
        // More than there are places, twice.
        for _ in 0..2 {
            for options in headers_tests::OPTIONS {
                for (ttl, peer_mss) in (1..=128).flat_map(|ttl| [(ttl, None), (ttl, Some(1400))]) {
                    let is_v6 = ttl % 2 == 0;
                    let mut syn = headers_tests::syn(is_v6, ttl, 64_240, options);
                    // Those whose peer is known answer it.
                    let flags = if is_v6 { 40 } else { 20 } + 13;
                    syn[flags] |= if peer_mss.is_some() { 0x10 } else { 0 };
                    let direction =
                        if peer_mss.is_some() { Direction::SynAck } else { Direction::Syn };
                    let segment = open(&Frame::new(LinkType::RAW, &syn)).unwrap();
                    let headers = Headers::of(&segment, direction, peer_mss, Compat::Fixed);
                    let read = headers.observation();
                    let known = recent.look_up(&database, &headers).unwrap();
                    let outcome = database.outcome(&read);
                    assert_eq!(known.observation(&headers), read);
                    assert_eq!(known.outcome, outcome, "{read}");
                    assert_eq!(known.distance, distance(&database, &read, outcome));
                    assert_eq!(known.layout_hash, OptionKinds::of(&read.layout).bits());
                    found += usize::from(known.found(&database).is_some());
                }
            }
        }
        let used = recent.known.len();
        assert!(used > 1000 && found > 100, "{used} places are used, {found} packets known");
    }

    #[test]
    fn answers_to_other_segment_sizes_are_other_fingerprints() {
        let database = Database::builtin();
        let mut recent = Recent::new();
        let mut syn = headers_tests::syn(false, 64, 64_240, headers_tests::OPTIONS[2]);
        syn[33] |= 0x10;
        let segment = open(&Frame::new(LinkType::RAW, &syn)).unwrap();
        for peer_mss in [None, Some(0), Some(1460), Some(1400), None] {
            let headers = Headers::of(&segment, Direction::SynAck, peer_mss, Compat::Fixed);
            let known = recent.look_up(&database, &headers).unwrap();
            assert_eq!(known.observation(&headers).peer_mss, peer_mss);
        }
    }

    /// A SYN of Linux over raw IPv4, from a client by number.
    fn syn(client: u8) -> [u8; 60] {
        let mut syn = [0; 60];
        syn[..20]
            .copy_from_slice(b"\x45\0\0\x3c\x12\x34\x40\0\x40\x06\0\0\xc0\0\x02\0\xc0\0\x02\xff");
        syn[15] = client;
        syn[20..40].copy_from_slice(b"\x9c\x40\0\x50\0\0\0\x07\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0");
        syn[40..]
            .copy_from_slice(b"\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07");
        syn
    }

    /// Whether the system of a new client is known.
    fn is_known(analyzer: &mut Analyzer, client: u8) -> bool {
        let syn = syn(client);
        let record = analyzer.analyze(&Frame::new(LinkType::RAW, &syn)).unwrap().unwrap();
        record.fingerprint.unwrap().found.is_some()
    }

    #[test]
    fn another_database_is_asked_anew() {
        let mut analyzer = Analyzer::new(&Database::builtin());
        assert!(is_known(&mut analyzer, 1) && is_known(&mut analyzer, 2));
        analyzer.set_database(&Arc::new(Database::empty()));
        assert!(!is_known(&mut analyzer, 3));
        analyzer.set_database(&Database::builtin());
        assert!(is_known(&mut analyzer, 4));
    }
}
