//! Any order of datagrams and pieces gives the same; a missing one gives none, and is counted.

use proptest::collection::vec;
use proptest::prelude::*;

use super::sealed::{Client, crypto, hello, message};
use crate::quic::*;
use crate::tls::ClientHello;

/// A message in pieces that end at these places, each with PING or PADDING after it.
fn pieces(message: &[u8], ends: &[usize]) -> Vec<Vec<u8>> {
    let mut ends: Vec<usize> = ends.iter().map(|end| end % message.len()).collect();
    ends.extend([0, message.len()]);
    ends.sort_unstable();
    ends.dedup();
    let piece = |(at, ends): (usize, &[usize])| {
        let mut frame = crypto(ends[0], &message[ends[0]..ends[1]]);
        frame.extend(std::iter::repeat_n((at % 2) as u8, at % 5));
        frame
    };
    ends.windows(2).enumerate().map(piece).collect()
}

fn shuffle<T>(items: &mut [T], order: &[usize]) {
    for (place, other) in (1..items.len()).rev().zip(order.iter().cycle()) {
        items.swap(place, other % (place + 1));
    }
}

/// Datagrams with pieces, each dealt to one of them.
fn datagrams(client: &Client, pieces: &[Vec<u8>], count: usize) -> Vec<Vec<u8>> {
    let deal = |number: usize| {
        let own = pieces.iter().skip(number).step_by(count).flatten().copied();
        client.padded(number as u8, &own.collect::<Vec<_>>())
    };
    (0..count).map(deal).collect()
}

