//! One world of the malleable implementation: the oracle decides, the vault makes bytes, the disk
//! keeps them; a switch bends one step (spec/sse.md, spec/kms.md).

mod bends;
mod bytes;
mod kms;
mod objects;
mod parts;
mod plans;
mod points;
mod rest;
mod store;
mod uploads;

use super::fault::Witness;
use super::kms as kms_lens;
use super::lens;
use super::malleable::{Container, Malleable};
use super::random::Random;
use super::store as store_lens;
use super::switch::Switch;
use super::vault::Vault;
use crate::target::{Broken, Failure, World, WorldConfig, part_of_bytes, put_bytes};
use points::Points;
use sse_spec::{
    Body, Caller, Class, DataKeyRecord, EncryptionContext, Item, ListDataKeysReply, Operation,
    Plane, PutObject, PutObjectReply, Refusal, Reply, Timestamp, UploadPart, UploadPartReply,
};
use sse_vectors::builder;
use sse_vectors::oracle::{Decision, KmsRequest, Moment, Oracle, Side, Use, refusal};
use std::collections::BTreeMap;
use std::io::Read;
use uploads::Held;

/// The world.
#[derive(Debug)]
pub(super) struct MalleableWorld {
    options: Malleable,
    durable: Durable,
    random: Random,
    /// Whether the items do not open.
    damaged: bool,
    /// Every data key handed out or used; the laboratory's, not the world's.
    data_keys: Vec<DataKeyRecord>,
    memory: Memory,
    points: Points,
    /// Items that a bend keeps where ReadAtRest does not look.
    hidden: BTreeMap<String, Item>,
}

/// What an operation changes, and what one that could not write gives back.
#[derive(Clone, Debug)]
struct Durable {
    oracle: Oracle,
    vault: Vault,
    now: Timestamp,
    /// Items at rest by id, in their container.
    disk: BTreeMap<String, Item>,
    /// Contents of the control items as last written, so that only changes are written.
    written: BTreeMap<String, Vec<u8>>,
    /// What open uploads hold beside the oracle's state, by id.
    uploads: BTreeMap<String, Held>,
}

/// What only a bent world remembers between operations; lost by a Restart.
#[derive(Debug, Default)]
struct Memory {
    /// Data keys by bucket and key.
    cache: BTreeMap<(String, String), Vec<u8>>,
    /// Contexts by blob.
    contexts: BTreeMap<Vec<u8>, EncryptionContext>,
    /// What the bends of the store remember.
    store: store::StoreMemory,
    /// What the bends of KMS remember.
    kms: bends::KmsMemory,
}

impl MalleableWorld {
    pub(super) fn open(options: Malleable, config: &WorldConfig) -> Result<Self, Broken> {
        let mut random = Random::new(&config.id);
        let vault = Vault::new(&mut random);
        let setting = options.setting();
        let mut world = Self {
            options,
            durable: Durable {
                oracle: Oracle::new(setting),
                vault,
                now: config.start,
                disk: BTreeMap::new(),
                written: BTreeMap::new(),
                uploads: BTreeMap::new(),
            },
            random,
            damaged: false,
            data_keys: Vec::new(),
            memory: Memory::default(),
            points: Points::default(),
            hidden: BTreeMap::new(),
        };
        world.bend_oracle();
        world.persist().map_err(|_| Broken("the first items do not fit".to_owned()))?;
        Ok(world)
    }

    /// Whether the switch is set; asking is reaching the bent step.
    fn bent(&self, switch: Switch) -> bool {
        let set = self.set(switch);
        if set {
            self.witness().reach();
        }
        set
    }

    /// Whether the switch is set, without a claim that the bent step is reached.
    fn set(&self, switch: Switch) -> bool {
        self.options.switch == Some(switch)
    }

    fn witness(&self) -> &Witness {
        &self.options.witness
    }

    fn container(&self) -> Container {
        self.options.container
    }

    /// Fresh bytes for keys, salts and nonces.
    fn fresh<const N: usize>(&mut self) -> [u8; N] {
        if self.bent(Switch::ConstantRandom) { [0x42; N] } else { self.random.array() }
    }

