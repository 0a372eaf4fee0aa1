//! One request before it is sent.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use serenity::http::{LightMethod, Route};
use url::Url;

use super::bucket::Key;
use super::error::RestError;
use super::move_body;
use super::refusals::Priority;
use crate::token::Token;

/// What is escaped in a query value or a path segment.
const UNSAFE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A file to upload.
#[derive(Clone, PartialEq)]
pub(crate) struct File {
    /// The name it gets in Discord.
    pub(crate) name: String,
    /// Its content.
    pub(crate) data: Vec<u8>,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({:?}, {} bytes)", self.name, self.data.len())
    }
}

/// One request: a route and what goes with it.
pub(crate) struct Request<'a> {
    method: LightMethod,
    route: Route<'a>,
    body: Option<Value>,
    query: Vec<(&'static str, String)>,
    files: Vec<File>,
    reason: Option<String>,
    priority: Priority,
    /// Where it goes instead of the route's own address.
    path: Option<&'static str>,
}

/// The bot's application with its flags; serenity knows only an older address, whose answer lacks them.
const OWN_APPLICATION: &str = "/api/v10/applications/@me";

impl<'a> Request<'a> {
    fn new(method: LightMethod, route: Route<'a>) -> Self {
        Self {
            method,
            route,
            body: None,
            query: Vec::new(),
            files: Vec::new(),
            reason: None,
            priority: Priority::Call,
            path: None,
        }
    }

    /// Returns a read of the bot's own application.
    pub(crate) fn own_application() -> Self {
        Self {
            path: Some(OWN_APPLICATION),
            ..Self::get(Route::Oauth2ApplicationCurrent)
        }
    }

    /// Returns a read.
    pub(crate) fn get(route: Route<'a>) -> Self {
        Self::new(LightMethod::Get, route)
    }

    /// Returns a deletion.
    pub(crate) fn delete(route: Route<'a>) -> Self {
        Self::new(LightMethod::Delete, route)
    }

    /// Returns a `POST` with a JSON body.
    pub(crate) fn post(route: Route<'a>, body: Value) -> Self {
        Self {
            body: Some(body),
            ..Self::new(LightMethod::Post, route)
        }
    }

    /// Returns a `PATCH` with a JSON body.
    pub(crate) fn patch(route: Route<'a>, body: Value) -> Self {
        Self {
            body: Some(body),
            ..Self::new(LightMethod::Patch, route)
        }
    }

    /// Returns a `PUT` with a JSON body.
    pub(crate) fn put(route: Route<'a>, body: Value) -> Self {
        Self {
            body: Some(body),
            ..Self::new(LightMethod::Put, route)
        }
    }

    /// Returns a `PUT` without a body.
    pub(crate) fn put_nothing(route: Route<'a>) -> Self {
        Self::new(LightMethod::Put, route)
    }

    /// Adds a query parameter.
    pub(crate) fn query(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.query.push((name, encode(&value.to_string())));
        self
    }

