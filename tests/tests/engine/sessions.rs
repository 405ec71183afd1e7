//! The flow stage in several sessions: records, counts and what is remembered are those of one.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use stackprint::{
    Analyzer, Compat, Condition, Database, End, Filter, Frame, Limits, LinkType, PendingRecord,
    Record, Share, Skip, SpreadStages,
};
use stackprint_tests::frames::FrameBuilder;
use stackprint_tests::input::{self, Capture, decode};
use stackprint_tests::say;

/// What frames say, as text, and why they are skipped, in no order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    records: Vec<String>,
    skips: Vec<Skip>,
}

impl Said {
    fn record(&mut self, record: &Record<'_>) {
        let mut json = Vec::new();
        record.write_json(None, &mut json);
        self.records.push(String::from_utf8(json).expect("a record is text"));
    }

    fn sorted(mut self) -> Said {
        self.skips.sort_by_key(|skip| format!("{skip:?}"));
        self
    }
}

/// What frames say in one session.
fn together(analyzer: &mut Analyzer, frames: &[Frame<'_>], said: &mut Said) {
    let mut session = analyzer.session();
    for frame in frames {
        session.analyze_all(frame, |result| match result {
            Ok(Some(record)) => said.record(&record),
            Ok(None) => {}
            Err(skip) => said.skips.push(skip),
        });
    }
}

/// What frames say in so many sessions, each of which takes all its frames before the next begins.
fn apart(analyzer: &mut Analyzer, sessions: usize, frames: &[Frame<'_>], said: &mut Said) {
    let SpreadStages { spread, mut flows, mut hosts } = analyzer.stages_over(sessions);
    let mut lists = vec![Vec::new(); flows.len()];
    for (at, frame) in frames.iter().enumerate() {
        spread.share(frame, |share| match share {
            Share::Session(session) => lists[session].push((at, None)),
            Share::Subframe { session, number } => lists[session].push((at, Some(number))),
            Share::Skipped(skip) => said.skips.push(skip),
        });
    }
    let mut all: Vec<((usize, u16), PendingRecord<'_>)> = Vec::new();
    for (session, list) in flows.iter_mut().zip(lists).rev() {
        for (at, subframe) in list {
            let (mut pending, skips) = (Vec::new(), &mut said.skips);
            match subframe {
                None => session.take(&frames[at], &mut pending, |skip| skips.push(skip)),
                Some(number) => {
                    session
                        .take_subframe(&frames[at], number, &mut pending, |skip| skips.push(skip));
                }
            }
            let place = (at, subframe.unwrap_or_default());
            all.extend(pending.into_iter().map(|pending| (place, pending)));
        }
    }
    all.sort_by_key(|&(place, _)| place);
    let mut before = None;
    let mut pending = Vec::new();
    for ((frame, _), mut record) in all {
        record.set_continues(before.replace(frame) == Some(frame));
        pending.push(record);
    }
    hosts.complete_all(&mut pending);
    pending.iter().filter_map(PendingRecord::record).for_each(|record| said.record(record));
}

/// What is remembered, and what was counted.
fn counts(analyzer: &Analyzer) -> String {
    let given_up: Vec<_> = analyzer.streams_given_up().collect();
    let of_quic: Vec<_> = analyzer.quic_faults().collect();
    let (remembered, evicted) = (analyzer.remembered(), analyzer.evicted());
    format!("{remembered:?} {evicted:?} {given_up:?} {of_quic:?} {}", analyzer.quic_undecided())
}

/// Each capture in three parts: in two of them the sessions are several, and another number each time;
/// between them, one takes all. With a filter, and with tables of flows that are full.
#[test]
fn several_sessions_say_what_one_says() {
    let database = Database::builtin();
    let ports = |ports: &str| Condition::Port(End::Either, ports.parse().expect("ports"));
    let web = Filter::default().allow(ports("80,443,8000-8999"));
    let few = Limits { flows: 3 * 4096, hosts: 64, ..Limits::default() };
    let mut records = 0;
    for Capture { name, octets } in input::all() {
        let mut frames = Vec::new();
        // Damage ends the frames, which is all that is asked here.
        let _ = decode(&octets, |captured| {
            let Frame { link_type, data, wire_len, time, host_order } = captured.frame;
            frames.push((data.to_vec(), (link_type, wire_len, time, host_order)));
        });
        let whole = frames.iter().map(|(data, (link_type, wire_len, time, host_order))| Frame {
            link_type: *link_type,
            data,
            wire_len: *wire_len,
            time: *time,
            host_order: *host_order,
        });
        let frames: Vec<Frame<'_>> = whole.collect();
        for (filter, limits) in [(&Filter::default(), Limits::default()), (&web, few)] {
            let builder = || Analyzer::builder(&database).filter(filter.clone()).limits(limits);
            let (mut one, mut several) = (builder().build(), builder().build());
            let (mut expected, mut said) = (Said::default(), Said::default());
            together(&mut one, &frames, &mut expected);
            let third = frames.len().div_ceil(3).max(1);
            for (number, part) in frames.chunks(third).enumerate() {
                match number {
                    0 => apart(&mut several, 3, part, &mut said),
                    1 => together(&mut several, part, &mut said),
                    _ => apart(&mut several, 64, part, &mut said),
                }
            }
            assert_eq!(counts(&several), counts(&one), "{name}");
            records += said.records.len();
            assert_eq!(said.sorted(), expected.sorted(), "{name}");
        }
    }
    say(&format!("{records} records, the same of one session and of several"));
    assert!(records > 1000);
}

/// More flows than a table holds: which are evicted does not depend on the sessions.
#[test]
fn what_is_evicted_does_not_depend_on_the_sessions() {
    let database = Database::builtin();
    let limits = Limits { flows: 5 * 4096, hosts: 5 * 4096, ..Limits::default() };
    let frames: Vec<_> = (0..60_000_u32)
        .map(|number| {
            let client = Ipv4Addr::from_bits(0x0a00_0000 + number.wrapping_mul(0x9e37) % 50_000);
            let server = SocketAddr::from(([192, 0, 2, 1], 443));
            FrameBuilder::syn((client, 40_000 + (number % 7) as u16).into(), server).build()
        })
        .collect();
    let frames: Vec<_> = frames.iter().map(|bytes| Frame::new(LinkType::ETHERNET, bytes)).collect();
    let builder = || Analyzer::builder(&database).limits(limits);
    let (mut one, mut expected) = (builder().build(), Said::default());
    together(&mut one, &frames, &mut expected);
    assert!(one.evicted().1 > 10_000, "{:?}", one.evicted());
    for sessions in [2, 5, 100] {
        let (mut several, mut said) = (builder().build(), Said::default());
        assert_eq!(several.stages_over(sessions).flows.len(), sessions.min(5));
        frames.chunks(7000).for_each(|part| apart(&mut several, sessions, part, &mut said));
        assert_eq!(counts(&several), counts(&one), "{sessions} sessions");
        assert!(said == expected, "{sessions} sessions");
    }
}

/// By p0f's rules hosts evict flows, so that one session takes everything.
#[test]
fn by_p0fs_rules_there_is_one_session() {
    let database = Database::parse_with(Database::BUILTIN_TEXT, Compat::P0fExact);
    let mut analyzer = Analyzer::new(&Arc::new(database.expect("the built-in database")));
    assert_eq!(analyzer.stages_over(8).flows.len(), 1);
}
