//! The JSON form of the model.

use campfire_sandbox_model::{Action, Approval, Bound, DocumentKind, Effect, Field, FieldPath, Model, SumTerm, Type};
use serde_json::{from_value, json, to_value};

#[test]
fn a_model_survives_a_round_trip() {
    let json = json!({
        "operations": [
            {
                "id": "invoices.void",
                "method": "POST",
                "path": "/invoices/{id}/void",
                "status": 200,
                "response": {"kind": "value", "type": {"object": "Invoice"}},
                "query": ["notify"],
                "body": {"type": {"map": "json"}, "required": true},
                "effect": {"do": "void", "set": {"memo": "$memo"}, "records": {"of": "bills", "where": {"a": [1]}}},
                "approval": "draft"
            },
            {"id": "files.read", "method": "GET", "path": "/f", "status": 200, "response": {"kind": "bytes", "media": "text/csv"}, "safe": true}
        ],
        "schemas": {
            "Invoice": [
                {"name": "id", "type": "integer", "identity": true},
                {"name": "name", "type": "string", "derived": "client.name", "max_length": 3},
                {
                    "name": "due",
                    "type": "decimal",
                    "minimum": {"value": "0", "exclusive": true},
                    "sum": ["-total", {"of": "amount", "in": "invoices.payments", "by": "invoice", "minus": true}]
                },
                {"name": "payments", "type": {"list": {"object": "Payment"}}, "collects": "invoices.payments.invoice"}
            ]
        },
        "enums": {"Status": ["open"]},
        "documents": {"Invoice": "invoice"},
        "key": {"header": "x-api-key"}
    });
    let model: Model = from_value(json.clone()).unwrap();
    assert_eq!(to_value(&model).unwrap(), json);

    let void = &model.operations[0];
    assert_eq!((void.resource(), void.name()), ("invoices", "void"));
    assert!(void.takes("notify") && !void.takes("limit"));
    assert_eq!((void.effect.action, void.approval), (Some(Action::Void), Approval::Draft));
    assert_eq!(model.documents["Invoice"], DocumentKind::Invoice);
    let fields = &model.schemas["Invoice"];
    assert_eq!(fields[1].derived, Some(FieldPath { owner: "client".into(), field: "name".into() }));
    assert_eq!(fields[2].minimum, Some(Bound { value: "0".into(), exclusive: true }));
    assert!(
        matches!(&fields[2].sum[..], [SumTerm::Own(own), SumTerm::Related(other)] if own == "-total" && other.minus)
    );
    assert_eq!(fields[3].collects.as_ref().unwrap().owner, "invoices.payments");
    assert_eq!(fields.iter().map(Field::is_computed).collect::<Vec<_>>(), [false, true, true, false]);
    assert_eq!(fields[3].ty, Type::List(Box::new(Type::Object("Payment".into()))));
}

#[test]
fn words_are_spelled_as_in_their_list() {
    for action in Action::ALL {
        assert_eq!(to_value(action).unwrap(), action.as_str());
    }
    for kind in DocumentKind::ALL {
        assert_eq!(to_value(kind).unwrap(), kind.to_string());
    }
    for approval in Approval::ALL {
        assert_eq!(from_value::<Approval>(approval.as_str().into()).unwrap(), *approval);
    }
}

#[test]
fn misspellings_are_refused_with_the_known_words() {
    let error = from_value::<Effect>(json!({"do": "magic"})).unwrap_err().to_string();
    assert!(error.contains("`magic`") && error.contains("`allocate`") && error.contains("`void_payment`"), "{error}");
    let error = from_value::<Effect>(json!({"vanish": true})).unwrap_err().to_string();
    assert!(error.contains("`vanish`") && error.contains("`copy`"), "{error}");
    assert!(from_value::<SumTerm>(json!({"in": "entries"})).is_err());
    assert!(from_value::<SumTerm>(json!({"of": "a", "in": "b", "by": "c", "less": true})).is_err());
    for text in ["amount", ".amount", "lines."] {
        assert!(from_value::<FieldPath>(text.into()).is_err(), "{text}");
    }
}
