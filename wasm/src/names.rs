//! Host names in a pcapng capture: name resolution blocks, section 4.5 of draft-ietf-opsawg-pcapng.
//! Knows no JavaScript.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const SECTION_HEADER: [u8; 4] = [0x0A, 0x0D, 0x0D, 0x0A];
const BIG_ENDIAN_MAGIC: [u8; 4] = [0x1A, 0x2B, 0x3C, 0x4D];
const NAME_RESOLUTION: u32 = 4;
/// Block type, block length, and of a section header the byte-order magic.
const HEADER_LEN: usize = 12;
const MAX_BLOCK_LEN: usize = 1 << 20;
const MAX_NAMES: usize = 100_000;

mod record {
    pub(super) const IPV4: u16 = 1;
    pub(super) const IPV6: u16 = 2;
}

/// Follows the blocks of a capture and collects the names in it. Stops at anything that is not
/// pcapng: the decoder reports the damage.
#[derive(Debug, Default)]
pub(crate) struct Names {
    found: Vec<(IpAddr, Box<str>)>,
    state: State,
    /// The start of a block: its header, or the whole of a name resolution block.
    held: Vec<u8>,
    /// Bytes of the current block that are skipped.
    skip: u64,
    is_big_endian: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No block has been read: the first has to be a section header.
    #[default]
    Start,
    Blocks,
    Stopped,
}

impl Names {
    /// Follows the next bytes of the capture.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        while self.state != State::Stopped && !bytes.is_empty() {
            if self.skip > 0 {
                let count = self.skip.min(bytes.len() as u64);
                self.skip -= count;
                bytes = bytes.get(count as usize..).unwrap_or_default();
                continue;
            }
            let wanted = self.wanted().saturating_sub(self.held.len());
            let (some, rest) = bytes.split_at(wanted.min(bytes.len()));
            self.held.extend_from_slice(some);
            bytes = rest;
            if self.held.len() >= self.wanted() {
                self.block();
            }
        }
    }

    /// Returns the names found since the last call.
    pub(crate) fn take(&mut self) -> Vec<(IpAddr, Box<str>)> {
        core::mem::take(&mut self.found)
    }

    /// The length of `held` that is needed next.
    fn wanted(&self) -> usize {
        match self.header() {
            Some((NAME_RESOLUTION, len)) if len <= MAX_BLOCK_LEN as u64 => {
                (len as usize).max(HEADER_LEN)
            }
            _ => HEADER_LEN,
        }
    }

    /// Type and length of the block that `held` begins with.
    fn header(&self) -> Option<(u32, u64)> {
        let kind = self.held.first_chunk::<4>()?;
        let len = self.held.get(4..8)?;
        Some((self.u32(kind)?, u64::from(self.u32(len)?)))
    }

    /// Handles what `held` has: the header of a block, or the whole block.
    fn block(&mut self) {
        if self.held.starts_with(&SECTION_HEADER) {
            self.is_big_endian = self.held.get(8..12) == Some(&BIG_ENDIAN_MAGIC);
            self.state = State::Blocks;
        }
        let Some((kind, len)) = self.header().filter(|_| self.state == State::Blocks) else {
            self.state = State::Stopped;
            return;
        };
        // The body is padded to 32 bits.
        let Some(rest) = len.next_multiple_of(4).checked_sub(self.held.len() as u64) else {
            self.state = State::Stopped;
            return;
        };
        if kind == NAME_RESOLUTION && self.held.len() > HEADER_LEN {
            self.records();
        }
        self.skip = rest;
        self.held.clear();
    }

    /// Reads the records of a whole name resolution block.
    #[cold]
    fn records(&mut self) {
        let held = core::mem::take(&mut self.held);
        let mut rest = held.get(8..held.len() - 4).unwrap_or_default();
        while let Some((head, body)) = rest.split_at_checked(4)
            && let (Some(kind), Some(len)) = (self.u16(&head[..2]), self.u16(&head[2..]))
            && let Some(value) = body.get(..usize::from(len))
        {
            let named = match kind {
                record::IPV4 => value
                    .split_first_chunk::<4>()
                    .map(|(ip, names)| (Ipv4Addr::from(*ip).into(), names)),
                record::IPV6 => value
                    .split_first_chunk::<16>()
                    .map(|(ip, names)| (Ipv6Addr::from(*ip).into(), names)),
                // The end, or a record of another kind.
                0 => return,
                _ => None,
            };
            // The first of several names that end with a zero byte each.
            if let Some((ip, names)) = named
                && let Some(name) = names.split(|byte| *byte == 0).next()
                && !name.is_empty()
                && self.found.len() < MAX_NAMES
            {
                self.found.push((ip, String::from_utf8_lossy(name).into()));
            }
            rest = body.get(usize::from(len).next_multiple_of(4)..).unwrap_or_default();
        }
    }

    fn u16(&self, bytes: &[u8]) -> Option<u16> {
        let bytes = *bytes.first_chunk()?;
        Some(if self.is_big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn u32(&self, bytes: &[u8]) -> Option<u32> {
        let bytes = *bytes.first_chunk()?;
        Some(if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }
}
