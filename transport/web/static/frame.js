// Messages on a stream: each is preceded by its length as an unsigned varint.
// Pure: no browser globals.

export const MAX_CLIENT_MESSAGE = 4 << 10; // bytes; the gateway takes no more
export const MAX_SERVER_MESSAGE = 64 << 10; // bytes; the gateway sends no more
const MAX_LENGTH_BYTES = 5; // of a varint that holds 32 bits

/** frame puts the length before a message. */
export function frame(message) {
  if (message.length > MAX_CLIENT_MESSAGE) {
    throw new RangeError(`a message of ${message.length} bytes is above the ${MAX_CLIENT_MESSAGE} that the gateway takes`);
  }
  const head = [];
  let n = message.length;
  for (; n >= 0x80; n >>>= 7) head.push((n & 0x7f) | 0x80);
  head.push(n);
  const out = new Uint8Array(head.length + message.length);
  out.set(head);
  out.set(message, head.length);
  return out;
}

/** Deframer cuts what a stream brings, in pieces of any size, into messages. */
export class Deframer {
  #rest = new Uint8Array(0);

  /** push takes the next piece and returns the messages that are now whole. */
  push(piece) {
    let bytes = piece;
    if (this.#rest.length > 0) {
      bytes = new Uint8Array(this.#rest.length + piece.length);
      bytes.set(this.#rest);
      bytes.set(piece, this.#rest.length);
    }
    const messages = [];
    let at = 0;
    for (;;) {
      const head = readLength(bytes, at);
      if (head === null || head.at + head.length > bytes.length) break;
      messages.push(bytes.subarray(head.at, head.at + head.length));
      at = head.at + head.length;
    }
    this.#rest = bytes.slice(at); // a copy: the piece's buffer is not ours to keep
    return messages;
  }

  /** pending is how many bytes of an unfinished message are held. */
  get pending() {
    return this.#rest.length;
  }
}

function readLength(bytes, at) {
  let length = 0;
  for (let i = 0; i < MAX_LENGTH_BYTES; i++) {
    if (at + i >= bytes.length) return null;
    const b = bytes[at + i];
    length += (b & 0x7f) * 2 ** (7 * i);
    if (b < 0x80) {
      if (length > MAX_SERVER_MESSAGE) {
        throw new RangeError(`the gateway announced a message of ${length} bytes, above ${MAX_SERVER_MESSAGE}: it does not speak this protocol`);
      }
      return { length, at: at + i + 1 };
    }
  }
  throw new RangeError("the gateway sent a length of more than 32 bits: it does not speak this protocol");
}
