//! JA4 and JA3 of a ClientHello.
#![warn(clippy::indexing_slicing)]

use core::fmt;

use md5::Md5;
use sha2::Sha256;

use super::text::{FixedText, Hashed, Sink, Written, decimal_list, hex_list};
use super::{ClientHello, alpn, extension, is_grease, version};
use crate::ascii::Text;

/// A JA4 fingerprint, or one of its shape: 36 characters, `a_b_c`.
///
/// [`Fingerprints::ja4`] returns it; the [module of TLS](super) has an example.
pub type Ja4 = FixedText<36>;

/// A JA3 or JA3S fingerprint: an MD5 hash in 32 lower-case hexadecimal digits.
///
/// [`Fingerprints::ja3`] returns it; an example is at [`ServerHello`](super::ServerHello).
pub type Ja3 = FixedText<32>;

/// What brought a hello: the first character of JA4.
///
/// The [module of TLS](super) has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// TLS over TCP, `t`.
    Tcp,
    /// QUIC, `q`.
    Quic,
    /// DTLS, `d`.
    Dtls,
}

impl Transport {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Transport::Tcp => "tcp",
            Transport::Quic => "quic",
            Transport::Dtls => "dtls",
        }
    }

    const fn letter(self) -> u8 {
        match self {
            Transport::Tcp => b't',
            Transport::Quic => b'q',
            Transport::Dtls => b'd',
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The fingerprints of a hello that is whole.
///
/// | | cipher suites, extensions | lists |
/// | --- | --- | --- |
/// | [`ja4`](Self::ja4) | sorted; server name and ALPN left out | hashed |
/// | [`ja4_r`](Self::ja4_r) | the same | in full |
/// | [`ja4_o`](Self::ja4_o) | as sent, all of them | hashed |
/// | [`ja4_ro`](Self::ja4_ro) | the same | in full |
/// | [`stable`](Self::stable) | sorted; what changes from connection to connection left out | hashed |
/// | [`ja3`](Self::ja3), [`ja3_text`](Self::ja3_text) | as sent, in decimal | hashed, in full |
///
/// GREASE values (RFC 8701) are left out everywhere, among signature algorithms too. Where
/// implementations of JA4 differ:
///
/// - The first character is the transport, not whether QUIC's extension is there.
/// - The version of DTLS is the newest, not the highest number.
/// - `d` or `i` is whether the extension `server_name` is there, whatever it holds.
/// - ALPN is taken by bytes, and in hexadecimal if its first or last is no letter or digit of ASCII.
/// - A list without entries has twelve zeros for its hash, not the hash of nothing. The list of
///   `ja4_o` has an entry if the server name is the only extension.
/// - Of an extension sent twice, the first is read; the lists name it twice.
///
/// [`ClientHello::fingerprints`] returns them; the [module of TLS](super) has an example.
#[derive(Debug, Clone, Copy)]
pub struct Fingerprints<'h> {
    hello: &'h ClientHello<'h>,
    transport: Transport,
}

impl ClientHello<'_> {
    /// What JA4 and JA3 make of it. Returns None if it is [`truncated`](Self::truncated): the
    /// fingerprint of a part would be that of another client.
    #[must_use]
    pub fn fingerprints(&self, transport: Transport) -> Option<Fingerprints<'_>> {
        (!self.truncated()).then_some(Fingerprints { hello: self, transport })
    }
}

/// Which extensions are taken, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Selection {
    /// Sorted, without server name and ALPN.
    Sorted,
    /// Sorted, without these and those that depend on earlier connections.
    Stable,
    /// All, as sent.
    AsSent,
}

impl<'h> Fingerprints<'h> {
    /// JA4.
    #[must_use]
    pub fn ja4(&self) -> Ja4 {
        self.hashed(Selection::Sorted)
    }

    /// JA4 of the lists as they were sent (`JA4_o`).
    #[must_use]
    pub fn ja4_o(&self) -> Ja4 {
        self.hashed(Selection::AsSent)
    }

    /// A fingerprint in the form of JA4, not known to others by this name: without padding, session
    /// ticket, pre-shared key and early data, in the count and in the hash. A client that resumes a
    /// session adds those, and JA4 changes; this does not.
    #[must_use]
    pub fn stable(&self) -> Ja4 {
        self.hashed(Selection::Stable)
    }

