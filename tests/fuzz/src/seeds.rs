//! What the fuzzer begins with: the captures of this project, as its targets take them.

use std::collections::HashSet;

use stackprint::capture::Decoder;
use stackprint::{Database, LinkType, observe};

/// Larger ones would slow the fuzzer down.
const MAX_OCTETS: usize = 4096;
/// Frames of one conversation.
const FRAMES: usize = 12;
/// Frames of each capture that are seeds of their own.
const SINGLE_FRAMES: usize = 4;

/// Seeds that come of one capture, each with the name of its target.
#[must_use]
pub fn of_capture(octets: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut seeds = Vec::new();
    if octets.len() <= MAX_OCTETS {
        seeds.push(("capture", [&[255, 1, 16, 60], octets].concat()));
    }
    let mut conversation = Vec::new();
    let mut signatures = HashSet::new();
    let mut frames = 0;
    // Damage ends it: what came before is good enough.
    let _ = Decoder::new().push(octets, |captured| {
        let frame = captured.frame;
        let LinkType(link_type) = frame.link_type;
        let Ok(len) = u8::try_from(frame.octets.len()) else { return };
        frames += 1;
        if frames <= SINGLE_FRAMES {
            seeds.push(("frame", [&link_type.to_be_bytes(), frame.octets].concat()));
        }
        if conversation.is_empty() {
            conversation.extend(link_type.to_be_bytes());
        }
        if frames <= FRAMES {
            conversation.extend([len, 0, 10]);
            conversation.extend(frame.octets);
        }
        if let Ok(observation) = observe(&frame) {
            let text = observation.to_string();
            if signatures.insert(text.clone()) {
                seeds.push(("signature", text.into_bytes()));
            }
        }
    });
    if !conversation.is_empty() {
        seeds.push(("conversation", conversation));
    }
    seeds
}

/// Seeds of the built-in database: its sections, and its signatures.
#[must_use]
pub fn of_database() -> Vec<(&'static str, Vec<u8>)> {
    let text = Database::BUILTIN_TEXT;
    let mut seeds = Vec::new();
    for part in text.split("\n\n").filter(|part| part.len() <= MAX_OCTETS) {
        for section in ["[tcp:request]", "[tcp:response]", "[mtu]"] {
            seeds.push((
                "database",
                format!("classes = win,unix,other\n{section}\n{part}\n").into(),
            ));
        }
    }
    for line in text.lines() {
        if let Some((name, value)) = line.split_once('=')
            && name.trim() == "sig"
        {
            seeds.push(("signature", value.trim().as_bytes().to_vec()));
        }
    }
    seeds
}
