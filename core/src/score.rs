//! Scoring: how good a database is on packets whose senders are known.

use std::collections::BTreeMap;

use crate::database::Database;
use crate::label::{Label, Rank};
use crate::parse_error::ParseError;
use crate::tcp::observation::{Direction, Observation};

/// Packets that look alike and whose sender is known.
///
/// [`Score::add`] takes it.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// What was seen.
    pub observation: Observation,
    /// The system that sent it: `Windows`, `iOS`, `Android`.
    pub system: &'a str,
    /// How many of them there are; more than 0.
    pub count: f64,
}

/// What a database said of rows, counted.
///
/// ```
/// use stackprint::score::{Row, Score, read};
/// use stackprint::{Database, Direction};
///
/// let text = "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0";
/// let observation = read(text, Direction::Syn)?;
/// let database = Database::builtin();
/// let mut score = Score::default();
/// score.add(&database, &Row { observation, system: "Linux", count: 3.0 });
/// score.add(&database, &Row { observation, system: "Windows", count: 1.0 });
/// assert_eq!(score.all.share(score.all.family), 0.75);
/// assert_eq!(score.confusion[&("Windows".to_owned(), Some("Linux".to_owned()))], 1.0);
/// # Ok::<(), stackprint::ParseError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Score {
    /// Everything.
    pub all: Tally,
    /// By label, in p0f's form and with its candidates, and whether the match was exact.
    pub labels: BTreeMap<(String, bool), Tally>,
    /// By stated quality in steps of 0.1; those without a match are in none.
    pub qualities: [Tally; 10],
    /// By the family of the sender and the one that was named; `None` if nothing matched.
    pub confusion: BTreeMap<(String, Option<String>), f64>,
}

/// How many there were, and what was right of them.
///
/// It is a part of [`Score`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    /// All.
    pub count: f64,
    /// The likeliest system is the sender's: [`likeliest`].
    pub exact: f64,
    /// The family is the sender's: [`family`].
    pub family: f64,
    /// The family is the sender's, the label is specific, and it matched without tolerances.
    pub specific: f64,
    /// Nothing matched.
    pub unknown: f64,
    /// The sum of the stated qualities.
    pub stated: f64,
    /// The sum of what the likeliest system was given: its share among the candidates, times the
    /// quality where they are candidates if the label is right.
    pub stated_exact: f64,
}

impl Tally {
    /// The share of a part of all, 0 to 1; 0 where there is nothing.
    #[must_use]
    pub fn share(&self, part: f64) -> f64 {
        if self.count > 0.0 { part / self.count } else { 0.0 }
    }

    fn add(&mut self, other: &Tally) {
        self.count += other.count;
        self.exact += other.exact;
        self.family += other.family;
        self.specific += other.specific;
        self.unknown += other.unknown;
        self.stated += other.stated;
        self.stated_exact += other.stated_exact;
    }
}

impl Score {
    /// Asks the database about a row, and counts its answer.
    pub fn add(&mut self, database: &Database, row: &Row<'_>) {
        let sender = family(row.system);
        let Some(found) = database.find(&row.observation) else {
            self.all.add(&Tally { count: row.count, unknown: row.count, ..Tally::default() });
            *self.confusion.entry((sender.to_owned(), None)).or_default() += row.count;
            return;
        };
        let (system, share) = likeliest(found.label);
        let named = family(system);
        let counted = |condition: bool| if condition { row.count } else { 0.0 };
        let is_family = named == sender;
        let is_specific = is_family && found.label.rank() == Rank::Specific && !found.fuzzy;
        let tally = Tally {
            count: row.count,
            exact: counted(plain(system) == plain(row.system)),
            family: counted(is_family),
            specific: counted(is_specific),
            unknown: 0.0,
            stated: found.quality() * row.count,
            stated_exact: match family(found.label.name()) == named {
                true => found.quality() * share * row.count,
                // Behind a proxy: of all who come through.
                false => share * row.count,
            },
        };
        self.all.add(&tally);
        let label = with_candidates(found.label);
        self.labels.entry((label, !found.fuzzy)).or_default().add(&tally);
        let bin = ((found.quality() * 10.0) as usize).min(self.qualities.len() - 1);
        if let Some(bin) = self.qualities.get_mut(bin) {
            bin.add(&tally);
        }
        let key = (sender.to_owned(), Some(named.to_owned()));
        *self.confusion.entry(key).or_default() += row.count;
    }
}