    /// Adds a query parameter when there is a value.
    pub(crate) fn query_if(self, name: &'static str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Adds files; the body then travels beside them.
    pub(crate) fn files(mut self, files: Vec<File>) -> Self {
        self.files = files;
        self
    }

    /// Adds the reason shown in the guild's audit log.
    pub(crate) fn reason(mut self, reason: String) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Says that nobody waits for it.
    pub(crate) fn background(mut self) -> Self {
        self.priority = Priority::Background;
        self
    }

    /// Says that a user waits for it, and not for long.
    pub(crate) fn urgent(mut self) -> Self {
        self.priority = Priority::Interaction;
        self
    }

    /// Returns how much it matters.
    pub(super) fn priority(&self) -> Priority {
        self.priority
    }

    /// Returns whether files go with it.
    pub(super) fn has_files(&self) -> bool {
        !self.files.is_empty()
    }

    /// Returns the HTTP method.
    pub(super) fn method(&self) -> reqwest::Method {
        self.method.reqwest_method()
    }

    /// Returns what shares a rate limit with this request.
    pub(super) fn key(&self) -> Key {
        Key::new(&self.route, self.method)
    }

    /// Returns the request as it goes over the wire.
    pub(super) fn build(
        &self,
        http: &reqwest::Client,
        token: &Token,
        base: &Url,
    ) -> Result<reqwest::Request, RestError> {
        let broken = |_| RestError::Unbuildable;
        let mut headers = HeaderMap::new();
        if let Some(reason) = &self.reason {
            let value = HeaderValue::try_from(encode(reason)).map_err(|_| RestError::Unbuildable)?;
            headers.insert("X-Audit-Log-Reason", value);
        }
        let body = match &self.body {
            Some(body) if self.files.is_empty() => Some(body.to_string().into_bytes()),
            _ => None,
        };
        let request = serenity::http::Request::new(self.route, self.method)
            .body(body)
            .headers(Some(headers))
            .params((!self.query.is_empty()).then(|| self.query.clone()));
        // Serenity opens a span that holds the whole request: path, body and the tokens in them.
        let silence = tracing::subscriber::NoSubscriber::default();
        let built = tracing::subscriber::with_default(silence, || {
            request.build(http, &token.authorization(), Some(base.as_str()))
        });
        let mut built = built
            .map_err(|_| RestError::Unbuildable)?
            .build()
            .map_err(broken)?;
        if let Some(path) = self.path {
            built.url_mut().set_path(path);
        }
        if !self.files.is_empty() {
            // Serenity numbers attachments only inside its own message builders, so the form is made here.
            let url = built.url().clone();
            let mut carrier = http.post(url).multipart(self.form()?).build().map_err(broken)?;
            move_body(&mut carrier, &mut built);
        }
        Ok(built)
    }

    fn form(&self) -> Result<Form, RestError> {
        let payload = self.body.clone().unwrap_or_else(crate::json::object).to_string();
        let payload = Part::text(payload)
            .mime_str("application/json")
            .map_err(|_| RestError::Unbuildable)?;
        let mut form = Form::new().part("payload_json", payload);
        for (index, file) in self.files.iter().enumerate() {
            let part = Part::bytes(file.data.clone()).file_name(file.name.clone());
            form = form.part(format!("files[{index}]"), part);
        }
        Ok(form)
    }
}

/// Escapes text for a query value or one path segment.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, UNSAFE).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn build(request: &Request<'_>) -> reqwest::Request {
        let base = "http://127.0.0.1:9/".parse().unwrap();
        request
            .build(&reqwest::Client::new(), &"secret.token".parse().unwrap(), &base)
            .unwrap()
    }

    #[test]
    fn the_base_replaces_discords_and_the_query_is_escaped() {
        let route = Route::GuildMembersSearch { guild_id: 1.into() };
        let request = build(&Request::get(route).query("query", "a b&c=d/ü").query("limit", 5));
        assert_eq!(
            request.url().as_str(),
            "http://127.0.0.1:9/api/v10/guilds/1/members/search?&query=a%20b%26c%3Dd%2F%C3%BC&limit=5"
        );
        assert_eq!(request.headers()["authorization"], "Bot secret.token");
    }

    #[test]
    fn the_application_is_read_where_its_flags_are() {
        let request = build(&Request::own_application());
        assert_eq!(
            request.url().as_str(),
            "http://127.0.0.1:9/api/v10/applications/@me"
        );
    }

    #[test]
    fn files_travel_beside_the_payload_with_one_length() {
        let route = Route::ChannelMessages { channel_id: 1.into() };
        let file = File {
            name: "a.txt".into(),
            data: b"hello".to_vec(),
        };
        let request = build(&Request::post(route, json!({"content": "x"})).files(vec![file.clone(), file]));
        let kind = request.headers()["content-type"].to_str().unwrap();
        assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
        assert!(request.headers().get_all("content-length").iter().count() <= 1);
        assert_ne!(
            request.headers().get("content-length"),
            Some(&HeaderValue::from_static("0"))
        );
    }

    #[test]
    fn a_reason_of_any_text_is_a_legal_header() {
        let route = Route::GuildMember {
            guild_id: 1.into(),
            user_id: 2.into(),
        };
        let request = build(&Request::delete(route).reason("spam\r\nX-Evil: 1 ü".into()));
        assert_eq!(
            request.headers()["x-audit-log-reason"],
            "spam%0D%0AX-Evil%3A%201%20%C3%BC"
        );
    }
}
