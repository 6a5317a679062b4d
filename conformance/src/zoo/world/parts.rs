//! Bends of uploads in parts inside the world (spec/sse/multipart.md).

use super::super::bytes::ByteSwitch;
use super::super::malleable::PART_BYTES;
use super::super::switch::Switch;
use super::super::vault;
use super::objects::DataKey;
use super::uploads::{Held, part_id, part_number};
use super::{MalleableWorld, s3};
use crate::target::Failure;
use md5::{Digest, Md5};
use sse_spec::{Algorithm, Body, Class, ObjectName, Operation, PutObject, SseHeaders, Tag};
use sse_vectors::builder::SealedMessage;
use sse_vectors::oracle::{CompletePlan, Decision, PartPlan, Use};

/// What an object is made of at a completion.
pub(super) struct Completion {
    pub(super) plan: CompletePlan,
    pub(super) parts: Vec<SealedMessage>,
    pub(super) data_key: DataKey,
}

impl MalleableWorld {
    /// What a part lies as, where a bend seals it otherwise or not at all.
    pub(super) fn other_form(
        &mut self,
        plan: &PartPlan,
        clear: &[u8; 32],
        plaintext: &[u8],
    ) -> Option<Vec<u8>> {
        let small = u64::try_from(plaintext.len()).is_ok_and(|size| size < PART_BYTES);
        if self.bent(Switch::PartsClear)
            || small && self.bent(Switch::SmallPartClear)
            || self.resent(plan) && self.bent(Switch::ResentPartClear)
        {
            return Some(plaintext.to_vec());
        }
        let name = &plan.upload.name;
        let first = self.durable.uploads.get(&plan.upload_id)?.headers.iter().next();
        if let Some(salt) = first.and_then(|(_, header)| header.get(..24)?.try_into().ok())
            && self.bent(Switch::PartsOneStream)
        {
            return vault::seal_part(clear, name, 1, salt, plaintext.to_vec()).map(|it| it.message);
        }
        if self.set(Switch::PartsOneStream) {
            let salt = self.fresh();
            return vault::seal_part(clear, name, 1, salt, plaintext.to_vec()).map(|it| it.message);
        }
        if let Some(message) = self.unnumbered(clear, name, plaintext) {
            return Some(message);
        }
        let held = self.durable.uploads.get(&plan.upload_id)?.headers.get(&plan.number)?;
        let salt: [u8; 24] = held.get(..24)?.try_into().ok()?;
        let number = part_number(plan.number).ok()?;
        if !self.bent(Switch::ResentPartSalt) {
            return None;
        }
        vault::seal_part(clear, name, number, salt, plaintext.to_vec()).map(|it| it.message)
    }

    /// Whether a part of this number was there before.
    pub(super) fn resent(&self, plan: &PartPlan) -> bool {
        plan.upload.parts.contains_key(&plan.number)
    }

    /// What else a bend does when a part comes.
    pub(super) fn beside_part(
        &mut self,
        plan: &PartPlan,
        clear: &[u8; 32],
        plaintext: &[u8],
    ) -> Result<(), Failure> {
        self.memory.store.arrivals.retain(|it| *it != (plan.upload_id.clone(), plan.number));
        self.memory.store.arrivals.push((plan.upload_id.clone(), plan.number));
        if self.bent(Switch::PartDigestBeside) {
            let id = format!("part-digest/{}/{:05}", plan.upload_id, plan.number);
            self.keep(&id, &Tag::Upload, Md5::digest(plaintext).to_vec());
        }
        if self.bent(Switch::UploadKeyBeside) {
            let id = format!("part-key/{}", plan.upload_id);
            self.keep(&id, &Tag::Upload, clear.to_vec());
        }
        if let Some(request) = &plan.kms
            && self.bent(Switch::PartGenerates)
        {
            let mut request = request.clone();
            request.usage = Use::GenerateDataKey { length: 32, spec: Some("AES_256".to_owned()) };
            self.kms_for_store(request, &[])?;
        }
        Ok(())
    }

    /// A stored part, if a bend gave it another form.
    pub(super) fn reformed(
        &mut self,
        clear: &[u8; 32],
        name: &ObjectName,
        number: u16,
        size: u64,
        message: &[u8],
    ) -> Option<SealedMessage> {
        let in_clear = u64::try_from(message.len()).is_ok_and(|length| length == size);
        let switches = [Switch::PartsClear, Switch::SmallPartClear, Switch::ResentPartClear];
        let plaintext = if in_clear && switches.iter().any(|switch| self.set(*switch)) {
            message.to_vec()
        } else if self.set(Switch::PartsOneStream) {
            let part = vault::read_part(clear, name, 1, size, message.to_vec())?;
            vault::open_messages(clear, name, &[part])?
        } else {
            return self.number(clear, name, (number, size), message);
        };
        let salt = self.fresh();
        vault::seal_part(clear, name, number, salt, plaintext)
    }

