//! Names of headers as numbers: those that p0f knows, and those of a database.
#![warn(clippy::indexing_slicing)]

use crate::tcp::observation::Compat;

use super::Kind;

macro_rules! names {
    ($($constant:ident = $name:literal,)*) => {
        /// Numbers of the names that p0f knows without a database.
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "numbers of names, not types")]
        #[repr(u16)]
        enum Number { $($constant,)* }
        /// Their spelling, by number.
        const NAMES: &[&str] = &[$($name,)*];
        $(pub(super) const $constant: u16 = Number::$constant as u16;)*
    };
}

names! {
    COOKIE = "Cookie",
    REFERER = "Referer",
    ORIGIN = "Origin",
    RANGE = "Range",
    IF_MODIFIED_SINCE = "If-Modified-Since",
    IF_NONE_MATCH = "If-None-Match",
    VIA = "Via",
    X_FORWARDED_FOR = "X-Forwarded-For",
    AUTHORIZATION = "Authorization",
    PROXY_AUTHORIZATION = "Proxy-Authorization",
    CACHE_CONTROL = "Cache-Control",
    SET_COOKIE = "Set-Cookie",
    LAST_MODIFIED = "Last-Modified",
    ETAG = "ETag",
    CONTENT_LENGTH = "Content-Length",
    CONTENT_DISPOSITION = "Content-Disposition",
    EXPIRES = "Expires",
    PRAGMA = "Pragma",
    LOCATION = "Location",
    REFRESH = "Refresh",
    CONTENT_RANGE = "Content-Range",
    VARY = "Vary",
    HOST = "Host",
    USER_AGENT = "User-Agent",
    CONNECTION = "Connection",
    ACCEPT = "Accept",
    ACCEPT_ENCODING = "Accept-Encoding",
    ACCEPT_LANGUAGE = "Accept-Language",
    ACCEPT_CHARSET = "Accept-Charset",
    KEEP_ALIVE = "Keep-Alive",
    CONTENT_TYPE = "Content-Type",
    ACCEPT_RANGES = "Accept-Ranges",
    DATE = "Date",
    SERVER = "Server",
}

/// Some of the names above.
#[derive(Clone, Copy)]
struct Set(u64);

impl Set {
    const fn of(numbers: &[u16]) -> Set {
        let mut set = 0;
        let mut place = 0;
        while place < numbers.len() {
            #[expect(clippy::indexing_slicing, reason = "while constants are made")]
            let number = numbers[place];
            set |= 1 << number;
            place += 1;
        }
        Set(set)
    }

    const fn has(self, number: u16) -> bool {
        number < u64::BITS as u16 && self.0 >> number & 1 == 1
    }

    const fn and(self, other: Set) -> Set {
        Set(self.0 | other.0)
    }
}

/// A raw signature marks them with `?`, and drops their values.
const OPTIONAL: [Set; 2] = [
    Set::of(&[
        COOKIE,
        REFERER,
        ORIGIN,
        RANGE,
        IF_MODIFIED_SINCE,
        IF_NONE_MATCH,
        VIA,
        X_FORWARDED_FOR,
        AUTHORIZATION,
        PROXY_AUTHORIZATION,
        CACHE_CONTROL,
    ]),
    Set::of(&[
        SET_COOKIE,
        LAST_MODIFIED,
        ETAG,
        CONTENT_LENGTH,
        CONTENT_DISPOSITION,
        CACHE_CONTROL,
        EXPIRES,
        PRAGMA,
        LOCATION,
        REFRESH,
        CONTENT_RANGE,
        VARY,
    ]),
];

/// A raw signature drops their values.
const WITHOUT_VALUE: [Set; 2] =
    [Set::of(&[HOST, USER_AGENT]), Set::of(&[DATE, CONTENT_TYPE, SERVER])];

/// A raw signature lists them where they are absent, in this order.
const COMMON_OF_REQUESTS: &[u16] = &[
    HOST,
    USER_AGENT,
    CONNECTION,
    ACCEPT,
    ACCEPT_ENCODING,
    ACCEPT_LANGUAGE,
    ACCEPT_CHARSET,
    KEEP_ALIVE,
];
const COMMON_OF_RESPONSES: &[u16] = &[CONTENT_TYPE, CONNECTION, KEEP_ALIVE, ACCEPT_RANGES, DATE];

