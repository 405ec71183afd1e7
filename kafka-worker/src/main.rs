//! The `stackprint` program.

fn main() {}
