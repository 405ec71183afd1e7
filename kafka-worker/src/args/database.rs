//! Which signatures are used, and how.

use std::path::PathBuf;

use clap::ValueHint;
use clap::builder::BoolishValueParser;

/// Which signatures are known, and how they are compared.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DatabaseArgs {
    /// Signatures in the syntax of p0f.fp, with or without sections of TLS libraries ([tls:client]).
    /// The first file replaces the built-in sections that it contains, further ones add to it. Read
    /// again once it has changed, and on SIGHUP.
    #[arg(short, long, value_name = "FILE", env = "STACKPRINT_DATABASE", value_hint = ValueHint::FilePath)]
    pub(crate) database: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) compat: CompatArgs,
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct ClosestArgs {
    /// Where no signature fits, name the closest ones and how they differ, as text does without this.
    #[arg(long, env = "STACKPRINT_CLOSEST", value_parser = BoolishValueParser::new())]
    pub(crate) closest: bool,
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct CompatArgs {
    /// Answer as p0f 3.09b does, bit for bit, its bugs included.
    #[arg(long, env = "STACKPRINT_P0F_EXACT", value_parser = BoolishValueParser::new())]
    pub(crate) p0f_exact: bool,
}
