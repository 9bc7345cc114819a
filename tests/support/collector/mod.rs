//! An OTLP/HTTP receiver for tests, with scripted answers. Between the socket and the records it uses
//! only `std::net`, `flate2` and `prost`.
//!
//! It accepts `POST /v1/logs` with protobuf, with or without gzip, in one piece or in chunks, on
//! persistent connections. It refuses any other request, and notes it as a fault.

mod answers;
mod export;
mod http;
mod state;

#[allow(unused_imports)] // Not every test uses all of it.
pub use answers::{Answer, Script, always, in_turn, mixed};
pub use export::Arrival;
pub use http::Request;
pub use state::State;

use export::{ELSEWHERE, Export, stored};
use http::Response;
use std::io::BufReader;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// A collector on a port of 127.0.0.1. Stopping it and starting it again keeps its records.
pub struct Collector {
    shared: Arc<Shared>,
    address: SocketAddr,
    acceptor: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    /// Signals that records have arrived, or that the collector is to stop.
    news: Condvar,
    script: Mutex<Script>,
}

impl Collector {
    /// Starts a collector on a free port.
    pub fn start() -> Collector {
        Collector::start_at(0)
    }

    /// Starts a collector on this port.
    pub fn start_at(port: u16) -> Collector {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            news: Condvar::new(),
            script: Mutex::new(always(Answer::Ok)),
        });
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut collector = Collector { shared, address, acceptor: None };
        collector.start_again();
        collector
    }

    /// Starts the stopped collector again at the same address.
    pub fn start_again(&mut self) {
        assert!(self.acceptor.is_none(), "the collector is running");
        let listener = TcpListener::bind(self.address).unwrap();
        self.address = listener.local_addr().unwrap();
        self.shared.state().is_stopping = false;
        let shared = Arc::clone(&self.shared);
        self.acceptor = Some(std::thread::spawn(move || accept(&shared, &listener)));
    }

    /// Stops the collector: closes all connections, and refuses new ones.
    pub fn stop(&mut self) {
        let Some(acceptor) = self.acceptor.take() else {
            return;
        };
        self.shared.state().is_stopping = true;
        self.shared.news.notify_all();
        // A connection wakes the acceptor.
        drop(TcpStream::connect(self.address));
        acceptor.join().unwrap();
    }

    /// Returns `127.0.0.1:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Sets the script, from the next request on.
    pub fn answers(&self, script: Script) {
        *self.shared.script.lock().unwrap_or_else(PoisonError::into_inner) = script;
    }

    /// Returns the state, locked. The collector waits while it is held. A second call in the same
    /// statement never returns.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// Returns the stored records, each once, in the order of their first arrival.
    pub fn records(&self) -> Vec<Arrival> {
        self.state().arrivals.clone()
    }

    /// Waits for a condition, and returns whether it was met.
    pub fn wait_for(&self, mut holds: impl FnMut(&State) -> bool, timeout: Duration) -> bool {
        let state = self.state();
        let (state, _) = self
            .shared
            .news
            .wait_timeout_while(state, timeout, |state| !holds(state))
            .unwrap_or_else(PoisonError::into_inner);
        holds(&state)
    }

    /// Panics unless [`State::check_complete`].
    #[track_caller]
    pub fn assert_complete(&self, expected: impl IntoIterator<Item = u64>) {
        let checked = self.state().check_complete(expected);
        if let Err(error) = checked {
            panic!("{error}");
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn accept(shared: &Arc<Shared>, listener: &TcpListener) {
    let mut threads = Vec::<JoinHandle<()>>::new();
    for number in 0.. {
        let stream = listener.accept().map(|(stream, _)| stream);
        let mut state = shared.state();
        if state.is_stopping {
            for connection in state.connections.values() {
                // The connection may be closed already.
                drop(connection.shutdown(Shutdown::Both));
            }
            break;
        }
        let Ok(stream) = stream else {
            continue;
        };
        state.connections.insert(number, stream.try_clone().unwrap());
        drop(state);
        threads.retain(|thread| !thread.is_finished());
        let shared = Arc::clone(shared);
        threads.push(std::thread::spawn(move || {
            serve(&shared, &stream);
            // Closes it for the other side, too; dropping it would not, because there is a clone.
            shared.state().connections.remove(&number);
        }));
    }
    for thread in threads {
        // On Windows, shutting down a connection does not wake its reader until the other side closes
        // it, which may take long. The thread is not waited for; it receives nothing more.
        if cfg!(not(windows)) || thread.is_finished() {
            thread.join().unwrap();
        }
    }
}

/// Serves one connection, until either side closes it.
fn serve(shared: &Shared, mut stream: &TcpStream) {
    let mut from = BufReader::new(stream);
    loop {
        let request = match Request::read(&mut from, &mut stream) {
            Ok(Some(request)) => request,
            Ok(None) => break,
            Err(error) => {
                if error.kind() == std::io::ErrorKind::InvalidData {
                    shared.state().faults.push(error.to_string());
                }
                break;
            }
        };
        let is_last = request.is_last();
        let response = answer(shared, request);
        shared.news.notify_all();
        let is_written = response.is_some_and(|response| response.write(&mut stream).is_ok());
        if !is_written || is_last {
            break;
        }
    }
}

/// Returns the answer; `None` for no answer.
fn answer(shared: &Shared, mut request: Request) -> Option<Response> {
    let Export { records, others, resource, scope } = match Export::read(&request) {
        Ok(export) => export,
        Err((response, fault)) => {
            shared.state().faults.push(fault);
            return Some(response);
        }
    };
    let told = (shared.script.lock().unwrap_or_else(PoisonError::into_inner))(&records);
    let mut state = shared.state();
    request.body.clear();
    state.requests.push(request);
    shared.news.notify_all();
    (state.resource, state.scope) = (resource, scope);
    state.others.extend(others);
    match told {
        Answer::Ok => {}
        Answer::Status(status) => return Some(Response::text(status, "scripted")),
        Answer::RetryAfter(status, seconds) => {
            return Some(Response::text(status, "scripted").header("retry-after", seconds));
        }
        Answer::Drop => return None,
        Answer::DropAfterStoring => {
            state.store(&records);
            return None;
        }
        Answer::Hang(duration) => {
            drop(shared.news.wait_timeout_while(state, duration, |state| !state.is_stopping));
            return None;
        }
        Answer::TooSlow(most, duration) if records.len() > most => {
            drop(shared.news.wait_timeout_while(state, duration, |state| !state.is_stopping));
            return None;
        }
        Answer::Page(status, content_type, text) => {
            return Some(Response::text(status, text).content_type(content_type));
        }
        Answer::Redirect(status) => {
            return Some(Response::text(status, "elsewhere").header("location", ELSEWHERE));
        }
        Answer::Html => return Some(Response::html(200, "<html>Welcome to our network</html>")),
        Answer::StoredThenError(status) => {
            state.store(&records);
            return Some(Response::text(status, "scripted"));
        }
        Answer::Partial(rejected) => {
            let rejected = rejected.min(records.len());
            state.store(&records[..records.len() - rejected]);
            return Some(stored(Some(rejected)));
        }
        Answer::TooLarge(most) if records.len() > most => {
            return Some(Response::text(413, "too many records"));
        }
        Answer::BadRequest(which) if records.iter().any(|record| which.has(record)) => {
            return Some(Response::text(400, "a record that is rejected"));
        }
        Answer::TooLarge(_) | Answer::TooSlow(..) | Answer::BadRequest(_) => {}
    }
    state.store(&records);
    Some(stored(None))
}
