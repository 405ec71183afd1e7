//! The protocols in which clients ask for TLS.

use crate::word_enum::word_enum;

word_enum! {
    /// The protocol in which a client asked for TLS, or for a way through a proxy, before its
    /// hello.
    ///
    /// [`find`](super::find) returns it.
    #[non_exhaustive]
    Preamble {
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
}
