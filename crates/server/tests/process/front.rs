//! A front of a sandbox that changes its responses.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use crate::plants::Plants;
use crate::support::{exchange, parts};

/// Starts a front, and returns its address. It runs until the process ends.
pub(crate) fn start(upstream: String, plants: Arc<Plants>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (upstream, plants) = (upstream.clone(), plants.clone());
            thread::spawn(move || respond(stream, &upstream, &plants));
        }
    });
    address
}

/// Passes on one request.
fn respond(mut stream: TcpStream, upstream: &str, plants: &Plants) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut words = line.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return };
    let (mut head, mut length, mut media) = (format!("{method} {target} HTTP/1.1\r\n"), 0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "content-type" => value.clone_into(&mut media),
            "connection" => {}
            "host" => head.push_str(&format!("host: {upstream}\r\n")),
            _ => head.push_str(&header),
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let response = exchange(upstream, &head, &media, &body);
    let (status, media, body) = parts(&response);
    let (status, body) = plants.applied(method, target.split('?').next().unwrap(), status, body);
    let head = format!(
        "HTTP/1.1 {status} planted\r\ncontent-type: {media}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // The client may have gone.
    let _ = stream.write_all(&[head.as_bytes(), &body].concat());
}
