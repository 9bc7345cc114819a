//! The key that certifies the log's keys is in another process, as it may be in a TPM, an HSM or a KMS.
//!
//! The child is this program again, with the argument `hold-the-key`. It gets the texts to sign on its stdin, one a
//! line as hex digits, and answers on stdout with the signature. The key never leaves it. In production it would run
//! under an account of its own, and keep its key.
//!
//! ```console
//! $ cargo run --example signer_process
//! ```

use ed25519_dalek::{Signer as _, SigningKey};
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tracing_audit::read::verify;
use tracing_audit::seal::{Signer, VerifierKey};
use tracing_audit::{AuditLayer, Record};

/// How long the child may take for a signature. Then the log goes on without it.
const DEADLINE: Duration = Duration::from_secs(2);

/// A signer whose key is in a child process.
struct InProcess {
    child: Child,
    stdin: ChildStdin,
    answers: Receiver<String>,
    key: VerifierKey,
    /// A signature did not come in time: the next answer would be that of the text before.
    is_out_of_step: bool,
}

impl InProcess {
    fn start() -> Result<InProcess, Box<dyn Error>> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("hold-the-key")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take().ok_or("the child has no stdin")?;
        let stdout = child.stdout.take().ok_or("the child has no stdout")?;
        // A read has no deadline of its own: a thread reads, and the signer waits for what it has read.
        let (answer, answers) = channel();
        std::thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).all(|line| answer.send(line).is_ok())
        });
        // The first line has the public key. Auditors get its text, and keep it.
        let key = bytes::<32>(&answers.recv_timeout(DEADLINE)?).ok_or("the child has told no key")?;
        let key = VerifierKey::from_bytes("signer.example.com/audit", &key)?;
        Ok(InProcess { child, stdin, answers, key, is_out_of_step: false })
    }
}

impl Signer for InProcess {
    fn verifier_key(&self) -> VerifierKey {
        self.key.clone()
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }

    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], Box<dyn Error + Send + Sync>> {
        if self.is_out_of_step {
            return Err("the process has not answered in time; it is not asked again".into());
        }
        writeln!(self.stdin, "{}", hex(message))?;
        self.stdin.flush()?;
        let answer = self.answers.recv_timeout(DEADLINE).inspect_err(|_| self.is_out_of_step = true)?;
        bytes(&answer).ok_or_else(|| format!("the process has answered {answer:?}").into())
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        // It is of no use any more, and may have ended by itself.
        self.child.kill().and_then(|()| self.child.wait().map(drop)).unwrap_or(());
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().nth(1).as_deref() == Some("hold-the-key") {
        return hold_the_key();
    }
    let dir = std::env::temp_dir().join("tracing-audit-signer-process");
    let signer = InProcess::start()?;
    let key = signer.verifier_key();
    let (_layer, guard) = AuditLayer::builder(&dir).signer(signer).open()?;
    guard.handle().append(Record::new("door.opened").resource("door", "server room")).result()?;
    guard.shutdown(Duration::from_secs(10))?;

    // What an auditor does, who has the signer's key and a copy of the directory.
    let verification = verify(&dir).signer(key.clone()).run()?;
    println!("the signer's key: {key}");
    print!("{verification}");
    std::process::exit(verification.status().code().into());
}

/// The child: makes a key, tells its public half, and signs each line.
fn hold_the_key() -> Result<(), Box<dyn Error>> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)?;
    let key = SigningKey::from_bytes(&secret);
    println!("{}", hex(key.verifying_key().as_bytes()));
    for line in std::io::stdin().lines() {
        let message = text(&line?).ok_or("the line is no hex digits")?;
        println!("{}", hex(&key.sign(&message).to_bytes()));
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn bytes<const N: usize>(hex: &str) -> Option<[u8; N]> {
    text(hex)?.try_into().ok()
}
