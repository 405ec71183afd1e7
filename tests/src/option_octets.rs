//! TCP option bytes for a layout: the way back from what a fingerprint keeps of them.

use stackprint::OptionLayout;

/// What the options are to say beside their kinds.
#[derive(Debug, Clone, Copy)]
pub struct OptionValues {
    pub mss: u16,
    /// Of the window scale options.
    pub scale: u8,
    /// Of the first of them instead, where there are several: the last one counts, and whatever
    /// is odd about an earlier one is remembered.
    pub first_scale: u8,
    pub own_timestamp: u32,
    /// Of the first of several timestamps instead, as with the window scale.
    pub first_timestamp: u32,
    pub peer_timestamp: u32,
    /// Something other than zeros behind the end of the list.
    pub junk: bool,
    /// Some option is to be malformed, without a change of the kinds.
    pub malformed: bool,
}

/// Option kinds (IANA "TCP Option Kind Numbers").
mod kind {
    pub(super) const END: u8 = 0;
    pub(super) const NOP: u8 = 1;
    pub(super) const MSS: u8 = 2;
    pub(super) const WINDOW_SCALE: u8 = 3;
    pub(super) const SACK_PERMITTED: u8 = 4;
    pub(super) const SACK: u8 = 5;
    pub(super) const TIMESTAMPS: u8 = 8;
}

/// The data offset counts words of 4 bytes, and has 4 bits for header and options.
const MAX_LEN: usize = 40;

/// Option bytes of these kinds and values: every way that comes to mind, none where a header
/// cannot hold them.
#[must_use]
pub fn ways(layout: &OptionLayout, values: &OptionValues) -> Vec<Vec<u8>> {
    let options = well_formed(layout, values);
    let mut ways = Vec::new();
    if values.malformed {
        ways.extend((0..options.len()).filter_map(|at| with_wrong_length(&options, at)));
        ways.extend(with_last_cut(&options));
        ways.extend(with_too_many(&options));
    } else {
        ways.extend(filled(options));
    }
    ways.retain(|octets| octets.len() <= MAX_LEN && octets.len().is_multiple_of(4));
    ways
}

/// The options one by one, each of its usual length.
fn well_formed(layout: &OptionLayout, values: &OptionValues) -> Vec<Vec<u8>> {
    let kinds = layout.kinds();
    let first_scale = first_of_several(layout, kind::WINDOW_SCALE);
    let first_timestamp = first_of_several(layout, kind::TIMESTAMPS);
    let padding = usize::from(layout.end_padding());
    let option = |(at, &kind): (usize, &u8)| match kind {
        kind::END => {
            let mut octets = vec![kind; 1 + padding];
            if let Some(first) = octets.get_mut(1).filter(|_| values.junk) {
                *first = 0xff;
            }
            octets
        }
        kind::NOP => vec![kind],
        kind::MSS => [&[kind, 4][..], &values.mss.to_be_bytes()].concat(),
        kind::WINDOW_SCALE if Some(at) == first_scale => vec![kind, 3, values.first_scale],
        kind::WINDOW_SCALE => vec![kind, 3, values.scale],
        kind::SACK_PERMITTED => vec![kind, 2],
        kind::SACK => [&[kind, 10][..], &[0; 8]].concat(),
        kind::TIMESTAMPS => {
            let is_first = Some(at) == first_timestamp;
            let own = if is_first { values.first_timestamp } else { values.own_timestamp };
            let peer = values.peer_timestamp;
            [&[kind, 10][..], &own.to_be_bytes(), &peer.to_be_bytes()].concat()
        }
        _ => vec![kind, 2],
    };
    kinds.iter().enumerate().map(option).collect()
}

/// Whether one of several timestamps may differ from the others.
#[must_use]
pub fn has_several_timestamps(layout: &OptionLayout) -> bool {
    first_of_several(layout, kind::TIMESTAMPS).is_some()
}

fn first_of_several(layout: &OptionLayout, wanted: u8) -> Option<usize> {
    let mut places = (0..).zip(layout.kinds()).filter(|(_, kind)| **kind == wanted);
    let (first, _) = places.next()?;
    places.next().map(|_| first)
}

/// Whether an option may be some bytes longer than usual.
fn is_of_any_len(kind: u8) -> bool {
    kind >= kind::SACK && kind != kind::TIMESTAMPS
}

/// Whether an option with a wrong length byte is read on as if it were right.
fn is_of_fixed_len(kind: u8) -> bool {
    [kind::MSS, kind::WINDOW_SCALE, kind::SACK_PERMITTED, kind::TIMESTAMPS].contains(&kind)
}

/// All options, the first of free length made longer so that they fill whole words.
fn filled(mut options: Vec<Vec<u8>>) -> Option<Vec<u8>> {
    let missing = options.concat().len().wrapping_neg() % 4;
    if missing > 0 {
        let free = options.iter_mut().find(|option| is_of_any_len(option[0]))?;
        free.resize(free.len() + missing, 0);
        free[1] = free.len() as u8;
    }
    Some(options.concat())
}

fn with_wrong_length(options: &[Vec<u8>], at: usize) -> Option<Vec<u8>> {
    let mut options = options.to_vec();
    if !is_of_fixed_len(options[at][0]) {
        return None;
    }
    options[at][1] += 1;
    filled(options)
}

/// The last option without its end, or of a length that no option has.
fn with_last_cut(options: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let Some((last, before)) = options.split_last() else { return Vec::new() };
    let kind = last[0];
    let before = before.concat();
    let cut = (1..last.len()).map(|len| [&before[..], &last[..len]].concat());
    let no_len = (1..=4).map(|len| {
        let mut octets = [&before[..], &[kind]].concat();
        octets.resize(before.len() + len, 0);
        octets
    });
    match kind {
        kind::END | kind::NOP => Vec::new(),
        kind if is_of_fixed_len(kind) => cut.collect(),
        _ => no_len.collect(),
    }
}

/// More options than are recorded.
fn with_too_many(options: &[Vec<u8>]) -> Vec<Vec<u8>> {
    if options.len() < OptionLayout::MAX {
        return Vec::new();
    }
    let more = (1..=4).map(|nops| [&options.concat()[..], &vec![kind::NOP; nops]].concat());
    more.collect()
}
