//! Links to other pages, which would lead around the proxy.

use bytes::Bytes;
use campfire_values::Json;

/// Returns the body of a page with links that lead to the proxy, and any other body as it is.
pub(crate) fn relinked(body: &Bytes, json: Option<&Json>, upstream: &str, proxy: &str) -> Bytes {
    let Some(Json::Object(page)) = json.filter(|page| page.get("results").is_some()) else { return body.clone() };
    let mut page = page.clone();
    let mut is_changed = false;
    for name in ["next", "previous"] {
        if let Some(link) = page.get_mut(name)
            && let Some(rest) = link.as_str().and_then(|link| link.strip_prefix(upstream))
        {
            *link = Json::from(format!("{proxy}{rest}"));
            is_changed = true;
        }
    }
    if is_changed { Json::Object(page).to_string().into() } else { body.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_proxy_and_nothing_else_changes() {
        let relinked = |body: &'static str| {
            let json = body.parse().ok();
            relinked(&body.into(), json.as_ref(), "https://api.example.com", "http://127.0.0.1:1")
        };
        let page = r#"{"next":"https://api.example.com/a?offset=1","previous":null,"results":[{"n":1.10}]}"#;
        assert_eq!(relinked(page), page.replace("https://api.example.com", "http://127.0.0.1:1"));
        for body in
            [r#"{ "next": "https://api.example.com/" }"#, r#"{ "results": [], "next": "https://other/" }"#, "no"]
        {
            assert_eq!(relinked(body), body);
        }
    }
}
