//! Walks the document: JSON nodes that know their pointer, and the operations, parameters, and schemas among them.

use serde_json::Value;

use crate::description::yaml::push_pointer;

/// The HTTP methods that a path may have.
pub const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// A node of the document.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// The node.
    pub value: &'a Value,
    /// The JSON pointer to it; for a node that was reached through a `$ref`, to the reference.
    pub pointer: String,
}

/// An operation, before its meaning is read.
#[derive(Clone, Debug)]
pub struct OperationNode<'a> {
    /// The path template.
    pub path: &'a str,
    /// The HTTP method in lower case.
    pub method: &'static str,
    /// The operation object.
    pub node: Node<'a>,
}

impl<'a> Node<'a> {
    /// Returns the pointer of a child, which need not exist.
    pub fn at(&self, key: &str) -> String {
        let mut pointer = self.pointer.clone();
        push_pointer(&mut pointer, key);
        pointer
    }

    /// Returns a child.
    pub fn child(&self, key: &str) -> Option<Node<'a>> {
        Some(Node { value: self.value.get(key)?, pointer: self.at(key) })
    }

    /// Returns a string below the node, if there is one.
    pub fn word(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    /// Returns a string below the node without surrounding space, or the empty string.
    pub fn text(&self, key: &str) -> &'a str {
        self.word(key).unwrap_or_default().trim()
    }

    /// Returns a flag below the node; `false` if it is absent.
    pub fn flag(&self, key: &str) -> bool {
        flag(self.value, key)
    }

    /// Returns the members of an object below the node.
    pub fn members(&self, key: &str) -> impl Iterator<Item = (&'a str, Node<'a>)> + use<'a> {
        let parent = self.at(key);
        members(self.value.get(key)).map(move |(name, value)| {
            let mut pointer = parent.clone();
            push_pointer(&mut pointer, name);
            (name, Node { value, pointer })
        })
    }

    /// Returns the items of an array below the node.
    pub fn items(&self, key: &str) -> impl Iterator<Item = Node<'a>> + use<'a> {
        let parent = self.at(key);
        let items = self.value.get(key).and_then(Value::as_array).into_iter().flatten().enumerate();
        items.map(move |(index, value)| Node { value, pointer: format!("{parent}/{index}") })
    }

    /// Returns the strings of an array below the node.
    pub fn strings(&self, key: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.value.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// Returns a property of the JSON body of an operation.
    pub fn body_property(&self, root: &'a Value, name: &str) -> Option<Node<'a>> {
        let body = self.child("requestBody")?.resolved(root);
        let schema = body.child("content")?.child("application/json")?.child("schema")?;
        schema.resolved(root).child("properties")?.child(name)
    }

    /// Returns the properties of the JSON object that an operation responds with.
    pub fn response_properties(&self, root: &'a Value) -> Option<Node<'a>> {
        let response = self.child("responses")?.child("200")?.resolved(root);
        let schema = response.child("content")?.child("application/json")?.child("schema")?;
        schema.resolved(root).child("properties")
    }

    /// Follows a `$ref` once and keeps the pointer of the reference.
    pub fn resolved(self, root: &'a Value) -> Self {
        let target = self.word("$ref").and_then(|target| root.pointer(target.trim_start_matches('#')));
        Self { value: target.unwrap_or(self.value), ..self }
    }
}

impl<'a> OperationNode<'a> {
    /// Returns the parameters, with references resolved.
    pub fn parameters(&self, root: &'a Value) -> impl Iterator<Item = Node<'a>> + use<'a> {
        self.node.items("parameters").map(move |parameter| parameter.resolved(root))
    }

    /// Returns the names of the placeholders in the path.
    pub fn placeholders(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
    }
}

/// Returns the operations of a document, in its order.
pub fn operations(root: &Value) -> impl Iterator<Item = OperationNode<'_>> {
    let paths = Node { value: root, pointer: String::new() }.members("paths");
    paths.flat_map(|(path, item)| {
        METHODS.into_iter().filter_map(move |method| {
            let node = item.child(method)?;
            Some(OperationNode { path, method, node })
        })
    })
}

/// Returns the tags of a document, in its order.
pub fn tags(root: &Value) -> impl Iterator<Item = Node<'_>> {
    let tags = root.get("tags").and_then(Value::as_array).into_iter().flatten().enumerate();
    tags.map(|(index, value)| Node { value, pointer: format!("/tags/{index}") })
}

/// Returns the component schemas of a document by name, in its order.
pub fn schemas(root: &Value) -> impl Iterator<Item = (&str, Node<'_>)> {
    let components = Node { value: root.get("components").unwrap_or(&Value::Null), pointer: "/components".to_owned() };
    components.members("schemas")
}

/// Returns the members of an object; nothing for any other value.
pub fn members(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

/// Returns a flag of an object; `false` if it is absent.
pub(crate) fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}