    /// [`ja4`](Self::ja4) and [`stable`](Self::stable), in less time than one after the other: their
    /// cipher suites are the same, and all of them if nothing comes and goes in this hello.
    pub(crate) fn ja4_and_stable(&self) -> (Ja4, Ja4) {
        let suites = self.hashed_suites(Selection::Sorted);
        let ja4 = self.hashed_behind(&suites, Selection::Sorted);
        let differs = extension_numbers(self.hello).any(is_ephemeral);
        (ja4, if differs { self.hashed_behind(&suites, Selection::Stable) } else { ja4 })
    }

    /// JA4 with its lists in full (`JA4_r`).
    #[must_use]
    pub fn ja4_r(&self) -> String {
        text(|out| self.write_ja4_r(out))
    }

    /// Writes JA4 with its lists in full.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn write_ja4_r(&self, out: &mut impl fmt::Write) -> fmt::Result {
        self.write_lists(Selection::Sorted, out)
    }

    /// JA4 with its lists in full, as they were sent (`JA4_ro`).
    #[must_use]
    pub fn ja4_ro(&self) -> String {
        text(|out| self.write_ja4_ro(out))
    }

    /// Writes JA4 with its lists in full, as they were sent.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn write_ja4_ro(&self, out: &mut impl fmt::Write) -> fmt::Result {
        self.write_lists(Selection::AsSent, out)
    }

    /// JA3: the MD5 hash of [`ja3_text`](Self::ja3_text).
    #[must_use]
    pub fn ja3(&self) -> Ja3 {
        let mut hashed = Hashed::<Md5>::new();
        self.push_ja3(&mut hashed);
        Ja3::hex(&hashed.finish())
    }

    /// What JA3 is the hash of: version, cipher suites, extensions, groups and point formats in
    /// decimal.
    #[must_use]
    pub fn ja3_text(&self) -> String {
        text(|out| self.write_ja3_text(out))
    }

    /// Writes what JA3 is the hash of.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn write_ja3_text(&self, out: &mut impl fmt::Write) -> fmt::Result {
        let mut out = Written { out, result: Ok(()) };
        self.push_ja3(&mut out);
        out.result
    }

    #[inline]
    fn push_ja3(&self, out: &mut impl Sink) {
        let hello = self.hello;
        out.push_number(hello.legacy_version());
        out.push(",");
        decimal_list(out, hello.cipher_suites().without_grease());
        out.push(",");
        decimal_list(out, extension_numbers(hello));
        out.push(",");
        decimal_list(out, hello.groups().without_grease());
        out.push(",");
        decimal_list(out, hello.point_formats().iter().copied().map(u16::from));
    }

    fn hashed(&self, selection: Selection) -> Ja4 {
        self.hashed_behind(&self.hashed_suites(selection), selection)
    }

    /// The hash of the cipher suites, and how many there are.
    fn hashed_suites(&self, selection: Selection) -> (FixedText<12>, usize) {
        let mut text = Hashed::<Sha256>::new();
        let count = self.push_cipher_suites(selection, &mut text);
        (short_hash(text, count), count)
    }

    fn hashed_behind(&self, suites: &(FixedText<12>, usize), selection: Selection) -> Ja4 {
        let (b, cipher_suites) = suites;
        let mut text = Hashed::<Sha256>::new();
        let (counted, listed) = self.push_extensions(selection, &mut text);
        let a = self.a(*cipher_suites, counted);
        let c = short_hash(text, listed);
        Ja4::of(&[&a, b"_", b.as_bytes(), b"_", c.as_bytes()])
    }

    fn write_lists(&self, selection: Selection, out: &mut impl fmt::Write) -> fmt::Result {
        let hello = self.hello;
        let (cipher_suites, extensions) =
            (hello.cipher_suites().without_grease().count(), extension_numbers(hello).count());
        let mut out = Written { out, result: Ok(()) };
        out.push_bytes(&self.a(cipher_suites, extensions));
        out.push("_");
        self.push_cipher_suites(selection, &mut out);
        out.push("_");
        self.push_extensions(selection, &mut out);
        out.result
    }

    /// The part in plain text, of so many cipher suites and extensions.
    fn a(&self, cipher_suites: usize, extensions: usize) -> [u8; 10] {
        let hello = self.hello;
        let [version_high, version_low] = *version_characters(hello.newest_version());
        let name = if hello.extension(extension::SERVER_NAME).is_some() { b'd' } else { b'i' };
        let [ciphers_high, ciphers_low] = two_digits(cipher_suites);
        let [extensions_high, extensions_low] = two_digits(extensions);
        let [alpn_first, alpn_last] = alpn::two_characters(hello.protocols());
        [
            self.transport.letter(),
            version_high,
            version_low,
            name,
            ciphers_high,
            ciphers_low,
            extensions_high,
            extensions_low,
            alpn_first,
            alpn_last,
        ]
    }

    /// Appends the cipher suites, and tells how many there are.
    #[inline]
    fn push_cipher_suites(&self, selection: Selection, out: &mut impl Text) -> usize {
        let mut list = Short::default();
        list.extend(self.hello.cipher_suites().without_grease());
        if selection != Selection::AsSent {
            list.as_mut_slice().sort_unstable();
        }
        hex_list(out, list.as_slice().iter().copied());
        list.as_slice().len()
    }

    /// Appends extensions and signature algorithms, and tells how many extensions count, and how
    /// many are listed.
    #[inline]
    fn push_extensions(&self, selection: Selection, out: &mut impl Text) -> (usize, usize) {
        let mut counted = 0;
        let mut list = Short::default();
        for number in extension_numbers(self.hello) {
            if selection == Selection::Stable && is_ephemeral(number) {
                continue;
            }
            counted += 1;
            let is_named_in_a = matches!(number, extension::SERVER_NAME | extension::ALPN);
            if selection == Selection::AsSent || !is_named_in_a {
                list.push(number);
            }
        }
        if selection != Selection::AsSent {
            list.as_mut_slice().sort_unstable();
        }
        hex_list(out, list.as_slice().iter().copied());
        let algorithms = self.hello.signature_algorithms().without_grease();
        if algorithms.clone().next().is_some() {
            out.push("_");
            hex_list(out, algorithms);
        }
        (counted, list.as_slice().len())
    }
}

