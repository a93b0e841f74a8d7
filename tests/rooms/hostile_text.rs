//! TOML as an enemy or an odd editor writes it.

use poortwachter::catalogue::Catalogue;
use poortwachter::registry::{Consumer, compile};

use crate::makers::{Ask, BUILT_IN_LAW, ENTERPRISE, Writer, basis, d};

fn faults(text: &str) -> String {
    match Consumer::parse("a.toml", text) {
        Ok(_) => String::new(),
        Err(faults) => faults.to_string(),
    }
}

fn compiled(text: &str) -> Result<poortwachter::registry::Snapshot, String> {
    let consumer = Consumer::parse("a.toml", text).map_err(|faults| faults.to_string())?;
    compile(vec![consumer], &basis(&BUILT_IN_LAW), 1, String::new())
        .map(|loaded| loaded.snapshot)
        .map_err(|faults| faults.to_string())
}

#[test]
fn a_windows_file_with_bom_reads_as_any_other() {
    let text = Writer::trusted().toml();
    let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let snapshot = compiled(&windows).expect("understood");
    assert!(Ask::on(d(0)).decided(&snapshot).expect("there").is_ok());
    let slip = faults(&windows.replace("kind =", "kidn ="));
    assert!(slip.contains("a.toml:3:1: `kidn`: is not a key"), "{slip}");
    let first = faults(&windows.replacen("id =", "di =", 1));
    assert!(first.contains("a.toml:1:1: `di`: is not a key"), "{first}");
}

#[test]
fn nesting_without_end_is_a_fault_and_not_the_end_of_the_process() {
    for text in [
        format!("id = {}", "[".repeat(200_000)),
        format!("id = {}1{}", "[".repeat(200_000), "]".repeat(200_000)),
        format!("id = {}", "{a=".repeat(200_000)),
        format!("{}id = 1", "a.".repeat(200_000)),
        format!("[{}id]", "a.".repeat(200_000)),
        format!("[[{}id]]", "a.".repeat(200_000)),
    ] {
        let said = faults(&text);
        assert!(said.starts_with("a.toml:1:"), "{}", said.chars().take(300).collect::<String>());
    }
}

#[test]
fn inline_tables_say_the_same_as_tables() {
    let inline = r#"
        id = "a"
        organisation = "O"
        kind = "flemish-agency"
        network = "none"
        sender = [{ uri = "a.be/p0", purpose = "p0" }]
        disclaimer = { version = "2024-1", accepted-by = "X", accepted-on = 2025-01-01 }
        grant = [{ id = "g", services = ["GeefOnderneming/02.00"], purpose = "p0", valid-from = 2026-01-01, retention = "P1Y" }]
    "#;
    let snapshot = compiled(inline).expect("understood");
    assert!(Ask::on(d(0)).decided(&snapshot).expect("there").is_ok());
}

#[test]
fn a_day_is_a_day_and_nothing_else() {
    let text = Writer::trusted().toml();
    let written =
        |day: &str| faults(&text.replace("valid-from = 2026-01-01", &format!("valid-from = {day}")));
    assert_eq!(written("2026-01-01"), "");
    for odd in [
        "20260101",
        "2026",
        "\"2026-01-01\"",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00Z",
        "00:00:00",
        "2026-02-30",
        "2026-13-01",
        "2026-00-10",
        "2026-1-1",
        "1767225600",
        "true",
        "[2026-01-01]",
    ] {
        assert!(written(odd).contains("a.toml:"), "{odd} passed for a day");
    }
}

#[test]
fn white_space_and_invisible_characters_in_names_are_faults() {
    let text = Writer::trusted().toml();
    for odd in [
        "a.be/p0 ",
        " a.be/p0",
        "a.be/\\tp0",
        "a.be/\\u0000p0",
        "a.be/\\u200bp0",
        "a.be/\\u202ep0",
        "\\ufeffa.be/p0",
    ] {
        let said = faults(&text.replace("uri = \"a.be/p0\"", &format!("uri = \"{odd}\"")));
        assert!(said.contains("`sender[0].uri`"), "{odd:?} passed for a URI: {said}");
    }
    let said = faults(&text.replace("purpose = \"p0\"", "purpose = \"p0 \""));
    assert!(said.contains("`grant[0].purpose`") && said.contains("`sender[0].purpose`"), "{said}");
}

