//! `stackprint read`: captures in, records out.

mod args;
mod plan;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use stackprint::Database;

use crate::captures::{InputArgs, InputFrame, InputReader};
use crate::exit::FAILED;
use crate::messages;
use crate::progress::Progress;
use crate::query::{Listeners, Network, Services, Telling, WhenFull};
use crate::recorder::{Place, Recorder, Running};
use crate::source::{CaptureFailure, Input};
use crate::stop::Stop;
pub(crate) use args::ReadArgs;
use plan::ReadPlan;

pub(crate) fn run(args: &ReadArgs) -> anyhow::Result<ExitCode> {
    let mut plan = ReadPlan::new(args)?;
    let stop = Stop::listen().context("listening for signals")?;
    let progress = if plan.progress { Progress::of(&plan.inputs) } else { Progress::none() };
    let network = Network {
        database: &plan.records.database,
        limits: plan.records.limits,
        lag: Duration::ZERO,
        when_full: WhenFull::Wait,
    };
    let (mut services, telling) = Services::beside_loop(Listeners::open(&args.query)?, &network)?;
    plan.records.feed = services.feed.take();
    let (output_name, summary) = (plan.records.output_name.clone(), plan.records.summary);
    let mut reader = Reader {
        recorder: Recorder::new(plan.records, true)?,
        origin: plan.origin,
        input: plan.input,
        threads: plan.threads,
        progress,
        telling,
        stop,
    };
    let code = reader.read_all(&plan.inputs);
    reader.progress.finish();
    let code = code.context(output_name)?;
    if summary {
        let _ = io::stderr().write_all(reader.recorder.summary().as_bytes());
    }
    if args.query.is_wanted() {
        reader.answer_on().context("waiting for a signal")?;
    }
    Ok(code)
}

struct Reader<W> {
    recorder: Recorder<W>,
    /// Whether records name the file and frame that they come from.
    origin: bool,
    input: InputArgs,
    /// How many threads analyze and write, one at least.
    threads: usize,
    progress: Progress,
    telling: Telling,
    stop: Stop,
}

/// Why reading ended before the end.
#[derive(Debug)]
enum Failure {
    Capture(CaptureFailure),
    /// Lines or values of a stream could not be read; what could has been used.
    Unreadable {
        count: u64,
    },
    /// The records could not be written: the end of all work.
    Write(io::Error),
}

impl From<CaptureFailure> for Failure {
    fn from(failure: CaptureFailure) -> Failure {
        Failure::Capture(failure)
    }
}

impl<W: Write> Reader<W> {
    /// Reads one capture after the other. Fails only where records cannot be written.
    fn read_all(&mut self, inputs: &[Input]) -> io::Result<ExitCode> {
        let mut code = ExitCode::SUCCESS;
        for input in inputs {
            let result = self.read(input);
            if self.stop.is_asked() {
                break;
            }
            match result {
                Ok(()) => {}
                Err(Failure::Write(error)) => return Err(error),
                Err(Failure::Capture(failure)) => {
                    // What was read comes before what is wrong, where both go to one place.
                    self.recorder.flush()?;
                    self.progress.say(&format_args!("{input}: {failure}"));
                    code = ExitCode::from(FAILED);
                }
                Err(Failure::Unreadable { count }) => {
                    self.recorder.counters.unreadable += count;
                    code = ExitCode::from(FAILED);
                }
            }
        }
        self.recorder.finish()?;
        Ok(self.stop.exit_status().map_or(code, ExitCode::from))
    }

    /// Answers queries about what was read, until a signal comes.
    fn answer_on(&mut self) -> io::Result<()> {
        self.recorder.settle();
        self.telling.wait(&self.recorder.counters, || None);
        if !self.stop.is_asked() {
            messages::say(&"all is read; answering queries until SIGINT or SIGTERM");
            self.stop.wait_for_signal()?;
        }
        Ok(())
    }

