//! Numbers of the protocol, by name.

/// Whether a number is one of the sixteen that RFC 8701 reserves, 0x0a0a to 0xfafa: clients send
/// them so that servers keep passing over what they do not know.
///
/// ```
/// use stackprint::tls::is_grease;
///
/// assert!(is_grease(0x1a1a));
/// assert!(!is_grease(0x1301));
/// ```
#[must_use]
#[inline]
pub const fn is_grease(number: u16) -> bool {
    const LOW_NIBBLES: u16 = 0x0f0f;
    // Both bytes are equal as well: 0x0a1a is not reserved.
    number & LOW_NIBBLES == 0x0a0a && number >> 8 == number & 0xff
}

macro_rules! numbers {
    ($(#[$doc:meta])* $module:ident { $($constant:ident = $value:literal, $name:literal, $source:literal;)* }) => {
        $(#[$doc])*
        pub mod $module {
            $(#[doc = concat!("`", $name, "` (", $source, ").")] pub const $constant: u16 = $value;)*

            /// The name of a number. Returns None if it is none of this [module](self)'s.
            #[must_use]
            pub const fn name(number: u16) -> Option<&'static str> {
                match number {
                    $($constant => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

numbers! {
    /// Protocol versions.
    ///
    /// ```
    /// use stackprint::tls::version;
    ///
    /// assert_eq!(version::TLS_1_3, 0x0304);
    /// assert_eq!(version::name(0x0304), Some("TLS 1.3"));
    /// ```
    version {
        SSL_2 = 0x0002, "SSL 2.0", "RFC 6101, appendix E";
        SSL_3 = 0x0300, "SSL 3.0", "RFC 6101";
        TLS_1_0 = 0x0301, "TLS 1.0", "RFC 2246";
        TLS_1_1 = 0x0302, "TLS 1.1", "RFC 4346";
        TLS_1_2 = 0x0303, "TLS 1.2", "RFC 5246";
        TLS_1_3 = 0x0304, "TLS 1.3", "RFC 8446";
        DTLS_1_0 = 0xfeff, "DTLS 1.0", "RFC 4347";
        DTLS_1_2 = 0xfefd, "DTLS 1.2", "RFC 6347";
        DTLS_1_3 = 0xfefc, "DTLS 1.3", "RFC 9147";
    }
}

numbers! {
    /// Extension types.
    ///
    /// ```
    /// use stackprint::tls::extension;
    ///
    /// assert_eq!(extension::SERVER_NAME, 0);
    /// assert_eq!(extension::name(0), Some("server_name"));
    /// ```
    extension {
        SERVER_NAME = 0, "server_name", "RFC 6066";
        MAX_FRAGMENT_LENGTH = 1, "max_fragment_length", "RFC 6066";
        CLIENT_CERTIFICATE_URL = 2, "client_certificate_url", "RFC 6066";
        TRUSTED_CA_KEYS = 3, "trusted_ca_keys", "RFC 6066";
        TRUNCATED_HMAC = 4, "truncated_hmac", "RFC 6066";
        STATUS_REQUEST = 5, "status_request", "RFC 6066";
        SUPPORTED_GROUPS = 10, "supported_groups", "RFC 8446, 8422, 7919";
        EC_POINT_FORMATS = 11, "ec_point_formats", "RFC 8422";
        SRP = 12, "srp", "RFC 5054";
        SIGNATURE_ALGORITHMS = 13, "signature_algorithms", "RFC 8446";
        USE_SRTP = 14, "use_srtp", "RFC 5764";
        HEARTBEAT = 15, "heartbeat", "RFC 6520";
        ALPN = 16, "application_layer_protocol_negotiation", "RFC 7301";
        STATUS_REQUEST_V2 = 17, "status_request_v2", "RFC 6961";
        SIGNED_CERTIFICATE_TIMESTAMP = 18, "signed_certificate_timestamp", "RFC 6962";
        CLIENT_CERTIFICATE_TYPE = 19, "client_certificate_type", "RFC 7250";
        SERVER_CERTIFICATE_TYPE = 20, "server_certificate_type", "RFC 7250";
        PADDING = 21, "padding", "RFC 7685";
        ENCRYPT_THEN_MAC = 22, "encrypt_then_mac", "RFC 7366";
        EXTENDED_MAIN_SECRET = 23, "extended_main_secret", "RFC 7627";
        TOKEN_BINDING = 24, "token_binding", "RFC 8472";
        CACHED_INFO = 25, "cached_info", "RFC 7924";
        COMPRESS_CERTIFICATE = 27, "compress_certificate", "RFC 8879";
        RECORD_SIZE_LIMIT = 28, "record_size_limit", "RFC 8449";
        DELEGATED_CREDENTIAL = 34, "delegated_credential", "RFC 9345";
        SESSION_TICKET = 35, "session_ticket", "RFC 5077";
        PRE_SHARED_KEY = 41, "pre_shared_key", "RFC 8446";
        EARLY_DATA = 42, "early_data", "RFC 8446";
        SUPPORTED_VERSIONS = 43, "supported_versions", "RFC 8446";
        COOKIE = 44, "cookie", "RFC 8446";
        PSK_KEY_EXCHANGE_MODES = 45, "psk_key_exchange_modes", "RFC 8446";
        CERTIFICATE_AUTHORITIES = 47, "certificate_authorities", "RFC 8446";
        OID_FILTERS = 48, "oid_filters", "RFC 8446";
        POST_HANDSHAKE_AUTH = 49, "post_handshake_auth", "RFC 8446";
        SIGNATURE_ALGORITHMS_CERT = 50, "signature_algorithms_cert", "RFC 8446";
        KEY_SHARE = 51, "key_share", "RFC 8446";
        CONNECTION_ID = 54, "connection_id", "RFC 9146";
        QUIC_TRANSPORT_PARAMETERS = 57, "quic_transport_parameters", "RFC 9001";
        NEXT_PROTOCOL_NEGOTIATION = 13172, "next_protocol_negotiation", "draft-agl-tls-nextprotoneg";
        APPLICATION_SETTINGS_OLD = 17513, "application_settings_old", "draft-vvv-tls-alps";
        APPLICATION_SETTINGS = 17613, "application_settings", "draft-vvv-tls-alps";
        CHANNEL_ID = 30032, "channel_id", "draft-balfanz-tls-channelid";
        ENCRYPTED_CLIENT_HELLO = 0xfe0d, "encrypted_client_hello", "draft-ietf-tls-esni";
        RENEGOTIATION_INFO = 0xff01, "renegotiation_info", "RFC 5746";
    }
}

numbers! {
    /// Groups of key exchange.
    ///
    /// ```
    /// use stackprint::tls::group;
    ///
    /// assert_eq!(group::X25519, 29);
    /// assert_eq!(group::name(29), Some("x25519"));
    /// ```
    group {
        SECP256R1 = 23, "secp256r1", "RFC 8422";
        SECP384R1 = 24, "secp384r1", "RFC 8422";
        SECP521R1 = 25, "secp521r1", "RFC 8422";
        X25519 = 29, "x25519", "RFC 8446";
        X448 = 30, "x448", "RFC 8446";
        FFDHE2048 = 256, "ffdhe2048", "RFC 7919";
        FFDHE3072 = 257, "ffdhe3072", "RFC 7919";
        FFDHE4096 = 258, "ffdhe4096", "RFC 7919";
        FFDHE6144 = 259, "ffdhe6144", "RFC 7919";
        FFDHE8192 = 260, "ffdhe8192", "RFC 7919";
        SECP256R1_MLKEM768 = 4587, "SecP256r1MLKEM768", "draft-ietf-tls-ecdhe-mlkem";
        X25519_MLKEM768 = 4588, "X25519MLKEM768", "draft-ietf-tls-ecdhe-mlkem";
        SECP384R1_MLKEM1024 = 4589, "SecP384r1MLKEM1024", "draft-ietf-tls-ecdhe-mlkem";
        X25519_KYBER768_DRAFT00 = 25497, "X25519Kyber768Draft00", "draft-tls-westerbaan-xyber768d00";
    }
}

numbers! {
    /// Signature schemes.
    ///
    /// ```
    /// use stackprint::tls::signature_scheme;
    ///
    /// assert_eq!(signature_scheme::ED25519, 0x0807);
    /// assert_eq!(signature_scheme::name(0x0807), Some("ed25519"));
    /// ```
    signature_scheme {
        RSA_PKCS1_SHA1 = 0x0201, "rsa_pkcs1_sha1", "RFC 8446";
        ECDSA_SHA1 = 0x0203, "ecdsa_sha1", "RFC 8446";
        RSA_PKCS1_SHA256 = 0x0401, "rsa_pkcs1_sha256", "RFC 8446";
        RSA_PKCS1_SHA384 = 0x0501, "rsa_pkcs1_sha384", "RFC 8446";
        RSA_PKCS1_SHA512 = 0x0601, "rsa_pkcs1_sha512", "RFC 8446";
        ECDSA_SECP256R1_SHA256 = 0x0403, "ecdsa_secp256r1_sha256", "RFC 8446";
        ECDSA_SECP384R1_SHA384 = 0x0503, "ecdsa_secp384r1_sha384", "RFC 8446";
        ECDSA_SECP521R1_SHA512 = 0x0603, "ecdsa_secp521r1_sha512", "RFC 8446";
        RSA_PSS_RSAE_SHA256 = 0x0804, "rsa_pss_rsae_sha256", "RFC 8446";
        RSA_PSS_RSAE_SHA384 = 0x0805, "rsa_pss_rsae_sha384", "RFC 8446";
        RSA_PSS_RSAE_SHA512 = 0x0806, "rsa_pss_rsae_sha512", "RFC 8446";
        ED25519 = 0x0807, "ed25519", "RFC 8446";
        ED448 = 0x0808, "ed448", "RFC 8446";
        RSA_PSS_PSS_SHA256 = 0x0809, "rsa_pss_pss_sha256", "RFC 8446";
        RSA_PSS_PSS_SHA384 = 0x080a, "rsa_pss_pss_sha384", "RFC 8446";
        RSA_PSS_PSS_SHA512 = 0x080b, "rsa_pss_pss_sha512", "RFC 8446";
    }
}
