//! The HTTP part of a database.
#![warn(clippy::indexing_slicing)]

use memchr::memmem;

use super::mask::Mask;
use super::names::{NONE, Names, is_shown};
use super::observed::{Field, Observed, c_string};
use super::{Head, HttpSignature, Kind, UserAgentRule};
use crate::tcp::observation::Compat;

/// Signatures of requests and responses, and what User-Agents say of systems. Labels are numbers:
/// those of the database that it is a part of.
///
/// ```
/// use stackprint::Compat;
/// use stackprint::http::{Head, Kind, Observed, Progress, Signatures};
///
/// let mut signatures = Signatures::new(Compat::Fixed);
/// // Host, then User-Agent with a value; no Referer.
/// let signature = "1:Host,User-Agent:Referer:curl/".parse()?;
/// signatures.push(Kind::Request, signature, 7, false, 1).expect("few names");
///
/// let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: curl/8.1\r\nAccept: */*\r\n\r\n";
/// let Progress::Complete(head) = Head::parse(bytes) else { panic!("whole") };
/// let found = signatures.find(&Observed::new(&head, &signatures)).expect("it fits");
/// assert_eq!((found.label, found.is_dishonest), (7, false));
/// # Ok::<(), stackprint::ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Signatures {
    compat: Compat,
    pub(super) names: Names,
    requests: Vec<Entry>,
    responses: Vec<Entry>,
    user_agents: Vec<UserAgent>,
    /// Headers of which a signature asks the value.
    asked: Mask,
}

/// Where a signature is that fits a head, and whether the head lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    kind: Kind,
    at: usize,
    is_dishonest: bool,
}

/// The signature that fits a head.
///
/// [`Signatures::find`] returns it.
#[derive(Debug, Clone, Copy)]
pub struct HttpMatch<'s> {
    /// The number of its label.
    pub label: u16,
    /// Whether that is a generic one.
    pub is_generic: bool,
    /// Its line in the database, from 1.
    pub line: usize,
    /// The signature itself.
    pub signature: &'s HttpSignature,
    /// Whether User-Agent or Server is not what the signature expects.
    pub is_dishonest: bool,
}

#[derive(Debug, Clone)]
struct Entry {
    signature: HttpSignature,
    label: u16,
    is_generic: bool,
    line: usize,
    steps: Vec<Step>,
    absent: Vec<u16>,
    mandatory: Mask,
    forbidden: Mask,
}

/// What is asked of one header.
#[derive(Debug, Clone)]
struct Step {
    number: u16,
    is_optional: bool,
    value: Option<Box<[u8]>>,
}

#[derive(Debug, Clone)]
struct UserAgent {
    name: u16,
    /// The system's name.
    spelling: Box<str>,
    text: Box<str>,
}

impl<'b> Observed<'b> {
    /// Looks names up.
    #[must_use]
    pub fn new(head: &Head<'b>, signatures: &Signatures) -> Observed<'b> {
        Observed::with_names(head, &signatures.names)
    }
}

impl Signatures {
    /// None yet. With [`Compat::P0fExact`] names are compared with their case, and texts end at a
    /// NUL.
    #[must_use]
    pub fn new(compat: Compat) -> Signatures {
        Signatures {
            compat,
            names: Names::new(compat),
            requests: Vec::new(),
            responses: Vec::new(),
            user_agents: Vec::new(),
            asked: Mask::default(),
        }
    }

    /// Adds a signature behind all others of its kind. Returns None, and adds nothing, if there are
    /// more names of headers than can be numbered.
    pub fn push(
        &mut self,
        kind: Kind,
        signature: HttpSignature,
        label: u16,
        is_generic: bool,
        line: usize,
    ) -> Option<()> {
        let entry = self.entry(signature, label, is_generic, line)?;
        match kind {
            Kind::Request => self.requests.push(entry),
            Kind::Response => self.responses.push(entry),
        }
        Some(())
    }

