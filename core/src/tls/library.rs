//! Which library a hello is of: a database of forms, in the spirit of p0f's.
//!
//! ```
//! use stackprint::tls::{ClientHello, Libraries};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let libraries = Libraries::parse(
//!     "[tls:client]\n\
//!      label = Example:1.x:\n\
//!      ;= recorded, 2026-11, its own client\n\
//!      sig = 12:1301:000a:001d,0017:*:*:\n",
//! )?;
//! let body = [
//!     3, 3, // TLS 1.2
//!     0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
//!     0, 0, 2, 0x13, 0x01, 1, 0, // no session id, one cipher suite, no compression
//!     0, 10, 0x00, 0x0a, 0, 6, 0, 4, 0x00, 0x1d, 0x00, 0x17, // supported_groups
//! ];
//! let library = libraries.find(&ClientHello::parse(&body)?).ok_or("known")?;
//! assert_eq!((library.name(), library.version()), ("Example", Some("1.x")));
//! # Ok(())
//! # }
//! ```
//!
//! # The file
//!
//! ```text
//! [tls:client]
//!
//! ;@ quality 0.9
//! label = OpenSSL:1.1.1:curl
//! sys   = Android
//! ;= SOURCE, DATE[, what it says]
//! sig   = 13:1302,1303,…:000a,000b,…:001d,0017,…:00,01,02:0403,…:grease
//! ```
//!
//! - `label = LIBRARY:VERSION:PROGRAM`; versions and program may be empty. `sys` names the systems
//!   that have it, where that is known; most libraries run on all of them.
//! - `sig` is a [`Signature`]. Any number of them follow a label.
//! - `;@ quality SHARE` before a label: how often it is right, [`DEFAULT_QUALITY`] without.
//! - Other sections are passed over, so that one file may have those of TCP, too.
//!
//! A hello that fits several signatures is of the one with the most fixed fields; of those with as
//! many, of the one whose choice of fields comes first in the file. Where the same signature stands
//! under several labels, what they have in common is said, and nothing if they are of different
//! libraries.

mod builtin;
mod form;
mod parse;
mod signature;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use form::{Fixed, Form, key};
pub use signature::Signature;

use super::ClientHello;

/// The quality of a label that states none.
pub const DEFAULT_QUALITY: f64 = 0.9;

/// Which library a hello is of, as far as that is known.
///
/// [`Libraries::find`] returns it.
#[derive(Debug, Clone, PartialEq)]
pub struct Library {
    name: Box<str>,
    version: Option<Box<str>>,
    program: Option<Box<str>>,
    systems: Vec<Box<str>>,
    quality: f64,
}

impl Library {
    /// Its name: `OpenSSL`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its versions, if they are known: `1.1.1`.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The program that uses it, if it is known: `Firefox`.
    #[must_use]
    pub fn program(&self) -> Option<&str> {
        self.program.as_deref()
    }

    /// The systems that have it, where evidence says so; empty if it may run on any.
    pub fn systems(&self) -> impl ExactSizeIterator<Item = &str> {
        self.systems.iter().map(AsRef::as_ref)
    }

    /// How often such a label is right, above 0 to 1.
    #[must_use]
    pub const fn quality(&self) -> f64 {
        self.quality
    }

    /// What two have in common. Returns None if they are different libraries.
    fn common(&self, other: &Library) -> Option<Library> {
        let same = |one: &Option<Box<str>>, other| one.clone().filter(|_| one == other);
        (self.name == other.name).then(|| Library {
            name: self.name.clone(),
            version: same(&self.version, &other.version),
            program: same(&self.program, &other.program),
            systems: if self.systems == other.systems { self.systems.clone() } else { Vec::new() },
            quality: self.quality.min(other.quality),
        })
    }
}

