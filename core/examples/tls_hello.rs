//! Prints one line for each TLS ClientHello of a capture: frame, both ends, server name, JA4, JA3,
//! the form that survives resumption; then what was given up, and why.
//!
//! ```text
//! cargo run --features tls --example tls_hello -- FILE
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use stackprint::capture::Decoder;
use stackprint::stream::{GiveUp, Outcome, Stream, Streams, TcpSegment};
use stackprint::tls::{ClientHello, Progress, Transport, may_begin};

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: tls_hello FILE");
        return ExitCode::from(2);
    };
    match print_hellos(&path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}

fn print_hellos(path: &std::ffi::OsStr) -> Result<(), Box<dyn Error>> {
    let capture = std::fs::read(path)?;
    let mut streams = Streams::new(Streams::DEFAULT_MEMORY, may_begin);
    let mut flows: HashMap<(SocketAddr, SocketAddr), Stream> = HashMap::new();
    let mut decoder = Decoder::new();
    let mut rest = capture.as_slice();
    while let Some(captured) = decoder.next_frame(&mut rest)? {
        // What is not TCP has no stream.
        let Ok(segment) = TcpSegment::of(&captured.frame) else { continue };
        let stream =
            flows.entry((segment.source, segment.destination)).or_insert_with(|| segment.stream());
        if segment.syn && !stream.is_after_syn(segment.seq) {
            // The same ports again.
            streams.abandon(stream);
            *stream = segment.stream();
        }
        let outcome = streams.push(stream, &segment.payload, |reading| {
            match ClientHello::from_stream(reading.bytes) {
                Progress::Complete(hello) => Some(line(&hello)),
                Progress::NeedsMore => None,
                Progress::NotTls(_) => Some(None),
            }
        });
        if let Outcome::Decided(Some(line)) = outcome {
            println!("{}\t{} -> {}\t{line}", captured.number, segment.source, segment.destination);
        }
    }
    decoder.finish()?;
    for &reason in GiveUp::ALL {
        if streams.given_up(reason) > 0 {
            eprintln!("streams given up, {reason}: {}", streams.given_up(reason));
        }
    }
    Ok(())
}

fn line(hello: &ClientHello<'_>) -> Option<String> {
    let fingerprints = hello.fingerprints(Transport::Tcp)?;
    let name = hello.server_name().map_or("-".into(), String::from_utf8_lossy);
    let (ja4, stable, ja3) = (fingerprints.ja4(), fingerprints.stable(), fingerprints.ja3());
    Some(format!("{name}\t{ja4}\t{ja3}\t{stable}"))
}
