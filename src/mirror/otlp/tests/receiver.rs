//! A receiver with scripted answers.

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread;

/// The answer of an OTLP receiver that has stored everything.
pub(super) const TAKEN: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";

/// A request, as the receiver got it.
pub(super) struct Request {
    /// The request line and the headers.
    pub(super) head: String,
    pub(super) body: Vec<u8>,
    /// The number of the connection.
    pub(super) connection: usize,
    /// The client certificate, if there is one.
    pub(super) client: Option<Vec<u8>>,
}

impl Request {
    pub(super) fn has_header(&self, line: &str) -> bool {
        self.head.lines().any(|header| header.eq_ignore_ascii_case(line))
    }
}

pub(super) struct Receiver {
    port: u16,
    requests: mpsc::Receiver<Request>,
}

/// The answers in reverse order; the last one is repeated. An empty answer is never sent.
type Answers = Arc<Mutex<Vec<String>>>;

impl Receiver {
    pub(super) fn new(answers: &[&str]) -> Receiver {
        Receiver::with(answers, None)
    }

    pub(super) fn with(answers: &[&str], tls: Option<ServerConfig>) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, requests) = mpsc::channel();
        let answers: Answers =
            Arc::new(Mutex::new(answers.iter().rev().map(|text| (*text).to_owned()).collect()));
        let tls = tls.map(Arc::new);
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                let (sender, answers, tls) = (sender.clone(), Arc::clone(&answers), tls.clone());
                thread::spawn(move || serve(stream.unwrap(), tls, connection, &answers, &sender));
            }
        });
        Receiver { port, requests }
    }

    /// `host:port`.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Returns the next request.
    pub(super) fn request(&self) -> Request {
        self.requests.try_recv().unwrap()
    }

    /// Returns the number of requests that `request` has not returned.
    pub(super) fn requests_left(&self) -> usize {
        self.requests.try_iter().count()
    }
}

fn serve(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    connection: usize,
    answers: &Answers,
    sender: &Sender<Request>,
) {
    let Some(tls) = tls else {
        let mut reader = BufReader::new(stream);
        while serve_one(&mut reader, connection, None, answers, sender).is_some() {}
        return;
    };
    let mut stream = StreamOwned::new(ServerConnection::new(tls).unwrap(), stream);
    if stream.conn.complete_io(&mut stream.sock).is_err() {
        // The alert is written. Unread data would reset the connection when it is closed, so it is read.
        stream.sock.shutdown(std::net::Shutdown::Write).unwrap_or(());
        stream.sock.read_to_end(&mut Vec::new()).unwrap_or(0);
        return;
    }
    let client = stream.conn.peer_certificates().and_then(|chain| chain.first()).map(|cert| cert.to_vec());
    let mut reader = BufReader::new(stream);
    while serve_one(&mut reader, connection, client.clone(), answers, sender).is_some() {}
}

fn serve_one<S: Read + Write>(
    reader: &mut BufReader<S>,
    connection: usize,
    client: Option<Vec<u8>>,
    answers: &Answers,
    sender: &Sender<Request>,
) -> Option<()> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
    })?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    sender.send(Request { head, body, connection, client }).ok()?;
    let answer = {
        let mut answers = answers.lock().unwrap();
        if answers.len() > 1 { answers.pop() } else { answers.last().cloned() }
    }?;
    if answer.is_empty() {
        // Reads until the client gives up.
        reader.read_to_end(&mut Vec::new()).ok()?;
        return None;
    }
    reader.get_mut().write_all(answer.as_bytes()).ok()?;
    reader.get_mut().flush().ok()?;
    (!answer.contains("connection: close")).then_some(())
}
