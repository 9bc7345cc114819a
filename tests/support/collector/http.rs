//! The part of HTTP/1.1 that the collector needs: requests with their bodies, and answers.

use std::io::{self, BufRead, Read as _, Write};

/// The longest head of a request, in bytes.
const LONGEST_HEAD: u64 = 64 * 1024;

/// A request with its body, still compressed.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// Returns the value of a header; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        let header = self.headers.iter().find(|(key, _)| key == name);
        header.map_or("", |(_, value)| value)
    }

    /// Reads the next request; `None` if the connection ends. `out` is the other direction of the
    /// connection, for `100 Continue`.
    pub fn read(from: &mut impl BufRead, out: &mut impl Write) -> io::Result<Option<Request>> {
        let Some(mut request) = read_head(from)? else {
            return Ok(None);
        };
        if request.header("expect").eq_ignore_ascii_case("100-continue") {
            out.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        request.body = if request.header("transfer-encoding").eq_ignore_ascii_case("chunked") {
            read_chunks(from)?
        } else {
            let len = match request.header("content-length") {
                "" => 0,
                len => len.parse().map_err(|_| bad("a length that is no number"))?,
            };
            let mut body = vec![0; len];
            from.read_exact(&mut body)?;
            body
        };
        Ok(Some(request))
    }

    /// Returns whether the client closes the connection after this request.
    pub fn is_last(&self) -> bool {
        self.header("connection").eq_ignore_ascii_case("close")
    }
}

fn read_head(from: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut from = from.take(LONGEST_HEAD);
    let Some(first) = read_line(&mut from)? else {
        return Ok(None);
    };
    let mut words = first.split(' ');
    let (Some(method), Some(path), Some("HTTP/1.1"), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(bad("not a request of HTTP/1.1"));
    };
    let mut request = Request { method: method.to_owned(), path: path.to_owned(), ..Request::default() };
    loop {
        let line = read_line(&mut from)?.ok_or_else(|| bad("a request without an end"))?;
        if line.is_empty() {
            return Ok(Some(request));
        }
        let (name, value) = line.split_once(':').ok_or_else(|| bad("a header without a colon"))?;
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

fn read_chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    let line = |from: &mut _| read_line(from)?.ok_or_else(|| bad("a body without an end"));
    loop {
        let head = line(from)?;
        let len = head.split(';').next().unwrap_or_default().trim();
        let len = usize::from_str_radix(len, 16).map_err(|_| bad("a chunk without a length"))?;
        if len == 0 {
            // Trailers, until an empty line.
            while !line(from)?.is_empty() {}
            return Ok(body);
        }
        let start = body.len();
        body.resize(start + len, 0);
        from.read_exact(&mut body[start..])?;
        if !line(from)?.is_empty() {
            return Err(bad("a chunk longer than it says"));
        }
    }
}

/// Reads a line, without its end; `None` at the end of the connection.
fn read_line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    match line.strip_suffix("\r\n") {
        Some(line) => Ok(Some(line.to_owned())),
        None => Err(bad("a line without an end")),
    }
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    status: u16,
    content_type: &'static str,
    /// Complete header lines.
    headers: String,
    body: Vec<u8>,
}

impl Response {
    pub fn protobuf(body: Vec<u8>) -> Response {
        Response { status: 200, content_type: "application/x-protobuf", headers: String::new(), body }
    }

    pub fn text(status: u16, text: &str) -> Response {
        Response { status, content_type: "text/plain", headers: String::new(), body: text.into() }
    }

    pub fn html(status: u16, text: &str) -> Response {
        Response { content_type: "text/html", ..Response::text(status, text) }
    }

    pub fn content_type(self, content_type: &'static str) -> Response {
        Response { content_type, ..self }
    }

    pub fn header(mut self, name: &str, value: impl std::fmt::Display) -> Response {
        self.headers += &format!("{name}: {value}\r\n");
        self
    }

    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut bytes = format!(
            "HTTP/1.1 {} Said\r\ncontent-type: {}\r\ncontent-length: {}\r\n{}\r\n",
            self.status,
            self.content_type,
            self.body.len(),
            self.headers
        )
        .into_bytes();
        bytes.extend_from_slice(&self.body);
        out.write_all(&bytes)
    }
}
