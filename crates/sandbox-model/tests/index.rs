//! Finding fields, records, and the operation of a path.

use campfire_sandbox_model::{Index, Model};
use serde_json::{from_value, json};

fn index() -> Index {
    let operation = |id: &str, path: &str| json!({"id": id, "method": "GET", "path": path, "status": 200, "response": {"kind": "nothing"}});
    let model: Model = from_value(json!({
        "operations": [
            operation("books.list", "/books/"),
            operation("books.retrieve", "/books/{isbn}/"),
            operation("books.pages.retrieve", "/books/{book}/pages/{id}"),
        ],
        "schemas": {"Book": [{"name": "isbn", "type": "string"}, {"name": "pages", "type": "integer"}]},
        "enums": {"Status": ["open"]}
    }))
    .unwrap();
    Index::new(model)
}

#[test]
fn paths_fit_the_template_of_their_operation() {
    let index = index();
    let fitting = |path: &'static str| {
        let operations = index.operations().iter();
        let found = operations.filter_map(|operation| Some((operation.id.as_str(), operation.parameters(path)?)));
        found.collect::<Vec<_>>()
    };
    assert_eq!(fitting("/books"), [("books.list", vec![])]);
    assert_eq!(fitting("/books/7"), [("books.retrieve", vec![("isbn", "7")])]);
    assert_eq!(fitting("/books/7/pages/8/"), [("books.pages.retrieve", vec![("book", "7"), ("id", "8")])]);
    for path in ["/", "/book", "/books/7/pages", "/books//pages/8/9", "/books/7/lines/8"] {
        assert_eq!(fitting(path), [], "{path}");
    }
}

#[test]
fn records_and_fields_are_found() {
    let index = index();
    assert_eq!(index.resource_at("/books/{id}"), Some("books"));
    assert_eq!(index.resource_at("/books/{a}/pages/{b}"), Some("books.pages"));
    assert_eq!(index.resource_at("/books"), None);
    assert!(index.field("Book", "pages").is_some() && index.field("Book", "title").is_none());
    assert_eq!((index.fields("Book").len(), index.fields("Page").len()), (2, 0));
    assert_eq!((index.enum_values("Status"), index.enum_values("State")), (&["open".to_owned()][..], &[][..]));
}
