//! Zips built by hand against every refusal of (zip §1).

use homemaid_protocol::limits::{ZIP_FILES, ZIP_FOLDERS};
use proptest::prelude::*;

use super::*;
use crate::testing::{Entry, plugin, zip};

/// Returns why a zip that is fine but for `entry` is refused.
fn reason(entry: Entry) -> Reason {
    match read(&plugin([entry])) {
        Err(Refusal::Unsafe { reason, .. }) => reason,
        other => panic!("not refused for an entry: {other:?}"),
    }
}

fn unreadable(zip: &[u8]) -> String {
    match read(zip) {
        Err(Refusal::Unreadable(reason)) => reason,
        other => panic!("readable: {other:?}"),
    }
}

#[test]
fn files_come_out_as_they_went_in() {
    let zip = plugin([
        Entry::folder("pkg/"),
        Entry::deflated("pkg/a.py", "x = 1\n".repeat(1000)),
        Entry::stored("pkg/é.bin", b"\x00\xff"),
        Entry::deflated("empty", ""),
    ]);
    let contents = read(&zip).unwrap();
    assert_eq!(
        contents.order,
        [
            "manifest.json",
            "__main__.py",
            "pkg/",
            "pkg/a.py",
            "pkg/é.bin",
            "empty"
        ]
    );
    assert_eq!(contents.get("pkg/a.py").unwrap().len(), 6000);
    assert_eq!(contents.get("pkg/é.bin").unwrap(), b"\x00\xff");
    assert_eq!(contents.folders, ["pkg"]);
}

#[test]
fn junk_of_operating_systems_is_not_counted_or_read() {
    let junk = (0..300).map(|n| Entry::stored(format!("__MACOSX/._{n}"), "x"));
    let contents = read(&plugin(junk.chain([Entry::stored("a/.DS_Store", "x")]))).unwrap();
    assert_eq!(contents.order, ["manifest.json", "__main__.py"]);
}

#[test]
fn what_is_no_zip_is_unreadable() {
    let good = plugin([]);
    for bytes in [
        &b""[..],
        b"hello",
        b"PK\x05\x06",
        &vec![0; 100_000],
        &good[..good.len() - 1],
        &good[..40],
    ] {
        unreadable(bytes);
    }
}

#[test]
fn data_before_or_after_the_archive_is_refused() {
    let good = plugin([]);
    assert!(read(&good).is_ok());
    assert!(unreadable(&[&good[..], b"x"].concat()).contains("follows"));
    assert!(unreadable(&[b"#!/bin/sh\n", &good[..]].concat()).contains("precedes"));
    // With offsets that count the prefix it looks sound to most readers.
    let hidden = Entry::stored("hidden.py", "evil");
    let unlisted = zip([hidden.clone(), Entry::stored("manifest.json", "{}")]);
    let listed_second = {
        // Drop the first directory record: 46 bytes and its name.
        let (data, end) = unlisted.split_at(unlisted.len() - 22);
        let directory = u32::from_le_bytes(end[16..20].try_into().unwrap()) as usize;
        let rest = &data[directory + 46 + hidden.name.len()..];
        let mut out = [&data[..directory], rest, end].concat();
        let at = out.len() - 22;
        out[at + 8..at + 12].copy_from_slice(&[1, 0, 1, 0]);
        out[at + 12..at + 16].copy_from_slice(&u32::try_from(rest.len()).unwrap().to_le_bytes());
        out
    };
    assert!(unreadable(&listed_second).contains("precedes its first entry"));
}

#[test]
fn an_archive_comment_is_allowed() {
    let mut zip = plugin([]);
    let at = zip.len() - 2;
    zip[at..].copy_from_slice(&5_u16.to_le_bytes());
    zip.extend(b"hello");
    assert!(read(&zip).is_ok());
}

#[test]
fn counts_and_sizes_of_the_directory_must_be_true() {
    let good = plugin([]);
    let end = good.len() - 22;
    let patched = |at: usize, value: u8| {
        let mut zip = good.clone();
        zip[end + at] = value;
        zip
    };
    assert!(unreadable(&patched(4, 1)).contains("one part of several"));
    assert!(unreadable(&patched(8, 1)).contains("one part of several"));
    let mut fewer = patched(8, 1);
    fewer[end + 10] = 1;
    assert!(unreadable(&fewer).contains("2 entries where its end says 1"));
    unreadable(&patched(12, 1));
    unreadable(&patched(16, 1));
    unreadable(&patched(19, 0xff));
}

