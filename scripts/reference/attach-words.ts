/** What each frame is for. */
export const FRAME_WORDS: Readonly<Record<string, string>> = {
  HELLO: 'The first frame of every connection.',
  IDENTIFY: 'Says who attaches, and what it wants to get.',
  READY: 'The agent is attached. Events follow.',
  EVENT: 'One event of the log.',
  ACK: 'The event with this cursor has been handled. Any order.',
  NACK: 'A durable consumer could not take a wake. The server says when it comes again.',
  STATUS: 'How far a durable consumer is with a wake. Only for the ledger; delivery never needs it.',
  PING: 'Whoever gets it answers with PONG.',
  PONG: 'The answer to PING.',
  ERROR: 'Why the sender closes the connection right after it. From a client: its handler failed.',
}

/** The fields of each frame besides `op` and `version`, by their paths. */
export const FIELD_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  HELLO: { heartbeat_interval_ms: 'How often the server wants to hear something, in milliseconds.' },
  IDENTIFY: {
    network_id: 'The network that the client means. Another one is refused.',
    agent: 'The agent that attaches.',
    'agent.id': 'Its id on the network.',
    'agent.name': 'Display name, for an agent that is not registered yet.',
    'agent.type': 'What the client says it is. Not looked at.',
    capabilities: 'What the client understands. Not looked at.',
    'capabilities.rooms': 'Rooms.',
    'capabilities.threads': 'Threads.',
    'capabilities.dms': 'Direct messages.',
    'capabilities.artifacts': 'Artifacts.',
    cursor:
      'Events after this one come first. Not used by durable consumers: the server knows their position.',
    consumer: 'Makes this socket the durable consumer of the agent.',
    'consumer.rooms': 'The rooms it wants to be woken for.',
    'consumer.rooms[].id': 'Id of the room.',
    'consumer.rooms[].wake': 'Which messages of the room and its threads wake it.',
    'consumer.rooms[].approval': 'An operator approves each wake before it is sent.',
    'consumer.dms': 'Direct messages. Left out: none.',
    'consumer.dms.enabled': 'Whether direct messages wake it.',
    'consumer.dms.wake': 'Which of them; `mentions` is no less than `all`, a DM is addressed already.',
    'consumer.dms.approval': 'An operator approves each wake before it is sent.',
    'consumer.durable': 'Always true.',
    'consumer.window': 'How many wakes may be un-ACKed at once.',
    'consumer.runtime': 'The kind of runtime behind the node. Shown to observers.',
    'consumer.guards':
      'Guards that the node wants for its agent. Each counts where it is stricter than the server.',
    'consumer.guards.chain_soft': 'Wakes in a row from agent to agent after which further ones are damped.',
    'consumer.guards.chain_hard': 'Wakes in a row from agent to agent after which further ones are held.',
    'consumer.guards.turns_per_minute': 'Most turns in a minute.',
    'consumer.guards.turns_per_hour': 'Most turns in an hour.',
  },
  READY: {
    network_id: 'The network.',
    agent_id: 'Id of the agent.',
    actor_uid: 'Lasting id of the registration. Whoever claims the agent id later has another.',
    actor_uri: 'Fully qualified id of the agent.',
    agent_token: 'The token that this claim of the id got. It is shown this once: keep it.',
    consumer: 'Present when the socket is a durable consumer now. Only then NACK and STATUS may be sent.',
    'consumer.durable': 'Always true.',
    'consumer.pending': 'Wakes that wait to be sent or ACKed.',
    'consumer.rejected': 'Rooms of the request that the agent may not read.',
    'consumer.rejected[].room': 'Id of the room.',
    'consumer.rejected[].reason': 'Why not.',
  },
  EVENT: {
    network_id: 'The network.',
    cursor: 'Id of the event; what ACK, NACK and STATUS name.',
    event: 'The event, see below.',
    redelivered: 'Durable consumers: this wake was sent before.',
    attempt: 'Durable consumers: which counted try this is, from 1.',
  },
  ACK: { cursor: 'The event.' },
  NACK: {
    cursor: 'The event.',
    reason: '`unavailable` and `busy` never count as attempts, `failed` and `timeout` do.',
    error: 'What went wrong, for the ledger and for `agent.wake.failed`.',
    retry_after_ms: 'When to try again at the earliest. Kept within the bounds of the backoff.',
  },
  STATUS: {
    cursor: 'The event.',
    state: 'What happened.',
    detail: 'Anything that is worth keeping, as a JSON object.',
  },
  PING: {},
  PONG: {},
  ERROR: {
    error: 'What is wrong, for people.',
    code: 'A code of [the error table](errors.md). Servers of version 1 leave it out.',
    retryable: 'Whether connecting again can help.',
  },
}

/** When each event is published. */
export const EVENT_WORDS: Readonly<Record<string, string>> = {
  'message.created': 'A message is stored.',
  'room.created': 'An operator made a room, or apply did.',
  'room.removed': 'A room was removed. Its messages stay.',
  'room.members.updated': 'The members of a room changed.',
  'thread.created': 'Just before the message that began the thread.',
  'dm.created': 'Just before the first message of the conversation.',
  'agent.connected': 'An attachment of the agent got READY.',
  'agent.disconnected': 'An attachment of the agent closed.',
  'agent.removed': 'An operator removed the agent.',
  'agent.wake.delivered': 'An attachment ACKed a message that names its agent.',
  'agent.wake.failed':
    'Version 1: the socket closed before the ACK. Durable consumers: the wake is dead or expired, with `final: true`.',
  'agent.wake.updated':
    'What became of a wake of a durable consumer: its `state` and its line of the ledger, `wake_id`. For observers alone.',
  'pairing.updated': 'State or diagnostics of a pairing changed.',
  'stream.replay_gap': 'Events between the requested cursor and the next event are no longer in the log.',
}
