//! The form of a hello: what of it is the library's.
#![warn(clippy::indexing_slicing)]

use crate::tls::{ClientHello, extension, is_grease};

/// A field of a form, in the order of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// The newest version offered, alone.
    Version,
    /// Cipher suites, as sent.
    CipherSuites,
    /// Types of extensions, sorted, without those that come and go.
    Extensions,
    /// Groups, as sent.
    Groups,
    /// Formats of points, as sent.
    PointFormats,
    /// Signature algorithms, as sent.
    Algorithms,
    /// [`GREASE`], if there is any.
    Marks,
}

impl Field {
    pub(super) const COUNT: usize = 7;
    pub(super) const ALL: [Field; Field::COUNT] = [
        Field::Version,
        Field::CipherSuites,
        Field::Extensions,
        Field::Groups,
        Field::PointFormats,
        Field::Algorithms,
        Field::Marks,
    ];
}

/// The mark of a client that sends GREASE among its cipher suites or extensions.
pub(super) const GREASE: u16 = 1;

/// Which fields of a signature are fixed, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Fixed(u8);

impl Fixed {
    pub(super) fn insert(&mut self, field: Field) {
        self.0 |= 1 << field as u8;
    }

    pub(super) const fn contains(self, field: Field) -> bool {
        self.0 >> field as u8 & 1 == 1
    }

    pub(super) const fn count(self) -> u32 {
        self.0.count_ones()
    }
}

/// Numbers of all fields together; a hello with more has no form. Those of real clients have at most
/// 200.
const MAX_NUMBERS: usize = 480;

/// What of a hello is the library's: seven lists of numbers, in place.
pub(super) struct Form {
    numbers: Numbers,
    /// Where each field ends.
    ends: [usize; Field::COUNT],
}

impl Form {
    /// Returns None if it has more numbers than any real hello.
    pub(super) fn of(hello: &ClientHello<'_>) -> Option<Form> {
        let mut numbers = Numbers::default();
        let mut ends = [0; Field::COUNT];
        for (field, end) in Field::ALL.into_iter().zip(&mut ends) {
            let start = numbers.len;
            match field {
                Field::Version => numbers.push(hello.newest_version())?,
                Field::CipherSuites => numbers.extend(hello.cipher_suites().without_grease())?,
                Field::Extensions => {
                    let types = hello.extensions().map(|extension| extension.number);
                    numbers.extend(types.filter(|&number| !comes_and_goes(number)))?;
                    numbers.since(start).sort_unstable();
                }
                Field::Groups => numbers.extend(hello.groups().without_grease())?,
                Field::PointFormats => {
                    numbers.extend(hello.point_formats().iter().copied().map(u16::from))?;
                }
                Field::Algorithms => {
                    numbers.extend(hello.signature_algorithms().without_grease())?;
                }
                Field::Marks => numbers.extend(hello.has_grease().then_some(GREASE).into_iter())?,
            }
            *end = numbers.len;
        }
        Some(Form { numbers, ends })
    }

    pub(super) fn field(&self, field: Field) -> &[u16] {
        let at = field as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let end = self.ends.get(at).copied().unwrap_or_default();
        self.numbers.as_slice().get(start.unwrap_or_default()..end).unwrap_or_default()
    }
}

/// Whether a client sends an extension or not by what it asks for, or by what it knows of the server.
const fn comes_and_goes(number: u16) -> bool {
    is_grease(number)
        || matches!(
            number,
            extension::SERVER_NAME
                | extension::ALPN
                | extension::PADDING
                | extension::SESSION_TICKET
                | extension::PRE_SHARED_KEY
                | extension::EARLY_DATA
                | extension::COOKIE
        )
}

/// A list in place.
pub(super) struct Numbers {
    in_place: [u16; MAX_NUMBERS],
    len: usize,
}

impl Default for Numbers {
    fn default() -> Self {
        Numbers { in_place: [0; MAX_NUMBERS], len: 0 }
    }
}

impl Numbers {
    pub(super) fn push(&mut self, number: u16) -> Option<()> {
        *self.in_place.get_mut(self.len)? = number;
        self.len += 1;
        Some(())
    }

    fn extend(&mut self, mut numbers: impl Iterator<Item = u16>) -> Option<()> {
        numbers.try_for_each(|number| self.push(number))
    }

    pub(super) fn as_slice(&self) -> &[u16] {
        self.in_place.get(..self.len).unwrap_or_default()
    }

    fn since(&mut self, start: usize) -> &mut [u16] {
        self.in_place.get_mut(start..self.len).unwrap_or_default()
    }
}

/// The fixed fields of a form, each after its length: equal if and only if they are.
pub(super) fn key<'f>(fixed: Fixed, field: impl Fn(Field) -> &'f [u16]) -> Option<Numbers> {
    let mut key = Numbers::default();
    for of in Field::ALL.into_iter().filter(|&field| fixed.contains(field)) {
        let numbers = field(of);
        key.push(numbers.len() as u16)?;
        key.extend(numbers.iter().copied())?;
    }
    Some(key)
}