/// Library, version and program, as far as they are known: `OpenSSL 1.1.1, curl`.
impl fmt::Display for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(version) = &self.version {
            write!(f, " {version}")?;
        }
        match &self.program {
            Some(program) => write!(f, ", {program}"),
            None => Ok(()),
        }
    }
}

/// A signature in the file.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    signature: Signature,
    /// Of its label.
    label: usize,
    line: usize,
}

/// A database of TLS libraries.
///
/// ```
/// use stackprint::tls::library::{Libraries, Signature};
/// use stackprint::tls::{ClientHello, Progress};
///
/// # let bytes = [
/// #     0x16, 3, 1, 0, 57, 1, 0, 0, 53, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
/// #     0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x13, 0x01, 1, 0,
/// #     0, 10, 0x00, 0x0a, 0, 6, 0, 4, 0x00, 0x1d, 0x00, 0x17,
/// # ];
/// let Progress::Complete(hello) = ClientHello::from_stream(&bytes) else { panic!("whole") };
/// assert!(Libraries::builtin().find(&hello).is_none());
///
/// // A database with a signature of this hello.
/// let signature = Signature::of(&hello).expect("not truncated");
/// assert!(signature.matches(&hello));
/// let text = format!("[tls:client]\nlabel = Example:1.0:client\nsig = {signature}\n");
/// let libraries = Libraries::parse(&text)?.and(Libraries::builtin().clone());
/// let library = libraries.find(&hello).expect("it fits");
/// assert_eq!(library.to_string(), "Example 1.0, client");
/// assert_eq!(libraries.faults(), []);
/// # Ok::<(), stackprint::ParseError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Libraries {
    labels: Vec<Library>,
    entries: Vec<Entry>,
    /// A table for each choice of fixed fields, the one with the most first.
    tables: Vec<Table>,
    /// What is said of forms, by [`LibraryNumber`]. `None` if libraries share a form.
    found: Vec<Option<Library>>,
}

/// What a database says of a form, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LibraryNumber(usize);

#[derive(Debug, Clone)]
struct Table {
    fixed: Fixed,
    libraries: HashMap<Box<[u16]>, LibraryNumber>,
}

impl Libraries {
    /// The text of the built-in database.
    pub const BUILTIN_TEXT: &'static str = builtin::WHOLE;

    /// The built-in database, read once.
    #[must_use]
    pub fn builtin() -> &'static Libraries {
        static BUILTIN: OnceLock<Libraries> = OnceLock::new();
        // A test reads it.
        BUILTIN.get_or_init(|| Libraries::parse(builtin::TEXT).unwrap_or_default())
    }

    fn new(labels: Vec<Library>, entries: Vec<Entry>) -> Libraries {
        let mut tables: Vec<Table> = Vec::new();
        let mut found: Vec<Option<Library>> = Vec::new();
        for entry in &entries {
            let fixed = entry.signature.fixed();
            let key = key(fixed, |field| entry.signature.field(field).unwrap_or_default());
            // The parser refuses signatures too long for a key.
            let (Some(key), Some(label)) = (key, labels.get(entry.label)) else { continue };
            let at = tables.iter().position(|table| table.fixed == fixed).unwrap_or_else(|| {
                let at = tables.partition_point(|table| table.fixed.count() >= fixed.count());
                tables.insert(at, Table { fixed, libraries: HashMap::new() });
                at
            });
            let Some(table) = tables.get_mut(at) else { continue };
            let new = LibraryNumber(found.len());
            let LibraryNumber(number) =
                *table.libraries.entry(key.as_slice().into()).or_insert(new);
            match found.get_mut(number) {
                Some(known) => *known = known.as_ref().and_then(|it| it.common(label)),
                None => found.push(Some(label.clone())),
            }
        }
        Libraries { labels, entries, tables, found }
    }

    /// This database and a further one: of the same signature in both, what they have in common is
    /// said.
    #[must_use]
    pub fn and(mut self, further: Libraries) -> Libraries {
        let before = self.labels.len();
        self.labels.extend(further.labels);
        let moved = further.entries.into_iter();
        let moved = moved.map(|entry| Entry { label: entry.label + before, ..entry });
        self.entries.extend(moved);
        Libraries::new(self.labels, self.entries)
    }

    /// Whether it has no signature.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The library of a hello. Returns None if it is not known, shared by several libraries, or
    /// [`truncated`](ClientHello::truncated).
    ///
    /// Looks once into a table for each choice of fixed fields that the file makes, however many
    /// signatures there are, and does not allocate.
    #[must_use]
    pub fn find(&self, hello: &ClientHello<'_>) -> Option<&Library> {
        self.get(self.find_number(hello)?)
    }

    /// As [`find`](Libraries::find), by number.
    pub(crate) fn find_number(&self, hello: &ClientHello<'_>) -> Option<LibraryNumber> {
        let form = Form::of(hello).filter(|_| !hello.truncated())?;
        self.tables.iter().find_map(|table| {
            let key = key(table.fixed, |field| form.field(field))?;
            table.libraries.get(key.as_slice()).copied()
        })
    }

    /// What a number stands for.
    pub(crate) fn get(&self, LibraryNumber(number): LibraryNumber) -> Option<&Library> {
        self.found.get(number)?.as_ref()
    }

    /// Every signature with its label and line, in the order of the file.
    pub fn signatures(&self) -> impl Iterator<Item = (&Signature, &Library, usize)> {
        self.entries
            .iter()
            .filter_map(|entry| Some((&entry.signature, self.labels.get(entry.label)?, entry.line)))
    }
}

