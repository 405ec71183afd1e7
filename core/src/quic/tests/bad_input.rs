//! Broken input: counted, no panic.

use proptest::collection::vec;
use proptest::prelude::*;

use super::sealed::{Client, crypto, hello, message, varint};
use crate::quic::*;

fn connections() -> Connections {
    Connections::new(Connections::DEFAULT_MEMORY)
}

fn whole(client: &Client) -> Vec<u8> {
    client.padded(0, &crypto(0, &message(&hello(300))))
}

#[test]
fn wrong_tags() {
    let client = Client::default();
    let good = whole(&client);
    // Anywhere after the version: header, number, frames, tag.
    for at in [6, 15, 25, 28, 31, 500, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        let mut connections = connections();
        let outcome = connections.push(&client.datagram(&bad));
        assert!(matches!(outcome, Outcome::Unread(_)), "byte {at}: {outcome:?}");
        let counted: u64 = Fault::ALL.iter().map(|&fault| connections.faults(fault)).sum();
        assert_eq!((counted, connections.memory()), (1, 0), "byte {at}: nothing is kept for it");
        assert!(open_initial(&bad).is_err());
    }
}

/// Of each other length, a tag cannot be verified.
#[test]
fn cut_by_the_capture() {
    let client = Client::default();
    let good = whole(&client);
    for len in 5..good.len() {
        let mut connections = connections();
        let datagram = Datagram { len: good.len(), ..client.datagram(&good[..len]) };
        assert_eq!(connections.push(&datagram), Outcome::Unread(Fault::Cut), "{len} bytes");
        assert_eq!((connections.faults(Fault::Cut), connections.decryptions()), (1, 0));
    }
    // What is after the Initial may be missing.
    let mut coalesced = good.clone();
    coalesced.extend(client.other_packet(200));
    for len in good.len()..coalesced.len() {
        let mut connections = connections();
        let datagram = Datagram { len: coalesced.len(), ..client.datagram(&coalesced[..len]) };
        assert!(matches!(connections.push(&datagram), Outcome::Opened(_)), "{len} bytes");
    }
}

#[test]
fn lengths_that_contradict_the_datagram() {
    let client = Client::default();
    let good = whole(&client);
    for len in 1200..good.len() {
        let mut connections = connections();
        let outcome = connections.push(&client.datagram(&good[..len]));
        assert_eq!(outcome, Outcome::Unread(Fault::BadHeader), "{len} bytes");
    }
    // A connection ID of 21 bytes.
    let mut bad = good.clone();
    bad[5] = 21;
    assert_eq!(open_initial(&bad), Err(Fault::BadHeader));
    // Too short for a sample, a number, a tag.
    let header = [&[0xc0, 0, 0, 0, 1, 0, 0, 0][..]].concat();
    for len in 0..40_usize {
        let mut bad = [&header[..], &varint(len), &vec![0; len]].concat();
        assert!(open_initial(&bad).is_err());
        bad.resize(1200, 0);
        assert!(matches!(connections().push(&client.datagram(&bad)), Outcome::Unread(_)));
    }
}

/// The longest that fits into a datagram; it is authenticated with the header.
#[test]
fn a_token_of_64_kib() {
    let client = Client { token: vec![0x33; 65_507 - 600], ..Client::default() };
    let datagram = client.initial(0, &crypto(0, &message(&hello(300))));
    assert!(datagram.len() > 65_000 && datagram.len() <= 65_507);
    let initial = open_initial(&datagram).expect("an Initial");
    assert_eq!(initial.token_len, client.token.len());
    let mut connections = connections();
    assert!(matches!(connections.push(&client.datagram(&datagram)), Outcome::Opened(_)));
    let mut bad = datagram;
    bad[40_000] ^= 1;
    assert_eq!(open_initial(&bad), Err(Fault::WrongTag));
}

#[test]
fn connection_ids_of_no_bytes() {
    let client = Client {
        destination_id: Vec::new(),
        key_id: Vec::new(),
        source_id: Vec::new(),
        ..Client::default()
    };
    let datagram = whole(&client);
    assert!(matches!(connections().push(&client.datagram(&datagram)), Outcome::Opened(_)));
    assert!(open_initial(&datagram).expect("an Initial").destination_id.is_empty());
}

