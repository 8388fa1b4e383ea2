//! Replays `fuzz/seeds` through the same code as the fuzz targets: initial inputs, and inputs that once failed.
//! `cargo xtask fuzz --minutes N` searches for more.

#[test]
fn every_seed_passes() {
    for (name, target) in campfire::fuzz::TARGETS {
        let folder = format!("{}/fuzz/seeds/{name}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder}: {error}"));
        let mut replayed = 0;
        for file in files {
            let path = file.unwrap().path();
            // Captured; names the seed when the test fails.
            println!("{}", path.display());
            target(&std::fs::read(&path).unwrap());
            replayed += 1;
        }
        assert!(replayed > 5, "{folder} has only {replayed} files");
    }
}
