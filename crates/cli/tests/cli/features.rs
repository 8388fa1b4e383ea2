//! Commands of cargo features, present and absent.

use crate::support::Runner;

const COMMANDS: [(&str, &str, bool); 5] = [
    ("copy", "copy", cfg!(feature = "copy")),
    ("verify", "copy", cfg!(feature = "copy")),
    ("import", "import", cfg!(feature = "import")),
    ("mcp", "mcp", cfg!(feature = "mcp")),
    ("sandbox", "sandbox", cfg!(feature = "sandbox")),
];

#[tokio::test]
async fn a_command_that_is_absent_names_its_feature() {
    let runner = Runner::new();
    let help = runner.run(&["--help"]).await;
    for (command, feature, is_present) in COMMANDS {
        assert_eq!(help.ok().contains(&format!("\n  {command} ")), is_present, "{command}: {}", help.text());
        for arguments in [&[command, "--help"][..], &["--output", "csv", command, "--help"]] {
            let ran = runner.run(arguments).await;
            if is_present {
                assert!(ran.ok().contains("Usage: campfire"), "{command}: {}", ran.text());
            } else {
                ran.fails(2, &format!("without `campfire {command}`: install it with"));
                assert!(ran.err.contains(&format!("--features {feature}")), "{}", ran.err);
            }
        }
        if !is_present {
            runner.run(&[command, "place", "--to=x", "-y"]).await.fails(2, "built without");
        }
    }
}