    fn read(&mut self, input: &Input) -> Result<(), Failure> {
        let (name, origin) = (input.to_string(), input.name());
        let mut reading = Reading {
            name: &name,
            origin: &origin,
            input: InputReader::open(input, self.input, self.threads, &self.stop)?,
        };
        let result = loop {
            match self.read_on(&mut reading) {
                Ok(Some(database)) => self.recorder.set_database(&database),
                Ok(None) => break Ok(()),
                Err(failure) => break Err(failure),
            }
        };
        if let Some(joined) = reading.input.joined() {
            self.progress.say(&format_args!("{name}: note: {joined}"));
        }
        result?;
        match reading.input.bad_count() {
            0 => Ok(()),
            count => Err(Failure::Unreadable { count }),
        }
    }

    /// Reads until the end, or until there is another database. With several threads, all records
    /// are handed on by then.
    fn read_on(&mut self, reading: &mut Reading<'_>) -> Result<Option<Arc<Database>>, Failure> {
        let threads = self.threads;
        let (origin, stop) = (self.origin, &self.stop);
        let (progress, telling) = (&mut self.progress, &mut self.telling);
        let recorder = &mut self.recorder;
        thread::scope(|scope| {
            let mut running = recorder.running_on(scope, threads);
            let result = reading.go_on(&mut running, origin, stop, progress, telling);
            if threads > 1 {
                running.flush().map_err(Failure::Write)?;
                // Other threads may have come to frames of these only now.
                reading.tell_of_link_types(&mut running, progress);
            }
            result
        })
    }
}

/// A capture that is being read.
struct Reading<'n> {
    /// For people.
    name: &'n str,
    /// For records.
    origin: &'n str,
    input: InputReader,
}

impl<'n> Reading<'n> {
    fn go_on<'s, 'a: 's, W: Write>(
        &mut self,
        running: &mut Running<'s, 'a, W>,
        origin: bool,
        stop: &Stop,
        progress: &mut Progress,
        telling: &mut Telling,
    ) -> Result<Option<Arc<Database>>, Failure>
    where
        'n: 'a,
    {
        let file = origin.then_some(self.origin);
        while !stop.is_asked() {
            if self.input.would_wait() {
                running.flush().map_err(Failure::Write)?;
                telling.wait(running.counters, || None);
            }
            self.input.fetch()?;
            telling.resume();
            if let Some(database) = running.new_database() {
                return Ok(Some(database));
            }
            let result = self.input.decode(|input: InputFrame<'_>| {
                let InputFrame { frame, number, sensor, piece } = input;
                running.take(&frame, &Place { file, number, sensor, piece });
            });
            if running.wants_piece() {
                running.end_piece(self.input.take_piece(), file);
                while let Some(piece) = running.spent_piece() {
                    self.input.give_back(piece);
                }
            }
            telling.turn(running.counters, || None);
            self.after_piece(running, progress)?;
            if result? {
                break;
            }
        }
        Ok(None)
    }

    fn tell_of_link_types<W: Write>(
        &self,
        running: &mut Running<'_, '_, W>,
        progress: &mut Progress,
    ) {
        for link_type in running.counters.take_unreported_link_types() {
            progress.say(&format_args!(
                "{}: link type {} is not supported; its frames are skipped",
                self.name, link_type.0
            ));
        }
    }

    fn after_piece<'s, 'a: 's, W: Write>(
        &mut self,
        running: &mut Running<'s, 'a, W>,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let name = self.name;
        running.drain().map_err(Failure::Write)?;
        progress.update(self.input.raw_bytes(), running.counters.packets);
        self.tell_of_link_types(running, progress);
        // What of a stream could not be read comes after the records of what could.
        let bad = self.input.take_bad();
        if !bad.is_empty() {
            running.flush().map_err(Failure::Write)?;
        }
        for bad in bad {
            progress.say(&format_args!("{name}: {bad}"));
        }
        Ok(())
    }
}
