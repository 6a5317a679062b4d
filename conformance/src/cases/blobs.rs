//! Ciphertext blobs with changed bytes, which no symbolic scenario can write: never a plaintext,
//! one refusal for every cause, and nothing secret in what a refusal says.

use crate::case::{Area, Breadth, Case, Ending, Group, Needs, Step, ending};
use crate::session::{Arena, Session, unexpected};
use crate::target::Failure;
use crate::views::views;
use sse_spec::{
    Bytes, Decrypt, EncryptionContext, GenerateDataKey, GenerateDataKeyReply, Kind, Operation,
    Profile, Refusal, Reply,
};

pub(super) fn cases() -> Vec<Case> {
    [
        (
            "every-byte",
            "No changed byte of a blob is decrypted; a changed last byte is an integrity error.",
            &["kms.decrypt.damaged-blob", "kms.decrypt.damaged-blob-no-plaintext"][..],
            every_byte as Check,
        ),
        (
            "one-refusal",
            "A wrong context and a damaged blob are refused with the same class, code and status.",
            &["refusal.integrity.opaque"],
            one_refusal,
        ),
        (
            "silent-refusals",
            "What a refused Decrypt says holds neither the data key nor its blob.",
            &["refusal.message.no-secrets"],
            silent_refusals,
        ),
    ]
    .into_iter()
    .map(|(name, comment, requirements, check)| Case {
        id: format!("blob/{name}"),
        comment: comment.into(),
        requirements: requirements.iter().map(|id| (*id).into()).collect(),
        profile: Profile::Core,
        area: Area::Api,
        group: Group::KmsCrypto,
        breadth: Breadth::Focused,
        family: "blob".into(),
        twin: None,
        needs: Needs { kms: true, ..Needs::default() },
        run: Box::new(move |arena| ending(check(arena))),
    })
    .collect()
}

type Check = fn(&Arena<'_>) -> Step<()>;

/// A world with one data key, its blob, and the context it is bound to.
struct Setting<'s, 'a> {
    session: Session<'s, 'a>,
    data_key: GenerateDataKeyReply,
    context: EncryptionContext,
}

impl<'s, 'a> Setting<'s, 'a> {
    fn new(arena: &'s Arena<'a>) -> Step<Self> {
        let mut session = arena.open("blob")?;
        let key = session.key()?;
        let context = EncryptionContext::from([("tenant".to_owned(), "t1".to_owned())]);
        let request = GenerateDataKey {
            key_id: key.arn,
            key_spec: Some("AES_256".into()),
            number_of_bytes: None,
            encryption_context: context.clone(),
        };
        let Reply::GenerateDataKey(data_key) = session.must(request)? else {
            return Err(Ending::Failed("GenerateDataKey gave another reply".into()));
        };
        let mut setting = Self { session, data_key, context };
        // The positive control: the blob as it is decrypts to the data key.
        let blob = setting.data_key.ciphertext_blob.clone();
        let context = setting.context.clone();
        match setting.decrypt(blob, context)? {
            Ok(Reply::Decrypt(reply)) if reply.plaintext == setting.data_key.plaintext => {}
            _ => return Err(Ending::Failed("an intact blob did not give its data key".into())),
        }
        Ok(setting)
    }

    fn decrypt(
        &mut self,
        ciphertext_blob: Bytes,
        encryption_context: EncryptionContext,
    ) -> Step<Result<Reply, Refusal>> {
        let request = Decrypt { ciphertext_blob, key_id: None, encryption_context };
        let caller = self.session.caller.clone();
        match self.session.perform(&caller, &Operation::from(request)) {
            Ok(reply) => Ok(Ok(reply)),
            Err(Failure::Refused(refusal)) => Ok(Err(refusal)),
            Err(other) => Err(unexpected("Decrypt", &other)),
        }
    }

    /// The blob with one bit of the byte at `at` flipped.
    fn flipped(&self, at: usize) -> Option<Bytes> {
        let mut bytes = self.data_key.ciphertext_blob.clone();
        *bytes.0.get_mut(at)? ^= 1 << (at % 8);
        Some(bytes)
    }

    fn last(&self) -> usize {
        self.data_key.ciphertext_blob.0.len().saturating_sub(1)
    }

    /// The refusals of a wrong context and of a blob with a changed last byte.
    fn two_refusals(&mut self) -> Step<[Refusal; 2]> {
        let blob = self.data_key.ciphertext_blob.clone();
        let other = EncryptionContext::from([("tenant".to_owned(), "t2".to_owned())]);
        let context = self.decrypt(blob, other)?;
        let damaged = self.flipped(self.last()).unwrap_or_default();
        let own = self.context.clone();
        let damage = self.decrypt(damaged, own)?;
        match (context, damage) {
            (Err(context), Err(damage)) => Ok([context, damage]),
            _ => Err(Ending::Failed("a wrong context or a damaged blob was decrypted".into())),
        }
    }
}

fn every_byte(arena: &Arena<'_>) -> Step<()> {
    let mut setting = Setting::new(arena)?;
    for at in 0..=setting.last() {
        let Some(blob) = setting.flipped(at) else { break };
        let context = setting.context.clone();
        match setting.decrypt(blob, context)? {
            Ok(_) => {
                return Err(Ending::Failed(format!("a blob with byte {at} changed was decrypted")));
            }
            Err(refusal) if at == setting.last() && refusal.class.kind() != Kind::Integrity => {
                return Err(Ending::Failed(format!(
                    "a blob with its last byte changed was refused as {:?}",
                    refusal.class.kind()
                )));
            }
            Err(_) => {}
        }
    }
    Ok(())
}

fn one_refusal(arena: &Arena<'_>) -> Step<()> {
    let [context, damage] = Setting::new(arena)?.two_refusals()?;
    let shown = |refusal: &Refusal| (refusal.class, refusal.code.clone(), refusal.status);
    if shown(&context) == shown(&damage) {
        return Ok(());
    }
    Err(Ending::Failed(format!(
        "a wrong context is refused as {:?}, a damaged blob as {:?}",
        shown(&context),
        shown(&damage)
    )))
}

fn silent_refusals(arena: &Arena<'_>) -> Step<()> {
    let mut setting = Setting::new(arena)?;
    let refusals = setting.two_refusals()?;
    let GenerateDataKeyReply { plaintext, ciphertext_blob, .. } = &setting.data_key;
    for refusal in refusals {
        let text = format!("{} {}", refusal.code, refusal.message);
        for view in views(text.as_bytes()) {
            for (what, secret) in
                [("the data key", plaintext.expose()), ("the blob", ciphertext_blob.0.as_slice())]
            {
                let Some(head) = secret.get(..16) else { continue };
                if view.bytes.windows(16).any(|window| window == head) {
                    return Err(Ending::Failed(format!(
                        "a refusal holds {what} {}",
                        view.encoding
                    )));
                }
            }
        }
    }
    Ok(())
}
