//! A PostgreSQL of the test's own: a new cluster in a temporary folder, on a socket only the test knows.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use postgres::{Client, NoTls};
use tempfile::TempDir;

/// Where Debian's package puts the server.
const BIN: &str = "/usr/lib/postgresql/15/bin";

pub(crate) struct Cluster {
    folder: TempDir,
    server: Child,
}

/// PostgreSQL refuses to run as root; Debian's package makes a user for it.
fn command(program: &str) -> Command {
    let root =
        std::fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0);
    let path = PathBuf::from(BIN).join(program);
    if !root {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command
        .args([
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
            "--pdeathsig=INT",
        ])
        .arg(path);
    command
}

fn run(command: &mut Command) {
    let output = command
        .output()
        .expect("postgresql-15 is installed (installer/packages/test)");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("pg").tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        // Whoever the server runs as owns its folder.
        let permissions = |mode| std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(folder.path(), permissions(0o755)).unwrap();
        if std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0 {
            run(Command::new("chown").arg("postgres:postgres").arg(&data));
        }
        let text = |path: &Path| {
            path.to_str()
                .expect("temporary folders have plain names")
                .to_owned()
        };
        run(command("initdb").current_dir("/").args([
            "--pgdata",
            &text(&data),
            "--auth=trust",
            "--username=truth",
            "--encoding=UTF8",
            "--locale=C",
            "--lc-ctype=C.UTF-8",
            "--no-sync",
        ]));
        let server = command("postgres")
            .current_dir("/")
            .args(["-D", &text(&data), "-k", &text(&data)])
            .args([
                "-c",
                "listen_addresses=",
                "-c",
                "fsync=off",
                "-c",
                "timezone=UTC",
                "-c",
                "max_connections=10",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let cluster = Self { folder, server };
        // The server is ready when it lets somebody in.
        while cluster.connect().is_err() {
            std::thread::yield_now();
        }
        cluster
    }

    fn connect(&self) -> Result<Client, postgres::Error> {
        let host = self.folder.path().join("data");
        Client::connect(
            &format!("host={} user=truth dbname=postgres", host.display()),
            NoTls,
        )
    }

    /// Opens a connection whose statements see a new schema only.
    pub(crate) fn schema(&self, name: &str) -> Client {
        let mut client = self.connect().unwrap();
        client
            .batch_execute(&format!("CREATE SCHEMA {name}; SET search_path = {name}"))
            .unwrap();
        client
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Its children notice that it is gone.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
