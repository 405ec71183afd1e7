//! What the packet in a record says.

use std::hash::{BuildHasher as _, RandomState};

use serde::de::IgnoredAny;
use stackprint::{Analyzer, JsonRecords, JsonWriter};

use super::args::{Answer, CoprocessArgs};
use super::field::{self, Part};
use crate::args::Privacy;
use crate::database;
use stackprint_worker::packets::{BadMessageKind, Message, PacketDecoder, PacketFormat};

/// Looks into records.
pub(super) struct Enricher {
    decoder: PacketDecoder,
    analyzer: Analyzer,
    json: JsonWriter,
    privacy: Privacy,
    /// Where in a record to look; the record itself where there is none.
    fields: Vec<Vec<String>>,
    key: String,
    /// JSON: what was found in the record at hand.
    found: Vec<u8>,
}

/// What is in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found<'e> {
    /// No packet, or none that says something.
    Nothing,
    /// JSON, to be added to the record.
    Findings(&'e [u8]),
    /// JSON that tells what is wrong with the packet, to be added to the record.
    Error(&'e [u8]),
}

/// What came of an object that may hold a packet.
enum Outcome {
    NoPacket,
    /// With or without findings.
    Packet,
    Bad(String),
}

impl Enricher {
    pub(super) fn new(args: &CoprocessArgs) -> anyhow::Result<Enricher> {
        let database = database::load(&args.database)?;
        let analyzer = args
            .layers
            .apply(Analyzer::builder(&database))
            .limits(args.limits.limits(database.compat()))
            .merge_paths(args.limits.merge_paths)
            .hash_seed(RandomState::new().hash_one(()))
            .build();
        let path = |path: &String| path.split('.').map(str::to_owned).collect();
        let fields = match (args.field.as_slice(), args.answer) {
            ([], Answer::Record) => Vec::new(),
            // What mmjsonparse made of the message; its text; with interface.input="msg", all.
            ([], Answer::Rsyslog) => vec![vec!["$!".to_owned()], vec!["msg".to_owned()], vec![]],
            (fields, _) => fields.iter().map(path).collect(),
        };
        Ok(Enricher {
            decoder: PacketDecoder::of_stream(PacketFormat::Auto, args.link_type),
            analyzer,
            json: JsonWriter::new(),
            privacy: args.privacy.privacy()?,
            fields,
            key: args.key.clone(),
            found: Vec::new(),
        })
    }

    /// Analyzes a record. What is found may be added to it if it is a JSON object.
    pub(super) fn enrich(&mut self, record: &[u8]) -> Found<'_> {
        self.found.clear();
        if !record.trim_ascii_start().starts_with(b"{") {
            return Found::Nothing;
        }
        let outcome =
            if self.fields.is_empty() { self.object(record) } else { self.first_of_fields(record) };
        match outcome {
            Outcome::Packet if !self.found.is_empty() && !self.was_here(record) => {
                Found::Findings(&self.found)
            }
            Outcome::Bad(error) if is_json(record) && !self.was_here(record) => {
                let error = serde_json::json!({ "error": error });
                // Of packets before the bad one.
                self.found.clear();
                // Writing to memory does not fail.
                let _ = serde_json::to_writer(&mut self.found, &error);
                Found::Error(&self.found)
            }
            _ => Found::Nothing,
        }
    }

    fn first_of_fields(&mut self, record: &[u8]) -> Outcome {
        let fields = std::mem::take(&mut self.fields);
        let mut outcome = Outcome::NoPacket;
        for path in &fields {
            outcome = match field::find(record, path) {
                Some(Part::Object(object)) => self.object(object),
                Some(Part::Text(text)) => self.object(json_in(&text).as_bytes()),
                None => Outcome::NoPacket,
            };
            if !matches!(outcome, Outcome::NoPacket) {
                break;
            }
        }
        self.fields = fields;
        outcome
    }

    fn object(&mut self, object: &[u8]) -> Outcome {
        let message =
            Message { value: object, content_type: Some("application/json"), ..Message::default() };
        let Enricher { decoder, analyzer, json, privacy, found, .. } = self;
        found.clear();
        let mut records = JsonRecords::at_end_of(found);
        let result = decoder.decode(&message, |frame, _| {
            // What is no TCP has nothing to say here.
            analyzer.session().analyze_all(&frame, |result| {
                if let Ok(Some(mut record)) = result {
                    privacy.apply(&mut record);
                    records.push(|to| json.write(&record, None, to));
                }
            });
        });
        records.finish();
        match result {
            Ok(0) => Outcome::NoPacket,
            Ok(_) => Outcome::Packet,
            Err(bad) => match bad.kind {
                // The record is of another kind, or no JSON.
                BadMessageKind::UnknownObject
                | BadMessageKind::Empty
                | BadMessageKind::JsonSyntax
                | BadMessageKind::JsonCut
                | BadMessageKind::JsonShape => Outcome::NoPacket,
                kind => Outcome::Bad(kind.to_string()),
            },
        }
    }

    /// Whether the record has findings already: a key must not come twice.
    fn was_here(&self, record: &[u8]) -> bool {
        memchr::memmem::find(record, self.key.as_bytes()).is_some()
            && field::is_there(record, &self.key)
    }
}

/// Text from the first `{` on: rsyslog puts a blank before, CEE a word.
fn json_in(text: &str) -> &str {
    let text = text.trim_start();
    text.strip_prefix("@cee:").unwrap_or(text).trim_start()
}

fn is_json(record: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(record).is_ok()
}
