//! The schema of the envelope, its examples, and the reader.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::{Message, PacketFormat, schema};
use super::{TIME, decode, frame, json_of, syn};

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas")
}

fn validator() -> jsonschema::Validator {
    let schema = serde_json::to_value(schema()).expect("a schema is JSON");
    jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema")
}

fn examples(folder: &str) -> Vec<(String, String)> {
    let folder = schemas().join("examples/packets").join(folder);
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.expect("an entry").path();
        (path.display().to_string(), fs::read_to_string(&path).expect("an example"))
    };
    let examples: Vec<_> = fs::read_dir(folder).expect("examples").map(read).collect();
    assert!(examples.len() > 3);
    examples
}

fn reads(text: &str) -> bool {
    let message = Message { value: text.as_bytes(), time: Some(TIME), ..Message::default() };
    decode(PacketFormat::Envelope, &message).1 == Ok(1)
}

#[test]
fn the_file_is_the_generated_schema() {
    let file = fs::read_to_string(schemas().join("packet.v1.schema.json")).expect("the schema");
    let wanted = serde_json::to_string_pretty(&schema()).expect("JSON") + "\n";
    assert_eq!(file, wanted, "run: stackprint schema packet > schemas/packet.v1.schema.json");
}

#[test]
fn valid_examples_validate_and_read() {
    let validator = validator();
    for (name, text) in examples("valid") {
        let value: Value = serde_json::from_str(&text).expect(&name);
        assert!(validator.is_valid(&value), "{name}");
        assert!(reads(&text), "{name}");
    }
}

#[test]
fn invalid_examples_neither_validate_nor_read() {
    let validator = validator();
    for (name, text) in examples("invalid") {
        let value: Value = serde_json::from_str(&text).expect(&name);
        assert!(!validator.is_valid(&value), "{name}");
        assert!(!reads(&text), "{name}");
    }
}

#[test]
fn what_is_written_validates() {
    let bytes = syn();
    let cut = frame(&bytes).with_wire_len(1500);
    let written: Value = serde_json::from_slice(&json_of(&[frame(&bytes), cut])).expect("JSON");
    let validator = validator();
    for packet in written.as_array().expect("a list") {
        assert!(validator.is_valid(packet), "{packet}");
    }
}
