//! Bends of the bytes at rest (spec/sse/at-rest.md, spec/sealed-object.md).

use super::super::bytes::ByteSwitch;
use super::super::switch::Switch;
use super::super::vault::{self, Opened, Vault};
use super::MalleableWorld;
use super::objects::DataKey;
use super::rest::place;
use crate::target::Failure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use sse_spec::{
    Algorithm, Bytes, Class, Delivery, Edit, ObjectName, OpenObject, OpenObjectReply, Operation,
    Refusal, Reply,
};
use sse_vectors::builder::{SealedMessage, body, bytes::Reader};
use sse_vectors::oracle::{GetPlan, Object, Oracle, PutPlan, Side, Span, Stored, refusal};
use std::collections::BTreeMap;
use std::io::Read;

/// A key that an SSE-S3 object shows once its mode was edited.
const SHOWN: &str =
    "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000002";
const CRC32: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
const CRC32C: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);
const CRC64: crc::Crc<u64> = crc::Crc::<u64>::new(&crc::CRC_64_NVME);

impl MalleableWorld {
    pub(super) fn bytes(&self, switch: ByteSwitch) -> bool {
        self.bent(Switch::Bytes(switch))
    }

    /// The switch of the bytes that is set.
    pub(super) fn byte_switch(&self) -> Option<ByteSwitch> {
        match self.options.switch {
            Some(Switch::Bytes(switch)) => Some(switch),
            _ => None,
        }
    }

    /// Data key and salt of a write under SSE-S3, where a bend does not draw them.
    pub(super) fn undrawn(&mut self, name: &ObjectName) -> Option<([u8; 32], [u8; 24])> {
        const ONE: [u8; 32] = [0x11; 32];
        let named = format!("{}/{}", name.bucket, name.key);
        let count = self.memory.store.count.to_string();
        let (clear, salt) = match self.byte_switch()? {
            ByteSwitch::SaltOfName => (ONE, digest(&named)),
            ByteSwitch::SaltOfTime => (ONE, digest(&self.durable.now.to_string())),
            ByteSwitch::SaltCounted => (ONE, digest(&count)),
            ByteSwitch::KeyCounted => (digest(&count), [7; 32]),
            _ => return None,
        };
        self.memory.store.count += 1;
        self.witness().reach();
        Some((clear, *salt.first_chunk()?))
    }

    /// Under which name body and wrap of an object are bound.
    pub(super) fn bound_name(&self, name: &ObjectName, own: bool) -> ObjectName {
        if own && self.byte_switch() == Some(ByteSwitch::Apart) {
            return anybody();
        }
        name.clone()
    }

    /// What lies beside an object.
    pub(super) fn lay_beside(
        &mut self,
        name: &ObjectName,
        described: &Object,
        data_key: &DataKey,
        plaintext: &[u8],
    ) {
        let Some(switch) = self.byte_switch() else { return };
        let kms = described.algorithm == Algorithm::AwsKms;
        let (kind, bytes) = match switch {
            ByteSwitch::Sha1 => ("digest", sha1::Sha1::digest(plaintext).to_vec()),
            ByteSwitch::Sha256 => ("digest", Sha256::digest(plaintext).to_vec()),
            ByteSwitch::Crc32 => ("digest", CRC32.checksum(plaintext).to_be_bytes().to_vec()),
            ByteSwitch::Crc32c => ("digest", CRC32C.checksum(plaintext).to_be_bytes().to_vec()),
            ByteSwitch::Crc64 => ("digest", CRC64.checksum(plaintext).to_be_bytes().to_vec()),
            ByteSwitch::KeyHex => ("data-key", hex::encode(data_key.clear).into_bytes()),
            ByteSwitch::KeyBase64 => ("data-key", STANDARD.encode(data_key.clear).into_bytes()),
            ByteSwitch::Mode => ("aside", vec![u8::from(kms)]),
            ByteSwitch::KeyName => ("aside", data_key.arn.clone().unwrap_or_default().into_bytes()),
            ByteSwitch::Size => ("aside", described.size.to_be_bytes().to_vec()),
            ByteSwitch::Etag => ("aside", described.etag.clone().into_bytes()),
            ByteSwitch::Apart if !kms && self.memory.store.path.seals() => {
                ("blob", data_key.blob.clone())
            }
            _ => return,
        };
        self.witness().reach();
        self.beside(kind, &name.bucket, &name.key, bytes);
    }

