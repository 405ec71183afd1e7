//! Records against their schema: what is written validates, and reads back equal.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jsonschema::Validator;
use serde_json::Value;
use std::net::SocketAddr;

use stackprint::{
    Analyzer, Compat, Database, Direction, Frame, JsonWriter, LinkType, Observation, Origin,
    Record, RecordRow,
};
use stackprint_tests::frames::FrameBuilder;
use stackprint_tests::{input, say};

/// Records seen, by kind, so that a suite that saw none of a kind does not pass unnoticed.
type Counts = BTreeMap<String, usize>;

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas")
}

fn validator(schema: &Value) -> Validator {
    // Without this, "format" is a remark.
    jsonschema::options().should_validate_formats(true).build(schema).expect("a schema")
}

fn generated() -> Value {
    serde_json::to_value(stackprint::schema()).expect("a schema is JSON")
}

/// Writes the record, validates and reads it.
fn check(record: &Record<'_>, origin: Option<Origin<'_>>, validator: &Validator) -> Value {
    let row = RecordRow { origin: origin.clone(), ..record.row() };
    let text = serde_json::to_string(&row).expect("a record is JSON");
    let mut line = Vec::new();
    record.write_json(origin.as_ref(), &mut line);
    assert_eq!(String::from_utf8_lossy(&line), text, "written straight, and through serde");
    let value: Value = serde_json::from_str(&text).expect(&text);
    let faults: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{text}: {faults:?}");
    let read: RecordRow<'_> = serde_json::from_str(&text).expect(&text);
    assert_eq!(read, row, "{text}");
    value
}

/// What kinds of things the record says.
fn count(value: &Value, counts: &mut Counts) {
    let mut add = |what: &str| *counts.entry(what.into()).or_default() += 1;
    add(value["kind"].as_str().expect("a kind"));
    for field in ["os", "closest", "mtu", "uptime", "change", "path", "origin"] {
        if value.get(field).is_some_and(|it| !it.is_null()) {
            add(field);
        }
    }
    if value["os"].get("differences").is_some() {
        add("differences");
    }
    for note in value["notes"].as_array().expect("notes") {
        add(note.as_str().expect("a note").split(':').next().expect("a word"));
    }
}

#[test]
fn records_of_captures_validate_and_read_back() {
    let validator = validator(&generated());
    let mut counts = Counts::new();
    let captures = input::all();
    for compat in [Compat::Fixed, Compat::P0fExact] {
        let database = Database::parse_with(Database::BUILTIN_TEXT, compat).expect("built-in");
        let database = Arc::new(database);
        for capture in &captures {
            let mut analyzer = Analyzer::builder(&database).closest(true).build();
            // A damaged capture is read up to the damage.
            let _ = input::decode(&capture.octets, |captured| {
                if let Ok(Some(record)) = analyzer.analyze(&captured.frame) {
                    let origin = Origin {
                        file: Some((&*capture.name).into()),
                        frame: Some(captured.number),
                        ..Origin::default()
                    };
                    count(&check(&record, Some(origin), &validator), &mut counts);
                }
            });
        }
    }
    say(&format!("records of {} captures, in both modes: {counts:?}", captures.len()));
    for what in [
        "syn",
        "syn_ack",
        "uptime",
        "os",
        "closest",
        "mtu",
        "change",
        "path",
        "differences",
        "generic",
        "fuzzy",
        "random_ttl",
        "excess_dist",
        "tos",
        "no_syn",
        "tfo",
        "mptcp",
    ] {
        assert!(counts.contains_key(what), "no capture has {what}");
    }
}

/// One writer for the records of many databases, each of which goes before the next one comes and
/// may lie in its place.
#[test]
fn a_writer_writes_what_a_record_writes() {
    let other = Database::BUILTIN_TEXT.replace("label = s:", "label = g:").replace(":64:", ":63:");
    let mut writer = JsonWriter::new();
    let (mut records, [mut wanted, mut written]) = (0, [const { Vec::new() }; 2]);
    for (index, capture) in input::all().iter().enumerate() {
        let text = if index % 2 == 0 { Database::BUILTIN_TEXT } else { &other };
        let database = Arc::new(Database::parse(text).expect("a database"));
        let mut analyzer = Analyzer::builder(&database).closest(index % 3 == 0).build();
        let _ = input::decode(&capture.octets, |captured| {
            let Ok(Some(record)) = analyzer.analyze(&captured.frame) else { return };
            let origin = Origin { frame: Some(captured.number), ..Origin::default() };
            let origin = (captured.number % 2 == 0).then_some(&origin);
            wanted.clear();
            record.write_json(origin, &mut wanted);
            record.write_ecs(origin, &mut wanted);
            // The second time it is certainly remembered.
            for _ in 0..2 {
                written.clear();
                writer.write(&record, origin, &mut written);
                writer.write_ecs(&record, origin, &mut written);
                assert_eq!(written.escape_ascii().to_string(), wanted.escape_ascii().to_string());
            }
            records += 1;
        });
    }
    assert!(records > 500, "{records} records");
}