/// Types of extensions without GREASE.
fn extension_numbers<'h>(hello: &'h ClientHello<'_>) -> impl Iterator<Item = u16> + 'h {
    hello.extensions().map(|extension| extension.number).filter(|&number| !is_grease(number))
}

/// Whether clients send an extension or not by what they know of the server, or by the length of
/// the rest.
const fn is_ephemeral(number: u16) -> bool {
    matches!(
        number,
        extension::PADDING
            | extension::SESSION_TICKET
            | extension::PRE_SHARED_KEY
            | extension::EARLY_DATA
    )
}

const fn version_characters(number: u16) -> &'static [u8; 2] {
    match number {
        version::TLS_1_3 => b"13",
        version::TLS_1_2 => b"12",
        version::TLS_1_1 => b"11",
        version::TLS_1_0 => b"10",
        version::SSL_3 => b"s3",
        version::SSL_2 => b"s2",
        version::DTLS_1_0 => b"d1",
        version::DTLS_1_2 => b"d2",
        version::DTLS_1_3 => b"d3",
        _ => b"00",
    }
}

/// A count, at most 99.
const fn two_digits(count: usize) -> [u8; 2] {
    let count = if count > 99 { 99 } else { count as u8 };
    [b'0' + count / 10, b'0' + count % 10]
}

/// The first twelve digits of a hash; zeros for a list without entries.
fn short_hash(text: Hashed<Sha256>, entries: usize) -> FixedText<12> {
    if entries == 0 { FixedText::of(&[]) } else { FixedText::hex(&text.finish()) }
}

/// Text made by a writer.
pub(super) fn text(write: impl FnOnce(&mut String) -> fmt::Result) -> String {
    let mut text = String::new();
    // A String takes everything.
    let _ = write(&mut text);
    text
}

/// A list of numbers, kept in place as long as it is not longer than any real one.
struct Short {
    in_place: [u16; Short::IN_PLACE],
    len: usize,
    longer: Vec<u16>,
}

impl Short {
    const IN_PLACE: usize = 128;

    fn push(&mut self, number: u16) {
        if let Some(place) = self.in_place.get_mut(self.len) {
            *place = number;
            self.len += 1;
            return;
        }
        if self.longer.is_empty() {
            self.longer.extend_from_slice(&self.in_place);
        }
        self.longer.push(number);
    }

    fn extend(&mut self, numbers: impl Iterator<Item = u16>) {
        numbers.for_each(|number| self.push(number));
    }

    fn as_slice(&self) -> &[u16] {
        match self.longer.as_slice() {
            [] => self.in_place.get(..self.len).unwrap_or_default(),
            longer => longer,
        }
    }

    fn as_mut_slice(&mut self) -> &mut [u16] {
        match self.longer.as_mut_slice() {
            [] => self.in_place.get_mut(..self.len).unwrap_or_default(),
            longer => longer,
        }
    }
}

impl Default for Short {
    fn default() -> Self {
        Short { in_place: [0; Short::IN_PLACE], len: 0, longer: Vec::new() }
    }
}
