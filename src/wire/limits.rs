//! The documented limits of request fields, validated before anything is sent.

/// Implements [`Check`](campfire_values::limits::Check) for a generated struct from the table of its limits.
macro_rules! check {
    ($name:ident { $($field:ident = $key:literal: [$($limit:ident($least:expr, $most:expr)),*],)* }) => {
        impl ::campfire_values::limits::Check for $name {
            #[allow(deprecated, unused_imports)]
            fn inside(&self, visit: &mut ::campfire_values::limits::Visit<'_>) {
                use ::campfire_values::limits::Step;
                $(visit(Step::Key($key), const { &[$(::campfire_values::limits::Limit::$limit($least, $most)),*] }, &self.$field);)*
            }
        }
    };
}

pub(crate) use check;
