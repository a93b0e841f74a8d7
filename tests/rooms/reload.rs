//! The registry changes whole or not at all.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use poortwachter::registry::{Looked, Reloader, Snapshot};
use tempfile::TempDir;

use crate::makers::{Ask, BUILT_IN_LAW, Writer, basis, d};

struct House {
    directory: TempDir,
    reloader: Reloader,
    first: Arc<Snapshot>,
}

/// What a look found, in a word.
fn word(looked: &Looked) -> &'static str {
    match looked {
        Looked::Unchanged => "unchanged",
        Looked::Swapped(..) => "swapped",
        Looked::Faulty(_) => "faulty",
        Looked::StillFaulty => "still-faulty",
    }
}

fn open(path: &Path) -> (Reloader, Arc<Snapshot>) {
    let (reloader, loaded) =
        Reloader::open(path, basis(&BUILT_IN_LAW), None).unwrap_or_else(|faults| panic!("{faults}"));
    (reloader, Arc::new(loaded.snapshot))
}

impl House {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        fs::write(directory.path().join("a.toml"), Writer::trusted().toml()).expect("written");
        let (reloader, first) = open(directory.path());
        Self { directory, reloader, first }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Puts a file in place at once, as careful tools do.
    fn place(&self, name: &str, text: &str) {
        fs::write(self.path(".new"), text).expect("written");
        fs::rename(self.path(".new"), self.path(name)).expect("moved");
    }

    fn look(&mut self) -> &'static str {
        word(&self.reloader.look())
    }

    fn swapped(&mut self) -> Arc<Snapshot> {
        match self.reloader.look() {
            Looked::Swapped(snapshot, _) => snapshot,
            other => panic!("{}", word(&other)),
        }
    }
}

fn revoked() -> Writer {
    Writer { grants: Vec::new(), ..Writer::trusted() }
}

fn allows(snapshot: &Snapshot) -> bool {
    Ask::on(d(0)).decided(snapshot).is_some_and(|verdict| verdict.is_ok())
}

#[test]
fn files_that_stay_the_same_are_not_loaded_again() {
    let mut house = House::new();
    for _ in 0..3 {
        assert_eq!(house.look(), "unchanged");
    }
    assert_eq!(word(&house.reloader.reload()), "unchanged");
    house.place("a.toml", &Writer::trusted().toml());
    assert_eq!(house.look(), "unchanged", "another file with the same content");
}

#[test]
fn a_changed_file_is_a_new_generation_and_leaves_the_old_one_as_it_was() {
    let mut house = House::new();
    house.place("a.toml", &revoked().toml());
    let second = house.swapped();
    assert!(!allows(&second) && allows(&house.first));
    assert_eq!((house.first.generation(), second.generation()), (1, 2));
    assert_ne!(house.first.digest(), second.digest());
    assert_eq!(house.look(), "unchanged");
    house.place("a.toml", &Writer::trusted().toml());
    let third = house.swapped();
    assert_eq!((third.generation(), third.digest()), (3, house.first.digest()));
    assert!(allows(&third) && !allows(&second));
}

#[test]
fn a_change_counts_from_the_first_file_that_is_another_than_the_one_that_served() {
    let changed = |path: &Path| {
        let meta = fs::metadata(path).expect("there");
        meta.ctime() * 1000 + meta.ctime_nsec() / 1_000_000
    };
    let mut house = House::new();
    assert_eq!(house.reloader.changed_since(), None, "since the start");
    // Faulty first, and mended by another file later: it counts from the fault.
    house.place("b.toml", &Writer::trusted().toml());
    let first = changed(&house.path("b.toml"));
    assert_eq!(house.look(), "faulty", "two consumers by one name");
    house.place("a.toml", &Writer { id: "ander", ..revoked() }.toml());
    assert!(changed(&house.path("a.toml")) >= first);
    house.swapped();
    assert_eq!(house.reloader.changed_since(), Some(first));
    // Of a file that is gone, its directory tells.
    fs::remove_file(house.path("b.toml")).expect("removed");
    let gone = changed(house.directory.path());
    house.swapped();
    assert_eq!(house.reloader.changed_since(), Some(gone));
}

#[test]
fn a_faulty_file_keeps_the_old_registry_is_told_once_and_can_be_repaired() {
    let mut house = House::new();
    house.place("a.toml", "id = 3");
    assert_eq!(house.look(), "faulty");
    assert_eq!(house.look(), "still-faulty");
    assert_eq!(house.look(), "still-faulty");
    assert_eq!(word(&house.reloader.reload()), "faulty", "whoever asks is told again");
    house.place("a.toml", "id = 4");
    assert_eq!(house.look(), "faulty", "another fault");
    house.place("a.toml", &Writer::trusted().toml());
    assert_eq!(house.look(), "unchanged", "what serves is what stands there again");
    house.place("a.toml", "id = 5");
    assert_eq!(house.look(), "faulty");
    house.place("a.toml", &revoked().toml());
    assert_eq!(house.swapped().generation(), 2, "faulty files are no generation");
}

