//! What the papers beside the code say is true: README, docs, deploy files, licences.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_poortwachter");

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()))
}

fn run(arguments: &[&str]) -> String {
    let output =
        Command::new(BINARY).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The lines of the first fenced block after `mark`.
fn block_after<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    let rest = text.split_once(mark).unwrap_or_else(|| panic!("no `{mark}`")).1;
    let rest = rest.split_once("```text\n").unwrap().1;
    rest.split_once("\n```").unwrap().0.lines().collect()
}

/// Without what differs from run to run.
fn settled(line: &str) -> String {
    line.split_once("BelGov-Trace-Id: ").map_or(line, |(before, _)| before).trim_end().to_owned()
}

#[test]
fn the_readme_shows_what_the_demo_prints() {
    let readme = read("README.md");
    let printed = run(&["demo", "--once", "--listen", "127.0.0.1:0"]);
    let printed: Vec<String> = printed.lines().map(settled).collect();
    let shown = block_after(&readme, "cargo run --release -- demo");
    assert!(shown.len() > 20);
    for line in shown.into_iter().filter(|line| line.trim() != "…" && !line.is_empty()) {
        assert!(printed.contains(&settled(line)), "the demo does not print: {line}");
    }
}

#[test]
fn the_demo_writes_what_it_promises_and_goes_right() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().to_str().unwrap();
    for _ in 0..2 {
        let status = Command::new(BINARY)
            .args(["demo", "--once", "--listen", "127.0.0.1:0", "--dir", place])
            .output()
            .unwrap()
            .status;
        assert!(status.success(), "twice in one directory, too");
    }
    for file in [
        "gateway.toml",
        "tls/ca.crt",
        "tls/gemeente-demo.crt",
        "tls/nieuw-demo.key",
        "tls/inspectie-demo.key",
    ] {
        assert!(dir.path().join(file).is_file(), "{file}");
    }
    let check =
        Command::new(BINARY).arg("check").arg("--config").arg(dir.path().join("gateway.toml")).output();
    assert!(check.unwrap().status.success());
    for (what, instead, told) in [
        ("gateway.key", "gemeente-demo.key", "do not go together"),
        ("gateway.crt", "gateway.key", "it must be a PEM file with certificates"),
        ("ca.crt", "gateway.key", "it must be a PEM file with certificates"),
    ] {
        let tls = dir.path().join("tls");
        let right = std::fs::read(tls.join(what)).unwrap();
        std::fs::copy(tls.join(instead), tls.join(what)).unwrap();
        let mut check = Command::new(BINARY);
        let check = check.args(["check", "--config"]).arg(dir.path().join("gateway.toml")).output().unwrap();
        let text = String::from_utf8(check.stdout).unwrap();
        assert!(check.status.code() == Some(1) && text.contains(told), "{what}: {text}");
        std::fs::write(tls.join(what), right).unwrap();
    }
}