#[test]
fn a_subject_that_no_certificate_is_read_as_is_a_fault() {
    let said = |subject: &str| {
        faults(&format!("{}[[certificate]]\nsubject = '{subject}'\n", Writer::trusted().toml()))
    };
    for right in [
        "CN=a,O=b,C=BE",
        r"CN=a,O=Stad\, Gent\+,C=BE",
        "CN=a+2.5.4.5=0123,C=BE",
        "DC=be",
        r"CN=a\\,O=b",
        "O=a=b",
    ] {
        assert_eq!(said(right), "");
    }
    for wrong in [
        "CN=a, O=b",
        "CN = a",
        "CN=a ,O=b",
        "cn=a",
        "subject=CN=a",
        "a",
        "CN=a,",
        "emailAddress=a",
        "SERIALNUMBER=1",
        r"CN=a\\,b",
    ] {
        assert!(said(wrong).contains("`certificate[0].subject`"), "{wrong} passed for a subject");
    }
}

#[test]
fn a_fault_is_one_line_whatever_was_written() {
    let text = Writer::trusted().toml();
    let said = faults(&text.replace("flemish-agency", "x\\nfault: all is well\\u001b[2J"));
    assert_eq!(said.lines().count(), 1, "{said:?}");
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn a_megabyte_between_quotes_is_told_in_a_moment_and_in_short() {
    let text = Writer::trusted().toml();
    let long = "x".repeat(1 << 20);
    for odd in [
        text.replace("flemish-agency", &long),
        text.replace(ENTERPRISE, &long),
        text.replace("kind =", &format!("{long} =")),
        text.replace("id = \"a\"", &format!("id = \"{long}\"")),
    ] {
        let said = compiled(&odd).expect_err("a fault");
        assert!(said.lines().all(|line| line.len() < 2_000), "{}", said.len());
    }
}

#[test]
fn a_whole_number_may_be_grouped_and_nothing_else() {
    let faults = |number: &str| {
        let text = format!(
            "[listener]\naddress = \"127.0.0.1:1\"\nplain-consumer = \"a\"\n[upstream]\nurl = \"http://h\"\n\
             [registry]\ndirectory = \"r\"\n[audit]\ntrail = \"off\"\n[limits]\nconnections = {number}\n"
        );
        let parsed = poortwachter::config::parse("gateway.toml", &text, std::path::Path::new("."));
        parsed.map(|gateway| gateway.limits.connections).map_err(|faults| faults.to_string())
    };
    for (right, meant) in
        [("4096", 4096), ("4_096", 4096), ("+4096", 4096), ("0x1000", 4096), ("0o10", 8), ("0b11", 3)]
    {
        assert_eq!(faults(right), Ok(meant));
    }
    for wrong in [
        "-1",
        "0",
        "1e3",
        "4096.0",
        "inf",
        "18446744073709551616",
        "99999999999999999999999",
        "\"4096\"",
        "1__0",
    ] {
        assert!(faults(wrong).is_err_and(|said| said.contains("gateway.toml:11:")), "{wrong}");
    }
}

#[test]
fn ten_thousand_grants_in_one_file_are_read_in_a_moment() {
    let mut writer = Writer::trusted();
    let grant = writer.grants[0].clone();
    writer.grants =
        (0..10_000).map(|n| crate::makers::Grant { id: format!("g{n}"), ..grant.clone() }).collect();
    let snapshot = compiled(&writer.toml()).expect("understood");
    assert_eq!(snapshot.grants().len(), 10_000);
}

fn catalogue_with(old: &str, new: &str) -> String {
    let text = Catalogue::BUILT_IN.replace(old, new);
    assert_ne!(text, Catalogue::BUILT_IN, "{old}");
    Catalogue::parse("catalogue.toml", &text).err().map(|faults| faults.to_string()).unwrap_or_default()
}

#[test]
fn a_service_name_that_no_message_can_carry_is_a_fault() {
    for odd in ["Geef/Functies", "mag:GeefFuncties", "Geef Functies"] {
        let said = catalogue_with("name = \"GeefFuncties\"", &format!("name = \"{odd}\""));
        assert!(said.contains("`service[2].name`"), "{said}");
    }
}

#[test]
fn a_name_to_watch_for_that_no_element_can_have_is_a_fault() {
    let said = catalogue_with("drift = [\"INSZ\",", "drift = [\"mag:INSZ\",");
    assert!(said.contains("`service[0].drift[0]`"), "{said}");
    let said = catalogue_with("elements = [\"INSZ\"]", "elements = [\"//INSZ\"]");
    assert!(said.contains("`service[2].person-question.elements[0]`"), "{said}");
}

#[test]
fn a_question_that_no_basis_could_ever_open_is_a_fault() {
    let said = catalogue_with("needs = [\"functionholder-insz\"]", "needs = [\"functionholder-name\"]");
    assert!(said.contains("`service[2].person-question.needs`"), "{said}");
}
