//! How records are made and where they go, as the command line asks for it.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;

use anyhow::Context as _;
use stackprint::{Database, Filter, Limits};

use crate::args::{DatabaseArgs, Format, LayerArgs, Per, PerArgs, Privacy, RecordArgs};
use crate::database;
use crate::exit::UsageError;
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
    /// What is left out of records.
    pub(crate) privacy: Privacy,
    /// Whether records name the closest signatures.
    pub(crate) closest: bool,
    /// What a row is about.
    pub(crate) per: PerArgs,
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
        if args.per.per != Per::Packet && args.format == Format::P0f {
            let message = "p0f's log has lines of packets, not rows of hosts: another --format";
            return Err(UsageError::conflict(message).into());
        }
        let database = database::load(&args.database)?;
        let privacy = args.privacy.privacy()?;
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
            privacy,
            closest: args.closest.closest || args.format == Format::Text,
            database,
            reloaded: args.database.clone(),
            per: args.per,
            sink: Sink::new(args.format, args.per.per, out),
            output_name,
            to_terminal,
            summary: args.summary.is_wanted(),
            feed: None,
        })
    }
}
