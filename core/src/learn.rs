//! Learning: observations of known stacks to signatures that fit them and no others.

use core::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::tcp::matching::{self, Fit};
use crate::tcp::observation::{Compat, Direction, Observation};
use crate::tcp::quirks::Quirks;
use crate::tcp::signature::{MAX_MULTIPLE, Signature, TtlRule, WindowRule};
use crate::wire::IpVersion;

/// An observation of a stack that is known.
///
/// [`propose`] takes them.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// What was seen.
    pub observation: Observation,
    /// Whose it is, by number.
    pub label: usize,
}

/// A signature that fits samples of one label.
///
/// [`propose`] returns them.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// SYN or SYN+ACK.
    pub direction: Direction,
    /// The label's number.
    pub label: usize,
    /// The signature.
    pub signature: Signature,
    /// Which samples of the label it fits, by their place.
    pub fits: Vec<usize>,
    /// Which samples of other labels it fits, too: none, unless less purity is asked for.
    pub false_matches: Vec<usize>,
}

impl Proposal {
    /// The share of the label among all samples that the signature fits, above 0 to 1.
    #[must_use]
    pub fn purity(&self) -> f64 {
        let own = self.fits.len() as f64;
        own / (own + self.false_matches.len() as f64)
    }
}

/// Signatures for the labels of samples, those with most samples first.
///
/// They are as narrow as the samples are alike: a field becomes a wildcard, a multiple or a range of
/// TTLs only where samples of the label vary in it, and only as far as no sample of another label
/// fits. What looks the same under several labels is nobody's, unless one of them has at least
/// `purity` (above 0 to 1) of it: see [`ambiguous`].
///
/// ```
/// use stackprint::learn::{Sample, propose};
/// use stackprint::{Direction, Observation};
///
/// let sample = |text, label| {
///     let observation = Observation::parse(text, Direction::Syn)?;
///     Ok::<_, stackprint::ParseError>(Sample { observation, label })
/// };
/// let samples = [
///     sample("4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0", 0)?,
///     sample("4:60+4:0:1400:mss*44,7:mss,sok,ts,nop,ws:df,id+:0", 0)?,
///     sample("4:128+0:0:1460:mss*44,8:mss,nop,ws,nop,nop,sok:df,id+:0", 1)?,
/// ];
/// let proposals = propose(&samples, 1.0);
/// assert_eq!(proposals.len(), 2);
/// assert_eq!((proposals[0].label, &proposals[0].fits[..]), (0, &[0, 1][..]));
/// assert_eq!(proposals[0].signature.to_string(), "4:64:0:*:mss*44,7:mss,sok,ts,nop,ws:df,id+:0");
/// # Ok::<(), stackprint::ParseError>(())
/// ```
#[must_use]
pub fn propose(samples: &[Sample], purity: f64) -> Vec<Proposal> {
    let samples_seen = SamplesSeen::new(samples, purity);
    let mut groups: BTreeMap<RigidKey, Vec<Observation>> = BTreeMap::new();
    for (observation, owner) in &samples_seen.distinct {
        if let Some(label) = owner {
            groups.entry(rigid_key(*label, observation)).or_default().push(*observation);
        }
    }
    let mut learned = Vec::new();
    for ((label, ..), observations) in groups {
        let found = Learner { samples_seen: &samples_seen, label }.signatures(&observations);
        learned.extend(found.into_iter().map(|signature| (label, signature)));
    }
    let learned = merge_versions(learned, &samples_seen).into_iter();
    let mut proposals: Vec<_> = learned.map(|(label, it)| proposal(samples, label, it)).collect();
    proposals
        .sort_by_key(|it| (it.label, it.direction == Direction::SynAck, Reverse(it.fits.len())));
    proposals
}

/// Samples that look the same under several labels, none of which has enough of them: groups of
/// their places.
///
/// ```
/// use stackprint::learn::{Sample, ambiguous};
/// use stackprint::{Direction, Observation};
///
/// let text = "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0";
/// let observation = Observation::parse(text, Direction::Syn)?;
/// let samples = [0, 1].map(|label| Sample { observation, label });
/// assert_eq!(ambiguous(&samples, 1.0), [[0, 1]]);
/// # Ok::<(), stackprint::ParseError>(())
/// ```
#[must_use]
pub fn ambiguous(samples: &[Sample], purity: f64) -> Vec<Vec<usize>> {
    let samples_seen = SamplesSeen::new(samples, purity);
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, sample) in samples.iter().enumerate() {
        let text = signature_text(&sample.observation);
        if samples_seen.owners.get(&text) == Some(&None) {
            groups.entry(text).or_default().push(place);
        }
    }
    groups.into_values().collect()
}

