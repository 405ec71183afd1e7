//! What the program `stackprint` reads packets with, apart from the program, so that a fuzzer can
//! reach it. Not made for use by other projects: it changes with the program.
#![forbid(unsafe_code)]

pub mod packets;
