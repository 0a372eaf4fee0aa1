//! A small client of the HTTP API, for the appliance that runs on the owner's data directory.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use homemaid_app::{Runtime, data_dir};
use reqwest::Method;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;

/// Longest time one request may take; installing compiles the plugin in a worker first.
const REQUEST_SECONDS: u64 = 180;

pub(crate) struct Client {
    http: reqwest::Client,
    runtime: Runtime,
}

impl Client {
    /// Finds the running appliance.
    pub(crate) fn find(dir: Option<PathBuf>) -> anyhow::Result<Self> {
        let runtime = Runtime::find(&data_dir(dir)?)?;
        // The appliance is on loopback: a proxy of the environment would only see what is none of its business.
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(REQUEST_SECONDS))
            .build()?;
        Ok(Self { http, runtime })
    }

    /// Sends a request with an optional JSON body; the answer is JSON or null.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Value> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        Self::answer(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, path, None).await
    }

    /// Asks with a query, whose values may be any text.
    pub(crate) async fn get_with(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<Value> {
        Self::answer(self.request(Method::GET, path).query(query)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        self.send(Method::POST, path, body).await
    }

    /// Writes what the appliance answers into a file.
    pub(crate) async fn download(&self, path: &str, to: &Path) -> anyhow::Result<()> {
        let mut response = self.request(Method::GET, path).send().await?;
        if !response.status().is_success() {
            let body: Value = serde_json::from_str(&response.text().await?).unwrap_or(Value::Null);
            bail!("{}", body["error"].as_str().unwrap_or("the appliance refused"));
        }
        let mut file = tokio::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(to)
            .await
            .with_context(|| format!("could not create {}", to.display()))?;
        while let Some(piece) = response.chunk().await.context("the answer broke off")? {
            file.write_all(&piece).await?;
        }
        file.sync_all().await?;
        Ok(())
    }

    /// Uploads a plugin zip.
    pub(crate) async fn upload(&self, name: String, zip: Vec<u8>) -> anyhow::Result<Value> {
        let part = reqwest::multipart::Part::bytes(zip)
            .file_name(name)
            .mime_str("application/zip")?;
        let form = reqwest::multipart::Form::new().part("zip", part);
        Self::answer(self.request(Method::POST, "/api/plugins").multipart(form)).await
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.runtime.url))
            .bearer_auth(&self.runtime.token)
    }

    async fn answer(request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
        let response = request
            .send()
            .await
            .context("the appliance did not answer; is it stopping?")?;
        let (status, text) = (response.status(), response.text().await?);
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap_or(Value::Null)
        };
        if !status.is_success() {
            match body.get("error").and_then(Value::as_str) {
                Some(error) => bail!("{error}"),
                None => bail!("the appliance answered {status}"),
            }
        }
        Ok(body)
    }
}
