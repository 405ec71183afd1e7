//! MessagePack, value by value.

use rmp::Marker;

use super::super::bad_message::{BadMessage, BadMessageKind};
use super::super::limits::MAX_NESTING;

/// A value; of an array or map only how much comes next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'m> {
    Nil,
    /// A whole number from 0 up.
    Integer(u64),
    /// A number below 0 or with a fraction, or a truth value: nothing that a packet has.
    Other,
    /// Not checked to be UTF-8.
    Text(&'m [u8]),
    Bin(&'m [u8]),
    /// Of this type.
    Extension(i8, &'m [u8]),
    /// Of so many values.
    Array(u32),
    /// Of so many pairs.
    Map(u32),
}

/// Takes values off the front.
#[derive(Debug)]
pub(super) struct Reader<'m> {
    bytes: &'m [u8],
    rest: &'m [u8],
}

impl<'m> Reader<'m> {
    pub(super) fn new(bytes: &'m [u8]) -> Reader<'m> {
        Reader { bytes, rest: bytes }
    }

    /// Bytes that were taken.
    pub(super) fn at(&self) -> usize {
        self.bytes.len() - self.rest.len()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next value.
    #[inline]
    pub(super) fn value(&mut self) -> Result<Value<'m>, BadMessage> {
        let [marker] = *self.array()?;
        Ok(match Marker::from_u8(marker) {
            Marker::Null => Value::Nil,
            Marker::FixPos(number) => Value::Integer(number.into()),
            Marker::U8 => Value::Integer(self.u8()?.into()),
            Marker::U16 => Value::Integer(self.u16()?.into()),
            Marker::U32 => Value::Integer(self.u32()?.into()),
            Marker::U64 => Value::Integer(self.u64()?),
            Marker::I8 => signed(i8::from_be_bytes(*self.array()?).into()),
            Marker::I16 => signed(i16::from_be_bytes(*self.array()?).into()),
            Marker::I32 => signed(i32::from_be_bytes(*self.array()?).into()),
            Marker::I64 => signed(i64::from_be_bytes(*self.array()?)),
            Marker::True | Marker::False | Marker::FixNeg(_) => Value::Other,
            Marker::F32 => self.other(4)?,
            Marker::F64 => self.other(8)?,
            Marker::FixStr(len) => Value::Text(self.take(len.into())?),
            Marker::Str8 => Value::Text(self.sized_8()?),
            Marker::Str16 => Value::Text(self.sized_16()?),
            Marker::Str32 => Value::Text(self.sized_32()?),
            Marker::Bin8 => Value::Bin(self.sized_8()?),
            Marker::Bin16 => Value::Bin(self.sized_16()?),
            Marker::Bin32 => Value::Bin(self.sized_32()?),
            Marker::FixArray(len) => Value::Array(len.into()),
            Marker::Array16 => Value::Array(self.u16()?.into()),
            Marker::Array32 => Value::Array(self.u32()?),
            Marker::FixMap(len) => Value::Map(len.into()),
            Marker::Map16 => Value::Map(self.u16()?.into()),
            Marker::Map32 => Value::Map(self.u32()?),
            Marker::FixExt1 => self.extension(1)?,
            Marker::FixExt2 => self.extension(2)?,
            Marker::FixExt4 => self.extension(4)?,
            Marker::FixExt8 => self.extension(8)?,
            Marker::FixExt16 => self.extension(16)?,
            Marker::Ext8 => {
                let len = self.u8()?.into();
                self.extension(len)?
            }
            Marker::Ext16 => {
                let len = self.u16()?.into();
                self.extension(len)?
            }
            Marker::Ext32 => {
                let len = self.u32()? as usize;
                self.extension(len)?
            }
            Marker::Reserved => return Err(BadMessageKind::MsgpackShape.at(self.at() - 1)),
        })
    }

    /// Passes over what is in `value`, which has just been read.
    pub(super) fn pass(&mut self, value: Value<'m>) -> Result<(), BadMessage> {
        self.pass_within(value, MAX_NESTING)
    }

    fn pass_within(&mut self, value: Value<'m>, levels: u32) -> Result<(), BadMessage> {
        let count = match value {
            Value::Array(len) => u64::from(len),
            Value::Map(len) => 2 * u64::from(len),
            _ => return Ok(()),
        };
        let Some(levels) = levels.checked_sub(1) else {
            return Err(BadMessageKind::TooDeep.at(self.at()));
        };
        // Every value has a byte, so this ends with the message at the latest.
        for _ in 0..count {
            let value = self.value()?;
            self.pass_within(value, levels)?;
        }
        Ok(())
    }

    fn other(&mut self, len: usize) -> Result<Value<'m>, BadMessage> {
        self.take(len).map(|_| Value::Other)
    }

    fn extension(&mut self, len: usize) -> Result<Value<'m>, BadMessage> {
        let kind = i8::from_be_bytes(*self.array()?);
        Ok(Value::Extension(kind, self.take(len)?))
    }

    #[inline]
    fn sized_8(&mut self) -> Result<&'m [u8], BadMessage> {
        let len = self.u8()?;
        self.take(len.into())
    }

    #[inline]
    fn sized_16(&mut self) -> Result<&'m [u8], BadMessage> {
        let len = self.u16()?;
        self.take(len.into())
    }

    fn sized_32(&mut self) -> Result<&'m [u8], BadMessage> {
        let len = self.u32()?;
        self.take(len as usize)
    }

    #[inline]
    fn u8(&mut self) -> Result<u8, BadMessage> {
        self.array().map(|&[byte]| byte)
    }

    #[inline]
    fn u16(&mut self) -> Result<u16, BadMessage> {
        self.array().map(|&bytes| u16::from_be_bytes(bytes))
    }

    #[inline]
    fn u32(&mut self) -> Result<u32, BadMessage> {
        self.array().map(|&bytes| u32::from_be_bytes(bytes))
    }

    #[inline]
    fn u64(&mut self) -> Result<u64, BadMessage> {
        self.array().map(|&bytes| u64::from_be_bytes(bytes))
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<&'m [u8; N], BadMessage> {
        let (array, rest) = self.rest.split_first_chunk().ok_or_else(|| self.cut())?;
        self.rest = rest;
        Ok(array)
    }

    #[inline]
    fn take(&mut self, len: usize) -> Result<&'m [u8], BadMessage> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or_else(|| self.cut())?;
        self.rest = rest;
        Ok(taken)
    }

    #[cold]
    fn cut(&self) -> BadMessage {
        BadMessageKind::MsgpackCut.at(self.bytes.len())
    }
}

/// Some encoders write every whole number as a signed one.
fn signed(number: i64) -> Value<'static> {
    u64::try_from(number).map_or(Value::Other, Value::Integer)
}
