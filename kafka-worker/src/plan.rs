//! What is meant by the command line: defaults looked up, files loaded, terminals asked.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap::error::ErrorKind;
use stackprint::{Compat, Database, Filter, Limits};

use crate::args::{Args, DatabaseArgs, Format, LimitArgs, Origin, ReadArgs, RecordArgs};
use crate::captures::InputArgs;
use crate::database;
use crate::sink::Sink;
use crate::source::Input;

/// All that `read` needs to know.
pub(crate) struct ReadPlan {
    pub(crate) inputs: Vec<Input>,
    pub(crate) input: InputArgs,
    pub(crate) records: RecordPlan,
    /// Whether records name the file and frame that they come from.
    pub(crate) origin: bool,
    pub(crate) threads: u32,
    pub(crate) progress: bool,
}

impl ReadPlan {
    /// Ends the program with a usage error where there is nothing to read.
    pub(crate) fn new(said: &ReadArgs) -> anyhow::Result<ReadPlan> {
        let inputs = inputs(&said.files);
        let records = RecordPlan::new(&said.records)?;
        Ok(ReadPlan {
            inputs,
            input: said.input,
            origin: said.origin == Origin::File,
            threads: said.threads,
            // A bar among the records on one terminal would be in the way.
            progress: io::stderr().is_terminal() && !records.to_terminal,
            records,
        })
    }
}

/// How records are made, and where they are written.
pub(crate) struct RecordPlan {
    pub(crate) database: Arc<Database>,
    /// Where it is read again.
    pub(crate) reloaded: DatabaseArgs,
    pub(crate) filter: Filter,
    pub(crate) limits: Limits,
    /// Whether an address is one host in all networks.
    pub(crate) merge_paths: bool,
    /// Whether records name the closest signatures.
    pub(crate) closest: bool,
    pub(crate) sink: Sink<Box<dyn Write>>,
    /// What messages call the place that records are written to.
    pub(crate) output_name: String,
    to_terminal: bool,
    pub(crate) summary: bool,
}

impl RecordPlan {
    pub(crate) fn new(said: &RecordArgs) -> anyhow::Result<RecordPlan> {
        let database = database::load(&said.database)?;
        let output_name = match &said.output {
            Some(path) => crate::messages::shown(path).to_string(),
            None => "standard output".to_owned(),
        };
        let (to_terminal, out): (bool, Box<dyn Write>) = match &said.output {
            Some(path) => {
                let file = File::create(path).with_context(|| output_name.clone())?;
                (file.is_terminal(), Box::new(file))
            }
            None => (io::stdout().is_terminal(), Box::new(io::stdout().lock())),
        };
        Ok(RecordPlan {
            filter: said.filter.filter(),
            limits: limits(said.limits, database.compat()),
            merge_paths: said.limits.merge_paths,
            closest: said.closest.closest || said.format == Format::Text,
            database,
            reloaded: said.database.clone(),
            sink: Sink::new(said.format, out),
            output_name,
            to_terminal,
            summary: said.summary.is_wanted(),
        })
    }
}

/// What is to be read. Ends the program with a usage error where there is nothing.
pub(crate) fn inputs(files: &[PathBuf]) -> Vec<Input> {
    if files.is_empty() {
        if io::stdin().is_terminal() {
            let message = "no FILE is given, and standard input is a terminal";
            Args::command().error(ErrorKind::MissingRequiredArgument, message).exit();
        }
        return vec![Input::Stdin];
    }
    let input = |path: &PathBuf| match path.as_os_str() == OsStr::new("-") {
        true => Input::Stdin,
        false => Input::Path(path.clone()),
    };
    files.iter().map(input).collect()
}

/// How much is remembered, where less or more than usual is asked for.
pub(crate) fn limits(said: LimitArgs, compat: Compat) -> Limits {
    let usual = match compat {
        Compat::Fixed => Limits::default(),
        Compat::P0fExact => Limits::P0F,
    };
    let hosts = said.hosts.unwrap_or(usual.hosts);
    let flows = said.flows.unwrap_or(usual.flows);
    Limits { hosts, flows, ..usual }
}
