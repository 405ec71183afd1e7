//! A raw signature back to the head that it was made of.

use super::HttpSignature;
use crate::http::Kind;

impl HttpSignature {
    /// The head that has this raw signature, as far as it tells: values that a raw signature drops are
    /// empty. User-Agent or Server is what the signature ends with; where no header has that name, it
    /// comes last.
    #[must_use]
    pub fn to_head(&self, kind: Kind) -> Vec<u8> {
        let version = self.version.unwrap_or(1);
        let (mut head, software_name) = match kind {
            Kind::Request => (format!("GET / HTTP/1.{version}\r\n"), "User-Agent"),
            Kind::Response => (format!("HTTP/1.{version} 200 OK\r\n"), "Server"),
        };
        let mut software = self.software.as_deref();
        for rule in &self.headers {
            let is_software = rule.name.eq_ignore_ascii_case(software_name);
            let value = if is_software { software.take() } else { rule.value.as_deref() };
            head += &format!("{}: {}\r\n", rule.name, value.unwrap_or_default());
        }
        if let Some(software) = software {
            head += &format!("{software_name}: {software}\r\n");
        }
        head += "\r\n";
        head.into_bytes()
    }
}
