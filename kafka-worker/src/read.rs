//! `stackprint read`: captures in, records out.

mod input;

use std::io::{self, Read as _, Write};
use std::process::ExitCode;

use anyhow::Context as _;
use stackprint::Origin;

use crate::FAILED;
use crate::plan::ReadPlan;
use crate::progress::Progress;
use crate::recorder::Recorder;
use crate::source::{CaptureFailure, Input, PIECE_OCTETS, Source};
use crate::stop::Stop;
pub(crate) use input::InputArgs;
use input::{InputDecoder, InputFrame};

pub(crate) fn run(plan: ReadPlan) -> anyhow::Result<ExitCode> {
    let stop = Stop::listen().context("listening for signals")?;
    let progress = if plan.progress { Progress::of(&plan.inputs) } else { Progress::none() };
    let (output_name, summary) = (plan.records.output_name.clone(), plan.records.summary);
    let mut reader = Reader {
        recorder: Recorder::new(plan.records)?,
        origin: plan.origin,
        input: plan.input,
        progress,
        stop,
    };
    let code = reader.read_all(&plan.inputs);
    reader.progress.finish();
    let code = code.context(output_name)?;
    if summary {
        let _ = io::stderr().write_all(reader.recorder.summary().as_bytes());
    }
    Ok(code)
}

struct Reader<W> {
    recorder: Recorder<W>,
    /// Whether records name the file and frame that they come from.
    origin: bool,
    input: InputArgs,
    progress: Progress,
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
        self.recorder.flush()?;
        Ok(self.stop.exit_status().map_or(code, ExitCode::from))
    }

    fn read(&mut self, input: &Input) -> Result<(), Failure> {
        let mut source = input.open(&self.stop).map_err(CaptureFailure::Open)?;
        let is_compressed = source.is_compressed();
        let name = input.to_string();
        let mut decoder = InputDecoder::new(self.input);
        let mut piece = vec![0; PIECE_OCTETS];
        let mut offset = 0;
        while !self.stop.is_asked() {
            if source.would_wait() {
                self.recorder.flush().map_err(Failure::Write)?;
            }
            let count = source.read(&mut piece).map_err(|error| CaptureFailure::Read {
                error,
                offset,
                is_compressed,
            })?;
            offset += count as u64;
            self.recorder.renew_database();
            let octets = piece.get(..count).unwrap_or(&piece);
            let result = match count {
                0 => decoder.finish(|frame| self.take(&name, &frame)),
                _ => decoder.push(octets, |frame| self.take(&name, &frame)),
            };
            self.after_piece(&name, &source)?;
            self.tell_bad(&name, &mut decoder)?;
            result.map_err(|error| CaptureFailure::Damage { error, is_compressed })?;
            if count == 0 {
                break;
            }
        }
        match decoder.bad_count() {
            0 => Ok(()),
            count => Err(Failure::Unreadable { count }),
        }
    }

    /// Says what of a stream could not be read, behind the records of what could.
    fn tell_bad(&mut self, name: &str, decoder: &mut InputDecoder) -> Result<(), Failure> {
        let bad = decoder.take_bad();
        if !bad.is_empty() {
            self.recorder.flush().map_err(Failure::Write)?;
        }
        for bad in bad {
            self.progress.say(&format_args!("{name}: {bad}"));
        }
        Ok(())
    }

    fn take(&mut self, name: &str, input: &InputFrame<'_>) {
        self.recorder.take(&input.frame, || {
            let (file, frame) = (Some(name.into()), Some(input.number));
            let sensor = input.sensor.map(Into::into);
            self.origin.then(|| Origin { file, frame, sensor, ..Origin::default() })
        });
    }

    fn after_piece(&mut self, name: &str, source: &Source) -> Result<(), Failure> {
        self.recorder.drain().map_err(Failure::Write)?;
        self.progress.update(source.raw_octets(), self.recorder.counters.packets);
        for link_type in self.recorder.counters.take_untold_link_types() {
            self.progress.say(&format_args!(
                "{name}: link type {} is not supported; its frames are skipped",
                link_type.0
            ));
        }
        Ok(())
    }
}
