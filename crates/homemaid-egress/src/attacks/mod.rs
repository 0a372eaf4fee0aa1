//! Hostile names and servers against the real client, on local listeners.
//!
//! [`FakeNet`] is a little internet: names, and the loopback sockets that count as public. It exists in this crate's tests
//! only. Everything else of the guard is the real one; in particular addresses in URLs are judged as outside.
mod bodies;
mod redirects;
mod server;

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::exit::Exit;
use crate::reach::{Forbidden, Reach};
use crate::{Answer, Credential, Egress, EgressError, Lane, Request};
use server::Server;

/// Names and what is public, for one test.
#[derive(Debug, Default)]
pub(crate) struct FakeNet {
    /// The answers to each lookup of a name, one after the other; the last one stays.
    names: Mutex<HashMap<String, VecDeque<Vec<SocketAddr>>>>,
    public: Mutex<HashSet<SocketAddr>>,
    lookups: AtomicUsize,
}

impl FakeNet {
    pub(crate) fn check(&self, address: SocketAddr) -> Result<(), Forbidden> {
        if self.public.lock().unwrap().contains(&address) {
            return Ok(());
        }
        let kind = crate::refused(address.ip()).unwrap_or("not of this test");
        Err(Forbidden { kind })
    }

    pub(crate) fn find(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        let mut names = self.names.lock().unwrap();
        let answers = names.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        let next = if answers.len() > 1 {
            answers.pop_front()
        } else {
            answers.front().cloned()
        };
        Ok(next.expect("a name has an answer"))
    }
}

/// A way out into a [`FakeNet`].
struct Outside {
    net: Arc<FakeNet>,
    egress: Egress,
}

impl Outside {
    fn new() -> Self {
        let net = Arc::new(FakeNet::default());
        let egress = Egress::through(Exit::internet(Reach::Fake(Arc::clone(&net))).unwrap());
        Self { net, egress }
    }

    /// With a deadline that a test can wait for.
    fn hasty() -> Self {
        let mut outside = Self::new();
        outside.egress.deadline = Duration::from_millis(1_500);
        outside
    }

    /// Lets a name lead to a server that counts as public.
    fn public(&self, name: &str, server: &Server) {
        self.net.public.lock().unwrap().insert(server.address);
        self.name(name, &[&[server.address]]);
    }

    /// Lets lookups of a name yield these, one after the other.
    fn name(&self, name: &str, answers: &[&[SocketAddr]]) {
        let answers = answers.iter().map(|answer| answer.to_vec()).collect();
        self.net.names.lock().unwrap().insert(name.to_owned(), answers);
    }

    async fn get(&self, url: &str) -> Result<Answer, EgressError> {
        self.send(json!({"url": url}), None).await
    }

    async fn send(&self, params: Value, credential: Option<Credential>) -> Result<Answer, EgressError> {
        let request = Request::parse(&serde_json::from_value(params).unwrap()).unwrap();
        let approved = |host: &str| !host.starts_with("unapproved");
        self.egress
            .send(&Lane::default(), request, credential, approved)
            .await
    }
}
