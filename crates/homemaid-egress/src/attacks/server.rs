//! Servers that say exactly what a test wants, on loopback.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A listener that keeps what it was asked.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Answers each request with these bytes and closes.
    pub(super) async fn says(answer: impl Into<Vec<u8>>) -> Self {
        let answer = Arc::new(answer.into());
        Self::acts(move |_, mut stream| {
            let answer = Arc::clone(&answer);
            async move {
                // The client may have had enough.
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        })
        .await
    }

    /// Answers with an ordinary 200.
    pub(super) async fn fine() -> Self {
        Self::says("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine").await
    }

    /// Does what a test wants with each connection, after the request's head was read.
    pub(super) async fn acts<F, Fut>(act: F) -> Self
    where
        F: Fn(String, TcpStream) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (act, asked) = (Arc::new(act), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Counted when it connects: a forbidden place must not even see that.
                let index = {
                    let mut asked = asked.lock().unwrap();
                    asked.push(String::new());
                    asked.len() - 1
                };
                let (act, asked) = (Arc::clone(&act), Arc::clone(&asked));
                tokio::spawn(async move {
                    let (head, stream) = head(stream).await;
                    asked.lock().unwrap()[index].clone_from(&head);
                    act(head, stream).await;
                });
            }
        });
        Self { address, seen, task }
    }

    /// Returns the heads of the requests so far, and an empty text for a connection without one.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn head(mut stream: TcpStream) -> (String, TcpStream) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    (String::from_utf8_lossy(&head).to_ascii_lowercase(), stream)
}
