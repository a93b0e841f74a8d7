//! What can lie in a registry's directory that is no consumer's file.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use poortwachter::registry::{Loaded, load};
use tempfile::TempDir;

use crate::makers::{BUILT_IN_LAW, Writer, basis};

fn house() -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join("a.toml"), Writer::trusted().toml()).expect("written");
    directory
}

fn loaded(directory: &Path) -> Result<Loaded, String> {
    load(directory, &basis(&BUILT_IN_LAW), None).map_err(|faults| faults.to_string())
}

fn refused(directory: &Path) -> String {
    loaded(directory).expect_err("a fault")
}

#[test]
fn a_pipe_is_a_fault_and_does_not_make_the_gateway_wait() {
    let house = house();
    let made = Command::new("mkfifo").arg(house.path().join("b.toml")).status().expect("mkfifo runs");
    assert!(made.success());
    assert!(refused(house.path()).contains("b.toml: is no file"));
}

#[test]
fn a_device_without_end_is_a_fault() {
    let house = house();
    symlink("/dev/zero", house.path().join("b.toml")).expect("linked");
    assert!(refused(house.path()).contains("b.toml: is no file"));
}

#[test]
fn a_directory_named_as_a_file_is_a_fault() {
    let house = house();
    fs::create_dir(house.path().join("b.toml")).expect("made");
    assert!(refused(house.path()).contains("b.toml: is no file"));
}

#[test]
fn links_that_lead_nowhere_or_in_circles_are_faults() {
    let house = house();
    symlink("c.toml", house.path().join("b.toml")).expect("linked");
    assert!(refused(house.path()).contains("b.toml: cannot be read"));
    symlink("b.toml", house.path().join("c.toml")).expect("linked");
    assert!(refused(house.path()).contains("b.toml: cannot be read"));
}

#[test]
fn a_file_beyond_all_measure_is_a_fault_and_is_not_read() {
    let house = house();
    let file = fs::File::create(house.path().join("b.toml")).expect("made");
    file.set_len(1 << 40).expect("a sparse file");
    assert!(refused(house.path()).contains("b.toml: is larger than"));
}

#[test]
fn a_file_that_is_not_utf_8_is_a_fault() {
    let house = house();
    fs::write(house.path().join("b.toml"), b"id = \"\xff\"\n").expect("written");
    assert!(refused(house.path()).contains("save it as UTF-8"));
}

#[test]
fn a_file_whose_name_is_not_utf_8_is_read_all_the_same() {
    let house = house();
    let name = OsStr::from_bytes(b"\xff.toml");
    fs::write(house.path().join(name), Writer { id: "b", grants: Vec::new(), ..Writer::trusted() }.toml())
        .expect("written");
    assert_eq!(loaded(house.path()).expect("right").snapshot.consumers().len(), 2);
}

#[test]
fn an_unreadable_file_is_a_fault_where_the_user_is_not_root() {
    let house = house();
    let path = house.path().join("a.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("set");
    if fs::read(&path).is_err() {
        assert!(refused(house.path()).contains("let the gateway's user read it"));
    }
}

#[test]
fn other_names_are_passed_over_with_a_warning_and_hidden_ones_without() {
    let house = house();
    for name in ["b.toml.bak", "c.TOML", "README", ".hidden.toml", ".a.toml.swp", ".#a.toml", "toml"] {
        fs::write(house.path().join(name), "not = 'a consumer'").expect("written");
    }
    let loaded = loaded(house.path()).expect("right");
    let strays: Vec<String> = loaded
        .warnings
        .iter()
        .filter(|warning| warning.problem == "is passed over")
        .map(|warning| warning.spot.file.rsplit('/').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(strays, ["README", "b.toml.bak", "c.TOML", "toml"]);
}

#[test]
fn a_directory_without_files_or_not_there_is_a_fault() {
    let empty = tempfile::tempdir().expect("a directory");
    assert!(refused(empty.path()).contains("holds no consumer's file"));
    assert!(refused(&empty.path().join("gone")).contains("create it, or correct the path"));
    let house = house();
    assert!(refused(&house.path().join("a.toml")).contains("cannot be read"));
}