fn versions() -> impl Strategy<Value = Version> {
    prop::sample::select(vec![Version::V1, Version::V2, Version::DRAFT_29, Version(0xff00_0022)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_order_gives_the_same_hello(
        version in versions(),
        len in 60usize..4000,
        ends in vec(any::<usize>(), 0..30),
        order in vec(any::<usize>(), 40),
        count in 1usize..5,
        source_id in vec(any::<u8>(), 0..=20),
        key_id in vec(any::<u8>(), 0..=20),
        repeated in any::<usize>(),
        lost in any::<usize>(),
    ) {
        let client =
            Client { version, destination_id: key_id.clone(), key_id, source_id, ..Client::default() };
        let body = hello(len);
        let expected = ClientHello::parse(&body).expect("a hello");
        let mut pieces = pieces(&message(&body), &ends);
        shuffle(&mut pieces, &order);
        let count = count.min(pieces.len());
        let mut sent = datagrams(&client, &pieces, count);
        shuffle(&mut sent, &order[7..]);
        let first_len = sent[0].len();

        // One of them twice.
        let mut connections = Connections::new(Connections::DEFAULT_MEMORY);
        let repeated = repeated % sent.len();
        let twice = sent.iter().take(repeated + 1).chain(&sent[repeated..]);
        let mut opened = 0;
        for datagram in twice {
            match connections.push(&client.datagram(datagram)) {
                Outcome::Opened(opening) => {
                    opened += 1;
                    prop_assert_eq!(&opening.hello, &expected);
                    prop_assert_eq!((opening.version, opening.datagram_len), (Some(version), first_len));
                }
                Outcome::Undecided => prop_assert_eq!(opened, 0),
                Outcome::Over => prop_assert_eq!(opened, 1),
                other => prop_assert!(false, "{:?}", other),
            }
            connections.check();
        }
        prop_assert_eq!(opened, 1);

        // One of them never.
        let mut connections = Connections::new(Connections::DEFAULT_MEMORY);
        let lost = lost % sent.len();
        for datagram in sent.iter().enumerate().filter(|(at, _)| *at != lost).map(|(_, sent)| sent) {
            prop_assert_eq!(connections.push(&client.datagram(datagram)), Outcome::Undecided);
        }
        let waited = u64::from(sent.len() > 1);
        connections.advance(client.after_ms(9_999).time);
        prop_assert_eq!(connections.given_up(GiveUp::TimedOut), 0);
        connections.advance(client.after_ms(10_001).time);
        prop_assert_eq!(connections.given_up(GiveUp::TimedOut), waited);
        connections.check();
    }

    /// The first copy of a byte counts, wherever the copies begin and end.
    #[test]
    fn overlapping_pieces(
        len in 60usize..300,
        copies in vec((any::<usize>(), 0usize..200), 0..20),
        order in vec(any::<usize>(), 40),
    ) {
        let body = hello(len);
        let message = message(&body);
        let mut frames: Vec<Vec<u8>> = copies
            .iter()
            .map(|&(start, len)| {
                let start = start % message.len();
                crypto(start, &message[start..message.len().min(start + len)])
            })
            .collect();
        frames.push(crypto(0, &message));
        shuffle(&mut frames, &order);
        let client = Client::default();
        let mut connections = Connections::new(Connections::DEFAULT_MEMORY);
        let datagram = client.padded(0, &frames.concat());
        match connections.push(&client.datagram(&datagram)) {
            Outcome::Opened(opening) => prop_assert_eq!(opening.hello.as_bytes(), &body[..]),
            other => prop_assert!(false, "{:?}", other),
        }
    }
}

#[test]
fn the_first_copy_counts() {
    let (body, client) = (hello(200), Client::default());
    let message = message(&body);
    // Its first 20 bytes are of the client's random bytes, and the rest comes too late.
    let forged = vec![0xee; message.len() - 10];
    let first = client.padded(0, &crypto(30, &message[30..]));
    let second = client.padded(1, &[crypto(10, &forged), crypto(0, &message)].concat());
    let mut connections = Connections::new(Connections::DEFAULT_MEMORY);
    assert_eq!(connections.push(&client.datagram(&first)), Outcome::Undecided);
    match connections.push(&client.datagram(&second)) {
        Outcome::Opened(opening) => {
            let found = opening.hello.as_bytes();
            assert_eq!((&found[..6], &found[26..]), (&body[..6], &body[26..]));
            assert_eq!(found[6..26], forged[..20]);
        }
        other => panic!("{other:?}"),
    }
}

/// RFC 9001 section 5.2: after the server's answer the client's packets have its connection ID, and
/// the keys of the first.
#[test]
fn the_servers_connection_id() {
    let first = Client::default();
    let later = Client { destination_id: vec![9; 18], ..first.clone() };
    let body = hello(2000);
    let message = message(&body);
    let (a, b) = message.split_at(1100);
    let (a, b) = (first.padded(0, &crypto(0, a)), later.padded(1, &crypto(1100, b)));
    let mut connections = Connections::new(Connections::DEFAULT_MEMORY);
    assert_eq!(connections.push(&first.datagram(&a)), Outcome::Undecided);
    assert!(matches!(connections.push(&later.datagram(&b)), Outcome::Opened(_)));
    // Without the first, nobody can tell.
    let mut connections = Connections::new(Connections::DEFAULT_MEMORY);
    assert_eq!(connections.push(&later.datagram(&b)), Outcome::Unread(Fault::WrongTag));
    assert_eq!(connections.faults(Fault::WrongTag), 1);
}

/// RFC 9001 section 5.2: after a Retry the keys are new ones. Whichever datagrams come first.
#[test]
fn after_a_retry() {
    let before = Client::default();
    let retried = vec![0xd3; 20];
    let after = Client {
        destination_id: retried.clone(),
        key_id: retried,
        token: vec![0x77; 90],
        ..before.clone()
    };
    let body = hello(2000);
    let message = message(&body);
    let (a, b) = message.split_at(1100);
    let (a, b) = (crypto(0, a), crypto(1100, b));
    let sent =
        [before.padded(0, &a), before.padded(1, &b), after.padded(2, &a), after.padded(3, &b)];
    // Both of one kind, or one of each.
    for order in [[2, 3], [3, 2], [0, 3], [3, 0], [1, 2], [2, 1]] {
        let mut connections = Connections::new(Connections::DEFAULT_MEMORY);
        let [first, second] = order.map(|at: usize| &sent[at]);
        assert_eq!(connections.push(&before.datagram(first)), Outcome::Undecided, "{order:?}");
        match connections.push(&before.datagram(second)) {
            Outcome::Opened(opening) => assert_eq!(opening.hello.as_bytes(), body),
            other => panic!("{order:?}: {other:?}"),
        }
        for datagram in &sent {
            assert_eq!(connections.push(&before.datagram(datagram)), Outcome::Over);
        }
        assert_eq!(GiveUp::ALL.iter().map(|&reason| connections.given_up(reason)).sum::<u64>(), 0);
    }
}

/// Another connection between the same ports: never a mixture of two hellos.
#[test]
fn a_port_that_is_used_again() {
    let first = Client::default();
    let id = vec![0x44; 8];
    let second = Client { destination_id: id.clone(), key_id: id, ..first.clone() };
    let body = hello(2000);
    let message = message(&body);
    let (a, b) = message.split_at(1100);
    let (a, b) = (crypto(0, a), crypto(1100, b));
    let mut connections = Connections::new(Connections::DEFAULT_MEMORY);
    assert_eq!(connections.push(&first.datagram(&first.padded(0, &a))), Outcome::Undecided);
    assert_eq!(connections.push(&second.datagram(&second.padded(0, &b))), Outcome::Undecided);
    assert_eq!(connections.given_up(GiveUp::Replaced), 1);
    let last = second.padded(1, &a);
    let outcome = connections.push(&second.datagram(&last));
    assert!(matches!(outcome, Outcome::Opened(_)));

    // The name that the client gives itself tells a new one, or half a minute.
    let third = Client { source_id: vec![8; 5], ..first.clone() };
    let whole = third.padded(0, &crypto(0, &message));
    assert!(matches!(connections.push(&third.datagram(&whole)), Outcome::Opened(_)));
    let later = third.after_ms(29_000);
    assert_eq!(connections.push(&later.datagram(&whole)), Outcome::Over);
    let later = later.after_ms(29_000);
    assert_eq!(connections.push(&later.datagram(&whole)), Outcome::Over);
    let later = later.after_ms(31_000);
    assert!(matches!(connections.push(&later.datagram(&whole)), Outcome::Opened(_)));
    connections.check();
}

/// Found by fuzzing: half a minute counts from what came last, not from when a connection began.
#[test]
fn decided_late_is_remembered_as_long() {
    let client = Client::default();
    let message = message(&hello(2000));
    let (a, b) = message.split_at(1100);
    let (a, b) = (client.padded(0, &crypto(0, a)), client.padded(1, &crypto(1100, b)));
    let mut connections = Connections::new(Connections::DEFAULT_MEMORY);
    assert_eq!(connections.push(&client.datagram(&a)), Outcome::Undecided);
    let later = client.after_ms(9000);
    assert!(matches!(connections.push(&later.datagram(&b)), Outcome::Opened(_)));
    let later = later.after_ms(25_000);
    assert_eq!(connections.push(&later.datagram(&a)), Outcome::Over);
}
