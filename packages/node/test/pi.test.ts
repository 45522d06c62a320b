import { describe, expect, test } from 'bun:test'
import { sessionUuid } from '@moltnet/protocol'
import { describeAdapter } from './adapter-contract.ts'
import { deliver, KEY } from './support/deliver.ts'
import { programScene } from './support/program-scene.ts'
import { logged, sessionOf } from './support/runtime.ts'
import { installProgram, tempFolder } from './support/temp.ts'

describeAdapter({
  name: 'pi',
  open: (harness) => programScene(harness, { kind: 'pi', name: 'pi', sessions: '.pi' }),
  hasText: true,
  // Its output is its text, so a flood is the beginning of what it says.
  floodHidesText: true,
  hasSessions: true,
  crash: 'failed',
  version: '1.5.0',
  missing: /^pi was not found: install Pi with `npm install/,
})

describe('pi', () => {
  test('opens or creates the session under the id made from its key, and trusts the workspace', async () => {
    using folder = tempFolder()
    const outcomes = await deliver(folder, ['one', 'two'], { kind: 'pi' })
    expect(outcomes.map((outcome) => outcome.type)).toEqual(['delivered', 'delivered'])
    const own = ['-p', '--approve', '--session-id', await sessionUuid(KEY)]
    expect(logged(folder, 'prompt').map((line) => line.args)).toEqual([own, own])
    expect(logged(folder, 'prompt').map((line) => line.prompt)).toEqual(['BOOTSTRAP one\n', 'two\n'])
  })

  test('leaves the trust in the workspace to the operator who settled it', async () => {
    using folder = tempFolder()
    const [outcome] = await deliver(folder, ['x'], {
      kind: 'pi',
      args: ['--no-approve', '--model', 'fake-1'],
    })
    expect(outcome?.type).toBe('delivered')
    expect(logged(folder, 'prompt')[0]?.args?.slice(0, 5)).toEqual([
      '--no-approve',
      '--model',
      'fake-1',
      '-p',
      '--session-id',
    ])
  })

  test('says when Pi had lost the session, and introduces the next wake again', async () => {
    using folder = tempFolder()
    const session = sessionOf(KEY, 'known before')
    const outcomes = await deliver(folder, ['one', 'two'], { kind: 'pi', session })
    expect(outcomes).toMatchObject([
      { type: 'delivered', warnings: [expect.stringContaining('no longer knew the session')] },
      { type: 'delivered', warnings: [] },
    ])
    expect(logged(folder, 'prompt').map((line) => line.prompt)).toEqual(['one\n', 'BOOTSTRAP two\n'])
  })

  test('passes on what it wrote to stderr when it ended well without a word', async () => {
    using folder = tempFolder()
    const command = installProgram(folder.join('odd'), 'cat > /dev/null; echo Aborted. >&2')
    const [outcome] = await deliver(folder, ['x'], { kind: 'pi', command })
    expect(outcome).toMatchObject({ type: 'delivered', text: '', warnings: ['Pi said nothing: Aborted.'] })
  })
})
