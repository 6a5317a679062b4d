//! Bends of plans inside the world: what a write, a copy or a read is asked to be, and how its body
//! lies at rest (spec/sse.md, spec/sse).

use super::super::switch::Switch;
use super::super::vault::{self, Opened};
use super::objects::DataKey;
use super::rest::place;
use super::store::{ARN_PAIR, Path, ROOT};
use super::{MalleableWorld, s3};
use crate::target::Failure;
use sse_spec::{Algorithm, Class, ObjectName};
use sse_vectors::builder;
use sse_vectors::oracle::{CopyPlan, GetPlan, Grant, Object, PutPlan, Span, Stored, Use};

impl MalleableWorld {
    /// What a bend makes of the plan of a write.
    pub(super) fn bend_write(&self, plan: &PutPlan) -> PutPlan {
        let mut plan = plan.clone();
        let (as_root, bare, unnamed) = match self.memory.store.path {
            Path::Copy => (Switch::CopyAsRoot, None, Some(Switch::CopyWithoutArn)),
            Path::Upload => (Switch::UploadAsRoot, Some(Switch::UploadContextDropped), None),
            Path::Put | Path::Complete => {
                let dropped = Switch::OverwriteContextDropped;
                (Switch::PutAsRoot, Some(dropped), Some(Switch::OverwriteWithoutArn))
            }
        };
        let overwrites =
            self.memory.store.path != Path::Put || !self.absent(&plan.name.bucket, &plan.name.key);
        let place = (plan.name.bucket.clone(), plan.name.key.clone());
        if let Some(Stored::Sound(old)) = self.durable.oracle.state.objects.get(&place)
            && self.memory.store.path == Path::Put
            && old.metadata != plan.metadata
            && self.bent(Switch::OverwriteKeepsMetadata)
        {
            plan.metadata = old.metadata.clone();
        }
        let Some(request) = &mut plan.kms else { return plan };
        if request.caller.principal != ROOT && self.bent(as_root) {
            ROOT.clone_into(&mut request.caller.principal);
        }
        if overwrites && !plan.context.is_empty() && bare.is_some_and(|bare| self.bent(bare)) {
            request.context.retain(|key, _| key == ARN_PAIR);
            plan.context.clear();
        }
        if overwrites && unnamed.is_some_and(|unnamed| self.bent(unnamed)) {
            request.context.remove(ARN_PAIR);
        }
        if self.bent(Switch::ShortDataKey) {
            request.usage = Use::GenerateDataKey { length: 16, spec: Some("AES_128".to_owned()) };
        }
        plan
    }

    /// What a bend makes of the plan of a copy.
    pub(super) fn bend_copy(&self, plan: &CopyPlan, source: &Opened) -> CopyPlan {
        let mut plan = plan.clone();
        if let [first, _, ..] = source.part.parts.as_slice()
            && self.bent(Switch::CopyFirstPart)
        {
            plan.source.span.end = first.length;
            plan.source.object.size = first.length;
        }
        if let Some(request) = &mut plan.source.kms
            && request.caller.principal != ROOT
            && self.bent(Switch::CopyReadsAsRoot)
        {
            ROOT.clone_into(&mut request.caller.principal);
        }
        plan.destination = self.bend_write(&plan.destination);
        if let Some(request) = &mut plan.destination.kms {
            let source = &plan.source.object.context;
            let more = source.keys().any(|key| !request.context.contains_key(key));
            if more && self.bent(Switch::CopyKeepsContext) {
                plan.destination.context.extend(source.clone());
                request.context.extend(source.clone());
            }
            if plan.source.name != plan.destination.name && self.bent(Switch::CopyUnderSourceArn) {
                let ObjectName { bucket, key } = &plan.source.name;
                let arn = format!("arn:aws:s3:::{bucket}/{key}");
                request.context.insert(ARN_PAIR.to_owned(), arn);
            }
        }
        plan
    }