    /// What a bend makes of a completion.
    pub(super) fn bend_completion(
        &mut self,
        plan: &CompletePlan,
        held: Held,
        clear: [u8; 32],
        parts: Vec<SealedMessage>,
    ) -> Result<Completion, Failure> {
        let mut plan = plan.clone();
        let arn = plan.upload.kms_key_id.clone();
        let mut data_key = DataKey { clear, blob: held.blob.clone(), arn };
        let numbers = self.other_order(&plan);
        let moved = self.moved(&plan);
        if numbers.is_none() && moved.is_none() {
            return Ok(Completion { plan, parts, data_key });
        }
        let listed = || plan.parts.iter().map(|(number, _)| *number).collect();
        let name = plan.upload.name.clone();
        let mut whole = Vec::new();
        for number in numbers.unwrap_or_else(listed) {
            let part = plan.upload.parts.get(&number).cloned().ok_or_else(Self::unread)?;
            let part = self.read_part(&plan, &held, &clear, number, &part)?;
            let bytes = vault::open_messages(&clear, &name, &[part]);
            whole.extend(bytes.ok_or_else(Self::unread)?);
        }
        if let Some(Decision::Put(other)) = moved {
            data_key = self.data_key(&other)?;
            plan.upload.algorithm = other.algorithm;
            plan.upload.kms_key_id.clone_from(&data_key.arn);
        }
        plan.size = u64::try_from(whole.len()).map_err(|_| s3(Class::EntityTooLarge))?;
        let salt = self.fresh();
        let sealed = vault::seal_part(&data_key.clear, &name, 0, salt, whole);
        let parts = vec![sealed.ok_or_else(Self::unread)?];
        Ok(Completion { plan, parts, data_key })
    }

    /// The numbers of the parts that a bend joins, where they are not those listed.
    fn other_order(&self, plan: &CompletePlan) -> Option<Vec<u32>> {
        let listed: Vec<u32> = plan.parts.iter().map(|(number, _)| *number).collect();
        let arrived = self.memory.store.arrivals.iter();
        let arrived =
            arrived.filter(|(id, number)| *id == plan.upload_id && listed.contains(number));
        let arrived: Vec<u32> = arrived.map(|(_, number)| *number).collect();
        let all: Vec<u32> = plan.upload.parts.keys().copied().collect();
        if arrived.len() == listed.len() && arrived != listed && self.bent(Switch::PartsAsTheyCame)
        {
            Some(arrived)
        } else if all != listed && self.bent(Switch::UnlistedJoined) {
            Some(all)
        } else if listed.len() > 1 && self.bent(Switch::LastPartDropped) {
            Some(listed.iter().take(listed.len() - 1).copied().collect())
        } else {
            None
        }
    }

    /// The write that the default of the bucket now asks for, where it is another one.
    fn moved(&mut self, plan: &CompletePlan) -> Option<Decision> {
        if !self.set(Switch::DefaultAtCompletion) || plan.upload.sent.algorithm.is_some() {
            return None;
        }
        let caller = self.memory.store.caller.clone()?;
        let put = Operation::PutObject(PutObject {
            bucket: plan.upload.name.bucket.clone(),
            key: plan.upload.name.key.clone(),
            body: Body::Inline(Vec::new().into()),
            sse: SseHeaders::default(),
            metadata: plan.upload.metadata.clone(),
        });
        let decision = self.ask(|oracle, moment| oracle.decide(moment, &caller, &put));
        let Decision::Put(other) = &decision else { return None };
        let key = other.kms.as_ref().and_then(|request| request.key_id.clone());
        if (other.algorithm, &key) == (plan.upload.algorithm, &plan.upload.kms_key_id) {
            return None;
        }
        self.witness().reach();
        Some(decision)
    }

    /// Ends an upload that was aborted, unless a bend leaves something of it.
    pub(super) fn aborted(&mut self, upload_id: &str) {
        if self.bent(Switch::AbortIgnored) {
            if let Some((id, upload)) = self.memory.store.upload.take() {
                self.durable.oracle.state.uploads.insert(id, upload);
            }
        } else if self.bent(Switch::AbortKeepsParts) {
            self.durable.uploads.remove(upload_id);
        } else {
            self.drop_upload(upload_id);
        }
        let spooled = std::mem::take(&mut self.memory.store.spooled);
        if !spooled.is_empty() && self.bytes(ByteSwitch::AbortLeaves) {
            self.keep(&format!("part-spool/{upload_id}"), &Tag::Unknown, spooled);
        }
    }

    /// Ends an upload that was completed, unless a bend leaves it open.
    pub(super) fn ended(&mut self, plan: &CompletePlan) {
        if self.bent(Switch::EndedUploadOpen) {
            self.durable.oracle.state.uploads.insert(plan.upload_id.clone(), plan.upload.clone());
        } else {
            self.drop_upload(&plan.upload_id);
        }
    }

    /// Keeps what an earlier part of the number left, where a bend forgets to replace it.
    pub(super) fn first_wins(&self, plan: &PartPlan) -> Option<u64> {
        let first = plan.upload.parts.get(&plan.number)?;
        self.bent(Switch::FirstPartStays).then_some(first.size)
    }

    /// The items of a part.
    pub(super) fn stored_part(&self, upload_id: &str, number: u32) -> Vec<Vec<u8>> {
        self.copies(&part_id(upload_id, number))
    }

    /// The entity tag of a completed upload, where a bend takes it for a put.
    pub(super) fn plain_etag(&self, algorithm: Algorithm, plaintext: &[u8]) -> Option<String> {
        let plain = algorithm == Algorithm::Aes256 && self.bent(Switch::UploadEtagPlain);
        plain.then(|| hex::encode(Md5::digest(plaintext)))
    }

    /// The entity tag that a bend gives to a body.
    pub(super) fn other_etag(&mut self, algorithm: Algorithm, plaintext: &[u8]) -> Option<String> {
        match algorithm {
            Algorithm::AwsKms if self.bent(Switch::KmsEtagMd5) => {
                Some(hex::encode(Md5::digest(plaintext)))
            }
            Algorithm::Aes256 if self.bent(Switch::S3EtagRandom) => {
                Some(hex::encode(self.random.array::<16>()))
            }
            _ => None,
        }
    }
}
