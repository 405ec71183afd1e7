//! p0f's API where there are no Unix sockets: a message that says so.

use std::io;
use std::path::Path;
use std::rc::Rc;

use clap::error::ErrorKind;
use stackprint::Compat;

use super::clients::Clients;
use super::hosts::Hosts;
use crate::exit::UsageError;

/// Never made.
pub(super) struct Nowhere;

/// Never made.
pub(super) struct SocketFile;

/// Never made: binding fails.
pub(super) struct P0fListener {
    pub(super) most_clients: usize,
}

impl P0fListener {
    pub(super) fn bind(_: &Path, _: usize) -> anyhow::Result<P0fListener> {
        let message = "--p0f-socket: p0f's API is a Unix socket, which stackprint does not have on \
                       this system; --http answers the same questions";
        Err(UsageError { kind: ErrorKind::InvalidValue, message: message.to_owned() }.into())
    }

    pub(super) fn split(self) -> (Nowhere, SocketFile) {
        (Nowhere, SocketFile)
    }
}

pub(super) fn spawn(_: Nowhere, _: Rc<Clients>, _: Rc<Hosts>, _: Compat) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
