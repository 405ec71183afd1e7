//! Everything from typed parts, without a capture: an observation, a signature, a database, and the
//! conversions around them. The table in `docs/api.md` has one row for each of its steps.
//!
//! ```text
//! cargo run --example typed
//! ```
#![allow(clippy::expect_used, reason = "an example that asserts what it shows")]

use std::collections::{BTreeSet, HashSet};
use std::error::Error;
use std::io::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use stackprint::{
    Analyzer, Comparison, Database, Direction, Endpoint, Expected, Field, Frame, IpVersion, Label,
    LinkType, Observation, OptionLayout, ParseError, Part, Quirks, Rank, RecordKind, Side,
    Signature, Timestamp, Uptime, Verdict, WindowRule, option_kind,
};

/// A SYN of Linux over raw IPv4.
const SYN: &[u8] = b"\x45\0\0\x3c\0\x01\x40\0\x40\x06\x26\xb9\x0a\0\0\x01\x0a\0\0\x02\
    \x9c\x40\0\x50\0\0\x03\xe8\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
    \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\x30\x39\0\0\0\0\x01\x03\x03\x07";

fn main() -> Result<(), Box<dyn Error>> {
    let (signature, observation) = values()?;
    matching(&signature, &observation);
    let database = databases(signature, &observation)?;
    collections(observation)?;
    words()?;
    time_and_addresses()?;
    writers(&database)?;
    errors();
    Ok(())
}

/// E1 to E3: layouts, signatures and observations.
fn values() -> Result<(Signature, Observation), ParseError> {
    let layout = OptionLayout::from([2, 4, 8, option_kind::NOP, 3]);
    assert_eq!(layout, OptionLayout::try_from(&[2, 4, 8, 1, 3][..])?);
    assert_eq!(layout, OptionLayout::new(&[2, 4, 8, 1, 3], 0)?);

    let signature = Signature::builder(64)
        .window(WindowRule::mss(44))
        .window_scale(7)
        .layout(layout)
        .quirks(Quirks::DF | Quirks::NONZERO_ID)
        .payload(false)
        .build()?;
    println!("signature    {signature}");

    let built = Observation::builder(Direction::Syn, IpVersion::V4, 64)
        .layout(layout)
        .mss(1460)
        .window(64_240)
        .window_scale(7)
        .quirks(Quirks::DF | Quirks::NONZERO_ID)
        .build()?;
    let read: Observation = "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0".parse()?;
    assert_eq!(built, read);
    println!("observation  {built}");
    Ok((signature, built))
}

/// E4: one signature against one observation.
fn matching(signature: &Signature, observation: &Observation) {
    assert_eq!(signature.matches(observation), Comparison::Exact);
    let other = Signature { window_scale: Some(8), mss: Some(1400), ..*signature };
    let comparison = other.matches(observation);
    let differences = comparison.differences().expect("two fields differ");
    assert!(differences.fields().eq([Field::Mss, Field::WindowScale]));
    println!("compared     {comparison}");
}

/// E5, E8, E19 and E21: labels and databases; what has a notation is text to serde.
fn databases(signature: Signature, observation: &Observation) -> Result<Database, Box<dyn Error>> {
    let label: Label = "s:unix:Mine:".parse()?;
    assert_eq!(label, Label::builder(Rank::Specific, "unix", "Mine").build()?);
    let mine = Database::builder().label(label).syn(signature).link(1492, "PPPoE").build()?;
    let found = mine.find(observation).ok_or("it fits")?;
    assert_eq!(found.label.name(), "Mine");

    let text = mine.to_string();
    assert_eq!(text.parse::<Database>()?, mine);
    println!("database     {}", text.replace('\n', "\n             "));

    // What is mine goes first.
    let merged = mine.merge(&Database::builtin())?;
    assert_eq!(merged.find(observation).ok_or("it fits")?.label.name(), "Mine");
    assert!(merged.len() > 100);

    assert_eq!(serde_json::to_string(&signature)?, format!("\"{signature}\""));
    let json = serde_json::to_string(observation)?;
    assert_eq!(serde_json::from_str::<Observation>(&json)?, *observation);
    Ok(mine)
}

/// E6, E7, E17, E18 and E20: values in collections, and sets of quirks.
fn collections(observation: Observation) -> Result<(), ParseError> {
    let unique = HashSet::from([observation, observation]);
    assert_eq!(unique.len(), 1);
    let signatures: BTreeSet<Signature> =
        ["*:64:0:*:*,*:::*".parse()?, "*:128:0:*:*,*:::*".parse()?].into();
    assert_eq!(signatures.len(), 2);

    let quirks: Quirks = [Quirks::DF, Quirks::ECN].into_iter().collect();
    assert_eq!(quirks & !Quirks::ECN, Quirks::DF);
    assert_eq!((!Quirks::NONE - Quirks::DF) | Quirks::DF, !Quirks::NONE);

    let mut verdicts = vec![Verdict::IpSharing, Verdict::HostChange];
    verdicts.sort();
    assert_eq!(verdicts, [Verdict::HostChange, Verdict::IpSharing]);
    Ok(())
}

/// E14 to E16: words of records.
fn words() -> Result<(), Box<dyn Error>> {
    assert_eq!("syn".parse::<RecordKind>()?, RecordKind::Syn);
    assert_eq!(RecordKind::Syn.to_string(), RecordKind::Syn.as_str());
    assert_eq!("server".parse::<Side>()?.to_string(), "server");
    println!("no word      {}", "sym".parse::<Direction>().expect_err("no direction"));
    Ok(())
}

/// E9 to E13 and E23: addresses, times and durations of the standard library.
fn time_and_addresses() -> Result<(), Box<dyn Error>> {
    let endpoint: Endpoint = "[2001:db8::1]:80".parse()?;
    assert_eq!(endpoint.to_string(), "[2001:db8::1]:80");
    assert_eq!(Endpoint::from(SocketAddr::from(endpoint)), endpoint);

    let time = Timestamp::from(SystemTime::UNIX_EPOCH + Duration::from_secs(5));
    assert_eq!(time - Timestamp::EPOCH, Duration::from_secs(5));

    let seconds: fn(&Uptime) -> Duration = Uptime::duration;
    let _ = seconds;
    Ok(())
}

/// E22: records into any writer.
fn writers(database: &Database) -> Result<(), Box<dyn Error>> {
    let mut analyzer = Analyzer::new(&std::sync::Arc::new(database.to_builder().build()?));
    let record =
        analyzer.analyze(&Frame::new(LinkType::RAW, SYN))?.ok_or("a SYN says something")?;
    let mut out = std::io::stdout().lock();
    write!(out, "record       ")?;
    record.write_json_to(None, &mut out)?;
    writeln!(out)?;
    Ok(())
}

/// What p0f's reader would refuse is refused, with the part in place of a column.
fn errors() {
    let window = WindowRule::Multiple(stackprint::WindowMultiple {
        unit: stackprint::WindowUnit::Mss,
        times: 1001,
    });
    let error = Signature::builder(64).window(window).build().expect_err("at most 1000");
    assert_eq!(error.part, Some(Part::Field(Field::Window)));
    assert_eq!(error.expected, Expected::WindowRule);
    println!("refused      {error}");

    let error = Database::builder().syn("*:64:0:*:*,*:::*").build().expect_err("no label");
    assert_eq!((error.part, error.expected), (Some(Part::Signature), Expected::LabelFirst));
    let error: &dyn Error = &error;
    println!("refused      {error}");
}
