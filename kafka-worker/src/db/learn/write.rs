//! What was learned, in the syntax of p0f.fp.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::tz::TimeZone;
use stackprint::learn::{self, Proposal, Sample};
use stackprint::{Direction, Signature};

use super::labelled::Labelled;
use super::seen::{Place, Seen};

const DIRECTIONS: [(Direction, &str); 2] =
    [(Direction::Syn, "[tcp:request]"), (Direction::SynAck, "[tcp:response]")];

/// Signatures for the labels of captures, and what is nobody's.
///
/// Packets with options that a program asked for are left out: signatures are looked for without
/// those options.
pub(super) fn proposals(captures: &[Labelled], seen: &[Seen], purity: f64) -> String {
    let (seen, left_out): (Vec<Seen>, Vec<Seen>) =
        seen.iter().partition(|it| it.observation.app_options.is_empty());
    let seen = seen.as_slice();
    let mut labels: Vec<&str> = Vec::new();
    for capture in captures {
        if !labels.contains(&capture.label.as_str()) {
            labels.push(&capture.label);
        }
    }
    let number = |seen: &Seen| {
        let label = captures.get(seen.at.capture).map_or("", |capture| &capture.label);
        labels.iter().position(|known| *known == label).unwrap_or_default()
    };
    let sample = |it: &Seen| Sample { observation: it.observation, label: number(it) };
    let samples: Vec<Sample> = seen.iter().map(sample).collect();
    let proposals = learn::propose(&samples, purity);

    let mut text = "; Proposed by stackprint db learn: look through it before use.\n".to_owned();
    if !left_out.is_empty() {
        let count = counted(left_out.len(), "packet");
        let _ = writeln!(text, "; Left out: {count} with TCP options that a program asked for.");
    }
    let classes: BTreeSet<&str> = captures.iter().map(|it| it.class.as_str()).collect();
    let classes: Vec<&str> = classes.into_iter().filter(|class| !class.is_empty()).collect();
    let is_tool = |label: &str| label.split(':').nth(1) == Some("!");
    let classes = if classes.is_empty() { vec!["other"] } else { classes };
    let _ = writeln!(text, "classes = {}", classes.join(","));
    for (direction, section) in DIRECTIONS {
        let of_direction = proposals.iter().filter(|it| it.direction == direction);
        let _ = writeln!(text, "\n{section}");
        let mut last = None;
        for proposal in of_direction {
            let label = labels.get(proposal.label).copied().unwrap_or_default();
            if last.replace(proposal.label) != Some(proposal.label) {
                let _ = writeln!(text, "\nlabel = {label}");
                if is_tool(label) {
                    let _ = writeln!(text, "; The systems that the tool runs on:");
                    let _ = writeln!(text, "sys   = @{}", classes.join(",@"));
                }
            }
            write_proposal(proposal, seen, &mut text);
        }
    }
    write_shared(&learn::ambiguous(&samples, purity), &samples, &labels, &mut text);
    text
}

fn write_proposal(proposal: &Proposal, seen: &[Seen], text: &mut String) {
    let all: Vec<Place> =
        proposal.fits.iter().filter_map(|&place| seen.get(place)).map(|it| it.at).collect();
    let purity = proposal.purity() * 100.0;
    let _ = writeln!(
        text,
        ";= learned, {}, {}, purity {purity:.0} %",
        date(&all),
        support(&all, "packet")
    );
    let _ = writeln!(text, "sig   = {}", proposal.signature);
}

/// What looks the same under several labels.
fn write_shared(groups: &[Vec<usize>], samples: &[Sample], labels: &[&str], text: &mut String) {
    if groups.is_empty() {
        return;
    }
    let _ =
        writeln!(text, "\n; The same under several labels, so no signature can tell them apart:");
    for group in groups {
        let members: Vec<&Sample> = group.iter().filter_map(|&place| samples.get(place)).collect();
        let Some(first) = members.first() else { continue };
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for member in &members {
            *counts.entry(member.label).or_default() += 1;
        }
        let name = |(label, count): (&usize, &usize)| {
            let label = labels.get(*label).copied().unwrap_or_default();
            format!("{label} ({})", counted(*count, "packet"))
        };
        let names: Vec<_> = counts.iter().map(name).collect();
        let _ = writeln!(
            text,
            ";   {}: {}",
            Signature::from_observation(&first.observation),
            names.join(", ")
        );
    }
}

/// What no signature fits, most frequent first.
pub(super) fn unknown(captures: &[Labelled], seen: &[Seen]) -> String {
    let mut text = "; Not known to the database, most frequent first: put labels in.\n".to_owned();
    text.push_str("classes = other\n");
    for (direction, section) in DIRECTIONS {
        let _ = writeln!(text, "\n{section}");
        let mut groups: BTreeMap<String, Vec<&Seen>> = BTreeMap::new();
        for it in seen.iter().filter(|it| it.observation.direction == direction) {
            groups
                .entry(Signature::from_observation(&it.observation).to_string())
                .or_default()
                .push(it);
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(_, members)| std::cmp::Reverse(members.len()));
        for (number, (signature, members)) in groups.iter().enumerate() {
            let places: Vec<Place> = members.iter().map(|it| it.at).collect();
            let example = example(captures, &places);
            let (date, support) = (date(&places), support(&places, "packet"));
            let _ = writeln!(text, "\nlabel = s:other:Unknown:{}", number + 1);
            let _ = writeln!(text, ";= unknown, {date}, {support}, {example}");
            let _ = writeln!(text, "sig   = {signature}");
        }
    }
    text
}

/// `such as frame 7 of a.pcap from 192.0.2.1`
pub(super) fn example(captures: &[Labelled], all: &[Place]) -> String {
    let Some(first) = all.first() else { return String::new() };
    let file = captures.get(first.capture).map_or(String::new(), |it| it.input.to_string());
    format!("such as frame {} of {file} from {}", first.frame, first.sender)
}

/// `12 packets of 3 hosts in 2 captures`
pub(super) fn support(all: &[Place], what: &str) -> String {
    let hosts: BTreeSet<_> = all.iter().map(|it| it.sender).collect();
    let captures: BTreeSet<_> = all.iter().map(|it| it.capture).collect();
    format!(
        "{} of {} in {}",
        counted(all.len(), what),
        counted(hosts.len(), "host"),
        counted(captures.len(), "capture")
    )
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The day of the newest packet, in UTC.
pub(super) fn date(all: &[Place]) -> String {
    let newest = all.iter().map(|it| it.time.as_seconds()).max().unwrap_or_default();
    let time = i64::try_from(newest).ok().and_then(|it| jiff::Timestamp::from_second(it).ok());
    time.unwrap_or_default().to_zoned(TimeZone::UTC).date().to_string()
}
