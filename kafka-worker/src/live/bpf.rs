//! Classic BPF programs, put together: the kernel runs them on every packet of an interface, and
//! copies only what they let pass.
//!
//! The machine has an accumulator A, an index register X and 16 words of memory. A load from beyond
//! the end of the packet ends the program, and the packet is not copied.

mod handshakes;
#[cfg(test)]
mod tests;

use netring::BpfInsn;

pub(crate) use handshakes::Copied;
pub(super) use handshakes::{Rules, program};

/// Operation codes (`linux/bpf_common.h`), with their operands: K a constant, X the register.
mod code {
    pub(super) const LD_W_ABS: u16 = 0x20;
    pub(super) const LD_H_IND: u16 = 0x48;
    pub(super) const LD_B_IND: u16 = 0x50;
    pub(super) const LD_MEM: u16 = 0x60;
    pub(super) const LDX_IMM: u16 = 0x01;
    pub(super) const ST: u16 = 0x02;
    pub(super) const ADD_K: u16 = 0x04;
    pub(super) const ADD_X: u16 = 0x0c;
    pub(super) const AND_K: u16 = 0x54;
    pub(super) const LSH_K: u16 = 0x64;
    pub(super) const RSH_K: u16 = 0x74;
    pub(super) const TAX: u16 = 0x07;
    pub(super) const TXA: u16 = 0x87;
    pub(super) const JA: u16 = 0x05;
    pub(super) const JEQ_K: u16 = 0x15;
    pub(super) const JGT_K: u16 = 0x25;
    pub(super) const JGE_K: u16 = 0x35;
    pub(super) const JSET_K: u16 = 0x45;
    pub(super) const RET_K: u16 = 0x06;
}

/// What the kernel knows of a packet beside its octets (`SKF_AD_…` in `linux/filter.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
enum Ancillary {
    /// Whether it came, and to whom, or goes: `PACKET_…` in `linux/if_packet.h`.
    PacketType = 4,
    /// A random number.
    Random = 56,
}

/// Ancillary values are loaded from here (`SKF_AD_OFF`, -4096).
const ANCILLARY: u32 = 0xffff_f000;

/// What a jump asks of A.
#[derive(Debug, Clone, Copy)]
enum If {
    Equals(u32),
    Above(u32),
    AtLeast(u32),
    /// Any of these bits is set.
    AnyOf(u32),
}

/// A place in the program that can be jumped to: only forward, as the kernel demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Label(usize);

/// Puts a program together, one instruction after the other.
#[derive(Debug, Default)]
struct Assembler {
    instructions: Vec<BpfInsn>,
    /// Where each label is; none before it is placed.
    places: Vec<Option<usize>>,
    /// Instructions whose target is a label.
    jumps: Vec<(usize, Label)>,
}

impl Assembler {
    fn label(&mut self) -> Label {
        self.places.push(None);
        Label(self.places.len() - 1)
    }

    /// The next instruction is at the label.
    fn place(&mut self, label: Label) {
        let here = self.instructions.len();
        if let Some(place) = self.places.get_mut(label.0) {
            *place = Some(here);
        }
    }

    fn push(&mut self, code: u16, k: u32) {
        self.instructions.push(BpfInsn { code, jt: 0, jf: 0, k });
    }

    /// A = the octet `at` octets from X.
    fn load_octet(&mut self, at: u32) {
        self.push(code::LD_B_IND, at);
    }

    /// A = the 16 bits `at` octets from X, in network order.
    fn load_u16(&mut self, at: u32) {
        self.push(code::LD_H_IND, at);
    }

    fn load_ancillary(&mut self, what: Ancillary) {
        self.push(code::LD_W_ABS, ANCILLARY + what as u32);
    }

    /// A = word `word` of the memory.
    fn recall(&mut self, word: u32) {
        self.push(code::LD_MEM, word);
    }

    /// Word `word` of the memory = A.
    fn store(&mut self, word: u32) {
        self.push(code::ST, word);
    }

    fn set_x(&mut self, value: u32) {
        self.push(code::LDX_IMM, value);
    }

    /// X = X + `octets`; A is lost.
    fn advance(&mut self, octets: u32) {
        self.push(code::TXA, 0);
        self.push(code::ADD_K, octets);
        self.push(code::TAX, 0);
    }

    /// X = X + A × 2^`shift` + `octets`; A is lost.
    fn advance_by_a(&mut self, shift: u32, octets: u32) {
        self.push(code::LSH_K, shift);
        self.push(code::ADD_K, octets);
        self.push(code::ADD_X, 0);
        self.push(code::TAX, 0);
    }

    fn and(&mut self, mask: u32) {
        self.push(code::AND_K, mask);
    }

    fn shift_right(&mut self, bits: u32) {
        self.push(code::RSH_K, bits);
    }

    fn jump(&mut self, to: Label) {
        self.jumps.push((self.instructions.len(), to));
        self.push(code::JA, 0);
    }

    /// Jumps where A is so. Two instructions: conditional jumps reach no farther than 255, others
    /// any distance.
    fn jump_if(&mut self, test: If, to: Label) {
        let (code, k) = match test {
            If::Equals(k) => (code::JEQ_K, k),
            If::Above(k) => (code::JGT_K, k),
            If::AtLeast(k) => (code::JGE_K, k),
            If::AnyOf(k) => (code::JSET_K, k),
        };
        self.instructions.push(BpfInsn { code, jt: 0, jf: 1, k });
        self.jump(to);
    }

    fn jump_if_any(&mut self, numbers: &[u32], to: Label) {
        for &number in numbers {
            self.jump_if(If::Equals(number), to);
        }
    }

    /// Ends the program: so many octets of the packet are copied.
    fn copy(&mut self, octets: u32) {
        self.push(code::RET_K, octets);
    }

    /// The program. A jump to a label that lies behind it, or nowhere, is a slip of whoever wrote
    /// the program: the kernel would refuse it, and so do the tests.
    fn finish(mut self) -> Vec<BpfInsn> {
        for (at, label) in std::mem::take(&mut self.jumps) {
            let place = self.places.get(label.0).copied().flatten();
            let distance = place.and_then(|place| place.checked_sub(at + 1));
            if let (Some(jump), Some(distance)) = (self.instructions.get_mut(at), distance) {
                jump.k = u32::try_from(distance).unwrap_or(u32::MAX);
            } else {
                debug_assert!(false, "jump at {at} to {label:?}");
            }
        }
        self.instructions
    }
}
