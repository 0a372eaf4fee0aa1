//! The recovery sheet: a page to print that holds what opens sealed backups. It is a legal identity file of age, too.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::limits::SHEET_BYTES;
use crate::lock::Identity;
use crate::{BackupError, Key, Lock, Recipient};

/// What its secret line begins with.
const SECRET: &str = "AGE-SECRET-KEY-1";

/// A recovery sheet that was proved good.
#[derive(Debug)]
pub struct RecoverySheet {
    identity: Identity,
}

impl RecoverySheet {
    /// Makes a new key and writes its sheet into a new file, which only its owner can read. The sheet counts as good
    /// only when the file, read back from the disk, has opened something that was sealed for its recipient.
    pub fn make(file: &Path, now: Timestamp) -> Result<Self, BackupError> {
        let identity = Identity::random();
        let text = text(&identity, now);
        let write = || {
            let mut to = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(file)?;
            to.write_all(text.as_bytes())?;
            to.sync_all()
        };
        write().map_err(BackupError::on("create", file))?;
        let sheet = Self::read(file)?;
        sheet.prove(&identity.recipient())?;
        Ok(sheet)
    }

    /// Reads a sheet: a file, or what somebody typed from paper.
    pub fn read(file: &Path) -> Result<Self, BackupError> {
        let mut text = Zeroizing::new(String::new());
        File::open(file)
            .and_then(|from| from.take(SHEET_BYTES).read_to_string(&mut text))
            .map_err(BackupError::on("read", file))?;
        Self::parse(&text)
    }

    /// Finds the secret line of a sheet.
    pub fn parse(text: &str) -> Result<Self, BackupError> {
        let mut lines = text
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with(SECRET));
        let line = lines.next().ok_or(BackupError::BadSheet(
            "it has no line that begins with AGE-SECRET-KEY-1",
        ))?;
        if lines.next().is_some() {
            return Err(BackupError::BadSheet("it has more than one secret line"));
        }
        let identity = Identity::parse(line).ok_or(BackupError::BadSheet(
            "its secret line has a mistake in it: compare it letter by letter",
        ))?;
        Ok(Self { identity })
    }

    /// Proves that this sheet opens what is sealed for `recipient`, by doing both.
    pub fn prove(&self, recipient: &Recipient) -> Result<(), BackupError> {
        const PROOF: &[u8] = b"homemaid recovery sheet";
        let broken = |_| BackupError::BadSheet("it does not open what is sealed for it");
        let seal = || {
            let encryptor = Lock::Recipient(recipient.clone()).encryptor();
            let mut sealed = Vec::new();
            let mut into = encryptor.expect("a recipient seals").wrap_output(&mut sealed)?;
            into.write_all(PROOF)?;
            into.finish()?;
            std::io::Result::Ok(sealed)
        };
        let sealed = seal().map_err(broken)?;
        let opened = age::decrypt(&self.identity.age(), &sealed);
        match opened {
            Ok(text) if text == PROOF => Ok(()),
            _ => Err(BackupError::BadSheet("it does not open what is sealed for it")),
        }
    }

    /// Returns whom to seal for.
    pub fn recipient(&self) -> Recipient {
        self.identity.recipient()
    }

    /// Returns what opens the backups.
    pub fn key(&self) -> Key {
        Key::Identity(self.identity.clone())
    }
}

fn text(identity: &Identity, now: Timestamp) -> Zeroizing<String> {
    let secret = identity.text();
    let recipient = identity.recipient();
    let day = now.strftime("%Y-%m-%d");
    Zeroizing::new(format!(
        "# HOMEMAID RECOVERY SHEET, made {day}\n\
         #\n\
         # The line below opens every backup sealed for\n\
         #   {recipient}\n\
         # Without it they are lost; whoever has it reads them. Print this page, put it where you keep papers,\n\
         # and delete the file from this machine.\n\
         #\n\
         # To restore:   homemaid restore BACKUP --sheet THIS-FILE\n\
         # Without it:   age -d -i THIS-FILE BACKUP | zstd -d | tar x\n\
         # Typed from paper, a file with the line alone will do.\n\
         \n\
         {}\n",
        secret.as_str()
    ))
}
