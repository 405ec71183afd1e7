//! The Fluent Bit filter in WebAssembly, in the runtime of Fluent Bit, called as Fluent Bit calls it.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::json;
use stackprint::{IpVersion, LinkType, Timestamp};
use stackprint_fluent_bit::{Filter, Form, Names};
use stackprint_tests::examples::ends;
use stackprint_tests::fluent_bit::{DEFAULT_OCTETS, Host, STACK_OCTETS, module};
use stackprint_tests::frames::{FrameBuilder, flag};
use stackprint_tests::pcap_file::PcapFile;
use stackprint_tests::program::{command, output};
use stackprint_tests::{input, require, say};
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

const EVENT_TIME: Timestamp = Timestamp::new(1_700_000_000, 123_456_789);

/// The functions that Fluent Bit can be told to call.
const FILTERS: [&str; 4] =
    ["stackprint_ek", "stackprint_envelope", "stackprint_eve", "stackprint_filter"];

/// All that WAMR knows in every version and configuration that Fluent Bit builds.
fn features_of_the_host() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::FLOATS
}

#[test]
fn the_module_asks_for_nothing_that_the_host_lacks() {
    let Some(module) = module() else { return };
    let octets = fs::read(module).unwrap();
    if let Err(error) = Validator::new_with_features(features_of_the_host()).validate_all(&octets) {
        panic!("{error}");
    }
    let (mut imports, mut functions) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(&octets) {
        match payload.unwrap() {
            Payload::ImportSection(section) => {
                imports.extend(section.into_imports().map(|import| import.unwrap().name));
            }
            Payload::ExportSection(section) => {
                let exports = section.into_iter().map(Result::unwrap);
                let exports =
                    exports.filter(|export| export.kind == wasmparser::ExternalKind::Func);
                functions.extend(exports.map(|export| export.name));
            }
            _ => {}
        }
    }
    assert!(imports.is_empty(), "{imports:?}");
    functions.sort_unstable();
    assert_eq!(functions, [&["free", "malloc"], &FILTERS[..]].concat());
    say(&format!("fluent_bit: module of {} octets", octets.len()));
}

/// What the test above would not let pass.
#[test]
fn references_are_refused() {
    // (module (func (drop (ref.null func))))
    let octets =
        b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x07\x01\x05\0\xd0\x70\x1a\x0b";
    let and_references = features_of_the_host() | WasmFeatures::REFERENCE_TYPES;
    assert!(Validator::new_with_features(and_references).validate_all(octets).is_ok());
    assert!(Validator::new_with_features(features_of_the_host()).validate_all(octets).is_err());
}

/// What can be checked of them without Fluent Bit.
#[test]
fn the_configurations_name_what_there_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wasm/fluent-bit/config");
    let parsers = fs::read_to_string(folder.join("parsers.conf")).unwrap();
    let parsers: Vec<&str> = settings(&parsers, "name").collect();
    let mut count = 0;
    for file in fs::read_dir(&folder).unwrap() {
        let (path, name) = (file.as_ref().unwrap().path(), file.unwrap().file_name());
        if name == "parsers.conf" {
            continue;
        }
        count += 1;
        let text = fs::read_to_string(path).unwrap();
        let only = |key| {
            let found: Vec<&str> = settings(&text, key).collect();
            assert_eq!(found.len(), 1, "{name:?}: {key}");
            found[0]
        };
        assert!(FILTERS.contains(&only("function_name")), "{name:?}");
        assert!(parsers.contains(&only("parser")), "{name:?}");
        assert_eq!(only("event_format"), "json", "{name:?}");
        assert_eq!(only("wasm_stack_size"), "128k", "{name:?}");
        assert!(only("wasm_path").ends_with("/stackprint_fluent_bit.wasm"), "{name:?}");
        assert_eq!(only("parsers_file"), "parsers.conf", "{name:?}");
        if let Some((_, rest)) = text.split_once("-f \"") {
            let filter = rest.split('"').next().unwrap();
            let compiled = Command::new("tcpdump").args(["-d", "-y", "EN10MB", filter]).output();
            let Some(compiled) = require("tcpdump", compiled.ok()) else { continue };
            assert!(compiled.status.success(), "{name:?}: {filter}");
        }
    }
    assert_eq!(count, 6);
}

