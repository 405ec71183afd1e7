//! By properties: however a stream is cut, ordered and repeated, it is the same.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// What decides in these tests: a length in two bytes, and so many bytes.
fn read(reading: Reading<'_>) -> Option<Vec<u8>> {
    let (&len, rest) = reading.bytes.split_first_chunk()?;
    rest.get(..usize::from(u16::from_be_bytes(len))).map(<[u8]>::to_vec)
}

fn told(content: &[u8]) -> Vec<u8> {
    [&(content.len() as u16).to_be_bytes(), content].concat()
}

fn streams() -> Streams {
    Streams::new(Streams::DEFAULT_MEMORY, |bytes| bytes.first() == Some(&0))
}

fn payload(seq: u32, bytes: &[u8]) -> Payload<'_> {
    Payload { seq, bytes, ..Payload::default() }
}

#[test]
fn a_whole_one_is_read_in_place() {
    let (mut streams, mut stream) = (streams(), Stream::after_syn(u32::MAX));
    let bytes = told(b"all of it");
    let range = bytes.as_ptr_range();
    let outcome = streams.push(&mut stream, &payload(0, &bytes), |reading| {
        assert!(range.contains(&reading.bytes.as_ptr()), "copied");
        read(reading)
    });
    assert_eq!(outcome, Outcome::Decided(b"all of it".to_vec()));
    assert_eq!((streams.memory(), stream.is_over()), (0, true));
    assert_eq!(streams.push(&mut stream, &payload(0, &bytes), read), Outcome::Over);
}

/// RFC 9293 section 3.4; and the first copy of a byte counts.
#[test]
fn swapped_repeated_overlapping_and_wrapped() {
    let (mut streams, mut stream) = (streams(), Stream::after_syn(u32::MAX - 3));
    let start = u32::MAX - 2;
    let mut push = |at: u32, bytes: &[u8]| {
        streams.push(&mut stream, &payload(start.wrapping_add(at), bytes), read)
    };
    assert_eq!(push(6, b"efgh"), Outcome::Undecided);
    assert_eq!(push(0, b"\0"), Outcome::Undecided);
    // A keep-alive: one byte before what was sent.
    assert_eq!(push(u32::MAX, b"?"), Outcome::Undecided);
    assert_eq!(push(0, b"?"), Outcome::Undecided);
    assert_eq!(push(8, b"??ij"), Outcome::Undecided);
    assert_eq!(push(u32::MAX, b"??\x0aabcdEF"), Outcome::Decided(b"abcdefghij".to_vec()));
    assert_eq!((stream.is_over(), streams.held_slots()), (true, 0));
}

/// Before the start: nothing. A SYN not seen: where it begins like it.
#[test]
fn without_a_syn() {
    let (mut streams, mut stream) = (streams(), Stream::midway());
    let bytes = told(b"data");
    assert_eq!(streams.push(&mut stream, &payload(4, b"middle"), read), Outcome::Undecided);
    assert_eq!(streams.push(&mut stream, &payload(9, b""), read), Outcome::Undecided);
    assert_eq!(streams.push(&mut stream, &payload(100, &bytes[..3]), read), Outcome::Undecided);
    assert_eq!(streams.push(&mut stream, &payload(90, b"0123456789"), read), Outcome::Undecided);
    let outcome = streams.push(&mut stream, &payload(103, &bytes[3..]), read);
    assert_eq!(outcome, Outcome::Decided(b"data".to_vec()));
}

#[test]
fn the_last_bytes() {
    let bytes = told(b"data");
    // With FIN, and complete.
    let (mut streams, mut stream) = (streams(), Stream::after_syn(0));
    let fin = Payload { fin: true, ..payload(1, &bytes) };
    assert_eq!(streams.push(&mut stream, &fin, read), Outcome::Decided(b"data".to_vec()));
    // FIN comes first, and is remembered; the reader learns that nothing follows.
    let mut stream = Stream::after_syn(0);
    let fin = Payload { fin: true, ..payload(4, &bytes[3..5]) };
    assert_eq!(streams.push(&mut stream, &fin, read), Outcome::Undecided);
    let mut is_last = false;
    let outcome = streams.push(&mut stream, &payload(1, &bytes[..3]), |reading| {
        is_last = reading.is_last;
        None::<()>
    });
    assert_eq!((outcome, is_last), (Outcome::GivenUp(GiveUp::Ended), true));
    // A captured part of a segment.
    let mut stream = Stream::after_syn(0);
    let cut = Payload { cut: true, ..payload(1, &bytes[..3]) };
    let outcome =
        streams.push(&mut stream, &cut, |reading| reading.is_last.then_some(reading.bytes.len()));
    assert_eq!(outcome, Outcome::Decided(3));
    // Nothing but FIN; and FIN after bytes that did not come.
    let mut stream = Stream::after_syn(0);
    let fin = Payload { fin: true, ..payload(9, b"") };
    assert_eq!(streams.push(&mut stream, &fin, read), Outcome::Undecided);
    let fin = Payload { fin: true, ..payload(1, b"") };
    assert_eq!(streams.push(&mut stream, &fin, read), Outcome::GivenUp(GiveUp::Ended));
    assert_eq!(streams.given_up(GiveUp::Ended), 2);
    assert_eq!(streams.held_slots(), 0);
}

