import { describe, expect, test } from 'bun:test'
import { childEnvironment } from '../src/process/environment.ts'
import type { EnvironmentOptions } from '../src/process/environment.ts'
import { writeProgramFolder } from '../src/process/program-folder.ts'
import { tempFolder } from './support/temp.ts'

const parent = {
  PATH: '/usr/bin',
  HOME: '/home/ada',
  LANG: 'C.UTF-8',
  MOLTNET_TOKEN: 'secret',
  MOLTNET_NODE_CONFIG: '/x',
  BUN_OPTIONS: '--inspect',
  NODE_OPTIONS: '--require evil',
  TEAM_TOKEN: 'secret',
}

function environment(options: Partial<EnvironmentOptions> = {}) {
  return childEnvironment({
    parent,
    inherit: true,
    secretNames: ['TEAM_TOKEN'],
    configured: {},
    own: {},
    ...options,
  })
}

describe('the environment of an agent', () => {
  test('is what is safe of the node, without its tokens and without what would change a runtime', () => {
    expect(environment()).toEqual({ PATH: '/usr/bin', HOME: '/home/ada', LANG: 'C.UTF-8' })
  })

  test('is only PATH when nothing is to be inherited', () => {
    expect(environment({ inherit: false })).toEqual({ PATH: '/usr/bin' })
  })

  test('is the listed variables, but never a listed token', () => {
    const inherit = ['LANG', 'TEAM_TOKEN', 'MOLTNET_TOKEN', 'NODE_OPTIONS', 'MISSING']
    expect(environment({ inherit })).toEqual({ PATH: '/usr/bin', LANG: 'C.UTF-8' })
  })

  test('has the configured variables, and over them those of the node', () => {
    const configured = {
      LANG: 'de',
      NODE_OPTIONS: '--max-old-space-size=99',
      MOLTNET_CLIENT_CONFIG: '/wrong',
    }
    expect(environment({ inherit: false, configured, own: { MOLTNET_CLIENT_CONFIG: '/right' } })).toEqual({
      PATH: '/usr/bin',
      LANG: 'de',
      NODE_OPTIONS: '--max-old-space-size=99',
      MOLTNET_CLIENT_CONFIG: '/right',
    })
  })

  test('has a PATH that starts with the folder of the running program', () => {
    expect(environment({ pathFolder: '/state/bin' }).PATH).toBe('/state/bin:/usr/bin')
    expect(environment({ pathFolder: '/state/bin', configured: { PATH: '/opt' } }).PATH).toBe(
      '/state/bin:/opt',
    )
    expect(environment({ pathFolder: '/state/bin', parent: {} }).PATH).toBe('/state/bin')
  })

  test('finds a moltnet that starts the running program with its arguments, whatever they hold', () => {
    using folder = tempFolder()
    writeProgramFolder(folder.join('bin'), ['/bin/echo', `it's "$HOME" and`])
    const run = Bun.spawnSync(['moltnet', 'a b', '$x'], { env: { PATH: folder.join('bin') } })
    expect(run.stdout.toString()).toBe(`it's "$HOME" and a b $x\n`)
  })
})
