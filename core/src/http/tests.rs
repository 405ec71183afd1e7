//! Against p0f, the specifications, and by properties.

mod exchanges;
mod heads;
mod http2;
mod signatures;

use super::*;
use crate::tcp::observation::Compat;

/// The head that bytes begin with.
fn head(bytes: &[u8]) -> Head<'_> {
    match Head::parse(bytes) {
        Progress::Complete(head) => head,
        other => panic!("{other:?} of {}", bytes.escape_ascii()),
    }
}

fn fault(bytes: &[u8]) -> (Fault, usize) {
    match Head::parse(bytes) {
        Progress::NotHttp(error) => (error.fault, error.at),
        other => panic!("{other:?}"),
    }
}

/// The raw signature of a head by default, with no signatures loaded.
fn raw(bytes: &[u8]) -> String {
    let signatures = Signatures::new(Compat::Fixed);
    let observed = Observed::new(&head(bytes), &signatures);
    observed.raw_signature(&signatures, Privacy::NamesOnly).to_string()
}
