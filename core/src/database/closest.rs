//! Closest signatures: those that come nearest to an observation that none fits.

use super::Database;
use crate::field::Field;
use crate::label::Label;
use crate::tcp::difference::Difference;
use crate::tcp::matching;
use crate::tcp::observation::{Compat, Observation};
use crate::tcp::quirks::Quirks;
use crate::tcp::signature::Signature;
use crate::wire::{OptionLayout, kind};

/// How likely a label is right whose signature does not fit, from a distance of 1 on; beyond the
/// last one, as there.
const QUALITIES: [f64; 5] = [0.9, 0.65, 0.45, 0.1, 0.03];

/// A signature and how far an observation is from it.
///
/// [`Database::closest`] finds them.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Near<'d> {
    /// What the signature means.
    pub label: &'d Label,
    /// The signature itself.
    pub signature: &'d Signature,
    /// Its line in the database, from 1.
    pub line: usize,
    /// How far the observation is from it: the weights of the fields that differ, 0 where all fit.
    pub distance: u16,
}

impl<'d> Near<'d> {
    /// How likely the label is right, 0 to 1: `docs/quality.md` tells how it is computed.
    #[must_use]
    pub fn quality(&self) -> f64 {
        let at = usize::from(self.distance).saturating_sub(1).min(QUALITIES.len() - 1);
        QUALITIES.get(at).copied().unwrap_or_default()
    }

    /// Where the observation is not what the signature asks.
    pub fn differences<'a>(
        &self,
        observation: &'a Observation,
    ) -> impl Iterator<Item = Difference<'a>> + use<'a, 'd>
    where
        'd: 'a,
    {
        self.signature.differences(observation)
    }
}

impl Database {
    /// At most this many signatures are named as the closest.
    pub const MAX_CLOSEST: usize = 3;

    /// The signatures that come nearest to the observation, nearest first, each label once; of
    /// equally near ones the first in the file. Those that differ in all that matters are left out.
    ///
    /// For observations that no signature fits. Looks at every signature of the direction, and
    /// allocates nothing.
    ///
    /// ```
    /// use stackprint::{Database, Direction, Observation};
    ///
    /// let database = Database::builtin();
    /// let text = "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,nop,ws:df,id+,urgf+:0";
    /// let observation = Observation::parse(text, Direction::Syn)?;
    /// assert!(database.find(&observation).is_none());
    /// let nearest = database.closest(&observation).next().unwrap();
    /// assert_eq!(nearest.label.name(), "Linux");
    /// let fields: Vec<_> =
    ///     nearest.differences(&observation).map(|difference| difference.field.as_str()).collect();
    /// assert_eq!(fields, ["layout", "quirks"]);
    /// # Ok::<(), stackprint::ParseError>(())
    /// ```
    pub fn closest(&self, observation: &Observation) -> impl Iterator<Item = Near<'_>> + use<'_> {
        let mut nearest: [Option<Near<'_>>; Database::MAX_CLOSEST] = [None; Database::MAX_CLOSEST];
        for entry in self.signatures.iter().filter(|it| it.direction == observation.direction) {
            let signature = &entry.signature;
            let distance = distance(signature, observation);
            let Some(label) = self.labels.get(usize::from(entry.label)) else { continue };
            if distance <= MAX_DISTANCE {
                insert(&mut nearest, Near { label, signature, line: entry.line, distance });
            }
        }
        nearest.into_iter().flatten()
    }
}

/// Puts a signature in its place among the nearest so far.
fn insert<'d>(nearest: &mut [Option<Near<'d>>], new: Near<'d>) {
    let is_nearer = |place: &Option<Near<'_>>| place.is_none_or(|it| new.distance < it.distance);
    let Some(at) = nearest.iter().position(is_nearer) else { return };
    let same = |place: &Option<Near<'_>>| place.is_some_and(|it| it.label.means(new.label));
    let known = nearest.iter().position(same);
    // Its label is there already, and nearer.
    if known.is_some_and(|known| known < at) {
        return;
    }
    // From its place to the label's old one, or to the end, all move on by one.
    let end = known.map_or(nearest.len(), |known| known + 1);
    if let Some(moved) = nearest.get_mut(at..end) {
        moved.rotate_right(1);
        if let Some(first) = moved.first_mut() {
            *first = Some(new);
        }
    }
}

