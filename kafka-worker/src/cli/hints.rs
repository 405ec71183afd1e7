//! What to type instead, where a command line is wrong as those of newcomers are.

use std::path::Path;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// For a subcommand that is known, but not in this program.
const WITHOUT_KAFKA: &str = "this program was built without Kafka; \
    one with it: cargo build --package stackprint-worker --features kafka";

/// The error, with a tip where it can be told what was meant.
pub(super) fn added_to(mut error: clap::Error) -> clap::Error {
    if let Some(tip) = tip(&error) {
        let tips = ContextValue::StyledStrs(vec![StyledStr::from(tip)]);
        error.insert(ContextKind::Suggested, tips);
    }
    error
}

fn tip(error: &clap::Error) -> Option<String> {
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = text(error, ContextKind::InvalidSubcommand)?;
            if cfg!(not(feature = "kafka")) && matches!(word, "kafka" | "publish") {
                return Some(WITHOUT_KAFKA.to_owned());
            }
            let is_file = Path::new(word).exists() || word.contains(".pcap");
            is_file.then(|| format!("to read a capture: stackprint read {word}"))
        }
        ErrorKind::UnknownArgument => {
            let usage = error.get(ContextKind::Usage)?.to_string();
            // Of p0f, tcpdump and tshark.
            if !["stackprint read", "stackprint <COMMAND>"].iter().any(|it| usage.contains(it)) {
                return None;
            }
            match text(error, ContextKind::InvalidArg)? {
                "-i" | "--interface" => {
                    Some("interfaces are listened on by stackprint live -i".to_owned())
                }
                "-r" => Some("captures are named without -r: stackprint read FILE".to_owned()),
                _ => None,
            }
        }
        _ => None,
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
    }
}
