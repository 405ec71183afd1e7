//! Rights are needed to open interfaces, and for nothing after that.

use std::ffi::CString;

use anyhow::{Context as _, anyhow};
use nix::unistd::{User, initgroups, setresgid, setresuid};
use rustix::thread::{
    CapabilitySet, CapabilitySets, clear_ambient_capability_set, set_capabilities, set_no_new_privs,
};

/// Becomes `user`, if one is given, and gives up all capabilities for good. To be called before
/// there are threads: capabilities are each thread's own.
pub(super) fn give_up(user: Option<&str>) -> anyhow::Result<()> {
    if let Some(name) = user {
        become_user(name).with_context(|| format!("--user {name}"))?;
    }
    let none = CapabilitySet::empty();
    clear_ambient_capability_set()
        .and_then(|()| {
            set_capabilities(
                None,
                CapabilitySets { effective: none, permitted: none, inheritable: none },
            )
        })
        .and_then(|()| set_no_new_privs(true))
        .context("giving up capabilities")
}

fn become_user(name: &str) -> anyhow::Result<()> {
    let user = User::from_name(name)?.ok_or_else(|| anyhow!("there is no such user"))?;
    initgroups(&CString::new(name)?, user.gid)?;
    setresgid(user.gid, user.gid, user.gid)?;
    setresuid(user.uid, user.uid, user.uid)?;
    Ok(())
}
