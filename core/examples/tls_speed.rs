//! How long a TLS hello takes, from the bytes of its stream to JA4 and JA3: over the different
//! hellos of captures, each in memory, on one thread. The best of many short rounds.
//!
//! ```text
//! cargo run --release --features tls --example tls_speed -- FILE...
//! ```

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use stackprint::capture::Decoder;
use stackprint::stream::{Outcome, Streams, TcpSegment};
use stackprint::tls::{ClientHello, Fingerprints, Progress, Transport, may_begin};

const ROUNDS: u32 = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let mut hellos = BTreeSet::new();
    for path in std::env::args_os().skip(1) {
        // A damaged capture has hellos, too.
        if let Err(error) = collect(&std::fs::read(&path)?, &mut hellos) {
            eprintln!("{}: {error}", path.display());
        }
    }
    let bytes: usize = hellos.iter().map(Vec::len).sum();
    println!("{} different hellos, {} bytes each", hellos.len(), bytes / hellos.len().max(1));
    time("read", &hellos, |_| 0);
    time("JA4", &hellos, |all| all.ja4().as_str().len());
    time("JA3", &hellos, |all| all.ja3().as_str().len());
    time("JA4 and JA3", &hellos, |all| all.ja4().as_str().len() + all.ja3().as_str().len());
    Ok(())
}

fn collect(capture: &[u8], hellos: &mut BTreeSet<Vec<u8>>) -> Result<(), Box<dyn Error>> {
    let mut streams = Streams::new(Streams::DEFAULT_MEMORY, may_begin);
    let mut flows = HashMap::new();
    let mut decoder = Decoder::new();
    let mut rest = capture;
    while let Some(captured) = decoder.next_frame(&mut rest)? {
        let Ok(segment) = TcpSegment::of(&captured.frame) else { continue };
        let ends = (segment.source, segment.destination);
        let stream = flows.entry(ends).or_insert_with(|| segment.stream());
        if segment.syn && !stream.is_after_syn(segment.seq) {
            *stream = segment.stream();
        }
        let outcome = streams.push(stream, &segment.payload, |reading| {
            match ClientHello::from_stream(reading.bytes) {
                Progress::Complete(_) => Some(reading.bytes.to_vec()),
                Progress::NeedsMore => None,
                Progress::NotTls(_) => Some(Vec::new()),
            }
        });
        if let Outcome::Decided(bytes) = outcome
            && !bytes.is_empty()
        {
            hellos.insert(bytes);
        }
    }
    Ok(decoder.finish()?)
}

fn time(what: &str, hellos: &BTreeSet<Vec<u8>>, work: impl Fn(Fingerprints<'_>) -> usize) {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for bytes in hellos {
            let Progress::Complete(hello) = ClientHello::from_stream(black_box(bytes)) else {
                unreachable!("collected as a hello")
            };
            black_box(hello.fingerprints(Transport::Tcp).map(&work));
        }
        best = best.min(start.elapsed());
    }
    println!("{what}: {} ns", best.as_nanos() / hellos.len().max(1) as u128);
}