#[test]
fn frames_that_no_initial_has() {
    let client = Client::default();
    let message = message(&hello(300));
    let ack = [&[2][..], &[5, 0, 2, 1, 0, 0, 3, 1]].concat();
    let ack_ecn = [&[3][..], &[5, 0, 0, 1, 9, 9, 9]].concat();
    let close = [&[0x1c][..], &[0, 6, 3], b"bye"].concat();
    let good = [ack, ack_ecn, vec![1, 0, 0], close, crypto(0, &message)].concat();
    let datagram = client.padded(0, &good);
    assert!(matches!(connections().push(&client.datagram(&datagram)), Outcome::Opened(_)));

    // STREAM, a CRYPTO frame after the end, an ACK with 2^62 ranges.
    let stream = vec![8, 0, 0];
    let too_long = [&[6, 0x41, 0x34, 0x7f, 0xff][..], &[0; 20]].concat();
    let ranges = [&[2, 5, 0][..], &[0xff; 8]].concat();
    for bad in [stream, too_long, ranges] {
        // What came before it counts.
        let (start, rest) = message.split_at(100);
        let datagram = client.padded(0, &[crypto(0, start), bad].concat());
        let mut connections = connections();
        assert_eq!(connections.push(&client.datagram(&datagram)), Outcome::Undecided);
        assert_eq!(connections.faults(Fault::BadFrame), 1);
        let datagram = client.padded(1, &crypto(100, rest));
        assert!(matches!(connections.push(&client.datagram(&datagram)), Outcome::Opened(_)));
        let initial = open_initial(&client.padded(0, &[8, 0, 0])).expect("an Initial");
        assert!(initial.crypto().any(|piece| piece == Err(Fault::BadFrame)));
    }
}

#[test]
fn what_is_no_hello() {
    let client = Client::default();
    let mut malformed = message(&hello(300));
    // A list of cipher suites longer than the hello.
    malformed[39] = 0x7f;
    let server_hello = vec![2, 0, 0, 4, 3, 3, 0, 0];
    let too_long = vec![1, 0, 0x40, 1, 0, 0];
    for (bytes, reason) in [
        (crypto(0, &malformed), GiveUp::NotHello),
        (crypto(0, &server_hello), GiveUp::NotHello),
        (crypto(0, &too_long), GiveUp::TooLong),
        (crypto(16 * 1024, &[0; 5]), GiveUp::TooLong),
        ([&[6][..], &[0xff; 8], &[2, 1, 1]].concat(), GiveUp::TooLong),
    ] {
        let mut connections = connections();
        let datagram = client.padded(0, &bytes);
        assert_eq!(connections.push(&client.datagram(&datagram)), Outcome::GivenUp(reason));
        assert_eq!(connections.given_up(reason), 1);
        // For good.
        assert_eq!(connections.push(&client.datagram(&datagram)), Outcome::Over);
        connections.check();
        let alone = open_initial(&datagram).expect("an Initial").client_hello();
        assert_eq!(alone, Err(reason));
    }
    // 33 pieces with gaps between.
    let message = message(&hello(300));
    let pieces = |count: usize| -> Vec<u8> {
        (0..count).flat_map(|at| crypto(at * 4 + 2, &message[at * 4 + 2..at * 4 + 4])).collect()
    };
    let mut connections = connections();
    let datagram = client.padded(0, &pieces(MAX_PIECES));
    assert_eq!(connections.push(&client.datagram(&datagram)), Outcome::Undecided);
    let datagram = client.padded(1, &pieces(MAX_PIECES + 1));
    let outcome = connections.push(&client.datagram(&datagram));
    assert_eq!(outcome, Outcome::GivenUp(GiveUp::TooManyPieces));
    connections.check();
}

/// A server's answer costs nothing once its client is known.
#[test]
fn packets_of_a_server() {
    let client = Client::default();
    let server = Client {
        destination_id: client.source_id.clone(),
        key_id: client.key_id.clone(),
        source_id: vec![5; 8],
        ends: client.ends.reversed(),
        ..client.clone()
    };
    let (question, answer) = (whole(&client), whole(&server));
    let mut connections = connections();
    assert!(matches!(connections.push(&client.datagram(&question)), Outcome::Opened(_)));
    assert_eq!(connections.push(&server.datagram(&answer)), Outcome::Other);
    assert_eq!(connections.decryptions(), 1);
    // The same ports in another network are another connection.
    let mut elsewhere = client.clone();
    elsewhere.ends.scope = 7;
    assert!(matches!(connections.push(&elsewhere.datagram(&question)), Outcome::Opened(_)));
}

proptest! {
    /// Whatever comes: no panic, and whatever was kept is within bounds.
    #[test]
    fn anything(
        head in vec(any::<u8>(), 0..60),
        edits in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        len in 0usize..1300,
        frames in vec(any::<u8>(), 0..200),
    ) {
        let client = Client::default();
        let mut connections = Connections::new(20_000);
        // Frames that were made up, in a packet that verifies.
        let sealed = client.padded(0, &frames);
        let _ = connections.push(&client.datagram(&sealed));
        connections.check();
        // A header that was.
        let mut bytes = [&[0xc0, 0, 0, 0, 1][..], &head, &[0; 1200]].concat();
        let _ = connections.push(&client.datagram(&bytes));
        let _ = open_initial(&bytes);
        // A packet that was changed.
        bytes.clone_from(&sealed);
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let cut = &bytes[..len.min(bytes.len())];
        let _ = connections.push(&Datagram { len: bytes.len(), ..client.datagram(cut) });
        let _ = open_initial(cut);
        connections.check();
    }
}