/// The values of a key in a configuration, in either syntax.
fn settings<'t>(text: &'t str, key: &'static str) -> impl Iterator<Item = &'t str> {
    text.lines().filter_map(move |line| {
        let line = line.trim_start().trim_start_matches("- ");
        let (found, value) = line.split_once(char::is_whitespace)?;
        found.trim_end_matches(':').eq_ignore_ascii_case(key).then_some(value.trim())
    })
}

/// Whole frames of one link type, with their times.
type Frames = Vec<(Timestamp, Vec<u8>)>;

/// The frames of the project's captures, by link type, with times in microseconds.
fn frames() -> BTreeMap<LinkType, Frames> {
    let mut frames = BTreeMap::<LinkType, Frames>::new();
    for capture in input::own() {
        let each = |captured: stackprint::capture::CapturedFrame<'_>| {
            let frame = captured.frame;
            let micros = frame.time.as_nanos() / 1000;
            let time = Timestamp::from_nanos(micros * 1000);
            frames.entry(frame.link_type).or_default().push((time, frame.data.to_vec()));
        };
        // Up to the damage, where there is some.
        let _ = input::decode(&capture.octets, each);
    }
    frames
}

/// What `stackprint read` writes of these frames.
fn records(link_type: LinkType, frames: &Frames) -> Vec<String> {
    let mut file = PcapFile::new(link_type);
    for (time, octets) in frames {
        file.push(*time, octets);
    }
    read("-", file.octets())
}

