//! HTTP: requests in, answers of [`Routes`] out.

use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::yield_now;

use super::answer::Answer;
use super::clients::{Client, Clients};
use super::routes::Routes;

/// Clients of one address at once. One more takes the place of one that has not asked, or not for
/// long.
pub(super) const MOST_CLIENTS: usize = 1024;
/// A request's head comes within this time, counted from the last answer.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// More is not read of a request's head.
const HEAD_BYTES: usize = 16 << 10;

/// Answers clients for ever.
pub(super) async fn serve(listener: TcpListener, clients: Rc<Clients>, routes: Rc<Routes>) {
    let accept = async || listener.accept().await.map(|(stream, _)| stream);
    let serve = |stream, client| answer_client(stream, client, Rc::clone(&routes));
    clients.serve(accept, serve).await;
}

async fn answer_client(stream: TcpStream, client: Rc<Client>, routes: Rc<Routes>) {
    let answer = |request: Request<Incoming>| {
        let answer: Response<Answer> =
            routes.answer(request.method(), request.uri(), request.headers());
        client.has_asked();
        async {
            // Whoever sends many requests at once lets others have their turn after each.
            yield_now().await;
            Ok::<_, Infallible>(answer)
        }
    };
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES)
        // Some send their request and close their side.
        .half_close(true);
    // A client that went away, or sent something else, needs nothing more.
    let _ = http.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
}
