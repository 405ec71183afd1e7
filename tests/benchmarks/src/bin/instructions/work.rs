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

/// Everything that is counted in a build that reads TCP alone.
#[cfg(not(feature = "layers"))]
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
    Work { name: "analyze/udp" },
    Work { name: "ndjson/syn" },
    Work { name: "ndjson/mixed" },
];

/// Everything that is counted in a build that reads all layers: with all of them, and with those
/// above TCP switched off.
#[cfg(feature = "layers")]
pub(crate) const WORK: &[Work] = &[
    Work { name: "layers/syn" },
    Work { name: "layers/pairs" },
    Work { name: "layers/bulk" },
    Work { name: "layers/mixed" },
    Work { name: "layers/udp" },
    Work { name: "tcp/syn" },
    Work { name: "tcp/pairs" },
    Work { name: "tcp/bulk" },
    Work { name: "tcp/mixed" },
    Work { name: "tcp/udp" },
];

/// Where their bounds are.
pub(crate) const BOUNDS: &str = if cfg!(feature = "layers") {
    concat!(env!("CARGO_MANIFEST_DIR"), "/bounds-layers.txt")
} else {
    concat!(env!("CARGO_MANIFEST_DIR"), "/bounds.txt")
};

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
    let mut analyzer = analyzer(what == "layers");
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
        #[cfg(feature = "layers")]
        "layers" | "tcp" => {
            black_box(measured(|| ours::analyze_layers(&mut analyzer, &frames)));
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

fn analyzer(all_layers: bool) -> Analyzer {
    let builder = Analyzer::builder(&Database::builtin()).limits(LIMITS);
    #[cfg(feature = "layers")]
    let builder = builder.tls(all_layers).http(all_layers).quic(all_layers);
    assert!(cfg!(feature = "layers") || !all_layers, "a build without layers");
    builder.build()
}

/// Valgrind counts from the call of this function to its end.
#[inline(never)]
fn measured<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}
