//! What the fuzzer began with and what it once broke on passes: `fuzz/seeds`, through the same code as the targets.
//! `cargo xtask fuzz --minutes N` searches for more.

#![cfg(feature = "__fuzz")]

#[test]
fn the_corpus_passes() {
    for (name, target) in campfire::fuzz::TARGETS {
        let folder = format!("{}/fuzz/seeds/{name}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder}: {error}"));
        let mut replayed = 0;
        for file in files {
            let path = file.unwrap().path();
            // Shown with the output of a failing test.
            println!("{}", path.display());
            target(&std::fs::read(&path).unwrap());
            replayed += 1;
        }
        assert!(replayed > 5, "{folder} has {replayed} files");
    }
}
