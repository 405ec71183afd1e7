//! JSON text at the end of a vector: the values that JSON knows, and those that records write often.

use core::fmt::{self, Write as _};
use core::net::Ipv4Addr;

use super::cache::Cache;
use super::time::Second;
use crate::ascii::Text;
use crate::frame::Timestamp;

/// Where JSON is appended.
pub(super) struct Json<'v> {
    pub(super) to: &'v mut Vec<u8>,
    /// What was written before, if that is kept.
    pub(super) cache: Option<&'v mut Cache>,
}

impl Text for Json<'_> {
    #[inline(always)]
    fn push_bytes(&mut self, bytes: &[u8]) {
        self.bytes(bytes);
    }
}

impl fmt::Write for Json<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.raw(text);
        Ok(())
    }
}

impl<'v> Json<'v> {
    /// More than most records need.
    const RECORD_BYTES: usize = 1024;

    pub(super) fn at_end_of(to: &'v mut Vec<u8>) -> Json<'v> {
        Json { to, cache: None }
    }

    /// With what was written before.
    pub(super) fn with_cache(to: &'v mut Vec<u8>, cache: &'v mut Cache) -> Json<'v> {
        to.reserve(Self::RECORD_BYTES);
        Json { to, cache: Some(cache) }
    }

    /// Text that is JSON, or needs no escape.
    #[inline(always)]
    pub(super) fn raw(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    #[inline(always)]
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.to.extend_from_slice(bytes);
    }

    /// What `Display` writes, which must need no escape.
    pub(super) fn display(&mut self, value: impl fmt::Display) {
        // Writing to memory does not fail.
        let _ = write!(self, "{value}");
    }

    #[inline]
    pub(super) fn number(&mut self, number: impl itoa::Integer) {
        self.raw(itoa::Buffer::new().format(number));
    }

    /// A number in the shortest form that reads back the same; always with a point.
    pub(super) fn float(&mut self, number: f64) {
        self.display(format_args!("{number:?}"));
    }

    /// A number from 0 to 1; those with two decimals, as most are, need no general way.
    pub(super) fn quality(&mut self, number: f64) {
        let hundredths = number * 100.0;
        let digits = hundredths as u8;
        if f64::from(digits) / 100.0 != number || digits >= 100 {
            return self.float(number);
        }
        let (tenths, rest) = (b'0' + digits / 10, b'0' + digits % 10);
        let text = [b'0', b'.', tenths, rest];
        self.bytes(if rest == b'0' { &text[..3] } else { &text });
    }

    /// A string in quotes.
    pub(super) fn string(&mut self, text: &str) {
        self.raw("\"");
        self.escaped(text);
        self.raw("\"");
    }

    /// What is between the quotes of a string (RFC 8259 section 7).
    pub(super) fn escaped(&mut self, text: &str) {
        if !needs_escape(text) {
            return self.raw(text);
        }
        for character in text.chars() {
            match character {
                '"' => self.raw("\\\""),
                '\\' => self.raw("\\\\"),
                '\u{8}' => self.raw("\\b"),
                '\u{c}' => self.raw("\\f"),
                '\n' => self.raw("\\n"),
                '\r' => self.raw("\\r"),
                '\t' => self.raw("\\t"),
                '\0'..'\u{20}' => {
                    self.display(format_args!("\\u{:04x}", u32::from(character)));
                }
                other => self.raw(other.encode_utf8(&mut [0; 4])),
            }
        }
    }

    pub(super) fn list<T>(
        &mut self,
        items: impl Iterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.raw("[");
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.raw(",");
            }
            write(self, item);
        }
        self.raw("]");
    }

    pub(super) fn time(&mut self, time: Timestamp) {
        match self.cache.take() {
            Some(cache) => {
                self.bytes(cache.time(time));
                self.cache = Some(cache);
            }
            None => self.bytes(Second::new().text(time)),
        }
    }

    /// In the dotted notation; copied four bytes at a time, because a known number is quicker.
    pub(super) fn ipv4(&mut self, ip: Ipv4Addr) {
        let mut text = [0; 4 * DOTTED_BYTES[0].0.len()];
        let mut len = 0;
        for byte in ip.octets() {
            let (digits, digits_len) = &DOTTED_BYTES[usize::from(byte)];
            if let Some(place) = text.get_mut(len..).and_then(<[u8]>::first_chunk_mut) {
                *place = *digits;
            }
            len += usize::from(*digits_len);
        }
        let start = self.to.len();
        self.bytes(&text);
        // Without the last dot, and what is after it.
        self.to.truncate(start + len - 1);
    }
}

/// Whether a string needs an escape: most need none.
#[inline]
pub(super) fn needs_escape(text: &str) -> bool {
    let needs_escape = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    // Without an early end, so that many bytes are compared in one step.
    text.bytes().fold(false, |any, byte| any | needs_escape(byte))
}

/// The values of a byte in decimal, each with a dot after it, and how long that is.
static DOTTED_BYTES: [([u8; 4], u8); 256] = {
    let mut all = [([0; 4], 0); 256];
    let mut byte = 0;
    while byte < all.len() {
        let [hundreds, tens, ones] = [byte / 100, byte / 10 % 10, byte % 10];
        let [hundreds, tens, ones] = [b'0' + hundreds as u8, b'0' + tens as u8, b'0' + ones as u8];
        all[byte] = match byte {
            0..10 => ([ones, b'.', 0, 0], 2),
            10..100 => ([tens, ones, b'.', 0], 3),
            _ => ([hundreds, tens, ones, b'.'], 4),
        };
        byte += 1;
    }
    all
};