    fn entry(
        &mut self,
        signature: HttpSignature,
        label: u16,
        is_generic: bool,
        line: usize,
    ) -> Option<Entry> {
        let (mut mandatory, mut forbidden) = (Mask::default(), Mask::default());
        let mut steps = Vec::with_capacity(signature.headers.len());
        for rule in &signature.headers {
            let number = self.names.intern(&rule.name)?;
            if !rule.is_optional {
                mandatory.add(number);
            }
            let value = rule.value.as_ref().map(|value| value.as_bytes().into());
            if value.is_some() {
                self.asked.add(number);
            }
            steps.push(Step { number, is_optional: rule.is_optional, value });
        }
        let mut absent = Vec::with_capacity(signature.absent.len());
        for name in &signature.absent {
            let number = self.names.intern(name)?;
            forbidden.add(number);
            absent.push(number);
        }
        Some(Entry { signature, label, is_generic, line, steps, absent, mandatory, forbidden })
    }

    /// Adds an entry of the `ua_os` line; `name` is the number of the system's name, and `spelling`
    /// how the database writes it.
    pub fn push_user_agent(&mut self, rule: &UserAgentRule, name: u16, spelling: &str) {
        let text = rule.text().unwrap_or(spelling);
        self.push_system(name, spelling, text);
    }

    /// The same from its parts: a User-Agent with that text is one of that system.
    pub(crate) fn push_system(&mut self, name: u16, spelling: &str, text: &str) {
        self.user_agents.push(UserAgent { name, spelling: spelling.into(), text: text.into() });
    }

    /// The systems that User-Agents name, and the texts by which they do, in the order of the file.
    pub fn systems(&self) -> impl Iterator<Item = (&str, &str)> {
        self.user_agents.iter().map(|it| (&*it.spelling, &*it.text))
    }

    /// How many signatures there are of a kind.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.entries(kind).len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.responses.is_empty() && self.user_agents.is_empty()
    }

    /// All signatures of a kind in the order of the file, with label and line.
    pub fn iter(&self, kind: Kind) -> impl Iterator<Item = (&HttpSignature, u16, usize)> {
        self.entries(kind).iter().map(|entry| (&entry.signature, entry.label, entry.line))
    }

    fn entries(&self, kind: Kind) -> &[Entry] {
        match kind {
            Kind::Request => &self.requests,
            Kind::Response => &self.responses,
        }
    }

    /// The first specific signature that fits, else the first generic one.
    #[must_use]
    pub fn find(&self, observed: &Observed<'_>) -> Option<HttpMatch<'_>> {
        self.get(self.find_place(observed)?)
    }

    /// As [`find`](Signatures::find), by its place.
    pub(crate) fn find_place(&self, observed: &Observed<'_>) -> Option<Place> {
        let kind = observed.kind();
        let mut generic = None;
        for (at, entry) in self.entries(kind).iter().enumerate() {
            if (entry.is_generic && generic.is_some()) || !self.fits(entry, observed) {
                continue;
            }
            let place = Place { kind, at, is_dishonest: self.is_dishonest(entry, observed) };
            if !entry.is_generic {
                return Some(place);
            }
            generic = Some(place);
        }
        generic
    }

    /// What is at a place.
    pub(crate) fn get(&self, place: Place) -> Option<HttpMatch<'_>> {
        let Place { kind, at, is_dishonest } = place;
        let &Entry { label, is_generic, line, ref signature, .. } = self.entries(kind).get(at)?;
        Some(HttpMatch { label, is_generic, line, signature, is_dishonest })
    }

    fn is_dishonest(&self, entry: &Entry, observed: &Observed<'_>) -> bool {
        match (entry.signature.software(), observed.software()) {
            (Some(expected), Some(software)) => {
                !self.contains(software.reveal(), expected.as_bytes())
            }
            _ => false,
        }
    }

    /// Whether a header's value is a part of the form of a head, for what is made of it or is asked of it.
    #[inline]
    pub(super) fn looks_at_value(&self, kind: Kind, number: u16) -> bool {
        is_shown(kind, number) || self.asked.has(number)
    }

    /// The system that a User-Agent names first: the number of its name.
    #[must_use]
    pub fn system_of(&self, user_agent: &[u8]) -> Option<u16> {
        self.find_system(user_agent).map(|it| it.name)
    }

    /// The name of the system that a User-Agent names first.
    #[must_use]
    pub fn system_name(&self, user_agent: &[u8]) -> Option<&str> {
        self.find_system(user_agent).map(|it| &*it.spelling)
    }

