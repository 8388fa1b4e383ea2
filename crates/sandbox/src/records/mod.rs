//! Records between bodies and the store: checking what is sent, storing it, and showing it.

pub(crate) mod computed;
pub(crate) mod deleted;
pub(crate) mod document_fields;
pub(crate) mod form;
pub(crate) mod key;
pub(crate) mod ledger_value;
pub(crate) mod placeholder;
pub(crate) mod shown;
mod surprise;
pub(crate) mod unmodelled;
pub(crate) mod validate;
pub(crate) mod view;
pub(crate) mod write;
