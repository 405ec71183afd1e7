//! Nothing that comes in makes the library panic or hang, and what is cut off takes nothing away
//! from what came before.

use std::sync::{Arc, LazyLock};

use proptest::collection::vec;
use proptest::prelude::*;
use stackprint::capture::Decoder;
use stackprint::{
    Analyzer, Compat, Database, Frame, IpVersion, LinkType, Record, SkipReason, Timestamp, observe,
};
use stackprint_tests::frames::{FrameBuilder, flag};
use stackprint_tests::{Watchdog, examples, input, say, strategies};

/// Captures up to this size, in bytes, are cut: nearly all of our own, and most of the corpus.
const SMALL_CAPTURE: usize = 16 * 1024;
/// They are cut at every byte of so many.
const CUT_LEN: usize = 4096;
/// Frames of at most this length are cut at every byte, and have every bit flipped.
const SHORT_FRAME: usize = 256;
/// So many frames of each capture, so that a scan of 2000 ports does not take the time of all.
const FRAMES_PER_CAPTURE: usize = 12;

/// What this test is at, for the case that it never comes back from it.
fn watch(name: &str) {
    thread_local! {
        /// Each test runs in a thread of its own, and ends with it.
        static WATCHDOG: Watchdog = Watchdog::start();
    }
    WATCHDOG.with(|watchdog| watchdog.at(name));
}

/// New analyzers of both kinds, without memory of earlier cases, so that a failing case fails
/// alone; their databases are read once.
fn analyzers() -> [Analyzer; 2] {
    static DATABASES: LazyLock<[Arc<Database>; 2]> = LazyLock::new(|| {
        [Compat::Fixed, Compat::P0fExact].map(|compat| {
            Arc::new(Database::parse_with(Database::BUILTIN_TEXT, compat).expect("built-in"))
        })
    });
    DATABASES.each_ref().map(Analyzer::new)
}

/// All that can be written of a record.
fn write(record: &Record<'_>) -> usize {
    let row = serde_json::to_string(&record.row()).expect("a record is JSON");
    row.len() + record.to_string().len() + record.p0f_log().to_string().len()
}

/// Every way into the library that a frame can take.
fn feed(analyzers: &mut [Analyzer], frame: &Frame<'_>) {
    let place = |at: usize| {
        assert!(at <= frame.data.len(), "a skip behind the frame's end: {at} {frame:?}")
    };
    match observe(frame) {
        Ok(observation) => assert!(!observation.to_string().is_empty()),
        Err(skip) => place(skip.at),
    }
    for analyzer in analyzers {
        match analyzer.analyze(frame) {
            Ok(Some(record)) => assert!(write(&record) > 0),
            Ok(None) => {}
            Err(skip) => place(skip.at),
        }
    }
}

/// What the frames of a capture are, to compare those of its start with those of the whole.
fn frames_of(octets: &[u8]) -> Vec<(u64, LinkType, usize, usize)> {
    let mut frames = Vec::new();
    let _ = input::decode(octets, |captured| {
        let frame = captured.frame;
        let time = frame.time.as_nanos();
        frames.push((time, frame.link_type, frame.data.len(), frame.wire_len));
    });
    frames
}

#[test]
fn captures_cut_at_every_byte() {
    let (mut captures, mut cuts) = (0, 0);
    for capture in input::all().iter().filter(|capture| capture.octets.len() <= SMALL_CAPTURE) {
        watch(&capture.name);
        captures += 1;
        let whole = frames_of(&capture.octets);
        let mut before = 0;
        for len in 0..capture.octets.len().min(CUT_LEN) {
            cuts += 1;
            let mut analyzers = analyzers();
            let mut decoder = Decoder::new();
            let mut seen = 0;
            let pushed = decoder.push(&capture.octets[..len], |captured| {
                let frame = captured.frame;
                let facts =
                    (frame.time.as_nanos(), frame.link_type, frame.data.len(), frame.wire_len);
                assert_eq!(whole.get(seen), Some(&facts), "{} cut at {len}", capture.name);
                seen += 1;
                for analyzer in &mut analyzers {
                    let _ = analyzer.analyze(&frame);
                }
            });
            assert!(pushed.is_ok() || decoder.finish().is_err(), "damage forgotten");
            assert_eq!(decoder.frames(), seen as u64);
            assert!(seen >= before, "{}: an octet more, a frame less", capture.name);
            before = seen;
        }
    }
    assert!(captures > 0);
    say(&format!("{captures} captures of at most {SMALL_CAPTURE} octets cut in {cuts} places"));
}

/// Frames to be damaged: the first few short ones of each capture.
fn short_frames(capture: &input::Capture) -> Vec<(LinkType, Vec<u8>)> {
    let mut frames = Vec::new();
    let _ = input::decode(&capture.octets, |captured| {
        let frame = captured.frame;
        if frames.len() < FRAMES_PER_CAPTURE && frame.data.len() <= SHORT_FRAME {
            frames.push((frame.link_type, frame.data.to_vec()));
        }
    });
    frames
}

/// As a capture's snap length cuts them, and as if they had been sent that short.
#[test]
fn frames_cut_at_every_byte() {
    let mut analyzers = analyzers();
    let (mut count, mut cuts) = (0, 0);
    for capture in input::all() {
        watch(&capture.name);
        for (link_type, octets) in short_frames(&capture) {
            count += 1;
            for len in 0..octets.len() {
                cuts += 2;
                let cut = Frame::new(link_type, &octets[..len]);
                feed(&mut analyzers, &cut);
                feed(&mut analyzers, &cut.with_wire_len(octets.len()));
            }
        }
    }
    assert!(count > 0);
    say(&format!("{count} frames cut in {cuts} places"));
}