/// What no capture's name or label holds: everything that JSON escapes.
#[test]
fn escapes_are_those_of_serde() {
    let every = (0..0x300).filter_map(char::from_u32).collect::<String>();
    let database = "classes = unix\n[mtu]\nlabel = a\"\\\u{1}\u{e9}\nsig = 1500\n[tcp:request]\n\
                    label = s:unix:Linux:\t\"\\\u{8}\u{c}\u{1f}\u{7f}\u{2028}\n\
                    sig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n";
    let database = Arc::new(Database::parse(database).expect("a database"));
    let mut analyzer = Analyzer::new(&database);
    let ends = ["10.0.0.1:1", "[2001:db8::1]:1"].map(|end| end.parse().expect("an address"));
    let validator = validator(&generated());
    for end in ends {
        let octets = FrameBuilder::syn(end, SocketAddr::new(end.ip(), 2)).build();
        let frame = Frame::new(LinkType::ETHERNET, &octets);
        let record = analyzer.analyze(&frame).expect("a segment").expect("a record");
        assert!(record.fingerprint.expect("a SYN").found.is_some());
        let text = || Some(every.as_str().into());
        let (frame, partition, offset, index) = (Some(u64::MAX), Some(-1), Some(i64::MIN), Some(0));
        let (file, interface, topic, sensor) = (text(), text(), text(), text());
        let origin =
            Origin { file, frame, interface, topic, partition, offset, index, part: None, sensor };
        for origin in [None, Some(Origin::default()), Some(origin)] {
            check(&record, origin, &validator);
        }
    }
}

/// Frequencies are quotients, whose digits never end.
#[test]
fn frequencies_read_back() {
    let mut count = 0;
    for milliseconds in (25..600_000_u32).step_by(97) {
        for ticks in (5..900_000_u32).step_by(40_009) {
            let hertz = f64::from(ticks) * 1000.0 / f64::from(milliseconds);
            let text = serde_json::to_string(&hertz).expect("a number is JSON");
            assert_eq!(serde_json::from_str::<f64>(&text).expect(&text), hertz, "{text}");
            count += 1;
        }
    }
    assert!(count > 100_000);
}

#[test]
fn the_file_is_the_generated_schema() {
    for (name, schema) in [
        ("record", stackprint::schema()),
        ("host", stackprint::who::host_schema()),
        ("connection", stackprint::who::connection_schema()),
    ] {
        let path = schemas().join(format!("{name}.v1.schema.json"));
        let file = fs::read_to_string(&path).expect("the schema");
        let wanted = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
        assert_eq!(file, wanted, "run: stackprint schema {name} > schemas/{name}.v1.schema.json");
    }
}

fn examples(folder: &str) -> Vec<(String, Value)> {
    let folder = schemas().join("examples").join(folder);
    let entries = fs::read_dir(&folder).expect("a folder of examples");
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("an example");
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, value)
    };
    let examples: Vec<_> = entries.map(read).collect();
    assert!(!examples.is_empty(), "no example in {}", folder.display());
    examples
}

#[test]
fn valid_examples_validate_and_read() {
    let validator = validator(&generated());
    for (name, value) in examples("valid") {
        let faults: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{name}: {faults:?}");
        let text = value.to_string();
        let row: RecordRow<'_> = serde_json::from_str(&text).expect(&name);
        assert_eq!(serde_json::to_value(&row).expect("a record is JSON"), value, "{name}");
    }
}

#[test]
fn examples_say_what_the_built_in_database_says() {
    let database = Database::builtin();
    let mut known = 0;
    for (name, value) in examples("valid") {
        let Some(signature) = value["signature"].as_str() else { continue };
        let direction = if value["kind"] == "syn_ack" { Direction::SynAck } else { Direction::Syn };
        let observation = Observation::parse(signature, direction).expect(&name);
        let found = database.find(&observation);
        known += usize::from(found.is_some());
        let said = &value["os"];
        assert_eq!(
            said["label"].as_str(),
            found.map(|it| it.label.to_string()).as_deref(),
            "{name}"
        );
        assert_eq!(said["quality"].as_f64(), found.map(|it| it.quality()), "{name}");
        let fuzzy = said["match"].as_str().map(|word| word == "fuzzy");
        assert_eq!(fuzzy, found.map(|it| it.fuzzy), "{name}");
        // A TTL above the signature's is a guess, too.
        let guessed = found.is_none_or(|it| it.signature.ttl.initial < observation.ttl);
        assert_eq!(value["ttl"]["guessed"], guessed, "{name}");
    }
    assert!(known > 10, "{known} examples have a label");
}

#[test]
fn invalid_examples_do_not_validate() {
    let validator = validator(&generated());
    let valid = examples("valid");
    for (name, value) in examples("invalid") {
        assert!(!validator.is_valid(&value), "{name} validates");
        // One fault each, so that the example shows what it is named after.
        let faults = validator.iter_errors(&value).count();
        assert_eq!(faults, 1, "{name} has {faults} faults");
        assert!(valid.iter().all(|(_, valid)| *valid != value), "{name} is valid, too");
    }
}
