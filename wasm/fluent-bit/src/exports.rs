//! What Fluent Bit calls: the C ABI of its filter `wasm`. The only file with `unsafe`: the host
//! hands over places in memory as numbers, and has its memory from here.
//!
//! For each event the host calls `malloc` twice, writes the tag and the event there, each with a
//! zero byte behind, calls the filter, copies the result up to its zero byte, and calls `free`
//! twice. It has one thread. Only in WebAssembly: a library of another machine that exported
//! `malloc` would take it over from its whole process.
#![cfg(target_arch = "wasm32")]
#![allow(unsafe_code, reason = "a C ABI is made of addresses")]
#![allow(unreachable_pub, reason = "reached by the host, under the names of the functions")]

use core::cell::RefCell;
use core::{ptr, slice};
use std::alloc::{self, Layout};

use stackprint::Timestamp;

use crate::{Filter, Form, Names};

struct State {
    filter: Filter,
    /// Belongs to the host until it calls again.
    result: Vec<u8>,
}

thread_local! {
    static STATE: RefCell<State> =
        RefCell::new(State { filter: Filter::new(Names::COMPILED), result: Vec::new() });
}

macro_rules! filters {
    ($($(#[$doc:meta])* $name:ident = $form:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// # Safety
        ///
        /// `event` is 0, or the place of `len` bytes that nobody writes to meanwhile.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            _tag: *const u8,
            _tag_len: u32,
            seconds: u32,
            nanos: u32,
            event: *const u8,
            len: u32,
        ) -> *const u8 {
            // SAFETY: as the caller promises.
            let bytes = (!event.is_null()).then(|| unsafe { slice::from_raw_parts(event, len as usize) });
            apply($form, bytes, Timestamp::new(seconds.into(), nanos))
        }
    )*};
}

filters! {
    /// Looks for a packet in each form.
    stackprint_filter = None;
    /// Looks for one as Suricata has it.
    stackprint_eve = Some(Form::Eve);
    /// Looks for one as tshark has it.
    stackprint_ek = Some(Form::Ek);
    /// Looks for one in the envelope of stackprint.
    stackprint_envelope = Some(Form::Envelope);
}

/// Says that an event was lost where it would have been: the host had no memory to hand it over.
const LOST: &[u8] = b"{\"stackprint\":{\"error\":\"no_memory\"}}\0";

/// The result, with a zero byte at its end.
fn apply(form: Option<Form>, event: Option<&[u8]>, time: Timestamp) -> *const u8 {
    let Some(event) = event else { return LOST.as_ptr() };
    STATE.with(|state| {
        // Nobody calls while a call is under way.
        let Ok(mut state) = state.try_borrow_mut() else { return event.as_ptr() };
        let State { filter, result } = &mut *state;
        match filter.apply(form, event, time, result) {
            Ok(()) => {
                result.push(0);
                result.as_ptr()
            }
            // The host has put a zero byte behind the event.
            Err(_) => event.as_ptr(),
        }
    })
}

/// In front of each block: how long it is. As large as blocks are aligned.
const HEADER_BYTES: usize = 8;

fn layout(len: u32) -> Option<Layout> {
    let len = HEADER_BYTES.checked_add(len as usize)?;
    Layout::from_size_align(len, HEADER_BYTES).ok()
}

/// Memory for the host, or 0. With this and [`free`] the host leaves its own heap inside the module
/// alone, which is too small for most events.
#[unsafe(no_mangle)]
pub extern "C" fn malloc(len: u32) -> *mut u8 {
    let Some(layout) = layout(len) else { return ptr::null_mut() };
    // SAFETY: the layout is never empty, and a block begins with room for its header.
    unsafe {
        let block = alloc::alloc(layout);
        if block.is_null() {
            return block;
        }
        block.cast::<u32>().write(len);
        block.add(HEADER_BYTES)
    }
}

/// Takes memory back.
///
/// # Safety
///
/// `place` is 0 or from [`malloc`], and was not given back before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(place: *mut u8) {
    if place.is_null() {
        return;
    }
    // SAFETY: the block is one of `malloc`, with its length in front.
    unsafe {
        let block = place.sub(HEADER_BYTES);
        if let Some(layout) = layout(block.cast::<u32>().read()) {
            alloc::dealloc(block, layout);
        }
    }
}
