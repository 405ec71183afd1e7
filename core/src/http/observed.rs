//! A head as signatures see it: names as numbers.
#![warn(clippy::indexing_slicing)]

use core::fmt;

use super::header::Span;
use super::mask::Mask;
use super::names::{self, NONE, Names};
use super::{Head, Kind, Language, MAX_HEADERS, Oddities, Value};
use crate::tcp::observation::Compat;

/// A head with the names of its headers looked up in [`Signatures`](super::Signatures), which alone can use it.
///
/// The [module of HTTP](super) has an example.
#[derive(Clone)]
pub struct Observed<'b> {
    head: Head<'b>,
    fields: [Field; MAX_HEADERS],
    count: usize,
    pub(super) present: Mask,
    software: Span,
    language: Span,
    date: Span,
    has_via: bool,
    oddities: Oddities,
}

/// One header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    /// [`NONE`] where the signatures do not name it.
    pub(super) number: u16,
    pub(super) name: Span,
    pub(super) value: Span,
}

impl<'b> Observed<'b> {
    pub(super) fn with_names(head: &Head<'b>, names: &Names) -> Observed<'b> {
        let none = Span::default();
        let mut observed = Observed {
            head: *head,
            fields: [Field { number: NONE, name: none, value: none }; MAX_HEADERS],
            count: 0,
            present: Mask::default(),
            software: none,
            language: none,
            date: none,
            has_via: false,
            oddities: Oddities::default(),
        };
        let bytes = head.reveal();
        let mut walk = head.walk();
        for place in &mut observed.fields {
            let Some((name, value)) = walk.next() else { break };
            let number = names.number(name.of(bytes)).unwrap_or(NONE);
            *place = Field { number, name, value };
            observed.count += 1;
            if number == NONE {
                continue;
            }
            observed.present.add(number);
            if !value.is_empty() {
                // The last one counts.
                match (head.kind(), number) {
                    (Kind::Request, names::USER_AGENT) | (Kind::Response, names::SERVER) => {
                        observed.software = value;
                    }
                    (Kind::Request, names::ACCEPT_LANGUAGE) => observed.language = value,
                    (Kind::Response, names::DATE) => observed.date = value,
                    (_, names::VIA | names::X_FORWARDED_FOR) => observed.has_via = true,
                    _ => {}
                }
            }
        }
        // Headers beyond the last place are counted.
        while walk.next().is_some() {}
        observed.oddities = walk.oddities;
        observed
    }

    /// Whose head it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.head.kind()
    }

    /// The version that signatures ask for: 1 for HTTP/1.1, else 0.
    #[must_use]
    pub const fn version(&self) -> u8 {
        (self.head.minor_version() == 1) as u8
    }

    /// User-Agent or Server.
    #[must_use]
    pub fn software(&self) -> Option<Value<'b>> {
        self.filled(self.software)
    }

    /// Whether it has no User-Agent or Server.
    #[must_use]
    pub const fn is_anonymous(&self) -> bool {
        self.software.is_empty()
    }

    /// The language that a client wants first.
    #[must_use]
    pub fn language(&self, compat: Compat) -> Language {
        let value = self.language.of(self.head.reveal());
        Language::of(if compat == Compat::P0fExact { c_string(value) } else { value }, compat)
    }

    /// The clock of a server.
    #[must_use]
    pub fn date(&self) -> Option<Value<'b>> {
        self.filled(self.date)
    }

    /// Whether a proxy names itself or whom it speaks for.
    #[must_use]
    pub const fn has_via(&self) -> bool {
        self.has_via
    }

    /// What is odd about the lines.
    #[must_use]
    pub const fn oddities(&self) -> Oddities {
        self.oddities
    }

    fn filled(&self, span: Span) -> Option<Value<'b>> {
        (!span.is_empty()).then(|| Value(span.of(self.head.reveal())))
    }

    pub(super) fn fields(&self) -> &[Field] {
        self.fields.get(..self.count).unwrap_or_default()
    }

    #[inline]
    pub(super) fn bytes(&self, span: Span) -> &'b [u8] {
        span.of(self.head.reveal())
    }
}

/// As the head: names alone.
impl fmt::Debug for Observed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.head, f)
    }
}

/// What C sees of a text.
pub(super) fn c_string(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}
