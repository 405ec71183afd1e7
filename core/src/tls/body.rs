//! Where the fields of a ClientHello lie: lengths are checked here, once.
#![warn(clippy::indexing_slicing)]

use super::{Extensions, Fault, HelloError, MAX_HELLO_LEN, extension};

/// Bytes of `random`.
pub(super) const RANDOM_LEN: usize = 32;
/// RFC 8446 section 4.1.2: `opaque legacy_session_id<0..32>`.
const MAX_SESSION_ID_LEN: usize = 32;

/// A place in a body. Bodies are below 64 KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    start: u16,
    end: u16,
}

impl Span {
    /// Bytes of the body before it.
    pub(super) const fn start(self) -> usize {
        self.start as usize
    }

    /// The bytes of `body` at this place.
    #[inline]
    pub(super) fn of(self, body: &[u8]) -> &[u8] {
        body.get(usize::from(self.start)..usize::from(self.end)).unwrap_or_default()
    }
}

/// Reads one field after another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'b> {
    body: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    /// Reads `body` from its start. A longer one than a hello may be is refused.
    pub(super) const fn new(body: &'b [u8]) -> Result<Self, HelloError> {
        if body.len() > MAX_HELLO_LEN {
            return Err(HelloError::new(Fault::HelloTooLong, 0));
        }
        Ok(Reader { body, at: 0 })
    }

    /// Bytes that were read.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.body.len()
    }

    #[cold]
    fn too_short(&self) -> HelloError {
        HelloError::new(Fault::TooShort, self.at)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], HelloError> {
        let rest = self.body.get(self.at..).unwrap_or_default();
        let array = rest.first_chunk().ok_or_else(|| self.too_short())?;
        self.at += N;
        Ok(*array)
    }

    #[inline]
    pub(super) fn u8(&mut self) -> Result<u8, HelloError> {
        self.array::<1>().map(|[byte]| byte)
    }

    #[inline]
    pub(super) fn u16(&mut self) -> Result<u16, HelloError> {
        self.array().map(u16::from_be_bytes)
    }

    /// The place of the next `len` bytes.
    #[inline]
    pub(super) fn span(&mut self, len: usize) -> Result<Span, HelloError> {
        let end = self.at + len;
        if end > self.body.len() {
            return Err(self.too_short());
        }
        let span = Span { start: self.at as u16, end: end as u16 };
        self.at = end;
        Ok(span)
    }

    /// A vector after its length in one byte.
    #[inline]
    pub(super) fn vector8(&mut self) -> Result<Span, HelloError> {
        let len = self.u8()?;
        self.span(usize::from(len)).map_err(|error| HelloError { at: error.at - 1, ..error })
    }

    /// A vector after its length in two bytes.
    #[inline]
    pub(super) fn vector16(&mut self) -> Result<Span, HelloError> {
        let len = self.u16()?;
        self.span(usize::from(len)).map_err(|error| HelloError { at: error.at - 2, ..error })
    }

    /// A list of 16-bit numbers after its length in bytes, in two bytes.
    #[inline]
    fn numbers(&mut self) -> Result<Span, HelloError> {
        let at = self.at;
        let span = self.vector16()?;
        if (span.end - span.start) % 2 != 0 {
            return Err(HelloError::new(Fault::OddLength, at));
        }
        Ok(span)
    }
}

/// Where the fields of a hello lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Layout {
    pub(super) legacy_version: u16,
    pub(super) random: Span,
    pub(super) session_id: Span,
    pub(super) dtls_cookie: Span,
    pub(super) cipher_suites: Span,
    pub(super) compression_methods: Span,
    pub(super) extensions: Span,
    pub(super) server_name: Option<Span>,
    pub(super) groups: Span,
    pub(super) point_formats: Span,
    pub(super) signature_algorithms: Span,
    pub(super) protocols: Span,
    pub(super) versions: Span,
    pub(super) key_shares: Span,
    /// The hello was cut; what is after the cut is empty above.
    pub(super) truncated: bool,
}

/// Whether a hello has DTLS' cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Tls,
    Dtls,
}

/// Whether all of a hello is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    Whole,
    Cut,
}

impl Layout {
    /// Reads the body of a hello.
    pub(super) fn read(body: &[u8], form: Form, extent: Extent) -> Result<Layout, HelloError> {
        let mut reader = Reader::new(body)?;
        let mut layout = Layout {
            legacy_version: reader.u16()?,
            random: reader.span(RANDOM_LEN)?,
            truncated: extent == Extent::Cut,
            ..Layout::default()
        };
        match layout.read_rest(&mut reader, form) {
            Err(HelloError { fault: Fault::TooShort, .. }) if extent == Extent::Cut => Ok(layout),
            Err(error) => Err(error),
            Ok(()) => Ok(layout),
        }
    }

