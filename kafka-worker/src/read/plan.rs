//! What the command line of `stackprint read` asks for: terminals asked, files opened.

use std::io::{self, IsTerminal as _};

use super::args::{Origin, ReadArgs};
use crate::args::threads;
use crate::captures::InputArgs;
use crate::inputs::inputs;
use crate::recorder::RecordPlan;
use crate::source::Input;

/// All that `read` needs to know.
pub(crate) struct ReadPlan {
    pub(crate) inputs: Vec<Input>,
    pub(crate) input: InputArgs,
    pub(crate) records: RecordPlan,
    /// Whether records name the file and frame that they come from.
    pub(crate) origin: bool,
    pub(crate) threads: usize,
    pub(crate) progress: bool,
}

impl ReadPlan {
    /// Fails where there is nothing to read.
    pub(crate) fn new(args: &ReadArgs) -> anyhow::Result<ReadPlan> {
        let inputs = inputs(&args.files)?;
        let records = RecordPlan::new(&args.records)?;
        Ok(ReadPlan {
            inputs,
            input: args.input,
            origin: args.origin == Origin::File,
            threads: threads::count(args.threads),
            // A bar among the records on one terminal would be in the way.
            progress: io::stderr().is_terminal() && !records.to_terminal,
            records,
        })
    }
}
