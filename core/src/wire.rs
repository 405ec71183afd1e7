//! Views of headers: from the octets of a frame to its innermost TCP segment.
//!
//! Lengths are checked once, when a view is made; a view that exists can be read without failing.
//! Nothing outside this module knows at which octet a header field lies.

mod ip;
mod path;

pub use ip::IpVersion;
pub(crate) use ip::Ip;
pub use path::{Encapsulation, Path};
