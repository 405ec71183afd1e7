//! What is kept out of records: names and agents are dropped, or replaced by a keyed hash.

use core::fmt;

use sha2::{Digest as _, Sha256};

use super::Record;
use crate::word_enum::word_enum;

word_enum! {
    /// What can be kept out of records.
    ///
    /// An example is at [`Redaction`].
    RedactedField {
        /// The name of the server that a TLS client asks for.
        Sni = "sni",
        /// What an HTTP client says it is, in signatures too.
        UserAgent = "user-agent",
    }
}

/// Keeps fields out of records, whatever they are written as.
///
/// Without a key, a field is absent. With one it is `hmac-sha256:` and the HMAC-SHA-256 of its text
/// (RFC 2104) in hexadecimal: equal texts stay equal, and only who has the key can tell whether a text
/// is behind it.
///
/// ```
/// use stackprint::{RedactedField, Redaction};
///
/// let hashed = Redaction::new([RedactedField::Sni], Some(b"key"));
/// assert_eq!(
///     hashed.redacted("example.com").as_deref(),
///     Some("hmac-sha256:f529c5eab6db1f73dde94efa0e29357f0a77ed9b24e46b9e7758e1d12b05876b"),
/// );
/// assert_eq!(Redaction::new([RedactedField::Sni], None).redacted("example.com"), None);
/// ```
///
/// [`Redaction::apply`] does so in a record.
#[derive(Clone, Default)]
pub struct Redaction {
    fields: Vec<RedactedField>,
    key: Option<Hmac>,
}

impl Redaction {
    /// What a redacted text begins with.
    pub const PREFIX: &'static str = "hmac-sha256:";

    /// Of these fields; with a key, they are hashed.
    pub fn new(fields: impl IntoIterator<Item = RedactedField>, key: Option<&[u8]>) -> Redaction {
        Redaction { fields: fields.into_iter().collect(), key: key.map(Hmac::new) }
    }

    /// Whether nothing is redacted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Redacts a record. To be called once: the hash of a hash is another text.
    pub fn apply(&self, record: &mut Record<'_>) {
        for &field in &self.fields {
            match field {
                #[cfg(feature = "tls")]
                RedactedField::Sni => {
                    if let Some(tls) = &mut record.tls {
                        tls.redact_server_name(|name| self.redacted(name));
                    }
                }
                #[cfg(not(feature = "tls"))]
                RedactedField::Sni => {}
                RedactedField::UserAgent => self.redact_user_agent(record),
            }
        }
    }

    fn redact_user_agent(&self, record: &mut Record<'_>) {
        #[cfg(feature = "http")]
        if let Some(http) = &mut record.http {
            http.redact_user_agent(|agent| self.redacted(agent));
        }
        #[cfg(feature = "quic")]
        if let Some(quic) = &mut record.quic {
            quic.redact_user_agent(|agent| self.redacted(agent));
        }
        #[cfg(not(any(feature = "http", feature = "quic")))]
        let _ = record;
    }

    /// What stands for a text.
    #[must_use]
    pub fn redacted(&self, text: &str) -> Option<Box<str>> {
        use fmt::Write as _;
        let hash = self.key.as_ref()?.of(text.as_bytes());
        let mut redacted = String::with_capacity(Self::PREFIX.len() + 2 * HASH_LEN);
        redacted.push_str(Self::PREFIX);
        for byte in hash {
            // Writing to memory does not fail.
            let _ = write!(redacted, "{byte:02x}");
        }
        Some(redacted.into_boxed_str())
    }
}

/// Does not show the key.
impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Redaction");
        debug.field("fields", &self.fields).field("has_key", &self.key.is_some()).finish()
    }
}

/// Bytes of SHA-256.
const HASH_LEN: usize = 32;

/// HMAC-SHA-256 with one key.
#[derive(Clone)]
struct Hmac {
    inner: Sha256,
    outer: Sha256,
}

impl Hmac {
    fn new(key: &[u8]) -> Hmac {
        const BLOCK_LEN: usize = 64;
        const INNER_PAD: u8 = 0x36;
        const OUTER_PAD: u8 = 0x5c;
        let mut block = [0; BLOCK_LEN];
        // RFC 2104 section 3: a longer key is hashed first.
        let hashed: [u8; HASH_LEN];
        let key = if key.len() > BLOCK_LEN {
            hashed = Sha256::digest(key).into();
            &hashed
        } else {
            key
        };
        for (byte, key) in block.iter_mut().zip(key) {
            *byte = *key;
        }
        let padded = |pad: u8| Sha256::new().chain_update(block.map(|byte| byte ^ pad));
        Hmac { inner: padded(INNER_PAD), outer: padded(OUTER_PAD) }
    }

    fn of(&self, text: &[u8]) -> [u8; HASH_LEN] {
        let inner = self.inner.clone().chain_update(text).finalize();
        self.outer.clone().chain_update(inner).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test cases 1, 2 and 6 of RFC 4231: keys that are short, a word, and longer than a block.
    #[test]
    fn hmac_is_that_of_rfc_4231() {
        let cases: [(&[u8], &str, &str); 3] = [
            (
                &[0x0b; 20],
                "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe",
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 131],
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, text, expected) in cases {
            let redaction = Redaction::new([RedactedField::Sni], Some(key));
            assert_eq!(
                redaction.redacted(text).unwrap().strip_prefix(Redaction::PREFIX),
                Some(expected)
            );
        }
        let dropped = Redaction::new([RedactedField::Sni], None);
        assert_eq!(dropped.redacted("example.org"), None);
        assert!(!format!("{:?}", Redaction::new([], Some(b"Jefe"))).contains("Jefe"));
    }
}
