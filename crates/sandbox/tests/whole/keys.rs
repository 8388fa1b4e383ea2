//! Records that are identified by a string, with the description in `examples/own`.

use std::path::Path;
use std::sync::OnceLock;

use campfire_codegen::Description;
use campfire_codegen::description::spec::Api;
use campfire_codegen::emit::model;
use campfire_sandbox::{ModelSource, Sandbox, Sdk};
use campfire_values::Json;
use http::{Request, header};
use http_body_util::Full;

use crate::support::{Reply, Server, json};

/// The API of a library, without a client.
enum Library {}

impl Sdk for Library {
    type Client = ();
    type Error = std::convert::Infallible;

    fn model() -> &'static ModelSource {
        static SOURCE: OnceLock<ModelSource> = OnceLock::new();
        SOURCE.get_or_init(|| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/own/openapi");
            let description = Description::load(&folder).unwrap();
            let json = model::json(&Api::read(&description).unwrap(), &description.overlay);
            ModelSource::new(Box::leak(json.into_boxed_str()))
        })
    }

    fn client(_: &str, _: &str) -> Result<(), Self::Error> {
        Ok(())
    }
}

async fn library() -> Server<Library> {
    Server { sandbox: Sandbox::start().await.unwrap() }
}

async fn call(server: &Server<Library>, method: &str, path: &str, body: &str) -> Reply {
    let request = Request::builder().method(method).uri(path).header(header::HOST, server.host());
    let request =
        request.header("X-Library-Key", server.sandbox.key()).header(header::CONTENT_TYPE, "application/json");
    server.send(request.body(Full::new(body.to_owned().into())).unwrap()).await
}

/// Returns the body of a response with this status.
async fn body(server: &Server<Library>, status: u16, method: &str, path: &str, body: &str) -> Json {
    let reply = call(server, method, path, body).await;
    assert_eq!(reply.status, status, "{method} {path}: {}", reply.body);
    reply.body
}

#[tokio::test]
async fn the_key_is_in_the_header_that_the_description_names() {
    let server = library().await;
    assert_eq!(call(&server, "GET", "/books", "").await.status, 200);
    let request = Request::builder().uri("/books").header(header::HOST, server.host());
    let request = request.header(header::AUTHORIZATION, format!("Token {}", server.sandbox.key()));
    assert_eq!(server.send(request.body(Full::default()).unwrap()).await.status, 401);
}

#[tokio::test]
async fn a_key_is_unique_and_stays() {
    let server = library().await;
    // `a/b c` in a path.
    let (key, path) = ("a/b c", "/books/a%2Fb%20c");
    let book = format!(r#"{{"isbn": "{key}", "title": "Odyssey"}}"#);
    assert_eq!(body(&server, 201, "POST", "/books", &book).await["isbn"], json(r#""a/b c""#));
    let refusal = body(&server, 400, "POST", "/books", &book).await;
    assert!(refusal["isbn"].to_string().contains("already exists"), "{refusal}");
    body(&server, 400, "POST", "/books", r#"{"title": "Nameless"}"#).await;
    body(&server, 200, "PATCH", path, r#"{"title": "Iliad"}"#).await;
    body(&server, 200, "PATCH", path, &book.replace("Odyssey", "Iliad")).await;
    let refusal = body(&server, 400, "PATCH", path, r#"{"isbn": "other"}"#).await;
    assert!(refusal["isbn"].to_string().contains("cannot be changed"), "{refusal}");
    assert_eq!(body(&server, 200, "GET", path, "").await["title"], json(r#""Iliad""#));
    body(&server, 404, "GET", "/books/a", "").await;
    body(&server, 204, "DELETE", path, "").await;
    body(&server, 404, "GET", path, "").await;
    // The number of a record is no key.
    body(&server, 404, "GET", "/books/1", "").await;
    body(&server, 201, "POST", "/books", &book).await;
}

#[tokio::test]
async fn records_below_a_key_belong_to_its_record() {
    let server = library().await;
    for isbn in ["one", "two"] {
        body(&server, 201, "POST", "/books", &format!(r#"{{"isbn": "{isbn}", "title": "T"}}"#)).await;
        let path = format!("/books/{isbn}/reviews");
        let review = body(&server, 201, "POST", &path, r#"{"text": "Good.", "stars": 5}"#).await;
        assert_eq!(review["isbn"], Json::from(isbn));
        let reviews = body(&server, 200, "GET", &path, "").await;
        assert_eq!(reviews.as_array().unwrap().len(), 1, "{reviews}");
    }
}

#[tokio::test]
async fn the_server_assigns_a_key_that_is_read_only() {
    let server = library().await;
    let seeded = server.sandbox.seed("books", json(r#"{"isbn": "one", "title": "T"}"#)).unwrap();
    // A record with the same key is replaced.
    assert_eq!(server.sandbox.seed("books", json(r#"{"isbn": "one", "title": "U"}"#)).unwrap(), seeded);
    let loan = body(&server, 201, "POST", "/loans", r#"{"book": "one", "due": "2026-12-24"}"#).await;
    let number = loan["number"].as_str().unwrap();
    assert_eq!(body(&server, 200, "GET", &format!("/loans/{number}"), "").await, loan);
    let refusal = body(&server, 400, "POST", "/loans", r#"{"book": "two", "due": "2026-12-24"}"#).await;
    assert!(refusal["book"].to_string().contains("does not exist"), "{refusal}");
}
