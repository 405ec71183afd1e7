//! Rows as comma-separated values (RFC 4180).

use core::fmt::{self, Write as _};

use super::connection_row::{ConnectionRow, StackRow};
use super::row::HostRow;

/// The columns, in their order.
const COLUMNS: &str = "ip,network,first,last,final,complete,os_name,os_family,os_quality,os_label,\
    candidates,roles,opened,accepted,ports,mtu,link,distance,uptime_seconds,uptime_reliable,\
    applications,tls,changes,verdict,verdict_quality,reasons,why";

/// The same of connections.
const CONNECTION_COLUMNS: &str = "first,last,client_ip,client_port,server_ip,server_port,\
    client_os_label,client_os_quality,client_signature,client_mtu,client_distance,\
    server_os_label,server_os_quality,server_signature,server_mtu,server_distance,\
    tls_sni,tls_alpn,tls_library,tls_ja4,tls_ja3,tls_version,tls_cipher,tls_ja3s,\
    quic_version,http_user_agent,http_client_app,http_server,http_server_app,path,complete";

impl HostRow<'_> {
    /// The first row of comma-separated values, without line break: the names of the columns.
    pub const CSV_HEADER: &'static str = COLUMNS;

    /// Appends the row as comma-separated values, without line break. What is absent is empty; lists
    /// have semicolons between their items. Of the links there is the one seen most. A cell that a
    /// spreadsheet would take for a formula has an apostrophe before it.
    pub fn write_csv(&self, to: &mut Vec<u8>) {
        let mut cells = Cells { to, is_first: true };
        let os = self.os.as_ref();
        let link = self.links.iter().max_by_key(|it| it.count);
        let uptime = self.uptime.as_ref();
        cells.value(self.ip);
        cells.optional(self.network.as_deref());
        cells.value(&self.first);
        cells.value(&self.last);
        cells.value(self.is_final);
        cells.value(self.complete);
        cells.optional(os.map(|os| &os.name));
        cells.optional(os.map(|os| &os.family));
        cells.optional(os.map(|os| os.quality));
        cells.optional(os.and_then(|os| os.label.as_deref()));
        let candidates = os.into_iter().flat_map(|os| &os.candidates);
        cells.list(candidates.map(|it| format!("{} {}", it.name, it.probability)));
        cells.list(self.roles.iter());
        cells.value(self.opened);
        cells.value(self.accepted);
        cells.list(self.ports.iter().map(|it| it.port));
        cells.optional(link.map(|it| it.mtu));
        cells.optional(link.and_then(|it| it.link.as_deref()));
        cells.optional(self.distance.map(|it| it.last));
        cells.optional(uptime.map(|it| it.seconds));
        cells.optional(uptime.map(|it| it.reliable));
        cells.list(self.applications.iter().map(|it| &it.name));
        cells.list(self.tls.iter().map(|it| &it.library));
        let changes = self.changes.iter();
        cells.list(changes.map(|it| format!("{}: {}", it.verdict, it.reasons.join(" "))));
        cells.value(&self.consistency.verdict);
        cells.optional(self.consistency.quality);
        cells.list(self.consistency.reasons.iter());
        cells.list(self.why.iter().map(|it| format!("{} {} x{}", it.layer, it.value, it.count)));
    }
}

impl ConnectionRow<'_> {
    /// The first row of comma-separated values, without line break: the names of the columns.
    pub const CSV_HEADER: &'static str = CONNECTION_COLUMNS;

    /// Appends the row as comma-separated values, as [`HostRow::write_csv`].
    pub fn write_csv(&self, to: &mut Vec<u8>) {
        let mut cells = Cells { to, is_first: true };
        cells.value(&self.first);
        cells.value(&self.last);
        for end in [self.client, self.server] {
            cells.value(end.ip);
            cells.value(end.port);
        }
        for stack in [&self.client_stack, &self.server_stack] {
            cells.stack(stack.as_ref());
        }
        let tls = self.tls.as_ref();
        let client = tls.and_then(|tls| tls.client.as_ref());
        let server = tls.and_then(|tls| tls.server.as_ref());
        cells.optional(client.and_then(|it| it.sni.as_deref()));
        cells.list(client.into_iter().flat_map(|it| &it.alpn));
        cells.optional(client.and_then(|it| it.library.as_ref()).map(|it| &it.name));
        cells.optional(client.and_then(|it| it.ja4.as_deref()));
        cells.optional(client.and_then(|it| it.ja3.as_deref()));
        cells.optional(server.map(|it| &it.version));
        cells.optional(server.and_then(|it| it.cipher.as_deref()));
        cells.optional(server.and_then(|it| it.ja3s.as_deref()));
        cells.optional(self.quic.as_ref().map(|it| &it.version));
        let http = self.http.as_ref();
        for (head, software) in [
            http.and_then(|it| it.request.as_ref()).map(|it| (it, &it.user_agent)),
            http.and_then(|it| it.response.as_ref()).map(|it| (it, &it.server)),
        ]
        .map(Option::unzip)
        {
            cells.optional(software.and_then(|it| it.as_deref()));
            cells.optional(head.and_then(|it| it.app.as_ref()).map(|app| &app.name));
        }
        cells.list(self.path.iter());
        cells.value(self.complete);
    }
}

/// Cells of one row.
struct Cells<'a> {
    to: &'a mut Vec<u8>,
    is_first: bool,
}

impl Cells<'_> {
    fn value(&mut self, value: impl fmt::Display) {
        if !core::mem::replace(&mut self.is_first, false) {
            self.to.push(b',');
        }
        let text = value.to_string();
        let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let lead = if is_formula { "'" } else { "" };
        if !is_formula && !text.contains([',', '"', '\r', '\n']) {
            self.to.extend_from_slice(text.as_bytes());
            return;
        }
        let mut cell = String::new();
        // Writing to a String does not fail.
        let _ = write!(cell, "\"{lead}{}\"", text.replace('"', "\"\""));
        self.to.extend_from_slice(cell.as_bytes());
    }

    fn stack(&mut self, stack: Option<&StackRow<'_>>) {
        let os = stack.and_then(|it| it.os.as_ref());
        self.optional(os.map(|os| &os.label));
        self.optional(os.map(|os| os.quality));
        self.optional(stack.and_then(|it| it.signature.as_deref()));
        self.optional(stack.and_then(|it| it.mtu.as_ref()).map(|it| it.value));
        self.optional(stack.and_then(|it| it.ttl).map(|it| it.distance));
    }

    fn optional(&mut self, value: Option<impl fmt::Display>) {
        match value {
            Some(value) => self.value(value),
            None => self.value(""),
        }
    }

    fn list(&mut self, values: impl Iterator<Item = impl fmt::Display>) {
        let texts: Vec<String> = values.map(|value| value.to_string()).collect();
        self.value(texts.join("; "));
    }
}
