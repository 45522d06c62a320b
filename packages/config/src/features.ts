/**
 * What this build can do, feature by feature. A configuration that uses a feature which is not here yet
 * still validates in shape; starting with it is refused (or, where the rest works without it, warned about).
 * This table is the only place to flip when a feature is built.
 */
export const FEATURES = {
  auth_open: { available: true, label: 'auth mode open' },
  public_read: { available: true, label: 'public reading' },
  agent_registration: { available: true, label: 'agent registration' },
  apply_at_start: { available: true, label: 'applying rooms at start' },
  trusted_proxies: { available: true, label: 'believing proxies' },
  server_limits: { available: true, label: 'limiting clients' },
  storage_json: { available: false, label: 'json storage' },
  storage_postgres: { available: false, label: 'postgres storage' },
  pairings: { available: false, label: 'pairing with other networks' },
  guards: { available: true, label: 'guarding conversations' },
  console_analytics: { available: false, optional: true, label: 'console analytics' },
  approvals: { available: true, optional: true, label: 'approving wakes' },
  runtime_command: { available: true, label: 'runtime kind command' },
  'runtime_claude-code': { available: true, label: 'runtime kind claude-code' },
  runtime_codex: { available: true, label: 'runtime kind codex' },
  runtime_openclaw: { available: true, label: 'runtime kind openclaw' },
  runtime_picoclaw: { available: true, label: 'runtime kind picoclaw' },
  runtime_tinyclaw: { available: true, label: 'runtime kind tinyclaw' },
  runtime_pi: { available: true, label: 'runtime kind pi' },
  runtime_acp: { available: true, label: 'runtime kind acp' },
  runtime_webhook: { available: true, label: 'runtime kind webhook' },
} as const satisfies Record<string, FeatureInfo>

/** What is known about a feature. */
export interface FeatureInfo {
  available: boolean
  /** How messages name it. */
  label: string
  /** The rest works without it: using it is a warning, not a refusal. */
  optional?: boolean
  /** What happens instead while it is not available. */
  meanwhile?: string
}

/** Name of a feature of {@link FEATURES}. */
export type Feature = keyof typeof FEATURES

/** A place of a configuration that needs a feature. `path` is a rendered key path. */
export interface FeatureUse {
  feature: Feature
  path: string
}

/** Which features a loader accepts: those of this build, or every one that has a shape. */
export type FeatureMode = 'available' | 'all'

/** What to say about a use of a feature that this build does not have. */
export function unavailableMessage(feature: Feature): string {
  const info: FeatureInfo = FEATURES[feature]
  return `${info.label} is not available yet${info.meanwhile === undefined ? '' : `: ${info.meanwhile}`}`
}

/** Whether using the feature must stop a start of this build. */
export function isRefused(feature: Feature): boolean {
  const info: FeatureInfo = FEATURES[feature]
  return !info.available && info.optional !== true
}

/**
 * One line for each use of a feature that this build does not have and cannot do without, ready to
 * print; empty when the configuration can be started.
 */
export function unavailableFeatures(config: { features: readonly FeatureUse[] }): string[] {
  return config.features
    .filter((use) => isRefused(use.feature))
    .map((use) => `${use.path}: ${unavailableMessage(use.feature)}`)
}
