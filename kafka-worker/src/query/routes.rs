//! Which request gets which answer.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use hyper::header::{
    ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE,
};
use hyper::{Method, Response, StatusCode, Uri};

use super::answer::{Answer, HostList};
use super::clients::count;
use super::host_json::ErrorJson;
use super::hosts::Hosts;
use super::reports::Reports;
use super::services_page::ServicesPage;
use super::token::Token;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const PROMETHEUS: HeaderValue =
    HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Hosts in a list where the request does not say how many, and the most that it may say.
const USUAL_HOSTS: usize = 100;
const MOST_HOSTS: usize = 10_000;

/// What is served at an address.
pub(super) struct Routes {
    pub(super) reports: Arc<dyn Reports>,
    /// `None` if only metrics and health are served.
    pub(super) hosts: Option<Rc<Hosts>>,
    pub(super) token: Option<Rc<Token>>,
    pub(super) services: Rc<ServicesPage>,
}

impl Routes {
    pub(super) fn answer(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Response<Answer> {
        // hyper leaves out the body where only the head is asked for.
        if method != Method::GET && method != Method::HEAD {
            let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, TEXT, "GET and HEAD only\n");
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        match uri.path() {
            "/healthz" => return health(self.reports.is_alive(), "alive"),
            "/readyz" => return health(self.reports.is_ready(), "ready"),
            _ => {}
        }
        if !self.may_ask(headers.get(AUTHORIZATION)) {
            let mut answer = error(StatusCode::UNAUTHORIZED, "a token is needed");
            answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return answer;
        }
        match (uri.path(), &self.hosts) {
            ("/metrics", _) => {
                let page = self.reports.text() + &self.services.text();
                text(StatusCode::OK, PROMETHEUS, page)
            }
            ("/hosts" | "/hosts/", Some(hosts)) => list(hosts, uri.query()),
            (path, Some(hosts)) => match path.strip_prefix("/hosts/") {
                Some(address) => host(hosts, address),
                None => text(StatusCode::NOT_FOUND, TEXT, "/hosts, /metrics, /healthz, /readyz\n"),
            },
            _ => text(StatusCode::NOT_FOUND, TEXT, "/metrics, /healthz, /readyz\n"),
        }
    }

    fn may_ask(&self, authorization: Option<&HeaderValue>) -> bool {
        self.token.as_ref().is_none_or(|token| {
            authorization.is_some_and(|value| token.is_in_header(value.as_bytes()))
        })
    }
}

fn text(
    status: StatusCode,
    kind: HeaderValue,
    text: impl Into<hyper::body::Bytes>,
) -> Response<Answer> {
    let mut answer = Response::new(Answer::Text(text.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn health(is_good: bool, word: &str) -> Response<Answer> {
    match is_good {
        true => text(StatusCode::OK, TEXT, format!("{word}\n")),
        false => text(StatusCode::SERVICE_UNAVAILABLE, TEXT, format!("not {word}\n")),
    }
}

fn error(status: StatusCode, error: &str) -> Response<Answer> {
    // Texts of ours are always JSON.
    let mut body = serde_json::to_string(&ErrorJson { error }).unwrap_or_default();
    body.push('\n');
    text(status, JSON, body)
}

fn host(hosts: &Hosts, address: &str) -> Response<Answer> {
    // Some clients write the colons of an IPv6 address so.
    let address = address.replace("%3A", ":").replace("%3a", ":");
    let Ok(ip) = address.parse::<IpAddr>() else {
        count(&hosts.counts.bad);
        return error(StatusCode::BAD_REQUEST, "not an IP address");
    };
    let ip = ip.to_canonical();
    hosts.with(ip, |host| match host {
        Some(host) => {
            count(&hosts.counts.found);
            // A host is always JSON.
            let mut body = serde_json::to_string(&host.json(ip)).unwrap_or_default();
            body.push('\n');
            text(StatusCode::OK, JSON, body)
        }
        None => {
            count(&hosts.counts.unknown);
            error(StatusCode::NOT_FOUND, "this host was not seen, or has been forgotten")
        }
    })
}

fn list(hosts: &Rc<Hosts>, query: Option<&str>) -> Response<Answer> {
    let mut limit = USUAL_HOSTS;
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let number = pair.strip_prefix("limit=").and_then(|number| number.parse().ok());
        match number.filter(|number| (1..=MOST_HOSTS).contains(number)) {
            Some(number) => limit = number,
            None => {
                count(&hosts.counts.bad);
                return error(
                    StatusCode::BAD_REQUEST,
                    "only limit=N is understood, from 1 to 10000",
                );
            }
        }
    }
    let mut answer = Response::new(Answer::List(HostList::new(hosts, hosts.newest(limit))));
    answer.headers_mut().insert(CONTENT_TYPE, JSON);
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
