//! Decoder of any input: captures, or streams of packets in the forms in which other programs hand
//! them around.

use clap::ValueEnum;
use stackprint::capture::{CaptureError, Decoder};
use stackprint::{Frame, LinkType};

use stackprint_worker::packets::{BadValue, PacketDecoder, PacketFormat, PacketStream, Values};

use super::joined::Joined;

/// The options for what is read, and for what is not said in it.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct InputArgs {
    /// What is read.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_INPUT_FORMAT")]
    pub(crate) input_format: InputFormat,

    /// Link type of packets in a stream that do not say theirs: a LINKTYPE name or number.
    #[arg(long, value_name = "TYPE", default_value = "ETHERNET", env = "STACKPRINT_LINK_TYPE")]
    pub(crate) link_type: LinkType,
}

impl InputArgs {
    /// A capture, whatever it begins with.
    pub(crate) const CAPTURE: InputArgs =
        InputArgs { input_format: InputFormat::Pcap, link_type: LinkType::ETHERNET };
}

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum InputFormat {
    /// By the first bytes: a capture, JSON or MessagePack.
    #[default]
    Auto,
    /// A capture file.
    #[value(aliases = ["capture", "pcapng"])]
    Pcap,
    /// JSON of any of the kinds below, one object a line or in a list, distinguished by its keys.
    #[value(alias = "ndjson")]
    Json,
    /// Packet envelopes in JSON, one a line, or in MessagePack, one after the other.
    Envelope,
    /// Suricata's EVE with packets in it.
    Eve,
    /// tshark's -T ek -x, or its -T json -x.
    Ek,
    /// Tenzir's pcap.packet as JSON.
    Tenzir,
}

/// A frame as it comes from an input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InputFrame<'i> {
    pub(crate) frame: Frame<'i>,
    /// Its number in the input, from 1.
    pub(crate) number: u64,
    /// Who captured it, where a stream says so.
    pub(crate) sensor: Option<&'i str>,
    /// The bytes of the input that were read last, in which the frame may lie.
    pub(crate) piece: &'i [u8],
}

/// Bytes of an input in, frames out.
pub(crate) enum InputDecoder {
    /// Nothing was read yet.
    Unknown(InputArgs),
    Capture(Box<Decoder>),
    Packets(Box<PacketStream>),
}

impl InputDecoder {
    pub(crate) fn new(args: InputArgs) -> InputDecoder {
        InputDecoder::Unknown(args)
    }

    /// Hands over the frames of the next bytes.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        each: impl FnMut(InputFrame<'_>),
    ) -> Result<(), CaptureError> {
        if let InputDecoder::Unknown(args) = self {
            *self = decoder_of(*args, bytes);
        }
        self.push_to(bytes, each)
    }

    fn push_to(
        &mut self,
        bytes: &[u8],
        mut each: impl FnMut(InputFrame<'_>),
    ) -> Result<(), CaptureError> {
        match self {
            InputDecoder::Unknown(_) => Ok(()),
            InputDecoder::Capture(decoder) => decoder.push(bytes, |captured| {
                let (frame, number) = (captured.frame, captured.number);
                each(InputFrame { frame, number, sensor: None, piece: bytes });
            }),
            InputDecoder::Packets(stream) => {
                stream.push(bytes, |number, frame, sensor| {
                    each(InputFrame { frame, number, sensor, piece: bytes });
                });
                Ok(())
            }
        }
    }

    /// Ends the input, and hands over what was held back.
    pub(crate) fn finish(
        &mut self,
        mut each: impl FnMut(InputFrame<'_>),
    ) -> Result<(), CaptureError> {
        if let InputDecoder::Unknown(args) = self {
            *self = decoder_of(*args, &[]);
        }
        match self {
            InputDecoder::Unknown(_) => Ok(()),
            InputDecoder::Capture(decoder) => decoder.finish(),
            InputDecoder::Packets(stream) => {
                stream.finish(|number, frame, sensor| {
                    each(InputFrame { frame, number, sensor, piece: &[] });
                });
                Ok(())
            }
        }
    }

    /// Returns how many captures were joined to the first one, and where the first joint is.
    pub(crate) fn joined(&self) -> Option<Joined> {
        match self {
            InputDecoder::Capture(decoder) => Joined::of(decoder),
            InputDecoder::Unknown(_) | InputDecoder::Packets(_) => None,
        }
    }

    /// Takes what could not be read of a stream since this was asked last, and the number of further
    /// faults that are only counted.
    pub(crate) fn take_bad(&mut self) -> Vec<BadValue> {
        match self {
            InputDecoder::Packets(stream) => stream.take_bad(),
            InputDecoder::Unknown(_) | InputDecoder::Capture(_) => Vec::new(),
        }
    }

    /// Returns how many lines or values of a stream could not be read so far.
    pub(crate) fn bad_count(&self) -> u64 {
        match self {
            InputDecoder::Packets(stream) => stream.bad_count(),
            InputDecoder::Unknown(_) | InputDecoder::Capture(_) => 0,
        }
    }
}

fn decoder_of(args: InputArgs, first: &[u8]) -> InputDecoder {
    // No form of packets; the decoder of captures names it in its error.
    if is_utf_16(first) {
        return InputDecoder::Capture(Box::default());
    }
    let packets = |values, format| {
        let decoder = PacketDecoder::of_stream(format, args.link_type);
        InputDecoder::Packets(Box::new(PacketStream::new(values, decoder)))
    };
    let sniffed = Values::of(first);
    match args.input_format {
        InputFormat::Auto => match sniffed {
            Some(values) => packets(values, PacketFormat::Auto),
            None => InputDecoder::Capture(Box::default()),
        },
        InputFormat::Pcap => InputDecoder::Capture(Box::default()),
        InputFormat::Json => packets(Values::Lines, PacketFormat::Auto),
        InputFormat::Envelope => packets(sniffed.unwrap_or_default(), PacketFormat::Envelope),
        InputFormat::Eve => packets(Values::Lines, PacketFormat::Eve),
        InputFormat::Ek => packets(Values::Lines, PacketFormat::Ek),
        InputFormat::Tenzir => packets(Values::Lines, PacketFormat::Tenzir),
    }
}

/// Recognizes UTF-16 by a byte-order mark, or by one half of the first character of JSON being 0.
fn is_utf_16(first: &[u8]) -> bool {
    matches!(
        first,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'{' | b'[', 0, ..] | [0, b'{' | b'[', ..]
    )
}
