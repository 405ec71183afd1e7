//! Captures one after the other, blocks of any size, and what is no capture: whole and in pieces.

#![cfg(feature = "capture")]
#![allow(missing_docs, reason = "a test binary has no users")]
#![allow(clippy::panic, clippy::expect_used, reason = "tests say what they expect by failing")]

use proptest::prelude::*;
use stackprint::capture::{CaptureError, CaptureErrorKind as Kind, Decoder, Part};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn words(self, words: &[u32]) -> Vec<u8> {
        let octets = |word: &u32| match self {
            Order::Little => word.to_le_bytes(),
            Order::Big => word.to_be_bytes(),
        };
        words.iter().flat_map(octets).collect()
    }

    fn halves(self, halves: &[u16]) -> Vec<u8> {
        let octets = |half: &u16| match self {
            Order::Little => half.to_le_bytes(),
            Order::Big => half.to_be_bytes(),
        };
        halves.iter().flat_map(octets).collect()
    }
}

const ORDERS: [Order; 2] = [Order::Little, Order::Big];

/// Two frames, the first of no bytes.
fn pcap(order: Order, frame: &[u8]) -> Vec<u8> {
    let mut octets = order.words(&[0xa1b2_c3d4]);
    octets.extend(order.halves(&[2, 4]));
    octets.extend(order.words(&[0, 0, 262_144, 1]));
    octets.extend(order.words(&[1_700_000_000, 0, 0, 0]));
    let len = frame.len() as u32;
    octets.extend(order.words(&[1_700_000_001, 0, len, len]));
    octets.extend(frame);
    octets
}

fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let mut octets = order.words(&[kind, body.len() as u32 + 12]);
    octets.extend(body);
    octets.extend(order.words(&[body.len() as u32 + 12]));
    octets
}

fn pcapng_start(order: Order, snap_len: u32) -> Vec<u8> {
    let mut section = order.words(&[0x1a2b_3c4d]);
    section.extend(order.halves(&[1, 0]));
    section.extend([0xff; 8]);
    let mut octets = block(order, 0x0a0d_0d0a, &section);
    let mut interface = order.halves(&[1, 0]);
    interface.extend(order.words(&[snap_len]));
    octets.extend(block(order, 1, &interface));
    octets
}

fn packet(order: Order, kind: u32, frame: &[u8]) -> Vec<u8> {
    let len = frame.len() as u32;
    let mut body = order.words(&[0, 0, 0, len, len]);
    body.extend(frame);
    body.resize(body.len().next_multiple_of(4), 0);
    block(order, kind, &body)
}

/// One frame.
fn pcapng(order: Order, frame: &[u8]) -> Vec<u8> {
    [pcapng_start(order, 0), packet(order, 6, frame)].concat()
}

fn decode_pieces(
    capture: &[u8],
    piece: usize,
) -> (Decoder, Vec<Vec<u8>>, Result<(), CaptureError>) {
    let mut decoder = Decoder::new();
    let mut seen = Vec::new();
    for piece in capture.chunks(piece) {
        let pushed = decoder.push(piece, |captured| seen.push(captured.frame.data.to_vec()));
        if pushed.is_err() {
            return (decoder, seen, pushed);
        }
    }
    let end = decoder.finish();
    (decoder, seen, end)
}

#[test]
fn joined_captures_are_read_one_after_the_other() {
    let (one, other) = (b"one".as_slice(), b"another".as_slice());
    for first in ORDERS {
        for second in ORDERS {
            let parts: [(Vec<u8>, usize); 2] = [(pcap(first, one), 2), (pcapng(first, one), 1)];
            for (start, before) in parts {
                for (rest, after) in [(pcap(second, other), 2), (pcapng(second, other), 1)] {
                    let capture = [&start[..], &rest, &start].concat();
                    // Sections of pcapng need no joint.
                    let joints = u64::from(before + after != 2) * 2;
                    for piece in [1, 2, 3, 5, 7, 16, 24, 31, capture.len()] {
                        let (decoder, seen, end) = decode_pieces(&capture, piece);
                        assert_eq!(end, Ok(()), "{first:?} {second:?} in pieces of {piece}");
                        let seen: Vec<_> = seen.iter().filter(|it| !it.is_empty()).collect();
                        assert_eq!(seen, [one, other, one]);
                        assert_eq!(decoder.frames(), (2 * before + after) as u64);
                        assert_eq!(decoder.offset(), capture.len() as u64);
                        assert_eq!(decoder.joined(), joints, "{first:?} {second:?}");
                        let joint = (joints > 0).then_some(start.len() as u64);
                        assert_eq!(decoder.first_joint(), joint);
                    }
                }
            }
        }
    }
}