#[test]
fn one_faulty_file_among_right_ones_changes_nothing() {
    let mut house = House::new();
    house.place("a.toml", &revoked().toml());
    house.place("b.toml", "id = 3");
    assert_eq!(house.look(), "faulty");
    fs::remove_file(house.path("b.toml")).expect("removed");
    assert!(!allows(&house.swapped()));
}

#[test]
fn a_removed_file_is_a_removed_consumer_and_an_empty_directory_a_fault() {
    let mut house = House::new();
    let other = Writer { id: "b", ..revoked() };
    house.place("b.toml", &other.toml());
    assert_eq!(house.swapped().consumers().len(), 2);
    fs::remove_file(house.path("a.toml")).expect("removed");
    let snapshot = house.swapped();
    assert_eq!(snapshot.consumer_with_id("a"), None);
    fs::remove_file(house.path("b.toml")).expect("removed");
    assert_eq!(house.look(), "faulty");
    assert_eq!(house.look(), "still-faulty");
    house.place("b.toml", &other.toml());
    assert_eq!(house.look(), "unchanged");
}

#[test]
fn a_directory_that_is_gone_is_told_once_and_is_found_again() {
    let mut house = House::new();
    let path = house.directory.path().to_owned();
    let aside = path.with_extension("aside");
    fs::rename(&path, &aside).expect("moved");
    assert_eq!(house.look(), "faulty");
    assert_eq!(house.look(), "still-faulty");
    fs::rename(&aside, &path).expect("moved back");
    assert_eq!(house.look(), "unchanged");
}

#[test]
fn what_newly_hinders_reading_is_told_though_reading_failed_before() {
    let mut house = House::new();
    fs::create_dir(house.path("b.toml")).expect("made");
    assert_eq!(house.look(), "faulty");
    assert_eq!(house.look(), "still-faulty");
    fs::create_dir(house.path("0.toml")).expect("made");
    assert_eq!(house.look(), "faulty");
    assert_eq!(house.look(), "still-faulty");
}

#[test]
fn an_atomic_save_of_the_same_size_is_seen() {
    let mut house = House::new();
    let text = Writer::trusted().toml();
    let later = text.replace("valid-from = 2026-01-01", "valid-from = 2027-01-01");
    assert_eq!(text.len(), later.len());
    house.place("a.toml", &later);
    assert!(!allows(&house.swapped()));
}

/// Two saves within one tick of the file system's clock leave the same size, inode and time behind.
#[test]
fn a_save_in_place_right_after_a_load_is_seen_whatever_the_file_system_s_clock() {
    let text = Writer::trusted().toml();
    let later = text.replace("valid-from = 2026-01-01", "valid-from = 2027-01-01");
    for _ in 0..20 {
        let mut house = House::new();
        fs::write(house.path("a.toml"), text.replace("organisation = \"O\"", "organisation = \"P\""))
            .expect("written");
        assert!(allows(&house.swapped()));
        fs::write(house.path("a.toml"), &later).expect("written");
        assert!(!allows(&house.swapped()));
    }
}

#[test]
fn a_configmap_is_swapped_as_kubernetes_does_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let mount = |day: &str, text: &str| {
        let data = directory.path().join(format!("..{day}"));
        fs::create_dir(&data).expect("made");
        fs::write(data.join("a.toml"), text).expect("written");
        symlink(format!("..{day}"), directory.path().join("..data_tmp")).expect("linked");
        fs::rename(directory.path().join("..data_tmp"), directory.path().join("..data")).expect("swapped");
    };
    mount("2026_11_23", &Writer::trusted().toml());
    symlink("..data/a.toml", directory.path().join("a.toml")).expect("linked");
    let (mut reloader, first) = open(directory.path());
    assert_eq!(word(&reloader.look()), "unchanged");
    mount("2026_11_24", &revoked().toml());
    fs::remove_dir_all(directory.path().join("..2026_11_23")).expect("cleaned up");
    let Looked::Swapped(second, _) = reloader.look() else { panic!("not seen") };
    assert!(allows(&first) && !allows(&second));
    mount("2026_11_25", "id = 3");
    assert_eq!(word(&reloader.look()), "faulty");
}

#[test]
fn a_registry_mounted_elsewhere_has_the_same_digest() {
    assert_eq!(House::new().first.digest(), House::new().first.digest());
    assert_eq!(House::new().first.digest().len(), 64);
}