/// A label in p0f's form, and which systems share its stack.
fn with_candidates(label: &Label) -> String {
    let mut text = label.to_string();
    for (index, system) in label.candidates().iter().enumerate() {
        text += if index == 0 { " (" } else { ", " };
        text += &format!("{} {:.2}", system.name, system.probability);
    }
    if !label.candidates().is_empty() {
        text += ")";
    }
    text
}

/// The system that a label means most likely: its first candidate, else what it names; and how
/// likely it is that one, if the label is right.
///
/// ```
/// use stackprint::Label;
/// use stackprint::score::likeliest;
///
/// let label: Label = "s:unix:Linux:3.11 and newer".parse()?;
/// assert_eq!(likeliest(&label), ("Linux", 1.0));
/// # Ok::<(), stackprint::ParseError>(())
/// ```
#[must_use]
pub fn likeliest(label: &Label) -> (&str, f64) {
    match label.candidates().first() {
        Some(system) => (&system.name, system.probability),
        None => (label.name(), 1.0),
    }
}

/// One name for each system, whatever the case and the time of it.
fn plain(system: &str) -> String {
    let system = system.to_lowercase();
    match system.as_str() {
        "mac os x" | "macos x" | "os x" | "darwin" => "macos".to_owned(),
        "chrome os" | "chromium os" => "chromeos".to_owned(),
        "ipados" => "ios".to_owned(),
        _ => system,
    }
}

/// The family of a system: `Windows`, `Apple`, `Linux` with Android and ChromeOS, `BSD`; a system
/// of no family is one of its own.
///
/// ```
/// use stackprint::score::family;
///
/// assert_eq!(family("Android"), "Linux");
/// assert_eq!(family("Haiku"), "Haiku");
/// ```
#[must_use]
pub fn family(system: &str) -> &str {
    match plain(system).as_str() {
        "linux" | "android" | "chromeos" => "Linux",
        "windows" => "Windows",
        "macos" | "ios" | "tvos" | "watchos" | "macos/ios" | "apple" => "Apple",
        "freebsd" | "openbsd" | "netbsd" | "bsd" => "BSD",
        _ => system,
    }
}

/// Fields of a raw signature, by number.
mod field {
    pub(super) const VERSION: usize = 0;
    pub(super) const MSS: usize = 3;
    pub(super) const WINDOW: usize = 4;
    pub(super) const LAYOUT: usize = 5;
}

/// An observation as records write it, or as lists of forms do: `*` for the version or the MSS, the
/// window in bytes, and the TTL with which the packet set out. What is left open becomes IPv4, and
/// an MSS that makes the window possible.
///
/// ```
/// use stackprint::Direction;
/// use stackprint::score::read;
///
/// let observation = read("*:64:0:*:mss*44,7:mss,sok,ts,nop,ws:df,id+:0", Direction::Syn)?;
/// assert_eq!((observation.mss, observation.window), (Some(1460), 44 * 1460));
/// # Ok::<(), stackprint::ParseError>(())
/// ```
///
/// # Errors
///
/// Where a field is neither.
pub fn read(text: &str, direction: Direction) -> Result<Observation, ParseError> {
    let mut fields: Vec<&str> = text.split(':').collect();
    let mss = possible_mss(&fields).to_string();
    for (field, value) in [(field::VERSION, "4"), (field::MSS, mss.as_str())] {
        if let Some(place) = fields.get_mut(field).filter(|place| **place == "*") {
            *place = value;
        }
    }
    let filled = fields.join(":");
    let multiple = Observation::window_as_multiple(&filled, direction);
    let scale = fields.get(field::WINDOW).and_then(|window| window.split_once(',')).map(|it| it.1);
    let (Some(multiple), Some(scale)) = (multiple, scale) else {
        return Observation::parse(&filled, direction);
    };
    let window = format!("{}*{},{scale}", multiple.unit.as_str(), multiple.times);
    if let Some(place) = fields.get_mut(field::WINDOW) {
        *place = &window;
    }
    Observation::parse(&fields.join(":"), direction)
}