    /// The messages as they lie in an item of their own, where a bend puts them there.
    pub(super) fn body_item(&self, messages: &[u8], kms: bool) -> Option<Vec<u8>> {
        match self.byte_switch()? {
            ByteSwitch::ChunkCut | ByteSwitch::TailTaken => Some(messages.to_vec()),
            ByteSwitch::Apart if !kms && self.memory.store.path.seals() => Some(messages.to_vec()),
            ByteSwitch::Checksum => {
                Some([messages, &CRC32.checksum(messages).to_be_bytes()].concat())
            }
            _ => None,
        }
    }

    /// Whether the record need not agree with the body.
    pub(super) fn unbound(&self) -> bool {
        use ByteSwitch::{Apart, Checksum, ChunkCut, PartsUnnumbered, Size, TailTaken};
        let lax = [Apart, Checksum, ChunkCut, PartsUnnumbered, Size, TailTaken];
        self.byte_switch().is_some_and(|switch| lax.contains(&switch))
    }

    /// An object with what lies beside its record in the place of what stands there.
    pub(super) fn overlaid(&self, name: &ObjectName, mut opened: Opened) -> Option<Opened> {
        let Some(switch) = self.byte_switch() else { return Some(opened) };
        let beside = |kind: &str| self.copies(&place(kind, &name.bucket, &name.key)).pop();
        match switch {
            ByteSwitch::ChunkCut | ByteSwitch::TailTaken | ByteSwitch::Checksum => {
                opened.body = beside("body")?;
            }
            ByteSwitch::Apart => {
                if let Some(blob) = beside("blob") {
                    opened.fields.blob = blob;
                    opened.body = beside("body")?;
                    opened.name = anybody();
                }
            }
            ByteSwitch::Mode => {
                let kms = beside("aside")?.first()? & 1 == 1;
                let arn = opened.fields.key_arn.take();
                opened.fields.algorithm = if kms { Algorithm::AwsKms } else { Algorithm::Aes256 };
                opened.fields.key_arn = kms.then(|| arn.unwrap_or_else(|| SHOWN.to_owned()));
            }
            ByteSwitch::KeyName if opened.fields.key_arn.is_some() => {
                opened.fields.key_arn = String::from_utf8(beside("aside")?).ok();
            }
            ByteSwitch::Size => {
                let size = u64::from_be_bytes(beside("aside")?.try_into().ok()?);
                // Of several parts the last one is as long as it takes.
                let (last, others) = opened.part.parts.split_last_mut()?;
                last.length = size.checked_sub(others.iter().map(|part| part.length).sum())?;
            }
            ByteSwitch::Etag => opened.part.etag = String::from_utf8(beside("aside")?).ok()?,
            ByteSwitch::PartsUnnumbered => renumber(&mut opened)?,
            _ => return Some(opened),
        }
        self.witness().reach();
        Some(opened)
    }

    /// Whether a bend gives a body as long as it lies there, whatever its size.
    pub(super) fn tailed(&self, opened: &Opened, span: Span) -> bool {
        let whole = span == Span { start: 0, end: opened.part.size() };
        whole && self.byte_switch() == Some(ByteSwitch::TailTaken)
    }

