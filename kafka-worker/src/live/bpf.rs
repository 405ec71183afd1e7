//! Classic BPF programs, put together: the kernel runs them on every packet of an interface, and
//! copies only what they let pass.
//!
//! The machine has an accumulator A, an index register X and 16 words of memory. A load from beyond
//! the end of the packet ends the program, and the packet is not copied.

mod assembler;
mod ends;
mod handshakes;
mod openings;
#[cfg(test)]
mod tests;

pub(crate) use handshakes::CaptureFilter;
pub(super) use handshakes::{Rules, WHOLE, program};
