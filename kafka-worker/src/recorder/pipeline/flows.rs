//! The sessions of the flow stage, and the pieces of input that they take, each session in order.

use std::collections::VecDeque;
use std::sync::Arc;

use stackprint::FlowSession;

use super::frames::{Frames, Said};

/// The flow stage's part of what the threads share.
pub(super) struct Flows<'a> {
    lanes: Vec<Lane<'a>>,
    /// Pieces that not all sessions have taken, or of which nobody has put in order what was said.
    pieces: VecDeque<OnItsWay<'a>>,
    /// The number of the first of them.
    first: u64,
    spare: Vec<Said<'a>>,
}

struct Lane<'a> {
    /// Absent while a thread has it.
    session: Option<FlowSession<'a>>,
    /// The number of the piece that it takes next.
    next: u64,
}

/// A piece on its way.
pub(super) struct OnItsWay<'a> {
    pub(super) frames: Arc<Frames<'a>>,
    /// What each session says of it.
    said: Vec<Option<Said<'a>>>,
    /// Sessions that have not taken it.
    missing: usize,
}

impl<'a> OnItsWay<'a> {
    /// What the sessions say, each in order.
    pub(super) fn take_said(&mut self) -> impl Iterator<Item = Said<'a>> {
        self.said.drain(..).flatten()
    }
}

/// A session at work on a piece.
pub(super) struct Taking<'a> {
    /// The session's.
    number: usize,
    #[cfg(test)]
    piece: u64,
    session: FlowSession<'a>,
    frames: Arc<Frames<'a>>,
    said: Said<'a>,
}

impl Taking<'_> {
    /// The number of the session.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    #[cfg(test)]
    pub(super) fn piece(&self) -> u64 {
        self.piece
    }

    pub(super) fn work(&mut self) {
        self.frames.take(self.number, &mut self.session, &mut self.said);
    }
}

impl<'a> Flows<'a> {
    pub(super) fn new(sessions: Vec<FlowSession<'a>>) -> Flows<'a> {
        let lanes = sessions.into_iter().map(|session| Lane { session: Some(session), next: 0 });
        Flows { lanes: lanes.collect(), pieces: VecDeque::new(), first: 0, spare: Vec::new() }
    }

    pub(super) fn push(&mut self, frames: Arc<Frames<'a>>) {
        let said = self.lanes.iter().map(|_| None).collect();
        self.pieces.push_back(OnItsWay { frames, said, missing: self.lanes.len() });
    }

    /// How many pieces are on their way.
    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    /// The work that is to be done next: that of the session which is preferred, or else the oldest piece
    /// that one can take.
    pub(super) fn next(&mut self, preferred: Option<usize>) -> Option<Taking<'a>> {
        let end = self.first + self.pieces.len() as u64;
        let lanes = self.lanes.iter_mut().enumerate();
        let lanes = lanes.filter(|(_, lane)| lane.session.is_some() && lane.next < end);
        let (number, lane) =
            lanes.min_by_key(|(number, lane)| (Some(*number) != preferred, lane.next))?;
        let piece = self.pieces.get((lane.next - self.first) as usize)?;
        Some(Taking {
            number,
            #[cfg(test)]
            piece: lane.next,
            session: lane.session.take()?,
            frames: Arc::clone(&piece.frames),
            said: self.spare.pop().unwrap_or_default(),
        })
    }

    /// Takes back a session that has worked.
    pub(super) fn put(&mut self, taking: Taking<'a>) {
        let Taking { number, session, frames, said, .. } = taking;
        // Whoever takes the piece off is to have it alone.
        drop(frames);
        let Some(lane) = self.lanes.get_mut(number) else { return };
        lane.session = Some(session);
        if let Some(piece) = self.pieces.get_mut((lane.next - self.first) as usize) {
            piece.missing -= 1;
            if let Some(place) = piece.said.get_mut(number) {
                *place = Some(said);
            }
        }
        lane.next += 1;
    }

    /// Whether all sessions have taken the first piece.
    pub(super) fn is_ready(&self) -> bool {
        self.pieces.front().is_some_and(|piece| piece.missing == 0)
    }

    /// The first piece, if all sessions have taken it.
    pub(super) fn pop(&mut self) -> Option<OnItsWay<'a>> {
        if !self.is_ready() {
            return None;
        }
        self.first += 1;
        self.pieces.pop_front()
    }

    /// Nobody works on pieces any more.
    pub(super) fn clear(&mut self) {
        self.pieces.clear();
        self.lanes.clear();
    }

    /// What was said, to be used again.
    pub(super) fn recycle(&mut self, said: Said<'a>) {
        self.spare.push(said);
    }
}