    /// The bytes of a body that a bend opens otherwise: `None` where it does not.
    pub(super) fn opened_otherwise(
        &self,
        opened: &Opened,
        clear: &[u8; 32],
    ) -> Option<Option<Vec<u8>>> {
        let lengths = opened.part.parts.iter().filter_map(|part| body::sealed_length(part.length));
        let whole = usize::try_from(lengths.sum::<u64>()).unwrap_or(usize::MAX);
        let stored = opened.body.len();
        match self.byte_switch()? {
            ByteSwitch::ChunkCut => {
                let chunks = stored.checked_sub(body::HEADER)?;
                let cut = stored < whole && chunks.is_multiple_of(body::SEALED_CHUNK);
                (cut && self.bytes(ByteSwitch::ChunkCut))
                    .then(|| vault::open_body_loosely(opened, clear, true))
            }
            ByteSwitch::TailTaken if stored > whole => {
                self.witness().reach();
                let mut front = opened.clone();
                let tail = front.body.split_off(whole);
                let span = Span { start: 0, end: front.part.size() };
                let bytes = vault::open_body(&front, clear, span);
                Some(bytes.map(|bytes| [bytes, tail].concat()))
            }
            ByteSwitch::Checksum => {
                self.witness().reach();
                Some(checked(opened).and_then(|it| vault::open_body_loosely(&it, clear, false)))
            }
            _ => None,
        }
    }

    /// What a bend releases of a body that does not authenticate.
    pub(super) fn released(
        &mut self,
        plan: &GetPlan,
        candidates: &[Opened],
        failure: Failure,
    ) -> Result<Reply, Failure> {
        let damaged = matches!(&failure, Failure::Refused(it) if it.class == Class::Integrity);
        let Some(first) = candidates.first().filter(|_| damaged) else { return Err(failure) };
        if self.byte_switch() != Some(ByteSwitch::PrefixReleased) {
            return Err(failure);
        }
        let Ok(clear) = self.unwrap(plan, first) else { return Err(failure) };
        let Some(prefix) = vault::open_body_loosely(first, &clear, false) else {
            return Err(failure);
        };
        self.witness().reach();
        let mut reply = Oracle::got(plan, Vec::new());
        let refusal = refusal(Side::S3, Class::Integrity);
        reply.delivery = Delivery::Aborted { prefix: Bytes(prefix), refusal };
        Ok(reply.into())
    }

    /// A part of which nothing tells the number.
    pub(super) fn unnumbered(
        &mut self,
        clear: &[u8; 32],
        name: &ObjectName,
        plaintext: &[u8],
    ) -> Option<Vec<u8>> {
        if !self.bytes(ByteSwitch::PartsUnnumbered) {
            return None;
        }
        let salt = self.fresh();
        vault::seal_part(clear, name, 1, salt, plaintext.to_vec()).map(|sealed| sealed.message)
    }

    /// The same at its completion.
    pub(super) fn number(
        &self,
        clear: &[u8; 32],
        name: &ObjectName,
        (number, size): (u16, u64),
        message: &[u8],
    ) -> Option<SealedMessage> {
        if self.byte_switch() != Some(ByteSwitch::PartsUnnumbered) {
            return None;
        }
        let mut part = vault::read_part(clear, name, 1, size, message.to_vec())?;
        part.entry.number = number;
        Some(part)
    }

    /// Recomputes every checksum after edits.
    pub(super) fn fix_up(&mut self, edits: &[Edit]) {
        if self.byte_switch() != Some(ByteSwitch::Checksum) {
            return;
        }
        for edit in edits {
            if let Edit::Replace { id, .. } = edit
                && id.contains("body/")
                && let Some(item) = self.durable.disk.get_mut(id)
                && let Some((messages, sum)) = item.bytes.0.split_last_chunk_mut::<4>()
            {
                *sum = CRC32.checksum(messages).to_be_bytes();
                self.options.witness.reach();
            }
        }
    }

    /// OpenObject without a look at the commitments.
    pub(super) fn uncommitted(&self, request: &OpenObject) -> Option<Reply> {
        if request.range.is_some() || !self.bytes(ByteSwitch::CommitmentIgnored) {
            return None;
        }
        let root = request.root_key.expose().try_into().ok()?;
        let vault = Vault { root, service: BTreeMap::new(), materials: BTreeMap::new() };
        let name = ObjectName { bucket: request.bucket.clone(), key: request.key.clone() };
        let opened = vault.open(&name, &request.item.0, false)?;
        let clear = request.data_key.expose().try_into().ok()?;
        let bytes = vault::open_body_loosely(&opened, &clear, true)?;
        let Object { algorithm, kms_key_id, context, metadata, size, etag } = opened.describe();
        let whole = u64::try_from(bytes.len()).is_ok_and(|length| length == size);
        let blob = opened.fields.blob.into();
        let body = bytes.into();
        whole.then(|| {
            OpenObjectReply {
                algorithm: algorithm.into(),
                kms_key_id,
                context,
                blob,
                metadata,
                etag,
                size,
                body,
            }
            .into()
        })
    }

