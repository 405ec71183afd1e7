//! How long a QUIC Initial takes, from the payload of UDP to the ClientHello, and with its JA4 and
//! JA3: over the different hellos of captures, each in memory, on one thread. The best of many
//! short rounds.
//!
//! ```text
//! cargo run --release --features quic --example quic_speed -- FILE...
//! ```
//!
//! Without the processor's instructions for AES and SHA:
//! `RUSTFLAGS='--cfg aes_backend="soft" --cfg polyval_backend="soft" --cfg sha2_backend="soft"'`.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use stackprint::Timestamp;
use stackprint::capture::Decoder;
use stackprint::quic::{Connections, Datagram, Ends, Opening, Outcome, Protocol, may_open};

const ROUNDS: u64 = 1000;
/// Longer than a connection is remembered.
const BETWEEN_ROUNDS_S: u64 = 60;

/// The datagrams of a client up to the one that completes its hello.
type Client = Vec<(Ends, Vec<u8>)>;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut clients, mut seen) = (Vec::new(), HashSet::new());
    for path in std::env::args_os().skip(1) {
        // A damaged capture has hellos, too.
        if let Err(error) = collect(&std::fs::read(&path)?, &mut clients, &mut seen) {
            eprintln!("{}: {error}", path.display());
        }
    }
    let (one, several): (Vec<Client>, Vec<Client>) =
        clients.into_iter().partition(|client| client.len() == 1);
    for (what, clients) in [("in one datagram", one), ("in several", several)] {
        let datagrams: usize = clients.iter().map(Vec::len).sum();
        println!("{} hellos {what}, {datagrams} datagrams", clients.len());
        time("read", &clients, |_| 0);
        time("JA4 and JA3", &clients, |opening| {
            let fingerprints = opening.hello.fingerprints(opening.transport());
            fingerprints.map_or(0, |all| all.ja4().as_str().len() + all.ja3().as_str().len())
        });
    }
    Ok(())
}

fn collect(
    capture: &[u8],
    clients: &mut Vec<Client>,
    seen: &mut HashSet<Ends>,
) -> Result<(), Box<dyn Error>> {
    let mut connections = Connections::new(Connections::DEFAULT_MEMORY);
    let mut sent: HashMap<Ends, Client> = HashMap::new();
    let mut decoder = Decoder::new();
    let mut rest = capture;
    while let Some(captured) = decoder.next_frame(&mut rest)? {
        let Some(datagram) = Datagram::of_opening(&captured.frame) else { continue };
        if may_open(datagram.bytes, datagram.len) != Some(Protocol::Quic) {
            continue;
        }
        let outcome = connections.push(&datagram);
        let is_opened = matches!(outcome, Outcome::Opened(_));
        if is_opened || outcome == Outcome::Undecided {
            let client = sent.entry(datagram.ends).or_default();
            client.push((datagram.ends, datagram.bytes.to_vec()));
        }
        if is_opened
            && seen.insert(datagram.ends)
            && let Some(client) = sent.remove(&datagram.ends)
        {
            clients.push(client);
        }
    }
    Ok(decoder.finish()?)
}

fn time(what: &str, clients: &[Client], work: impl Fn(Opening<'_>) -> usize) {
    let mut connections =
        Connections::new(Connections::DEFAULT_MEMORY).decryptions_per_second(u32::MAX);
    let mut best = Duration::MAX;
    for round in 0..ROUNDS {
        let time = Timestamp::new(round * BETWEEN_ROUNDS_S, 0);
        let start = Instant::now();
        for (ends, bytes) in clients.iter().flatten() {
            let datagram =
                Datagram { ends: *ends, bytes: black_box(bytes), len: bytes.len(), time };
            if let Outcome::Opened(opening) = connections.push(&datagram) {
                black_box(work(opening));
            }
        }
        best = best.min(start.elapsed());
    }
    let datagrams: usize = clients.iter().map(Vec::len).sum();
    assert_eq!(connections.decryptions(), ROUNDS * datagrams as u64, "one for each");
    println!("{what}: {} ns a datagram", best.as_nanos() / datagrams.max(1) as u128);
}