#[test]
fn the_demo_spares_the_directory_of_a_real_gateway() {
    let dir = tempfile::tempdir().unwrap();
    let mine = dir.path().join("gateway.toml");
    std::fs::write(&mine, "[listener]\n").unwrap();
    let mut demo = Command::new(BINARY);
    demo.args(["demo", "--once", "--listen", "127.0.0.1:0", "--dir"]).arg(dir.path());
    let output = demo.output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("is not the demo's; give --dir a directory of its own"), "{told}");
    assert_eq!(std::fs::read_to_string(&mine).unwrap(), "[listener]\n");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_demo_call_that_goes_wrong_fails_the_demo() {
    let status = Command::new(BINARY)
        .args(["demo", "--once", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:9"])
        .output()
        .unwrap()
        .status;
    assert_eq!(status.code(), Some(1));
}

#[test]
fn the_explanation_in_the_readme_is_what_explain_says() {
    let readme = read("README.md");
    let (_, rest) = readme.split_once("$ poortwachter explain ").unwrap();
    let (command, rest) = rest.split_once('\n').unwrap();
    let shown = rest.split_once("\n```").unwrap().0;
    let arguments: Vec<&str> = ["explain"].into_iter().chain(command.split_whitespace()).collect();
    assert_eq!(run(&arguments).trim_end(), shown);
}

/// Every flag of every `poortwachter VERB …` line in the papers stands in that verb's help.
#[test]
fn every_command_in_the_papers_exists_with_its_flags() {
    let mut seen = BTreeSet::new();
    for paper in [
        "README.md",
        "docs/operations.md",
        "config/gateway.toml",
        "deploy/poortwachter.service",
        "deploy/Dockerfile",
        "deploy/kubernetes.yaml",
        "tests/run",
    ] {
        for line in read(paper).lines() {
            let line = line.replace(['"', ',', '[', ']', '`'], " ");
            let command = line
                .split_once("/usr/bin/poortwachter ")
                .or(line.split_once("poortwachter "))
                .map(|(_, rest)| rest);
            let command = command
                .or(line.split_once("CMD ").map(|(_, rest)| rest))
                .or(line.split_once("args: ").map(|(_, rest)| rest));
            let Some(command) = command else { continue };
            let mut words = command.split_whitespace();
            let verb = words.next().unwrap_or_default();
            if !["run", "check", "explain", "advise", "grants", "redact", "demo"].contains(&verb) {
                continue;
            }
            let help = run(&[verb, "--help"]);
            for flag in words.filter(|word| word.starts_with("--") && word.len() > 2) {
                let flag = flag.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
                assert!(help.contains(flag) || verb == "grants", "{paper}: `{verb}` has no {flag}");
            }
            seen.insert((paper, verb.to_owned()));
        }
    }
    assert!(seen.iter().any(|(paper, _)| *paper == "deploy/kubernetes.yaml"), "{seen:?}");
    assert!(seen.len() > 8, "{seen:?}");
}

#[test]
fn every_reason_to_withhold_an_answer_is_explained_to_operators() {
    let operations = read("docs/operations.md");
    let table = operations.split_once("### Why an answer was withheld").expect("the table").1;
    let table = table.split_once("\n## ").expect("what follows it").0;
    let rows: Vec<&str> =
        table.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next()).collect();
    let told: BTreeSet<&str> =
        rows.iter().flat_map(|row| row.split(", ")).map(|name| name.trim_matches('`')).collect();
    let known: BTreeSet<&str> = poortwachter::kernel::redact::Fault::NAMES
        .into_iter()
        .chain(poortwachter::wire::Fault::NAMES)
        .chain(["status", "not-http"])
        .collect();
    assert_eq!(told, known);
}

#[test]
fn every_reason_not_to_rely_on_a_certificate_is_explained_to_operators() {
    use poortwachter::identity::forwarded::Malformed;
    use poortwachter::proxy::tls::Distrust;
    let guide = read("docs/operations.md");
    for reason in [
        Distrust::NotYetValid,
        Distrust::Expired,
        Distrust::Revoked,
        Distrust::UnknownRevocation,
        Distrust::OverdueList,
        Distrust::UnknownIssuer,
        Distrust::Unverified,
        Distrust::Illegible,
        Distrust::Ambiguous,
        Distrust::NotForwarded,
        Distrust::Malformed(Malformed::Syntax),
    ] {
        let mut rows = guide.lines().filter(|line| line.starts_with("| `"));
        assert!(rows.any(|row| row.contains(&format!("`{}`", reason.name()))), "{}", reason.name());
        assert!(!reason.remedy().is_empty());
    }
}

#[test]
fn the_files_in_the_kubernetes_manifest_pass_the_check() {
    let manifest = read("deploy/kubernetes.yaml");
    let block = |name: &str| -> String {
        let rest = manifest.split_once(&format!("  {name}: |\n")).unwrap().1;
        let lines = rest.lines().take_while(|line| line.starts_with("    ") || line.is_empty());
        lines.map(|line| line.get(4..).unwrap_or_default().to_owned() + "\n").collect()
    };
    let dir = tempfile::tempdir().unwrap();
    let registry = dir.path().join("registry");
    std::fs::create_dir(&registry).unwrap();
    std::fs::write(registry.join("gemeente-voorbeeld.toml"), block("gemeente-voorbeeld.toml")).unwrap();
    // Only the paths of the cluster are put elsewhere.
    let gateway = block("gateway.toml").replace("/etc/poortwachter-registry", registry.to_str().unwrap());
    let keys = dir.path().join("keys");
    let made = Command::new(BINARY).args(["audit", "keygen"]).arg(&keys).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let gateway = gateway.replace("/etc/poortwachter-keys", keys.to_str().unwrap());
    let identity = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let tls = dir.path().join("tls");
    std::fs::write(&tls, identity.cert.pem() + &identity.signing_key.serialize_pem()).unwrap();
    let gateway = gateway
        .lines()
        .map(|line| match line.split_once(" = ") {
            Some((key @ ("ca" | "certificate" | "key"), _)) => {
                format!("{key} = {:?}\n", tls.to_str().unwrap())
            }
            _ => format!("{line}\n"),
        })
        .collect::<String>();
    std::fs::write(dir.path().join("gateway.toml"), gateway).unwrap();
    let output = Command::new(BINARY)
        .arg("check")
        .arg("--config")
        .arg(dir.path().join("gateway.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// The same list as `deny.toml`, which `cargo deny` reads.
const LICENCES: [&str; 11] = [
    "EUPL-1.2",
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "0BSD",
    "Zlib",
    "Unicode-3.0",
    "Unlicense",
    "BSL-1.0",
];

#[test]
fn every_dependency_has_a_licence_that_fits_and_comes_from_the_registry() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata");
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 50);
    for package in packages {
        let name = &package["name"];
        let licence = package["license"].as_str().unwrap_or_else(|| panic!("{name} names no licence"));
        assert!(fits(licence), "{name}: {licence}");
        let source = package["source"].as_str();
        assert!(source.is_none_or(|source| source.starts_with("registry+")), "{name}: {source:?}");
    }
    let deny = read("deny.toml");
    assert!(LICENCES.iter().all(|licence| deny.contains(&format!("\"{licence}\""))));
}

/// Whether a licence expression can be met with the list: every part of an AND, one part of each OR. An exception
/// (`WITH`) only adds rights.
fn fits(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    plain.split(" AND ").all(|part| {
        part.split(" OR ").any(|name| {
            let name = name.split(" WITH ").next().unwrap_or_default().trim();
            LICENCES.contains(&name)
        })
    })
}

#[test]
fn the_test_script_is_what_continuous_integration_runs() {
    assert!(read(".ci/run").contains("exec ./tests/run"));
    let readme = read("README.md");
    assert!(readme.contains("$ ./tests/run"));
}

/// Names of functions that are tests, as the sources spell them.
fn tests_in(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            tests_in(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let mut lines = text.lines();
            while lines.any(|line| line.trim() == "#[test]") {
                let function = lines.by_ref().find_map(|line| line.trim().strip_prefix("fn "));
                found.extend(function.and_then(|rest| rest.split('(').next()).map(str::to_owned));
            }
        }
    }
}

/// Names in code type behind an arrow, to the end of the row or paragraph.
#[test]
fn every_test_that_the_threat_model_names_exists() {
    let mut known = BTreeSet::new();
    for directory in ["src", "tests"] {
        tests_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join(directory), &mut known);
    }
    let security = read("docs/security.md");
    let is_row = |line: &str| line.starts_with('|') || line.is_empty();
    let mut named = BTreeSet::new();
    let mut behind_arrow = false;
    for line in security.lines() {
        behind_arrow &= !is_row(line);
        let shown = match line.split_once('→') {
            // A heading says from whom to whom.
            Some((_, shown)) if !line.starts_with('#') => shown,
            _ if behind_arrow => line,
            _ => continue,
        };
        behind_arrow = !line.starts_with('|');
        let tests = shown.split('`').skip(1).step_by(2).filter(|name| name.matches('_').count() > 2);
        named.extend(tests.map(str::to_owned));
    }
    let missing: Vec<_> = named.difference(&known).collect();
    assert!(missing.is_empty(), "docs/security.md names tests that are not there: {missing:?}");
    assert!(named.len() > 60, "{}", named.len());
}
