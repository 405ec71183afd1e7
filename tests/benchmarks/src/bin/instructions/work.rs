//! What is counted: pieces of the hot path, on frames of one class.

use std::hint::black_box;

use stackprint::capture::Decoder;
use stackprint::{Analyzer, Database, JsonWriter, Limits, may_be_handshake, observe};
#[cfg(feature = "layers")]
use stackprint::{Share, SpreadStages};
use stackprint_benchmarks::inputs::{Frames, class};
use stackprint_benchmarks::ours;
#[cfg(feature = "layers")]
use stackprint_benchmarks::{heads, hellos};

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
    Work { name: "flow/syn" },
    Work { name: "flow/pairs" },
    Work { name: "flow/mixed" },
    Work { name: "host/syn" },
    Work { name: "host/pairs" },
    Work { name: "host/mixed" },
    Work { name: "ndjson/syn" },
    Work { name: "ndjson/pairs" },
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
    Work { name: "share/syn" },
    Work { name: "share/mixed" },
    Work { name: "tls/hello" },
    Work { name: "tls/new-hello" },
    Work { name: "tls/post-quantum" },
    Work { name: "http/head" },
    Work { name: "http/new-head" },
];

/// Where their bounds are.
pub(crate) const BOUNDS: &str = if cfg!(feature = "layers") {
    concat!(env!("CARGO_MANIFEST_DIR"), "/bounds-layers.txt")
} else {
    concat!(env!("CARGO_MANIFEST_DIR"), "/bounds.txt")
};

/// Sessions of the flow stage that frames are shared by.
#[cfg(feature = "layers")]
const SESSIONS: usize = 8;

/// Frames before the measured ones, which fill the tables, and as many that are measured.
const FRAMES: usize = 4000;
/// Small enough that old entries make place for new ones, as they do in a long run.
const LIMITS: Limits = Limits { hosts: 1500, flows: 800, ..Limits::P0F };

/// Records that threads hand on together.
#[cfg(not(feature = "layers"))]
const BATCH: usize = 256;

/// Connections before the measured ones, and as many that are measured.
#[cfg(feature = "layers")]
const CONNECTIONS: u32 = 2000;
/// Hellos and heads that differ, where they come again.
#[cfg(feature = "layers")]
const DIFFERENT: u32 = 1000;

impl Work {
    /// How many packets are measured: of connections, hellos or heads.
    pub(crate) fn packets(&self) -> usize {
        match self.name.split_once('/') {
            #[cfg(feature = "layers")]
            Some(("tls", _)) => CONNECTIONS as usize,
            #[cfg(feature = "layers")]
            Some(("http", _)) => 2 * CONNECTIONS as usize,
            _ => frames(self.name).1.1.len(),
        }
    }
}

/// What is done, and the frames for it: those before, and those that are measured.
fn frames(name: &str) -> (&str, (Frames, Frames)) {
    let (what, class_name) = name.split_once('/').expect("what and class");
    #[cfg(feature = "layers")]
    if let Some(all) = openings(name) {
        let half = all.len() / 2;
        return ("layers", all.split_at(half));
    }
    let all = (class(class_name).expect("a class").make)(2 * FRAMES);
    (what, all.split_at(FRAMES))
}

/// Connections that open: SYN and hello, or handshake, request and response. Each hello and head is
/// another one in the classes that are new, else they come again.
#[cfg(feature = "layers")]
fn openings(name: &str) -> Option<Frames> {
    const ALL: u32 = 2 * CONNECTIONS;
    Some(match name {
        "tls/hello" => hellos::connections(ALL, DIFFERENT, false),
        "tls/new-hello" => hellos::connections(ALL, ALL, false),
        "tls/post-quantum" => hellos::connections(ALL, DIFFERENT, true),
        "http/head" => heads::connections(ALL, DIFFERENT),
        "http/new-head" => heads::connections(ALL, ALL),
        _ => return None,
    })
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
        // What the first of several threads does of each packet: it is decoded, and listed for a session.
        #[cfg(feature = "layers")]
        "share" => {
            let file = frames.pcap();
            let SpreadStages { spread, flows, .. } = analyzer.stages_over(SESSIONS);
            let mut lists = vec![Vec::with_capacity(frames.iter().count()); flows.len()];
            measured(|| {
                let decoded = Decoder::new().push(file.octets(), |captured| {
                    spread.share(&captured.frame, |share| {
                        if let Share::Session(session) = share {
                            let frame = captured.frame;
                            let (at, len) = (frame.data.as_ptr().addr(), frame.data.len());
                            lists[session].push((
                                captured.number,
                                frame.time,
                                frame.wire_len,
                                at,
                                len,
                            ));
                        }
                    });
                });
                decoded.expect("a whole capture");
            });
            assert_eq!(lists.iter().map(Vec::len).sum::<usize>(), frames.iter().count());
        }
        // What threads do of each packet: the flow stage, and the host stage in batches.
        #[cfg(not(feature = "layers"))]
        "flow" => {
            let (mut flows, _) = analyzer.stages();
            let mut batch = Vec::with_capacity(BATCH);
            measured(|| {
                frames.iter().for_each(|frame| {
                    flows.take(&frame, &mut batch, |_| {});
                    if batch.len() >= BATCH {
                        black_box(&mut batch).clear();
                    }
                })
            });
        }
        #[cfg(not(feature = "layers"))]
        "host" => {
            let (mut flows, mut hosts) = analyzer.stages();
            let mut pending = Vec::new();
            frames.iter().for_each(|frame| flows.take(&frame, &mut pending, |_| {}));
            measured(|| pending.chunks_mut(BATCH).for_each(|batch| hosts.complete_all(batch)));
            black_box(pending);
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
