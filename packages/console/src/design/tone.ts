/**
 * What a coloured mark means. `held` waits for an operator; `info` is on its way; `idle` asks for nothing. The colours
 * stand in `controls.css`; a colour never says it alone.
 */
export type Tone = 'ok' | 'info' | 'warn' | 'bad' | 'held' | 'idle'
