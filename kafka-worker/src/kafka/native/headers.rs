//! Headers of messages.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use rdkafka::bindings as sys;
use rdkafka::types::RDKafkaRespErr;

use super::memory::{bytes, made};

/// Headers of one's own.
pub(crate) struct Headers(NonNull<sys::rd_kafka_headers_t>);

// SAFETY: a list in memory that belongs to nobody else, freed by whichever thread drops it.
unsafe impl Send for Headers {}

impl Headers {
    /// None yet.
    pub(crate) fn new() -> Headers {
        /// Room for as many is made at first.
        const EXPECTED: usize = 8;
        // SAFETY: asks for nothing.
        Headers(made(unsafe { sys::rd_kafka_headers_new(EXPECTED) }))
    }

    /// Adds one after the others; names may be there several times.
    pub(crate) fn add(&mut self, name: &str, value: &[u8]) {
        // SAFETY: both are copied, by the lengths that are given.
        unsafe {
            sys::rd_kafka_header_add(
                self.0.as_ptr(),
                name.as_ptr().cast(),
                name.len().cast_signed(),
                value.as_ptr().cast(),
                value.len().cast_signed(),
            );
        }
    }

    pub(crate) fn view(&self) -> HeadersView<'_> {
        HeadersView { headers: self.0, owner: PhantomData }
    }

    /// They are another's now, who destroys them.
    pub(super) fn given_away(self) {
        std::mem::forget(self);
    }

    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_headers_t {
        self.0.as_ptr()
    }
}

impl Drop for Headers {
    fn drop(&mut self) {
        // SAFETY: they are ours.
        unsafe { sys::rd_kafka_headers_destroy(self.0.as_ptr()) };
    }
}

impl Clone for Headers {
    fn clone(&self) -> Headers {
        self.view().copy()
    }
}

/// Headers of a message, or one's own.
#[derive(Clone, Copy)]
pub(crate) struct HeadersView<'h> {
    pub(super) headers: NonNull<sys::rd_kafka_headers_t>,
    pub(super) owner: PhantomData<&'h ()>,
}

impl<'h> HeadersView<'h> {
    /// A copy, byte for byte.
    pub(crate) fn copy(self) -> Headers {
        // SAFETY: they live.
        Headers(made(unsafe { sys::rd_kafka_headers_copy(self.headers.as_ptr()) }))
    }

    /// Name and value of each; names may be any bytes.
    pub(crate) fn iter(self) -> impl Iterator<Item = (&'h [u8], Option<&'h [u8]>)> {
        // SAFETY: they live.
        let count = unsafe { sys::rd_kafka_header_cnt(self.headers.as_ptr()) };
        (0..count).filter_map(move |place| self.get(place))
    }

    fn get(self, place: usize) -> Option<(&'h [u8], Option<&'h [u8]>)> {
        let (mut name, mut value, mut len) = (ptr::null(), ptr::null(), 0);
        // SAFETY: they live for `'h`; name, value and length are written to places of ours. The
        // name ends in zero, the value has the length.
        unsafe {
            let code = sys::rd_kafka_header_get_all(
                self.headers.as_ptr(),
                place,
                &raw mut name,
                &raw mut value,
                &raw mut len,
            );
            if code != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR || name.is_null() {
                return None;
            }
            Some((CStr::from_ptr(name).to_bytes(), bytes(value.cast(), len)))
        }
    }
}
