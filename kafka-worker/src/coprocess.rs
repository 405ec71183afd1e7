//! `stackprint coprocess`: a record in, the same record out, with what its packet says.

mod answers;
mod args;
mod enricher;
mod field;
mod log;
mod records;
#[cfg(test)]
mod tests;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use crate::exit::{FAILED, is_broken_pipe};
use crate::pipe::Pipe;
use crate::stdio;
use crate::stop::Stop;
use answers::Answers;
pub(crate) use args::CoprocessArgs;
use enricher::{Enricher, Found};
use log::Log;
use records::{Next, Records};

/// Answers of more bytes are written although more records are there.
const BLOCK_BYTES: usize = 64 << 10;

pub(crate) fn run(args: &CoprocessArgs) -> anyhow::Result<ExitCode> {
    let mut log = Log::open(args.log_file.as_deref())?;
    match work(args, &mut log) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        // The host has gone.
        Err(error) if is_broken_pipe(&error) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            log.say(&format_args!("{error:#}"));
            Ok(ExitCode::from(FAILED))
        }
    }
}

fn work(args: &CoprocessArgs, log: &mut Log) -> anyhow::Result<()> {
    let stop = Stop::listen().context("listening for signals")?;
    let out: Box<dyn Write> = match &args.output {
        Some(path) => {
            let file = OpenOptions::new().append(true).create(true).open(path);
            Box::new(file.with_context(|| crate::messages::shown(path).to_string())?)
        }
        None => Box::new(stdio::output()?),
    };
    let mut coprocess = Coprocess {
        enricher: Enricher::new(args)?,
        records: Records::new(args.framing, args.max_record as usize),
        answers: Answers::new(args.answer, args.framing, &args.key),
        out,
        counts: Counts::default(),
    };
    let mut input = Input { pipe: Pipe::new(stdio::input()?, &stop)?, stop };
    let result = coprocess.answer_all(&mut input);
    let Counts { records, changed, bad, too_long } = coprocess.counts;
    log.say(&format_args!(
        "{records} records: {changed} changed, {bad} with a packet that cannot be read, {too_long} \
         too long"
    ));
    result
}

/// Standard input.
struct Input {
    pipe: Pipe,
    stop: Stop,
}

impl Input {
    /// Whether the next read would wait.
    fn would_wait(&self) -> bool {
        self.pipe.would_wait_longer_than(Duration::ZERO)
    }

    /// Reads what is there; waits if nothing is. 0 at the end, and when a signal asks to stop.
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        Ok(self.pipe.read(to)?.unwrap_or(0))
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    records: u64,
    changed: u64,
    /// With a packet that cannot be read.
    bad: u64,
    too_long: u64,
}

struct Coprocess<W> {
    enricher: Enricher,
    records: Records,
    answers: Answers,
    out: W,
    counts: Counts,
}

impl<W: Write> Coprocess<W> {
    fn answer_all(&mut self, input: &mut Input) -> anyhow::Result<()> {
        loop {
            let answered = self.answer_what_is_there();
            // What was answered is written even where no more can be read.
            if answered.is_err() || input.would_wait() {
                self.flush()?;
            }
            answered?;
            if self.records.fill(|to| input.read(to)).context("standard input")? == 0 {
                break;
            }
        }
        if !input.stop.is_asked()
            && let Some(next) = self.records.rest()
        {
            self.answer(next);
        }
        Ok(self.flush()?)
    }

    fn answer_what_is_there(&mut self) -> anyhow::Result<()> {
        while let Some(next) = self.records.next()? {
            self.answer(next);
            if self.answers.gathered().len() >= BLOCK_BYTES {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn answer(&mut self, next: Next) {
        let answers = &mut self.answers;
        match next {
            Next::Record(range) => {
                self.counts.records += 1;
                let record = self.records.bytes(range);
                match self.enricher.enrich(record) {
                    Found::Nothing => answers.unchanged(record),
                    Found::Findings(found) => {
                        self.counts.changed += 1;
                        answers.changed(record, found);
                    }
                    Found::Error(found) => {
                        self.counts.bad += 1;
                        answers.changed(record, found);
                    }
                }
            }
            Next::LongStart(len) => {
                self.counts.records += 1;
                self.counts.too_long += 1;
                answers.long_start(len);
            }
            Next::LongPart(range) => answers.long_part(self.records.bytes(range)),
            Next::LongEnd => answers.long_end(),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.answers.gathered().is_empty() {
            self.out.write_all(self.answers.gathered())?;
            self.answers.clear();
        }
        Ok(())
    }
}
