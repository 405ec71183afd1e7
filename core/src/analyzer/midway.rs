//! Which segments of no flow may begin one.

#[cfg(feature = "http")]
use crate::http;
use crate::tls;

/// Whether a segment of no flow may begin one: whether its payload begins with a byte with which a
/// hello or a head begins.
#[inline]
pub(super) fn may_begin_midway(payload: &[u8]) -> bool {
    let Some(&first) = payload.first() else { return false };
    #[cfg(feature = "http")]
    if http::may_resume_from(first) {
        return true;
    }
    tls::may_begin(&[first])
}
