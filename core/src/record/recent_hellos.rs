//! Hellos of late: what those of one form have in common is found out once.

use std::sync::Arc;

use super::tls::{Resumption, Tls, TlsClient, TlsFingerprints, TlsHello, server_name};
use crate::state::RecentForms;
use crate::stream::Reading;
use crate::tls::{
    ClientHello, FormKey, Libraries, LibraryNumber, Progress, Search, Transport, may_begin,
    preamble,
};

/// What was found for the forms of hellos over TCP: of 8192 at most, and 4 MiB; some 500
/// bytes each.
#[derive(Debug)]
pub(crate) struct RecentHellos {
    key: FormKey,
    forms: RecentForms<Common>,
}

/// What hellos of one form have in common.
#[derive(Debug)]
struct Common {
    version: u16,
    fingerprints: TlsFingerprints,
    protocols: Arc<[Box<str>]>,
    encrypted_hello: bool,
    resumption: Option<Resumption>,
    library: Option<LibraryNumber>,
}

impl RecentHellos {
    pub(crate) fn new(seed: u64) -> RecentHellos {
        RecentHellos { key: FormKey::new(), forms: RecentForms::new(seed) }
    }

    /// Forgets all: the database is another.
    pub(crate) fn clear(&mut self) {
        self.forms.clear();
    }

    /// Reads what a client has sent so far: the outer `None` asks for more, the inner one says that
    /// it is no hello.
    pub(crate) fn of_client<'d>(
        &mut self,
        reading: Reading<'_>,
        libraries: &'d Libraries,
        raw: bool,
    ) -> Option<Option<Box<Tls<'d>>>> {
        let (preamble, bytes) = if may_begin(reading.bytes) {
            (None, reading.bytes)
        } else {
            match preamble::find(reading.bytes) {
                Search::Found { preamble, at } => (Some(preamble), reading.bytes.get(at..)?),
                Search::NeedsMore if !reading.is_last => return None,
                Search::NeedsMore | Search::Nothing => return Some(None),
            }
        };
        let mut client = |hello: &ClientHello<'_>| {
            let mut tls = self.read(hello, libraries, raw);
            tls.preamble = preamble;
            tls
        };
        match ClientHello::from_stream(bytes) {
            Progress::Complete(hello) => Some(Some(client(&hello))),
            Progress::NeedsMore if reading.is_last => {
                Some(ClientHello::from_cut_stream(bytes).ok().as_ref().map(client))
            }
            Progress::NeedsMore => None,
            Progress::NotTls(_) => Some(None),
        }
    }

    /// What a ClientHello over TCP says, as [`Tls::client`] and [`Libraries::find`] tell it.
    fn read<'d>(
        &mut self,
        hello: &ClientHello<'_>,
        libraries: &'d Libraries,
        raw: bool,
    ) -> Box<Tls<'d>> {
        let find_out = || {
            let number = libraries.find_number(hello);
            let library = number.and_then(|number| libraries.get(number));
            (number, Box::new(Tls { library, ..Tls::client(hello, Transport::Tcp, raw) }))
        };
        // What is in full is as long as the hello, and not kept.
        let Some(key) = self.key.of(hello).filter(|_| !raw) else { return find_out().1 };
        let hash = self.forms.hash(key);
        if let Some(common) = self.forms.get(key, hash) {
            return common.with_names(hello, libraries);
        }
        let (library, tls) = find_out();
        if let Some(common) = Common::of(&tls, library) {
            let len = common.owned_len();
            self.forms.insert(key, hash, common, len);
        }
        tls
    }
}

impl Common {
    fn of(tls: &Tls<'_>, library: Option<LibraryNumber>) -> Option<Common> {
        let TlsHello::Client(client) = &tls.hello else { return None };
        Some(Common {
            version: tls.version,
            fingerprints: client.fingerprints?,
            protocols: Arc::clone(&client.protocols),
            encrypted_hello: client.encrypted_hello,
            resumption: client.resumption,
            library,
        })
    }

    /// Bytes of what it owns, with what allocators need for each name.
    fn owned_len(&self) -> usize {
        const PLACE_LEN: usize = size_of::<Box<str>>() + 16;
        self.protocols.iter().map(|protocol| PLACE_LEN + protocol.len()).sum()
    }