#[test]
fn a_time_that_is_a_magic_number_begins_no_capture() {
    // 2055-12-18: a record of that second is no header, whatever else is in it.
    for (fraction, lengths) in
        [(0, [0, 0]), (7, [3, 3]), (0x0004_0002, [3, 3]), (0x0004_0002, [0, 9])]
    {
        let mut capture = pcap(Order::Little, b"one");
        capture.extend(Order::Little.words(&[0xa1b2_c3d4, fraction, lengths[0], lengths[1]]));
        capture.extend(&b"two"[..lengths[0] as usize]);
        capture.extend(Order::Little.words(&[1_700_000_002, 0, 5, 5]));
        capture.extend(b"three");
        for piece in [1, 7, capture.len()] {
            let (decoder, seen, end) = decode_pieces(&capture, piece);
            assert_eq!(
                (end, decoder.joined(), seen.len()),
                (Ok(()), 0, 4),
                "{fraction} {lengths:?}"
            );
        }
    }
}

#[test]
fn what_begins_no_capture_after_all_is_damage() {
    let whole = pcap(Order::Little, b"one");
    let mut version = pcap(Order::Little, b"two");
    version[4] = 9;
    let (decoder, seen, end) = decode_pieces(&[&whole[..], &version].concat(), 1 << 20);
    let kind = end.expect_err("no capture").kind;
    assert!(matches!(kind, Kind::CutShort { .. } | Kind::FrameTooLong { .. }), "{kind:?}");
    assert!((2..=4).contains(&seen.len()) && decoder.joined() == 0);

    let mut in_blocks = pcapng(Order::Little, b"one");
    let at = in_blocks.len() as u64;
    // A pcap header whose link type is none.
    in_blocks.extend(Order::Little.words(&[0xa1b2_c3d4, 0x0004_0002, 0, 0, 0, 0x03ff_0000]));
    let (_, seen, end) = decode_pieces(&in_blocks, 5);
    assert_eq!(seen.len(), 1);
    let kind = Kind::BadBlockLength { length: 0x0004_0002 };
    assert_eq!(end, Err(CaptureError { kind, offset: at }));
}

/// A block that is larger than any packet may be, in front of a packet: nothing of it is kept.
#[test]
fn blocks_without_a_packet_may_have_any_length() {
    const SECRETS: u32 = 0x0a;
    const BODY_LEN: u32 = 200 << 20;
    for order in ORDERS {
        let mut decoder = Decoder::new();
        let mut seen = 0;
        let mut push = |octets: &[u8]| {
            decoder.push(octets, |captured| {
                assert_eq!(captured.frame.data, b"frame");
                seen += 1;
            })
        };
        push(&pcapng_start(order, 0)).expect("a section");
        // A piece that ends within the header of the block.
        let head = order.words(&[SECRETS, BODY_LEN + 12]);
        push(&head[..5]).expect("a start");
        push(&head[5..]).expect("the length");
        let body = vec![b'a'; 1 << 20];
        for _ in 0..BODY_LEN >> 20 {
            push(&body).expect("a body");
        }
        let mut tail = order.words(&[BODY_LEN + 12]);
        tail.extend(packet(order, 6, b"frame"));
        for octet in tail {
            push(&[octet]).expect("the end, and a packet");
        }
        assert_eq!((seen, decoder.finish()), (1, Ok(())));
    }
}

#[test]
fn blocks_that_are_passed_over_are_checked_however_they_arrive() {
    let mut capture = pcapng_start(Order::Little, 0);
    let at = capture.len() as u64;
    let mut other = block(Order::Little, 0x0bad, &[7; 400]);
    let len = other.len();
    other[len - 4] ^= 1;
    let lengths = [412, 412 ^ 1];
    capture.extend(&other);
    let kind = Kind::BlockLengthsDiffer { first: lengths[0], last: lengths[1] };
    for piece in 1..capture.len() {
        let (_, _, end) = decode_pieces(&capture, piece);
        assert_eq!(end, Err(CaptureError { kind, offset: at }), "in pieces of {piece}");
    }
    for cut in at as usize + 12..capture.len() {
        for piece in [1, 9, cut] {
            let (_, _, end) = decode_pieces(&capture[..cut], piece);
            let (present, needed) = (cut - at as usize, 412);
            let kind = Kind::CutShort { inside: Part::Block, present, needed };
            assert_eq!(end, Err(CaptureError { kind, offset: at }), "{cut} in pieces of {piece}");
        }
    }
}

