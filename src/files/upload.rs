//! [`FilePart`]: a file to upload, and the multipart requests that contain it.
//!
//! Progenitor does not support multipart, so these requests are built here. They are sent like all others.

use std::fmt;
use std::path::PathBuf;

use bytes::Bytes;
use http::Method;
use serde::Serialize;

use crate::files::stream::FileStream;
use crate::requests::Requests;
use campfire_transport::request::{Draft, RequestBuilder};

/// A file to upload: its name, its media type, and its content.
///
/// ```
/// let part = campfire::FilePart::from_bytes("receipt.pdf", "%PDF-1.7 …".as_bytes().to_vec());
/// assert_eq!(part.file_name(), "receipt.pdf");
/// assert_eq!(part.content_type(), "application/pdf");
/// ```
#[derive(Clone)]
pub struct FilePart {
    name: String,
    content_type: String,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Bytes(Bytes),
    Path(PathBuf),
}

impl FilePart {
    /// Creates a part from memory. The media type follows from the extension of the name.
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let name = name.into();
        let content_type = content_type(&name);
        Self { name, content_type, content: Content::Bytes(bytes.into()) }
    }

    /// Creates a part from a file on disk, which is opened and streamed when the request is sent. Name and media type follow
    /// from the path.
    pub fn from_path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let content_type = content_type(&name);
        Self { name, content_type, content: Content::Path(path) }
    }

    /// Sets the file name.
    #[must_use]
    pub fn with_file_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the media type.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = content_type.into();
        self
    }

    /// Returns the file name.
    pub fn file_name(&self) -> &str {
        &self.name
    }

    /// Returns the media type.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    async fn part(&self) -> Result<reqwest::multipart::Part, String> {
        let part = match &self.content {
            Content::Bytes(bytes) => reqwest::multipart::Part::stream_with_length(bytes.clone(), bytes.len() as u64),
            Content::Path(path) => {
                let file = FileStream::open(path)
                    .await
                    .map_err(|error| format!("the file {} cannot be read: {error}", path.display()))?;
                let length = file.remaining;
                reqwest::multipart::Part::stream_with_length(reqwest::Body::wrap_stream(file), length)
            }
        };
        // As browsers write them: reqwest escapes quotes, but leaves line breaks in the header.
        let name = self.name.replace('\r', "%0D").replace('\n', "%0A");
        part.file_name(name)
            .mime_str(&self.content_type)
            .map_err(|_| format!("`{}`, set for the file {:?}, is not a media type", self.content_type, self.name))
    }
}

impl fmt::Debug for FilePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilePart")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}

/// Returns the media type for the extension of a file name.
fn content_type(name: &str) -> String {
    mime_guess::from_path(name).first_or_octet_stream().essence_str().to_owned()
}

/// A multipart request that is being built.
pub(crate) struct Upload {
    request: RequestBuilder,
    texts: Vec<(&'static str, String)>,
    files: Vec<(&'static str, FilePart)>,
}

impl Requests<'_> {
    pub(crate) fn upload(&self, method: Method, path: &str) -> Upload {
        Upload { request: self.client.request(method, path), texts: Vec::new(), files: Vec::new() }
    }
}

impl Upload {
    pub(crate) fn query(self, name: &str, value: impl Serialize) -> Self {
        Self { request: self.request.query(&progenitor_client::QueryParam::new(name, &value)), ..self }
    }

    #[allow(dead_code, reason = "no upload has a text part yet")]
    pub(crate) fn text(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.texts.extend(value.map(|value| (name, value.to_owned())));
        self
    }

    pub(crate) fn file(mut self, name: &'static str, part: Option<&FilePart>) -> Self {
        self.files.extend(part.map(|part| (name, part.clone())));
        self
    }

    async fn build(self) -> Result<Box<reqwest::Request>, String> {
        let mut form = reqwest::multipart::Form::new();
        for (name, value) in self.texts {
            form = form.text(name, value);
        }
        for (name, file) in self.files {
            form = form.part(name, file.part().await?);
        }
        self.request.multipart(form).build().map(Box::new).map_err(|error| error.to_string())
    }
}

/// A file on disk is opened again for each attempt.
impl From<Upload> for Draft<'_> {
    fn from(upload: Upload) -> Self {
        Self::Pending(Box::pin(upload.build()))
    }
}
