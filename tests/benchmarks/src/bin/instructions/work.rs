//! What is counted: pieces of the hot path, on frames of one class.

use std::hint::black_box;

use stackprint::capture::Decoder;
use stackprint::{Analyzer, Database, JsonWriter, Limits, may_be_handshake, observe};
use stackprint_benchmarks::inputs::{Frames, class};
use stackprint_benchmarks::ours;

/// A piece of work.
pub(crate) struct Work {
    /// `what/class`.
    pub(crate) name: &'static str,
}

/// Everything that is counted.
pub(crate) const WORK: &[Work] = &[
    Work { name: "look/syn" },
    Work { name: "look/mixed" },
    Work { name: "look/garbage" },
    Work { name: "observe/syn" },
    Work { name: "analyze/syn" },
    Work { name: "analyze/pairs" },
    Work { name: "analyze/bulk" },
    Work { name: "analyze/mixed" },
    Work { name: "analyze/vlan" },
    Work { name: "analyze/ipv6" },
    Work { name: "analyze/garbage" },
    Work { name: "ndjson/syn" },
    Work { name: "ndjson/mixed" },
];

/// Frames before the measured ones, which fill the tables, and as many that are measured.
const FRAMES: usize = 4000;
/// Small enough that old entries make place for new ones, as they do in a long run.
const LIMITS: Limits = Limits { hosts: 1500, flows: 800, ..Limits::P0F };

impl Work {
    /// How many packets are measured.
    pub(crate) fn packets(&self) -> usize {
        frames(self.name).1.1.len()
    }
}

/// What is done, and the frames for it: those before, and those that are measured.
fn frames(name: &str) -> (&str, (Frames, Frames)) {
    let (what, class_name) = name.split_once('/').expect("what and class");
    let all = (class(class_name).expect("a class").make)(2 * FRAMES);
    (what, all.split_at(FRAMES))
}

/// Does the work once, with the part that counts in [`measured`].
pub(crate) fn measure(name: &str) {
    let (what, (before, frames)) = frames(name);
    let mut analyzer = Analyzer::builder(&Database::builtin()).limits(LIMITS).build();
    let _ = ours::analyze(&mut analyzer, &before);
    match what {
        "look" => {
            measured(|| {
                frames.iter().for_each(|frame| {
                    black_box(may_be_handshake(&frame));
                })
            });
        }
        "observe" => {
            measured(|| {
                frames.iter().for_each(|frame| {
                    let _ = black_box(observe(&frame));
                })
            });
        }
        "analyze" => {
            let counts = measured(|| ours::analyze(&mut analyzer, &frames));
            black_box(counts);
        }
        "ndjson" => {
            let file = frames.pcap();
            let (mut json, mut writer) = (Vec::with_capacity(4 << 20), JsonWriter::new());
            measured(|| {
                let mut decoder = Decoder::new();
                let decoded = decoder.push(file.octets(), |captured| {
                    if let Ok(Some(record)) = analyzer.analyze(&captured.frame) {
                        writer.write(&record, None, &mut json);
                        json.push(b'\n');
                    }
                });
                decoded.expect("a whole capture");
            });
            assert!(json.starts_with(b"{") && json.ends_with(b"}\n"));
        }
        other => panic!("unknown work {other}"),
    }
}

/// Valgrind counts from the call of this function to its end.
#[inline(never)]
fn measured<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}
