//! The user's own files as bodies: each file goes through both modes and back, streamed.

use crate::case::{Area, Breadth, Case, Ending, Group, Needs, Step, ending};
use crate::session::{Arena, unexpected};
use sha2::{Digest, Sha256};
use sse_spec::{Body, Delivery, GetObject, Metadata, Profile, PutObject, SseHeaders};
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// A folder or file of the user that cannot be read.
#[derive(Debug)]
pub struct CorpusError {
    path: PathBuf,
    error: io::Error,
}

impl fmt::Display for CorpusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "corpus: cannot read `{}`: {}", self.path.display(), self.error)
    }
}

impl std::error::Error for CorpusError {}

/// Two cases for each regular file below `folder`, ascending by path; links are followed.
///
/// # Errors
/// The folder or the file that cannot be read.
pub fn corpus_cases(folder: &Path) -> Result<Vec<Case>, CorpusError> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    Ok(files.iter().flat_map(|path| both(folder, path)).collect())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), CorpusError> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        |error| CorpusError { path, error }
    };
    for entry in folder.read_dir().map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let kind = path.metadata().map_err(failed(&path))?;
        if kind.is_dir() {
            collect(&path, files)?;
        } else if kind.is_file() {
            File::open(&path).map_err(failed(&path))?;
            files.push(path);
        }
    }
    Ok(())
}

fn both(folder: &Path, path: &Path) -> Vec<Case> {
    let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
    [("sse-s3", Group::SseS3, "AES256"), ("sse-kms", Group::SseKms, "aws:kms")]
        .into_iter()
        .map(|(word, group, algorithm)| {
            let path = path.to_path_buf();
            Case {
                id: format!("corpus/{word}/{name}"),
                comment: "A file of the user goes in and comes back the same.".into(),
                requirements: vec!["sse.get.round-trip".into()],
                profile: Profile::Core,
                area: Area::Api,
                group,
                breadth: Breadth::Broad,
                family: "corpus".into(),
                twin: None,
                needs: Needs { store: true, ..Needs::default() },
                run: Box::new(move |arena| ending(round_trip(arena, &path, algorithm))),
            }
        })
        .collect()
}

fn round_trip(arena: &Arena<'_>, path: &Path, algorithm: &str) -> Step<()> {
    let unreadable = |error: io::Error| {
        Ending::Unusable(CorpusError { path: path.to_path_buf(), error }.to_string())
    };
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    if (1..length).contains(&arena.description.limits.object_bytes) {
        return Err(Ending::Skipped("the file is larger than the target's largest object".into()));
    }
    let mut session = arena.open("corpus")?;
    let bucket = session.bucket()?;
    let caller = session.caller.clone();
    let put = PutObject {
        bucket: bucket.clone(),
        key: "file".into(),
        body: Body::File(path.to_path_buf()),
        sse: SseHeaders { algorithm: Some(algorithm.into()), ..SseHeaders::default() },
        metadata: Metadata::new(),
    };
    let mut sent = Digesting::new(File::open(path).map_err(unreadable)?);
    let result = session.world.put_stream(&caller, &put, &mut sent);
    if let Some(error) = sent.error.take() {
        return Err(unreadable(error));
    }
    result.map_err(|failure| unexpected("PutObject", &failure))?;
    let get = GetObject { bucket, key: "file".into(), range: None, sse: SseHeaders::default() };
    let mut got = Digesting::new(io::sink());
    let reply = session.world.get_stream(&caller, &get, &mut got);
    let reply = reply.map_err(|failure| unexpected("GetObject", &failure))?;
    if let Delivery::Aborted { .. } = reply.delivery {
        return Err(Ending::Failed("an intact object was aborted".into()));
    }
    if (sent.count, sent.digest()) != (got.count, got.digest()) {
        return Err(Ending::Failed(format!(
            "{} bytes went in and {} came back, or others",
            sent.count, got.count
        )));
    }
    if reply.size != sent.count {
        return Err(Ending::Failed(format!("the size shown is {}", reply.size)));
    }
    Ok(())
}

/// Counts and digests what passes through.
struct Digesting<T> {
    inner: T,
    sha256: Sha256,
    count: u64,
    error: Option<io::Error>,
}

impl<T> Digesting<T> {
    fn new(inner: T) -> Self {
        Self { inner, sha256: Sha256::new(), count: 0, error: None }
    }

    fn digest(&self) -> Vec<u8> {
        self.sha256.clone().finalize().to_vec()
    }

    fn note(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.count += bytes.len() as u64;
    }
}

impl<T: Read> Read for Digesting<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(count) => {
                self.note(buffer.get(..count).unwrap_or_default());
                Ok(count)
            }
            Err(error) => {
                let kind = error.kind();
                self.error = Some(error);
                Err(kind.into())
            }
        }
    }
}

impl<T: Write> Write for Digesting<T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(buffer)?;
        self.note(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
