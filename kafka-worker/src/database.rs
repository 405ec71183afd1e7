//! Signature databases from files.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use stackprint::{Compat, Database, Direction};

use crate::args::{CheckArgs, CompatArgs, DatabaseArgs};
use crate::{FAILED, messages};

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

/// `stackprint db check`: a line for each good file, a message for each bad one.
pub(crate) fn check(said: &CheckArgs) -> anyhow::Result<ExitCode> {
    let mut report = String::new();
    let mut code = ExitCode::SUCCESS;
    for path in &said.files {
        match read(path, said.compat.compat()) {
            Ok(database) => {
                let count = |wanted| {
                    database.signatures().filter(|(direction, _)| *direction == wanted).count()
                };
                let (syn, syn_ack) = (count(Direction::Syn), count(Direction::SynAck));
                let file = path.display();
                writeln!(report, "{file}: ok, signatures: {syn} SYN, {syn_ack} SYN+ACK")?;
            }
            Err(error) => {
                messages::say(&format_args!("{error:#}"));
                code = ExitCode::from(FAILED);
            }
        }
    }
    io::stdout().write_all(report.as_bytes())?;
    Ok(code)
}

fn read(path: &Path, compat: Compat) -> anyhow::Result<Database> {
    let file = path.display();
    let octets = octets(path).with_context(|| file.to_string())?;
    // Comments may be in any encoding; what is read of a line is ASCII.
    let text = String::from_utf8_lossy(&octets);
    Database::parse_with(&text, compat).map_err(|error| {
        anyhow!("{file}:{}:{}: expected {}", error.line, error.column, error.expected)
    })
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
