//! Sending recorded requests to the sandbox.

use anyhow::{Context, Result};
use campfire_values::Json;
use url::form_urlencoded;

use crate::compare::ids::Ids;
use crate::model::api::Api;
use crate::model::route::Route;
use crate::session::exchange::{Content, Exchange};

/// A client of the sandbox.
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    /// The name and the value of the header with the API key.
    key: (String, String),
}

/// What the sandbox responds.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Option<Json>,
}

impl Client {
    pub(crate) fn new(api: &Api, url: &str, key: &str) -> Result<Self> {
        // It fails if the process has a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().context("cannot send requests")?;
        let (header, prefix) = api.key_header();
        Ok(Client { http, url: url.to_owned(), key: (header.to_owned(), format!("{prefix}{key}")) })
    }

    /// Sends a recorded request with the ids of the sandbox.
    pub(crate) async fn send(&self, api: &Api, ids: &Ids, route: &Route<'_>, recorded: &Exchange) -> Result<Reply> {
        let method = http::Method::from_bytes(recorded.method.as_bytes())?;
        let url = format!("{}{}?{}", self.url, path(ids, route, &recorded.path), query(api, ids, &recorded.query));
        let mut request = self.http.request(method, url.trim_end_matches('?')).header(&self.key.0, &self.key.1);
        if let Some(key) = &recorded.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if let Content::Json(body) = &recorded.request {
            let ty = route.operation.body.as_ref().map(|body| &body.ty);
            let body = ids.own_body(api, ty, body).to_string();
            request = request.header(http::header::CONTENT_TYPE, "application/json").body(body);
        }
        let response = request.send().await.context("the sandbox does not respond")?;
        let status = response.status().as_u16();
        let body = response.bytes().await.context("the sandbox does not respond")?;
        Ok(Reply { status, body: Json::from_slice(&body).ok() })
    }
}

fn path(ids: &Ids, route: &Route<'_>, recorded: &str) -> String {
    let trimmed = recorded.trim_matches('/');
    let segments = trimmed.split('/').zip(&route.ids).map(|(segment, resource)| match resource {
        Some(resource) => ids.own_text(resource, segment),
        None => segment.to_owned(),
    });
    let path = segments.collect::<Vec<_>>().join("/");
    format!("/{path}{}", if recorded.ends_with('/') { "/" } else { "" })
}

fn query(api: &Api, ids: &Ids, recorded: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(recorded.as_bytes()) {
        match api.link(&name) {
            Some(resource) => {
                let values: Vec<String> = value.split(',').map(|id| ids.own_text(resource, id)).collect();
                query.append_pair(&name, &values.join(","));
            }
            None => {
                query.append_pair(&name, &value);
            }
        }
    }
    query.finish()
}