    /// Asks the oracle with the world's time and ids.
    fn ask<T>(&mut self, question: impl FnOnce(&mut Oracle, &mut Moment<'_>) -> T) -> T {
        let random = &mut self.random;
        let mut draw = || random.id();
        question(&mut self.durable.oracle, &mut Moment { now: self.durable.now, draw: &mut draw })
    }

    /// Performs an operation of the planes that the oracle decides.
    fn decide(&mut self, caller: &Caller, operation: &Operation) -> Result<Reply, Failure> {
        match self.ask(|oracle, moment| oracle.decide(moment, caller, operation)) {
            Decision::Refused(refusal) => Err(Failure::Refused(refusal)),
            Decision::Replied(reply) => {
                self.follow(caller, operation, &reply);
                self.follow_kms(operation, &reply);
                Ok(*reply)
            }
            Decision::Put(plan) => self.put(&plan, &bytes_of(operation)?),
            Decision::Get(plan) => self.get(&plan),
            Decision::Copy(plan) => self.copy(&plan),
            Decision::CreateUpload(plan) => self.create_upload(&plan),
            Decision::Part(plan) => self.upload_part(&plan, bytes_of(operation)?),
            Decision::Complete(plan) => self.complete(&plan),
            Decision::Kms(request) => self.direct(*request, operation),
            Decision::NotOffered => Err(Failure::Unsupported(String::new())),
        }
    }

    /// Does with bytes what the oracle has decided without them.
    fn follow(&mut self, caller: &Caller, operation: &Operation, reply: &Reply) {
        match (operation, reply) {
            (Operation::DeleteObject(request), _) => self.erase(&request.bucket, &request.key),
            (Operation::AbortMultipartUpload(request), _) => self.aborted(&request.upload_id),
            (Operation::EnableKey(request), _) if self.bent(Switch::EnableForgets) => {
                self.forget_material(&request.key_id);
            }
            (Operation::HeadObject(request), Reply::HeadObject(shown))
                if shown.sse.kms_key_id.is_some() && self.bent(Switch::HeadGenerates) =>
            {
                let usage = Use::GenerateDataKey { length: 32, spec: Some("AES_256".to_owned()) };
                let arn = format!("arn:aws:s3:::{}/{}", request.bucket, request.key);
                // How it ends does not matter to the head.
                let _ = self.kms(
                    KmsRequest {
                        usage,
                        key_id: shown.sse.kms_key_id.clone(),
                        alias: None,
                        context: EncryptionContext::from([("aws:s3:arn".to_owned(), arn)]),
                        caller: caller.clone(),
                        named: None,
                        through_store: true,
                    },
                    &[],
                );
            }
            _ => {}
        }
    }

    /// Gives the material of a key other bytes.
    fn forget_material(&mut self, named: &str) {
        let id = named.rsplit('/').next().unwrap_or_default();
        let Some(key) = self.durable.oracle.state.keys.get(id) else { return };
        for material in &key.materials {
            self.durable.vault.materials.insert(material.id.clone(), self.random.array());
        }
    }

    fn laboratory(&mut self, caller: &Caller, operation: &Operation) -> Result<Reply, Failure> {
        match operation {
            Operation::ReadAtRest(_) => Ok(self.read_at_rest().into()),
            Operation::WriteAtRest(request) => self.write_at_rest(request).map(Into::into),
            Operation::Restart(_) => self.restart().map(|()| sse_spec::RestartReply {}.into()),
            Operation::ListDataKeys(_) => {
                Ok(ListDataKeysReply { data_keys: self.data_keys.clone() }.into())
            }
            _ if self.damaged => Err(s3(Class::DamagedStore)),
            Operation::InjectFault(request) => self.inject(caller, request),
            _ => {
                let recorded = self.durable.oracle.state.trail.len();
                let reply = self.decide(caller, operation)?;
                self.finish(operation);
                kms_lens::trail(&self.options, &mut self.durable.oracle.state, recorded);
                if let Reply::AdvanceClock(reply) = &reply {
                    self.durable.now = reply.now;
                }
                self.commit(Side::S3)?;
                Ok(reply)
            }
        }
    }
}

/// The bytes that an operation sends.
fn bytes_of(operation: &Operation) -> Result<Vec<u8>, Failure> {
    let body: &Body = match operation {
        Operation::PutObject(request) => &request.body,
        Operation::UploadPart(request) => &request.body,
        _ => return Err(Failure::Unsupported(String::new())),
    };
    sse_vectors::body::expand(body).map_err(Failure::Broken)
}

impl World for MalleableWorld {
    fn put_stream(
        &mut self,
        caller: &Caller,
        request: &PutObject,
        body: &mut dyn Read,
    ) -> Result<PutObjectReply, Failure> {
        let bytes = self.drain(Switch::HalfPutSpooled, &request.bucket, &request.key, body)?;
        put_bytes(self, caller, request, bytes)
    }

