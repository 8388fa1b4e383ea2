//! Provides the generated sources. The packed crate contains them, so that its users do not compile the generator. With the
//! feature `codegen`, they are generated from `openapi/` instead, as in the repository.

#[cfg(feature = "codegen")]
#[path = "generate.rs"]
mod source;
#[cfg(not(feature = "codegen"))]
#[path = "provide.rs"]
mod source;

fn main() {
    source::main();
}
