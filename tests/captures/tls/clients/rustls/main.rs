//! Opens connections with rustls, by one of its providers, or with native-tls.
//!
//! ```text
//! record-rustls ring|aws-lc-rs|native-tls PORT
//! ```

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, Stream};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: client.example\r\n\r\n";
const NAMES: [&str; 4] = ["client.example", "client.example", "192.0.2.80", "192.0.2.80"];

#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, way, port] = arguments.as_slice() else { return Err("two arguments".into()) };
    let port: u16 = port.parse()?;
    if way == "native-tls" {
        for name in NAMES {
            let connector =
                native_tls::TlsConnector::builder().danger_accept_invalid_certs(true).build()?;
            let mut stream = connector.connect(name, TcpStream::connect((name, port))?)?;
            stream.write_all(REQUEST)?;
            let _ = stream.read_to_end(&mut Vec::new());
        }
        return Ok(());
    }
    let provider = Arc::new(match way.as_str() {
        "ring" => rustls::crypto::ring::default_provider(),
        _ => rustls::crypto::aws_lc_rs::default_provider(),
    });
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anyone(provider)))
        .with_no_client_auth();
    let config = Arc::new(config);
    for name in NAMES {
        let mut connection = ClientConnection::new(config.clone(), name.try_into()?)?;
        let mut socket = TcpStream::connect((name, port))?;
        let mut stream = Stream::new(&mut connection, &mut socket);
        stream.write_all(REQUEST)?;
        let _ = stream.read_to_end(&mut Vec::new());
    }
    Ok(())
}