    /// What a bend makes of the plan of a read.
    pub(super) fn bend_read(&self, plan: &GetPlan) -> GetPlan {
        let mut plan = plan.clone();
        if let Some(request) = &mut plan.kms
            && request.caller.principal != ROOT
            && self.bent(Switch::GetAsRoot)
        {
            ROOT.clone_into(&mut request.caller.principal);
        }
        plan
    }

    /// Whether a bend binds another context than the store would build at a read.
    pub(super) fn context_is_bent(&self) -> bool {
        [Switch::CopyWithoutArn, Switch::OverwriteWithoutArn, Switch::CopyUnderSourceArn]
            .iter()
            .any(|switch| self.set(*switch))
    }

    /// The data key of a write that a bend does not get from KMS, or gets although it was refused.
    pub(super) fn spared(
        &mut self,
        plan: &PutPlan,
        empty: bool,
    ) -> Option<Result<DataKey, Failure>> {
        plan.kms.as_ref()?;
        let upload = self.memory.store.path == Path::Upload;
        let copy = self.memory.store.path == Path::Copy;
        if upload && self.bent(Switch::UploadUnderServiceKey)
            || copy && self.bent(Switch::CopyUnderServiceKey)
            || empty && self.bent(Switch::EmptyPutUnkeyed)
        {
            return Some(self.own_data_key(plan));
        }
        let fallback = if upload { Switch::UploadFallsBack } else { Switch::PutFallsBack };
        let outage = [Switch::OutageClear, Switch::OutageZeroKey, Switch::OutageUnderServiceKey];
        let bearable = if self.set(fallback) {
            Class::KeyDisabled
        } else if outage.iter().any(|switch| self.set(*switch)) {
            Class::Unavailable
        } else {
            return None;
        };
        match self.data_key(plan) {
            Err(Failure::Refused(refused)) if refused.class == bearable => {
                self.witness().reach();
                self.memory.store.outage = true;
                Some(self.own_data_key(plan))
            }
            other => Some(other),
        }
    }

    fn own_data_key(&mut self, plan: &PutPlan) -> Result<DataKey, Failure> {
        let arn = plan.kms.as_ref().and_then(|request| request.key_id.clone());
        if self.set(Switch::OutageZeroKey) {
            let clear = [0; 32];
            let blob = self.wrap_for_service(plan, &clear)?;
            return Ok(DataKey { clear, blob, arn });
        }
        Ok(DataKey { arn, ..self.service_data_key(plan)? })
    }

    /// The data key of a copy's source, wrapped for the copy, where a bend takes it again.
    pub(super) fn shared(&mut self, plan: &CopyPlan, clear: &[u8; 32]) -> Option<DataKey> {
        let both = plan.source.kms.is_none() && plan.destination.kms.is_none();
        if !both || !self.bent(Switch::CopySharesDataKey) {
            return None;
        }
        let blob = self.wrap_for_service(&plan.destination, clear).ok()?;
        self.list_data_key(&blob, clear);
        Some(DataKey { clear: *clear, blob, arn: None })
    }

    /// Remembers that a copy made an object, or that a put replaced it.
    pub(super) fn remember(&mut self, name: &ObjectName) {
        if self.memory.store.path == Path::Copy {
            self.memory.store.copies.insert(name.clone());
        } else {
            self.memory.store.copies.remove(name);
        }
    }

    /// Whether a bend leaves the body of this write in clear.
    pub(super) fn in_clear(&self, name: &ObjectName, described: &Object) -> bool {
        let existed = !self.absent(&name.bucket, &name.key);
        let memory = &self.memory.store;
        let kms = described.algorithm == Algorithm::AwsKms;
        if memory.outage && self.bent(Switch::OutageClear) {
            return true;
        }
        match memory.path {
            Path::Copy => self.bent(Switch::CopyClear) || existed && self.bent(Switch::RecopyClear),
            Path::Complete => self.bent(Switch::CompletedClear),
            Path::Put | Path::Upload => {
                existed && self.bent(Switch::OverwriteClear)
                    || memory.copies.contains(name) && self.bent(Switch::PutOverCopyClear)
                    || memory.bare && kms && self.bent(Switch::DefaultClear)
                    || memory.restarted && self.bent(Switch::RestartedClear)
                    || described.size < 16 * 16 && kms && self.bent(Switch::SmallKmsClear)
            }
        }
    }

