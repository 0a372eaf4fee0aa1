//! Discord's own description, and the walk that is checked against it.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};

use crate::bot::Bot;

/// Why the description wants numbers where everybody sends texts.
const BITS: &str = "it types permissions in requests as numbers, which are too large for many clients; Discord's \
    documentation and every library use texts, and so do its answers";

/// Where the description is known to be wrong: the route (a part of it), the end of the place, and why.
const KNOWN: &[(&str, &str, &str)] = &[
    (
        "",
        "/errors",
        "it types the codes of nested form errors as numbers; Discord's documentation and servers use texts",
    ),
    ("request", "/default_member_permissions", BITS),
    ("request", "/allow", BITS),
    ("request", "/deny", BITS),
    ("request", "/permissions", BITS),
];

/// Routes the description leaves out, since newer ones take their place; libraries still call them.
const UNDESCRIBED: &[&str] = &["/guilds/{g}/members/@me/nick"];

/// Discord's description, with what was checked against it.
pub(super) struct Description {
    /// `None` where the file is not: then only the walk itself is checked.
    document: Option<Value>,
    validators: HashMap<String, Validator>,
    pub(super) seen: BTreeSet<(String, String)>,
    pub(super) problems: Vec<String>,
}

impl Description {
    /// Reads the description from the file `DISCORD_OPENAPI` names, or from beside the checkout.
    pub(super) fn load() -> Self {
        let beside =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/discord-openapi.json");
        let text = match std::env::var_os("DISCORD_OPENAPI") {
            Some(path) => Some(std::fs::read_to_string(path).expect("DISCORD_OPENAPI names a readable file")),
            None => std::fs::read_to_string(beside).ok(),
        };
        Self {
            document: text.map(|text| serde_json::from_str(&text).expect("the description is JSON")),
            validators: HashMap::new(),
            seen: BTreeSet::new(),
            problems: Vec::new(),
        }
    }

    /// Tells whether there is something to check against.
    pub(super) fn is_there(&self) -> bool {
        self.document.is_some()
    }

    /// Checks one answer.
    pub(super) fn check(&mut self, method: &Method, template: &str, status: u16, body: &Value) {
        let (method, at) = (
            method.as_str().to_lowercase(),
            format!("{method} {template} {status}"),
        );
        self.seen.insert((method.clone(), template.to_owned()));
        let Some(document) = &self.document else {
            if !(200..500).contains(&status) || (status >= 400 && !body["code"].is_u64()) {
                self.problems.push(format!("{at}: {body}"));
            }
            return;
        };
        let paths = document["paths"].as_object().expect("the description has paths");
        let Some(operation) = paths
            .iter()
            .find(|(path, _)| bare(path) == bare(template))
            .map(|(_, item)| &item[&method])
        else {
            if !UNDESCRIBED.contains(&template) {
                self.problems.push(format!("{at}: Discord has no such route"));
            }
            return;
        };
        let responses = &operation["responses"];
        let exact = &responses[status.to_string()];
        let response = if exact.is_null() {
            &responses[format!("{}XX", status / 100)]
        } else {
            exact
        };
        if response.is_null() {
            self.problems
                .push(format!("{at}: Discord never answers with this status"));
            return;
        }
        let response = match response["$ref"].as_str() {
            Some(pointer) => document
                .pointer(&pointer[1..])
                .expect("a reference leads somewhere"),
            None => response,
        };
        let schema = &response["content"]["application/json"]["schema"];
        if schema.is_null() {
            if !body.is_null() {
                self.problems
                    .push(format!("{at}: Discord answers without a body"));
            }
            return;
        }
        let schema = schema.clone();
        self.validate(&at, &schema, body);
    }

    /// Checks a request that was answered with success: what we accept must be what Discord describes.
    fn check_request(&mut self, method: &Method, template: &str, body: &Value) {
        let at = format!("request {method} {template}");
        let method = method.as_str().to_lowercase();
        let Some(document) = &self.document else {
            return;
        };
        let paths = document["paths"].as_object().expect("the description has paths");
        let operation = paths.iter().find(|(path, _)| bare(path) == bare(template));
        let content = operation.map(|(_, item)| &item[&method]["requestBody"]["content"]);
        let schema = content.map(|content| content["application/json"]["schema"].clone());
        if let Some(schema) = schema.filter(|schema| !schema.is_null()) {
            self.validate(&at, &schema, body);
        }
    }

    fn validate(&mut self, at: &str, schema: &Value, body: &Value) {
        let validator = self.validators.entry(schema.to_string()).or_insert_with(|| {
            let whole = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "allOf": [schema],
                "components": self.document.as_ref().map(|document| &document["components"]),
            });
            jsonschema::validator_for(&whole).expect("the description is a schema")
        });
        for error in validator.iter_errors(body).take(5) {
            let place = error.instance_path().to_string();
            let known = KNOWN
                .iter()
                .any(|(route, known, _)| (at.contains(route)) && place.ends_with(known));
            if !known {
                self.problems
                    .push(format!("{at}: {} at {place}", brief(&error.to_string())));
            }
        }
    }
}

fn brief(text: &str) -> String {
    let end = text
        .char_indices()
        .nth(600)
        .map_or(text.len(), |(index, _)| index);
    text[..end].to_owned()
}

/// Returns a path with its parameters' names left out.
pub(super) fn bare(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

/// Makes requests and checks each answer.
pub(super) struct Walk {
    pub(super) bot: Bot,
    pub(super) description: Description,
}

impl Walk {
    /// Makes a request, checks it and its answer, and returns the answer.
    pub(super) async fn hit(
        &mut self,
        method: Method,
        template: &str,
        ids: &[&str],
        body: Option<Value>,
    ) -> Value {
        let mut parts = ids.iter();
        let path: Vec<&str> = template
            .split('/')
            .map(|part| {
                if part.starts_with('{') {
                    *parts.next().expect("an id for each parameter")
                } else {
                    part
                }
            })
            .collect();
        let (path, query) = (path.join("/"), parts.next().copied().unwrap_or_default());
        let mut request = self.bot.request(method.clone(), &format!("{path}{query}"));
        if let Some(body) = &body {
            request = request.json(body);
        }
        let reply = self.bot.send(request).await;
        if let (Some(body), true) = (&body, reply.status.is_success()) {
            self.description.check_request(&method, template, body);
        }
        self.description
            .check(&method, template, reply.status.as_u16(), &reply.body);
        reply.body
    }
}
