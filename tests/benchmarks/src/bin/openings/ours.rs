//! stackprint, on frames that open connections.

use std::hint::black_box;

#[cfg(feature = "peers")]
use stackprint::TlsHello;
use stackprint::{Analyzer, Database, Frame, Limits, Record, Timestamp, quic};
use stackprint_benchmarks::inputs::Frames;

use crate::measure::{Cost, here};

/// Flows that huginn-net-tls and huginn-net-http remember in their own examples and benchmarks.
#[cfg(feature = "peers")]
pub(crate) const FLOWS: usize = 10_000;
/// As many hosts and flows.
const LIMITS: Limits = Limits { hosts: 10_000, flows: 10_000, ..Limits::P0F };

/// Where the payload of UDP begins, in frames of this program.
const UDP_PAYLOAD: usize = 42;

fn analyzer(layers: bool) -> Analyzer {
    let builder = Analyzer::builder(&Database::builtin()).limits(LIMITS);
    builder.tls(layers).http(layers).quic(layers).build()
}

fn each(analyzer: &mut Analyzer, frames: &Frames, mut of: impl FnMut(&Record<'_>)) {
    let mut session = analyzer.session();
    for frame in frames.iter() {
        session.analyze_all(&frame, |result| {
            if let Ok(Some(record)) = &result {
                of(black_box(record));
            }
        });
    }
}

/// JA4 of every hello.
#[cfg(feature = "peers")]
pub(crate) fn ja4s(frames: &Frames) -> Vec<String> {
    let mut found = Vec::new();
    each(&mut analyzer(true), frames, |record| {
        if let Some(TlsHello::Client(client)) = record.tls.as_ref().map(|tls| &tls.hello) {
            let fingerprints = client.fingerprints.as_ref().expect("whole");
            assert_eq!(fingerprints.ja3.as_str().len(), 32);
            found.push(fingerprints.ja4.as_str().to_owned());
        }
    });
    found
}

/// The cost of hellos, or of the same packets with TCP alone.
pub(crate) fn hellos(frames: &Frames, layers: bool) -> Cost {
    let mut analyzer = analyzer(layers);
    let mut count = 0_u64;
    let ((), cost) = here(|| {
        each(&mut analyzer, frames, |record| count += u64::from(record.tls.is_some()));
    });
    assert_eq!(count > 0, layers);
    cost
}

/// How many heads there are, and the cost; or that of the same packets with TCP alone.
#[cfg(feature = "peers")]
pub(crate) fn heads(frames: &Frames, layers: bool) -> (u64, Cost) {
    let mut analyzer = analyzer(layers);
    let mut count = 0;
    let ((), cost) = here(|| {
        each(&mut analyzer, frames, |record| count += u64::from(record.http.is_some()));
    });
    assert_eq!(count > 0, layers);
    (count, cost)
}

/// How many hellos come of Initials, and the cost.
pub(crate) fn initials(frames: &Frames) -> (u64, Cost) {
    let mut analyzer = analyzer(true);
    let mut count = 0;
    let ((), cost) = here(|| {
        let mut session = analyzer.session();
        for frame in slowly(frames) {
            session.analyze_all(&frame, |result| {
                count += u64::from(black_box(result).is_ok_and(|record| record.is_some()));
            });
        }
    });
    assert_eq!(
        analyzer
            .quic_faults()
            .filter(|(fault, _)| *fault != quic::Fault::WrongTag)
            .map(|(_, count)| count)
            .sum::<u64>(),
        0
    );
    (count, cost)
}

/// Opens each Initial by itself: how many bytes of CRYPTO frames there are.
pub(crate) fn open(frames: &Frames) -> usize {
    let opened = frames.iter().map(|frame| {
        let initial = quic::open_initial(&frame.data[UDP_PAYLOAD..]).expect("an Initial");
        initial.crypto().map(|piece| piece.expect("a frame").bytes.len()).sum::<usize>()
    });
    opened.sum()
}

/// The frames, so far apart that no more Initials come in a second than are decrypted.
fn slowly(frames: &Frames) -> impl Iterator<Item = Frame<'_>> {
    const STEP_NANOS: u64 = 1_100_000;
    (0..).zip(frames.iter()).map(|(number, frame)| {
        let time = Timestamp::from_nanos(frame.time.as_nanos() + number * STEP_NANOS);
        frame.at(time)
    })
}