#[test]
fn each_bound_of_a_stream_is_counted() {
    let mut streams = streams();
    let long = [told(&[0; 0x7000]), vec![]].concat();
    let mut give_up = |segments: &[(u32, &[u8])]| {
        let mut stream = Stream::after_syn(u32::MAX);
        let mut last = Outcome::Undecided;
        for &(at, bytes) in segments {
            assert_eq!(last, Outcome::Undecided);
            last = streams.push(&mut stream, &payload(at, bytes), read);
        }
        assert!(stream.is_over());
        let Outcome::GivenUp(reason) = last else { panic!("{last:?}") };
        assert!(streams.given_up(reason) > 0);
        assert_eq!(streams.held_slots(), 0);
        reason
    };
    assert_eq!(give_up(&[(0, &long[..=MAX_IN_ORDER])]), GiveUp::TooLong);
    let half = MAX_IN_ORDER / 2;
    let halves = [(0, &long[..half]), (half as u32, &long[half..=MAX_IN_ORDER])];
    assert_eq!(give_up(&halves), GiveUp::TooLong);
    let ahead = MAX_AHEAD as u32;
    assert_eq!(give_up(&[(ahead, b"x")]), GiveUp::TooFarAhead);
    assert_eq!(give_up(&[(0, &long[..2]), (ahead + 1, b"xx")]), GiveUp::TooFarAhead);
    let pieces: Vec<(u32, &[u8])> = (0..=8).map(|n| (10 + n * 2, &b"x"[..])).collect();
    assert_eq!(give_up(&pieces), GiveUp::TooManyPieces);
    // One less of each is not given up.
    let mut stream = Stream::after_syn(u32::MAX);
    for &(at, bytes) in &pieces[1..] {
        assert_eq!(streams.push(&mut stream, &payload(at, bytes), read), Outcome::Undecided);
    }
    streams.abandon(&mut stream);
    assert_eq!(streams.given_up(GiveUp::FlowGone), 1);
    let mut stream = Stream::after_syn(u32::MAX);
    let first = payload(0, &long[..MAX_IN_ORDER]);
    assert_eq!(streams.push(&mut stream, &first, read), Outcome::Undecided);
    let last = payload((MAX_IN_ORDER + MAX_AHEAD - 1) as u32, b"x");
    assert_eq!(streams.push(&mut stream, &last, read), Outcome::Undecided);
}

/// The stream that has held bytes for the longest goes first; those that others evicted say so.
#[test]
fn the_oldest_is_evicted() {
    const MEMORY: usize = 1 << 20;
    let mut streams = Streams::new(MEMORY, |_| true);
    let half = told(&[0; 1400])[..700].to_vec();
    let mut flows: Vec<Stream> = (0..10_000).map(Stream::after_syn).collect();
    for (isn, stream) in flows.iter_mut().enumerate() {
        let outcome = streams.push(stream, &payload(isn as u32 + 1, &half), read);
        assert_eq!(outcome, Outcome::Undecided);
        assert!(streams.memory() <= MEMORY, "{}", streams.memory());
    }
    assert!(streams.memory() > MEMORY * 9 / 10);
    let evicted = streams.given_up(GiveUp::Evicted) as usize;
    assert!((8000..10_000).contains(&evicted), "{evicted}");
    let rest = [0; 702];
    for (isn, stream) in flows.iter_mut().enumerate() {
        let outcome = streams.push(stream, &payload(isn as u32 + 701, &rest), read);
        let expected = if isn < evicted { Outcome::Over } else { Outcome::Decided(vec![0; 1400]) };
        assert_eq!(outcome, expected, "{isn} of {evicted}");
    }
    assert_eq!(streams.held_slots(), 0);
    // Less than one stream needs.
    let mut streams = Streams::new(10, |_| true);
    let outcome = streams.push(&mut Stream::after_syn(0), &payload(1, &half), read);
    assert_eq!(outcome, Outcome::GivenUp(GiveUp::Evicted));
}

/// Small pieces of many streams: places are bounded, too.
#[test]
fn many_small_ones_stay_within_the_bound() {
    const MEMORY: usize = 256 << 10;
    let mut streams = Streams::new(MEMORY, |_| true);
    for isn in 0..1_000_000 {
        let mut stream = Stream::after_syn(isn);
        let outcome = streams.push(&mut stream, &payload(isn + 2, b"x"), read);
        assert_eq!(outcome, Outcome::Undecided);
        assert!(streams.memory() <= MEMORY);
    }
    let held = streams.held_slots() as u64;
    assert!(held > 500, "{held}");
    assert_eq!(streams.given_up(GiveUp::Evicted), 1_000_000 - held);
}

/// Segments of `bytes` that end at these places.
fn segments(bytes: &[u8], cuts: &[usize]) -> Vec<(usize, usize)> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % bytes.len()).collect();
    ends.extend([0, bytes.len()]);
    ends.sort_unstable();
    ends.dedup();
    ends.windows(2).map(|ends| (ends[0], ends[1])).collect()
}

