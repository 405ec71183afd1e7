//! Bodies of answers: a text, or hosts that are written as the client reads them.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::vec;

use hyper::body::{Body, Bytes, Frame, SizeHint};

use super::hosts::Hosts;

/// The body of an answer.
pub(super) enum Answer {
    Text(Bytes),
    List(HostList),
}

/// A JSON array of hosts. Only addresses are kept for a client that does not read.
pub(super) struct HostList {
    hosts: Rc<Hosts>,
    left: vec::IntoIter<IpAddr>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Begins,
    Goes,
    Ended,
}

/// Bytes that are written at once.
const PIECE_BYTES: usize = 16 << 10;

impl HostList {
    pub(super) fn new(hosts: &Rc<Hosts>, listed: Vec<IpAddr>) -> HostList {
        HostList { hosts: Rc::clone(hosts), left: listed.into_iter(), state: State::Begins }
    }

    /// `None` at the end.
    fn piece(&mut self) -> Option<Bytes> {
        let mut piece = Vec::with_capacity(PIECE_BYTES + 1024);
        match self.state {
            State::Begins => piece.push(b'['),
            State::Goes => {}
            State::Ended => return None,
        }
        let mut is_first = self.state == State::Begins;
        self.state = State::Goes;
        while piece.len() < PIECE_BYTES {
            let Some(ip) = self.left.next() else {
                self.state = State::Ended;
                piece.extend_from_slice(b"\n]\n");
                break;
            };
            self.hosts.with(ip, |host| {
                // It may have been forgotten meanwhile.
                let Some(host) = host else { return };
                piece.extend_from_slice(if std::mem::take(&mut is_first) { b"\n" } else { b",\n" });
                // Writing to memory does not fail.
                let _ = serde_json::to_writer(&mut piece, &host.json(ip));
            });
        }
        // Without a host so far, the next one is still the first.
        if is_first && self.state == State::Goes {
            self.state = State::Begins;
        }
        Some(piece.into())
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match self.get_mut() {
            Answer::Text(text) => Some(std::mem::take(text)).filter(|text| !text.is_empty()),
            Answer::List(list) => list.piece(),
        };
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Answer::Text(text) => text.is_empty(),
            Answer::List(list) => list.state == State::Ended,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Answer::Text(text) => SizeHint::with_exact(text.len() as u64),
            Answer::List(_) => SizeHint::default(),
        }
    }
}