/// A learned signature with its direction, which its text leaves out.
type Directed = (Direction, Signature);

/// What was seen, each thing once, and which label has it to itself.
struct SamplesSeen {
    owners: BTreeMap<String, Option<usize>>,
    distinct: Vec<(Observation, Option<usize>)>,
}

impl SamplesSeen {
    fn new(samples: &[Sample], purity: f64) -> SamplesSeen {
        let mut counts: BTreeMap<String, BTreeMap<usize, usize>> = BTreeMap::new();
        for sample in samples {
            let labels = counts.entry(signature_text(&sample.observation)).or_default();
            *labels.entry(sample.label).or_default() += 1;
        }
        let owner = |labels: BTreeMap<usize, usize>| {
            let total: usize = labels.values().sum();
            let (&label, &most) = labels.iter().max_by_key(|&(_, count)| *count)?;
            (most as f64 >= purity * total as f64).then_some(label)
        };
        let owners: BTreeMap<_, _> =
            counts.into_iter().map(|(text, labels)| (text, owner(labels))).collect();
        let mut seen = BTreeSet::new();
        let mut distinct = Vec::new();
        for Sample { observation, .. } in samples {
            let text = signature_text(observation);
            let owner = owners.get(&text).copied().flatten();
            if seen.insert((text, observation.ttl, observation.window)) {
                distinct.push((*observation, owner));
            }
        }
        SamplesSeen { owners, distinct }
    }

    /// Whether the signature fits nothing that belongs to another label, or to none.
    fn are_own(&self, label: usize, directed: &Directed) -> bool {
        let mut others = self.distinct.iter().filter(|(_, owner)| *owner != Some(label));
        !others.any(|(observation, _)| fits(directed, observation))
    }
}

/// All that a signature can see of an observation.
fn signature_text(observation: &Observation) -> String {
    let direction = match observation.direction {
        Direction::Syn => "syn",
        Direction::SynAck => "syn_ack",
    };
    format!("{direction} {}", Signature::from_observation(observation))
}

/// What is never generalised.
type RigidKey = (usize, bool, u8, u8, u8, Vec<u8>, u8, u32, bool);

fn rigid_key(label: usize, it: &Observation) -> RigidKey {
    (
        label,
        it.direction == Direction::SynAck,
        it.version.number(),
        initial_ttl(it),
        it.ip_options_len,
        it.layout.kinds().to_vec(),
        it.layout.end_padding(),
        it.quirks.bits(),
        it.has_payload,
    )
}

fn initial_ttl(observation: &Observation) -> u8 {
    observation.ttl + observation.guessed_distance()
}

impl Signature {
    /// The narrowest signature that fits an observation: its own values, with the next usual
    /// initial TTL, and the window as a multiple where it is one.
    #[must_use]
    pub fn from_observation(observation: &Observation) -> Signature {
        let multiple = observation.window_multiple().filter(|it| it.times <= MAX_MULTIPLE);
        Signature {
            version: Some(observation.version),
            ttl: TtlRule { initial: initial_ttl(observation), random: false },
            ip_options_len: observation.ip_options_len,
            mss: Some(observation.mss.unwrap_or(0)),
            window: multiple.map_or(WindowRule::Exact(observation.window), WindowRule::Multiple),
            window_scale: Some(observation.window_scale.unwrap_or(0)),
            layout: observation.layout,
            quirks: observation.quirks,
            has_payload: Some(observation.has_payload),
        }
    }
}

/// Learns signatures for one label from observations that differ in TTL, MSS, window and scale
/// alone.
struct Learner<'l> {
    samples_seen: &'l SamplesSeen,
    label: usize,
}

