//! Which observations a packet can show at all: those that are built here were never seen.

use crate::tcp::observation::{Compat, Direction, Observation};
use crate::tcp::quirks::Quirks;
use crate::wire::{IpVersion, OptionLayout, kind};

/// The most bytes of options that a header has room for: IPv4 (RFC 791) and TCP (RFC 9293) alike.
const OPTIONS_MAX: u16 = 40;
/// Both headers grow in steps of four bytes.
const OPTIONS_STEP: u16 = 4;
/// RFC 7323: larger window scales are excessive.
const WINDOW_SCALE_MAX: u8 = 14;
/// A SACK option with one block, and what each further block adds, in bytes.
const SACK_MIN: u16 = 10;

/// Whether some packet shows just this. Errs towards "yes" where malformed options leave open what
/// lies after them.
pub(super) fn is_possible(observation: &Observation, compat: Compat) -> bool {
    ip_is_possible(observation)
        && flags_are_possible(observation)
        && values_are_possible(observation)
        && padding_is_possible(observation, compat)
        && options_fit(observation)
}

fn ip_is_possible(observation: &Observation) -> bool {
    let quirks = observation.quirks;
    let has = |quirk| quirks.contains(quirk);
    let options = u16::from(observation.ip_options_len);
    match observation.version {
        IpVersion::V4 => {
            let id = if has(Quirks::DF) { !has(Quirks::ZERO_ID) } else { !has(Quirks::NONZERO_ID) };
            id && !has(Quirks::FLOW_LABEL)
                && options <= OPTIONS_MAX
                && options.is_multiple_of(OPTIONS_STEP)
        }
        IpVersion::V6 => options == 0 && quirks.without(Quirks::IPV4_ONLY) == quirks,
    }
}

/// What the flags of a SYN or SYN+ACK, and fields that depend on them, rule out.
fn flags_are_possible(observation: &Observation) -> bool {
    let has = |quirk| observation.quirks.contains(quirk);
    let of_direction = match observation.direction {
        Direction::Syn => !has(Quirks::ZERO_ACK),
        Direction::SynAck => !has(Quirks::NONZERO_ACK) && !has(Quirks::NONZERO_PEER_TIMESTAMP),
    };
    of_direction && !(has(Quirks::NONZERO_URG) && has(Quirks::URG_FLAG))
}

/// Values and quirks of options need the option.
fn values_are_possible(observation: &Observation) -> bool {
    let kinds = observation.layout.kinds();
    let has = |quirk| observation.quirks.contains(quirk);
    let count = |wanted| kinds.iter().filter(|&&kind| kind == wanted).count();
    let scale = observation.window_scale.unwrap_or(0);
    let scales = count(kind::WINDOW_SCALE);
    let scale_is_possible = match (has(Quirks::EXCESSIVE_SCALE), scales) {
        (false, 0) => scale == 0,
        (true, 0) => false,
        (false, _) => scale <= WINDOW_SCALE_MAX,
        (true, 1) => scale > WINDOW_SCALE_MAX,
        // The last one counts; the quirk may be another's.
        (true, _) => true,
    };
    let clock_quirks = has(Quirks::ZERO_TIMESTAMP) || has(Quirks::NONZERO_PEER_TIMESTAMP);
    scale_is_possible
        && (observation.mss.unwrap_or(0) == 0 || count(kind::MSS) > 0)
        && (!clock_quirks || count(kind::TIMESTAMPS) > 0)
}

fn padding_is_possible(observation: &Observation, compat: Compat) -> bool {
    let least = if compat.rules().junk_in_last_byte_is_missed { 2 } else { 1 };
    !observation.quirks.contains(Quirks::OPTION_PADDING)
        || observation.layout.end_padding() >= least
}

/// Whether options of these kinds can fill a header, and be malformed if that is asked.
fn options_fit(observation: &Observation) -> bool {
    let layout = &observation.layout;
    let kinds = layout.kinds();
    let ends = kinds.last() == Some(&kind::END);
    let is_malformed = observation.quirks.contains(Quirks::BAD_OPTIONS);
    let lens = || kinds.iter().map(|&kind| option_len(kind));
    let padding = u16::from(layout.end_padding());
    let least = lens().map(|(least, _)| least).sum::<u16>() + padding;
    let fills = lens().any(|(_, varies)| varies) || least.is_multiple_of(OPTIONS_STEP);
    if !is_malformed {
        return least <= OPTIONS_MAX && fills;
    }
    // A wrong length of an option whose length is known is noted, and the walk continues.
    let has_wrong_length = kinds.iter().any(|&kind| {
        [kind::MSS, kind::WINDOW_SCALE, kind::SACK_PERMITTED, kind::TIMESTAMPS].contains(&kind)
    });
    if has_wrong_length && least <= OPTIONS_MAX && fills {
        return true;
    }
    // Else the walk was broken off: at the last option, of which one byte is enough, or after as
    // many as are recorded.
    let last = kinds.last().map_or(0, |&kind| option_len(kind).0);
    let can_break_off = !ends && kinds.last().is_some_and(|&kind| kind != kind::NOP);
    let cut = least - last + 1;
    let left_over = kinds.len() == OptionLayout::MAX && !ends && least < OPTIONS_MAX;
    (can_break_off && cut <= OPTIONS_MAX) || left_over
}

/// The least length of an option in bytes, and whether it may be longer.
fn option_len(option: u8) -> (u16, bool) {
    match option {
        kind::END | kind::NOP => (1, false),
        kind::MSS => (4, false),
        kind::WINDOW_SCALE => (3, false),
        kind::SACK_PERMITTED => (2, false),
        kind::TIMESTAMPS => (10, false),
        // Blocks of eight bytes: what is left over a multiple of four does not change.
        kind::SACK => (SACK_MIN, false),
        _ => (2, true),
    }
}
