//! What one SYN or SYN+ACK says of the stack that sent it, and whether a signature fits that.

pub(crate) mod comparison;
pub(crate) mod difference;
pub(crate) mod matching;
pub(crate) mod notation;
pub(crate) mod observation;
pub(crate) mod quirks;
pub(crate) mod signature;
pub(crate) mod window;