    fn read_rest(&mut self, reader: &mut Reader<'_>, form: Form) -> Result<(), HelloError> {
        let session_id_at = reader.at;
        let session_id = reader.vector8()?;
        if usize::from(session_id.end - session_id.start) > MAX_SESSION_ID_LEN {
            return Err(HelloError::new(Fault::SessionIdTooLong, session_id_at));
        }
        self.session_id = session_id;
        if form == Form::Dtls {
            self.dtls_cookie = reader.vector8()?;
        }
        self.cipher_suites = reader.numbers()?;
        self.compression_methods = reader.vector8()?;
        // RFC 5246 section 7.4.1.2: "The presence of extensions can be detected by determining
        // whether there are bytes following the compression_methods at the end of the ClientHello."
        if reader.is_at_end() {
            return Ok(());
        }
        let len_at = reader.at;
        let end = usize::from(reader.u16()?) + reader.at;
        if end < reader.body.len() {
            return Err(HelloError::new(Fault::TrailingBytes, end));
        }
        let start = reader.at;
        while reader.at < end {
            self.read_extension(reader)?;
            self.extensions = Span { start: start as u16, end: reader.at as u16 };
        }
        if reader.at == end { Ok(()) } else { Err(HelloError::new(Fault::TooShort, len_at)) }
    }

    fn read_extension(&mut self, reader: &mut Reader<'_>) -> Result<(), HelloError> {
        let at = reader.at;
        let number = reader.u16()?;
        let span = reader.vector16()?;
        let Some((list, kind)) = self.list(number) else { return Ok(()) };
        // RFC 8446 section 4.2: "There MUST NOT be more than one extension of the same type".
        // The first counts. An empty body is an empty list: clients send that, and servers accept.
        if *list != Span::default() || span.start == span.end {
            return Ok(());
        }
        let read = kind.read(reader.body, span);
        *list = read.ok_or_else(|| HelloError::new(Fault::BadExtension, at))?;
        Ok(())
    }

    /// Where the list of an extension is kept, and how it is written.
    fn list(&mut self, number: u16) -> Option<(&mut Span, List)> {
        Some(match number {
            extension::SERVER_NAME => (self.server_name.get_or_insert_default(), List::ServerNames),
            extension::SUPPORTED_GROUPS => (&mut self.groups, List::Numbers16),
            extension::EC_POINT_FORMATS => (&mut self.point_formats, List::Bytes),
            extension::SIGNATURE_ALGORITHMS => (&mut self.signature_algorithms, List::Numbers16),
            extension::ALPN => (&mut self.protocols, List::Protocols),
            extension::SUPPORTED_VERSIONS => (&mut self.versions, List::Numbers8),
            extension::KEY_SHARE => (&mut self.key_shares, List::KeyShares),
            _ => return None,
        })
    }
}

/// How the list inside an extension is written.
#[derive(Debug, Clone, Copy)]
enum List {
    /// RFC 6066 section 3; the first host name is meant.
    ServerNames,
    /// 16-bit numbers after their length in two bytes.
    Numbers16,
    /// 16-bit numbers after their length in one byte.
    Numbers8,
    /// Bytes after their length in one byte.
    Bytes,
    /// Names of one to 255 bytes, each after its length.
    Protocols,
    /// Groups and keys, each after its length.
    KeyShares,
}

impl List {
    /// The place of the list that fills `body` at `span`. Returns None if it does not.
    fn read(self, body: &[u8], span: Span) -> Option<Span> {
        let end = usize::from(span.end);
        let mut reader = Reader { body: body.get(..end)?, at: usize::from(span.start) };
        let list = match self {
            List::Bytes | List::Numbers8 => reader.vector8(),
            _ => reader.vector16(),
        };
        let list = list.ok()?;
        let bytes = list.of(body);
        let whole = match self {
            List::Bytes => true,
            List::Numbers16 | List::Numbers8 => bytes.len().is_multiple_of(2),
            List::Protocols => is_filled(bytes, Reader::vector8),
            List::KeyShares => is_filled(bytes, |reader| reader.u16().and(reader.vector16())),
            List::ServerNames => return host_name(&mut reader, list),
        };
        (whole && reader.at == end).then_some(list)
    }
}

fn is_filled<'l>(
    list: &'l [u8],
    item: impl Fn(&mut Reader<'l>) -> Result<Span, HelloError>,
) -> bool {
    let mut reader = Reader { body: list, at: 0 };
    while !reader.is_at_end() {
        if item(&mut reader).is_err() {
            return false;
        }
    }
    true
}

/// The first host name of a list of server names that `reader` has read.
fn host_name(reader: &mut Reader<'_>, list: Span) -> Option<Span> {
    const HOST_NAME: u8 = 0;
    if !reader.is_at_end() {
        return None;
    }
    let mut found = None;
    reader.at = usize::from(list.start);
    while !reader.is_at_end() {
        let name_type = reader.u8().ok()?;
        let name = reader.vector16().ok()?;
        if name_type == HOST_NAME {
            found = found.or(Some(name));
        }
    }
    Some(found.unwrap_or_default())
}

/// Extensions of a list, for a hello of the other side.
pub(super) fn extensions(body: &[u8], list: Span) -> Extensions<'_> {
    Extensions(list.of(body))
}