    /// Reads a body into a spool, which is gone unless the process is.
    pub(super) fn spool_as_it_comes(
        &mut self,
        bucket: &str,
        key: &str,
        body: &mut dyn Read,
    ) -> Result<Vec<u8>, Failure> {
        let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
        let outcome = loop {
            match body.read(&mut buffer) {
                Ok(0) => break Ok(bytes),
                Ok(read) => bytes.extend(buffer.get(..read).unwrap_or_default()),
                Err(error) => break Err(Failure::Broken(error.to_string())),
            }
            self.beside("spool", bucket, key, bytes.clone());
        };
        self.take(&place("spool", bucket, key));
        outcome
    }

    /// The refusal of a get, in other words where the record is not authentic.
    pub(super) fn tell_cause(&self, refused: Refusal, operation: &Operation) -> Refusal {
        let Operation::GetObject(request) = operation else { return refused };
        let place = (request.bucket.clone(), request.key.clone());
        let damaged =
            matches!(self.durable.oracle.state.objects.get(&place), Some(Stored::Damaged));
        if damaged && self.bytes(ByteSwitch::CauseTold) {
            return Refusal { message: "the record is damaged".to_owned(), ..refused };
        }
        refused
    }

    /// The version of the service key under which a put is wrapped.
    pub(super) fn service_version(&self, plan: &PutPlan) -> u32 {
        if self.bytes(ByteSwitch::FirstServiceKey) { 1 } else { plan.service_version }
    }

    /// Whether control items of a kind lie as they are.
    pub(super) fn unsealed(&self, kind: &str) -> bool {
        ["bucket", "key", "policy"].contains(&kind) && self.bytes(ByteSwitch::Unsealed)
    }

    /// Brings back what ReadAtRest did not show.
    pub(super) fn unhide(&mut self) {
        for (id, item) in &self.hidden {
            if !self.durable.disk.contains_key(id) {
                self.durable.disk.insert(id.clone(), item.clone());
                self.options.witness.reach();
            }
        }
    }

    /// Data key, salt and blob of a write, where a bend gives it others.
    pub(super) fn bend_secrets(
        &mut self,
        plan: &PutPlan,
        data_key: &mut DataKey,
        salt: &mut [u8; 24],
    ) -> Result<(), Failure> {
        if data_key.arn.is_some() {
            return Ok(());
        }
        if self.bent(Switch::OneDataKey) {
            *salt = [7; 24];
        }
        if let Some(other) = self.overwritten(plan).or_else(|| self.undrawn(&plan.name)) {
            (data_key.clear, *salt) = other;
            data_key.blob = self.wrap_for_service(plan, &data_key.clear)?;
        }
        Ok(())
    }
}

fn anybody() -> ObjectName {
    ObjectName { bucket: "any".to_owned(), key: "any".to_owned() }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Takes salts and commitments from where they lie in clear, and one number for all parts.
fn renumber(opened: &mut Opened) -> Option<()> {
    if opened.part.parts.len() < 2 {
        return Some(());
    }
    let mut reader = Reader::new(&opened.body);
    for entry in &mut opened.part.parts {
        let length = usize::try_from(body::sealed_length(entry.length)?).ok()?;
        let message = reader.take(length)?;
        entry.salt = *message.first_chunk()?;
        entry.commitment = message.get(24..body::HEADER)?.try_into().ok()?;
        entry.number = 1;
    }
    Some(())
}

/// A body whose checksum is right, without it.
fn checked(opened: &Opened) -> Option<Opened> {
    let (messages, sum) = opened.body.split_last_chunk::<4>()?;
    let right = CRC32.checksum(messages).to_be_bytes() == *sum;
    let body = messages.to_vec();
    right.then(|| Opened { body, ..opened.clone() })
}
