//! Memory and decryptions are bounded, and what that costs is counted.

use super::sealed::{Client, crypto, hello, message};
use crate::quic::*;

/// 10,000 connections that wait for the second half of their hello.
#[test]
fn the_oldest_that_waits_is_evicted_first() {
    const MEMORY: usize = 256 << 10;
    const COUNT: u16 = 10_000;
    let message = message(&hello(2000));
    let (a, b) = message.split_at(1000);
    let (a, b) = (crypto(0, a), crypto(1000, b));
    let client = Client::default();
    let (a, b) = (client.padded(0, &a), client.padded(1, &b));
    let mut connections = Connections::new(MEMORY).decryptions_per_second(u32::MAX);
    for port in 0..COUNT {
        let outcome = connections.push(&client.at_port(port).datagram(&a));
        assert_eq!(outcome, Outcome::Undecided);
        if port % 500 == 0 {
            connections.check();
        }
    }
    assert!(connections.memory() <= MEMORY);
    let evicted = connections.given_up(GiveUp::Evicted);
    let held = u64::from(COUNT) - evicted;
    assert!(held > 100, "{held}");
    // The newest are whole with their second half, the others are not.
    let first_held = u64::from(COUNT) - held;
    for port in (0..COUNT).rev() {
        let client = client.at_port(port);
        let outcome = connections.push(&client.datagram(&b));
        match outcome {
            Outcome::Opened(_) => assert!(u64::from(port) >= first_held, "{port}"),
            Outcome::Undecided => assert!(u64::from(port) < first_held, "{port}"),
            other => panic!("{port}: {other:?}"),
        }
    }
    connections.check();
    let before = connections.given_up(GiveUp::Evicted);
    connections.finish();
    assert!(connections.given_up(GiveUp::Ended) > 0);
    assert_eq!(connections.given_up(GiveUp::Evicted), before);
    connections.check();
}

/// Those that were decided make room before those that wait.
#[test]
fn decided_ones_are_forgotten_first() {
    const MEMORY: usize = 64 << 10;
    let message = message(&hello(1500));
    let (a, b) = message.split_at(1000);
    let client = Client::default();
    let whole = client.padded(0, &crypto(0, &message));
    let (a, b) = (client.padded(0, &crypto(0, a)), client.padded(1, &crypto(1000, b)));
    let mut connections = Connections::new(MEMORY);
    assert_eq!(connections.push(&client.datagram(&a)), Outcome::Undecided);
    for port in 1..2000 {
        let outcome = connections.push(&client.at_port(port).datagram(&whole));
        assert!(matches!(outcome, Outcome::Opened(_)));
    }
    connections.check();
    assert!(matches!(connections.push(&client.datagram(&b)), Outcome::Opened(_)));
    assert_eq!(connections.given_up(GiveUp::Evicted), 0);
}

/// Forged Initials: so many decryptions in a second of capture time.
#[test]
fn a_flood() {
    const MOST: u32 = 100;
    let client = Client::default();
    let whole = client.padded(0, &crypto(0, &message(&hello(300))));
    let mut forged = whole.clone();
    forged[1000] ^= 1;
    let mut connections = Connections::new(1 << 20).decryptions_per_second(MOST);
    let mut push = |client: &Client, bytes: &[u8]| match connections.push(&client.datagram(bytes)) {
        Outcome::Unread(fault) => Some(fault),
        Outcome::Opened(_) => None,
        other => panic!("{other:?}"),
    };
    for number in 0..1000 {
        let client = client.at_port(number).after_ms(u64::from(number) * 4);
        let fault = push(&client, &forged).expect("forged");
        // 250 in a second.
        let is_within = u32::from(number) % 250 < MOST;
        assert_eq!(fault, if is_within { Fault::WrongTag } else { Fault::OverBudget }, "{number}");
    }
    // In the next second, all is as before; packets of the second before it are within its bound.
    assert_eq!(push(&client.after_ms(4000), &whole), None);
    assert_eq!(push(&client.at_port(2).after_ms(3999), &whole), Some(Fault::OverBudget));
    assert_eq!(push(&client.at_port(3).after_ms(4000), &whole), None);
    assert_eq!(connections.decryptions(), 402);
    assert_eq!(connections.faults(Fault::OverBudget), 601);
}

/// DTLS goes the same way: once each, in fragments, within the same bounds.
#[test]
fn dtls() {
    let body = {
        // A cookie of no bytes after the session id.
        let mut body = hello(300);
        body.insert(35, 0);
        body
    };
    let fragment = |start: usize, end: usize, number: u8| {
        let u24 = |value: usize| [(value >> 16) as u8, (value >> 8) as u8, value as u8];
        let header = [&[1][..], &u24(body.len()), &[0, number], &u24(start), &u24(end - start)];
        let content = [&header.concat(), &body[start..end]].concat();
        let record = [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, number];
        [&record[..], &(content.len() as u16).to_be_bytes(), &content].concat()
    };
    let client = Client::default();
    let mut connections = Connections::new(1 << 20);
    let whole = fragment(0, body.len(), 0);
    match connections.push(&client.datagram(&whole)) {
        Outcome::Opened(opening) => {
            assert_eq!((opening.version, opening.datagram_len), (None, whole.len()));
            let fingerprints = opening.hello.fingerprints(opening.transport()).expect("whole");
            assert!(fingerprints.ja4().as_str().starts_with('d'));
        }
        other => panic!("{other:?}"),
    }
    // Sent again, and again with a cookie.
    for number in [0, 1] {
        let again = fragment(0, body.len(), number);
        assert_eq!(connections.push(&client.datagram(&again)), Outcome::Over);
    }
    // In any order.
    for (port, order) in [[0, 1, 2], [2, 0, 1], [1, 2, 0]].into_iter().enumerate() {
        let client = client.at_port(port as u16);
        let ends = [0, 100, 200, body.len()];
        let mut sent = order.map(|at: usize| fragment(ends[at], ends[at + 1], 0)).into_iter();
        for _ in 0..2 {
            let datagram = sent.next().expect("three");
            assert_eq!(connections.push(&client.datagram(&datagram)), Outcome::Undecided);
            // A repetition that was cut changes nothing.
            let cut = Datagram { len: datagram.len(), ..client.datagram(&datagram[..50]) };
            assert_eq!(connections.push(&cut), Outcome::Unread(Fault::Cut));
            connections.check();
        }
        let last = sent.next().expect("three");
        assert!(matches!(connections.push(&client.datagram(&last)), Outcome::Opened(_)));
        connections.check();
    }
    // Cut by the capture, or malformed.
    let client = client.at_port(9);
    let cut = Datagram { len: whole.len(), ..client.datagram(&whole[..100]) };
    assert_eq!(connections.push(&cut), Outcome::Unread(Fault::Cut));
    let mut bad = whole.clone();
    bad[13 + 12 + 36] = 0x7f;
    assert_eq!(connections.push(&client.datagram(&bad)), Outcome::GivenUp(GiveUp::NotHello));
    connections.check();
}
