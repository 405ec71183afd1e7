//! How records are made and where they go, as the command line asks for it.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;

use anyhow::Context as _;
use stackprint::{Database, Filter, Limits};

use crate::args::{DatabaseArgs, Format, LayerArgs, RecordArgs};
use crate::database;
use crate::query::HostFeed;
use crate::sink::Sink;

/// How records are made, and where they are written.
pub(crate) struct RecordPlan {
    pub(crate) database: Arc<Database>,
    /// Where it is read again.
    pub(crate) reloaded: DatabaseArgs,
    pub(crate) filter: Filter,
    pub(crate) limits: Limits,
    /// Whether an address is one host in all networks.
    pub(crate) merge_paths: bool,
    pub(crate) layers: LayerArgs,
    /// Whether records name the closest signatures.
    pub(crate) closest: bool,
    pub(crate) sink: Sink<Box<dyn Write>>,
    /// What messages call the place that records are written to.
    pub(crate) output_name: String,
    pub(crate) to_terminal: bool,
    pub(crate) summary: bool,
    /// Where queries about hosts are answered from.
    pub(crate) feed: Option<HostFeed>,
}

impl RecordPlan {
    pub(crate) fn new(args: &RecordArgs) -> anyhow::Result<RecordPlan> {
        let database = database::load(&args.database)?;
        let output_name = match &args.output {
            Some(path) => crate::messages::shown(path).to_string(),
            None => "standard output".to_owned(),
        };
        let (to_terminal, out): (bool, Box<dyn Write>) = match &args.output {
            Some(path) => {
                let file = File::create(path).with_context(|| output_name.clone())?;
                (file.is_terminal(), Box::new(file))
            }
            None => (io::stdout().is_terminal(), Box::new(io::stdout().lock())),
        };
        Ok(RecordPlan {
            filter: args.filter.filter(),
            limits: args.limits.limits(database.compat()),
            merge_paths: args.limits.merge_paths,
            layers: args.layers.clone(),
            closest: args.closest.closest || args.format == Format::Text,
            database,
            reloaded: args.database.clone(),
            sink: Sink::new(args.format, out),
            output_name,
            to_terminal,
            summary: args.summary.is_wanted(),
            feed: None,
        })
    }
}
