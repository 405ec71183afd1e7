//! What is read: captures, or streams of packets in the forms in which others hand them around.

use clap::ValueEnum;
use stackprint::capture::{CaptureError, Decoder};
use stackprint::{Frame, LinkType};

use crate::captures::Joined;
use stackprint_worker::packets::{BadValue, PacketDecoder, PacketFormat, PacketStream, Values};

/// What is read, and what is not said in it.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct InputArgs {
    /// What is read.
    #[arg(long, value_enum, default_value_t, env = "STACKPRINT_INPUT_FORMAT")]
    pub(crate) input_format: InputFormat,

    /// Link type of packets in a stream that do not say theirs: a LINKTYPE name or number.
    #[arg(long, value_name = "TYPE", default_value = "ETHERNET", env = "STACKPRINT_LINK_TYPE")]
    pub(crate) link_type: LinkType,
}

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum InputFormat {
    /// By the first octets: a capture, JSON or MessagePack.
    #[default]
    Auto,
    /// A capture file.
    #[value(aliases = ["capture", "pcapng"])]
    Pcap,
    /// JSON of any of the kinds below, one object a line or in a list, told apart by its keys.
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
}

/// Octets of an input in, frames out.
pub(crate) enum InputDecoder {
    /// Nothing was read yet.
    Unknown(InputArgs),
    Capture(Box<Decoder>),
    Packets(Box<PacketStream>),
}

impl InputDecoder {
    pub(crate) fn new(said: InputArgs) -> InputDecoder {
        InputDecoder::Unknown(said)
    }

    /// Hands over the frames of the next octets.
    pub(crate) fn push(
        &mut self,
        octets: &[u8],
        each: impl FnMut(InputFrame<'_>),
    ) -> Result<(), CaptureError> {
        if let InputDecoder::Unknown(said) = self {
            *self = decoder_of(*said, octets);
        }
        self.push_to(octets, each)
    }

    fn push_to(
        &mut self,
        octets: &[u8],
        mut each: impl FnMut(InputFrame<'_>),
    ) -> Result<(), CaptureError> {
        match self {
            InputDecoder::Unknown(_) => Ok(()),
            InputDecoder::Capture(decoder) => decoder.push(octets, |captured| {
                let (frame, number) = (captured.frame, captured.number);
                each(InputFrame { frame, number, sensor: None });
            }),
            InputDecoder::Packets(stream) => {
                stream.push(octets, |number, frame, sensor| {
                    each(InputFrame { frame, number, sensor });
                });
                Ok(())
            }
        }
    }

    /// The end of the input.
    pub(crate) fn finish(
        &mut self,
        mut each: impl FnMut(InputFrame<'_>),
    ) -> Result<(), CaptureError> {
        if let InputDecoder::Unknown(said) = self {
            *self = decoder_of(*said, &[]);
        }
        match self {
            InputDecoder::Unknown(_) => Ok(()),
            InputDecoder::Capture(decoder) => decoder.finish(),
            InputDecoder::Packets(stream) => {
                stream.finish(|number, frame, sensor| each(InputFrame { frame, number, sensor }));
                Ok(())
            }
        }
    }

    /// How many captures were joined to the first one, and where the first joint is.
    pub(crate) fn joined(&self) -> Option<Joined> {
        match self {
            InputDecoder::Capture(decoder) => Joined::of(decoder),
            InputDecoder::Unknown(_) | InputDecoder::Packets(_) => None,
        }
    }

    /// What could not be read of a stream since this was asked last, and how much of it there was
    /// that is not told.
    pub(crate) fn take_bad(&mut self) -> Vec<BadValue> {
        match self {
            InputDecoder::Packets(stream) => stream.take_bad(),
            InputDecoder::Unknown(_) | InputDecoder::Capture(_) => Vec::new(),
        }
    }

    /// How many lines or values of a stream could not be read so far.
    pub(crate) fn bad_count(&self) -> u64 {
        match self {
            InputDecoder::Packets(stream) => stream.bad_count(),
            InputDecoder::Unknown(_) | InputDecoder::Capture(_) => 0,
        }
    }
}

fn decoder_of(said: InputArgs, first: &[u8]) -> InputDecoder {
    // Which it is not, and which the decoder of captures names.
    if is_utf_16(first) {
        return InputDecoder::Capture(Box::default());
    }
    let packets = |values, format| {
        let decoder = PacketDecoder::of_stream(format, said.link_type);
        InputDecoder::Packets(Box::new(PacketStream::new(values, decoder)))
    };
    let sniffed = Values::of(first);
    match said.input_format {
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

/// By a byte-order mark, or by one half of the first character of JSON being 0.
fn is_utf_16(first: &[u8]) -> bool {
    matches!(
        first,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'{' | b'[', 0, ..] | [0, b'{' | b'[', ..]
    )
}
