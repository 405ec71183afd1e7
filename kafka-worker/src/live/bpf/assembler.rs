//! Puts programs of classic BPF together.

use netring::BpfInsn;

/// Operation codes (`linux/bpf_common.h`), with their operands: K a constant, X the register.
pub(super) mod code {
    pub(crate) const LD_W_ABS: u16 = 0x20;
    pub(crate) const LD_H_IND: u16 = 0x48;
    pub(crate) const LD_B_IND: u16 = 0x50;
    pub(crate) const LD_MEM: u16 = 0x60;
    pub(crate) const LDX_IMM: u16 = 0x01;
    pub(crate) const LDX_MEM: u16 = 0x61;
    pub(crate) const ST: u16 = 0x02;
    pub(crate) const ADD_K: u16 = 0x04;
    pub(crate) const ADD_X: u16 = 0x0c;
    pub(crate) const AND_K: u16 = 0x54;
    pub(crate) const LSH_K: u16 = 0x64;
    pub(crate) const RSH_K: u16 = 0x74;
    pub(crate) const TAX: u16 = 0x07;
    pub(crate) const TXA: u16 = 0x87;
    pub(crate) const JA: u16 = 0x05;
    pub(crate) const JEQ_K: u16 = 0x15;
    pub(crate) const JGT_K: u16 = 0x25;
    pub(crate) const JGT_X: u16 = 0x2d;
    pub(crate) const JGE_K: u16 = 0x35;
    pub(crate) const JSET_K: u16 = 0x45;
    pub(crate) const RET_K: u16 = 0x06;
}

/// What the kernel knows of a packet beside its bytes (`SKF_AD_…` in `linux/filter.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Ancillary {
    /// Whether it came, and to whom, or goes: `PACKET_…` in `linux/if_packet.h`.
    PacketType = 4,
    /// A random number.
    Random = 56,
}

/// Ancillary values are loaded from here (`SKF_AD_OFF`, -4096).
pub(super) const ANCILLARY: u32 = 0xffff_f000;

/// What a jump asks of A.
#[derive(Debug, Clone, Copy)]
pub(super) enum If {
    Equals(u32),
    Above(u32),
    AboveX,
    AtLeast(u32),
    /// Any of these bits is set.
    AnyOf(u32),
}

/// A place in the program that can be jumped to: only forward, as the kernel demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label(usize);

/// Puts a program together, one instruction after the other.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    instructions: Vec<BpfInsn>,
    /// Where each label is; none before it is placed.
    places: Vec<Option<usize>>,
    /// Instructions whose target is a label.
    jumps: Vec<(usize, Label)>,
}

impl Assembler {
    pub(super) fn label(&mut self) -> Label {
        self.places.push(None);
        Label(self.places.len() - 1)
    }

    /// The next instruction is at the label.
    pub(super) fn place(&mut self, label: Label) {
        let here = self.instructions.len();
        if let Some(place) = self.places.get_mut(label.0) {
            *place = Some(here);
        }
    }

    pub(super) fn push(&mut self, code: u16, k: u32) {
        self.instructions.push(BpfInsn { code, jt: 0, jf: 0, k });
    }

    /// A = the byte `at` bytes from X.
    pub(super) fn load_byte(&mut self, at: u32) {
        self.push(code::LD_B_IND, at);
    }

    /// A = the 16 bits `at` bytes from X, in network order.
    pub(super) fn load_u16(&mut self, at: u32) {
        self.push(code::LD_H_IND, at);
    }

    pub(super) fn load_ancillary(&mut self, what: Ancillary) {
        self.push(code::LD_W_ABS, ANCILLARY + what as u32);
    }

    /// A = word `word` of the memory.
    pub(super) fn recall(&mut self, word: u32) {
        self.push(code::LD_MEM, word);
    }

    /// X = word `word` of the memory.
    pub(super) fn recall_x(&mut self, word: u32) {
        self.push(code::LDX_MEM, word);
    }

    /// Word `word` of the memory = A.
    pub(super) fn store(&mut self, word: u32) {
        self.push(code::ST, word);
    }

    pub(super) fn set_x(&mut self, value: u32) {
        self.push(code::LDX_IMM, value);
    }

    /// X = X + `bytes`; A is lost.
    pub(super) fn advance(&mut self, bytes: u32) {
        self.push(code::TXA, 0);
        self.push(code::ADD_K, bytes);
        self.push(code::TAX, 0);
    }

    /// X = X + A × 2^`shift` + `bytes`; A is lost.
    pub(super) fn advance_by_a(&mut self, shift: u32, bytes: u32) {
        self.push(code::LSH_K, shift);
        self.push(code::ADD_K, bytes);
        self.push(code::ADD_X, 0);
        self.push(code::TAX, 0);
    }

    /// A = A + X + `bytes`.
    pub(super) fn add_x(&mut self, bytes: u32) {
        self.push(code::ADD_X, 0);
        self.push(code::ADD_K, bytes);
    }

    pub(super) fn and(&mut self, mask: u32) {
        self.push(code::AND_K, mask);
    }

    pub(super) fn shift_right(&mut self, bits: u32) {
        self.push(code::RSH_K, bits);
    }

    pub(super) fn jump(&mut self, to: Label) {
        self.jumps.push((self.instructions.len(), to));
        self.push(code::JA, 0);
    }

    /// Jumps where A is so. Two instructions: conditional jumps reach no farther than 255, others
    /// any distance.
    pub(super) fn jump_if(&mut self, test: If, to: Label) {
        let (code, k) = match test {
            If::Equals(k) => (code::JEQ_K, k),
            If::Above(k) => (code::JGT_K, k),
            If::AboveX => (code::JGT_X, 0),
            If::AtLeast(k) => (code::JGE_K, k),
            If::AnyOf(k) => (code::JSET_K, k),
        };
        self.instructions.push(BpfInsn { code, jt: 0, jf: 1, k });
        self.jump(to);
    }

    pub(super) fn jump_if_any(&mut self, numbers: &[u32], to: Label) {
        for &number in numbers {
            self.jump_if(If::Equals(number), to);
        }
    }

    /// Ends the program: so many bytes of the packet are copied.
    pub(super) fn copy(&mut self, bytes: u32) {
        self.push(code::RET_K, bytes);
    }

    /// The program. A jump to a label that lies before it, or nowhere, is a bug of the program: the
    /// kernel would refuse it, and so do the tests.
    pub(super) fn finish(mut self) -> Vec<BpfInsn> {
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
