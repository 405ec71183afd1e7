//! A host that stays the same, and a database that names it.

use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::SystemTime;

use stackprint::Timestamp;

use crate::frames::FrameBuilder;

/// A database of the kernel's SYN under this label.
#[must_use]
pub fn database(label: &str) -> String {
    format!(
        "classes = unix\n[tcp:request]\nlabel = {label}\n\
         sig = *:64:0:*:mss*44,7:mss,sok,ts,nop,ws:df,id+:0\n"
    )
}

/// Writes a database so that only SIGHUP makes a program read it again: size and time of the file
/// stay the same.
pub fn write_unnoticed(path: &Path, text: &str) {
    const SIZE: usize = 500;
    fs::write(path, format!("{text:SIZE$}")).expect("a temporary file");
    let file = File::options().append(true).open(path).expect("it was written");
    file.set_modified(SystemTime::UNIX_EPOCH).expect("it has a time");
}

/// The `number`th SYN of one client, a second after the one before; its clock goes on, and so does
/// its port.
#[must_use]
pub fn syn(number: u16) -> (FrameBuilder, Timestamp) {
    let client = (Ipv4Addr::new(192, 0, 2, 10), 40_000 + number);
    let mut frame = FrameBuilder::syn(client.into(), (Ipv4Addr::new(192, 0, 2, 80), 80).into());
    // The timestamp's value, behind MSS, SACK permitted, kind and length.
    let ticks = 1_000_000 + 1000 * u32::from(number);
    frame.tcp_options[8..12].copy_from_slice(&ticks.to_be_bytes());
    let seconds = 1_700_000_000 + u64::from(number);
    (frame, Timestamp::from_nanos(seconds * 1_000_000_000))
}
