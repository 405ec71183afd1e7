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
pub(crate) fn is_share(share: f64) -> bool {
    share > 0.0 && share <= 1.0
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
