//! Prints one line for each frame of a capture, to compare with other readers of captures:
//! number, time, link type, captured length, length on the wire, interface.
//!
//! ```text
//! cargo run --example frames -- FILE
//! ```

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write, stdout};
use std::path::Path;
use std::process::ExitCode;

use stackprint::capture::{CapturedFrame, Decoder};

const PIECE_LEN: usize = 64 * 1024;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: frames FILE");
        return ExitCode::from(2);
    };
    match print_frames(Path::new(&path)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", Path::new(&path).display());
            ExitCode::FAILURE
        }
    }
}

fn print_frames(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut file = File::open(path)?;
    let mut out = BufWriter::new(stdout().lock());
    let mut decoder = Decoder::new();
    let mut piece = vec![0; PIECE_LEN];
    loop {
        let len = file.read(&mut piece)?;
        if len == 0 {
            return Ok(decoder.finish()?);
        }
        let mut rest = &piece[..len];
        while let Some(captured) = decoder.next_frame(&mut rest)? {
            print(&mut out, &captured)?;
        }
    }
}

fn print(out: &mut impl Write, captured: &CapturedFrame<'_>) -> io::Result<()> {
    let CapturedFrame { frame, number, interface, .. } = captured;
    let (seconds, nanos) = (frame.time.as_seconds(), frame.time.subsecond_nanos());
    let (captured_len, wire_len) = (frame.data.len(), frame.wire_len);
    writeln!(
        out,
        "{number}\t{seconds}.{nanos:09}\t{}\t{captured_len}\t{wire_len}\t{interface}",
        frame.link_type.0
    )
}
