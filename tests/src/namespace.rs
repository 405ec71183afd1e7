//! Network namespaces with interfaces of their own, and packets put on these.

use std::io::IoSlice;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{fs, process, thread};

use nix::errno::Errno;
use nix::ifaddrs::getifaddrs;
use nix::sys::socket::{self, AddressFamily, LinkAddr, MsgFlags, MultiHeaders, SockFlag, SockType};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// Two namespaces joined by a pair of interfaces, which go with this.
pub struct Link {
    /// Names of the namespaces, and of their ends of the link.
    pub names: [String; 2],
}

/// Addresses of both ends.
pub const V4: [&str; 2] = ["10.88.0.1", "10.88.0.2"];
/// Addresses of both ends.
pub const V6: [&str; 2] = ["fd88::1", "fd88::2"];

impl Link {
    /// None where that is not possible: says why, and in CI fails.
    ///
    /// # Panics
    ///
    /// Where the interfaces cannot be made.
    #[must_use]
    pub fn make() -> Option<Link> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // At most 15 characters.
        let names = ["a", "b"].map(|side| format!("sp{}{side}{number}", process::id()));
        let [a, b] = &names;
        let made = Command::new("ip").args(["netns", "add", a]).stderr(Stdio::null()).status();
        let made = made.is_ok_and(|status| status.success());
        crate::require("root, or iproute2,", made.then_some(()))?;
        ip(&["netns", "add", b]);
        let link = Link { names: names.clone() };
        ip(&["link", "add", a, "netns", a, "type", "veth", "peer", "name", b, "netns", b]);
        for (side, name) in names.iter().enumerate() {
            ip(&["-n", name, "link", "set", "lo", "up"]);
            ip(&["-n", name, "link", "set", name, "up"]);
            ip(&["-n", name, "addr", "add", &format!("{}/24", V4[side]), "dev", name]);
            ip(&["-n", name, "addr", "add", &format!("{}/64", V6[side]), "dev", name, "nodad"]);
        }
        Some(link)
    }

    /// A command in the namespace of side 0 or 1.
    #[must_use]
    pub fn command(&self, side: usize, program: &Path, args: &[&str]) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.names[side]]).arg(program).args(args);
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command
    }

    /// Runs a command to its good end.
    ///
    /// # Panics
    ///
    /// Where it ends badly.
    pub fn exec(&self, side: usize, args: &[&str]) {
        let (program, args) = args.split_first().expect("a program");
        let status = self.command(side, Path::new(program), args).stdout(Stdio::null()).status();
        assert!(status.expect("ip starts").success(), "{program} {args:?}");
    }

    /// Calls `work` on a thread in the namespace.
    ///
    /// # Panics
    ///
    /// Where it panics, or the namespace is not there.
    pub fn within<T: Send>(&self, side: usize, work: impl FnOnce() -> T + Send) -> T {
        let namespace =
            fs::File::open(format!("/run/netns/{}", self.names[side])).expect("a namespace");
        thread::scope(|scope| {
            let work = scope.spawn(move || {
                let network = Some(LinkNameSpaceType::Network);
                move_into_link_name_space(namespace.as_fd(), network).expect("the namespace");
                work()
            });
            work.join().expect("no panic")
        })
    }

    /// Puts frames on the link at a side, all of them.
    ///
    /// # Panics
    ///
    /// Where the kernel refuses one.
    pub fn send<'f>(&self, side: usize, frames: impl IntoIterator<Item = &'f [u8]> + Send) {
        self.within(side, || send(&self.names[side], frames));
    }

    /// The same, many with each call: as fast as the kernel takes them.
    ///
    /// # Panics
    ///
    /// Where the kernel refuses one.
    pub fn flood<'f>(&self, side: usize, frames: impl IntoIterator<Item = &'f [u8]> + Send) {
        self.within(side, || flood(&self.names[side], frames));
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        for name in &self.names {
            let _ = Command::new("ip").args(["netns", "del", name]).status();
        }
    }
}

fn packet_socket(interface: &str) -> OwnedFd {
    let mut listed = getifaddrs().expect("the interfaces");
    let address = listed.find_map(|entry| {
        let is_it = entry.interface_name == interface;
        entry.address.filter(|_| is_it)?.as_link_addr().copied()
    });
    let kind = (AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC);
    let socket = socket::socket(kind.0, kind.1, kind.2, None).expect("a packet socket");
    socket::bind(socket.as_raw_fd(), &address.expect("its address")).expect("bound");
    socket
}

fn send<'f>(interface: &str, frames: impl IntoIterator<Item = &'f [u8]>) {
    let socket = packet_socket(interface);
    for frame in frames {
        let send = || socket::send(socket.as_raw_fd(), frame, MsgFlags::empty());
        while send().is_err_and(|error| match error {
            // The kernel has no room just now.
            Errno::ENOBUFS | Errno::EAGAIN => true,
            other => panic!("a frame of {} octets does not go: {other}", frame.len()),
        }) {}
    }
}

fn flood<'f>(interface: &str, frames: impl IntoIterator<Item = &'f [u8]>) {
    const BATCH: usize = 64;
    let socket = packet_socket(interface);
    let mut headers = MultiHeaders::<LinkAddr>::preallocate(BATCH, None);
    let frames: Vec<_> = frames.into_iter().map(|frame| [IoSlice::new(frame)]).collect();
    let mut rest = frames.as_slice();
    while !rest.is_empty() {
        let (batch, flags) = (&rest[..rest.len().min(BATCH)], MsgFlags::empty());
        match socket::sendmmsg(socket.as_raw_fd(), &mut headers, batch, [None; BATCH], [], flags) {
            Ok(sent) => rest = &rest[sent.count()..],
            // The kernel has no room just now.
            Err(Errno::ENOBUFS | Errno::EAGAIN) => {}
            Err(other) => panic!("frames do not go: {other}"),
        }
    }
}

fn ip(args: &[&str]) {
    let status = Command::new("ip").args(args).status().expect("ip starts");
    assert!(status.success(), "ip {args:?}");
}
