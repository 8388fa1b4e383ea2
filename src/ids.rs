//! The IDs of records: one type per resource, so that the ID of an account cannot be passed where that of a vendor is wanted.
//!
//! An ID is an integer in JSON, and any integer converts to any ID: setters and calls take `5` as well as `bill.id`. To keep an ID of
//! your own, [`new`](VendorId::new) and [`get`](VendorId::get) convert from and to `i64`. A literal that does not fit into
//! 32 bits needs its type: `5_000_000_000_i64`. The ID of something else does not compile:
//!
//! ```compile_fail,E0277
//! use campfire::ids::{AccountId, VendorId};
//! let vendor: VendorId = AccountId::new(5).into();
//! ```
//!
//! Customers, vendors, and employees are records of one table, so all of them have a [`VendorId`]. Fields whose resource
//! depends on another field, such as `File::object_id`, are plain integers, and so are the IDs of records that no operation
//! lists or retrieves, such as the lines of a bill.

include!(concat!(env!("OUT_DIR"), "/ids.rs"));