    /// Whether some bodies lie in clear: those as long at rest as they are.
    pub(super) fn some_in_clear(&self) -> bool {
        [
            Switch::CopyClear,
            Switch::RecopyClear,
            Switch::CompletedClear,
            Switch::OverwriteClear,
            Switch::PutOverCopyClear,
            Switch::DefaultClear,
            Switch::RestartedClear,
            Switch::SmallKmsClear,
            Switch::OutageClear,
            Switch::ChunksAlike,
        ]
        .iter()
        .any(|switch| self.set(*switch))
    }

    /// The plaintext of a copy that is refused at its second key stays.
    pub(super) fn spool(
        &mut self,
        plan: &CopyPlan,
        source: &[Opened],
        clear: &[u8; 32],
        failure: Failure,
    ) -> Result<DataKey, Failure> {
        if self.bent(Switch::CopySpoolLeft)
            && let Ok(bytes) = self.open_some(source, clear, plan.source.span)
        {
            let ObjectName { bucket, key } = &plan.destination.name;
            self.beside("spool", bucket, key, bytes);
        }
        Err(failure)
    }

    /// The data key of a copy's source out of memory, where a bend does not ask KMS.
    pub(super) fn skipped(&self, plan: &CopyPlan) -> Option<[u8; 32]> {
        plan.source.kms.as_ref()?;
        let ObjectName { bucket, key } = plan.source.name.clone();
        let cached = self.memory.cache.get(&(bucket, key))?;
        let clear = cached.as_slice().try_into().ok()?;
        self.bent(Switch::CopySkipsDecrypt).then_some(clear)
    }

    /// The body of a copy's source, where a bend does not look at its tags.
    pub(super) fn unchecked(&self, source: &Opened, clear: &[u8; 32]) -> Option<Vec<u8>> {
        self.bent(Switch::CopyUnchecked).then(|| vault::open_body_loosely(source, clear, false))?
    }

    /// Takes the item of the source for the copy, as it is; its entity tag.
    pub(super) fn verbatim(&mut self, plan: &CopyPlan) -> Option<String> {
        let (source, copy) = (&plan.source, &plan.destination);
        let alike = source.kms.is_none()
            && copy.kms.is_none()
            && source.object.metadata == copy.metadata
            && source.name != copy.name;
        if !alike || !self.bent(Switch::CopyVerbatim) {
            return None;
        }
        let item = self.copies(&place("object", &source.name.bucket, &source.name.key)).pop()?;
        self.erase(&copy.name.bucket, &copy.name.key);
        self.beside("object", &copy.name.bucket, &copy.name.key, item);
        Some(source.object.etag.clone())
    }

    /// Whether a bend leaves the MD5 of the body beside this write.
    pub(super) fn digest_here(&self) -> bool {
        match self.memory.store.path {
            Path::Copy => self.bent(Switch::CopyDigestBeside),
            Path::Complete => self.bent(Switch::UploadDigestBeside),
            Path::Put | Path::Upload => false,
        }
    }