#[test]
fn the_64_bit_format_is_refused_whatever_it_says() {
    let good = plugin([]);
    let (body, end) = good.split_at(good.len() - 22);
    let mut locator = b"PK\x06\x07".to_vec();
    locator.extend([0; 4]);
    locator.extend((body.len() as u64).to_le_bytes());
    locator.extend([1, 0, 0, 0]);
    let mut record = b"PK\x06\x06".to_vec();
    record.extend(44_u64.to_le_bytes());
    record.extend([0; 44]);
    for zip in [
        [body, &locator, end].concat(),
        [body, &record, &locator, end].concat(),
    ] {
        unreadable(&zip);
    }
}

#[test]
fn a_size_hidden_in_a_64_bit_field_must_be_true_too() {
    let fields = |inflated: u64, compressed: u64| {
        let mut extra = vec![1, 0, 16, 0];
        extra.extend(inflated.to_le_bytes());
        extra.extend(compressed.to_le_bytes());
        extra
    };
    let entry = |inflated, compressed| {
        Entry::stored("a", "1234").with(|entry| {
            (entry.compressed, entry.inflated) = (u32::MAX, u32::MAX);
            entry.extra = fields(inflated, compressed);
        })
    };
    assert!(read(&plugin([entry(4, 4)])).is_ok());
    assert_eq!(reason(entry(5, 4)), Reason::HeadersDisagree("size"));
    assert!(matches!(reason(entry(u64::MAX, u64::MAX)), Reason::Damaged(_)));
    assert!(matches!(reason(entry(4, u64::MAX - 40)), Reason::Damaged(_)));
}

#[test]
fn entries_of_a_dangerous_kind_are_refused() {
    let kind = |mode: u32| reason(Entry::stored("a", "b").with(|entry| entry.attributes = mode << 16));
    for (mode, what) in [
        (0o120_777, "symbolic link"),
        (0o020_666, "device"),
        (0o060_666, "device"),
        (0o010_644, "named pipe"),
        (0o140_644, "socket"),
        (0o040_755, "folder by its mode and a file by its name"),
        (0o070_000, "file of an unknown kind"),
    ] {
        assert_eq!(kind(mode), Reason::Special(what), "{mode:o}");
    }
    let file_mode = Entry::folder("a/").with(|entry| entry.attributes = 0o100_644 << 16);
    assert_eq!(
        reason(file_mode),
        Reason::Special("file by its mode and a folder by its name")
    );
    let no_mode = Entry::stored("a", "b").with(|entry| entry.attributes = 0x20);
    assert!(
        read(&plugin([no_mode])).is_ok(),
        "tools of other systems write no mode"
    );
}

#[test]
fn encryption_in_any_spelling_is_refused() {
    for bit in [1 << 0, 1 << 6, 1 << 13] {
        assert_eq!(
            reason(Entry::stored("a", "b").with(|entry| entry.flags = bit)),
            Reason::Encrypted
        );
    }
}

#[test]
fn only_stored_and_deflate_are_read() {
    for method in [1, 9, 12, 14, 93, 95, 99, u16::MAX] {
        let entry =
            Entry::stored("a", "b").with(|entry| (entry.method, entry.local_method) = (method, method));
        assert_eq!(reason(entry), Reason::Method(method));
    }
}

#[test]
fn headers_that_disagree_are_refused() {
    let entry = || Entry::deflated("a.py", "print(1)");
    for (entry, what) in [
        (entry().with(|entry| entry.local_name = b"b.py".to_vec()), "name"),
        (entry().with(|entry| entry.local_name = b"a.pyc".to_vec()), "name"),
        (entry().with(|entry| entry.local_method = 0), "compression"),
        (entry().with(|entry| entry.local.0 += 1), "size"),
        (entry().with(|entry| entry.local.1 += 1), "size"),
        (entry().with(|entry| entry.local.2 ^= 1), "size"),
        (entry().with(|entry| entry.local = (0, 0, 0)), "size"),
    ] {
        assert_eq!(reason(entry), Reason::HeadersDisagree(what));
    }
    let streamed = entry().with(|entry| (entry.flags, entry.local) = (8, (0, 0, 0)));
    assert!(
        read(&plugin([streamed])).is_ok(),
        "a streaming writer leaves the local sizes empty"
    );
}

