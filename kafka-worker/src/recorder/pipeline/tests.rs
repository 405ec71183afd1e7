//! The pipeline by itself: panics that are injected, and threads that are not needed.

use std::sync::mpsc::channel;
use std::time::Duration;

use stackprint::{Analyzer, Database, LinkType, SpreadStages};

use super::crew::PanicsAt;
use super::*;
use crate::args::{Format, Per, PrivacyArgs};
use crate::counters::RecordCounts;
use crate::sink::Sink;

/// A SYN of a client by number, over raw IPv4.
fn syn(client: u32) -> [u8; 40] {
    let mut syn = *b"\x45\0\0\x28\0\0\0\0\x40\x06\0\0\x0a\0\0\0\xc0\0\x02\x01\
        \x9c\x40\0\x50\0\0\0\0\0\0\0\0\x50\x02\xfa\xf0\0\0\0\0";
    syn[13..16].copy_from_slice(&client.to_be_bytes()[1..]);
    syn
}

/// The bytes and numbers of records of so many SYNs, and how many threads were begun.
fn written(
    threads: usize,
    syns: u32,
    panics_at: Option<PanicsAt>,
) -> io::Result<(Vec<u8>, u64, usize)> {
    let mut analyzer = Analyzer::new(&Database::builtin());
    let mut counters = Counters::default();
    let privacy = PrivacyArgs::default().privacy().map_err(io::Error::other)?;
    let mut bytes = Vec::new();
    let begun = thread::scope(|scope| {
        let making = Making { privacy: &privacy, format: Some(Format::Ndjson) };
        let SpreadStages { spread, flows, hosts } = analyzer.stages_over(threads);
        let mut pipeline = Pipeline::new(scope, threads, (flows, hosts), making);
        if let Some(shared) = Arc::get_mut(&mut pipeline.crew.shared) {
            shared.panics_at = panics_at;
        }
        let mut counts = RecordCounts::default();
        let mut gather = |batches: &[Batch<'_>]| {
            for batch in batches {
                bytes.extend_from_slice(&batch.bytes);
                counts.add(&batch.counts);
            }
        };
        for client in 0..syns {
            let syn = syn(client);
            let frame = Frame::new(LinkType::RAW, &syn);
            let place = Place { file: None, number: client.into(), sensor: None, piece: &[] };
            pipeline.take(&spread, &frame, &place, &mut counters);
            if client % 1000 == 999 {
                pipeline.end_piece(Piece::default(), None, &mut counters);
                gather(pipeline.finished()?);
                pipeline.recycle();
            }
        }
        pipeline.end_piece(Piece::default(), None, &mut counters);
        pipeline.put_in_order(&mut counters, 0);
        gather(pipeline.all()?);
        pipeline.recycle();
        counters.of_records.add(&counts);
        io::Result::Ok(pipeline.crew.begun)
    })?;
    Ok((bytes, counters.records(), begun))
}

/// Runs it on a thread of its own, and fails if it does not come to an end.
fn ends<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (to, from) = channel();
    thread::spawn(move || to.send(run()));
    from.recv_timeout(Duration::from_secs(60)).expect("it ends")
}

#[test]
fn bytes_are_the_same_for_each_number_of_threads() {
    let (one, records, begun) = written(1, 10_000, None).unwrap();
    assert_eq!((records, begun), (10_000, 0));
    for threads in [2, 3, 8, 16] {
        let (bytes, records, begun) = written(threads, 10_000, None).unwrap();
        assert!(bytes == one, "{threads} threads");
        assert_eq!(records, 10_000);
        assert!((1..threads).contains(&begun), "{begun} of {threads} threads");
    }
}

#[test]
fn threads_that_have_nothing_to_do_do_not_begin() {
    let (_, records, begun) = written(16, 3, None).unwrap();
    assert_eq!((records, begun), (3, 0));
    let (_, records, begun) = written(256, 600, None).unwrap();
    assert_eq!(records, 600);
    assert!(begun <= 2, "{begun} threads for two whole batches");
}

/// Wherever a thread panics, the others end, the scope with them, and the caller is told.
#[test]
fn a_panic_ends_all_with_an_error() {
    for threads in [1, 2, 3, 8] {
        let batches = [0, 7, 38].map(PanicsAt::Batch);
        for at in batches.into_iter().chain([0, 1, 9].map(PanicsAt::Piece)) {
            let result = ends(move || written(threads, 10_000, Some(at)).map(|_| ()));
            let error = result.expect_err("a batch is missing").to_string();
            assert!(error.contains("panicked"), "{threads} threads, {at:?}: {error}");
        }
    }
}

/// A batch without a record is nothing in the output, not even at its start.
#[test]
fn an_empty_batch_leaves_no_trace() {
    let mut out = Vec::new();
    let mut sink = Sink::new(Format::Text, Per::Packet, &mut out);
    for bytes in ["", "\none\n", "", "\ntwo\n"] {
        sink.gather(bytes.as_bytes()).unwrap();
    }
    sink.flush().unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "one\n\ntwo\n");
}
