//! Typed parts, or other databases → [`Database`].

use super::parse::MAX_SIGNATURES;
use super::{Database, Entry};
use crate::field::Part;
use crate::label::{Label, RunsOn, is_one_line};
use crate::parse_error::{Expected, ParseError};
use crate::tcp::observation::{Compat, Direction};
use crate::tcp::signature::Signature;

/// Puts a [`Database`] together: made by [`Database::builder`]. As in a file, signatures belong to
/// the label before them, and of several that fit equally well the first counts.
///
/// The first error is kept, and returned by [`DatabaseBuilder::build`].
#[derive(Debug, Clone)]
#[must_use]
pub struct DatabaseBuilder {
    compat: Compat,
    /// In the order of first mention; the first spelling is the one that is printed.
    names: Vec<Box<str>>,
    labels: Vec<Label>,
    signatures: Vec<Entry>,
    links: Vec<(u16, Box<str>)>,
    #[cfg(feature = "http")]
    http: super::http_sections::HttpParts,
    error: Option<ParseError>,
}

impl Database {
    /// Begins a database.
    ///
    /// ```
    /// use stackprint::{Database, Direction, Label, Observation, Rank, Signature};
    ///
    /// let database = Database::builder()
    ///     .label(Label::builder(Rank::Specific, "unix", "Linux").flavor("my router").build()?)
    ///     .syn(Signature::builder(64).window(5840).build()?)
    ///     // What has a notation can also be a text.
    ///     .label("g:unix:Linux:")
    ///     .syn_ack("*:64:0:*:*,*:mss:df:0")
    ///     .link(1492, "PPPoE")
    ///     .build()?;
    ///
    /// let seen = Observation::parse("4:60+4:0:0:5840,0:::0", Direction::Syn)?;
    /// assert_eq!(database.find(&seen).unwrap().label.flavor(), "my router");
    /// // It prints in p0f's syntax.
    /// assert_eq!(Database::parse(&database.to_string())?, database);
    /// # Ok::<(), stackprint::ParseError>(())
    /// ```
    pub fn builder() -> DatabaseBuilder {
        DatabaseBuilder {
            compat: Compat::Fixed,
            names: Vec::new(),
            labels: Vec::new(),
            signatures: Vec::new(),
            links: Vec::new(),
            #[cfg(feature = "http")]
            http: super::http_sections::HttpParts::default(),
            error: None,
        }
    }

    /// A builder that begins with all of this database, to be extended.
    ///
    /// ```
    /// use stackprint::Database;
    ///
    /// let builtin = Database::builtin();
    /// let extended = builtin.to_builder().label("s:unix:Mine:").syn("*:64:0:0:1,0:::0").build()?;
    /// assert_eq!(extended.signatures().count(), builtin.signatures().count() + 1);
    /// # Ok::<(), stackprint::ParseError>(())
    /// ```
    pub fn to_builder(&self) -> DatabaseBuilder {
        Database::builder().compat(self.compat).extend(self)
    }

    /// This database and after it all of another one: where signatures of both fit equally well,
    /// those of this one count.
    ///
    /// # Errors
    ///
    /// If both have more signatures, labels or names than a database has room for.
    pub fn merge(&self, other: &Database) -> Result<Database, ParseError> {
        self.to_builder().extend(other).build()
    }

    /// This database with the HTTP sections of another one instead of its own.
    ///
    /// # Errors
    ///
    /// If there are more labels or names than a database has room for.
    #[cfg(feature = "http")]
    pub fn with_http_of(&self, other: &Database) -> Result<Database, ParseError> {
        let builder = Database::builder().compat(self.compat);
        builder.then(|it| it.add_tcp(self)).then(|it| it.add_http(other)).build()
    }
}

impl DatabaseBuilder {
    /// Sets whether signatures are matched as p0f does, bugs included.
    pub fn compat(mut self, compat: Compat) -> Self {
        self.compat = compat;
        self
    }

    /// Adds a label, to which the next signatures belong.
    pub fn label<L: TryInto<Label, Error: Into<ParseError>>>(self, label: L) -> Self {
        self.then(|builder| builder.add_label(label.try_into().map_err(Into::into)?))
    }

    /// Adds a signature of SYNs under the last label.
    pub fn syn<S: TryInto<Signature, Error: Into<ParseError>>>(self, signature: S) -> Self {
        self.then(|builder| builder.add_signature(signature, Direction::Syn))
    }

    /// Adds a signature of SYN+ACKs under the last label.
    pub fn syn_ack<S: TryInto<Signature, Error: Into<ParseError>>>(self, signature: S) -> Self {
        self.then(|builder| builder.add_signature(signature, Direction::SynAck))
    }

    /// Adds a kind of link by its MTU in bytes; of several with one MTU, the first counts.
    pub fn link(self, mtu: u16, name: impl Into<Box<str>>) -> Self {
        self.then(|builder| {
            let name = name.into();
            if mtu == 0 {
                return Err(ParseError::of_part(Part::Mtu, Expected::Mtu));
            }
            if !is_one_line(&name) || name.starts_with([' ', '\t']) {
                return Err(ParseError::of_part(Part::Link, Expected::Link));
            }
            builder.links.push((mtu, name));
            Ok(())
        })
    }