/// What a difference in a field weighs: the more, the rarer it is that one stack shows both values.
mod weight {
    /// The path and the peer decide it as much as the stack.
    pub(super) const MSS: u16 = 1;
    /// Settings decide these.
    pub(super) const WINDOW: u16 = 2;
    pub(super) const WINDOW_SCALE: u16 = 1;
    pub(super) const PAYLOAD: u16 = 2;
    pub(super) const VERSION: u16 = 2;
    pub(super) const TTL: u16 = 2;
    pub(super) const IP_OPTIONS_LEN: u16 = 4;
    /// Each quirk that middleboxes add or remove, and each other one.
    pub(super) const TOLERATED_QUIRK: u16 = 1;
    pub(super) const QUIRK: u16 = 3;
    /// Each option added, removed or moved; fillers count once.
    pub(super) const OPTION: u16 = 4;
    pub(super) const FILLERS: u16 = 1;
    pub(super) const END_PADDING: u16 = 1;
}

/// Two options: farther off, a signature says nothing.
const MAX_DISTANCE: u16 = 8;

/// How far an observation is from a signature.
fn distance(signature: &Signature, observation: &Observation) -> u16 {
    signature.differences(observation).map(|it| weigh(it.field, signature, observation)).sum()
}

fn weigh(field: Field, signature: &Signature, observation: &Observation) -> u16 {
    match field {
        Field::Version => weight::VERSION,
        Field::Ttl => weight::TTL,
        Field::IpOptionsLen => weight::IP_OPTIONS_LEN,
        Field::Mss => weight::MSS,
        Field::Window => weight::WINDOW,
        Field::WindowScale => weight::WINDOW_SCALE,
        Field::Layout if observation.app_options.is_empty() => {
            layout_distance(&signature.layout, &observation.layout)
        }
        // Options of programs weigh nothing, unless the signature asks for some.
        Field::Layout => {
            let own = observation.layout.own_options();
            let without = layout_distance(&signature.layout, &own);
            layout_distance(&signature.layout, &observation.layout).min(without)
        }
        Field::Quirks => quirks_distance(signature, observation),
        Field::Payload => weight::PAYLOAD,
    }
}

fn quirks_distance(signature: &Signature, observation: &Observation) -> u16 {
    let (asked, seen) = matching::quirks_compared(signature, observation, Compat::Fixed);
    let differing = asked.without(seen) | seen.without(asked);
    let by_path = Quirks::DF | Quirks::NONZERO_ID | Quirks::ZERO_ID | Quirks::ECN;
    let weigh = |(quirk, _)| match by_path.contains(quirk) {
        true => weight::TOLERATED_QUIRK,
        false => weight::QUIRK,
    };
    differing.iter().map(weigh).sum()
}

fn layout_distance(asked: &OptionLayout, seen: &OptionLayout) -> u16 {
    let is_option = |kind: &u8| *kind != kind::NOP && *kind != kind::END;
    let options = |layout: &OptionLayout| layout.kinds().iter().filter(|it| is_option(it)).count();
    // Each surplus option has to be added: no need to look closer.
    if options(asked).abs_diff(options(seen)) > usize::from(MAX_DISTANCE / weight::OPTION) {
        return MAX_DISTANCE + 1;
    }
    let edits = edits(asked, seen);
    let fillers = !asked.same_kinds(seen);
    let padding = asked.end_padding() != seen.end_padding();
    edits.saturating_mul(weight::OPTION)
        + u16::from(fillers) * weight::FILLERS
        + u16::from(padding) * weight::END_PADDING
}

