//! stackprint itself, as the benchmarks use it.

use std::hint::black_box;

use stackprint::{Analyzer, RecordKind, may_be_handshake};

use crate::inputs::Frames;

/// What came of frames.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub syn: u64,
    pub syn_ack: u64,
    /// Of both, those whose system has a name.
    pub labelled: u64,
    pub uptime: u64,
}

/// Full analysis: every frame in, every record out.
pub fn analyze(analyzer: &mut Analyzer, frames: &Frames) -> Counts {
    let mut counts = Counts::default();
    for frame in frames.iter() {
        if let Ok(Some(record)) = &analyzer.analyze(&frame) {
            match record.kind {
                RecordKind::Syn => counts.syn += 1,
                RecordKind::SynAck => counts.syn_ack += 1,
                RecordKind::Uptime => counts.uptime += 1,
                _ => {}
            }
            let is_labelled =
                record.fingerprint.as_ref().is_some_and(|print| print.found.is_some());
            counts.labelled += u64::from(is_labelled);
            black_box(record);
        }
    }
    counts
}

/// The same as a build with all layers does it, where a packet may make several records: how many
/// there are.
#[cfg(feature = "layers")]
pub fn analyze_layers(analyzer: &mut Analyzer, frames: &Frames) -> u64 {
    let (mut count, mut session) = (0, analyzer.session());
    for frame in frames.iter() {
        session.analyze_all(&frame, |result| {
            count += u64::from(black_box(result).is_ok_and(|record| record.is_some()));
        });
    }
    count
}

/// The first look: how many frames are worth a second one.
#[must_use]
pub fn look(frames: &Frames) -> u64 {
    frames.iter().map(|frame| u64::from(may_be_handshake(&frame))).sum()
}
