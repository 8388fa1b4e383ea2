#![doc = include_str!("ids.md")]

include!(concat!(env!("OUT_DIR"), "/ids.rs"));