/// How many options have to be added, removed or replaced to make one list of the other, fillers
/// aside (Levenshtein).
fn edits(asked: &OptionLayout, seen: &OptionLayout) -> u16 {
    let options = |layout: &OptionLayout| {
        let mut kinds = [0; OptionLayout::MAX];
        let all = layout.kinds().iter().filter(|&&kind| kind != kind::NOP && kind != kind::END);
        let count = kinds.iter_mut().zip(all).map(|(place, &kind)| *place = kind).count();
        (kinds, count)
    };
    let ((asked, asked_len), (seen, seen_len)) = (options(asked), options(seen));
    // Row by row: what it takes from the options so far to the first so many that are seen.
    let mut row: [u16; OptionLayout::MAX + 1] = core::array::from_fn(|at| at as u16);
    for (done, asked) in asked.iter().take(asked_len).enumerate() {
        let mut diagonal = row[0];
        row[0] = done as u16 + 1;
        let mut left = row[0];
        for (place, seen) in row.iter_mut().skip(1).zip(seen.iter().take(seen_len)) {
            let replaced = diagonal + u16::from(asked != seen);
            diagonal = *place;
            left = replaced.min(diagonal + 1).min(left + 1);
            *place = left;
        }
    }
    row.get(seen_len).copied().unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tcp::observation::Direction;

    fn layout(text: &str) -> OptionLayout {
        crate::tcp::notation::parse_layout(text).unwrap()
    }

    #[test]
    fn edits_are_counted_without_fillers() {
        for (asked, seen, count) in [
            ("mss,sok,ts,nop,ws", "mss,sok,ts,nop,ws", 0),
            ("mss,sok,ts,nop,ws", "mss,nop,nop,sok,nop,ws", 1),
            ("mss,sok,ts,nop,ws", "mss,nop,ws,nop,nop,ts,sok,eol+1", 2),
            ("", "mss,sok,ts", 3),
            ("mss,sok,ts", "", 3),
            ("mss,ts", "?30,mss", 2),
        ] {
            assert_eq!(edits(&layout(asked), &layout(seen)), count, "{asked} {seen}");
        }
    }

    #[test]
    fn the_nearest_of_each_label_in_order() {
        let database = Database::parse(
            "classes = unix\n[tcp:request]\n\
             label = s:unix:A:\nsig = *:64:0:*:1000,2:mss,ws:df:0\nsig = *:64:0:*:2000,2:mss,ws:df:0\n\
             label = s:unix:B:\nsig = *:64:0:*:1000,1:mss,ws:df:0\n\
             label = s:unix:C:\nsig = *:64:0:*:1000,1:mss,sok,ts,ws,?77,?78:df:0\n\
             label = s:unix:D:\nsig = *:64:0:*:3001,1:mss,ws:df:0\n\
             label = s:unix:E:\nsig = *:128:0:*:3001,1:mss,ws::0\n\
             [tcp:response]\nlabel = s:unix:F:\nsig = *:64:0:*:1000,1:mss,ws:df:0\n",
        );
        let database = database.unwrap();
        let closest = |text: &str| -> Vec<_> {
            let observation = Observation::parse(text, Direction::Syn).unwrap();
            let near = database.closest(&observation);
            near.map(|near| (near.label.name().to_owned(), near.line, near.distance)).collect()
        };
        let names = |list: &[(&str, usize, u16)]| -> Vec<_> {
            list.iter().map(|&(name, line, distance)| (name.to_owned(), line, distance)).collect()
        };
        // Of A the second signature, and of equally near ones the first in the file.
        let wanted = names(&[("A", 5, 0), ("B", 7, 3), ("D", 11, 3)]);
        assert_eq!(closest("4:64+0:0:1460:2000,2:mss,ws:df:0"), wanted);
        let wanted = names(&[("B", 7, 3), ("D", 11, 3), ("A", 4, 4)]);
        assert_eq!(closest("4:60+4:0:1460:4000,1:mss,ws:df,ecn:0"), wanted);
        // TTL and DF, and a window for B.
        let wanted = names(&[("E", 13, 0), ("D", 11, 3), ("B", 7, 5)]);
        assert_eq!(closest("4:120+8:0:1460:3001,1:mss,ws::0"), wanted);
        assert_eq!(closest("4:64+0:0:0:5,0:?101,?102,?103,?104:bad:0"), []);
    }
}
