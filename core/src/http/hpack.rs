//! The names of pseudo-headers in the first header block of a connection (RFC 7541).
//!
//! Only names count, and only those before the first regular header, so that values are passed over
//! and of Huffman's code only the names of pseudo-headers are known.
#![warn(clippy::indexing_slicing)]

/// A pseudo-header of requests (RFC 9113 section 8.3.1, RFC 8441).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pseudo {
    Method,
    Authority,
    Scheme,
    Path,
    Protocol,
}

impl Pseudo {
    /// The letter that fingerprints use.
    pub(super) const fn letter(self) -> &'static str {
        match self {
            Pseudo::Method => "m",
            Pseudo::Authority => "a",
            Pseudo::Scheme => "s",
            Pseudo::Path => "p",
            Pseudo::Protocol => "protocol",
        }
    }

    /// Plain, and in the code of RFC 7541 appendix B.
    const NAMES: [(Pseudo, &'static [u8], &'static [u8]); 5] = [
        (Pseudo::Method, b":method", &HUFFMAN_METHOD),
        (Pseudo::Authority, b":authority", &HUFFMAN_AUTHORITY),
        (Pseudo::Scheme, b":scheme", &HUFFMAN_SCHEME),
        (Pseudo::Path, b":path", &HUFFMAN_PATH),
        (Pseudo::Protocol, b":protocol", &HUFFMAN_PROTOCOL),
    ];

    /// RFC 7541 appendix A.
    const fn of_static_table(index: usize) -> Name {
        match index {
            1 => Name::Pseudo(Pseudo::Authority),
            2 | 3 => Name::Pseudo(Pseudo::Method),
            4 | 5 => Name::Pseudo(Pseudo::Path),
            6 | 7 => Name::Pseudo(Pseudo::Scheme),
            // `:status` is for responses.
            8..=14 => Name::Unknown,
            _ => Name::Regular,
        }
    }
}

const HUFFMAN_METHOD: [u8; 5] = [0xb9, 0x49, 0x53, 0x39, 0xe4];
const HUFFMAN_AUTHORITY: [u8; 8] = [0xb8, 0x3b, 0x53, 0x39, 0xec, 0x32, 0x7d, 0x7f];
const HUFFMAN_SCHEME: [u8; 5] = [0xb8, 0x82, 0x4e, 0x5a, 0x4b];
const HUFFMAN_PATH: [u8; 4] = [0xb9, 0x58, 0xd3, 0x3f];
const HUFFMAN_PROTOCOL: [u8; 7] = [0xb9, 0x5d, 0x87, 0x49, 0xc8, 0x7a, 0x3f];

/// The first seven bits of a name that begins with a colon.
const HUFFMAN_COLON: u8 = 0b101_1100;

/// The last index of the static table.
const STATIC_LEN: usize = 61;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Pseudo(Pseudo),
    Regular,
    /// A pseudo-header that requests do not have.
    Unknown,
}

/// A header block that cannot be read, or a pseudo-header that requests do not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadBlock;

/// The pseudo-headers of the first block of a connection, in their order.
pub(super) fn pseudo_headers(block: &[u8]) -> Result<Vec<Pseudo>, BadBlock> {
    let mut reader = Reader { rest: block };
    let mut found = Vec::new();
    // Names that the block itself added: pseudo-headers, each of them once.
    let mut dynamic: Vec<Name> = Vec::new();
    while let Some(&first) = reader.rest.first() {
        let (name, is_added) = match first {
            // Indexed: name and value.
            0x80.. => {
                let index = reader.integer(7)?;
                (indexed(index, &dynamic)?, false)
            }
            // Literal, to be added to the table.
            0x40..=0x7f => (reader.literal(6, &dynamic)?, true),
            // A new size of the table.
            0x20..=0x3f => {
                reader.integer(5)?;
                continue;
            }
            // Literal.
            0x00..=0x1f => (reader.literal(4, &dynamic)?, false),
        };
        if is_added {
            dynamic.push(name);
        }
        match name {
            Name::Pseudo(pseudo) if !found.contains(&pseudo) => found.push(pseudo),
            Name::Regular => break,
            Name::Pseudo(_) | Name::Unknown => return Err(BadBlock),
        }
    }
    Ok(found)
}

fn indexed(index: usize, dynamic: &[Name]) -> Result<Name, BadBlock> {
    match index {
        0 => Err(BadBlock),
        1..=STATIC_LEN => Ok(Pseudo::of_static_table(index)),
        _ => dynamic.iter().rev().nth(index - STATIC_LEN - 1).copied().ok_or(BadBlock),
    }
}

struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    fn byte(&mut self) -> Result<u8, BadBlock> {
        let (&byte, rest) = self.rest.split_first().ok_or(BadBlock)?;
        self.rest = rest;
        Ok(byte)
    }

    /// RFC 7541 section 5.1, with a prefix of so many bits.
    fn integer(&mut self, prefix: u32) -> Result<usize, BadBlock> {
        let most = (1_usize << prefix) - 1;
        let mut value = usize::from(self.byte()?) & most;
        if value < most {
            return Ok(value);
        }
        // Four further bytes: more than any length or index here.
        for shift in [0, 7, 14, 21] {
            let byte = self.byte()?;
            value += usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(BadBlock)
    }

    /// RFC 7541 section 5.2: whether it is coded, and the bytes.
    fn string(&mut self) -> Result<(bool, &'b [u8]), BadBlock> {
        let is_coded = self.rest.first().ok_or(BadBlock)? & 0x80 != 0;
        let len = self.integer(7)?;
        let (text, rest) = self.rest.split_at_checked(len).ok_or(BadBlock)?;
        self.rest = rest;
        Ok((is_coded, text))
    }

    /// A header with a literal value; its name.
    fn literal(&mut self, prefix: u32, dynamic: &[Name]) -> Result<Name, BadBlock> {
        let name = match self.integer(prefix)? {
            0 => {
                let (is_coded, text) = self.string()?;
                literal_name(is_coded, text)
            }
            index => indexed(index, dynamic)?,
        };
        self.string()?;
        Ok(name)
    }
}

fn literal_name(is_coded: bool, text: &[u8]) -> Name {
    let known = Pseudo::NAMES
        .iter()
        .find(|(_, plain, coded)| text == if is_coded { *coded } else { *plain });
    let begins_with_colon = match text.first() {
        Some(first) if is_coded => first >> 1 == HUFFMAN_COLON,
        first => first == Some(&b':'),
    };
    match known {
        Some(&(pseudo, _, _)) => Name::Pseudo(pseudo),
        None if begins_with_colon => Name::Unknown,
        None => Name::Regular,
    }
}
