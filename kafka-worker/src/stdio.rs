//! Standard input and output as files of their own: the standard library's have buffers, of which
//! nobody who waits for bytes knows.

use std::fs::File;
use std::io;
#[cfg(unix)]
use std::os::fd::AsFd as _;
#[cfg(windows)]
use std::os::windows::io::AsHandle as _;

pub(crate) fn input() -> io::Result<File> {
    #[cfg(unix)]
    let own = io::stdin().as_fd().try_clone_to_owned()?;
    #[cfg(windows)]
    let own = io::stdin().as_handle().try_clone_to_owned()?;
    Ok(File::from(own))
}

pub(crate) fn output() -> io::Result<File> {
    #[cfg(unix)]
    let own = io::stdout().as_fd().try_clone_to_owned()?;
    #[cfg(windows)]
    let own = io::stdout().as_handle().try_clone_to_owned()?;
    Ok(File::from(own))
}
