//! A database of one's own from typed parts, put before the built-in one, printed in p0f's syntax and
//! read again. With a capture, it tells what the two together make of it.
//!
//! ```text
//! cargo run --example own_database [-- FILE]
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use stackprint::capture::Decoder;
use stackprint::{
    Analyzer, Class, Database, Label, OptionLayout, ParseError, Quirks, Rank, RunsOn, Signature,
    TtlRule, WindowRule,
};

/// A device of one's own, as it opens connections and as it answers, and a tool that probes it.
fn own() -> Result<Database, ParseError> {
    let device = Label::builder(Rank::Specific, "other", "Meter").flavor("firmware 2").build()?;
    let probe = Label::builder(Rank::Specific, Class::Userland, "Meter probe")
        .runs_on(RunsOn::Class("unix".into()))
        .build()?;
    let opens = Signature::builder(64)
        .mss(536)
        .window(WindowRule::mss(4))
        .layout(OptionLayout::from([2]))
        .payload(false);
    let answers = opens.quirks(Quirks::ZERO_ID);
    let probes = Signature::builder(TtlRule::random_up_to(64)).window(1024).mss(0);
    Database::builder()
        .label(device)
        .syn(opens.build()?)
        .syn_ack(answers.build()?)
        .label(probe)
        .syn(probes.build()?)
        .link(1304, "meter radio")
        .build()
}

fn main() -> Result<(), Box<dyn Error>> {
    let own = own()?;
    print!("{own}");
    assert_eq!(own.to_string().parse::<Database>()?, own);

    let database = Arc::new(own.merge(&Database::builtin())?);
    println!("; {} signatures with the built-in ones", database.len());
    match std::env::args_os().nth(1) {
        Some(path) => count(&database, Path::new(&path)),
        None => Ok(()),
    }
}

/// Counts the clients' labels in a capture.
fn count(database: &Arc<Database>, path: &Path) -> Result<(), Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    let mut analyzer = Analyzer::new(database);
    let mut labels: BTreeMap<String, u32> = BTreeMap::new();
    let mut decoder = Decoder::new();
    decoder.push(&bytes, |captured| {
        let Ok(Some(record)) = analyzer.analyze(&captured.frame) else { return };
        let found = record.fingerprint.and_then(|fingerprint| fingerprint.found);
        let label = found.map_or("unknown".to_owned(), |found| found.label.to_string());
        *labels.entry(label).or_default() += 1;
    })?;
    decoder.finish()?;
    for (label, count) in labels {
        println!("; {count:6} {label}");
    }
    Ok(())
}
