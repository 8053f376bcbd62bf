// window.hunt: what tests and scripts may hold on to. It stays as it is here.

/**
 * automation is the surface:
 *   state()     {connected, joined, player, node, moves, durableSeq, deltas, grants, tick, positions, goal, way, errors}
 *               player: 16 hex digits; node: -1 before joining; moves: applied from this page; deltas: live
 *               weight changes received; grants: treasures given to this player; positions: players on the map
 *               goal: what the last hint leads to, -1 without one; way: steps of the way that is drawn
 *   join(name)  enters the hunt; resolves when it is in, rejects if it is refused
 *   step(edge)  one move along the edge, else the hint, else any open edge; resolves to {seq, code, node}, code 0 being well
 *   auto(on)    follows the hint by itself, or stops
 */
export function automation({ client, model, player, errors }) {
  return Object.freeze({
    state: () => ({
      connected: client.status === "connected",
      joined: player.joined,
      player: client.session?.player ?? "",
      node: player.moves.node,
      moves: player.moves.applied,
      durableSeq: player.moves.durableSeq,
      deltas: model.deltas,
      grants: model.grants,
      tick: model.round.tick,
      positions: model.online,
      goal: player.moves.hint?.goal ?? -1,
      way: Math.max(0, player.way.nodes.length - 1),
      errors: errors.slice(),
    }),
    join: async (name) => {
      await player.join(String(name ?? ""));
      return true;
    },
    step: (edge) => player.step(edge),
    auto: (on) => player.setAuto(Boolean(on)),
  });
}
