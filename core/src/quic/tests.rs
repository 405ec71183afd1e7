//! Against the RFCs, and by properties.

mod bad_input;
mod bounds;
mod order;
mod sealed;
mod vectors;

use sealed::{Client, bytes_of_hex, hello};

use super::keys::Keys;
use super::*;
use crate::tls::ClientHello;

/// RFC 9001 appendix A, and RFC 9369 appendix A: keys of the connection ID 8394c8f03e515708.
#[test]
fn keys_of_the_rfcs() {
    let id = ConnectionId::new(&bytes_of_hex("8394c8f03e515708")).expect("short");
    let keys = |version, key, iv, header_protection| {
        let found = Keys::of_client(version, id).expect("supported");
        assert_eq!(found.key, *bytes_of_hex(key), "{version}");
        assert_eq!(found.iv, *bytes_of_hex(iv), "{version}");
        assert_eq!(found.header_protection, *bytes_of_hex(header_protection), "{version}");
    };
    keys(
        Version::V1,
        "1f369613dd76d5467730efcbe3b1a22d",
        "fa044b2f42a3fd3b46fb255c",
        "9f50449e04a0e810283a1e9933adedd2",
    );
    keys(
        Version::V2,
        "8b1a0bc121284290a29e0971b5cd045d",
        "91f73e2351d8fa91660e909f",
        "45b95e15235d6f45a6b19cbcb0294ba9",
    );
    // draft-ietf-quic-tls-29 appendix A.1.
    keys(
        Version::DRAFT_29,
        "175257a31eb09dea9366d8bb79ad80ba",
        "6b26114b9cba2b63a9e8dd4f",
        "9ddd12c994c0698b89374a9c077a3077",
    );
}

