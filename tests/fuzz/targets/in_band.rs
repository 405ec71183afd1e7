#![no_main]
#![allow(missing_docs, reason = "a program of the fuzzer's")]
libfuzzer_sys::fuzz_target!(|octets: &[u8]| stackprint_fuzz::tls::in_band(octets));
