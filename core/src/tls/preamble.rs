//! What a client says in the clear before its hello: STARTTLS and its like, and proxies.
#![warn(clippy::indexing_slicing)]

mod cursor;
mod ldap;
mod name;
mod socks;
#[cfg(test)]
mod tests;

use super::may_begin;
pub use cursor::MAX_PREAMBLE_LEN;
use cursor::{Cursor, Stop};
pub use name::Preamble;

/// What the bytes of a client's stream so far are.
///
/// [`find`] returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub enum Search {
    /// A whole preamble, and after it what may be a hello.
    Found {
        /// Its protocol.
        preamble: Preamble,
        /// Bytes before the hello.
        at: usize,
    },
    /// The start of a preamble: its end has not come yet.
    NeedsMore,
    /// No preamble, whatever comes next.
    Nothing,
}

/// Looks for a preamble at the start of a client's stream: what it has sent so far, from its first
/// byte on. The server's answers are not looked at.
///
/// Every byte before the hello has to belong to the preamble. A hello after anything else, after
/// more than [`MAX_PREAMBLE_LEN`] bytes, or at the very start is not found. Says the same of the
/// same bytes however often it is asked.
///
/// ```
/// use stackprint::tls::{Preamble, Search, preamble};
///
/// let stream = b"EHLO client.example\r\nSTARTTLS\r\n\x16\x03\x01\x02\x00\x01";
/// assert_eq!(preamble::find(stream), Search::Found { preamble: Preamble::Smtp, at: 31 });
/// assert_eq!(preamble::find(&stream[..31]), Search::NeedsMore);
/// assert_eq!(preamble::find(b"EHLO client.example\r\nMAIL FROM:<a@client.example>\r\n"), Search::Nothing);
/// ```
pub fn find(stream: &[u8]) -> Search {
    if is_request(stream) {
        return Search::Nothing;
    }
    for grammar in grammars(stream.first().copied()) {
        let mut cursor = Cursor { rest: stream, read: 0 };
        let found = grammar(&mut cursor).and_then(|preamble| cursor.before_hello(preamble));
        match found {
            Ok(found) => return found,
            Err(Stop::Ended) if stream.len() <= MAX_PREAMBLE_LEN => return Search::NeedsMore,
            Err(Stop::Ended | Stop::Other) => {}
        }
    }
    Search::Nothing
}

/// Whether it begins like most requests of HTTP: no command of a protocol here is one of these words, or,
/// behind a tag, begins with a slash.
fn is_request(stream: &[u8]) -> bool {
    const STARTS: [&[u8]; 4] = [b"GET /", b"POST /", b"HEAD /", b"PUT /"];
    STARTS.iter().any(|start| stream.starts_with(start))
}

impl Cursor<'_> {
    /// The preamble ends here: may what follows be a hello?
    fn before_hello(self, preamble: Preamble) -> Result<Search, Stop> {
        match self.rest {
            _ if self.read > MAX_PREAMBLE_LEN => Err(Stop::Other),
            [] => Err(Stop::Ended),
            // The next byte may still show that it is no record of TLS.
            [_] if may_begin(self.rest) => Err(Stop::Ended),
            hello if may_begin(hello) => Ok(Search::Found { preamble, at: self.read }),
            _ => Err(Stop::Other),
        }
    }
}

type Grammar = fn(&mut Cursor<'_>) -> Result<Preamble, Stop>;

/// The grammars that a first byte leaves open. No two of them take the same stream.
const fn grammars(first: Option<u8>) -> &'static [Grammar] {
    match first {
        None => &[|_| Err(Stop::Ended)],
        Some(socks::VERSION_4) => &[socks::version_4],
        Some(socks::VERSION_5) => &[socks::version_5],
        Some(ldap::SEQUENCE) => &[ldap::start_tls],
        Some(0) => &[postgresql],
        Some(b' ') => &[mysql],
        Some(b'<') => &[xmpp],
        Some(b'C') => &[http_connect, lines],
        Some(b'!'..=b'~') => &[lines],
        Some(_) => &[],
    }
}

/// The command of a line, and what follows it.
fn command(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line.iter().position(|&byte| byte == b' ').unwrap_or(line.len());
    let (command, rest) = line.split_at_checked(end).unwrap_or((line, &[]));
    (command, rest.trim_ascii())
}