/// What is wrong with a signature of a database of TLS libraries.
///
/// [`Libraries::faults`] lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LibraryFault {
    /// The line of the signature, from 1.
    pub line: usize,
    /// The line of the other one.
    pub other: usize,
    /// What is wrong.
    pub kind: LibraryFaultKind,
}

/// What can be wrong with a signature of a database of TLS libraries.
///
/// It is a part of [`LibraryFault`], which [`Libraries::faults`] lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LibraryFaultKind {
    /// The same stands on another line under the same label.
    Duplicate,
    /// The same stands under a label of another library, so that neither is named.
    Contradiction,
}

impl Libraries {
    /// Signatures that are of no use, in the order of the file. That libraries of one name share a
    /// signature is none: what they have in common is said.
    #[must_use]
    pub fn faults(&self) -> Vec<LibraryFault> {
        let mut first: HashMap<&Signature, &Entry> = HashMap::new();
        let mut faults = Vec::new();
        for entry in &self.entries {
            let Some(other) = first.get(&entry.signature) else {
                first.insert(&entry.signature, entry);
                continue;
            };
            let name = |entry: &Entry| self.labels.get(entry.label).map(Library::name);
            let kind = if self.labels.get(other.label) == self.labels.get(entry.label) {
                LibraryFaultKind::Duplicate
            } else if name(other) != name(entry) {
                LibraryFaultKind::Contradiction
            } else {
                continue;
            };
            faults.push(LibraryFault { line: entry.line, other: other.line, kind });
        }
        faults
    }
}

/// The text of a file that reads as the same database, without comments.
impl fmt::Display for Libraries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[tls:client]\n")?;
        for (number, label) in self.labels.iter().enumerate() {
            let part = |part: &Option<Box<str>>| part.clone().unwrap_or_default();
            let (version, program) = (part(&label.version), part(&label.program));
            write!(
                f,
                "\n;@ quality {}\nlabel = {}:{version}:{program}\n",
                label.quality, label.name
            )?;
            if !label.systems.is_empty() {
                writeln!(f, "sys   = {}", label.systems.join(","))?;
            }
            for entry in self.entries.iter().filter(|entry| entry.label == number) {
                writeln!(f, "sig   = {}", entry.signature)?;
            }
        }
        Ok(())
    }
}
