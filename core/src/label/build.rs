//! Typed parts, or p0f's form → [`Label`].

use core::str::FromStr;

use super::{Class, Label, LikelySystem, Quality, Rank, RunsOn};
use crate::field::Part;
use crate::parse_error::{Expected, ParseError};

/// Puts a [`Label`] together: made by [`Label::builder`].
#[derive(Debug, Clone)]
#[must_use]
pub struct LabelBuilder {
    rank: Rank,
    class: Class,
    name: Box<str>,
    flavor: Box<str>,
    runs_on: Vec<RunsOn>,
    candidates: Vec<LikelySystem>,
    quality: Option<f64>,
}

impl Label {
    /// Begins a label: of a system of a class, or with [`Class::Userland`] of a tool.
    ///
    /// ```
    /// use stackprint::{Class, Label, Rank, RunsOn};
    ///
    /// let system = Label::builder(Rank::Specific, "unix", "Linux").flavor("my router").build()?;
    /// assert_eq!(system.as_str(), "s:unix:Linux:my router");
    /// assert_eq!("s:unix:Linux:my router".parse(), Ok(system));
    ///
    /// let tool = Label::builder(Rank::Specific, Class::Userland, "Scanner")
    ///     .runs_on(RunsOn::Class("unix".into()))
    ///     .build()?;
    /// assert!(tool.is_userland());
    /// # Ok::<(), stackprint::ParseError>(())
    /// ```
    pub fn builder(rank: Rank, class: impl Into<Class>, name: impl Into<Box<str>>) -> LabelBuilder {
        LabelBuilder {
            rank,
            class: class.into(),
            name: name.into(),
            flavor: Box::default(),
            runs_on: Vec::new(),
            candidates: Vec::new(),
            quality: None,
        }
    }
}

impl LabelBuilder {
    /// What distinguishes it under its name, `3.11 and newer`.
    pub fn flavor(mut self, flavor: impl Into<Box<str>>) -> Self {
        self.flavor = flavor.into();
        self
    }

    /// Adds a system, or a class of systems, on which the tool runs.
    pub fn runs_on(mut self, systems: RunsOn) -> Self {
        self.runs_on.push(systems);
        self
    }

    /// Adds one of several systems that share the stack, and how likely it is this one.
    pub fn candidate(mut self, name: impl Into<Box<str>>, probability: f64) -> Self {
        self.candidates.push(LikelySystem { name: name.into(), probability });
        self
    }

    /// How likely the label is right where a signature fits exactly, above 0 to 1; without this,
    /// what is usual for its rank.
    pub fn quality(mut self, share: f64) -> Self {
        self.quality = Some(share);
        self
    }

    /// The label.
    ///
    /// # Errors
    ///
    /// For a class of other characters than letters and digits; a name that p0f does not allow; line
    /// breaks in the flavor; a tool that runs nowhere, and a system that runs on others; candidates
    /// and quality that are no shares.
    pub fn build(self) -> Result<Label, ParseError> {
        let fails = |part, expected| Err(ParseError::of_part(part, expected));
        let is_tool = self.class == Class::Userland;
        if !is_tool && !is_class(self.class.as_str()) {
            return fails(Part::Class, Expected::ClassWord);
        }
        if !is_name(&self.name) {
            return fails(Part::Name, Expected::Name);
        }
        if !is_one_line(&self.flavor) {
            return fails(Part::Flavor, Expected::Flavor);
        }
        match (is_tool, self.runs_on.is_empty()) {
            (true, true) => return fails(Part::RunsOn, Expected::SysNext),
            (false, false) => return fails(Part::RunsOn, Expected::NoSys),
            (true, false) | (false, true) => {}
        }
        for systems in &self.runs_on {
            match systems {
                RunsOn::Class(class) if !is_class(class) => {
                    return fails(Part::RunsOn, Expected::ClassWord);
                }
                // In a list, blanks before a name are not of it.
                RunsOn::Name(name) if !is_name(name) || name.starts_with(' ') => {
                    return fails(Part::RunsOn, Expected::Name);
                }
                RunsOn::Class(_) | RunsOn::Name(_) => {}
            }
        }
        if !are_candidates(&self.candidates) {
            return fails(Part::Candidates, Expected::Candidates);
        }
        if self.quality.is_some_and(|share| !is_share(share)) {
            return fails(Part::Quality, Expected::Quality);
        }
        Ok(self.label())
    }

    fn label(self) -> Label {
        let LabelBuilder { rank, class, name, flavor, runs_on, candidates, quality } = self;
        Label {
            text: Label::text_of(rank, &class, &name, &flavor).into(),
            rank,
            class,
            name,
            flavor,
            name_id: 0,
            runs_on,
            candidates,
            recorded_quality: quality,
            quality: Quality::of_label(rank, quality),
            line: 0,
            column: 1,
        }
    }
}