fn is_one_of(word: &[u8], words: &[&str]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// The protocols of lines: commands that a client may send before it asks for TLS, then that one.
/// The first line tells which protocol it is.
fn lines(cursor: &mut Cursor<'_>) -> Result<Preamble, Stop> {
    const SMTP: [&str; 5] = ["EHLO", "HELO", "LHLO", "NOOP", "RSET"];
    const POP3: [&str; 3] = ["CAPA", "NOOP", "AUTH"];
    const FTP: [&str; 7] = ["AUTH", "FEAT", "HOST", "CLNT", "SYST", "OPTS", "NOOP"];
    const IMAP: [&str; 3] = ["CAPABILITY", "ID", "NOOP"];
    let mut protocol = None;
    loop {
        let line = cursor.line()?;
        let (word, argument) = command(line);
        let (tagged, tagged_argument) = command(argument);
        let is_tls = is_one_of(argument, &["TLS", "SSL", "TLS-C", "TLS-P"]);
        let first = || {
            let is = |word: &[u8], words: &[&str]| is_one_of(word, words);
            match word {
                word if is(word, &["EHLO", "HELO", "LHLO"]) => Some(Preamble::Smtp),
                word if is(word, &["CAPA", "STLS"]) => Some(Preamble::Pop3),
                word if is(word, &["AUTH"]) && argument.is_empty() => Some(Preamble::Pop3),
                word if is(word, &["AUTH"]) && is_tls => Some(Preamble::Ftp),
                word if is(word, &["FEAT", "HOST", "CLNT", "SYST"]) => Some(Preamble::Ftp),
                _ if is(tagged, &IMAP) || is(tagged, &["STARTTLS"]) => Some(Preamble::Imap),
                _ => None,
            }
        };
        let found = protocol.or_else(first).ok_or(Stop::Other)?;
        protocol = Some(found);
        let (is_asked, may_go_before) = match found {
            Preamble::Smtp => (is_one_of(line, &["STARTTLS"]), is_one_of(word, &SMTP)),
            Preamble::Pop3 => (is_one_of(line, &["STLS"]), is_one_of(word, &POP3)),
            Preamble::Ftp => (is_one_of(word, &["AUTH"]) && is_tls, is_one_of(word, &FTP)),
            _ => (
                is_one_of(tagged, &["STARTTLS"]) && tagged_argument.is_empty(),
                is_one_of(tagged, &IMAP),
            ),
        };
        match is_asked {
            // FTP: the server may refuse AUTH TLS, and the client try AUTH SSL.
            true if found == Preamble::Ftp && matches!(cursor.peek()?, b'A' | b'a') => {}
            true => return Ok(found),
            false if may_go_before => {}
            false => return Err(Stop::Other),
        }
    }
}

/// One CONNECT, or several: the proxy may have asked for a password.
fn http_connect(cursor: &mut Cursor<'_>) -> Result<Preamble, Stop> {
    loop {
        cursor.expect(b"CONNECT ")?;
        let line = cursor.line()?;
        let (target, version) = command(line);
        let port = target.rsplit(|&byte| byte == b':').next().unwrap_or_default();
        let has_port = port.len() < target.len() && port.iter().all(u8::is_ascii_digit);
        if !has_port || !is_one_of(version, &["HTTP/1.1", "HTTP/1.0"]) {
            return Err(Stop::Other);
        }
        loop {
            match cursor.line()? {
                [] => break,
                header if header.contains(&b':') => {}
                _ => return Err(Stop::Other),
            }
        }
        if cursor.peek()? != b'C' {
            return Ok(Preamble::HttpConnect);
        }
    }
}

/// SSLRequest: its length and a code, no more; before it a GSSENCRequest, if the client tried that.
fn postgresql(cursor: &mut Cursor<'_>) -> Result<Preamble, Stop> {
    const LEN_AND_MAJOR_CODE: [u8; 6] = [0, 0, 0, 8, 0x04, 0xd2];
    const SSL_REQUEST: [u8; 2] = 5679_u16.to_be_bytes();
    const GSS_ENCRYPTION_REQUEST: [u8; 2] = 5680_u16.to_be_bytes();
    for may_be_gss in [true, false] {
        cursor.expect(&LEN_AND_MAJOR_CODE)?;
        match cursor.array()? {
            SSL_REQUEST => return Ok(Preamble::Postgresql),
            GSS_ENCRYPTION_REQUEST if may_be_gss => {}
            _ => return Err(Stop::Other),
        }
    }
    Err(Stop::Other)
}

/// SSLRequest, the client's first packet (number 1) if it wants TLS: capabilities, the largest
/// packet, a character set, 19 zeros, and 4 bytes that only MariaDB uses.
fn mysql(cursor: &mut Cursor<'_>) -> Result<Preamble, Stop> {
    const LEN_AND_NUMBER: [u8; 4] = [32, 0, 0, 1];
    const CLIENT_PROTOCOL_41: u32 = 1 << 9;
    const CLIENT_SSL: u32 = 1 << 11;
    const WANTED: u32 = CLIENT_PROTOCOL_41 | CLIENT_SSL;
    cursor.expect(&LEN_AND_NUMBER)?;
    let capabilities = u32::from_le_bytes(cursor.array()?);
    if capabilities & WANTED != WANTED {
        return Err(Stop::Other);
    }
    let _max_packet_and_character_set: [u8; 5] = cursor.array()?;
    cursor.expect(&[0; 19])?;
    let _capabilities_of_mariadb: [u8; 4] = cursor.array()?;
    Ok(Preamble::Mysql)
}

/// The stream's opening tag, and the element that asks for TLS.
fn xmpp(cursor: &mut Cursor<'_>) -> Result<Preamble, Stop> {
    const NAMESPACE: &[u8] = b"urn:ietf:params:xml:ns:xmpp-tls";
    let mut element = tag(cursor)?;
    if element.starts_with(b"?xml ") {
        element = tag(cursor)?;
    }
    if !element.starts_with(b"stream:stream ") {
        return Err(Stop::Other);
    }
    let start_tls = tag(cursor)?;
    let asks = start_tls.starts_with(b"starttls ")
        && start_tls.windows(NAMESPACE.len()).any(|part| part == NAMESPACE);
    if !asks || !start_tls.ends_with(b"/") && tag(cursor)? != b"/starttls" {
        return Err(Stop::Other);
    }
    while cursor.peek()?.is_ascii_whitespace() {
        cursor.take(1)?;
    }
    Ok(Preamble::Xmpp)
}

/// What stands between the next `<` and `>`, with nothing but white space before.
fn tag<'s>(cursor: &mut Cursor<'s>) -> Result<&'s [u8], Stop> {
    while cursor.peek()?.is_ascii_whitespace() {
        cursor.take(1)?;
    }
    cursor.expect(b"<")?;
    let is_markup =
        |byte: u8| byte != b'<' && (!byte.is_ascii_control() || byte.is_ascii_whitespace());
    cursor.until(b'>', is_markup)
}
