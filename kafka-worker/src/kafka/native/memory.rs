//! Pointers of librdkafka as references.

use std::process;
use std::ptr::NonNull;
use std::slice;

/// Returns a pointer that is not null: without memory, librdkafka ends the process itself.
pub(super) fn made<T>(pointer: *mut T) -> NonNull<T> {
    NonNull::new(pointer).unwrap_or_else(|| process::abort())
}

/// Returns the bytes at a pointer. Returns `None` if it is null.
///
/// # Safety
///
/// There are `len` bytes at `start`, which live as long as `'o`; or `start` is null.
pub(super) unsafe fn bytes<'o>(start: *const u8, len: usize) -> Option<&'o [u8]> {
    // SAFETY: the caller's promise.
    (!start.is_null()).then(|| unsafe { slice::from_raw_parts(start, len) })
}