/// Feeds segments in this order; nothing but the last of them may decide, and it must.
fn feed(bytes: &[u8], isn: u32, order: &[(usize, usize)]) -> Option<Vec<u8>> {
    let (mut streams, mut stream) = (streams(), Stream::after_syn(isn));
    for &(start, end) in order {
        let seq = isn.wrapping_add(1 + start as u32);
        match streams.push(&mut stream, &payload(seq, &bytes[start..end]), read) {
            Outcome::Decided(content) => {
                assert_eq!(streams.held_slots(), 0);
                return Some(content);
            }
            Outcome::Undecided => {}
            other => panic!("{other:?}"),
        }
    }
    None
}

/// Every split into two and three, in every order.
#[test]
fn every_split_and_order() {
    let content = b"twenty bytes of text";
    let bytes = told(content);
    for first in 0..bytes.len() {
        for second in first..bytes.len() {
            let parts = segments(&bytes, &[first, second]);
            for_each_order(&parts, &mut |order| {
                assert_eq!(feed(&bytes, u32::MAX - 9, order).as_deref(), Some(&content[..]));
                // Without any one of them, nothing.
                for missing in 0..order.len() {
                    let mut rest = order.to_vec();
                    rest.remove(missing);
                    assert_eq!(feed(&bytes, 7, &rest), None);
                }
            });
        }
    }
}

fn for_each_order(parts: &[(usize, usize)], each: &mut impl FnMut(&[(usize, usize)])) {
    fn permute(
        parts: &mut Vec<(usize, usize)>,
        place: usize,
        each: &mut impl FnMut(&[(usize, usize)]),
    ) {
        if place == parts.len() {
            return each(parts);
        }
        for other in place..parts.len() {
            parts.swap(place, other);
            permute(parts, place + 1, each);
            parts.swap(place, other);
        }
    }
    permute(&mut parts.to_vec(), 0, each);
}

proptest! {
    /// Any pieces, overlapping and repeated, that together are all of it.
    #[test]
    fn any_segmentation(
        content in vec(any::<u8>(), 0..3000),
        isn in prop_oneof![any::<u32>(), u32::MAX - 3000..u32::MAX],
        cuts in vec(any::<usize>(), 0..4),
        more in vec((any::<usize>(), any::<usize>()), 0..4),
        order in any::<u64>(),
    ) {
        let bytes = told(&content);
        let mut parts = segments(&bytes, &cuts);
        parts.extend(more.iter().map(|&(start, len)| {
            let start = start % bytes.len();
            (start, start + len % (bytes.len() - start))
        }));
        // A shuffle from a seed.
        let mut seed = order;
        for place in (1..parts.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            parts.swap(place, (seed >> 33) as usize % (place + 1));
        }
        prop_assert_eq!(feed(&bytes, isn, &parts), Some(content));
    }

    /// Against a slow model: a map of bytes, of which the first copy counts.
    #[test]
    fn assembly_is_a_map_of_bytes(pieces in vec((0_usize..60, vec(any::<u8>(), 0..12)), 0..30)) {
        let mut assembly = Assembly::default();
        let mut model = std::collections::BTreeMap::new();
        for (at, bytes) in &pieces {
            let inserted = assembly.insert(*at, bytes);
            for (offset, byte) in bytes.iter().enumerate() {
                model.entry(at + offset).or_insert(*byte);
            }
            let known: Vec<usize> = model.keys().copied().collect();
            let gaps = known.windows(2).filter(|pair| pair[0] + 1 < pair[1]).count();
            prop_assert_eq!(inserted.is_err(), !known.is_empty() && gaps + 1 > MAX_PIECES);
            let start: Vec<u8> = (0..).map_while(|at| model.get(&at).copied()).collect();
            prop_assert_eq!(assembly.start(), start);
        }
    }

    /// The oldest streams of many, whatever else happens to them, and the account of memory.
    #[test]
    fn the_account_is_right(steps in vec((0_usize..12, 0_u32..40, 0_usize..60, any::<bool>()), 0..300)) {
        let mut streams = Streams::new(3000, |_| true);
        let mut flows: Vec<Stream> = (0..12).map(|_| Stream::after_syn(0)).collect();
        for (flow, at, len, gone) in steps {
            if gone && len < 20 {
                streams.abandon(&mut flows[flow]);
                flows[flow] = Stream::after_syn(0);
            }
            let bytes = vec![1; len];
            let outcome = streams.push(&mut flows[flow], &payload(1 + at, &bytes), |reading| {
                (reading.bytes.len() > 70).then_some(())
            });
            prop_assert_eq!(flows[flow].is_over(), outcome != Outcome::Undecided);
            if flows[flow].is_over() {
                flows[flow] = Stream::after_syn(0);
            }
            streams.check();
        }
        for flow in &mut flows {
            streams.abandon(flow);
        }
        streams.check();
        prop_assert_eq!(streams.held_slots(), 0);
    }
}
