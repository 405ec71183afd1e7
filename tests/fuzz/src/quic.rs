//! QUIC and DTLS: datagrams as they come, and packets that verify, whatever is in them.

use std::collections::HashMap;
use std::net::SocketAddr;

use stackprint::Timestamp;
use stackprint::quic::{
    Connections, Datagram, Ends, Fault, GiveUp, Opening, Outcome, may_open, open_initial,
};
use stackprint::tls::ClientHello;

use crate::head;
use crate::sealed::sealed;
use crate::seeds::Seed;

const MEMORY: usize = 1 << 20;

fn ends(source_port: u16, destination_port: u16) -> Ends {
    let at = |port| SocketAddr::from(([192, 0, 2, 10], port));
    Ends { source: at(source_port), destination: at(destination_port), scope: 0 }
}

/// A datagram: a length on the wire in two octets, and the bytes that were captured.
pub fn initial(octets: &[u8]) {
    let (len, bytes) = head(octets);
    let len = bytes.len().max(usize::from(u16::from_be_bytes(len)));
    let mut connections = Connections::new(MEMORY);
    let datagram = Datagram { ends: ends(1, 2), bytes, len, time: Timestamp::EPOCH };
    let outcome = connections.push(&datagram);
    if may_open(bytes, len).is_none() {
        assert_eq!(outcome, Outcome::Other);
    }
    if let Outcome::Opened(opening) = &outcome {
        check(opening);
    }
    let is_unread = matches!(outcome, Outcome::Unread(_));
    let faults: u64 = Fault::ALL.iter().map(|&fault| connections.faults(fault)).sum();
    // One for each packet, if there are several.
    assert!(!is_unread || faults >= 1, "{faults} faults");
    assert!(connections.decryptions() <= bytes.len() as u64 / 20);
    if let Ok(initial) = open_initial(bytes) {
        let pieces = initial.crypto().count();
        assert!(pieces <= bytes.len());
        if let Ok(Some(hello)) = initial.client_hello() {
            assert!(ClientHello::parse(hello.as_bytes()).is_ok());
        }
    }
}

fn check(opening: &Opening<'_>) {
    let hello = &opening.hello;
    let fingerprints = hello.fingerprints(opening.transport()).expect("not cut");
    let letter = if opening.version.is_some() { 'q' } else { 'd' };
    assert!(fingerprints.ja4().as_str().starts_with(letter));
    match opening.transport_parameters() {
        Some(Ok(parameters)) => {
            for parameter in parameters.iter() {
                assert!(parameter.value.len() < hello.as_bytes().len());
                assert!(parameters.has(parameter.number));
            }
            let _ = (parameters.version_information(), parameters.initial_source_connection_id());
        }
        Some(Err(error)) => assert!(error.at < hello.as_bytes().len()),
        None => {}
    }
}

/// Packets that verify: each has an octet that says which port it comes from and whether it was
/// cut, tenths of a second since the one before it, the length of its frames in two octets, and its
/// frames.
pub fn opening(octets: &[u8]) {
    const IDLE: u64 = 30_000;
    let mut connections = Connections::new(MEMORY);
    let mut rest = octets;
    let mut now = 0;
    // When something came last from a port whose connection was decided.
    let mut decided: HashMap<u16, u64> = HashMap::new();
    let mut packets = 0;
    while !rest.is_empty() && packets < 64 {
        let ([how, tenths, high, low], after) = head(rest);
        let len = usize::from(u16::from_be_bytes([high & 0x0f, low])).min(after.len());
        let (frames, after) = after.split_at(len);
        rest = after;
        now += u64::from(tenths) * 100;
        let port = 1 + u16::from(how & 3);
        let packet = sealed(packets, frames);
        packets += 1;
        let captured = if how & 0x80 == 0 { packet.len() } else { packet.len() / 2 };
        let datagram = Datagram {
            ends: ends(port, 443),
            bytes: &packet[..captured],
            len: packet.len(),
            time: Timestamp::from_nanos(now * 1_000_000),
        };
        let known = decided.get(&port).is_some_and(|then| now - then <= IDLE);
        match connections.push(&datagram) {
            Outcome::Opened(opening) => {
                assert!(!known, "a connection is opened twice");
                check(&opening);
                decided.insert(port, now);
            }
            Outcome::GivenUp(_) => {
                assert!(!known, "a connection is given up twice");
                decided.insert(port, now);
            }
            Outcome::Over => {
                assert!(known);
                decided.insert(port, now);
            }
            // What cannot be read keeps no connection in memory.
            Outcome::Unread(fault) => assert_eq!(fault, Fault::Cut),
            Outcome::Undecided => assert!(!known),
            Outcome::Other => unreachable!("an Initial"),
        }
        assert!(connections.memory() <= MEMORY);
    }
    assert_eq!(connections.faults(Fault::WrongTag), 0);
    connections.finish();
    let given_up: u64 = GiveUp::ALL.iter().map(|&reason| connections.given_up(reason)).sum();
    assert!(given_up <= u64::from(packets));
}

/// Datagrams to begin with: a hello in a packet, in two, and in one of DTLS.
#[must_use]
pub fn seeds() -> Vec<Seed> {
    // The body of a hello with QUIC's extension, as short as it may be.
    const BODY: &[u8] = b"\x03\x03\
        RANDOMRANDOMRANDOMRANDOMRANDOM32\0\0\x02\x13\x01\x01\0\0\x1c\
        \0\x10\0\x05\0\x03\x02h3\0\x39\0\x0f\x01\x02\x67\x10\x04\x02\x44\x00\x0f\x00\x20\x01\x00\x1b\x00";
    let message = [&[1, 0, 0, BODY.len() as u8], BODY].concat();
    assert!(ClientHello::parse(BODY).is_ok());
    let crypto = |start: usize, end: usize| {
        let header = [6, 0x40, start as u8, 0x40, (end - start) as u8];
        [&header[..], &message[start..end]].concat()
    };
    let packet = |how: u8, frames: &[u8]| [&[how, 1, 0, frames.len() as u8][..], frames].concat();
    let whole = crypto(0, message.len());
    let (first, second) = (crypto(0, 40), crypto(40, message.len()));
    let mut seeds = vec![
        ("opening", packet(0, &whole)),
        ("opening", [packet(0, &second), packet(0, &first)].concat()),
        (
            "opening",
            [
                packet(1, &[&second[..], &[1, 0, 0, 2, 0, 0, 0, 0]].concat()),
                packet(0x81, &first),
                packet(1, &first),
            ]
            .concat(),
        ),
    ];
    for datagram in [sealed(0, &whole), sealed(1, &[second, first].concat())] {
        seeds.push(("initial", [&[0, 0], &datagram[..]].concat()));
        seeds.push(("initial", [&[0x20, 0], &datagram[..700]].concat()));
    }
    let fragment = [
        &[1, 0, 0, BODY.len() as u8 + 1, 0, 0, 0, 0, 0, 0, 0, BODY.len() as u8 + 1],
        &BODY[..35],
        b"\0",
        &BODY[35..],
    ]
    .concat();
    let record =
        [&[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, fragment.len() as u8], &fragment[..]]
            .concat();
    seeds.push(("initial", [&[0, 0], &record[..]].concat()));
    seeds
}