    /// The bytes of a range that a bend takes from a wrong place behind a boundary.
    pub(super) fn misplaced(
        &self,
        source: &[Opened],
        clear: &[u8; 32],
        span: Span,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let Some(opened) = source.first() else { return Ok(None) };
        let size = opened.part.size();
        let first = opened.part.parts.first().map_or(size, |part| part.length);
        let (edge, switch) = if opened.part.parts.len() > 1 {
            (first, Switch::RangeAcrossParts)
        } else {
            (16_384, Switch::RangeAcrossChunks)
        };
        let whole = span.start == 0 && span.end == size;
        if whole || !(span.start < edge && edge < span.end) || !self.bent(switch) {
            return Ok(None);
        }
        let head = self.open_some(source, clear, Span { start: span.start, end: edge })?;
        let tail = Span { start: edge - 1, end: span.end - 1 };
        Ok(Some([head, self.open_some(source, clear, tail)?].concat()))
    }

    /// What a bend makes of the counts of a request that the store passes on.
    pub(super) fn miscount(&mut self, grant: &Grant, succeeded: bool) {
        let copy = self.memory.store.path == Path::Copy;
        if !grant.request.through_store || !succeeded {
            return;
        }
        let uncounted =
            self.bent(Switch::StoreUncounted) || copy && self.bent(Switch::CopyUncounted);
        let twice = grant.open.is_some() && self.bent(Switch::StoreReadsCountTwice);
        let keys = self.durable.oracle.state.keys.len();
        for id in grant.key_ids() {
            let Some(key) = self.durable.oracle.state.keys.get_mut(id) else { continue };
            let count = key.usage.entry(grant.request.usage.name().to_owned()).or_default();
            let elsewhere = keys > 1 && self.options.switch == Some(Switch::StoreCountedElsewhere);
            let uncounted = uncounted || elsewhere;
            *count = if uncounted { count.saturating_sub(1) } else { *count + u64::from(twice) };
            let id = id.to_owned();
            let others = self.durable.oracle.state.keys.iter_mut();
            if elsewhere && let Some((_, other)) = others.into_iter().find(|(it, _)| **it != id) {
                *other.usage.entry(grant.request.usage.name().to_owned()).or_default() += 1;
                self.options.witness.reach();
            }
        }
    }

    /// The body in clear or under one keystream for every chunk, where a bend leaves it so.
    pub(super) fn other_body(
        &self,
        name: &ObjectName,
        described: &Object,
        clear: &[u8; 32],
        plaintext: &[u8],
    ) -> Option<Vec<u8>> {
        if self.in_clear(name, described) {
            return Some(plaintext.to_vec());
        }
        if self.bent(Switch::ChunksAlike) { chunks_alike(clear, plaintext) } else { None }
    }

    /// What a get loses.
    pub(super) fn shortened(&self, mut bytes: Vec<u8>, whole: bool) -> Vec<u8> {
        if whole
            && !bytes.is_empty()
            && bytes.len().is_multiple_of(16_384)
            && self.bent(Switch::ChunkMultipleCut)
        {
            bytes.pop();
        }
        bytes
    }

    /// What a bend forgets when the world is opened again.
    pub(super) fn forget_store(&mut self) {
        self.memory.store.restarted = true;
        let state = &mut self.durable.oracle.state;
        let mut lost = false;
        match self.options.switch {
            Some(Switch::RestartLosesContext) => {
                for stored in state.objects.values_mut() {
                    if let Stored::Sound(object) = stored {
                        lost |= !object.context.is_empty();
                        object.context.clear();
                    }
                }
            }
            Some(Switch::RestartLosesUploads) => {
                lost = !state.uploads.is_empty();
                state.uploads.clear();
            }
            _ => {}
        }
        if lost {
            self.witness().reach();
        }
    }

    /// A refusal of the store for bytes that do not open.
    pub(super) fn unread() -> Failure {
        s3(Class::Integrity)
    }
}

/// A body of which every chunk has one keystream; the same again gives it back.
pub(super) fn chunks_alike(clear: &[u8; 32], bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    for chunk in bytes.chunks(16_384) {
        let mut sealed = builder::cipher::gcm_seal(clear, &[0; 12], &[], chunk)?;
        sealed.truncate(chunk.len());
        out.extend(sealed);
    }
    Some(out)
}