impl Learner<'_> {
    /// One signature for each form of the window, as wide as the observations and those of other labels allow.
    fn signatures(&self, observations: &[Observation]) -> Vec<Directed> {
        let mut forms: Vec<(WindowRule, Vec<Observation>)> = Vec::new();
        for observation in observations {
            let form = window_form(observation, observations);
            match forms.iter_mut().find(|(known, _)| *known == form) {
                Some((_, members)) => members.push(*observation),
                None => forms.push((form, vec![*observation])),
            }
        }
        // A stack that picks windows freely.
        let wide = (forms.len() > MAX_WINDOW_FORMS)
            .then(|| self.widened(WindowRule::Any, observations))
            .flatten();
        if let Some(wide) = wide {
            return vec![wide];
        }
        let of_form = |(form, members): (WindowRule, Vec<_>)| self.of_form(form, &members);
        forms.into_iter().flat_map(of_form).collect()
    }

    /// As few signatures as other labels allow: one for all, one for each scale, or one for each form.
    fn of_form(&self, form: WindowRule, observations: &[Observation]) -> Vec<Directed> {
        if let Some(wide) = self.widened(form, observations) {
            return vec![wide];
        }
        let mut by_scale: BTreeMap<Option<u8>, Vec<Observation>> = BTreeMap::new();
        for observation in observations {
            by_scale.entry(observation.window_scale).or_default().push(*observation);
        }
        let mut found = Vec::new();
        for members in by_scale.values() {
            match self.widened(form, members) {
                Some(wide) => found.push(wide),
                None => found.extend(self.each(members)),
            }
        }
        found
    }

    /// A signature for all of these, unless a stranger fits it.
    fn widened(&self, window: WindowRule, observations: &[Observation]) -> Option<Directed> {
        let first = observations.first()?;
        let narrow = Signature::from_observation(first);
        let keep_mss = observations.iter().all(|it| it.mss == first.mss);
        let keep_scale = observations.iter().all(|it| it.window_scale == first.window_scale);
        let signature = Signature {
            mss: narrow.mss.filter(|_| keep_mss),
            window_scale: narrow.window_scale.filter(|_| keep_scale),
            window,
            ..narrow
        };
        let directed = (first.direction, signature);
        self.samples_seen.are_own(self.label, &directed).then_some(directed)
    }

    /// Each look by itself. Even then a stranger may fit that comes from farther away.
    fn each(&self, observations: &[Observation]) -> Vec<Directed> {
        let mut found: Vec<Directed> = Vec::new();
        for observation in observations {
            let directed = (observation.direction, Signature::from_observation(observation));
            if !found.contains(&directed) && self.samples_seen.are_own(self.label, &directed) {
                found.push(directed);
            }
        }
        found
    }
}

/// What the window is: a fixed number if it stays the same while it reads as different multiples,
/// else a multiple where it is one.
fn window_form(observation: &Observation, beside: &[Observation]) -> WindowRule {
    let form = Signature::from_observation(observation).window;
    let mut same_window = beside.iter().filter(|other| other.window == observation.window);
    let is_fixed = same_window.any(|other| Signature::from_observation(other).window != form);
    if is_fixed { WindowRule::Exact(observation.window) } else { form }
}

/// More forms of the window than this are no forms.
const MAX_WINDOW_FORMS: usize = 8;

fn fits(directed: &Directed, observation: &Observation) -> bool {
    let (direction, signature) = directed;
    *direction == observation.direction
        && signature.layout.same_kinds(&observation.layout)
        && matching::fit(signature, observation, &mut None, Compat::Fixed) == Fit::Exact
}

/// One signature for both IP versions in place of two, where they ask for the same.
fn merge_versions(
    mut proposals: Vec<(usize, Directed)>,
    samples_seen: &SamplesSeen,
) -> Vec<(usize, Directed)> {
    let mut merged = Vec::new();
    while let Some((label, directed)) = proposals.pop() {
        let partner = proposals.iter().enumerate().find_map(|(at, (other, partner))| {
            let both = both_versions(&directed, partner).filter(|_| *other == label)?;
            samples_seen.are_own(label, &both).then_some((at, both))
        });
        match partner {
            Some((at, both)) => {
                proposals.remove(at);
                proposals.push((label, both));
            }
            None if !merged.contains(&(label, directed)) => merged.push((label, directed)),
            None => {}
        }
    }
    merged
}

/// The signature for any version that stands for these two, if there is one.
fn both_versions(one: &Directed, other: &Directed) -> Option<Directed> {
    let ((direction, v4), (_, v6)) = match (one.1.version, other.1.version) {
        (Some(IpVersion::V4), Some(IpVersion::V6)) => (one, other),
        (Some(IpVersion::V6), Some(IpVersion::V4)) => (other, one),
        _ => return None,
    };
    // A signature for any version does not mind flow labels, and does not ask IPv6 for DF.
    let shown = v6.quirks.without(Quirks::FLOW_LABEL);
    let both = Signature {
        version: None,
        mss: v4.mss.filter(|_| v4.mss == v6.mss),
        window_scale: v4.window_scale.filter(|_| v4.window_scale == v6.window_scale),
        ..*v4
    };
    let is_same = one.0 == other.0
        && shown == v4.quirks.without(Quirks::IPV4_ONLY)
        && v4.ttl == v6.ttl
        && v4.ip_options_len == v6.ip_options_len
        && v4.window == v6.window
        && v4.layout == v6.layout
        && v4.has_payload == v6.has_payload;
    is_same.then_some((*direction, both))
}

