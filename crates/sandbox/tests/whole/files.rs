//! Uploaded files, and what else a create operation takes from its query.

use campfire_values::Json;

use crate::support::{Server, json};

const BILLS: &str = "/coa/api/v1/bill/";

#[tokio::test]
async fn an_uploaded_file_is_attached_to_its_record() {
    let server = Server::start().await;
    let body = r#"{"entity": 1, "vendor": 7, "bill_number": "B", "bill_date": "2026-03-01", "due_date": "2026-03-31", "lines": []}"#;
    let bill = server.ok("POST", BILLS, body).await;
    assert_eq!(bill["attachments"], json("[]"));
    let id = &bill["id"];
    let file = server.upload(&format!("model=bill&object_id={id}")).await.body;
    assert_eq!((&file["model"], &file["object_id"]), (&Json::from("bill"), id));
    // Neither a file of another kind of record with this id, nor a loose one.
    server.upload(&format!("model=contract&object_id={id}")).await;
    let loose = server.upload("model=bill").await.body;
    let attached = async || {
        let bill = server.ok("GET", &format!("{BILLS}{id}/"), "").await;
        let ids = bill["attachments"].as_array().unwrap().iter().map(|file| file["id"].clone());
        ids.collect::<Vec<Json>>()
    };
    assert_eq!(attached().await, [file["id"].clone()]);
    server.ok("PATCH", &format!("/ca/api/file/{}", loose["id"]), &format!(r#"{{"object_id": {id}}}"#)).await;
    assert_eq!(attached().await, [file["id"].clone(), loose["id"].clone()]);
    server.ok("DELETE", &format!("/ca/api/file/{}", file["id"]), "").await;
    assert_eq!(attached().await, [loose["id"].clone()]);
    assert_eq!(server.upload("model=bill&object_id=-1").await.status, 400);
    let invalid = server.upload("model=bill&object_id=seven").await;
    assert_eq!((invalid.status, &invalid.body["object_id"]), (400, &json(r#"["A valid integer is required."]"#)));
}

#[tokio::test]
async fn a_custom_field_belongs_to_the_kind_of_record_in_the_query() {
    let server = Server::start().await;
    let body = r#"{"name": "region", "label": "Region", "field_type": "text"}"#;
    let field = server.ok("POST", "/ca/api/v1/custom-fields?app=coa&model=invoice", body).await;
    assert_eq!((&field["app"], &field["model"]), (&Json::from("coa"), &Json::from("invoice")));
    let count = async |model: &str| {
        let path = format!("/ca/api/v1/custom-fields?app=coa&model={model}");
        server.ok("GET", &path, "").await["count"].as_i64()
    };
    assert_eq!((count("invoice").await, count("bill").await), (Some(1), Some(0)));
}
