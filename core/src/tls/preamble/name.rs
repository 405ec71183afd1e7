//! The protocols in which clients ask for TLS.

use core::fmt;

macro_rules! preambles {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The protocol in which a client asked for TLS, or for a way through a proxy, before its
        /// hello.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Preamble { $($(#[$doc])* $variant,)* }

        impl Preamble {
            /// All of them.
            pub const ALL: &'static [Preamble] = &[$(Preamble::$variant,)*];

            /// The name used in records, in `snake_case`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Preamble::$variant => $name,)* }
            }
        }
    };
}

preambles! {
    /// STARTTLS of SMTP (RFC 3207), and of LMTP.
    Smtp = "smtp",
    /// STARTTLS of IMAP (RFC 9051 section 6.2.1).
    Imap = "imap",
    /// STLS of POP3 (RFC 2595 section 4).
    Pop3 = "pop3",
    /// AUTH TLS or AUTH SSL of FTP (RFC 4217).
    Ftp = "ftp",
    /// The StartTLS operation of LDAP (RFC 4511 section 4.14).
    Ldap = "ldap",
    /// SSLRequest of PostgreSQL.
    Postgresql = "postgresql",
    /// SSLRequest of MySQL and MariaDB.
    Mysql = "mysql",
    /// `<starttls/>` of XMPP (RFC 6120 section 5).
    Xmpp = "xmpp",
    /// CONNECT of an HTTP proxy (RFC 9110 section 9.3.6).
    HttpConnect = "http_connect",
    /// CONNECT of SOCKS 4 and 4a.
    Socks4 = "socks4",
    /// CONNECT of SOCKS 5 (RFC 1928), with a password (RFC 1929) or without.
    Socks5 = "socks5",
}

impl fmt::Display for Preamble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
