//! The frames of a piece of input, for the sessions of the flow stage, which take them on other
//! threads.

use stackprint::{
    ByteOrder, FlowSession, Frame, LinkType, Origin, PendingRecord, Share, Skip, Spread, Timestamp,
};

use crate::source::Piece;

/// Where a frame comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'i, 'a> {
    /// The file, if records are to name it.
    pub(crate) file: Option<&'a str>,
    /// Its number in the file, from 1.
    pub(crate) number: u64,
    /// Who captured it, where a stream says so.
    pub(crate) sensor: Option<&'i str>,
    /// The piece of input that was read last, in which the frame may lie.
    pub(crate) piece: &'i [u8],
}

impl<'a> Place<'_, 'a> {
    /// The origin of its records, which may be written when the input is gone.
    pub(crate) fn origin(&self) -> Option<Origin<'a>> {
        let file = Some(self.file?.into());
        let sensor = self.sensor.map(|sensor| sensor.to_owned().into());
        Some(Origin { file, frame: Some(self.number), sensor, ..Origin::default() })
    }
}

/// The headers of the frame so many places ahead are fetched.
const FETCHED_AHEAD: usize = 8;

/// The frames of a piece of input. It is used again and again.
#[derive(Debug, Default)]
pub(super) struct Frames<'a> {
    piece: Piece,
    /// Frames that do not lie in the piece.
    others: Vec<u8>,
    /// For each session, its frames in order.
    lists: Vec<Vec<Listed>>,
    sensors: Vec<Box<str>>,
    file: Option<&'a str>,
}

/// A frame in the list of a session.
#[derive(Debug, Clone, Copy)]
struct Listed {
    number: u64,
    time: Timestamp,
    wire_len: usize,
    /// Where its bytes begin, in the piece or in `others`.
    at: usize,
    len: u32,
    /// Its place in `sensors`.
    sensor: Option<u32>,
    link_type: LinkType,
    host_order: ByteOrder,
    is_in_piece: bool,
    /// Which frame of an aggregate is meant, if it is one.
    subframe: Option<u16>,
}

/// What one session says of a piece's frames. It is used again and again.
#[derive(Debug, Default)]
pub(super) struct Said<'a> {
    pub(super) pending: Vec<PendingRecord<'a>>,
    /// For each of these, the number of its frame, and of the frame in an aggregate.
    pub(super) places: Vec<(u64, u16)>,
    pub(super) origins: Vec<Option<Origin<'a>>>,
    /// Why frames were skipped.
    pub(super) skips: Vec<(Skip, LinkType)>,
}

impl<'a> Frames<'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.lists.iter().all(Vec::is_empty)
    }

    /// Lists a frame for the sessions that are to see it. `skipped` is told of those that none needs to.
    #[inline]
    pub(super) fn push(
        &mut self,
        spread: &Spread,
        frame: &Frame<'_>,
        place: &Place<'_, 'a>,
        mut skipped: impl FnMut(Skip),
    ) {
        let mut listed = None;
        spread.share(frame, |share| {
            let (session, subframe) = match share {
                Share::Session(session) => (session, None),
                Share::Subframe { session, number } => (session, Some(number)),
                Share::Skipped(skip) => return skipped(skip),
            };
            let listed = *listed.get_or_insert_with(|| self.keep(frame, place));
            if self.lists.len() <= session {
                self.lists.resize_with(session + 1, Vec::new);
            }
            if let Some(list) = self.lists.get_mut(session) {
                list.push(Listed { subframe, ..listed });
            }
        });
    }

    #[inline]
    fn keep(&mut self, frame: &Frame<'_>, place: &Place<'_, 'a>) -> Listed {
        let at = frame.data.as_ptr().addr().wrapping_sub(place.piece.as_ptr().addr());
        let is_in_piece = at < place.piece.len();
        Listed {
            number: place.number,
            time: frame.time,
            wire_len: frame.wire_len,
            at: if is_in_piece { at } else { self.keep_bytes(frame.data) },
            len: frame.data.len() as u32,
            sensor: place.sensor.map(|sensor| self.keep_sensor(sensor)),
            link_type: frame.link_type,
            host_order: frame.host_order,
            is_in_piece,
            subframe: None,
        }
    }

    #[cold]
    fn keep_bytes(&mut self, bytes: &[u8]) -> usize {
        let at = self.others.len();
        self.others.extend_from_slice(bytes);
        at
    }

    #[cold]
    fn keep_sensor(&mut self, sensor: &str) -> u32 {
        if self.sensors.last().is_none_or(|last| **last != *sensor) {
            self.sensors.push(sensor.into());
        }
        self.sensors.len() as u32 - 1
    }

    /// Ends the list: these are the frames of this piece, of this file.
    pub(super) fn end(&mut self, piece: Piece, file: Option<&'a str>) {
        (self.piece, self.file) = (piece, file);
    }

    /// Hands the frames of a session to it.
    pub(super) fn take(&self, number: usize, session: &mut FlowSession<'a>, said: &mut Said<'a>) {
        let list = self.lists.get(number).map_or(&[][..], Vec::as_slice);
        let Said { pending, places, origins, skips } = said;
        for (at, listed) in list.iter().enumerate() {
            if let Some(later) = list.get(at + FETCHED_AHEAD) {
                self.fetch(later);
            }
            let frame = self.frame(listed);
            let skipped = |skip| skips.push((skip, frame.link_type));
            match listed.subframe {
                None => session.take(&frame, pending, skipped),
                Some(subframe) => session.take_subframe(&frame, subframe, pending, skipped),
            }
            if pending.len() > places.len() {
                let place = (listed.number, listed.subframe.unwrap_or_default());
                places.resize(pending.len(), place);
                origins.resize_with(pending.len(), || self.place(listed).origin());
            }
        }
    }

    /// Reads two bytes of a frame's headers, so that their cache lines are there when the frame's turn
    /// comes: another core has them.
    #[inline]
    fn fetch(&self, listed: &Listed) {
        const IN_HEADERS: [usize; 2] = [16, 64];
        let data = self.frame(listed).data;
        std::hint::black_box(IN_HEADERS.map(|at| data.get(at).copied()));
    }

    #[inline]
    fn frame(&self, listed: &Listed) -> Frame<'_> {
        let bytes = if listed.is_in_piece { self.piece.bytes() } else { &self.others };
        let data = bytes.get(listed.at..).and_then(|bytes| bytes.get(..listed.len as usize));
        Frame {
            link_type: listed.link_type,
            data: data.unwrap_or_default(),
            wire_len: listed.wire_len,
            time: listed.time,
            host_order: listed.host_order,
        }
    }

    fn place(&self, listed: &Listed) -> Place<'_, 'a> {
        let sensor = listed.sensor.and_then(|at| self.sensors.get(at as usize));
        Place { file: self.file, number: listed.number, sensor: sensor.map(|it| &**it), piece: &[] }
    }

    /// Forgets the frames, and returns the buffer of the piece.
    pub(super) fn clear(&mut self) -> Piece {
        self.others.clear();
        self.lists.iter_mut().for_each(Vec::clear);
        self.sensors.clear();
        std::mem::take(&mut self.piece)
    }
}

impl Said<'_> {
    pub(super) fn clear(&mut self) {
        self.pending.clear();
        self.places.clear();
        self.origins.clear();
        self.skips.clear();
    }
}