fn read(path: &str, stdin: &[u8]) -> Vec<String> {
    let args = ["read", "--format", "ndjson", "--origin", "none", path];
    let read = output(&mut command(&args), stdin);
    String::from_utf8(read.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// Passes the events through a filter. Each has to come out as it is, or with the next of the
/// records behind its other members; in the end all records have to be there.
fn check(function: &str, events: &[String], records: &[String]) -> Option<()> {
    let mut host = Host::start(function, STACK_OCTETS)?;
    let mut next = records.iter().peekable();
    for event in events {
        let result = host.filter(EVENT_TIME, event.as_bytes()).expect("never dropped");
        let result = String::from_utf8(result).unwrap();
        if result == *event {
            continue;
        }
        let members = event.strip_suffix('}').unwrap();
        let added =
            result.strip_prefix(members).and_then(|rest| rest.strip_prefix(",\"stackprint\":"));
        let added =
            added.and_then(|rest| rest.strip_suffix('}')).unwrap_or_else(|| panic!("{result}"));
        // Of several subframes in a frame, a list.
        let said = match serde_json::from_str::<Value>(added).unwrap() {
            Value::Array(records) => records.len(),
            _ => 1,
        };
        let records: Vec<&str> = next.by_ref().take(said).map(String::as_str).collect();
        assert_eq!(records.len(), said, "a record too many: {result}");
        let list = records.join(",");
        assert_eq!(added, if said == 1 { list } else { format!("[{list}]") });
    }
    assert_eq!(next.next(), None, "{function}: a record is missing");
    assert_eq!(host.figures().traps, 0);
    Some(())
}

/// An alert of Suricata with `packet: yes`: microseconds and an offset without colon; the members in
/// Suricata's order.
fn eve(link_type: LinkType, time: Timestamp, octets: &[u8]) -> String {
    let text = time.to_string();
    let date = &text[.."2026-11-23T00:50:54.271450".len()];
    format!(
        concat!(
            r#"{{"timestamp":"{}+0000","flow_id":1802435523474318,"in_iface":"eth0","#,
            r#""event_type":"alert","src_ip":"192.0.2.10","src_port":43380,"dest_ip":"192.0.2.80","#,
            r#""dest_port":80,"proto":"TCP","pkt_src":"wire/pcap","alert":{{"action":"allowed","#,
            r#""gid":1,"signature_id":2200000,"rev":1,"signature":"a \"SYN\"","category":"","#,
            r#""severity":3}},"direction":"to_server","stream":0,"packet":"{}","#,
            r#""packet_info":{{"linktype":{}}}}}"#
        ),
        date,
        STANDARD.encode(octets),
        link_type.0
    )
}

fn envelope(link_type: LinkType, time: Timestamp, octets: &[u8]) -> String {
    let data = STANDARD.encode(octets);
    let (link_type, nanos) = (link_type.to_string(), time.as_nanos());
    json!({"ts": nanos, "link_type": link_type, "sensor": "tap-1", "data": data}).to_string()
}

fn flat(link_type: LinkType, time: Timestamp, octets: &[u8]) -> String {
    let hex = octets.iter().fold(String::new(), |mut text, octet| {
        write!(text, "{octet:02x}").unwrap();
        text
    });
    let millis = time.as_millis().to_string();
    json!({"timestamp": millis, "linktype": link_type.0.to_string(), "frame_raw": hex}).to_string()
}

#[test]
fn events_with_the_packets_of_captures_get_their_records() {
    let mut count = 0;
    for (link_type, frames) in frames() {
        let expected = records(link_type, &frames);
        count += expected.len();
        let events = |each: fn(LinkType, Timestamp, &[u8]) -> String| -> Vec<String> {
            frames.iter().map(|(time, octets)| each(link_type, *time, octets)).collect()
        };
        let checked = check("stackprint_eve", &events(eve), &expected)
            .and_then(|()| check("stackprint_filter", &events(envelope), &expected));
        if checked.is_none() {
            return;
        }
    }
    assert!(count > 300, "{count} records");
}

#[test]
fn a_flat_event_with_milliseconds() {
    let frames: Frames = (0..20)
        .map(|number| {
            let (client, server) = ends(number, IpVersion::V4);
            let time = Timestamp::from_nanos(u64::from(number) * 7_000_000);
            (time, FrameBuilder::syn(client, server).build())
        })
        .collect();
    let link_type = LinkType::ETHERNET;
    let events: Vec<String> =
        frames.iter().map(|(time, octets)| flat(link_type, *time, octets)).collect();
    for function in ["stackprint_filter", "stackprint_ek"] {
        check(function, &events, &records(link_type, &frames));
    }
}

#[test]
fn events_of_tshark_get_the_records_of_the_capture() {
    let tshark = Command::new("tshark").arg("--version").output().ok();
    if require("tshark", tshark).is_none() {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/recorded");
    for (name, layers) in [
        ("web-clients.pcap", Some("frame")),
        ("web-clients.pcap", None),
        ("nanoseconds.pcap", Some("frame")),
        ("snapped-80.pcap", Some("frame")),
        ("any-sll.pcap", Some("frame")),
        ("any-sll2.pcap", Some("frame")),
        ("ipv6.pcap", Some("frame")),
        ("vxlan.pcap", Some("frame")),
        ("uptime.pcap", Some("frame")),
        ("dumpcap-two-link-types.pcapng", Some("frame")),
    ] {
        let path = folder.join(name);
        let path = path.to_str().unwrap();
        let mut tshark = Command::new("tshark");
        tshark.args(["-r", path, "-T", "ek", "-x"]);
        if let Some(layers) = layers {
            tshark.args(["-J", layers]);
        }
        let lines = String::from_utf8(output(&mut tshark, b"").stdout).unwrap();
        let events: Vec<String> = lines.lines().map(str::to_owned).collect();
        let expected = read(path, b"");
        assert!(!expected.is_empty(), "{name}");
        for function in ["stackprint_filter", "stackprint_ek"] {
            check(function, &events, &expected);
        }
    }
}

fn native(function: &str) -> (Filter, Option<Form>) {
    let form = match function {
        "stackprint_eve" => Some(Form::Eve),
        "stackprint_ek" => Some(Form::Ek),
        "stackprint_envelope" => Some(Form::Envelope),
        _ => None,
    };
    (Filter::new(Names::DEFAULT), form)
}

/// Events that are hard to read, by name.
fn hard_events() -> Vec<(&'static str, Vec<u8>)> {
    // Of a client of its own for each: the same again would say nothing.
    let packet = |number| {
        let (client, server) = ends(number, IpVersion::V4);
        let packet = STANDARD.encode(FrameBuilder::syn(client, server).build());
        format!(r#""packet":"{packet}""#)
    };
    let deep = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(10_000), close.repeat(10_000))
    };
    let members = (0..40_000).fold(String::new(), |mut text, number| {
        write!(text, r#""k{number}":{number},"#).unwrap();
        text
    });
    let (x, quotes) = ("x".repeat(500_000), "log \\\"".repeat(80_000));
    let (objects, lists) = (deep(r#"{"a":"#, "1", "}"), deep("[", "", "]"));
    let texts = [
        ("500 kB before", format!(r#"{{"log":"{quotes}",{}}}"#, packet(0))),
        ("500 kB behind", format!(r#"{{{},"log":"{x}"}}"#, packet(1))),
        ("500 kB of members", format!("{{{members}{}}}", packet(2))),
        ("4 MB", format!(r#"{{{},"log":"{}"}}"#, packet(3), x.repeat(8))),
        ("deep objects", format!(r#"{{"a":{objects},{}}}"#, packet(4))),
        ("deep lists", format!(r#"{{{},"a":{lists}}}"#, packet(5))),
        ("deep without end", format!(r#"{{{},"a":{}"#, packet(6), "[".repeat(10_000))),
        ("a packet of 500 kB", format!(r#"{{"packet":"{}"}}"#, "A".repeat(500_000))),
        ("a list", format!("[{{{}}}]", packet(6))),
        ("two objects", format!("{{{0}}}{{{0}}}", packet(6))),
        ("a number", "17".into()),
        ("blanks", " \n\t".into()),
        ("no octet", String::new()),
    ];
    let mut events: Vec<(&str, Vec<u8>)> =
        texts.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    // Host and module take any bytes but zero.
    events.push(("no UTF-8", b"{\"a\":\"\xff\xfe\x80\"}".to_vec()));
    events.push(("MessagePack", b"\x81\xa6packet\xa4AAAA".to_vec()));
    events
}

#[test]
fn hard_events_come_out_as_from_the_library() {
    for stack_octets in [STACK_OCTETS, DEFAULT_OCTETS] {
        for function in FILTERS {
            let Some(mut host) = Host::start(function, stack_octets) else { return };
            let (mut filter, form) = native(function);
            let mut expected = Vec::new();
            let mut enriched = 0;
            for (name, event) in hard_events() {
                let result = host.filter(EVENT_TIME, &event).expect(name);
                filter.apply(form, &event, EVENT_TIME, &mut expected).unwrap();
                assert!(result == expected, "{name}, {function}, stack of {stack_octets} octets");
                if begins_as_messagepack(&event) {
                    assert_ne!(result, event, "{name}: answered by what to change");
                    continue;
                }
                enriched += usize::from(result != event);
            }
            // Of the Eve function one more: its packet of 500 kB is told of.
            let is_eve = usize::from(function == "stackprint_eve");
            let finds_packets = is_eve == 1 || function == "stackprint_filter";
            assert_eq!(enriched, if finds_packets { 6 + is_eve } else { 0 }, "{function}");
            assert_eq!(host.figures().traps, 0);
        }
    }
}

/// A map of MessagePack, which Fluent Bit hands over in its other event format; no text begins so.
fn begins_as_messagepack(event: &[u8]) -> bool {
    matches!(event.first(), Some(0x80..=0x8f | 0xde | 0xdf))
}

fn calls() -> u64 {
    let calls = env::var("STACKPRINT_FLUENT_BIT_CALLS").ok();
    calls.map_or(20_000, |calls| calls.parse().expect("a number of calls"))
}

#[test]
fn random_bytes_come_out_as_they_went_in() {
    let Some(mut host) = Host::start("stackprint_filter", STACK_OCTETS) else { return };
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: (calls() / 20) as u32,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let junk = proptest::collection::vec(1..=u8::MAX, 0..600);
    let like_json = proptest::string::string_regex(
        r#"\{?("(packet|layers|frame_raw|data|ts|\\u0070|é)?"|[\[\]{}:,\\ 0-9]|null){0,40}\}?"#,
    );
    let junk = prop_oneof![junk, like_json.unwrap().prop_map(String::into_bytes)];
    let host = std::cell::RefCell::new(&mut host);
    let checked = runner.run(&junk, |junk| {
        let result = host.borrow_mut().filter(EVENT_TIME, &junk);
        if begins_as_messagepack(&junk) {
            let answer = String::from_utf8_lossy(&result.unwrap_or_default()).into_owned();
            prop_assert!(answer.contains("event_format"), "{}", answer);
        } else {
            prop_assert_eq!(result, Some(junk));
        }
        Ok(())
    });
    checked.unwrap();
    assert_eq!(host.borrow_mut().figures().traps, 0);
}

/// Events of many clients, so many a second, and of others of every kind between.
fn event(number: u64, clients: u64, per_second: u64) -> String {
    let client = Ipv4Addr::from_bits(0x0a00_0000 + (number % clients) as u32);
    let server = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 80), 80));
    let syn = FrameBuilder::syn((client, 1024 + (number / clients) as u16).into(), server);
    let frame = match number % 4 {
        0 | 1 => syn,
        2 => syn.syn_ack(),
        _ => FrameBuilder { flags: flag::ACK, payload: vec![b'x'; 300], ..syn },
    };
    match number % 20 {
        17 => r#"{"event_type":"dns","dns":{"rrname":"example.com"}}"#.into(),
        18 => r#"{"packet":"?"}"#.into(),
        19 => "{\"packet\":".into(),
        _ => eve(
            LinkType::ETHERNET,
            Timestamp::new(1_700_000_000 + number / per_second, 0),
            &frame.build(),
        ),
    }
}

#[test]
fn memory_does_not_grow() {
    let Some(mut host) = Host::start("stackprint_eve", STACK_OCTETS) else { return };
    let calls = calls();
    // As many clients as are remembered, if there are calls for them.
    let clients = (calls / 10).min(u64::from(Filter::LIMITS.hosts) + 10_000);
    // Flows go after so many seconds, or make place; either way well before the half.
    let per_second = (calls / 4).min(40_000) / u64::from(Filter::LIMITS.flow_seconds);
    let (mut warm_octets, mut enriched) = (0, 0);
    for number in 0..calls {
        let event = event(number, clients, per_second);
        let result = host.filter(EVENT_TIME, event.as_bytes()).expect("never dropped");
        enriched += u64::from(result.len() > event.len());
        if number == calls / 2 {
            warm_octets = host.figures().memory_octets;
        }
    }
    let figures = host.figures();
    say(&format!(
        "fluent_bit: {calls} calls, {clients} clients, {enriched} enriched; memory {} KiB at half, \
         {} KiB at the end; {:.1} µs CPU a call",
        warm_octets >> 10,
        figures.memory_octets >> 10,
        figures.cpu_ns as f64 / 1e3 / calls as f64
    ));
    assert!(enriched > calls / 2, "{enriched} of {calls} enriched");
    assert_eq!((figures.calls, figures.traps), (calls, 0));
    assert_eq!(figures.memory_octets, warm_octets);
    assert!(figures.memory_octets < 32 << 20);
}

/// An event of a number.
type Make<'m> = &'m dyn Fn(u16) -> String;

/// Not a bound: prints what the documentation says.
#[test]
fn what_an_event_costs() {
    const EVENTS: u16 = 2000;
    let ether = LinkType::ETHERNET;
    let syn = |number| {
        let (client, server) = ends(number, IpVersion::V4);
        FrameBuilder::syn(client, server)
    };
    let data = |number| {
        let payload = vec![b'x'; 1400];
        FrameBuilder { flags: flag::ACK, payload, ..syn(number) }.build()
    };
    let alert = |frame: &[u8]| eve(ether, EVENT_TIME, frame);
    let of_syn = |number| alert(&syn(number).build());
    let log = "a line of some log ".repeat(78);
    let kinds: [(&str, &str, Make<'_>); 7] = [
        ("alert without packet", "stackprint_filter", &|_| alert(b"").replace("packet\"", "pkt\"")),
        ("long line of log", "stackprint_filter", &|_| json!({"log": log}).to_string()),
        ("SYN in EVE", "stackprint_eve", &of_syn),
        ("SYN in EVE, form not named", "stackprint_filter", &of_syn),
        ("SYN in an envelope", "stackprint_envelope", &|number| {
            envelope(ether, EVENT_TIME, &syn(number).build())
        }),
        ("SYN in hexadecimal", "stackprint_ek", &|number| {
            flat(ether, EVENT_TIME, &syn(number).build())
        }),
        ("1454 octets of data in EVE", "stackprint_eve", &|number| alert(&data(number))),
    ];
    for (name, function, event) in kinds {
        let Some(mut host) = Host::start(function, STACK_OCTETS) else { return };
        let (mut first_ns, mut octets) = (0, 0);
        for number in 0..=EVENTS {
            let event = event(number);
            octets = event.len();
            let result = host.filter(EVENT_TIME, event.as_bytes()).expect("never dropped");
            assert_eq!(result.len() > event.len(), name.starts_with("SYN"), "{name}");
            if number == 0 {
                first_ns = host.figures().cpu_ns;
            }
        }
        let each_ns = (host.figures().cpu_ns - first_ns) / u64::from(EVENTS);
        say(&format!(
            "fluent_bit: {name}: {octets} octets, {:.1} µs CPU an event; the first {:.1} ms",
            each_ns as f64 / 1e3,
            first_ns as f64 / 1e6
        ));
    }
}
