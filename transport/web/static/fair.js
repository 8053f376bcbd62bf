// Whether a round was played with the seed that its start committed to. The seed
// decides where treasures are, so it is told when the round is over; the SHA-256
// of it is told before.

const KEPT = 8; // rounds whose commitment is remembered

export class Fairness {
  #commitments = new Map(); // by round

  /** The newest round that was checked: { round, kept }, or null. */
  last = null;

  started(round, commitment) {
    this.#commitments.set(round, commitment);
    for (const old of this.#commitments.keys()) {
      if (this.#commitments.size <= KEPT) break;
      this.#commitments.delete(old);
    }
  }

  /** A round that began before the page was opened has no commitment here and is not judged. */
  async ended(round, seed) {
    const commitment = this.#commitments.get(round);
    if (!commitment) return;
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", seed));
    const kept = sum.length === commitment.length && sum.every((b, i) => b === commitment[i]);
    if (!this.last || round >= this.last.round) this.last = { round, kept };
  }
}
