//! Pipes and terminals: reading them may take any time, and ends when the program is to stop.

#[cfg(unix)]
mod unix;
#[cfg(any(windows, test))]
#[cfg_attr(unix, allow(dead_code, reason = "only what tests try is used where there is poll(2)"))]
mod windows;

#[cfg(unix)]
pub(crate) use unix::Pipe;
#[cfg(windows)]
pub(crate) use windows::Pipe;