    /// Adds all of another database, after what is there already.
    pub fn extend(self, database: &Database) -> Self {
        let builder = self.then(|builder| builder.add_tcp(database));
        #[cfg(feature = "http")]
        let builder = builder.then(|builder| builder.add_http(database));
        builder
    }

    /// The database.
    ///
    /// # Errors
    ///
    /// The first of what p0f's reader would refuse: a signature without a label, a tool that does not
    /// say where it runs, a signature that fails [`Signature::check`], an MTU of 0, line breaks in the
    /// name of a link, or more than there is room for.
    pub fn build(self) -> Result<Database, ParseError> {
        match self.error {
            Some(error) => Err(error),
            None => {
                #[cfg(feature = "http")]
                let http = self.http.sections(self.compat, self.labels.len())?;
                let database =
                    Database::build(self.compat, self.labels, self.signatures, self.links);
                Ok(Database {
                    #[cfg(feature = "http")]
                    http,
                    ..database
                })
            }
        }
    }

    /// Goes one step, unless one failed.
    fn then(mut self, step: impl FnOnce(&mut Self) -> Result<(), ParseError>) -> Self {
        if self.error.is_none() {
            self.error = step(&mut self).err();
        }
        self
    }

    /// Adds the signatures of TCP and the links of another database.
    fn add_tcp(&mut self, database: &Database) -> Result<(), ParseError> {
        let mut signatures = database.signatures.iter().peekable();
        for (number, label) in database.labels.iter().enumerate() {
            self.push_label(label.clone())?;
            while let Some(entry) = signatures.next_if(|it| usize::from(it.label) == number) {
                self.push_signature(entry)?;
            }
        }
        self.links.extend(database.links.iter().map(|(mtu, name)| (mtu, name.into())));
        Ok(())
    }

    /// Adds the HTTP sections of another database.
    #[cfg(feature = "http")]
    fn add_http(&mut self, database: &Database) -> Result<(), ParseError> {
        for (spelling, text) in database.http.signatures.systems() {
            let (name, spelling) = self.name(spelling)?;
            self.http.push_system(name, &spelling, text);
        }
        for (number, (label, _)) in database.http.labels.iter().enumerate() {
            let label = self.named(label.clone())?;
            self.http.push_label(label, &database.http, number);
        }
        Ok(())
    }

    fn add_label(&mut self, label: Label) -> Result<(), ParseError> {
        if label.is_userland() && label.runs_on.is_empty() {
            return Err(ParseError::of_part(Part::RunsOn, Expected::SysNext));
        }
        self.push_label(Label { line: 0, ..label })
    }

    /// Adds a label with its name as it was spelled first, which counts in this database.
    fn push_label(&mut self, label: Label) -> Result<(), ParseError> {
        let label = self.named(label)?;
        if self.labels.len() > usize::from(u16::MAX) {
            return Err(ParseError::of_part(Part::Label, Expected::FewerSignatures));
        }
        self.labels.push(label);
        Ok(())
    }

    /// A label with its name, and those of the systems it runs on, as they were spelled first.
    fn named(&mut self, label: Label) -> Result<Label, ParseError> {
        let (name_id, name) = self.name(&label.name)?;
        let mut runs_on = label.runs_on;
        for systems in &mut runs_on {
            if let RunsOn::Name(system) = systems {
                *system = self.name(system)?.1;
            }
        }
        // A text of its own, which tells it from the label that it was made of.
        let text = Label::text_of(label.rank, &label.class, &name, &label.flavor).into();
        Ok(Label { text, name, name_id, runs_on, ..label })
    }

    /// The number of a name, and how it was spelled first.
    fn name(&mut self, name: &str) -> Result<(u16, Box<str>), ParseError> {
        let known = self.names.iter().position(|known| known.eq_ignore_ascii_case(name));
        let id = known.unwrap_or_else(|| {
            self.names.push(name.into());
            self.names.len() - 1
        });
        let spelling = self.names.get(id).cloned().unwrap_or_default();
        let full = || ParseError::of_part(Part::Label, Expected::FewerSignatures);
        Ok((u16::try_from(id).map_err(|_| full())?, spelling))
    }

    fn add_signature<S: TryInto<Signature, Error: Into<ParseError>>>(
        &mut self,
        signature: S,
        direction: Direction,
    ) -> Result<(), ParseError> {
        let signature = signature.try_into().map_err(Into::into)?;
        signature.check()?;
        let entry = Entry { signature, direction, label: 0, line: 0, column: 1 };
        // In a file, a label belongs to a section, and so to a direction.
        let last = self.labels.len().saturating_sub(1);
        let of_last = self.signatures.last().filter(|entry| usize::from(entry.label) == last);
        if of_last.is_some_and(|entry| entry.direction != direction)
            && let Some(label) = self.labels.last().cloned()
        {
            self.push_label(label)?;
        }
        self.push_signature(&entry)
    }

    /// Adds a signature under the last label.
    fn push_signature(&mut self, entry: &Entry) -> Result<(), ParseError> {
        let fails = |expected| Err(ParseError::of_part(Part::Signature, expected));
        let Some(label) = self.labels.len().checked_sub(1) else {
            return fails(Expected::LabelFirst);
        };
        if self.signatures.len() >= MAX_SIGNATURES {
            return fails(Expected::FewerSignatures);
        }
        self.signatures.push(Entry { label: label as u16, ..entry.clone() });
        Ok(())
    }
}