/// An MSS with which the window can be: that of Ethernet, or a smaller one where that many segments
/// are too much.
fn possible_mss(fields: &[&str]) -> u32 {
    /// Of Ethernet, and one that leaves room for the headers of an MTU.
    const MSS: u32 = 1460;
    const MSS_IN_MTU: u32 = 1400;
    let window = fields.get(field::WINDOW).copied().unwrap_or_default();
    let times = |unit: &str| -> Option<u32> {
        window.strip_prefix(unit)?.split(',').next()?.parse().ok().filter(|&times| times > 0)
    };
    let has_mss = fields.get(field::LAYOUT).is_some_and(|it| it.split(',').any(|it| it == "mss"));
    match (times("mss*"), times("mtu*")) {
        _ if !has_mss => 0,
        (Some(times), _) => MSS.min(u32::from(u16::MAX) / times),
        (_, Some(_)) => MSS_IN_MTU,
        (None, None) => MSS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> Database {
        Database::parse(
            "classes = unix,win\n[tcp:request]\n\
             ;@ candidates iOS=0.6 macOS=0.4\n;@ quality 0.9\n\
             label = s:unix:macOS/iOS:\nsig = *:64:0:*:65535,6:mss,ws:df:0\n\
             label = g:win:Windows:\nsig = *:128:0:*:*,*:mss,ws:df,id+:0\n",
        )
        .unwrap()
    }

    #[test]
    fn each_kind_of_right_and_wrong_is_counted() {
        let database = database();
        let mut score = Score::default();
        let mut add = |text, system, count| {
            let observation = read(text, Direction::Syn).unwrap();
            score.add(&database, &Row { observation, system, count });
        };
        let apple = "*:64:0:*:65535,6:mss,ws:df:0";
        add(apple, "iOS", 2.0);
        add(apple, "Mac OS X", 1.0);
        add(apple, "Windows", 1.0);
        // Fuzzy: not specific.
        add("*:64:0:*:65535,6:mss,ws:df,ecn:0", "iPadOS", 1.0);
        add("4:120+8:0:1460:mss*44,8:mss,ws:df,id+:0", "windows", 4.0);
        add("4:64+0:0:1460:mss*10,7:mss,sok:df,id+:0", "ChromeOS", 3.0);
        let Score { all, labels, qualities, confusion } = score;
        assert_eq!((all.count, all.exact, all.family), (12.0, 7.0, 8.0));
        assert_eq!((all.specific, all.unknown), (3.0, 3.0));
        let label = "s:unix:macOS/iOS: (iOS 0.60, macOS 0.40)".to_owned();
        let exact = labels[&(label.clone(), true)];
        assert_eq!((exact.count, exact.family, exact.share(exact.stated)), (4.0, 3.0, 0.9));
        assert!((exact.share(exact.stated_exact) - 0.54).abs() < 1e-9);
        assert_eq!(labels[&(label, false)].count, 1.0);
        assert_eq!((qualities[9].count, qualities[8].count, qualities[5].count), (4.0, 1.0, 4.0));
        let confused = |sender: &str, named: Option<&str>| {
            confusion[&(sender.to_owned(), named.map(str::to_owned))]
        };
        assert_eq!(confused("Apple", Some("Apple")), 4.0);
        assert_eq!(confused("Windows", Some("Apple")), 1.0);
        assert_eq!(confused("Windows", Some("Windows")), 4.0);
        assert_eq!(confused("Linux", None), 3.0);
    }

    #[test]
    fn what_is_left_open_is_filled_in() {
        let text = |text| read(text, Direction::Syn).map(|it| it.to_string());
        for (open, filled) in [
            ("*:64:0:*:mss*44,7:mss,ws:df:0", "4:64+0:0:1460:mss*44,7:mss,ws:df:0"),
            ("6:64:0:*:mss*53,7:mss,ws:flow:0", "6:64+0:0:1236:mss*53,7:mss,ws:flow:0"),
            ("*:128:0:*:mtu*45,8:mss,ws:df:0", "4:128+0:0:1400:mtu*45,8:mss,ws:df:0"),
            ("*:64:0:*:1024,0:::0", "4:64+0:0:0:1024,0:::0"),
            ("4:61+3:0:1380:mss*20,7:mss,ws:df:0", "4:61+3:0:1380:mss*20,7:mss,ws:df:0"),
            // Bytes that are a multiple, and some that are none.
            ("4:61:0:1380:29200,7:mss,ws:df:0", "4:61+3:0:1380:mss*20,7:mss,ws:df:0"),
            ("*:64:0:*:64240,7:mss,ws:df:0", "4:64+0:0:1460:mss*44,7:mss,ws:df:0"),
            ("*:64:0:*:65535,7:mss,ws:df:0", "4:64+0:0:1460:65535,7:mss,ws:df:0"),
        ] {
            assert_eq!(text(open).unwrap(), filled);
        }
        for broken in ["", "*", "*:64", "*:64:0:*:mss*0,7:mss,ws:df:0", "*:*:0:*:1,0:mss:df:0"] {
            assert!(text(broken).is_err(), "{broken}");
        }
    }
}
