//! Signature databases from files.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use stackprint::tls::Libraries;
use stackprint::{Compat, Database, ParseError, PassedOver};

use crate::args::{CompatArgs, DatabaseArgs};
use crate::{messages, text_file};

/// How the headers of sections of TLS libraries begin.
const TLS_SECTIONS: &str = "[tls:";
/// How those of HTTP begin.
const HTTP_SECTIONS: &str = "[http:";
/// How those of stacks and links begin.
const STACK_SECTIONS: [&str; 2] = ["[tcp:", "[mtu]"];

/// What is wrong with a file in which there is nothing to match.
pub(crate) const NO_SIGNATURE: &str =
    "no signature of SYNs or SYN+ACKs in it: every system would be unknown";

/// The database that is asked for.
pub(crate) fn load(args: &DatabaseArgs) -> anyhow::Result<Arc<Database>> {
    let database = load_even_empty(args)?;
    if database.is_empty() && database.http().is_empty() && !args.database.is_empty() {
        bail!("{}: {NO_SIGNATURE}", names(&args.database));
    }
    Ok(database)
}

/// The same, for work to which nothing needs to be known.
pub(crate) fn load_even_empty(args: &DatabaseArgs) -> anyhow::Result<Arc<Database>> {
    let compat = args.compat.compat();
    if args.database.is_empty() && compat == Compat::Fixed {
        return Ok(Database::builtin());
    }
    let mut tcp: Option<String> = None;
    let mut libraries: Option<Libraries> = None;
    for path in &args.database {
        let file = messages::shown(path);
        let text = text(path)?;
        let at = |error: ParseError| {
            anyhow!("{file}:{}:{}: expected {}", error.line, error.column, error.expected)
        };
        // Each by itself, so that errors have its name and its lines.
        let further = self::libraries(&text).map_err(at)?;
        warn(path, &Database::parse_with(&text, compat).map_err(at)?);
        if has_tcp(&text, &further) {
            add_text(tcp.get_or_insert_default(), &text);
        }
        if !further.is_empty() {
            libraries = Some(match libraries {
                Some(libraries) => libraries.and(further),
                None => further,
            });
        }
    }
    let text = tcp.as_deref().unwrap_or(Database::BUILTIN_TEXT);
    let together = |error: ParseError| {
        anyhow!("{} together: expected {}", names(&args.database), error.expected)
    };
    let mut database = Database::parse_with(text, compat).map_err(together)?;
    // What the files have no section of is built-in; p0f has nothing built in.
    if compat == Compat::Fixed {
        database = match (has_stacks(text), has_http(text)) {
            // A file in which there is nothing to match stays empty, and is refused.
            (true, false) if !database.is_empty() => {
                database.with_http_of(&Database::builtin()).map_err(together)?
            }
            (false, true) => Database::builtin().with_http_of(&database).map_err(together)?,
            _ => database,
        };
    }
    Ok(Arc::new(match libraries {
        Some(libraries) => database.with_libraries(libraries),
        None => database,
    }))
}

/// The texts of the signatures that are asked for, of stacks and of HTTP: of the files, where they have
/// such sections, else the built-in one.
pub(crate) fn texts(args: &DatabaseArgs) -> anyhow::Result<[Cow<'static, str>; 2]> {
    let text = text_of_files(&args.database)?;
    let is_builtin =
        |has: bool, has_other: bool| args.compat.compat() == Compat::Fixed && !has && has_other;
    let (stacks, http) = (has_stacks(&text), has_http(&text));
    Ok([is_builtin(stacks, http), is_builtin(http, stacks)]
        .map(|is_builtin| if is_builtin { Database::BUILTIN_TEXT.into() } else { text.clone() }))
}

fn text_of_files(paths: &[PathBuf]) -> anyhow::Result<Cow<'static, str>> {
    let mut tcp: Option<String> = None;
    for path in paths {
        let text = text(path)?;
        let libraries = self::libraries(&text).unwrap_or_default();
        if has_tcp(&text, &libraries) {
            add_text(tcp.get_or_insert_default(), &text);
        }
    }
    Ok(tcp.map_or(Database::BUILTIN_TEXT.into(), Cow::Owned))
}

/// The TLS libraries of a file, if it has a section of them.
pub(crate) fn libraries(text: &str) -> Result<Libraries, ParseError> {
    if text.contains(TLS_SECTIONS) { Libraries::parse(text) } else { Ok(Libraries::default()) }
}

fn has_stacks(text: &str) -> bool {
    sections(text).any(|line| STACK_SECTIONS.iter().any(|header| line.starts_with(header)))
}

fn has_http(text: &str) -> bool {
    sections(text).any(|line| line.starts_with(HTTP_SECTIONS))
}

/// The headers of sections, and what follows them on their lines.
fn sections(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim_start).filter(|line| line.starts_with('['))
}

/// Whether a file is meant to have sections of p0f's: all are that have none of TLS.
fn has_tcp(text: &str, libraries: &Libraries) -> bool {
    libraries.is_empty() || sections(text).any(|line| !line.starts_with(TLS_SECTIONS))
}

fn add_text(all: &mut String, text: &str) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !all.is_empty() && !all.ends_with('\n') {
        all.push('\n');
    }
    all.push_str(text);
}

/// The names of files in a message.
pub(crate) fn names(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().map(|path| messages::shown(path).to_string()).collect();
    names.join(", ")
}

/// Says what was passed over in a file.
pub(crate) fn warn(path: &Path, database: &Database) {
    let file = crate::messages::shown(path);
    let unknown = database.passed_over().iter();
    let unknown = unknown.filter(|section| !section.header.starts_with(TLS_SECTIONS));
    for PassedOver { line, header, .. } in unknown {
        messages::say(&format_args!(
            "{file}:{line}: warning: section {header} is passed over: p0f 3.09b does not know it"
        ));
    }
}

/// The text of a file, or of standard input for `-`.
pub(crate) fn text(path: &Path) -> anyhow::Result<String> {
    let bytes = text_file::bytes(path).with_context(|| crate::messages::shown(path).to_string())?;
    // Comments may be in any encoding; what is read of a line is ASCII.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

impl CompatArgs {
    pub(crate) fn compat(self) -> Compat {
        if self.p0f_exact { Compat::P0fExact } else { Compat::Fixed }
    }
}
