//! Fingerprints of one's own, beside those of the database.

use crate::analyzer::Session;
use crate::frame::Frame;
use crate::record::Record;
#[cfg(feature = "serde")]
use crate::record::RecordRow;
use crate::skip::Skip;

/// A fingerprint of one's own: looks at what was seen, and says what it finds.
///
/// It sees each record with its typed observations: `fingerprint` of a SYN or SYN+ACK with the
/// [`Observation`](crate::Observation), `uptime`, and what other layers say. A closure is a matcher,
/// and a type where it has state or is shared. [`Session::analyze_with`] asks it while frames are
/// analyzed; programs that do not call it pay nothing for it.
///
/// ```
/// use stackprint::{Analyzer, Database, Frame, LinkType, Record, Side};
///
/// # let frame = *b"\x45\0\0\x28\0\0\0\0\x40\x06\0\0\xc0\0\x02\x0a\xc0\0\x02\x01\
/// #     \x9c\x40\0\x50\0\0\0\0\0\0\0\0\x50\x02\xfa\xf0\0\0\0\0";
/// # let frames = [Frame::new(LinkType::RAW, &frame)];
/// // A client that announces no MSS makes its packets itself.
/// let mut forged = |record: &Record<'_>| {
///     let observation = record.fingerprint.as_ref()?.observation;
///     (record.subject == Side::Client && observation.mss.is_none()).then_some("forged")
/// };
/// let mut analyzer = Analyzer::new(&Database::builtin());
/// let mut session = analyzer.session();
/// let mut findings = Vec::new();
/// for frame in &frames {
///     session.analyze_with(frame, &mut forged, |found| {
///         if let Ok(Some(matched)) = found {
///             findings.extend(matched.finding);
///         }
///     });
/// }
/// assert_eq!(findings, ["forged"]);
/// ```
pub trait Matcher {
    /// What it finds.
    type Finding;

    /// What it finds in a record; `None` if nothing.
    fn find(&mut self, record: &Record<'_>) -> Option<Self::Finding>;
}

impl<F: FnMut(&Record<'_>) -> Option<T>, T> Matcher for F {
    type Finding = T;

    fn find(&mut self, record: &Record<'_>) -> Option<T> {
        self(record)
    }
}

/// A record with what a [`Matcher`] found in it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Matched<'d, T> {
    /// What the packet said.
    pub record: Record<'d>,
    /// What the matcher found.
    pub finding: Option<T>,
}

#[cfg(feature = "serde")]
impl<T> Matched<'_, T> {
    /// The record as a serde value, with the finding as its member `extra`.
    #[must_use]
    pub fn row(&self) -> MatchedRow<'_, &T> {
        MatchedRow { record: self.record.row(), extra: self.finding.as_ref() }
    }
}

/// A record with the finding of a [`Matcher`] as a serde value: the members of the record, and one more.
///
/// Any format of serde that has maps takes it: JSON, MessagePack with names, and others. The finding
/// is what its own type makes of it.
///
/// ```
/// use stackprint::{Analyzer, Database, Frame, LinkType, Record};
///
/// # let frame = *b"\x45\0\0\x28\0\0\0\0\x40\x06\0\0\xc0\0\x02\x0a\xc0\0\x02\x01\
/// #     \x9c\x40\0\x50\0\0\0\0\0\0\0\0\x50\x02\xfa\xf0\0\0\0\0";
/// # let frame = Frame::new(LinkType::RAW, &frame);
/// let mut port = |record: &Record<'_>| Some(record.server.port);
/// let mut analyzer = Analyzer::new(&Database::builtin());
/// let mut lines = Vec::new();
/// analyzer.session().analyze_with(&frame, &mut port, |found| {
///     if let Ok(Some(matched)) = found {
///         lines.push(serde_json::to_value(matched.row()).expect("a row has a JSON form"));
///     }
/// });
/// assert_eq!((&lines[0]["kind"], &lines[0]["extra"]), (&"syn".into(), &80.into()));
/// ```
#[cfg(feature = "serde")]
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MatchedRow<'a, T> {
    /// What the packet said.
    #[serde(flatten)]
    pub record: RecordRow<'a>,
    /// What the matcher found; null if nothing.
    pub extra: Option<T>,
}

/// The schema of rows with findings of a type: that of records, and `extra`.
///
/// ```
/// let schema = stackprint::matched_schema::<u16>();
/// assert!(schema.as_value()["properties"]["extra"].is_object());
/// ```
#[cfg(feature = "schema")]
#[must_use]
pub fn matched_schema<T: schemars::JsonSchema>() -> schemars::Schema {
    crate::record::schema_of::<MatchedRow<'static, T>>(
        "stackprint.record.v1.extra",
        "stackprint record, version 1, with a finding",
    )
}

impl<'a> Session<'a> {
    /// As [`Session::analyze_all`], and has each record looked at by a matcher.
    pub fn analyze_with<M: Matcher>(
        &mut self,
        frame: &Frame<'_>,
        matcher: &mut M,
        mut each: impl FnMut(Result<Option<Matched<'a, M::Finding>>, Skip>),
    ) {
        self.analyze_all(frame, |result| {
            let record = match result {
                Ok(Some(record)) => record,
                Ok(None) => return each(Ok(None)),
                Err(skip) => return each(Err(skip)),
            };
            let finding = matcher.find(&record);
            each(Ok(Some(Matched { record, finding })));
        });
    }
}
