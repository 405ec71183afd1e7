//! [`Database`] → text in the syntax of p0f.fp.

use core::fmt;
use core::str::FromStr;

use super::{Database, Entry};
#[cfg(feature = "http")]
use crate::http::Kind;
use crate::label::{Class, Label, RunsOn};
use crate::parse_error::ParseError;
use crate::tcp::observation::Direction;
use crate::tcp::signature::Signature;

/// The syntax of p0f.fp, so that [`Database::parse`] and p0f read it: labels and signatures of TCP in
/// their order, links, then HTTP sections. Comments are not kept, nor are sections that were passed over.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_classes(f)?;
        self.write_links(f)?;
        let mut section = None;
        let mut signatures = self.signatures.iter().peekable();
        for (number, label) in self.labels.iter().enumerate() {
            let of_label = |entry: &&Entry| usize::from(entry.label) == number;
            let direction = signatures.peek().filter(|it| of_label(it)).map(|it| it.direction);
            // One without signatures stands where it stands.
            let direction = direction.or(section).unwrap_or(Direction::Syn);
            if section != Some(direction) {
                writeln!(f, "\n{}", section_header(direction))?;
                section = Some(direction);
            }
            write_label(f, label)?;
            while let Some(entry) = signatures.next_if(of_label) {
                writeln!(f, "sig   = {}", ForP0f(&entry.signature))?;
            }
        }
        #[cfg(feature = "http")]
        self.write_http(f)?;
        Ok(())
    }
}

const fn section_header(direction: Direction) -> &'static str {
    match direction {
        Direction::Syn => "[tcp:request]",
        Direction::SynAck => "[tcp:response]",
    }
}

impl Database {
    /// The classes that labels name, in the order of first mention.
    fn write_classes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut classes: Vec<&str> = Vec::new();
        let labels = self.labels.iter();
        #[cfg(feature = "http")]
        let labels = labels.chain(self.http_labels());
        for label in labels {
            let of_label = match &label.class {
                Class::System(class) => Some(&**class),
                Class::Userland => None,
            };
            let of_systems = label.runs_on.iter().filter_map(|systems| match systems {
                RunsOn::Class(class) => Some(&**class),
                RunsOn::Name(_) => None,
            });
            for class in of_label.into_iter().chain(of_systems) {
                if !classes.iter().any(|known| known.eq_ignore_ascii_case(class)) {
                    classes.push(class);
                }
            }
        }
        if classes.is_empty() { Ok(()) } else { writeln!(f, "classes = {}", classes.join(",")) }
    }

    fn write_links(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = None;
        for (mtu, name) in self.links.iter() {
            if last.is_none() {
                writeln!(f, "\n[mtu]")?;
            }
            if last != Some(name) {
                writeln!(f, "\nlabel = {name}")?;
                last = Some(name);
            }
            writeln!(f, "sig   = {mtu}")?;
        }
        Ok(())
    }
}

#[cfg(feature = "http")]
impl Database {
    /// Systems, then labels in their order.
    fn write_http(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut section = None;
        for (count, (name, text)) in self.http.signatures.systems().enumerate() {
            if count == 0 {
                section = Some(Kind::Request);
                write!(f, "\n{}\n\nua_os = ", http_header(Kind::Request))?;
            }
            write!(f, "{}{name}", if count == 0 { "" } else { "," })?;
            // By default it is the name.
            if text != name {
                write!(f, "=[{text}]")?;
            }
        }
        if section.is_some() {
            writeln!(f)?;
        }
        for (number, label) in self.http_labels().enumerate() {
            let mut signatures = self.http.signatures_of(number).peekable();
            // One without signatures stands where it stands.
            let kind = signatures.peek().map(|&(kind, ..)| kind).or(section);
            let kind = kind.unwrap_or(Kind::Request);
            if section != Some(kind) {
                writeln!(f, "\n{}", http_header(kind))?;
                section = Some(kind);
            }
            write_label(f, label)?;
            for (_, signature, _) in signatures {
                writeln!(f, "sig   = {signature}")?;
            }
        }
        Ok(())
    }
}

#[cfg(feature = "http")]
const fn http_header(kind: Kind) -> &'static str {
    match kind {
        Kind::Request => "[http:request]",
        Kind::Response => "[http:response]",
    }
}

fn write_label(f: &mut fmt::Formatter<'_>, label: &Label) -> fmt::Result {
    writeln!(f)?;
    if !label.candidates.is_empty() {
        write!(f, ";@ candidates")?;
        for system in &label.candidates {
            write!(f, " {}={}", system.name, system.probability)?;
        }
        writeln!(f)?;
    }
    if let Some(share) = label.recorded_quality {
        writeln!(f, ";@ quality {share}")?;
    }
    writeln!(f, "label = {label}")?;
    for (index, systems) in label.runs_on.iter().enumerate() {
        f.write_str(if index == 0 { "sys   = " } else { "," })?;
        match systems {
            RunsOn::Class(class) => write!(f, "@{class}")?,
            RunsOn::Name(name) => f.write_str(name)?,
        }
    }
    if label.runs_on.is_empty() { Ok(()) } else { writeln!(f) }
}

/// A signature as p0f reads it, too: after a random TTL it passes over the first digit of the next
/// field, so that one needs a 0 more.
struct ForP0f<'s>(&'s Signature);

impl fmt::Display for ForP0f<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        match text.split_once("-:") {
            Some((before, after)) if self.0.ttl.random && self.0.ip_options_len > 0 => {
                write!(f, "{before}-:0{after}")
            }
            _ => f.write_str(&text),
        }
    }
}

/// As [`Database::parse`].
impl FromStr for Database {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Database, ParseError> {
        Database::parse(text)
    }
}
