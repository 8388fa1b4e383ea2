//! Keys and profiles.

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use campfire::sandbox::Sandbox;
use tempfile::TempDir;

use crate::support::Runner;

fn configured(text: &str, mode: u32) -> (TempDir, Runner) {
    let folder = TempDir::new().unwrap();
    let path = write(&folder, "config.toml", text, mode);
    let runner = Runner::new().variable("CAMPFIRE_CONFIG", path.to_str().unwrap());
    (folder, runner)
}

fn write(folder: &TempDir, name: &str, text: &str, mode: u32) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

#[tokio::test]
async fn profiles_name_the_company() {
    let sandbox = Sandbox::start().await.unwrap();
    let other = sandbox.add_tenant("other");
    let (url, key) = (sandbox.url(), sandbox.key());
    let text = format!(
        "default = 'main'\n[profiles.main]\nkey = '{key}'\nbase_url = '{url}'\n\
         [profiles.file]\nkey_file = 'other.key'\nbase_url = '{url}'\n\
         [profiles.keyring]\nkey_command = ['echo', '{key}']\nbase_url = '{url}'\n"
    );
    let (folder, runner) = configured(&text, 0o600);
    write(&folder, "other.key", &format!("{}\n", other.key()), 0o600);
    for _ in 0..2 {
        runner.run(&["departments", "create", "--name", "Sales", "--code", "S"]).await.ok();
    }
    let count = |ran: crate::support::Ran| ran.ok().parse::<campfire::Json>().unwrap()["count"].as_i64();
    assert_eq!(count(runner.run(&["departments", "list"]).await), Some(2));
    assert_eq!(count(runner.run(&["departments", "list", "--profile", "file"]).await), Some(0));
    assert_eq!(count(runner.run(&["--profile=keyring", "departments", "list"]).await), Some(2));
    let by_environment = runner.clone().variable("CAMPFIRE_PROFILE", "file");
    assert_eq!(count(by_environment.run(&["departments", "list"]).await), Some(0));
    // A key in the environment is that of one company; the profile that is named on the command line is another.
    let both = runner.variable("CAMPFIRE_API_KEY", "wrong").variable("CAMPFIRE_BASE_URL", sandbox.url());
    both.run(&["departments", "list"]).await.fails(3, "401");
    assert_eq!(count(both.run(&["departments", "list", "--profile", "main"]).await), Some(2));
}

#[tokio::test]
async fn without_a_usable_account_nothing_is_sent() {
    let (_folder, runner) = configured("[profiles.a]\n", 0o600);
    runner.run(&["departments", "list"]).await.fails(2, "no API key: set CAMPFIRE_API_KEY");
    runner.run(&["departments", "list", "--profile", "a"]).await.fails(2, "needs one of `key`");
    runner.run(&["departments", "list", "--profile", "b"]).await.fails(2, "known profiles: a");
    let (_folder, runner) = configured("[profiles.a]\nkey_command = ['false']\n", 0o600);
    runner.run(&["departments", "list", "--profile", "a"]).await.fails(2, "`key_command` of the profile `a` failed");
}

#[cfg(unix)]
#[tokio::test]
async fn files_that_others_can_read_are_refused() {
    for mode in [0o640, 0o604, 0o666] {
        let (_folder, runner) = configured("[profiles.a]\nkey = 'secret'\n", mode);
        runner.run(&["departments", "list", "--profile", "a"]).await.fails(2, "can be read by other users");
    }
    let (folder, runner) = configured("[profiles.a]\nkey_file = 'a.key'\n", 0o600);
    write(&folder, "a.key", "secret", 0o644);
    runner.run(&["departments", "list", "--profile", "a"]).await.fails(2, "can be read by other users");
}

#[tokio::test]
async fn a_key_is_never_shown() {
    let key = "topsecret-12345";
    let (_folder, runner) = configured(&format!("[profiles.a]\nkey = '{key}' and more\n"), 0o600);
    let ran = runner.run(&["departments", "list", "--profile", "a"]).await;
    ran.fails(2, "line 2: not a valid configuration");
    assert!(!ran.err.contains(key), "{}", ran.err);
    let runner = Runner::new().variable("CAMPFIRE_API_KEY", key).variable("CAMPFIRE_BASE_URL", "http://127.0.0.1:9");
    for arguments in
        [&["departments", "create", "--name", "x", "--code", "x", "--dry-run"][..], &["departments", "list"]]
    {
        for format in ["table", "json"] {
            let ran = runner.run(&[arguments, &["-o", format]].concat()).await;
            assert!(!format!("{} {}", ran.text(), ran.err).contains(key));
        }
    }
}