    /// All that a hello of this form says.
    fn with_names<'d>(&self, hello: &ClientHello<'_>, libraries: &'d Libraries) -> Box<Tls<'d>> {
        Box::new(Tls {
            transport: Transport::Tcp,
            preamble: None,
            version: self.version,
            hello: TlsHello::Client(TlsClient {
                fingerprints: Some(self.fingerprints),
                server_name: server_name(hello),
                protocols: Arc::clone(&self.protocols),
                encrypted_hello: self.encrypted_hello,
                resumption: self.resumption,
                raw: None,
            }),
            library: self.library.and_then(|number| libraries.get(number)),
            tcp: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::tls::extension;

    /// Few, so that forms come again: GREASE, what comes and goes, and others.
    const TYPES: [u16; 12] = [
        0x1a1a,
        0xfafa,
        extension::SERVER_NAME,
        extension::ALPN,
        extension::SESSION_TICKET,
        extension::PRE_SHARED_KEY,
        extension::EARLY_DATA,
        extension::PADDING,
        extension::ENCRYPTED_CLIENT_HELLO,
        extension::SUPPORTED_VERSIONS,
        extension::SIGNATURE_ALGORITHMS,
        extension::SUPPORTED_GROUPS,
    ];

    fn with_len16(bytes: &[u8]) -> Vec<u8> {
        [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat()
    }

    fn extension_body(number: u16, seed: u8) -> Vec<u8> {
        let grease = 0x0a + 0x10 * (seed % 16);
        match number {
            extension::SERVER_NAME => {
                let name = format!("host-{seed}.example");
                with_len16(&[&[0][..], &with_len16(name.as_bytes())].concat())
            }
            extension::ALPN if seed.is_multiple_of(2) => with_len16(b"\x02h2"),
            extension::ALPN => with_len16(b"\x08http/1.1\x02h2"),
            extension::SESSION_TICKET => vec![seed; usize::from(seed % 3)],
            extension::SUPPORTED_VERSIONS => vec![4, grease, grease, 3, 3 + seed % 2],
            extension::SIGNATURE_ALGORITHMS => vec![0, 4, 4, 3, grease, grease],
            extension::SUPPORTED_GROUPS => vec![0, 4, grease, grease, 0, 0x17 + seed % 2],
            _ => vec![0; usize::from(seed % 4)],
        }
    }

    /// The body of a hello: types of extensions with a seed of what they hold.
    fn body(minor: u8, suites: &[u16], extensions: &[(u16, u8)]) -> Vec<u8> {
        let suites: Vec<u8> = suites.iter().flat_map(|suite| suite.to_be_bytes()).collect();
        let extensions: Vec<u8> = extensions
            .iter()
            .flat_map(|&(number, seed)| {
                [&number.to_be_bytes()[..], &with_len16(&extension_body(number, seed))].concat()
            })
            .collect();
        let start = [&[3, minor][..], &[minor; 32], &[0]].concat();
        [start, with_len16(&suites), vec![1, 0], with_len16(&extensions)].concat()
    }

    #[test]
    fn names_and_grease_are_no_part_of_a_form() {
        let mut key = FormKey::new();
        let mut key = |suites: &[u16], extensions: &[(u16, u8)]| {
            let body = body(3, suites, extensions);
            key.of(&ClientHello::parse(&body).unwrap()).unwrap().to_vec()
        };
        let first = key(&[0x0a0a, 0x1301], &[(0x1a1a, 0), (0, 1), (16, 2), (43, 4)]);
        let second = key(&[0xdada, 0x1301], &[(0xeaea, 3), (0, 2), (16, 4), (43, 6)]);
        assert_eq!(first, second);
        let others = [
            key(&[0x1301, 0x0a0a], &[(0x1a1a, 0), (0, 1), (16, 2), (43, 4)]),
            key(&[0x0a0a, 0x1301], &[(0x1a1a, 0), (0, 1), (16, 1), (43, 4)]),
            key(&[0x0a0a, 0x1301], &[(0, 1), (0x1a1a, 0), (16, 2), (43, 4)]),
            key(&[0x0a1a, 0x1301], &[(0x1a1a, 0), (0, 1), (16, 2), (43, 4)]),
        ];
        assert!(others.iter().all(|other| *other != first));
    }

    #[test]
    fn long_forms_are_read_each_time() {
        let suites: Vec<u16> = (0x2000..0x2200).collect();
        let body = body(3, &suites, &[(0, 1)]);
        let hello = ClientHello::parse(&body).unwrap();
        assert_eq!(FormKey::new().of(&hello), None);
        let tls = RecentHellos::new(1).read(&hello, Libraries::builtin(), false);
        assert_eq!(tls.server_name(), Some("host-1.example"));
    }

    proptest! {
        /// Of many hellos whose forms come again, each says what it says by itself.
        #[test]
        fn what_is_remembered_is_what_a_hello_says(hellos in vec(
            (
                select(&[1_u8, 3][..]),
                vec(select(&[0x1301_u16, 0x0a0a, 0xc02f, 0x1a1a][..]), 1..4),
                vec((select(&TYPES[..]), any::<u8>()), 0..5),
            ),
            1..200,
        )) {
            let mut recent = RecentHellos::new(5);
            let libraries = Libraries::builtin();
            for (minor, suites, extensions) in &hellos {
                let body = body(*minor, suites, extensions);
                let hello = ClientHello::parse(&body).unwrap();
                let alone = Tls {
                    library: libraries.find(&hello),
                    ..Tls::client(&hello, Transport::Tcp, false)
                };
                for _ in 0..2 {
                    let found = recent.read(&hello, libraries, false);
                    prop_assert_eq!(format!("{found:?}"), format!("{alone:?}"));
                }
            }
        }
    }
}