/// p0f's form, `s:unix:Linux:3.11 and newer`. A tool read so does not say where it runs, which a
/// database asks for.
impl FromStr for Label {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Label, ParseError> {
        let mut parts = text.splitn(4, ':');
        let (Some(rank), Some(class), Some(name), Some(flavor)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(ParseError::at(0, Expected::Label));
        };
        let rank_of = match rank {
            "s" => Rank::Specific,
            "g" => Rank::Generic,
            _ => return Err(ParseError::at(0, Expected::Label)),
        };
        let class_at = rank.len() + 1;
        let name_at = class_at + class.len() + 1;
        let class_of = Class::from(class);
        if class_of != Class::Userland && !is_class(class) {
            return Err(ParseError::at(class_at, Expected::ClassWord));
        }
        if !is_name(name) {
            return Err(ParseError::at(name_at, Expected::Name));
        }
        if !is_one_line(flavor) {
            return Err(ParseError::at(name_at + name.len() + 1, Expected::Flavor));
        }
        Ok(Label::builder(rank_of, class_of, name).flavor(flavor).label())
    }
}

impl TryFrom<&str> for Label {
    type Error = ParseError;

    fn try_from(text: &str) -> Result<Label, ParseError> {
        text.parse()
    }
}

/// p0f's word: `!` for tools, else the class of a system.
impl From<&str> for Class {
    fn from(word: &str) -> Class {
        if word == "!" { Class::Userland } else { Class::System(word.into()) }
    }
}

/// Whether it is a word for a class: letters and digits.
pub(crate) fn is_class(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether p0f allows it as the name of a system or tool.
pub(crate) fn is_name(text: &str) -> bool {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b" ./-_!?()".contains(&byte);
    !text.is_empty() && text.bytes().all(valid)
}

/// Whether a line of a database can hold it: p0f stops at a NUL.
pub(crate) fn is_one_line(text: &str) -> bool {
    !text.contains(['\n', '\r', '\0'])
}

/// Whether it is a share, above 0 to 1.
fn is_share(share: f64) -> bool {
    share > 0.0 && share <= 1.0
}

/// Decimals of a share: all that an `f64` from 0.01 to 1 needs.
const MAX_SHARE_DECIMALS: usize = 19;

/// A share written as `0.98`, above 0 to 1. Rounded as `f64::from_str` rounds, which has 10 KB of tables
/// for numbers of any size. `None` if it is something else, or has more than 19 decimals.
pub(crate) fn parse_share(text: &str) -> Option<f64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let decimals = decimals.trim_end_matches('0');
    let mut numerator: u128 = match whole.trim_start_matches('0') {
        "" => 0,
        "1" => 1,
        _ => return None,
    };
    let mut denominator: u128 = 1;
    if decimals.len() > MAX_SHARE_DECIMALS {
        return None;
    }
    for digit in decimals.chars() {
        numerator = numerator * 10 + u128::from(digit.to_digit(10)?);
        denominator *= 10;
    }
    if !(1..=denominator).contains(&numerator) {
        return None;
    }
    // The quotient has at least 62 bits, the last of which stands for all that follow: its rounding
    // is that of the whole.
    let shift = numerator.leading_zeros() - 1;
    let shifted = numerator << shift;
    let quotient = (shifted / denominator) | u128::from(!shifted.is_multiple_of(denominator));
    let power_of_two = f64::from_bits(u64::from(1023 - shift) << 52);
    Some(quotient as f64 * power_of_two)
}

/// Whether these are systems of which one is it: words with shares that make at most 1.
pub(crate) fn are_candidates(systems: &[LikelySystem]) -> bool {
    let is_word = |name: &str| {
        !name.is_empty() && is_one_line(name) && !name.contains(|it: char| it.is_ascii_whitespace())
    };
    // Sums of decimal fractions are not exact.
    let total: f64 = systems.iter().map(|system| system.probability).sum();
    total < 1.0 + 1e-9
        && systems.iter().all(|system| is_word(&system.name) && is_share(system.probability))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_share_is_refused() {
        let more_than_19_decimals = format!("0.{}1", "0".repeat(19));
        for text in [
            "",
            ".",
            "0",
            "0.0",
            "1.01",
            "2",
            "-0.5",
            "+0.5",
            "1e-1",
            "0.5x",
            "nan",
            &more_than_19_decimals,
        ] {
            assert_eq!(parse_share(text), None, "{text:?}");
        }
        for text in ["1", "1.", "01.0", ".5", "0.50000000000000000000000", "0.0000000000000000001"]
        {
            assert_eq!(parse_share(text), text.parse().ok(), "{text:?}");
        }
    }

    proptest! {
        /// The standard library is the other implementation.
        #[test]
        fn shares_are_rounded_as_the_standard_library_rounds(
            value in 0.01..=1.0_f64,
            numerator in 1..=10_000_000_000_000_000_000_u64,
            decimals in 0..=19_usize,
        ) {
            prop_assert_eq!(parse_share(&value.to_string()), Some(value));
            let text = format!("0.{numerator:019}");
            let text = text.get(..=1 + decimals).unwrap_or(&text);
            let expected = text.parse().ok().filter(|&value| is_share(value));
            prop_assert_eq!(parse_share(text), expected, "{}", text);
        }
    }
}