/// What is never shown, whatever a database says.
const SECRET: Set = Set::of(&[COOKIE, SET_COOKIE, AUTHORIZATION, PROXY_AUTHORIZATION]);

pub(super) const fn is_optional(kind: Kind, number: u16) -> bool {
    let [request, response] = OPTIONAL;
    match kind {
        Kind::Request => request.has(number),
        Kind::Response => response.has(number),
    }
}

pub(super) const fn has_no_value(kind: Kind, number: u16) -> bool {
    let [request, response] = WITHOUT_VALUE;
    match kind {
        Kind::Request => request.has(number),
        Kind::Response => response.has(number),
    }
}

/// Whether a value may be shown that p0f shows: not where the header is misplaced, either.
pub(super) const fn is_public(number: u16) -> bool {
    let [request, response] = OPTIONAL;
    !SECRET.and(request).and(response).has(number)
}

/// Whether a record or a raw signature by `Privacy::NamesOnly` shows
/// something of a value.
#[inline]
pub(super) const fn is_shown(kind: Kind, number: u16) -> bool {
    let is_software = match kind {
        Kind::Request => number == USER_AGENT,
        Kind::Response => number == SERVER,
    };
    let is_in_signature =
        !is_optional(kind, number) && !has_no_value(kind, number) && is_public(number);
    is_software || is_in_signature
}

pub(super) const fn common(kind: Kind) -> &'static [u16] {
    match kind {
        Kind::Request => COMMON_OF_REQUESTS,
        Kind::Response => COMMON_OF_RESPONSES,
    }
}

/// Names by number, and numbers by name.
#[derive(Debug, Clone)]
pub(super) struct Names {
    compat: Compat,
    names: Vec<Box<str>>,
    /// Open addressing; a power of two, and never more than half full.
    slots: Vec<u16>,
}

/// No name.
pub(super) const NONE: u16 = u16::MAX;

impl Names {
    pub(super) fn new(compat: Compat) -> Names {
        let mut names = Names { compat, names: Vec::new(), slots: vec![NONE; 256] };
        for name in NAMES {
            names.intern(name);
        }
        names
    }

    /// The number of a name, a new one where it is new. Returns None if there are too many.
    pub(super) fn intern(&mut self, name: &str) -> Option<u16> {
        if let Some(known) = self.number(name.as_bytes()) {
            return Some(known);
        }
        let number = u16::try_from(self.names.len()).ok().filter(|&number| number != NONE)?;
        self.names.push(name.into());
        if self.names.len() * 2 > self.slots.len() {
            self.slots = vec![NONE; self.slots.len() * 2];
            for number in 0..=number {
                self.enter(number);
            }
        } else {
            self.enter(number);
        }
        Some(number)
    }

    fn enter(&mut self, number: u16) {
        let mask = self.slots.len() - 1;
        let mut slot = hash(self.name(number).as_bytes()) & mask;
        while let Some(place) = self.slots.get_mut(slot) {
            if *place == NONE {
                *place = number;
                return;
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The number of a name: in any case, or in just this one as p0f has it.
    #[inline]
    pub(super) fn number(&self, name: &[u8]) -> Option<u16> {
        let mask = self.slots.len() - 1;
        let mut slot = hash(name) & mask;
        loop {
            let &number = self.slots.get(slot)?;
            let known = self.names.get(usize::from(number))?.as_bytes();
            // Nearly always in the usual case.
            if known == name || (self.compat == Compat::Fixed && known.eq_ignore_ascii_case(name)) {
                return Some(number);
            }
            slot = (slot + 1) & mask;
        }
    }

    pub(super) fn name(&self, number: u16) -> &str {
        self.names.get(usize::from(number)).map(|name| &**name).unwrap_or_default()
    }
}

/// Of a name in any case: of its ends and its length.
#[inline]
fn hash(name: &[u8]) -> usize {
    const LOWER_CASE: u64 = 0x2020_2020_2020_2020;
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (first, last) = match (name.first_chunk(), name.last_chunk()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => {
            let word = name.iter().fold(0, |word, &byte| word << 8 | u64::from(byte | 0x20));
            (word, 0)
        }
    };
    let word = (first | LOWER_CASE) ^ (last | LOWER_CASE).rotate_left(23) ^ name.len() as u64;
    (word.wrapping_mul(ODD) >> 40) as usize
}
