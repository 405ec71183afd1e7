//! Signature databases from files.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use stackprint::{Compat, Database};

use crate::args::{CompatArgs, DatabaseArgs};

/// The database that is asked for.
pub(crate) fn load(said: &DatabaseArgs) -> anyhow::Result<Arc<Database>> {
    let compat = said.compat.compat();
    match (&said.database, compat) {
        (Some(path), _) => Ok(Arc::new(read(path, compat)?)),
        (None, Compat::Mended) => Ok(Database::builtin()),
        (None, Compat::P0fExact) => {
            let database = Database::parse_with(Database::BUILTIN_TEXT, compat);
            Ok(Arc::new(database.context("the built-in database")?))
        }
    }
}

fn read(path: &Path, compat: Compat) -> anyhow::Result<Database> {
    let file = path.display();
    let text = text(path)?;
    Database::parse_with(&text, compat).map_err(|error| {
        anyhow!("{file}:{}:{}: expected {}", error.line, error.column, error.expected)
    })
}

/// The text of a file, or of standard input for `-`.
pub(crate) fn text(path: &Path) -> anyhow::Result<String> {
    let octets = octets(path).with_context(|| path.display().to_string())?;
    // Comments may be in any encoding; what is read of a line is ASCII.
    Ok(String::from_utf8_lossy(&octets).into_owned())
}

fn octets(path: &Path) -> io::Result<Vec<u8>> {
    if path.as_os_str() != "-" {
        return fs::read(path);
    }
    let mut octets = Vec::new();
    io::stdin().lock().read_to_end(&mut octets)?;
    Ok(octets)
}

impl CompatArgs {
    pub(crate) fn compat(self) -> Compat {
        if self.p0f_exact { Compat::P0fExact } else { Compat::Mended }
    }
}
