/** Named limits of the node. Times are milliseconds, sizes bytes. */
export const NODE_LIMITS = {
  /** Most messages of one wake. */
  batchMessages: 32,
  /** Most bytes of message content in one wake; a bigger single message still goes alone. */
  batchBytes: 65_536,
  /** Messages that one attachment holds un-ACKed; only a v1 server, which has no window, can reach it. */
  queuedMessages: 2_048,
  /** Finished messages remembered per attachment; twice the largest window a consumer can have. */
  completedMessages: 2_048,
  /** Most bytes of the completed journal that are read at start. */
  completedJournalBytes: 4_194_304,
  /** Conversations whose last refused batch is remembered per attachment. */
  refusedBatches: 256,

  /** Last text of a turn that is kept. */
  finalTextBytes: 262_144,
  /** Last text of a turn that is shown in a log line, in characters. */
  finalTextLogCharacters: 2_000,
  /** End of a program's error output that is kept. */
  stderrBytes: 16_384,
  /** Program output quoted in an error, in characters. */
  errorCharacters: 500,
  /** Longest JSON line that is read from a program; longer ones are skipped. */
  lineBytes: 8_388_608,
  /** Warnings kept of one turn. */
  warnings: 16,

  /** Output is still read this long after a program ended, in case a grandchild holds the pipe. */
  drainMs: 1_000,
  /** From TERM to KILL of a process group. */
  killGraceMs: 2_000,
  /** How long the end of a killed group is waited for. */
  killedMs: 2_000,
  /** Running turns may finish this long when the node stops. */
  stopGraceMs: 5_000,

  /** First and longest wait before an attachment that failed is started again. */
  restartFirstMs: 1_000,
  restartMaxMs: 300_000,
  /** First and longest wait for a server that cannot be reached before the start checks. */
  preflightFirstMs: 500,
  preflightMaxMs: 15_000,
  /** Wait before a v1 server's message is tried again, doubling up to the maximum. */
  localRetryFirstMs: 1_000,
  localRetryMaxMs: 300_000,
  /** Failed and timed-out tries of a v1 server's message before the node gives it up. */
  localAttempts: 5,
  /** When a conversation that a runtime holds busy is tried again. */
  busyRetryMs: 5_000,
  /** Longest wait that a runtime may ask for. */
  retryAfterMaxMs: 3_600_000,
  /** A request that a runtime has not refused by then is being worked on. */
  takenMs: 1_000,
  /** How long a program that stays between turns may take to start; the slowest measured took 18 s. */
  agentStartMs: 60_000,
  /** How long an agent may take to end a turn that it was told to end, before it is ended itself. */
  agentCancelMs: 3_000,
  /** An agent that replays a loaded session is done when nothing came for this long … */
  agentQuietMs: 100,
  /** … and is waited for no longer than this. */
  agentReplayMs: 10_000,
  /** A program that stays between turns is ended after this long without one. */
  agentIdleMs: 300_000,
  /** How long a program may take to tell its version; the slowest measured start took 18 s. */
  versionMs: 30_000,
  /** How long a runtime may take to answer when it is only looked at. */
  knockMs: 5_000,
  /** Runtimes of one node that are looked at side by side. */
  looksAtOnce: 4,
  /** What a look has found stands for this long. */
  lookAgainMs: 2_000,
  /** How long a report of the node waits for what it asks: the servers, and the runtimes. */
  reportMs: 5_000,
  /** Longest request and answer on the node's own socket. */
  controlBytes: 16_777_216,
  /** How long a connection to the node's own socket may say nothing; a reload lets turns finish. */
  controlIdleMs: 120_000,
  /** When a wake for a program that is not installed is tried again. */
  missingRetryMs: 60_000,
  /** When a wake for a runtime that does not run, or is just starting, is tried again. */
  unreachableRetryMs: 10_000,
  /** When a wake for a runtime that does not let the node in is tried again: an operator has to act. */
  refusedRetryMs: 30_000,
  /** How long contact with a runtime that works on a turn is tried to be found again before it is given up. */
  contactMs: 3_000,
  /** Wait between two of those tries. */
  contactPauseMs: 250,
  /** How long a runtime is given to confirm that it ended a turn. */
  abortMs: 2_000,
  /** How long the closing handshake of a socket may take. */
  socketCloseMs: 1_000,

  /** Connecting to an OpenClaw gateway: one that is starting is slow, and gives up itself after 15 s. */
  gatewayHandshakeMs: 15_000,
  /** How often an OpenClaw gateway gives a sign of life when it does not say. */
  gatewayTickMs: 30_000,
  /** Missed signs of life after which a connection counts as dead. */
  gatewaySilentTicks: 3,
  /** One `agent.wait`; it is asked again as long as the run goes on. */
  gatewayWaitMs: 25_000,

  /** Failures of earlier tries that a runtime may tell again before a wake is given up for this time. */
  runReplays: 16,

  /** Longest text in an argument of a program: Linux takes 128 KiB with what ends it. */
  argumentBytes: 131_000,

  /** The upgrade of a socket to PicoClaw. */
  picoclawConnectMs: 10_000,
  /** How often PicoClaw is asked for a sign of life, and how long it may give none: its own limit is 60 s. */
  picoclawPingMs: 20_000,
  picoclawSilentMs: 60_000,
  /** Silence after a whole message that ends a turn: the rest of a long answer follows at once. */
  picoclawSettleMs: 500,
  /** Silence that ends one which nothing else ends: what PicoClaw's own one-shot client waits. */
  picoclawQuietMs: 1_500,
  /** Typing that ends sooner after its start was that of the turn before. */
  picoclawTypingSwapMs: 100,
  /** Typing that ends later was ended by PicoClaw's own limit of 5 minutes. */
  picoclawTypingMaxMs: 290_000,
  /** How long a turn of PicoClaw is believed to go on after the connection was lost and made again. */
  picoclawLostMs: 60_000,

  /** One call of TinyClaw's API. */
  tinyclawCallMs: 15_000,
  /** How often TinyClaw is asked for an end that its event stream does not tell. */
  tinyclawPollMs: 500,
  /** The same while the event stream should tell. */
  tinyclawCheckMs: 30_000,

  /** How often the position with a v1 server is written down. */
  cursorMs: 1_000,
  /** How long publishing a final text is tried. */
  publishMs: 30_000,
} as const