    fn upload_part_stream(
        &mut self,
        caller: &Caller,
        request: &UploadPart,
        body: &mut dyn Read,
    ) -> Result<UploadPartReply, Failure> {
        let bytes = self.drain(Switch::HalfPartSpooled, &request.bucket, &request.key, body)?;
        part_of_bytes(self, caller, request, bytes)
    }

    fn perform(&mut self, caller: &Caller, operation: &Operation) -> Result<Reply, Failure> {
        match operation.plane() {
            Plane::Laboratory => return self.laboratory(caller, operation),
            Plane::Format => {
                let otherwise = |error: builder::Error| match operation {
                    Operation::OpenObject(request) => self.uncommitted(request).ok_or(error),
                    _ => Err(error),
                };
                let outcome = builder::perform(operation).or_else(otherwise);
                return outcome.map_err(|error| s3(error.class()));
            }
            _ if self.damaged => return Err(s3(Class::DamagedStore)),
            _ => {}
        }
        let (caller, mut bent) =
            lens::request(&self.options, caller, operation, &self.durable.oracle.state);
        kms_lens::request(&self.options, &caller, &mut bent, &self.durable.oracle.state);
        let recorded = self.durable.oracle.state.trail.len();
        self.prepare(&caller, &bent);
        let outcome = match self.barred(&caller, &bent) {
            Some(refused) => Err(Failure::Refused(refused)),
            None => self.decide(&caller, &bent),
        };
        if outcome.is_err() {
            self.go_back();
            self.undo(operation);
            self.undo_store(operation);
        } else {
            self.finish(&bent);
        }
        self.take_back(&caller);
        kms_lens::trail(&self.options, &mut self.durable.oracle.state, recorded);
        lens::trail(&self.options, &mut self.durable.oracle.state.trail, recorded);
        store_lens::trail(&self.options, &mut self.durable.oracle.state.trail, recorded, operation);
        let outcome = self.conclude(&bent, outcome);
        let state = &self.durable.oracle.state;
        match outcome {
            Ok(mut reply) => {
                kms_lens::reply(&self.options, &caller, &bent, &mut reply, state);
                let mut reply = lens::reply(&self.options, reply, operation, state);
                store_lens::reply(&self.options, &mut reply, operation, state);
                Ok(reply)
            }
            Err(Failure::Refused(refused)) => {
                let refused = self.tell_cause(refused, operation);
                let refused = store_lens::refused(&self.options, refused, operation, state);
                let told = kms_lens::refused(&self.options, refused, operation, state);
                told.map_err(|refused| Failure::Refused(self.reword(refused)))
            }
            Err(other) => Err(other),
        }
    }
}

impl MalleableWorld {
    /// Other texts are as good as none.
    fn reword(&self, refused: Refusal) -> Refusal {
        if self.options.wordy {
            let message = format!("[{:?}] sorry, this one is beyond us", refused.class.kind());
            Refusal { message, ..refused }
        } else {
            refused
        }
    }

    /// What a bent world does after a refused put.
    fn undo(&mut self, operation: &Operation) {
        let Operation::PutObject(request) = operation else { return };
        let place = (request.bucket.clone(), request.key.clone());
        if self.durable.oracle.state.objects.contains_key(&place)
            && self.bent(Switch::RefusedPutRemoves)
        {
            self.durable.oracle.state.objects.remove(&place);
            self.erase(&request.bucket, &request.key);
        }
        if self.durable.oracle.state.buckets.contains_key(&request.bucket)
            && self.bent(Switch::SpoolLeft)
            && let Ok(bytes) = sse_vectors::body::expand(&request.body)
        {
            self.beside("spool", &request.bucket, &request.key, bytes);
        }
    }
}

/// A failure on the side of S3.
fn s3(class: Class) -> Failure {
    Failure::Refused(refusal(Side::S3, class))
}