#[test]
fn sizes_and_checksums_are_of_what_really_inflates() {
    let lying = |change: fn(&mut Entry)| {
        reason(
            Entry::deflated("a", "hello hello hello hello")
                .with(change)
                .with(|entry| {
                    entry.local = (entry.compressed, entry.inflated, entry.crc);
                }),
        )
    };
    assert_eq!(lying(|entry| entry.inflated -= 1), Reason::SizeLies);
    assert_eq!(lying(|entry| entry.inflated += 1), Reason::SizeLies);
    assert_eq!(lying(|entry| entry.inflated = 0), Reason::SizeLies);
    assert!(matches!(lying(|entry| entry.crc ^= 1), Reason::Damaged(_)));
    assert!(
        matches!(lying(|entry| entry.raw[0] = 0xff), Reason::Damaged(_)),
        "no block type 3"
    );
    let tail = |entry: &mut Entry| {
        entry.raw.extend(b"tail");
        entry.compressed += 4;
    };
    assert_eq!(
        lying(tail),
        Reason::SizeLies,
        "nothing hides behind the compressed data"
    );
    let cut = |entry: &mut Entry| {
        entry.raw.pop();
        entry.compressed -= 1;
    };
    assert!(matches!(lying(cut), Reason::Damaged(_) | Reason::SizeLies));
    let stored = Entry::stored("a", "1234").with(|entry| (entry.inflated, entry.local.1) = (3, 3));
    assert_eq!(reason(stored), Reason::SizeLies);
}

#[test]
fn a_folder_holds_no_data() {
    let entry = Entry::stored("a/", "data").with(|entry| entry.attributes = 0);
    assert_eq!(reason(entry), Reason::FolderWithData);
}

#[test]
fn overlapping_entries_are_refused() {
    // Two names for one body: the shape of the bombs without nesting.
    let twin = Entry::stored("b", "data").with(|entry| {
        entry.local_name = b"b".to_vec();
        entry.body = false;
        entry.offset = Some(0);
    });
    let same = zip([
        Entry::stored("b", "data"),
        twin.with(|entry| entry.name = b"b".to_vec()),
    ]);
    assert!(matches!(
        read(&same),
        Err(Refusal::Unsafe {
            reason: Reason::Overlap(_),
            ..
        })
    ));
    // A body that contains another entry's whole header and data.
    let inner = &zip([Entry::stored("inner", "x")])[..36];
    let outer = Entry::stored("outer", [inner, b"..."].concat());
    let quoted = Entry::stored("inner", "x").with(|entry| {
        entry.body = false;
        entry.offset = Some(30 + 5);
    });
    assert!(matches!(
        read(&zip([outer, quoted])),
        Err(Refusal::Unsafe {
            reason: Reason::Overlap(_),
            ..
        })
    ));
    // A body that runs into the directory.
    let long = Entry::stored("long", "x").with(|entry| {
        (entry.compressed, entry.inflated) = (20, 20);
        entry.local = (20, 20, entry.crc);
    });
    assert!(matches!(
        read(&zip([long])),
        Err(Refusal::Unsafe {
            reason: Reason::Overlap(_),
            ..
        })
    ));
}

#[test]
fn a_header_that_is_elsewhere_is_refused() {
    for offset in [1, 29, 10_000, u32::MAX - 1, u32::MAX] {
        let entry = Entry::stored("a", "b").with(|entry| entry.offset = Some(offset));
        assert!(read(&plugin([entry])).is_err(), "offset {offset}");
    }
}