#[test]
fn the_snapshot_length_cuts_in_pcapng_as_in_pcap() {
    const PACKET: u32 = 2;
    const ENHANCED: u32 = 6;
    for order in ORDERS {
        for kind in [PACKET, ENHANCED] {
            for (snap_len, expected) in [(4, 4), (0, 20), (0x8000_0000, 20), (65_535, 20)] {
                let mut capture = pcapng_start(order, snap_len);
                capture.extend(packet(order, kind, &[5; 20]));
                let mut decoder = Decoder::new();
                let mut lens = None;
                let each = |captured: stackprint::capture::CapturedFrame<'_>| {
                    lens = Some((captured.frame.data.len(), captured.frame.wire_len));
                };
                decoder.push(&capture, each).expect("a packet");
                assert_eq!(lens, Some((expected, 20)), "{order:?} {kind} {snap_len}");
            }
        }
    }
}

#[test]
fn other_formats_are_named_with_what_to_do() {
    for (first, expected) in [
        (b"\xfd7zXZ\0\0\x04".as_slice(), "xz: unpack it first (xz -dc)"),
        (b"BZh91AY&", "bzip2: unpack it first (bzip2 -dc)"),
        (b"\x04\x22\x4d\x18\x64\x40\xa7\0", "lz4: unpack it first (lz4 -dc)"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "gzip: unpack it first (gzip -dc)"),
        (b"PK\x03\x04\x14\0\0\0", "zip: unpack it first (unzip -p)"),
        (b"snoop\0\0\0", "a capture of snoop: convert it first (editcap -F pcap IN OUT"),
        (b"\xcd\x34\xb2\xa1\x02\0\x04\0", "a modified pcap: convert it first"),
        (b"\x4d\x3c\x2b\xa1\x02\0\x04\0", "a modified pcap: convert it first"),
        (b"\xac\x01\0\x1c\0\0\0\0", "a pcap of Ixia: convert it first"),
        (b"RTSS\x01\x01\0\0", "a capture of Microsoft Network Monitor: convert it first"),
        (b"\xff\xfe{\0\"\0t\0", "text in UTF-16: convert it to UTF-8 first (iconv -t UTF-8)"),
        (b"hello th", "(first bytes 68 65 6c 6c 6f 20 74 68)"),
    ] {
        let (_, _, end) = decode_pieces(first, 3);
        let text = end.expect_err("no capture").to_string();
        assert!(text.starts_with("not a pcap or pcapng capture"), "{text}");
        assert!(text.contains(expected), "{text}");
    }
}

/// What Python's codecs make of the first bytes of pcap, in the code pages of Windows and in UTF-8, as
/// PowerShell does with the output of a program; and of pcapng's line ends.
#[test]
fn captures_that_a_shell_took_for_text_are_named() {
    let mangled: &[&[u8]] = &[
        b"\xe2\x95\x98\xe2\x94\x9c\xe2\x96",
        b"\xff\xfeX%\x1c%\x93%",
        b"\xc3\x88\xe2\x94\x9c\xe2\x96\x93",
        b"\xff\xfe\xc8\0\x1c%\x93%",
        b"\xc3\x94\xc3\x83\xc2\xb2\xc2\xa1",
        b"\xff\xfe\xd4\0\xc3\0\xb2\0",
        b"\xef\xbf\xbd\xc3\xb2\xef\xbf\xbd",
        b"\xff\xfe\xfd\xff\xf2\0\xfd\xff",
        b"M<\xe2\x96\x93\xc3\xad\x02",
        b"\xff\xfeM\0<\0\x93%",
        b"M<\xc2\xb2\xc2\xa1\x02\0",
        b"\xff\xfeM\0<\0\xb2\0",
        b"M<\xef\xbf\xbd\xef\xbf\xbd",
        b"\xff\xfeM\0<\0\xfd\xff",
        b"\r\n\r\n\r\n\x1c\0",
        b"\xff\xfe\r\0\n\0\r\0",
        b"\r\n\r\r\r\n\x1c\0",
    ];
    for first in mangled {
        let (_, _, end) = decode_pieces(first, 3);
        let text = end.expect_err("no capture").to_string();
        assert!(text.contains("a shell has changed as if it were text"), "{first:x?}: {text}");
        assert!(text.contains("-w FILE"), "{text}");
    }
}

proptest! {
    /// Bytes behind a capture never make it read less, or otherwise in other pieces.
    #[test]
    fn joints_are_the_same_in_all_pieces(
        tail in prop::collection::vec(any::<u8>(), 0..60),
        begins in any::<bool>(),
        piece in 1_usize..40,
    ) {
        let mut capture = pcap(Order::Big, b"one");
        if begins {
            capture.extend(&pcap(Order::Little, b"")[..20]);
        }
        capture.extend(tail);
        let (whole, seen, end) = decode_pieces(&capture, capture.len());
        let (pieces, seen_in_pieces, end_of_pieces) = decode_pieces(&capture, piece);
        prop_assert!(seen.len() >= 2);
        prop_assert_eq!(seen, seen_in_pieces);
        prop_assert_eq!(end, end_of_pieces);
        prop_assert_eq!(whole.joined(), pieces.joined());
    }
}