#[test]
fn frames_with_one_bit_flipped() {
    let mut analyzers = analyzers();
    let (mut count, mut flips) = (0, 0);
    for capture in input::all() {
        watch(&capture.name);
        for (link_type, mut octets) in short_frames(&capture) {
            count += 1;
            for bit in 0..octets.len() * 8 {
                flips += 1;
                octets[bit / 8] ^= 1 << (bit % 8);
                feed(&mut analyzers, &Frame::new(link_type, &octets));
                octets[bit / 8] ^= 1 << (bit % 8);
            }
        }
    }
    assert!(count > 0);
    say(&format!("{count} frames, {flips} bits flipped"));
}

/// Each byte of a SYN and a SYN+ACK of both IP versions replaced by every value. Most of them stay
/// what they are, so this also says that the reader is not merely shutting its eyes.
#[test]
fn every_byte_replaced_by_every_value() {
    watch("a replaced octet");
    let mut analyzers = analyzers();
    let (mut count, mut observed) = (0, 0);
    for version in [IpVersion::V4, IpVersion::V6] {
        let (client, server) = examples::ends(7, version);
        let syn = FrameBuilder::syn(client, server);
        for octets in [syn.build(), syn.syn_ack().build()] {
            for at in 0..octets.len() {
                for value in 0..=255 {
                    let mut octets = octets.clone();
                    octets[at] = value;
                    let frame = Frame::new(LinkType::ETHERNET, &octets);
                    feed(&mut analyzers, &frame);
                    count += 1;
                    observed += usize::from(observe(&frame).is_ok());
                }
            }
        }
    }
    assert!(observed > count / 2, "{observed} of {count}");
    say(&format!("{count} replaced octets, {observed} still observed"));
}

/// A SYN without its end: once the TCP header is whole, it is observed; before, it is not.
#[test]
fn every_prefix_of_a_syn() {
    for version in [IpVersion::V4, IpVersion::V6] {
        let (client, server) = examples::ends(7, version);
        let mut syn = FrameBuilder::syn(client, server);
        let headers = syn.build().len();
        syn.payload = vec![b'x'; 40];
        let octets = syn.build();
        for len in 0..=octets.len() {
            let frame = Frame::new(LinkType::ETHERNET, &octets[..len]).with_wire_len(octets.len());
            match observe(&frame) {
                Ok(_) => assert!(len >= headers, "observed {len} octets of {headers}"),
                Err(skip) => {
                    assert!(len < headers, "{skip} with {len} octets of {headers}");
                    assert_eq!(skip.reason, SkipReason::CutShort, "{len} octets");
                }
            }
        }
    }
}

/// Link types that have a name here, and some that have none.
fn link_type() -> impl Strategy<Value = LinkType> {
    prop_oneof![4 => (0..300_u16).prop_map(LinkType), 1 => any::<u16>().prop_map(LinkType)]
}

/// Bytes that begin like nothing, or like a header of some kind, so that chance gets further in.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let starts: [&[u8]; 12] = [
        &[],
        &[0x45, 0, 0, 60, 0, 0, 0x40, 0, 64, 6],
        &[0x60, 0, 0, 0, 0, 40, 6, 64],
        &[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0],
        &[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, 0x60],
        &[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0, 5, 0x88, 0xa8],
        &[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0x47],
        &[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0x64, 0x11, 0],
        &[0, 0, 8, 0],
        &[0xff, 3, 0, 0x21, 0x45],
        &[2, 0, 0, 0, 0x45],
        &[8, 0, 0, 0],
    ];
    (prop::sample::select(starts.to_vec()), vec(any::<u8>(), 0..200))
        .prop_map(|(start, rest)| [start, &rest].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30_000))]

    #[test]
    fn random_octets(
        link_type in link_type(),
        octets in bytes(),
        more_on_wire in prop_oneof![Just(0_usize), 0..2000_usize, Just(usize::MAX / 2)],
        nanos in any::<u64>(),
    ) {
        watch("random octets");
        let frame = Frame::new(link_type, &octets)
            .with_wire_len(octets.len() + more_on_wire)
            .at(Timestamp::from_nanos(nanos));
        feed(&mut analyzers(), &frame);
    }

    #[test]
    fn random_captures(octets in vec(any::<u8>(), 0..400), which in 0..6_usize) {
        const MAGICS: [&[u8]; 6] = [
            &[],
            &[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0],
            &[0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4],
            &[0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0],
            &[0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 28, 0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0],
            &[0x34, 0xcd, 0xb2, 0xa1, 2, 0, 4, 0],
        ];
        watch("a random capture");
        let capture = [MAGICS[which], &octets].concat();
        let mut analyzers = analyzers();
        let _ = input::decode(&capture, |captured| feed(&mut analyzers, &captured.frame));
    }

    /// Connections whose packets contradict each other, at times that jump.
    #[test]
    fn random_conversations(
        packets in vec((strategies::handshake(), any::<[bool; 3]>(), any::<u64>()), 1..12),
    ) {
        watch("a random conversation");
        let mut analyzers = analyzers();
        for ((syn, syn_ack), [answers, acknowledges, ends], nanos) in packets {
            let mut packet = if answers { syn_ack } else { syn };
            if acknowledges {
                packet.flags = packet.flags & !flag::SYN | flag::ACK;
            }
            packet.flags |= if ends { flag::FIN } else { 0 };
            let octets = packet.build();
            let frame = Frame::new(LinkType::ETHERNET, &octets).at(Timestamp::from_nanos(nanos));
            feed(&mut analyzers, &frame);
        }
    }
}
