//! Uploads in parts with their bytes (spec/sse/multipart.md, spec/sealed-object.md).

use super::super::bytes::ByteSwitch;
use super::super::switch::Switch;
use super::super::vault;
use super::objects::DataKey;
use super::parts::Completion;
use super::{MalleableWorld, s3};
use crate::target::Failure;
use md5::{Digest, Md5};
use sse_spec::{Algorithm, Class, Reply, Tag};
use sse_vectors::builder::SealedMessage;
use sse_vectors::oracle::{CompletePlan, Object, Part, PartPlan, PutPlan};
use std::collections::BTreeMap;

/// What the oracle does not keep of an open upload.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// The wrapped data key.
    pub(super) blob: Vec<u8>,
    /// First bytes of each part's message, salt and commitment, by number.
    pub(super) headers: BTreeMap<u32, Vec<u8>>,
}

/// Length of salt and commitment.
const HEADER: usize = 56;

impl MalleableWorld {
    pub(super) fn create_upload(&mut self, plan: &PutPlan) -> Result<Reply, Failure> {
        let plan = &self.bend_write(plan);
        let spared = self.spared(plan, false);
        let DataKey { blob, arn, .. } = spared.unwrap_or_else(|| self.data_key(plan))?;
        let reply = self.ask(|oracle, moment| oracle.upload_created(moment, plan, arn));
        self.durable
            .uploads
            .insert(reply.upload_id.clone(), Held { blob, headers: BTreeMap::new() });
        Ok(reply.into())
    }

    pub(super) fn upload_part(
        &mut self,
        plan: &PartPlan,
        plaintext: Vec<u8>,
    ) -> Result<Reply, Failure> {
        let name = &plan.upload.name;
        let blob = self.held(&plan.upload_id).blob;
        let clear = self.unwrap_blob(plan.kms.clone(), &blob, name)?;
        let size = u64::try_from(plaintext.len()).map_err(|_| s3(Class::EntityTooLarge))?;
        let etag = self.etag(plan.upload.algorithm, &plaintext);
        if let Some(size) = self.first_wins(plan) {
            return Ok(self.durable.oracle.part_stored(plan, size, etag).into());
        }
        self.beside_part(plan, &clear, &plaintext)?;
        if self.byte_switch() == Some(ByteSwitch::AbortLeaves) {
            self.memory.store.spooled.clone_from(&plaintext);
        }
        let (number, salt) = (part_number(plan.number)?, self.fresh());
        let other = self.other_form(plan, &clear, &plaintext);
        let sealed = || vault::seal_part(&clear, name, number, salt, plaintext);
        let message = other.or_else(|| sealed().map(|sealed| sealed.message));
        let message = message.ok_or_else(|| s3(Class::InvalidArgument))?;
        let header = message.iter().take(HEADER).copied().collect();
        self.keep(&part_id(&plan.upload_id, plan.number), &Tag::Upload, message);
        if let Some(held) = self.durable.uploads.get_mut(&plan.upload_id) {
            held.headers.insert(plan.number, header);
        }
        Ok(self.durable.oracle.part_stored(plan, size, etag).into())
    }

    pub(super) fn complete(&mut self, plan: &CompletePlan) -> Result<Reply, Failure> {
        let held = self.held(&plan.upload_id);
        let clear = self.unwrap_blob(plan.kms.clone(), &held.blob, &plan.upload.name)?;
        let parts = plan
            .parts
            .iter()
            .map(|(number, part)| self.read_part(plan, &held, &clear, *number, part))
            .collect::<Result<Vec<_>, Failure>>()?;
        let Completion { plan, parts, data_key } =
            self.bend_completion(plan, held, clear, parts)?;
        let (plan, upload) = (&plan, &plan.upload);
        // Only a bend looks at the plaintext of a completed upload.
        let plaintext = match self.options.switch {
            None | Some(Switch::Bytes(ByteSwitch::PartsUnnumbered)) => Vec::new(),
            Some(_) => vault::open_messages(&data_key.clear, &upload.name, &parts)
                .ok_or_else(|| s3(Class::Integrity))?,
        };
        let etag = self.etag_of_parts(plan);
        let described = Object {
            algorithm: upload.algorithm,
            kms_key_id: upload.kms_key_id.clone(),
            context: upload.context.clone(),
            metadata: upload.metadata.clone(),
            size: plan.size,
            etag: self.plain_etag(upload.algorithm, &plaintext).unwrap_or(etag),
        };
        self.store(&upload.name, &described, &data_key, &parts, &plaintext)?;
        let reply = self.durable.oracle.completed(plan, described.etag);
        self.ended(plan);
        Ok(reply.into())
    }

    /// A stored part, if it is the one that was acknowledged and of this upload's data key.
    pub(super) fn read_part(
        &mut self,
        plan: &CompletePlan,
        held: &Held,
        clear: &[u8; 32],
        number: u32,
        part: &Part,
    ) -> Result<SealedMessage, Failure> {
        let header = held.headers.get(&number);
        let copies = match self.read_fails()? {
            true => Vec::new(),
            false => self.stored_part(&plan.upload_id, number),
        };
        let acknowledged =
            |message: &Vec<u8>| header.is_some_and(|header| message.starts_with(header));
        let (name, number) = (&plan.upload.name, part_number(number)?);
        copies
            .into_iter()
            .filter(acknowledged)
            .find_map(|message| {
                let reformed = self.reformed(clear, name, number, part.size, &message);
                reformed.or_else(|| vault::read_part(clear, name, number, part.size, message))
            })
            .ok_or_else(|| s3(Class::Integrity))
    }

    /// The entity tag of a completed upload, with the number of its parts.
    fn etag_of_parts(&mut self, plan: &CompletePlan) -> String {
        let digests: Vec<u8> = plan
            .parts
            .iter()
            .flat_map(|(_, part)| hex::decode(&part.etag).unwrap_or_default())
            .collect();
        let whole = match plan.upload.algorithm {
            Algorithm::Aes256 => hex::encode(Md5::digest(&digests)),
            Algorithm::AwsKms => hex::encode(self.random.array::<16>()),
        };
        format!("{whole}-{}", plan.parts.len())
    }

    fn held(&self, upload_id: &str) -> Held {
        self.durable.uploads.get(upload_id).cloned().unwrap_or_default()
    }

    /// Takes every item of an upload off the disk; its control item goes with the oracle's state.
    pub(super) fn drop_upload(&mut self, upload_id: &str) {
        let held = self.durable.uploads.remove(upload_id).unwrap_or_default();
        for number in held.headers.keys() {
            self.take(&part_id(upload_id, *number));
        }
    }
}

/// Name of a part's item.
pub(super) fn part_id(upload_id: &str, number: u32) -> String {
    format!("part/{upload_id}/{number:05}")
}

pub(super) fn part_number(number: u32) -> Result<u16, Failure> {
    u16::try_from(number).map_err(|_| s3(Class::InvalidArgument))
}
