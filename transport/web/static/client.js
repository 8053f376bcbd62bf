// A session with the gateway over WebTransport: one bidirectional stream for
// everything that must arrive, datagrams for positions. It connects again by
// itself, as the same player, until it is closed or another page takes over.

import { Deframer, frame } from "./frame.js";
import { ClientMessageSchema, ErrorCode, ServerMessageSchema, create, fromBinary, toBinary } from "./huntpb.js";

const PROTOCOL = 1;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8000;
const CONNECT_MS = 6000;
const END_MS = 300; // between a stream's end and its session's

/** fetchSession asks the page's server for a player, a new one or one that it made before, and the way to the gateway. */
export async function fetchSession(player) {
  const query = player === undefined ? "" : `?player=${encodeURIComponent(player)}`;
  const answer = await fetch(`api/session${query}`, { cache: "no-store" }).catch(() => {
    throw new Error("The page's server does not answer. Is `hunt dev` still running?");
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error ?? `The page's server answered ${answer.status} to /api/session.`);
  return body;
}

/** explain says what to check: browsers report every refused certificate alike. */
export function explain(error, session) {
  const at = session?.gateway ?? "the gateway";
  return `Could not reach ${at} (${error?.message || error}). Check that the gateway runs and its UDP port is open; that ` +
    "one of cert_hashes of /api/session is the SHA-256 of the certificate it serves; that this one is ECDSA P-256 and valid for at " +
    "most 14 days; that the address is 127.0.0.1, not localhost; and that the gateway takes this page's origin.";
}

export class Client {
  status = "connecting"; // connecting | connected | waiting | replaced | closed
  session = null;
  datagrams = 0;
  /** handlers: message(body, now), status(status, text), error(text) */
  #handlers;
  #transport = null;
  #writer = null;
  #closed = false;
  #wait = FIRST_WAIT_MS;

  constructor(handlers) {
    this.#handlers = handlers;
  }

  /** run keeps the session until close; it resolves when there is nothing more to try. */
  async run() {
    if (typeof WebTransport === "undefined") {
      this.#set("closed", "This browser has no WebTransport. Use a current Chromium, Chrome, Edge or Firefox, and open the page at http://127.0.0.1.");
      return;
    }
    while (!this.#closed) {
      try {
        this.#set("connecting", "Connecting…");
        await this.#once();
      } catch (error) {
        if (!this.#closed) this.#say(error.message || String(error));
      }
      this.#writer = null;
      if (this.#closed) return;
      this.#set("waiting", `Connecting again in ${(this.#wait / 1000).toFixed(1)} s`);
      await new Promise((done) => setTimeout(done, this.#wait * (0.75 + Math.random() / 2)));
      this.#wait = Math.min(LONGEST_WAIT_MS, this.#wait * 2);
    }
  }

  async #once() {
    this.session = await fetchSession(this.session?.player); // the certificate and the token may be new, the player stays
    const transport = await connect(this.session);
    this.#transport = transport;
    try {
      const stream = await transport.createBidirectionalStream();
      this.#writer = stream.writable.getWriter();
      this.send("hello", { version: PROTOCOL, token: this.session.token });
      this.#readDatagrams(transport);
      const why = await this.#readStream(stream.readable.getReader());
      const end = await ended(transport);
      throw new Error(`The session with the gateway ended: ${(end?.reason || why).replace(/\.+$/, "")}.`);
    } finally {
      transport.close();
    }
  }

  // Takes messages until the stream ends, and returns why it did.
  async #readStream(reader) {
    const deframer = new Deframer();
    for (;;) {
      const { value, done, why } = await reader.read().catch((error) => ({ done: true, why: error.message }));
      if (done) return why ?? "its stream was closed";
      for (const message of deframer.push(value)) this.#take(message);
    }
  }

  async #readDatagrams(transport) {
    if (!transport.datagrams?.readable) return; // positions then come on the stream alone
    try {
      const reader = transport.datagrams.readable.getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        this.datagrams++;
        this.#take(value);
      }
    } catch (error) {
      if (!(await ended(transport))) this.#say(`Datagrams ended: ${error.message || error}`);
    }
  }

  #take(bytes) {
    const { body } = fromBinary(ServerMessageSchema, bytes);
    if (body.case === "welcome") {
      this.#wait = FIRST_WAIT_MS;
      this.#set("connected", "Connected");
    }
    if (body.case === "error") this.#fail(body.value);
    this.#handlers.message(body, performance.now());
  }

  #fail({ code, text, fatal }) {
    const said = text || `The gateway reports ${ErrorCode[code] ?? code}.`;
    if (code === ErrorCode.REPLACED) {
      this.close("replaced", "Another page plays as this player now. Reload to get a player of your own.");
    } else if (fatal) {
      throw new Error(said); // run tells it
    } else {
      this.#say(said);
    }
  }

  /** send queues one ClientMessage; it reports false when there is no session. */
  send(kind, value) {
    if (this.#writer === null) return false;
    const message = create(ClientMessageSchema, { body: { case: kind, value } });
    this.#writer.write(frame(toBinary(ClientMessageSchema, message))).catch(() => {}); // the reader reports the same end
    return true;
  }

  close(status = "closed", text = "Closed") {
    this.#closed = true;
    this.#set(status, text);
    this.#transport?.close();
  }

  #set(status, text) {
    this.status = status;
    this.#handlers.status(status, text);
  }

  #say(text) {
    this.#handlers.error(text);
  }
}

/** pins are the certificates that the gateway may show, as WebTransport takes them. */
export function pins(hashes) {
  return hashes.map((text) => ({ algorithm: "sha-256", value: Uint8Array.from(atob(text), (c) => c.charCodeAt(0)) }));
}

async function connect(session) {
  let transport;
  try {
    transport = new WebTransport(session.gateway, { serverCertificateHashes: pins(session.cert_hashes) });
    transport.closed.catch(() => {}); // the reader reports the same end
    await within(CONNECT_MS, transport.ready);
    return transport;
  } catch (error) {
    transport?.close();
    throw new Error(explain(error, session));
  }
}

// ended is what the session's end said, or null if it goes on.
function ended(transport) {
  return within(END_MS, transport.closed).catch((error) => (error.late ? null : { reason: error.message }));
}

function within(ms, promise) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(Object.assign(new Error(`no answer within ${ms / 1000} s`), { late: true })), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