    fn find_system(&self, user_agent: &[u8]) -> Option<&UserAgent> {
        let mut all = self.user_agents.iter();
        all.find(|it| self.contains(user_agent, it.text.as_bytes()))
    }

    /// Whether a value contains a text; for p0f it ends at its first NUL.
    fn contains(&self, value: &[u8], text: &[u8]) -> bool {
        let value = if self.compat == Compat::P0fExact { c_string(value) } else { value };
        value.len() >= text.len() && memmem::find(value, text).is_some()
    }

    #[inline]
    fn fits(&self, entry: &Entry, observed: &Observed<'_>) -> bool {
        let version = entry.signature.version;
        if !observed.present.has_all(&entry.mandatory)
            || version.is_some_and(|version| version != observed.version())
        {
            return false;
        }
        let fields = observed.fields();
        let has = |number: u16| fields.iter().any(|field| field.number == number);
        // Several names may share a bit.
        if observed.present.has_any(&entry.forbidden) && entry.absent.iter().any(|&it| has(it)) {
            return false;
        }
        let mut rest = fields;
        for step in &entry.steps {
            let Some(at) = rest.iter().position(|field| field.number == step.number) else {
                // An optional header must not come earlier, either.
                if step.is_optional && !has(step.number) {
                    continue;
                }
                return false;
            };
            let (found, behind) = rest.split_at_checked(at + 1).unwrap_or((rest, &[]));
            rest = behind;
            if let (Some(text), Some(field)) = (&step.value, found.last())
                && !self.has_value(observed, field, text)
            {
                return false;
            }
        }
        true
    }

    fn has_value(&self, observed: &Observed<'_>, field: &Field, text: &[u8]) -> bool {
        !field.value.is_empty() && self.contains(observed.bytes(field.value), text)
    }

    /// The line of the earlier signature for which p0f would refuse this one when it reads the file:
    /// "already covered".
    #[must_use]
    pub fn covering(&self, kind: Kind, signature: &HttpSignature) -> Option<usize> {
        let mut copy = self.names.clone();
        let numbers: Vec<u16> = (signature.headers.iter())
            .map(|rule| copy.intern(&rule.name).unwrap_or(NONE))
            .collect();
        let absent: Vec<u16> =
            signature.absent.iter().map(|name| copy.intern(name).unwrap_or(NONE)).collect();
        let headers: Vec<(u16, &crate::http::HeaderRule)> =
            numbers.into_iter().zip(&signature.headers).collect();
        let covers = |entry: &&Entry| {
            !entry.is_generic && self.covers(entry, signature.version, &headers, &absent)
        };
        self.entries(kind).iter().find(covers).map(|entry| entry.line)
    }

    /// p0f runs a new signature as if it were traffic.
    fn covers(
        &self,
        entry: &Entry,
        version: Option<u8>,
        headers: &[(u16, &crate::http::HeaderRule)],
        absent: &[u16],
    ) -> bool {
        let wanted = entry.signature.version;
        if wanted.is_some() && wanted != version {
            return false;
        }
        let sure =
            |number: u16| headers.iter().any(|&(it, rule)| it == number && !rule.is_optional);
        let any = |number: u16| headers.iter().any(|&(it, _)| it == number);
        let has_mandatory =
            entry.steps.iter().filter(|it| !it.is_optional).all(|it| sure(it.number));
        if !has_mandatory || entry.absent.len() > absent.len() {
            return false;
        }
        if !entry.absent.iter().all(|it| absent.contains(it)) {
            return false;
        }
        let mut rest = headers;
        for step in &entry.steps {
            let Some(at) = rest.iter().position(|&(number, _)| number == step.number) else {
                if step.is_optional && !any(step.number) {
                    continue;
                }
                return false;
            };
            let (found, behind) = rest.split_at_checked(at + 1).unwrap_or((rest, &[]));
            rest = behind;
            if let (Some(text), Some((_, rule))) = (&step.value, found.last()) {
                let value = rule.value().unwrap_or_default().as_bytes();
                if value.is_empty() || memmem::find(value, text).is_none() {
                    return false;
                }
            }
        }
        // Optional headers do not count as present here.
        !entry.absent.iter().any(|&it| sure(it))
    }
}
