//! The form of a hello as a key: what its fingerprints and its library depend on, and nothing else.
#![warn(clippy::indexing_slicing)]

use super::{ClientHello, extension, is_grease};
use crate::form_bytes::FormBytes;

/// What hellos of one form have in common, as bytes. Longer forms are none; those of today's clients have
/// 150 to 250 bytes.
#[derive(Debug)]
pub(crate) struct FormKey(FormBytes<512>);

impl FormKey {
    pub(crate) const fn new() -> FormKey {
        FormKey(FormBytes::new())
    }

    /// The key of a hello. Two hellos with the same key have the same versions, protocols, fingerprints and
    /// library, and resume alike. Returns None if it is cut, or its form is longer than that of any real
    /// client.
    #[inline]
    pub(crate) fn of(&mut self, hello: &ClientHello<'_>) -> Option<&[u8]> {
        if hello.truncated() {
            return None;
        }
        self.0.clear();
        let [high, low] = hello.legacy_version().to_be_bytes();
        self.0.push(&[high, low])?;
        self.push_extensions(hello)?;
        self.push_numbers(hello.cipher_suites().as_bytes())?;
        self.push_numbers(hello.groups().as_bytes())?;
        self.push_numbers(hello.signature_algorithms().as_bytes())?;
        self.push_numbers(hello.versions().as_bytes())?;
        self.push_list(hello.point_formats())?;
        self.push_list(hello.protocols().as_bytes())?;
        self.0.get()
    }

    /// A list after its length, so that lists cannot be taken for each other.
    #[inline]
    fn push_list(&mut self, bytes: &[u8]) -> Option<()> {
        self.0.push(&(bytes.len() as u16).to_be_bytes())?;
        self.0.push(bytes)
    }

    /// A list of numbers of 16 bits, after its length.
    #[inline]
    fn push_numbers(&mut self, list: &[u8]) -> Option<()> {
        self.0.push(&(list.len() as u16).to_be_bytes())?;
        let (numbers, _) = list.as_chunks();
        let place = self.0.free().get_mut(..list.len())?;
        for (place, &number) in place.as_chunks_mut().0.iter_mut().zip(numbers) {
            *place = without_grease(number);
        }
        self.0.advance(list.len());
        Some(())
    }

    /// The types of extensions after their number, and whether a session ticket is sent back.
    #[inline]
    fn push_extensions(&mut self, hello: &ClientHello<'_>) -> Option<()> {
        let (mut count, mut ticket) = (0_u16, None);
        let (len_place, types) = self.0.free().split_first_chunk_mut()?;
        let mut extensions = hello.extensions();
        for place in types.as_chunks_mut().0 {
            let Some(extension) = extensions.next() else { break };
            *place = without_grease(extension.number.to_be_bytes());
            count += 1;
            if extension.number == extension::SESSION_TICKET {
                // The first counts.
                ticket = ticket.or(Some(!extension.body.is_empty()));
            }
        }
        *len_place = count.to_be_bytes();
        self.0.advance(2 + 2 * usize::from(count));
        if extensions.next().is_some() {
            return None;
        }
        self.0.push(&[u8::from(ticket == Some(true))])
    }
}

/// A number of the wire; of GREASE (RFC 8701) only that it is one, as it is another one each time.
#[inline]
fn without_grease(number: [u8; 2]) -> [u8; 2] {
    const GREASE: [u8; 2] = [0x0a, 0x0a];
    // Both bytes of GREASE are the same, so their order does not matter.
    if is_grease(u16::from_ne_bytes(number)) { GREASE } else { number }
}
