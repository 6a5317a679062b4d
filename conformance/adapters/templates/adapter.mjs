// An adapter to begin with: JSON lines on standard input and output, see ../../PROTOCOL.md.
// Copy it, replace `World` by calls to your implementation, and add operations as you go:
//     sse-conformance smoke --command 'node adapter.mjs'
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const DESCRIPTION = {
  name: 'my-store',
  version: '0.1.0',
  role: 'store', // store, kms or store+kms
  capabilities: [], // see ../../../spec/operations.md, Description
  account: '111122223333',
  region: 'us-east-1',
};
const INLINE = 1 << 20; // the most bytes that stand in one message

// A request that your implementation refuses, with a class of ../../../spec/refusal.md.
class Refused extends Error {}

// One world: it shares nothing with any other. This one keeps bodies in clear: replace it.
class World {
  buckets = new Map();

  bucket({ bucket }) {
    if (!this.buckets.has(bucket)) throw new Refused('no-such-bucket');
    return this.buckets.get(bucket);
  }

  CreateBucket(caller, { bucket }) {
    if (!this.buckets.has(bucket)) this.buckets.set(bucket, new Map());
    return {};
  }

  PutObject(caller, request, body) {
    const shown = { etag: randomBytes(16).toString('hex'), sse: { algorithm: 'AES256' } };
    this.bucket(request).set(request.key, { body, metadata: request.metadata ?? {}, shown });
    return shown;
  }

  GetObject(caller, request) {
    const object = this.bucket(request).get(request.key);
    if (!object) throw new Refused('no-such-key');
    const { body, metadata, shown } = object;
    return { delivery: { complete: body }, size: body.length, metadata, ...shown };
  }
}

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity })[Symbol.asyncIterator]();
const receive = async () => JSON.parse((await lines.next()).value ?? 'null');
const send = async (message) => {
  if (!process.stdout.write(JSON.stringify(message) + '\n')) await once(process.stdout, 'drain');
};

// The body of a write; chunks follow their request in messages of their own.
async function readBody(body) {
  if (body?.inline !== undefined) return Buffer.from(body.inline, 'hex');
  const chunks = [];
  while (body) {
    const message = await receive();
    if (message.end) break;
    if (message.gone) throw new Refused('invalid-request');
    chunks.push(Buffer.from(message.chunk, 'hex'));
  }
  return Buffer.concat(chunks);
}

async function perform(world, message, head) {
  const [[name, request]] = Object.entries(message.perform);
  const body = await readBody(request.body);
  if (!Object.hasOwn(World.prototype, name)) return { skipped: { reason: `${name} is not offered yet` } };
  const reply = { ...world[name](message.caller, request, body) };
  if (name === 'GetObject') { // what is longer than a message goes ahead of it
    let data = reply.delivery.complete;
    for (; data.length > INLINE; data = data.subarray(INLINE))
      await send({ ...head, chunk: data.subarray(0, INLINE).toString('hex') });
    reply.delivery = { complete: data.toString('hex') };
  }
  return { reply: { [name]: reply } };
}

const failed = (error) => error instanceof Refused
  ? { refused: { class: error.message } } // the next line: the case fails, the next one goes on
  : { errored: { message: String(error) } };

const worlds = new Map();
for (let message; (message = await receive()) && !message.shutdown;) {
  const { seq, world } = message;
  const head = world === undefined ? { seq } : { seq, world };
  let answer;
  if (message.start) answer = { started: { protocol: 1, description: DESCRIPTION } };
  else if (message.open) { worlds.set(world, new World()); answer = { opened: {} }; }
  else if (message.close) { worlds.delete(world); answer = { closed: {} }; }
  else answer = await perform(worlds.get(world), message, head).catch(failed);
  await send({ ...head, ...answer });
}
process.exit(0);