fn proposal(samples: &[Sample], label: usize, directed: Directed) -> Proposal {
    let fitting = samples.iter().enumerate().filter(|(_, it)| fits(&directed, &it.observation));
    let (own, others): (Vec<_>, Vec<_>) = fitting.partition(|(_, it)| it.label == label);
    let places = |found: Vec<(usize, &Sample)>| found.into_iter().map(|(place, _)| place).collect();
    let (direction, signature) = directed;
    Proposal { direction, label, signature, fits: places(own), false_matches: places(others) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(of: &[(&str, usize)]) -> Vec<Sample> {
        let sample = |&(text, label): &(&str, usize)| Sample {
            observation: Observation::parse(text, Direction::Syn).expect(text),
            label,
        };
        of.iter().map(sample).collect()
    }

    fn proposed(of: &[(&str, usize)], purity: f64) -> Vec<(usize, String, usize, usize)> {
        let proposals = propose(&samples(of), purity).into_iter();
        proposals
            .map(|it| (it.label, it.signature.to_string(), it.fits.len(), it.false_matches.len()))
            .collect()
    }

    const LINUX: &str = "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0";

    #[test]
    fn what_is_always_the_same_stays() {
        let expected = "4:64:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0";
        assert_eq!(proposed(&[(LINUX, 0), (LINUX, 0)], 1.0), [(0, expected.into(), 2, 0)]);
        let farther = "4:54+10:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0";
        assert_eq!(proposed(&[(LINUX, 0), (farther, 0)], 1.0), [(0, expected.into(), 2, 0)]);
    }

    #[test]
    fn what_varies_becomes_a_pattern() {
        let of = [
            (LINUX, 0),
            ("4:64+0:0:1400:mss*44,8:mss,sok,ts,nop,ws:df,id+:0", 0),
            ("6:64+0:0:1440:mss*44,7:mss,sok,ts,nop,ws:flow:0", 0),
        ];
        let expected = "*:64:0:*:mss*44,*:mss,sok,ts,nop,ws:df,id+:0";
        assert_eq!(proposed(&of, 1.0), [(0, expected.into(), 3, 0)]);
    }

    /// 65535 is 51 × 1285, and no multiple of 1460.
    #[test]
    fn a_window_that_stays_while_the_mss_varies_is_no_multiple() {
        let of = [("4:64+0:0:1460:65535,0:mss::0", 0), ("4:64+0:0:1285:mss*51,0:mss::0", 0)];
        assert_eq!(proposed(&of, 1.0), [(0, "4:64:0:*:65535,0:mss::0".into(), 2, 0)]);
        // The MSS was lowered on the way: the window is still that of 1460.
        let of = [(LINUX, 0), ("4:64+0:0:1300:mss*44,7:mss,sok,ts,nop,ws:df,id+:0", 0)];
        let expected = "4:64:0:*:mss*44,7:mss,sok,ts,nop,ws:df,id+:0";
        assert_eq!(proposed(&of, 1.0), [(0, expected.into(), 2, 0)]);
    }

    #[test]
    fn other_labels_keep_a_pattern_narrow() {
        let of = [
            ("4:64+0:0:1460:mss*44,7:mss,nop,ws:df,id+:0", 0),
            ("4:64+0:0:1400:mss*44,8:mss,nop,ws:df,id+:0", 0),
            ("4:64+0:0:1300:mss*44,9:mss,nop,ws:df,id+:0", 1),
        ];
        let expected = [
            (0, "4:64:0:1400:mss*44,8:mss,nop,ws:df,id+:0".to_owned(), 1, 0),
            (0, "4:64:0:1460:mss*44,7:mss,nop,ws:df,id+:0".to_owned(), 1, 0),
            (1, "4:64:0:1300:mss*44,9:mss,nop,ws:df,id+:0".to_owned(), 1, 0),
        ];
        let mut found = proposed(&of, 1.0);
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_looks_the_same_is_nobodys_unless_most_are_enough() {
        let of = [(LINUX, 0), (LINUX, 0), (LINUX, 0), (LINUX, 1)];
        assert_eq!(proposed(&of, 1.0), []);
        assert_eq!(ambiguous(&samples(&of), 1.0), [[0, 1, 2, 3]]);
        let signature = "4:64:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0";
        assert_eq!(proposed(&of, 0.75), [(0, signature.into(), 3, 1)]);
        assert_eq!(propose(&samples(&of), 0.75)[0].purity(), 0.75);
        assert!(ambiguous(&samples(&of), 0.75).is_empty());
    }
}