#[test]
fn bombs_stop_at_the_limit_whatever_their_headers_say() {
    let zeros = vec![0; ZIP_INFLATED_BYTES / 2];
    let fits = Entry::deflated("a", &zeros[..zeros.len() - 100]);
    assert!(
        read(&plugin([fits.clone(), Entry::deflated("b", &zeros)])).is_ok(),
        "just below"
    );
    let bomb = plugin([
        fits.clone(),
        Entry::deflated("b", [&zeros[..], &[0; 200]].concat()),
    ]);
    assert_eq!(
        read(&bomb),
        Err(Refusal::ExpandsTooLarge { path: "b".to_owned() })
    );
    let lying = Entry::deflated("b", [&zeros[..], &[0; 200]].concat()).with(|entry| {
        entry.inflated = 10;
        entry.local.1 = 10;
    });
    assert_eq!(
        read(&plugin([fits, lying])),
        Err(Refusal::ExpandsTooLarge { path: "b".to_owned() })
    );
}

#[test]
fn the_zip_itself_is_limited_before_anything_is_read() {
    let mut zip = plugin([]);
    zip.resize(ZIP_BYTES + 1, 0);
    assert_eq!(read(&zip), Err(Refusal::TooLarge { bytes: ZIP_BYTES + 1 }));
    let fits = plugin([Entry::stored("big", vec![7; ZIP_BYTES - 1000])]);
    assert!(fits.len() <= ZIP_BYTES && read(&fits).is_ok());
}

#[test]
fn files_folders_and_entries_are_counted() {
    let files = |count: usize| (2..count).map(|n| Entry::stored(format!("f{n}"), ""));
    assert!(
        read(&plugin(files(ZIP_FILES).chain([Entry::folder("d/")]))).is_ok(),
        "folders are no files"
    );
    assert_eq!(
        read(&plugin(files(ZIP_FILES + 1))),
        Err(Refusal::TooManyFiles { files: ZIP_FILES + 1 })
    );
    let folders = (0..=ZIP_FOLDERS).map(|n| Entry::folder(&format!("d{n}/")));
    assert_eq!(read(&plugin(folders)), Err(Refusal::TooManyFolders));
    let implied = (0..10).map(|n| Entry::stored(format!("{n}/{}x", "a/".repeat(120)), ""));
    assert_eq!(read(&plugin(implied)), Err(Refusal::TooManyFolders));
    let junk = (0..ZIP_ENTRIES).map(|n| Entry::stored(format!("__MACOSX/{n}"), ""));
    assert_eq!(read(&plugin(junk)), Err(Refusal::TooManyEntries));
}

#[test]
fn unsafe_names_are_refused_even_in_ignored_places() {
    assert_eq!(
        reason(Entry::stored("__MACOSX/../../x", "")),
        Reason::ParentFolder
    );
    assert!(matches!(
        reason(Entry::stored("__MAIN__.py", "")),
        Reason::Duplicate(_)
    ));
    assert!(matches!(
        reason(Entry::stored("manifest.json/x", "")),
        Reason::FileAndFolder(_)
    ));
}

proptest! {
    /// No patched zip makes the reader panic or pass its limits.
    #[test]
    fn a_patched_zip_is_read_or_refused(
        patches in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut zip = plugin([Entry::folder("pkg/"), Entry::deflated("pkg/a.py", "x = 1\n".repeat(50))]);
        for (at, value) in patches {
            let at = at.index(zip.len());
            zip[at] = value;
        }
        if let Some(cut) = cut {
            zip.truncate(cut.index(zip.len()));
        }
        if let Ok(contents) = read(&zip) {
            prop_assert!(contents.files.iter().map(|file| file.data.len()).sum::<usize>() <= ZIP_INFLATED_BYTES);
        }
    }

    /// Whatever files a plugin has, they come out as they went in.
    #[test]
    fn any_files_round_trip(
        files in proptest::collection::btree_map("[a-z]{1,8}(/[a-z]{9,12}){0,3}\\.py", ".{0,80}", 0..20),
    ) {
        let entries = files.iter().enumerate().map(|(n, (path, data))| {
            if n % 2 == 0 { Entry::stored(path, data) } else { Entry::deflated(path, data) }
        });
        let contents = read(&zip(entries)).unwrap();
        prop_assert_eq!(contents.files.len(), files.len());
        for (path, data) in &files {
            prop_assert_eq!(contents.get(path), Some(data.as_bytes()));
        }
    }
}
