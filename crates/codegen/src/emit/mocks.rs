//! Typed mocks: for each operation, a way to expect a request and to say its answer.
//!
//! Progenitor's own httpmock output knows no answers here, since the lowered description declares none; and its types are
//! kept out of the public API. The handwritten half is `src/mock.rs`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::description::names;
use crate::description::spec::{Api, Operation};
use crate::emit::docs;
use crate::emit::facade;
use crate::emit::forms::{Form, Forms};

/// Rust source of the expectations, and of the trait that begins them.
pub fn generate(api: &Api, forms: &Forms<'_>) -> String {
    let (mut source, mut methods, mut bodies) = (String::new(), String::new(), String::new());
    for operation in &api.operations {
        let ident = operation.id.replace('.', "_");
        let name = format!("{}When", names::pascal(&ident));
        when(&mut source, forms, operation, &name);
        let answer = facade::answer(forms, operation);
        docs::write(&mut methods, 4, &format!("Mocks `{}`: {}", operation.id, operation.summary));
        let signature = format!(
            "fn {ident}(&self, mock: impl FnOnce({name}, crate::mock::Then<{answer}>)) -> crate::mock::Mock<'_>"
        );
        let _ = writeln!(methods, "    {signature};");
        let _ = writeln!(
            bodies,
            "    {signature} {{\n        self.mock(|when, then| {{\n            let when = crate::mock::begin(when, {:?}, {:?});\n            \
             mock({name}(when), crate::mock::Then::new(then, {:?}));\n        }})\n    }}",
            operation.method,
            operation.path,
            operation.statuses.first().and_then(|status| status.parse::<u16>().ok()).unwrap_or(200),
        );
    }
    let _ = write!(
        source,
        "/// A method for each operation, on a `MockServer`.\npub trait Mocks {{\n{methods}}}\n\n\
         impl Mocks for crate::mock::MockServer {{\n{bodies}}}\n"
    );
    source
}

/// What a request of an operation can be expected to have.
fn when(source: &mut String, forms: &Forms<'_>, operation: &Operation, name: &str) {
    docs::write(
        source,
        0,
        &format!("What is expected of a request to `{}`. What is not said may be anything.", operation.id),
    );
    let _ = writeln!(source, "pub struct {name}(crate::mock::When);\n\nimpl {name} {{");
    let mut taken: BTreeSet<String> = BTreeSet::from(["body".to_owned(), "and".to_owned()]);
    for parameter in &operation.path_parameters {
        taken.insert(parameter.rust_name.clone());
        docs::write(source, 4, &format!("This `{}` in the path.", parameter.name));
        let _ = writeln!(
            source,
            "    pub fn {}(self, id: impl std::fmt::Display) -> Self {{\n        Self(crate::mock::path(self.0, {:?}, {:?}, &id))\n    }}",
            names::escaped(&parameter.rust_name),
            operation.path,
            parameter.name
        );
    }
    for parameter in operation.query.iter().filter(|parameter| !parameter.omit) {
        if !taken.insert(parameter.rust_name.clone()) {
            continue;
        }
        docs::write(source, 4, &format!("This value of `{}` in the query.", parameter.name));
        let _ = writeln!(
            source,
            "    pub fn {}(self, value: impl std::fmt::Display) -> Self {{\n        Self(self.0.query_param({:?}, value.to_string()))\n    }}",
            names::escaped(&parameter.rust_name),
            parameter.name
        );
    }
    if let Some(body) = operation.body.as_ref().filter(|body| !body.multipart) {
        let form = if operation.method == "PATCH" { Form::Update } else { Form::Create };
        docs::write(source, 4, "This body, and no other member in it.");
        let _ = writeln!(
            source,
            "    pub fn body(self, body: &{}) -> Self {{\n        Self(self.0.json_body_obj(body))\n    }}",
            forms.body_type(&body.ty, form)
        );
    }
    docs::write(source, 4, "Whatever else `httpmock` can expect.");
    let _ = writeln!(
        source,
        "    pub fn and(self, expect: impl FnOnce(crate::mock::When) -> crate::mock::When) -> Self {{\n        Self(expect(self.0))\n    }}\n}}\n"
    );
}
