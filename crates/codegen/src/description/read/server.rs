//! Reads the server, and how requests carry the API key.

use campfire_sandbox_model::ApiKey;

use super::reader::Reader;
use crate::description::extension;
use crate::description::node::Node;
use crate::description::spec::Server;

impl Reader<'_> {
    pub(super) fn server(&mut self) -> Server {
        let root = Node { value: self.root(), pointer: String::new() };
        Server { url: self.url(&root), key: self.key(&root).unwrap_or_default() }
    }

    /// Reads the URL of the first server.
    fn url(&mut self, root: &Node<'_>) -> Option<String> {
        let server = root.items("servers").next()?;
        let url = server.text("url");
        let is_absolute = url.starts_with("https://") || url.starts_with("http://");
        if is_absolute && !url.contains('{') {
            return Some(url.to_owned());
        }
        let help = "write the whole URL of a server, such as `https://api.example.com`";
        self.problem(&server.pointer, format!("`{url}` is not an absolute URL without variables"), help)
    }

    /// Reads the first security requirement that consists of an API key.
    fn key(&mut self, root: &Node<'_>) -> Option<ApiKey> {
        let mut requirements = root.items("security").peekable();
        requirements.peek()?;
        let schemes: Vec<_> =
            root.child("components").into_iter().flat_map(|all| all.members("securitySchemes")).collect();
        let keys = requirements.filter_map(|requirement| {
            let mut names = requirement.value.as_object()?.keys();
            let name = names.next().filter(|_| names.next().is_none())?;
            api_key(&schemes.iter().find(|(known, _)| known == name)?.1)
        });
        if let Some(key) = { keys }.next() {
            return Some(key);
        }
        let help = "use an API key in a header (`type: apiKey`, `in: header`) or `type: http`, `scheme: bearer`";
        self.problem("/security", "no security requirement that the client can meet", help)
    }
}

fn api_key(scheme: &Node<'_>) -> Option<ApiKey> {
    match (scheme.text("type"), scheme.text("in"), scheme.text("scheme").to_lowercase().as_str()) {
        ("http", _, "bearer") => Some(ApiKey::default()),
        ("apiKey", "header", _) => {
            let header = scheme.text("name").to_lowercase();
            let is_name = |name: &str| {
                name.chars().all(|character| character.is_ascii_alphanumeric() || "-_".contains(character))
            };
            let prefix = scheme.word(extension::KEY_PREFIX).map(|word| format!("{word} ")).unwrap_or_default();
            (!header.is_empty() && is_name(&header)).then_some(ApiKey { header, prefix })
        }
        _ => None,
    }
}
