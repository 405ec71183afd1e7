//! How a signature fits an observation, and where it does not, as a value.

use core::fmt;

use crate::field::Field;
use crate::tcp::difference::Difference;
use crate::tcp::matching::{self, Fit};
use crate::tcp::observation::{Compat, Observation};
use crate::tcp::signature::Signature;

/// How a signature fits an observation: what [`Signature::matches`] returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// It fits in every field.
    Exact,
    /// It fits with the tolerances in TTL and quirks that [`Database::find`](crate::Database::find)
    /// has for systems, though not for tools.
    Fuzzy(Differences),
    /// It does not fit.
    Different(Differences),
}

/// The fields in which an observation is not what a signature asks, with both of them: what
/// [`Signature::differences`] iterates over, as a value that can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Differences {
    signature: Signature,
    observation: Observation,
    /// A bit for each field, by its number.
    fields: u16,
}

impl Comparison {
    /// Whether it fits, with tolerances or without.
    #[must_use]
    pub const fn is_match(&self) -> bool {
        matches!(self, Comparison::Exact | Comparison::Fuzzy(_))
    }

    /// Whether it fits in every field.
    #[must_use]
    pub const fn is_exact(&self) -> bool {
        matches!(self, Comparison::Exact)
    }

    /// Where it does not fit; `None` if it fits in every field.
    #[must_use]
    pub const fn differences(&self) -> Option<&Differences> {
        match self {
            Comparison::Exact => None,
            Comparison::Fuzzy(differences) | Comparison::Different(differences) => {
                Some(differences)
            }
        }
    }
}

/// `exact`, or where it does not fit: `fuzzy: ttl 70 for 64`.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Comparison::Exact => f.write_str("exact"),
            Comparison::Fuzzy(differences) => write!(f, "fuzzy: {differences}"),
            Comparison::Different(differences) => write!(f, "different: {differences}"),
        }
    }
}

impl Differences {
    fn between(signature: &Signature, observation: &Observation) -> Differences {
        let differing = signature.differences(observation);
        let fields = differing.fold(0, |fields, it| fields | 1 << it.field as u16);
        Differences { signature: *signature, observation: *observation, fields }
    }

    /// Returns whether the two differ in this field.
    #[must_use]
    pub const fn contains(&self, field: Field) -> bool {
        self.fields & 1 << field as u16 != 0
    }

    /// The fields in which the two differ, in the order of the notation.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        let fields = *self;
        Field::ALL.iter().copied().filter(move |&field| fields.contains(field))
    }

    /// The differences, in the order of the notation.
    pub fn iter(&self) -> impl Iterator<Item = Difference<'_>> {
        self.fields().map(|field| Difference::new(field, &self.observation, &self.signature))
    }

    /// The signature.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The observation.
    #[must_use]
    pub const fn observation(&self) -> &Observation {
        &self.observation
    }
}

/// `window mss*44 for mss*20, quirks df for df,id+`.
impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, difference) in self.iter().enumerate() {
            f.write_str(if index > 0 { ", " } else { "" })?;
            write!(f, "{difference}")?;
        }
        Ok(())
    }
}

impl Signature {
    /// Compares one observation with this signature alone, as
    /// [`Database::find`](crate::Database::find) does with all of a database: options of programs are
    /// set aside where the signature asks for none.
    ///
    /// ```
    /// use stackprint::{Comparison, Field, Observation, Signature};
    ///
    /// let signature: Signature = "*:64:0:*:mss*44,7:mss,sok,ts,nop,ws:df,id+:0".parse()?;
    /// let seen: Observation = "4:61+3:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0".parse()?;
    /// assert_eq!(signature.matches(&seen), Comparison::Exact);
    ///
    /// // A middlebox cleared "don't fragment" and the identification with it.
    /// let seen: Observation = "4:61+3:0:1460:mss*44,7:mss,sok,ts,nop,ws::0".parse()?;
    /// let comparison = signature.matches(&seen);
    /// assert!(comparison.is_match() && !comparison.is_exact());
    /// assert_eq!(comparison.to_string(), "fuzzy: quirks  for df,id+");
    ///
    /// let seen: Observation = "4:61+3:0:1400:65535,7:mss,sok,ts,nop,ws:df,id+:0".parse()?;
    /// let Comparison::Different(differences) = signature.matches(&seen) else { unreachable!() };
    /// assert!(differences.fields().eq([Field::Window]));
    /// # Ok::<(), stackprint::ParseError>(())
    /// ```
    #[must_use]
    pub fn matches(&self, observation: &Observation) -> Comparison {
        match self.fit(observation) {
            Fit::Exact => Comparison::Exact,
            Fit::Fuzzy => Comparison::Fuzzy(Differences::between(self, observation)),
            Fit::No => Comparison::Different(Differences::between(self, observation)),
        }
    }

    fn fit(&self, observation: &Observation) -> Fit {
        let fit = |seen: &Observation| matching::fit(self, seen, &mut None, Compat::Fixed);
        if self.layout.same_kinds(&observation.layout) {
            return fit(observation);
        }
        let plain = observation.without_app_options(&self.layout);
        plain.map_or(Fit::No, |(plain, _)| fit(&plain))
    }
}