/// RFC 9001 appendix A.2, and RFC 9369 appendix A.2.
#[test]
fn packets_of_the_rfcs() {
    for (version, packet) in
        [(Version::V1, vectors::V1_INITIAL), (Version::V2, vectors::V2_INITIAL)]
    {
        let datagram = bytes_of_hex(packet);
        assert_eq!(datagram.len(), MIN_DATAGRAM_LEN);
        let initial = open_initial(&datagram).expect("an Initial");
        assert_eq!((initial.version, initial.packet_number, initial.token_len), (version, 2, 0));
        assert_eq!(initial.destination_id.to_string(), "8394c8f03e515708");
        assert!(initial.source_id.is_empty());
        let pieces: Vec<_> = initial.crypto().collect::<Result<_, _>>().expect("frames");
        assert_eq!((pieces.len(), pieces[0].offset, pieces[0].bytes.len()), (1, 0, 241));
        let hello = initial.client_hello().expect("a hello").expect("whole");
        assert_eq!(hello.server_name(), Some(&b"example.com"[..]));
        let parameters = TransportParameters::of(&hello).expect("there").expect("well-formed");
        assert_eq!(parameters.initial_max_data(), Some(0xffff_ffff_ffff_ffff >> 2));
        assert_eq!(parameters.max_idle_timeout_ms(), Some(30_000));
        assert_eq!(parameters.initial_max_streams_bidi(), Some(16));
        let id = parameters.initial_source_connection_id().expect("there");
        assert_eq!(id.to_string(), "8394c8f03e515708");
        assert!(!parameters.has_grease());

        // The same through connections, once.
        let mut connections = Connections::new(Connections::DEFAULT_MEMORY);
        let client = Client::default();
        match connections.push(&client.datagram(&datagram)) {
            Outcome::Opened(opening) => {
                assert_eq!((opening.version, opening.datagram_len), (Some(version), 1200));
                assert_eq!(opening.hello, hello);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(connections.push(&client.datagram(&datagram)), Outcome::Over);
        assert_eq!(connections.decryptions(), 1, "what is over is not decrypted");
    }
}

/// RFC 9000 section 18: every kind of value, names, GREASE.
#[test]
fn transport_parameters() {
    let bytes = bytes_of_hex(
        "0102416c 0302 4564 0404 80100000 0c00 0f03 aabbcc 2001 00 6ab2 00 \
         80ff73db 0c 00000001 6b3343cf 2a3a4a5a 3a02 0102",
    );
    let parameters = TransportParameters::parse(&bytes).expect("well-formed");
    assert_eq!(parameters.max_idle_timeout_ms(), Some(0x016c));
    assert_eq!(parameters.max_udp_payload_size(), Some(0x0564));
    assert_eq!(parameters.initial_max_data(), Some(0x0010_0000));
    assert_eq!(parameters.max_datagram_frame_size(), Some(0));
    assert_eq!(parameters.ack_delay_exponent(), None);
    assert!(parameters.disables_active_migration() && parameters.greases_quic_bit());
    assert_eq!(parameters.initial_source_connection_id().expect("there").to_string(), "aabbcc");
    let versions = parameters.version_information().expect("there");
    let available: Vec<_> = versions.available().collect();
    assert_eq!((versions.chosen, available[0]), (Version::V1, Version::V2));
    assert!(available[1].is_grease() && available.len() == 2);
    // 0x3a is 31 + 27.
    let names: Vec<_> = parameters.iter().map(|one| one.name().unwrap_or("?")).collect();
    assert_eq!(names.first(), Some(&"max_idle_timeout"));
    assert_eq!(names.last(), Some(&"GREASE"));
    assert!(parameters.has_grease());
    // 31 * N + 27 as far as numbers go.
    assert!(parameter::is_grease(31 * 0x0123_4567_89ab + 27) && !parameter::is_grease(28));

    for len in 1..bytes.len() {
        if let Err(ParameterError { at }) = TransportParameters::parse(&bytes[..len]) {
            assert!(at < len);
        }
    }
    assert_eq!(TransportParameters::parse(&bytes[..3]), Err(ParameterError { at: 0 }));
    // Not a number alone.
    let odd = [1, 2, 5, 5];
    assert_eq!(TransportParameters::parse(&odd).expect("whole").max_idle_timeout_ms(), None);
}

/// RFC 9001 section 5.2 and the drafts: who has which number.
#[test]
fn versions() {
    let names = [0x0000_0001, 0x6b33_43cf, 0xff00_001d, 0xff00_0022, 0x1a2a_3a4a, 0];
    let names = names.map(|number| Version(number).to_string());
    assert_eq!(names, ["v1", "v2", "draft-29", "draft-34", "0x1a2a3a4a", "0x00000000"]);
    for (number, is_supported) in
        [(28, false), (29, true), (32, true), (33, true), (34, true), (35, false)]
    {
        let version = Version(0xff00_0000 + number);
        assert_eq!(version.is_supported(), is_supported, "{version}");
        let keys = Keys::of_client(version, ConnectionId::default());
        assert_eq!(keys.is_some(), is_supported, "{version}");
    }
    // Draft 33 changed the salt to that of version 1.
    let keys = |version| Keys::of_client(version, ConnectionId::default()).expect("supported").key;
    assert_eq!(keys(Version(0xff00_0021)), keys(Version::V1));
    assert_ne!(keys(Version(0xff00_0020)), keys(Version::V1));
}

/// The first look: a length and three bytes.
#[test]
fn the_first_look() {
    let mut quic = vec![0xc0, 0, 0, 0, 1];
    quic.resize(1200, 0);
    assert_eq!(may_open(&quic, 1200), Some(Protocol::Quic));
    // Cut by the capture, but long enough on the wire.
    assert_eq!(may_open(&quic[..60], 1200), Some(Protocol::Quic));
    assert_eq!(may_open(&quic[..4], 1200), None);
    assert_eq!(may_open(&quic, 1199), None);
    // The fixed bit may be greased (RFC 9287), the header form may not.
    quic[0] = 0x80;
    assert_eq!(may_open(&quic, 1200), Some(Protocol::Quic));
    quic[0] = 0x40;
    assert_eq!(may_open(&quic, 1200), None);
    // Version negotiation, and a version that is not known.
    quic[..5].copy_from_slice(&[0xc0, 0, 0, 0, 0]);
    assert_eq!(may_open(&quic, 1200), None);
    let mut dtls = vec![22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 1];
    assert_eq!(may_open(&dtls, 73), Some(Protocol::Dtls));
    assert_eq!(may_open(&dtls[..13], 73), None);
    dtls[13] = 2;
    assert_eq!(may_open(&dtls, 73), None);
}

/// A hello that is read where it lies was parsed as the TLS module parses it.
#[test]
fn coalesced_with_other_packets() {
    let client = Client::default();
    let body = hello(400);
    let message = sealed::message(&body);
    let whole = sealed::crypto(0, &message);
    let (first, second) = message.split_at(150);
    let parts = [sealed::crypto(0, first), sealed::crypto(150, second)];
    let expected = ClientHello::parse(&body).expect("a hello");
    for version in [Version::V1, Version::V2, Version::DRAFT_29] {
        let client = Client { version, ..client.clone() };
        let other = client.other_packet(300);
        let one = [other.clone(), client.initial(0, &whole)].concat();
        let two =
            [client.initial(0, &parts[0]), other.clone(), client.initial(1, &parts[1])].concat();
        for mut datagram in [one, two] {
            // A short header after them, and padding after the packets.
            datagram.extend([0x40, 1, 2, 3]);
            datagram.resize(1300, 0);
            let mut connections = Connections::new(Connections::DEFAULT_MEMORY);
            match connections.push(&client.datagram(&datagram)) {
                Outcome::Opened(opening) => assert_eq!(opening.hello, expected),
                other => panic!("{version}: {other:?}"),
            }
            connections.check();
        }
        let mut alone = other;
        alone.resize(1300, 0);
        let mut connections = Connections::new(Connections::DEFAULT_MEMORY);
        assert_eq!(connections.push(&client.datagram(&alone)), Outcome::Other);
    }
}
