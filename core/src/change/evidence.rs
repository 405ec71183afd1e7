//! What speaks for a verdict: for each reason, what was seen before and what is seen now.

use core::fmt;

use super::{Appearance, Change, ChangeReasons, Verdict};
use crate::frame::Timestamp;
use crate::label::Label;
use crate::tcp::quirks::Quirks;
use crate::wire::OptionKinds;

/// One reason of a verdict with its values.
///
/// [`Record::evidence`](crate::Record::evidence) lists it; an example is at [`Change`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Evidence<'d> {
    /// A single reason.
    pub reason: ChangeReasons,
    /// What was seen before.
    pub then: Value<'d>,
    /// What is seen now.
    pub now: Value<'d>,
    /// When the earlier one was captured, to the millisecond.
    pub time: Timestamp,
}

/// What a sign of change compares.
///
/// It is a part of [`Evidence`]; an example is at [`Change`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Value<'d> {
    /// The label, if a signature fitted.
    System(Option<&'d Label>),
    /// TTL as observed, TCP port, MSS or own timestamp.
    Number(u32),
    /// Window, not scaled, and window scale.
    Window(u16, Option<u8>),
    /// TCP options that a system chooses.
    Options(OptionKinds),
    /// Oddities of the headers.
    Quirks(Quirks),
}

/// As in a raw signature; `none` where there is nothing.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::System(Some(label)) => label.fmt(f),
            Value::System(None) => f.write_str("unknown"),
            Value::Number(number) => number.fmt(f),
            Value::Window(window, Some(scale)) => write!(f, "{window},{scale}"),
            Value::Window(window, None) => write!(f, "{window},0"),
            Value::Options(kinds) if *kinds == OptionKinds::default() => f.write_str("none"),
            Value::Options(kinds) => kinds.fmt(f),
            Value::Quirks(quirks) if quirks.is_empty() => f.write_str("none"),
            Value::Quirks(quirks) => quirks.fmt(f),
        }
    }
}

impl<'d> Change<'d> {
    /// For each reason, what was seen in [`Change::then`] and what is seen `now`; nothing by p0f's
    /// rules.
    pub fn evidence(&self, now: Appearance<'d>) -> impl Iterator<Item = Evidence<'d>> {
        let single = ChangeReasons::ALL.iter().map(|&(reason, _)| reason);
        let reasons = single.filter(|reason| self.reasons.contains(*reason));
        self.then.into_iter().flat_map(move |then| {
            reasons.clone().map(move |reason| Evidence {
                reason,
                then: value(reason, &then, &now),
                now: value(reason, &now, &then),
                time: then.time,
            })
        })
    }

    /// How likely the verdict is right, 0 to 1; `None` by p0f's rules. The figures are counted, as
    /// docs/quality.md says.
    #[must_use]
    pub fn quality(&self) -> Option<f64> {
        self.then?;
        let has = |reason| self.reasons.contains(reason);
        let is_shared = self.verdict == Verdict::IpSharing;
        Some(if has(ChangeReasons::SYSTEM) {
            0.95
        } else if has(ChangeReasons::PORT) || (has(ChangeReasons::SIGNATURE) && self.score >= 6) {
            0.9
        } else if is_shared && self.score >= 2 {
            0.75
        } else if has(ChangeReasons::TOOL_VS_SYSTEM) || self.score < 2 {
            0.6
        } else {
            0.7
        })
    }
}

/// What a look shows that a reason compares; of options and quirks, what differs.
fn value<'d>(reason: ChangeReasons, of: &Appearance<'d>, other: &Appearance<'d>) -> Value<'d> {
    match reason {
        ChangeReasons::SIGNATURE if of.options != other.options => Value::Options(of.options),
        ChangeReasons::SIGNATURE => Value::Quirks(of.quirks),
        ChangeReasons::TIMESTAMP => Value::Number(of.own_timestamp),
        ChangeReasons::TTL => Value::Number(of.ttl.into()),
        ChangeReasons::PORT => Value::Number(of.port.into()),
        ChangeReasons::MTU => Value::Number(of.mss.into()),
        ChangeReasons::WINDOW => Value::Window(of.window, of.window_scale),
        _ => Value::System(of.label),
    }
}
