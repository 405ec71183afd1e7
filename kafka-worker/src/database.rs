//! Signature databases from files.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use stackprint::{Compat, Database, PassedOver};

use crate::args::{CompatArgs, DatabaseArgs};
use crate::{messages, text_file};

/// What is wrong with a file in which there is nothing to match.
pub(crate) const NO_SIGNATURE: &str =
    "no signature of SYNs or SYN+ACKs in it: every system would be unknown";

/// The database that is asked for.
pub(crate) fn load(args: &DatabaseArgs) -> anyhow::Result<Arc<Database>> {
    let database = load_even_empty(args)?;
    match &args.database {
        Some(path) if database.is_empty() => {
            bail!("{}: {NO_SIGNATURE}", crate::messages::shown(path))
        }
        _ => Ok(database),
    }
}

/// The same, for work to which nothing needs to be known.
pub(crate) fn load_even_empty(args: &DatabaseArgs) -> anyhow::Result<Arc<Database>> {
    let compat = args.compat.compat();
    match (&args.database, compat) {
        (Some(path), _) => Ok(Arc::new(read(path, compat)?)),
        (None, Compat::Fixed) => Ok(Database::builtin()),
        (None, Compat::P0fExact) => {
            let database = Database::parse_with(Database::BUILTIN_TEXT, compat);
            Ok(Arc::new(database.context("the built-in database")?))
        }
    }
}

fn read(path: &Path, compat: Compat) -> anyhow::Result<Database> {
    let file = crate::messages::shown(path);
    let text = text(path)?;
    let database = Database::parse_with(&text, compat).map_err(|error| {
        anyhow!("{file}:{}:{}: expected {}", error.line, error.column, error.expected)
    })?;
    warn(path, &database);
    Ok(database)
}

/// Says what was passed over in a file.
pub(crate) fn warn(path: &Path, database: &Database) {
    let file = crate::messages::shown(path);
    for PassedOver { line, header } in database.passed_over() {
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
