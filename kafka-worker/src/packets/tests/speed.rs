//! Every form of message, many times over: each packet comes out, and what it costs is printed.
//!
//! Figures worth quoting: `STACKPRINT_ROUNDS=15 cargo test --release -p stackprint-worker speed --
//! --nocapture`

use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use super::super::{Message, PacketFormat};
use super::{decoder, frame, json_of, msgpack_of, pcap_of, syn};

#[test]
fn speed_of_decoding() {
    let bytes = syn();
    for packets in [1, 16, 64, 256] {
        let frames = vec![frame(&bytes); packets];
        for (name, format, value) in [
            ("msgpack", PacketFormat::Envelope, msgpack_of(&frames, None)),
            ("msgpack, sniffed", PacketFormat::Auto, msgpack_of(&frames, None)),
            ("json", PacketFormat::Envelope, json_of(&frames)),
            ("pcap", PacketFormat::Capture, pcap_of(&frames)),
        ] {
            let nanos = nanos_per_packet(format, &value, packets);
            let _ =
                writeln!(std::io::stdout(), "{name:<17} {packets:>4} a message {nanos:>7.1} ns");
        }
    }
}

/// The best of several rounds: the others measure the neighbours.
fn nanos_per_packet(format: PacketFormat, value: &[u8], packets: usize) -> f64 {
    const PACKETS_A_ROUND: usize = 20_000;
    let mut decoder = decoder(format);
    let message = Message { value, ..Message::default() };
    let messages = PACKETS_A_ROUND / packets;
    let round = |_| {
        let start = Instant::now();
        let mut bytes = 0;
        for _ in 0..messages {
            let count = decoder.decode(black_box(&message), |frame, _| bytes += frame.data.len());
            assert_eq!(count, Ok(packets));
        }
        assert_eq!(bytes, messages * packets * 74);
        start.elapsed().as_nanos() as f64 / (messages * packets) as f64
    };
    let rounds = std::env::var("STACKPRINT_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    (0..rounds.unwrap_or(1)).map(round).fold(f64::INFINITY, f64::min)
}
