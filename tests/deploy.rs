//! The deployments to copy (`examples/deploy`) hang together: what they mount passes `usher check`
//! as it is mounted, and the orchestrator's patience is longer than usher's.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use regex::Regex;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/deploy")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(examples().join(path)).unwrap()
}

/// The text without what stands behind `#`.
fn uncommented(text: &str) -> String {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

fn found<'t>(text: &'t str, pattern: &str) -> Vec<&'t str> {
    let pattern = Regex::new(pattern).unwrap();
    pattern.captures_iter(text).map(|found| found.get(1).unwrap().as_str()).collect()
}

fn seconds(text: &str, pattern: &str) -> u64 {
    found(text, pattern)[0].parse().unwrap()
}

/// An installation as it is mounted: these files, the example's rules, and every secret that
/// `usher.toml` names.
fn installed(config: &str, place: &str, rules: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(place);
    let folder = file.parent().unwrap();
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(&file, config).unwrap();
    std::fs::create_dir(dir.path().join("rules")).unwrap();
    std::fs::write(dir.path().join("rules/shop.toml"), rules).unwrap();
    std::fs::create_dir(dir.path().join("secrets")).unwrap();
    for secret in found(config, r#"file = "([^"]+)""#) {
        std::fs::write(folder.join(secret), format!("the {secret}")).unwrap();
    }
    dir
}

#[test]
fn what_is_mounted_passes_the_check_without_a_warning() {
    let rules = text("kubernetes/rules/shop.toml");
    for (source, place) in [
        ("kubernetes/config/usher.toml", "config/usher.toml"),
        ("systemd/usher.toml", "usher.toml"),
    ] {
        let dir = installed(&text(source), place, &rules);
        let mut usher = Command::new(env!("CARGO_BIN_EXE_usher"));
        let output = usher.arg("check").arg(dir.path().join(place)).output().unwrap();
        let [out, err] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
        let said = format!("{out}{err}");
        assert!(output.status.success() && !said.contains("warning"), "{source}: {said}");
    }
}

#[test]
fn nobody_loses_patience_before_usher_has_drained() {
    let drain = r#"drain\s+= "(\d+)s""#;
    let linger = r#"linger\s*= "(\d+)s""#;
    let unit = text("systemd/usher.service");
    let pod = text("kubernetes/statefulset.yaml");
    for (config, patience) in [
        (
            text("kubernetes/config/usher.toml"),
            seconds(&pod, r"terminationGracePeriodSeconds: (\d+)"),
        ),
        (text("systemd/usher.toml"), seconds(&unit, r"TimeoutStopSec=(\d+)")),
    ] {
        assert!(seconds(&config, drain) + 5 <= patience, "{config}");
        assert!(seconds(&config, linger) * 2 <= seconds(&config, drain), "{config}");
    }
}

#[test]
fn names_and_ports_are_the_same_on_both_sides() {
    let config = text("kubernetes/config/usher.toml");
    let pod = uncommented(&text("kubernetes/statefulset.yaml"));
    let ports = found(&config, r#""0\.0\.0\.0:(\d+)""#);
    assert_eq!(ports, found(&pod, r"containerPort: (\d+)"));
    let mut named = found(&config, r#"secrets/([a-z-]+)""#);
    let secret = text("kubernetes/secret.example.yaml");
    let mut given = found(&secret, r"(?m)^  ([a-z-]+): CHANGE-ME$");
    named.sort_unstable();
    given.sort_unstable();
    assert_eq!(named, given);
    assert!(!pod.contains("subPath"), "a single mounted file does not follow a change");
    assert!(pod.contains("replicas: 1\n"), "the embedded store belongs to one process");
    let command = found(&pod, r"args: \[run, --config, ([^\]]+)\]");
    let container = text("container/Containerfile");
    assert_eq!(command, found(&container, r#""--config", "([^"]+)""#));
    assert!(found(&pod, r"mountPath: (\S+), readOnly").contains(&"/etc/usher/config"));
    for file in found(&text("kubernetes/kustomization.yaml"), r"(?m)^\s+- (\S+\.(?:yaml|toml))$") {
        assert!(examples().join("kubernetes").join(file).is_file(), "{file}");
    }
}
